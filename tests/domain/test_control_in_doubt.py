"""control-from-snapshots@2 where a report does not say who, or does not vouch for what it says."""

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
JANUARY = (at("2019-12-31") + 1, at("2020-01-31"))
AROUND: dict[str, Any] = {"town": ALWAYS, "province": ALWAYS, "pocket": (JANUARY,)}
SIDES = Sides({"ypg": {"ypg": ALWAYS, "sdf": ALWAYS}})
HEDGES = pytest.mark.parametrize("hedge", ["possible", "hearsay", "indications"])


def said(claim: str, actor: str | None, claimant: str | None, when: str | None, **more: Any) -> InForce:
    return control(claim, actor, **({"claimant": claimant, "when": when, "published": "2020-06"} | more))


def did(claim: str, type_: str, actors: dict[str, Any], when: str | None, **more: Any) -> InForce:
    return happened(
        claim, type_, [], **({"claimant": "z", "when": when, "published": "2020-06", "actors": actors} | more)
    )


def picture(*claims: InForce, moment: str | None, rule: ControlRule = CONTROL_FROM_SNAPSHOTS) -> ControlPicture:
    return control_of("town", claims, AROUND, SIDES, None if moment is None else at(moment), rule=rule)


def ended(found: ControlPicture) -> list[tuple[str, str | None]]:
    return [(one.claim.claim, one.by) for one in found.states if one.state == "ended"]


HELD = said("k1", "a", "s1", "2020-01-05")


@pytest.mark.parametrize("voice", ["s1", "s2", None])
@pytest.mark.parametrize(
    ("type_", "actors"),
    [("capture", {"against": "a"}), ("capture", {}), ("capture", {"with": "b"}), ("withdrawal", {}),
     ("withdrawal", {"against": "b"}), ("withdrawal", {"by": "a"})],
)  # fmt: skip
def test_what_ends_a_hold_without_a_new_holder_leaves_nobody_and_is_told(
    voice: str | None, type_: str, actors: dict[str, Any]
) -> None:
    lost = did("k2", type_, actors, "2020-02-05", claimant=voice)
    for moment in ("2020-02-05", "2020-02-20", None):
        found = picture(HELD, lost, moment=moment)
        assert (found.verdict, found.holders, ended(found)) == ("unknown", (), [("k1", "k2")])
        assert [(one.claim.claim, one.status) for one in found.beside] == [
            ("k2", "controls" if type_ == "capture" else "absent")
        ]
    before = picture(HELD, lost, moment="2020-02-04")
    # Who says that it was taken from them, or that they left, says that they held it until then.
    until = voice == "s1" and bool({"a"} & {actors.get("against" if type_ == "capture" else "by")})
    assert (before.verdict, before.holders, before.beside) == ("presumed" if until else "last_known", ("a",), ())
    line = next(line for line in timeline("town", [HELD, lost], AROUND, SIDES) if line.voice.claimant == "s1")
    assert [(one.how, one.claims) for one in line.stretches][-1] == ("ended", ("k1", "k2"))


def test_the_first_version_leaves_it_out() -> None:
    for actors in ({"against": "a"}, {}):
        lost = did("k2", "capture", actors, "2020-02-05")
        found = picture(HELD, lost, moment="2020-02-20", rule=CONTROL_FROM_SNAPSHOTS_1)
        assert (found.verdict, found.holders, found.beside) == ("last_known", ("a",), ())


def test_what_was_taken_from_one_was_taken_from_nobody_else() -> None:
    other = said("k0", "b", "s2", "2020-01-20")
    found = picture(HELD, other, did("k2", "capture", {"against": "a"}, "2020-02-05"), moment="2020-02-20")
    assert (found.verdict, found.holders) == ("last_known", ("b",))
    # But by its own word somebody took it since, and this is not who the same voice said to hold it before.
    own = picture(HELD, other, did("k2", "capture", {"against": "a"}, "2020-02-05", claimant="s2"), moment="2020-02-20")
    assert (own.verdict, own.holders) == ("unknown", ())
    with_b = did("k2", "capture", {"against": "a", "with": "b"}, "2020-02-05", claimant="s2")
    assert picture(HELD, other, with_b, moment="2020-02-20").holders == ("b",)


def test_of_a_side_is_who_was_part_of_it() -> None:
    held = said("k1", "ypg", "s1", "2020-01-05")
    assert picture(held, did("k2", "capture", {"against": "sdf"}, "2020-02-05"), moment="2020-03-01").holders == ()
    assert picture(held, did("k2", "capture", {"against": "is"}, "2020-02-05"), moment="2020-03-01").holders == ("ypg",)
    # Who came with the captors has lost nothing.
    assert picture(held, did("k2", "capture", {"with": "sdf"}, "2020-02-05"), moment="2020-03-01").holders == ("ypg",)


def test_a_capture_that_names_nobody_may_be_the_one_by_which_a_place_was_taken() -> None:
    taken = happened("k1", "capture", ["b"], claimant="s1", when="2020-02-05", published="2020-06")
    for when in ("2020-02-05", "2020-02", None):
        found = picture(taken, did("k2", "capture", {}, when), moment="2020-03-01")
        assert (found.verdict, found.holders) == ("last_known", ("b",))
    assert picture(taken, did("k2", "capture", {}, "2020-02-06"), moment="2020-03-01").holders == ()
    # Of a state of that day it is not known which came first; later word of it settles that.
    state = said("k1", "b", "s1", "2020-02-05")
    nameless = did("k2", "capture", {}, "2020-02-05")
    assert picture(state, nameless, moment="2020-02-05").verdict == "one_voice"
    found = picture(state, nameless, moment="2020-03-01")
    assert (found.verdict, found.holders) == ("order_unknown", ("b",))
    found = picture(state, nameless, said("k3", "b", "s2", "2020-02-20"), moment="2020-03-01")
    assert (found.verdict, found.holders) == ("last_known", ("b",))


def test_undated_and_unnamed_ends_nothing_and_undated_against_somebody_ends_theirs() -> None:
    assert picture(HELD, did("k2", "capture", {}, None), moment=None).holders == ("a",)
    assert picture(HELD, did("k2", "capture", {"against": "a"}, None), moment=None).holders == ()
    found = picture(did("k2", "capture", {"against": "a"}, None), moment="2020")
    assert [one.claim.claim for one in found.undated] == ["k2"]


def test_presumed_between_two_words_is_who_nobody_took_it_from() -> None:
    again = said("k3", "a", "s1", "2020-03-05")
    assert picture(HELD, again, moment="2020-02-20").verdict == "presumed"
    for actors in ({}, {"against": "a"}):
        lost = did("k2", "capture", actors, "2020-02-05")
        assert picture(HELD, lost, again, moment="2020-02-20").verdict == "unknown"
        assert picture(HELD, lost, again, moment="2020-03-05").holders == ("a",)


# Hedges.


@HEDGES
def test_a_hold_that_nobody_vouches_for_takes_nobodys_place(hedge: str) -> None:
    perhaps = said("k2", "b", "s2", "2020-02-05", hedge=hedge)
    found = picture(HELD, perhaps, moment="2020-02-05")
    assert (found.verdict, found.holders, found.age_days) == ("last_known", ("a",), 31)
    assert [(one.claim.claim, one.state, one.hedge) for one in found.states] == [
        ("k1", "last_known", None), ("k2", "possible", hedge),
    ]  # fmt: skip
    # Nor does it of what the same voice vouched for before, or what is implied.
    for firm in (said("k1", "a", "s2", "2020-01-05"), said("k1", "a", "s1", "2020-01-05", place="province")):
        assert picture(firm, perhaps, moment="2020-03-01").holders == ("a",)
    alone = picture(perhaps, moment="2020-02-05")
    assert (alone.verdict, alone.holders, [hold.hedge for hold in alone.holds]) == ("one_voice", ("b",), [hedge])
    assert [one.state for one in alone.states] == ["possible"]
    first = picture(HELD, perhaps, moment="2020-02-05", rule=CONTROL_FROM_SNAPSHOTS_1)
    assert (first.holders, [one.hedge for one in first.states]) == (("b",), [None, None])


@HEDGES
def test_nothing_that_nobody_vouches_for_ends_a_hold(hedge: str) -> None:
    for other in (
        did("k2", "capture", {"by": ["b"]}, "2020-02-05", hedge=hedge),
        did("k2", "capture", {"against": "a"}, "2020-02-05", hedge=hedge),
        did("k2", "capture", {}, "2020-02-05", hedge=hedge),
        did("k2", "withdrawal", {"by": ["a"]}, "2020-02-05", hedge=hedge),
        said("k2", "a", "s1", "2020-02-05", status="absent", hedge=hedge),
    ):
        found = picture(HELD, other, moment="2020-03-01")
        assert (found.verdict, found.holders) == ("last_known", ("a",))
        shown = [(one.claim.claim, one.hedge) for one in (*found.states, *found.beside) if one.claim.claim == "k2"]
        assert shown == [("k2", hedge)]


@HEDGES
def test_among_words_that_nobody_vouches_for_the_later_one_counts_and_firm_ones_do_anyway(hedge: str) -> None:
    perhaps = said("k1", "a", "s1", "2020-01-05", hedge=hedge)
    taken = did("k2", "capture", {"by": ["b"]}, "2020-02-05", hedge="hearsay")
    assert picture(perhaps, taken, moment="2020-03-01").holders == ("b",)
    firmly = did("k2", "withdrawal", {"by": ["a"]}, "2020-02-05")
    found = picture(perhaps, firmly, moment="2020-03-01")
    assert (found.verdict, ended(found)) == ("unknown", [("k1", "k2")])
    # Who was overtaken by a firm word that has ended since is not back for having been heard of.
    held, gone = said("k2", "b", "s2", "2020-02-05"), did("k3", "withdrawal", {"by": ["b"]}, "2020-02-20")
    assert picture(perhaps, held, gone, moment="2020-03-01").holders == ()


def test_who_is_said_to_hold_it_at_best_by_signs_of_it() -> None:
    claims = [
        said(f"k{nth}", "b", f"s{nth}", "2020-02-05", hedge=hedge)
        for nth, hedge in enumerate(("possible", "hearsay", "indications"))
    ]
    assert [hold.hedge for hold in picture(*claims, moment="2020-02-05").holds] == ["indications"]
    assert [hold.hedge for hold in picture(*claims[:2], moment="2020-02-05").holds] == ["hearsay"]
    # With one who vouches for it that one alone is the voice.
    found = picture(*claims, said("k9", "b", "s9", "2020-02-05"), moment="2020-02-05")
    assert ([hold.hedge for hold in found.holds], found.verdict, found.voices) == ([None], "one_voice", 1)


def test_a_timeline_keeps_what_is_vouched_for_beside_what_is_not() -> None:
    (line,) = timeline("town", [HELD, said("k2", "b", "s1", "2020-02-05", hedge="hearsay")], AROUND, SIDES)
    assert [(one.how, one.actor, one.hedge, one.proven) for one in line.stretches] == [
        ("stated", "a", None, True), ("last_known", "a", None, False),
        ("stated", "b", "hearsay", False), ("last_known", "b", "hearsay", False),
    ]  # fmt: skip


def test_who_is_present_for_certain_stays_beside_who_is_said_to_be_later() -> None:
    there = said("k1", "a", "s1", "2020-01-05", status="present")
    perhaps = said("k2", "a", "s1", "2020-02-05", status="present", hedge="hearsay")
    found = picture(there, perhaps, moment="2020-02-05")
    assert [(one.claim.claim, one.state, one.hedge) for one in found.beside] == [
        ("k1", "last_known", None), ("k2", "possible", "hearsay"),
    ]  # fmt: skip


# All of what a place lies in.


def pairs(*claims: InForce, moment: str | None = None) -> list[tuple[str, str, str]]:
    found = exclusions("town", claims, SIDES, None if moment is None else at(moment), AROUND)
    return [(pair.one.claim.claim, pair.other.claim.claim, pair.time) for pair in found]


DAY = "2020-01-05"
ALL = said("k1", "b", "s1", DAY, place="province", extent="all")
GONE = said("k1", "a", "s1", DAY, place="province", extent="all", status="absent")


@pytest.mark.parametrize(
    ("whole", "inside", "time"),
    [
        (ALL, {"actor": "a"}, "certain"),
        (ALL, {"actor": "a", "extent": "pockets"}, "certain"),
        (ALL, {"actor": "b", "status": "absent"}, "certain"),
        (GONE, {"actor": "a"}, "certain"),
        (GONE, {"actor": "a", "extent": "part"}, "certain"),
        (GONE, {"actor": "a", "status": "present"}, "certain"),
        (ALL, {"actor": "a", "when": f"{DAY}?"}, "possible"),
        (ALL, {"actor": "a", "hedge": "hearsay"}, "possible"),
        (ALL, {"actor": "a", "when": "2020-01-01/2020-01-10"}, "certain"),
        (said("k1", "b", "s1", DAY, place="pocket", extent="all"), {"actor": "a"}, "possible"),
        (said("k1", "b", "s1", DAY, extent="all"), {"actor": "a", "extent": "pockets"}, "certain"),
    ],
)
def test_who_speaks_of_all_of_a_place_speaks_of_every_place_inside(
    whole: InForce, inside: dict[str, Any], time: str
) -> None:
    other = said("k2", **({"actor": "a", "claimant": "s2", "when": DAY} | inside))
    assert [pair[2] for pair in pairs(whole, other)] == [time]
    assert [pair[2] for pair in pairs(other, whole, moment=DAY)] == [time]
    assert pairs(whole, other, moment="2020-02-05") == []


@pytest.mark.parametrize(
    ("whole", "inside"),
    [
        (said("k1", "b", "s1", DAY, place="province"), {"actor": "a"}),
        (said("k1", "b", "s1", DAY, place="province", extent="most"), {"actor": "a"}),
        (said("k1", "a", "s1", DAY, place="province", status="absent"), {"actor": "a"}),
        (said("k1", "sdf", "s1", DAY, place="province", extent="all"), {"actor": "ypg"}),
        (ALL, {"actor": "a", "claimant": "s1"}),
        (ALL, {"actor": "a", "when": "2020-01"}),
        (ALL, {"actor": "a", "when": "2020-01-06"}),
        (ALL, {"actor": "a", "status": "present"}),
        (ALL, {"actor": "a", "status": "absent"}),
        (GONE, {"actor": "b"}),
        (said("k1", "b", "s1", "2020-02-05", place="pocket", extent="all"), {"actor": "a", "when": "2020-02-05"}),
        (said("k1", "b", "s1", DAY, place="elsewhere", extent="all"), {"actor": "a"}),
    ],
)
def test_what_of_a_whole_leaves_a_place_inside_to_others(whole: InForce, inside: dict[str, Any]) -> None:
    other = said("k2", **({"actor": "a", "claimant": "s2", "when": DAY} | inside))
    assert pairs(whole, other) == []


def test_in_the_picture_what_is_said_of_the_place_itself_wins() -> None:
    found = picture(ALL, said("k2", "a", "s2", DAY), moment=DAY)
    assert (found.verdict, found.holders) == ("one_voice", ("a",))


@pytest.mark.parametrize(
    ("denied", "holders"),
    [
        (did("k2", "capture", {"by": "b", "against": "a"}, "2020-02-10", claimant="s2"), ("a", "b")),
        (said("k2", "b", "s2", "2020-02-10"), ("a", "b")),
        (said("k2", "a", "s2", "2020-02-10", status="absent"), ("a",)),
        (did("k2", "withdrawal", {"by": "a"}, "2020-02-10", claimant="s2"), ("a",)),
    ],
)
def test_who_says_that_it_was_held_all_the_while_denies_that_it_was_lost(
    denied: InForce, holders: tuple[str, ...]
) -> None:
    """On the day after as on the day itself, until somebody tells of a return."""
    through = said("k1", "a", "s1", "2020-01-01/2020-03-10")
    assert picture(through, denied, moment="2020-02-09").verdict == "one_voice"
    for moment in ("2020-02-10", "2020-02-11", "2020-03-09"):
        found = picture(through, denied, moment=moment)
        if denied.content.kind == "occurrence" and holders == ("a",):
            # What leaves nobody is no state of its own.
            assert [one.claim.claim for one in found.beside] == ["k2"]
            continue
        assert (found.verdict, found.holders) == ("disputed", holders)
    back = said("k3", "a", "s3", "2020-02-20")
    assert picture(through, denied, back, moment="2020-02-21").verdict != "disputed"
    # Of a state that began after it, nothing is denied.
    later = said("k1", "a", "s1", "2020-02-12/2020-03-10")
    assert picture(later, denied, moment="2020-02-15").verdict == "one_voice"
