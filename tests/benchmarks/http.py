"""The API as its clients see it: claims posted by many at once, and how soon a claim can be read."""

import asyncio
import json
import time
from collections.abc import Iterable

import uvloop

from infrastructure.database import engine
from tests.benchmarks.measured import Measured, per_second, sized
from tests.benchmarks.running import Connection, percentile, running_api, running_worker, valkey
from tests.benchmarks.servers import postgres
from tests.holders import new_holder

CLIENTS, POSTS = 32, sized(12_000, 200)
POST_TARGET, POST_P99_MS = 1_000, 100
BUSY_RATE, BUSY_P95_MS, IDLE_P95_MS = 50, 250, 150
API = "/api/v1/dossiers"


def benchmark() -> Iterable[Measured]:
    with postgres() as url, valkey() as redis_url, running_api(url, redis_url) as address:
        token = uvloop.run(_token(url))
        # The worker is part of the system, and of its load.
        with running_worker(url, redis_url):
            rate, p99 = uvloop.run(_posts(address, token))
            yield Measured(
                f"POST claims, {CLIENTS} concurrent clients, 1 API process, worker beside it",
                f"{per_second(rate)}, p99 {p99:.0f} ms",
                f"{per_second(POST_TARGET)}, p99 {POST_P99_MS} ms",
                rate >= POST_TARGET and p99 <= POST_P99_MS,
            )
            busy, idle = uvloop.run(_visible(address, token))
        yield Measured(
            f"a claim visible after its acknowledgement, at {BUSY_RATE} claims/s",
            f"p95 {busy:.0f} ms",
            f"p95 {BUSY_P95_MS} ms",
            busy <= BUSY_P95_MS,
        )
        yield Measured("the same when idle", f"p95 {idle:.0f} ms", f"p95 {IDLE_P95_MS} ms", idle <= IDLE_P95_MS)


async def _token(url: str) -> str:
    pool = engine(url)
    try:
        return (await new_holder(pool, "bench"))[0]
    finally:
        await pool.dispose()


class Desk:
    """A client that writes into one dossier."""

    def __init__(self, connection: Connection, token: str, dossier: str) -> None:
        self._connection = connection
        self._headers = f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        self._dossier = dossier

    async def post(self, path: str, **body: object) -> int:
        """The position that it reached."""
        status, answer = await self._connection.request("POST", API + path, json.dumps(body).encode(), self._headers)
        assert status == 201, answer
        position: int = json.loads(answer)["position"]
        return position

    async def begin(self) -> None:
        await self.post("", id=self._dossier, title="Measured")
        await self.post(f"/{self._dossier}/sources", id="sohr", name="SOHR", kind="monitor")
        await self.post(f"/{self._dossier}/places", id="hajin", name="Hajin", kind="town")
        for number in range(100):
            await self.post(f"/{self._dossier}/reports", id=f"r{number}", label="A report", published="2018-12")

    async def claim(self, number: int) -> int:
        return await self.post(
            f"/{self._dossier}/claims",
            id=f"c{number}",
            report=f"r{number % 100}",
            kind="figure",
            measure="killed",
            unit="people",
            best=number,
            qualifier="about",
            claimant="sohr",
            place="hajin",
            when="2018-12-01",
        )


async def _posts(address: str, token: str) -> tuple[float, float]:
    """Claims a second, and the 99th percentile in milliseconds."""
    desks = [Desk(await Connection.open(address), token, "posts") for _ in range(CLIENTS)]
    await desks[0].begin()
    numbers = iter(range(POSTS))
    took: list[float] = []

    async def client(desk: Desk) -> None:
        for number in numbers:
            begun = time.perf_counter()
            await desk.claim(number)
            took.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*map(client, desks))
    return POSTS / (time.perf_counter() - begun), percentile(took, 99)


async def _visible(address: str, token: str) -> tuple[float, float]:
    """Milliseconds from a claim's acknowledgement until it can be read (p95): busy, and idle."""
    desk = Desk(await Connection.open(address), token, "seen")
    await desk.begin()
    await asyncio.sleep(2)

    async def seen(position: int) -> float:
        acknowledged = time.perf_counter()
        reader = await Connection.open(address)
        while True:
            status, answer = await reader.request("GET", f"{API}/seen/sources/sohr")
            assert status == 200, answer
            if json.loads(answer)["position"] >= position:
                await reader.close()
                return (time.perf_counter() - acknowledged) * 1000
            await asyncio.sleep(0.005)

    busy, number = [], 0
    begun = time.perf_counter()
    while number < 10 * BUSY_RATE:
        await asyncio.sleep(max(0.0, begun + number / BUSY_RATE - time.perf_counter()))
        position = await desk.claim(number)
        number += 1
        # Looking costs the same machine: every tenth is looked at.
        if number % 10 == 0:
            busy.append(asyncio.create_task(seen(position)))
    idle = []
    for _ in range(40):
        await asyncio.sleep(0.35)
        position = await desk.claim(number)
        number += 1
        idle.append(await seen(position))
    return percentile([await task for task in busy], 95), percentile(idle, 95)
