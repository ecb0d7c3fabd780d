"""One origin counts once: given claims that name where they come from, then how many voices there are."""

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


def test_what_a_report_took_over_may_be_its_claimants_own_word() -> None:
    own, copy = killed("k2", "r1", "b"), killed("k3", "r2", "b", derived_from=["r1"], position=99)
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
