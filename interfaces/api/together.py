"""What many ask for at the same time, done once for all of them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """One piece of work, under way once at most. Whoever asks meanwhile has what that comes to."""

    def __init__(self) -> None:
        self._under_way: asyncio.Task[T] | None = None

    async def do(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `work` comes to, or raises. Whoever goes away ends nothing that others wait for."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(work())
        return await asyncio.shield(self._under_way)
