"""Which voices say at the same certain time what cannot both be: holders that exclude each other, there and absent."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.in_force import InForce
from domain.membership import Window
from domain.set_aside import order
from domain.sides import Sides
from domain.snapshots import Snapshot, told
from domain.when import EARLIEST, LATEST, Instant


class Exclusion(NamedTuple):
    """Two snapshots of a place by different voices; `one` stands before `other` in the order of all answers."""

    one: Snapshot
    other: Snapshot


def exclusions(place: str, claims: Sequence[InForce], sides: Sides, at: Instant | None) -> list[Exclusion]:
    """Pairs of claims about a place itself that are both certain of one time (of `at`, if given).

    Of a capture it is certain only that it came some time on its day, so a word about the same day may be of before it
    or after it. They exclude each other only if that word is certain of all that time.
    """
    told_there = told(place, claims, {place: ((EARLIEST, LATEST),)}, as_first=False)
    present = [one for one in told_there.beside if one.status == "present"]
    pairs = {
        (pair.one.claim.claim, pair.other.claim.claim): pair
        for one, other, time in _at_once([*told_there.snapshots, *present], at)
        if one.voice != other.voice and _exclude_each_other(one, other, time, sides)
        for pair in (Exclusion(*sorted((one, other), key=lambda snapshot: order(snapshot.claim))),)
    }
    return sorted(pairs.values(), key=lambda pair: (order(pair.one.claim), order(pair.other.claim)))


def _at_once(snapshots: Sequence[Snapshot], at: Instant | None) -> Iterator[tuple[Snapshot, Snapshot, Window]]:
    """Pairs that are both certain of one time, with all of that, or `at`."""
    told_of = [(_certain(snapshot), snapshot) for snapshot in snapshots if snapshot.proven is not None]
    if at is not None:
        told_of = [(time, snapshot) for time, snapshot in told_of if time[0] <= at <= time[1]]
    told_of.sort(key=lambda one: one[0])
    for index, (time, snapshot) in enumerate(told_of):
        for later, other in told_of[index + 1 :]:
            if later[0] > time[1]:
                break
            may_be_before = (snapshot.captured and not other.certain_throughout(*time)) or (
                other.captured and not snapshot.certain_throughout(*later)
            )
            if not may_be_before:
                yield snapshot, other, (later[0], min(time[1], later[1])) if at is None else (at, at)


def _certain(one: Snapshot) -> Window:
    """The time of which it is certain; of a capture that in which it came."""
    assert one.so is not None
    assert one.proven is not None
    return (one.so.earliest_start, one.so.latest_end) if one.captured else one.proven


def _exclude_each_other(one: Snapshot, other: Snapshot, time: Window, sides: Sides) -> bool:
    """Whether they do at some instant of a time of which both are certain."""
    if one.actor is None or other.actor is None:
        return False
    if "absent" in (one.status, other.status):
        there, gone = (one.actor, other.actor) if other.status == "absent" else (other.actor, one.actor)
        both_gone = one.status == other.status
        return not both_gone and sides.is_part(sides.party(there, *time), sides.party(gone, *time))
    if "present" in (one.status, other.status) or one.partly or other.partly:
        return False
    return not sides.throughout(one.together or (one.actor,), other.together or (other.actor,), time)
