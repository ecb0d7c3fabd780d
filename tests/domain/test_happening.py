"""What a measure comes to in one happening, by what each voice says of the whole of it."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.figures import NO_BEST, FigureGroup, Line, latest_per_claimant
from domain.in_force import InForce
from domain.words import Range
from tests.domain.claims_given import figure


def killed(claim: str, report: str = "r1", **more: Any) -> InForce:
    return figure(claim, report, **{"measure": "killed", "when": "2018-12-17", **more})


def whole(*claims: InForce) -> FigureGroup | None:
    """What is told of one incident is one group."""
    of_one = [replace(claim, incidents=("i1",), incident="i1") for claim in claims]
    groups = latest_per_claimant(of_one, None).groups
    assert len(groups) == bool(claims)
    return groups[0] if groups else None


def come_to(group: FigureGroup | None) -> tuple[Any, ...]:
    assert group is not None
    assert group.range is not None
    return group.range.low, group.range.high, group.range.best, group.verdict


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
    assert come_to(whole(*said)) == found


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
    assert come_to(whole(*said)) == found


def test_what_was_counted_in_a_town_may_have_been_at_its_market() -> None:
    market = replace(killed("c1", best=14, **A, **MARKET), lies_in=frozenset({"town"}))
    town = killed("c2", best=19, **B, place="town", when="2018-12-10")
    assert come_to(whole(market, town)) == (14, 19, None, "disagree")
    assert come_to(whole(market, killed("c2", best=14, **B, place="town", when="2018-12-10"))) == (14, 14, 14, "agree")
    # One voice that gives both tells of a part perhaps, and of no change.
    own = killed("c2", best=19, **A, place="town", when="2018-12-10")
    assert come_to(whole(market, own)) == (14, 19, None, "ambiguous")


def test_a_day_beside_is_not_meant_by_who_tells_of_the_very_day() -> None:
    """Two voices that tell of the same two days, and agree on both."""
    days = [
        killed(f"{name}{day}", f"r{name}{day}", best=best, when=f"2018-12-{day}", claimant=name)
        for name in ("a", "b")
        for day, best in (("17", 5), ("18", 7))
    ]
    assert come_to(whole(*days)) == (7, None, None, "ambiguous")


def test_a_part_is_no_number_of_the_whole_of_a_happening() -> None:
    of_whom = killed("c2", best=12, **A)
    assert come_to(whole(replace(killed("c1", best=30, **A), parts=("c2",)), of_whom)) == (30, 30, 30, "one_voice")
    later = killed("c2", best=12, **A | {"when": "2018-12-17/2018-12-20"})
    assert come_to(whole(replace(killed("c1", best=30, **A), parts=("c2",)), later)) == (30, 30, 30, "one_voice")


def test_nothing_comes_of_what_gives_no_number() -> None:
    assert whole() is None
    unknown = whole(killed("c1", qualifier="unknown"))
    assert unknown is not None
    assert (unknown.range, unknown.verdict) == (None, "nothing")


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
    told = whole(*claims)
    assert told is not None
    assert told.range is not None
    standing = told.lines

    def beyond(one: Range | None, other: Range | None) -> bool:
        assert one is not None
        assert other is not None
        return other.high is not None and one.low > other.high

    def meet(one: Line, other: Line) -> bool:
        first, second = one.claim.so, other.claim.so
        return (
            not first
            or not second
            or max(first.earliest_start, second.earliest_start) <= min(first.latest_end, second.latest_end)
        )

    def tells_nearer(one: Line, other: Line) -> bool:
        """Of two days side by side: whether the voice of the other tells of the very day too."""
        return any(third.voice == other.voice and third.claim.so and meet(one, third) for third in standing)

    pairs = [(one, other) for one, other in product(standing, standing) if beyond(one.range, other.range)]
    if any(
        one.voice != other.voice and (meet(one, other) or not (tells_nearer(one, other) or tells_nearer(other, one)))
        for one, other in pairs
    ):
        assert told.verdict == "disagree"
    elif pairs:
        assert told.verdict in NO_BEST
    assert told.range.best is None or told.verdict not in NO_BEST
    assert told.voices + told.unattributed == len({line.voice for line in standing})
