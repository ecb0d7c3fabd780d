"""A dossier with its log and read models on a real database, small enough to see through."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from application.event_log import Recorded
from application.execute import Asked, Executor
from application.projection import ReadModel, catch_up, rebuild
from domain.events import read_command
from domain.source import SourceEvent
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.read_models.dossiers import Dossiers
from infrastructure.read_models.sources import Sources, SourceState
from infrastructure.rows.pictures import PostgresPictures


class Unable(Exception):
    """What a fold says that cannot take an event."""


class Choosy(Sources):
    """The read model of sources, that cannot take the sources it is told not to."""

    def __init__(self, refused: set[str] | None = None, version: int = Sources.version) -> None:
        self.refused = refused or set()
        self.version = version

    def fold(self, state: SourceState | None, recorded: Recorded[SourceEvent], time_zone: str) -> SourceState:
        if recorded.stream.id in self.refused:
            raise Unable(recorded.stream.id)
        return super().fold(state, recorded, time_zone)


class Shop:
    """A dossier, its log and its read models."""

    def __init__(self, url: str) -> None:
        self.engine = engine(url)
        self.log = PostgresLog(self.engine, key=b"key")
        self.executor = Executor(self.log)
        self.sources = Choosy()
        self.models: Sequence[ReadModel[Any]] = (Dossiers(), self.sources)
        self.store = PostgresPictures(self.engine, self.models)
        self.id = f"d-{uuid4().hex[:12]}"

    async def do(self, command: str, item_id: str, **fields: Any) -> int:
        asked = Asked(read_command({"command": command, "id": item_id} | fields))
        return (await self.executor.execute(self.id, "desk", asked)).position

    async def register(self, *source_ids: str) -> int:
        position = 0
        for source_id in source_ids:
            position = await self.do("register_source", source_id, name=source_id, kind="ngo")
        return position

    async def grade(self, source_id: str, *grades: str) -> int:
        position = 0
        for grade in grades:
            position = await self.do("grade_source", source_id, reliability=grade, reason=f"it is {grade}")
        return position

    async def catch_up(self, batch_size: int = 100, models: Sequence[ReadModel[Any]] | None = None) -> int:
        return await catch_up(self.log, self.store, models or self.models, self.id, batch_size=batch_size)

    async def position(self) -> int:
        return await self.store.live_position(self.id)

    async def refused(self) -> str | None:
        picture = await self.store.picture(self.id)
        return picture.refused if picture else None

    async def generation(self) -> int:
        picture = await self.store.picture(self.id)
        assert picture is not None
        return picture.generations["sources"]

    async def rows(self, generation: int | None = None) -> list[tuple[Any, ...]]:
        """Every version of every source: id, from, to (None: current), grade."""
        generation = generation or await self.generation()
        async with self.engine.connect() as connection:
            found = await connection.execute(
                text(
                    "select source_id, from_position, nullif(to_position, 9223372036854775807), reliability "
                    "from sources where dossier_id = :d and generation = :g order by 1, 2"
                ),
                {"d": self.id, "g": generation},
            )
            return [tuple(row) for row in found]

    async def differences(self) -> int:
        return sum([len(await rebuild(self.log, self.store, m, self.id, switch=False)) for m in self.models])


GRADED = [("s1", 2, 3, None), ("s1", 3, 4, "A"), ("s1", 4, None, "B")]
