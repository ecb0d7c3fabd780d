"""The list of rules: every decision that makes an answer of claims, by name and version. docs/rules.md is their law."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.contradictions import CANNOT_ALL_BE_RIGHT, contradictions
from domain.control import CONTROL_FROM_SNAPSHOTS, CONTROL_FROM_SNAPSHOTS_1, control, control_1
from domain.edition_sums import SUM_OF_EDITION, EditionSums
from domain.figures import LATEST_PER_CLAIMANT, WIDEST_RANGE, latest_per_claimant, widest_range
from domain.words import WORDS, range_of


@dataclass(frozen=True, slots=True)
class Rule:
    """A pure function of claims. One that changes gets a new version; answers name the one that shaped them."""

    id: str
    decides: str
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        return self.id.partition("@")[0]

    @property
    def version(self) -> int:
        return int(self.id.partition("@")[2])


RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(WORDS, "which numbers a figure leaves room for: about 2,000, hundreds, at least 320", range_of),
        Rule(
            LATEST_PER_CLAIMANT,
            "of everything said about a topic, the last word of each voice",
            latest_per_claimant,
        ),
        Rule(
            WIDEST_RANGE,
            "the same, with every word that still stands, from the lowest to the highest",
            widest_range,
        ),
        Rule(SUM_OF_EDITION, "a total over the disjoint incidents of one dataset", EditionSums),
        Rule(CANNOT_ALL_BE_RIGHT, "whether two voices contradict each other about a figure", contradictions),
        Rule(CONTROL_FROM_SNAPSHOTS_1, "who holds a place, stated, presumed or last known", control_1),
        Rule(
            CONTROL_FROM_SNAPSHOTS,
            "the same; no report tells of later than itself, and what is implied or possible outdoes no later event",
            control,
        ),
    )
}
