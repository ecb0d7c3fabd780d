"""What is told since a day, by a report that came out then: of no later than that, and of all until that."""

from typing import Any

import pytest

from domain import when
from domain.contradictions import contradictions
from domain.control import CONTROL_FROM_SNAPSHOTS, CONTROL_FROM_SNAPSHOTS_1, ControlRule, control
from domain.figures import FigurePicture, latest_per_claimant, latest_per_claimant_1
from domain.in_force import InForce
from domain.sides import Sides
from domain.when import EARLIEST, LATEST, Bounds, Span
from tests.domain.claims_given import at, figure
from tests.domain.claims_given import control as hold

SINCE = "2020-01-05/.."


def killed(claim: str, best: int, published: str, **more: Any) -> InForce:
    told = {"measure": "killed", "claimant": "s1", "when": SINCE} | more
    return figure(claim, f"r-{published}", best=best, published=published, **told)


def counted(picture: FigurePicture) -> list[tuple[int | None, str, int | None]]:
    lines = [line for group in picture.groups for line in group.lines]
    return [(None if line.range is None else int(line.range.low), line.state, line.age_days) for line in lines]


def test_a_toll_since_a_day_grows_from_report_to_report() -> None:
    tolls = [killed("c1", 100, "2020-01-25"), killed("c2", 300, "2020-03-20")]
    told = {day: counted(latest_per_claimant(tolls, at(day))) for day in ("2020-01-05", "2020-01-25", "2020-02-10")}
    assert told == {
        "2020-01-05": [(100, "period", None)],
        "2020-01-25": [(100, "period", None)],
        "2020-02-10": [(100, "last_known", 16)],
    }
    assert counted(latest_per_claimant(tolls, at("2020-03-20"))) == [(300, "period", None)]
    assert counted(latest_per_claimant(tolls, at("2025-01-01"))) == [(300, "last_known", 1748)]
    assert [claim.capped for claim in tolls] == [at("2020-01-25"), at("2020-03-20")]


def test_a_toll_since_a_day_contradicts_who_closed_it_by_hand() -> None:
    other = killed("c3", 20, "2020-03-20", claimant="s2", when="2020-01-05/2020-03-20")
    (pair,) = contradictions([killed("c2", 300, "2020-03-20"), other])
    assert ({pair.one.claim, pair.other.claim}, pair.time) == ({"c2", "c3"}, "certain")


def test_a_stock_since_a_day_gives_way_to_the_later_number_of_its_voice() -> None:
    present = [
        killed("c1", 300, "2020-01-25", measure="present"),
        killed("c2", 50, "2021-05-20", measure="present", when="2020-05-10"),
    ]
    picture = latest_per_claimant(present, at("2020-06-20"))
    assert counted(picture) == [(50, "last_known", 41)]
    assert [(one.claim.claim, one.why) for one in picture.set_aside] == [("c1", "superseded")]


def test_by_the_first_rules_an_open_end_is_open() -> None:
    tolls = [killed("c1", 100, "2020-01-25"), killed("c2", 300, "2020-03-20")]
    assert counted(latest_per_claimant_1(tolls, at("2025-01-01"))) == [(300, "period", None)]
    assert held("2025-01-01", CONTROL_FROM_SNAPSHOTS_1) == ("agreed", ["last_known", "possible"])


def held(day: str, rule: ControlRule = CONTROL_FROM_SNAPSHOTS) -> tuple[str, list[str]]:
    said = [
        hold("k1", "is", published="2020-03-20", claimant="s1", when=SINCE),
        hold("k2", "sdf", published="2020-03-20", claimant="s2", when="2020-02-10"),
    ]
    picture = control("town", said, {"town": ((EARLIEST, LATEST),)}, Sides({}), at(day), rule=rule)
    return picture.verdict, sorted(state.state for state in picture.states)


def test_who_held_a_town_since_a_day_held_it_on_that_day_and_denies_that_it_was_lost() -> None:
    assert held("2020-01-05") == ("one_voice", ["certain"])
    assert held("2020-02-10") == ("disputed", ["certain", "certain"])
    # On its last day too; as of a closed interval.
    assert held("2020-03-20") == ("disputed", ["certain", "last_known"])
    assert held("2020-03-21") == ("order_unknown", ["last_known", "last_known"])


@pytest.mark.parametrize(
    ("date", "published", "closed"),
    [
        ("2020-01-05/..", "2020-03-20", "2020-01-05/2020-03-20"),
        ("2020-01-05/", "2020-03-20", "2020-01-05/2020-03-20"),
        ("2020-01-05/..", "2020-03", "2020-01-05/2020-03"),
        # It began by then, and the day is meant whole.
        ("2020-03/..", "2020-03-20T14:00:00Z", "2020-03/2020-03-20"),
        ("2020-03-20T18:00:00Z/..", "2020-03-20T14:00:00Z", "2020-03-20T18:00:00Z/2020-03-20"),
        # By when the report was out is not known; what was to come.
        ("2020-01-05/..", "2020-03-20/..", "2020-01-05/.."),
        ("2020-03-21/..", "2020-03-20", "2020-03-21/.."),
        # No end is open.
        ("2020-01-05/2020-06", "2020-03-20", "2020-01-05/2020-06"),
        ("../2020-06", "2020-03-20", "../2020-06"),
    ],
)
def test_an_open_end_is_when_its_report_came_out(date: str, published: str, closed: str) -> None:
    claim = killed("c1", 5, published, when=date)
    assert claim.so == when.span(closed, period=True)
    assert (claim.capped is None) == (closed == date)
    assert claim.with_its_end().so == when.span(date, period=True)
    assert claim.with_its_end().capped is None


def test_what_has_no_day_after_it_is_not_closed() -> None:
    so = Span(1, 2, 3, LATEST)
    assert so.closed(Bounds(LATEST, LATEST)) == so
