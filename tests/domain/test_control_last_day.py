"""control-from-snapshots@2 on the last day of a hold: it held the place on that day as on those before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import when
from domain.control import CONTROL_FROM_SNAPSHOTS, CONTROL_FROM_SNAPSHOTS_1, ControlPicture
from domain.control import control as control_of
from domain.exclusions import exclusions
from domain.figures import latest_per_claimant
from domain.in_force import InForce
from domain.sides import Sides
from domain.when import EARLIEST, LATEST
from tests.domain.claims_given import at, control, figure, happened

SIDES = Sides({})
ALWAYS = ((EARLIEST, LATEST),)
LAST = "2018-12-20"


def says(claim: str, voice: str, actor: str, when_: str, **more: Any) -> InForce:
    return control(claim, actor, claimant=voice, when=when_, **({"published": "2019-02"} | more))


def captured(when_: str) -> InForce:
    return happened("b", "capture", ["b"], claimant="other", when=when_, published="2019-02")


HELD = says("a", "one", "a", "2018-12-01/2018-12-20")


def picture(*claims: InForce, day: str | None = LAST, rule: Any = CONTROL_FROM_SNAPSHOTS) -> ControlPicture:
    return control_of("town", claims, {"town": ALWAYS}, SIDES, None if day is None else at(day), rule=rule)


def held(*claims: InForce, day: str | None = LAST) -> tuple[str, str]:
    found = picture(*claims, day=day)
    return found.verdict, " ".join(found.holders)


def pairs(*claims: InForce, day: str | None = LAST) -> list[tuple[str, str, str]]:
    found = exclusions("town", claims, SIDES, None if day is None else at(day))
    return [(pair.one.claim.claim, pair.other.claim.claim, pair.time) for pair in found]


def test_a_hold_is_certain_on_its_last_day() -> None:
    assert [picture(HELD, day=day).states[0].state for day in ("2018-12-19", LAST, "2018-12-21")] == [
        "certain", "certain", "last_known",
    ]  # fmt: skip
    # What ends in some month is certain until that begins.
    month = says("a", "one", "a", "2018-10/2018-12")
    assert picture(month, day="2018-11-30").states[0].state == "certain"
    assert picture(month, day="2018-12-31").states[0].state == "possible"
    assert picture(HELD, rule=CONTROL_FROM_SNAPSHOTS_1).states[0].state == "possible"


@pytest.mark.parametrize("day", ["2018-12-19", LAST])
@pytest.mark.parametrize("status", ["controls", "absent"])
def test_another_s_word_of_the_last_day_disputes_it_as_one_of_a_day_before_does(day: str, status: str) -> None:
    other = says("b", "other", "b" if status == "controls" else "a", day, status=status)
    holders = "a b" if status == "controls" else "a"
    assert held(HELD, other, day=day) == ("disputed", holders)
    assert pairs(HELD, other, day=day) == pairs(HELD, other, day=None) == [("a", "b", "certain")]
    # Then nobody knows who had it last.
    assert held(HELD, other, day="2018-12-21") == held(HELD, other, day=None) == ("order_unknown", holders)


@pytest.mark.parametrize("through", ["2018-12-10/2018-12-20", "2018-12-01/2018-12-20", "2018-12-20T14:00:00Z"])
def test_nor_does_a_hold_of_the_same_last_day_or_a_word_of_an_hour_of_it_take_its_place(through: str) -> None:
    other = says("b", "other", "b", through)
    assert held(HELD, other) == ("disputed", "a b")
    assert pairs(HELD, other) == [("a", "b", "certain")]
    assert held(HELD, other, day="2018-12-21") == ("order_unknown", "a b")


def test_who_held_it_since_a_day_by_a_report_of_that_day_s_end_is_disputed_by_another_of_the_same_day() -> None:
    since = says("a", "one", "a", "2018-12-01/..", published=LAST)
    other = says("b", "other", "b", LAST, published=LAST)
    assert held(since, other) == ("disputed", "a b")


@pytest.mark.parametrize("from_", [LAST, "2018-12-20T14:00:00Z"])
@pytest.mark.parametrize("to", ["2018-12-21", "2018-12-31", "2018-12", "2019-01"])
def test_who_holds_it_from_the_last_day_of_another_on_came_after_that_one(from_: str, to: str) -> None:
    other = says("b", "other", "b", f"{from_}/{to}")
    assert held(HELD, other, day="2018-12-19") == ("one_voice", "a")
    # Some time on that day it changed hands.
    assert held(HELD, other, day="2018-12-20T10:00:00Z")[1] in ("a", "a b")
    assert held(HELD, other) == ("one_voice", "b")
    assert held(HELD, other, day="2018-12-21")[1] == "b"
    assert pairs(HELD, other, day=None) == []


def test_who_took_it_on_the_last_day_of_another_came_after_that_one() -> None:
    assert held(HELD, captured(LAST)) == ("one_voice", "b")
    assert pairs(HELD, captured(LAST), day=None) == []
    # Who says that it was held until the 20th denies that it was taken before.
    assert held(HELD, captured("2018-12-10")) == ("disputed", "a b")


def test_a_voice_that_tells_of_both_means_one_after_the_other() -> None:
    assert held(HELD, says("b", "one", "b", LAST)) == ("one_voice", "b")


def test_a_hold_that_ends_at_the_hour_at_which_another_begins_gave_way_to_it() -> None:
    until, since = (
        says("a", "one", "a", "2018-12-01/2018-12-20T14:00:00Z"),
        says("b", "other", "b", "2018-12-20T14:00:00Z/2018-12-31"),
    )
    assert pairs(until, since, day=None) == []
    assert held(until, since) == ("one_voice", "b")


def test_a_number_that_lasted_is_certain_on_its_last_day() -> None:
    def state(through: str, day: str) -> str:
        found = latest_per_claimant([figure("f", best=500, when=through, published="2019-02")], at(day))
        (group,) = found.groups
        return group.lines[0].state

    assert [state("2018-12-01/2018-12-20", day) for day in ("2018-12-19", LAST)] == ["certain", "certain"]
    assert state("2018-12-01/2018-12", LAST) == "possible"


DAYS = [f"2018-12-{day:02}" for day in (17, 18, 19, 20)]
WITHIN = [
    *DAYS, "2018-12-19/2018-12-20", "2018-12-17/2018-12-19", "2018-12-01/2018-12-20", "2018-12-20T09:00:00Z",
    "2018-12-18T09:00:00Z/2018-12-20", "../2018-12-20",
]  # fmt: skip
words = st.lists(
    st.tuples(
        st.sampled_from(["v2", "v3", "v4"]), st.sampled_from(["a", "b", "c"]), st.sampled_from(WITHIN),
        st.sampled_from(["controls", "controls", "absent"]),
    ),
    max_size=5,
)  # fmt: skip


@given(words, st.sampled_from([LAST, "2018-12-21", "2019-03", None]))
def test_no_other_voice_s_word_of_what_ended_by_then_takes_the_place_of_a_hold(others: Any, day: str | None) -> None:
    claims = [
        says(f"w{index}", voice, actor, through, status=status)
        for index, (voice, actor, through, status) in enumerate(others)
    ]
    found = picture(HELD, *claims, day=day)
    assert "a" in found.holders
    against = [
        one for one in found.states if one.state == "certain" and (one.actor == "a") != (one.status == "controls")
    ]
    if day == LAST:
        # Both are certain of that day; a voice that tells of several may mean one after the other.
        once = len({voice for voice, *_ in others}) == len(others)
        assert (found.verdict == "disputed") >= (once and bool(against))


@given(st.sampled_from([*WITHIN, "2018-12", "2018-12-20/2018-12", "2018-12/2018-12-20", "2018-12-20/2019-01-05"]))
def test_what_is_certain_of_a_time_is_so_at_any_moment_that_its_dates_name_as_a_day(text: str) -> None:
    so = when.span(text, period=False)
    days = [(so.earliest_start, so.latest_start), (so.earliest_end, so.latest_end)]
    proven = so.proven_on_its_days
    for first, last in days:
        # The last instant of the first day, and all of the last one.
        if last - first < 2 * 86_400_000_000:
            assert proven is not None
            assert proven[0] <= last <= proven[1]
    if proven is not None:
        assert so.earliest_start <= proven[0] <= proven[1] <= so.latest_end
