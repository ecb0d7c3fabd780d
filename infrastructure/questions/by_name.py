"""Items by what they are called, in any language and however it is typed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, Table, Text, and_, bindparam, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from application.registers import Details
from domain.actor import ActorDetails
from domain.names import all_names
from domain.namesakes import folded
from domain.place import PlaceDetails
from domain.report import ReportDetails
from domain.source import SourceDetails
from infrastructure.questions.merges import all_merged
from infrastructure.questions.near_ids import LEAST_ALIKE, LOOKED_THROUGH, MOST_NEAR
from infrastructure.read_models.actors import actors
from infrastructure.read_models.places import places
from infrastructure.read_models.reports import reports
from infrastructure.read_models.sources import sources
from infrastructure.rows.versioned import as_of, asked, row_table

# So many rows are read, and their names folded, before others have their turn.
_AT_ONCE = 500


# Claims, incidents and assessments have no names.
_CALLED: Mapping[str, tuple[Table, type[Details]]] = {
    "actor": (actors, ActorDetails),
    "place": (places, PlaceDetails),
    "report": (reports, ReportDetails),
    "source": (sources, SourceDetails),
}
KINDS_CALLED = tuple(_CALLED)


class Meant(NamedTuple):
    """The ids of the items that a name may mean; where it means none, of those that are called much like it."""

    ids: list[str]
    near: list[str]


async def meant(
    connection: AsyncConnection, reading: Reading, kind: str, names: Collection[str]
) -> Mapping[str, Meant]:
    """What each of some names means, among what was not retracted as of the position. An id is a name too."""
    table, model = _CALLED[kind]
    wanted = {name: folded(name) for name in names}
    found: dict[str, list[str]] = {each: [] for each in wanted.values() if each}
    looked_through: dict[str, list[str]] = {}
    after, more = "", True
    while more:
        some = (await connection.execute(_after(table), asked(reading, after=after, most=_AT_ONCE))).all()
        more = len(some) == _AT_ONCE
        for id_, called in _folded(some, model):
            after = id_
            if called in found and id_ not in found[called]:
                found[called].append(id_)
            if called in looked_through or len(looked_through) < LOOKED_THROUGH:
                looked_through.setdefault(called, []).append(id_)
    # What is merged is one, whatever it is called.
    if (merged := (await all_merged(connection, reading)).get(kind)) is not None:
        found = {called: list(dict.fromkeys(map(merged.survivor, ids))) for called, ids in found.items()}
    return {name: _meant(each, found.get(each, []), looked_through) for name, each in wanted.items()}


def _folded(rows: Iterable[Any], model: type[Details]) -> Iterator[tuple[str, str]]:
    for id_, details in rows:
        held = model.model_validate_json(details)
        # A report is called by its label.
        called = (str(held.label),) if isinstance(held, ReportDetails) else all_names(held)
        for each in (id_, *called):
            yield id_, folded(each)


def _meant(wanted: str, ids: list[str], looked_through: Mapping[str, list[str]]) -> Meant:
    if ids or not wanted:
        return Meant(ids, [])
    close = get_close_matches(wanted, looked_through, MOST_NEAR, LEAST_ALIKE)
    return Meant([], list(dict.fromkeys(id_ for each in close for id_ in looked_through[each]))[:MOST_NEAR])


@cache
def _after(table: Table) -> Select[Any]:
    id_ = table.c[row_table(table).stream_id]
    wanted = and_(as_of(table, table.name), not_(table.c.retracted), id_ > bindparam("after", type_=Text))
    return select(id_, table.c.details).where(wanted).order_by(id_).limit(bindparam("most", type_=Integer))
