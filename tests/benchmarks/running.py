"""Real processes to measure: the API, the worker, Valkey; and a client that costs little."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from domain.roles import ANYONE
from infrastructure.database import engine
from infrastructure.embedded.valkey import EmbeddedValkey
from tests.holders import grant


@contextmanager
def valkey() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="kroniek-bench-"))
    server = EmbeddedValkey(folder / "data")
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_api(url: str, redis_url: str) -> Iterator[str]:
    """`host:port` of one API process, whose dossiers are open to anyone: what is read is read without a token."""
    asyncio.run(_open_to_anyone(url))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["-m", "uvicorn", "--factory", "interfaces.api.app:create_app", "--port", str(port)]
    arguments += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    with _process(arguments, url, redis_url):
        _await_ready(port)
        yield f"127.0.0.1:{port}"


async def _open_to_anyone(url: str) -> None:
    pool = engine(url, connections=2)
    try:
        await grant(pool, ANYONE, ["reader"])
    finally:
        await pool.dispose()


@contextmanager
def running_worker(url: str, redis_url: str) -> Iterator[None]:
    arguments = ["-m", "dramatiq", "interfaces.worker.main", "--processes", "1", "--threads", "4"]
    with _process(arguments, url, redis_url):
        yield


@contextmanager
def _process(arguments: Sequence[str], url: str, redis_url: str) -> Iterator[None]:
    environment = os.environ | {
        "KRONIEK_DATABASE_URL": url,
        "KRONIEK_REDIS_URL": redis_url,
        "KRONIEK_LOG_FORMAT": "json",
        "dramatiq_worker_timeout": "100",
    }
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=said, stderr=said)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def _await_ready(port: int) -> None:
    give_up = time.monotonic() + 30
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


class Connection:
    """One HTTP/1.1 connection, kept open. Knows no more of HTTP than our own answers need."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, address: str) -> "Connection":
        host, port = address.split(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def request(self, method: str, path: str, body: bytes = b"", headers: str = "") -> tuple[int, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return status, await self._reader.readexactly(length)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


def percentile(figures: Sequence[float], percent: float) -> float:
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
