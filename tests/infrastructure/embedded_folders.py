"""Data folders for the tests of the embedded servers, and processes that use them."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import create_engine, text

from infrastructure.embedded.account import Account, reachable

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root can act as another user")
NOBODY = pwd.getpwnam("nobody")

START_AND_HANG = """
    import sys, time
    from pathlib import Path
    from infrastructure.embedded.data_folder import DataFolder
    from infrastructure.embedded.postgres import EmbeddedPostgres
    from infrastructure.embedded.valkey import EmbeddedValkey
    with DataFolder(Path(sys.argv[1])) as folder:
        print(EmbeddedPostgres(folder.path).start(), flush=True)
        print(EmbeddedValkey(folder.path).start(), flush=True)
        time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder; as root, one below a folder that is closed to PostgreSQL's account."""
    tmp_path.chmod(0o700)
    yield tmp_path / "data"
    assert servers_below(tmp_path) == []


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A data folder that any account can reach."""
    base = Path(tempfile.mkdtemp(prefix="kroniek-test-", dir="/tmp"))
    base.chmod(0o755)
    yield base / "data"
    assert servers_below(base) == []
    shutil.rmtree(base)


def servers_below(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] in ("postgres", "valkey-server", "initdb"):
                where = Path(process.cwd())
                if folder in where.parents and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(f"{process.pid} {process.info['name']} {where}")
        except psutil.Error:
            continue
    return found


def write(url: str, word: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS words (word text)"))
        connection.execute(text("INSERT INTO words VALUES (:word)"), {"word": word})
    engine.dispose()


def words(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [row.word for row in connection.execute(text("SELECT word FROM words ORDER BY word"))]
    engine.dispose()
    return found


def kill(process: "subprocess.Popen[bytes] | subprocess.Popen[str] | None") -> None:
    assert process
    process.kill()
    process.wait()


def run_python(
    script: str, *arguments: str, python: str = sys.executable, user: int | None = None
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [python, "-c", textwrap.dedent(script), *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{Path(psycopg.__file__).parents[1]}",
            "LD_LIBRARY_PATH": str(Path(python).parents[1] / "lib"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        user=user,
        group=NOBODY.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


@pytest.fixture(scope="session")
def python_for_anyone() -> Iterator[str]:
    """Our Python where another account can run it: a copy when the installed one is in a closed folder."""
    if reachable(Account(NOBODY.pw_uid, NOBODY.pw_gid), Path(sys.executable), os.X_OK):
        yield sys.executable
        return
    base = Path(tempfile.mkdtemp(prefix="kroniek-test-python-", dir="/tmp"))
    base.chmod(0o755)
    shutil.copytree(Path(sys.base_prefix) / "lib", base / "lib", symlinks=True, ignore=_not_needed)
    (base / "bin").mkdir()
    shutil.copy(Path(sys.executable).resolve(), base / "bin" / "python")
    yield str(base / "bin" / "python")
    shutil.rmtree(base)


def _not_needed(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name in ("site-packages", "test", "idlelib") or name.startswith("config-")]


def line_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return str(process.stdout.readline()).strip()
