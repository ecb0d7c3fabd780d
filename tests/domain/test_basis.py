from collections.abc import Sequence
from typing import NamedTuple

import pytest

from domain import when
from domain.basis import EVERYTHING, moves_of, reports_of
from domain.claim import (
    ClaimCorrected,
    ClaimGraded,
    ClaimRecorded,
    ClaimReinstated,
    ClaimRelated,
    ClaimRetracted,
    ClaimRevised,
    ClaimWithdrawn,
)
from domain.clocks import Clocks
from domain.fact import Fact
from domain.fields import StreamRef
from domain.report import (
    ReportCorrected,
    ReportDetails,
    ReportDiscredited,
    ReportDiscreditingLifted,
    ReportFiled,
    ReportReinstated,
    ReportRetracted,
    ReportWithdrawalRetracted,
    ReportWithdrawn,
)
from domain.statements import Mend
from tests.domain.given import words


class Happened(NamedTuple):
    position: int
    stream: StreamRef
    event: Fact


def filed(published: str = "2018-10-15") -> ReportFiled:
    return ReportFiled(details=ReportDetails.model_validate({"label": "R", "published": published}))


RECORDED = ClaimRecorded(report="oct", content=words())
REVISED = ClaimRevised(statement=2, after=1, report="dec", set={"text": {"value": "otherwise"}})
TAKEN_BACK = ClaimWithdrawn(statement=2, after=1, report="dec", reason="a mistake")
MOVED_TO_NOV = ClaimCorrected(mends=[Mend(statement=1, set={"report": "nov"})], reason="misfiled")


def basis(*happened: tuple[str, Fact], after: int = 4, upto: int = 99, clocks: Clocks = EVERYTHING) -> list[int]:
    """Where claim c1 moved: three reports at 1 to 3, the claim at 4, then what `happened` from 5 on."""
    log = [("report/oct", filed()), ("report/nov", filed("2018-11-15")), ("report/dec", filed("2018-12"))]
    events = [*log, ("claim/c1", RECORDED), *happened]
    told = [Happened(n, StreamRef(*name.split("/")), event) for n, (name, event) in enumerate(events, 1)]
    reports: dict[str, Sequence[Happened]] = {}
    for name in ("oct", "nov", "dec"):
        reports[name] = [each for each in told if each.stream == ("report", name)]
    claims = {"c1": [each for each in told if each.stream == ("claim", "c1")]}
    assert reports_of(claims["c1"]) <= reports.keys()
    return [each.position for each in moves_of("c1", claims, reports, after=after, upto=upto, clocks=clocks)]


@pytest.mark.parametrize(
    "event",
    [
        REVISED, TAKEN_BACK, MOVED_TO_NOV, ClaimRetracted(reason="no"), ClaimReinstated(reason="yes"),
        ReportCorrected(set={"published": "2018-10-16"}, reason="misread"),
        ReportCorrected(set={"published_bounds": None}, reason="misread"),
        ReportWithdrawn(when="2018-11", reason="no"), ReportWithdrawn(report="nov", reason="no"),
        ReportDiscredited(reason="made up"), ReportRetracted(reason="a draft"),
        ReportWithdrawalRetracted(reason="never"), ReportDiscreditingLifted(reason="borne out"),
        ReportReinstated(reason="no draft"),
    ],
    ids=lambda event: str(event.type),
)  # fmt: skip
def test_a_basis_moves_with_its_claims_and_their_reports(event: Fact) -> None:
    stream = "claim/c1" if event.type.startswith("claim") else "report/oct"
    assert basis((stream, event)) == [5]
    assert basis((stream, event), after=5) == []
    assert basis((stream, event), upto=4) == []


@pytest.mark.parametrize(
    ("stream", "event"),
    [
        ("claim/c1", ClaimGraded(credibility=2, reason="two agree")),
        ("claim/c1", ClaimRelated(relation="disputes", to=["c2"])),
        ("report/oct", ReportCorrected(set={"label": {"value": "L"}}, reason="misread")),
        ("report/nov", ReportDiscredited(reason="made up")),
        ("report/nov", ReportCorrected(set={"published": "2018"}, reason="misread")),
    ],
)
def test_a_basis_stays_where_nothing_that_it_says_changed(stream: str, event: Fact) -> None:
    assert basis((stream, event)) == []


def test_every_move_is_told_in_order() -> None:
    again = ("report/oct", ReportDiscredited(reason="made up"))
    assert basis(again, ("claim/c1", REVISED), ("claim/c1", ClaimRetracted(reason="no"))) == [5, 6, 7]
    assert basis(again, ("claim/c1", REVISED), ("claim/c1", ClaimRetracted(reason="no")), after=5, upto=6) == [6]


def test_a_report_counts_while_a_statement_stands_in_it() -> None:
    discredited = ReportDiscredited(reason="made up")
    # Before the statement was moved there, and after it was moved away.
    assert basis(("report/nov", discredited), ("claim/c1", MOVED_TO_NOV)) == [6]
    assert basis(("claim/c1", MOVED_TO_NOV), ("report/oct", discredited)) == [5]
    assert basis(("claim/c1", MOVED_TO_NOV), ("report/nov", discredited)) == [5, 6]
    # What it did while the statement stood there stays told.
    assert basis(("report/oct", discredited), ("claim/c1", MOVED_TO_NOV)) == [5, 6]
    # A later statement brings its report with it.
    assert basis(("report/dec", discredited), ("claim/c1", REVISED), ("report/dec", discredited)) == [6, 7]


def cut_off(date: str, *, certainly: bool = True) -> Clocks:
    instant = when.cut_off(date, field="reported_by")
    return Clocks(reported_by=instant, certainty="certain" if certainly else "possible")


@pytest.mark.parametrize("event", [REVISED, TAKEN_BACK])
def test_a_source_changed_its_word_once_the_report_that_says_so_is_out(event: Fact) -> None:
    change = ("claim/c1", event)
    assert basis(change, clocks=cut_off("2018-12-30")) == []
    assert basis(change, clocks=cut_off("2018-12-31")) == [5]
    assert basis(change, clocks=cut_off("2018-12-01", certainly=False)) == [5]
    assert basis(change, clocks=cut_off("2018-11-30", certainly=False)) == []


def test_that_report_is_taken_as_it_is_known_at_the_position() -> None:
    earlier = ("report/dec", ReportCorrected(set={"published": "2018-11-01"}, reason="misread"))
    assert basis(("claim/c1", REVISED), earlier, clocks=cut_off("2018-11-30")) == [5, 6]
    assert basis(("claim/c1", REVISED), earlier, upto=5, clocks=cut_off("2018-11-30")) == []
    # The statement was filed under another report since.
    moved = ("claim/c1", ClaimCorrected(mends=[Mend(statement=2, set={"report": "nov"})], reason="misfiled"))
    assert basis(("claim/c1", REVISED), moved, clocks=cut_off("2018-11-30")) == [5, 6]
    # A report that we mis-filed was never out.
    gone = ("report/dec", ReportRetracted(reason="a draft"))
    assert basis(("claim/c1", REVISED), gone, clocks=cut_off("2019")) == [6]
    assert basis(("claim/c1", REVISED), gone) == [5, 6]


def test_a_publisher_takes_a_report_back_on_a_day_or_in_another_report() -> None:
    on = ("report/oct", ReportWithdrawn(when="2018-11", reason="no"))
    assert basis(on, clocks=cut_off("2018-11-29")) == []
    assert basis(on, clocks=cut_off("2018-11-30")) == [5]
    assert basis(on, clocks=cut_off("2018-11-01", certainly=False)) == [5]
    there = ("report/oct", ReportWithdrawn(report="nov", reason="no"))
    assert basis(there, clocks=cut_off("2018-11-14")) == []
    assert basis(there, clocks=cut_off("2018-11-15")) == [5]


def test_what_we_changed_was_never_otherwise_whatever_the_cut_off() -> None:
    long_before = cut_off("2000")
    for stream, event in (
        ("claim/c1", MOVED_TO_NOV),
        ("claim/c1", ClaimRetracted(reason="no")),
        ("report/oct", ReportDiscredited(reason="made up")),
        ("report/oct", ReportCorrected(set={"published": "2018-10-16"}, reason="misread")),
        ("report/oct", ReportRetracted(reason="a draft")),
        ("report/oct", ReportReinstated(reason="no draft")),
        ("report/oct", ReportWithdrawalRetracted(reason="never")),
        ("report/oct", ReportDiscreditingLifted(reason="borne out")),
    ):
        assert basis((stream, event), clocks=long_before) == [5]
