"""The log itself, as CloudEvents: a page of JSON, or a stream that goes on live."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, JSONServerSentEvent, ServerSentEvent

from application.event_log import Recorded
from application.execute import NoSuchDossier
from domain.events import EVENT_TYPES
from domain.fields import NotInVocabulary
from interfaces.api.access import system_of
from interfaces.api.errors import BadCursor, CursorReset
from interfaces.api.reading import Viewer
from interfaces.bootstrap import DATABASE_AWAY, System

router = APIRouter(tags=["follow"])
log = structlog.get_logger("events")

EVENT_STREAM = "text/event-stream"
# How long a stream waits before it looks by itself: the delay when no wake-up comes through.
LOOK_AGAIN_S = 1.0
HEARTBEAT_S = 15
RETRY_MS = 1000
STREAM_BATCH = 500


class EventsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(None, description="a position, or a cursor `<position>.<hash>` as events carry it")
    type: list[str] = Field([], description="only these types of event; may be given several times")
    limit: int = Field(100, ge=1, le=1000)


@router.get("/dossiers/{dossier}/events", summary="The log, in order", operation_id="read_events")
async def read_events(
    request: Request,
    dossier: str,
    query: Annotated[EventsQuery, Query()],
    viewer: Viewer,
    accept: Annotated[str, Header()] = "",
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Events after a position, oldest first: `application/json`, or `text/event-stream` to follow the log live.

    A stream's ids are cursors; `Last-Event-ID` goes on exactly after. If the log is not the one that the cursor was
    read from, the stream says `reset` and begins anew.
    """
    for name in query.type:
        if name not in EVENT_TYPES:
            raise NotInVocabulary(f"there is no event type {name!r}; there are {', '.join(EVENT_TYPES)}", field="type")
    system = system_of(request)
    head = await system.log.head(dossier)
    if head == 0:
        raise NoSuchDossier(f"there is no dossier {dossier!r}")
    types = frozenset(query.type) or None
    if EVENT_STREAM in accept:
        cursor = last_event_id or query.after or "0"
        stream = _follow(system, dossier, cursor, types)
        return EventSourceResponse(
            stream, ping=HEARTBEAT_S, headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        )
    position = await _position(system, dossier, query.after or "0", head)
    events = await system.log.read(dossier, position, query.limit, types=types)
    full = len(events) == query.limit
    # The page may hold events that were appended since the head was read.
    reached = events[-1].position if full else max([head, *(recorded.position for recorded in events[-1:])])
    items = ",".join(map(cloud_event, events))
    more = json.dumps(events[-1].cursor if full else None)
    return Response(f'{{"position":{reached},"items":[{items}],"next":{more}}}', media_type="application/json")


def cloud_event(recorded: Recorded) -> str:
    """An event as CloudEvents 1.0, structured JSON. `data` is its stored text, letter for letter."""
    envelope = {
        "specversion": "1.0",
        "id": str(recorded.id),
        "source": f"/api/v1/dossiers/{recorded.dossier_id}",
        "type": recorded.event.type,
        "subject": str(recorded.stream),
        "time": recorded.recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "position": recorded.position,
        "cursor": recorded.cursor,
        "version": recorded.version,
        "principal": recorded.principal,
        "groupposition": recorded.group,
        **({"correlationid": recorded.correlation_id} if recorded.correlation_id else {}),
    }
    text = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    return f'{text[:-1]},"data":{recorded.data}}}'


async def _position(system: System, dossier_id: str, cursor: str, head: int) -> int:
    """The position of a cursor of this very log.

    Raises:
        CursorReset: the log is not the one that it was read from.
    """
    position, _, digest = cursor.partition(".")
    if not position.isdecimal() or len(position) > 18:
        raise BadCursor(f"{cursor!r} is not a cursor: a position, or <position>.<8 hex>", field="after")
    reached = int(position)
    same = reached <= head
    if same and digest:
        there = await system.log.read(dossier_id, reached - 1, 1, upto=reached) if reached else []
        same = [recorded.cursor for recorded in there] == [cursor]
    if not same:
        raise CursorReset(
            f"the log is not the one that {cursor} was read from: it ends at {head}, or holds another event there. "
            "Begin anew from 0",
            head=head,
        )
    return reached


async def _follow(
    system: System, dossier_id: str, cursor: str, types: frozenset[str] | None
) -> AsyncIterator[ServerSentEvent]:
    """Everything after a cursor, then everything that is appended, for as long as the client listens."""
    try:
        position = await _position(system, dossier_id, cursor, await system.log.head(dossier_id))
    except (CursorReset, BadCursor) as reset:
        yield JSONServerSentEvent({"reason": reset.message}, event="reset", id="0", retry=RETRY_MS)
        position = 0
    yield ServerSentEvent(comment=f"after {position}", retry=RETRY_MS)
    try:
        async for event in _events_from(system, dossier_id, position, types):
            yield event
    except DATABASE_AWAY as error:
        # The client comes back with its last id, and is told 503 until the database is there again.
        log.warning("stream_broken_off", dossier=dossier_id, error=f"{type(error).__name__}: {error}".splitlines()[0])


async def _events_from(
    system: System, dossier_id: str, position: int, types: frozenset[str] | None
) -> AsyncIterator[ServerSentEvent]:
    told = position
    while True:
        # Asked for before reading: what is appended while these events are on their way is not waited for.
        moved = system.wakeups.next_move(dossier_id)
        # A client that goes away breaks off a wait, and no query: that would cost the database a connection.
        batch = await asyncio.shield(system.log.read(dossier_id, position, STREAM_BATCH))
        for recorded in batch:
            position = recorded.position
            if types is None or recorded.event.type in types:
                told = position
                yield ServerSentEvent(cloud_event(recorded), event=recorded.event.type, id=recorded.cursor)
        if len(batch) < STREAM_BATCH:
            if batch and told < position:
                # Of the events in between none was asked for: whoever comes back need not read them again.
                told = position
                yield ServerSentEvent(comment="position", id=batch[-1].cursor)
            with suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), LOOK_AGAIN_S)
