"""Corrections by the clocks: pure, so no log and no HTTP are needed to say which there are."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from domain import claim, incident, report, when
from domain.claim import ClaimCorrected, ClaimGraded, ClaimRecorded, ClaimRetracted, ClaimRevised, ClaimWithdrawn
from domain.clocks import Clocks
from domain.content import Figure
from domain.corrections import (
    Counted,
    HoldsFor,
    SinceDate,
    SinceReport,
    Structure,
    holds_for,
    is_shown,
    reports_of,
    touched,
)
from domain.fact import Fact
from domain.fields import StreamRef
from domain.incident import IncidentDescribed, IncidentDetails, IncidentOpened
from domain.report import ReportCorrected, ReportDetails, ReportFiled, ReportWithdrawn
from domain.statements import Mend
from tests.domain.given import fold

RULES = {"claim": claim, "report": report, "incident": incident}
PUBLISHED = {
    "oct": when.bounds("2018-10-15"),
    "nov": when.bounds("2018-11-15"),
    "dec": when.bounds("2018-12"),
}


class Happened(NamedTuple):
    position: int
    stream: StreamRef
    event: Fact


class Corrected(NamedTuple):
    recorded: Happened
    before: Any
    after: Any


def figure(**more: Any) -> Figure:
    return Figure.model_validate(
        {"kind": "figure", "measure": "killed", "unit": "people", "best": 5, "qualifier": "stated", "place": "hajin",
         "when": "2018-10", "claimant": "sohr"} | more
    )  # fmt: skip


def corrected(stream: str, *events: Fact) -> Corrected:
    """The last of a stream's events."""
    kind, _, id_ = stream.partition("/")
    rules = RULES[kind]
    before = fold(rules, events[:-1])
    return Corrected(Happened(len(events), StreamRef(kind, id_), events[-1]), before, rules.evolve(before, events[-1]))


RECORDED = ClaimRecorded(report="oct", content=figure())
REVISED = ClaimRevised(statement=2, after=1, report="dec", set={"best": 7})
WITHDRAWN = ClaimWithdrawn(statement=2, after=1, report="dec", reason="mistaken")
MENDED = ClaimCorrected(mends=[Mend(statement=1, set={"when": "2018-09"})], reason="misread")
FILED = ReportFiled(details=ReportDetails(label="October", published="2018-10-15"))
OPENED = IncidentOpened(details=IncidentDetails.model_validate({"title": "A strike", "when": "2018-10-02"}))


def shown(correction: Corrected, *, by: str | None = None, at: str | None = None, certainly: bool = True) -> bool:
    clocks = Clocks(
        None if at is None else when.cut_off(at, field="at"),
        None if by is None else when.cut_off(by, field="reported_by"),
        "certain" if certainly else "possible",
    )
    assert reports_of([correction]) <= PUBLISHED.keys()
    return is_shown(correction, clocks, PUBLISHED, "UTC")


@pytest.mark.parametrize("change", [REVISED, WITHDRAWN])
def test_a_source_changed_its_word_when_the_report_that_says_so_was_out(change: Fact) -> None:
    one = corrected("claim/c1", RECORDED, change)
    assert [shown(one, by=by) for by in (None, "2018-11-30", "2018-12-30", "2018-12-31")] == [True, False, False, True]
    assert shown(one, by="2018-12-01", certainly=False)


def test_our_own_mistake_is_one_as_soon_as_any_of_it_was_out() -> None:
    for change in (MENDED, ClaimRetracted(reason="never said"), ClaimGraded(credibility=2, reason="two agree")):
        one = corrected("claim/c1", RECORDED, change)
        assert [shown(one, by=by) for by in ("2018-10-14", "2018-10-15")] == [False, True]


def test_a_correction_is_of_the_time_that_it_told_of_before_or_after() -> None:
    one = corrected("claim/c1", RECORDED, MENDED)
    assert [shown(one, at=at) for at in ("2018-08-31", "2018-09", "2018-10", "2018-11-01")] == [
        False, True, True, False,
    ]  # fmt: skip
    undated = corrected("claim/c1", ClaimRecorded(report="oct", content=figure(when=None)), REVISED)
    assert shown(undated, at="1999")


def test_a_report_is_taken_back_on_a_day_or_in_another_report() -> None:
    on_a_day = corrected("report/oct", FILED, ReportWithdrawn(when="2018-11", reason="no"))
    assert [shown(on_a_day, by=by) for by in ("2018-11-29", "2018-11-30")] == [False, True]
    assert shown(on_a_day, by="2018-11-01", certainly=False)
    in_another = corrected("report/oct", FILED, ReportWithdrawn(report="nov", reason="no"))
    assert [shown(in_another, by=by) for by in ("2018-11-14", "2018-11-15")] == [False, True]
    mended = corrected("report/oct", FILED, ReportCorrected(set={"published": "2018-10-16"}, reason="misread"))
    assert [shown(mended, by=by) for by in ("2018-10-14", "2018-10-15")] == [False, True]


def test_a_report_that_is_not_known_to_be_out_shows_nothing() -> None:
    one = corrected("claim/c1", RECORDED, MENDED)
    clocks = Clocks(reported_by=when.cut_off("2030", field="reported_by"))
    assert not is_shown(one, clocks, {}, "UTC")
    assert is_shown(one, Clocks(), {}, "UTC")


@pytest.mark.parametrize(
    ("stream", "events", "held"),
    [
        ("claim/c1", [RECORDED, REVISED], HoldsFor("2018-10", SinceReport("dec"))),
        ("claim/c1", [RECORDED, MENDED], HoldsFor("2018-09", None)),
        ("report/oct", [FILED, ReportWithdrawn(when="2018-11", reason="no")], HoldsFor(None, SinceDate("2018-11"))),
        ("report/oct", [FILED, ReportWithdrawn(report="nov", reason="no")], HoldsFor(None, SinceReport("nov"))),
        ("report/oct", [FILED, ReportWithdrawn(reason="no")], HoldsFor(None, None)),
        ("incident/i", [OPENED, IncidentDescribed(set={"title": {"value": "B"}}, reason="typo")],
         HoldsFor("2018-10-02", None)),
    ],
)  # fmt: skip
def test_a_correction_holds_for_its_clocks(stream: str, events: Sequence[Fact], held: HoldsFor) -> None:
    assert holds_for(corrected(stream, *events)) == held


def test_it_touches_what_it_said_before_and_what_it_says_now() -> None:
    moved = ClaimCorrected(mends=[Mend(statement=1, set={"place": "gharanij", "report": "nov"})], reason="misread")
    one = corrected("claim/c1", RECORDED, moved)
    assert touched(one, {"c1": ("i1", "i3"), "c2": ("i2",)}, {"c1": ["a1"], "c2": ["a2"]}) == {
        "claims": ["c1"],
        "topics": [
            "killed,people,place:gharanij",
            "killed,people,place:gharanij,incident:i1", "killed,people,place:gharanij,incident:i3",
            "killed,people,place:hajin",
            "killed,people,place:hajin,incident:i1", "killed,people,place:hajin,incident:i3",
        ],
        "places": ["gharanij", "hajin"],
        "sources": ["sohr"],
        "reports": ["nov", "oct"],
        "incidents": ["i1", "i3"],
        "assessments": ["a1"],
    }  # fmt: skip
    withdrawn = corrected("report/oct", FILED, ReportWithdrawn(reason="no"))
    assert touched(withdrawn, {}, {}) == {"reports": ["oct"]}
    said = Structure(in_reports={"oct": [Counted("c1", None, "hajin")]})
    assert touched(withdrawn, {}, {}, said) == {"places": ["hajin"], "reports": ["oct"]}
    assert touched(withdrawn, {}, {}, said, of_entry_alone=True) == {"reports": ["oct"]}
