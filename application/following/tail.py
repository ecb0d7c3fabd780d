"""The end of a dossier's log, read once for all who follow it live."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

import structlog

from application.event_log import Stored
from application.following.followable import Followable
from application.following.places import START, CursorReset, LogPlace
from application.following.reader import FIRST_STRETCH, LogReader, LogStretch
from application.touch import Touch

log = structlog.get_logger("events")

# How long a tail waits before it looks by itself: the delay when no wake-up comes through. What follows the read models
# waits for the worker's own look besides.
LOOK_AGAIN_S = 1.0
LOOK_AGAIN_AT_ROWS_S = 0.5
# What is sent at once.
CHUNK_BYTES = 64 * 1024
# What a tail keeps for streams that are a little behind.
WINDOW_EVENTS = 2_000
WINDOW_BYTES = 4 * 1024 * 1024
# Streams that read by themselves at one time: the questions need connections too.
OWN_READS = 4
# What telling one chunk to one stream costs, generously: events that come while all are told are told together.
TELLING_S = 0.0001

# An event, with its cursor, as all streams tell it.
Encode = Callable[[Stored, str], bytes]


def chunked(blocks: Sequence[tuple[bytes, LogPlace]], end: LogPlace) -> Iterator[tuple[bytes, LogPlace]]:
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
    place: LogPlace
    block: bytes


class Tail:
    """The end of a dossier's log: read, encoded and, where that is asked for, looked at for what it touches, once.

    `window` holds the last events, those after the place `first`. Nothing else is kept for a stream.
    """

    def __init__(self, parts: Followable, dossier_id: str, encode: Encode, *, touches: bool) -> None:
        self._parts = parts
        self._dossier_id = dossier_id
        self._encode = encode
        self._touches = touches
        self._reader = LogReader(parts, dossier_id, touches=touches, around=True)
        self._first = START
        self._window: list[Kept] = []
        self._window_bytes = 0
        self._chunk: tuple[LogPlace, bytes, LogPlace] | None = None
        self._told_at = 0.0
        self.followers = 0
        self.begun = 0
        self.stands_still: str | None = None
        self.failed: Exception | None = None
        self.news = asyncio.Event()

    @property
    def last(self) -> LogPlace:
        return self._window[-1].place if self._window else self._first

    def after(self, place: LogPlace) -> Sequence[Kept] | None:
        """What is kept of the events after a place; None if there is more than that, or another log."""
        index = place.position - self._first.position
        if not self.begun or not 0 <= index <= len(self._window):
            return None
        if place != (self._window[index - 1].place if index else self._first):
            return None
        return self._window[index:]

    def chunk_after(self, place: LogPlace) -> tuple[bytes, LogPlace] | None:
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
        self._first = await self._reader.end()
        self._window, self._window_bytes, self._chunk = [], 0, None
        limit = FIRST_STRETCH
        self.begun += 1
        self._told_at = 0.0
        while True:
            # Asked for before reading: what is appended while we read is not waited for.
            wakeups = self._parts.wakeups
            moved = (wakeups.next_advance if self._touches else wakeups.next_move)(self._dossier_id)
            stretch = await self._reader.stretch(self.last, limit)
            limit = stretch.next_limit(limit)
            self.stands_still = stretch.stands_still
            size = self._keep(stretch)
            if stretch.seen or time.monotonic() - self._told_at >= LOOK_AGAIN_S:
                self._tell()
            await asyncio.sleep(self.followers * TELLING_S * -(-size // CHUNK_BYTES))
            if stretch.at_end:
                with suppress(TimeoutError):
                    await asyncio.wait_for(moved.wait(), LOOK_AGAIN_AT_ROWS_S if self._touches else LOOK_AGAIN_S)

    def _keep(self, stretch: LogStretch) -> int:
        """How many bytes came to it."""
        self._chunk = None
        size = 0
        for event, touch in stretch.seen:
            cursor = event.cursor
            kept = Kept(touch, LogPlace(event.position, cursor), self._encode(event, cursor))
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

    def __init__(self, parts: Followable, encode: Encode) -> None:
        self.parts = parts
        self._encode = encode
        self.own_reads = asyncio.Semaphore(OWN_READS)
        self._tails: dict[tuple[str, bool], Tail] = {}

    @contextmanager
    def followed(self, dossier_id: str, *, touches: bool) -> Iterator[Tail]:
        key = (dossier_id, touches)
        tail = self._tails.get(key)
        if tail is None or tail.failed is not None:
            tail = self._tails[key] = Tail(self.parts, dossier_id, self._encode, touches=touches)
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
