"""A dossier of a million events: the first catch-up of all read models, and one claim as of any position."""

import asyncio
import json
import os
import random
import time
from collections.abc import Iterable

import psutil
import uvloop

from application.projection import catch_up
from infrastructure.database import engine
from infrastructure.pictures import PostgresPictures
from infrastructure.postgres_log import PostgresLog
from interfaces.bootstrap import READ_MODELS, spare_the_collector
from tests.benchmarks.dossiers import write_dossier
from tests.benchmarks.measured import Measured, per_second
from tests.benchmarks.running import Connection, percentile, running_api, valkey
from tests.benchmarks.servers import postgres

EVENTS = int(os.environ.get("KRONIEK_BENCH_EVENTS", "1000000"))
DOSSIER = "measured"
CATCH_UP_TARGET, READ_TARGET_MS, READS = 15_000, 5.0, 1_500


def benchmark() -> Iterable[Measured]:
    with postgres() as url, valkey() as redis_url:
        rate, grown_mb, peak_mb = uvloop.run(_first_catch_up(url))
        yield Measured(
            f"first catch-up of all read models, {EVENTS:,} events",
            f"{per_second(rate)} events; memory +{grown_mb:.0f} MB from a tenth on, peak {peak_mb:.0f} MB",
            f"{per_second(CATCH_UP_TARGET)} events, memory flat",
            rate >= CATCH_UP_TARGET and grown_mb < 50,
        )
        with running_api(url, redis_url) as address:
            early, late, any_ms = uvloop.run(_reads(address))
        yield Measured(
            f"one claim as of any position, dossier of {EVENTS:,} events, over HTTP",
            f"p95 {any_ms:.1f} ms; early {early:.1f} ms, late {late:.1f} ms",
            f"p95 {READ_TARGET_MS:.0f} ms, early no slower than late",
            # Two medians of the same thing differ by a little in every run.
            any_ms <= READ_TARGET_MS and early <= late * 1.15 + 0.1,
        )


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
        settled = next(mb for position, mb in memory if position >= EVENTS // 10)
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
