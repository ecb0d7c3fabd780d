"""Which numbers that are told of one incident may be about one thing, and what all of them come to.

An incident is one happening: two voices that name different periods, or days that lie side by side, tell of the same.
Of two places, parties or causes, or of days that lie apart, they tell of different things, and how many these come to
together nobody says.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.calendar import DAY
from domain.content import is_period
from domain.contradictions import Word
from domain.in_force import Voice
from domain.set_aside import Aspects, aspects, may_be_one
from domain.when import EARLIEST, LATEST, Instant, Span
from domain.words import Number, Range, hull


class Happening:
    """What is said of one incident, by `words` of one measure that have a number.

    A thing is what one voice counts at one spot. Spots are compared, which are few, and the voices of two only where
    they are days side by side.
    """

    def __init__(self, words: Sequence[Word]) -> None:
        self._hull = hull(said.range for said in words if said.range is not None)
        self._said: dict[_Spot, dict[Voice, _Told]] = {}
        for said in words:
            if said.range is not None:
                voices = self._said.setdefault(_Spot.of(said), {})
                voices[said.voice] = _Told.of(said.range, voices.get(said.voice))
        self._near = _near(self._said)
        self._nearest: dict[_Spot, Mapping[Voice, int]] = {}
        self._things = [thing for spot in self._said for thing in self._things_at(spot)] if len(self._near) > 1 else []

    def may_be_one(self, one: Word, other: Word) -> bool:
        """Whether they may be about one thing. A night, or a time zone, moves a day by one; but a voice that tells of
        two days tells of two things, and a day beside is not meant by who tells of the very day too.
        """
        here, there = _Spot.of(one), _Spot.of(other)
        between = here.away_from(there)
        if between is None or between <= 0 or one.voice == other.voice:
            return between is not None and between <= 0
        return self._means(one.voice, there, between) and self._means(other.voice, here, between)

    def _means(self, voice: Voice, spot: "_Spot", between: int) -> bool:
        """Whether a voice that tells of something so far from a spot may mean that: it tells of nothing nearer."""
        if spot not in self._nearest:
            self._nearest[spot] = self._nearest_of_each(spot)
        return self._nearest[spot].get(voice, between) >= between

    def _nearest_of_each(self, spot: "_Spot") -> Mapping[Voice, int]:
        """How far from a spot that has a date the nearest is of which each voice tells, of those not too far for it."""
        near = self._near[spot] | {spot: 0} if spot in self._near else _near([spot, *self._said])[spot]
        found: dict[Voice, int] = {}
        for other, between in near.items():
            if other.so is not None:
                for voice in self._said[other]:
                    found[voice] = min(between, found.get(voice, between))
        return found

    def _things_at(self, spot: "_Spot") -> "Iterator[_Thing]":
        near = self._near[spot]
        at_once = [spot, *(other for other, between in near.items() if between <= 0)]
        lowest = min(told.low for other in at_once for told in self._said[other].values())
        beside = []
        for other, between in near.items():
            if between > 0:
                theirs = [told.low for voice, told in self._said[other].items() if self._means(voice, spot, between)]
                beside.append((other, between, min(theirs, default=None), len(theirs) == len(self._said[other])))
        for voice in self._said[spot]:
            least, is_of_all = lowest, len(near) == len(self._said) - 1
            for other, between, low, all_of_them in beside:
                means = low is not None and self._means(voice, other, between)
                is_of_all = is_of_all and means and all_of_them
                if means and low is not None:
                    least = min(least, low)
            yield _Thing(least, is_of_all)

    @property
    def is_of_several_things(self) -> bool:
        return not all(thing.may_be_all for thing in self._things)

    def says_otherwise(self, *, then: bool) -> bool:
        """Whether a voice gives two numbers that do not meet: of the same time (`then`), or of another one."""
        return any(
            told.is_apart_from(self._said[other][voice])
            for spot, near in self._near.items()
            for other, between in near.items()
            if between <= 0 and (spot.so == other.so) is then
            for voice, told in self._said[spot].items()
            if voice in self._said[other]
        )

    def range(self) -> Range | None:
        """Room for all words. Of different things it comes to the most that is said of one at least, and nobody says
        how many at most, unless a number may be of all.
        """
        if self._hull is None or not self.is_of_several_things:
            return self._hull
        high = self._hull.high if any(thing.may_be_all for thing in self._things) else None
        return Range(max(thing.least for thing in self._things), high, self._hull.best)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where, by whom and how something was counted, and what that place may have lain in; and of a flow when."""

    aspects: Aspects
    lies_in: frozenset[str]
    so: Span | None

    @classmethod
    def of(cls, said: Word) -> "_Spot":
        return cls(aspects(said.claim), said.claim.lies_in, said.so if is_period(said.claim.content) else None)

    @property
    def start(self) -> Instant:
        return EARLIEST if self.so is None else self.so.earliest_start

    @property
    def end(self) -> Instant:
        return LATEST if self.so is None else self.so.latest_end

    def away_from(self, other: "_Spot") -> int | None:
        """From the end of the first to the start of the last, none or less where they meet; None of two that can be no
        one thing.
        """
        between = max(self.start, other.start) - min(self.end, other.end)
        return between if between <= DAY and self._may_be_where(other) else None

    def _may_be_where(self, other: "_Spot") -> bool:
        """What was counted in a town may have been at its market."""
        (here, *mine), (there, *theirs) = self.aspects, other.aspects
        if there in self.lies_in or here in other.lies_in:
            here = there
        return may_be_one((here, mine[0], mine[1]), (there, theirs[0], theirs[1]))


class _Told(NamedTuple):
    """What one voice says at one spot: `low` at least by any of its words, `surely` so many, and `at_most`."""

    low: Number
    surely: Number
    at_most: Number | None

    @classmethod
    def of(cls, said: Range, before: "_Told | None") -> "_Told":
        if before is None:
            return cls(said.low, said.low, said.high)
        highs = [high for high in (said.high, before.at_most) if high is not None]
        return cls(min(said.low, before.low), max(said.low, before.surely), min(highs, default=None))

    def is_apart_from(self, other: "_Told") -> bool:
        return _exceeds(self, other) or _exceeds(other, self)


class _Thing(NamedTuple):
    """`least`: of what may be the same the lowest; `may_be_all`: nothing else that is told is another thing."""

    least: Number
    may_be_all: bool


def _exceeds(one: _Told, other: _Told) -> bool:
    return other.at_most is not None and one.surely > other.at_most


def _near(spots: Collection[_Spot]) -> dict[_Spot, dict[_Spot, int]]:
    """Of each spot those that may be the same one, or the day beside it, with how far it is to them."""
    found: dict[_Spot, dict[_Spot, int]] = {spot: {} for spot in spots}
    begun: list[_Spot] = []
    for spot in sorted(found, key=lambda spot: spot.start):
        begun = [other for other in begun if spot.start - other.end <= DAY]
        for other in begun:
            between = spot.away_from(other)
            if between is not None:
                found[spot][other] = found[other][spot] = between
        begun.append(spot)
    return found
