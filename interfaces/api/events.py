"""The log itself, as CloudEvents: a page of JSON, or a stream that goes on live."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any, NotRequired

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from application.event_log import Stored, canonical
from application.execute import NoSuchDossier
from application.following.places import START, BadCursor, CursorReset, LogPlace, place_of
from application.following.reader import FIRST_STRETCH, STRETCH_EVENTS, LogReader
from application.following.tail import Tail, Tails, chunked
from application.reading import AskedClocks
from application.watch import EVERYTHING, EventFilter, Kind, read_watch
from domain.estimate import Measure
from domain.events import EventType
from domain.families import Family
from interfaces.api import event_stream
from interfaces.api.abandoned import cancelled_once
from interfaces.api.access import system_of
from interfaces.api.answer import EVENT_STREAM, Answer, declares
from interfaces.api.declared import own_words_in_watch, refuse_undeclared
from interfaces.api.named_items import (
    Ids,
    called_in_watch,
    ids_of_names,
    in_ids,
    named_in_watch,
    refuse_unknown,
)
from interfaces.api.reading import (
    After,
    IdOrName,
    Viewer,
    reading_of,
)
from interfaces.api.streamed import Streamed
from interfaces.bootstrap import DATABASE_AWAY, System
from interfaces.messages.cloud_events import EventMessage, cloud_event

router = APIRouter(tags=["follow"])
log = structlog.get_logger("events")

HEARTBEAT_S = 15.0
# A page that finds few ends here, and says where to go on: of the log, and where what events touch is looked up.
PAGE_LOOKS_AT = 100_000
PAGE_LOOKS_UP = 10_000


class EventsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    after: After = Field("0", description="a position, or a cursor `<position>.<hash>` as events carry it")
    type: list[EventType] = Field([], description="only these types of event")
    kind: list[Kind] = Field([], description="only what touches claims of these kinds, or items of these kinds")
    family: list[Family] = Field([], description="only these families of change, and what may unsay some of them")
    measure: list[Measure] = Field([], description="only what touches figures of these measures")
    place: list[IdOrName] = Field([], description="only what touches one of these places, or a place inside it")
    actor: list[IdOrName] = Field([], description="only what touches one of these actors")
    claimant: list[IdOrName] = Field([], description="only what touches what one of these sources said")
    report: list[IdOrName] = Field([], description="only what touches one of these reports, or what it says")
    limit: int = Field(100, ge=1, le=1000, description="of a page of JSON")
    min_position: int | None = Field(
        None, ge=0, description="of a page of JSON: wait (a few seconds at most) until filters can look so far"
    )

    def given(self) -> dict[str, Any]:
        return {name: given for name, given in self if name in EventFilter.model_fields and given}


class EventsPage(TypedDict):
    """A page of the log, up to `position`. `next` is where to go on, null where the log ends."""

    position: int
    next: str | None
    stands_still: NotRequired[str]
    named: NotRequired[dict[str, dict[str, str]]]
    items: list[EventMessage]


@router.get("/dossiers/{dossier}/events", summary="The log, in order", operation_id="read_events")
@declares(
    Answer(EventsPage),
    Answer(EventMessage | event_stream.Reset, media_type=EVENT_STREAM, headers=("Cache-Control",)),
    problems=(409, 429),
)
async def read_events(
    request: Request,
    dossier: str,
    query: Annotated[EventsQuery, Query()],
    viewer: Viewer,
    # No parameter of the contract: OpenAPI tells by the media types of an answer what `Accept` may ask for.
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    last_event_id: Annotated[str | None, Header(description="of a stream: the last id that was heard")] = None,
) -> Response:
    """Events after a position, oldest first: `application/json`, or `text/event-stream` to follow the log live.

    Filters may be given several times: of one, any will do; of several, all must hold of one thing that the event
    touches, as it was before the event or after it. A stream's ids are cursors; `Last-Event-ID` goes on exactly after.
    If the log is not the one that the cursor was read from, the stream says `reset` and begins anew.
    """
    system = system_of(request)
    if await system.log.head(dossier) == 0:
        raise NoSuchDossier(f"there is no dossier {dossier!r}")
    ids = await ids_of_names(system, dossier, called_in_watch(query.given()))
    events = read_watch(in_ids(query.given(), ids))
    assert isinstance(events, EventFilter)
    await refuse_unknown(system, dossier, named_in_watch(events))
    await refuse_undeclared(system, dossier, own_words_in_watch(events))
    if EVENT_STREAM in accept:
        follower = Follower(request.app.state.tails, dossier, events)
        return Streamed(request, follower, last_event_id or query.after, viewer)
    if query.min_position is not None:
        await reading_of(request, dossier, AskedClocks(min_position=query.min_position), viewer)
    page = await _page(system, dossier, await place_of(system.log, dossier, query.after), events, query.limit, ids)
    return Response(page, media_type="application/json")


async def _page(system: System, dossier_id: str, at: LogPlace, events: EventFilter, limit: int, ids: Ids) -> str:
    reader = LogReader.for_filter(system.followable, dossier_id, events)
    most = at.position + (PAGE_LOOKS_UP if events.asks_for_touches else PAGE_LOOKS_AT)
    items: list[str] = []
    while True:
        wanted = limit - len(items)
        stretch = await reader.passing(at, STRETCH_EVENTS if events.asks_for_touches else wanted, events)
        at, more = stretch.place, not stretch.at_end
        for seen in stretch.seen[:wanted]:
            cursor = seen.event.cursor
            items.append(cloud_event(seen.event, cursor))
        if len(stretch.seen) > wanted:
            at, more = LogPlace(seen.event.position, cursor), True
        if not more or len(items) == limit or at.position >= most:
            break
    body: dict[str, Any] = {"position": at.position, "next": at.cursor if more else None}
    if stretch.stands_still is not None:
        body["stands_still"] = stretch.stands_still
    if ids:
        body["named"] = ids
    return f'{canonical(body)[:-1]},"items":[{",".join(items)}]}}'


def told(event: Stored, cursor: str) -> bytes:
    """An event as a block of an event stream."""
    return event_stream.block(cursor, event.type, cloud_event(event, cursor))


class Follower:
    """One stream: the place up to which it has told the log, and what it tells next."""

    def __init__(self, tails: Tails, dossier_id: str, events: EventFilter) -> None:
        self.dossier_id = dossier_id
        self.place = START
        self._tails = tails
        self._events = events
        self._everything = events == EVERYTHING
        self._reader = LogReader.for_filter(tails.parts, dossier_id, events)
        self._limit = FIRST_STRETCH
        self._ahead: deque[tuple[bytes, LogPlace]] = deque()
        # The beginning of the tail at which our place was last looked for in the log.
        self._looked_at = -1
        self._arrived = False
        self._stands_still: str | None = None
        self._beats_at = time.monotonic() + HEARTBEAT_S

    async def chunks(self, cursor: str) -> AsyncIterator[bytes]:
        """Everything after a cursor, then everything that is appended, for as long as the client listens."""
        try:
            try:
                self.place = await cancelled_once(place_of(self._tails.parts.log, self.dossier_id, cursor))
            except (BadCursor, CursorReset) as reset:
                yield self._begin_anew(reset)
            yield event_stream.opening(self.place.position)
            with self._tails.followed(self.dossier_id, touches=self._events.asks_for_touches) as tail:
                while True:
                    try:
                        chunk = await self._next(tail)
                    except CursorReset as reset:
                        chunk = self._begin_anew(reset)
                    yield chunk
        except DATABASE_AWAY as error:
            # The client comes back with its last id, and is told 503 until the database is there again.
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            log.warning("stream_broken_off", dossier=self.dossier_id, position=self.place.position, error=said)

    def _begin_anew(self, reset: BadCursor | CursorReset) -> bytes:
        self.place = START
        self._ahead.clear()
        self._arrived = False
        return event_stream.reset(reset)

    async def _next(self, tail: Tail) -> bytes:
        while True:
            if tail.failed is not None:
                raise tail.failed
            news, before = tail.news, self.place
            chunk = await self._new(tail)
            moved = self.place != before
            # Whoever comes back with that id need not read again what it was not told of.
            if time.monotonic() >= self._beats_at or not (chunk or moved or self._arrived):
                self._arrived = self._arrived or not moved
                self._beats_at = time.monotonic() + HEARTBEAT_S
                chunk += event_stream.heartbeat(self.place.position, self.place.cursor, self._stands_still)
            if chunk:
                return chunk
            if not moved:
                # A tail that hangs makes no heartbeat late.
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), max(0.0, self._beats_at - time.monotonic()))

    async def _new(self, tail: Tail) -> bytes:
        """What comes next, at most a chunk: nothing where nothing of it is told, or there is no more."""
        if not self._ahead:
            self._stands_still = tail.stands_still
            if self._everything and (found := tail.chunk_after(self.place)) is not None:
                chunk, self.place = found
                return chunk
            if (kept := tail.after(self.place)) is not None:
                passing = [(one.block, one.place) for one in kept if self._events.passes(one.touch)]
                self._ahead.extend(chunked(passing, kept[-1].place if kept else self.place))
            # Whoever is past the tail has looked by itself already, and waits for it.
            elif self.place.position <= tail.last.position or self._looked_at != tail.begun:
                self._looked_at = tail.begun
                await self._read_ahead()
        if not self._ahead:
            return b""
        chunk, self.place = self._ahead.popleft()
        return chunk

    async def _read_ahead(self) -> None:
        async with self._tails.own_reads:
            stretch = await cancelled_once(self._reader.passing(self.place, self._limit, self._events))
        passing = [(told(event, place.cursor), place) for event, place in stretch.placed()]
        self._ahead.extend(chunked(passing, stretch.place))
        self._stands_still = stretch.stands_still
        self._limit = stretch.next_limit(self._limit)
