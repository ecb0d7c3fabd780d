"""The stream of a report: one published item, when it came out, and what became of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain import when
from domain.checks import check, correction, references
from domain.clocks import Clocks
from domain.errors import DomainError
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import (
    Edtf,
    FieldsOf,
    MissingField,
    OneOrMany,
    Personal,
    Reason,
    ReportId,
    Slug,
    SourceId,
    StreamRef,
    Text,
    amended,
)
from domain.known import Known, NotRetracted, Retracted
from domain.merging import check_merge, check_split, refuse_of_merged


class BoundsOutsidePublished(DomainError):
    code = "bounds_outside_published"


class ReportOfItself(DomainError):
    code = "report_refers_to_itself"


class AlreadyWithdrawn(DomainError):
    code = "report_already_withdrawn"


class NotWithdrawn(DomainError):
    code = "report_not_withdrawn"


class NotDiscredited(DomainError):
    code = "report_not_discredited"


class ReportDetails(Value):
    """`published_bounds` is what the report's content lets one infer of when it came out.

    `cited_in` names the reports that mention one which nobody saw.
    """

    label: Annotated[Personal, Text(500)]
    published: Edtf
    published_bounds: Edtf | None = None
    publisher: SourceId | None = None
    author: SourceId | None = None
    language: Annotated[str | None, Text(35)] = None
    url: Annotated[str | None, Text(2000)] = None
    derived_from: OneOrMany[ReportId] = ()
    credits: OneOrMany[SourceId] = ()
    cited_in: OneOrMany[ReportId] = ()
    dataset: Slug | None = None
    edition: Annotated[str | None, Text(100)] = None
    note: Annotated[Personal | None, Text(2000)] = None

    def publication(self, time_zone: str) -> when.Bounds:
        """The earliest and latest instant at which it may have come out."""
        return when.bounds(self.published_bounds or self.published, time_zone)


class ReportFiled(Fact):
    type: Literal["report.filed"] = "report.filed"
    details: ReportDetails


class ReportCorrected(Fact):
    type: Literal["report.corrected"] = "report.corrected"
    set: Annotated[Changes, FieldsOf(ReportDetails)]
    reason: str


class ReportWithdrawn(Fact):
    """By its publisher: when, or in which later report."""

    type: Literal["report.withdrawn"] = "report.withdrawn"
    when: str | None = None
    report: str | None = None
    reason: str


class ReportWithdrawalRetracted(Fact):
    """Our record was wrong: its publisher never took it back."""

    type: Literal["report.withdrawal_retracted"] = "report.withdrawal_retracted"
    reason: str


class ReportDiscredited(Fact):
    """Our judgement: its claims stay listed and leave every combined figure."""

    type: Literal["report.discredited"] = "report.discredited"
    reason: str


class ReportDiscreditingLifted(Fact):
    """Our judgement: we rely on it again, and its claims count as they did."""

    type: Literal["report.discrediting_lifted"] = "report.discrediting_lifted"
    reason: str


class ReportRetracted(Fact):
    """We mis-filed it: no report ever said what we recorded of it."""

    type: Literal["report.retracted"] = "report.retracted"
    reason: str


class ReportReinstated(Fact):
    type: Literal["report.reinstated"] = "report.reinstated"
    reason: str


class ReportMerged(Fact):
    """It is the same item as another, and goes on as that one. On the stream of the one that goes up in the other."""

    type: Literal["report.merged"] = "report.merged"
    into: str
    reason: str


class ReportSplit(Fact):
    """It is one of its own after all: its merge is taken back."""

    type: Literal["report.split"] = "report.split"
    reason: str


ReportEvent = (
    ReportFiled | ReportCorrected | ReportWithdrawn | ReportWithdrawalRetracted | ReportDiscredited
    | ReportDiscreditingLifted | ReportRetracted | ReportReinstated | ReportMerged | ReportSplit
)  # fmt: skip


class FileReport(Creation, ReportDetails):
    stream_kind: ClassVar[str] = "report"
    command: Literal["file_report"] = "file_report"


class CorrectReport(Command):
    stream_kind: ClassVar[str] = "report"
    command: Literal["correct_report"] = "correct_report"
    set: Annotated[Changes, FieldsOf(ReportDetails)]
    reason: Reason


class WithdrawReport(Command):
    stream_kind: ClassVar[str] = "report"
    command: Literal["withdraw_report"] = "withdraw_report"
    when: Edtf | None = None
    report: ReportId | None = None
    reason: Reason


class RetractWithdrawal(Command):
    """Take back that its publisher withdrew it: it never did, and that it did so was our mistake."""

    stream_kind: ClassVar[str] = "report"
    command: Literal["retract_withdrawal"] = "retract_withdrawal"
    reason: Reason


class DiscreditReport(Command):
    stream_kind: ClassVar[str] = "report"
    command: Literal["discredit_report"] = "discredit_report"
    reason: Reason


class LiftDiscrediting(Command):
    """Rely on it again."""

    stream_kind: ClassVar[str] = "report"
    command: Literal["lift_discrediting"] = "lift_discrediting"
    reason: Reason


class RetractReport(Command):
    stream_kind: ClassVar[str] = "report"
    command: Literal["retract_report"] = "retract_report"
    reason: Reason


class ReinstateReport(Command):
    stream_kind: ClassVar[str] = "report"
    command: Literal["reinstate_report"] = "reinstate_report"
    reason: Reason


class MergeReport(Command):
    stream_kind: ClassVar[str] = "report"
    command: Literal["merge_report"] = "merge_report"
    into: ReportId
    reason: Reason


class SplitReport(Command):
    stream_kind: ClassVar[str] = "report"
    command: Literal["split_report"] = "split_report"
    reason: Reason


ReportCommand = (
    FileReport | CorrectReport | WithdrawReport | RetractWithdrawal | DiscreditReport | LiftDiscrediting | RetractReport
    | ReinstateReport | MergeReport | SplitReport
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """A merged one keeps its own description: a split has nothing to bring back."""

    details: ReportDetails
    withdrawn: ReportWithdrawn | None = None
    discredited_because: str | None = None
    retracted: bool = False
    merged_into: str | None = None


def decide(report: Report | None, command: ReportCommand, known: Known) -> list[ReportEvent]:
    check(command)
    if isinstance(command, FileReport):
        details = command.part(ReportDetails)
        _check_details(command.id, details, known)
        return [ReportFiled(details=details)]
    assert report is not None
    if report.retracted:
        if isinstance(command, RetractReport):
            return []
        if isinstance(command, ReinstateReport):
            return [ReportReinstated(reason=command.reason)]
        raise Retracted.of(command.stream)
    if isinstance(command, (WithdrawReport, RetractWithdrawal, DiscreditReport, LiftDiscrediting)):
        refuse_of_merged(command.stream, report.merged_into, known)
    match command:
        case CorrectReport():
            after, changes = correction(report.details, command.set)
            _check_details(command.id, after, known, prefix="set.", only=changes)
            return [ReportCorrected(set=changes, reason=command.reason)]
        case WithdrawReport():
            if (command.when is None) == (command.report is None):
                raise MissingField(
                    "say when its publisher withdrew it (`when`), or in which report (`report`)", field="when"
                )
            if report.withdrawn is not None:
                raise AlreadyWithdrawn(f"report {command.id!r} was withdrawn before: {report.withdrawn.reason}")
            known.require(references(command))
            if command.report is not None:
                _refuse_withdrawn_in_itself(command.report, command.id, known, field="report")
            return [ReportWithdrawn(when=command.when, report=command.report, reason=command.reason)]
        case RetractWithdrawal():
            if report.withdrawn is None:
                raise NotWithdrawn(
                    f"report {command.id!r} was not withdrawn by its publisher, so there is nothing to retract; "
                    "a report that we filed by mistake is retracted itself"
                )
            return [ReportWithdrawalRetracted(reason=command.reason)]
        case DiscreditReport():
            if report.discredited_because == command.reason:
                return []
            return [ReportDiscredited(reason=command.reason)]
        case LiftDiscrediting():
            if report.discredited_because is None:
                raise NotDiscredited(f"report {command.id!r} was not discredited, so there is nothing to lift")
            return [ReportDiscreditingLifted(reason=command.reason)]
        case RetractReport():
            return [ReportRetracted(reason=command.reason)]
        case ReinstateReport():
            if report.withdrawn is not None:
                raise NotRetracted(
                    f"report {command.id!r} was not retracted by us, it was withdrawn by its publisher; if it was not, "
                    "retract the withdrawal"
                )
            raise NotRetracted.of(command.stream)
        case MergeReport():
            end = check_merge(command.stream, report.merged_into, command.into, known)
            one = {command.id: report, end: known.get(StreamRef("report", end))}
            for id_, held in one.items():
                if held.withdrawn is not None and held.withdrawn.report is not None:
                    _refuse_withdrawn_in_itself(held.withdrawn.report, id_, known, field="into", one=one)
            return [ReportMerged(into=command.into, reason=command.reason)]
        case SplitReport():
            check_split(command.stream, report.merged_into)
            return [ReportSplit(reason=command.reason)]
        case unknown:
            assert_never(unknown)


def _refuse_withdrawn_in_itself(
    withdrawn_in: str, report_id: str, known: Known, *, field: str, one: Collection[str] = ()
) -> None:
    """`one`: what is to be one with the report."""
    way: list[str] = []
    at: str | None = withdrawn_in
    while at is not None and at not in way:
        way.append(at)
        if at == report_id or at in one:
            said = "a report cannot be withdrawn in itself"
            if way != [report_id]:
                said += f": {withdrawn_in!r}, in which {report_id!r} is withdrawn, would be one with it"
            raise ReportOfItself(said, field=field)
        at = known.get(StreamRef("report", at)).merged_into


def _check_details(
    report_id: str, details: ReportDetails, known: Known, *, prefix: str = "", only: Collection[str] | None = None
) -> None:
    if details.published_bounds is not None:
        inferred = when.bounds(details.published_bounds, known.time_zone)
        printed = when.bounds(details.published, known.time_zone)
        if inferred.latest < printed.earliest or printed.latest < inferred.earliest:
            raise BoundsOutsidePublished(
                f"published_bounds {details.published_bounds} lies outside published {details.published}",
                field=prefix + "published_bounds",
            )
    found = references(details, prefix=prefix.rstrip("."), only=only)
    for field, stream in found:
        if stream == StreamRef("report", report_id):
            raise ReportOfItself("a report cannot refer to itself", field=field)
    known.require(found)


def evolve(report: Report | None, event: ReportEvent) -> Report:
    if isinstance(event, ReportFiled):
        return Report(event.details)
    assert report is not None
    match event:
        case ReportCorrected():
            return replace(report, details=amended(report.details, event.set))
        case ReportWithdrawn():
            return replace(report, withdrawn=event)
        case ReportWithdrawalRetracted():
            return replace(report, withdrawn=None)
        case ReportDiscredited():
            return replace(report, discredited_because=event.reason)
        case ReportDiscreditingLifted():
            return replace(report, discredited_because=None)
        case ReportRetracted():
            return replace(report, retracted=True)
        case ReportReinstated():
            return replace(report, retracted=False)
        case ReportMerged():
            return replace(report, merged_into=event.into)
        case ReportSplit():
            return replace(report, merged_into=None)
        case unknown:
            assert_never(unknown)


def known_to_be_withdrawn(event: ReportWithdrawn, out: Callable[[str], bool], clocks: Clocks, time_zone: str) -> bool:
    """Whether a reader could have known that the publisher took the report back. `out`: whether a report was out."""
    if event.report is not None:
        return out(event.report)
    return event.when is None or clocks.has_passed(when.bounds(event.when, time_zone))
