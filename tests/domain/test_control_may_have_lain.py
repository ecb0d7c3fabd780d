"""control-from-snapshots@2 where a place only may have lain in what is spoken of: that is never certain."""

from typing import Any

import pytest

from domain.control import ControlPicture
from domain.control import control as control_of
from domain.in_force import InForce
from domain.membership import ALL_TIME, Window, surely, surely_around, window
from domain.sides import Sides
from domain.when import EARLIEST, LATEST
from tests.domain.claims_given import at, control, happened

ALWAYS = (ALL_TIME,)


def says(claim: str, voice: str, actor: str, when: str, place: str, **more: Any) -> InForce:
    return control(claim, actor, **({"claimant": voice, "when": when, "place": place, "published": "2020-06"} | more))


def taken(claim: str, voice: str, actor: str, when: str, place: str) -> InForce:
    return happened(claim, "capture", [actor], claimant=voice, when=when, place=place, published="2020-06")


def picture(*claims: InForce, moment: str, **lay: str) -> ControlPicture:
    """Of a village that lay in some districts when it is said that it did."""
    around = {"town": ALWAYS, **{outer: (window(when, "UTC"),) for outer, when in lay.items()}}
    sure = {outer: [one] for outer, when in lay.items() if (one := surely(when, "UTC")) is not None}
    return control_of("town", claims, around, Sides({}), at(moment), surely={"town": ALWAYS, **sure})


def held(found: ControlPicture) -> tuple[str, tuple[str, ...]]:
    return found.verdict, found.holders


MOVED = {"d1": "../2020-01", "d2": "2020-01/.."}
BY_A, BY_B = (
    says("k1", "s1", "a", "2019-12-01/2020-03-10", "d1"), says("k2", "s2", "b", "2019-12-01/2020-03-10", "d2")
)  # fmt: skip


def test_a_village_that_went_from_one_district_to_another_in_january_is_disputed_by_nobody() -> None:
    for moment, expected in (
        ("2019-12-15", ("one_voice", ("a",))), ("2020-01-01", ("order_unknown", ("a", "b"))),
        ("2020-01-30", ("order_unknown", ("a", "b"))), ("2020-02-01", ("one_voice", ("b",))),
        ("2020-03-15", ("last_known", ("b",))),
    ):  # fmt: skip
        assert (moment, *held(picture(BY_A, BY_B, moment=moment, **MOVED))) == (moment, *expected)
    january = picture(BY_A, BY_B, moment="2020-01-15", **MOVED)
    assert {one.state for one in january.states} == {"possible"}


def test_a_move_to_the_day_is_known_to_the_day() -> None:
    moved = {"d1": "../2020-01-14", "d2": "2020-01-15/.."}
    for moment, holder in (("2020-01-14", "a"), ("2020-01-15", "b")):
        found = picture(BY_A, BY_B, moment=moment, **moved)
        assert (held(found), {one.state for one in found.governing}) == (("one_voice", (holder,)), {"certain"})


def test_what_happened_to_a_district_that_it_may_have_left_ends_no_word_about_the_village() -> None:
    mine, theirs = says("k1", "s1", "a", "2020-01-05", "town"), taken("k2", "s2", "b", "2020-01-31", "d1")
    assert held(picture(mine, theirs, moment="2020-01-31", d1="../2020-01")) == ("order_unknown", ("a", "b"))
    for moment in ("2020-02-01", "2020-03-15"):
        found = picture(mine, theirs, moment=moment, d1="../2020-01")
        assert held(found) == ("last_known", ("a",))
        assert [one.state for one in found.states if one.direct] == ["last_known"]
    # Where it certainly lay there, all is as it is of what always did.
    for lay in ("../2020-02", "../2020-01-31"):
        assert held(picture(mine, theirs, moment="2020-01-31", d1=lay)) == ("one_voice", ("b",))
        assert held(picture(mine, theirs, moment="2020-02-01", d1=lay)) == ("last_known", ("b",))
    assert held(picture(mine, theirs, moment="2020-01-31", d1="2015/2020")) == ("order_unknown", ("a", "b"))


def test_what_is_implied_of_where_it_only_may_have_lain_overtakes_nothing_that_is_implied_for_certain() -> None:
    always, perhaps = says("k1", "s1", "a", "2020-01-05", "prov"), taken("k2", "s2", "b", "2020-01-20", "d1")
    found = picture(always, perhaps, moment="2020-03-01", prov="1900/2100", d1="../2020-01")
    assert found.holders == ("a", "b")
    assert picture(always, perhaps, moment="2020-03-01", prov="1900/2100", d1="1900/2100").holders == ("b",)


@pytest.mark.parametrize(
    ("when", "first", "last"),
    [
        (None, EARLIEST, LATEST), ("../2020-01", EARLIEST, "2020-01-01"),
        ("2020-01/..", "2020-01-31", LATEST), ("2015/2020", "2015-12-31", "2020-01-01"), ("2020-01", None, None),
        ("2020-01-05", "2020-01-05", "2020-01-05"), ("2020-01-05/2020-01-07", "2020-01-05", "2020-01-07"),
        ("2015?/..", None, None), ("2020-01/2020-01", None, None),
    ],
)  # fmt: skip
def test_when_a_membership_certainly_held(when: str | None, first: Any, last: Any) -> None:
    """From the last instant at which it may have begun to the first at which it may have ended; a day is whole."""
    found = surely(when, "UTC")
    if first is None:
        assert found is None
        return
    assert found is not None
    for edge, instant in ((first, found[0]), (last, found[1])):
        assert instant == edge if isinstance(edge, int) else at(edge) - 86_400_000_000 < instant <= at(edge)


def test_what_moves_within_a_whole_stays_in_it() -> None:
    lies: dict[str, list[tuple[str, Window, Window | None]]] = {
        "town": [(outer, window(when, "UTC"), surely(when, "UTC")) for outer, when in MOVED.items()],
        "d1": [("prov", ALL_TIME, ALL_TIME)],
        "d2": [("prov", ALL_TIME, ALL_TIME)],
    }
    found = surely_around("town", lambda one: lies.get(one, ()))
    assert (found["town"], found["prov"]) == ([ALL_TIME], [ALL_TIME])
    assert found["d1"][0][1] < found["d2"][0][0]
