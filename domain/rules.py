"""The list of rules: every decision that makes an answer of claims, by name and version. docs/rules.md is their law."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.contradictions import CANNOT_ALL_BE_RIGHT, CANNOT_ALL_BE_RIGHT_1, contradictions, contradictions_1
from domain.control import CONTROL_FROM_SNAPSHOTS, CONTROL_FROM_SNAPSHOTS_1, control, control_1
from domain.dates_apart import TIMES_APART, dates_apart
from domain.edition_sums import SUM_OF_EDITION, SUM_OF_EDITION_1, EditionSums, FirstEditionSums
from domain.figures import (
    LATEST_PER_CLAIMANT,
    LATEST_PER_CLAIMANT_1,
    WIDEST_RANGE,
    WIDEST_RANGE_1,
    latest_per_claimant,
    latest_per_claimant_1,
    widest_range,
    widest_range_1,
)
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
            LATEST_PER_CLAIMANT_1,
            "of everything said about a topic, the last word of each voice",
            latest_per_claimant_1,
        ),
        Rule(
            LATEST_PER_CLAIMANT,
            "the same, incident by incident; numbers of one report stand side by side, and a toll goes on when it ends",
            latest_per_claimant,
        ),
        Rule(
            WIDEST_RANGE_1,
            "as latest-per-claimant@1, with every word that still stands, from the lowest to the highest",
            widest_range_1,
        ),
        Rule(
            WIDEST_RANGE,
            "as latest-per-claimant@2, with every word that still stands, from the lowest to the highest",
            widest_range,
        ),
        Rule(SUM_OF_EDITION_1, "a total over the disjoint incidents of one dataset", FirstEditionSums),
        Rule(SUM_OF_EDITION, "the same; incidents that one claim tells of together count as one", EditionSums),
        Rule(CANNOT_ALL_BE_RIGHT_1, "whether two voices contradict each other about a figure", contradictions_1),
        Rule(
            CANNOT_ALL_BE_RIGHT,
            "the same, also where one leaves unsaid what the other says, so that both may be about one thing",
            contradictions,
        ),
        Rule(TIMES_APART, "which voices give one happening times that exclude each other", dates_apart),
        Rule(CONTROL_FROM_SNAPSHOTS_1, "who holds a place, stated, presumed or last known", control_1),
        Rule(
            CONTROL_FROM_SNAPSHOTS,
            "the same; no report tells of later than itself, and what is implied or possible outdoes no later event",
            control,
        ),
    )
}
