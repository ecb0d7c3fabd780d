"""How the answer to a question changed, and by which events: a page of JSON, or a stream that goes on live."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any, Literal, NotRequired

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from application.event_log import canonical
from application.execute import NoSuchDossier
from application.following.followable import Followable
from application.following.news import News, NewsStretch, next_news
from application.following.places import START, BadCursor, CursorReset, place_of
from application.following.tail import LOOK_AGAIN_AT_ROWS_S, Tails
from application.reading import AskedClocks
from application.watch import (
    DisagreementRule,
    EventFilter,
    FigureRule,
    KindOfDisagreement,
    Watched,
    read_watch,
)
from domain.clocks import Certainty
from domain.control import ControlRule
from interfaces.api import event_stream
from interfaces.api.abandoned import cancelled_once
from interfaces.api.access import system_of
from interfaces.api.answer import EVENT_STREAM, Answer, declares
from interfaces.api.declared import own_words_in_watch, refuse_undeclared
from interfaces.api.events import HEARTBEAT_S
from interfaces.api.heavy import heavy
from interfaces.api.named_items import (
    Ids,
    called_in_watch,
    ids_of_names,
    in_ids,
    named_in_watch,
    refuse_unknown,
    refuse_unused_words,
    words_in_watch,
)
from interfaces.api.reading import (
    After,
    CutOff,
    Id,
    IdOrName,
    TopicText,
    Viewer,
    reading_of,
)
from interfaces.api.streamed import Streamed
from interfaces.bootstrap import DATABASE_AWAY
from interfaces.messages.cloud_events import AnswerMessage
from interfaces.messages.news import message_of

router = APIRouter(tags=["follow"])
log = structlog.get_logger("answers")

# What a page looks at of the log before it ends, and says where to go on; and how often it asks.
PAGE_LOOKS_AT = 5_000
PAGE_ASKS = 100
# How often a stream asks before it tells what it found.
ASKED_AT_ONCE = 10


class AnswersQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: Literal["control", "figures", "disagreements", "assessment", "record"] = Field(
        description="which question is watched"
    )
    place: IdOrName | None = Field(None, description="of control and disagreements")
    topic: TopicText | None = Field(None, description="of figures, as written in a list of topics")
    rule: FigureRule | ControlRule | DisagreementRule | None = Field(
        None, description="of figures, control and disagreements: by which rule"
    )
    undated: bool | None = Field(None, description="of control: takes in what has no date")
    kind: KindOfDisagreement | None = Field(
        None, description="of disagreements: figures, control, dates, possible or declared"
    )
    assessment: Id | None = Field(None, description="of an assessment's basis")
    source: IdOrName | None = Field(None, description="of a record")
    at: CutOff | None = Field(None, description="a moment or a date (its last instant) that stays, or `latest`")
    reported_by: CutOff | None = Field(
        None, description="takes what was published by then: a moment, or a date, month or year (its last instant)"
    )
    certainty: Certainty | None = Field(None, description="of `reported_by`")
    after: After = Field("0", description="a position, or a cursor `<position>.<hash>` as messages carry it")
    limit: int = Field(100, ge=1, le=1000, description="of a page of JSON")
    min_position: int | None = Field(
        None, ge=0, description="wait (a few seconds at most) until this position is there: reads your own write"
    )

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self if name not in _NO_PART_OF_IT and value is not None}


_NO_PART_OF_IT = ("after", "limit", "min_position")


class AnswersPage(TypedDict):
    """What changed an answer, up to `position`. `next` is where to go on, null where the log ends."""

    position: int
    next: str | None
    stands_still: NotRequired[str]
    named: NotRequired[dict[str, dict[str, str]]]
    items: list[AnswerMessage]


@router.get("/dossiers/{dossier}/answers", summary="How an answer changed", operation_id="read_answers")
@declares(
    Answer(AnswersPage),
    Answer(AnswerMessage | event_stream.Reset, media_type=EVENT_STREAM, headers=("Cache-Control",)),
    problems=(409, 429),
)
async def read_answers(
    request: Request,
    dossier: str,
    query: Annotated[AnswersQuery, Query()],
    viewer: Viewer,
    # No parameter of the contract: OpenAPI tells by the media types of an answer what `Accept` may ask for.
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    last_event_id: Annotated[str | None, Header(description="of a stream: the last id that was heard")] = None,
) -> Response:
    """The answer to a question before and after each append that changed it, and the events that did, oldest first.

    A page looks at so much of the log and may be short, even empty: the list ends where `next` is null. With
    `Accept: text/event-stream` it goes on live; ids are cursors, and `Last-Event-ID` goes on exactly after. If the log
    is not the one that the cursor was read from, the stream says `reset` and begins anew.
    """
    system = system_of(request)
    if await system.log.head(dossier) == 0:
        raise NoSuchDossier(f"there is no dossier {dossier!r}")
    ids = await ids_of_names(system, dossier, called_in_watch(query.given()))
    watched = read_watch(in_ids(query.given(), ids))
    assert not isinstance(watched, EventFilter)
    await refuse_unknown(system, dossier, named_in_watch(watched))
    await refuse_undeclared(system, dossier, own_words_in_watch(watched))
    await refuse_unused_words(system, dossier, words_in_watch(watched))
    if EVENT_STREAM in accept:
        following = Following(request.app.state.tails, request.app.state.watched, dossier, watched)
        return Streamed(request, following, last_event_id or query.after, viewer)
    return await _page(request=request, dossier=dossier, query=query, viewer=viewer, watched=watched, ids=ids)


@heavy
async def _page(
    *, request: Request, dossier: str, query: AnswersQuery, viewer: str | None, watched: Watched, ids: Ids
) -> Response:
    """Many rules may have to be asked for it, each before and after."""
    system = system_of(request)
    at = await place_of(system.log, dossier, query.after)
    reading = await reading_of(request, dossier, AskedClocks(min_position=query.min_position), viewer)
    at_most = min(query.limit, PAGE_ASKS)
    found = await next_news(system.followable, dossier, watched, at, events=PAGE_LOOKS_AT, at_most=at_most)
    more = at.position < found.place.position < reading.position
    body: dict[str, Any] = {"position": found.place.position, "next": found.place.cursor if more else None}
    if reading.stands_still is not None:
        body["stands_still"] = reading.stands_still
    if ids:
        body["named"] = ids
    items = ",".join(message_of(news).body for news in found.news)
    return Response(f'{canonical(body)[:-1]},"items":[{items}]}}', media_type="application/json")


class Following:
    """One stream of a question's answers: the place up to which it has looked at the log, and what it tells next."""

    def __init__(self, tails: Tails, parts: Followable, dossier_id: str, watched: Watched) -> None:
        """`parts`: the rows in them are asked aside, since a rule may take long."""
        self.dossier_id = dossier_id
        self.place = START
        self._tails = tails
        self._parts = parts
        self._watched = watched

    async def chunks(self, cursor: str) -> AsyncIterator[bytes]:
        """Every change after a cursor, then every change that comes, for as long as the client listens."""
        try:
            try:
                self.place = await cancelled_once(place_of(self._parts.log, self.dossier_id, cursor))
            except (BadCursor, CursorReset) as reset:
                yield self._begin_anew(reset)
            yield event_stream.opening(self.place.position)
            while True:
                try:
                    async for chunk in self._from_here():
                        yield chunk
                except CursorReset as reset:
                    yield self._begin_anew(reset)
        except DATABASE_AWAY as error:
            # The client comes back with its last id, and is told 503 until the database is there again.
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            log.warning("stream_broken_off", dossier=self.dossier_id, position=self.place.position, error=said)

    def _begin_anew(self, reset: BadCursor | CursorReset) -> bytes:
        self.place = START
        return event_stream.reset(reset)

    async def _from_here(self) -> AsyncIterator[bytes]:
        beats_at, arrived = time.monotonic() + HEARTBEAT_S, False
        while True:
            # Asked for before reading: what is taken in while we ask is not waited for.
            advanced = self._parts.wakeups.next_advance(self.dossier_id)
            found = await self._next()
            moved = found.place.position > self.place.position
            self.place = found.place
            chunk = b"".join(map(_block, found.news))
            # Whoever comes back with that id need not ask again where nothing changed.
            if time.monotonic() >= beats_at or not (moved or arrived):
                arrived = arrived or not moved
                beats_at = time.monotonic() + HEARTBEAT_S
                chunk += await self._heartbeat()
            if chunk:
                yield chunk
            if not moved:
                with suppress(TimeoutError):
                    await asyncio.wait_for(advanced.wait(), LOOK_AGAIN_AT_ROWS_S)

    async def _next(self) -> NewsStretch:
        async with self._tails.own_reads:
            asked = next_news(self._parts, self.dossier_id, self._watched, self.place, at_most=ASKED_AT_ONCE)
            return await cancelled_once(asked)

    async def _heartbeat(self) -> bytes:
        picture = await cancelled_once(self._parts.pictures.picture(self.dossier_id))
        stands_still = picture.refused if picture else "its read models are not built yet"
        return event_stream.heartbeat(self.place.position, self.place.cursor, stands_still)


def _block(news: News) -> bytes:
    message = message_of(news)
    return event_stream.block(message.place.cursor, message.type, message.body)
