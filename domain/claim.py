"""The stream of a claim: a list of statements in the order its source made them, and our judgement of it."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, assert_never

from pydantic import Field

from domain.checks import check, references
from domain.content import (
    CONTENTS,
    GIVEN,
    Content,
    Control,
    Figure,
    FigureGiven,
    Occurrence,
    Utterance,
    check_meaning,
    content_with,
    in_words_of,
)
from domain.errors import DomainError
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import (
    ClaimId,
    FieldsOf,
    Malformed,
    MissingField,
    NothingChanges,
    OneOrMany,
    OneOrMore,
    Reason,
    ReportId,
    StreamRef,
)
from domain.known import Known, NotRetracted, Retracted
from domain.mends import mends_of, said_anew
from domain.statements import (
    ChangedBy,
    Made,
    Mend,
    Statements,
    inserted,
    last_word,
    mended,
    next_number,
    numbered,
    standing,
    with_retracted,
)

Credibility = Literal[1, 2, 3, 4, 5, 6]
Relation = Literal["disputes", "alternative_to", "part_of", "overlaps", "resolves"]


class ClaimRetracted(Fact):
    type: Literal["claim.retracted"] = "claim.retracted"
    reason: str


class ClaimReinstated(Fact):
    type: Literal["claim.reinstated"] = "claim.reinstated"
    reason: str


class ClaimRecorded(Fact):
    """The first statement."""

    type: Literal["claim.recorded"] = "claim.recorded"
    report: str
    content: Content


class ClaimRevised(Fact):
    """The source changed its word in a later report: a statement that differs from the one it comes after."""

    type: Literal["claim.revised"] = "claim.revised"
    statement: int
    after: int
    report: str
    set: Annotated[Changes, FieldsOf(*CONTENTS)]
    changed_by: ChangedBy | None = None
    reason: str | None = None


class ClaimWithdrawn(Fact):
    """The source took its word back in a report: an end in the list of statements.

    `without_notice`: it said nothing of it, and the claim is simply not there any more in a later edition.
    """

    type: Literal["claim.withdrawn"] = "claim.withdrawn"
    statement: int
    after: int
    report: str
    changed_by: ChangedBy | None = None
    without_notice: bool = False
    reason: str


class ClaimCorrected(Fact):
    """Our record was wrong. Holds for all reported time, since no report ever said what we recorded."""

    type: Literal["claim.corrected"] = "claim.corrected"
    mends: list[Mend]
    reason: str


class ClaimStatementRetracted(Fact):
    """Our record was wrong: the report never said this, or never took it back. The others keep their numbers."""

    type: Literal["claim.statement_retracted"] = "claim.statement_retracted"
    statement: int
    reason: str


class ClaimStatementReinstated(Fact):
    type: Literal["claim.statement_reinstated"] = "claim.statement_reinstated"
    statement: int
    reason: str


class ClaimGraded(Fact):
    """`credibility` is None where a grade is taken back: it is not graded then."""

    type: Literal["claim.graded"] = "claim.graded"
    credibility: Credibility | None
    reason: str


class ClaimRelated(Fact):
    type: Literal["claim.related"] = "claim.related"
    relation: Relation
    to: list[str]
    removed: bool = False
    reason: str | None = None


ClaimEvent = (
    ClaimRecorded | ClaimRevised | ClaimWithdrawn | ClaimCorrected | ClaimStatementRetracted | ClaimStatementReinstated
    | ClaimRetracted | ClaimReinstated | ClaimGraded | ClaimRelated
)  # fmt: skip


class Relations(Value):
    """What a claim has to do with other claims."""

    disputes: OneOrMany[ClaimId] = ()
    alternative_to: OneOrMany[ClaimId] = ()
    part_of: OneOrMany[ClaimId] = ()
    overlaps: OneOrMany[ClaimId] = ()
    resolves: OneOrMany[ClaimId] = ()


class Recording(Creation, Relations):
    stream_kind: ClassVar[str] = "claim"
    report: ReportId


class RecordFigure(Recording, FigureGiven):
    # What the dossier counts it as is not given with it.
    counted_as: ClassVar[None] = None
    command: Literal["record_claim"] = "record_claim"


class RecordControl(Recording, Control):
    command: Literal["record_claim"] = "record_claim"


class RecordOccurrence(Recording, Occurrence):
    command: Literal["record_claim"] = "record_claim"


class RecordStatement(Recording, Utterance):
    command: Literal["record_claim"] = "record_claim"


RecordClaim = Annotated[RecordFigure | RecordControl | RecordOccurrence | RecordStatement, Field(discriminator="kind")]
_CONTENT: dict[type[Recording], type[Any]] = {
    RecordFigure: Figure,
    RecordControl: Control,
    RecordOccurrence: Occurrence,
    RecordStatement: Utterance,
}


class ReviseClaim(Command):
    """`after` names the statement that this one comes after, for a late find; the last one if left out."""

    stream_kind: ClassVar[str] = "claim"
    command: Literal["revise_claim"] = "revise_claim"
    report: ReportId
    set: Annotated[Changes, FieldsOf(*GIVEN)]
    after: int | None = None
    changed_by: ChangedBy | None = None
    reason: Reason | None = None


class WithdrawClaim(Command):
    stream_kind: ClassVar[str] = "claim"
    command: Literal["withdraw_claim"] = "withdraw_claim"
    report: ReportId
    after: int | None = None
    changed_by: ChangedBy | None = None
    without_notice: bool = False
    reason: Reason


class CorrectClaim(Command):
    """Without a `statement`, each field is mended where it was first said, and wherever it was kept since."""

    stream_kind: ClassVar[str] = "claim"
    command: Literal["correct_claim"] = "correct_claim"
    set: Annotated[Changes, FieldsOf(*GIVEN)]
    statement: int | None = None
    reason: Reason


class RetractStatement(Command):
    """Take back one statement of a claim that no report ever made: a revision, or a withdrawal, that was our mistake.

    What later statements took over from it they keep.
    """

    stream_kind: ClassVar[str] = "claim"
    command: Literal["retract_statement"] = "retract_statement"
    statement: int
    reason: Reason


class ReinstateStatement(Command):
    stream_kind: ClassVar[str] = "claim"
    command: Literal["reinstate_statement"] = "reinstate_statement"
    statement: int
    reason: Reason


class RetractClaim(Command):
    stream_kind: ClassVar[str] = "claim"
    command: Literal["retract_claim"] = "retract_claim"
    reason: Reason


class ReinstateClaim(Command):
    stream_kind: ClassVar[str] = "claim"
    command: Literal["reinstate_claim"] = "reinstate_claim"
    reason: Reason


class GradeClaim(Command):
    """Admiralty: 1 confirmed by other sources ... 6 cannot be judged; null takes a grade back."""

    stream_kind: ClassVar[str] = "claim"
    command: Literal["grade_claim"] = "grade_claim"
    credibility: Credibility | None
    reason: Reason


class RelateClaim(Command):
    """`remove` takes a relation back, with a reason."""

    stream_kind: ClassVar[str] = "claim"
    command: Literal["relate_claim"] = "relate_claim"
    relation: Relation
    to: OneOrMore[ClaimId]
    remove: bool = False
    reason: Reason | None = None


ClaimCommand = (
    RecordFigure | RecordControl | RecordOccurrence | RecordStatement | ReviseClaim | WithdrawClaim | CorrectClaim
    | RetractStatement | ReinstateStatement | RetractClaim | ReinstateClaim | GradeClaim | RelateClaim
)  # fmt: skip


class OnlyStatement(DomainError):
    """Without it the claim would say nothing."""

    code = "only_statement"


class RelatedToItself(DomainError):
    code = "claim_related_to_itself"


@dataclass(frozen=True, slots=True)
class Claim:
    statements: Statements
    retracted: bool = False
    retracted_because: str | None = None
    credibility: Credibility | None = None
    graded_because: str | None = None
    relations: frozenset[tuple[Relation, str]] = frozenset()


def decide(claim: Claim | None, command: ClaimCommand, known: Known) -> list[ClaimEvent]:
    check(command, time_zone=known.time_zone)
    if isinstance(command, Recording):
        return _record(command, known)
    assert claim is not None
    if claim.retracted:
        return _decide_retracted(command)
    match command:
        case ReviseClaim():
            parent = _parent(claim, command)
            after, changes = said_anew(parent, command.set, known)
            known.require([*references(command), *references(after, prefix="set", only=changes)])
            return [
                ClaimRevised(
                    statement=next_number(claim.statements),
                    after=parent.number,
                    report=command.report,
                    set=changes,
                    changed_by=command.changed_by,
                    reason=command.reason,
                )
            ]
        case WithdrawClaim():
            parent = _parent(claim, command)
            if parent.ended:
                raise NothingChanges(f"the claim was withdrawn before, in report {parent.report!r}")
            known.require(references(command))
            return [
                ClaimWithdrawn(
                    statement=next_number(claim.statements),
                    after=parent.number,
                    report=command.report,
                    changed_by=command.changed_by,
                    without_notice=command.without_notice,
                    reason=command.reason,
                )
            ]
        case CorrectClaim():
            if command.statement is not None:
                _standing(claim, command, command.statement, "statement")
            mends = mends_of(claim.statements, command.set, known, statement=command.statement)
            return [ClaimCorrected(mends=mends, reason=command.reason)]
        case RetractStatement():
            return _retract_statement(claim, command)
        case ReinstateStatement():
            if not numbered(claim.statements, command.statement, "statement").retracted:
                raise NotRetracted(
                    f"statement {command.statement} of claim {command.id!r} was not retracted, so there is nothing to "
                    "reinstate",
                    field="statement",
                )
            return [ClaimStatementReinstated(statement=command.statement, reason=command.reason)]
        case RetractClaim():
            return [ClaimRetracted(reason=command.reason)]
        case ReinstateClaim():
            if (last := last_word(claim.statements)).ended:
                raise NotRetracted(
                    f"claim {command.id!r} was not retracted by us, it was withdrawn in {last.report!r}; if that "
                    f"report took nothing back, retract statement {last.number}"
                )
            raise NotRetracted.of(command.stream)
        case GradeClaim():
            if (claim.credibility, claim.graded_because) == (command.credibility, command.reason):
                return []
            if claim.credibility is None and command.credibility is None:
                return []
            return [ClaimGraded(credibility=command.credibility, reason=command.reason)]
        case RelateClaim():
            return _relate(claim, command, known)
        case unknown:
            assert_never(unknown)


def _parent(claim: Claim, command: ReviseClaim | WithdrawClaim) -> Made:
    if command.after is None:
        return last_word(claim.statements)
    return _standing(claim, command, command.after, "after")


def _standing(claim: Claim, command: ClaimCommand, number: int, field: str) -> Made:
    """The statement of that number, if we did not retract it."""
    made = numbered(claim.statements, number, field)
    if made.retracted:
        raise Retracted(f"statement {number} of claim {command.id!r} was retracted; reinstate it first", field=field)
    return made


def _retract_statement(claim: Claim, command: RetractStatement) -> list[ClaimEvent]:
    if numbered(claim.statements, command.statement, "statement").retracted:
        return []
    if len(standing(claim.statements)) == 1:
        raise OnlyStatement(
            f"statement {command.statement} is all that claim {command.id!r} says: retract the claim itself",
            field="statement",
        )
    return [ClaimStatementRetracted(statement=command.statement, reason=command.reason)]


def _decide_retracted(command: ClaimCommand) -> list[ClaimEvent]:
    match command:
        case RetractClaim():
            return []
        case ReinstateClaim():
            return [ClaimReinstated(reason=command.reason)]
        case _:
            raise Retracted.of(command.stream)


def content_of(command: Recording, known: Known) -> Content:
    """What a command records.

    Raises:
        DomainError: it cannot be said.
    """
    content: Content = in_words_of(command.part(_CONTENT[type(command)]), known)
    check_meaning(content)
    return content


def _record(command: Recording, known: Known) -> list[ClaimEvent]:
    content: Any = content_of(command, known)
    named = references(command)
    for field, stream in named:
        if stream == command.stream:
            raise RelatedToItself("a claim cannot be related to itself", field=field)
    known.require(named)
    related = ((relation, getattr(command, relation)) for relation in Relations.model_fields)
    return [
        ClaimRecorded.model_construct(report=command.report, content=content),
        *(ClaimRelated(relation=relation, to=to) for relation, to in related if to),
    ]


def _relate(claim: Claim, command: RelateClaim, known: Known) -> list[ClaimEvent]:
    if command.id in command.to:
        raise RelatedToItself("a claim cannot be related to itself", field="to")
    if not command.to:
        raise Malformed("`to` names at least one claim", field="to")
    if command.remove and command.reason is None:
        raise MissingField("say why the relation does not hold", field="reason")
    known.require(references(command), retracted_too=command.remove)
    to = [other for other in dict.fromkeys(command.to)
          if ((command.relation, other) in claim.relations) == command.remove]  # fmt: skip
    if not to:
        return []
    if command.relation == "part_of" and not command.remove:
        for other in to:
            _refuse_part_of_itself(command.id, other, known)
    return [ClaimRelated(relation=command.relation, to=to, removed=command.remove, reason=command.reason)]


def _refuse_part_of_itself(claim_id: str, whole: str, known: Known) -> None:
    """Of two numbers that are each part of the other nobody can tell which is the whole."""
    ways = {whole: (claim_id, whole)}
    while ways:
        last, way = ways.popitem()
        other = known.get(StreamRef("claim", last))
        wholes = {to for relation, to in other.relations if relation == "part_of"} if other is not None else set()
        if claim_id in wholes:
            told = " part of ".join(map(repr, (*way, claim_id)))
            raise RelatedToItself(f"{claim_id!r} would be part of itself: {told}", field="to")
        ways |= {to: (*way, to) for to in sorted(wholes) if to not in way}


def statements_changed(event: ClaimEvent) -> frozenset[int]:
    """The statements that an event takes over or mends, by their numbers: of all others it leaves what it finds."""
    match event:
        case ClaimRevised() | ClaimWithdrawn():
            return frozenset({event.after})
        case ClaimCorrected():
            return frozenset(mend.statement for mend in event.mends)
        case ClaimStatementRetracted() | ClaimStatementReinstated():
            return frozenset({event.statement})
        case ClaimRecorded() | ClaimRetracted() | ClaimReinstated() | ClaimGraded() | ClaimRelated():
            return frozenset()
        case unknown:
            assert_never(unknown)


def evolve(claim: Claim | None, event: ClaimEvent) -> Claim:
    if isinstance(event, ClaimRecorded):
        return Claim((Made(1, event.report, event.content),))
    assert claim is not None
    match event:
        case ClaimRevised():
            parent = numbered(claim.statements, event.after, "after")
            made = Made(
                event.statement,
                event.report,
                content_with(parent.content, event.set) if event.set else parent.content,
                after=event.after,
                own=frozenset(event.set),
                changed_by=event.changed_by,
                reason=event.reason,
            )
            return replace(claim, statements=inserted(claim.statements, made))
        case ClaimWithdrawn():
            parent = numbered(claim.statements, event.after, "after")
            made = Made(
                event.statement,
                event.report,
                parent.content,
                after=event.after,
                ended=True,
                changed_by=event.changed_by,
                without_notice=event.without_notice,
                reason=event.reason,
            )
            return replace(claim, statements=inserted(claim.statements, made))
        case ClaimCorrected():
            return replace(claim, statements=mended(claim.statements, event.mends))
        case ClaimStatementRetracted():
            return replace(claim, statements=with_retracted(claim.statements, event.statement, event.reason))
        case ClaimStatementReinstated():
            return replace(claim, statements=with_retracted(claim.statements, event.statement, None))
        case ClaimRetracted():
            return replace(claim, retracted=True, retracted_because=event.reason)
        case ClaimReinstated():
            return replace(claim, retracted=False, retracted_because=None)
        case ClaimGraded():
            because = None if event.credibility is None else event.reason
            return replace(claim, credibility=event.credibility, graded_because=because)
        case ClaimRelated():
            named = {(event.relation, other) for other in event.to}
            return replace(claim, relations=claim.relations - named if event.removed else claim.relations | named)
        case unknown:
            assert_never(unknown)
