from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from domain import assessment, when
from domain.assessment import (
    EVERYTHING,
    AssessmentDetails,
    AssessmentIssued,
    AssessmentRevised,
    AssessmentWithdrawn,
    CutOff,
    IssueAssessment,
    ReviseAssessment,
    WithdrawAssessment,
    moves_of,
    reports_of,
)
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
from domain.fact import Fact
from domain.fields import StreamRef, read
from domain.incident import IncidentDetails, IncidentOpened
from domain.report import (
    ReportCorrected,
    ReportDetails,
    ReportDiscredited,
    ReportFiled,
    ReportRetracted,
    ReportWithdrawn,
)
from domain.statements import Mend
from tests.domain.given import Given, words

BASE: dict[str, Any] = {
    "place": "hajin", "finding": "Taken", "grade": "fair", "claims": ["other", "third"], "because": "Two agree",
}  # fmt: skip
ATTRIBUTED = ClaimRecorded(report="oct", content=words().model_copy(update={"claimant": "sohr"}))
BESIDE: dict[tuple[str, str], list[Fact]] = {
    ("claim", "attributed"): [ATTRIBUTED],
    ("incident", "i1"): [IncidentOpened(details=IncidentDetails.model_validate({"title": "A strike"}))],
}


def fields_of(given_: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (BASE | given_).items() if value is not None}


def issued(**fields: Any) -> AssessmentIssued:
    return AssessmentIssued(details=AssessmentDetails.model_validate(fields_of(fields)))


def issue(**fields: Any) -> IssueAssessment:
    return read(IssueAssessment, {"id": "a1"} | fields_of(fields))


def revise(**set_: Any) -> ReviseAssessment:
    return ReviseAssessment(id="a1", set=set_, reason="we know more")


WITHDRAW = WithdrawAssessment(id="a1", reason="asked too early")


def given(*past: Any) -> Given:
    return Given(assessment, *past, beside=BESIDE)


def test_an_assessment_names_its_question_its_finding_its_basis_and_why() -> None:
    assert given().when(issue()) == [issued()]
    whole: dict[str, Any] = {
        "topic": "killed,people,group:civilians,by:sdf,place:hajin,incident:i1", "when": "2018-12",
        "same_origin": ["other", "third"],
    }  # fmt: skip
    assert given().when(issue(**whole)) == [issued(**whole)]


def test_a_question_is_a_topic_or_a_place() -> None:
    given().refuses(issue(place=None), "assessment_without_question", "topic")
    given().refuses(issue(place=None, when="2018"), "assessment_without_question", "topic")
    given(issued()).refuses(revise(place=None), "assessment_without_question", "set.topic")
    assert given().when(issue(place=None, topic="fighters,people"))
    assert given(issued()).when(revise(place=None, topic="fighters,people"))


def test_a_topic_is_kept_in_its_one_written_form() -> None:
    topic = "killed,people,place:hajin,subject:is"
    (event,) = given().when(issue(topic=topic))
    assert event.details.topic == "killed,people,subject:is,place:hajin"
    one = given(event)
    one.refuses(revise(topic=topic), "nothing_changes", "set")
    (event,) = given(issued()).when(revise(topic=topic))
    assert event.set == {"topic": "killed,people,subject:is,place:hajin"}


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"topic": "rumours,people"}, "not_a_topic", "topic"),
        ({"topic": "killed,km2"}, "not_a_topic", "topic"),
        ({"topic": "killed,people,subject:nobody"}, "unknown_reference", "topic"),
        ({"topic": "killed,people,by:no-party"}, "retracted_reference", "topic"),
        ({"topic": "killed,people,place:nowhere"}, "unknown_reference", "topic"),
        ({"topic": "killed,people,incident:i9"}, "unknown_reference", "topic"),
        ({"topic": "x" * 1001}, "text_too_long", "topic"),
        ({"place": "nowhere"}, "unknown_reference", "place"),
        ({"when": "soon"}, "not_edtf", "when"),
        ({"finding": ""}, "empty_text", "finding"),
        ({"finding": "x" * 4001}, "text_too_long", "finding"),
        ({"because": " "}, "empty_text", "because"),
        ({"claims": []}, "malformed", "claims"),
        ({"claims": ["other", "nothing"]}, "unknown_reference", "claims.1"),
        ({"claims": ["never"]}, "retracted_reference", "claims.0"),
        ({"same_origin": ["other"]}, "same_origin_of_one", "same_origin"),
        ({"same_origin": ["other", "other"]}, "same_origin_of_one", "same_origin"),
        ({"claims": ["other"], "same_origin": ["other", "third"]}, "same_origin_outside_basis", "same_origin.1"),
        (
            {"claims": ["other", "attributed"], "same_origin": ["other", "attributed"]},
            "same_origin_of_attributed", "same_origin.1",
        ),
    ],
)  # fmt: skip
def test_an_assessment_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(issue(**fields), code, field)
    given(issued()).refuses(revise(**fields), code, f"set.{field}")


def test_a_grade_is_one_of_the_vocabulary() -> None:
    given(issued()).refuses(revise(grade="certain"), "not_in_vocabulary", "set.grade")


def test_a_revision_tells_what_it_changes() -> None:
    one = given(issued())
    assert one.when(revise(grade="weak", finding="Taken", when="2018-12")) == [
        AssessmentRevised(set={"grade": "weak", "when": "2018-12"}, reason="we know more")
    ]
    assert one.after(revise(grade="weak", finding="Held")).state.details == issued(grade="weak", finding="Held").details
    one.refuses(revise(grade="weak"), "nothing_changes", "set")
    one.refuses(revise(), "nothing_changes", "set")
    one.refuses(revise(colour="red"), "unknown_field", "set.colour")


def test_what_it_says_is_stored_so_that_it_can_be_sealed() -> None:
    assert given(issued()).when(revise(finding="Held"))[0].set == {"finding": {"value": "Held"}}


def test_a_basis_may_lose_claims_but_not_from_under_a_shared_origin() -> None:
    one = given(issued(same_origin=["other", "third"]))
    one.refuses(revise(claims=["other"]), "same_origin_outside_basis", "set.same_origin.1")
    assert one.when(revise(claims=["other"], same_origin=None))


def test_what_the_basis_holds_already_may_have_been_retracted_since() -> None:
    one = given(issued(claims=["other", "never"]))
    assert one.when(revise(grade="weak"))
    assert one.when(revise(claims=["never", "third"]))
    given(issued()).refuses(revise(claims=["never", "third"]), "retracted_reference", "set.claims.0")


def test_a_shared_origin_is_not_asked_about_again_by_another_revision() -> None:
    """One of them was given a claimant since: the revision is about something else."""
    assert given(issued(claims=["other", "attributed"], same_origin=["other", "attributed"])).when(revise(grade="weak"))


def test_a_withdrawn_assessment_is_not_revised() -> None:
    one = given(issued())
    assert one.when(WITHDRAW) == [AssessmentWithdrawn(reason="asked too early")]
    refusal = one.after(WITHDRAW).refuses(revise(grade="weak"), "assessment_withdrawn")
    assert "asked too early" in refusal.message
    assert one.when(WITHDRAW) == []


# ---- whether the basis moved


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


def basis(*happened: tuple[str, Fact], after: int = 4, upto: int = 99, cut_off: CutOff = EVERYTHING) -> list[int]:
    """Where claim c1 moved: three reports at 1 to 3, the claim at 4, then what `happened` from 5 on."""
    log = [("report/oct", filed()), ("report/nov", filed("2018-11-15")), ("report/dec", filed("2018-12"))]
    events = [*log, ("claim/c1", RECORDED), *happened]
    told = [Happened(n, StreamRef(*name.split("/")), event) for n, (name, event) in enumerate(events, 1)]
    reports: dict[str, Sequence[Happened]] = {}
    for name in ("oct", "nov", "dec"):
        reports[name] = [each for each in told if each.stream == ("report", name)]
    claims = {"c1": [each for each in told if each.stream == ("claim", "c1")]}
    assert reports_of(claims["c1"]) <= reports.keys()
    return [each.position for each in moves_of("c1", claims, reports, after=after, upto=upto, cut_off=cut_off)]


@pytest.mark.parametrize(
    "event",
    [
        REVISED, TAKEN_BACK, MOVED_TO_NOV, ClaimRetracted(reason="no"), ClaimReinstated(reason="yes"),
        ReportCorrected(set={"published": "2018-10-16"}, reason="misread"),
        ReportCorrected(set={"published_bounds": None}, reason="misread"),
        ReportWithdrawn(when="2018-11", reason="no"), ReportWithdrawn(report="nov", reason="no"),
        ReportDiscredited(reason="made up"), ReportRetracted(reason="a draft"),
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


def cut_off(date: str, *, certainly: bool = True) -> CutOff:
    return CutOff(when.cut_off(date, field="reported_by"), certainly)


@pytest.mark.parametrize("event", [REVISED, TAKEN_BACK])
def test_a_source_changed_its_word_once_the_report_that_says_so_is_out(event: Fact) -> None:
    change = ("claim/c1", event)
    assert basis(change, cut_off=cut_off("2018-12-30")) == []
    assert basis(change, cut_off=cut_off("2018-12-31")) == [5]
    assert basis(change, cut_off=cut_off("2018-12-01", certainly=False)) == [5]
    assert basis(change, cut_off=cut_off("2018-11-30", certainly=False)) == []


def test_that_report_is_taken_as_it_is_known_at_the_position() -> None:
    earlier = ("report/dec", ReportCorrected(set={"published": "2018-11-01"}, reason="misread"))
    assert basis(("claim/c1", REVISED), earlier, cut_off=cut_off("2018-11-30")) == [5, 6]
    assert basis(("claim/c1", REVISED), earlier, upto=5, cut_off=cut_off("2018-11-30")) == []
    # The statement was filed under another report since.
    moved = ("claim/c1", ClaimCorrected(mends=[Mend(statement=2, set={"report": "nov"})], reason="misfiled"))
    assert basis(("claim/c1", REVISED), moved, cut_off=cut_off("2018-11-30")) == [5, 6]
    # A report that we mis-filed was never out.
    gone = ("report/dec", ReportRetracted(reason="a draft"))
    assert basis(("claim/c1", REVISED), gone, cut_off=cut_off("2019")) == [6]
    assert basis(("claim/c1", REVISED), gone) == [5, 6]


def test_a_publisher_takes_a_report_back_on_a_day_or_in_another_report() -> None:
    on = ("report/oct", ReportWithdrawn(when="2018-11", reason="no"))
    assert basis(on, cut_off=cut_off("2018-11-29")) == []
    assert basis(on, cut_off=cut_off("2018-11-30")) == [5]
    assert basis(on, cut_off=cut_off("2018-11-01", certainly=False)) == [5]
    there = ("report/oct", ReportWithdrawn(report="nov", reason="no"))
    assert basis(there, cut_off=cut_off("2018-11-14")) == []
    assert basis(there, cut_off=cut_off("2018-11-15")) == [5]


def test_what_we_changed_was_never_otherwise_whatever_the_cut_off() -> None:
    long_before = cut_off("2000")
    for stream, event in (
        ("claim/c1", MOVED_TO_NOV),
        ("claim/c1", ClaimRetracted(reason="no")),
        ("report/oct", ReportDiscredited(reason="made up")),
        ("report/oct", ReportCorrected(set={"published": "2018-10-16"}, reason="misread")),
        ("report/oct", ReportRetracted(reason="a draft")),
    ):
        assert basis((stream, event), cut_off=long_before) == [5]
