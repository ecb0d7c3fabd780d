"""Whose word decides who holds a place: of what claims come to at a moment, what is known best and is not outdone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.content import ControlStatus, Extent, Hedge
from domain.in_force import InForce
from domain.membership import Window
from domain.sides import Sides
from domain.snapshots import Snapshot
from domain.when import Instant

StateName = Literal["certain", "possible", "presumed", "changed", "ended", "last_known", "undated"]

# What governs, the best first. What changed or ended governs nothing.
RANKS: dict[StateName, int] = {"certain": 0, "possible": 0, "presumed": 1, "last_known": 2, "undated": 3}


@dataclass(frozen=True, slots=True)
class State:
    """What a claim comes to at a moment. `by` is the claim that ended it, or its voice's next snapshot.

    `capped`: where its time was cut, since its report was out by then. `hedge`: who says so does not vouch for it.
    `between`: of what changed, its last instant, and the first of what its voice says next.
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
    hedge: Hedge | None = None
    between: Window | None = None


Held = tuple[Snapshot, State]


def holding(states: Sequence[Held], sides: Sides, at: Instant | None) -> list[Held]:
    """Where an actor is said to control; not implied of one whose absence is known as well or better."""
    ranked = [(RANKS[state.state], one, state) for one, state in states if state.state in RANKS and one.actor]
    absent = [(rank, one.party(sides, at)) for rank, one, _ in ranked if one.status == "absent" and one.direct]
    return [
        (one, state)
        for rank, one, state in ranked
        if one.status == "controls"
        and (
            one.direct
            or not any(better <= rank and sides.is_part(one.party(sides, at), gone) for better, gone in absent)
        )
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
