import sys
from typing import Any, get_args

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.estimate import LARGEST_NUMBER, MEASURES, UNITS, WHOLE_UNITS, Estimate, Qualifier, check_estimate
from domain.fields import read
from domain.vocabulary import HOUSE


def refusal(unit: str = "people", **fields: Any) -> tuple[str, str] | None:
    try:
        check_estimate(read(Estimate, fields), unit, whole=unit in WHOLE_UNITS, prefix="set.")
    except DomainError as refused:
        return refused.code, refused.field
    return None


@pytest.mark.parametrize(
    "fields",
    [
        {"qualifier": "stated", "best": 2000},
        {"qualifier": "stated", "best": 0},
        {"qualifier": "stated", "low": 1, "best": 1, "high": 1},
        {"qualifier": "about", "best": 2000, "high": 2500},
        {"qualifier": "about", "low": 3},
        {"qualifier": "at_least", "low": 50},
        {"qualifier": "at_least", "low": 50, "best": 60},
        {"qualifier": "more_than", "low": 50},
        {"qualifier": "at_most", "high": 50},
        {"qualifier": "fewer_than", "high": 50, "best": 40},
        {"qualifier": "between", "low": 5, "high": 10},
        {"qualifier": "between", "low": 5, "best": 7, "high": 10},
        {"qualifier": "vague", "magnitude": "hundreds"},
        {"qualifier": "some"},
        {"qualifier": "most"},
        {"qualifier": "unknown"},
    ],
)
def test_an_estimate_that_agrees_with_itself_is_taken(fields: dict[str, Any]) -> None:
    assert refusal(**fields) is None


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"low": 3, "best": 2}, "low_above_best", "low"),
        ({"best": 3, "high": 2}, "best_above_high", "best"),
        ({"low": 3, "high": 2}, "low_above_high", "low"),
        ({"low": 1.5, "best": 1.4, "unit": "km2"}, "low_above_best", "low"),
        ({"best": -1}, "negative_figure", "best"),
        ({"low": -5, "best": 1}, "negative_figure", "low"),
        ({"best": 1.5}, "not_a_whole_number", "best"),
        ({"best": 1.5, "unit": "families"}, "not_a_whole_number", "best"),
        ({"best": 100.5, "unit": "percent"}, "number_out_of_range", "best"),
        ({"high": LARGEST_NUMBER + 1}, "number_out_of_range", "high"),
        ({"best": float("nan")}, "number_out_of_range", "best"),
        ({"best": float("inf")}, "number_out_of_range", "best"),
    ],
)
def test_numbers_in_disorder_are_refused(fields: dict[str, Any], code: str, field: str) -> None:
    assert refusal(**({"qualifier": "stated", "unit": "people"} | fields)) == (code, f"set.{field}")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"qualifier": "more_than", "unit": "percent", "low": 100}, "number_out_of_range", "low"),
        ({"qualifier": "more_than", "unit": "percent", "low": 100.5}, "number_out_of_range", "low"),
        ({"qualifier": "at_most", "unit": "percent", "high": 101}, "number_out_of_range", "high"),
        ({"qualifier": "fewer_than", "unit": "people", "high": 0}, "negative_figure", "high"),
        ({"qualifier": "fewer_than", "unit": "percent", "high": 0}, "negative_figure", "high"),
        ({"qualifier": "fewer_than", "unit": "km2", "high": 0.0}, "negative_figure", "high"),
        ({"qualifier": "at_least", "unit": "people", "low": -1}, "negative_figure", "low"),
    ],
)
def test_bounds_that_leave_no_number_are_refused(fields: dict[str, Any], code: str, field: str) -> None:
    assert refusal(**fields) == (code, f"set.{field}")


def test_bounds_that_leave_one_are_taken() -> None:
    assert refusal(qualifier="more_than", unit="percent", low=99.9) is None
    assert refusal(qualifier="at_least", unit="percent", low=100) is None
    assert refusal(qualifier="more_than", unit="people", low=100) is None
    assert refusal(qualifier="fewer_than", unit="people", high=1) is None
    assert refusal(qualifier="at_most", unit="people", high=0) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"qualifier": "at_least"}, "low"),
        ({"qualifier": "at_least", "best": 5}, "low"),
        ({"qualifier": "at_least", "low": 5, "high": 9}, "high"),
        ({"qualifier": "more_than", "high": 5}, "low"),
        ({"qualifier": "at_most", "low": 5}, "high"),
        ({"qualifier": "at_most", "low": 2, "high": 5}, "low"),
        ({"qualifier": "fewer_than"}, "high"),
        ({"qualifier": "between", "low": 5}, "high"),
        ({"qualifier": "between", "high": 5}, "low"),
        ({"qualifier": "vague"}, "magnitude"),
        ({"qualifier": "vague", "magnitude": "many", "best": 5}, "best"),
        ({"qualifier": "unknown", "low": 0}, "low"),
        ({"qualifier": "unknown", "best": 5}, "best"),
        ({"qualifier": "unknown", "high": 5}, "high"),
        ({"qualifier": "unknown", "magnitude": "many"}, "magnitude"),
        ({"qualifier": "some", "best": 5}, "best"),
        ({"qualifier": "most", "magnitude": "many"}, "magnitude"),
        ({"qualifier": "stated"}, "best"),
        ({"qualifier": "about"}, "best"),
        ({"qualifier": "stated", "best": 5, "magnitude": "many"}, "magnitude"),
    ],
)
def test_a_qualifier_that_contradicts_the_numbers_is_refused(fields: dict[str, Any], field: str) -> None:
    assert refusal(**fields) == ("qualifier_contradicts_numbers", f"set.{field}")


def test_a_number_is_not_written_as_words() -> None:
    with pytest.raises(DomainError) as refused:
        read(Estimate, {"qualifier": "stated", "best": "two"})
    assert (refused.value.code, refused.value.field) == ("malformed", "best")


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_takes_its_own_units_only(measure: str) -> None:
    for unit in UNITS:
        if unit in MEASURES[measure].units:
            assert HOUSE.counted_as(measure, unit).nature == MEASURES[measure].nature
            continue
        with pytest.raises(DomainError) as refused:
            HOUSE.counted_as(measure, unit, prefix="set.")
        assert (refused.value.code, refused.value.field) == ("unit_not_of_measure", "set.unit")


numbers = st.none() | st.integers(-1, 4)


@all_of(st.sampled_from(get_args(Qualifier)), numbers, numbers, numbers, st.none() | st.just("many"))
def test_what_is_taken_is_in_order(
    qualifier: Qualifier, low: int | None, best: int | None, high: int | None, magnitude: Any
) -> None:
    if refusal(qualifier=qualifier, low=low, best=best, high=high, magnitude=magnitude) is None:
        given = [number for number in (low, best, high) if number is not None]
        assert given == sorted(given)
        assert all(number >= 0 for number in given)
        assert given or magnitude or qualifier in ("some", "most", "unknown")


def test_a_number_is_recorded_in_the_digits_that_are_meant() -> None:
    assert read(Estimate, {"qualifier": "about", "best": 0.1 + 0.2}).best == 0.3
    assert str(read(Estimate, {"qualifier": "stated", "best": -0.0}).best) == "0.0"
    kept = {"low": 12.3456789012345, "best": 99, "high": 10.0**15}
    assert read(Estimate, {"qualifier": "stated", **kept}).model_dump(include={*kept}) == kept
    # What is stored is read and written again, whatever it is.
    assert Estimate(qualifier="stated", best=sys.float_info.max).best == sys.float_info.max
    assert refusal(qualifier="stated", best=float("nan")) == ("number_out_of_range", "set.best")
