"""cannot-all-be-right@2 across topics: an air strike that three voices tell of, each leaving something else unsaid."""

from collections.abc import Sequence
from typing import Any

import pytest

from domain.in_force import InForce
from domain.may_be_same import Wholes, explained, may_contradict
from domain.when import EARLIEST, LATEST, parse
from tests.domain.claims_given import figure

ALWAYS = ((EARLIEST, LATEST),)
WHOLES = Wholes(
    {
        "mosque": {"mosque": ALWAYS, "village": ALWAYS, "province": ALWAYS},
        "village": {"village": ALWAYS, "province": ALWAYS},
        "province": {"province": ALWAYS},
    },
    {"mosque", "village"},
    {
        "brigade": {"brigade": ALWAYS, "army": ALWAYS},
        "guard": {"guard": ALWAYS, "army": ((parse("2017-03-16").bounds.earliest, LATEST),)},
        "army": {"army": ALWAYS},
    },
)


def killed(claim: str, best: int | None, claimant: str, **more: Any) -> InForce:
    said = {"measure": "killed", "when": "2017-03-16", "place": "village", "best": best, "claimant": claimant} | more
    return figure(claim, f"report-of-{claimant}", **said)


def unsure(one: InForce, other: InForce) -> Sequence[str] | None:
    """In what they differ where they may contradict each other; the same whichever is named first."""
    ways = [
        [(pair.one.claim, pair.other.claim, pair.unsure, pair.time) for pair in may_contradict(near, others, WHOLES)]
        for near, others in (([[one]], [[other]]), ([[other]], [[one]]))
    ]
    assert ways[0] == ways[1]
    return ways[0][0][2] if ways[0] else None


DEFENCE = killed("k1", 35, "civil-defence")
HRW = killed("k3", 38, "hrw", cause="airstrike")
MOSQUE = killed("k4", 49, "sohr", place="mosque")


def test_what_one_leaves_unsaid_is_nothing_else() -> None:
    assert unsure(DEFENCE, HRW) == ("cause",)
    assert unsure(HRW, killed("k5", 38, "un")) is None
    assert unsure(killed("k6", 4, "a", by="coalition"), killed("k7", 5, "b", cause="shelling")) == ("by", "cause")
    assert unsure(killed("k8", 4, "a", cause="shelling"), HRW) is None
    assert unsure(killed("k9", 40, "a", dimensions={"age": "0-17"}), DEFENCE) == ("dimensions",)
    assert unsure(killed("k10", 4, "a", subject="is"), DEFENCE) is None, "a party's own are a part of all"
    assert unsure(killed("k7", 1, "b", group="civilians"), DEFENCE) is None, "and so are the civilians among them"
    assert unsure(killed("k7", 1, "b", group="civilians"), MOSQUE) is None, "which are no number of all at the mosque"
    assert unsure(killed("k9", 4, "a", dimensions={"age": "0-17"}), DEFENCE) is None
    assert unsure(killed("k11", 4, "a", subject="is"), killed("k12", 9, "b", subject="sdf")) is None


def test_a_typing_mistake_in_a_village_stands_against_the_mosque_inside_it() -> None:
    assert unsure(killed("typo", 4_200_000, "sohr-2"), MOSQUE) == ("place",)
    assert unsure(DEFENCE, MOSQUE) == ("place",)


def test_what_a_larger_place_has_more_of_is_the_whole() -> None:
    province = killed("whole", 900, "un", place="province")
    assert unsure(province, MOSQUE) is None
    assert unsure(killed("whole", 40, "un", place="province"), MOSQUE) == ("place",)
    month = killed("month", 40, "un", place="province", when="2017-03")
    assert unsure(month, MOSQUE) == ("place",), "more on a day in a village than in a month in its province"
    assert unsure(killed("month", 40, "un", cause="airstrike", when="2017-03"), MOSQUE) is None


def test_an_incident_and_what_is_told_of_its_place_and_time() -> None:
    linked = killed("k1", 35, "civil-defence", incident="al-jinah")
    assert unsure(linked, killed("k2", 42, "sohr")) == ("incident",)
    assert unsure(linked, killed("k2", 42, "sohr", incident="other")) is None
    assert unsure(linked, killed("k2", 42, "sohr", when="2017-03-17")) is None
    nowhere = killed("k2", 42, "sohr", place=None, incident="al-jinah")
    assert unsure(linked, nowhere) == ("place",)
    assert unsure(DEFENCE, killed("k2", 42, "sohr", place=None)) is None


@pytest.mark.parametrize(
    "other",
    [
        killed("own", 99, "civil-defence", cause="airstrike"),
        killed("part", 40, "hrw", cause="airstrike", parts=("k1",)),
        killed("declared", 20, "hrw", cause="airstrike", disputes=("k1",)),
        killed("gone", 20, "hrw", cause="airstrike", withdrawn=True),
        killed("place", 20, "hrw", place="elsewhere", cause="airstrike"),
        killed("unknown", None, "hrw", cause="airstrike", qualifier="unknown"),
    ],
)
def test_what_is_not_compared(other: InForce) -> None:
    assert unsure(DEFENCE, other) is None


def test_what_is_part_and_whole_is_explained_by_that() -> None:
    whole, struck = killed("whole", 30, "a", parts=("struck",)), killed("struck", 12, "a", cause="airstrike")
    other = killed("other", 30, "b")
    (found,) = may_contradict([[whole], [other]], [[struck]], WHOLES)
    assert explained(found, {"struck": [whole]}, WHOLES), "what b counts is a's whole, with which it agrees"
    assert explained(found, {"struck": [killed("whole", 31, "a")]}, WHOLES), "or not: that pair is told by itself"
    # The other way round: of b's own there is a part that a's is like.
    assert explained(found, {"other": [killed("part", 13, "b", cause="airstrike")]}, WHOLES)
    for far in (
        [],
        [killed("gone", 30, "a", withdrawn=True)],
        [killed("then", 30, "a", when="2017-03-17")],
        [killed("by", 30, "a", by="coalition")],
        [killed("else", 30, "a", place="elsewhere")],
    ):
        assert not explained(found, {"struck": far}, WHOLES), far
    # A part that is more than the whole cannot be explained.
    (found,) = may_contradict([[killed("other", 10, "b")]], [[struck]], WHOLES)
    assert not explained(found, {"struck": [whole]}, WHOLES)


def test_a_part_that_is_more_than_its_whole_is_at_odds_with_it() -> None:
    assert unsure(DEFENCE, killed("part", 40, "hrw", cause="airstrike")) == ("cause",)
    whole = killed("whole", 30, "a", parts=("women",))
    assert unsure(whole, killed("women", 31, "b", group="women")) == ("group",)
    assert unsure(whole, killed("women", 30, "b", group="women")) is None


def test_no_more_of_a_party_were_killed_than_in_all() -> None:
    """ "30 of them" at a market where nobody else has more than 24 dead of any kind."""
    in_all = killed("all", 24, "a")
    assert unsure(in_all, killed("theirs", 30, "b", subject="is")) == ("subject",)
    assert unsure(in_all, killed("theirs", 30, "b", subject="is", cause="airstrike")) == ("subject", "cause")
    assert unsure(in_all, killed("theirs", 30, "b", subject="is", place="mosque")) == ("subject", "place")
    assert unsure(in_all, killed("theirs", 24, "b", subject="is")) is None
    assert unsure(in_all, killed("theirs", None, "b", subject="is", low=20, qualifier="at_least")) is None
    # A part of women is not all that the party lost, nor the other way round: neither holds the other.
    assert unsure(killed("women", 24, "a", group="women"), killed("theirs", 30, "b", subject="is")) is None
    assert unsure(killed("all", 24, "a", place="mosque"), killed("theirs", 30, "b", subject="is")) is None
    # More on a day than in all of the month, and the other way round not.
    assert unsure(killed("all", 24, "a", when="2017-03"), killed("theirs", 30, "b", subject="is")) == ("subject",)
    assert unsure(in_all, killed("theirs", 30, "b", subject="is", when="2017-03")) is None


def test_no_more_of_a_part_of_a_party_were_killed_than_of_all_of_it() -> None:
    whole = killed("whole", 20, "a", subject="army")
    assert unsure(whole, killed("part", 30, "b", subject="brigade")) == ("subject",)
    assert unsure(whole, killed("part", 30, "b", subject="brigade", place="mosque")) == ("subject", "place")
    assert unsure(whole, killed("part", 30, "b", subject="brigade", cause="shelling")) == ("subject", "cause")
    assert unsure(whole, killed("part", 10, "b", subject="brigade")) is None, "fewer may be all of its own"
    assert unsure(whole, killed("part", 30, "b", subject="other")) is None
    assert unsure(whole, killed("part", 30, "b", subject="brigade", place="elsewhere")) is None
    # Of its women there are more than of all of it; how many the whole lost of both nobody says.
    assert unsure(whole, killed("women", 30, "b", subject="brigade", group="women")) == ("subject", "group")
    assert (
        unsure(killed("women", 20, "a", subject="army", group="women"), killed("p", 30, "b", subject="brigade")) is None
    )
    assert unsure(killed("all", 20, "a", when="2017-03", subject="army"), killed("p", 30, "b", subject="brigade")) == (
        "subject",
    )


def test_no_more_were_killed_by_a_part_of_a_party_than_by_all_of_it() -> None:
    whole = killed("whole", 20, "a", by="army")
    assert unsure(whole, killed("part", 30, "b", by="brigade")) == ("by",)
    assert unsure(whole, killed("part", 10, "b", by="brigade")) is None
    assert unsure(whole, killed("part", 30, "b", by="brigade", subject="army")) == ("subject", "by")
    assert unsure(killed("whole", 20, "a", by="army", subject="army"), killed("p", 30, "b", by="brigade")) is None


def test_who_was_no_part_of_a_party_yet_is_none_of_its_dead() -> None:
    whole = killed("whole", 20, "a", subject="army")
    assert unsure(whole, killed("part", 30, "b", subject="guard")) == ("subject",)
    before = {"when": "2017-03-15"}
    assert (
        unsure(killed("whole", 20, "a", subject="army", **before), killed("p", 30, "b", subject="guard", **before))
        is None
    )
    # Some of the month it may have been: more than possible no such pair is.
    month = {"when": "2017-03"}
    assert unsure(
        killed("whole", 20, "a", subject="army", **month), killed("p", 30, "b", subject="guard", **month)
    ) == ("subject",)


def test_a_part_of_a_party_is_explained_by_its_whole() -> None:
    """Nobody is at odds with a part that says of what it is one, but where it is more than another's whole."""
    whole, part = killed("whole", 30, "a", subject="army", parts=("part",)), killed("part", 12, "a", subject="brigade")
    assert may_contradict([[whole]], [[killed("other", 30, "b", subject="army")], [part]], WHOLES) == []
    (found,) = may_contradict([[killed("other", 10, "b", subject="army")]], [[part]], WHOLES)
    assert not explained(found, {"part": [whole]}, WHOLES)


def test_a_stock_is_compared_while_both_may_be_so() -> None:
    def present(claim: str, best: int, claimant: str, **more: Any) -> InForce:
        return killed(claim, best, claimant, **{"measure": "present", "when": "2017-03", **more})

    assert unsure(present("a", 500, "un"), present("b", 900, "iom", group="displaced", when="2017")) == ("group",)
    assert unsure(present("a", 500, "un"), present("b", 900, "iom", group="displaced", when="2018")) is None
