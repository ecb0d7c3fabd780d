"""What a measure comes to in one happening, by what each voice says of the whole of it."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.figures import NO_BEST, latest_per_claimant
from domain.happening import CountedWhole, counted_whole
from domain.in_force import InForce
from domain.words import Range
from tests.domain.claims_given import figure


def killed(claim: str, report: str = "r1", **more: Any) -> InForce:
    return figure(claim, report, **{"measure": "killed", "when": "2018-12-17", **more})


def whole(*claims: InForce) -> CountedWhole | None:
    return counted_whole(latest_per_claimant(claims, None))


A: dict[str, Any] = {"claimant": "a"}
B: dict[str, Any] = {"claimant": "b"}
AT_LEAST_49: dict[str, Any] = {"qualifier": "at_least", "low": 49}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([killed("c1", best=35, **A)], (35, 35, 35, "one_voice")),
        ([killed("c1", best=35)], (35, 35, 35, "unattributed")),
        ([killed("c1", best=35, **A), killed("c2", best=35, **B)], (35, 35, 35, "agree")),
        # A best would hide that the other says more.
        ([killed("c1", best=35, **A), killed("c2", **AT_LEAST_49, **B)], (35, None, None, "disagree")),
        ([killed("c1", best=35, **A), killed("c2", "r2", best=49)], (35, 49, None, "disagree")),
        # Nor does another period, or none, make a happening two.
        ([killed("c1", best=35, **A), killed("c2", **AT_LEAST_49, **B, when=None)], (35, None, None, "disagree")),
        (
            [killed("c1", best=35, **A), killed("c2", best=49, when="2018-12-17/2018-12-20", **B)],
            (35, 49, None, "disagree"),
        ),
        (
            [killed("c1", best=35, when="2018-12-18", **A), killed("c2", best=49, when="2018-12-17/2018-12-20", **A)],
            (35, 49, None, "changed"),
        ),
        ([killed("c1", best=35, **A), killed("c2", best=35, when=None, **B)], (35, 35, 35, "agree")),
        ([killed("c1", best=35, **A), killed("c2", best=49, **A)], (35, 49, None, "ambiguous")),
    ],
)
def test_a_best_is_told_only_where_one_voice_says_it_or_they_agree(
    said: list[InForce], found: tuple[int, int | None, int | None, str]
) -> None:
    told = whole(*said)
    assert told is not None
    assert (told.range.low, told.range.high, told.range.best, told.verdict) == found


MARKET: dict[str, Any] = {"place": "market", "when": "2018-12-10"}
VILLAGE: dict[str, Any] = {"place": "village", "when": "2018-12-11"}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        # Of another place nobody says what the whole comes to: at least as many as in the one.
        (
            [
                killed("c1", best=16, **A, **MARKET),
                killed("c2", best=24, **B, **MARKET),
                killed("c3", best=1, **VILLAGE),
            ],
            (16, None, None, "disagree"),
        ),
        ([killed("c1", best=16, **A, **MARKET), killed("c2", best=1, **B, **VILLAGE)], (16, None, None, "ambiguous")),
        # Of days that lie apart, whoever tells of them; of one voice of any two.
        ([killed("c1", best=9, **A), killed("c2", best=2, when="2018-12-20", **B)], (9, None, None, "ambiguous")),
        ([killed("c1", best=9, **A), killed("c2", best=2, when="2018-12-18", **A)], (9, None, None, "ambiguous")),
        # A day apart may be one day, dated by another clock.
        ([killed("c1", best=9, **A), killed("c2", best=2, when="2018-12-18", **B)], (2, 9, None, "disagree")),
        # Of what leaves the place unsaid it may be all.
        (
            [
                killed("c1", best=16, **A, **MARKET),
                killed("c2", best=1, **A, **VILLAGE),
                killed("c3", best=17, when=None, **B),
            ],
            (16, 17, None, "disagree"),
        ),
    ],
)  # fmt: skip
def test_the_least_of_what_is_about_different_things_is_no_least(
    said: list[InForce], found: tuple[int, int | None, int | None, str]
) -> None:
    of_one = [replace(claim, incidents=("i1",), incident="i1") for claim in said]
    told = whole(*of_one)
    assert told is not None
    assert (told.range.low, told.range.high, told.range.best, told.verdict) == found


def test_what_was_counted_in_a_town_may_have_been_at_its_market() -> None:
    said = [killed("c1", best=14, **A, **MARKET), killed("c2", best=19, **B, place="town", when="2018-12-10")]
    of_one = [replace(claim, incidents=("i1",), incident="i1") for claim in said]
    told = counted_whole(latest_per_claimant(of_one, None), {"market": ["market", "town"], "town": ["town"]})
    assert told is not None
    assert (told.range, told.verdict) == (Range(14, 19), "disagree")


def test_a_part_is_no_number_of_the_whole_of_a_happening() -> None:
    told = whole(replace(killed("c1", best=30, **A), parts=("c2",)), killed("c2", best=12, **A))
    assert told is not None
    assert (told.range, told.verdict) == (Range(30, 30, 30), "one_voice")


def test_nothing_comes_of_what_gives_no_number() -> None:
    assert whole() is None
    assert whole(killed("c1", qualifier="unknown")) is None


numbers = st.tuples(
    st.sampled_from(["a", "b", "c", None]),
    st.integers(1, 4),
    st.sampled_from(["2018-12-17", "2018-12-18", "2018-12-17/2018-12-20", None]),
    st.booleans(),
)


@given(said=st.lists(numbers, min_size=1, max_size=5))
def test_no_dispute_is_hidden_whatever_the_periods(said: list[tuple[str | None, int, str | None, bool]]) -> None:
    """Against every pair of lines that stand, one by one."""
    claims = [
        killed(
            f"c{nth}", f"r{nth}", claimant=who, when=when,
            **({"qualifier": "at_least", "low": number} if at_least else {"best": number}),
        )
        for nth, (who, number, when, at_least) in enumerate(said)
    ]  # fmt: skip
    picture = latest_per_claimant(claims, None)
    standing = [line for group in picture.groups for line in group.lines]
    told = counted_whole(picture)
    assert told is not None

    def beyond(one: Range | None, other: Range | None) -> bool:
        assert one is not None
        assert other is not None
        return other.high is not None and one.low > other.high

    pairs = [(one, other) for one, other in product(standing, standing) if beyond(one.range, other.range)]
    if any(one.voice != other.voice for one, other in pairs):
        assert told.verdict == "disagree"
    elif pairs:
        assert told.verdict in NO_BEST
    assert told.range.best is None or told.verdict not in NO_BEST
    assert told.voices + told.unattributed == len({line.voice for line in standing})
