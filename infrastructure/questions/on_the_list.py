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
    found: dict[StreamRef, tuple[set[str], set[str]]] = {}
    by_kind = {kind: sorted(item.id for item in items if item.kind == kind) for kind in ("claim", "person", "incident")}
    if any(by_kind.values()):
        named = asked(reading, after=after, claims=by_kind["claim"], persons=by_kind["person"],
                      incidents=by_kind["incident"])  # fmt: skip
        for row in await connection.execute(_ON_THE_LIST, named):
            persons, incidents = found.setdefault(StreamRef(row.kind, row.id), (set(), set()))
            (persons if row.person_id is not None else incidents).add(row.person_id or row.incident_id)
    return {item: OnTheList(frozenset(persons), frozenset(incidents)) for item, (persons, incidents) in found.items()}


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
    ones (kind, id, person_id) as (
        select 'claim', claim_id collate "C", person_id collate "C" from said
        union
        select 'person', id collate "C", id collate "C" from unnest(:persons) as e (id)
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
        union
        select 'incident', id collate "C", id collate "C" from unnest(:incidents) as e (id)
        union
        select c.kind, c.id, i.merged_into from counting c
        join incidents i on {_mine("incidents", "i")} and i.incident_id = c.incident_id and i.merged_into is not null
    )
    select kind, id, person_id, null as incident_id from ones
    union all
    select kind, id, null, incident_id from counting
""").bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("claims", "persons", "incidents")))  # noqa: S608
