"""The account of an item of any kind: `/{kind}s/{id}/history`."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from application.history import Entry, history
from domain.fields import StreamRef
from interfaces.api.access import system_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.reading import PositionQuery, Viewer, answered, no_such_item, reading_of

router = APIRouter(tags=["read"])

KINDS = ("source", "actor", "place", "report", "claim", "incident", "assessment")


def _endpoint(kind: str) -> Any:
    async def endpoint(
        request: Request, dossier: str, id: str, query: Annotated[PositionQuery, Query()], viewer: Viewer
    ) -> JsonAnswer:
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
        return JsonAnswer(answered(reading, id=id, version=told[-1].recorded.version, items=items))

    return endpoint


for kind in KINDS:
    router.add_api_route(
        f"/dossiers/{{dossier}}/{kind}s/{{id}}/history", _endpoint(kind),
        summary=f"The account of {'an' if kind[0] in 'aeiou' else 'a'} {kind}", operation_id=f"read_{kind}_history",
    )  # fmt: skip


def _item(entry: Entry, names: Mapping[str, str]) -> dict[str, Any]:
    recorded = entry.recorded
    return {
        "position": recorded.position,
        "version": recorded.version,
        "type": recorded.event.type,
        "recorded_at": recorded.recorded_at.isoformat().replace("+00:00", "Z"),
        "principal": recorded.principal,
        "principal_name": names.get(recorded.principal),
        "reason": entry.reason,
        "report": getattr(recorded.event, "report", None),
        "changes": told_changes(entry),
    }


def told_changes(entry: Entry) -> list[dict[str, Any]]:
    """Field by field, before and after."""
    return [
        {
            "field": change.field,
            "before": change.before,
            "after": change.after,
            **({"statement": change.statement} if change.statement is not None else {}),
        }
        for change in entry.changes
    ]
