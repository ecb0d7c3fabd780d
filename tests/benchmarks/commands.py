"""Commands through `execute`: command id, load, decide, guards, append; many at once on one dossier."""

import asyncio
import time
from collections.abc import Iterable
from statistics import median

import uvloop

from application.execute import Asked, Executor
from domain.events import read_command
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from interfaces.process import spare_the_collector
from tests.benchmarks.measured import Measured, per_second, sized
from tests.benchmarks.servers import postgres

WRITERS, COMMANDS, ROUNDS, FLUSH_US, TARGET = 64, sized(8_000, 200), sized(3, 1), 1_000, 3_000


def benchmark() -> Iterable[Measured]:
    for flush_us in (None, FLUSH_US):
        with postgres(flush_us=flush_us) as url:
            rate = median(uvloop.run(_claims(url, f"round-{number}")) for number in range(ROUNDS))
        yield Measured(
            f"execute, {WRITERS} at once, 1 dossier" + (", 1 ms flush" if flush_us else ""),
            f"{per_second(rate)} commands",
            f"{per_second(TARGET)} commands",
            rate >= TARGET,
        )


async def _claims(url: str, dossier: str) -> float:
    """Claims recorded in a second, each naming a report, a source and a place that the log checks."""
    spare_the_collector()
    pool = engine(url)
    log = PostgresLog(pool, key=b"benchmark")
    executor = Executor(log)

    async def do(**given: object) -> None:
        await executor.execute(dossier, "bench", Asked(read_command(given)))

    try:
        await do(command="open_dossier", id=dossier, title="Measured")
        await do(command="register_source", id="sohr", name="SOHR", kind="monitor")
        await do(command="register_place", id="hajin", name="Hajin", kind="town")
        await do(command="file_report", id="r1", label="A report", published="2018-12")
        numbers = iter(range(COMMANDS))

        async def writer() -> None:
            for number in numbers:
                await do(
                    command="record_claim",
                    id=f"c{number}",
                    report="r1",
                    kind="figure",
                    measure="killed",
                    unit="people",
                    best=number,
                    qualifier="about",
                    claimant="sohr",
                    place="hajin",
                    when="2018-12-01",
                    note="Mostly soldiers of both sides",
                )

        begun = time.perf_counter()
        await asyncio.gather(*(writer() for _ in range(WRITERS)))
        return COMMANDS / (time.perf_counter() - begun)
    finally:
        await log.close()
        await pool.dispose()
