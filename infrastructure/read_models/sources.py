"""The sources of a dossier, with their reliability."""

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
from domain import source
from domain.sealable import as_given
from domain.source import Reliability, Source, SourceDetails, SourceEvent
from infrastructure.rows.versioned import item_as_of, items_as_of, row_table, versioned_table

sources = versioned_table(
    "sources",
    "source_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
        Column("reliability", Text),
        Column("graded_because", Text),
        Column("retracted", Boolean, nullable=False),
    ],
)


@holding(SourceDetails)
class SourceItem(TypedDict):
    """Whoever speaks or publishes, and how far it is relied on."""

    id: str
    reliability: Reliability | None
    graded_because: str | None
    retracted: bool
    version: int
    recorded_position: int


@dataclass(frozen=True, slots=True)
class SourceState:
    version: int
    recorded_position: int
    source: Source


class Sources:
    name = "sources"
    version = 1
    stream_kind = "source"
    tables = (row_table(sources),)

    def fold(self, state: SourceState | None, recorded: Recorded[SourceEvent], time_zone: str) -> SourceState:
        first = state.recorded_position if state else recorded.position
        held = source.evolve(state.source if state else None, recorded.event)
        return SourceState(recorded.version, first, held)

    def rows(self, state: SourceState) -> Rows:
        held = state.source
        details = held.details.model_dump_json(exclude_defaults=True)
        return {
            "sources": {
                (): (
                    state.version,
                    state.recorded_position,
                    details,
                    held.reliability,
                    held.graded_because,
                    held.retracted,
                )
            }
        }

    def state(self, stream_id: str, rows: Rows) -> SourceState:
        version, first, details, reliability, graded_because, retracted = rows["sources"][()]
        held = Source(SourceDetails.model_validate_json(details), reliability, graded_because, retracted=retracted)
        return SourceState(version, first, held)


async def sources_as_of(connection: AsyncConnection, reading: Reading, page: Page) -> list[SourceItem]:
    """The sources of a dossier, in the order in which they were registered."""
    return [shown(row) for row in await items_as_of(connection, reading, sources, page)]


async def source_as_of(connection: AsyncConnection, reading: Reading, source_id: str) -> SourceItem | None:
    row = await item_as_of(connection, reading, sources, source_id)
    return shown(row) if row else None


def shown(row: Mapping[Any, Any]) -> SourceItem:
    """A row as people read it."""
    details: Any = as_given(SourceDetails.model_validate_json(row["details"]), defaults=True)
    return {
        "id": row["source_id"],
        **details,
        "reliability": row["reliability"],
        "graded_because": row["graded_because"],
        "retracted": row["retracted"],
        "version": row["version"],
        "recorded_position": row["recorded_position"],
    }
