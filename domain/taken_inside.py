"""Of a place of all of which somebody was told to hold it: the places inside it that others have held since."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain.control import CONTROL_FROM_SNAPSHOTS_1, ControlPicture
from domain.holding import State
from domain.sides import Party, Sides
from domain.snapshots import time_told
from domain.when import EARLIEST, LATEST, Instant


class TakenInside(NamedTuple):
    """A place inside, and who is told to hold it, by a word about it that is certainly later."""

    place: str
    state: State


def is_held_whole(picture: ControlPicture) -> bool:
    """Whether anybody is told to hold all of it, at some known time."""
    return picture.rule != CONTROL_FROM_SNAPSHOTS_1 and bool(_of_all(picture))


def taken_inside(
    outer: ControlPicture, inner: Mapping[str, ControlPicture], sides: Sides, at: Instant | None
) -> tuple[TakenInside, ...]:
    """In the order of places; `inner` are the pictures of those inside it at `at`.

    What is said of the inner place itself counts, of any part of it, where it is not open who holds it, and by whom is
    not certainly of one side with anybody who holds the outer one.
    """
    if not is_held_whole(outer):
        return ()
    since = max(so.latest_end for state in _of_all(outer) if (so := time_told(state.claim)) is not None)
    sides = sides.certainly
    holders = [_party(actor, sides, at) for actor in outer.holders]
    return tuple(
        TakenInside(place, state)
        for place, picture in sorted(inner.items())
        for state in _known(picture)
        if (so := time_told(state.claim)) is not None
        and so.earliest_start > since
        and not sides.share_one([_party(str(state.actor), sides, at)], holders)
    )


def _of_all(picture: ControlPicture) -> list[State]:
    governing = [state for state in picture.governing if (state.status, state.extent) == ("controls", "all")]
    return [state for state in governing if state.claim.so is not None]


def _known(picture: ControlPicture) -> Iterable[State]:
    if picture.verdict in ("disputed", "order_unknown"):
        return ()
    return [s for s in picture.governing if (s.status, s.direct, s.hedge) == ("controls", True, None)]


def _party(actor: str, sides: Sides, at: Instant | None) -> Party:
    return sides.party(actor, *((EARLIEST, LATEST) if at is None else (at, at)))
