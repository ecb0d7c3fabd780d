"""A question that is cancelled ends in the server too, and its connection is used again."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infrastructure.database import connect, engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.rows.checkpoints import driver_connection

pytestmark = pytest.mark.anyio

LONG = "select pg_sleep(60)"


async def through_sqlalchemy(pool: AsyncEngine) -> None:
    async with pool.connect() as connection:
        await connection.execute(text(LONG))


async def through_the_driver(pool: AsyncEngine) -> None:
    async with driver_connection(pool) as connection:
        await connection.execute(LONG)


async def in_a_transaction(pool: AsyncEngine) -> None:
    async with driver_connection(pool) as connection, connection.transaction():
        await connection.execute(LONG)


async def backend(pool: AsyncEngine) -> int:
    async with pool.connect() as connection:
        return int((await connection.execute(text("select pg_backend_pid()"))).scalar_one())


@pytest.mark.parametrize("ask", [through_sqlalchemy, through_the_driver, in_a_transaction])
async def test_a_cancelled_question_costs_no_connection(
    database_url: str, ask: Callable[[AsyncEngine], Awaitable[None]]
) -> None:
    pool = engine(database_url, connections=1)
    lost = list[str]()
    log = PostgresLog(pool, key=b"tests", on_lost=lambda: lost.append("lost"))
    with connect(database_url) as looking:

        def asleep() -> list[int]:
            found = looking.execute(
                "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
            )
            return [pid for (pid,) in found.fetchall()]

        try:
            before = await backend(pool)
            asking = asyncio.ensure_future(ask(pool))
            async with asyncio.timeout(10):
                while asleep() != [before]:
                    await asyncio.sleep(0.01)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert asleep() == []
            assert (await backend(pool), lost) == (before, [])
        finally:
            await log.close()
            await pool.dispose()


@pytest.mark.parametrize("rows", [0, 1, 1_999, 2_000, 2_001, 4_000, 9_001])
async def test_an_answer_of_any_length_is_read_whole_and_in_order(database_url: str, rows: int) -> None:
    pool = engine(database_url, connections=1)
    try:
        async with pool.connect() as connection:
            found = await connection.execute(text("select n from generate_series(1, :rows) as n"), {"rows": rows})
            assert [row.n for row in found] == list(range(1, rows + 1))
        async with driver_connection(pool) as driver:
            cursor = await driver.execute("select n from generate_series(1, %s) as n", [rows])
            assert await cursor.fetchall() == [(n,) for n in range(1, rows + 1)]
            assert await cursor.fetchall() == []
    finally:
        await pool.dispose()
