"""The stream of a source: whoever speaks or publishes, and how far it is relied on."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain.checks import check, correction, references
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import ActorId, FieldsOf, Personal, Reason, SourceId, Text, amended
from domain.known import Known, NotRetracted, Retracted
from domain.merging import check_merge, check_split, refuse_of_merged
from domain.names import DatedName

SourceKind = Literal[
    "news_outlet", "news_agency", "journalist", "monitor", "official", "government", "armed_group",
    "international_organization", "ngo", "dataset", "research", "court", "witness", "social_media", "unknown",
]  # fmt: skip
Reliability = Literal["A", "B", "C", "D", "E", "F"]


class SourceDetails(Value):
    name: Annotated[Personal, Text(300)]
    kind: SourceKind
    names: Annotated[dict[str, Personal], Text(300)] = {}
    dated_names: tuple[DatedName, ...] = ()
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
    """`reliability` is None where a grade is taken back: it is not graded then."""

    type: Literal["source.graded"] = "source.graded"
    reliability: Reliability | None
    reason: str


class SourceRetracted(Fact):
    type: Literal["source.retracted"] = "source.retracted"
    reason: str


class SourceReinstated(Fact):
    type: Literal["source.reinstated"] = "source.reinstated"
    reason: str


class SourceMerged(Fact):
    """It is the same as another, and goes on as that one. On the stream of the one that goes up in the other."""

    type: Literal["source.merged"] = "source.merged"
    into: str
    reason: str


class SourceSplit(Fact):
    """It is one of its own after all: its merge is taken back."""

    type: Literal["source.split"] = "source.split"
    reason: str


SourceEvent = (
    SourceRegistered | SourceCorrected | SourceGraded | SourceRetracted | SourceReinstated | SourceMerged | SourceSplit
)


class RegisterSource(Creation, SourceDetails):
    stream_kind: ClassVar[str] = "source"
    command: Literal["register_source"] = "register_source"


class CorrectSource(Command):
    stream_kind: ClassVar[str] = "source"
    command: Literal["correct_source"] = "correct_source"
    set: Annotated[Changes, FieldsOf(SourceDetails)]
    reason: Reason


class GradeSource(Command):
    """Admiralty: A completely reliable ... F cannot be judged; null takes a grade back."""

    stream_kind: ClassVar[str] = "source"
    command: Literal["grade_source"] = "grade_source"
    reliability: Reliability | None
    reason: Reason


class RetractSource(Command):
    stream_kind: ClassVar[str] = "source"
    command: Literal["retract_source"] = "retract_source"
    reason: Reason


class ReinstateSource(Command):
    stream_kind: ClassVar[str] = "source"
    command: Literal["reinstate_source"] = "reinstate_source"
    reason: Reason


class MergeSource(Command):
    stream_kind: ClassVar[str] = "source"
    command: Literal["merge_source"] = "merge_source"
    into: SourceId
    reason: Reason


class SplitSource(Command):
    stream_kind: ClassVar[str] = "source"
    command: Literal["split_source"] = "split_source"
    reason: Reason


SourceCommand = (
    RegisterSource | CorrectSource | GradeSource | RetractSource | ReinstateSource | MergeSource | SplitSource
)


@dataclass(frozen=True, slots=True)
class Source:
    """A merged one keeps its own description and grade: a split has nothing to bring back."""

    details: SourceDetails
    reliability: Reliability | None = None
    graded_because: str | None = None
    retracted: bool = False
    merged_into: str | None = None


def decide(source: Source | None, command: SourceCommand, known: Known) -> list[SourceEvent]:
    check(command)
    if isinstance(command, RegisterSource):
        known.require(references(command))
        return [SourceRegistered(details=command.part(SourceDetails))]
    assert source is not None
    if source.retracted:
        if isinstance(command, RetractSource):
            return []
        if isinstance(command, ReinstateSource):
            return [SourceReinstated(reason=command.reason)]
        raise Retracted.of(command.stream)
    match command:
        case CorrectSource():
            after, changes = correction(source.details, command.set)
            known.require(references(after, prefix="set", only=changes))
            return [SourceCorrected(set=changes, reason=command.reason)]
        case GradeSource():
            refuse_of_merged(command.stream, source.merged_into, known)
            if (source.reliability, source.graded_because) == (command.reliability, command.reason):
                return []
            if source.reliability is None and command.reliability is None:
                return []
            return [SourceGraded(reliability=command.reliability, reason=command.reason)]
        case MergeSource():
            check_merge(command.stream, source.merged_into, command.into, known)
            return [SourceMerged(into=command.into, reason=command.reason)]
        case SplitSource():
            check_split(command.stream, source.merged_into)
            return [SourceSplit(reason=command.reason)]
        case RetractSource():
            return [SourceRetracted(reason=command.reason)]
        case ReinstateSource():
            raise NotRetracted.of(command.stream)
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
            because = None if event.reliability is None else event.reason
            return replace(source, reliability=event.reliability, graded_because=because)
        case SourceRetracted():
            return replace(source, retracted=True)
        case SourceReinstated():
            return replace(source, retracted=False)
        case SourceMerged():
            return replace(source, merged_into=event.into)
        case SourceSplit():
            return replace(source, merged_into=None)
        case unknown:
            assert_never(unknown)
