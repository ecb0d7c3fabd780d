"""The connections that the log keeps for what takes a dossier's lock, and what happens when one is lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from application.event_log import LogUnavailable
from infrastructure.database import NoAnswer, Waits, connection_beside
from infrastructure.log.packed_arrays import Array, ArrayDumper

Row = tuple[Any, ...]
Connection = psycopg.AsyncConnection[Row]

# After a lost connection. Command ids make it safe to ask again.
_RECONNECT_PAUSES_S = (0.0, 0.5)


# A commit of another process has a dossier's lock for some milliseconds. Whoever waits longer waits elsewhere.
_LOCK_WITHIN_S = 0.5


class ConnectionLost(Exception):
    """There was no connection, or it went away under a query."""


class Connections:
    """Connections in autocommit for statements that take a dossier's lock, so that no reader makes them wait.

    There are `most` places for dossiers whose lock is free, and as many for those whose lock somebody holds: these
    wait for each other, and nobody else for them.
    """

    def __init__(self, engine: AsyncEngine, most: int = 4, on_lost: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._on_lost = on_lost
        self._idle: list[Connection] = []
        self._free, self._held = asyncio.Semaphore(most), asyncio.Semaphore(most)

    async def ask(self, query: LiteralString, params: Sequence[object]) -> list[Row]:
        """The answer to one statement, which can safely be asked again.

        Raises:
            LogUnavailable: the database is away, or does not answer.
            psycopg.Error: it refuses, for example since somebody holds the dossier's lock for longer than we wait.
        """
        waits: Waits = self._engine.get_execution_options()["waits"]
        give_up, places = time.monotonic() + waits.lock_s, self._free

        async def attempt() -> list[Row]:
            async with self._connection(places) as connection:
                return await execute(connection, query, params)

        while True:
            try:
                return await persistently(attempt)
            except psycopg.errors.LockNotAvailable:
                if time.monotonic() > give_up:
                    raise
                places = self._held

    @asynccontextmanager
    async def _connection(self, places: asyncio.Semaphore) -> AsyncIterator[Connection]:
        async with places:
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                yield connection
            finally:
                if connection.closed:
                    # Whatever ended it has likely ended the others, and may have put another log in the place of ours.
                    self._on_lost()
                    await self.close()
                else:
                    self._idle.append(connection)

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _connect(self) -> Connection:
        try:
            connection = await connection_beside(self._engine, "kroniek log", lock_s=_LOCK_WITHIN_S)
        except psycopg.errors.ConnectionTimeout as error:
            raise LogUnavailable(f"the log cannot be reached: {error}") from error
        except psycopg.OperationalError as error:
            raise ConnectionLost(str(error)) from error
        connection.adapters.register_dumper(Array, ArrayDumper)
        return connection


async def execute(connection: Connection, query: LiteralString, params: Sequence[object]) -> list[Row]:
    try:
        return await (await connection.execute(query, params, prepare=True, binary=True)).fetchall()
    except NoAnswer as error:
        # Whoever asks again waits as long again.
        raise LogUnavailable(f"the log does not answer: {error}") from error
    except psycopg.OperationalError as error:
        if connection.closed:
            raise ConnectionLost(str(error)) from error
        raise


async def persistently(attempt: Callable[[], Awaitable[list[Row]]]) -> list[Row]:
    """What `attempt` gives; tried anew where the connection was lost, which is safe for all that the log does."""
    for pause_s in _RECONNECT_PAUSES_S:
        try:
            return await attempt()
        except ConnectionLost:
            await asyncio.sleep(pause_s)
    try:
        return await attempt()
    except ConnectionLost as error:
        raise LogUnavailable(f"the log cannot be reached: {error}") from error
