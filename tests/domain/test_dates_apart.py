"""times-apart@1: given occurrences, then those that may be one happening and agree on no time for it."""

from dataclasses import replace
from typing import Any

from domain.dates_apart import dates_apart
from domain.in_force import InForce
from domain.membership import ALL_TIME
from domain.sides import Sides
from tests.domain.claims_given import figure, happened

SIDES = Sides({"ypg": {"ypg": (ALL_TIME,), "sdf": (ALL_TIME,)}, "sdf": {"sdf": (ALL_TIME,)}})


def offensive(claim: str, when: str | None, claimant: str | None, **more: Any) -> InForce:
    by = more.pop("by", ["sdf"])
    return happened(claim, more.pop("type", "ground_offensive"), by, f"r-{claim}", when=when, claimant=claimant, **more)


def pairs(*claims: InForce) -> list[tuple[str, str, str]]:
    found = dates_apart(claims, SIDES)
    assert dates_apart(claims[::-1], SIDES) == found
    return [(pair.one.claim, pair.other.claim, pair.certainty) for pair in found]


def test_the_offensive_at_baghouz_begins_on_two_days() -> None:
    c304, c410 = offensive("c304", "2019-03-01", None), offensive("c410", "2019-02-14", None)
    assert pairs(c304, c410) == [("c410", "c304", "possible")]
    assert pairs(c304, offensive("c410", "2019-02", None)) == [("c410", "c304", "possible")]
    assert pairs(c304, offensive("c410", "2019", None)) == []
    assert pairs(c304, offensive("c410", None, None)) == []


def test_what_cannot_be_one_happening() -> None:
    first = offensive("first", "2019-03-01", "a")
    for other in (
        offensive("own", "2019-03-04", "a"),
        offensive("attack", "2019-03-04", "b", type="attack"),
        offensive("elsewhere", "2019-03-04", "b", place="village"),
        offensive("theirs", "2019-03-04", "b", by=["is"]),
        offensive("next_year", "2020-03-04", "b"),
        offensive("gone", "2019-03-04", "b", withdrawn=True),
        offensive("planned", "2019-03-04", "b", hedge="intended"),
        figure("figure", measure="killed", qualifier="some", when="2019-03-04", place="town"),
    ):
        assert pairs(first, other) == [], other.claim
    # Who is not named may be anybody, and a part may act for the whole.
    assert pairs(first, offensive("nobody", "2019-03-04", "b", by=[])) == [("first", "nobody", "possible")]
    assert pairs(first, offensive("part", "2019-03-04", "b", by=["ypg"])) == [("first", "part", "possible")]


def test_a_claim_that_another_of_that_voice_fits_is_matched() -> None:
    ours = [offensive("our_1", "2019-03-01", "a"), offensive("our_5", "2019-03-05", "a")]
    theirs = [offensive("their_1", "2019-03-01", "b"), offensive("their_5", "2019-03-05", "b")]
    assert pairs(*ours, *theirs) == []
    assert pairs(*ours, theirs[0]) == [], "they tell of one attack, and we of two"
    assert pairs(*ours, offensive("their_7", "2019-03-07", "b")) == [("our_5", "their_7", "possible")]


def test_one_incident_with_two_times_is_certain_however_far_apart() -> None:
    one = offensive("one", "2014-06-10", "a", incident="mosul", place="mosul")
    other = offensive("other", "2016-06-10", "b", incident="mosul", place="nineveh", by=["is"])
    assert pairs(one, other) == [("one", "other", "certain")]
    assert pairs(one, offensive("other", "2014-06-12", "b", incident="elsewhere", place="mosul")) == []
    assert pairs(one, offensive("other", "2014-06-12", "b", place="mosul")) == [("one", "other", "possible")]
    both = replace(other, incidents=("advance", "mosul", "offensive"))
    assert pairs(one, both) == [("one", "other", "certain")]
    assert pairs(replace(one, incidents=("advance", "mosul")), both) == [("one", "other", "certain")], "once"
