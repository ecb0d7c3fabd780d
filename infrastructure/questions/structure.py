"""What lies around what was corrected: places and actors outwards, where control is told of an actor, what stands in an
incident. So far may a correction of the structure itself move answers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.corrections import Counted, OnTheList, Structural, Structure, may_hold
from domain.fields import StreamRef
from domain.merging import Merged
from domain.topic import parse_topic
from infrastructure.questions.around import around, inwards, wholes_of
from infrastructure.questions.on_the_list import dated_by, on_the_list
from infrastructure.questions.origins import claims_from, crediting, derived
from infrastructure.rows.versioned import asked, current_at

# Of places where control is told, and of what is counted in an incident: no more are named.
MOST_NAMED = 1_000


async def structure_around(connection: AsyncConnection, reading: Reading, structural: Structural) -> Structure:
    """As of the position of the reading."""
    places = await around(connection, reading, structural.places) if structural.places else {}
    actors = await wholes_of(connection, reading, structural.actors) if structural.actors else {}
    counted: dict[str, list[Counted]] = {}
    for incident in sorted(structural.incidents):
        links = (await connection.execute(_IN_INCIDENT, asked(reading, id=incident))).all()
        of_incident = await _counted(connection, reading, {row.claim_id for row in links})
        counted[incident] = [
            one._replace(incident=row.incident_id) for one in of_incident for row in links if row.claim_id == one.claim
        ]
    linked: dict[str, list[Counted]] = {}
    for one in await _counted(connection, reading, structural.claims) if structural.claims else []:
        linked.setdefault(one.claim, []).append(one)
    merged = await _ever_one(connection, reading)
    reports = {
        one: await _counting_by(connection, reading, merged["report"], one) for one in sorted(structural.reports)
    }
    said = {
        name: {one: await _said(connection, reading, query, ids) for one, ids in by_id.items()}
        for name, query, by_id in (
            ("in_reports", _IN_REPORTS, reports),
            ("of_sources", _BY_SOURCES, _each(structural.sources, merged["source"])),
            ("of_actors", _OF_ACTORS, _each(structural.merged, merged["actor"])),
            ("at_places", _AT_PLACES, _each(structural.sites, merged["place"])),
        )
    }
    claims_taken = await _claims_taken(connection, reading, structural.origins, merged)
    taken = {item: await _said(connection, reading, _OF_CLAIMS, ids) for item, ids in claims_taken.items()}
    related: dict[str, list[Counted]] = {}
    if structural.changed:
        for row in await connection.execute(_RELATED, asked(reading, ids=sorted(structural.changed))):
            related.setdefault(row.one, []).append(_told(row)._replace(incident=row.incident_id))
    every = [
        *linked.values(),
        *related.values(),
        *taken.values(),
        *(told for by_id in said.values() for told in by_id.values()),
    ]
    control = {actor: await _where_told(connection, reading, actor) for actor in sorted(structural.moved)}
    held = {place for places_told in control.values() for place in places_told}
    held |= {one.place for told in every for one in told if one.holds and one.place is not None}
    return Structure(
        around={place: frozenset(outers) for place, outers in places.items()},
        wholes={actor: frozenset(wholes) for actor, wholes in actors.items()},
        control=control,
        counted=counted,
        of_claims=linked,
        inside=await _inside(connection, reading, {*structural.places, *structural.held, *held}),
        in_reports=said["in_reports"],
        of_sources=said["of_sources"],
        of_actors=said["of_actors"],
        at_places=said["at_places"],
        resting={one: await _resting_on(connection, reading, ids) for one, ids in reports.items()},
        merged=merged,
        related=related,
        taken=taken,
        on_list=await _on_list(connection, reading, structural.listed, reports),
        dated_by=await dated_by(connection, reading, reading.position, structural.dated),
    )


async def _on_list(
    connection: AsyncConnection,
    reading: Reading,
    listed: Collection[StreamRef],
    reports: Mapping[str, Sequence[str]],
) -> dict[StreamRef, OnTheList]:
    """Whom of the register some items bear on; `reports` with all of which what is said counts by one of them."""
    said: dict[StreamRef, list[StreamRef]] = {}
    for item in listed:
        if item.kind == "report":
            rows = await connection.execute(_CLAIMS_OF_REPORTS, asked(reading, ids=reports[item.id]))
            said[item] = [StreamRef("claim", row.claim_id) for row in rows]
        else:
            said[item] = [item]
    every = {one for items in said.values() for one in items}
    found = await on_the_list(connection, reading, reading.position, every)
    return {
        item: OnTheList(
            {person for one in items if one in found for person in found[one].persons},
            {incident for one in items if one in found for incident in found[one].incidents},
        )
        for item, items in said.items()
    }


async def _inside(connection: AsyncConnection, reading: Reading, places: Collection[str]) -> dict[str, list[str]]:
    """What lies in each of some places at any time, and what is one with that."""
    found: dict[str, list[str]] = {}
    if places:
        for row in await connection.execute(_INSIDE, asked(reading, ids=sorted(places))):
            found.setdefault(row.around, []).append(row.place_id)
    return found


def _each(ids: Iterable[str], merged: Merged) -> dict[str, list[str]]:
    """Each of some items with all that are one with it: what is said of any of them counts otherwise."""
    return {id_: merged.one_with(id_) for id_ in sorted(ids)}


async def _said(connection: AsyncConnection, reading: Reading, query: TextClause, ids: Sequence[str]) -> list[Counted]:
    """What is counted and where, in all that is said in some reports, by a source or of an actor, each once."""
    return [
        _told(row)._replace(incident=row.incident_id)
        for row in await connection.execute(query, asked(reading, ids=ids))
    ]


def _told(row: Any) -> Counted:
    topic = parse_topic(row.topic) if row.kind == "figure" else None
    return Counted("", topic, row.place_id or None, claimant=row.claimant_id or None, holds=may_hold(row.kind))


async def _ever_one(connection: AsyncConnection, reading: Reading) -> dict[str, Merged]:
    """By kind what is merged into what, also where either was retracted: until then they were one."""
    into: dict[str, dict[str, str]] = {kind: {} for kind in _MERGING}
    for row in await connection.execute(_MERGED, asked(reading)):
        into[row.kind][row.id] = row.merged_into
    return {kind: Merged(edges) for kind, edges in into.items()}


async def _counting_by(connection: AsyncConnection, reading: Reading, merged: Merged, report: str) -> list[str]:
    """The reports of which what is said counts by what becomes of one: itself, and those that were withdrawn in it.

    With all that are one with any of these.
    """
    ids = merged.one_with(report)
    withdrawn = [row.report_id for row in await connection.execute(_WITHDRAWN_IN, asked(reading, ids=ids))]
    return sorted({*ids, *(other for one in withdrawn for other in merged.one_with(one))})


async def _claims_taken(
    connection: AsyncConnection, reading: Reading, origins: Collection[StreamRef], merged: Mapping[str, Merged]
) -> dict[StreamRef, list[str]]:
    """The claims that may come from each of some reports, with all that are one with it, or of some sources."""
    if not origins:
        return {}
    deriving = await derived(connection, reading, reading.position)
    reports: dict[StreamRef, set[str]] = {}
    for item in origins:
        one = merged[item.kind].one_with(item.id)
        named = one if item.kind == "report" else await crediting(connection, reading, one)
        reports[item] = deriving.from_any(named) if item.kind == "report" else set(named)
    claims = await claims_from(connection, reading, reading.position, set().union(*reports.values()))
    return {
        item: sorted({claim for report in named for claim in claims.get(report, ())}) for item, named in reports.items()
    }


async def _resting_on(connection: AsyncConnection, reading: Reading, ids: list[str]) -> list[str]:
    return [row.assessment_id for row in await connection.execute(_RESTING, asked(reading, ids=ids))]


async def _counted(connection: AsyncConnection, reading: Reading, claims: Iterable[str]) -> list[Counted]:
    rows = await connection.execute(_STATEMENTS, asked(reading, claims=sorted(claims), most=MOST_NAMED))
    return [_told(row)._replace(claim=row.claim_id) for row in rows]


_MERGING = ("source", "actor", "place", "report")
_MERGED = text(
    " union all ".join(
        f"""
            select '{kind}' as kind, {kind}_id as id, merged_into from {kind}s
            where dossier_id = :dossier_id and generation = :{kind}s_generation and merged_into is not null
                and {current_at()}
        """  # noqa: S608
        for kind in _MERGING
    )
)
_IDS = bindparam("ids", type_=ARRAY(Text))
_STATEMENTS = text(f"""
    select distinct claim_id, kind, topic, place_id, claimant_id from statements
    where dossier_id = :dossier_id and generation = :claims_generation and {current_at()} and claim_id = any(:claims)
    order by claim_id, topic, place_id limit :most
""").bindparams(bindparam("claims", type_=ARRAY(Text)))  # noqa: S608


# Of a retracted one too what it was linked to, and what was merged into it: that is told of another incident now.
_IN_INCIDENT = text(f"""
    with recursive down (incident_id) as (
        select cast(:id as text) collate "C"
        union
        select i.incident_id from down
        join incidents i on i.dossier_id = :dossier_id and i.generation = :incidents_generation
            and i.merged_into = down.incident_id and {current_at("i")}
    )
    select l.incident_id, l.claim_id from down
    join incident_claims l on l.dossier_id = :dossier_id and l.generation = :incidents_generation
        and l.incident_id = down.incident_id and {current_at("l")}
    order by l.incident_id, l.claim_id
""")  # noqa: S608
_INSIDE = text(f"""
    with recursive down (around, place_id) as (
        select id collate "C", id collate "C" from unnest(:ids) as e (id)
        union
        select down.around, further.place_id from down, lateral (
            {inwards("down.place_id", current_at)}
        ) further
    )
    select around, place_id from down order by around, place_id
""").bindparams(_IDS)  # noqa: S608


_WITHDRAWN_IN = text(f"""
    select report_id from reports
    where dossier_id = :dossier_id and generation = :reports_generation and {current_at()} and withdrawn_in = any(:ids)
""").bindparams(_IDS)  # noqa: S608


# A claim's other statements too: by when this one was out goes which of them is in force. By when a report was out goes
# whether those are withdrawn that were withdrawn in it.
_CLAIMS_IN_REPORTS = f"""
    select i.claim_id from statements i
    where i.dossier_id = :dossier_id and i.generation = :claims_generation and {current_at("i")}
        and i.report_id = any(:ids)
"""  # noqa: S608


_CLAIMS_OF_REPORTS = text(f"select distinct claim_id from ({_CLAIMS_IN_REPORTS}) said").bindparams(_IDS)  # noqa: S608


def _what_is_said(which: str) -> TextClause:
    return text(f"""
        select distinct s.kind, case when s.kind = 'figure' then s.topic end as topic, s.place_id, s.claimant_id,
            l.incident_id
        from statements s left join incident_claims l on l.dossier_id = s.dossier_id
            and l.generation = :incidents_generation and l.claim_id = s.claim_id and {current_at("l")}
        where s.dossier_id = :dossier_id and s.generation = :claims_generation and {current_at("s")} and {which}
    """).bindparams(_IDS)  # noqa: S608


def _relations_of(claims: str) -> str:
    """Of some claims (a query, or an array) each with those that it has relations to, or that have some to it."""
    at = f"r.dossier_id = :dossier_id and r.generation = :claims_generation and {current_at('r')}"
    return f"""
        select r.claim_id as one, r.to_claim as other from relations r where {at} and r.claim_id {claims}
        union
        select r.to_claim, r.claim_id from relations r where {at} and r.to_claim {claims}
    """  # noqa: S608


_IN_REPORTS = _what_is_said(f"""s.claim_id in (
    {_CLAIMS_IN_REPORTS} union select other from ({_relations_of(f"in ({_CLAIMS_IN_REPORTS})")}) related
)""")  # noqa: S608
_RELATED = text(f"""
    select distinct e.one, s.kind, case when s.kind = 'figure' then s.topic end as topic, s.place_id, s.claimant_id,
        l.incident_id
    from ({_relations_of("= any(:ids)")}) e
    join statements s on s.dossier_id = :dossier_id and s.generation = :claims_generation and s.claim_id = e.other
        and {current_at("s")}
    left join incident_claims l on l.dossier_id = s.dossier_id
        and l.generation = :incidents_generation and l.claim_id = s.claim_id and {current_at("l")}
""").bindparams(_IDS)  # noqa: S608
_BY_SOURCES = _what_is_said("s.claimant_id = any(:ids)")
_OF_ACTORS = _what_is_said("s.actors && :ids")
_OF_CLAIMS = _what_is_said("s.claim_id = any(:ids)")
_AT_PLACES = _what_is_said("s.place_id = any(:ids)")
_RESTING = text(f"""
    select distinct b.assessment_id from assessment_claims b
    where b.dossier_id = :dossier_id and b.generation = :assessments_generation and {current_at("b")}
        and b.claim_id in ({_CLAIMS_IN_REPORTS})
    order by b.assessment_id
""").bindparams(_IDS)  # noqa: S608


async def _where_told(connection: AsyncConnection, reading: Reading, actor: str) -> Collection[str]:
    """The places of whose control a claim tells that names the actor, or one that is part of it."""
    actors, ask = {actor}, {actor}
    while ask:
        rows = await connection.execute(_PARTS, asked(reading, names=[f'"{one}"' for one in sorted(ask)]))
        ask = {row.actor_id for row in rows} - actors
        actors |= ask
    rows = await connection.execute(_CONTROL, asked(reading, actors=sorted(actors), most=MOST_NAMED))
    return [row.place_id for row in rows]


# An actor names what it is part of in its details.
_PARTS = text(f"""
    select a.actor_id from actors a
    where a.dossier_id = :dossier_id and a.generation = :actors_generation and {current_at("a")}
        and exists (select from unnest(:names) as n (name) where strpos(a.details, n.name) > 0)
""").bindparams(bindparam("names", type_=ARRAY(Text)))  # noqa: S608
_CONTROL = text(f"""
    select distinct place_id from statements
    where dossier_id = :dossier_id and generation = :claims_generation and {current_at()}
        and nature = 'control' and place_id <> '' and actors && :actors
    order by place_id limit :most
""").bindparams(bindparam("actors", type_=ARRAY(Text)))  # noqa: S608
