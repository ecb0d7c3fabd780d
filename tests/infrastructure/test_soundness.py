"""What `kroniek verify` says of a log that somebody changed behind our back, and of a database that lets them."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, make_url

from infrastructure.database import engine, migrate
from infrastructure.log.postgres import PostgresLog
from infrastructure.log.rights import missing_rights
from infrastructure.log.soundness import faults_of
from tests.infrastructure.log_given import an_append

pytestmark = pytest.mark.anyio


def owner(url: str) -> "psycopg.Connection[Any]":
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(plain, autocommit=True)
    # Who owns a database can do anything to it, if they mean to.
    connection.execute("set session_replication_role = replica")
    return connection


async def faults(url: str, *changes: str) -> list[str]:
    made = engine(url, connections=2)
    log = PostgresLog(made, key=b"key")
    try:
        await log.append([an_append("d", "a"), an_append("d", "b"), an_append("d", "a", 1)])
        await log.append([an_append("d", "a", 2)])
        assert [fault async for fault in faults_of(made, log, "d")] == []
        with owner(url) as connection:
            for table in ("events", "commands"):
                connection.execute(f"alter table {table} disable trigger never_changed")
            for change in changes:
                connection.execute(change)
        return [fault async for fault in faults_of(made, log, "d")]
    finally:
        await log.close()
        await made.dispose()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("delete from events where position = 2", "positions 2 to 2 are missing"),
        ("delete from events where position = 4", "the head stands at 4, and the log ends at 3"),
        ("update events set version = 7 where position = 3", "has version 7 at position 3, where version 2 should be"),
        ("update events set recorded_at = '2000-01-01' where position = 3", "position 3 was recorded before"),
        ("update events set group_position = 2 where position = 3", "position 3 belongs to a group that does not"),
        ("update heads set position = 9", "the head stands at 9, and the log ends at 4"),
        ("update heads set recorded_at = '2000-01-01'", "the head is older than the last event"),
        ("delete from heads", "there is no head"),
        ("delete from commands where command_id = 'b-0'", "the command of position 2 is not remembered"),
        (
            "update commands set position = 99 where command_id = 'b-0'",
            "with position 99, which the log does not reach",
        ),
        (
            "update events set data = '{\"reliability\":7}' where position = 3",
            "position 3 (source.graded) cannot be read",
        ),
        ("update events set data = '' where position = 3", "position 3 (source.graded) cannot be read"),
        ("update events set type = 'source.eaten' where position = 3", "position 3 is a 'source.eaten'"),
    ],
)
async def test_a_log_that_somebody_changed_is_told_with_the_place(database_url: str, change: str, found: str) -> None:
    told = await faults(database_url, change)
    assert any(found in fault for fault in told), told


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("drop trigger never_changed on events", "the trigger that refuses changes to events"),
        ("alter table commands enable trigger never_changed", "the trigger that refuses changes to commands"),
        ("grant update on events to public", "that nobody in particular may not update events"),
        ("grant delete on commands to kroniek_app", "that kroniek_app may not delete commands"),
        ("grant execute on function append_one to public", "that not everybody may call append_one"),
        ("revoke select on heads from kroniek_app", "that kroniek_app may read heads"),
        ("revoke execute on function position_at from kroniek_app", "that kroniek_app may call position_at"),
    ],
)
def test_what_the_database_should_refuse_is_missed_and_put_back(database_url: str, change: str, found: str) -> None:
    made = create_engine(database_url)

    def missing() -> list[str]:
        with made.connect() as connection:
            return list(missing_rights(connection))

    try:
        assert missing() == []
        with owner(database_url) as connection:
            connection.execute(change)
        assert missing() == [found]
        migrate(database_url)
        assert missing() == []
    finally:
        made.dispose()


def test_who_has_all_rights_by_default_is_told(new_database: Callable[[], str]) -> None:
    url = new_database()
    with owner(url) as connection:
        (name,) = connection.execute("select current_user").fetchone() or ("",)
        connection.execute(f"grant all on events to {name}")
    made = create_engine(url)
    with made.connect() as connection:
        assert missing_rights(connection) == [
            f"that {name} may not {verb} events" for verb in ("delete", "truncate", "update")
        ]
    made.dispose()
