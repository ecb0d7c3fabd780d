"""Which voices say of one time what cannot both be: holders that exclude each other, there and absent; also where one
of them speaks of all of what a place lies in.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from domain.clocks import Certainty
from domain.content import Control
from domain.in_force import InForce
from domain.membership import ALL_TIME, Window, Windows, meeting
from domain.set_aside import order
from domain.sides import Sides
from domain.snapshots import Snapshot, told
from domain.when import Instant


class Exclusion(NamedTuple):
    """Two snapshots by different voices; `one` stands before `other` in the order of all answers.

    `time` is `possible` if a date or a word is in doubt, or if it is not certain that the place lay inside the other,
    or whose side somebody was on.
    """

    one: Snapshot
    other: Snapshot
    time: Certainty


class _Word(NamedTuple):
    """A snapshot with the time that it certainly tells of; `sure`: nothing about it is in doubt."""

    time: Window
    snapshot: Snapshot
    direct: bool
    sure: bool

    @property
    def of_its_day(self) -> Instant:
        """Until when it is told of at a moment: what was so at an hour, until that day is over."""
        claim, until = self.snapshot.claim, self.time[1]
        ended_with_it = claim.so is not None and claim.so.latest_end == until
        return until if claim.day_over is None or not ended_with_it else claim.day_over


def exclusions(
    place: str,
    claims: Sequence[InForce],
    sides: Sides,
    at: Instant | None,
    around: Mapping[str, Windows] | None = None,
) -> list[Exclusion]:
    """Pairs of claims that both tell of one time (of `at`, if given): about a place itself, or one of them about all of
    what it may have lain in, by `around`.

    Of a capture it is certain only that it came some time on its day, so a word about the same day may be of before it
    or after it. They exclude each other only if that word is certain of all that time.
    """
    words = list(_words(place, claims, around or {}))
    pairs: dict[tuple[str, str], Exclusion] = {}
    for one, other, time in _at_once(words, at):
        mine, theirs = one.snapshot, other.snapshot
        if mine.voice == theirs.voice:
            continue
        by_sides = {_exclude_each_other(mine, theirs, time, each) for each in (sides, sides.certainly)}
        if True in by_sides:
            first, second = sorted((mine, theirs), key=lambda snapshot: order(snapshot.claim))
            sure = one.sure and other.sure and False not in by_sides
            pair = Exclusion(first, second, "certain" if sure else "possible")
            known = pairs.setdefault((first.claim.claim, second.claim.claim), pair)
            if pair.time == "certain":
                pairs[first.claim.claim, second.claim.claim] = known._replace(time="certain")
    return sorted(pairs.values(), key=lambda pair: (order(pair.one.claim), order(pair.other.claim)))


def is_of_all(claim: InForce) -> bool:
    """Whether it says so of every place inside: that nobody else holds one, or that its actor is in none."""
    content = claim.content
    return isinstance(content, Control) and content.extent == "all" and content.status in ("controls", "absent")


def _words(place: str, claims: Sequence[InForce], around: Mapping[str, Windows]) -> Iterator[_Word]:
    told_there = told(place, claims, {place: (ALL_TIME,)}, as_first=False)
    present = [one for one in told_there.beside if one.status == "present"]
    for one in (*told_there.snapshots, *present):
        if (time := _time(one)) is not None:
            yield _Word(time, one, direct=True, sure=one.sure and not one.claim.roughly_dated)
    for claim in claims:
        outer = claim.content.place
        if outer is None or outer == place or outer not in around or not is_of_all(claim):
            continue
        for one in told(outer, [claim], {outer: (ALL_TIME,)}, as_first=False).snapshots:
            if (time := _time(one)) is None:
                continue
            sure = one.sure and not claim.roughly_dated
            for window in around[outer]:
                inside = meeting(time, window)
                if inside is not None:
                    yield _Word(inside, one, direct=False, sure=sure and window == ALL_TIME)


def _at_once(words: Sequence[_Word], at: Instant | None) -> Iterator[tuple[_Word, _Word, Window]]:
    """Pairs that tell of one time, with all of that, or `at`: of these one is about the place itself."""
    told_of = [one for one in words if at is None or one.time[0] <= at <= one.of_its_day]
    told_of.sort(key=lambda one: one.time[0])
    for index, one in enumerate(told_of):
        for other in told_of[index + 1 :]:
            if other.time[0] > one.time[1]:
                break
            if (one.direct or other.direct) and one.snapshot.is_of_time_of(other.snapshot):
                both = other.time[0], min(one.time[1], other.time[1])
                # What both say of an hour, and is asked of the rest of its day, they say of that hour.
                yield one, other, both if at is None or at > both[1] else (at, at)


def _time(one: Snapshot) -> Window | None:
    """The time that its date proves; of a capture that in which it came."""
    if one.so is None or one.meant is None:
        return None
    return (one.so.earliest_start, one.so.latest_end) if one.captured else one.meant


def _exclude_each_other(one: Snapshot, other: Snapshot, time: Window, sides: Sides) -> bool:
    """Whether they do at some instant of a time of which both are certain."""
    if one.actor is None or other.actor is None:
        return False
    if "absent" in (one.status, other.status):
        there, gone = (one.actor, other.actor) if other.status == "absent" else (other.actor, one.actor)
        both_gone = one.status == other.status
        return not both_gone and sides.is_part(sides.party(there, *time), sides.party(gone, *time))
    if "present" in (one.status, other.status):
        return False
    # Beside who holds all of it nobody holds a part.
    if (one.partly and other.extent != "all") or (other.partly and one.extent != "all"):
        return False
    return not sides.throughout(one.together or (one.actor,), other.together or (other.actor,), time)
