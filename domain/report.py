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
from domain.known import Known, Retracted


class BoundsOutsidePublished(DomainError):
    code = "bounds_outside_published"


class ReportOfItself(DomainError):
    code = "report_refers_to_itself"


class AlreadyWithdrawn(DomainError):
    code = "report_already_withdrawn"


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


class ReportDiscredited(Fact):
    """Our judgement: its claims stay listed and leave every combined figure."""

    type: Literal["report.discredited"] = "report.discredited"
    reason: str


class ReportRetracted(Fact):
    """We mis-filed it: no report ever said what we recorded of it."""

    type: Literal["report.retracted"] = "report.retracted"
    reason: str


ReportEvent = ReportFiled | ReportCorrected | ReportWithdrawn | ReportDiscredited | ReportRetracted


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


class DiscreditReport(Command):
    stream_kind: ClassVar[str] = "report"
    command: Literal["discredit_report"] = "discredit_report"
    reason: Reason


class RetractReport(Command):
    stream_kind: ClassVar[str] = "report"
    command: Literal["retract_report"] = "retract_report"
    reason: Reason


ReportCommand = FileReport | CorrectReport | WithdrawReport | DiscreditReport | RetractReport


@dataclass(frozen=True, slots=True)
class Report:
    details: ReportDetails
    withdrawn: ReportWithdrawn | None = None
    discredited_because: str | None = None
    retracted: bool = False


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
        raise Retracted.of(command.stream)
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
            if command.report == command.id:
                raise ReportOfItself("a report cannot be withdrawn in itself", field="report")
            known.require(references(command))
            return [ReportWithdrawn(when=command.when, report=command.report, reason=command.reason)]
        case DiscreditReport():
            if report.discredited_because == command.reason:
                return []
            return [ReportDiscredited(reason=command.reason)]
        case RetractReport():
            return [ReportRetracted(reason=command.reason)]
        case unknown:
            assert_never(unknown)


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
        case ReportDiscredited():
            return replace(report, discredited_because=event.reason)
        case ReportRetracted():
            return replace(report, retracted=True)
        case unknown:
            assert_never(unknown)


def known_to_be_withdrawn(event: ReportWithdrawn, out: Callable[[str], bool], clocks: Clocks, time_zone: str) -> bool:
    """Whether a reader could have known that the publisher took the report back. `out`: whether a report was out."""
    if event.report is not None:
        return out(event.report)
    return event.when is None or clocks.has_passed(when.bounds(event.when, time_zone))
