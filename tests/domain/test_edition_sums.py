"""sum-of-edition: given figures of a dataset's incidents, then totals over them."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.edition_sums import EditionSum, EditionSums, EditionTotals, FirstEditionSums, SumAsked
from domain.in_force import InForce
from tests.domain.claims_given import at, figure


def row(
    claim: str, incident: str | None, best: int | None = None, when: str | None = "2018-12-01", **more: Any
) -> InForce:
    said = {"measure": "killed", "claimant": "ucdp", "dataset": "ged", "incident": incident, "best": best, "when": when}
    return figure(claim, "ged-19-1", **(said | more))


def totals(*claims: InForce, **asked: Any) -> EditionTotals:
    sums = EditionSums(SumAsked(**asked))
    for claim in claims:
        sums.add(claim)
    return sums.result()


def only(*claims: InForce, **asked: Any) -> EditionSum:
    (found,) = totals(*claims, **asked).sums
    return found


def numbers(found: EditionSum) -> tuple[Any, Any, Any]:
    return found.low, found.best, found.high


def test_different_incidents_are_added_each_number_on_its_own() -> None:
    found = only(row("c1", "i1", 3, low=2, high=5), row("c2", "i2", 10), row("c3", "i3", 0, place="elsewhere"))
    assert numbers(found) == (12, 13, 15)
    assert (found.incidents, found.claims, found.without_best, found.without_number) == (3, 3, 0, 0)
    assert (found.dataset, found.claimant, found.subject, found.period, found.left_out) == (
        "ged",
        "ucdp",
        None,
        None,
        {},
    )
    assert totals().sums == ()


def test_claims_about_one_incident_are_never_added() -> None:
    found = only(row("c1", "i1", 3, low=2, high=5), row("c2", "i1", 4, low=4, high=9), row("c3", "i2", 1))
    assert numbers(found) == (3, 5, 10)
    assert (found.incidents, found.claims) == (2, 3)


def test_incidents_that_one_claim_tells_of_together_are_one() -> None:
    both = replace(row("c1", "a", 30), incidents=("a", "m"), incident=None)
    alone = only(both)
    assert (numbers(alone), alone.incidents, alone.claims) == ((30, 30, 30), 1, 1), "once, not in each"
    found = only(both, row("c2", "m", 50), row("c3", "other", 7))
    assert (numbers(found), found.incidents, found.claims) == ((37, 57, 57), 2, 3), "a and m may be the same dead"
    first = FirstEditionSums(SumAsked())
    for claim in (both, row("c2", "m", 50)):
        first.add(claim)
    assert [one.best for one in first.result().sums] == [80], "as it was: by which id comes first"
    women = replace(row("c4", "m", 12, group="women"), incidents=("m", "x"), incident=None)
    assert [one.incidents for one in totals(both, women, row("c5", "x", 9)).sums] == [1, 1], "of one dataset alike"


def test_which_incidents_are_one_depends_on_no_time_and_no_place_asked_for() -> None:
    january, february = row("p1", "i1", 30, "2018-01-01"), row("p2", "i2", 50, "2018-02-01")
    bridge = replace(row("br", "i1", 80, "2018-01/2018-02", group="women"), incidents=("i1", "i2"), incident=None)
    whole = totals(january, february, bridge).sums[0]
    assert (numbers(whole), whole.incidents, whole.claims, whole.taken_as_one) == ((30, 50, 50), 1, 2, 2)
    by_time = totals(january, february, bridge, since=at("2017-12-31"), until=at("2018-02-02")).sums
    assert [(numbers(one), one.taken_as_one, dict(one.left_out)) for one in by_time] == [
        ((30, 50, 50), 2, {}),
        ((0, 0, 0), 0, {"straddling": 1}),
    ]
    beyond = only(january, february, replace(bridge, so=figure("x", when="2019").so), until=at("2018-12-31"))
    assert (numbers(beyond), beyond.taken_as_one) == ((30, 50, 50), 2)

    elsewhere = EditionSums(SumAsked())
    for claim in (january, february):
        elsewhere.add(claim)
    elsewhere.together(bridge)
    (of_the_town,) = elsewhere.result().sums
    assert (numbers(of_the_town), of_the_town.claims, of_the_town.taken_as_one) == ((30, 50, 50), 2, 2)

    withdrawn = replace(bridge, withdrawn=True)
    assert [numbers(one) for one in totals(january, february, withdrawn).sums] == [(80, 80, 80), (0, 0, 0)]
    other = replace(bridge, dataset="other")
    assert numbers(totals(january, february, other).sums[0]) == (80, 80, 80), "of another dataset"
    later = row("p3", "i2", 9, "2018-02-01")
    assert only(later, row("p4", "i2", 7)).taken_as_one == 0, "one incident is no several"


def test_what_has_no_best_or_no_bound_says_so() -> None:
    found = only(
        row("c1", "i1", qualifier="at_least", low=7),
        row("c2", "i2", 5),
        row("c3", "i3", qualifier="unknown"),
        row("c4", "i4", qualifier="between", low=1, high=3),
    )
    assert numbers(found) == (13, 13, None)
    assert (found.incidents, found.without_best, found.without_number) == (4, 2, 1)
    # One that has no number takes nothing from another about the same incident.
    assert numbers(only(row("c1", "i1", 5), row("c2", "i1", qualifier="unknown"))) == (5, 5, 5)


def test_one_sum_for_each_coordinate_in_order() -> None:
    found = totals(
        row("c1", "i1", 1),
        row("c2", "i1", 2, subject="sdf"),
        row("c3", "i1", 3, group="civilians"),
        row("c4", "i1", 4, by="is"),
        row("c5", "i1", 5, cause="airstrike"),
        row("c6", "i1", 6, claimant="acled"),
        row("c7", "i1", 7, dataset="daily"),
    ).sums
    assert [(one.dataset, one.claimant, one.subject, one.group, one.by, one.cause, one.best) for one in found] == [
        ("daily", "ucdp", None, None, None, None, 7),
        ("ged", "acled", None, None, None, None, 6),
        ("ged", "ucdp", None, None, None, None, 1),
        ("ged", "ucdp", None, None, None, "airstrike", 5),
        ("ged", "ucdp", None, None, "is", None, 4),
        ("ged", "ucdp", None, "civilians", None, None, 3),
        ("ged", "ucdp", "sdf", None, None, None, 2),
    ]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"withdrawn": True, "incident": None}, "withdrawn"),
        ({"discredited": True}, "discredited"),
        ({"hedge": "intended"}, "intended"),
        ({"incident": None, "when": None}, "without_incident"),
        ({"when": None}, "undated"),
        ({"when": "2018-11-30/2018-12-02"}, "straddling"),
        ({"when": "2018-12-30/2019-01-02"}, "straddling"),
        ({"when": "2018-11~/2018-12"}, "straddling"),
    ],
)
def test_what_is_left_out_is_counted_under_its_reason(more: dict[str, Any], why: str) -> None:
    given_row: dict[str, Any] = {"incident": "i2", "best": 50} | more
    gone = row("gone", **given_row)
    found = only(row("c1", "i1", 3), gone, since=at("2018-11-30") + 1, until=at("2018-12-31"))
    assert (numbers(found), found.claims, found.left_out) == ((3, 3, 3), 1, {why: 1})


def test_what_lies_wholly_outside_was_not_asked_for() -> None:
    before, after = row("b", "i2", 50, "2018-11", withdrawn=True), row("a", "i3", 50, "2019-01-01")
    found = only(before, after, row("c1", "i1", 3), since=at("2018-11-30") + 1, until=at("2018-12-31"))
    assert (found.best, found.left_out) == (3, {})
    # Without a time asked for, a date is not needed.
    assert only(row("c1", "i1", 3, None)).best == 3
    assert only(row("c1", "i1", 3), row("none", "i2", 4, dataset=None)).best == 3


def test_a_sum_is_divided_by_where_periods_start_in_the_time_zone_of_the_dossier() -> None:
    rows = [row("c1", "i1", 1, "2018-12-31T23:30:00Z"), row("c2", "i2", 2, "2018-12-30/2019-01-02"),
            row("c3", "i3", 4, "2019-02"), row("c4", "i4", 8, None), row("c5", "i5", 16, "../2018")]  # fmt: skip
    assert [(one.period, one.best, one.incidents, one.left_out) for one in totals(*rows, by="year").sums] == [
        (None, 0, 0, {"undated": 2}),
        ("2018", 3, 2, {}),
        ("2019", 4, 1, {}),
    ]
    damascus = totals(*rows[:3], by="month", time_zone="Asia/Damascus").sums
    assert [(one.period, one.best) for one in damascus] == [("2018-12", 2), ("2019-01", 1), ("2019-02", 4)]
    assert only(row("c1", "i1", 1, "-0044-03-15"), by="month").period == "-000044-03"


def test_an_incident_stands_in_one_part_of_a_divided_sum() -> None:
    rows = [row("c1", "i1", 5, "2019-01-03"), row("c2", "i1", 7, "2018-12-31"), row("c3", "i2", 1, "2019-06")]
    assert [(one.period, one.best) for one in totals(*rows, by="year").sums] == [("2018", 7), ("2019", 1)]


def test_parts_stand_beside_their_total() -> None:
    rows = [
        row("t1", "i1", 10), row("a1", "i1", 6, subject="is"), row("b1", "i1", 4, subject="sdf"),
        row("t2", "i2", 3), row("c2", "i2", 3, group="civilians", by="is"), row("t3", "i3", 0),
    ]  # fmt: skip
    (partition,) = totals(*rows).partitions
    assert (partition.dataset, partition.claimant, partition.complete) == ("ged", "ucdp", True)
    assert partition.total.best == sum(part.best for part in partition.parts) == 13
    assert [(part.subject, part.group) for part in partition.parts] == [
        (None, "civilians"),
        ("is", None),
        ("sdf", None),
    ]


@pytest.mark.parametrize(
    "more",
    [
        [row("t2", "i2", 3)],
        [row("t2", "i2", 3), row("a2", "i2", 2, subject="is")],
        [row("t2", "i2", qualifier="at_least", low=3), row("a2", "i2", 3, subject="is")],
        [row("t2", "i2", 3), row("a2", "i2", 3, subject="is"), row("b2", "i2", qualifier="some", group="civilians")],
        [row("a2", "i2", 2, subject="is")],
        # What is missing in one incident does not make up for what is too much in another.
        [row("t2", "i2", 3), row("a2", "i2", 4, subject="is"), row("t3", "i3", 3), row("a3", "i3", 2, subject="is")],
    ],
)
def test_parts_that_do_not_add_up_in_every_incident_are_not_complete(more: list[InForce]) -> None:
    complete = [row("t1", "i1", 10), row("a1", "i1", 10, subject="is")]
    assert [one.complete for one in totals(*complete).partitions] == [True]
    assert [one.complete for one in totals(*complete, *more).partitions] == [False]


def test_a_total_of_one_cause_has_parts_of_that_cause_and_another_dataset_none() -> None:
    rows = [row("t1", "i1", 5, cause="airstrike"), row("a1", "i1", 5, cause="airstrike", group="civilians"),
            row("a2", "i1", 2, cause="shelling", group="civilians"), row("t9", "i9", 2, dataset="daily")]  # fmt: skip
    (partition,) = totals(*rows).partitions
    assert ([part.cause for part in partition.parts], partition.complete) == (["airstrike"], True)


def test_what_is_true_at_a_moment_is_left_out_and_counted_so() -> None:
    rows = [
        row(f"c{nth}", None, 500, measure="present", group=group) for nth, group in enumerate(("displaced", "host"))
    ]
    taken_back = replace(rows[0], withdrawn=True)
    assert [(one.group, one.claims, one.best, dict(one.left_out)) for one in totals(*rows, taken_back).sums] == [
        ("displaced", 0, 0, {"stock": 1, "withdrawn": 1}),
        ("host", 0, 0, {"stock": 1}),
    ]
    first = FirstEditionSums(SumAsked())
    with pytest.raises(ValueError, match="never added"):
        first.add(rows[0])


def test_what_must_never_be_added_is_not() -> None:
    sums = EditionSums(SumAsked())
    sums.add(row("c1", "i1", 1))
    for other in ({"measure": "injured"}, {"unit": "families"}, {"measure": "fighters"}):
        with pytest.raises(ValueError, match="never added"):
            sums.add(row("c2", "i2", 1, **other))
    assert sums.result().sums[0].claims == 1


rows = st.builds(
    lambda incident, best, when, subject, nth: row(f"c{nth}", incident, best, when, subject=subject),
    st.sampled_from(["i1", "i2", "i3"]),
    st.integers(0, 20),
    st.sampled_from(["2018-12-01", "2018-12", "2019-01-05", "2018-12-30/2019-01-02"]),
    st.sampled_from([None, "is", "sdf"]),
    st.integers(0, 10**6),
)


@given(st.lists(rows, max_size=12), st.randoms(use_true_random=False), st.sampled_from([None, "year", "month"]))
def test_sums_are_the_same_in_any_order_and_their_parts_add_up(
    claims: list[InForce], chance: random.Random, by: Any
) -> None:
    whole = totals(*claims)
    assert totals(*chance.sample(claims, len(claims)), by=by) == totals(*claims, by=by)
    divided = totals(*claims, by=by).sums
    for one in whole.sums:
        assert sum(part.best for part in divided if part.subject == one.subject) == one.best
        assert 0 <= one.low <= one.best <= (one.high or 0)


@given(st.lists(rows, max_size=8), rows)
def test_a_withdrawn_row_more_changes_only_what_is_left_out(claims: list[InForce], gone: InForce) -> None:
    before = {one.subject: one for one in totals(*claims).sums}
    for one in totals(*claims, replace(gone, withdrawn=True)).sums:
        if one.incidents:
            assert replace(one, left_out={}) == before[one.subject]
        assert one.left_out == ({"withdrawn": 1} if one.subject == gone.content.subject else {})  # type: ignore[union-attr]


@given(st.lists(rows, max_size=10))
def test_one_incident_counts_no_more_than_its_widest_range(claims: list[InForce]) -> None:
    together = [replace(claim, incidents=("merged",)) for claim in claims]
    for one in totals(*together).sums:
        said: list[Any] = [
            claim.content.best  # type: ignore[union-attr]
            for claim in claims
            if claim.content.subject == one.subject  # type: ignore[union-attr]
        ]
        assert numbers(one) == (min(said), max(said), max(said))
