"""What followers ask of the read models, asked on a thread and by connections of their own.

The rules of a watched question may take long over thousands of claims: what others are told goes on beside them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from application.following.followable import Finding, Followable, FollowedRows
from application.reading import Reading
from application.touch import Touch
from application.watch import Scope, Watched
from interfaces.aside import Aside
from interfaces.bootstrap import DATABASE_AWAY, Settings, System, system_for_questions


class RowsAside:
    """`FollowedRows` that are asked elsewhere. Who is cancelled while it waits cancels what it asked."""

    def __init__(self, aside: Aside, rows: FollowedRows) -> None:
        self._aside = aside
        self._rows = rows

    async def touched(self, reading: Reading, after: int, *, beside: bool = False, around: bool = False) -> list[Touch]:
        return await self._aside.run(lambda: self._rows.touched(reading, after, beside=beside, around=around))

    async def scope_of(self, reading: Reading, after: int, watched: Watched) -> Scope:
        return await self._aside.run(lambda: self._rows.scope_of(reading, after, watched))

    async def finding(self, reading: Reading, watched: Watched) -> Finding | None:
        return await self._aside.run(lambda: self._rows.finding(reading, watched))


@asynccontextmanager
async def followed_aside(
    settings: Settings, system: System, *, connections: int, asked: bool = False
) -> AsyncIterator[Followable]:
    """What the system follows, with its read models asked aside, by at most so many connections.

    `asked`: somebody waits for each answer.
    """
    async with system_aside("watched questions", settings, system, connections=connections, asked=asked) as (
        aside,
        beside,
    ):
        yield replace(system.followable, rows=RowsAside(aside, beside.followable.rows))


@asynccontextmanager
async def system_aside(
    name: str, settings: Settings, system: System, *, connections: int, asked: bool = True
) -> AsyncIterator[tuple[Aside, System]]:
    """A thread, and a system to ask on it by connections of its own; put away there when it ends."""
    aside = Aside(name)
    beside = system_for_questions(settings, system, connections=connections, asked=asked)
    try:
        yield aside, beside
    finally:
        with suppress(asyncio.CancelledError, *DATABASE_AWAY):
            await aside.run(lambda: _put_away(beside))
        await aside.close()


async def _put_away(system: System) -> None:
    await system.log.close()
    await system.engine.dispose()
