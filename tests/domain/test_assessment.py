from typing import Any

import pytest

from domain import assessment
from domain.assessment import (
    KEPT_REVISIONS,
    AssessmentDetails,
    AssessmentIssued,
    AssessmentRevised,
    AssessmentRevisionReinstated,
    AssessmentRevisionRetracted,
    AssessmentUpheld,
    AssessmentWithdrawn,
    IssueAssessment,
    ReinstateRevision,
    RetractRevision,
    ReviseAssessment,
    UpholdAssessment,
    WithdrawAssessment,
)
from domain.claim import (
    ClaimRecorded,
)
from domain.fact import Fact
from domain.fields import read
from domain.incident import IncidentDetails, IncidentOpened
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
        ({"topic": "rumours,people"}, "not_in_vocabulary", "topic"),
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


UPHOLD, RETRACT, REINSTATE = (
    model(id="a1", reason="so") for model in (UpholdAssessment, RetractRevision, ReinstateRevision)
)


def test_a_finding_that_stands_is_upheld_and_not_revised_by_nothing() -> None:
    one = given(issued())
    one.refuses(revise(grade="fair"), "nothing_changes", "set")
    before = one.state.details
    assert one.when(UPHOLD) == [AssessmentUpheld(reason="so")]
    assert one.after(UPHOLD).state.details == before


def test_revisions_are_taken_back_from_the_last_and_come_back_from_the_first() -> None:
    one = given(issued())
    first = one.state
    one.refuses(RETRACT, "assessment_not_revised")
    one.refuses(REINSTATE, "revision_not_retracted")
    second = one.after(revise(grade="weak", when="2018-12")).state
    third = one.after(UPHOLD).state
    assert one.after(RETRACT).state.details == second.details
    once = one.state
    assert one.when(RETRACT) == [AssessmentRevisionRetracted(set={"grade": "fair", "when": None}, reason="so")]
    assert one.after(RETRACT).state.details == first.details
    one.refuses(RETRACT, "assessment_not_revised")
    again = AssessmentRevisionReinstated(set={"grade": "weak", "when": "2018-12"}, reason="so")
    assert one.when(REINSTATE) == [again]
    assert one.after(REINSTATE).state == once
    assert one.after(REINSTATE).state == third
    one.after(RETRACT, UPHOLD).refuses(REINSTATE, "revision_not_retracted")


def test_so_many_revisions_can_be_taken_back_and_no_more() -> None:
    """A row holds where each of them was, so it must not grow with all of them."""
    one = given(issued()).after(revise(grade="weak"), *[UPHOLD] * (KEPT_REVISIONS + 5))
    assert len(one.state.revisions) == KEPT_REVISIONS
    one.after(*[RETRACT] * KEPT_REVISIONS).refuses(RETRACT, "assessment_not_revised")
    assert (one.state.details.grade, len(one.state.taken_back)) == ("weak", KEPT_REVISIONS)


@pytest.mark.parametrize("command", [UPHOLD, RETRACT, REINSTATE])
def test_of_a_withdrawn_assessment_nothing_is_upheld_or_taken_back(command: Any) -> None:
    given(issued()).after(revise(grade="weak"), WITHDRAW).refuses(command, "assessment_withdrawn")
