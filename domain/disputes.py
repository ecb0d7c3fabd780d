"""Who disputes a place: holders and absences, both certain, that cannot both be right; and what somebody denies."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import TypeVar

from domain.holding import Held
from domain.sides import Sides
from domain.snapshots import Snapshot
from domain.when import Instant

_Said = TypeVar("_Said", bound=Hashable)


def disputing(governing: Sequence[Held], states: Sequence[Held], sides: Sides, at: Instant | None) -> list[Held]:
    """Those that cannot both be right, by two voices, and both proven: holders, or a holder and an absence of it."""
    proven = [(one, state) for one, state in governing if state.state == "certain" and one.status == "controls"]
    absences = [
        (one, state)
        for one, state in states
        if (one.status, one.direct, state.state) == ("absent", True, "certain") and one.actor is not None
    ]
    holders = _by_what((one.parties(sides, at), one) for one, _ in proven if not one.partly)
    gone = _by_what((one.party(sides, at), one) for one, _ in absences)
    denied = _by_what((one.party(sides, at), one) for one, _ in proven)

    def excluded(one: Snapshot) -> bool:
        mine = one.parties(sides, at)
        return not one.partly and any(
            _contradicts(one, words) for parties, words in holders.items() if not sides.share_one(mine, parties)
        )

    def is_gone(one: Snapshot) -> bool:
        mine = one.party(sides, at)
        return any(_contradicts(one, words) for party, words in gone.items() if sides.is_part(mine, party))

    def is_denied(one: Snapshot) -> bool:
        mine = one.party(sides, at)
        return any(_contradicts(one, words) for party, words in denied.items() if sides.is_part(party, mine))

    found = [held for held in proven if excluded(held[0]) or is_gone(held[0])]
    return [*found, *(held for held in absences if is_denied(held[0]))]


def denied_by_others(governing: Sequence[Held], left: Sequence[Held], sides: Sides, at: Instant | None) -> list[Held]:
    """What is known to have been so before, while another voice says that it was held by others from then until now.

    Who says so tells of no return: he denies it.
    """
    if at is None:
        return []
    holders = [one for one, state in governing if state.state == "certain" and one.status == "controls"]

    def excludes(one: Snapshot, holder: Snapshot) -> bool:
        if one.status == "absent":
            return sides.is_part(holder.party(sides, at), one.party(sides, at))
        return not holder.partly and not sides.share_one(one.parties(sides, at), holder.parties(sides, at))

    def denied(one: Snapshot, since: Instant) -> bool:
        others = [other for other in holders if other.voice != one.voice and excludes(one, other)]
        others = [other for other in others if one.direct or not other.direct]
        return any(
            other.proven is not None and other.proven[0] <= since and one.is_of_time_of(other) for other in others
        )

    return [
        (one, state)
        for one, state in left
        if not one.partly
        and state.state in ("presumed", "last_known")
        and one.proven is not None
        and denied(one, one.proven[0])
    ]


def _contradicts(one: Snapshot, others: Iterable[Snapshot]) -> bool:
    return any(other.voice != one.voice and one.is_of_time_of(other) for other in others)


def _by_what(said: Iterable[tuple[_Said, Snapshot]]) -> dict[_Said, Collection[Snapshot]]:
    """Of those who say the same of one time in one way, one stands for all."""
    found: dict[_Said, dict[Hashable, Snapshot]] = {}
    for what, one in said:
        found.setdefault(what, {}).setdefault((one.voice, one.captured, one.so), one)
    return {what: words.values() for what, words in found.items()}
