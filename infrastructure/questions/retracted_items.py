"""Which items were retracted, of those that an answer names."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Text, bindparam, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.fields import StreamRef
from infrastructure.read_models.actors import actors
from infrastructure.read_models.claims import claims
from infrastructure.read_models.places import places
from infrastructure.read_models.reports import reports
from infrastructure.read_models.sources import sources
from infrastructure.rows.versioned import as_of, asked, row_table

_TABLES = {"source": sources, "actor": actors, "place": places, "report": reports, "claim": claims}


async def retracted_among(
    connection: AsyncConnection, reading: Reading, named: Collection[StreamRef]
) -> frozenset[StreamRef]:
    """Those of some sources, actors, places, reports and claims that are retracted as of the position."""
    if not named:
        return frozenset()
    ids = {kind: sorted({one.id for one in named if one.kind == kind}) for kind in _TABLES}
    rows = await connection.execute(_retracted(), asked(reading, **ids))
    return frozenset(StreamRef(row.kind, row.id) for row in rows)


@cache
def _retracted() -> Any:
    return union_all(
        *(
            select(literal(kind).label("kind"), table.c[row_table(table).stream_id].label("id")).where(
                as_of(table, table.name),
                table.c.retracted,
                table.c[row_table(table).stream_id] == _any_of(kind),
            )
            for kind, table in _TABLES.items()
        )
    )


def _any_of(kind: str) -> Any:
    return func.any(bindparam(kind, type_=ARRAY(Text)))
