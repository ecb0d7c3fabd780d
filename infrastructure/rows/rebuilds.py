"""Rebuilds under way, each in shares that workers take turns at; their comparison, their end, and what they leave."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict
from typing import Any

from psycopg import sql
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, PrimaryKeyConstraint, Table, Text, func
from sqlalchemy.ext.asyncio import AsyncEngine

from application.event_log import EventLog, Recorded, Share
from application.projection import (
    SIDE_BY_SIDE,
    Build,
    FoldRefused,
    ReadModel,
    Rebuild,
    RebuildDiscarded,
    RowDifference,
    RowTable,
    ShareTurn,
    UnderWay,
)
from infrastructure.database import metadata
from infrastructure.rows.checkpoints import (
    Connection,
    as_text,
    builds_of,
    driver_connection,
    first_checkpoint,
    one,
    transaction,
)
from infrastructure.rows.comparison import differences_of
from infrastructure.rows.versioned import Generation, fold_into

rebuilds = Table(
    "rebuilds",
    metadata,
    Column("dossier_id", Text),
    Column("read_model", Text),
    Column("share", Integer),
    Column("shares", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    # Whether the build is to be served, or only compared.
    Column("switch", Boolean, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("moved_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # Where the share's rows differ from the live ones, as JSON; null until they have been compared.
    Column("differences", Text),
    Column("refused_position", BigInteger),
    Column("refused_because", Text),
    PrimaryKeyConstraint("dossier_id", "read_model", "share"),
)

# Builds that are served no more. Their rows stay for as long as a question that began before the switch may last.
# One that was retired by a comparison says with which build (`beside`), and where the two differed.
retired_builds = Table(
    "retired_builds",
    metadata,
    Column("dossier_id", Text),
    Column("read_model", Text),
    Column("generation", Integer),
    Column("retired_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("beside", Integer),
    Column("differences", Text),
    PrimaryKeyConstraint("dossier_id", "read_model", "generation"),
)
KEEP_RETIRED_S = 60
# Rows that go in one transaction.
DELETED_AT_ONCE = 10_000

# A dossier of fewer events is not worth sharing out.
SHARED_FROM = 2_000
SHARES = 4
# A share this close to the live rows is done: what is left is taken while the dossier's turn is held.
TAIL = 1_000


class PostgresRebuilds:
    """Rebuilds in PostgreSQL: implements `Rebuilds` for workers, and tells operators of them."""

    def __init__(self, engine: AsyncEngine, models: Sequence[ReadModel[Any]], turns: AsyncEngine | None = None) -> None:
        self._engine = engine
        self._turns = turns or engine
        self._models = models
        # The engine for turns has so many connections for us. Whoever comes later waits here, in order, and not for a
        # place in a pool that others keep taking.
        self._hands = nullcontext() if turns is None else asyncio.Semaphore(SIDE_BY_SIDE)

    async def begin(self, dossier_id: str, model: ReadModel[Any], *, switch: bool) -> Rebuild:
        async with transaction(self._engine) as connection:
            # One begins at a time, and never a build that serves: without a checkpoint the first turn would make it.
            await first_checkpoint(connection, dossier_id, self._models)
            position, text = await one(
                connection, "select position, builds from checkpoints where dossier_id = %s for update", dossier_id
            )
            unfinished = await self._go_on(connection, dossier_id, model, switch)
            if unfinished is not None:
                return unfinished
            (retired,) = await one(
                connection,
                "select coalesce(max(generation), 0) from retired_builds where dossier_id = %s and read_model = %s",
                dossier_id,
                model.name,
            )
            live = builds_of(text).get(model.name, Build(0, 0)).generation
            build = Rebuild(dossier_id, model, max(live, retired) + 1, 1 if position < SHARED_FROM else SHARES)
            await connection.execute(
                "insert into rebuilds (dossier_id, read_model, share, shares, generation, version, switch, position) "
                "select %s, %s, share, %s, %s, %s, %s, 0 from generate_series(0, %s - 1) share",
                [dossier_id, model.name, build.shares, build.generation, model.version, switch, build.shares],
            )
        return build

    async def _go_on(
        self, connection: Connection, dossier_id: str, model: ReadModel[Any], switch: bool
    ) -> Rebuild | None:
        """The rebuild that was left unfinished, or that others are at. One of another version is thrown away."""
        found = await one(
            connection,
            "select generation, version, shares from rebuilds where dossier_id = %s and read_model = %s limit 1",
            dossier_id,
            model.name,
        )
        if found is None:
            return None
        generation, version, shares = found
        if version != model.version:
            await _discard(connection, dossier_id, model.name)
            return None
        await connection.execute(
            "update rebuilds set switch = switch or %s, refused_position = null, refused_because = null "
            "where dossier_id = %s and read_model = %s and (switch <> (switch or %s) or refused_position is not null)",
            [switch, dossier_id, model.name, switch],
        )
        return Rebuild(dossier_id, model, generation, shares)

    @asynccontextmanager
    async def turn(self, rebuild: Rebuild, preferred: int | None) -> AsyncIterator[ShareTurn | None]:
        share: int | None = None
        try:
            async with self._hands, transaction(self._turns) as connection:
                found = await one(
                    connection,
                    "select r.share, r.position, r.differences is not null, c.position, c.builds, c.time_zone "
                    "from rebuilds r join checkpoints c using (dossier_id) "
                    "where r.dossier_id = %s and r.read_model = %s and r.generation = %s "
                    "and (r.differences is null or c.position - r.position > %s) "
                    "and not exists (select 1 from rebuilds "
                    "where dossier_id = r.dossier_id and read_model = r.read_model and refused_position is not null) "
                    "order by r.share is distinct from %s::int, r.share limit 1 for update of r skip locked",
                    *(rebuild.dossier_id, rebuild.model.name, rebuild.generation, TAIL, preferred),
                )
                share = None if found is None else found[0]
                yield None if found is None else _PostgresShareTurn(connection, rebuild, *found)
        except FoldRefused as refused:
            await self._refuse(rebuild, share, refused)
            raise

    async def _refuse(self, rebuild: Rebuild, share: int | None, refused: FoldRefused) -> None:
        async with transaction(self._engine) as connection:
            await connection.execute(
                "update rebuilds set refused_position = %s, refused_because = %s "
                "where dossier_id = %s and read_model = %s and generation = %s and share = %s",
                [refused.position, str(refused)[:2000], *_key(rebuild), share],
            )

    async def finish(self, rebuild: Rebuild, log: EventLog) -> None:
        try:
            await self._finish(rebuild, log)
        except FoldRefused as refused:
            await self._refuse(rebuild, 0, refused)
            raise

    async def _finish(self, rebuild: Rebuild, log: EventLog) -> None:
        dossier_id, model = rebuild.dossier_id, rebuild.model
        async with transaction(self._turns) as connection:
            # Nobody is made to wait for the dossier's turn before there is something to do in it.
            if not await _done(connection, rebuild):
                return
            # Whoever has the dossier's turn finishes first; then the live rows stand still until the switch.
            text, time_zone, live_position = await one(
                connection, "select builds, time_zone, position from checkpoints where dossier_id = %s for update",
                dossier_id,
            )  # fmt: skip
            cursor = await connection.execute(
                "select share, position, differences, switch from rebuilds "
                "where dossier_id = %s and read_model = %s and generation = %s order by share for update skip locked",
                _key(rebuild),
            )
            shares = await cursor.fetchall()
            if len(shares) != rebuild.shares or not await _done(connection, rebuild):
                return
            generation = Generation(model, dossier_id, rebuild.generation)
            for number, position, *_ in shares:
                share = Share(model.stream_kind, number, rebuild.shares)
                batch = await log.read_share(dossier_id, share, position, live_position, TAIL)
                await fold_into(connection, generation, batch, time_zone)
            builds = builds_of(text)
            live = builds.get(model.name)
            retired, beside = rebuild.generation, live.generation if live else None
            if shares[0][3]:
                builds[model.name] = Build(rebuild.generation, model.version)
                await connection.execute(
                    "update checkpoints set builds = %s where dossier_id = %s", [as_text(builds), dossier_id]
                )
                retired, beside = live.generation if live else 0, rebuild.generation
            if retired:
                differences = [each for _, _, told, _ in shares for each in json.loads(told)]
                await connection.execute(
                    "insert into retired_builds (dossier_id, read_model, generation, beside, differences) "
                    "values (%s, %s, %s, %s, %s)",
                    [dossier_id, model.name, retired, beside, json.dumps(differences)],
                )
            await connection.execute(
                "delete from rebuilds where dossier_id = %s and read_model = %s", [dossier_id, model.name]
            )

    async def outcome(self, rebuild: Rebuild) -> Sequence[RowDifference] | None:
        async with transaction(self._engine) as connection:
            under_way = await one(
                connection,
                "select max(refused_because), min(refused_position) from rebuilds "
                "where dossier_id = %s and read_model = %s and generation = %s having count(*) > 0",
                *_key(rebuild),
            )
            if under_way is not None:
                because, position = under_way
                if because is not None:
                    raise FoldRefused(because, position)
                return None
            told = await one(
                connection,
                "select differences from retired_builds where dossier_id = %s and read_model = %s "
                "and (generation = %s or beside = %s) and differences is not null",
                *_key(rebuild),
                rebuild.generation,
            )
            if told is not None:
                return [RowDifference(**each) for each in json.loads(told[0])]
            # The first build of a new read model has nothing to differ from.
            served = await one(connection, "select builds from checkpoints where dossier_id = %s", rebuild.dossier_id)
            if builds_of(served[0]).get(rebuild.model.name, Build(0, 0)).generation == rebuild.generation:
                return []
        raise RebuildDiscarded(f"the rebuild of {rebuild.model.name} of {rebuild.dossier_id} was thrown away")

    async def under_way(self, dossier_id: str | None = None) -> list[UnderWay]:
        """All rebuilds that are not finished, or those of one dossier, whether or not anybody is at them now."""
        async with driver_connection(self._engine) as connection:
            cursor = await connection.execute(
                "select r.dossier_id, r.read_model, r.generation, r.version, bool_or(r.switch), "
                "array_agg(r.position order by r.share), count(r.differences), max(c.position), max(r.moved_at), "
                "max(r.refused_because) from rebuilds r join checkpoints c using (dossier_id) "
                "where %(one)s::text is null or r.dossier_id = %(one)s::text "
                "group by r.dossier_id, r.read_model, r.generation, r.version order by 1, 2",
                {"one": dossier_id},
            )
            return [UnderWay(*row) for row in await cursor.fetchall()]

    async def discard(self, dossier_id: str, read_model: str) -> bool:
        """Throw a rebuild away, if there is one: whoever works on it is told. Its rows go with the next sweep."""
        async with transaction(self._engine) as connection:
            return await _discard(connection, dossier_id, read_model)

    async def sweep_retired(self) -> int:
        """Delete the rows of builds that were retired a while ago, slice by slice. Returns how many builds went."""
        gone = 0
        while (left := await self._sweep_slice()) is not None:
            gone += left == 0
        return gone

    async def _sweep_slice(self) -> int | None:
        """About how many rows a retired build still has; None if there is none to sweep."""
        tables = {model.name: model.tables for model in self._models}
        async with transaction(self._engine) as connection:
            found = await one(
                connection,
                "select dossier_id, read_model, generation from retired_builds "
                "where retired_at < now() - make_interval(secs => %s) and read_model = any(%s) "
                "limit 1 for update skip locked",
                KEEP_RETIRED_S,
                list(tables),
            )
            if found is None:
                return None
            for table in tables[found[1]]:
                if await _delete_slice(connection, table, found[0], found[2]):
                    return DELETED_AT_ONCE
            await connection.execute(
                "delete from retired_builds where dossier_id = %s and read_model = %s and generation = %s", found
            )
        return 0


class _PostgresShareTurn:
    def __init__(
        self,
        connection: Connection,
        rebuild: Rebuild,
        number: int,
        position: int,
        compared: bool,
        live_position: int,
        builds: str,
        time_zone: str,
    ) -> None:
        self._connection = connection
        self._rebuild = rebuild
        self._live = builds_of(builds).get(rebuild.model.name)
        self._time_zone = time_zone
        self.share = Share(rebuild.model.stream_kind, number, rebuild.shares)
        self.position = position
        self.live_position = live_position
        self.compared = compared

    async def fold(self, batch: Sequence[Recorded], position: int) -> None:
        await fold_into(self._connection, self._generation(), batch, self._time_zone)
        await self._connection.execute(
            "update rebuilds set position = %s, moved_at = now() "
            "where dossier_id = %s and read_model = %s and share = %s",
            [position, self._rebuild.dossier_id, self._rebuild.model.name, self.share.number],
        )
        self.position = position

    async def compare(self) -> None:
        differences: list[RowDifference] = []
        if self._live is not None:
            live = Generation(self._rebuild.model, self._rebuild.dossier_id, self._live.generation)
            differences = await differences_of(self._connection, live, self._generation(), self.share, self.position)
        await self._connection.execute(
            "update rebuilds set differences = %s, moved_at = now() "
            "where dossier_id = %s and read_model = %s and share = %s",
            [
                json.dumps([asdict(each) for each in differences], default=str),
                *(self._rebuild.dossier_id, self._rebuild.model.name, self.share.number),
            ],
        )
        self.compared = True

    def _generation(self) -> Generation:
        return Generation(self._rebuild.model, self._rebuild.dossier_id, self._rebuild.generation)


def _key(rebuild: Rebuild) -> tuple[str, str, int]:
    return rebuild.dossier_id, rebuild.model.name, rebuild.generation


async def _done(connection: Connection, rebuild: Rebuild) -> bool:
    """Whether all shares have been compared, and only the tail is left to take."""
    (done,) = await one(
        connection,
        "select count(*) = %s from rebuilds r join checkpoints c using (dossier_id) "
        "where r.dossier_id = %s and r.read_model = %s and r.generation = %s "
        "and r.differences is not null and c.position - r.position <= %s",
        rebuild.shares,
        *_key(rebuild),
        TAIL,
    )
    return bool(done)


async def _discard(connection: Connection, dossier_id: str, read_model: str) -> bool:
    """Whoever is at a share finishes its batch first, so that all of the build's rows are there to be deleted."""
    found = await one(
        connection,
        "with gone as (delete from rebuilds where dossier_id = %s and read_model = %s returning *) "
        "insert into retired_builds (dossier_id, read_model, generation, retired_at) "
        "select distinct dossier_id, read_model, generation, '-infinity'::timestamptz from gone returning generation",
        dossier_id,
        read_model,
    )
    return found is not None


async def _delete_slice(connection: Connection, table: RowTable, dossier_id: str, generation: int) -> int:
    query = sql.SQL(
        "delete from {table} where ctid = any(array("
        "select ctid from {table} where dossier_id = %s and generation = %s limit {limit}))"
    ).format(table=sql.Identifier(table.name), limit=sql.Literal(DELETED_AT_ONCE))
    return (await connection.execute(query, [dossier_id, generation])).rowcount
