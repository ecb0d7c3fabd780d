"""Which dossiers' read models are behind their logs for too long: said in the log, and told to whoever asks."""

import asyncio
import time
from collections.abc import Sequence

import structlog

from interfaces.bootstrap import DATABASE_AWAY, Late, System

log = structlog.get_logger(__name__)

LATE_AFTER_S = 5.0
LOOK_EACH_S = 5.0
SAY_EACH_S = 30.0


class LateDossiers:
    """What was found when somebody last looked: the dossiers that wait longest, and no more than twenty of them."""

    def __init__(self) -> None:
        self.found: Sequence[Late] = ()
        self._said: dict[str, float] = {}

    async def look(self, system: System) -> Sequence[Late]:
        """Looks, and says each dossier that is behind for more than 5 s: at once, and again each half minute."""
        self.found = await system.pictures.late(LATE_AFTER_S)
        now = time.monotonic()
        self._said = {late.dossier_id: self._said.get(late.dossier_id, 0.0) for late in self.found}
        for late in self.found:
            # One that stands still says so itself, with why.
            if late.stands_still is None and now - self._said[late.dossier_id] > SAY_EACH_S:
                self._said[late.dossier_id] = now
                log.warning(
                    "dossier_behind", dossier=late.dossier_id, events=late.events, seconds=round(late.seconds, 1)
                )
        return self.found

    async def keep_looking(self, system: System) -> None:
        """For as long as the process lives, whether or not the database does."""
        while True:
            try:
                await self.look(system)
            except DATABASE_AWAY as error:
                log.warning("cannot_look_who_is_behind", error=f"{type(error).__name__}: {error}".splitlines()[0])
            await asyncio.sleep(LOOK_EACH_S)
