"""Whom of the register of persons some items bear on, and the incidents in which those are counted."""

from collections.abc import Collection

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.corrections import OnTheList
from domain.fields import StreamRef
from infrastructure.rows.versioned import asked, current_within


async def on_the_list(
    connection: AsyncConnection, reading: Reading, after: int, items: Collection[StreamRef]
) -> dict[StreamRef, OnTheList]:
    """By claims, persons and incidents: as they were at any of the positions from `after` to that of the reading.

    Of a claim those whom it names, or of whom something is said to rest on it. All that are one with a person count,
    and of an incident those that it goes on as.
    """
    found = await _found(connection, reading, after, items, ())
    return {StreamRef(kind, id_): listed for (kind, id_), listed in found.items()}


async def dated_by(
    connection: AsyncConnection, reading: Reading, after: int, incidents: Collection[str]
) -> dict[str, OnTheList]:
    """The same by incidents that may tell when persons were in them, or in what goes on as them, and all of those."""
    return {id_: listed for (_, id_), listed in (await _found(connection, reading, after, (), incidents)).items()}


async def _found(
    connection: AsyncConnection, reading: Reading, after: int, items: Collection[StreamRef], dated: Collection[str]
) -> dict[tuple[str, str], OnTheList]:
    found: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    by_kind = {kind: sorted(item.id for item in items if item.kind == kind) for kind in ("claim", "person", "incident")}
    if any(by_kind.values()) or dated:
        named = asked(reading, after=after, claims=by_kind["claim"], persons=by_kind["person"],
                      incidents=by_kind["incident"], dated=sorted(dated))  # fmt: skip
        for row in await connection.execute(_ON_THE_LIST, named):
            persons, incidents = found.setdefault((row.kind, row.id), (set(), set()))
            (persons if row.person_id is not None else incidents).add(row.person_id or row.incident_id)
    return {about: OnTheList(frozenset(persons), frozenset(incidents)) for about, (persons, incidents) in found.items()}


def _mine(table: str, alias: str) -> str:
    return f"{alias}.dossier_id = :dossier_id and {alias}.generation = :{table}_generation and {current_within(alias)}"


_ON_THE_LIST = text(f"""
    with recursive said (person_id, claim_id) as (
        select l.person_id, l.claim_id from person_claims l
        where {_mine("persons", "l")} and l.claim_id = any(:claims)
        union
        select p.person_id, c.claim #>> '{{}}' from persons p,
            lateral jsonb_path_query(cast(p.details as jsonb), '$.*[*].claim') as c (claim)
        where {_mine("persons", "p")} and p.details like '%"claim":%' and cardinality(:claims) > 0
            and c.claim #>> '{{}}' = any(:claims)
    ),
    within (id, incident_id) as (
        select id collate "C", id collate "C" from unnest(:dated) as e (id)
        union
        select w.id, i.incident_id from within w
        join incidents i on {_mine("incidents", "i")} and i.merged_into = w.incident_id
    ),
    ones (kind, id, person_id) as (
        select 'claim', claim_id collate "C", person_id collate "C" from said
        union
        select 'person', id collate "C", id collate "C" from unnest(:persons) as e (id)
        union
        select 'dated', w.id, f.person_id collate "C" from within w
        join person_fates f on {_mine("persons", "f")} and f.incident_id = w.incident_id
        union
        select o.kind, o.id, near.person_id from ones o, lateral (
            select case when p.person_id = o.person_id then p.merged_into else p.person_id end as person_id
            from persons p
            where {_mine("persons", "p")} and p.merged_into is not null
                and (p.person_id = o.person_id or p.merged_into = o.person_id)
        ) near
    ),
    counting (kind, id, incident_id) as (
        select o.kind, o.id, f.incident_id from ones o
        join person_fates f on {_mine("persons", "f")} and f.person_id = o.person_id and f.incident_id is not null
            and o.kind <> 'dated'
        union
        select 'incident', id collate "C", id collate "C" from unnest(:incidents) as e (id)
        union
        select 'dated', id, incident_id from within
        union
        select c.kind, c.id, i.merged_into from counting c
        join incidents i on {_mine("incidents", "i")} and i.incident_id = c.incident_id and i.merged_into is not null
    )
    select kind, id, person_id, null as incident_id from ones
    union all
    select kind, id, null, incident_id from counting
""").bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("claims", "persons", "incidents", "dated")))  # noqa: S608
