"""The account of an item of any kind: `/{kind}s/{id}/history`."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Query, Request
from typing_extensions import TypedDict

from application.event_log import version_tag
from application.history import Entry, history
from application.shown import Moment
from application.stream_kinds import STREAM_KINDS
from domain.events import EventType
from domain.fields import StreamRef
from domain.when import moment_text
from interfaces.api.access import system_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.heavy import heavy
from interfaces.api.reading import OneItem, PositionQuery, Viewer, no_such_item, reading_of, told_clocks

router = APIRouter(tags=["read"])

KINDS = tuple(kind for kind in STREAM_KINDS if kind != "dossier")


class FieldChange(TypedDict):
    """A field before and after. `statement`: of which one of a claim."""

    field: str
    before: Any
    after: Any
    statement: NotRequired[int]


class AccountEntry(TypedDict):
    """One event of an item: who, when and why, and what it changed."""

    position: int
    version: int
    type: EventType
    recorded_at: Moment
    principal: str
    principal_name: str | None
    reason: str | None
    report: str | None
    changes: list[FieldChange]


class Account(OneItem):
    """Every event of an item, oldest first."""

    id: str
    version: int
    items: list[AccountEntry]


def _endpoint(kind: str) -> Any:
    @heavy
    async def endpoint(
        request: Request, dossier: str, id: str, query: Annotated[PositionQuery, Query()], viewer: Viewer
    ) -> JsonAnswer[Account]:
        """Every event of the item, oldest first: who, when and why, with what it changed, before and after."""
        reading = await reading_of(request, dossier, query.question(), viewer)
        system = system_of(request)
        stream = StreamRef(kind, id)
        recorded = (await system.log.streams(dossier, [stream]))[stream]
        told = history(kind, [each for each in recorded if each.position <= reading.position])
        if not told:
            raise no_such_item(reading, kind, id)
        names = await system.tokens.names()
        items = [_item(entry, names) for entry in told]
        last = told[-1].recorded
        clocks, tag = told_clocks(reading), version_tag(last.version, last.id)
        return JsonAnswer({**clocks, "id": id, "version": last.version, "etag": tag, "items": items})

    return endpoint


for kind in KINDS:
    router.add_api_route(
        f"/dossiers/{{dossier}}/{kind}s/{{id}}/history", _endpoint(kind),
        summary=f"The account of {'an' if kind[0] in 'aeiou' else 'a'} {kind}", operation_id=f"read_{kind}_history",
    )  # fmt: skip


def _item(entry: Entry, names: Mapping[str, str]) -> AccountEntry:
    recorded = entry.recorded
    return {
        "position": recorded.position,
        "version": recorded.version,
        "type": recorded.event.type,
        "recorded_at": moment_text(recorded.recorded_at),
        "principal": recorded.principal,
        "principal_name": names.get(recorded.principal),
        "reason": entry.reason,
        "report": getattr(recorded.event, "report", None),
        "changes": told_changes(entry),
    }


def told_changes(entry: Entry) -> list[FieldChange]:
    """Field by field, before and after."""
    told: list[FieldChange] = []
    for change in entry.changes:
        one: FieldChange = {"field": change.field, "before": change.before, "after": change.after}
        if change.statement is not None:
            one["statement"] = change.statement
        told.append(one)
    return told
