"""What a desk holds to be one, as of a position: items that are merged, and claims without a claimant of one origin.

Every question that rules answer needs both, so both are asked at once, and once for a question.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Table, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.merging import Merged
from domain.origins import shared_origins
from infrastructure.read_models import assessments
from infrastructure.read_models.actors import actors
from infrastructure.read_models.places import places
from infrastructure.read_models.reports import reports
from infrastructure.read_models.sources import sources
from infrastructure.rows.merges import merges_of
from infrastructure.rows.versioned import PARAMETERS, asked

_TABLES: Mapping[str, Table] = {"source": sources, "actor": actors, "place": places, "report": reports}
_ORIGIN = "origin"


class _HeldToBeOne(NamedTuple):
    merged: Mapping[str, Merged]
    origins: Mapping[str, str]


async def all_merged(connection: AsyncConnection, reading: Reading) -> Mapping[str, Merged]:
    """By kind of item, which go on as which others."""
    return (await _held_to_be_one(connection, reading)).merged


async def merged_reports(connection: AsyncConnection, reading: Reading) -> Merged:
    """Of reports alone: asked for only where some were ever merged."""
    return (await all_merged(connection, reading))["report"] if reading.has_merged_reports else Merged({})


async def one_with(connection: AsyncConnection, reading: Reading, kind: str, id_: str) -> list[str]:
    """The ids of all that are one with an item, its own among them."""
    return (await all_merged(connection, reading))[kind].one_with(id_)


async def all_one_with(connection: AsyncConnection, reading: Reading, kind: str, ids: Iterable[str]) -> list[str]:
    """The ids of all that are one with some items, theirs among them."""
    merged = (await all_merged(connection, reading))[kind]
    return sorted({other for id_ in ids for other in merged.one_with(id_)})


async def same_origins(connection: AsyncConnection, reading: Reading) -> Mapping[str, str]:
    """Claims that the desk holds to share an origin, each with the assessment that stands for all that do."""
    return (await _held_to_be_one(connection, reading)).origins


async def _held_to_be_one(connection: AsyncConnection, reading: Reading) -> _HeldToBeOne:
    found: _HeldToBeOne | None = reading.kept.get(_HeldToBeOne)
    if found is None:
        rows: dict[str, list[tuple[str, str]]] = {
            name: [] for name in (*(table.name for table in _TABLES.values()), _ORIGIN)
        }
        for name, id_, other in await connection.execute(_query(), asked(reading)):
            rows[name].append((id_, other))
        merged = {kind: Merged(dict(rows[table.name])) for kind, table in _TABLES.items()}
        reading.kept[PARAMETERS] = {"merged_reports": merged["report"].ends()}
        found = reading.kept[_HeldToBeOne] = _HeldToBeOne(merged, shared_origins(sorted(rows[_ORIGIN])))
    return found


@cache
def _query() -> CompoundSelect[Any]:
    origins = assessments.same_origins().subquery()
    return union_all(*map(merges_of, _TABLES.values()), select(literal(_ORIGIN), *origins.c))
