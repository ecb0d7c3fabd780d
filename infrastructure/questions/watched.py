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
from infrastructure.questions.around import places_inside_then
from infrastructure.questions.control import control_of
from infrastructure.questions.disagreements import Sought, disagreements
from infrastructure.questions.figures import topic_claims
from infrastructure.questions.findings import assessment_finding, control_finding, figures_finding, record_finding
from infrastructure.questions.persons import persons_beside
from infrastructure.questions.situation import parts_of
from infrastructure.questions.touched import scope_of, touched
from infrastructure.read_models.assessments import assessment_as_of
from infrastructure.read_models.places import place_as_of
from infrastructure.read_models.sources import source_as_of

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
                    return {**control_finding(held.picture, Telling())}
                case FiguresOfTopic():
                    return await _figures(connection, reading, watched)
                case DisagreementsOfPlace():
                    return {"items": await _disagreements(connection, reading, watched)}
                case RecordOfSource(source=source):
                    return await record_finding(connection, reading, source)
                case unknown:
                    assert_never(unknown)

    async def _assessment(self, reading: Reading, assessment: str) -> Finding | None:
        async with self._engine.connect() as connection:
            item = await assessment_as_of(connection, reading, assessment)
        # What its basis did comes from the log, so the connection is given back first.
        told = await with_bases(self._log, reading, [item] if item else [])
        return next(map(assessment_finding, told), None)


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
    """With what the register of persons counts of the topic's incident, as it stands beside."""
    topic = parse_topic(watched.topic)
    found = await topic_claims(connection, reading, topic, watched.rule)
    picture = RULES[watched.rule].function(found.claims, reading.clocks.at)
    told: Finding = {**figures_finding(picture, Telling(await parts_of(connection, reading, [picture])))}
    if topic.incident is not None:
        told["persons"] = await persons_beside(connection, reading, topic.incident)
    return told


async def _disagreements(
    connection: AsyncConnection, reading: Reading, watched: DisagreementsOfPlace
) -> list[DisagreementItem]:
    kinds = KINDS_OF_DISAGREEMENT if watched.kind is None else (watched.kind,)
    places = await places_inside_then(connection, reading, watched.place)
    sought = Sought(kinds, places, watched.rule)
    telling, items, after = Telling(), list[DisagreementItem](), None
    while True:
        found, after = await disagreements(connection, reading, sought, after, _AT_ONCE)
        items += [telling.disagreement(one) for one in found]
        if after is None:
            return items
