"""The tables that the code names, and those that the migrations make."""

import os
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text

from domain.source import SourceDetails, SourceRegistered
from infrastructure.database import WORKING, DatabaseUnfit, connect, connection_beside, engine, metadata, opening
from infrastructure.log.postgres import PostgresLog
from interfaces import bootstrap
from tests.infrastructure.log_given import an_append


def test_the_migrations_make_the_tables_that_the_code_names(database_url: str) -> None:
    assert bootstrap.READ_MODELS, "every table is named once they are there"

    def ours(name: str | None, kind: str, parents: Any) -> bool:
        # The log is asked in SQL only.
        return kind != "table" or name in metadata.tables

    made = create_engine(database_url)
    with made.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    made.dispose()


# What an environment, a role or a database may say of how text and moments are written.
HOSTILE = {
    "PGCLIENTENCODING": "LATIN1", "PGOPTIONS": "-c datestyle=German", "PGTZ": "Asia/Damascus", "PGDATESTYLE": "German",
    "PGHOSTADDR": "192.0.2.1", "PGSERVICE": "nowhere", "PGUSER": "nobody", "PGPORT": "1", "PGSSLMODE": "verify-full",
    "PGREQUIREAUTH": "scram-sha-256", "PGTARGETSESSIONATTRS": "standby", "PGCONNECT_TIMEOUT": "0",
}  # fmt: skip
STATED = {
    "client_encoding": "UTF8", "TimeZone": "UTC", "DateStyle": "ISO, MDY", "search_path": "public",
    "IntervalStyle": "postgres", "bytea_output": "hex", "extra_float_digits": "1",
    "default_transaction_isolation": "read committed", "standard_conforming_strings": "on",
}  # fmt: skip
OTHERWISE = {
    "client_encoding": "'LATIN1'", "timezone": "'Asia/Damascus'", "datestyle": "'German'", "search_path": "nowhere",
    "intervalstyle": "'iso_8601'", "bytea_output": "'escape'", "extra_float_digits": "-15",
    "default_transaction_isolation": "'serializable'", "standard_conforming_strings": "off",
}  # fmt: skip


def otherwise(url: str) -> None:
    with connect(url) as connection:
        name = connection.info.dbname
        for setting, value in OTHERWISE.items():
            connection.execute(f'alter database "{name}" set {setting} = {value}')


@pytest.mark.anyio
async def test_every_connection_states_how_text_and_moments_are_written(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    otherwise(database_url)
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    made = engine(database_url, connections=2)
    log = PostgresLog(made, key=b"key")
    try:
        async with made.connect() as pooled:
            said = {name: (await pooled.execute(text(f"show {name}"))).scalar() for name in STATED}
        assert said == STATED
        async with await connection_beside(made, "test") as beside:
            assert {
                name: (await (await beside.execute(f"show {name}")).fetchone() or [None])[0] for name in STATED
            } == said
        with connect(database_url) as sync:
            assert {name: (sync.execute(f"show {name}").fetchone() or [None])[0] for name in STATED} == said
        name = "حماة (Ḥamāh)"
        registered = SourceRegistered(details=SourceDetails(name=name, kind="monitor"))
        await log.append([an_append("d", "hama", events=[registered])])
        (event,) = await log.read("d", 0, 1)
        assert event.event == registered
        with connect(database_url) as sync:
            (stored,) = sync.execute("select data from events").fetchone() or (b"",)
        assert name in stored
    finally:
        await log.close()
        await made.dispose()


def test_a_database_that_cannot_hold_every_name_is_refused(database_url: str) -> None:
    with connect(database_url) as connection:
        name = f"{connection.info.dbname}_ascii"
        connection.execute(f"create database {name} encoding 'SQL_ASCII' template template0 locale 'C'")
    url = make_url(database_url).set(database=name)
    with pytest.raises(DatabaseUnfit, match=r"SQL_ASCII.*UTF8.*createdb"):
        connect(url)


def test_what_proves_who_one_is_may_come_from_the_environment_of_another_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PGPASSWORD", "PGSSLROOTCERT", "PGOPTIONS"):
        monkeypatch.setenv(name, "x")
    opening(make_url("postgresql://kroniek@db.example/kroniek"), WORKING)
    assert [name for name in ("PGPASSWORD", "PGSSLROOTCERT", "PGOPTIONS") if name in os.environ] == [
        "PGPASSWORD", "PGSSLROOTCERT",
    ]  # fmt: skip
    opening(make_url("postgresql://kroniek@/kroniek?host=/run/kroniek"), WORKING)
    assert "PGPASSWORD" not in os.environ
