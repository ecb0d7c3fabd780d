"""What there is to tell whoever watches a dossier, stretch by stretch of its log: the same whenever it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from application.event_log import Stored
from application.findings import told_alike
from application.following.followable import Finding, Followable
from application.following.places import LogPlace, place_of, reset
from application.following.reader import LogReader
from application.reading import Reading
from application.touch import Touch
from application.watch import DisagreementsOfPlace, EventFilter, Scope, Watch, Watched, clocks_of, may_move
from domain.families import FAMILIES, SAID_AT_ONCE, Family
from domain.fields import StreamRef


class EventPassed(NamedTuple):
    """An event of the log that somebody asked for."""

    event: Stored
    place: LogPlace


class Cause(NamedTuple):
    """An event that may have changed an answer, with the family of change that it belongs to there."""

    event: Stored
    family: Family


class AnswerChanged(NamedTuple):
    """That an append changed the answer to a question. `end` is the append's last event, and `place` is after it.

    `since` is the position before the append; `before` and `after` are None where what it is about was not there.
    """

    dossier_id: str
    watched: Watched
    end: Stored
    place: LogPlace
    since: int
    causes: Sequence[Cause]
    before: Finding | None
    after: Finding | None


News = EventPassed | AnswerChanged


class NewsStretch(NamedTuple):
    """Everything up to `place` was looked at; where that is where it began, there is nothing new yet."""

    news: Sequence[News]
    place: LogPlace


async def next_news(
    parts: Followable, dossier_id: str, watch: Watch, at: LogPlace, *, events: int = 500, at_most: int = 100
) -> NewsStretch:
    """What is to be told of the log after a place. About so many `events` of it are looked at.

    `at_most` bounds the news, and how often a question is asked. Neither of them changes what is told in the end.

    Raises:
        CursorReset: the log is not the one that the place was in.
    """
    if isinstance(watch, EventFilter):
        return await _passing(parts, dossier_id, watch, at, events, at_most)
    found = await _of_question(parts, dossier_id, watch, at, events, at_most)
    # Of another log than the one that was told of, nothing is told.
    await place_of(parts.log, dossier_id, at.cursor)
    return found


async def _of_question(
    parts: Followable, dossier_id: str, watch: Watched, at: LogPlace, events: int, at_most: int
) -> NewsStretch:
    while True:
        picture = await parts.pictures.picture(dossier_id)
        if picture is None or picture.position <= at.position:
            return NewsStretch([], at)
        clocks = clocks_of(watch, picture.time_zone)
        reading = Reading(dossier_id, picture.position, picture.generations, picture.time_zone, clocks)
        found = await _changes(parts, reading, watch, at, events, at_most)
        again = await parts.pictures.picture(dossier_id)
        # Rows that a rebuild took the place of may have gone under the questions: then those say it again.
        if again is not None and again.generations == picture.generations:
            return found


async def _passing(
    parts: Followable, dossier_id: str, watch: EventFilter, at: LogPlace, events: int, at_most: int
) -> NewsStretch:
    stretch = await LogReader.for_filter(parts, dossier_id, watch).passing(at, events, watch)
    news = [EventPassed(event, place) for event, place in stretch.placed()]
    return NewsStretch(news[:at_most], news[at_most - 1].place if len(news) > at_most else stretch.place)


async def _changes(
    parts: Followable, reading: Reading, watched: Watched, at: LogPlace, events: int, at_most: int
) -> NewsStretch:
    """Append by append: only where something happened that may move the answer is it asked, before and after."""
    appends, scope = await _appends(parts, reading, watched, at.position, events)
    news: list[News] = []
    asked, reached = 0, at.position
    now: Finding | None = None
    for append in appends:
        before, last = append[0].group - 1, append[-1].position
        if any(may_move(watched, touch, scope) for touch in append):
            if asked == at_most:
                break
            # What was found after the last append that was asked about still holds: nothing since could move it.
            was = now if asked else await parts.rows.finding(replace(reading, position=before), watched)
            now = await parts.rows.finding(replace(reading, position=last), watched)
            asked += 1
            if not told_alike(was, now):
                news.append(await _changed(parts, replace(reading, position=last), watched, append, was, now))
        reached = last
    place = at if reached == at.position else await place_of(parts.log, reading.dossier_id, str(reached))
    return NewsStretch(news, place)


async def _appends(
    parts: Followable, reading: Reading, watched: Watched, after: int, events: int
) -> tuple[list[list[Touch]], Scope]:
    """What the next appends touch, each as a whole, also one that begins before; none that ends beyond the reading."""
    first = await parts.log.stored(reading.dossier_id, after, 1)
    begun = first[0].group - 1 if first else after
    while True:
        upto = replace(reading, position=min(begun + events, reading.position))
        around = isinstance(watched, DisagreementsOfPlace)
        touches = await parts.rows.touched(upto, begun, beside=True, around=around)
        scope = await parts.rows.scope_of(upto, begun, watched)
        appends = [list(append) for _, append in groupby(touches, key=lambda touch: touch.group)]
        beyond = await parts.log.stored(reading.dossier_id, upto.position, 1)
        if beyond and beyond[0].group <= upto.position:
            appends.pop()
        if appends or upto.position == reading.position:
            return appends, scope
        events *= 4


async def _changed(
    parts: Followable,
    reading: Reading,
    watched: Watched,
    append: Sequence[Touch],
    was: Finding | None,
    now: Finding | None,
) -> AnswerChanged:
    dossier_id, since, last = reading.dossier_id, append[0].group - 1, append[-1].position
    # That of this append alone: what is told must not depend on what else was looked at.
    scope = await parts.rows.scope_of(reading, since, watched)
    found = await parts.log.stored(dossier_id, since, last - since, upto=last)
    stored = {one.position: one for one in found}
    if len(stored) != last - since:
        raise await reset(parts.log, dossier_id, str(last))
    begun = {one.stream: one for one in found if one.version == 1}
    moving = (stored[touch.position] for touch in append if may_move(watched, touch, scope))
    causes = [Cause(event, _family(event, begun)) for event in moving]
    end = stored[last]
    return AnswerChanged(dossier_id, watched, end, LogPlace(last, end.cursor), since, causes, was, now)


def _family(one: Stored, begun: Mapping[StreamRef, Stored]) -> Family:
    """The family of an event; of what was appended together with the first word about an item, that of the first."""
    if one.type in SAID_AT_ONCE and one.stream in begun:
        return FAMILIES[begun[one.stream].type]
    return FAMILIES[one.type]
