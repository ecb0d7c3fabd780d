"""What only the log in PostgreSQL has: a database that refuses change, other processes, connections that break."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from application.event_log import EventNotStorable, Guard, LogUnavailable, StreamMoved
from infrastructure.database import engine, migrate
from infrastructure.log.postgres import PostgresLog
from tests.infrastructure.log_given import an_append, graded, registered, source

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
Connection = psycopg.AsyncConnection[tuple[object, ...]]


@pytest.fixture
async def log(pool: AsyncEngine) -> AsyncIterator[PostgresLog]:
    log = PostgresLog(pool, key=b"key")
    yield log
    await log.close()


@pytest.fixture
async def connection(module_database_url: str) -> AsyncIterator[Connection]:
    """An ordinary session of the owner."""
    async with await connect(module_database_url) as connection:
        yield connection


@pytest.fixture
def dossier() -> str:
    return f"d-{uuid4().hex[:12]}"


async def connect(url: str) -> Connection:
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await psycopg.AsyncConnection.connect(conninfo, autocommit=True)


@pytest.mark.parametrize("table", ["events", "commands"])
@pytest.mark.parametrize(
    "change",
    [
        "update {} set principal = 'x'",
        "delete from {}",
        "truncate {}",
        "delete from {} where false",
        "insert into {} select * from {} on conflict (dossier_id, position) do update set principal = 'x'",
        "merge into {} t using (select 1) s on true when matched then delete",
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
async def test_the_database_refuses_to_change_what_was_recorded(
    log: PostgresLog, connection: Connection, dossier: str, table: str, change: str, role: str
) -> None:
    if table == "commands":
        change = change.replace("(dossier_id, position)", "(dossier_id, principal, command_id)")
    await log.append([an_append(dossier, "a")])
    await connection.execute(f"set session_replication_role = {role}")
    with pytest.raises(psycopg.errors.RestrictViolation, match="never changed"):
        await connection.execute(change.format(table, table))
    assert await log.head(dossier) == len(await log.read(dossier, 0, 10)) == 1


async def test_the_application_role_appends_and_reads_and_can_do_nothing_else(
    log: PostgresLog, connection: Connection, dossier: str
) -> None:
    await log.append([an_append(dossier, "a")])
    await connection.execute("set role kroniek_app")
    await connection.execute("select count(*) from events, heads, commands")
    await connection.execute("select position_at(%s, now())", (dossier,))
    for refused in (
        "insert into heads values ('x', 5, now())",
        "update heads set position = 0",
        "insert into events select * from events",
        "insert into commands select * from commands",
        "delete from events",
        "alter table events disable trigger all",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(refused)


async def test_the_application_role_can_append(module_database_url: str, connection: Connection, dossier: str) -> None:
    with contextlib.suppress(psycopg.errors.DuplicateObject):
        await connection.execute("create role app_login login in role kroniek_app")
    pool = engine(make_url(module_database_url).set(username="app_login").render_as_string())
    log = PostgresLog(pool, key=b"key")
    for number in range(3):
        await log.append([an_append(dossier, f"s{number}-{n}") for n in range(1 + 10 * number)])
    assert await log.position_at(dossier, datetime.now(UTC) - timedelta(microseconds=1)) == 33
    await log.close()
    await pool.dispose()


async def test_migrating_again_changes_nothing(database_url: str) -> None:
    await asyncio.to_thread(migrate, database_url)


async def test_a_follower_misses_nothing_of_what_eight_processes_append(
    log: PostgresLog, module_database_url: str, connection: Connection, dossier: str
) -> None:
    """8,000 appends to one dossier, with a transaction of an earlier number left open all the while."""

    async def run(*arguments: str) -> list[tuple[str, int, int]]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.infrastructure.log_processes", *arguments,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate()
        assert process.returncode == 0
        return [(stream, version, position) for stream, version, position in json.loads(out)]

    async def leave_open() -> None:
        async with connection.transaction():
            await connection.execute("insert into heads values (%s, 0, now())", (f"{dossier}-other",))
            await connection.execute("select pg_sleep(3)")

    async def hold_the_head() -> None:
        async with await connect(module_database_url) as holder:
            while not await log.head(dossier):
                await asyncio.sleep(0.01)
            async with holder.transaction():
                await holder.execute("select from heads where dossier_id = %s for update", (dossier,))
                await asyncio.sleep(1)

    seen, _, _, *acknowledged = await asyncio.gather(
        run("follow", module_database_url, dossier, "8000"),
        leave_open(),
        hold_the_head(),
        *(run("write", module_database_url, dossier, f"w{number}", "1000") for number in range(8)),
    )
    assert seen is not None
    assert [position for _, _, position in seen] == list(range(1, 8_001))
    made = [each for by_writer in acknowledged if by_writer for each in by_writer]
    assert sorted(made, key=lambda each: each[2]) == seen


async def test_dossiers_do_not_wait_for_each_other(
    log: PostgresLog, module_database_url: str, connection: Connection, dossier: str
) -> None:
    await log.append([an_append(dossier, "a")])
    async with connection.transaction():
        await connection.execute("select from heads where dossier_id = %s for update", (dossier,))
        held = asyncio.create_task(log.append([an_append(dossier, "b")]))
        async with asyncio.timeout(5):
            for number in range(5):
                await log.append([an_append(f"{dossier}-{number}", "a")])
        assert not held.done()
    assert (await held)[0].position == 2


async def test_two_logs_that_open_a_dossier_at_once_both_append(module_database_url: str) -> None:
    pools = [engine(module_database_url) for _ in range(4)]
    logs = [PostgresLog(pool, key=b"key") for pool in pools]
    for number in range(20):
        dossier = f"d-{uuid4().hex[:12]}"
        answers = await asyncio.gather(*(log.append([an_append(dossier, f"s{n}")]) for n, log in enumerate(logs)))
        assert sorted(answer.position for (answer,) in answers) == [1, 2, 3, 4], number
    for log, pool in zip(logs, pools, strict=True):
        await log.close()
        await pool.dispose()


async def test_what_only_the_database_can_refuse_fails_alone(log: PostgresLog, dossier: str) -> None:
    # Too long for an index, and not to be compressed.
    endless = "".join(uuid4().hex for _ in range(300))
    answers = await asyncio.gather(
        *(log.append([an_append(dossier, f"s{n}" if n != 7 else endless)]) for n in range(30)), return_exceptions=True
    )
    assert isinstance(answers.pop(7), EventNotStorable)
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert await log.head(dossier) == 29


async def test_an_append_survives_the_loss_of_its_connection(
    log: PostgresLog, connection: Connection, dossier: str
) -> None:
    async def cut() -> None:
        for _ in range(10):
            await asyncio.sleep(0.02)
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name like 'kroniek%' and datname = current_database()"
            )

    async def write(name: str) -> None:
        for version in range(60):
            await log.append([an_append(dossier, name, version)])
            await asyncio.sleep(0.003)

    await asyncio.gather(cut(), *(write(f"s{number}") for number in range(5)))
    events = await log.read(dossier, 0, 1_000)
    assert [event.position for event in events] == list(range(1, 301))


async def test_a_log_that_cannot_be_reached_says_so(module_database_url: str, dossier: str) -> None:
    pool = engine(make_url(module_database_url).update_query_dict({"host": "/nowhere"}).render_as_string())
    log = PostgresLog(pool, key=b"key")
    with pytest.raises(LogUnavailable):
        await log.append([an_append(dossier, "a")])
    with pytest.raises(LogUnavailable):
        await log.read(dossier, 0, 10)
    await log.close()
    await pool.dispose()


async def test_whoever_gives_up_waiting_takes_nobody_along(
    log: PostgresLog, connection: Connection, dossier: str
) -> None:
    await log.append([an_append(dossier, "a")])
    async with connection.transaction():
        await connection.execute("select from heads where dossier_id = %s for update", (dossier,))
        waiting = [asyncio.create_task(log.append([an_append(dossier, f"s{n}")])) for n in range(10)]
        await asyncio.sleep(0.1)
        waiting += [asyncio.create_task(log.append([an_append(dossier, f"t{n}")])) for n in range(10)]
        await asyncio.sleep(0)
        for task in (waiting[0], waiting[5], waiting[15]):
            task.cancel()
        await asyncio.sleep(0.05)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(answer, asyncio.CancelledError) for answer in answers) == 3
    # What was under way is done, also for those who did not wait.
    assert await log.head(dossier) >= 18


async def test_a_batch_of_a_thousand_with_one_conflict_appends_the_rest(log: PostgresLog, dossier: str) -> None:
    await log.append([an_append(dossier, f"g{n}") for n in range(5)])
    guards = [Guard(source(f"g{n}")) for n in range(5)]
    groups = [[an_append(dossier, f"s{n}", guards=guards)] for n in range(999)]
    groups.insert(500, [an_append(dossier, "g1", 4)])
    answers = await asyncio.gather(*(log.append(group) for group in groups), return_exceptions=True)
    assert isinstance(answers.pop(500), StreamMoved)
    assert await log.head(dossier) == 5 + 999


async def test_a_batch_without_mistakes_is_taken_at_once(
    database_url: str, dossier: str, connection: Connection
) -> None:
    database = make_url(database_url).database
    await connection.execute(f"alter database {database} set track_functions = 'pl'")
    pool = engine(database_url)
    log = PostgresLog(pool, key=b"key")
    await log.append([an_append(dossier, "a"), an_append(dossier, "a", 1), an_append(dossier, "b")])
    guards = [Guard(source("a")), Guard(source("b"), 1), Guard(source("absent"), 0)]
    await log.append(
        [
            *(an_append(dossier, f"s{n}", guards=guards) for n in range(10)),
            an_append(dossier, "s3", 1, guards=[Guard(source("s3"), 1), Guard(source("s4"))]),
            an_append(dossier, "s3", 2, events=[], guards=[Guard(source("s3"), 2)]),
            an_append(dossier, "b", 1, guards=guards),
            an_append(dossier, "b", 2, guards=[Guard(source("b"), 2), Guard(source("a"), 2)]),
        ]
    )
    await log.close()
    await pool.dispose()
    async with await connect(database_url) as reader:
        calls: dict[object, object] = {}
        while "append_at_once" not in calls:  # what a session counted shows when it has ended
            found = await reader.execute("select funcname, calls from pg_stat_user_functions")
            calls = {row[0]: row[1] for row in await found.fetchall()}
    assert (calls["append_at_once"], calls["append_one"]) == (1, 3)


async def test_a_dossier_whose_appends_were_all_refused_leaves_nothing(
    log: PostgresLog, connection: Connection, dossier: str
) -> None:
    await asyncio.gather(*(log.append([an_append(dossier, f"s{n}", 1)]) for n in range(9)), return_exceptions=True)
    found = await connection.execute("select from heads where dossier_id = %s", (dossier,))
    assert await found.fetchall() == []


async def test_long_events_come_back_whole(log: PostgresLog, dossier: str) -> None:
    texts = [chr(0x600 + n) * 100_000 for n in range(100)]
    await asyncio.gather(
        *(log.append([an_append(dossier, f"s{n}", events=[registered(text)])]) for n, text in enumerate(texts))
    )
    assert [event.event for event in await log.read(dossier, 0, 200)] == [registered(text) for text in texts]


async def test_after_a_commit_the_dossier_and_its_position_are_told(pool: AsyncEngine, dossier: str) -> None:
    told: list[tuple[str, int]] = []

    async def wake(dossier: str, position: int) -> None:
        assert await waking.head(dossier) >= position
        told.append((dossier, position))

    waking = PostgresLog(pool, key=b"key", on_appended=wake)
    await waking.append([an_append(dossier, "a"), an_append(dossier, "a", 1)])
    await waking.append([an_append(dossier, "a"), an_append(dossier, "a", 1)])  # repeated: nothing moved
    await waking.close()
    assert told == [(dossier, 2)]


async def test_a_wake_up_that_fails_does_not_fail_the_append(pool: AsyncEngine, dossier: str) -> None:
    def wake(dossier: str, position: int) -> None:
        raise ConnectionError("no Redis here")

    waking = PostgresLog(pool, key=b"key", on_appended=wake)
    assert (await waking.append([an_append(dossier, "a", events=[registered(), graded()])]))[0].position == 2
    await waking.close()
