"""Which claims hold a figure now, for the warning that another one is identical."""

import asyncio
import time
from collections.abc import Collection, Mapping

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from application.projection import CURRENT
from application.reading import Pictures, Reading
from application.second_looks import ClaimsByFigure
from domain.second_looks import ToldFigure
from infrastructure.database import DATABASE_AWAY
from infrastructure.questions.claims import claims_with_figures

# How long the build of the read models that is served is taken to be the same; a retired one is kept for longer.
SAME_BUILD_S = 10.0

log = structlog.get_logger("figures")


class PostgresShownFigures:
    """The figures that the read models show. All who ask at once, as after one commit, share one query."""

    def __init__(self, engine: AsyncEngine, pictures: Pictures) -> None:
        self._engine = engine
        self._pictures = pictures
        self._builds: dict[str, tuple[float, Mapping[str, int]]] = {}
        self._asked: dict[str, tuple[set[ToldFigure], asyncio.Task[ClaimsByFigure]]] = {}

    async def claims_with(self, dossier_id: str, wanted: Collection[ToldFigure]) -> ClaimsByFigure:
        asked = self._asked.get(dossier_id)
        if asked is None:
            asked = self._asked[dossier_id] = set(), asyncio.create_task(self._look(dossier_id))
        asked[0].update(wanted)
        # Whoever gives up waiting stops nobody else's look.
        return await asyncio.shield(asked[1])

    async def _look(self, dossier_id: str) -> ClaimsByFigure:
        wanted, _ = self._asked.pop(dossier_id)
        found: dict[ToldFigure, list[str]] = {}
        try:
            builds = await self._served(dossier_id)
            if builds is None:
                return found
            now = Reading(dossier_id, CURRENT - 1, builds, "UTC")
            async with self._engine.connect() as connection:
                for report, identity, claim_id in await claims_with_figures(connection, now, list(wanted)):
                    found.setdefault(ToldFigure(report, identity), []).append(claim_id)
        except DATABASE_AWAY as error:
            # What was recorded is recorded; only the warning is missing.
            log.warning("identical_figures_not_looked_for", error=f"{type(error).__name__}: {error}".splitlines()[0])
        return found

    async def _served(self, dossier_id: str) -> Mapping[str, int] | None:
        since, builds = self._builds.get(dossier_id, (0.0, None))
        if builds is not None and time.monotonic() - since < SAME_BUILD_S:
            return builds
        picture = await self._pictures.picture(dossier_id)
        if picture is None:
            return None
        self._builds[dossier_id] = time.monotonic(), picture.generations
        return picture.generations
