"""The incidents of a dossier, the claims that tell of each, and which are merged into which."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    not_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.projection import Rows
from application.reading import Page, Reading
from application.shown import holding
from domain import incident
from domain.incident import Incident, IncidentDetails, IncidentEvent
from domain.sealable import as_given
from infrastructure.rows.merges import ASKED_FOR, Linked, ends, gathered, upwards, within
from infrastructure.rows.versioned import as_of, asked, row_table, versioned_table

incidents = versioned_table(
    "incidents",
    "incident_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
        Column("merged_into", Text),
        Column("retracted", Boolean, nullable=False),
        # The links of a retracted one, for when it is reinstated: they stand in no other table, so nothing counts them.
        Column("kept_claims", ARRAY(Text)),
    ],
)
_i = incidents.c
Index("incidents_in_order", _i.dossier_id, _i.generation, _i.recorded_position)
Index("incidents_by_merged_into", _i.dossier_id, _i.generation, _i.merged_into)

# The links of each incident itself that was not retracted: those of what is merged into it stay with that.
incident_claims = versioned_table(
    "incident_claims", "incident_id", key=[Column("claim_id", Text, nullable=False)], values=[]
)
_l = incident_claims.c
Index("incident_claims_by_claim", _l.dossier_id, _l.generation, _l.claim_id)

LINKED = Linked(incidents, incident_claims, lambda rows: rows.c.retracted)


@holding(IncidentDetails)
class IncidentItem(TypedDict):
    """A happening in the world that claims tell of.

    `claims` and `merged` hold what was merged into it too; `survivor` is where a merged one went. What was `retracted`
    has no claims, and nothing is merged with it.
    """

    id: str
    claims: list[str]
    merged: list[str]
    merged_into: str | None
    survivor: str
    retracted: bool
    version: int
    recorded_position: int


@dataclass(frozen=True, slots=True)
class IncidentState:
    version: int
    recorded_position: int
    incident: Incident


class Incidents:
    name = "incidents"
    version = 2
    stream_kind = "incident"
    tables = (row_table(incidents), row_table(incident_claims))

    def fold(self, state: IncidentState | None, recorded: Recorded[IncidentEvent], time_zone: str) -> IncidentState:
        first = state.recorded_position if state else recorded.position
        held = incident.evolve(state.incident if state else None, recorded.event)
        return IncidentState(recorded.version, first, held)

    def rows(self, state: IncidentState) -> Rows:
        held = state.incident
        details = held.details.model_dump_json(exclude_defaults=True)
        return {
            "incidents": {
                (): (
                    state.version,
                    state.recorded_position,
                    details,
                    held.merged_into,
                    held.retracted,
                    sorted(held.claims) if held.retracted else None,
                )
            },
            "incident_claims": {} if held.retracted else {(claim_id,): () for claim_id in held.claims},
        }

    def state(self, stream_id: str, rows: Rows) -> IncidentState:
        version, first, details, merged_into, retracted, kept = rows["incidents"][()]
        linked = frozenset(kept if retracted else (claim_id for (claim_id,) in rows["incident_claims"]))
        held = Incident(IncidentDetails.model_validate_json(details), linked, merged_into, retracted)
        return IncidentState(version, first, held)


async def incidents_as_of(
    connection: AsyncConnection, reading: Reading, page: Page, claim: str | None = None
) -> list[IncidentItem]:
    """The incidents of a dossier (or those that a claim is linked to), in the order in which they were opened."""
    query = select(incidents).where(as_of(incidents, "incidents"), _i.recorded_position > page.after)
    if claim is not None:
        linked = select(_l.incident_id).where(as_of(incident_claims, "incidents"), _l.claim_id == claim)
        query = query.where(_i.incident_id.in_(linked))
    ordered = query.order_by(_i.recorded_position).limit(page.limit)
    rows = (await connection.execute(ordered, asked(reading))).mappings().all()
    return await _shown(connection, reading, rows)


async def incident_as_of(connection: AsyncConnection, reading: Reading, incident_id: str) -> IncidentItem | None:
    query = select(incidents).where(as_of(incidents, "incidents"), _i.incident_id == incident_id)
    row = (await connection.execute(query, asked(reading))).mappings().one_or_none()
    return (await _shown(connection, reading, [row]))[0] if row else None


async def survivors_of(
    connection: AsyncConnection, reading: Reading, claim_ids: Sequence[str], *, apart: str | None = None
) -> dict[str, tuple[str, ...]]:
    """The incidents that each claim tells of, each at the end of its merges and once, in the order of their ids; claims
    that are linked to none are left out. `apart`: as if that incident were merged into none.
    """
    ends: dict[str, set[str]] = {}
    query, parameters = _survivors(apart is not None), asked(reading, ids=list(claim_ids), apart=apart)
    for claim_id, incident_id in await connection.execute(query, parameters):
        ends.setdefault(claim_id, set()).add(incident_id)
    return {claim_id: tuple(sorted(told_of)) for claim_id, told_of in ends.items()}


async def survivor_of(connection: AsyncConnection, reading: Reading, incident_id: str) -> str | None:
    """Where an incident's merges end; None if there is no such incident."""
    found = {row[0]: row[1] for row in await connection.execute(ends(LINKED), asked(reading, ids=[incident_id]))}
    return found.get(incident_id)


async def with_a_place(connection: AsyncConnection, reading: Reading) -> dict[str, str]:
    """The place of each incident that has one and is neither retracted nor merged into another."""
    rows = (await connection.execute(_with_a_place(), asked(reading))).all()
    gone = [row.incident_id for row in rows if row.merged_into is not None]
    # What is merged into one that was retracted stays for itself.
    found = await connection.execute(ends(LINKED), asked(reading, ids=gone)) if gone else ()
    stays = {row[0] for row in found if row[0] == row[1]}
    return {row.incident_id: row.place for row in rows if row.merged_into is None or row.incident_id in stays}


@cache
def _with_a_place() -> Select[Any]:
    place = cast(_i.details, JSONB)["place"].astext
    return select(_i.incident_id, _i.merged_into, place.label("place")).where(
        as_of(incidents, "incidents"), not_(_i.retracted), place.is_not(None)
    )


async def claims_of(connection: AsyncConnection, reading: Reading, incident_ids: Collection[str]) -> set[str]:
    """The claims that some incidents are linked to, with those of what is merged into them."""
    if not incident_ids:
        return set()
    rows = await connection.execute(within(LINKED), asked(reading, ids=sorted(incident_ids)))
    return {row.claim_id for row in rows if row.claim_id is not None}


@cache
def _survivors(apart: bool = False) -> Select[Any]:
    """From the claims' links; `apart`: as far as that incident."""
    link, first = incident_claims.alias("l"), incidents.alias("i")
    return upwards(
        LINKED,
        select(link.c.claim_id.label("begun"), first.c.incident_id.label("id"), first.c.merged_into)
        .join(first, and_(as_of(first, "incidents"), first.c.incident_id == link.c.incident_id))
        .where(as_of(link, "incidents"), link.c.claim_id == ASKED_FOR),
        bindparam("apart", type_=Text) if apart else None,
    )


async def _shown(
    connection: AsyncConnection, reading: Reading, rows: Sequence[Mapping[Any, Any]]
) -> list[IncidentItem]:
    """Rows as people read them, with what is merged into each."""
    if not rows:
        return []
    found = await gathered(connection, reading, LINKED, rows)
    shown: list[IncidentItem] = []
    for row in rows:
        id_ = row["incident_id"]
        # What it holds beside its details is as `IncidentItem` says.
        item: Any = {
            "id": id_,
            **as_given(IncidentDetails.model_validate_json(row["details"]), defaults=True),
            "claims": sorted(found.claims.get(id_, ())),
            "merged": sorted(found.merged.get(id_, ())),
            "merged_into": row["merged_into"],
            "survivor": found.survivors[id_],
            "retracted": row["retracted"],
            "version": row["version"],
            "recorded_position": row["recorded_position"],
        }
        shown.append(item)
    return shown
