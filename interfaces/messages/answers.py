"""The answers to watched questions, as the questions' own endpoints find them, without what moves by itself."""

from collections.abc import Mapping
from typing import Any, assert_never
from urllib.parse import quote, urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from application.watch import (
    LATEST,
    BasisOfAssessment,
    ControlOfPlace,
    DisagreementsOfPlace,
    FiguresOfTopic,
    RecordOfSource,
    Watched,
    WatchedQuestion,
)
from domain import when
from domain.clocks import Clocks
from domain.rules import RULES
from domain.topic import parse_topic
from infrastructure.questions.control import control_of
from infrastructure.questions.disagreements import KINDS, disagreements
from infrastructure.questions.figures import topic_claims
from infrastructure.questions.record import source_record
from infrastructure.questions.situation import parts_of
from infrastructure.read_models.assessments import assessment_as_of
from infrastructure.read_models.places import place_as_of, places_inside
from infrastructure.read_models.sources import source_as_of
from interfaces.bootstrap import System
from interfaces.messages.bases import with_bases
from interfaces.messages.told import Telling

Answer = dict[str, Any]

# Of an assessment: where it stands in the log. What the desk finds is in its details.
_STANDING = ("version", "recorded_position", "assessed_position")
_AT_ONCE = 1000


def clocks_of(watched: Watched, time_zone: str) -> Clocks:
    """The clocks of a watched question, in a dossier of this time zone."""
    at = watched.at if isinstance(watched, WatchedQuestion) and watched.at != LATEST else None
    by = watched.reported_by
    return Clocks(
        None if at is None else when.cut_off(at, time_zone, field="at"),
        None if by is None else when.cut_off(by, time_zone, field="reported_by"),
        watched.certainty,
    )


async def answer(system: System, reading: Reading, watched: Watched) -> Answer | None:
    """What is found at the position and by the clocks of a reading; None where the item it is about is not there.

    Two answers are the same if they are equal: no position, no age and no version of an item is part of them.
    """
    if isinstance(watched, BasisOfAssessment):
        return await _assessment(system, reading, watched.assessment)
    async with system.engine.connect() as connection:
        item = await item_of(connection, reading, watched)
        if item is None:
            return None
        match watched:
            case ControlOfPlace(place=place):
                return _without_ages(Telling().control((await control_of(connection, reading, place)).picture))
            case FiguresOfTopic():
                return _without_ages(await _figures(connection, reading, watched))
            case DisagreementsOfPlace():
                return {"items": await _disagreements(connection, reading, watched)}
            case RecordOfSource(source=source):
                return {"reliability": item["reliability"], **await source_record(connection, reading, source)}
            case unknown:
                assert_never(unknown)


async def item_of(connection: AsyncConnection, reading: Reading, watched: Watched) -> Mapping[str, Any] | None:
    """The item that a question is about; None if it is not there. A topic is nothing that is recorded."""
    match watched:
        case ControlOfPlace(place=place) | DisagreementsOfPlace(place=place):
            return await place_as_of(connection, reading, place)
        case BasisOfAssessment(assessment=assessment):
            return await assessment_as_of(connection, reading, assessment)
        case RecordOfSource(source=source):
            return await source_as_of(connection, reading, source)
        case FiguresOfTopic(topic=topic):
            return {"topic": topic}
        case unknown:
            assert_never(unknown)


async def _figures(connection: AsyncConnection, reading: Reading, watched: FiguresOfTopic) -> Answer:
    found = await topic_claims(connection, reading, parse_topic(watched.topic))
    picture = RULES[watched.rule].function(found.claims, reading.clocks.at)
    return Telling(await parts_of(connection, reading, [picture])).figures(picture)


async def _disagreements(
    connection: AsyncConnection, reading: Reading, watched: DisagreementsOfPlace
) -> list[dict[str, Any]]:
    kinds = KINDS if watched.kind is None else (watched.kind,)
    places = {place for place, *_ in await places_inside(connection, reading, watched.place)}
    telling, items, after = Telling(), list[dict[str, Any]](), None
    while True:
        found, after = await disagreements(connection, reading, kinds, places, after, _AT_ONCE)
        items += [telling.disagreement(one) for one in found]
        if after is None:
            return items


async def _assessment(system: System, reading: Reading, assessment: str) -> Answer | None:
    async with system.engine.connect() as connection:
        item = await assessment_as_of(connection, reading, assessment)
    # What its basis did comes from the log, so the connection is given back first.
    told = await with_bases(system.log, reading, [item] if item else [])
    return next(({name: value for name, value in one.items() if name not in _STANDING} for one in told), None)


def _without_ages(told: Answer) -> Answer:
    return {name: _ageless(value) for name, value in told.items() if name != "age_days"}


def _ageless(value: Any) -> Any:
    if isinstance(value, dict):
        return _without_ages(value)
    return [_ageless(one) for one in value] if isinstance(value, list) else value


# ---- where a question is asked


def path_of(watched: Watched) -> str:
    """The address of a question below its dossier, without clocks: what a message about its answer is about."""
    match watched:
        case ControlOfPlace(place=place):
            return f"places/{place}/control"
        case FiguresOfTopic(topic=topic):
            return f"figures/{topic}"
        case DisagreementsOfPlace(place=place):
            return f"disagreements/{place}"
        case BasisOfAssessment(assessment=assessment):
            return f"assessments/{assessment}"
        case RecordOfSource(source=source):
            return f"sources/{source}/record"
        case unknown:
            assert_never(unknown)


def address_of(dossier_id: str, watched: Watched, position: int) -> str:
    """Where the answer as of a position is to be had, by the same clocks."""
    asked: dict[str, Any] = {}
    match watched:
        case FiguresOfTopic(topic=topic, rule=rule):
            path, asked = "figures", {"topic": topic, "rule": rule}
        case DisagreementsOfPlace(place=place, kind=kind):
            path, asked = "disagreements", {"place": place, "kind": kind}
        case _:
            path = path_of(watched)
    if isinstance(watched, WatchedQuestion) and watched.at != LATEST:
        asked["at"] = watched.at
    if watched.reported_by is not None:
        asked |= {"reported_by": watched.reported_by, "certainty": watched.certainty}
    asked["as_of"] = position
    query = urlencode({name: value for name, value in asked.items() if value is not None}, safe=",:")
    return f"/api/v1/dossiers/{quote(dossier_id)}/{path}?{query}"
