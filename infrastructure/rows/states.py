"""The states of streams as of positions, from rows: what an event changed is told without folding all before it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine

from application.projection import ReadModel, RowTable
from application.reading import Reading
from domain.fields import StreamRef
from infrastructure.rows.checkpoints import driver_connection
from infrastructure.rows.versioned import current_at

_AT_POSITION = sql.SQL(current_at("t", "s.position"))


@dataclass(frozen=True, slots=True)
class Part:
    """Of a table with rows numbered from 1 on: those of some numbers, with what each follows, and the last by a column.

    Without numbers it is all of them. Each is looked up by itself, however many rows of it there were before.
    """

    table: str
    number: str
    follows: str
    last_by: str
    numbers: Collection[int] | None = None


class Standing(NamedTuple):
    """A stream at a position: its version there, and its state as `evolve` has it."""

    version: int
    held: Any


class States:
    """What streams were at a position that a reading takes in, by the rows that it sees."""

    def __init__(self, engine: AsyncEngine, models: Sequence[ReadModel[Any]]) -> None:
        self._engine = engine
        self._models = {model.stream_kind: model for model in models}

    async def at(
        self, reading: Reading, wanted: Mapping[StreamRef, int], part: Part | None = None
    ) -> dict[StreamRef, Standing]:
        """Each stream at its own position; absent where it was not there yet.

        With a `part` the state has no more than that of one table: enough for what some events do to it.
        """
        found: dict[StreamRef, Standing] = {}
        async with driver_connection(self._engine) as connection:
            for kind in sorted({stream.kind for stream in wanted}):
                model = self._models[kind]
                positions = {stream.id: position for stream, position in wanted.items() if stream.kind == kind}
                rows: dict[str, dict[str, dict[Any, Any]]] = {}
                for table in model.tables:
                    mine = part if part is not None and part.table == table.name else None
                    cursor = await connection.execute(
                        _query(table, mine),
                        {
                            "dossier": reading.dossier_id,
                            "generation": reading.generations[model.name],
                            "ids": list(positions),
                            "positions": list(positions.values()),
                            "numbers": None if mine is None or mine.numbers is None else sorted(mine.numbers),
                        },
                        prepare=True,
                    )
                    width = len(table.key)
                    for stream_id, *columns in await cursor.fetchall():
                        held = rows.setdefault(stream_id, {each.name: {} for each in model.tables})
                        held[table.name][tuple(columns[:width])] = tuple(columns[width:])
                for stream_id, held in rows.items():
                    state = model.state(stream_id, held)
                    # What a read model folds it names by its kind of stream.
                    found[StreamRef(kind, stream_id)] = Standing(state.version, getattr(state, kind))
        return found


def _query(table: RowTable, part: Part | None) -> sql.Composed:
    names: dict[str, sql.Composable] = {
        "stream": sql.Identifier(table.stream_id),
        "columns": sql.SQL(", ").join(map(sql.Identifier, (*table.key, *table.values))),
        "table": sql.Identifier(table.name),
        "current": _AT_POSITION,
    }
    if part is not None:
        columns = {"number": part.number, "follows": part.follows, "last_by": part.last_by}
        return _PART.format(**names, **{name: sql.Identifier(column) for name, column in columns.items()})
    return (_ROWS if table.key else _ROW).format(**names)


_OF_STREAM = "t.dossier_id = %(dossier)s and t.generation = %(generation)s and t.{stream} = s.id"
_EACH = "select s.id, {columns} from unnest(%(ids)s::text[], %(positions)s::int8[]) as s (id, position), lateral "
# Of what has one row at a time, the last that began by then is the one: however many there were before it.
_LAST = "{current} order by t.from_position desc limit 1"
_ROWS = sql.SQL(f"{_EACH} (select * from {{table}} t where {_OF_STREAM} and {{current}}) t")  # noqa: S608
_ROW = sql.SQL(f"{_EACH} (select * from {{table}} t where {_OF_STREAM} and {_LAST}) t")  # noqa: S608
_PART = sql.SQL(f"""
    {_EACH} (
        with all_of_it as (
            select t.* from generate_series(1, (select max(t.{{number}}) from {{table}} t where {_OF_STREAM})) as n,
            lateral (select * from {{table}} t where {_OF_STREAM} and t.{{number}} = n and {_LAST}) t
        ), named as (select {{follows}} from all_of_it where {{number}} = any(%(numbers)s::int[]))
        select * from all_of_it where %(numbers)s::int[] is null or {{number}} = any(%(numbers)s::int[])
            or {{number}} in (select {{follows}} from named)
            or {{last_by}} = (select max({{last_by}}) from all_of_it)
    ) t
""")  # noqa: S608
