"""The gazetteer of a dossier, and which places lie inside which."""

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
from domain import place
from domain.external_id import ExternalId
from domain.merging import Merged
from domain.place import Place, PlaceDetails, PlaceEvent
from domain.sealable import as_given
from infrastructure.rows.external_ids import known_by
from infrastructure.rows.merges import merged_in
from infrastructure.rows.versioned import item_as_of, items_as_of, row_table, versioned_table

places = versioned_table(
    "places",
    "place_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
        Column("retracted", Boolean, nullable=False),
        Column("merged_into", Text),
    ],
)
Index("places_merged", places.c.dossier_id, places.c.generation, postgresql_where=places.c.merged_into.is_not(None))

# One edge for each administrative parent (numbered 0, -1 ...) and one for each informal area (1, 2 ...), with the
# times between which it may have lain there or belonged to it.
place_parents = versioned_table(
    "place_parents",
    "place_id",
    key=[Column("parent_id", Text, nullable=False), Column("nth", Integer, nullable=False)],
    values=[Column("earliest", BigInteger, nullable=False), Column("latest", BigInteger, nullable=False)],
)
Index(
    "place_parents_by_parent",
    place_parents.c.dossier_id,
    place_parents.c.generation,
    place_parents.c.parent_id,
)


@holding(PlaceDetails)
class PlaceItem(TypedDict):
    """An entry of the gazetteer. `within` is its administrative parent, `areas` are the informal ones.

    `merged` holds what was merged into it; `survivor` is where a merged one went, whose own fields hold for both.
    """

    id: str
    retracted: bool
    merged: list[str]
    merged_into: str | None
    survivor: str
    version: int
    recorded_position: int


@dataclass(frozen=True, slots=True)
class PlaceState:
    version: int
    recorded_position: int
    time_zone: str
    place: Place


class Places:
    name = "places"
    version = 3
    stream_kind = "place"
    tables = (row_table(places), row_table(place_parents))

    def fold(self, state: PlaceState | None, recorded: Recorded[PlaceEvent], time_zone: str) -> PlaceState:
        first = state.recorded_position if state else recorded.position
        held = place.evolve(state.place if state else None, recorded.event)
        return PlaceState(recorded.version, first, time_zone, held)

    def rows(self, state: PlaceState) -> Rows:
        held = state.place
        details = held.details.model_dump_json(exclude_defaults=True)
        parents: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for nth, (parent, window) in enumerate(held.details.parents(state.time_zone)):
            parents[parent, -nth] = window
        for nth, (area, window) in enumerate(held.details.its_areas(state.time_zone), 1):
            parents[area, nth] = window
        row = (state.version, state.recorded_position, details, held.retracted, held.merged_into)
        return {"places": {(): row}, "place_parents": parents}

    def state(self, stream_id: str, rows: Rows) -> PlaceState:
        version, first, details, retracted, merged_into = rows["places"][()]
        held = Place(PlaceDetails.model_validate_json(details), retracted, merged_into)
        # The time zone comes with every event that is folded; between events it decides nothing.
        return PlaceState(version, first, "UTC", held)


async def places_as_of(
    connection: AsyncConnection, reading: Reading, page: Page, external_id: ExternalId | None = None
) -> list[PlaceItem]:
    """The places of a dossier, in the order in which they were registered; only those known elsewhere by an id."""
    only = () if external_id is None else (known_by(places, external_id),)
    rows = await items_as_of(connection, reading, places, page, *only)
    merged = await merged_in(connection, reading, places)
    return [_shown(row, merged) for row in rows]


async def place_as_of(connection: AsyncConnection, reading: Reading, place_id: str) -> PlaceItem | None:
    row = await item_as_of(connection, reading, places, place_id)
    merged = await merged_in(connection, reading, places)
    return _shown(row, merged) if row else None


def _shown(row: Mapping[Any, Any], merged: Merged) -> PlaceItem:
    """A row as people read it."""
    details: Any = as_given(PlaceDetails.model_validate_json(row["details"]), defaults=True)
    id_ = row["place_id"]
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
