"""What there is to tell whoever watches a dossier, stretch by stretch of its log: the same whenever it is asked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple, get_args

from application.event_log import Stored, canonical
from application.reading import Reading
from application.watch import DisagreementsOfPlace, EventFilter, Scope, Touch, Watch, Watched, may_move, told_watch
from domain.families import FAMILIES, SAID_AT_ONCE, Family
from domain.fields import StreamRef
from infrastructure.questions.touched import scope_of, touched
from interfaces.bootstrap import System
from interfaces.messages.answers import Answer, address_of, answer, clocks_of, path_of
from interfaces.messages.cloud_events import ANSWER_CHANGED, cloud_event, moment

# Of a message: larger answers are left out of it, and of so many events that may have changed one the later ones.
LARGEST_ANSWERS = 512 * 1024
MOST_EVENTS = 1000

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Message(NamedTuple):
    """One thing to tell; for one watch and position always the same.

    `position` is that of the event; of a changed answer that of the last event of the append that changed it.
    `body` is a CloudEvent, structured JSON.
    """

    position: int
    cursor: str
    type: str
    body: str


class Stretch(NamedTuple):
    """Everything up to `position` was looked at; where that is where it began, there is nothing new yet.

    `cursor` is that of the event there.
    """

    messages: list[Message]
    position: int
    cursor: str


async def next_messages(
    system: System, dossier_id: str, watch: Watch, after: int, *, events: int = 500, at_most: int = 100
) -> Stretch:
    """What is to be told of the log after a position. About so many `events` of it are looked at.

    `at_most` bounds the messages, and how often a question is asked. Neither of them changes what is told in the end.
    """
    if isinstance(watch, EventFilter) and not watch.asks_for_touches:
        return await _events(system, dossier_id, None, watch, after, events, at_most)
    while True:
        picture = await system.pictures.picture(dossier_id)
        if picture is None or picture.position <= after:
            return Stretch([], after, await _cursor(system, dossier_id, after))
        reading = Reading(dossier_id, picture.position, picture.generations, picture.time_zone)
        if isinstance(watch, EventFilter):
            found = await _events(system, dossier_id, reading, watch, after, events, at_most)
        else:
            reading = replace(reading, clocks=clocks_of(watch, picture.time_zone))
            found = await _changes(system, reading, watch, after, events, at_most)
        again = await system.pictures.picture(dossier_id)
        # Rows that a rebuild took the place of may have gone under the questions: then those say it again.
        if again is not None and again.generations == picture.generations:
            return found


async def _cursor(system: System, dossier_id: str, position: int) -> str:
    there = await system.log.stored(dossier_id, position - 1, 1, upto=position) if position else []
    return there[0].cursor if there else str(position)


# ---- events


async def _events(
    system: System,
    dossier_id: str,
    reading: Reading | None,
    watch: EventFilter,
    after: int,
    events: int,
    at_most: int,
) -> Stretch:
    """Each that passes. With a reading: up to its position, decided by what they touch."""
    stored = await system.log.stored(dossier_id, after, events, upto=reading.position if reading else None)
    if not stored:
        return Stretch([], after, await _cursor(system, dossier_id, after))
    passing = {one.position for one in stored if watch.may_pass(one.type, one.stream.kind)}
    if reading is not None and passing:
        upto = replace(reading, position=stored[-1].position)
        async with system.engine.connect() as connection:
            touches = await touched(connection, upto, after, around=bool(watch.place))
        passing = {touch.position for touch in touches if watch.passes(touch)}
    messages = []
    for one in stored:
        if one.position in passing:
            cursor = one.cursor
            messages.append(Message(one.position, cursor, one.type, cloud_event(one, cursor)))
            if len(messages) == at_most:
                return Stretch(messages, one.position, cursor)
    return Stretch(messages, stored[-1].position, stored[-1].cursor)


# ---- answers


async def _changes(
    system: System, reading: Reading, watched: Watched, after: int, events: int, at_most: int
) -> Stretch:
    """Append by append: only where something happened that may move the answer is it asked, before and after."""
    appends, scope = await _appends(system, reading, watched, after, events)
    messages: list[Message] = []
    asked, reached = 0, after
    now: Answer | None = None
    for append in appends:
        before, last = append[0].group - 1, append[-1].position
        if any(may_move(watched, touch, scope) for touch in append):
            if asked == at_most:
                break
            # What was found after the last append that was asked about still holds: nothing since could move it.
            was = now if asked else await answer(system, replace(reading, position=before), watched)
            now = await answer(system, replace(reading, position=last), watched)
            asked += 1
            if was != now:
                messages.append(await _message(system, replace(reading, position=last), watched, append, was, now))
        reached = last
    return Stretch(messages, reached, await _cursor(system, reading.dossier_id, reached))


async def _appends(
    system: System, reading: Reading, watched: Watched, after: int, events: int
) -> tuple[list[list[Touch]], Scope]:
    """What the next appends touch, each as a whole, also one that begins before; none that ends beyond the reading."""
    first = await system.log.stored(reading.dossier_id, after, 1)
    begun = first[0].group - 1 if first else after
    while True:
        upto = replace(reading, position=min(begun + events, reading.position))
        async with system.engine.connect() as connection:
            around = isinstance(watched, DisagreementsOfPlace)
            touches = await touched(connection, upto, begun, beside=True, around=around)
            scope = await scope_of(connection, upto, begun, watched)
        appends = [list(append) for _, append in groupby(touches, key=lambda touch: touch.group)]
        beyond = await system.log.stored(reading.dossier_id, upto.position, 1)
        if beyond and beyond[0].group <= upto.position:
            appends.pop()
        if appends or upto.position == reading.position:
            return appends, scope
        events *= 4


async def _message(
    system: System,
    reading: Reading,
    watched: Watched,
    append: Sequence[Touch],
    was: Answer | None,
    now: Answer | None,
) -> Message:
    dossier_id, before, last = reading.dossier_id, append[0].group - 1, append[-1].position
    async with system.engine.connect() as connection:
        # That of this append alone: what is told must not depend on what else was looked at.
        scope = await scope_of(connection, reading, before, watched)
    moving = [touch for touch in append if may_move(watched, touch, scope)]
    found = await system.log.stored(dossier_id, before, last - before, upto=last)
    stored = {one.position: one for one in found}
    end = stored[last]
    begun = {one.stream: one for one in found if one.version == 1}
    families = {touch.position: _family(stored[touch.position], begun) for touch in moving}
    answers = {"before": was, "after": now}
    data: dict[str, Any] = {
        "question": told_watch(watched),
        "families": [family for family in get_args(Family) if family in families.values()],
        "events": [_did(stored[position], family) for position, family in [*families.items()][:MOST_EVENTS]],
    }
    if len(families) > MOST_EVENTS:
        data["more_events"] = len(families) - MOST_EVENTS
    told = _json.encode(answers)
    data |= {"too_large": True} if len(told.encode()) > LARGEST_ANSWERS else answers
    data["ask"] = {name: address_of(dossier_id, watched, at) for name, at in (("before", before), ("after", last))}
    envelope = {
        "specversion": "1.0",
        "id": _id(end, watched),
        "source": f"/api/v1/dossiers/{dossier_id}",
        "type": ANSWER_CHANGED,
        "subject": path_of(watched),
        "time": moment(end),
        "datacontenttype": "application/json",
        "position": last,
        "cursor": end.cursor,
        "data": data,
    }
    return Message(last, end.cursor, ANSWER_CHANGED, _json.encode(envelope))


def _id(end: Stored, watched: Watched) -> str:
    """The same whenever it is told. An event of another log that took its position has another id."""
    return sha256(canonical([str(end.id), told_watch(watched)]).encode()).hexdigest()[:32]


def _family(one: Stored, begun: Mapping[StreamRef, Stored]) -> Family:
    """The family of an event; of what was appended together with the first word about an item, that of the first."""
    if one.type in SAID_AT_ONCE and one.stream in begun:
        return FAMILIES[begun[one.stream].type]
    return FAMILIES[one.type]


def _did(one: Stored, family: Family) -> dict[str, Any]:
    return {
        "position": one.position,
        "type": one.type,
        "family": family,
        "subject": str(one.stream),
        "reason": json.loads(one.data).get("reason"),
        "principal": one.principal,
    }
