"""Reads the next batch of a log while the one before it is written: the database and we work side by side."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from application.ending import end
from application.event_log import Recorded


class ReadAhead:
    """`read` takes what is asked for, and gives events. At most one answer is kept, of what was foretold last."""

    def __init__(self, read: Callable[..., Awaitable[list[Recorded]]]) -> None:
        self._read = read
        self._foretold: tuple[tuple[Any, ...], asyncio.Task[list[Recorded]]] | None = None

    async def read(self, *asked: Any) -> list[Recorded]:
        if self._foretold is not None and self._foretold[0] == asked:
            _, task = self._foretold
            self._foretold = None
            return await task
        await self.close()
        return await self._read(*asked)

    def foretell(self, *asked: Any) -> None:
        """Say what will be asked for next."""

        async def read() -> list[Recorded]:
            return await self._read(*asked)

        assert self._foretold is None, "what was foretold is read, or dropped, first"
        self._foretold = asked, asyncio.create_task(read())

    async def close(self) -> None:
        if self._foretold is not None:
            _, task = self._foretold
            self._foretold = None
            await end([task])
