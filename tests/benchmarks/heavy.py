"""A small read and a small write beside many heavy questions about a dossier of 20,000 claims, in one API process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

import uvloop

from application.projection import catch_up
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.rows.pictures import PostgresPictures
from interfaces.bootstrap import READ_MODELS
from interfaces.process import spare_the_collector
from tests.benchmarks.dossiers import write_contradictions, write_dossier
from tests.benchmarks.http import API, Desk, _token
from tests.benchmarks.measured import Measured, sized
from tests.benchmarks.running import Connection, percentile, running_api, valkey
from tests.benchmarks.servers import postgres

EVENTS, QUESTIONS, SECONDS, RATE = sized(22_000, 3_000), 20, sized(20, 1), 20
# Without these the questions would hardly have to look.
CONTRADICTIONS = EVENTS // 2
P99_MS = 250
DOSSIER = "heavy"
ASKED = (
    "disagreements", "situation?at=2018-06-15", "figures?topic=killed,people,place:p0", "disagreements?place=p0",
)  # fmt: skip


def benchmark() -> Iterable[Measured]:
    with postgres() as url, valkey() as redis_url:
        uvloop.run(_dossier(url))
        token = uvloop.run(_token(url))
        with running_api(url, redis_url) as address:
            reads, writes, answered = uvloop.run(_beside(address, token))
    for what, took in (("read", reads), ("write", writes)):
        p50, p99 = percentile(took, 50), percentile(took, 99)
        yield Measured(
            f"a small {what} beside {QUESTIONS} heavy questions about {EVENTS:,} events, 1 API process",
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms; {answered / SECONDS:.1f} heavy ones answered a second",
            f"p99 {P99_MS} ms",
            p99 <= P99_MS,
        )


async def _dossier(url: str) -> None:
    spare_the_collector()
    pool = engine(url)
    log = PostgresLog(pool, key=b"benchmark")
    try:
        await write_dossier(log, DOSSIER, EVENTS - CONTRADICTIONS)
        await write_contradictions(log, DOSSIER, CONTRADICTIONS)
        await catch_up(log, PostgresPictures(pool, READ_MODELS), READ_MODELS, DOSSIER)
    finally:
        await log.close()
        await pool.dispose()


async def _beside(address: str, token: str) -> tuple[list[float], list[float], int]:
    """Milliseconds of each small read and write, and how many heavy questions were answered meanwhile."""
    desk = Desk(await Connection.open(address), token, "beside")
    await desk.begin()
    until = time.perf_counter() + SECONDS
    answered = 0

    async def ask(question: str) -> None:
        nonlocal answered
        client = await Connection.open(address)
        while time.perf_counter() < until:
            status, body = await client.request("GET", f"{API}/{DOSSIER}/{question}")
            # Who finds no place in time is told so, and comes again.
            assert status == 200 or b"heavy_questions_wait" in body, body[:500]
            answered += status == 200
        await client.close()

    async def paced(do: Callable[[int], Awaitable[object]]) -> list[float]:
        took, number, begun = [], 0, time.perf_counter()
        while time.perf_counter() < until:
            started = time.perf_counter()
            await do(number)
            took.append((time.perf_counter() - started) * 1000)
            number += 1
            await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
        return took

    reader = await Connection.open(address)

    async def read(number: int) -> None:
        status, body = await reader.request("GET", f"{API}/{DOSSIER}/sources/s{number % 50}")
        assert status == 200, body

    asking = [asyncio.create_task(ask(ASKED[number % len(ASKED)])) for number in range(QUESTIONS)]
    reads, writes = await asyncio.gather(paced(read), paced(desk.claim))
    await asyncio.gather(*asking)
    return reads, writes, answered
