from typing import Any

import pytest

from domain import claim
from domain.claim import ClaimCorrected, ClaimRecorded, ClaimRevised, CorrectClaim
from domain.content import Figure
from domain.known import Known
from domain.looks_beside import far_from_others
from domain.odd_numbers import Number, Said, above_whole, beyond_belief, nearest, number_of
from domain.second_looks import second_looks
from domain.statements import Mend
from tests.domain.given import NOW, Given, fold


def figure(best: float | None = None, **more: Any) -> Figure:
    given = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "when": "2017-03-16"}
    return Figure.model_validate(given | ({} if best is None else {"best": best}) | more)


def number(best: float | None = None, **more: Any) -> Number:
    found = number_of(figure(best, **more), "UTC")
    assert found is not None
    return found


def odd(one: Number, *others: Number) -> str | None:
    """The nearest of the others, if it is far."""
    found, is_far = nearest(one, [Said(str(nth), "r", other) for nth, other in enumerate(others)])
    return found.claim if found is not None and is_far else None


def test_a_number_is_odd_that_is_far_from_all_others() -> None:
    assert odd(number(4_200_000), number(35), number(49), number(42)) == "1"
    assert odd(number(2), number(49), number(42)) == "1"
    assert odd(number(4_200_000), number(35), number(4_000_000)) is None
    assert odd(number(4_200_000)) is None
    assert odd(number(840), number(42)) is None
    assert odd(number(841), number(42)) == odd(number(42), number(841)) == "0"
    assert odd(number(0), number(20)) is None
    assert odd(number(0), number(21)) == "0"


def test_what_a_figure_itself_gives_is_held_against_others_and_no_range() -> None:
    at_least = number(qualifier="at_least", low=42)
    assert odd(number(4_200_000), at_least) == odd(at_least, number(4_200_000)) == "0"
    assert odd(number(qualifier="between", low=10, high=900), number(20_000)) == "0"
    assert odd(number(qualifier="between", low=10, high=1000), number(20_000)) is None
    assert odd(number(qualifier="vague", magnitude="hundreds"), number(9)) == "0"
    assert odd(number(qualifier="vague", magnitude="hundreds"), number(10)) is None
    silent: list[dict[str, Any]] = [
        {"qualifier": "unknown"}, {"qualifier": "vague", "magnitude": "many"}, {"qualifier": "some"}
    ]  # fmt: skip
    for nothing in silent:
        assert number_of(figure(**nothing), "UTC") is None
    assert number_of(figure(5, hedge="intended"), "UTC") is None


@pytest.mark.parametrize(
    "apart",
    [{"measure": "injured"}, {"unit": "families"}, {"subject": "is"}, {"when": "2017-03-18"}, {"when": "2011/2017"}],
)
def test_what_counts_another_thing_or_time_is_not_held_against(apart: dict[str, Any]) -> None:
    assert odd(number(4_200_000), number(42, **apart)) is None


@pytest.mark.parametrize(
    "alike",
    [{}, {"cause": "airstrike"}, {"by": "usa"}, {"when": None}, {"when": "2017-03"}, {"when": "2017-03-15/2017-03-16"}],
)
def test_what_may_count_the_same_is(alike: dict[str, Any]) -> None:
    assert odd(number(4_200_000), number(42, **alike)) == odd(number(42, **alike), number(4_200_000)) == "0"


def test_a_part_may_be_as_much_less_as_it_likes_and_not_more() -> None:
    whole = number(4_000)
    for part in ({"group": "women"}, {"dimensions": {"age": "0-17"}}):
        assert odd(number(3, **part), whole) is None
        assert odd(whole, number(3, **part)) is None
        assert odd(number(4_000_000, **part), whole) == odd(whole, number(4_000_000, **part)) == "0"


def test_tolls_of_long_periods_are_held_against_those_of_the_same() -> None:
    war = number(400_000, when="2011-03-15/2026-08-01")
    assert odd(war, number(4, when="2017-03-16")) is None
    assert odd(war, number(4, when="2011-03-15/2026-08-01")) == "0"


def test_a_day_of_a_month_may_be_as_much_less_as_it_likes_and_not_more() -> None:
    month = number(4_000, when="2017-03")
    for part in ("2017-03-16", "2017-03-10/2017-03-20"):
        assert odd(number(3, when=part), month) is None
        assert odd(month, number(3, when=part)) is None
        assert odd(number(4_000_000, when=part), month) == odd(month, number(4_000_000, when=part)) == "0"
    # What is near is not alone, whatever is far from it beside.
    assert odd(number(4_000, when="2017-03-16"), month, number(3)) is None
    assert odd(number(4_000), month._replace(so=None), number(3)) is None
    fighters = {"measure": "fighters", "when": "2017-03"}
    assert odd(number(3, **fighters | {"when": "2017-03-16"}), number(4_000, **fighters)) == "0"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"best": 10**12}, "best"),
        ({"qualifier": "at_least", "low": 10**11}, "low"),
        ({"qualifier": "between", "low": 5, "high": 10**11}, "high"),
        ({"unit": "families", "best": 10**11}, "best"),
        ({"measure": "area", "unit": "km2", "best": 600_000_000}, "best"),
        ({"best": 9_000_000_000}, None),
        ({"measure": "area", "unit": "km2", "best": 500_000_000}, None),
        ({"qualifier": "some"}, None),
    ],
)
def test_no_more_than_there_are_on_earth(given: dict[str, Any], field: str | None) -> None:
    assert beyond_belief(figure(**given)) == field


def test_a_part_is_held_against_all_that_its_whole_leaves_room_for() -> None:
    assert above_whole(figure(15), figure(10)) == (15, 10)
    assert above_whole(figure(qualifier="at_least", low=15), figure(qualifier="at_most", high=10)) == (15, 10)
    for part, whole in (
        (figure(10), figure(10)),
        (figure(11), figure(10, qualifier="about")),
        (figure(15), figure(qualifier="at_least", low=10)),
        (figure(qualifier="at_most", high=15), figure(10)),
        (figure(15), figure(10, measure="injured")),
        (figure(15), figure(10, unit="families")),
        (figure(qualifier="unknown"), figure(10)),
    ):
        assert above_whole(part, whole) is None


def test_the_nearest_is_told_with_its_number_and_report() -> None:
    nearest_said = Said("j1", "rescuers-0316", number(35))
    told = far_from_others(number(4_200_000), nearest_said)
    assert told.code == "far_from_others"
    assert told.message == (
        "4,200,000 is 120,000 times the nearest number of what may be the same thing and time, 35 in claim 'j1' of "
        "report 'rescuers-0316': is a digit wrong?"
    )
    assert far_from_others(number(1), nearest_said).message.startswith("1 is 1/35 of the nearest number")
    vague = Said("j1", "r", number(qualifier="vague", magnitude="hundreds"))
    assert "200 to 1,999 in claim" in far_from_others(number(1), vague).message


def test_who_changes_an_own_number_by_that_much_is_warned() -> None:
    recorded = ClaimRecorded(report="oct", content=figure(42))
    state = fold(claim, [recorded])
    command = CorrectClaim(id="c", set={}, reason="misread")

    def told(event: Any) -> list[tuple[str, str, str]]:
        known = Known(Given(claim).states)
        return [(one.code, one.field, one.message) for one in second_looks(state, command, [event], known, NOW)]

    odd_one = "4,200,000 is 100,000 times what this claim gave before, 42: is a digit wrong?"
    revised = ClaimRevised(statement=2, after=1, report="nov", set={"best": 4_200_000})
    assert told(revised) == [("far_from_before", "set.best", odd_one)]
    corrected = ClaimCorrected(mends=[Mend(statement=1, set={"best": 4_200_000, "report": "nov"})], reason="misread")
    assert told(corrected) == [("far_from_before", "set.best", odd_one)]
    fewer = ClaimCorrected(mends=[Mend(statement=1, set={"best": 2})], reason="misread")
    assert told(fewer) == [("far_from_before", "set.best", "2 is 1/21 of what this claim gave before, 42: "
                            "is a digit wrong?")]  # fmt: skip
    for plain in ({"best": 49}, {"measure": "injured", "best": 4_200_000}, {"note": "p. 3"}):
        assert told(ClaimCorrected(mends=[Mend(statement=1, set=plain)], reason="misread")) == []
