"""Where two builds of a read model differ: one share of a dossier's rows, as of one position."""

from collections.abc import Sequence

from psycopg import sql

from application.event_log import Share
from application.projection import CURRENT, RowDifference, RowTable
from infrastructure.log.postgres import SHARE_OF
from infrastructure.rows.checkpoints import Connection
from infrastructure.rows.versioned import Generation

SHOWN_DIFFERENCES = 20


async def differences_of(
    connection: Connection, live: Generation, rebuilt: Generation, share: Share, position: int
) -> list[RowDifference]:
    """The first few rows of each table that stand in one of the builds only.

    Both as of `position`: what the live rows have taken since then is left out.
    """
    found: list[RowDifference] = []
    for table in live.model.tables:
        found += await _differences(connection, table, live, rebuilt, share, position)
    return found


async def _differences(
    connection: Connection, table: RowTable, live: Generation, rebuilt: Generation, share: Share, position: int
) -> list[RowDifference]:
    # The primary key holds both in the order of their keys: they are walked along side by side, and nothing is sorted.
    keys, rest = (table.stream_id, *table.key, "from_position"), ("to_position", *table.values)
    query = sql.SQL(
        "select {keys}, l.to_position is not null, r.to_position is not null, {live}, {rebuilt} "
        "from ({rows}) l full join ({rows}) r using ({keys}) where row({live}) is distinct from row({rebuilt}) "
        "limit {limit}"
    ).format(
        keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
        live=sql.SQL(", ").join([sql.Identifier("l", name) for name in rest]),
        rebuilt=sql.SQL(", ").join([sql.Identifier("r", name) for name in rest]),
        rows=_rows(table, (*keys, *table.values), share),
        limit=sql.Literal(SHOWN_DIFFERENCES),
    )
    parameters: list[str | int] = []
    for build in (live, rebuilt):
        parameters += [position, build.dossier_id, build.dossier_id, build.number, position]
    found: list[RowDifference] = []
    for row in await (await connection.execute(query, parameters)).fetchall():
        key, values = row[: len(keys)], row[len(keys) + 2 :]
        in_live, in_rebuilt = row[len(keys) : len(keys) + 2]
        for side, there, its in (
            ("live", in_live, values[: len(rest)]),
            ("rebuilt", in_rebuilt, values[len(rest) :]),
        ):
            if there:
                columns = dict(zip((*keys, *rest), (*key, *its), strict=True))
                found.append(RowDifference(table.name, key[0], side, columns))
    return found


def _rows(table: RowTable, columns: Sequence[str], share: Share) -> sql.Composed:
    """A share's rows of one build. One that was closed after the position is told as current."""
    return sql.SQL(
        "select {columns}, case when to_position > %s and to_position <= "
        "(select position from checkpoints where dossier_id = %s) then {current} else to_position end to_position "
        "from {table} where dossier_id = %s and generation = %s and from_position <= %s and {share_of} = {number}"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        current=sql.Literal(CURRENT),
        table=sql.Identifier(table.name),
        share_of=sql.SQL(SHARE_OF).format(stream_id=sql.Identifier(table.stream_id), of=sql.Literal(share.of)),
        number=sql.Literal(share.number),
    )
