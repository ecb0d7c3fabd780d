"""What a flow comes to at a moment: what had been counted by then, what is being counted, and what is over."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from domain.contradictions import word
from domain.in_force import InForce
from domain.set_aside import Aspects, SetAside, aspects, end_of, last_word, said, tolls_of, with_number
from domain.when import EARLIEST, LATEST, Instant, Span

# Of a length without an end.
LONGEST_REACH: Final = 63
# Three days (of a night and a day, say), one of which may have 25 hours: no longer does a single event take. What was
# counted over more is a toll, and goes on as last known.
REACH_OF_DAYS: Final = 38


def reach_of(so: Span) -> int:
    """How many bits the length has, in microseconds: of two that have as many none is twice as long as the other."""
    if so.earliest_start == EARLIEST or so.latest_end == LATEST:
        return LONGEST_REACH
    return min((so.latest_end - so.earliest_start).bit_length(), LONGEST_REACH)


# What was counted (its aspects), and when it may have begun.
Start = tuple[Aspects, Instant, Instant]


class AtMoment(NamedTuple):
    """`running` are the starts from which somebody counts on: what was counted from there by then is not over."""

    candidates: list[InForce]
    aside: list[SetAside]
    running: frozenset[Start]


def tolls_at(claims: Sequence[InForce], at: Instant) -> AtMoment:
    """Of each voice's counts from one start those that ended by `at`, if the last of them goes on, else the shortest
    that may contain it. Set aside are those that count on beyond, and those that are over.

    What says no number takes none away: of those with a number it is as if there were no others.
    """
    running = frozenset(_start_of(claim, claim.so) for claim in claims if claim.so is not None and claim.may_be_of(at))
    candidates: list[InForce] = []
    aside: list[SetAside] = []
    for toll in tolls_of(claims):
        of_all = _toll_at(toll, at, running)
        numbered = with_number(toll)
        if len(numbered) in (0, len(toll)):
            candidates += of_all.candidates
            aside += of_all.aside
            continue
        of_numbers, with_one = _toll_at(numbered, at, running), {claim.claim for claim in numbered}
        candidates += of_numbers.candidates
        candidates += [claim for claim in of_all.candidates if claim.claim not in with_one]
        aside += of_numbers.aside
        aside += [one for one in of_all.aside if one.claim.claim not in with_one]
    return AtMoment(candidates, aside, running)


def _toll_at(toll: Sequence[InForce], at: Instant, running: frozenset[Start]) -> AtMoment:
    """Of one voice's counts from one start."""
    begun = [(claim.so, claim) for claim in toll if claim.so is not None and claim.so.earliest_start <= at]
    by_then = [claim for so, claim in begun if so.latest_end <= at]
    beyond = [claim for so, claim in begun if so.latest_end > at]
    candidates = [claim for claim in toll if claim.so is None]
    aside: list[SetAside] = []
    if by_then:
        last = last_word(by_then)
        if _goes_on(last, running):
            candidates += by_then
            aside += [SetAside(claim, "longer", last.claim) for claim in beyond]
        else:
            # Nobody counts on from there, so there is nothing beyond.
            aside += [SetAside(claim, "ended") for claim in by_then]
    elif beyond:
        shortest = min(map(end_of, beyond))
        stays = [claim for claim in beyond if end_of(claim) == shortest]
        counted = last_word(stays).claim
        candidates += stays
        aside += [SetAside(claim, "longer", counted) for claim in beyond if end_of(claim) != shortest]
    return AtMoment(candidates, aside, running)


def _start_of(claim: InForce, so: Span) -> Start:
    return aspects(claim), so.earliest_start, so.latest_start


def _goes_on(last: InForce, running: frozenset[Start]) -> bool:
    """Whether what ended is still what had been counted. In the one incident that is asked for a day's count is too."""
    assert last.so is not None
    return last.incident is not None or reach_of(last.so) > REACH_OF_DAYS or _start_of(last, last.so) in running


class Following:
    """The tolls of a topic that ended by a moment: which of them came after which.

    A toll gives way to one with a number that began after its end, and is of its reach or more: January to February,
    yet not to a week in February. What tells of incidents gives way to what does, and the place's own to its own.
    """

    def __init__(self, counted: Iterable[InForce], at: Instant) -> None:
        # Of what tells of incidents, and of what does not, by reach the one that began last.
        self._last: dict[tuple[bool, int], InForce] = {}
        for claim in counted:
            so = claim.so
            if so is not None and so.latest_end <= at and _is_toll(so) and word(claim).range is not None:
                kind = _tells_of_incidents(claim), reach_of(so)
                self._last[kind] = max(claim, self._last.get(kind, claim), key=_begun)

    def after(self, claim: InForce, at_moment: AtMoment) -> str | None:
        """The last toll to which one gives way, if any."""
        so = claim.so
        # Of the one incident that is asked for all are told.
        if so is None or claim.incident is not None or not _is_toll(so) or _start_of(claim, so) in at_moment.running:
            return None
        later = [
            last
            for (of_incidents, reach), last in self._last.items()
            if of_incidents is _tells_of_incidents(claim)
            and reach >= reach_of(so)
            and last.so is not None
            and last.so.earliest_start > so.latest_end
        ]
        return max(later, key=_begun).claim if later else None


def _is_toll(so: Span) -> bool:
    return reach_of(so) > REACH_OF_DAYS


def _tells_of_incidents(claim: InForce) -> bool:
    return claim.told_of != (None,)


def _begun(claim: InForce) -> tuple[Instant, tuple[Instant, Instant], tuple[int, int, int], str]:
    assert claim.so is not None
    return claim.so.earliest_start, end_of(claim), said(claim), claim.claim
