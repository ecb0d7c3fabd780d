"""One origin counts once: given claims that name where they come from, then how many voices there are."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.content import Figure
from domain.control import control
from domain.figures import FigureGroup, latest_per_claimant, latest_per_claimant_1
from domain.in_force import BasedOn, InForce
from domain.origins import shared_origins
from domain.sides import Sides
from domain.when import EARLIEST, LATEST
from tests.domain import claims_given
from tests.domain.claims_given import figure

A_DAY = {"measure": "killed", "when": "2018-12-17"}


def based_on(**more: Any) -> BasedOn:
    return BasedOn(**{name: frozenset(some) for name, some in more.items()})


def killed(claim: str, report: str, claimant: str | None, best: int = 30, **more: Any) -> InForce:
    named = {name: more.pop(name) for name in BasedOn._fields if name in more}
    return figure(claim, report, claimant=claimant, best=best, based_on=based_on(**named), **A_DAY, **more)


def told(*claims: InForce) -> tuple[str, int, int]:
    group = only(*claims)
    return group.verdict, group.voices, group.unattributed


def only(*claims: InForce) -> FigureGroup:
    (group,) = latest_per_claimant(claims, None).groups
    return group


A = killed("k1", "r1", "a")


@pytest.mark.parametrize("named", [{"derived_from": ["r1"]}, {"rests_on": ["r1"]}, {"credits": ["a"]}])
def test_who_has_it_from_another_is_no_second_voice(named: dict[str, Any]) -> None:
    assert told(A, killed("k2", "r2", "b")) == ("agree", 2, 0)
    assert told(A, killed("k2", "r2", "b", **named)) == ("one_voice", 1, 0)
    assert told(A, killed("k2", "r2", None, **named)) == ("one_voice", 1, 0)
    assert told(A, killed("k2", "r2", "b", 31, **named)) == ("disagree", 2, 0), "it says something of its own"
    assert told(A, killed("k2", "r2", "b", **named), killed("k3", "r3", "c")) == ("agree", 2, 0)
    (first,) = latest_per_claimant_1([A, killed("k2", "r2", "b", **named)], None).groups
    assert first.verdict == "agree", "as that rule answered"


NAMING_ONE = [{"derived_from": ["r0"]}, {"rests_on": ["r0"]}, {"credits": ["wire"]}]
DISPATCH = killed("k0", "r0", "wire")


@pytest.mark.parametrize("named", NAMING_ONE)
@pytest.mark.parametrize(
    "dispatch",
    [
        [],
        [DISPATCH],
        [replace(DISPATCH, withdrawn=True)],
        [replace(DISPATCH, discredited=True)],
        [killed("k0", "r0", "wire", 31)],
        [DISPATCH, killed("k9", "r9", "wire", 31, position=10**6)],
        [killed("k0", "r0", "wire", hedge="intended")],
    ],
)
def test_two_that_name_one_origin_are_one_voice_whatever_is_held_of_it(
    named: dict[str, Any], dispatch: list[InForce]
) -> None:
    papers = [killed("k1", "r1", "a", **named), killed("k2", "r2", "b", **named)]
    own = any(isinstance(claim.content, Figure) and claim.content.best == 31 for claim in dispatch)
    assert told(*papers, *dispatch) == (("disagree", 2, 0) if own else ("one_voice", 1, 0))
    assert told(*papers, *dispatch, killed("k3", "r3", "c"))[1] == 2 + bool(own)
    nobodys = [killed("k1", "r1", None, **named), killed("k2", "r2", None, **named)]
    spoken_for = bool(dispatch) and not (dispatch[0].withdrawn or dispatch[0].discredited)
    spoken_for &= not own and all(claim.content.hedge != "intended" for claim in dispatch)
    assert told(*nobodys, *dispatch)[2] == (0 if spoken_for else 1)
    apart = [killed("k1", "r1", "a", 30, **named), killed("k2", "r2", "b", 40, **named)]
    assert told(*apart) == ("disagree", 2, 0), "neither took that from the other"


def test_who_repeats_its_word_is_the_origin_still() -> None:
    first, update = killed("k0", "r0", "wire"), killed("k9", "r9", "wire", position=10**6)
    assert told(first, update, killed("k1", "r1", "a", derived_from=["r0"])) == ("one_voice", 1, 0)


def test_what_an_origin_has_from_another_goes_on_being_so_when_we_rely_on_it_no_more() -> None:
    wire = killed("k0", "r0", "wire", credits=["b"])
    papers = [killed("k1", "r1", "a", credits=["wire"]), killed("k2", "r2", "b")]
    for dispatch in (wire, replace(wire, discredited=True), replace(wire, withdrawn=True)):
        assert told(*papers, dispatch) == ("one_voice", 1, 0)


def test_an_unknown_origin_is_counted_once() -> None:
    of_two = killed("k1", "r1", None, derived_from=["r8", "r9"])
    assert told(of_two) == told(of_two, killed("k2", "r2", None, derived_from=["r9"])) == ("unattributed", 0, 1)
    assert told(of_two, killed("k2", "r2", None, derived_from=["r7"])) == ("unattributed", 0, 2)
    assert told(of_two, killed("k2", "r2", "a", derived_from=["r9"])) == ("one_voice", 1, 0)
    assert told(of_two, killed("k2", "r2", "a")) == ("one_voice", 1, 1)


def test_two_reports_that_derive_from_each_other_are_one_origin() -> None:
    both = ["r1", "r2"]
    assert told(killed("k1", "r1", "a", derived_from=both), killed("k2", "r2", "b", derived_from=both))[1] == 1


def test_who_relays_it_is_no_origin() -> None:
    relayed = [killed(f"k{nth}", f"r{nth}", who, via=["wire"]) for nth, who in ((1, "a"), (2, "b"))]
    assert told(*relayed) == ("agree", 2, 0)


def test_a_copy_of_an_interview_that_was_made_up_is_nobodys_own_word() -> None:
    interview = [killed("k1", "r1", "a"), killed("k2", "r1", "b")]
    copies = [
        killed(f"k{nth}", "r2", who, derived_from=["r1"], position=10**6 + nth) for nth, who in ((3, "a"), (4, "b"))
    ]
    assert told(*interview, *copies) == ("agree", 2, 0)
    assert told(*(replace(one, discredited=True) for one in interview), *copies) == ("one_voice", 1, 0)


def test_what_a_report_took_over_may_be_its_claimants_own_word() -> None:
    own, copy = killed("k2", "r1", "b"), killed("k3", "r2", "b", derived_from=["r1"], position=10**6)
    assert told(A, own, copy) == ("agree", 2, 0)
    assert told(A, killed("k3", "r2", "b", credits=["a", "b"])) == ("agree", 2, 0)
    assert told(A, killed("k3", "r2", "b", rests_on=["r1"]), own) == ("one_voice", 1, 0)


def test_who_has_it_from_two_makes_them_no_one_voice() -> None:
    both = killed("k3", "r3", "c", derived_from=["r1", "r2"])
    assert told(A, killed("k2", "r2", "b"), both) == ("agree", 2, 0)
    # Two that go back to one which says not who are one voice; and two that go back to each other.
    unknown = killed("k0", "r0", None)
    assert told(unknown, killed("k1", "r1", "a", derived_from=["r0"])) == ("one_voice", 1, 0)
    from_it = [killed(f"k{nth}", f"r{nth}", voice, derived_from=["r0"]) for nth, voice in ((1, "a"), (2, "b"))]
    assert told(unknown, *from_it) == ("one_voice", 1, 0)
    assert told(killed("k1", "r1", "a", credits=["b"]), killed("k2", "r2", "b", credits=["a"])) == ("one_voice", 1, 0)


def test_of_control_too() -> None:
    always = {"town": ((EARLIEST, LATEST),)}
    one = claims_given.control("c1", "sdf", "r1", claimant="a", when="2018-12-17")
    for actor, expected in (("sdf", ("one_voice", 1)), ("is", ("disputed", 2))):
        other = claims_given.control(
            "c2", actor, "r2", claimant="b", when="2018-12-17", based_on=based_on(rests_on=["r1"])
        )
        picture = control("town", [one, other], always, Sides({}), claims_given.at("2018-12-17"))
        assert (picture.verdict, picture.voices) == expected
    from_one = [
        claims_given.control(
            f"c{nth}", "sdf", f"r{nth}", claimant=who, when="2018-12-17", based_on=based_on(derived_from=["r1"])
        )
        for nth, who in ((2, "b"), (3, "c"))
    ]
    for dispatch in ([], [one], [replace(one, discredited=True)], [replace(one, withdrawn=True)]):
        picture = control("town", [*dispatch, *from_one], always, Sides({}), claims_given.at("2018-12-17"))
        assert (picture.verdict, picture.voices) == ("one_voice", 1)
        assert [hold.voices for hold in picture.holds] == [1]
    again = claims_given.control(
        "c4", "sdf", "r4", claimant="a", when="2018-12-17", based_on=based_on(derived_from=["r1"]), position=10**6
    )
    beside = claims_given.control("c5", "sdf", "r1", claimant="b", when="2018-12-17")
    picture = control("town", [one, beside, again], always, Sides({}), claims_given.at("2018-12-17"))
    assert (picture.verdict, picture.voices) == ("agreed", 2), "its own word, said once more"


def test_what_shares_an_origin_shares_it_with_all_that_do() -> None:
    held = [("c1", "as1"), ("c1", "as3"), ("c2", "as1"), ("c2", "as2"), ("c3", "as2"), ("c3", "as3"), ("c9", "as9")]
    assert shared_origins(held) == {"c1": "as1", "c2": "as1", "c3": "as1", "c9": "as9"}
    assert shared_origins(held[::-1]) == shared_origins(held)
    # Of those that were held to share one, one has found its claimant since.
    sharing = [killed(f"k{nth}", f"r{nth}", who, same_origin="as1") for nth, who in ((1, None), (2, "a"), (3, None))]
    assert told(*sharing, killed("k4", "r4", None)) == ("one_voice", 1, 1)


@st.composite
def words(draw: st.DrawFn) -> list[InForce]:
    reports = ["r0", "r1", "r2", "r3"]
    some = st.lists(st.sampled_from(reports), max_size=1)
    return [
        killed(
            f"k{nth}", draw(st.sampled_from(reports)), draw(st.sampled_from(["a", "b", "c", None])),
            draw(st.sampled_from([30, 30, 31])), derived_from=draw(some), rests_on=draw(some),
            credits=draw(st.lists(st.sampled_from(["a", "b"]), max_size=1)),
        )
        for nth in range(draw(st.integers(1, 6)))
    ]  # fmt: skip


@given(words(), st.sampled_from(["derived_from", "rests_on"]), st.data())
def test_a_copy_that_says_not_who_never_makes_more_voices(found: list[InForce], how: str, data: st.DataObject) -> None:
    before = only(*found)
    copied = data.draw(st.sampled_from(found))
    assert isinstance(copied.content, Figure)
    best = int(copied.content.best or 0)
    copy = killed("copy", "copying", None, best, **{how: [copied.report]})
    after = only(*found, copy)
    assert after.voices <= before.voices
    if copied in [line.claim for line in before.lines]:
        assert after.unattributed <= before.unattributed
    if before.verdict != "agree":
        assert after.verdict != "agree"
