"""How far each dossier's read models are, which build of each is served, and the turns that advance them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine

from application.event_log import Recorded
from application.projection import Build, FoldRefused, ReadModel, Turn
from application.reading import Picture
from domain.dossier import DossierOpened
from domain.grants import INSTALLATION
from infrastructure.rows.checkpoints import Connection, builds_of, driver_connection, first_checkpoint, one, transaction
from infrastructure.rows.rebuilds import PostgresRebuilds
from infrastructure.rows.states import States
from infrastructure.rows.versioned import Generation, fold_into

Models = Sequence[ReadModel[Any]]


class Late(NamedTuple):
    """A dossier whose read models are behind its log: by so many events, the oldest of which waits so long.

    `stands_still`: why they will not go on by themselves.
    """

    dossier_id: str
    events: int
    seconds: float
    stands_still: str | None


class PostgresPictures:
    """Read models in PostgreSQL: implements `RowStore` for workers and `Pictures` for questions."""

    def __init__(self, engine: AsyncEngine, models: Models, turns: AsyncEngine | None = None) -> None:
        """`turns`: an engine of its own for turns. Whoever has one reads the log meanwhile, by a second connection:
        with one pool for both, as many turns as it has connections would wait for each other.
        """
        self._engine = engine
        self._turns = turns or engine
        self._models = models
        self.rebuilds = PostgresRebuilds(engine, models, turns)
        self.states = States(engine, models)

    async def picture(self, dossier_id: str) -> Picture | None:
        async with driver_connection(self._engine) as connection:
            row = await one(
                connection,
                "select position, builds, time_zone, refused_because, exists ("
                "select from reports r where r.dossier_id = c.dossier_id and r.merged_into is not null"
                ") from checkpoints c where dossier_id = %b",
                dossier_id,
            )
        if row is None:
            return None
        position, builds, time_zone, refused, merged = row
        generations = {name: build.generation for name, build in builds_of(builds).items()}
        if any(model.name not in generations for model in self._models):
            # A new release's read model is still being built: until then there is no picture of this release.
            return None
        return Picture(position, generations, time_zone, refused, merged)

    @asynccontextmanager
    async def turn(self, dossier_id: str) -> AsyncIterator[Turn | None]:
        async with transaction(self._turns) as connection:
            found = await one(
                connection,
                "select position, builds, time_zone, refused_because from checkpoints where dossier_id = %b "
                "for update skip locked",
                dossier_id,
            )
            if found is None:
                found = await first_checkpoint(connection, dossier_id, self._models)
            yield None if found is None else _PostgresTurn(connection, dossier_id, *found)

    async def refuse(self, dossier_id: str, refusal: FoldRefused) -> None:
        async with transaction(self._engine) as connection:
            await connection.execute(
                "update checkpoints set refused_position = %s, refused_because = %s where dossier_id = %s",
                [refusal.position, str(refusal)[:2000], dossier_id],
            )

    async def standing_still(self, dossier_id: str | None = None) -> list[tuple[str, str]]:
        """Dossiers (or the one, if it is among them) whose read models stand still, and why."""
        async with driver_connection(self._engine) as connection:
            cursor = await connection.execute(
                "select dossier_id, refused_because from checkpoints "
                "where refused_position is not null and (%(one)s::text is null or dossier_id = %(one)s::text)",
                {"one": dossier_id},
            )
            return await cursor.fetchall()

    async def retry(self, dossier_id: str) -> None:
        """Let a dossier that stands still try again."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                "update checkpoints set refused_position = null, refused_because = null where dossier_id = %s",
                [dossier_id],
            )

    async def behind(self, limit: int = 100) -> list[str]:
        """Dossiers whose read models have not taken all of their log, those that stand still left out."""
        async with driver_connection(self._engine) as connection:
            cursor = await connection.execute(
                "select h.dossier_id from heads h left join checkpoints c using (dossier_id) "
                "where h.position > coalesce(c.position, 0) and c.refused_position is null and h.dossier_id <> %s "
                "order by random() limit %s",
                [INSTALLATION, limit],
            )
            # In no order: those that somebody else is at, however long, are in nobody's way.
            return [row[0] for row in await cursor.fetchall()]

    async def late(self, after_s: float, limit: int = 20) -> list[Late]:
        """Dossiers with events that wait to be taken for longer than `after_s`, those that wait longest first."""
        async with driver_connection(self._engine) as connection:
            cursor = await connection.execute(
                "select l.dossier_id, l.events, l.seconds, l.refused_because from ("
                "select h.dossier_id, h.position - coalesce(c.position, 0) as events, c.refused_because, "
                "extract(epoch from clock_timestamp() - (select e.recorded_at from events e "
                "where e.dossier_id = h.dossier_id and e.position = coalesce(c.position, 0) + 1))::float8 as seconds "
                "from heads h left join checkpoints c using (dossier_id) where h.position > coalesce(c.position, 0) "
                "and h.dossier_id <> %s) l where l.seconds > %s order by l.seconds desc limit %s",
                [INSTALLATION, after_s, limit],
            )
            return [Late(*row) for row in await cursor.fetchall()]

    async def end_stuck(self, after_s: float) -> int:
        """Ends the connections of whoever has a turn and says nothing for so long. Returns how many.

        The server ends those by itself that are idle in a transaction, but not one that waits for the rest of a COPY.
        """
        async with driver_connection(self._engine) as connection:
            cursor = await connection.execute(
                "select count(pg_terminate_backend(a.pid)) from pg_stat_activity a "
                "where a.datname = current_database() and a.usename = current_user and a.pid <> pg_backend_pid() "
                "and a.application_name = 'kroniek' and a.wait_event_type = 'Client' and a.state <> 'idle' "
                "and a.query_start < clock_timestamp() - make_interval(secs => %s) "
                "and exists (select from pg_locks l where l.pid = a.pid "
                "and l.relation in ('checkpoints'::regclass, 'rebuilds'::regclass))",
                [after_s],
            )
            found = await cursor.fetchone()
        return int(found[0]) if found else 0

    async def outdated(self) -> list[str]:
        """Dossiers that are served by builds of an earlier release, or lack a read model that this one has."""
        current = {model.name: model.version for model in self._models}
        async with driver_connection(self._engine) as connection:
            cursor = await connection.execute(
                "select dossier_id, builds from checkpoints where refused_position is null"
            )
            served = [(row[0], builds_of(row[1])) for row in await cursor.fetchall()]
        return [
            dossier_id
            for dossier_id, builds in served
            if any(name not in builds or builds[name].version < version for name, version in current.items())
        ]

    async def live_position(self, dossier_id: str) -> int:
        async with driver_connection(self._engine) as connection:
            row = await one(connection, "select position from checkpoints where dossier_id = %b", dossier_id)
        return row[0] if row else 0

    async def grown(self, models: Models) -> None:
        # Without statistics of its own size a growing table is planned as if it were empty: ten times slower.
        # A small sample says it as well, ten times faster; the server's own takes its place later.
        async with transaction(self._engine) as connection:
            await connection.execute("set local default_statistics_target = 10")
            # The log is as new as its rows, and what looks for a stream's events in it as much in need of its size.
            for name in (*(table.name for model in models for table in model.tables), "events"):
                await connection.execute(sql.SQL("analyze {}").format(sql.Identifier(name)))


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
        self.builds: Mapping[str, Build] = builds_of(builds)
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
