"""Rows versioned by position in PostgreSQL: loads what a batch of events touches, writes what changed."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import NoneType
from typing import Any, Protocol

from psycopg import AsyncConnection, AsyncCopy, sql
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    PrimaryKeyConstraint,
    RowMapping,
    Table,
    Text,
    and_,
    bindparam,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection as SqlConnection
from sqlalchemy.sql import FromClause

from application.event_log import Recorded
from application.projection import CURRENT, ReadModel, RowTable
from application.reading import LeftOut, Page, Reading
from application.stream_rows import RowChanges, RowVersion, StreamRows
from infrastructure.database import metadata

AnyModel = ReadModel[Any]

# As many rows as a socket's buffer holds: writing them does not wait for the database.
_FOLDED_AT_ONCE = 400


def versioned_table(name: str, stream_id: str, key: Sequence[Column[Any]], values: Sequence[Column[Any]]) -> Table:
    """A table of rows versioned by position: what a dossier's stream showed from one position to another."""
    return Table(
        name,
        metadata,
        Column("dossier_id", Text, nullable=False),
        Column("generation", Integer, nullable=False),
        Column(stream_id, Text, nullable=False),
        *key,
        Column("from_position", BigInteger, nullable=False),
        Column("to_position", BigInteger, nullable=False),
        *values,
        PrimaryKeyConstraint("dossier_id", "generation", stream_id, *(c.name for c in key), "from_position"),
        info={
            "rows": RowTable(name, stream_id, tuple(c.name for c in key), tuple(c.name for c in values)),
        },
    )


def row_table(table: Table) -> RowTable:
    found: RowTable = table.info["rows"]
    return found


def as_of(table: FromClause, read_model: str) -> ColumnElement[bool]:
    """The rows of a table, or of an alias of it, that were current at the position of a reading.

    Which reading it is comes with the parameters (`asked`), so that a query is put together once and asked often.
    """
    c = table.c
    position = bindparam("position", type_=BigInteger)
    return and_(
        c.dossier_id == bindparam("dossier_id", type_=Text),
        c.generation == bindparam(f"{read_model}_generation", type_=Integer),
        c.from_position <= position,
        c.to_position > position,
    )


# The same in SQL that is written out. No other file says in which positions a row is seen.


def current_at(alias: str = "", position: str = ":position") -> str:
    """Rows (of an alias) that were current at a position. Placed by order, as `%s`, it is needed twice."""
    return _between(alias, "{0}from_position <= {1} and {0}to_position > {1}", position)


def current_around(alias: str, position: str) -> str:
    """Rows that were current just before a position or at it: what an event there closed, and what it opened."""
    return _between(alias, "{0}from_position <= {1} and {0}to_position >= {1}", position)


def current_within(alias: str = "", after: str = ":after", position: str = ":position") -> str:
    """Rows that were current at some position of a stretch, what its first event closed among them."""
    return _between(alias, "{0}from_position <= {1} and {0}to_position > {2}", position, after)


def current_since(alias: str = "", after: str = ":after", position: str = ":position") -> str:
    """Rows that are current at a position, and were not yet at an earlier one."""
    return _between(
        alias, "{0}from_position > {1} and {0}from_position <= {2} and {0}to_position > {2}", after, position
    )


def _between(alias: str, condition: str, *positions: str) -> str:
    return condition.format(f"{alias}." if alias else "", *positions)


class Lasting(Protocol):
    """A row that was read together with the positions between which it was current."""

    @property
    def from_position(self) -> int: ...

    @property
    def to_position(self) -> int: ...


def is_current(row: Lasting, position: int) -> bool:
    """The same of a row that was read already."""
    return row.from_position <= position < row.to_position


# What was found out for a reading that its further queries are asked with.
PARAMETERS = "parameters"
_NOTHING_LEFT_OUT = LeftOut()


def asked(reading: Reading, **more: Any) -> dict[str, Any]:
    """The parameters of a query `as_of` a reading."""
    left_out = reading.left_out or _NOTHING_LEFT_OUT
    return {
        "dossier_id": reading.dossier_id,
        "position": reading.position,
        "reported_by": reading.clocks.reported_by,
        "left_out_reports": sorted(left_out.reports),
        "left_out_withdrawals": sorted(left_out.withdrawals),
        **{f"{read_model}_generation": number for read_model, number in reading.generations.items()},
        **reading.kept.get(PARAMETERS, {}),
        **more,
    }


@dataclass(frozen=True, slots=True)
class Generation:
    """The rows of one read model for one dossier, as one build of it made them."""

    model: AnyModel
    dossier_id: str
    number: int


async def items_as_of(
    connection: SqlConnection, reading: Reading, table: Table, page: Page, *only: ColumnElement[bool]
) -> Sequence[RowMapping]:
    """The rows of a read model that has one for each item, in the order in which the items were recorded."""
    query = (
        select(table)
        .where(as_of(table, table.name), table.c.recorded_position > page.after, *only)
        .order_by(table.c.recorded_position)
        .limit(page.limit)
    )
    return (await connection.execute(query, asked(reading))).mappings().all()


async def item_as_of(connection: SqlConnection, reading: Reading, table: Table, item_id: str) -> RowMapping | None:
    """The row of one item; None if it was not recorded yet."""
    query = select(table).where(as_of(table, table.name), table.c[row_table(table).stream_id] == item_id)
    return (await connection.execute(query, asked(reading))).mappings().one_or_none()


async def fold_into(
    connection: AsyncConnection[Any], generation: Generation, batch: Sequence[Recorded], time_zone: str
) -> None:
    """Fold a batch of events into one read model's rows, within the caller's transaction.

    Raises:
        FoldRefused: the read model cannot take one of the events.
    """
    model = generation.model
    # Stream by stream: a row that the batch itself closes again is closed when it is written, and not touched twice.
    mine: dict[str, list[Recorded]] = {}
    for recorded in batch:
        if recorded.stream.kind == model.stream_kind:
            mine.setdefault(recorded.stream.id, []).append(recorded)
    if not mine:
        return
    # A stream whose first event is in the batch has no rows yet.
    known = sorted(stream_id for stream_id, events in mine.items() if events[0].version > 1)
    current = await load_current(connection, generation, known) if known else {}
    changes = RowChanges(model.tables)
    first, *others = model.tables
    # One table takes its rows while the next streams are folded: the database and we work side by side.
    async with _copying(connection, generation, first) as copy:
        for some in _in_slices(mine, _FOLDED_AT_ONCE):
            for stream_id, events in some:
                stream = StreamRows(model, stream_id, current.get(stream_id, ()), changes)
                for recorded in events:
                    stream.take(recorded, time_zone)
            await copy.write(_lines(generation, changes.to_insert(first.name)))
            # Writing waits for nobody, most of the time: a rebuild lets others of its process have their turn.
            await asyncio.sleep(0)
    for table in others:
        if opened := changes.to_insert(table.name):
            async with _copying(connection, generation, table) as copy:
                await copy.write(_lines(generation, opened))
    for table in model.tables:
        if closed := changes.closed[table.name]:
            await _close(connection, generation, table, closed)


def _in_slices(
    streams: Mapping[str, Sequence[Recorded]], events_at_once: int
) -> Iterator[list[tuple[str, Sequence[Recorded]]]]:
    """Streams with about so many events together at a time; one with more comes whole."""
    some: list[tuple[str, Sequence[Recorded]]] = []
    number = 0
    for stream in streams.items():
        some.append(stream)
        number += len(stream[1])
        if number >= events_at_once:
            yield some
            some, number = [], 0
    if some:
        yield some


async def load_current(
    connection: AsyncConnection[Any], generation: Generation, stream_ids: Sequence[str]
) -> Mapping[str, list[tuple[str, RowVersion]]]:
    """The current rows of some streams, each with the name of its table, by stream id."""
    found: dict[str, list[tuple[str, RowVersion]]] = {}
    for table in generation.model.tables:
        query = sql.SQL(
            "select {stream}, {columns}, from_position from {table} "
            "where dossier_id = %b and generation = %b and {stream} = any(%b) and to_position = {current}"
        ).format(
            stream=sql.Identifier(table.stream_id),
            columns=sql.SQL(", ").join(map(sql.Identifier, (*table.key, *table.values))),
            table=sql.Identifier(table.name),
            current=sql.Literal(CURRENT),
        )
        cursor = await connection.execute(
            query, [generation.dossier_id, generation.number, list(stream_ids)], prepare=True
        )
        width = len(table.key)
        async for stream_id, *columns, from_position in cursor:
            version = RowVersion(stream_id, tuple(columns[:width]), tuple(columns[width:]), from_position, stored=True)
            found.setdefault(stream_id, []).append((table.name, version))
    return found


async def _close(
    connection: AsyncConnection[Any], generation: Generation, table: RowTable, rows: Sequence[RowVersion]
) -> None:
    # from_position is part of what is matched, so a stream's other rows, and its past, stay as they are.
    keys = [sql.SQL("t.{0} = c.{0}").format(sql.Identifier(name)) for name in (table.stream_id, *table.key)]
    query = sql.SQL(
        "update {table} t set to_position = c.to_position from unnest({arrays}) as c({columns}) "
        "where t.dossier_id = %s and t.generation = %s and {keys} and t.from_position = c.from_position"
    ).format(
        table=sql.Identifier(table.name),
        arrays=sql.SQL(", ").join([sql.SQL("%b")] * (3 + len(table.key))),
        columns=sql.SQL(", ").join(map(sql.Identifier, (table.stream_id, *table.key, "from_position", "to_position"))),
        keys=sql.SQL(" and ").join(keys),
    )
    arrays: list[list[Any]] = [[version.stream_id for version in rows]]
    arrays += [[version.key[i] for version in rows] for i in range(len(table.key))]
    arrays += [[version.from_position for version in rows], [version.to_position for version in rows]]
    await connection.execute(query, [*arrays, generation.dossier_id, generation.number])


def _copying(
    connection: AsyncConnection[Any], generation: Generation, table: RowTable
) -> AbstractAsyncContextManager[AsyncCopy]:
    columns = ("dossier_id", "generation", "from_position", "to_position", table.stream_id, *table.key, *table.values)
    copy_into = sql.SQL("copy {table} ({columns}) from stdin").format(
        table=sql.Identifier(table.name), columns=sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    return connection.cursor().copy(copy_into)


def _lines(generation: Generation, versions: Sequence[RowVersion]) -> str:
    """Rows in COPY's text format. Column by column: one look says what all values of one are, and most need nothing."""
    columns = zip(*[(v.from_position, v.to_position, v.stream_id, *v.key, *v.values) for v in versions], strict=True)
    head = f"\n{_copy_text(generation.dossier_id)}\t{generation.number}\t"
    lines = map("\t".join, zip(*map(_copy_column, columns), strict=True))
    return (head.join(["", *lines]) + "\n").removeprefix("\n")


def _copy_column(values: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, values))
    if kinds == {str}:
        together = "".join(values)
        if together.isprintable() and "\\" not in together:
            return values
    elif kinds == {int}:
        return list(map(str, values))
    elif kinds <= {bool, NoneType}:
        return [_WORDS[value] for value in values]
    elif kinds == {list} and not any(values):
        return ["{}"] * len(values)
    return [_copy_text(value) for value in values]


_WORDS: dict[bool | None, str] = {None: "\\N", True: "t", False: "f"}
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})


def _copy_text(value: Any) -> str:
    """One value in COPY's text format. A list of slugs becomes an array."""
    if value is None or value is True or value is False:
        return _WORDS[value]
    if value.__class__ is str:
        return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)
    if isinstance(value, (list, tuple)):
        return "{" + ",".join([f'"{_copy_text(item)}"' for item in value]) + "}"
    return str(value)
