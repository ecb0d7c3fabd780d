"""The sources of a dossier, with their reliability."""

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
from domain import source
from domain.merging import Merged
from domain.sealable import as_given
from domain.source import Reliability, Source, SourceDetails, SourceEvent
from infrastructure.rows.merges import merged_in
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
        Column("merged_into", Text),
    ],
)
Index("sources_merged", sources.c.dossier_id, sources.c.generation, postgresql_where=sources.c.merged_into.is_not(None))


@holding(SourceDetails)
class SourceItem(TypedDict):
    """Whoever speaks or publishes, and how far it is relied on.

    `merged` holds what was merged into it; `survivor` is where a merged one went.
    """

    id: str
    reliability: Reliability | None
    graded_because: str | None
    retracted: bool
    merged: list[str]
    merged_into: str | None
    survivor: str
    version: int
    recorded_position: int


@dataclass(frozen=True, slots=True)
class SourceState:
    version: int
    recorded_position: int
    source: Source


class Sources:
    name = "sources"
    version = 4
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
                    held.merged_into,
                )
            }
        }

    def state(self, stream_id: str, rows: Rows) -> SourceState:
        version, first, details, reliability, graded_because, retracted, merged_into = rows["sources"][()]
        known = SourceDetails.model_validate_json(details)
        held = Source(known, reliability, graded_because, retracted, merged_into)
        return SourceState(version, first, held)


async def sources_as_of(connection: AsyncConnection, reading: Reading, page: Page) -> list[SourceItem]:
    """The sources of a dossier, merged and retracted ones too, in the order in which they were registered."""
    rows = await items_as_of(connection, reading, sources, page)
    merged = await merged_in(connection, reading, sources)
    return [_shown(row, merged) for row in rows]


async def source_as_of(connection: AsyncConnection, reading: Reading, source_id: str) -> SourceItem | None:
    row = await item_as_of(connection, reading, sources, source_id)
    merged = await merged_in(connection, reading, sources)
    return _shown(row, merged) if row else None


def _shown(row: Mapping[Any, Any], merged: Merged) -> SourceItem:
    """A row as people read it."""
    details: Any = as_given(SourceDetails.model_validate_json(row["details"]), defaults=True)
    id_ = row["source_id"]
    return {
        "id": id_,
        **details,
        "reliability": row["reliability"],
        "graded_because": row["graded_because"],
        "retracted": row["retracted"],
        "merged": merged.within(id_),
        "merged_into": row["merged_into"],
        "survivor": merged.survivor(id_),
        "version": row["version"],
        "recorded_position": row["recorded_position"],
    }
