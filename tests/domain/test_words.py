"""words@1: each row of its table, and what holds for every figure."""

from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.checks import check
from domain.content import Figure, check_meaning
from domain.estimate import Qualifier
from domain.words import Range, hull, range_of


def figure(qualifier: str, unit: str = "people", **numbers: Any) -> Figure:
    measure = {
        "people": "killed",
        "families": "killed",
        "buildings": "damaged",
        "km2": "area",
        "percent": "territory_share",
    }[unit]
    return Figure.model_validate({"kind": "figure", "measure": measure, "unit": unit, "qualifier": qualifier} | numbers)


@pytest.mark.parametrize(
    ("qualifier", "numbers", "low", "high"),
    [
        ("stated", {"best": 1616}, 1616, 1616),
        ("stated", {"low": 5, "best": 8}, 5, 8),
        ("stated", {"low": 5, "best": 8, "high": 9}, 5, 9),
        ("stated", {"low": 5}, 5, None),
        ("stated", {"high": 9}, 0, 9),
        ("stated", {"best": 0}, 0, 0),
        ("about", {"best": 2000}, 1500, 2500),
        ("about", {"best": 45000}, 40500, 49500),
        ("about", {"best": 1300}, 1170, 1430),
        ("about", {"best": 15}, 14, 16),
        ("about", {"best": 1}, 1, 1),
        ("about", {"best": 0}, 0, 0),
        ("about", {"low": 1900, "best": 2000}, 1900, 2500),
        ("about", {"best": 2000, "high": 2100}, 1500, 2100),
        ("about", {"low": 3}, 3, None),
        ("about", {"high": 3}, 0, 3),
        ("at_least", {"low": 320}, 320, None),
        ("more_than", {"low": 20}, 21, None),
        ("at_most", {"high": 50}, 0, 50),
        ("fewer_than", {"high": 50}, 0, 49),
        ("fewer_than", {"high": 0}, 0, 0),
        ("between", {"low": 5, "high": 10}, 5, 10),
        ("vague", {"magnitude": "dozens"}, 24, 199),
        ("vague", {"magnitude": "hundreds"}, 200, 1999),
        ("vague", {"magnitude": "thousands"}, 2000, 19999),
        ("vague", {"magnitude": "many"}, 2, None),
        ("some", {}, 1, None),
    ],
)
def test_a_figure_leaves_room_for_what_its_words_say(
    qualifier: str, numbers: dict[str, Any], low: int, high: int | None
) -> None:
    assert range_of(figure(qualifier, **numbers)) == Range(low, high, numbers.get("best"))


@pytest.mark.parametrize("qualifier", ["most", "unknown"])
def test_what_is_not_known_is_not_zero(qualifier: str) -> None:
    assert range_of(figure(qualifier)) is None


@pytest.mark.parametrize(
    ("unit", "qualifier", "numbers", "expected"),
    [
        ("km2", "more_than", {"low": 200}, Range(200)),
        ("km2", "fewer_than", {"high": 50}, Range(0, 50)),
        ("km2", "about", {"best": 0.3}, Range(0.25, 0.35, 0.3)),
        ("km2", "about", {"best": 45}, Range(40.5, 49.5, 45)),
        ("families", "more_than", {"low": 20}, Range(21)),
        ("percent", "about", {"best": 98}, Range(88.2, 100, 98)),
        ("percent", "at_least", {"low": 60}, Range(60, 100)),
        ("percent", "some", {}, Range(1, 100)),
    ],
)
def test_broken_numbers_and_percentages_keep_within_what_they_can_be(
    unit: str, qualifier: str, numbers: dict[str, Any], expected: Range
) -> None:
    assert range_of(figure(qualifier, unit, **numbers)) == expected


def test_a_best_that_its_own_words_rule_out_is_none() -> None:
    assert range_of(figure("more_than", low=50, best=50)) == Range(51)
    assert range_of(figure("fewer_than", high=50, best=50)) == Range(0, 49)
    assert range_of(figure("at_least", low=50, best=50)) == Range(50, None, 50)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (Range(1, 5), Range(5, 9), True),
        (Range(1, 4), Range(5, 9), False),
        (Range(5), Range(1, 4), False),
        (Range(5), Range(1), True),
        (Range(0, 0), Range(1), False),
    ],
)
def test_ranges_meet_in_at_least_one_number(one: Range, other: Range, meet: bool) -> None:
    assert one.meets(other) is other.meets(one) is meet


def test_a_hull_has_room_for_all_and_a_best_only_if_they_agree_on_it() -> None:
    assert hull([Range(1, 5, 3), Range(4, 9)]) == Range(1, 9, 3)
    assert hull([Range(1, 5, 3), Range(4, 9, 5)]) == Range(1, 9)
    assert hull([Range(1, 5, 3), Range(4)]) == Range(1, None, 3)
    assert hull([]) is None
    assert Range(1, 5, 3).hull(Range(4, None, 3)) == Range(1, None, 3)


# What each qualifier needs, and what it may have beside.
TAKES = {
    "stated": (("best",), ("low", "high")), "about": (("best",), ("low", "high")), "at_least": (("low",), ("best",)),
    "more_than": (("low",), ("best",)), "at_most": (("high",), ("best",)), "fewer_than": (("high",), ("best",)),
    "between": (("low", "high"), ("best",)), "vague": (("magnitude",), ()), "some": ((), ()), "most": ((), ()),
    "unknown": ((), ()),
}  # fmt: skip
assert set(TAKES) == set(get_args(Qualifier))


@st.composite
def recorded(draw: st.DrawFn) -> Figure:
    """Any figure that can be recorded."""
    qualifier = draw(st.sampled_from(list(TAKES)))
    unit = draw(st.sampled_from(["people", "families", "buildings", "km2", "percent"]))
    number = {"percent": st.integers(0, 100) | st.floats(0, 100), "km2": st.integers(0, 10**15) | st.floats(0, 1e6)}
    low, best, high = sorted(draw(st.lists(number.get(unit, st.integers(0, 10**15)), min_size=3, max_size=3)))
    numbers = {"low": low, "best": best, "high": high, "magnitude": draw(st.sampled_from(["dozens", "many"]))}
    needed, possible = TAKES[qualifier]
    beside = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    # Fewer than none cannot be recorded.
    assume(qualifier != "fewer_than" or high > 0)
    found = figure(qualifier, unit, **{name: numbers[name] for name in (*needed, *beside)})
    check(found)
    check_meaning(found)
    return found


@given(recorded())
def test_whatever_can_be_recorded_has_a_range_in_order(said: Figure) -> None:
    found = range_of(said)
    if found is None:
        assert said.qualifier in ("most", "unknown")
        return
    top = float("inf") if found.high is None else found.high
    assert 0 <= found.low <= top
    assert found.best is None or found.low <= found.best <= top
    if said.qualifier in ("stated", "about", "between"):
        assert all(found.low <= number <= top for number in (said.low, said.best, said.high) if number is not None)
    if said.unit in ("people", "families"):
        assert all(number == int(number) for number in (found.low, found.high or 0))
    if said.unit == "percent":
        assert top <= 100
