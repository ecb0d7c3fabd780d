"""The account of an item of any kind: `/{kind}s/{id}/history`."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, NotRequired, cast

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.history import Entry, history
from application.reading import Reading
from application.shown import Moment
from application.stream_kinds import STREAM_KINDS
from domain.claim import ClaimRevised, ClaimWithdrawn
from domain.events import EventType
from domain.fields import StreamRef
from domain.report import (
    ReportDiscredited,
    ReportDiscreditingLifted,
    ReportMerged,
    ReportReinstated,
    ReportRetracted,
    ReportSplit,
    ReportWithdrawalRetracted,
    ReportWithdrawn,
)
from domain.statements import ChangedBy
from domain.when import moment_text
from infrastructure.questions.merges import merged_reports
from infrastructure.read_models.claims import part_for
from interfaces.api.access import signers, system_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.heavy import heavy
from interfaces.api.reading import (
    OneItem,
    PagedQuery,
    Viewer,
    connected,
    cursor_of,
    no_such_item,
    reading_of,
    tag_of,
    told_clocks,
    turned_by,
)

router = APIRouter(tags=["read"])

KINDS = tuple(kind for kind in STREAM_KINDS if kind != "dossier")


class FieldChange(TypedDict):
    """A field before and after. `statement`: of which one of a claim."""

    field: str
    before: Any
    after: Any
    statement: NotRequired[int]


class Recording(TypedDict):
    """When, by whom and why something was recorded, and in which report, if that is part of it."""

    position: int
    type: EventType
    recorded_at: Moment
    principal: str
    principal_name: str | None
    reason: str | None
    report: str | None


class AccountEntry(Recording):
    """One event of an item: who, when and why, and what it changed.

    `after`: the statement of a claim that the one that is new comes after, in the order in which its source spoke.
    `changed_by`: of a claim that a later report changed or took back, who did, where that is recorded.
    `without_notice`: it was dropped, and nobody said why.
    """

    version: int
    after: NotRequired[int]
    changed_by: NotRequired[ChangedBy]
    without_notice: NotRequired[Literal[True]]
    changes: list[FieldChange]


class BecameOfReport(Recording):
    """What became of a report (`id`): it was withdrawn, discredited, retracted, merged, or not after all.

    `report` and `when`: of one that its publisher took back, in which report, or when.
    """

    id: str
    when: str | None


class OfReports(TypedDict):
    """Of a claim, what became of the reports that the entries name, in order."""

    reports: NotRequired[list[BecameOfReport]]


class Account(OneItem, OfReports):
    """Events of an item, each as it was made. `next` is the cursor of the page after it, null where the list ends.

    `reports`: of a claim, what became of the reports that the entries name, in order.
    """

    id: str
    version: int
    items: list[AccountEntry]
    next: str | None


class HistoryQuery(PagedQuery):
    order: Literal["oldest", "newest"] = Field("oldest", description="which come first")


# By what a report, and all that is said in it, counts otherwise.
_BECAME = (
    ReportWithdrawn, ReportWithdrawalRetracted, ReportDiscredited, ReportDiscreditingLifted, ReportRetracted,
    ReportReinstated, ReportMerged, ReportSplit,
)  # fmt: skip
# The version that a page ends with.
_AFTER_VERSION: TypeAdapter[Any] = TypeAdapter(Annotated[int, Field(ge=1, lt=2**31)])


def _endpoint(kind: str) -> Any:
    @heavy
    async def endpoint(
        request: Request, dossier: str, id: str, query: Annotated[HistoryQuery, Query()], viewer: Viewer
    ) -> JsonAnswer[Account]:
        """Every event of the item, oldest first: who, when and why, with what it changed, before and after."""
        question, begun = turned_by(query.question(), query.cursor, _AFTER_VERSION)
        reading = await reading_of(request, dossier, question, viewer)
        stream, newest = StreamRef(kind, id), query.order == "newest"
        version = await _version(request, reading, stream)
        if newest:
            last = version if begun is None else min(version, begun - 1)
            first = max(1, last - query.limit + 1)
        else:
            first = 1 if begun is None else begun + 1
            last = min(version, first + query.limit - 1)
        tag = await tag_of(request, dossier, stream, version)
        told = await _entries(request, reading, stream, first, last)
        goes_on = first > 1 if newest else last < version
        names = await signers(request, (entry.recorded for entry in told))
        items = [_item(entry, names) for entry in (reversed(told) if newest else told)]
        clocks = told_clocks(reading)
        following = cursor_of(reading, first if newest else last) if goes_on else None
        became = await _became_of_reports(request, reading, items) if kind == "claim" else []
        of_reports: OfReports = {"reports": became} if kind == "claim" else {}
        return JsonAnswer(
            {**clocks, "id": id, "version": version, "etag": tag, "items": items, **of_reports, "next": following}
        )

    return endpoint


async def _version(request: Request, reading: Reading, stream: StreamRef) -> int:
    """At the position of a reading."""
    part = part_for([]) if stream.kind == "claim" else None
    found = await system_of(request).pictures.states.at(reading, {stream: reading.position}, part)
    if stream not in found:
        raise no_such_item(reading, stream.kind, stream.id)
    return found[stream].version


async def _entries(request: Request, reading: Reading, stream: StreamRef, first: int, last: int) -> list[Entry]:
    """From a first version up to, and with, a last one, oldest first: what was before them is in the rows."""
    system = system_of(request)
    events = (await system.log.stretches(reading.dossier_id, {stream: (first, last)}))[stream]
    if not events or first == 1:
        return history(stream.kind, events)
    part = part_for([each.event for each in events]) if stream.kind == "claim" else None
    before = await system.pictures.states.at(reading, {stream: events[0].position - 1}, part)
    return history(stream.kind, events, before[stream].held)


async def _became_of_reports(request: Request, reading: Reading, items: Iterable[AccountEntry]) -> list[BecameOfReport]:
    named = {item["report"] for item in items}
    named |= {change["after"] for item in items for change in item["changes"] if change["field"] == "report"}
    reports = {id_ for id_ in named if id_ is not None}
    async with connected(request) as connection:
        merged = await merged_reports(connection, reading)
    reports |= {merged.survivor(id_) for id_ in reports}
    wanted = [StreamRef("report", id_) for id_ in sorted(reports)]
    streams = await system_of(request).log.streams(reading.dossier_id, wanted)
    events = [recorded for held in streams.values() for recorded in held if recorded.position <= reading.position]
    told = [recorded for recorded in events if isinstance(recorded.event, _BECAME)]
    names = await signers(request, told)
    became = (_became(recorded, names) for recorded in told)
    return sorted(became, key=lambda one: one["position"])


def _became(recorded: Recorded[Any], names: Mapping[str, str]) -> BecameOfReport:
    reason, when = getattr(recorded.event, "reason", None), getattr(recorded.event, "when", None)
    return {"id": recorded.stream.id, **_recording(recorded, reason, names), "when": when}


def _recording(recorded: Recorded[Any], reason: str | None, names: Mapping[str, str]) -> Recording:
    return {
        "position": recorded.position,
        "type": recorded.event.type,
        "recorded_at": moment_text(recorded.recorded_at),
        "principal": recorded.principal,
        "principal_name": names.get(recorded.principal),
        "reason": reason,
        "report": getattr(recorded.event, "report", None),
    }


for kind in KINDS:
    router.add_api_route(
        f"/dossiers/{{dossier}}/{kind}s/{{id}}/history", _endpoint(kind),
        summary=f"The account of {'an' if kind[0] in 'aeiou' else 'a'} {kind}", operation_id=f"read_{kind}_history",
    )  # fmt: skip


def _item(entry: Entry, names: Mapping[str, str]) -> AccountEntry:
    recorded = entry.recorded
    recording = _recording(recorded, entry.reason, names)
    told = cast("AccountEntry", {**recording, "version": recorded.version, "changes": told_changes(entry)})
    if isinstance(recorded.event, (ClaimRevised, ClaimWithdrawn)):
        told["after"] = recorded.event.after
        if recorded.event.changed_by is not None:
            told["changed_by"] = recorded.event.changed_by
    if isinstance(recorded.event, ClaimWithdrawn) and recorded.event.without_notice:
        told["without_notice"] = True
    return told


def told_changes(entry: Entry) -> list[FieldChange]:
    """Field by field, before and after."""
    told: list[FieldChange] = []
    for change in entry.changes:
        one: FieldChange = {"field": change.field, "before": change.before, "after": change.after}
        if change.statement is not None:
            one["statement"] = change.statement
        told.append(one)
    return told
