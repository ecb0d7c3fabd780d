"""control-from-snapshots@2 where an answer would mislead: who is gone is gone, a day is a day, a part is a part."""

from typing import Any

import pytest

from domain.control import CONTROL_FROM_SNAPSHOTS, CONTROL_FROM_SNAPSHOTS_1, ControlPicture, ControlRule
from domain.control import control as control_of
from domain.control_timeline import timeline
from domain.exclusions import exclusions
from domain.in_force import InForce
from domain.sides import Sides
from domain.when import EARLIEST, LATEST
from tests.domain.claims_given import at, control, happened

ALWAYS = ((EARLIEST, LATEST),)
AROUND: dict[str, Any] = {"town": ALWAYS, "country": ALWAYS}
SIDES = Sides({"ypg": {"ypg": ALWAYS, "sdf": ALWAYS}})
LATER = "2019-06"


def picture(*claims: InForce, at_: str | None, rule: ControlRule = CONTROL_FROM_SNAPSHOTS) -> ControlPicture:
    return control_of("town", claims, AROUND, SIDES, None if at_ is None else at(at_), rule=rule)


def held(*claims: InForce, at_: str | None) -> tuple[str, tuple[str, ...]]:
    found = picture(*claims, at_=at_)
    return found.verdict, found.holders


def said(claim: str, actor: str, claimant: str | None, when: str, **more: Any) -> InForce:
    return control(claim, actor, **({"claimant": claimant, "when": when, "published": LATER} | more))


def did(claim: str, type_: str, by: list[str], claimant: str | None, when: str, **more: Any) -> InForce:
    return happened(claim, type_, by, **({"claimant": claimant, "when": when, "published": LATER} | more))


def pairs(*claims: InForce, moment: str | None = None) -> list[tuple[str, str]]:
    found = exclusions("town", claims, SIDES, None if moment is None else at(moment))
    return [(pair.one.claim.claim, pair.other.claim.claim) for pair in found]


# Who names whom.


def test_two_voices_agree_only_where_they_name_the_same_holders() -> None:
    most = said("c1", "sdf", "a", "2018-08-01", extent="most")
    part = said("c2", "is", "b", "2018-08-01", extent="part")
    found = picture(most, part, at_="2018-08-01")
    assert (found.verdict, found.holders, found.voices) == ("differ", ("is", "sdf"), 2)
    assert [(hold.actor, hold.extent, hold.voices, hold.unattributed) for hold in found.holds] == [
        ("is", "part", 1, 0), ("sdf", "most", 1, 0),
    ]  # fmt: skip
    # That a third names one of the two too makes them no more agreed.
    third = said("c3", "sdf", "c", "2018-08-01")
    found = picture(most, part, third, at_="2018-08-01")
    assert (found.verdict, [(hold.extent, hold.voices) for hold in found.holds]) == ("differ", [("part", 1), (None, 2)])
    both = said("c4", "is", "a", "2018-08-01", extent="pockets")
    assert held(most, both, part, third, at_="2018-08-01") == ("differ", ("is", "sdf"))
    assert held(most, both, part, said("c5", "ypg", "b", "2018-08-01"), at_="2018-08-01")[0] == "agreed"


def test_of_one_holder_all_and_a_part_are_not_the_same() -> None:
    claims = said("c1", "sdf", "a", "2018-08-01"), said("c2", "sdf", "b", "2018-08-01", extent="part")
    assert held(*claims, at_="2018-08-01") == ("differ", ("sdf",))


def test_who_nobody_says_never_makes_two_voices() -> None:
    claims = said("c1", "sdf", "a", "2018-08-01"), said("c2", "is", None, "2018-08-01", extent="part")
    assert held(*claims, at_="2018-08-01") == ("one_voice", ("is", "sdf"))


# What was overtaken does not come back.

RED, BLUE = said("red", "red", "a", "2018-02-05"), said("blue", "blue", "b", "2018-02-12")


@pytest.mark.parametrize("at_", ["2018-02-26", "2018-03-15", None])
@pytest.mark.parametrize(
    "over",
    [
        [BLUE, did("gone", "withdrawal", ["blue"], "b", "2018-02-26")],
        [did("taken", "capture", ["blue"], "b", "2018-02-12"), did("gone", "withdrawal", ["blue"], "c", "2018-02-26")],
        # At some time in a month that came later.
        [said("blue", "blue", "b", "2018-02-06/2018-02-09"), did("gone", "withdrawal", ["blue"], "b", "2018-02-20")],
        [said("gone", "red", "b", "2018-02-20", status="absent")],
        # His absence holds, also where the same voice tells of others since.
        [said("gone", "red", "b", "2018-02-20", status="absent"), said("p", "green", "b", "2018-02-24", extent="part"),
         did("g", "withdrawal", ["green"], "b", "2018-02-25")],
    ],
)  # fmt: skip
def test_who_was_overtaken_does_not_hold_it_again(over: list[InForce], at_: str | None) -> None:
    assert held(RED, *over, at_=at_) == ("unknown", ())
    # Unless something says so since.
    back = said("back", "red", "c", "2018-02-26")
    assert held(RED, *over, back, at_=at_)[1] == ("red",)


def test_between_two_holders_that_one_voice_names_an_older_one_is_not_back() -> None:
    claims = [RED, BLUE, said("green", "green", "b", "2018-02-28")]
    assert [held(*claims, at_=f"2018-02-{day}") for day in (11, 12, 13, 27, 28)] == [
        ("last_known", ("red",)), ("one_voice", ("blue",)), ("unknown", ()), ("unknown", ()),
        ("one_voice", ("green",)),
    ]  # fmt: skip


def test_what_is_presumed_is_overtaken_by_what_came_between_whatever_became_of_it() -> None:
    again = said("again", "red", "a", "2018-04-01")
    claims = [RED, again, BLUE, said("green", "green", "b", "2018-03-20")]
    assert held(RED, again, at_="2018-02-20") == ("presumed", ("red",))
    assert held(*claims, at_="2018-02-20") == ("unknown", ())


def test_a_part_is_overtaken_by_who_holds_the_whole_later() -> None:
    part = said("part", "red", "a", "2018-02-05", extent="pockets")
    assert held(part, BLUE, at_="2018-02-20") == ("last_known", ("blue",))
    assert held(RED, said("part", "blue", "b", "2018-02-12", extent="part"), at_="2018-02-20")[1] == ("blue", "red")


def test_an_absence_that_may_be_later_leaves_the_order_unknown() -> None:
    gone = said("gone", "red", "b", "2018-02", status="absent")
    found = picture(RED, gone, at_="2018-02-20")
    assert (found.verdict, found.holders, found.voices) == ("order_unknown", ("red",), 2)
    withdrawn = did("gone", "withdrawal", ["red"], "b", "2018-02-17")
    month = said("month", "red", "a", "2018-02")
    assert held(month, withdrawn, at_="2018-03-20") == ("order_unknown", ("red",))


# A day is known to the day.


@pytest.mark.parametrize(
    ("other", "evening", "later"),
    [
        (did("red", "capture", ["red"], "a", "2018-12-17T20:00:00Z"), ("blue", "red"), ("blue", "red")),
        (did("red", "capture", ["red"], "a", "2018-12-17"), ("blue", "red"), ("blue", "red")),
        (did("red", "capture", ["red"], "b", "2018-12-17"), ("blue", "red"), ("blue", "red")),
        (said("red", "red", "a", "2018-12-17"), ("blue", "red"), ("blue", "red")),
        (said("red", "red", "b", "2018-12-17"), ("blue", "red"), ("blue", "red")),
    ],
)
def test_of_two_that_came_on_one_day_the_order_is_not_known(
    other: InForce, evening: tuple[str, ...], later: tuple[str, ...]
) -> None:
    taken = did("blue", "capture", ["blue"], "b", "2018-12-17")
    found = picture(taken, other, at_="2018-12-17T21:00:00Z")
    assert (found.verdict, found.holders) == ("order_unknown", evening)
    assert all(state.state != "certain" for state in found.states)
    for day in ("2018-12-17", "2018-12-18", "2019-03-01", None):
        assert held(taken, other, at_=day) == ("order_unknown", later), day
    assert pairs(taken, other) == []


def test_a_capture_is_certain_from_the_end_of_its_day_and_until_then_whoever_held_it_may_still() -> None:
    before, taken = said("red", "red", "a", "2018-12-10"), did("blue", "capture", ["blue"], "b", "2018-12-17")
    assert held(taken, at_="2018-12-17T06:00:00Z") == ("one_voice", ("blue",))
    assert picture(taken, at_="2018-12-17T06:00:00Z").states[0].state == "possible"
    assert held(before, taken, at_="2018-12-17T06:00:00Z") == ("order_unknown", ("blue", "red"))
    assert held(before, taken, at_="2018-12-17") == ("one_voice", ("blue",))
    assert picture(before, taken, at_="2018-12-17").governing[0].state == "certain"
    before, month = said("red", "red", "a", "2018-11-10"), did("blue", "capture", ["blue"], "b", "2018-12")
    assert held(before, month, at_="2018-12-20") == ("order_unknown", ("blue", "red"))
    assert held(before, month, at_="2019-01-20") == ("last_known", ("blue",))


def test_who_left_on_the_day_on_which_he_held_it() -> None:
    here = said("red", "red", "a", "2018-12-17")
    for when in ("2018-12-17", "2018-12-17T10:00:00Z"):
        assert held(here, did("w", "withdrawal", ["red"], "b", when), at_="2018-12-17") == ("order_unknown", ("red",))
    morning = did("w", "withdrawal", ["red"], "b", "2018-12-17T10:00:00Z")
    assert held(here, morning, at_="2018-12-18") == ("order_unknown", ("red",))
    assert held(here, morning, at_="2018-12-17T09:00:00Z") == ("one_voice", ("red",))


def test_who_held_it_until_the_day_on_which_it_was_taken_is_followed_by_who_took_it() -> None:
    until = said("red", "red", "a", "2018-11-01/2018-12-17")
    taken = did("blue", "capture", ["blue"], "b", "2018-12-17")
    assert held(until, taken, at_="2018-12-17") == ("one_voice", ("blue",))
    assert held(until, taken, at_="2018-12-18") == ("last_known", ("blue",))
    assert pairs(until, taken) == []
    # Who holds it all through that day holds it against the word of the other.
    through = said("red", "red", "a", "2018-11-01/2018-12-31")
    assert held(through, taken, at_="2018-12-17") == ("disputed", ("blue", "red"))
    assert pairs(through, taken) == [("red", "blue")]


def test_no_voice_disputes_itself() -> None:
    one, other = said("c1", "red", "a", "2018-12-17"), said("c2", "blue", "a", "2018-12-17")
    assert held(one, other, at_="2018-12-17") == ("order_unknown", ("blue", "red"))
    gone = said("c2", "red", "a", "2018-12-17", status="absent")
    assert picture(one, gone, at_="2018-12-17").verdict != "disputed"


# What is held together.


def test_holders_that_one_claim_names_together_hold_together() -> None:
    joint = did("joint", "capture", ["sdf", "coalition"], "a", "2018-12-17")
    for day, verdict in (("2018-12-17", "one_voice"), ("2018-12-20", "last_known"), (None, "last_known")):
        assert held(joint, at_=day) == (verdict, ("coalition", "sdf"))
    one = did("one", "capture", ["sdf"], "b", "2018-12-17")
    assert held(joint, one, at_="2018-12-17") == ("differ", ("coalition", "sdf"))
    assert held(joint, one, at_="2018-12-18") == ("last_known", ("coalition", "sdf"))
    both = did("both", "capture", ["coalition", "ypg"], "b", "2018-12-17")
    assert held(joint, both, at_="2018-12-17") == ("agreed", ("coalition", "sdf", "ypg"))
    state = said("state", "coalition", "b", "2018-12-17")
    assert (pairs(joint, one), pairs(joint, state)) == ([], [])
    # What they held together stays presumed until the voice names one of them again.
    later = said("later", "sdf", "a", "2018-12-30")
    assert held(joint, later, at_="2018-12-20") == ("presumed", ("sdf",))


def test_of_those_that_hold_it_together_one_may_leave() -> None:
    joint = did("joint", "capture", ["sdf", "coalition"], "a", "2018-12-17")
    gone = did("gone", "withdrawal", ["coalition"], "b", "2018-12-20")
    assert held(joint, gone, at_="2018-12-21") == ("last_known", ("sdf",))
    taken = did("taken", "capture", ["red"], "b", "2018-12-20")
    assert held(joint, taken, at_="2018-12-21") == ("last_known", ("red",))


# Who is there and who is not.


def test_there_and_absent_at_one_time_is_a_disagreement() -> None:
    there = said("there", "ypg", "a", "2018-12-17", status="present")
    for gone, excluded in (("ypg", True), ("sdf", True), ("is", False)):
        absent = said("gone", gone, "b", "2018-12-17", status="absent")
        assert bool(pairs(there, absent)) is excluded
    absent = said("gone", "ypg", "b", "2018-12-17", status="absent")
    assert pairs(there, absent, moment="2018-12-17") == [("there", "gone")]
    assert pairs(there, absent, moment="2018-12-18") == []
    assert pairs(there, said("gone", "ypg", "a", "2018-12-17", status="absent")) == []
    assert pairs(there, said("is", "is", "b", "2018-12-17")) == []


def test_an_absence_that_disputes_a_holder_is_a_voice_too() -> None:
    pockets = said("c1", "red", "a", "2018-12-17", extent="pockets")
    gone = said("c2", "red", "b", "2018-12-17", status="absent")
    found = picture(pockets, gone, at_="2018-12-17")
    assert (found.verdict, found.holders, found.voices) == ("disputed", ("red",), 2)
    assert [state.claim.claim for state in found.governing] == ["c1", "c2"]
    assert held(pockets, gone, at_="2018-12-20") == ("order_unknown", ("red",))
    assert pairs(pockets, gone) == [("c1", "c2")]


# What nobody is sure of.


@pytest.mark.parametrize(
    ("when", "state"), [("2018-12-17", "certain"), ("2018-12-17~", "certain"), ("2018-12-17?", "possible"),
                        ("2018-12-17%", "possible"), ("2018-12-10?/2018-12-20", "possible"),
                        ("2018-12-10/2018-12-20", "certain")],
)  # fmt: skip
def test_a_date_that_is_uncertain_is_never_certain(when: str, state: str) -> None:
    claim, other = said("c1", "red", "a", when), said("c2", "blue", "b", "2018-12-17")
    assert [one.state for one in picture(claim, at_="2018-12-17").states] == [state]
    taken = did("c1", "capture", ["red"], "a", when)
    if "/" not in when:
        assert [one.state for one in picture(taken, at_="2018-12-17").states] == [state]
        assert [one.state for one in picture(taken, at_="2018-12-18").states] == ["last_known"]
    assert picture(claim, other, at_="2018-12-17").verdict == ("disputed" if state == "certain" else "order_unknown")
    # About a day is not at the same time for certain.
    time = "possible" if "~" in when else state
    assert [pair.time for pair in exclusions("town", [claim, other], SIDES, None)] == [time]
    first = picture(claim, at_="2018-12-17", rule="control-from-snapshots@1")
    assert [one.state for one in first.states] == ["certain"]


# What a voice says of a part, or of an absence, leaves its word about who holds the whole.


@pytest.mark.parametrize(
    ("later", "held_by"),
    [
        # Another's pockets, or a part that another holds, stand beside who holds the whole.
        (said("later", "blue", "a", "2018-02-12", extent="pockets"), ("blue", "red")),
        (said("later", "blue", "a", "2018-02-12", extent="part"), ("blue", "red")),
        # That others are absent says nothing of who is there.
        (said("later", "blue", "a", "2018-02-12", status="absent"), ("red",)),
        # What is said of the holder himself does: he has pockets left, or is gone.
        (said("later", "red", "a", "2018-02-12", extent="pockets"), ("red",)),
        (said("later", "red", "a", "2018-02-12", status="absent"), ()),
        # Who holds the whole later leaves nothing of what was.
        (BLUE, ("blue",)),
        (said("later", "blue", "a", "2018-02-12"), ("blue",)),
    ],
)
@pytest.mark.parametrize("at_", ["2018-02-12", "2018-03-15", None])
def test_a_later_word_about_another_leaves_who_holds_the_whole(
    later: InForce, held_by: tuple[str, ...], at_: str | None
) -> None:
    assert held(RED, later, at_=at_)[1] == held_by


def test_who_holds_the_whole_with_anothers_pockets_is_last_known_from_when_it_was_said() -> None:
    pockets = said("pockets", "blue", "a", "2018-02-12", extent="pockets")
    found = picture(RED, pockets, at_="2018-02-15")
    assert (found.verdict, [(one.actor, one.extent, one.state) for one in found.governing]) == (
        "last_known", [("red", None, "last_known"), ("blue", "pockets", "last_known")],
    )  # fmt: skip


def test_between_two_words_about_the_whole_anothers_pockets_change_nothing() -> None:
    again = said("again", "red", "a", "2018-02-26")
    pockets = said("pockets", "blue", "a", "2018-02-12", extent="pockets")
    assert held(RED, pockets, again, at_="2018-02-08") == ("presumed", ("red",))
    assert held(RED, pockets, again, at_="2018-02-12") == ("presumed", ("blue", "red"))
    # The pockets are gone by the next word about the whole, nobody knows since when.
    assert held(RED, pockets, again, at_="2018-02-20") == ("presumed", ("red",))


def test_two_are_absent_though_one_voice_tells_of_them_one_after_the_other() -> None:
    gone = [
        said("g1", "red", "a", "2018-02-12", status="absent"),
        said("g2", "blue", "a", "2018-02-14", status="absent"),
    ]
    # Neither is back by what is implied, or was said before.
    assert held(RED, *gone, at_="2018-02-20") == ("unknown", ())
    assert {one.actor for one in picture(*gone, at_="2018-02-20").states} == {"red", "blue"}


@pytest.mark.parametrize("extent", ["most", "part", "pockets"])
@pytest.mark.parametrize("claimant", ["a", "b", None])
def test_who_is_absent_from_a_part_may_hold_the_rest(extent: str, claimant: str | None) -> None:
    for when, at_, verdict in (
        ("2018-02-05", "2018-02-05", "one_voice"), ("2018-02-10", "2018-02-12", "last_known"),
        ("2018-02-10", None, "last_known"), ("2018-02", "2018-02-12", "last_known"),
    ):  # fmt: skip
        gone = said("gone", "red", claimant, when, status="absent", extent=extent)
        found = picture(RED, gone, at_=at_)
        assert (found.verdict, found.holders, found.voices) == (verdict, ("red",), 1)
        assert [(one.actor, one.status, one.extent) for one in found.beside] == [("red", "absent", extent)]
        assert pairs(RED, gone) == []
        # It is no word about what is implied either, nor about who is somewhere there.
        around = said("around", "red", "c", "2018-02-01/2018-02-28", place="country")
        assert held(around, gone, at_="2018-02-10")[1] == ("red",)
        assert pairs(said("there", "red", "c", when, status="present"), gone) == []
        # Nor does it undo an absence from the whole.
        whole = said("whole", "red", claimant, "2018-02-08", status="absent")
        assert held(RED, whole, gone, at_="2018-02-12")[1] == held(RED, whole, at_="2018-02-12")[1]


@pytest.mark.parametrize("extent", [None, "all"])
def test_who_is_absent_from_all_of_it_holds_nothing(extent: str | None) -> None:
    gone = said("gone", "red", "b", "2018-02-05", status="absent", extent=extent)
    assert held(RED, gone, at_="2018-02-05") == ("disputed", ("red",))
    assert pairs(RED, gone) == [("red", "gone")]


def test_by_the_first_version_an_absence_from_a_part_is_one_from_the_whole() -> None:
    gone = said("gone", "red", "a", "2018-02-10", status="absent", extent="part")
    assert picture(RED, gone, at_="2018-02-12", rule=CONTROL_FROM_SNAPSHOTS_1).holders == ()


def test_of_parts_that_one_voice_tells_of_one_after_the_other_the_best_known_are_answered() -> None:
    parts = [said("p1", "red", "a", "2018-02-05", extent="part"), said("p2", "blue", "a", "2018-02-12", extent="part")]
    assert held(*parts, at_="2018-02-12")[1] == ("blue",)
    assert {one.actor for one in picture(*parts, at_="2018-02-12").states} == {"red", "blue"}


def test_each_stretch_of_a_timeline_ends_where_a_word_that_bears_on_it_begins() -> None:
    pockets = said("pockets", "blue", "a", "2018-02-12", extent="pockets")
    again = said("again", "red", "a", "2018-02-26")
    (line,) = timeline("town", [RED, pockets, again], AROUND, SIDES)
    told = [(one.actor, one.how, one.claims) for one in line.stretches]
    assert told == [
        ("red", "stated", ("red",)), ("red", "presumed", ("red", "again")), ("blue", "stated", ("pockets",)),
        ("blue", "changed", ("pockets", "again")), ("red", "stated", ("again",)), ("red", "last_known", ("again",)),
    ]  # fmt: skip
