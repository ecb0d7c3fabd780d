"""A process that rebuilds the sources of a dossier in small batches, and says how many events it took."""

import asyncio
import json
import sys

from application import projection
from application.event_log import Recorded
from domain.source import SourceEvent
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.read_models.dossiers import Dossiers
from infrastructure.read_models.sources import Sources, SourceState
from infrastructure.rows import rebuilds
from infrastructure.rows.pictures import PostgresPictures


class Counting(Sources):
    taken = 0

    def fold(self, state: SourceState | None, recorded: Recorded[SourceEvent], time_zone: str) -> SourceState:
        self.taken += 1
        return super().fold(state, recorded, time_zone)


async def main(url: str, dossier_id: str, *together: str) -> None:
    projection.BATCH, rebuilds.SHARED_FROM = 3, 0
    pool, sources = engine(url), Counting()
    log, store = PostgresLog(pool, key=b"key"), PostgresPictures(pool, [Dossiers(), sources])
    if together:
        # Whoever comes when the others are done would make the next build.
        await log.head(dossier_id)
        print("ready", flush=True)
        sys.stdin.readline()
    differences = await projection.rebuild(log, store, sources, dossier_id)
    assert differences == [], differences
    print(json.dumps(sources.taken))
    await log.close()
    await pool.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
