"""Which voices say at the same certain time that a place is held by actors that exclude each other."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.in_force import InForce
from domain.set_aside import order
from domain.snapshots import Sides, Snapshot, is_gone_with, of_one_side, told
from domain.when import EARLIEST, LATEST, Instant


class Exclusion(NamedTuple):
    """Two snapshots of a place by different voices; `one` stands before `other` in the order of all answers."""

    one: Snapshot
    other: Snapshot


def exclusions(place: str, claims: Sequence[InForce], sides: Sides, at: Instant | None) -> list[Exclusion]:
    """Pairs of claims about a place itself that are both proven at one instant (at `at`, if given)."""
    snapshots = told(place, claims, {place: ((EARLIEST, LATEST),)}, capped=True).snapshots
    found = [
        Exclusion(*sorted((one, other), key=lambda snapshot: order(snapshot.claim)))
        for one, other in _at_once(snapshots, at)
        if one.voice != other.voice and _exclude_each_other(one, other, sides)
    ]
    return sorted(found, key=lambda pair: (order(pair.one.claim), order(pair.other.claim)))


def _at_once(snapshots: Sequence[Snapshot], at: Instant | None) -> Iterator[tuple[Snapshot, Snapshot]]:
    """Pairs whose proven times meet."""
    proven = [(snapshot.proven, snapshot) for snapshot in snapshots if snapshot.proven is not None]
    if at is not None:
        proven = [(time, snapshot) for time, snapshot in proven if time[0] <= at <= time[1]]
    proven.sort(key=lambda one: one[0])
    for index, (time, snapshot) in enumerate(proven):
        for later, other in proven[index + 1 :]:
            if later[0] > time[1]:
                break
            yield snapshot, other


def _exclude_each_other(one: Snapshot, other: Snapshot, sides: Sides) -> bool:
    if one.actor is None or other.actor is None:
        return False
    if one.status == other.status:
        held = one.status == "controls" and not (one.partly or other.partly)
        return held and not of_one_side(one.actor, other.actor, sides)
    holder, absent = (one, other) if one.status == "controls" else (other, one)
    return is_gone_with(absent.actor, holder.actor, sides)
