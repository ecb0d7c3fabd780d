"""What followers ask of the read models: what events touch, and the answers to watched questions as their own
endpoints find them, without what moves by itself.
"""

from collections.abc import Mapping
from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from application.event_log import EventLog
from application.findings import KINDS_OF_DISAGREEMENT, Telling
from application.following.bases import with_bases
from application.following.followable import Finding
from application.found import DisagreementItem
from application.reading import Reading
from application.touch import Touch
from application.watch import (
    BasisOfAssessment,
    ControlOfPlace,
    DisagreementsOfPlace,
    FiguresOfTopic,
    RecordOfSource,
    Scope,
    Watched,
)
from domain.rules import RULES
from domain.topic import parse_topic
from infrastructure.questions.control import control_of
from infrastructure.questions.disagreements import disagreements
from infrastructure.questions.figures import topic_claims
from infrastructure.questions.record import source_record
from infrastructure.questions.situation import parts_of
from infrastructure.questions.touched import scope_of, touched
from infrastructure.read_models.assessments import assessment_as_of
from infrastructure.read_models.places import place_as_of, places_inside
from infrastructure.read_models.sources import source_as_of

# Of an assessment: where it stands in the log. What the desk finds is in its details.
_STANDING = ("version", "recorded_position", "assessed_position")
_AT_ONCE = 1000


class PostgresFollowedRows:
    """`FollowedRows` of a PostgreSQL."""

    def __init__(self, engine: AsyncEngine, log: EventLog) -> None:
        self._engine = engine
        self._log = log

    async def touched(self, reading: Reading, after: int, *, beside: bool = False, around: bool = False) -> list[Touch]:
        async with self._engine.connect() as connection:
            return await touched(connection, reading, after, beside=beside, around=around)

    async def scope_of(self, reading: Reading, after: int, watched: Watched) -> Scope:
        async with self._engine.connect() as connection:
            return await scope_of(connection, reading, after, watched)

    async def finding(self, reading: Reading, watched: Watched) -> Finding | None:
        if isinstance(watched, BasisOfAssessment):
            return await self._assessment(reading, watched.assessment)
        async with self._engine.connect() as connection:
            item = await item_of(connection, reading, watched)
            if item is None:
                return None
            match watched:
                case ControlOfPlace(place=place, rule=rule, undated=undated):
                    held = await control_of(connection, reading, place, rule=rule, undated=undated)
                    return _without_ages(Telling().control(held.picture))
                case FiguresOfTopic():
                    return _without_ages(await _figures(connection, reading, watched))
                case DisagreementsOfPlace():
                    return {"items": await _disagreements(connection, reading, watched)}
                case RecordOfSource(source=source):
                    return {"reliability": item["reliability"], **await source_record(connection, reading, source)}
                case unknown:
                    assert_never(unknown)

    async def _assessment(self, reading: Reading, assessment: str) -> Finding | None:
        async with self._engine.connect() as connection:
            item = await assessment_as_of(connection, reading, assessment)
        # What its basis did comes from the log, so the connection is given back first.
        told = await with_bases(self._log, reading, [item] if item else [])
        return next(({name: value for name, value in one.items() if name not in _STANDING} for one in told), None)


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


async def _figures(connection: AsyncConnection, reading: Reading, watched: FiguresOfTopic) -> Finding:
    found = await topic_claims(connection, reading, parse_topic(watched.topic))
    picture = RULES[watched.rule].function(found.claims, reading.clocks.at)
    return {**Telling(await parts_of(connection, reading, [picture])).figures(picture)}


async def _disagreements(
    connection: AsyncConnection, reading: Reading, watched: DisagreementsOfPlace
) -> list[DisagreementItem]:
    kinds = KINDS_OF_DISAGREEMENT if watched.kind is None else (watched.kind,)
    places = {place for place, *_ in await places_inside(connection, reading, watched.place)}
    telling, items, after = Telling(), list[DisagreementItem](), None
    while True:
        found, after = await disagreements(connection, reading, kinds, places, after, _AT_ONCE)
        items += [telling.disagreement(one) for one in found]
        if after is None:
            return items


def _without_ages(told: Mapping[str, Any]) -> Finding:
    return {name: _ageless(value) for name, value in told.items() if name != "age_days"}


def _ageless(value: Any) -> Any:
    if isinstance(value, dict):
        return _without_ages(value)
    return [_ageless(one) for one in value] if isinstance(value, list) else value
