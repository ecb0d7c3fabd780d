"""The gazetteer of a dossier, and which places lie inside which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Text, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.projection import Rows
from application.reading import Page, Reading
from application.shown import holding
from domain import place, when
from domain.place import Place, PlaceDetails, PlaceEvent
from domain.sealable import as_given
from domain.when import EARLIEST, LATEST
from infrastructure.rows.versioned import as_of, asked, item_as_of, items_as_of, row_table, versioned_table

places = versioned_table(
    "places",
    "place_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
        Column("retracted", Boolean, nullable=False),
    ],
)

# One edge for the administrative parent (always) and one for each informal area (when it may have belonged to it).
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
    """An entry of the gazetteer. `within` is its administrative parent, `areas` are the informal ones."""

    id: str
    retracted: bool
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
    version = 1
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
        if held.details.within is not None:
            parents[held.details.within, 0] = (EARLIEST, LATEST)
        for nth, membership in enumerate(held.details.areas, 1):
            within = when.bounds(membership.when, state.time_zone) if membership.when else None
            parents[membership.area, nth] = (within.earliest, within.latest) if within else (EARLIEST, LATEST)
        return {
            "places": {(): (state.version, state.recorded_position, details, held.retracted)},
            "place_parents": parents,
        }

    def state(self, stream_id: str, rows: Rows) -> PlaceState:
        version, first, details, retracted = rows["places"][()]
        # The time zone comes with every event that is folded; between events it decides nothing.
        return PlaceState(version, first, "UTC", Place(PlaceDetails.model_validate_json(details), retracted))


async def places_as_of(connection: AsyncConnection, reading: Reading, page: Page) -> list[PlaceItem]:
    """The places of a dossier, in the order in which they were registered."""
    return [shown(row) for row in await items_as_of(connection, reading, places, page)]


async def place_as_of(connection: AsyncConnection, reading: Reading, place_id: str) -> PlaceItem | None:
    row = await item_as_of(connection, reading, places, place_id)
    return shown(row) if row else None


async def places_inside(connection: AsyncConnection, reading: Reading, place_id: str) -> Sequence[tuple[str, int, int]]:
    """A place, the places inside it and those of its informal areas, as of the position.

    Each with the earliest and latest instant between which it may have been inside.
    """
    inside = select(
        # The columns' own collation: a recursive query asks for the same in both halves.
        literal(place_id, Text).collate("C").label("place_id"),
        literal(EARLIEST, BigInteger).label("earliest"),
        literal(LATEST, BigInteger).label("latest"),
    ).cte("inside", recursive=True)
    parents = place_parents.alias()
    earliest = func.greatest(inside.c.earliest, parents.c.earliest)
    latest = func.least(inside.c.latest, parents.c.latest)
    inside = inside.union(
        select(parents.c.place_id, earliest, latest).where(
            as_of(parents, "places"), parents.c.parent_id == inside.c.place_id, earliest <= latest
        )
    )
    return [(row[0], row[1], row[2]) for row in await connection.execute(select(inside), asked(reading))]


def shown(row: Mapping[Any, Any]) -> PlaceItem:
    """A row as people read it."""
    details: Any = as_given(PlaceDetails.model_validate_json(row["details"]), defaults=True)
    return {
        "id": row["place_id"],
        **details,
        "retracted": row["retracted"],
        "version": row["version"],
        "recorded_position": row["recorded_position"],
    }
