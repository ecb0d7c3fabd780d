"""Numbers that are far from what others say of what may be the same thing: a digit may be wrong, or a unit."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from domain.calendar import DAY
from domain.content import Content, Figure, is_period, span
from domain.may_be_same import may_share
from domain.topic import Topic, topic_of
from domain.when import Instant, Span
from domain.words import MAGNITUDES, range_of

# So many times more, or less, is odd.
FACTOR: Final = 20
# Periods up to this long may be about one thing wherever they meet; of longer ones, which hold many, only the same.
SHORT: Final = 32 * DAY
# More than there are on Earth, with room to spare; of km2 there are as many as all of its surface.
ON_EARTH: Final = MappingProxyType({"people": 10**10, "families": 10**10, "buildings": 10**10, "km2": 510_100_000})
# Of what may be fewer than one, or nobody, less than this is not told apart.
LEAST: Final = 1

Amount = int | float


class Amounts(NamedTuple):
    """The lowest and the highest number that a figure itself gives, which is no range: "at least 42" gives 42."""

    low: Amount
    high: Amount

    def times(self, other: "Amounts") -> float:
        """How many times as many it gives at least as the other at most; below 1, the other way round."""
        if self.low > other.high:
            return max(self.low, LEAST) / max(other.high, LEAST)
        if other.low > self.high:
            return max(self.high, LEAST) / max(other.low, LEAST)
        return 1

    def is_far(self, other: "Amounts") -> bool:
        times = self.times(other)
        return times > FACTOR or times * FACTOR < 1

    def away(self, other: "Amounts") -> float:
        """How far, in times as many or as few."""
        times = self.times(other)
        return max(times, 1 / times)


class Number(NamedTuple):
    """What a figure gives, of what, and when."""

    amounts: Amounts
    topic: Topic
    so: Span | None
    of_period: bool

    def may_be_held_against(self, other: "Number") -> bool:
        """Whether both may be of the same thing at one time, if their places are one, or the one may be all of it.

        What counts a group, one value of a dimension, or a day of a month, is likely a part of what does not say which,
        or counts all of it: fewer of it, and more of all, are what is to be expected.
        """
        mine, theirs = self.topic, other.topic
        if self.of_period != other.of_period or not self._at_one_time(other):
            return False
        if mine != theirs:
            if (mine.measure, mine.unit, mine.subject) != (theirs.measure, theirs.unit, theirs.subject):
                return False
            if not may_share(mine, theirs):
                return False
            if _narrower(mine, theirs):
                return self.amounts.times(other.amounts) > 1
            if _narrower(theirs, mine):
                return self.amounts.times(other.amounts) < 1
        if self.of_period and self.so != other.so and self.so is not None and other.so is not None:
            # What is near is beside it all the same.
            if _lies_within(self.so, other.so):
                return self.amounts.times(other.amounts) * FACTOR >= 1
            if _lies_within(other.so, self.so):
                return self.amounts.times(other.amounts) <= FACTOR
        return True

    def _at_one_time(self, other: "Number") -> bool:
        if self.so is None or other.so is None:
            return True
        (began, ended), (others_began, others_ended) = _bounds(self.so), _bounds(other.so)
        if self.of_period and max(ended - began, others_ended - others_began) > SHORT:
            return (began, ended) == (others_began, others_ended)
        return began <= others_ended and others_began <= ended


class Said(NamedTuple):
    """Who gives a number: a claim, in a report; and the claims that it is part of."""

    claim: str
    report: str
    number: Number
    wholes: frozenset[str] = frozenset()


def number_of(content: Content, time_zone: str) -> Number | None:
    """None of what is no figure, or gives no number, or tells what is intended only."""
    if not isinstance(content, Figure) or content.hedge == "intended":
        return None
    amounts = amounts_of(content)
    return amounts and Number(amounts, topic_of(content), span(content, time_zone), is_period(content))


def amounts_of(figure: Figure) -> Amounts | None:
    given = [number for number in (figure.low, figure.best, figure.high) if number is not None]
    if given:
        return Amounts(given[0], given[-1])
    low, high = MAGNITUDES[figure.magnitude] if figure.magnitude is not None else (0, None)
    return None if high is None else Amounts(low, high)


def beyond_belief(figure: Figure) -> Literal["best", "low", "high"] | None:
    """Which of the numbers of a figure is more than there are on Earth."""
    most = ON_EARTH.get(figure.unit)
    if most is not None:
        for name in _NUMBERS:
            number = getattr(figure, name)
            if number is not None and number > most:
                return name
    return None


def above_whole(part: Content, whole: Content) -> tuple[Amount, Amount] | None:
    """The least that a part gives, and the most that its whole does, where that is less."""
    if not isinstance(part, Figure) or not isinstance(whole, Figure):
        return None
    if (part.measure, part.unit) != (whole.measure, whole.unit):
        return None
    of_part, of_whole = range_of(part), range_of(whole)
    if of_part is None or of_whole is None or of_whole.high is None or of_part.low <= of_whole.high:
        return None
    return of_part.low, of_whole.high


_NUMBERS: Final[tuple[Literal["best", "low", "high"], ...]] = ("best", "low", "high")


def nearest(number: Number, others: Iterable[Said]) -> tuple[Said | None, bool]:
    """The one that is nearest among those that it is held against, and whether it is far from all of these."""
    found: Said | None = None
    for other in others:
        if not number.may_be_held_against(other.number):
            continue
        if not number.amounts.is_far(other.number.amounts):
            return other, False
        if found is None or number.amounts.away(other.number.amounts) < number.amounts.away(found.number.amounts):
            found = other
    return found, found is not None


def _narrower(one: Topic, other: Topic) -> bool:
    """Whether one says of which group, or of which part of a dimension, and the other does not."""
    mine, theirs = dict(one.dimensions), dict(other.dimensions)
    more = (one.group is not None and other.group is None) or bool(mine.keys() - theirs.keys())
    less = (other.group is not None and one.group is None) or bool(theirs.keys() - mine.keys())
    return more and not less


def _lies_within(part: Span, whole: Span) -> bool:
    """Whether a period is a part of another one."""
    (began, ended), (others_began, others_ended) = _bounds(part), _bounds(whole)
    return others_began <= began and ended <= others_ended and (began, ended) != (others_began, others_ended)


def _bounds(so: Span) -> tuple[Instant, Instant]:
    return so.earliest_start, so.latest_end


def in_digits(amounts: Amounts) -> str:
    low, high = (f"{number:,}" for number in amounts)
    return low if low == high else f"{low} to {high}"


def how_far(one: Amounts, other: Amounts) -> str:
    times = one.times(other)
    return f"{times:,.0f} times" if times > 1 else f"1/{1 / times:,.0f} of"
