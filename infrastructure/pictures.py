"""How far each dossier's read models are, which build of each is served, and the turns that advance them."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import BigInteger, Column, DateTime, Integer, PrimaryKeyConstraint, Table, Text, func
from sqlalchemy.ext.asyncio import AsyncEngine

from application.event_log import EventLog, Recorded
from application.projection import BATCH, Build, Difference, FoldRefused, ReadModel, Rebuild, RowTable, Turn
from application.reading import Picture
from domain.dossier import DossierOpened
from infrastructure.database import metadata
from infrastructure.versioned_rows import Generation, fold_into

Connection = psycopg.AsyncConnection[Any]
Models = Sequence[ReadModel[Any]]

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("dossier_id", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    # {read model: [generation, version]}: the build of each read model that is served.
    Column("builds", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("refused_position", BigInteger),
    Column("refused_because", Text),
)

rebuilds = Table(
    "rebuilds",
    metadata,
    Column("dossier_id", Text),
    Column("read_model", Text),
    Column("generation", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("time_zone", Text, nullable=False),
    PrimaryKeyConstraint("dossier_id", "read_model"),
)

# Builds that are served no more. Their rows stay for as long as a question that began before the switch may last.
retired_builds = Table(
    "retired_builds",
    metadata,
    Column("dossier_id", Text),
    Column("read_model", Text),
    Column("generation", Integer),
    Column("retired_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("dossier_id", "read_model", "generation"),
)
KEEP_RETIRED_S = 60

SHOWN_DIFFERENCES = 20


class PostgresPictures:
    """Read models in PostgreSQL: implements `RowStore` for workers and `Pictures` for questions."""

    def __init__(self, engine: AsyncEngine, models: Models) -> None:
        self._engine = engine
        self._models = models

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """The driver's own connection, for what SQLAlchemy would only slow down."""
        async with self._engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            try:
                yield driver
            finally:
                if driver.closed:
                    # SQLAlchemy did not see it go, and would log what it finds when it takes it back.
                    await connection.invalidate()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with self._connection() as connection, connection.transaction():
            yield connection

    async def picture(self, dossier_id: str) -> Picture | None:
        async with self._connection() as connection:
            row = await _one(
                connection,
                "select position, builds, time_zone, refused_because from checkpoints where dossier_id = %b",
                dossier_id,
            )
        if row is None:
            return None
        position, builds, time_zone, refused = row
        generations = {name: build.generation for name, build in _builds(builds).items()}
        if any(model.name not in generations for model in self._models):
            # A new release's read model is still being built: until then there is no picture of this release.
            return None
        return Picture(position, generations, time_zone, refused)

    @asynccontextmanager
    async def turn(self, dossier_id: str) -> AsyncIterator[Turn | None]:
        async with self._transaction() as connection:
            found = await _one(
                connection,
                "select position, builds, time_zone, refused_because from checkpoints where dossier_id = %b "
                "for update skip locked",
                dossier_id,
            )
            if found is None:
                found = await self._first_checkpoint(connection, dossier_id)
            yield None if found is None else _PostgresTurn(connection, dossier_id, *found)

    async def _first_checkpoint(self, connection: Connection, dossier_id: str) -> Any:
        """The checkpoint of a dossier of which nothing was projected yet; None if it has one."""
        builds = {model.name: Build(1, model.version) for model in self._models}
        return await _one(
            connection,
            "insert into checkpoints (dossier_id, position, builds, time_zone) values (%s, 0, %s, 'UTC') "
            "on conflict do nothing returning position, builds, time_zone, refused_because",
            dossier_id,
            _text(builds),
        )

    async def refuse(self, dossier_id: str, refusal: FoldRefused) -> None:
        async with self._transaction() as connection:
            await connection.execute(
                "update checkpoints set refused_position = %s, refused_because = %s where dossier_id = %s",
                [refusal.position, str(refusal)[:2000], dossier_id],
            )

    async def standing_still(self, dossier_id: str | None = None) -> list[tuple[str, str]]:
        """Dossiers (or the one, if it is among them) whose read models stand still, and why."""
        async with self._connection() as connection:
            cursor = await connection.execute(
                "select dossier_id, refused_because from checkpoints "
                "where refused_position is not null and (%(one)s::text is null or dossier_id = %(one)s::text)",
                {"one": dossier_id},
            )
            return await cursor.fetchall()

    async def retry(self, dossier_id: str) -> None:
        """Let a dossier that stands still try again."""
        async with self._transaction() as connection:
            await connection.execute(
                "update checkpoints set refused_position = null, refused_because = null where dossier_id = %s",
                [dossier_id],
            )

    async def behind(self, limit: int = 100) -> list[str]:
        """Dossiers whose read models have not taken all of their log, those that stand still left out."""
        async with self._connection() as connection:
            cursor = await connection.execute(
                "select h.dossier_id from heads h left join checkpoints c using (dossier_id) "
                "where h.position > coalesce(c.position, 0) and c.refused_position is null limit %s",
                [limit],
            )
            return [row[0] for row in await cursor.fetchall()]

    async def outdated(self) -> list[str]:
        """Dossiers that are served by builds of an earlier release, or lack a read model that this one has."""
        current = {model.name: model.version for model in self._models}
        async with self._connection() as connection:
            cursor = await connection.execute(
                "select dossier_id, builds from checkpoints where refused_position is null"
            )
            served = [(row[0], _builds(row[1])) for row in await cursor.fetchall()]
        return [
            dossier_id
            for dossier_id, builds in served
            if any(name not in builds or builds[name].version < version for name, version in current.items())
        ]

    async def live_position(self, dossier_id: str) -> int:
        async with self._connection() as connection:
            row = await _one(connection, "select position from checkpoints where dossier_id = %b", dossier_id)
        return row[0] if row else 0

    async def begin_rebuild(self, dossier_id: str, model: ReadModel[Any]) -> Rebuild:
        async with self._transaction() as connection:
            # One begins at a time, and never a build that serves: without a checkpoint the first turn would make it.
            await self._first_checkpoint(connection, dossier_id)
            builds, time_zone = await _one(
                connection, "select builds, time_zone from checkpoints where dossier_id = %s for update", dossier_id
            )
            unfinished = await _unfinished(connection, dossier_id, model)
            if unfinished is not None:
                if unfinished.version == model.version:
                    return unfinished
                await _delete_rows(connection, model, dossier_id, unfinished.generation)
            (retired,) = await _one(
                connection,
                "select coalesce(max(generation), 0) from retired_builds where dossier_id = %s and read_model = %s",
                dossier_id,
                model.name,
            )
            live = _builds(builds).get(model.name, Build(0, 0)).generation
            number = max(live, retired, unfinished.generation if unfinished else 0) + 1
            await connection.execute(
                "insert into rebuilds values (%s, %s, %s, %s, 0, %s) on conflict (dossier_id, read_model) "
                "do update set generation = excluded.generation, version = excluded.version, position = 0",
                [dossier_id, model.name, number, model.version, time_zone],
            )
        return Rebuild(dossier_id, model, number, model.version, 0, time_zone)

    async def step_rebuild(self, rebuild: Rebuild, batch: Sequence[Recorded]) -> Rebuild | None:
        async with self._transaction() as connection:
            held = await _unfinished(connection, rebuild.dossier_id, rebuild.model)
            if held is None or held.generation != rebuild.generation:
                return None
            if held.position != rebuild.position:
                return held
            return await _step(connection, rebuild, batch)

    async def finish_rebuild(self, rebuild: Rebuild, log: EventLog, *, switch: bool) -> Sequence[Difference]:
        dossier_id, model = rebuild.dossier_id, rebuild.model
        async with self._transaction() as connection:
            # Whoever has the dossier's turn finishes first; then the live rows stand still until the switch.
            live_position, text = await _one(
                connection, "select position, builds from checkpoints where dossier_id = %s for update", dossier_id
            )
            builds = _builds(text)
            held = await _unfinished(connection, dossier_id, model)
            if held is None or held.generation != rebuild.generation:
                return []
            rebuild = held
            while rebuild.position < live_position:
                batch = await log.read(dossier_id, rebuild.position, BATCH, upto=live_position)
                rebuild = await _step(connection, rebuild, batch)
            live = builds.get(model.name)
            differences = (
                [] if live is None else await _compare(connection, model, dossier_id, live.generation, rebuild)
            )
            gone = rebuild.generation
            if switch:
                builds[model.name] = Build(rebuild.generation, model.version)
                await connection.execute(
                    "update checkpoints set builds = %s where dossier_id = %s", [_text(builds), dossier_id]
                )
                gone = live.generation if live else 0
            if gone:
                await connection.execute(
                    "insert into retired_builds values (%s, %s, %s) on conflict do nothing",
                    [dossier_id, model.name, gone],
                )
            await connection.execute(
                "delete from rebuilds where dossier_id = %s and read_model = %s", [dossier_id, model.name]
            )
        return differences

    async def sweep_retired(self) -> int:
        """Delete the rows of builds that were retired a while ago. Returns how many builds went."""
        tables = {model.name: model for model in self._models}
        async with self._transaction() as connection:
            cursor = await connection.execute(
                "delete from retired_builds where retired_at < now() - make_interval(secs => %s) "
                "returning dossier_id, read_model, generation",
                [KEEP_RETIRED_S],
            )
            gone = await cursor.fetchall()
            for dossier_id, read_model, generation in gone:
                if read_model in tables:
                    await _delete_rows(connection, tables[read_model], dossier_id, generation)
        return len(gone)

    async def grown(self, models: Models) -> None:
        # Without statistics of its own size a growing table is planned as if it were empty: ten times slower.
        # A small sample says it as well, ten times faster; the server's own takes its place later.
        async with self._transaction() as connection:
            await connection.execute("set local default_statistics_target = 10")
            for model in models:
                for table in model.tables:
                    await connection.execute(sql.SQL("analyze {}").format(sql.Identifier(table.name)))


class _PostgresTurn:
    def __init__(
        self,
        connection: Connection,
        dossier_id: str,
        position: int,
        builds: str,
        time_zone: str,
        refused: str | None,
    ) -> None:
        self._connection = connection
        self._dossier_id = dossier_id
        self.position = position
        self.builds: Mapping[str, Build] = _builds(builds)
        self.time_zone = time_zone
        self.refused = refused

    async def fold(self, model: ReadModel[Any], generation: int, batch: Sequence[Recorded]) -> None:
        self.time_zone = _time_zone(batch, self.time_zone)
        await fold_into(self._connection, Generation(model, self._dossier_id, generation), batch, self.time_zone)

    async def advance(self, position: int) -> None:
        await self._connection.execute(
            "update checkpoints set position = %s, time_zone = %s where dossier_id = %s",
            [position, self.time_zone, self._dossier_id],
        )
        self.position = position


def _time_zone(batch: Sequence[Recorded], known: str) -> str:
    """The dossier's time zone: fixed by its first event."""
    first = batch[0].event
    return first.time_zone or "UTC" if isinstance(first, DossierOpened) else known


async def _unfinished(connection: Connection, dossier_id: str, model: ReadModel[Any]) -> Rebuild | None:
    """The build under way, which stands still until the end of the transaction."""
    row = await _one(
        connection,
        "select generation, version, position, time_zone from rebuilds "
        "where dossier_id = %s and read_model = %s for update",
        dossier_id,
        model.name,
    )
    return None if row is None else Rebuild(dossier_id, model, *row)


async def _step(connection: Connection, rebuild: Rebuild, batch: Sequence[Recorded]) -> Rebuild:
    time_zone = _time_zone(batch, rebuild.time_zone)
    generation = Generation(rebuild.model, rebuild.dossier_id, rebuild.generation)
    await fold_into(connection, generation, batch, time_zone)
    position = batch[-1].position
    await connection.execute(
        "update rebuilds set position = %s, time_zone = %s where dossier_id = %s and read_model = %s",
        [position, time_zone, rebuild.dossier_id, rebuild.model.name],
    )
    return replace(rebuild, position=position, time_zone=time_zone)


async def _compare(
    connection: Connection, model: ReadModel[Any], dossier_id: str, live: int, rebuild: Rebuild
) -> list[Difference]:
    """The first few rows that stand in the live build only, or in the rebuilt one only."""
    differences: list[Difference] = []
    for table in model.tables:
        for side, here, there in (("live", live, rebuild.generation), ("rebuilt", rebuild.generation, live)):
            columns = _columns(table)
            query = sql.SQL(
                "select {columns} from {table} where dossier_id = %s and generation = %s except all "
                "select {columns} from {table} where dossier_id = %s and generation = %s "
                "order by 1, 2 limit {limit}"
            ).format(
                columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
                table=sql.Identifier(table.name),
                limit=sql.Literal(SHOWN_DIFFERENCES),
            )
            cursor = await connection.execute(query, [dossier_id, here, dossier_id, there])
            differences.extend(
                Difference(table.name, row[0], side, dict(zip(columns, row, strict=True)))
                for row in await cursor.fetchall()
            )
    return differences


def _columns(table: RowTable) -> tuple[str, ...]:
    return (table.stream_id, "from_position", "to_position", *table.key, *table.values)


async def _delete_rows(connection: Connection, model: ReadModel[Any], dossier_id: str, generation: int) -> None:
    for table in model.tables:
        query = sql.SQL("delete from {} where dossier_id = %s and generation = %s").format(sql.Identifier(table.name))
        await connection.execute(query, [dossier_id, generation])


async def _one(connection: Connection, query: str, *parameters: Any) -> Any:
    cursor = await connection.execute(query, parameters)
    return await cursor.fetchone()


def _builds(text: str) -> dict[str, Build]:
    return {name: Build(*build) for name, build in json.loads(text).items()}


def _text(builds: Mapping[str, Build]) -> str:
    return json.dumps({name: [build.generation, build.version] for name, build in builds.items()}, sort_keys=True)
