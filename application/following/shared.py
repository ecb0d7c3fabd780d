"""The news of dossiers for many subscriptions at once: each stretch of a log is read, and looked at, once for all."""

import json
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from application.following.admission import TakingTurns
from application.following.followable import Finding, Followable, FollowedRows
from application.following.gathering import Shared
from application.following.news import EventPassed, News, next_news
from application.following.places import LogPlace, place_of
from application.following.reader import FIRST_STRETCH, LogReader, LogStretch, SeenEvent, types_passing
from application.reading import Reading
from application.touch import Touch
from application.watch import EventFilter, Scope, Watch, Watched, told_watch
from domain.events import EVENT_TYPES

# One look at a log: so many events.
EVENTS = 500
# Looks under way, and questions: each takes a connection, and rules take the processor.
LOOKING, ASKING = 4, 2
# What was read is told from for so long: a log that is swapped under us is noticed after that at the latest.
KEPT_S = 1.0
KEPT_BYTES = 32 * 1024 * 1024
# Findings and touches of the questions that are watched just now.
KEPT_ANSWERS = 32
# A stretch to which others were added ends here.
LONGEST_STRETCH = 2_000


class NewsAhead(NamedTuple):
    """Everything up to `place` was looked at; `more`: there may be more to tell after it."""

    news: Sequence[News]
    place: LogPlace
    more: bool


@dataclass
class _Stretch:
    """Events one after the other, those after the place `first`."""

    first: LogPlace
    seen: list[SeenEvent]
    at_end: bool
    read_at: float
    size_bytes: int

    @property
    def end(self) -> LogPlace:
        return self._place(len(self.seen))

    def after(self, at: LogPlace) -> list[SeenEvent]:
        """What it holds after a place; nothing where that is not in it."""
        index = at.position - self.first.position
        within = 0 <= index < len(self.seen) and self._place(index) == at
        return self.seen[index : index + EVENTS] if within else []

    def _place(self, index: int) -> LogPlace:
        if not index:
            return self.first
        event = self.seen[index - 1].event
        return LogPlace(event.position, event.cursor)


@dataclass
class _Read:
    """What was read of a log lately, and how many events to read next: they may be large."""

    stretches: list[_Stretch] = field(default_factory=list)
    limit: int = FIRST_STRETCH


class SharedRows:
    """`FollowedRows` that are asked once for all who ask the same. As of a position an answer stays as it is."""

    def __init__(self, rows: FollowedRows) -> None:
        self._rows = rows
        self._touches: Shared[list[Touch]] = Shared(KEPT_S, KEPT_ANSWERS)
        self._findings: Shared[Finding | None] = Shared(KEPT_S, KEPT_ANSWERS)
        self._scopes: Shared[Scope] = Shared(KEPT_S, KEPT_ANSWERS)

    async def touched(self, reading: Reading, after: int, *, beside: bool = False, around: bool = False) -> list[Touch]:
        # With what some of those who share it ask for.
        key = (*_rows_of(reading), after, beside)
        return await self._touches.ask(key, lambda: self._rows.touched(reading, after, beside=beside, around=True))

    async def scope_of(self, reading: Reading, after: int, watched: Watched) -> Scope:
        key = (*_rows_of(reading), after, _text(watched))
        return await self._scopes.ask(key, lambda: self._rows.scope_of(reading, after, watched))

    async def finding(self, reading: Reading, watched: Watched) -> Finding | None:
        key = (*_rows_of(reading), reading.clocks, _text(watched))
        return await self._findings.ask(key, lambda: self._rows.finding(reading, watched))


def _rows_of(reading: Reading) -> tuple[object, ...]:
    return reading.dossier_id, reading.position, tuple(sorted(reading.generations.items()))


def _text(watch: Watch) -> str:
    return json.dumps(told_watch(watch), sort_keys=True)


class SharedNews:
    """What is to be told next of a dossier after a place, to any number of subscriptions."""

    def __init__(self, parts: Followable) -> None:
        self._parts = replace(parts, rows=SharedRows(parts.rows))
        self._looking, self._asking = TakingTurns(LOOKING), TakingTurns(ASKING)
        self._reads: Shared[tuple[float, LogStretch]] = Shared(0, 10_000)
        self._questions: Shared[NewsAhead] = Shared(0, 10_000)
        self._kept: OrderedDict[tuple[str, bool], _Read] = OrderedDict()
        self._kept_bytes = 0

    async def place_of(self, dossier_id: str, cursor: str) -> LogPlace:
        """As `places.place_of`, of this log."""
        return await place_of(self._parts.log, dossier_id, cursor)

    async def after(self, dossier_id: str, watch: Watch, at: LogPlace, at_most: int) -> NewsAhead:
        """At most so many news after a place.

        Raises:
            CursorReset: the log is not the one that the place was in.
        """
        if not isinstance(watch, EventFilter):
            question = (dossier_id, at, at_most, _text(watch))
            return await self._questions.ask(question, lambda: self._ask(dossier_id, watch, at, at_most))
        touches = watch.asks_for_touches
        seen, place, at_end = await self._stretch(dossier_id, at, touches)
        passing = [event for event, touch in seen if watch.passes(touch)]
        if not passing and not at_end and not touches and len(types_passing(watch)) < len(EVENT_TYPES):
            # Far behind the database passes over what is not asked for, faster than we could.
            async with self._looking.one(dossier_id):
                found = await LogReader.for_filter(self._parts, dossier_id, watch).passing(place, EVENTS, watch)
            passing, place, at_end = [event for event, _ in found.seen], found.place, found.at_end
        news = [EventPassed(event, LogPlace(event.position, event.cursor)) for event in passing[:at_most]]
        if len(passing) > at_most:
            return NewsAhead(news, news[-1].place, True)
        return NewsAhead(news, place, not at_end)

    async def _ask(self, dossier_id: str, watch: Watch, at: LogPlace, at_most: int) -> NewsAhead:
        async with self._asking.one(dossier_id):
            found = await next_news(self._parts, dossier_id, watch, at, events=EVENTS, at_most=at_most)
        far = found.place.position - at.position >= EVENTS
        return NewsAhead(found.news, found.place, len(found.news) >= at_most or far)

    async def _stretch(
        self, dossier_id: str, at: LogPlace, touches: bool
    ) -> tuple[Sequence[SeenEvent], LogPlace, bool]:
        """The events after a place, the place after them, and whether the log ended there."""
        key, asked_at = (dossier_id, touches), time.monotonic()
        while True:
            for kept in self._fresh(key):
                if seen := kept.after(at):
                    end = LogPlace(seen[-1].event.position, seen[-1].event.cursor)
                    return seen, end, kept.at_end and end == kept.end
            begun_at, found = await self._reads.ask((*key, at), lambda: self._read(key, at))
            # Who began to read before we asked may have missed what we were woken for.
            if found.seen or begun_at >= asked_at:
                return found.seen, found.place, found.at_end

    async def _read(self, key: tuple[str, bool], at: LogPlace) -> tuple[float, LogStretch]:
        """A stretch of the log, and since when it may have missed what was appended."""
        dossier_id, touches = key
        kept = self._kept.get(key)
        limit = kept.limit if kept else FIRST_STRETCH
        async with self._looking.one(dossier_id):
            begun_at = time.monotonic()
            reader = LogReader(self._parts, dossier_id, touches=touches, around=True)
            found = await reader.stretch(at, limit)
        if found.seen:
            self._keep(key, at, found, found.next_limit(limit), begun_at)
        return begun_at, found

    def _keep(self, key: tuple[str, bool], at: LogPlace, found: LogStretch, limit: int, read_at: float) -> None:
        read = self._kept.setdefault(key, _Read())
        self._kept.move_to_end(key)
        read.limit = limit
        for kept in self._fresh(key):
            if kept.end == at and len(kept.seen) < LONGEST_STRETCH:
                # As old as its oldest part.
                kept.seen += found.seen
                kept.at_end = found.at_end
                kept.size_bytes += found.size_bytes
                break
        else:
            read.stretches.append(_Stretch(at, list(found.seen), found.at_end, read_at, found.size_bytes))
        self._kept_bytes += found.size_bytes
        while self._kept_bytes > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= sum(each.size_bytes for each in oldest.stretches)

    def _fresh(self, key: tuple[str, bool]) -> Sequence[_Stretch]:
        read = self._kept.get(key)
        if read is None:
            return ()
        since = time.monotonic() - KEPT_S
        self._kept_bytes -= sum(each.size_bytes for each in read.stretches if each.read_at < since)
        read.stretches = [each for each in read.stretches if each.read_at >= since]
        return read.stretches

    def forget_old(self) -> None:
        """Let go of what nobody is told of any more."""
        for key in list(self._kept):
            if not self._fresh(key):
                del self._kept[key]
