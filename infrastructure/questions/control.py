"""What a rule needs to say who holds a place: the claims about it and about what lies around it."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, func, not_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Control, Occurrence, actors_of
from domain.control import CONTROL_FROM_SNAPSHOTS, ControlPicture, ControlRule, control
from domain.control_timeline import VoiceTimeline, timeline
from domain.exclusions import Exclusion, exclusions, is_of_all
from domain.in_force import InForce
from domain.sides import Sides
from domain.taken_inside import TakenInside, is_held_whole, taken_inside
from infrastructure.questions.around import around, places_inside_then, sides, surely_around
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.questions.merges import all_merged, all_one_with
from infrastructure.questions.rule_claims import claims_in_force, rule_columns


@dataclass(frozen=True, slots=True)
class PlaceControl:
    picture: ControlPicture
    timeline: Sequence[VoiceTimeline]
    claims: Sequence[InForce]


async def control_of(
    connection: AsyncConnection,
    reading: Reading,
    place_id: str,
    *,
    rule: ControlRule = CONTROL_FROM_SNAPSHOTS,
    undated: bool = False,
) -> PlaceControl:
    """Who is said to hold a place, over time and at the moment asked for; by a rule, with or without undated words."""
    place_id = (await all_merged(connection, reading))["place"].survivor(place_id)
    surroundings = await around(connection, reading, [place_id])
    place_around = surroundings[place_id]
    surely = (await surely_around(connection, reading, surroundings))[place_id]
    found = await control_claims(connection, reading, place_around)
    actor_sides = await sides_in(connection, reading, found)
    at = reading.clocks.at
    picture = control(place_id, found, place_around, actor_sides, at, rule=rule, undated=undated, surely=surely)
    over_time = timeline(place_id, found, place_around, actor_sides, rule=rule, surely=surely)
    return PlaceControl(picture, over_time, found)


async def taken_inside_of(
    connection: AsyncConnection,
    reading: Reading,
    place_id: str,
    picture: ControlPicture,
    *,
    undated: bool = False,
) -> Sequence[TakenInside]:
    """Of a place of all of which somebody is told to hold it, the places inside that others have held since."""
    if not is_held_whole(picture):
        return ()
    merged = (await all_merged(connection, reading))["place"]
    place_id = merged.survivor(place_id)
    inside = {merged.survivor(place) for place in await places_inside_then(connection, reading, place_id)} - {place_id}
    told = await control_claims(connection, reading, inside)
    # Nobody is known to hold one by a word about it of which there is none.
    surroundings = await around(connection, reading, inside & {str(claim.content.place) for claim in told})
    surely = await surely_around(connection, reading, surroundings)
    further = {outer for near in surroundings.values() for outer in near} - inside
    told += await control_claims(connection, reading, further)
    actor_sides = await sides_in(connection, reading, told)
    by_place: dict[str, list[InForce]] = {}
    for claim in told:
        by_place.setdefault(str(claim.content.place), []).append(claim)
    at, inner = reading.clocks.at, {}
    for place, near in surroundings.items():
        bearing = [claim for outer in near for claim in by_place.get(outer, ())]
        inner[place] = control(place, bearing, near, actor_sides, at, undated=undated, surely=surely[place])
    return taken_inside(picture, inner, actor_sides, at)


async def control_claims(connection: AsyncConnection, reading: Reading, place_ids: Iterable[str]) -> list[InForce]:
    """Every claim about control of some places, captures and withdrawals among them, that was not retracted."""
    query = _control_claims(await cut_off_of(connection, reading))
    every = await all_one_with(connection, reading, "place", place_ids)
    return await claims_in_force(connection, reading, query, place_ids=every)


async def exclusions_at(
    connection: AsyncConnection, reading: Reading, places: Sequence[str]
) -> AsyncIterator[tuple[str, int, list[Exclusion]]]:
    """Of each of some places the words about it that cannot both be, with how many claims were looked at."""
    surroundings = await around(connection, reading, places)
    outers = {outer for place, near in surroundings.items() for outer in near if outer != place}
    of_all = [one for one in await _claims_of_all(connection, reading, outers) if is_of_all(one)] if outers else []
    for place in places:
        near = surroundings.get(place, {})
        said = await control_claims(connection, reading, [place])
        said += [claim for claim in of_all if claim.content.place in near and claim.content.place != place]
        yield (
            place,
            len(said),
            exclusions(place, said, await sides_in(connection, reading, said), reading.clocks.at, near),
        )


async def _claims_of_all(connection: AsyncConnection, reading: Reading, place_ids: Iterable[str]) -> list[InForce]:
    """Those that may say of some places who holds all of them, or is nowhere in them."""
    query = _control_claims(await cut_off_of(connection, reading), of_all=True)
    every = await all_one_with(connection, reading, "place", place_ids)
    return await claims_in_force(connection, reading, query, place_ids=every)


@cache
def _control_claims(cut_off: CutOff, *, of_all: bool = False) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    found = rows.select(*rule_columns(rows)).where(
        not_(rows.retracted),
        s.place_id == func.any(bindparam("place_ids", type_=ARRAY(Text))),
        s.nature.in_(["control", "intended"]),
        s.kind.in_(["control", "occurrence"]),
    )
    return found.where(s.content.contains('"extent":"all"', autoescape=True)) if of_all else found


async def sides_in(connection: AsyncConnection, reading: Reading, claims: Sequence[InForce]) -> Sides:
    """Whose side the actors are on that some claims about control name."""
    return await sides(connection, reading, {actor for claim in claims for actor in _actors(claim)})


def _actors(claim: InForce) -> Iterable[str]:
    match claim.content:
        case Control(actor=str(actor)):
            return (actor,)
        case Occurrence():
            return actors_of(claim.content)
        case _:
            return ()
