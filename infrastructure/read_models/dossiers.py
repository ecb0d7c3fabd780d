"""Every dossier there is: what it is called, and how far it goes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.projection import CURRENT, Rows
from application.reading import Reading
from application.shown import holding
from domain import dossier
from domain.dossier import Dossier, DossierDetails, DossierEvent
from domain.sealable import as_given
from infrastructure.rows.checkpoints import checkpoints
from infrastructure.rows.versioned import as_of, asked, row_table, versioned_table

dossiers = versioned_table(
    "dossiers",
    "stream_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
        Column("time_zone", Text, nullable=False),
    ],
)


@holding(DossierDetails)
class DossierItem(TypedDict):
    """What a dossier is called, and the time zone that its days are in."""

    id: str
    time_zone: str
    version: int


@dataclass(frozen=True, slots=True)
class DossierState:
    version: int
    recorded_position: int
    dossier: Dossier


class Dossiers:
    name = "dossiers"
    version = 1
    stream_kind = "dossier"
    tables = (row_table(dossiers),)

    def fold(self, state: DossierState | None, recorded: Recorded[DossierEvent], time_zone: str) -> DossierState:
        first = state.recorded_position if state else recorded.position
        held = dossier.evolve(state.dossier if state else None, recorded.event)
        return DossierState(recorded.version, first, held)

    def rows(self, state: DossierState) -> Rows:
        held = state.dossier
        details = held.details.model_dump_json(exclude_defaults=True)
        return {"dossiers": {(): (state.version, state.recorded_position, details, held.time_zone)}}

    def state(self, stream_id: str, rows: Rows) -> DossierState:
        version, first, details, time_zone = rows["dossiers"][()]
        return DossierState(version, first, Dossier(DossierDetails.model_validate_json(details), time_zone))


async def all_dossiers(
    connection: AsyncConnection, after: str, limit: int, among: Collection[str] | None
) -> list[DossierItem]:
    """Dossiers in the order of their ids, as they are now, each by the build that serves it. `among`: only of these."""
    served = checkpoints.c.builds.cast(JSONB)["dossiers"][0].astext.cast(Integer)
    query = (
        select(dossiers)
        .join(checkpoints, checkpoints.c.dossier_id == dossiers.c.dossier_id)
        .where(dossiers.c.dossier_id > after, dossiers.c.to_position == CURRENT, dossiers.c.generation == served)
        .order_by(dossiers.c.dossier_id)
        .limit(limit)
    )
    if among is not None:
        query = query.where(dossiers.c.dossier_id.in_(among))
    return [shown(row) for row in (await connection.execute(query)).mappings()]


async def dossier_as_of(connection: AsyncConnection, reading: Reading) -> DossierItem | None:
    query = select(dossiers).where(as_of(dossiers, "dossiers"))
    row = (await connection.execute(query, asked(reading))).mappings().one_or_none()
    return shown(row) if row else None


def shown(row: Mapping[Any, Any]) -> DossierItem:
    """A row as people read it."""
    details: Any = as_given(DossierDetails.model_validate_json(row["details"]), defaults=True)
    return {
        "id": row["dossier_id"],
        **details,
        "time_zone": row["time_zone"],
        "version": row["version"],
    }
