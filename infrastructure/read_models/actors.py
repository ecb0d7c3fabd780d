"""The actors of a dossier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Text
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.projection import Rows
from application.reading import Page, Reading
from application.shown import holding
from domain import actor
from domain.actor import Actor, ActorDetails, ActorEvent
from domain.external_id import ExternalId
from domain.merging import Merged
from domain.sealable import as_given
from infrastructure.rows.external_ids import known_by
from infrastructure.rows.merges import merged_in
from infrastructure.rows.versioned import item_as_of, items_as_of, row_table, versioned_table

actors = versioned_table(
    "actors",
    "actor_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
        Column("retracted", Boolean, nullable=False),
        Column("merged_into", Text),
    ],
)
Index("actors_merged", actors.c.dossier_id, actors.c.generation, postgresql_where=actors.c.merged_into.is_not(None))


@holding(ActorDetails)
class ActorItem(TypedDict):
    """A party to the conflict.

    `merged` holds what was merged into it; `survivor` is where a merged one went.
    """

    id: str
    retracted: bool
    merged: list[str]
    merged_into: str | None
    survivor: str
    version: int
    recorded_position: int


@dataclass(frozen=True, slots=True)
class ActorState:
    version: int
    recorded_position: int
    actor: Actor


class Actors:
    name = "actors"
    version = 3
    stream_kind = "actor"
    tables = (row_table(actors),)

    def fold(self, state: ActorState | None, recorded: Recorded[ActorEvent], time_zone: str) -> ActorState:
        first = state.recorded_position if state else recorded.position
        held = actor.evolve(state.actor if state else None, recorded.event)
        return ActorState(recorded.version, first, held)

    def rows(self, state: ActorState) -> Rows:
        held = state.actor
        details = held.details.model_dump_json(exclude_defaults=True)
        row = (state.version, state.recorded_position, details, held.retracted, held.merged_into)
        return {"actors": {(): row}}

    def state(self, stream_id: str, rows: Rows) -> ActorState:
        version, first, details, retracted, merged_into = rows["actors"][()]
        held = Actor(ActorDetails.model_validate_json(details), retracted, merged_into)
        return ActorState(version, first, held)


async def actors_as_of(
    connection: AsyncConnection, reading: Reading, page: Page, external_id: ExternalId | None = None
) -> list[ActorItem]:
    """The actors of a dossier, in the order in which they were registered; only those known elsewhere by an id."""
    only = () if external_id is None else (known_by(actors, external_id),)
    rows = await items_as_of(connection, reading, actors, page, *only)
    merged = await merged_in(connection, reading, actors)
    return [_shown(row, merged) for row in rows]


async def actor_as_of(connection: AsyncConnection, reading: Reading, actor_id: str) -> ActorItem | None:
    row = await item_as_of(connection, reading, actors, actor_id)
    merged = await merged_in(connection, reading, actors)
    return _shown(row, merged) if row else None


def _shown(row: Mapping[Any, Any], merged: Merged) -> ActorItem:
    """A row as people read it."""
    details: Any = as_given(ActorDetails.model_validate_json(row["details"]), defaults=True)
    id_ = row["actor_id"]
    return {
        "id": id_,
        **details,
        "retracted": row["retracted"],
        "merged": merged.within(id_),
        "merged_into": row["merged_into"],
        "survivor": merged.survivor(id_),
        "version": row["version"],
        "recorded_position": row["recorded_position"],
    }
