"""What questions find, as it is compared and watched: without what moves by itself."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, and_, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from application.findings import Telling
from application.following.bases import AssessmentItem
from application.following.followable import Finding
from application.found import ControlPictureTold, FigurePictureTold
from application.reading import Reading
from domain.content import Figure
from domain.control import ControlPicture, control
from domain.fields import StreamRef
from domain.figures import LATEST_PER_CLAIMANT, FigurePicture
from domain.in_force import InForce
from domain.rules import RULES
from domain.topic import Topic, topic_of
from infrastructure.questions.around import around, surely_around
from infrastructure.questions.control import control_claims, sides_in
from infrastructure.questions.figures import KeptTopic, kept_as, natures_of, wanted_topics
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.questions.merges import all_merged
from infrastructure.questions.record import source_record
from infrastructure.questions.rule_claims import claims_in_force, rule_columns
from infrastructure.questions.situation import parts_of
from infrastructure.read_models.sources import source_as_of

# Of an assessment: where it stands in the log. What the desk finds is in its details.
_STANDING = ("version", "recorded_position", "assessed_position")


class Found(NamedTuple):
    """A finding, with the answer in the making that it was told in; `claims`: how many were looked at for it.

    `on`: what it rests on besides, which it does not tell.
    """

    told: Finding
    telling: Telling
    claims: int = 0
    on: frozenset[StreamRef] = frozenset()

    def rests_on(self) -> set[str]:
        """The claims that it is told with; of an assessment those that it names."""
        besides = {item.id for item in self.on if item.kind == "claim"}
        return {*self.telling.told_of(), *self.told.get("claims", ()), *besides}


def control_finding(picture: ControlPicture, telling: Telling) -> ControlPictureTold:
    return cast("ControlPictureTold", _without_ages(telling.control(picture)))


def figures_finding(picture: FigurePicture, telling: Telling) -> FigurePictureTold:
    return cast("FigurePictureTold", _without_ages(telling.figures(picture)))


def assessment_finding(item: AssessmentItem) -> Finding:
    return {name: value for name, value in item.items() if name not in _STANDING}


async def record_finding(connection: AsyncConnection, reading: Reading, source: str) -> Finding | None:
    """The record of a source, with its grade; None where there is no such source."""
    item = await source_as_of(connection, reading, source)
    if item is None:
        return None
    return {"reliability": item["reliability"], **await source_record(connection, reading, source)}


def _without_ages(told: Mapping[str, Any]) -> Finding:
    return {name: _ageless(value) for name, value in told.items() if name != "age_days"}


def _ageless(value: Any) -> Any:
    if isinstance(value, dict):
        return _without_ages(value)
    return [_ageless(one) for one in value] if isinstance(value, list) else value


async def control_findings(connection: AsyncConnection, reading: Reading, places: Sequence[str]) -> dict[str, Found]:
    """Who is said to hold each of some places; without those of which nothing is said."""
    merged = (await all_merged(connection, reading))["place"]
    surroundings = await around(connection, reading, places)
    surely = await surely_around(connection, reading, surroundings)
    outers = {outer for near in surroundings.values() for outer in near}
    said = await control_claims(connection, reading, outers)
    actor_sides = await sides_in(connection, reading, said)
    by_place: dict[str | None, list[InForce]] = {}
    for claim in said:
        by_place.setdefault(claim.content.place, []).append(claim)
    found = {}
    for place in places:
        near = surroundings[place]
        bearing = [claim for outer in near for claim in by_place.get(outer, ())]
        here, at = merged.survivor(place), reading.clocks.at
        picture = control(here, bearing, near, actor_sides, at, surely=surely[place])
        if picture.states or picture.beside or picture.undated or picture.set_aside:
            telling = Telling()
            found[place] = Found({**control_finding(picture, telling)}, telling, len(bearing))
    return found


async def figures_findings(
    connection: AsyncConnection, reading: Reading, topics: Sequence[Topic]
) -> dict[Topic, Found]:
    """What each of some topics comes to, none of them of an incident; without those of which nothing is said."""
    said = await _claims_of(connection, reading, topics)
    rule = RULES[LATEST_PER_CLAIMANT].function
    pictures = {topic: rule(claims, reading.clocks.at) for topic, claims in said.items()}
    parts = await parts_of(connection, reading, pictures.values())
    found = {}
    for topic, picture in pictures.items():
        if not (picture.groups or picture.set_aside):
            continue
        telling = Telling(parts)
        found[topic] = Found({**figures_finding(picture, telling)}, telling, len(said[topic]))
    return found


async def _claims_of(
    connection: AsyncConnection, reading: Reading, topics: Sequence[Topic]
) -> dict[Topic, list[InForce]]:
    """Every claim of each topic, by what its items go on as, that was not retracted, those of incidents too."""
    merged = await all_merged(connection, reading)
    wanted: dict[tuple[str, str], list[Topic]] = {}
    kept: dict[KeptTopic, None] = {}
    for topic in topics:
        natures, place = natures_of(topic), topic.place or ""
        first, *further = KeptTopic(natures[0], place, kept_as(topic)).alike(merged)
        as_one = first.as_one(merged)
        wanted.setdefault((as_one.place, as_one.topic), []).append(topic)
        kept |= {one._replace(nature=nature): None for one in (first, *further) for nature in natures}
    columns: dict[str, Any] = {"natures": [one.nature for one in kept], "places": [one.place for one in kept],
               "topics": [one.topic for one in kept]}  # fmt: skip
    found: dict[Topic, list[InForce]] = {}
    query = _of_topics(await cut_off_of(connection, reading))
    for claim in await claims_in_force(connection, reading, query, **columns):
        assert isinstance(claim.content, Figure)
        # What was merged is named in it as what it goes on as.
        counted = topic_of(claim.content)
        for topic in wanted[counted.place or "", kept_as(counted)]:
            found.setdefault(topic, []).append(claim)
    return found


@cache
def _of_topics(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    wanted = wanted_topics()
    same = and_(*(s[name] == wanted.c[name].collate("C") for name in ("nature", "place_id", "topic")))
    query = select(*rule_columns(rows)).select_from(wanted.join(rows.joined, same))
    return query.where(rows.in_force, not_(rows.retracted))
