"""Who stands in the register of persons, by the clocks, and how many they are: the list, and counts from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, Text, bindparam, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.persons_told import KnownTold, PersonsCounted, counted, told_known
from application.reading import Page, Reading
from domain.fields import StreamRef
from domain.membership import Inside, Windows
from domain.person import PersonDetails, WhatBecame
from domain.persons_known import FatesWanted, InRegister, KnownPerson, Left, known_of
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.read_models.incidents import survivor_of
from infrastructure.read_models.persons import PersonItem, shown
from infrastructure.rows.versioned import asked, current_at

# So many persons are looked at together.
_AT_ONCE = 500


class PersonListed(PersonItem):
    """A person of the register, with what is known of them by the clocks."""

    known: KnownTold


class KnownFrom(NamedTuple):
    """What is told of somebody, or counted of an incident, and the claims, persons and incidents that it rests on."""

    told: KnownTold | PersonsCounted
    rests_on: frozenset[StreamRef]
    persons: int = 1


@dataclass(frozen=True)
class PersonsWanted:
    """`incident` takes in what is merged into it, `places` those inside the one asked for, at the times at which.

    `fate`: the last that befell somebody, of the fates in that incident and at those places.
    """

    incident: str | None = None
    places: Inside | None = None
    fate: WhatBecame | None = None
    claim: str | None = None


async def persons_listed(
    connection: AsyncConnection, reading: Reading, page: Page, wanted: PersonsWanted
) -> list[PersonListed]:
    """Those who stand in the register by the clocks, each once, in the order in which they were registered.

    What was retracted, or merged into another, is not in it.
    """
    about = await _about(connection, reading, wanted)
    listed: list[PersonListed] = []
    after = page.after
    while len(listed) < page.limit:
        rows = await _standing(connection, reading, Page(_AT_ONCE, after), wanted.claim, about)
        found = await _known(connection, reading, rows, about)
        taken = [(row, found[row["person_id"]]) for row in rows]
        fitting = [
            (row, known)
            for row, known in taken
            if isinstance(known, KnownPerson) and (wanted.fate is None or known.fate == wanted.fate)
        ][: page.limit - len(listed)]
        items = await shown(connection, reading, [row for row, _ in fitting])
        listed += [
            cast("PersonListed", {**item, "known": told_known(known)})
            for item, (_, known) in zip(items, fitting, strict=True)
        ]
        if len(rows) < _AT_ONCE:
            break
        after = rows[-1]["recorded_position"]
    return listed


async def persons_known(connection: AsyncConnection, reading: Reading, ids: Sequence[str]) -> dict[str, KnownFrom]:
    """What is known of each of some persons by the clocks, whatever befell them; without those of whom nothing is."""
    rows = (await connection.execute(_STANDING_OF, asked(reading, ids=ids))).mappings().all()
    registered = await _registered(connection, reading, rows)
    found = await _known_of(connection, reading, registered, FatesWanted())
    return {
        id_: KnownFrom(told_known(known), registered[id_].rests_on(id_))
        for id_, known in found.items()
        if isinstance(known, KnownPerson)
    }


async def persons_counted(connection: AsyncConnection, reading: Reading, incident: str) -> PersonsCounted:
    """How many persons of the register were, by the clocks, in an incident or in what was merged into it."""
    told, _, _ = await persons_counted_from(connection, reading, incident)
    return cast("PersonsCounted", told)


async def persons_beside(connection: AsyncConnection, reading: Reading, incident: str) -> PersonsCounted:
    """The same of all that an incident is one with, as figures of it are: what it was merged into, and all in that."""
    return await persons_counted(connection, reading, await survivor_of(connection, reading, incident) or incident)


async def persons_counted_from(connection: AsyncConnection, reading: Reading, incident: str) -> KnownFrom:
    """The same, with what it rests on."""
    about = await _about(connection, reading, PersonsWanted(incident=incident))
    known: list[KnownPerson] = []
    rests_on = {StreamRef("incident", id_) for id_ in about.incidents or ()}
    not_reported, after, looked_at = 0, 0, 0
    while rows := await _standing(connection, reading, Page(_AT_ONCE, after), None, about):
        registered = await _registered(connection, reading, rows)
        found = (await _known_of(connection, reading, registered, about)).values()
        known += [one for one in found if isinstance(one, KnownPerson)]
        rests_on.update(*(each.rests_on(id_) for id_, each in registered.items()))
        not_reported += sum(one == "not_reported" for one in found)
        after = rows[-1]["recorded_position"]
        looked_at += len(rows)
    return KnownFrom(counted(known, not_reported), frozenset(rests_on), looked_at)


async def _about(connection: AsyncConnection, reading: Reading, wanted: PersonsWanted) -> FatesWanted:
    incidents = None
    if wanted.incident is not None:
        rows = await connection.execute(_MERGED_INCIDENTS, asked(reading, incident=wanted.incident))
        incidents = {row.incident_id for row in rows}
    there: dict[str, Windows] = {}
    if wanted.places is not None:
        rows = await connection.execute(_INCIDENTS_AT, asked(reading, places=sorted(wanted.places)))
        there = {row.incident_id: wanted.places[row.place] for row in rows}
    return FatesWanted(incidents, wanted.places, there)


async def _standing(
    connection: AsyncConnection, reading: Reading, page: Page, claim: str | None, about: FatesWanted
) -> Sequence[Any]:
    """Rows of persons that stand, and that (or what is merged into them) have such a fate and are so named."""
    query = _standing_query(
        incidents=about.incidents is not None, places=about.places is not None, claim=claim is not None
    )
    parameters = asked(
        reading,
        after=page.after,
        limit=page.limit,
        incidents=sorted(about.incidents or ()),
        places=sorted(about.places or ()),
        there=sorted(about.incidents_there),
        claim=claim,
    )
    return (await connection.execute(query, parameters)).mappings().all()


async def _known(
    connection: AsyncConnection, reading: Reading, rows: Sequence[Any], about: FatesWanted
) -> dict[str, KnownPerson | Left]:
    return await _known_of(connection, reading, await _registered(connection, reading, rows), about)


class _Registered(NamedTuple):
    """`dated_by`: the incidents that say when its fates were which do not say so themselves; what they say of each."""

    person: InRegister
    merged: frozenset[str]
    dated_by: frozenset[str]
    incidents_were: Mapping[str, str]

    def rests_on(self, id_: str) -> frozenset[StreamRef]:
        persons = {StreamRef("person", one) for one in (id_, *self.merged)}
        incidents = {StreamRef("incident", incident) for incident in self.dated_by}
        return frozenset(persons | incidents | {StreamRef("claim", claim) for claim in self.person.named_anywhere()})


async def _registered(connection: AsyncConnection, reading: Reading, rows: Sequence[Any]) -> dict[str, _Registered]:
    """Those of some rows, with what is merged into each."""
    if not rows:
        return {}
    own = {row["person_id"]: PersonDetails.model_validate_json(row["details"]) for row in rows}
    merged: dict[str, dict[str, PersonDetails]] = {}
    linked: dict[str, set[str]] = {}
    for row in await connection.execute(_WITHIN, asked(reading, ids=list(own))):
        linked.setdefault(row.begun, set()).update(row.claims)
        if row.person_id != row.begun:
            merged.setdefault(row.begun, {})[row.person_id] = PersonDetails.model_validate_json(row.details)
    undated = {
        id_: {
            fate.incident
            for each in (details, *merged.get(id_, {}).values())
            for fate in each.fates
            if fate.when is None and fate.incident is not None
        }
        for id_, details in own.items()
    }
    ways, were = await _incidents_were(connection, reading, set[str]().union(*undated.values()))
    return {
        id_: _Registered(
            InRegister(details, [*merged.get(id_, {}).values()], frozenset(linked.get(id_, ()))),
            frozenset(merged.get(id_, ())),
            frozenset[str]().union(*(ways.get(incident, ()) for incident in undated[id_])),
            {incident: were[incident] for incident in undated[id_] if incident in were},
        )
        for id_, details in own.items()
    }


async def _incidents_were(
    connection: AsyncConnection, reading: Reading, incidents: Collection[str]
) -> tuple[Mapping[str, set[str]], Mapping[str, str]]:
    """The incidents that tell when each of some was: itself, or else what it goes on as; and when that is."""
    ways: dict[str, set[str]] = {}
    were: dict[str, str] = {}
    if incidents:
        for row in await connection.execute(_UP_FROM, asked(reading, incidents=sorted(incidents))):
            ways.setdefault(row.begun, set()).add(row.incident_id)
            if row.when is not None:
                were.setdefault(row.begun, row.when)
    return ways, were


async def _known_of(
    connection: AsyncConnection, reading: Reading, registered: Mapping[str, _Registered], about: FatesWanted
) -> dict[str, KnownPerson | Left]:
    named = sorted({claim for each in registered.values() for claim in each.person.named_anywhere()})
    standing: set[str] = set()
    if named:
        query = _claims_standing(await cut_off_of(connection, reading))
        rows = await connection.execute(query, asked(reading, ids=named))
        standing = {row[0] for row in rows}
    return {
        id_: known_of(each.person, standing, reading.clocks, reading.time_zone, about, each.incidents_were)
        for id_, each in registered.items()
    }


@cache
def _claims_standing(cut_off: CutOff) -> Select[Any]:
    """Of some claims those that say something by the cut-off, in a report that is relied on."""
    rows = in_force(cut_off)
    return rows.select(rows.s.c.claim_id).where(
        rows.s.c.claim_id == func.any(bindparam("ids", type_=ARRAY(Text))),
        rows.counts,
    )


@cache
def _standing_query(*, incidents: bool, places: bool, claim: bool) -> Any:
    fates = ["f.incident_id = any(:incidents)"] if incidents else []
    fates += ["(f.place_id = any(:places) or f.place_id is null and f.incident_id = any(:there))"] if places else []
    ways = [_BEGUN_WITH_FATES.format(" and ".join(fates))] if fates else []
    ways += [_BEGUN_WITH_CLAIM] if claim else []
    within = "".join(f" and p.person_id in ({_UPWARDS.format(way)})" for way in ways)
    return text(f"""
        select p.person_id, p.version, p.recorded_position, p.details, p.merged_into, p.retracted_because
        from persons p where {_STANDS} and {_INTO_NONE.format("p")} and p.recorded_position > :after{within}
        order by p.recorded_position limit :limit
    """).bindparams(  # noqa: S608
        *([bindparam("incidents", type_=ARRAY(Text))] if incidents else []),
        *([bindparam("places", type_=ARRAY(Text)), bindparam("there", type_=ARRAY(Text))] if places else []),
    )


def _mine(table: str, alias: str) -> str:
    of = f"{alias}.dossier_id = :dossier_id and {alias}.generation = :{table}_generation"
    return f"{of} and {current_at(alias)}"


_STANDS = f"{_mine('persons', 'p')} and p.retracted_because is null"
# Into a retracted person nothing is merged: what was stands for itself.
_INTO_NONE = f"""({{0}}.merged_into is null or exists (
    select from persons g
    where {_mine("persons", "g")} and g.person_id = {{0}}.merged_into and g.retracted_because is not null
))"""
_STANDING_OF = text(f"""
    select p.person_id, p.version, p.recorded_position, p.details, p.merged_into, p.retracted_because
    from persons p where {_STANDS} and {_INTO_NONE.format("p")} and p.person_id = any(:ids) order by p.person_id
""").bindparams(bindparam("ids", type_=ARRAY(Text)))  # noqa: S608
_UPWARDS = f"""
    with recursive up as (
        {{}}
        union
        select p.person_id, p.merged_into from up join persons p on {_STANDS} and p.person_id = up.merged_into
    )
    select person_id from up where {_INTO_NONE.format("up")}
"""  # noqa: S608
_BEGUN_WITH_FATES = f"""
    select p.person_id, p.merged_into from person_fates f
    join persons p on {_STANDS} and p.person_id = f.person_id
    where {_mine("persons", "f")} and {{}}
"""  # noqa: S608
_BEGUN_WITH_CLAIM = f"""
    select p.person_id, p.merged_into from person_claims l
    join persons p on {_STANDS} and p.person_id = l.person_id
    where {_mine("persons", "l")} and l.claim_id = :claim
"""  # noqa: S608
_WITHIN = text(f"""
    with recursive down as (
        select id collate "C" as begun, id collate "C" as person_id from unnest(:ids) as id
        union
        select down.begun, p.person_id from down
        join persons p on {_STANDS} and p.merged_into = down.person_id
    )
    select down.begun, p.person_id, p.details, array(
        select l.claim_id from person_claims l where {_mine("persons", "l")} and l.person_id = p.person_id
    ) as claims
    from down join persons p on {_STANDS} and p.person_id = down.person_id order by p.person_id
""").bindparams(bindparam("ids", type_=ARRAY(Text)))  # noqa: S608
_MERGED_INCIDENTS = text(f"""
    with recursive down as (
        select i.incident_id, i.retracted from incidents i
        where {_mine("incidents", "i")} and i.incident_id = :incident
        union
        select i.incident_id, i.retracted from down
        join incidents i on {_mine("incidents", "i")} and i.merged_into = down.incident_id
            and not i.retracted and not down.retracted
    )
    select incident_id from down
""")  # noqa: S608
_UP_FROM = text(f"""
    with recursive up (begun, incident_id, nth, details, merged_into, retracted) as (
        select i.incident_id, i.incident_id, 0, i.details, i.merged_into, i.retracted from incidents i
        where {_mine("incidents", "i")} and i.incident_id = any(:incidents)
        union all
        select up.begun, i.incident_id, up.nth + 1, i.details, i.merged_into, i.retracted from up
        join incidents i on {_mine("incidents", "i")} and i.incident_id = up.merged_into
            and not i.retracted and not up.retracted
    )
    select begun, incident_id, cast(details as jsonb) ->> 'when' as "when" from up order by begun, nth
""").bindparams(bindparam("incidents", type_=ARRAY(Text)))  # noqa: S608
# With those that say no place themselves and go on as one that does.
_INCIDENTS_AT = text(f"""
    with recursive placed as materialized (
        select i.incident_id, i.merged_into, i.retracted, cast(i.details as jsonb) ->> 'place' as place
        from incidents i where {_mine("incidents", "i")}
    ),
    down as (
        select incident_id, retracted, place from placed where place = any(:places)
        union
        select p.incident_id, p.retracted, down.place from down
        join placed p on p.merged_into = down.incident_id and p.place is null and not p.retracted and not down.retracted
    )
    select incident_id, place from down
""").bindparams(bindparam("places", type_=ARRAY(Text)))  # noqa: S608
