"""The stream of a source: whoever speaks or publishes, and how far it is relied on."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain.checks import check, correction, references
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import ActorId, FieldsOf, Personal, Reason, Text, amended
from domain.known import Known, Retracted

SourceKind = Literal[
    "news_outlet", "news_agency", "journalist", "monitor", "official", "government", "armed_group",
    "international_organization", "ngo", "dataset", "research", "court", "witness", "social_media", "unknown",
]  # fmt: skip
Reliability = Literal["A", "B", "C", "D", "E", "F"]


class SourceDetails(Value):
    name: Annotated[Personal, Text(300)]
    kind: SourceKind
    names: Annotated[dict[str, Personal], Text(300)] = {}
    speaks_for: ActorId | None = None
    url: Annotated[str | None, Text(2000)] = None
    note: Annotated[Personal | None, Text(2000)] = None


class SourceRegistered(Fact):
    type: Literal["source.registered"] = "source.registered"
    details: SourceDetails


class SourceCorrected(Fact):
    type: Literal["source.corrected"] = "source.corrected"
    set: Annotated[Changes, FieldsOf(SourceDetails)]
    reason: str


class SourceGraded(Fact):
    type: Literal["source.graded"] = "source.graded"
    reliability: Reliability
    reason: str


class SourceRetracted(Fact):
    type: Literal["source.retracted"] = "source.retracted"
    reason: str


SourceEvent = SourceRegistered | SourceCorrected | SourceGraded | SourceRetracted


class RegisterSource(Creation, SourceDetails):
    stream_kind: ClassVar[str] = "source"
    command: Literal["register_source"] = "register_source"


class CorrectSource(Command):
    stream_kind: ClassVar[str] = "source"
    command: Literal["correct_source"] = "correct_source"
    set: Annotated[Changes, FieldsOf(SourceDetails)]
    reason: Reason


class GradeSource(Command):
    """Admiralty: A completely reliable ... F cannot be judged."""

    stream_kind: ClassVar[str] = "source"
    command: Literal["grade_source"] = "grade_source"
    reliability: Reliability
    reason: Reason


class RetractSource(Command):
    stream_kind: ClassVar[str] = "source"
    command: Literal["retract_source"] = "retract_source"
    reason: Reason


SourceCommand = RegisterSource | CorrectSource | GradeSource | RetractSource


@dataclass(frozen=True, slots=True)
class Source:
    details: SourceDetails
    reliability: Reliability | None = None
    graded_because: str | None = None
    retracted: bool = False


def decide(source: Source | None, command: SourceCommand, known: Known) -> list[SourceEvent]:
    check(command)
    if isinstance(command, RegisterSource):
        known.require(references(command))
        return [SourceRegistered(details=command.part(SourceDetails))]
    assert source is not None
    if source.retracted:
        if isinstance(command, RetractSource):
            return []
        raise Retracted.of(command.stream)
    match command:
        case CorrectSource():
            after, changes = correction(source.details, command.set)
            known.require(references(after, prefix="set", only=changes))
            return [SourceCorrected(set=changes, reason=command.reason)]
        case GradeSource():
            if (source.reliability, source.graded_because) == (command.reliability, command.reason):
                return []
            return [SourceGraded(reliability=command.reliability, reason=command.reason)]
        case RetractSource():
            return [SourceRetracted(reason=command.reason)]
        case unknown:
            assert_never(unknown)


def evolve(source: Source | None, event: SourceEvent) -> Source:
    if isinstance(event, SourceRegistered):
        return Source(event.details)
    assert source is not None
    match event:
        case SourceCorrected():
            return replace(source, details=amended(source.details, event.set))
        case SourceGraded():
            return replace(source, reliability=event.reliability, graded_because=event.reason)
        case SourceRetracted():
            return replace(source, retracted=True)
        case unknown:
            assert_never(unknown)
