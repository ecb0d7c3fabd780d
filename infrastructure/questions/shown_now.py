"""What the read models show now, as warnings ask for it: something that may be missing, and holds nobody up."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from application.projection import CURRENT
from application.reading import Pictures, Reading
from infrastructure.database import DATABASE_AWAY

T = TypeVar("T")

# How long the build of the read models that is served is taken to be the same; a retired one is kept for longer.
SAME_BUILD_S = 10.0

log = structlog.get_logger("shown_now")


class ShownNow:
    def __init__(self, engine: AsyncEngine, pictures: Pictures) -> None:
        self._engine = engine
        self._pictures = pictures
        self._builds: dict[str, tuple[float, Mapping[str, int]]] = {}

    async def asked(
        self, dossier_id: str, what: str, ask: Callable[[AsyncConnection, Reading], Awaitable[T]], otherwise: T
    ) -> T:
        """`otherwise` where there are no read models, or the database is away, which is logged with `what`.

        What was recorded is recorded; only the warning is missing.
        """
        try:
            builds = await self._served(dossier_id)
            if builds is None:
                return otherwise
            async with self._engine.connect() as connection:
                return await ask(connection, Reading(dossier_id, CURRENT - 1, builds, "UTC"))
        except DATABASE_AWAY as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0]
            log.warning("not_looked_for_warnings", what=what, error=said)
            return otherwise

    async def _served(self, dossier_id: str) -> Mapping[str, int] | None:
        since, builds = self._builds.get(dossier_id, (0.0, None))
        if builds is not None and time.monotonic() - since < SAME_BUILD_S:
            return builds
        picture = await self._pictures.picture(dossier_id)
        if picture is None:
            return None
        self._builds[dossier_id] = time.monotonic(), picture.generations
        return picture.generations
