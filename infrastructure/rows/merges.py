"""Which items of a kind are one, by the rows of a read model whose items merge."""

from functools import cache
from typing import Any

from sqlalchemy import Select, Table, and_, literal, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.merging import Merged
from infrastructure.rows.versioned import as_of, asked, row_table


async def merged_in(connection: AsyncConnection, reading: Reading, table: Table) -> Merged:
    """Which items of a table go on as which others, as of the position."""
    return Merged({id_: other for _, id_, other in await connection.execute(_merged(table), asked(reading))})


@cache
def _merged(table: Table) -> Select[Any]:
    return merges_of(table)


def merges_of(table: Table) -> Select[Any]:
    """The name of the table, and each merged item with what it goes into: those of which neither is retracted.

    A retracted one goes nowhere, and nothing goes into it.
    """
    one, other = table.alias(), table.alias()
    id_ = row_table(table).stream_id
    return (
        select(literal(table.name), one.c[id_], one.c.merged_into)
        .join(other, and_(as_of(other, table.name), other.c[id_] == one.c.merged_into, not_(other.c.retracted)))
        .where(as_of(one, table.name), one.c.merged_into.is_not(None), not_(one.c.retracted))
    )
