"""Streams of the log: a thousand that follow it live, and one that catches up on a million events."""

import asyncio
import re
import resource
import time
from array import array
from collections.abc import Iterable
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe

import psutil
import uvloop

from application.projection import catch_up
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.rows.pictures import PostgresPictures
from interfaces.bootstrap import READ_MODELS
from interfaces.process import spare_the_collector
from tests.benchmarks.dossiers import PLACES, write_dossier
from tests.benchmarks.http import Desk
from tests.benchmarks.measured import Measured, per_second, sized
from tests.benchmarks.running import Connection, percentile, running_api, valkey
from tests.benchmarks.servers import postgres
from tests.holders import new_holder

STREAMS = sized(1_000, 10, "KRONIEK_BENCH_STREAMS")
SECONDS = sized(20, 1, "KRONIEK_BENCH_SECONDS")
EVENTS = sized(1_000_000, 10_000, "KRONIEK_BENCH_EVENTS")
RATE, P99_TARGET_S, MEMORY_TARGET_MB = 20, 1.0, 600
CATCH_UP_TARGET = 20_000
LONG = "long"


def benchmark() -> Iterable[Measured]:
    with postgres() as url, valkey() as redis_url:
        with running_api(url, redis_url) as address:
            p50, p99, memory_mb = _live(url, address)
            yield Measured(
                f"{STREAMS:,} event streams on one API process at {RATE} events/s, each event to each stream",
                f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms from acknowledgement; {memory_mb:.0f} MB",
                f"p99 {P99_TARGET_S:.0f} s, {MEMORY_TARGET_MB} MB",
                p99 < P99_TARGET_S and memory_mb < MEMORY_TARGET_MB,
            )
        uvloop.run(_write_long(url))
        # A process that has not held a thousand streams before.
        with running_api(url, redis_url) as address:
            rate = _caught_up(address, "")
            yield Measured(
                f"one stream catches up on {EVENTS:,} events",
                f"{per_second(rate)} events",
                f"{per_second(CATCH_UP_TARGET)} events",
                rate >= CATCH_UP_TARGET,
            )
            rate = _caught_up(address, "&place=p7")
            yield Measured(
                f"one stream of one place in {PLACES} catches up on {EVENTS:,} events", f"{per_second(rate)} looked at"
            )


def _live(url: str, address: str) -> tuple[float, float, float]:
    """Seconds from an event's acknowledgement to its arrival, median and 99th percentile; the API's memory in MB."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    first, acknowledged, memory_mb = 0, [0.0], 0.0
    listening = spawn.Process(target=_listen, args=(address, RATE * SECONDS, theirs))
    token = uvloop.run(_token(url))

    async def write() -> None:
        nonlocal first, acknowledged, memory_mb
        desk = Desk(await Connection.open(address), token, "live")
        await desk.begin()
        first = await desk.claim(0) + 1
        ours.send(first)
        listening.start()
        theirs.close()
        assert await asyncio.to_thread(ours.recv) == "all are there"
        # The other connection was closed by the server in the meantime.
        desk = Desk(await Connection.open(address), token, "live")
        acknowledged = []
        begun = time.monotonic()
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, begun + number / RATE - time.monotonic()))
            assert await desk.claim(number + 1) == first + number
            acknowledged.append(time.monotonic())
            if number % RATE == 0:
                memory_mb = max(memory_mb, _memory_mb(address))

    uvloop.run(write())
    arrived = array("d", ours.recv_bytes())
    listening.join()
    assert len(arrived) == STREAMS * len(acknowledged)
    assert min(arrived) > 0, "an event did not arrive everywhere"
    took = [at - acknowledged[index % len(acknowledged)] for index, at in enumerate(arrived)]
    return percentile(took, 50), percentile(took, 99), memory_mb


async def _token(url: str) -> str:
    pool = engine(url)
    try:
        return (await new_holder(pool, "bench"))[0]
    finally:
        await pool.dispose()


def _memory_mb(address: str) -> float:
    port = address.partition(":")[2]
    (api,) = [process for process in psutil.Process().children() if port in process.cmdline()]
    return float(api.memory_info().rss) / 2**20


def _listen(address: str, events: int, parent: Pipe) -> None:
    """In a process of its own: holds all the streams, and tells when each event arrived on each."""
    uvloop.run(_listen_to_all(address, events, parent))


async def _listen_to_all(address: str, events: int, parent: Pipe) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    first = parent.recv()
    streams = [await Stream.open(address, "live", first - 1) for _ in range(STREAMS)]
    # The opening comment is there: each of them follows.
    await asyncio.gather(*(stream.begun.wait() for stream in streams))
    parent.send("all are there")
    arrived = array("d")
    for stream in streams:
        await stream.reached(first + events - 1)
        assert stream.positions == list(range(first, first + events)), "an event is missing, doubled or out of order"
        arrived.extend(stream.times)
    parent.send_bytes(arrived.tobytes())


class Stream(asyncio.Protocol):
    """One stream of which only the ids are read."""

    _ID = re.compile(rb"^id: (\d+)\.[0-9a-f]{8}\n(event)?", re.MULTILINE)

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.positions: list[int] = []
        self.times: list[float] = []
        self.position = 0
        self._left = b""
        self._wanted = 0
        self._there = asyncio.Event()
        self._transport: asyncio.BaseTransport | None = None

    @classmethod
    async def open(cls, address: str, dossier: str, after: int, query: str = "") -> "Stream":
        host, port = address.split(":")
        transport, stream = await asyncio.get_running_loop().create_connection(cls, host, int(port))
        path = f"/api/v1/dossiers/{dossier}/events?after={after}{query}"
        transport.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n".encode())
        return stream

    async def reached(self, position: int) -> None:
        self._wanted = position
        if self.position < position:
            await self._there.wait()
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        data = self._left + data
        whole = data.rfind(b"\n\n") + 1
        found = self._ID.findall(data, 0, whole) if whole else ()
        self._left = data[whole:]
        for digits, event in found:
            self.position = int(digits)
            if event:
                self.positions.append(self.position)
                self.times.append(now)
        if whole:
            self.begun.set()
        if self.position >= self._wanted > 0:
            self._there.set()


async def _write_long(url: str) -> None:
    spare_the_collector()
    pool = engine(url)
    log = PostgresLog(pool, key=b"benchmark")
    try:
        await write_dossier(log, LONG, EVENTS)
        await catch_up(log, PostgresPictures(pool, READ_MODELS), READ_MODELS, LONG)
    finally:
        await log.close()
        await pool.dispose()


def _caught_up(address: str, query: str) -> float:
    """Events a second, read in a process of its own."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    reading = spawn.Process(target=_read, args=(address, query, theirs))
    reading.start()
    theirs.close()
    took: float = ours.recv()
    reading.join()
    return EVENTS / took


def _read(address: str, query: str, parent: Pipe) -> None:
    uvloop.run(_read_to_the_end(address, query, parent))


async def _read_to_the_end(address: str, query: str, parent: Pipe) -> None:
    begun = time.monotonic()
    stream = await Stream.open(address, LONG, 0, query)
    await stream.reached(EVENTS)
    took = time.monotonic() - begun
    if query:
        assert 0 < len(stream.positions) < EVENTS, "the filter holds"
    else:
        assert stream.positions == list(range(1, EVENTS + 1)), "an event is missing, doubled or out of order"
    parent.send(took)
