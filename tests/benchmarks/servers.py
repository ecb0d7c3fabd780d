"""The servers that benchmarks measure against: ordinary, and with every disk flush slowed to 1 ms."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from infrastructure.database import migrate
from infrastructure.embedded.postgres import EmbeddedPostgres

# In memory, so that a flush takes what is said and not what this machine's disk happens to take.
_IN_MEMORY = Path("/dev/shm")


@contextmanager
def postgres(*, flush_us: int | None = None) -> Iterator[str]:
    """The URL of a migrated database; with `flush_us`, a flush takes that much longer than none."""
    folder = Path(tempfile.mkdtemp(prefix="kroniek-bench-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None))
    # PostgreSQL runs under another account when we are root, and has to read the shim.
    folder.chmod(0o755)
    environment = {}
    if flush_us is not None:
        environment = {"LD_PRELOAD": str(_shim(folder)), "SLOW_FLUSH_US": str(flush_us)}
    server = EmbeddedPostgres(folder / "data", environment=environment)
    try:
        url = server.start()
        migrate(url)
        yield url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def beside(url: str, name: str) -> str:
    """Another, empty database on the same server."""
    parts = make_url(url)
    with psycopg.connect(
        host=str(parts.query["host"]), user=parts.username, dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"create database {name}")
    return parts.set(database=name).render_as_string(hide_password=False)


def _shim(folder: Path) -> Path:
    shim = folder / "slow_flush.so"
    source = Path(__file__).with_name("slow_flush.c")
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "a C compiler is needed to slow the disk"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(shim), str(source), "-ldl"], check=True)
    shim.chmod(0o755)
    return shim
