"""cannot-all-be-right: given claims of one topic, then the pairs that contradict each other."""

from dataclasses import replace
from itertools import combinations
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contradictions import contradictions, contradictions_1
from domain.in_force import InForce
from domain.set_aside import earlier_tolls, earlier_words, order, published_in, split
from domain.words import Range
from tests.domain.claims_given import figure, is_flow

Pairs = list[tuple[str, str, str, bool]]


def pairs(*claims: InForce) -> Pairs:
    return [(one.one.claim, one.other.claim, one.time, one.declared) for one in contradictions(claims)]


def stock(claim: str, best: int, when: str | None, claimant: str | None, **more: Any) -> InForce:
    return figure(claim, best=best, when=when, claimant=claimant, **more)


def flow(claim: str, best: int, when: str | None, claimant: str | None, **more: Any) -> InForce:
    return figure(claim, measure="killed", best=best, when=when, claimant=claimant, **more)


def test_the_fighters_of_december_cannot_both_be_right() -> None:
    us = figure("c108", "hajin-2018-12", qualifier="about", best=2000, claimant="us-officials", when="2018-12")
    ad = figure("c207", "ad-2018-12-17", qualifier="about", best=5000, when="2018-12-17")
    (found,) = contradictions([ad, us])
    assert (found.one, found.other, found.ranges) == (us, ad, (Range(1500, 2500, 2000), Range(4500, 5500, 5000)))
    assert (found.time, found.declared) == ("possible", False)


def test_a_camp_that_grows_contradicts_nobody() -> None:
    assert pairs(stock("c312", 34000, "2018-12", None), stock("c311", 45000, "2019-03", "united-nations")) == []


def test_a_camp_that_was_not_empty() -> None:
    empty = stock("c308", 0, "2019-03-01", None, report="unseen")
    some = figure("c317", "baghouz", qualifier="some", when="2019-03", disputes=("c308",))
    # By the order of spans the month begins when the day does, and its end is later.
    assert pairs(empty, some) == [("c308", "c317", "possible", True)]


@pytest.mark.parametrize(
    ("one", "other", "time"),
    [
        ("2018-12-01", "2018-12-01", "certain"),
        ("2018-12-01T10:00:00Z", "2018-12-01T10:00:00Z", "certain"),
        ("2018-11/2018-12", "2018-11-10/2018-12-15", "certain"),
        ("2018-11/2018-12", "2018-12", "possible"),
        ("2018-10/2018-11", "2018-12", None),
        ("2018", None, "possible"),
        (None, None, "possible"),
    ],
)
def test_a_stock_is_compared_where_both_may_have_been_so(one: str | None, other: str | None, time: str | None) -> None:
    expected = [] if time is None else [time]
    assert [time for *_, time, _ in pairs(stock("a", 1, one, "a"), stock("b", 2, other, "b"))] == expected
    assert pairs(stock("a", 1, one, "a"), stock("b", 1, other, "b")) == []
    assert pairs(stock("a", 1, one, "a"), stock("b", 2, other, "a")) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # The same period: any two ranges that do not meet.
        (("2018-12", 1), ("2018-12", 2), "certain"),
        (("2018-12", 1), ("2018-12-01/2018-12-31", 2), "certain"),
        (("2018-12", 1), ("2018-12", 1), None),
        # One within the other: no more in the part than in the whole.
        (("2018-12", 5), ("2018-12-10", 6), "certain"),
        (("2018-12", 5), ("2018-12-10", 4), None),
        # A day with which a period begins or ends is in it, and what begins by the same date does so at once.
        (("2018-12-01/2018-12-15", 90), ("2018-12-01/2018-12-10", 100), "certain"),
        (("2018-12-01/2018-12-10", 90), ("2018-12-05/2018-12-10", 100), "certain"),
        (("2018-12-01/2018-12-10", 90), ("2018-12-10", 100), "certain"),
        (("2018-12-01/2018-12-10", 90), ("2018-12-10/2018-12-11", 100), None),
        (("2018-11/2019-01", 90), ("2018-11/2018-12-10", 100), "certain"),
        (("2018-11/2019-01", 90), ("2018-11-20/2018-12-10", 100), None),
        # Not certainly within, or not at all: nothing to compare.
        (("2018-12~/2019-01", 5), ("2018-12-10", 6), None),
        (("2018-12", 5), ("2018-12-10/2019-01-02", 6), None),
        (("2018-11", 5), ("2018-12", 6), None),
        # Undated ones with each other only.
        ((None, 1), (None, 2), "possible"),
        ((None, 1), ("2018", 2), None),
    ],
)
def test_a_flow_is_compared_within_its_period(
    one: tuple[str | None, int], other: tuple[str | None, int], expected: str | None
) -> None:
    for words in (
        (flow("a", one[1], one[0], "a"), flow("b", other[1], other[0], "b")),
        (
            flow("b", other[1], other[0], "b"),
            flow("a", one[1], one[0], "a"),
        ),
    ):
        assert [time for *_, time, _ in pairs(*words)] == ([] if expected is None else [expected])


def test_what_does_not_stand_contradicts_nobody() -> None:
    one = stock("one", 1, "2018-12-01", "a")
    for gone in ({"withdrawn": True}, {"discredited": True}, {"hedge": "intended"}):
        assert pairs(one, stock("gone", 9, "2018-12-01", "b", **gone)) == []
    earlier = stock("earlier", 9, "2018-12-01", "b", published="2018-12-02", disputes=("one",))
    assert pairs(one, earlier) == [("earlier", "one", "certain", True)]
    assert pairs(one, earlier, stock("later", 1, "2018-12-01", "b", report="r2")) == []
    one, toll = (
        flow(claim, best, "2018-12-01/2018-12-10", claimant)
        for claim, best, claimant in (("one", 1, "a"), ("toll", 9, "b"))
    )
    assert pairs(one, toll) == [("one", "toll", "certain", False)]
    later = flow("later", 12, "2018-12-01/2018-12-11", "b")
    assert pairs(one, toll, later) == []


def test_a_part_is_never_compared_with_its_whole() -> None:
    for measure in ("fighters", "killed"):
        same: dict[str, Any] = {"measure": measure, "when": "2018-12-01"}
        part = figure("part", "r1", best=2000, **same)
        whole = figure("whole", "r2", best=5000, parts=("part",), claimant="a", **same)
        assert pairs(part, whole) == []
        assert [pair[:2] for pair in pairs(part, replace(whole, parts=()))] == [("part", "whole")]
        # What is said of both says nothing, and no part is more than its whole.
        assert [pair[:2] for pair in pairs(replace(part, parts=("whole",)), whole)] == [("part", "whole")]
        assert [pair[:2] for pair in pairs(figure("part", "r1", best=5001, **same), whole)] == [("whole", "part")]
        # Of what is part of another number of the topic nobody's whole is less, unless it is less than the part.
        other = figure("other", "r3", best=5000, claimant="b", **same)
        assert pairs(part, whole, other) == []
        assert [pair[:2] for pair in pairs(part, whole, replace(other, withdrawn=True))] == []
        low = figure("low", "r3", qualifier="at_most", high=1999, claimant="b", **same)
        assert [pair[:2] for pair in pairs(part, whole, low)] == [("part", "low"), ("whole", "low")]
        assert [pair[:2] for pair in pairs(part, replace(whole, parts=()), other)] == [
            ("part", "whole"),
            ("part", "other"),
        ]
        assert [declared for *_, declared in pairs(replace(part, disputes=("whole",)), whole)] == [True]


def test_an_earlier_time_of_one_voice_is_not_superseded_here() -> None:
    words = [
        stock("jan", 1, "2018-01-01", "a"),
        stock("feb", 1, "2018-02-01", "a"),
        stock("other", 5, "2018-01-01", "b"),
    ]
    assert pairs(*words) == [("jan", "other", "certain", False)]
    # The first version took a day for some moment within it.
    assert [pair.time for pair in contradictions_1(words)] == ["possible"]


def test_of_several_numbers_of_one_report_none_is_certainly_meant() -> None:
    rows = [stock("one", 1, "2018-01-01", "a"), stock("two", 2, "2018-01-01", "a")]
    other = stock("other", 5, "2018-01-01", "b", report="r2")
    found = contradictions([*rows, other])
    several = ("one_of_several",)
    assert [(pair.one.claim, pair.unsure) for pair in found] == [("one", several), ("two", several)]
    assert [(pair.one.claim, pair.unsure) for pair in contradictions_1([*rows, other])] == [("two", ())]


def test_a_claim_that_disputes_another_says_so_itself() -> None:
    one = stock("one", 1, "2018-01-01", "a")
    assert pairs(one, stock("other", 1, "2018-12-01", "b", disputes=("one", "elsewhere"))) == [
        ("one", "other", "possible", True)
    ]
    # What a voice disputes of its own is told as that, and is no contradiction of two.
    own = stock("own", 1, "2018-12-01", "a", disputes=("one",))
    assert pairs(one, own) == []
    assert [pair.declared for pair in contradictions_1([one, own])] == [True]
    unknown = figure("unknown", qualifier="unknown", claimant="b", when="2018-01-01", disputes=("one",))
    (found,) = contradictions([unknown, one])
    assert (found.declared, found.ranges) == (True, (Range(1, 1, 1), None))


def test_without_claims_nothing_contradicts() -> None:
    assert contradictions([]) == []


DATES = [None, "2018", "2018-11", "2018-12", "2018-12-01", "2018-12-15", "2018-11/2018-12", "2018-11-01/2018-12-15",
         "2018-11-05/2018-11-20", "2018-12-01T10:00:00Z", "../2018-12-01", "2018-12/.."]  # fmt: skip


@st.composite
def topics(draw: st.DrawFn) -> list[InForce]:
    measure = draw(st.sampled_from(["fighters", "killed"]))
    found = []
    for nth in range(draw(st.integers(1, 8))):
        low, high = sorted(draw(st.lists(st.integers(0, 9), min_size=2, max_size=2)))
        several = [{"low": low, "high": high}, {"qualifier": "at_least", "low": low}, {"best": low},
                   {"qualifier": "unknown"}]  # fmt: skip
        numbers: dict[str, Any] = draw(st.sampled_from(several))
        more = {"disputes": (f"c{draw(st.integers(0, 7))}",)} if draw(st.integers(0, 4)) == 0 else {}
        claimant = draw(st.sampled_from([None, "a", "b", "c"]))
        said = figure(f"c{nth}", draw(st.sampled_from(["r1", "r2"])), measure=measure, claimant=claimant,
                      when=draw(st.sampled_from(DATES)), **numbers, **more)  # fmt: skip
        found.append(said)
    return found


@given(topics(), st.data())
def test_pairs_are_the_same_in_any_order_and_stand_in_order(claims: list[InForce], data: st.DataObject) -> None:
    found = contradictions(claims)
    assert contradictions(data.draw(st.permutations(claims))) == found
    ranked = [(order(one.one), order(one.other)) for one in found]
    assert ranked == sorted(set(ranked))
    assert all(one < other for one, other in ranked)


@given(topics())
def test_whether_two_contradict_each_other_is_for_these_two_alone(claims: list[InForce]) -> None:
    """The sweep finds what asking every pair finds, among those that stand."""
    found = {frozenset((one.one.claim, one.other.claim)): one for one in contradictions(claims)}
    counted, _ = split(claims)
    superseded = (earlier_tolls if is_flow(claims[0]) else earlier_words)(counted, published_in)
    standing = [claim for claim in counted if claim.claim not in superseded]
    alone = {
        frozenset((one.claim, other.claim)): pair
        for one, other in combinations(standing, 2)
        for pair in contradictions([one, other])
    }
    assert alone == {pair: replace(one, unsure=()) for pair, one in found.items()}


@given(topics())
def test_a_withdrawn_claim_contradicts_nobody(claims: list[InForce]) -> None:
    gone = {claim.claim for claim in claims[::2]}
    marked = [replace(claim, withdrawn=claim.claim in gone) for claim in claims]
    assert contradictions(marked) == contradictions([claim for claim in claims if claim.claim not in gone])


@pytest.mark.parametrize("measure", ["fighters", "killed"])
def test_a_thousand_claims_that_agree_are_not_asked_pair_by_pair(measure: str) -> None:
    when = "2018" if measure == "fighters" else "2018-01-01/2018-12"
    claims = [figure(f"c{nth}", best=100, measure=measure, when=when, claimant=f"s{nth}") for nth in range(4_000)]
    begun = process_time()
    assert contradictions(claims) == []
    assert process_time() - begun < 2, "eight million pairs take longer"


@pytest.mark.parametrize("mark", ["~", "?", "%"])
@pytest.mark.parametrize("measure", ["fighters", "killed"])
def test_of_an_uncertain_or_rough_date_it_is_not_certain_that_two_tell_of_one_time(measure: str, mark: str) -> None:
    one = figure("f1", measure=measure, best=100, claimant="a", when=f"2018-12-10{mark}")
    other = figure("f2", "r2", measure=measure, best=300, claimant="b", when="2018-12-10")
    assert [pair.time for pair in contradictions([one, other])] == ["possible"]
    sure = figure("f1", measure=measure, best=100, claimant="a", when="2018-12-10")
    assert [pair.time for pair in contradictions([sure, other])] == ["certain"]
