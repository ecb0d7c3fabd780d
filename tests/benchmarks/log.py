"""The log: one writer, many writers, and batches; beside `eventsourcing` on the same server in the same run."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from statistics import median
from threading import Thread
from typing import Any
from uuid import uuid4

import uvloop
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from sqlalchemy.engine import make_url

from application.event_log import Append, EventLog
from domain.fields import StreamRef
from domain.source import SourceDetails, SourceGraded, SourceRegistered
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from tests.benchmarks.measured import Measured, per_second, sized
from tests.benchmarks.servers import beside, postgres

FLUSH_US = 1_000
WRITERS = 64
ROUNDS = sized(5, 1)
APPENDS, EACH, GROUPS = sized(1_000, 50), sized(300, 5), sized(20, 2)
REASON = "right about the earlier withdrawals, and quick to correct what it got wrong"


def benchmark() -> Iterable[Measured]:
    with postgres() as url, Peer(beside(url, "peer")) as peer:
        # In turn, so that whatever else the machine does falls on both.
        ours, theirs = zip(
            *((_on(url, _one_writer), peer.one_writer(sized(400, 20))) for _ in range(ROUNDS)), strict=True
        )
        yield Measured(
            "append 1 event, 1 writer",
            f"{per_second(median(ours))}, {median(ours) / median(theirs):.1f}x",
            f"2x eventsourcing, {per_second(median(theirs))}",
            median(ours) >= 2 * median(theirs),
        )
        yield from _batches(url, "batches of 1,000")
    with postgres(flush_us=FLUSH_US) as url, Peer(beside(url, "peer")) as peer:
        ours, theirs = zip(
            *((_on(url, _many_writers), peer.many_writers(sized(8, 1))) for _ in range(min(3, ROUNDS))), strict=True
        )
        yield Measured(
            f"append 1 event, {WRITERS} writers, 1 dossier, 1 ms flush",
            f"{per_second(median(ours))}, {median(ours) / median(theirs):.1f}x",
            f"12,000/s, 15x eventsourcing, {per_second(median(theirs))}",
            median(ours) >= max(12_000, 15 * median(theirs)),
        )
        yield from _batches(url, "batches of 1,000, 1 ms flush")


def _batches(url: str, what: str) -> Iterable[Measured]:
    for how, batch in (("1 event for each of 1,000 streams", _of_streams), ("1,000 events of 1 stream", _of_one)):
        rate = median(_on(url, partial(_two_importers, batch=batch)) for _ in range(min(3, ROUNDS)))
        yield Measured(f"{what}: {how}, 2 importers", f"{per_second(rate)} events", "60,000/s events", rate >= 60_000)


def _on(url: str, measure: Callable[[EventLog], Awaitable[float]]) -> float:
    async def run() -> float:
        pool = engine(url)
        log = PostgresLog(pool, key=b"benchmark")
        try:
            return await measure(log)
        finally:
            await log.close()
            await pool.dispose()

    return uvloop.run(run())


def _append(dossier: str, stream: str, version: int, events: int = 1) -> Append:
    return Append(
        dossier_id=dossier,
        stream=StreamRef("source", stream),
        expected_version=version,
        events=[_event(version + number) for number in range(events)],
        principal="desk",
        command_id=f"{stream}-{version}",
        command_content=REASON.encode(),
    )


def _event(version: int) -> SourceRegistered | SourceGraded:
    if version == 0:
        return SourceRegistered(details=SourceDetails(name="Syrian Observatory for Human Rights", kind="monitor"))
    return SourceGraded(reliability="B", reason=f"{REASON} ({version})")


async def _one_writer(log: EventLog) -> float:
    dossier = uuid4().hex
    for warm_up in range(100):
        await log.append([_append(dossier, "warm-up", warm_up)])
    begun = time.perf_counter()
    for number in range(APPENDS):
        await log.append([_append(dossier, f"s{number}", 0)])
    return APPENDS / (time.perf_counter() - begun)


async def _many_writers(log: EventLog) -> float:
    dossier = uuid4().hex

    async def write(stream: str, first: int, last: int) -> None:
        for version in range(first, last):
            await log.append([_append(dossier, stream, version)])

    await asyncio.gather(*(write(f"s{number}", 0, 10) for number in range(WRITERS)))
    begun = time.perf_counter()
    await asyncio.gather(*(write(f"s{number}", 10, 10 + EACH) for number in range(WRITERS)))
    return WRITERS * EACH / (time.perf_counter() - begun)


def _of_streams(dossier: str, batch: str) -> Sequence[Append]:
    return [_append(dossier, f"{batch}-{number}", 0) for number in range(1_000)]


def _of_one(dossier: str, batch: str) -> Sequence[Append]:
    return [_append(dossier, batch, 0, events=1_000)]


async def _two_importers(log: EventLog, batch: Callable[[str, str], Sequence[Append]]) -> float:
    """Into a dossier each. What is appended is made before: only the way into the log is measured."""
    dossiers = [uuid4().hex for _ in range(2)]
    imports = [[batch(dossier, f"b{number}") for number in range(5 + GROUPS)] for dossier in dossiers]
    gc.collect()
    gc.freeze()

    async def write(batches: Sequence[Sequence[Append]]) -> None:
        for group in batches:
            await log.append(group)

    await asyncio.gather(*(write(batches[:5]) for batches in imports))
    begun = time.perf_counter()
    await asyncio.gather(*(write(batches[5:]) for batches in imports))
    took = time.perf_counter() - begun
    gc.unfreeze()
    return 2 * GROUPS * 1_000 / took


def peer_settings(url: str) -> dict[str, str]:
    """How `eventsourcing` is told of a database."""
    parts = make_url(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parts.database),
        "POSTGRES_HOST": str(parts.query["host"]),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": str(parts.username),
        "POSTGRES_PASSWORD": "none",
        "POSTGRES_POOL_SIZE": "5",
        "POSTGRES_MAX_OVERFLOW": str(WRITERS),
        "POSTGRES_MAX_WAITING": str(WRITERS),
    }


class PeerSource(Aggregate):
    def __init__(self, name: str, kind: str) -> None:
        self.name, self.kind, self.reliability = name, kind, ""

    @event("Graded")
    def grade(self, reliability: str, reason: str) -> None:
        self.reliability = reliability


class Peer:
    """`eventsourcing` as its documentation sets it up for PostgreSQL, saving the same facts."""

    def __init__(self, url: str) -> None:
        self._application: Application[Any] = Application(env=peer_settings(url))

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        self._application.close()

    def one_writer(self, appends: int) -> float:
        for _ in range(50):
            self._application.save(PeerSource("warm-up", "monitor"))
        begun = time.perf_counter()
        for _ in range(appends):
            self._application.save(PeerSource("Syrian Observatory for Human Rights", "monitor"))
        return appends / (time.perf_counter() - begun)

    def many_writers(self, appends: int) -> float:
        sources = [PeerSource(f"Source {number}", "monitor") for number in range(WRITERS)]
        for source in sources:
            self._application.save(source)

        def write(source: PeerSource) -> None:
            for version in range(appends):
                source.grade("B", f"{REASON} ({version})")
                self._application.save(source)

        threads = [Thread(target=write, args=(source,)) for source in sources]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return WRITERS * appends / (time.perf_counter() - begun)
