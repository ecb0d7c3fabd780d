"""Reads on in one dossier's log: stretches of it, with what each event touches where that is asked for."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from application.event_log import Stored
from application.following.followable import Followable
from application.following.places import START, LogPlace, reset
from application.reading import Reading
from application.touch import Touch
from application.watch import EVERYTHING, EventFilter
from domain.events import EVENT_TYPES

# What a stream that reads by itself holds of the log.
STRETCH_BYTES = 256 * 1024
STRETCH_EVENTS, FIRST_STRETCH = 500, 100
# Where only some types are asked for, the database passes over the others.
PASSED_OVER = 100_000


class SeenEvent(NamedTuple):
    """An event with what it touches; with no facets where nobody asked for them."""

    event: Stored
    touch: Touch


class LogStretch(NamedTuple):
    """Events, and the place up to which the log was looked at; `at_end`: for now there is no more of it.

    `size_bytes` is what was read of the log for it. `stands_still`: why there is no more, if there should be.
    """

    seen: list[SeenEvent]
    place: LogPlace
    at_end: bool
    size_bytes: int = 0
    stands_still: str | None = None

    def next_limit(self, limit: int) -> int:
        """How many events to read next, after so many: events may be large."""
        return max(1, min(STRETCH_EVENTS, limit * STRETCH_BYTES // (self.size_bytes + 1)))

    def placed(self) -> Iterator[tuple[Stored, LogPlace]]:
        for event, _ in self.seen:
            yield event, LogPlace(event.position, event.cursor)


class LogReader:
    """Reads on in one dossier's log, and notices where it is not the one any more that was read before.

    With `touches` it reads no further than the read models are.
    """

    def __init__(self, parts: Followable, dossier_id: str, *, touches: bool = False, around: bool = False) -> None:
        self._parts = parts
        self._dossier_id = dossier_id
        self._touches = touches
        self._around = around

    @classmethod
    def for_filter(cls, parts: Followable, dossier_id: str, events: EventFilter) -> "LogReader":
        return cls(parts, dossier_id, touches=events.asks_for_touches, around=bool(events.place))

    async def end(self) -> LogPlace:
        """The last place that can be read up to."""
        position = await self._parts.log.head(self._dossier_id)
        if self._touches:
            picture = await self._parts.pictures.picture(self._dossier_id)
            position = min(position, picture.position if picture else 0)
        return _end(await self._parts.log.stored(self._dossier_id, position - 1, 1, upto=position), START)

    async def stretch(self, at: LogPlace, limit: int) -> LogStretch:
        """At most `limit` events after a place.

        Raises:
            CursorReset: the event at the place is not there any more.
        """
        if self._touches:
            return await self._with_touches(at, limit)
        events = await self._events(at, limit)
        return LogStretch([_seen(event) for event in events], _end(events, at), len(events) < limit, _size(events))

    async def passing(self, at: LogPlace, limit: int, events: EventFilter) -> LogStretch:
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

    async def _events(self, at: LogPlace, limit: int, upto: int | None = None) -> list[Stored]:
        # With the last one that was told: a database may be swapped under us, and trying again hides that.
        upto = None if upto is None else max(upto, at.position)
        there = await self._parts.log.stored(self._dossier_id, at.position - 1, limit + 1, upto=upto)
        if at == START:
            return there[:limit]
        if not there or there[0].cursor != at.cursor:
            raise await reset(self._parts.log, self._dossier_id, at.cursor)
        return there[1:]

    async def _with_touches(self, at: LogPlace, limit: int) -> LogStretch:
        while True:
            picture = await self._parts.pictures.picture(self._dossier_id)
            events = await self._events(at, limit, picture.position if picture else 0)
            stands_still = picture.refused if picture else "its read models are not built yet"
            if not events or picture is None:
                return LogStretch([], at, True, stands_still=stands_still)
            place = _end(events, at)
            reading = Reading(self._dossier_id, place.position, picture.generations, picture.time_zone)
            touches = {touch.position: touch for touch in await self._touched(reading, at.position)}
            again = await self._parts.pictures.picture(self._dossier_id)
            # Rows that a rebuild took the place of may have gone in between, or a backup the place of all of it.
            if again is not None and again.generations == picture.generations and len(touches) == len(events):
                seen = [SeenEvent(event, touches[event.position]) for event in events]
                return LogStretch(seen, place, len(events) < limit, _size(events), stands_still)

    async def _touched(self, reading: Reading, after: int) -> list[Touch]:
        return await self._parts.rows.touched(reading, after, around=self._around)

    async def _of_types(self, at: LogPlace, limit: int, types: Collection[str]) -> LogStretch:
        await self._events(at, 0)
        head = await self._parts.log.head(self._dossier_id)
        upto = min(head, at.position + PASSED_OVER)
        events = await self._parts.log.stored(self._dossier_id, at.position, limit, upto=upto, types=types)
        full = len(events) == limit
        last = events
        if not full and upto > at.position:
            last = await self._parts.log.stored(self._dossier_id, upto - 1, 1, upto=upto)
        return LogStretch([_seen(event) for event in events], _end(last, at), not full and upto == head, _size(events))


def _seen(event: Stored) -> SeenEvent:
    return SeenEvent(event, Touch(event.position, event.group, event.stream, event.version, event.type))


def _end(events: Sequence[Stored], otherwise: LogPlace) -> LogPlace:
    return LogPlace(events[-1].position, events[-1].cursor) if events else otherwise


def _size(events: Sequence[Stored]) -> int:
    return sum(len(event.data) for event in events)


def types_passing(events: EventFilter) -> list[str]:
    """The types of event that may pass. What an event is about is the first half of its type."""
    return [type_ for type_ in EVENT_TYPES if events.may_pass(type_, type_.partition(".")[0])]
