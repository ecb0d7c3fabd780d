"""words@1: which numbers a figure leaves room for."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from domain.content import Figure, is_whole
from domain.estimate import WITHOUT_NUMBER

WORDS = "words@1"

Number = int | float

MAGNITUDES: dict[str, tuple[int, int | None]] = {
    "dozens": (24, 199),
    "hundreds": (200, 1_999),
    "thousands": (2_000, 19_999),
    "many": (2, None),
}
_TENTH, _HALF = Decimal("0.1"), Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high` (None: no bound), and the best number if there is one."""

    low: Number
    high: Number | None = None
    best: Number | None = None

    def meets(self, other: "Range") -> bool:
        return (other.high is None or self.low <= other.high) and (self.high is None or other.low <= self.high)

    def hull(self, other: "Range") -> "Range":
        """Room for whatever either leaves room for; `best` only if both have the same."""
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Range(min(self.low, other.low), high, self.best if self.best == other.best else None)


def hull(ranges: Iterable[Range]) -> Range | None:
    """Room for whatever any leaves room for; `best` only if all that have one have the same."""
    found = list(ranges)
    if not found:
        return None
    highs = [one.high for one in found if one.high is not None]
    bests = {one.best for one in found if one.best is not None}
    return Range(
        min(one.low for one in found),
        max(highs) if len(highs) == len(found) else None,
        bests.pop() if len(bests) == 1 else None,
    )


def range_of(figure: Figure) -> Range | None:
    """None where a figure gives nothing to compare. "Not known" is not zero."""
    bounds = _bounds(figure)
    if bounds is None:
        return None
    low, high = bounds
    if figure.unit == "percent":
        low, high = min(low, 100), 100 if high is None else min(high, 100)
    best = figure.best
    if best is not None and (best < low or (high is not None and best > high)):
        # "More than 50", best 50: the words rule it out.
        best = None
    return Range(low, high, best)


def has_number(figure: Figure) -> bool:
    """Whether it gives anything to compare."""
    return figure.qualifier not in WITHOUT_NUMBER


def _bounds(figure: Figure) -> tuple[Number, Number | None] | None:
    low, best, high = figure.low, figure.best, figure.high
    match figure.qualifier:
        case "stated":
            return _first(low, best, 0), best if high is None else high
        case "about":
            return (
                low if low is not None else _less_a_margin(best or 0, whole=is_whole(figure)),
                high if high is not None else None if best is None else _more_a_margin(best, whole=is_whole(figure)),
            )
        case "at_least":
            return low or 0, None
        case "more_than":
            return (low or 0) + (1 if is_whole(figure) else 0), None
        case "at_most":
            return 0, high
        case "fewer_than":
            return 0, max(0, high - 1) if high is not None and is_whole(figure) else high
        case "between":
            return low or 0, high
        case "vague":
            return None if figure.magnitude is None else MAGNITUDES[figure.magnitude]
        case "some":
            return 1, None
        case _:
            return None


def _first(*numbers: Number | None) -> Number:
    return next(number for number in numbers if number is not None)


def _margin(number: Decimal) -> Decimal:
    """A tenth, or half a unit of the last digit that is not zero, whichever is more."""
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(number * _TENTH, _HALF.scaleb(exponent)) if number else Decimal(0)


def _less_a_margin(number: Number, *, whole: bool) -> Number:
    # In decimals, as it was written: 0.3 less a margin is 0.25, and not 0.24999999999999997.
    written = Decimal(str(number))
    less = max(Decimal(0), written - _margin(written))
    return _number(less.to_integral_value(ROUND_CEILING) if whole else less)


def _more_a_margin(number: Number, *, whole: bool) -> Number:
    written = Decimal(str(number))
    more = written + _margin(written)
    return _number(more.to_integral_value(ROUND_FLOOR) if whole else more)


def _number(number: Decimal) -> Number:
    return int(number) if number == number.to_integral_value() else float(number)
