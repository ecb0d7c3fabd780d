"""The stream of an assessment: the desk's own finding on a question, and what it rests on."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain.checks import Reference, check, correction, references
from domain.claim import (
    Claim,
)
from domain.errors import DomainError
from domain.estimate import MEASURES
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import (
    ClaimId,
    Edtf,
    FieldsOf,
    Malformed,
    NothingChanges,
    OneOrMany,
    OneOrMore,
    Personal,
    PlaceId,
    Reason,
    StreamRef,
    Text,
    TopicText,
    amended,
    changed_fields,
)
from domain.known import Known
from domain.statements import last_word
from domain.topic import parse_topic

Grade = Literal["confirmed", "fair", "weak", "contested", "discounted"]

# So many of the last revisions can be taken back, one after the other: each row of an assessment holds where each was.
KEPT_REVISIONS = 100


class WithoutQuestion(DomainError):
    code = "assessment_without_question"


class SameOriginOfOne(DomainError):
    code = "same_origin_of_one"


class SameOriginOutsideBasis(DomainError):
    code = "same_origin_outside_basis"


class SameOriginOfAttributed(DomainError):
    """A claim with a claimant has an origin: nothing need be held of it."""

    code = "same_origin_of_attributed"


class WithdrawnByUs(DomainError):
    code = "assessment_withdrawn"


class NotWithdrawnByUs(DomainError):
    code = "assessment_not_withdrawn"


class NotRevised(DomainError):
    code = "assessment_not_revised"


class RevisionNotRetracted(DomainError):
    code = "revision_not_retracted"


class AssessmentDetails(Value):
    """The question is a `topic` (in its written form) or a `place`, perhaps at a time. `claims` are the basis.

    `same_origin` names claims of the basis, without a claimant, that the desk holds to come from one origin.
    """

    topic: Annotated[TopicText | None, Text(1000)] = None
    place: PlaceId | None = None
    when: Edtf | None = None
    finding: Annotated[Personal, Text(4000)]
    grade: Grade
    claims: OneOrMore[ClaimId]
    because: Annotated[Personal, Text(4000)]
    same_origin: OneOrMany[ClaimId] = ()


class AssessmentIssued(Fact):
    type: Literal["assessment.issued"] = "assessment.issued"
    details: AssessmentDetails


class AssessmentRevised(Fact):
    type: Literal["assessment.revised"] = "assessment.revised"
    set: Annotated[Changes, FieldsOf(AssessmentDetails)]
    reason: str


class AssessmentUpheld(Fact):
    """The desk looked at what its basis did until then, and finds what it found: a revision that changes nothing."""

    type: Literal["assessment.upheld"] = "assessment.upheld"
    reason: str


class AssessmentRevisionRetracted(Fact):
    """The last revision was a slip. `set` is what leads back from it; it is assessed where it was before."""

    type: Literal["assessment.revision_retracted"] = "assessment.revision_retracted"
    set: Annotated[Changes, FieldsOf(AssessmentDetails)] = {}
    reason: str


class AssessmentRevisionReinstated(Fact):
    """The revision that was retracted last was none. `set` is what it said; it is assessed where that was."""

    type: Literal["assessment.revision_reinstated"] = "assessment.revision_reinstated"
    set: Annotated[Changes, FieldsOf(AssessmentDetails)] = {}
    reason: str


class AssessmentWithdrawn(Fact):
    type: Literal["assessment.withdrawn"] = "assessment.withdrawn"
    reason: str


class AssessmentReinstated(Fact):
    """The desk stands by its finding again, as it was assessed before it was withdrawn."""

    type: Literal["assessment.reinstated"] = "assessment.reinstated"
    reason: str


AssessmentEvent = (
    AssessmentIssued | AssessmentRevised | AssessmentUpheld | AssessmentRevisionRetracted
    | AssessmentRevisionReinstated | AssessmentWithdrawn | AssessmentReinstated
)  # fmt: skip


class IssueAssessment(Creation, AssessmentDetails):
    stream_kind: ClassVar[str] = "assessment"
    command: Literal["issue_assessment"] = "issue_assessment"


class ReviseAssessment(Command):
    """The desk finds otherwise. What its basis did until then is taken into account with it."""

    stream_kind: ClassVar[str] = "assessment"
    command: Literal["revise_assessment"] = "revise_assessment"
    set: Annotated[Changes, FieldsOf(AssessmentDetails)]
    reason: Reason


class UpholdAssessment(Command):
    """Say that the finding stands, as the desk looked at what its basis did until then."""

    stream_kind: ClassVar[str] = "assessment"
    command: Literal["uphold_assessment"] = "uphold_assessment"
    reason: Reason


class RetractRevision(Command):
    """Take back the last revision, or that it was upheld: it never was meant. It counts as assessed where it was."""

    stream_kind: ClassVar[str] = "assessment"
    command: Literal["retract_revision"] = "retract_revision"
    reason: Reason


class ReinstateRevision(Command):
    """The revision that was retracted last was meant after all, if nothing was revised since."""

    stream_kind: ClassVar[str] = "assessment"
    command: Literal["reinstate_revision"] = "reinstate_revision"
    reason: Reason


class WithdrawAssessment(Command):
    stream_kind: ClassVar[str] = "assessment"
    command: Literal["withdraw_assessment"] = "withdraw_assessment"
    reason: Reason


class ReinstateAssessment(Command):
    """Stand by it again. What its basis did since it was assessed is not taken into account with it: revise it."""

    stream_kind: ClassVar[str] = "assessment"
    command: Literal["reinstate_assessment"] = "reinstate_assessment"
    reason: Reason


AssessmentCommand = (
    IssueAssessment | ReviseAssessment | UpholdAssessment | RetractRevision | ReinstateRevision | WithdrawAssessment
    | ReinstateAssessment
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assessment:
    """`revisions`: of each that stands what leads back; `taken_back`: of each that was retracted since what it said.

    To uphold a finding is a revision that changes nothing. Rows keep how many there are, and not what they say. Of
    either the last `KEPT_REVISIONS` are kept.
    """

    details: AssessmentDetails
    withdrawn_because: str | None = None
    revisions: tuple[Changes, ...] = ()
    taken_back: tuple[Changes, ...] = ()


def decide(assessment: Assessment | None, command: AssessmentCommand, known: Known) -> list[AssessmentEvent]:
    check(command)
    if isinstance(command, IssueAssessment):
        details = command.part(AssessmentDetails)
        if details.topic is not None:
            details = details.model_copy(update={"topic": str(parse_topic(details.topic))})
        _check_details(details, known)
        return [AssessmentIssued(details=details)]
    assert assessment is not None
    revising = (ReviseAssessment, UpholdAssessment, RetractRevision, ReinstateRevision)
    if isinstance(command, revising) and assessment.withdrawn_because is not None:
        raise WithdrawnByUs(
            f"assessment {command.id!r} was withdrawn ({assessment.withdrawn_because}); reinstate it first"
        )
    match command:
        case ReviseAssessment():
            after, changes = _revision(assessment.details, command.set)
            if changes.get("topic") is not None:
                topic = parse_topic(changes["topic"], field="set.topic")
                after, changes = correction(assessment.details, {**command.set, "topic": str(topic)})
            _check_details(after, known, prefix="set.", only=changes, before=assessment.details)
            return [AssessmentRevised(set=changes, reason=command.reason)]
        case UpholdAssessment():
            return [AssessmentUpheld(reason=command.reason)]
        case RetractRevision():
            if not assessment.revisions:
                raise NotRevised(
                    f"no revision of assessment {command.id!r} stands that could be retracted: what was issued by "
                    "mistake is withdrawn"
                )
            return [AssessmentRevisionRetracted(set=assessment.revisions[-1], reason=command.reason)]
        case ReinstateRevision():
            if not assessment.taken_back:
                raise RevisionNotRetracted(
                    f"no revision of assessment {command.id!r} was retracted since it was last revised or upheld"
                )
            return [AssessmentRevisionReinstated(set=assessment.taken_back[-1], reason=command.reason)]
        case WithdrawAssessment():
            if assessment.withdrawn_because is not None:
                return []
            return [AssessmentWithdrawn(reason=command.reason)]
        case ReinstateAssessment():
            if assessment.withdrawn_because is None:
                raise NotWithdrawnByUs(f"assessment {command.id!r} was not withdrawn, so there is nothing to reinstate")
            return [AssessmentReinstated(reason=command.reason)]
        case unknown:
            assert_never(unknown)


def _revision(details: AssessmentDetails, given: Changes) -> tuple[AssessmentDetails, Changes]:
    try:
        return correction(details, given)
    except NothingChanges:
        raise NothingChanges(
            "a revision changes at least one field in `set`: that you looked, and the finding stands, is said by "
            "`uphold_assessment`",
            field="set",
        ) from None


def references_of(
    details: AssessmentDetails, *, prefix: str = "", only: Collection[str] | None = None
) -> list[Reference]:
    """Every item that an assessment names, those in its topic too.

    Raises:
        NotATopic: its topic is none.
    """
    found = references(details, prefix=prefix.rstrip("."), only=only)
    if details.topic is not None and (only is None or "topic" in only):
        field = f"{prefix}topic"
        topic = parse_topic(details.topic, field=field)
        named = (("actor", topic.subject), ("actor", topic.by), ("place", topic.place), ("incident", topic.incident))
        found += [Reference(field, StreamRef(kind, id_)) for kind, id_ in named if id_ is not None]
    return found


def _check_details(
    details: AssessmentDetails,
    known: Known,
    *,
    prefix: str = "",
    only: Collection[str] | None = None,
    before: AssessmentDetails | None = None,
) -> None:
    if details.topic is None and details.place is None:
        raise WithoutQuestion(
            "an assessment answers a question: give a `topic`, or a `place` (and `when`)", field=f"{prefix}topic"
        )
    if not details.claims:
        raise Malformed("`claims` names at least one claim: what the finding rests on", field=f"{prefix}claims")
    # A basis that was kept is not named anew, whatever became of its claims.
    kept = {StreamRef("claim", id_) for id_ in before.claims} if before else set()
    found = references_of(details, prefix=prefix, only=only)
    known.require([reference for reference in found if reference.stream not in kept])
    if details.topic is not None and (only is None or "topic" in only):
        topic = parse_topic(details.topic)
        if topic.measure not in MEASURES:
            known.vocabulary.counted_as(topic.measure, topic.unit, field=f"{prefix}topic")
    _check_same_origin(details, known, f"{prefix}same_origin", anew=only is None or "same_origin" in only)


def _check_same_origin(details: AssessmentDetails, known: Known, field: str, *, anew: bool) -> None:
    if not details.same_origin:
        return
    if len(set(details.same_origin)) < 2:
        raise SameOriginOfOne("one claim shares its origin with nobody: name at least two, or none", field=field)
    for index, claim_id in enumerate(details.same_origin):
        if claim_id not in details.claims:
            raise SameOriginOutsideBasis(
                f"claim {claim_id!r} is not among `claims`: add it to the basis, or take it out of `same_origin`",
                field=f"{field}.{index}",
            )
        held: Claim | None = known.get(StreamRef("claim", claim_id)) if anew else None
        claimant = last_word(held.statements).content.claimant if held else None
        if claimant is not None:
            raise SameOriginOfAttributed(
                f"claim {claim_id!r} has a claimant, {claimant!r}, so its origin is known: take it out",
                field=f"{field}.{index}",
            )


def evolve(assessment: Assessment | None, event: AssessmentEvent) -> Assessment:
    if isinstance(event, AssessmentIssued):
        return Assessment(event.details)
    assert assessment is not None
    match event:
        case AssessmentRevised() | AssessmentUpheld():
            said = event.set if isinstance(event, AssessmentRevised) else {}
            details, back = _amended(assessment.details, said)
            stand = (*assessment.revisions, back)[-KEPT_REVISIONS:]
            return replace(assessment, details=details, revisions=stand, taken_back=())
        case AssessmentRevisionRetracted():
            details, again = _amended(assessment.details, event.set)
            stand, gone = assessment.revisions[:-1], (*assessment.taken_back, again)
            return replace(assessment, details=details, revisions=stand, taken_back=gone)
        case AssessmentRevisionReinstated():
            details, back = _amended(assessment.details, event.set)
            stand, gone = (*assessment.revisions, back), assessment.taken_back[:-1]
            return replace(assessment, details=details, revisions=stand, taken_back=gone)
        case AssessmentWithdrawn():
            return replace(assessment, withdrawn_because=event.reason)
        case AssessmentReinstated():
            return replace(assessment, withdrawn_because=None)
        case unknown:
            assert_never(unknown)


def _amended(details: AssessmentDetails, changes: Changes) -> tuple[AssessmentDetails, Changes]:
    """And what leads back."""
    after = amended(details, changes)
    return after, changed_fields(after, details)
