"""What lies around a place, when it may have been inside, and whose side an actor is on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, Text, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.actor import ActorDetails
from domain.place import PlaceDetails
from domain.when import EARLIEST, LATEST, Instant
from infrastructure.read_models.actors import actors
from infrastructure.read_models.places import place_parents, places
from infrastructure.rows.versioned import as_of, asked

Windows = Sequence[tuple[Instant, Instant]]
ALWAYS: Windows = ((EARLIEST, LATEST),)


async def around(
    connection: AsyncConnection, reading: Reading, place_ids: Iterable[str]
) -> dict[str, dict[str, Windows]]:
    """For each place what lies around it, itself included, with the times between which it may have been inside."""
    found: dict[str, dict[str, list[tuple[Instant, Instant]]]] = {}
    rows = await connection.execute(_outwards(), asked(reading, place_ids=sorted(place_ids)))
    for inner, outer, earliest, latest in rows:
        found.setdefault(inner, {}).setdefault(outer, []).append((earliest, latest))
    return {inner: {outer: sorted(windows) for outer, windows in outers.items()} for inner, outers in found.items()}


@cache
def _outwards() -> Select[Any]:
    # The columns' own collation: a recursive query asks for the same in both halves.
    begun = func.unnest(bindparam("place_ids", type_=ARRAY(Text))).column_valued("begun")
    up = select(
        begun.collate("C").label("inner_id"),
        begun.collate("C").label("outer_id"),
        literal(EARLIEST, BigInteger).label("earliest"),
        literal(LATEST, BigInteger).label("latest"),
    ).cte("up", recursive=True)
    parent = place_parents.alias("p")
    earliest = func.greatest(up.c.earliest, parent.c.earliest)
    latest = func.least(up.c.latest, parent.c.latest)
    up = up.union(
        select(up.c.inner_id, parent.c.parent_id, earliest, latest).where(
            as_of(parent, "places"), parent.c.place_id == up.c.outer_id, earliest <= latest
        )
    )
    return select(up.c.inner_id, up.c.outer_id, up.c.earliest, up.c.latest)


async def members_of(connection: AsyncConnection, reading: Reading, areas: Iterable[str]) -> dict[str, list[str]]:
    """The places that belong, or once belonged, to each informal area."""
    found: dict[str, list[str]] = {}
    rows = await connection.execute(_members(), asked(reading, place_ids=sorted(areas)))
    for area, member in rows:
        found.setdefault(area, []).append(member)
    return found


@cache
def _members() -> Select[Any]:
    # The administrative parent is number 0.
    parent = place_parents.alias("p")
    return (
        select(parent.c.parent_id, parent.c.place_id)
        .where(
            as_of(parent, "places"),
            parent.c.parent_id == func.any(bindparam("place_ids", type_=ARRAY(Text))),
            parent.c.nth > 0,
        )
        .distinct()
        .order_by(parent.c.place_id)
    )


async def places_named(
    connection: AsyncConnection, reading: Reading, place_ids: Iterable[str]
) -> dict[str, PlaceDetails]:
    rows = await connection.execute(_places(), asked(reading, place_ids=sorted(place_ids)))
    return {place_id: PlaceDetails.model_validate_json(details) for place_id, details in rows}


async def with_parents(
    connection: AsyncConnection, reading: Reading, named: Mapping[str, PlaceDetails]
) -> dict[str, PlaceDetails]:
    """The places, with the ones that those without coordinates lie within, up to one that has them."""
    found, ask = dict(named), dict(named)
    while ask:
        parents = {details.within for details in ask.values() if details.latitude is None and details.within}
        ask = await places_named(connection, reading, parents - found.keys())
        found |= ask
    return found


@cache
def _places() -> Select[Any]:
    wanted = func.any(bindparam("place_ids", type_=ARRAY(Text)))
    return select(places.c.place_id, places.c.details).where(as_of(places, "places"), places.c.place_id == wanted)


async def sides(
    connection: AsyncConnection, reading: Reading, actor_ids: Iterable[str]
) -> Mapping[str, frozenset[str]]:
    """Each actor with everything that it is part of, upwards."""
    wanted = set(actor_ids)
    part_of: dict[str, str | None] = {}
    ask = wanted
    while ask:
        rows = await connection.execute(_actors(), asked(reading, actor_ids=sorted(ask)))
        part_of |= {actor_id: ActorDetails.model_validate_json(details).part_of for actor_id, details in rows}
        ask = {whole for whole in part_of.values() if whole is not None} - part_of.keys()
    return {actor_id: frozenset(_up(actor_id, part_of)) for actor_id in wanted}


def _up(actor_id: str, part_of: Mapping[str, str | None]) -> Iterator[str]:
    whole: str | None = actor_id
    while whole is not None:
        yield whole
        whole = part_of.get(whole)


@cache
def _actors() -> Select[Any]:
    wanted = func.any(bindparam("actor_ids", type_=ARRAY(Text)))
    return select(actors.c.actor_id, actors.c.details).where(as_of(actors, "actors"), actors.c.actor_id == wanted)
