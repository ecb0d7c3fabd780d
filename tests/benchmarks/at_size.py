"""A dossier of a million events: first catch-up, a rebuild by one worker and by two, one claim as of any position."""

import asyncio
import json
import random
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

import psutil
import psycopg
import uvloop
from sqlalchemy.engine import make_url

from application.projection import catch_up, rebuild
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.rows.pictures import PostgresPictures
from interfaces.bootstrap import READ_MODELS
from interfaces.process import spare_the_collector
from tests.benchmarks.dossiers import write_dossier
from tests.benchmarks.measured import Measured, per_second, sized
from tests.benchmarks.running import Connection, percentile, running_api, valkey
from tests.benchmarks.servers import postgres

EVENTS = sized(1_000_000, 10_000, "KRONIEK_BENCH_EVENTS")
DOSSIER = "measured"
CATCH_UP_TARGET, READ_TARGET_MS, READS = 15_000, 5.0, sized(1_500, 20)
REBUILD_TARGET, SHARED_TARGET = 30_000, 1.6


def benchmark() -> Iterable[Measured]:
    with postgres() as url, valkey() as redis_url:
        rate, grown_mb, peak_mb = uvloop.run(_first_catch_up(url))
        yield Measured(
            f"first catch-up of all read models, {EVENTS:,} events",
            f"{per_second(rate)} events; memory +{grown_mb:.0f} MB from a tenth on, peak {peak_mb:.0f} MB",
            f"{per_second(CATCH_UP_TARGET)} events, memory flat",
            rate >= CATCH_UP_TARGET and grown_mb < 50,
        )
        yield from _rebuilds(url)
        with running_api(url, redis_url) as address:
            early, late, any_ms = uvloop.run(_reads(address))
        yield Measured(
            f"one claim as of any position, dossier of {EVENTS:,} events, over HTTP",
            f"p95 {any_ms:.1f} ms; early {early:.1f} ms, late {late:.1f} ms",
            f"p95 {READ_TARGET_MS:.0f} ms, early no slower than late",
            # Two medians of the same thing differ by a little in every run.
            any_ms <= READ_TARGET_MS and early <= late * 1.15 + 0.1,
        )


def _rebuilds(url: str) -> Iterable[Measured]:
    one, two = _rebuilt(url, 1), _rebuilt(url, 2)
    what = f"rebuild of the claims read model, {EVENTS:,} events"
    (worker,) = one.workers
    yield Measured(
        f"{what}, 1 worker, comparison and switch included",
        f"{per_second(one.rate)} events; {worker.cpu_us:.0f} us of its processor an event, {one.server_us:.0f} us of "
        f"the server's; memory +{worker.grown_mb:.0f} MB from a tenth on, peak {worker.peak_mb:.0f} MB",
        f"{per_second(REBUILD_TARGET)} events, memory flat",
        one.rate >= REBUILD_TARGET and worker.grown_mb < 50,
    )
    yield Measured(
        f"{what}, 2 workers",
        f"{per_second(two.rate)} events, {two.rate / one.rate:.2f} times one",
        f"{SHARED_TARGET:.1f} times one",
        two.rate >= SHARED_TARGET * one.rate,
    )


@dataclass(frozen=True)
class Worker:
    """What one process of a rebuild took."""

    began: float
    ended: float
    cpu_us: float
    grown_mb: float
    peak_mb: float


@dataclass(frozen=True)
class Rebuilt:
    workers: Sequence[Worker]
    rate: float
    server_us: float


def _rebuilt(url: str, processes: int) -> Rebuilt:
    """A rebuild by so many processes at once, which begin when all of them are ready."""
    server_before = _server_seconds(url)
    spawn = get_context("spawn")
    with spawn.Pool(processes, initializer=_wait_for_all, initargs=(spawn.Barrier(processes),)) as pool:
        workers = pool.starmap(_rebuild, [(url,)] * processes, chunksize=1)
    took = max(worker.ended for worker in workers) - min(worker.began for worker in workers)
    return Rebuilt(workers, EVENTS / took, (_server_seconds(url) - server_before) / EVENTS * 1e6)


def _wait_for_all(barrier: Barrier) -> None:
    barrier.wait(60)


def _rebuild(url: str) -> Worker:
    return uvloop.run(_rebuild_measured(url))


async def _rebuild_measured(url: str) -> Worker:
    spare_the_collector()
    pool = engine(url)
    log, pictures = PostgresLog(pool, key=b"benchmark"), PostgresPictures(pool, READ_MODELS)
    (claims,) = [model for model in READ_MODELS if model.name == "claims"]
    try:
        began, cpu = time.time(), time.process_time()
        working = asyncio.create_task(rebuild(log, pictures, claims, DOSSIER))
        memory = [(time.time(), _memory_mb())]
        while not working.done():
            await asyncio.wait([working], timeout=0.5)
            memory.append((time.time(), _memory_mb()))
        assert await working == []
        ended = time.time()
        settled = next((mb for at, mb in memory if at >= began + (ended - began) / 10), memory[-1][1])
        cpu_us = (time.process_time() - cpu) / EVENTS * 1e6
        return Worker(began, ended, cpu_us, memory[-1][1] - settled, max(mb for _, mb in memory))
    finally:
        await log.close()
        await pool.dispose()


def _server_seconds(url: str) -> float:
    """What the database server has taken of the processors, its ended connections included."""
    host = make_url(url).query["host"]
    with psycopg.connect(host=str(host), user="postgres", dbname="kroniek") as connection:
        server = psutil.Process(connection.info.backend_pid).parent()
        assert server is not None
        ended = server.cpu_times()
        own = []
    for process in (server, *server.children()):
        # One of its processes may end meanwhile; the server counts what that took.
        with suppress(psutil.NoSuchProcess):
            own.append(process.cpu_times())
    return ended.children_user + ended.children_system + sum(times.user + times.system for times in own)


async def _first_catch_up(url: str) -> tuple[float, float, float]:
    """Events a second; how many MB the process grew after the first tenth; its peak in MB."""
    spare_the_collector()
    pool = engine(url)
    log = PostgresLog(pool, key=b"benchmark")
    pictures = PostgresPictures(pool, READ_MODELS)
    try:
        await write_dossier(log, DOSSIER, EVENTS)
        begun = time.perf_counter()
        working = asyncio.create_task(catch_up(log, pictures, READ_MODELS, DOSSIER))
        memory: list[tuple[int, float]] = []
        while not working.done():
            memory.append((await pictures.live_position(DOSSIER), _memory_mb()))
            await asyncio.wait([working], timeout=0.5)
        taken = await working
        rate = taken / (time.perf_counter() - begun)
        assert taken == EVENTS, f"{taken} of {EVENTS} events taken"
        settled = next((mb for position, mb in memory if position >= EVENTS // 10), memory[-1][1])
        return rate, memory[-1][1] - settled, max(mb for _, mb in memory)
    finally:
        await log.close()
        await pool.dispose()


def _memory_mb() -> float:
    return psutil.Process().memory_info().rss / 2**20


async def _reads(address: str) -> tuple[float, float, float]:
    """Milliseconds: the median early in the log and late, and p95 at any position."""
    client = await Connection.open(address)
    chance = random.Random(1)
    claims = EVENTS * 9 // 10 - 2_000

    async def read(claim: int, position: int) -> float:
        begun = time.perf_counter()
        status, body = await client.request(
            "GET", f"/api/v1/dossiers/{DOSSIER}/claims/c{claim}?as_of={position}&reported_by=2019-12-31"
        )
        assert status == 200, body
        assert json.loads(body)["position"] == position
        return (time.perf_counter() - begun) * 1000

    for _ in range(200):
        await read(chance.randrange(1_000), EVENTS)
    # Recorded in the first hundredth of the log: asked about then, and asked about at its end.
    early = [await read(chance.randrange(EVENTS // 200), EVENTS // 100 + 5_000) for _ in range(READS)]
    late = [await read(chance.randrange(claims - EVENTS // 200, claims), EVENTS) for _ in range(READS)]
    anywhere = []
    for _ in range(READS):
        claim = chance.randrange(claims)
        anywhere.append(await read(claim, chance.randrange(min(EVENTS - 1, claim * 10 // 9 + 5_000), EVENTS)))
    await client.close()
    return percentile(early, 50), percentile(late, 50), percentile(anywhere, 95)
