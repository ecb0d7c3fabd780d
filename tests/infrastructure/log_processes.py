"""Processes for the tests of the log: `python -m tests.infrastructure.log_processes write|follow URL DOSSIER ...`."""

import asyncio
import json
import sys
from itertools import count

from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from tests.infrastructure.log_given import an_append


async def write(url: str, dossier: str, name: str, appends: str, at_once: str = "5") -> None:
    """Appends one event at a time, some at once, and prints what was acknowledged: stream, version, position."""
    pool = engine(url)
    log = PostgresLog(pool, key=b"key")
    acknowledged: list[tuple[str, int, int]] = []

    async def writer(stream: str, versions: int) -> None:
        for version in range(versions):
            (answer,) = await log.append([an_append(dossier, stream, version)])
            acknowledged.append((stream, answer.version, answer.position))

    await asyncio.gather(*(writer(f"{name}-{number}", int(appends) // int(at_once)) for number in range(int(at_once))))
    await log.close()
    await pool.dispose()
    json.dump(acknowledged, sys.stdout)


async def follow(url: str, dossier: str, events: str) -> None:
    """Reads on from where it stands until it has seen so many; prints stream, version, position as they came."""
    pool = engine(url)
    log = PostgresLog(pool, key=b"key")
    seen: list[tuple[str, int, int]] = []
    reached = 0
    for turn in count():
        batch = await log.read(dossier, reached, 7 + turn % 100)
        seen += [(event.stream.id, event.version, event.position) for event in batch]
        reached = batch[-1].position if batch else reached
        if len(seen) >= int(events):
            break
        await asyncio.sleep(0.001)
    await log.close()
    await pool.dispose()
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    asyncio.run(write(*arguments) if what == "write" else follow(*arguments))
