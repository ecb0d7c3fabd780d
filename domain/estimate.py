"""The values of a figure: what is measured, in which unit, and how sure the number is said to be."""

from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any, Final, Literal

from pydantic import StrictFloat, StrictInt, field_validator

from domain.errors import DomainError
from domain.fact import Value
from domain.fields import WordForm

Qualifier = Literal[
    "stated",
    "about",
    "at_least",
    "at_most",
    "more_than",
    "fewer_than",
    "between",
    "vague",
    "some",
    "most",
    "unknown",
]
Magnitude = Literal["dozens", "hundreds", "thousands", "many"]
UNITS = ("people", "families", "buildings", "km2", "percent")
Unit = Annotated[str, WordForm("unit", UNITS, "units")]
# Counted one by one: of these there are no halves.
WHOLE_UNITS = ("people", "families", "buildings")
# Strict: true is not 1, and "5" is not 5.
Number = StrictInt | StrictFloat


StockOrFlow = Literal["stock", "flow"]


@dataclass(frozen=True)
class MeasureKind:
    """A stock is true at a moment; a flow is counted over a period, or cumulative since a start."""

    nature: StockOrFlow
    units: tuple[str, ...]


MEASURES: dict[str, MeasureKind] = {
    "killed": MeasureKind("flow", ("people", "families")),
    "died": MeasureKind("flow", ("people", "families")),
    "injured": MeasureKind("flow", ("people", "families")),
    "casualties": MeasureKind("flow", ("people", "families")),
    "captured": MeasureKind("flow", ("people", "families", "km2")),
    "surrendered": MeasureKind("flow", ("people", "families")),
    "missing": MeasureKind("stock", ("people", "families")),
    "taken_hostage": MeasureKind("flow", ("people", "families")),
    "held_hostage": MeasureKind("stock", ("people", "families")),
    "evacuated": MeasureKind("flow", ("people", "families")),
    "displaced": MeasureKind("flow", ("people", "families")),
    "affected": MeasureKind("flow", ("people", "families")),
    "damaged": MeasureKind("flow", ("buildings",)),
    "destroyed": MeasureKind("flow", ("buildings",)),
    "present": MeasureKind("stock", ("people", "families")),
    "fighters": MeasureKind("stock", ("people",)),
    "area": MeasureKind("stock", ("km2",)),
    "territory_share": MeasureKind("stock", ("percent",)),
}
Measure = Annotated[str, WordForm("measure", tuple(MEASURES), "measures")]


class CountedAs(Value):
    """What a figure counts, as the dossier had declared its measure and its unit: it never changes any more.

    `whole`: it is counted one by one, and there are no halves.
    """

    nature: StockOrFlow
    whole: bool


# No count of anything on Earth needs more; beyond 2^53 JSON readers disagree about integers.
LARGEST_NUMBER = 10**15
MOST_PERCENT = 100


class LowAboveBest(DomainError):
    code = "low_above_best"


class BestAboveHigh(DomainError):
    code = "best_above_high"


class LowAboveHigh(DomainError):
    code = "low_above_high"


class NegativeFigure(DomainError):
    code = "negative_figure"


class NotAWholeNumber(DomainError):
    code = "not_a_whole_number"


class NumberOutOfRange(DomainError):
    code = "number_out_of_range"


# What is said so gives nothing to compare.
WITHOUT_NUMBER: Final[frozenset[Qualifier]] = frozenset({"most", "unknown"})


class QualifierContradictsNumbers(DomainError):
    code = "qualifier_contradicts_numbers"


class UnitNotOfMeasure(DomainError):
    code = "unit_not_of_measure"


class Estimate(Value):
    """`low`, `best` and `high` are UCDP's words; `magnitude` is a number given in words.

    What "hundreds" may mean is decided when reading, by a rule, never when recording.
    """

    low: Number | None = None
    best: Number | None = None
    high: Number | None = None
    qualifier: Qualifier
    magnitude: Magnitude | None = None

    @field_validator("low", "best", "high", mode="before")
    @classmethod
    def _as_written(cls, given: Any) -> Any:
        """A number in the 15 digits that a binary one keeps: who adds 0.1 and 0.2 means 0.3, and -0.0 is 0."""
        if given.__class__ is not float or not isfinite(given):
            return given
        meant = float(f"{given:.15g}")
        # The largest that there are would be none in fewer digits.
        return (meant if isfinite(meant) else given) + 0.0


# What each qualifier asks for, and the numbers that it leaves room for.
_NEEDS: dict[str, tuple[str, ...]] = {
    "at_least": ("low",),
    "more_than": ("low",),
    "at_most": ("high",),
    "fewer_than": ("high",),
    "between": ("low", "high"),
}
_EXCLUDES: dict[str, tuple[str, ...]] = {
    "at_least": ("high", "magnitude"),
    "more_than": ("high", "magnitude"),
    "at_most": ("low", "magnitude"),
    "fewer_than": ("low", "magnitude"),
    "between": ("magnitude",),
    "stated": ("magnitude",),
    "about": ("magnitude",),
    "vague": ("low", "best", "high"),
    "some": ("low", "best", "high", "magnitude"),
    "most": ("low", "best", "high", "magnitude"),
    "unknown": ("low", "best", "high", "magnitude"),
}


def check_estimate(estimate: Estimate, unit: str, *, whole: bool, prefix: str = "") -> None:
    """Refuse numbers out of order, negative, broken where `whole` ones are counted, or against their qualifier."""
    numbers = {name: getattr(estimate, name) for name in ("low", "best", "high")}
    for name, number in numbers.items():
        if number is not None:
            _check_number(number, unit, prefix + name, whole=whole)
    low, best, high = numbers.values()
    if low is not None and best is not None and low > best:
        raise LowAboveBest(f"low {low} is above best {best}", field=prefix + "low")
    if best is not None and high is not None and best > high:
        raise BestAboveHigh(f"best {best} is above high {high}", field=prefix + "best")
    if low is not None and high is not None and low > high:
        raise LowAboveHigh(f"low {low} is above high {high}", field=prefix + "low")
    _check_qualifier(estimate, prefix)
    _check_room(estimate, unit, prefix)


def _check_room(estimate: Estimate, unit: str, prefix: str) -> None:
    """Refuse bounds that leave no number that there can be."""
    if estimate.qualifier == "more_than" and unit == "percent" and estimate.low == MOST_PERCENT:
        raise NumberOutOfRange(
            f"{prefix}low: nothing is more than {estimate.low} percent; say at_least, or stated",
            field=prefix + "low",
        )
    if estimate.qualifier == "fewer_than" and estimate.high == 0:
        raise NegativeFigure(
            f"{prefix}high: nothing is fewer than 0; say stated, with best 0, if there were none", field=prefix + "high"
        )


def _check_number(number: Number, unit: str, field: str, *, whole: bool) -> None:
    if number != number or abs(number) > LARGEST_NUMBER:
        raise NumberOutOfRange(f"{field} is not a number up to {LARGEST_NUMBER:,}", field=field)
    if number < 0:
        raise NegativeFigure(f"{field} is {number}; a figure cannot be negative", field=field)
    if whole and number != int(number):
        raise NotAWholeNumber(f"{field} is {number}; {unit} are counted in whole numbers", field=field)
    if unit == "percent" and number > MOST_PERCENT:
        raise NumberOutOfRange(f"{field} is {number} percent; of anything there are {MOST_PERCENT}", field=field)


def _check_qualifier(estimate: Estimate, prefix: str) -> None:
    qualifier = estimate.qualifier
    for name in _NEEDS.get(qualifier, ()):
        if getattr(estimate, name) is None:
            raise QualifierContradictsNumbers(f"qualifier {qualifier} needs {name}", field=prefix + name)
    for name in _EXCLUDES[qualifier]:
        if getattr(estimate, name) is not None:
            raise QualifierContradictsNumbers(
                f"qualifier {qualifier} leaves no room for {name}; leave it out or use another qualifier",
                field=prefix + name,
            )
    if qualifier == "vague" and estimate.magnitude is None:
        raise QualifierContradictsNumbers(
            "qualifier vague needs a magnitude: dozens, hundreds, thousands or many",
            field=prefix + "magnitude",
        )
    if qualifier in ("stated", "about") and estimate.low is None and estimate.best is None and estimate.high is None:
        raise QualifierContradictsNumbers(f"qualifier {qualifier} needs a number", field=prefix + "best")
