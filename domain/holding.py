"""Whose word decides who holds a place: of what claims come to at a moment, what is known best and is not outdone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.content import ControlStatus, Extent
from domain.in_force import InForce
from domain.snapshots import Endings, Sides, Snapshot, is_gone_with, of_one_side
from domain.when import EARLIEST, LATEST, Instant

StateName = Literal["certain", "possible", "presumed", "changed", "ended", "last_known", "undated"]

# What governs, the best first. What changed or ended governs nothing.
RANKS: dict[StateName, int] = {"certain": 0, "possible": 0, "presumed": 1, "last_known": 2, "undated": 3}


@dataclass(frozen=True, slots=True)
class State:
    """What a claim comes to at a moment. `by` is the claim that ended it, or its voice's next snapshot.

    `capped`: where its time was cut, since its report was out by then.
    """

    claim: InForce
    actor: str | None
    status: ControlStatus
    extent: Extent | None
    direct: bool
    state: StateName
    age_days: int | None = None
    by: str | None = None
    capped: Instant | None = None


_NEVER = EARLIEST - 1
Held = tuple[Snapshot, State]


def holding(states: Sequence[Held], sides: Sides) -> list[Held]:
    """Where an actor is said to control; not implied of one whose absence is known as well or better."""
    ranked = [(RANKS[state.state], one, state) for one, state in states if state.state in RANKS]
    absent = [(rank, one.actor) for rank, one, _ in ranked if one.status == "absent" and one.direct]
    return [
        (one, state)
        for rank, one, state in ranked
        if one.status == "controls"
        and one.actor is not None
        and (one.direct or not any(better <= rank and is_gone_with(gone, one.actor, sides) for better, gone in absent))
    ]


def best_known(held: Sequence[Held]) -> list[Held]:
    """The best-known of them: specific before implied, then what is not outdated."""
    if not held:
        return []
    best = min(RANKS[state.state] for _, state in held)
    governing = [(one, state) for one, state in held if RANKS[state.state] == best]
    governing = [(one, state) for one, state in governing if one.direct] or governing
    if best != RANKS["last_known"]:
        return governing
    newest = max(one.so.earliest_start for one, _ in governing if one.so is not None)
    return [(one, state) for one, state in governing if one.so is not None and one.so.latest_end >= newest]


def governing_by_later_events(
    states: Sequence[Held], endings: Endings, sides: Sides, at: Instant | None
) -> tuple[list[Held], bool]:
    """The best-known, where no word that is implied or not certain outdoes an event that may lie after it.

    With whether such an event leaves open who holds the place; what it established stands beside then.
    """
    events = _Events(states, sides)
    found = [(one, state) for one, state in holding(states, sides) if not events.outdo(one, state)]
    governing = best_known([held for held in found if not held[0].partly])
    best = max((RANKS[state.state] for _, state in governing), default=None)
    if best is None:
        governing = best_known(found)
    else:
        # Who holds a part takes the place of nobody who holds the whole.
        governing += [held for held in found if held[0].partly and RANKS[held[1].state] <= best]
    doubted = [one for one, state in governing if events.may_follow(one, state)]
    if not doubted:
        return governing, False
    known = {id(one) for one, _ in governing}
    added = [
        (one, state)
        for one, state in events.after(doubted)
        if id(one) not in known and not (state.state == "ended" and endings.certainly_after(one, at))
    ]
    return [*governing, *added], True


class _Events:
    """The specific words that are no guess: captures, and what proves that somebody holds all of it, or is absent."""

    def __init__(self, states: Sequence[Held], sides: Sides) -> None:
        self._sides = sides
        specific = [
            (one, state)
            for one, state in states
            if one.direct and one.actor is not None and one.so is not None and not one.partly
        ]
        self._taken = [
            (one, state)
            for one, state in specific
            if one.status == "controls" and (one.proven is not None or one.claim.content.kind == "occurrence")
        ]
        taken = self._taken
        gone = [(one, state) for one, state in specific if one.status == "absent" and one.proven is not None]
        # The last of each actor: of all of them, of those that stand, and of those that certainly began.
        self._last_taken, self._last_gone = _ends(taken), _ends(gone)
        self._standing_taken, self._standing_gone = _ends(_standing(taken)), _ends(_standing(gone))
        self._begun_taken, self._begun_gone = _begins(_standing(taken)), _begins(_standing(gone))

    def outdo(self, one: Snapshot, state: State) -> bool:
        """Whether one that stands may lie after what is implied, or certainly after what was so before it."""
        if not _can_be_outdone(one, state):
            return False
        assert one.so is not None
        if one.direct:
            return self._last_against(one, self._begun_taken, self._begun_gone) > one.so.latest_start
        return self._last_against(one, self._standing_taken, self._standing_gone) >= one.so.earliest_start

    def may_follow(self, one: Snapshot, state: State) -> bool:
        """Whether any may lie after it, and none of its own side is certainly later."""
        if not _can_be_outdone(one, state):
            return False
        assert one.so is not None
        against = self._last_against(one, self._last_taken, self._last_gone)
        return against >= one.so.earliest_start and self._last_of_its_side(one) <= against

    def after(self, doubted: Sequence[Snapshot]) -> list[Held]:
        """Those that may lie after one of `doubted`, and are against it."""
        first: dict[str, Instant] = {}
        for one in doubted:
            assert one.actor is not None
            assert one.so is not None
            first[one.actor] = min(first.get(one.actor, LATEST), one.so.earliest_start)
        against = {
            actor: min(
                (since for other, since in first.items() if not of_one_side(actor, other, self._sides)), default=None
            )
            for actor in self._last_taken
        }
        found = []
        for one, state in self._taken:
            assert one.actor is not None
            assert one.so is not None
            since = against[one.actor]
            if since is not None and one.so.latest_end >= since:
                found.append((one, state))
        return found

    def _last_against(self, one: Snapshot, taken: Mapping[str, Instant], gone: Mapping[str, Instant]) -> Instant:
        assert one.actor is not None
        others = [moment for actor, moment in taken.items() if not of_one_side(actor, one.actor, self._sides)]
        return max([_NEVER, *others, *(gone[actor] for actor in gone if is_gone_with(actor, one.actor, self._sides))])

    def _last_of_its_side(self, one: Snapshot) -> Instant:
        assert one.actor is not None
        begun = self._begun_taken
        return max([_NEVER, *(begun[actor] for actor in begun if of_one_side(actor, one.actor, self._sides))])


def _can_be_outdone(one: Snapshot, state: State) -> bool:
    """What holds the whole by implication, or not certainly."""
    return not one.partly and (state.state in ("possible", "presumed") or (state.state == "certain" and not one.direct))


def _standing(events: Sequence[Held]) -> list[Held]:
    return [(one, state) for one, state in events if state.state in RANKS]


def _ends(events: Iterable[Held]) -> dict[str, Instant]:
    found: dict[str, Instant] = {}
    for one, _ in events:
        if one.actor is not None and one.so is not None:
            found[one.actor] = max(found.get(one.actor, EARLIEST), one.so.latest_end)
    return found


def _begins(events: Iterable[Held]) -> dict[str, Instant]:
    """Not of what may not have been yet."""
    found: dict[str, Instant] = {}
    for one, state in events:
        if one.actor is not None and one.so is not None and state.state != "possible":
            found[one.actor] = max(found.get(one.actor, EARLIEST), one.so.earliest_start)
    return found
