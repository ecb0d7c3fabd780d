"""Items by what they are called, in any language and however it is typed, or by the ids that others know them by."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, Table, Text, and_, bindparam, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from application.registers import Details
from domain.actor import ActorDetails
from domain.names import all_names
from domain.namesakes import MOST_NEAR, folded, much_alike
from domain.place import PlaceDetails
from domain.report import ReportDetails
from domain.source import SourceDetails
from infrastructure.questions.merges import all_merged
from infrastructure.questions.near_ids import LOOKED_THROUGH
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
    """What each of some names means, among what was not retracted as of the position. An id is a name too.

    An id of others (`pcode:YE1902`, or `YE1902` alone) is meant by what is nothing's name, whatever its case.
    """
    table, model = _CALLED[kind]
    wanted = {name: folded(name) for name in names}
    found: dict[str, list[str]] = {each: [] for each in wanted.values() if each}
    known: dict[str, list[str]] = {name.casefold(): [] for name in names}
    looked_through: dict[str, list[str]] = {}
    after, more = "", True
    while more:
        some = (await connection.execute(_after(table), asked(reading, after=after, most=_AT_ONCE))).all()
        more = len(some) == _AT_ONCE
        for id_, details in some:
            after, held = id_, model.model_validate_json(details)
            for called in map(folded, (id_, *_called(held))):
                if called in found and id_ not in found[called]:
                    found[called].append(id_)
                if called in looked_through or len(looked_through) < LOOKED_THROUGH:
                    looked_through.setdefault(called, []).append(id_)
            for code in _codes(held):
                if code in known and id_ not in known[code]:
                    known[code].append(id_)
    # What is merged is one, whatever it is called.
    if (merged := (await all_merged(connection, reading)).get(kind)) is not None:
        found, known = (
            {called: list(dict.fromkeys(map(merged.survivor, ids))) for called, ids in some.items()}
            for some in (found, known)
        )
    return {
        name: _meant(each, found.get(each) or known[name.casefold()], looked_through) for name, each in wanted.items()
    }


def _called(held: Details) -> Iterable[str]:
    # A report is called by its label.
    return (str(held.label),) if isinstance(held, ReportDetails) else all_names(held)


def _codes(held: Details) -> Iterator[str]:
    """As questions write the ids that others know an item by: with the register, and alone."""
    if isinstance(held, (ActorDetails, PlaceDetails)):
        for register, id_ in held.external_ids.items():
            yield f"{register}:{id_}".casefold()
            yield str(id_).casefold()


def _meant(wanted: str, ids: list[str], looked_through: Mapping[str, list[str]]) -> Meant:
    if ids or not wanted:
        return Meant(ids, [])
    close = much_alike(wanted, looked_through)
    return Meant([], list(dict.fromkeys(id_ for each in close for id_ in looked_through[each]))[:MOST_NEAR])


@cache
def _after(table: Table) -> Select[Any]:
    id_ = table.c[row_table(table).stream_id]
    wanted = and_(as_of(table, table.name), not_(table.c.retracted), id_ > bindparam("after", type_=Text))
    return select(id_, table.c.details).where(wanted).order_by(id_).limit(bindparam("most", type_=Integer))
