"""Items of a dossier that changed since they were last read, and words of open lists: for warnings about new ones."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from application.registers import MOST_ITEMS, Details, Kind, Part, ShownItems
from domain.actor import ActorDetails
from domain.place import PlaceDetails
from domain.report import ReportDetails
from domain.source import SourceDetails
from infrastructure.questions.shown_now import ShownNow
from infrastructure.rows.versioned import current_at, current_since

# The words of so many of the figures that were recorded last are those in use.
FIGURES_READ = 20_000
# So many items are read before others of this process have their turn.
AT_ONCE = 500

_MODELS: Final[Mapping[Kind, tuple[str, type[Details]]]] = {
    "source": ("sources", SourceDetails),
    "actor": ("actors", ActorDetails),
    "place": ("places", PlaceDetails),
    "report": ("reports", ReportDetails),
}
_CHANGED = {
    kind: text(f"""
        select {kind}_id as id, details, retracted, from_position from {table}
        where dossier_id = :dossier and generation = :generation and {current_since()} limit {MOST_ITEMS + 1}
    """)  # noqa: S608
    for kind, (table, _) in _MODELS.items()
}
_TOPICS = text(f"""
    select distinct topic from (
        select topic, nature from statements
        where dossier_id = :dossier and generation = :generation and {current_at()}
        order by recorded_position desc limit {FIGURES_READ}
    ) s
    where nature in ('flow', 'stock', 'intended') and (strpos(topic, ',group:') > 0 or strpos(topic, ',cause:') > 0)
""").bindparams(bindparam("dossier", type_=Text))  # noqa: S608


class PostgresShownRegisters:
    def __init__(self, shown: ShownNow) -> None:
        self._shown = shown

    async def changed(self, dossier_id: str, kind: Kind, build: int, after: int) -> ShownItems | None:
        table, model = _MODELS[kind]

        async def read(connection: AsyncConnection, now: Reading) -> tuple[int, Sequence[Any]]:
            generation = now.generations[table]
            named = _of(now, generation=generation, after=after if generation == build else 0)
            return generation, (await connection.execute(_CHANGED[kind], named)).all()

        nothing: tuple[int, Sequence[Any]] | None = None
        found = await self._shown.asked(dossier_id, table, read, nothing)
        if found is None:
            return None
        generation, rows = found
        items = []
        for nth, row in enumerate(rows):
            items.append((row.id, None if row.retracted else model.model_validate_json(row.details)))
            if nth % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
        return ShownItems(generation, max((row.from_position for row in rows), default=0), items)

    async def words(self, dossier_id: str, before: int) -> Mapping[Part, set[str]]:
        found: dict[Part, set[str]] = {"group": set(), "cause": set()}

        async def read(connection: AsyncConnection, now: Reading) -> Sequence[Any]:
            named = {**_of(now, generation=now.generations["claims"]), "position": min(now.position, before - 1)}
            return (await connection.execute(_TOPICS, named)).scalars().all()

        nothing: Sequence[Any] = ()
        topics = await self._shown.asked(dossier_id, "words", read, nothing)
        for topic in topics:
            for said in topic.split(","):
                name, _, word = said.partition(":")
                if name == "group" or name == "cause":
                    found[name].add(word)
        return found


def _of(now: Reading, **more: int) -> dict[str, Any]:
    return {"dossier": now.dossier_id, "position": now.position, **more}
