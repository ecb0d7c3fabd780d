"""What the groups of a topic come to together, for whoever has room for one number only: a map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.content import is_period
from domain.contradictions import Word, apart_in_period, comparing, contradiction, one_of_several
from domain.figures import NO_BEST, FigureGroup, Verdict
from domain.words import Range

VerdictTogether = Verdict | Literal["several"]


@dataclass(frozen=True, slots=True)
class Together:
    """`range` has room for the numbers of all `groups` that have one, and a best only if each of these has that one.

    Nothing is added up, since periods may overlap, and so may what an incident counts and what its place does. The
    verdict of several groups is `disagree` or `several`. `age_days`: of the youngest, if all are last known.
    """

    range: Range | None
    verdict: VerdictTogether
    groups: int
    age_days: int | None = None


def together(groups: Sequence[FigureGroup]) -> Together:
    """Of one topic at one moment."""
    found, *more = [group for group in groups if group.range is not None] or (None,)
    if found is None:
        return Together(None, "nothing", 0, _age(groups))
    numbered = [found, *more]
    range_ = _best_of_each(found)
    for group in more:
        range_ = range_.hull(_best_of_each(group))
    verdict: VerdictTogether = found.verdict
    if more:
        verdict = "disagree" if _disagree(numbered) else "several"
    return Together(range_, verdict, len(numbered), _age(numbered))


def _best_of_each(group: FigureGroup) -> Range:
    assert group.range is not None
    return Range(group.range.low, group.range.high, None if group.verdict in NO_BEST else group.range.best)


def _age(groups: Iterable[FigureGroup]) -> int | None:
    """What says no number makes none younger."""
    lines = [line for group in groups for line in group.lines if (line.range is None) is (group.range is None)]
    ages = [line.age_days for line in lines if line.age_days is not None]
    return min(ages) if ages and len(ages) == len(lines) else None


def _disagree(groups: Sequence[FigureGroup]) -> bool:
    """Whether two of one group do, or a voice certainly counts more within a period than another in all of it.

    What is told of an incident is one group already, whichever period it is told of.
    """
    if any(group.verdict == "disagree" for group in groups):
        return True
    of_periods = [group for group in groups if group.incident is None]
    return len(of_periods) > 1 and _certainly_apart(of_periods)


def _certainly_apart(groups: Sequence[FigureGroup]) -> bool:
    words = [Word(line.claim, line.voice, line.range) for group in groups for line in group.lines]
    if not is_period(words[0].claim.content):
        return False
    parts = {part for group in groups for part in group.parts}
    several = one_of_several(said for said in words if said.claim.claim not in parts)
    how = comparing(parts)
    return any(
        contradiction(one, other, how).time == "certain"
        for one, other in apart_in_period(words, how)
        if one.claim.claim not in several and other.claim.claim not in several
    )
