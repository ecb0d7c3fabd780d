"""Which items of a kind are one, by the rows of a read model whose items merge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
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


@dataclass(frozen=True)
class Linked:
    """The rows of items that merge, and those of the claims that each is linked to itself. Nothing is merged into an
    item that was `retracted`, nor is that one merged into anything.
    """

    items: Table
    links: Table
    retracted: Callable[[FromClause], ColumnElement[bool]]

    def id(self, rows: FromClause) -> ColumnElement[str]:
        found: ColumnElement[str] = rows.c[row_table(self.items).stream_id]
        return found

    def now(self, rows: FromClause) -> ColumnElement[bool]:
        return as_of(rows, self.items.name)


class Gathered(NamedTuple):
    """Of some items, by their ids: what is merged into each, the claims of all these, and where its merges end."""

    merged: Mapping[str, set[str]]
    claims: Mapping[str, set[str]]
    survivors: Mapping[str, str]


# The ids of the items that are asked for: `asked(reading, ids=…)`.
ASKED_FOR = func.any(bindparam("ids", type_=ARRAY(Text)))


async def gathered(
    connection: AsyncConnection, reading: Reading, of: Linked, rows: Sequence[Mapping[Any, Any]]
) -> Gathered:
    ids = [row[row_table(of.items).stream_id] for row in rows]
    merged: dict[str, set[str]] = {}
    claims: dict[str, set[str]] = {}
    survivors = {id_: id_ for id_ in ids}
    parameters = asked(reading, ids=ids)
    for begun, id_, claim_id in await connection.execute(within(of), parameters):
        if id_ != begun:
            merged.setdefault(begun, set()).add(id_)
        if claim_id is not None:
            claims.setdefault(begun, set()).add(claim_id)
    if any(row["merged_into"] is not None for row in rows):
        survivors |= {row[0]: row[1] for row in await connection.execute(ends(of), parameters)}
    return Gathered(merged, claims, survivors)


@cache
def ends(of: Linked) -> Select[Any]:
    """From some items to where nothing is merged any further."""
    first = of.items.alias("first")
    merged_into = case((of.retracted(first), null()), else_=first.c.merged_into).label("merged_into")
    return upwards(
        of,
        select(of.id(first).label("begun"), of.id(first).label("id"), merged_into).where(
            of.now(first), of.id(first) == ASKED_FOR
        ),
    )


def upwards(of: Linked, begun: Select[Any], until: BindParameter[str] | None = None) -> Select[Any]:
    """From `begun` (begun, id, merged_into) to where nothing is merged any further, or to `until`: begun, id."""
    up = begun.cte("up", recursive=True)
    further, gone = of.items.alias("further"), of.items.alias("gone")
    beyond = select(up.c.begun, of.id(further), further.c.merged_into).join(
        further, and_(of.now(further), of.id(further) == up.c.merged_into, not_(of.retracted(further)))
    )
    up = up.union(beyond if until is None else beyond.where(up.c.id != until))
    into_none = exists().where(of.now(gone), of.id(gone) == up.c.merged_into, of.retracted(gone))
    ended = or_(up.c.merged_into.is_(None), into_none)
    if until is not None:
        ended = or_(ended, up.c.id == until)
    return select(up.c.begun, up.c.id).where(ended)


@cache
def within(of: Linked) -> Select[Any]:
    """From some items downwards: all that are merged into each, itself among them, with the claims of each."""
    first, nearer, link = of.items.alias("first"), of.items.alias("nearer"), of.links.alias("link")
    down = (
        select(of.id(first).label("begun"), of.id(first).label("id"), of.retracted(first).label("retracted"))
        .where(of.now(first), of.id(first) == ASKED_FOR)
        .cte("down", recursive=True)
    )
    down = down.union(
        select(down.c.begun, of.id(nearer), of.retracted(nearer)).join(
            nearer,
            and_(of.now(nearer), nearer.c.merged_into == down.c.id, not_(of.retracted(nearer)), not_(down.c.retracted)),
        )
    )
    return select(down.c.begun, down.c.id, link.c.claim_id).join(
        link, and_(of.now(link), of.id(link) == down.c.id), isouter=True
    )
