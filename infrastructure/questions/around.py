"""What lies around a place, when it may have been inside, and whose side an actor is on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, Text, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.actor import ActorDetails
from domain.in_force import InForce
from domain.membership import ALL_TIME, Inside, Window, Windows, all_around, lay_within, meeting
from domain.membership import surely_around as lay_surely
from domain.merging import Merged, as_one
from domain.place import PlaceDetails
from domain.sides import Sides
from domain.when import EARLIEST, LATEST, Instant
from infrastructure.questions.merges import all_merged, all_one_with
from infrastructure.read_models.actors import actors
from infrastructure.read_models.places import place_parents, places
from infrastructure.rows.versioned import as_of, asked

ALWAYS: Windows = (ALL_TIME,)


async def around(
    connection: AsyncConnection, reading: Reading, place_ids: Iterable[str]
) -> dict[str, dict[str, Windows]]:
    """For each place what lies around it, itself included, with the times between which it may have been inside.

    Of what is merged each is named as what it goes on as, which lies where that itself lies.
    """
    merged = (await all_merged(connection, reading))["place"]
    if merged:
        ends = {place_id: merged.survivor(place_id) for place_id in place_ids}
        further = await _further(connection, reading, merged, ends.values())
        return {place_id: _reached(end, further) for place_id, end in ends.items()}
    found: dict[str, dict[str, list[tuple[Instant, Instant]]]] = {}
    rows = await connection.execute(_outwards(), asked(reading, place_ids=sorted(place_ids)))
    for inner, outer, earliest, latest in rows:
        found.setdefault(inner, {}).setdefault(outer, []).append((earliest, latest))
    return {inner: {outer: sorted(windows) for outer, windows in outers.items()} for inner, outers in found.items()}


async def with_surroundings(connection: AsyncConnection, reading: Reading, claims: Sequence[InForce]) -> list[InForce]:
    """Claims of several places that are put together, each with what its place may have lain in then."""
    named = {claim.content.place for claim in claims} - {None}
    if len(named) < 2:
        return list(claims)
    near = await around(connection, reading, {place for place in named if place is not None})
    return [
        replace(
            claim,
            lies_in=frozenset(
                outer
                for outer, windows in near.get(claim.content.place or "", {}).items()
                if outer != claim.content.place and lay_within(claim.so, windows)
            ),
        )
        for claim in claims
    ]


async def surely_around(
    connection: AsyncConnection, reading: Reading, surroundings: Mapping[str, Mapping[str, Windows]]
) -> Mapping[str, Mapping[str, Windows]]:
    """Of what is `around` some places, the times at which they certainly lay in it."""
    for_a_time = [place for place, near in surroundings.items() if any(tuple(near[one]) != ALWAYS for one in near)]
    if not for_a_time:
        return surroundings
    merged = (await all_merged(connection, reading))["place"]
    ids = {one for place in for_a_time for one in surroundings[place]}
    named = await places_named(connection, reading, ids)
    outwards = {id_: details.surroundings(reading.time_zone) for id_, details in named.items()}
    found = {place: lay_surely(merged.survivor(place), lambda one: outwards.get(one, ())) for place in for_a_time}
    return {**surroundings, **found}


async def _further(
    connection: AsyncConnection, reading: Reading, merged: Merged, begun: Iterable[str], *, inwards: bool = False
) -> dict[str, list[tuple[str, Window]]]:
    """Some places, and all that is reached from them, each with the next ones: around it, or inside it.

    Where a merged place lies counts for nothing; what lies in it lies in what it goes on as.
    """
    found: dict[str, list[tuple[str, Window]]] = {}
    ask = set(begun)
    while ask:
        found |= {place: [] for place in ask}
        every = sorted(id_ for place in ask for id_ in merged.one_with(place))
        ask = set()
        for place, parent, earliest, latest in await connection.execute(_edges(inwards), asked(reading, ids=every)):
            if place not in merged:
                here, there = (parent, place) if inwards else (place, parent)
                there = merged.survivor(there)
                found[merged.survivor(here)].append((there, (earliest, latest)))
                ask.add(there)
        ask -= found.keys()
    return found


@cache
def _edges(inwards: bool) -> Select[Any]:
    parent = place_parents.c
    begun = parent.parent_id if inwards else parent.place_id
    return select(parent.place_id, parent.parent_id, parent.earliest, parent.latest).where(
        as_of(place_parents, "places"), begun == func.any(bindparam("ids", type_=ARRAY(Text)))
    )


def _reached(place: str, further: Mapping[str, Iterable[tuple[str, Window]]]) -> dict[str, Windows]:
    """From a place on, itself included, with the times at which."""
    found: dict[str, list[Window]] = {place: [ALL_TIME]}
    ahead = [(place, ALL_TIME)]
    for here, then in ahead:
        for there, its in further[here]:
            both = meeting(then, its)
            if both is not None and both not in found.setdefault(there, []):
                found[there].append(both)
                ahead.append((there, both))
    return {there: sorted(windows) for there, windows in found.items() if windows}


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


async def places_inside(connection: AsyncConnection, reading: Reading, place_id: str) -> Sequence[tuple[str, int, int]]:
    """A place, the places inside it and those of its informal areas, as of the position.

    Each with the earliest and latest instant between which it may have been inside. Of what is merged all are there:
    so a claim may name any of them.
    """
    merged = (await all_merged(connection, reading))["place"]
    if not merged:
        return [
            (row[0], row[1], row[2]) for row in await connection.execute(_inwards(), asked(reading, place=place_id))
        ]
    begun = merged.survivor(place_id)
    inside = _reached(begun, await _further(connection, reading, merged, [begun], inwards=True))
    return [
        (one, earliest, latest)
        for place, windows in inside.items()
        for one in merged.one_with(place)
        for earliest, latest in windows
    ]


async def places_ever_inside(connection: AsyncConnection, reading: Reading, place_id: str) -> Inside:
    """The same by place, each with the times between which it may have been inside."""
    found: dict[str, list[Window]] = {}
    for inside, earliest, latest in await places_inside(connection, reading, place_id):
        found.setdefault(inside, []).append((earliest, latest))
    return found


async def places_inside_then(connection: AsyncConnection, reading: Reading, place_id: str) -> Inside:
    """Those that may have been inside at the moment that is asked for, as if always; or at any time, where none is."""
    at, inside = reading.clocks.at, await places_ever_inside(connection, reading, place_id)
    if at is None:
        return inside
    then = [id_ for id_, windows in inside.items() if any(first <= at <= last for first, last in windows)]
    return {id_: [ALL_TIME] for id_ in then}


@cache
def _inwards() -> Select[Any]:
    inside = select(
        # The columns' own collation: a recursive query asks for the same in both halves.
        bindparam("place", type_=Text).collate("C").label("place_id"),
        literal(EARLIEST, BigInteger).label("earliest"),
        literal(LATEST, BigInteger).label("latest"),
    ).cte("inside", recursive=True)
    parents = place_parents.alias()
    earliest = func.greatest(inside.c.earliest, parents.c.earliest)
    latest = func.least(inside.c.latest, parents.c.latest)
    inside = inside.union(
        select(parents.c.place_id, earliest, latest).where(
            as_of(parents, "places"), parents.c.parent_id == inside.c.place_id, earliest <= latest
        )
    )
    return select(inside)


async def members_of(connection: AsyncConnection, reading: Reading, areas: Iterable[str]) -> dict[str, list[str]]:
    """The places that belong, or once belonged, to each informal area."""
    merged = (await all_merged(connection, reading))["place"]
    found: dict[str, dict[str, None]] = {}
    every = await all_one_with(connection, reading, "place", areas)
    for area, member in await connection.execute(_members(), asked(reading, place_ids=every)):
        if member not in merged:
            found.setdefault(merged.survivor(area), {})[member] = None
    return {area: list(members) for area, members in found.items()}


@cache
def _members() -> Select[Any]:
    # Administrative parents are numbered 0 and below.
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
    """Some places; what each lies in is named as what it goes on as."""
    merged = await all_merged(connection, reading)
    rows = await connection.execute(_places(), asked(reading, place_ids=sorted(place_ids)))
    return {place_id: as_one(PlaceDetails.model_validate_json(details), merged) for place_id, details in rows}


async def with_parents(
    connection: AsyncConnection, reading: Reading, named: Mapping[str, PlaceDetails]
) -> dict[str, PlaceDetails]:
    """The places, with the ones that those without coordinates lie within, up to one that has them."""
    at = LATEST if reading.clocks.at is None else reading.clocks.at
    found, ask = dict(named), dict(named)
    while ask:
        without = [details for details in ask.values() if details.latitude is None]
        parents = {details.parent(at, reading.time_zone) for details in without}
        ask = await places_named(connection, reading, {parent for parent in parents if parent} - found.keys())
        found |= ask
    return found


@cache
def _places() -> Select[Any]:
    wanted = func.any(bindparam("place_ids", type_=ARRAY(Text)))
    return select(places.c.place_id, places.c.details).where(as_of(places, "places"), places.c.place_id == wanted)


async def sides(connection: AsyncConnection, reading: Reading, actor_ids: Iterable[str]) -> Sides:
    """Whose side some actors are on, in time: `wholes_of` them, and when they surely were part of those."""
    wanted, part_of = await _memberships(connection, reading, actor_ids)
    surely = {actor_id: lay_surely(actor_id, lambda one: part_of.get(one, ())) for actor_id in wanted}
    return Sides(_wholes(wanted, part_of), surely)


async def wholes_of(
    connection: AsyncConnection, reading: Reading, actor_ids: Iterable[str]
) -> dict[str, Mapping[str, Windows]]:
    """Some actors, each with everything that it may have been part of, upwards, itself included, and when.

    Those that are merged are one: part of all that any of them is part of, each named as what it goes on as.
    """
    return _wholes(*await _memberships(connection, reading, actor_ids))


_Memberships = dict[str, list[tuple[str, Window, Window | None]]]


def _wholes(wanted: Iterable[str], part_of: _Memberships) -> dict[str, Mapping[str, Windows]]:
    def outwards(one: str) -> list[tuple[str, Window]]:
        return [(whole, then) for whole, then, _ in part_of.get(one, ())]

    return {actor_id: all_around(actor_id, outwards) for actor_id in wanted}


async def _memberships(
    connection: AsyncConnection, reading: Reading, actor_ids: Iterable[str]
) -> tuple[list[str], _Memberships]:
    """Some actors, in order, as what they go on as; and what each of them, and of those wholes, is part of."""
    actor_ids = list(actor_ids)
    if not actor_ids:
        return [], {}
    merged = (await all_merged(connection, reading))["actor"]
    wanted = {merged.survivor(actor_id) for actor_id in actor_ids}
    part_of: _Memberships = {}
    ask = wanted
    while ask:
        part_of |= {actor_id: [] for actor_id in ask}
        every = sorted(id_ for actor_id in ask for id_ in merged.one_with(actor_id))
        ask = set()
        for id_, details in await connection.execute(_actors(), asked(reading, actor_ids=every)):
            for whole, then, sure in ActorDetails.model_validate_json(details).memberships(reading.time_zone):
                part_of[merged.survivor(id_)].append((merged.survivor(whole), then, sure))
                ask.add(merged.survivor(whole))
        ask -= part_of.keys()
    return sorted(wanted), part_of


@cache
def _actors() -> Select[Any]:
    wanted = func.any(bindparam("actor_ids", type_=ARRAY(Text)))
    return select(actors.c.actor_id, actors.c.details).where(as_of(actors, "actors"), actors.c.actor_id == wanted)


def inwards(place_id: str, current: Callable[[str], str]) -> str:
    """SQL of the places that lie directly in one, or are merged with it, by the rows of which `current` tells."""
    return f"""
            select p.place_id from place_parents p
            where p.dossier_id = :dossier_id and p.generation = :places_generation and p.parent_id = {place_id}
                and {current("p")}
            union all
            select case when m.place_id = {place_id} then m.merged_into else m.place_id end from places m
            where m.dossier_id = :dossier_id and m.generation = :places_generation and m.merged_into is not null
                and {place_id} in (m.place_id, m.merged_into) and {current("m")}
    """  # noqa: S608  (nothing of it is given by anybody)
