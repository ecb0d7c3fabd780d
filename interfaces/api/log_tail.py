"""A dossier's log as streams read it: in stretches from anywhere, and its end once for all who follow it here."""

import asyncio
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

import structlog

from application.event_log import Stored
from application.reading import Reading
from application.watch import EVERYTHING, EventFilter, Touch
from domain.events import EVENT_TYPES
from infrastructure.questions.touched import touched
from interfaces.api import event_stream
from interfaces.api.errors import BadCursor, CursorReset
from interfaces.bootstrap import System
from interfaces.messages.cloud_events import cloud_event

log = structlog.get_logger("events")

# How long a tail waits before it looks by itself: the delay when no wake-up comes through. What follows the read models
# waits for the worker's own look besides.
LOOK_AGAIN_S = 1.0
LOOK_AGAIN_AT_ROWS_S = 0.5
# What is sent at once, and what a stream that reads by itself holds of the log.
CHUNK_BYTES = 64 * 1024
STRETCH_BYTES = 256 * 1024
STRETCH_EVENTS, FIRST_STRETCH = 500, 100
# Where only some types are asked for, the database passes over the others.
PASSED_OVER = 100_000
# What a tail keeps for streams that are a little behind.
WINDOW_EVENTS = 2_000
WINDOW_BYTES = 4 * 1024 * 1024
# Streams that read by themselves at one time: the questions need connections too.
OWN_READS = 4
# What telling one chunk to one stream costs, generously: events that come while all are told are told together.
TELLING_S = 0.0001


class Place(NamedTuple):
    """A place in one log: after the event with this cursor."""

    position: int
    cursor: str


START = Place(0, "0")


class Seen(NamedTuple):
    """An event with what it touches; with no facets where nobody asked for them."""

    event: Stored
    touch: Touch


class Stretch(NamedTuple):
    """Events, and the place up to which the log was looked at; `at_end`: for now there is no more of it.

    `size_bytes` is what was read of the log for it. `stands_still`: why there is no more, if there should be.
    """

    seen: list[Seen]
    place: Place
    at_end: bool
    size_bytes: int = 0
    stands_still: str | None = None

    def next_limit(self, limit: int) -> int:
        """How many events to read next, after so many: events may be large."""
        return max(1, min(STRETCH_EVENTS, limit * STRETCH_BYTES // (self.size_bytes + 1)))

    def placed(self) -> Iterator[tuple[Stored, Place]]:
        for event, _ in self.seen:
            yield event, Place(event.position, event.cursor)


async def place_of(system: System, dossier_id: str, cursor: str) -> Place:
    """Where a cursor, or a bare position, is in the log.

    Raises:
        BadCursor: it is neither.
        CursorReset: the log is not the one that it was read from.
    """
    digits, _, digest = cursor.partition(".")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 18:
        raise BadCursor(f"{cursor!r} is not a cursor: a position, or <position>.<8 hex>", field="after")
    position = int(digits)
    if position == 0 and not digest:
        return START
    there = await system.log.stored(dossier_id, position - 1, 1, upto=position)
    if not there or (digest and there[0].cursor != cursor):
        raise await _reset(system, dossier_id, cursor)
    return Place(position, there[0].cursor)


async def _reset(system: System, dossier_id: str, cursor: str) -> CursorReset:
    head = await system.log.head(dossier_id)
    return CursorReset(
        f"the log is not the one that {cursor} was read from: it ends at {head}, or holds another event there. "
        "Begin anew from 0",
        head=head,
    )


def told(event: Stored, cursor: str) -> bytes:
    """An event as a block of an event stream."""
    return event_stream.block(cursor, event.type, cloud_event(event, cursor))


class LogReader:
    """Reads on in one dossier's log, and notices where it is not the one any more that was read before.

    With `touches` it reads no further than the read models are.
    """

    def __init__(self, system: System, dossier_id: str, *, touches: bool = False, around: bool = False) -> None:
        self._system = system
        self._dossier_id = dossier_id
        self._touches = touches
        self._around = around

    @classmethod
    def for_filter(cls, system: System, dossier_id: str, events: EventFilter) -> "LogReader":
        return cls(system, dossier_id, touches=events.asks_for_touches, around=bool(events.place))

    async def end(self) -> Place:
        """The last place that can be read up to."""
        position = await self._system.log.head(self._dossier_id)
        if self._touches:
            picture = await self._system.pictures.picture(self._dossier_id)
            position = min(position, picture.position if picture else 0)
        return _end(await self._system.log.stored(self._dossier_id, position - 1, 1, upto=position), START)

    async def stretch(self, at: Place, limit: int) -> Stretch:
        """At most `limit` events after a place.

        Raises:
            CursorReset: the event at the place is not there any more.
        """
        if self._touches:
            return await self._with_touches(at, limit)
        events = await self._events(at, limit)
        return Stretch([_seen(event) for event in events], _end(events, at), len(events) < limit, _size(events))

    async def passing(self, at: Place, limit: int, events: EventFilter) -> Stretch:
        """The next stretch, of which only those are told that pass.

        Raises:
            CursorReset
        """
        types = types_passing(events)
        if not self._touches and len(types) < len(EVENT_TYPES):
            return await self._of_types(at, limit, types)
        found = await self.stretch(at, limit)
        if events == EVERYTHING:
            return found
        return found._replace(seen=[seen for seen in found.seen if events.passes(seen.touch)])

    async def _events(self, at: Place, limit: int, upto: int | None = None) -> list[Stored]:
        # With the last one that was told: a database may be swapped under us, and trying again hides that.
        upto = None if upto is None else max(upto, at.position)
        there = await self._system.log.stored(self._dossier_id, at.position - 1, limit + 1, upto=upto)
        if at == START:
            return there[:limit]
        if not there or there[0].cursor != at.cursor:
            raise await _reset(self._system, self._dossier_id, at.cursor)
        return there[1:]

    async def _with_touches(self, at: Place, limit: int) -> Stretch:
        while True:
            picture = await self._system.pictures.picture(self._dossier_id)
            events = await self._events(at, limit, picture.position if picture else 0)
            stands_still = picture.refused if picture else "its read models are not built yet"
            if not events or picture is None:
                return Stretch([], at, True, stands_still=stands_still)
            place = _end(events, at)
            reading = Reading(self._dossier_id, place.position, picture.generations, picture.time_zone)
            touches = {touch.position: touch for touch in await self._touched(reading, at.position)}
            again = await self._system.pictures.picture(self._dossier_id)
            # Rows that a rebuild took the place of may have gone in between, or a backup the place of all of it.
            if again is not None and again.generations == picture.generations and len(touches) == len(events):
                seen = [Seen(event, touches[event.position]) for event in events]
                return Stretch(seen, place, len(events) < limit, _size(events), stands_still)

    async def _touched(self, reading: Reading, after: int) -> list[Touch]:
        async with self._system.engine.connect() as connection:
            return await touched(connection, reading, after, around=self._around)

    async def _of_types(self, at: Place, limit: int, types: Collection[str]) -> Stretch:
        await self._events(at, 0)
        head = await self._system.log.head(self._dossier_id)
        upto = min(head, at.position + PASSED_OVER)
        events = await self._system.log.stored(self._dossier_id, at.position, limit, upto=upto, types=types)
        full = len(events) == limit
        last = events
        if not full and upto > at.position:
            last = await self._system.log.stored(self._dossier_id, upto - 1, 1, upto=upto)
        return Stretch([_seen(event) for event in events], _end(last, at), not full and upto == head, _size(events))


def _seen(event: Stored) -> Seen:
    return Seen(event, Touch(event.position, event.group, event.stream, event.version, event.type))


def _end(events: Sequence[Stored], otherwise: Place) -> Place:
    return Place(events[-1].position, events[-1].cursor) if events else otherwise


def _size(events: Sequence[Stored]) -> int:
    return sum(len(event.data) for event in events)


def types_passing(events: EventFilter) -> list[str]:
    """The types of event that may pass. What an event is about is the first half of its type."""
    return [type_ for type_ in EVENT_TYPES if events.may_pass(type_, type_.partition(".")[0])]


def chunked(blocks: Sequence[tuple[bytes, Place]], end: Place) -> Iterator[tuple[bytes, Place]]:
    """Blocks joined into chunks, each with the place after it; the last comes to the end of what was looked at."""
    first = size = 0
    for index, (block, _) in enumerate(blocks):
        if size and size + len(block) > CHUNK_BYTES:
            yield b"".join(block for block, _ in blocks[first:index]), blocks[index - 1][1]
            first, size = index, 0
        size += len(block)
    yield b"".join(block for block, _ in blocks[first:]), end


class Kept(NamedTuple):
    """An event as all streams tell it."""

    touch: Touch
    place: Place
    block: bytes


class Tail:
    """The end of a dossier's log: read, encoded and, where that is asked for, looked at for what it touches, once.

    `window` holds the last events, those after the place `first`. Nothing else is kept for a stream.
    """

    def __init__(self, system: System, dossier_id: str, *, touches: bool) -> None:
        self._system = system
        self._dossier_id = dossier_id
        self._touches = touches
        self._reader = LogReader(system, dossier_id, touches=touches, around=True)
        self._first = START
        self._window: list[Kept] = []
        self._window_bytes = 0
        self._chunk: tuple[Place, bytes, Place] | None = None
        self._told_at = 0.0
        self.followers = 0
        self.begun = 0
        self.stands_still: str | None = None
        self.failed: Exception | None = None
        self.news = asyncio.Event()

    @property
    def last(self) -> Place:
        return self._window[-1].place if self._window else self._first

    def after(self, place: Place) -> Sequence[Kept] | None:
        """What is kept of the events after a place; None if there is more than that, or another log."""
        index = place.position - self._first.position
        if not self.begun or not 0 <= index <= len(self._window):
            return None
        if place != (self._window[index - 1].place if index else self._first):
            return None
        return self._window[index:]

    def chunk_after(self, place: Place) -> tuple[bytes, Place] | None:
        """The first chunk of what is kept after a place, and where it ends: made once for all who are at that place."""
        if self._chunk is None or self._chunk[0] != place:
            kept = self.after(place)
            if not kept:
                return None if kept is None else (b"", place)
            self._chunk = (place, *next(chunked([(one.block, one.place) for one in kept], kept[-1].place)))
        return self._chunk[1:]

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    def stop(self) -> None:
        self._running.cancel()

    async def _run(self) -> None:
        try:
            while True:
                try:
                    await self._follow()
                except CursorReset:
                    log.warning("log_replaced", dossier=self._dossier_id, position=self.last.position)
        except Exception as error:
            # Whoever follows ends with it, and says why.
            self.failed = error
            self._tell()

    async def _follow(self) -> None:
        # Who stops us breaks off a wait, and no query: that would cost the database a connection.
        self._first = await asyncio.shield(self._reader.end())
        self._window, self._window_bytes, self._chunk = [], 0, None
        limit = FIRST_STRETCH
        self.begun += 1
        self._told_at = 0.0
        while True:
            # Asked for before reading: what is appended while we read is not waited for.
            wakeups = self._system.wakeups
            moved = (wakeups.next_advance if self._touches else wakeups.next_move)(self._dossier_id)
            stretch = await asyncio.shield(self._reader.stretch(self.last, limit))
            limit = stretch.next_limit(limit)
            self.stands_still = stretch.stands_still
            size = self._keep(stretch)
            if stretch.seen or time.monotonic() - self._told_at >= LOOK_AGAIN_S:
                self._tell()
            await asyncio.sleep(self.followers * TELLING_S * -(-size // CHUNK_BYTES))
            if stretch.at_end:
                with suppress(TimeoutError):
                    await asyncio.wait_for(moved.wait(), LOOK_AGAIN_AT_ROWS_S if self._touches else LOOK_AGAIN_S)

    def _keep(self, stretch: Stretch) -> int:
        """How many bytes came to it."""
        self._chunk = None
        size = 0
        for event, touch in stretch.seen:
            cursor = event.cursor
            kept = Kept(touch, Place(event.position, cursor), told(event, cursor))
            self._window.append(kept)
            size += len(kept.block)
        self._window_bytes += size
        gone = 0
        while len(self._window) - gone > WINDOW_EVENTS or self._window_bytes > WINDOW_BYTES:
            self._window_bytes -= len(self._window[gone].block)
            gone += 1
        if gone:
            self._first = self._window[gone - 1].place
            del self._window[:gone]
        return size

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        news, self.news = self.news, asyncio.Event()
        news.set()


class Tails:
    """The tails of this process, while they are followed: of a dossier's log, and as far as its read models are."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.own_reads = asyncio.Semaphore(OWN_READS)
        self._tails: dict[tuple[str, bool], Tail] = {}

    @contextmanager
    def followed(self, dossier_id: str, *, touches: bool) -> Iterator[Tail]:
        key = (dossier_id, touches)
        tail = self._tails.get(key)
        if tail is None or tail.failed is not None:
            tail = self._tails[key] = Tail(self.system, dossier_id, touches=touches)
            tail.start()
        tail.followers += 1
        try:
            yield tail
        finally:
            tail.followers -= 1
            if not tail.followers:
                tail.stop()
                if self._tails.get(key) is tail:
                    del self._tails[key]
