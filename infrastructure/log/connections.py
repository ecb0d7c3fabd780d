"""The connections that the log keeps for its appends, and what happens when one is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from application.event_log import LogUnavailable
from infrastructure.database import connection_beside
from infrastructure.log.packed_arrays import Array, ArrayDumper

Row = tuple[Any, ...]
Connection = psycopg.AsyncConnection[Row]

# After a lost connection. Command ids make it safe to ask again.
_RECONNECT_PAUSES_S = (0.0, 0.5)


class ConnectionLost(Exception):
    """There was no connection, or it went away under a query."""


class Connections:
    """Connections in autocommit for the log's appends alone, so that no reader makes them wait."""

    def __init__(self, engine: AsyncEngine, most: int = 4, on_lost: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._on_lost = on_lost
        self._idle: list[Connection] = []
        self._free = asyncio.Semaphore(most)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        async with self._free:
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
            connection = await connection_beside(self._engine, "kroniek log")
        except psycopg.OperationalError as error:
            raise ConnectionLost(str(error)) from error
        connection.adapters.register_dumper(Array, ArrayDumper)
        return connection


async def execute(connection: Connection, query: LiteralString, params: Sequence[object]) -> list[Row]:
    try:
        return await (await connection.execute(query, params, prepare=True, binary=True)).fetchall()
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
