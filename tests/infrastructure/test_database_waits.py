"""Every wait for the database has an end: what a connection is opened with, and a server that stops answering."""

import asyncio
import time
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy.exc
from sqlalchemy import text

from infrastructure import database
from infrastructure.database import Waits
from infrastructure.embedded.postgres import EmbeddedPostgres
from tests.interfaces.stopping import stopped_server

QUICK = Waits(answer_s=1.0, lock_s=0.3, pool_s=0.5, connect_s=2, idle_in_transaction_s=1.0)


@pytest.mark.anyio
async def test_each_connection_of_an_engine_and_beside_it_has_limits_in_the_server(database_url: str) -> None:
    engine = database.engine(database_url, waits=QUICK)
    asked = "select string_agg(setting, ' ' order by name) from pg_settings where name in "
    asked += "('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')"
    try:
        async with engine.connect() as connection:
            assert (await connection.execute(text(asked))).scalar() == "1000 300 500"
        async with await database.connection_beside(engine, "kroniek log", lock_s=0.2) as beside:
            assert await (await beside.execute(asked)).fetchone() == ("1000 200 500",)
        with database.connect(database_url, QUICK) as sync:
            assert sync.execute(asked).fetchone() == ("1000 300 500",)
    finally:
        await engine.dispose()


@pytest.mark.anyio
async def test_options_in_the_address_are_kept(database_url: str) -> None:
    engine = database.engine(f"{database_url}&options=-c%20work_mem%3D5MB", waits=QUICK)
    try:
        async with engine.connect() as connection:
            assert (await connection.execute(text("show work_mem"))).scalar() == "5MB"
            assert (await connection.execute(text("show lock_timeout"))).scalar() == "300ms"
    finally:
        await engine.dispose()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("stopped"), settings={"fsync": "off"})
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.anyio
async def test_a_server_that_is_stopped_is_told_in_time_and_serves_again_when_it_goes_on(
    server: EmbeddedPostgres,
) -> None:
    url = server.start()
    engine = database.engine(url, connections=1, waits=QUICK)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("select 1"))
        with stopped_server(server):
            # On a connection that was open, and on one that would have to be made.
            for limit_s, refused in ((1.5, "does not answer within 1 s"), (2.5, "timeout")):
                begun = time.monotonic()
                with pytest.raises(sqlalchemy.exc.OperationalError, match=refused):
                    async with engine.connect() as connection:
                        await connection.execute(text("select 1"))
                assert time.monotonic() - begun < limit_s
        async with engine.connect() as connection:
            assert (await connection.execute(text("select 1"))).scalar() == 1
    finally:
        await engine.dispose()


@pytest.mark.anyio
async def test_whoever_gives_up_a_question_to_a_stopped_server_is_let_go_in_time(server: EmbeddedPostgres) -> None:
    url = server.start()
    engine = database.engine(url, connections=1, waits=QUICK)
    try:
        async with await database.connection_beside(engine, "kroniek log") as connection:
            await connection.execute("select 1")
            with stopped_server(server):
                asking = asyncio.ensure_future(connection.execute("select 1"))
                await asyncio.sleep(0)
                asking.cancel()
                begun = time.monotonic()
                with pytest.raises((asyncio.CancelledError, psycopg.OperationalError)):
                    await asking
                assert time.monotonic() - begun < 5.5
    finally:
        await engine.dispose()


def test_without_a_loop_too(server: EmbeddedPostgres) -> None:
    with database.connect(server.start(), QUICK) as connection:
        with stopped_server(server), pytest.raises(database.NoAnswer):
            connection.execute("select 1")


@pytest.mark.anyio
async def test_a_connection_that_the_server_closed_is_not_handed_out(database_url: str) -> None:
    engine = database.engine(database_url, connections=2, waits=QUICK)
    try:
        async with engine.connect() as one, engine.connect() as other:
            pids = [(await each.execute(text("select pg_backend_pid()"))).scalar() for each in (one, other)]
        with database.connect(database_url, QUICK) as operator:
            operator.execute("select pg_terminate_backend(pid, 5000) from unnest(%s::int[]) pid", [pids])
        for _ in pids:
            async with engine.connect() as connection:
                assert (await connection.execute(text("select 1"))).scalar() == 1
    finally:
        await engine.dispose()


@pytest.mark.anyio
async def test_a_transaction_that_does_nothing_is_ended_by_the_server(database_url: str) -> None:
    engine = database.engine(database_url, waits=QUICK)
    try:
        stuck = await database.connection_beside(engine, "kroniek")
        await stuck.execute("create table held (id int)")
        await stuck.execute("begin")
        await stuck.execute("lock table held")
        async with await database.connection_beside(engine, "kroniek", lock_s=5.0, answer_s=5.0) as waiting:
            # As long as it takes the server to end the other one, and no longer.
            await waiting.execute("insert into held values (1)")
        async with asyncio.timeout(5):
            # The lock is free a little before the connection is seen to be closed.
            while not database.hung_up(stuck):
                await asyncio.sleep(0.01)
        await stuck.close()
    finally:
        await engine.dispose()


@pytest.mark.anyio
async def test_a_server_that_cannot_serve_just_now_is_known_by_what_it_tells(database_url: str) -> None:
    states = {
        "25006": "read-only", "25P03": "idle in a transaction", "25P04": "a transaction too long", "53100": "disk full",
        "53200": "out of memory", "53300": "too many connections", "55P03": "a lock", "57014": "a statement too long",
        "57P01": "shut down", "57P03": "starting", "58030": "input and output",
    }  # fmt: skip
    engine = database.engine(database_url, waits=QUICK)
    try:
        for state, meaning in states.items():
            tell = f"do $$ begin raise exception '{meaning}' using errcode = '{state}'; end $$"
            with pytest.raises(database.DATABASE_AWAY, match=meaning) as wrapped:
                async with engine.connect() as connection:
                    await connection.execute(text(tell))
            async with await database.connection_beside(engine, "kroniek") as beside:
                with pytest.raises(database.DATABASE_AWAY, match=meaning) as bare:
                    await beside.execute(tell)
            for told in (wrapped.value, bare.value):
                assert database.took_too_long(told) == (state == "57014"), state
        # A mistake of ours is none of them.
        async with await database.connection_beside(engine, "kroniek") as beside:
            with pytest.raises(psycopg.errors.UndefinedTable) as ours:
                await beside.execute("select from nothing_of_the_kind")
        assert not isinstance(ours.value, database.DATABASE_AWAY)
    finally:
        await engine.dispose()
