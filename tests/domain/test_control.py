"""control-from-snapshots@2, and @1 where it differs: given claims about a place and around it, then who holds it."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from domain.control import CONTROL_FROM_SNAPSHOTS, CONTROL_FROM_SNAPSHOTS_1, ControlPicture, ControlRule
from domain.control import control as control_of
from domain.control_timeline import HeldStretch, timeline
from domain.in_force import InForce
from domain.sides import Sides
from domain.when import EARLIEST, LATEST, Instant, bounds, rfc3339
from tests.domain.claims_given import at, control, happened

ALWAYS = ((EARLIEST, LATEST),)
AROUND: dict[str, Any] = {"town": ALWAYS, "enclave": ((EARLIEST, at("2018-12-31")),), "country": ALWAYS}
SIDES = Sides({"ypg": {"ypg": ALWAYS, "sdf": ALWAYS}, "ypj": {"ypj": ALWAYS, "sdf": ALWAYS}})


def picture(
    *claims: InForce, at_: str | None, rule: ControlRule = CONTROL_FROM_SNAPSHOTS, undated: bool = False
) -> ControlPicture:
    moment = None if at_ is None else at(at_)
    return control_of("town", claims, AROUND, SIDES, moment, rule=rule, undated=undated)


def states(found: ControlPicture) -> dict[str, str]:
    return {state.claim.claim: state.state for state in found.states}


def held(found: ControlPicture) -> tuple[str, tuple[str, ...]]:
    return found.verdict, found.holders


ENCLAVE_OCT = control("c001", "is", "enclave-2018-10", place="enclave", when="2018-10")
WITHDRAWAL = happened("c017", "withdrawal", ["sdf"], "enclave-2018-10", place="enclave", when="2018-10~")
ENCLAVE_DEC = control("c101", "is", "hajin-2018-12", place="enclave", when="2018-12")
CONTEST = control("c102", "sdf", "hajin-2018-12", status="contests", when="2018-12")
HELD = control("c201", "sdf", "ad-2018-12-17", when="2018-12-17")
TAKEN = happened("c202", "capture", ["sdf"], "ad-2018-12-17", when="../2018-12-17")
POCKETS = control("c217", "is", "ad-2018-12-17", status="present", extent="pockets", when="2018-12-17")
ENCIRCLED = control("c110", "sdf", "hajin-2018-12", status="encircles", side=["north"], place="enclave", when="2018-12")
HAJIN = (ENCLAVE_OCT, WITHDRAWAL, ENCLAVE_DEC, CONTEST, HELD, TAKEN, POCKETS, ENCIRCLED)


def test_in_november_hajin_is_held_by_implication_of_the_enclave() -> None:
    found = picture(ENCLAVE_OCT, WITHDRAWAL, at_="2018-11-30")
    assert (held(found), found.age_days) == (("last_known", ("is",)), 30)
    assert (found.voices, found.unattributed) == (0, 1)
    (state,) = found.governing
    assert (state.claim, state.direct, state.claim.content.place) == (ENCLAVE_OCT, False, "enclave")


def test_on_17_december_hajin_is_taken_with_pockets_beside() -> None:
    found = picture(*HAJIN, at_="2018-12-17")
    assert held(found) == ("unattributed", ("sdf",))
    # The capture may have begun at any time, so it stands first.
    assert [state.claim.claim for state in found.governing] == ["c202", "c201"]
    assert states(found) == {"c201": "certain", "c202": "certain", "c101": "possible"}
    assert [(state.claim.claim, state.actor, state.status, state.extent, state.state) for state in found.beside] == [
        ("c102", "sdf", "contests", None, "possible"),
        ("c217", "is", "present", "pockets", "certain"),
    ]
    assert (found.voices, found.unattributed, found.set_aside) == (0, 1, ())


def test_before_it_was_taken_the_enclave_still_implies_it_and_nobody_encircles_it_away() -> None:
    found = picture(*HAJIN, at_="2018-12-10")
    assert held(found) == ("unattributed", ("is",))
    assert states(found) == {"c101": "possible"}
    assert [state.claim.claim for state in found.beside] == ["c102"]


def test_after_it_was_taken_that_is_what_is_last_known() -> None:
    found = picture(*HAJIN, at_="2019-01-16")
    assert (held(found), found.age_days) == (("last_known", ("sdf",)), 30)
    for day in range(18, 32):
        found = picture(*HAJIN, at_=f"2018-12-{day}")
        assert (held(found), found.age_days) == (("last_known", ("sdf",)), day - 17)
        assert held(picture(*HAJIN, at_=f"2018-12-{day}", rule=CONTROL_FROM_SNAPSHOTS_1)) == ("agreed", ("is",))
    assert held(picture(*HAJIN, at_=None)) == ("last_known", ("sdf",))
    assert picture(*HAJIN, at_=None).age_days is None


def test_the_timeline_of_hajin() -> None:
    lines = {line.voice.report: line.stretches for line in timeline("town", HAJIN, AROUND, SIDES)}
    assert list(lines) == ["ad-2018-12-17", "enclave-2018-10", "hajin-2018-12"]
    assert [told(one) for one in lines["enclave-2018-10"]] == [
        ("stated", "is", "2018-10-01", "2018-10-31", ("c001",), False),
        ("last_known", "is", "2018-11-01", "2018-12-16", ("c001",), False),
        ("ended", "is", "2018-12-17", None, ("c001", "c202"), False),
    ]
    assert [told(one) for one in lines["ad-2018-12-17"]] == [
        ("stated", "sdf", "2018-12-17", "2018-12-17", ("c202", "c201"), True),
        ("last_known", "sdf", "2018-12-18", None, ("c202", "c201"), False),
    ]
    assert {(one.about, one.direct) for one in lines["hajin-2018-12"]} == {("enclave", False)}


def told(one: HeldStretch) -> tuple[str, str | None, str | None, str | None, tuple[str, ...], bool]:
    return one.how, one.actor, day(one.start), day(one.end), one.claims, one.proven


def day(instant: Instant) -> str | None:
    written = rfc3339(instant)
    return written and written[:10]


@pytest.mark.parametrize(
    ("when", "moment", "state"),
    [
        ("2018-12-17", "2018-12-17T00:00:00Z", "certain"),
        ("2018-12-17", "2018-12-17", "certain"),
        ("2018-12-17/2018-12-17", "2018-12-17", "certain"),
        ("2018-12-17T09:33:00Z", "2018-12-17T09:33:00Z", "certain"),
        ("2018-12-17T09:33:00Z", "2018-12-17T09:33:01Z", "last_known"),
        ("2018-12", "2018-12-17", "possible"),
        ("2018", "2018-12-17", "possible"),
        ("2018-11/2018-12", "2018-11-30", "certain"),
        ("2018-11/2018-12", "2018-11-29", "possible"),
        ("2018-11/2018-12", "2018-12-02", "possible"),
        ("2018-11/2018-11-20", "2018-11-20", "certain"),
        ("2018-11/2018-11-20", "2018-11-19", "possible"),
        ("2018-11-20/2018-11", "2018-11-20", "certain"),
        ("2018-11-20/2018-11", "2018-11-21", "possible"),
        ("../2018-12-17", "2018-12-17", "certain"),
        ("../2018-12-17", "1900", "possible"),
        ("2018-12-17", "2018-12-18", "last_known"),
        (None, "2018-12-18", "undated"),
    ],
)
def test_what_a_snapshot_proves(when: str | None, moment: str, state: str) -> None:
    assert states(picture(control("c", "is", when=when), at_=moment, undated=True)) == {"c": state}


def test_a_snapshot_of_later_is_not_known_yet() -> None:
    found = picture(control("c", "is", when="2018-12-17"), at_="2018-12-16")
    assert (held(found), found.states, found.beside) == (("unknown", ()), (), ())


def test_a_capture_is_a_snapshot_of_its_end_for_each_that_took_part() -> None:
    taken = happened("c", "capture", ["sdf", "ypg"], when="2018-09-10/2018-12-17")
    found = picture(taken, at_="2018-12-17")
    assert held(found) == ("unattributed", ("sdf", "ypg"))
    assert [state.actor for state in found.states] == ["sdf", "ypg"]
    assert picture(taken, at_="2018-12-16").states == ()
    # None is ended by what it did itself.
    assert held(picture(taken, at_="2018-12-20")) == ("last_known", ("sdf", "ypg"))
    assert picture(happened("w", "withdrawal", ["sdf"], when="2018-12-17"), at_="2018-12-17").states == ()


def test_somebody_unnamed_holds_nothing() -> None:
    found = picture(control("c", None, when="2018-12-17"), at_="2018-12-17")
    assert (held(found), states(found)) == (("unknown", ()), {"c": "certain"})
    # Nor does it say that another holds it no more, or puts in doubt what is doubted anyhow.
    taken, vague = happened("t", "capture", ["sdf"], when="2018-12-17"), control("v", "is", when="2018-12")
    for more, verdict in (([], "unattributed"), ([taken], "order_unknown")):
        found = picture(control("c", None, when="2018-12-16", claimant="a"), vague, *more, at_="2018-12-18")
        assert found.verdict == verdict


@pytest.mark.parametrize(
    ("more", "implied"),
    [
        ({}, True),
        ({"extent": "most"}, True),
        ({"extent": "part"}, False),
        ({"extent": "pockets"}, False),
        ({"status": "absent"}, False),
        ({"place": "elsewhere"}, False),
        ({"when": "2019-01"}, False),
    ],
)
def test_what_is_said_of_an_area_around_implies_the_place(more: dict[str, Any], implied: bool) -> None:
    claim = control("c", "is", **({"place": "enclave", "when": "2018-12"} | more))
    assert bool(picture(claim, at_="2019-01-15").states) is implied


def test_an_implication_lasts_as_long_as_the_place_may_have_been_inside() -> None:
    claim = control("c", "is", place="enclave", when="2018-10-01/2019-03-31", published="2019-06")
    assert states(picture(claim, at_="2018-12-31")) == {"c": "certain"}
    found = picture(claim, at_="2019-01-10")
    assert (states(found), found.age_days) == ({"c": "last_known"}, 10)
    twice = {"enclave": ((EARLIEST, at("2018-10-31")), (at("2019-01-31"), LATEST))}
    back = control_of("town", [claim], AROUND | twice, SIDES, at("2019-02-10"))
    assert [(state.state, state.direct) for state in back.states] == [("certain", False)]
    # A month of which one day is left is not a day.
    edge = {"enclave": ((EARLIEST, at("2018-12-01")),)}
    month = control("m", "is", place="enclave", when="2018-12")
    assert control_of("town", [month], edge, SIDES, at("2018-12-01")).states[0].state == "possible"


NOV, JAN = control("nov", "is", when="2018-11-10", claimant="a"), control("jan", "is", when="2019-01-10", claimant="a")


@pytest.mark.parametrize(
    ("between", "moment", "state", "by"),
    [
        ([JAN], "2018-12-01", "presumed", "jan"),
        ([], "2018-12-01", "last_known", None),
        ([control("jan", "sdf", when="2019-01-10", claimant="a")], "2018-12-01", "changed", "jan"),
        ([control("jan", "is", when="2019-01-10", claimant="a", status="absent")], "2018-12-01", "changed", "jan"),
        # Another voice's word is no snapshot of this one.
        ([control("jan", "is", when="2019-01-10", claimant="b")], "2018-12-01", "last_known", None),
        # Of several next ones, all must say the same.
        ([JAN, control("jan2", "sdf", when="2019-01-10", claimant="a")], "2018-12-01", "changed", "jan"),
        ([JAN, happened("x", "capture", ["sdf"], when="2018-12-20")], "2018-12-01", "last_known", None),
        ([JAN, happened("x", "capture", ["sdf"], when="2018-12-20")], "2018-12-21", "ended", "x"),
        ([JAN, happened("x", "capture", ["sdf"], place="country", when="2018-12-20")], "2018-12-21", "ended", "x"),
        ([JAN, happened("x", "capture", ["sdf"], place="elsewhere", when="2018-12-20")], "2018-12-21", "presumed",
         "jan"),
        ([JAN, happened("x", "capture", ["is"], when="2018-12-20")], "2018-12-21", "presumed", "jan"),
        ([JAN, happened("x", "capture", [], when="2018-12-20")], "2018-12-21", "ended", "x"),
        ([JAN, happened("x", "withdrawal", [], when="2018-12-20")], "2018-12-21", "ended", "x"),
        ([JAN, happened("x", "capture", ["sdf"], when="2018-11-09")], "2018-12-21", "presumed", "jan"),
        ([JAN, happened("x", "capture", ["sdf"], when="2018-11-10")], "2018-12-21", "ended", "x"),
        ([JAN, happened("x", "capture", ["sdf"], when="2018-11")], "2018-12-21", "ended", "x"),
        ([JAN, happened("x", "capture", ["sdf"], when="2019-01-10")], "2018-12-21", "presumed", "jan"),
        ([JAN, happened("x", "capture", ["sdf"], when="2018-12-20", hedge="intended")], "2018-12-21", "presumed",
         "jan"),
        ([happened("x", "withdrawal", ["is"], when="2018-12-20")], "2018-12-21", "ended", "x"),
        ([happened("x", "withdrawal", ["sdf"], when="2018-12-20")], "2018-12-21", "last_known", None),
        ([happened("x", "withdrawal", ["is"], when="2018-12-20")], "2018-12-19", "last_known", None),
        ([happened("x", "advance", ["sdf"], when="2018-12-20")], "2018-12-21", "last_known", None),
        ([happened("x", "capture", ["sdf"])], "2018-12-21", "ended", "x"),
        ([control("jan", "sdf", when="2019-01-10", claimant="a"), happened("x", "capture", ["sdf"], when="2018-12-20")],
         "2018-12-21", "ended", "x"),
    ],
)  # fmt: skip
def test_what_a_snapshot_comes_to_after_it(between: list[InForce], moment: str, state: str, by: str | None) -> None:
    found = [one for one in picture(NOV, *between, at_=moment).states if one.claim.claim == "nov"]
    assert [(one.state, one.by) for one in found] == [(state, by)]


def test_of_two_captures_in_one_month_nobody_knows_which_was_the_last() -> None:
    one = happened("c1", "capture", ["is"], "r1", when="2018-11")
    other = happened("c2", "capture", ["sdf"], "r2", when="2018-11")
    assert states(picture(one, other, at_="2018-12-15")) == {"c1": "ended", "c2": "ended"}
    assert held(picture(one, other, at_="2018-12-15")) == ("order_unknown", ("is", "sdf"))
    assert held(picture(one, other, at_="2018-12-15", rule=CONTROL_FROM_SNAPSHOTS_1)) == ("order_unknown", ())
    assert picture(one, other, at_=None).verdict == "order_unknown"
    # Of those that are certainly in order the last one holds, and a withdrawal after both leaves nobody.
    later = happened("c3", "capture", ["sdf"], "r3", when="2018-12-01")
    assert held(picture(one, other, later, at_="2018-12-15")) == ("last_known", ("sdf",))
    gone = happened("c4", "withdrawal", ["sdf"], "r3", when="2018-12-01")
    assert picture(one, other, gone, at_="2018-12-15").verdict == "unknown"
    assert picture(one, other, gone, at_="2018-11-30").verdict != "unknown"


def test_a_capture_by_ones_own_side_ends_nothing_and_a_withdrawal_of_it_does() -> None:
    def after(type_: str, *by: str) -> str:
        ours = control("c", "ypg", when="2018-11-10", claimant="a")
        return states(picture(ours, happened("x", type_, by, when="2018-12-01", claimant="b"), at_="2018-12-10"))["c"]

    assert after("capture", "sdf") == after("capture", "ypj") == after("capture", "is", "sdf") == "last_known"
    assert after("capture", "is") == "ended"
    assert after("withdrawal", "is") == "last_known"
    assert after("withdrawal", "sdf") == after("withdrawal", "ypj") == after("withdrawal", "is", "sdf") == "ended"


def test_an_absence_is_ended_by_the_return_of_who_was_absent() -> None:
    gone = control("c", "is", status="absent", when="2018-11-10")
    for by, type_, state in (
        ("is", "capture", "ended"),
        ("sdf", "capture", "last_known"),
        ("is", "withdrawal", "last_known"),
    ):
        other = happened("x", type_, [by], "r2", when="2018-12-01", claimant="b")
        assert states(picture(gone, other, at_="2018-12-10"))["c"] == state


def test_of_each_voice_only_what_is_not_certainly_earlier_counts() -> None:
    old, new = (
        control("old", "is", when="2018-10", claimant="a"),
        control("new", "sdf", when="2018-12-01", claimant="a"),
    )
    vague = control("vague", "is", when="2018", claimant="a")
    other = control("other", "is", when="2018-10", claimant="b")
    implied = control("implied", "is", place="country", when="2018-10", claimant="a")
    found = picture(old, new, vague, other, implied, at_="2018-12-05")
    assert set(states(found)) == {"new", "vague", "other", "implied"}
    unattributed = picture(
        control("old", "is", "r1", when="2018-10"), control("new", "sdf", "r2", when="2018-12"), at_="2018-12-05"
    )
    assert states(unattributed) == {"new": "possible"}


def test_unattributed_reports_presume_nothing_of_each_other() -> None:
    found = picture(
        control("nov", "is", "r1", when="2018-11-10"), control("jan", "is", "r2", when="2019-01-10"), at_="2018-12-01"
    )
    assert states(found) == {"nov": "last_known"}


def test_voices_of_one_side_agree() -> None:
    found = picture(
        control("c1", "sdf", when="2018-12-01", claimant="a"),
        control("c2", "ypg", when="2018-12", claimant="b"),
        control("c3", "ypj", "r3", when="2018-12-01"),
        at_="2018-12-01",
    )
    assert held(found) == ("agreed", ("sdf", "ypg", "ypj"))
    assert (found.voices, found.unattributed) == (2, 1)


JOINED = Sides({"hts": {"hts": ALWAYS, "army": ((at("2024-12-31") + 1, LATEST),)}})
"""Hayat Tahrir al-Sham became part of the army in 2025."""


@pytest.mark.parametrize("rule", [CONTROL_FROM_SNAPSHOTS, CONTROL_FROM_SNAPSHOTS_1])
@pytest.mark.parametrize(
    ("when", "moment", "verdict"),
    [
        ("2017-07-23", "2017-07-23", "disputed"),
        ("2025-07-23", "2025-07-23", "agreed"),
        # Of what goes on, it counts who was of one side at the moment that is asked about.
        ("2017-01-01/2025-12-01", "2017-07-23", "disputed"),
        ("2017-01-01/2025-12-01", "2025-07-23", "agreed"),
        ("2017", "2017-07-23", "order_unknown"),
        # Else all the time that is told of; without a moment too.
        ("2017-07-23", "2025-07-23", "order_unknown"),
        ("2025-07-23", "2025-08-23", "last_known"),
        ("2017-07-23", None, "order_unknown"),
        ("2025-07-23", None, "last_known"),
    ],
)
def test_who_is_of_one_side_now_was_not_before(when: str, moment: str | None, verdict: str, rule: ControlRule) -> None:
    one = control("c1", "hts", "r1", when=when, claimant="a", published="2026")
    other = control("c2", "army", "r2", when=when, claimant="b", published="2026")
    found = control_of("town", [one, other], AROUND, JOINED, None if moment is None else at(moment), rule=rule)
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("held_when", "taken_when", "state"),
    [
        ("2017-07-23", "2018-07-23", "ended"),
        ("2025-03-01", "2025-07-23", "last_known"),
        ("2024-03-01", "2025-07-23", "ended"),
    ],
)
def test_a_capture_ends_what_was_held_by_who_was_not_of_its_side_then(
    held_when: str, taken_when: str, state: str
) -> None:
    """A membership counts that may have held when the place was held, and when it was taken."""
    claims = [
        control("c1", "hts", when=held_when, claimant="a", published="2026"),
        happened("c2", "capture", ["army"], when=taken_when, claimant="b", published="2026"),
    ]
    found = control_of("town", claims, AROUND, JOINED, at("2025-12-01"))
    assert states(found)["c1"] == state


def test_holders_that_exclude_each_other_at_a_certain_time_are_disputed() -> None:
    one = control("c1", "sdf", when="2018-12-01", claimant="a")
    other = control("c2", "is", when="2018-12-01", claimant="b")
    assert held(picture(one, other, at_="2018-12-01")) == ("disputed", ("is", "sdf"))
    # A date that is not certain is no ground for a dispute.
    vague = control("c2", "is", when="2018-12", claimant="b")
    assert held(picture(one, vague, at_="2018-12-01")) == ("order_unknown", ("is", "sdf"))
    assert held(picture(one, vague, at_=None)) == ("order_unknown", ("is", "sdf"))


@pytest.mark.parametrize("extent", ["part", "pockets"])
def test_who_holds_a_part_excludes_nobody(extent: str) -> None:
    one = control("c1", "sdf", when="2018-12-01", claimant="a", extent="most")
    other = control("c2", "is", when="2018-12-01", claimant="b", extent=extent)
    assert held(picture(one, other, at_="2018-12-01")) == ("differ", ("is", "sdf"))
    assert held(picture(one, other, at_="2018-12-02")) == ("last_known", ("is", "sdf"))


@pytest.mark.parametrize("extent", ["part", "pockets"])
@pytest.mark.parametrize("wider", ["all", "most", None])
def test_who_says_that_a_part_is_held_is_no_voice_for_more(extent: str, wider: str | None) -> None:
    more = {} if wider is None else {"extent": wider}
    one = control("c1", "sdf", when="2018-12-01", claimant="a", **more)
    other = control("c2", "sdf", when="2018-12-01", claimant="b", extent=extent)
    (hold,) = picture(one, other, at_="2018-12-02").holds
    assert (hold.extent, hold.voices) == (wider, 1)
    (hold,) = picture(one, other, at_="2018-12-02", rule=CONTROL_FROM_SNAPSHOTS_1).holds
    assert (hold.extent, hold.voices) == (wider, 2)
    # Two that each speak of a part agree.
    more["extent"] = extent
    (hold,) = picture(control("c1", "sdf", when="2018-12-01", claimant="a", **more), other, at_="2018-12-02").holds
    assert (hold.extent, hold.voices) == (extent, 2)


def test_who_is_said_to_be_absent_does_not_hold_it_undisputed() -> None:
    one = control("c1", "ypg", when="2018-12-01", claimant="a")
    for absent, when, verdict in (("ypg", "2018-12-01", "disputed"), ("sdf", "2018-12-01", "disputed"),
                                  ("ypj", "2018-12-01", "one_voice"), ("ypg", "2018-12", "one_voice")):  # fmt: skip
        gone = control("c2", absent, status="absent", when=when, claimant="b")
        assert held(picture(one, gone, at_="2018-12-01")) == (verdict, ("ypg",))


def test_an_absence_takes_away_what_is_implied() -> None:
    implied = control("c1", "is", place="enclave", when="2018-12", claimant="a")
    gone = control("c2", "is", status="absent", when="2018-12-10", claimant="b")
    assert held(picture(implied, gone, at_="2018-12-10")) == ("unknown", ())
    assert held(picture(implied, gone, at_="2018-12-05")) == ("one_voice", ("is",))
    # Who was certainly gone is not back because of what may be older.
    assert held(picture(implied, gone, at_="2018-12-20")) == ("unknown", ())
    assert held(picture(implied, gone, at_="2018-12-20", rule=CONTROL_FROM_SNAPSHOTS_1)) == ("agreed", ("is",))
    other = control("c2", "sdf", status="absent", when="2018-12-10", claimant="b")
    assert held(picture(implied, other, at_="2018-12-10")) == ("one_voice", ("is",))
    direct = control("c1", "is", when="2018-12", claimant="a")
    assert held(picture(direct, gone, at_="2018-12-20")) == ("order_unknown", ("is",))


def test_a_specific_word_wins_over_an_implied_one_of_its_rank_or_a_worse_one() -> None:
    implied = control("c1", "is", place="country", when="2018-12-10", claimant="a")
    specific = control("c2", "sdf", when="2018-12", claimant="b")
    assert held(picture(implied, specific, at_="2018-12-10")) == ("one_voice", ("sdf",))
    assert held(picture(implied, specific, at_="2019-01-10")) == ("last_known", ("sdf",))
    older = control("c2", "sdf", when="2018-11-01", claimant="b")
    assert held(picture(implied, older, at_="2018-12-10")) == ("one_voice", ("is",))


def test_of_what_is_last_known_the_latest_governs() -> None:
    older, newer = (
        control("c1", "is", when="2018-10", claimant="a"),
        control("c2", "sdf", when="2018-12-01", claimant="b"),
    )
    found = picture(older, newer, at_="2018-12-11")
    assert (held(found), found.age_days) == (("last_known", ("sdf",)), 10)
    both = picture(older, control("c3", "is", when="2018-10-15", claimant="b"), at_="2018-12-11")
    assert (both.voices, both.age_days) == (2, 41)  # the youngest of the two


def test_ranks_stated_presumed_last_known_undated() -> None:
    undated = control("undated", "is", claimant="u")
    last = control("last", "sdf", when="2018-11-01", claimant="l")
    assert held(picture(undated, at_="2018-12-01", undated=True)) == ("undated", ("is",))
    assert held(picture(undated, at_=None)) == ("undated", ("is",))
    assert held(picture(undated, last, at_="2018-12-01")) == ("last_known", ("sdf",))
    assert held(picture(undated, last, NOV, JAN, at_="2018-12-01")) == ("presumed", ("is",))
    stated = control("now", "sdf", when="2018-12", claimant="s")
    assert held(picture(undated, last, stated, at_="2018-12-01")) == ("one_voice", ("sdf",))
    # Who certainly held it, by a voice that says the same later, is replaced by nobody who may not be there yet.
    assert held(picture(undated, last, NOV, JAN, stated, at_="2018-12-01")) == ("order_unknown", ("is", "sdf"))
    changed = control("later", "is", when="2019-02-01", claimant="l")
    assert held(picture(last, changed, at_="2018-12-01")) == ("unknown", ())


def test_beside_the_holder_stands_each_voices_latest_about_the_place_itself() -> None:
    claims = [
        control("old", "sdf", status="contests", when="2018-10", claimant="a"),
        control("new", "sdf", status="contests", when="2018-12-01", claimant="a"),
        control("present", "is", status="present", when="2018-10", claimant="a"),
        control("around", "sdf", status="encircles", side=["north"], when="2018-12"),
        control("enclave", "sdf", status="encircles", place="enclave", when="2018-12"),
        control("undated", None, status="encircles", claimant="b"),
    ]
    found = picture(*claims, at_="2018-12-11")
    assert [one.claim.claim for one in found.undated] == ["undated"]
    found = picture(*claims, at_="2018-12-11", undated=True)
    assert [(one.claim.claim, one.state, one.age_days) for one in found.beside] == [
        ("present", "last_known", 41),
        ("new", "last_known", 10),
        ("around", "possible", None),
        ("undated", "undated", None),
    ]
    assert (held(found), found.states) == (("unknown", ()), ())


def test_what_does_not_count_is_set_aside() -> None:
    gone = [
        control("w", "sdf", when="2018-12-01", withdrawn=True),
        control("d", "sdf", when="2018-12-01", discredited=True),
        happened("i", "capture", ["sdf"], when="2018-12-01", hedge="intended"),
        happened("attack", "attack", ["sdf"], when="2018-12-01", withdrawn=True),
        control("else", "sdf", place="elsewhere", when="2018-12-01", withdrawn=True),
    ]
    found = picture(*gone, control("c", "is", when="2018-11-01"), at_="2018-12-05")
    assert sorted((one.claim.claim, one.why) for one in found.set_aside) == [
        ("d", "discredited"), ("i", "intended"), ("w", "withdrawn"),
    ]  # fmt: skip
    assert held(found) == ("last_known", ("is",))


TAKEN_17 = happened("taken", "capture", ["sdf"], when="2018-12-17", claimant="b")


@pytest.mark.parametrize(
    ("other", "then", "later"),
    [
        # What is implied gives way to a capture that may lie after it, be it certain or not.
        ({"place": "enclave", "when": "2018-12"}, ("one_voice", ("sdf",)), ("last_known", ("sdf",))),
        ({"place": "country", "when": "2018-12-01/2018-12-31"}, ("one_voice", ("sdf",)), ("last_known", ("sdf",))),
        # Which of the two was the last, nobody says.
        ({"when": "2018-12"}, ("order_unknown", ("is", "sdf")), ("order_unknown", ("is", "sdf"))),
        # By a report of 20 December it was held all the while: it denies that it was lost.
        ({"when": "2018-11-01/.."}, ("disputed", ("is", "sdf")), ("disputed", ("is", "sdf"))),
        # What holds a part takes the place of nobody.
        ({"when": "2018-12", "extent": "part"}, ("differ", ("is", "sdf")), ("last_known", ("is", "sdf"))),
        # Later than the capture for certain.
        ({"place": "country", "when": "2018-12-20"}, ("one_voice", ("sdf",)), ("one_voice", ("is",))),
    ],
)
def test_what_is_implied_or_only_possible_outdoes_no_capture_that_may_lie_after_it(
    other: dict[str, Any], then: tuple[str, tuple[str, ...]], later: tuple[str, tuple[str, ...]]
) -> None:
    claim = control("other", "is", **({"claimant": "a"} | other))
    assert held(picture(claim, TAKEN_17, at_="2018-12-17")) == then
    assert held(picture(claim, TAKEN_17, at_="2018-12-20")) == later


def test_two_snapshots_of_one_voice_presume_nothing_over_what_another_saw_between() -> None:
    seen = control("seen", "sdf", when="2018-12-17", claimant="b")
    assert held(picture(NOV, JAN, seen, at_="2018-12-17")) == ("one_voice", ("sdf",))
    assert held(picture(NOV, JAN, seen, at_="2018-12-20")) == ("last_known", ("sdf",))
    assert held(picture(NOV, JAN, seen, at_="2018-12-20", rule=CONTROL_FROM_SNAPSHOTS_1)) == ("presumed", ("is",))


def test_a_capture_that_another_may_have_undone_leaves_the_order_unknown() -> None:
    back = happened("back", "capture", ["is"], when="2018-12", claimant="a")
    assert held(picture(TAKEN_17, back, at_="2018-12-20")) == ("order_unknown", ("is", "sdf"))
    # Its own side certainly took it later.
    surely = happened("surely", "capture", ["is"], when="2018-12-19", claimant="c")
    assert held(picture(TAKEN_17, back, surely, at_="2018-12-20")) == ("one_voice", ("is",))


@pytest.mark.parametrize(
    ("when", "published", "until"),
    [
        ("2018-12", "2018-12-17", "2018-12-17"),
        ("2018-12-01/..", "2018-12-17", "2018-12-17"),
        ("2018-12-01/2018-12-31", "2018-12-17", "2018-12-17"),
        # Published within the day: the day is meant whole.
        ("2018-12-17", "2018-12-17T09:33:00+01:00", None),
        ("2018-12-01/2018-12-17", "2018-12-17T09:33:00+01:00", None),
        ("2018-12-17/..", "2018-12-17T09:33:00+01:00", "2018-12-17"),
        ("2018-12", "2018-12", None),
        # Later than the report altogether: its date is no word about the present.
        ("2019", "2018-12-17", None),
    ],
)
def test_no_report_tells_of_later_than_its_own_publication(when: str, published: str, until: str | None) -> None:
    out = bounds(published)
    for claim in (control("c", "is", when=when), control("c", "is", when=when, status="present")):
        claim = replace(claim, published=out)
        for told in (picture(claim, at_=day) for day in ("2018-12-17", "2018-12-25", "2019-06-01")):
            for state in (*told.states, *told.beside):
                assert state.capped == (None if until is None else at(until))
    late = picture(replace(control("c", "is", when=when), published=out), at_="2018-12-27")
    if until is not None:
        assert [(state.state, state.age_days) for state in late.states] == [("last_known", 10)]
    first = picture(replace(control("c", "is", when=when), published=out), at_="2018-12-27",
                    rule=CONTROL_FROM_SNAPSHOTS_1)  # fmt: skip
    assert all(state.capped is None for state in first.states)


def test_the_verdict_says_how_many_voices_there_are() -> None:
    nobody = control("n", "is", when="2018-12-01")
    one, two = (control(name, "is", when="2018-12-01", claimant=name) for name in ("a", "b"))
    for claims, verdict in (([nobody], "unattributed"), ([nobody, one], "one_voice"), ([one, two], "agreed")):
        found = picture(*claims, at_="2018-12-01")
        assert held(found) == (verdict, ("is",))
        assert held(picture(*claims, at_="2018-12-01", rule=CONTROL_FROM_SNAPSHOTS_1)) == ("agreed", ("is",))


def test_what_has_no_date_is_on_no_dated_picture_unless_asked_for() -> None:
    undated = control("u", "is")
    found = picture(undated, at_="2018-12-01")
    assert (held(found), found.states) == (("unknown", ()), ())
    assert [(one.claim.claim, one.state) for one in found.undated] == [("u", "undated")]
    asked = picture(undated, at_="2018-12-01", undated=True)
    assert (held(asked), asked.undated) == (("undated", ("is",)), ())
    assert (held(picture(undated, at_=None)), picture(undated, at_=None).undated) == (("undated", ("is",)), ())
    first = picture(undated, at_="2018-12-01", rule=CONTROL_FROM_SNAPSHOTS_1)
    assert (held(first), first.undated) == (("undated", ("is",)), ())


def test_a_timeline_tells_each_gap() -> None:
    claims = [
        control("c1", "is", when="2018-01-01", claimant="a"),
        control("c2", "is", when="2018-02-01", claimant="a"),
        control("c3", "sdf", when="2018-03-01", claimant="a"),
        happened("x", "capture", ["is"], when="2018-03-10", claimant="b"),
    ]
    a, b = timeline("town", claims, AROUND, SIDES)
    assert [told(one) for one in a.stretches] == [
        ("stated", "is", "2018-01-01", "2018-01-01", ("c1",), True),
        ("presumed", "is", "2018-01-02", "2018-01-31", ("c1", "c2"), False),
        ("stated", "is", "2018-02-01", "2018-02-01", ("c2",), True),
        ("changed", "is", "2018-02-02", "2018-02-28", ("c2", "c3"), False),
        ("stated", "sdf", "2018-03-01", "2018-03-01", ("c3",), True),
        ("last_known", "sdf", "2018-03-02", "2018-03-09", ("c3",), False),
        ("ended", "sdf", "2018-03-10", None, ("c3", "x"), False),
    ]
    assert [one.how for one in b.stretches] == ["stated", "last_known"]


DATES = [None, "2018", "2018-11", "2018-12", "2018-12-01", "2018-12-15", "2018-11/2018-12", "2018-11-01/2018-12-15",
         "2018-11-05", "2018-12-01T10:00:00Z", "../2018-12-01", "2018-12-20/.."]  # fmt: skip
MOMENTS = [at(text) for text in ("1900", "2018-11-05", "2018-11-20", "2018-12-01", "2018-12-17", "2030")]
ACTORS = [None, "is", "sdf", "ypg", "ypj"]


@st.composite
def told_claims(draw: st.DrawFn, nth: int = 0) -> InForce:
    more: dict[str, Any] = {
        "when": draw(st.sampled_from(DATES)),
        "place": draw(st.sampled_from(["town", "town", "enclave", "country", "elsewhere"])),
        "claimant": draw(st.sampled_from([None, "a", "b"])),
        "published": draw(st.sampled_from(["2018-12-20", "2019-06"])),
    }
    report, actor = draw(st.sampled_from(["r1", "r2"])), draw(st.sampled_from(ACTORS))
    hedge = draw(st.sampled_from([None, None, None, None, "possible", "hearsay", "indications"]))
    if draw(st.integers(0, 2)) == 0:
        more["hedge"] = hedge
        if actor is None and draw(st.booleans()):
            more["actors"] = {"against": draw(st.sampled_from(ACTORS[1:]))}
        return happened(
            f"c{nth}", draw(st.sampled_from(["capture", "withdrawal"])), [actor] if actor else [], report, **more
        )
    status = draw(st.sampled_from(["controls", "controls", "controls", "absent", "encircles", "present"]))
    extent = draw(st.sampled_from([None, None, "most", "part", "pockets"]))
    return control(f"c{nth}", actor, report, status=status, extent=extent, hedge=hedge, **more)


@st.composite
def places(draw: st.DrawFn) -> list[InForce]:
    return [draw(told_claims(nth)) for nth in range(draw(st.integers(1, 7)))]


moments = st.none() | st.sampled_from(MOMENTS)


def control_at(claims: list[InForce], moment: Instant | None) -> ControlPicture:
    return control_of("town", claims, AROUND, SIDES, moment)


@given(places(), st.data(), moments)
def test_the_order_in_which_claims_come_does_not_matter(
    claims: list[InForce], data: st.DataObject, moment: Any
) -> None:
    other = data.draw(st.permutations(claims))
    assert control_at(other, moment) == control_at(claims, moment)
    assert timeline("town", other, AROUND, SIDES) == timeline("town", claims, AROUND, SIDES)


@given(places(), told_claims(99), moments)
def test_a_withdrawn_claim_more_changes_only_what_is_set_aside(
    claims: list[InForce], gone: InForce, moment: Any
) -> None:
    before, after = control_at(claims, moment), control_at([*claims, replace(gone, withdrawn=True)], moment)
    assert replace(after, set_aside=()) == replace(before, set_aside=())
    assert {one.claim.claim for one in after.set_aside} <= {"c99"}


@given(places(), moments)
def test_what_governs_is_somebodys_word_that_stands(claims: list[InForce], moment: Any) -> None:
    found = control_at(claims, moment)
    assert set(map(repr, found.governing)) <= set(map(repr, found.states))
    # That a holder is absent stands beside, where it may have come later or disputes that.
    absent = [one for one in found.governing if one.status != "controls"]
    assert all(one.status == "absent" for one in absent)
    assert not absent or found.verdict in ("order_unknown", "disputed")
    if found.verdict != "order_unknown":
        assert all(one.state not in ("changed", "ended") for one in found.governing)
    holding = {one.actor for one in found.governing if one.actor and one.status == "controls"}
    assert found.holders == tuple(sorted(holding))
    # Captures that ended one another leave nobody governing, and the order unknown.
    assert found.governing or found.verdict in ("unknown", "order_unknown")
    assert not (found.governing and found.verdict == "unknown")
    assert all((one.status, one.actor is None) != ("controls", False) and one.direct for one in found.beside)
    states = [one for one in found.beside if one.status == "absent" and one.claim.content.kind == "control"]
    assert all(one.extent in ("most", "part", "pockets") for one in states)
    claimants = {one.claim.content.claimant for one in found.governing}
    assert found.voices == len(claimants - {None})
    assert (found.unattributed > 0) is (None in claimants)


def test_what_is_implied_of_a_year_is_no_answer_once_the_year_is_over() -> None:
    """The enclave was taken in 2018, its town on the first of December by others: nobody knows which came last."""
    taken = happened("taken", "capture", ["sdf"], when="2018-12-01", claimant="a")
    for other in (
        happened("other", "capture", ["is"], when="2018", place="enclave", claimant="b"),
        happened("other", "capture", ["is"], when="2018", claimant="b"),
        control("other", "is", when="2018", claimant="b"),
        control("other", "is", when="2018", place="enclave", claimant="b"),
    ):
        for moment in ("2018-12-20", "2019-06-01", "2030"):
            found = control_at([taken, other], at(moment))
            assert (found.verdict, found.holders) in (
                ("order_unknown", ("is", "sdf")), ("order_unknown", ()), ("last_known", ("sdf",)),
                ("one_voice", ("sdf",)),
            ), (other, moment)  # fmt: skip


ESTABLISHED = st.sampled_from(
    [
        happened("event", "capture", ["sdf"], when="2018-12-01", claimant="e"),
        control("event", "sdf", when="2018-12-01", claimant="e"),
    ]
)


@given(ESTABLISHED, places(), st.sampled_from([at("2018-12-01"), *MOMENTS]))
def test_a_holder_that_a_certain_event_established_is_not_replaced_by_one_that_is_only_possible(
    established: InForce, others: list[InForce], moment: Instant
) -> None:
    """As `at` moves on and nothing new is said: nothing begins in between."""
    claims = [established, *others]
    begin = sorted(
        {edge for one in claims if one.so is not None for edge in (one.so.earliest_start, one.so.earliest_end)}
    )
    until = min([edge for edge in begin if edge > moment], default=moment + 10**15) - 1
    then = control_at(claims, moment)
    whole = [one for one in then.governing if one.extent not in ("part", "pockets")]
    certain = {one.actor for one in whole if one.state == "certain" and one.direct}
    for later in (moment + 1, (moment + until) // 2, until):
        found = control_at(claims, later)
        no_guess = any(one.state == "certain" and one.direct for one in found.governing)
        if certain and then.verdict not in ("disputed", "order_unknown") and not no_guess:
            event(found.verdict)
            kept = any(SIDES.throughout((str(one),), (other,), ALWAYS[0]) for one in certain for other in found.holders)
            assert kept or found.verdict in ("unknown", "order_unknown")


HEDGES = st.sampled_from(["possible", "hearsay", "indications"])


@given(places(), told_claims(99), HEDGES, moments)
def test_a_word_that_nobody_vouches_for_is_never_certain_and_takes_nobodys_place(
    claims: list[InForce], told: InForce, hedge: str, moment: Any
) -> None:
    hedged = replace(told, content=told.content.model_copy(update={"hedge": hedge}))
    before, after = control_at(claims, moment), control_at([*claims, hedged], moment)
    assert all(one.hedge is None or one.state != "certain" for one in (*after.states, *after.beside))
    if any(one.hedge is None for one in before.governing):
        held = replace(after, states=(), beside=(), undated=(), set_aside=())
        assert held == replace(before, states=(), beside=(), undated=(), set_aside=())
    shown = (*after.states, *after.beside, *after.undated)
    assert {one.hedge for one in shown if one.claim.claim == "c99"} <= {hedge}


@given(places(), moments)
def test_nothing_that_ended_a_hold_is_left_out_of_the_answer(claims: list[InForce], moment: Any) -> None:
    found = control_at(claims, moment)
    told = {one.claim.claim for one in (*found.states, *found.beside, *found.undated)}
    around = {one.claim for one in claims if one.content.place != "town"}
    assert {str(one.by) for one in found.states if one.state == "ended"} <= {*told, *around}


@given(places())
def test_before_and_after_all_claims(claims: list[InForce]) -> None:
    dated = [one for one in claims if one.so and one.so.earliest_start > MOMENTS[0] and one.so.latest_end < MOMENTS[-1]]
    assert control_at(dated, MOMENTS[0]).states == ()
    after = control_at(dated, MOMENTS[-1])
    assert {one.state for one in after.states} <= {"last_known", "ended"}
    assert after.verdict in ("last_known", "order_unknown", "unknown")


@given(places(), st.sampled_from(MOMENTS))
def test_a_timeline_tells_of_each_moment_what_the_picture_tells(claims: list[InForce], moment: Instant) -> None:
    """For claims of one claimant, where no other voice makes a snapshot old."""
    own = [replace(one, content=one.content.model_copy(update={"claimant": "a"})) for one in claims]
    stretches = [one for line in timeline("town", own, AROUND, SIDES) for one in line.stretches]
    for state in control_at(own, moment).states:
        there = [
            one for one in stretches
            if one.start <= moment <= one.end and one.claims[0] is not None and state.claim.claim in one.claims
            and (one.actor, one.status) == (state.actor, state.status)
        ]  # fmt: skip
        if state.state in ("certain", "possible", "undated"):
            assert "stated" in {one.how for one in there}
        elif not any(
            other.how == "stated"
            and (other.actor == state.actor or holds_the_whole(other))
            and other.start <= moment <= other.end
            and other.about == state.claim.content.place
            and (other.start, other.end) != (EARLIEST, LATEST)
            for other in stretches
        ):
            assert state.state in {one.how for one in there}


def holds_the_whole(stretch: HeldStretch) -> bool:
    return stretch.status == "controls" and stretch.extent not in ("part", "pockets")


@given(places())
def test_a_voices_gaps_do_not_overlap_what_it_states_nor_each_other_unless_claims_do(claims: list[InForce]) -> None:
    for line in timeline("town", claims, AROUND, SIDES):
        for about in {one.about for one in line.stretches}:
            own = [one for one in line.stretches if one.about == about and (one.start, one.end) != (EARLIEST, LATEST)]
            gaps = [one for one in own if one.how != "stated"]
            for one in own:
                assert one.start <= one.end
            for actor, firm in {(gap.actor, gap.hedge is None) for gap in gaps}:
                # What another's part comes to stands beside it, and what nobody vouches for beside what somebody does.
                stated = [
                    one
                    for one in own
                    if one.how == "stated"
                    and (one.actor == actor or holds_the_whole(one))
                    and not (firm and one.hedge is not None)
                ]
                of_actor = [gap for gap in gaps if (gap.actor, gap.hedge is None) == (actor, firm)]
                for gap in of_actor:
                    assert all(one.end < gap.start or gap.end < one.start for one in stated)
                single = sorted({(gap.start, gap.end) for gap in of_actor})
                spans = sorted((one.start, one.end) for one in stated)
                if all(one[1] < other[0] for one, other in pairwise(spans)):
                    assert all(one[1] < other[0] for one, other in pairwise(single))


@given(places())
def test_a_timeline_states_every_snapshot_that_is_not_set_aside(claims: list[InForce]) -> None:
    stated = {
        claim for line in timeline("town", claims, AROUND, SIDES) for one in line.stretches if one.how == "stated"
        for claim in one.claims
    }  # fmt: skip
    found = {one.claim.claim for moment in (None, *MOMENTS) for one in control_at(claims, moment).states}
    assert found <= stated <= {one.claim for one in claims}
