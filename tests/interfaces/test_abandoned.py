"""What nobody waits for any more is cancelled, in the database too: every read there is."""

import asyncio
import re
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest

from application.projection import catch_up
from infrastructure import database
from infrastructure.log.postgres import PostgresLog
from infrastructure.read_models.claims import Claims
from infrastructure.rows.pictures import PostgresPictures
from interfaces.api.app import API
from interfaces.bootstrap import READ_MODELS
from tests.interfaces.running import Dossier, Running, done, eventually, furnish, running
from tests.interfaces.test_hostile import READS, address

# What a read asks first; then the log, what is said, and what it is said of.
FIRST = "heads, checkpoints, tokens, subscriptions, deliveries, epochs"
SAID = ", ".join(table.name for table in Claims.tables)
LOCKED = (FIRST, "events", SAID, ", ".join(t.name for m in READ_MODELS for t in m.tables if t not in Claims.tables))
# These ask no table of ours.
OF_ITSELF = {"/healthz", "/readyz", "/rules"}
DATASET = "/dossiers/{dossier}/datasets/{id}/claims"
NEEDED = {
    "/dossiers/{dossier}/answers": "question=control&place=hajin",
    "/dossiers/{dossier}/changes": "from.as_of=3",
}
STREAMED = [(path, "text/event-stream") for path in ("/dossiers/{dossier}/events", "/dossiers/{dossier}/answers")]
ASKED = [(path, "*/*") for path, _ in READS if path not in OF_ITSELF] + STREAMED


@pytest.fixture(scope="module")
def alone(
    new_database: Callable[[], str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """An API without a worker, so that nobody else asks the database; its dossier is `d`."""
    url = new_database()

    async def caught_up() -> None:
        pool = database.engine(url)
        log = PostgresLog(pool, key=b"tests")
        try:
            await catch_up(log, PostgresPictures(pool, READ_MODELS), READ_MODELS, "d")
        finally:
            await log.close()
            await pool.dispose()

    there_s = tmp_path_factory.mktemp("alone")
    with running(url, valkey_url.replace("db=0", "db=9"), there_s, worker=False) as there, there.client() as client:
        done(client.post("/dossiers", json={"id": "d", "title": "A dossier"}))
        dossier = furnish(Dossier(client, "d"))
        dossier.record("reports", id="x", label="An edition", published="2018-12", dataset="x", edition="1")
        asyncio.run(caught_up())
        yield there
        said = there.said("api")
        assert "Traceback" not in said, said[max(0, said.index("Traceback") - 1000) :][:5000]


@contextmanager
def held(url: str, tables: str) -> Iterator[psycopg.Connection[Any]]:
    with database.connect(url) as holding, database.connect(url) as looking, holding.transaction():
        holding.execute(f"lock table {tables} in access exclusive mode")
        yield looking


def waiting(connection: psycopg.Connection[Any]) -> list[str]:
    """The questions that wait for the lock, but for what the API asks by itself."""
    found = connection.execute(
        "select query from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() "
        "and query not like '%extract(epoch from clock_timestamp()%'"
    )
    return [query for (query,) in found.fetchall()]


def seen(looking: psycopg.Connection[Any], connections: list[socket.socket]) -> list[Any]:
    """Questions that wait, else the connections on which an answer begins."""
    return waiting(looking) or select.select(connections, [], [], 0)[0]


def asked(alone: Running, path: str, accept: str) -> socket.socket:
    query = NEEDED.get(path, "")
    connection = socket.create_connection(("127.0.0.1", alone.port))
    head = (
        f"GET {API}{address(path, 'd')}?{query} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {alone.token}",
        f"Accept: {accept}",
    )
    connection.sendall("\r\n".join((*head, "", "")).encode())
    return connection


def test_every_read_that_nobody_waits_for_is_cancelled_in_the_database_too(alone: Running) -> None:
    held_up: dict[str, set[tuple[str, str]]] = {}
    for tables in LOCKED:
        with held(alone.database_url, tables) as looking:
            for path, accept in ASKED:
                streams = (path, accept) in STREAMED
                if streams and tables not in (FIRST, "events"):
                    continue
                with asked(alone, path, accept) as connection:
                    # A stream begins before it asks what it is to tell.
                    waits = eventually(partial(seen, looking, [] if streams else [connection]), f"{path} waits")
                    if not isinstance(waits[0], str):
                        # Answered, or begun to be, without these.
                        continue
                    held_up.setdefault(tables, set()).add((path, accept))
                # Well before the time limit of a lock, which would end it too.
                eventually(
                    lambda: not waiting(looking),
                    f"{accept} of {path} is cancelled: {waiting(looking)}",
                    database.ASKED.lock_s / 2,
                )
    assert held_up[FIRST] == set(ASKED)
    # Also one of which lines are on their way.
    assert (DATASET, "*/*") in held_up[SAID]
    later = set().union(*(held_up[tables] for tables in LOCKED[1:]))
    assert {one for one in ASKED if re.match("/dossiers/{dossier}/[a-rt-z]", one[0])} <= later
