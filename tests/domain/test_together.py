"""What the groups of a topic come to together: a range that leaves none out, and no best that one contradicts."""

from typing import Any

import pytest

from domain.figures import latest_per_claimant
from domain.in_force import InForce
from domain.together import Together, VerdictTogether, together
from domain.words import Range
from tests.domain.claims_given import at, figure

JANUARY = at("2020-01-15")


def counted(claim: str, claimant: str | None, period: str, **said: Any) -> InForce:
    if not said.keys() & {"best", "low", "qualifier"}:
        said["best"] = 40
    return figure(claim, f"of-{claim}", measure="killed", claimant=claimant, when=period, **said)


def of(*claims: InForce, moment: int = JANUARY) -> Together:
    return together(latest_per_claimant(claims, moment).groups)


def test_a_third_number_of_a_shorter_period_hides_no_contradiction() -> None:
    two = counted("c1", "s1", "2020-01-10/2020-01-20", best=500), counted("c2", "s2", "2020-01-10/2020-01-20")
    assert of(*two) == Together(Range(40, 500), "disagree", 1)
    assert of(*two, counted("c3", "s3", "2020-01-11/2020-01-20", best=7)) == Together(Range(7, 500), "disagree", 2)


def test_periods_that_need_not_contradict_each_other_are_several() -> None:
    long = counted("c2", "s2", "2019-10/2020-01")
    assert of(counted("c1", "s1", "2020-01-01/2020-02-20", best=500), long) == Together(Range(40, 500), "several", 2)
    # All of the ten days lie within the four months.
    assert of(counted("c1", "s1", "2020-01-10/2020-01-20", best=500), long).verdict == "several"
    assert of(counted("c1", "s1", "2020-01-10/2020-01-20", best=30), long) == Together(Range(30, 40), "several", 2)


@pytest.mark.parametrize(
    ("best", "claimant", "period", "verdict"),
    [
        (500, "s2", "2020-01-02/2020-01-20", "disagree"),
        (500, "s1", "2020-01-02/2020-01-20", "several"),
        (500, "s2", "2020-01-02/2020-01-20?", "several"),
        (30, "s2", "2020-01-02/2020-01-20", "several"),
    ],
)
def test_more_within_a_period_than_in_all_of_it_is_a_certain_disagreement(
    best: int, claimant: str, period: str, verdict: VerdictTogether
) -> None:
    inner = counted("c2", claimant, period, best=best)
    found = of(counted("c1", "s1", "2020-01-01/2020-01-20"), inner)
    assert found == Together(Range(min(40, best), max(40, best)), verdict, 2)


def test_what_an_incident_counts_and_what_its_place_does_are_two() -> None:
    of_incident = counted("c1", "s1", "2020-01", incidents=("i",))
    its_own = counted("c2", None, "2020-01-05", best=5)
    assert of(of_incident, its_own, moment=at("2020-01-05")) == Together(Range(5, 40), "several", 2)
    # More than in its place: the one may be no part of the other.
    assert of(counted("c1", "s1", "2020-01-05", best=50, incidents=("i",)), counted("c2", "s2", "2020-01"),
              moment=at("2020-01-05")).verdict == "several"  # fmt: skip


def test_there_is_a_best_where_each_has_that_one() -> None:
    same = counted("c1", "s1", "2020-01"), counted("c2", "s2", "2019-12/2020-01")
    assert of(*same) == Together(Range(40, 40, 40), "several", 2)
    without = counted("c3", "s3", "2020-01-01/2020-02-10", qualifier="at_least", low=20)
    assert of(*same, without) == Together(Range(20, None), "several", 3)


def test_what_says_no_number_is_no_group_and_makes_no_number_younger() -> None:
    number = counted("c1", "s1", "2020-01-01/2020-01-20", qualifier="at_least", low=250)
    unknown = counted("c2", "s1", "2020-01-01/2020-02-10", qualifier="unknown")
    assert of(number, unknown, moment=at("2020-02-20")) == Together(Range(250), "one_voice", 1, 31)
    assert of(unknown, moment=at("2020-02-20")) == Together(None, "nothing", 0, 10)
    held = [figure("s", "r1", best=10, when="2020-01-01", claimant="s1", measure="fighters"),
            figure("u", "r2", qualifier="unknown", when="2020-01-15", claimant="s1", measure="fighters")]  # fmt: skip
    assert of(*held) == Together(Range(10, 10, 10), "one_voice", 1, 14)


def test_of_two_incidents_stocks_are_two_groups() -> None:
    held = [
        figure(incident, incident, best=best, when="2020-01-15", claimant="s1", incidents=(incident,))
        for incident, best in (("i", 5), ("j", 9))
    ]
    assert of(*held) == Together(Range(5, 9), "several", 2)
