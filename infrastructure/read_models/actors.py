"""The actors of a dossier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, Text
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.projection import Rows
from application.reading import Page, Reading
from application.shown import holding
from domain import actor
from domain.actor import Actor, ActorDetails, ActorEvent
from domain.sealable import as_given
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
    ],
)


@holding(ActorDetails)
class ActorItem(TypedDict):
    """A party to the conflict."""

    id: str
    retracted: bool
    version: int
    recorded_position: int


@dataclass(frozen=True, slots=True)
class ActorState:
    version: int
    recorded_position: int
    actor: Actor


class Actors:
    name = "actors"
    version = 1
    stream_kind = "actor"
    tables = (row_table(actors),)

    def fold(self, state: ActorState | None, recorded: Recorded[ActorEvent], time_zone: str) -> ActorState:
        first = state.recorded_position if state else recorded.position
        held = actor.evolve(state.actor if state else None, recorded.event)
        return ActorState(recorded.version, first, held)

    def rows(self, state: ActorState) -> Rows:
        held = state.actor
        details = held.details.model_dump_json(exclude_defaults=True)
        return {"actors": {(): (state.version, state.recorded_position, details, held.retracted)}}

    def state(self, stream_id: str, rows: Rows) -> ActorState:
        version, first, details, retracted = rows["actors"][()]
        held = Actor(ActorDetails.model_validate_json(details), retracted=retracted)
        return ActorState(version, first, held)


async def actors_as_of(connection: AsyncConnection, reading: Reading, page: Page) -> list[ActorItem]:
    """The actors of a dossier, in the order in which they were registered."""
    return [shown(row) for row in await items_as_of(connection, reading, actors, page)]


async def actor_as_of(connection: AsyncConnection, reading: Reading, actor_id: str) -> ActorItem | None:
    row = await item_as_of(connection, reading, actors, actor_id)
    return shown(row) if row else None


def shown(row: Mapping[Any, Any]) -> ActorItem:
    """A row as people read it."""
    details: Any = as_given(ActorDetails.model_validate_json(row["details"]), defaults=True)
    return {
        "id": row["actor_id"],
        **details,
        "retracted": row["retracted"],
        "version": row["version"],
        "recorded_position": row["recorded_position"],
    }
