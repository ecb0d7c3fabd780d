"""Gathers what many ask at about the same time, so that it is asked once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Together(Generic[T, R]):
    """One call for many: while one is under way, others gather for the next. At most `most` in a call."""

    def __init__(self, call: Callable[[Sequence[T]], Awaitable[Sequence[R]]], most: int) -> None:
        """`call` answers each in its order."""
        self._call = call
        self._most = most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._calling: asyncio.Task[None] | None = None

    async def ask(self, one: T) -> R:
        """Raises whatever the call raises that it went with."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, answer))
        if self._calling is None or self._calling.done():
            self._calling = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        # Whoever becomes ready in the same round of the loop goes along.
        await asyncio.sleep(0)
        while self._waiting:
            gathered, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                answers = await self._call([one for one, _ in gathered])
            except Exception as error:
                for _, answer in gathered:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), told in zip(gathered, answers, strict=True):
                if not answer.done():
                    answer.set_result(told)


class Shared(Generic[T]):
    """Answers by key: each found out once, for all who ask while it is, or for `keep_s` after it was.

    What nobody waits for any more is cancelled. At most `most` are kept.
    """

    def __init__(self, keep_s: float, most: int) -> None:
        self._keep_s = keep_s
        self._most = most
        self._asked: dict[Hashable, asyncio.Task[T]] = {}
        self._waiting: dict[asyncio.Task[T], int] = {}

    async def ask(self, key: Hashable, find_out: Callable[[], Awaitable[T]]) -> T:
        task = self._asked.get(key)
        if task is None:
            task = asyncio.ensure_future(_awaited(find_out))
            self._asked[key] = task
            if len(self._asked) > self._most:
                self._forget(next(iter(self._asked)))
            task.add_done_callback(lambda done: self._found(key, done))
        self._waiting[task] = self._waiting.get(task, 0) + 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[task] -= 1
            if not self._waiting[task]:
                del self._waiting[task]
                if not task.done():
                    if self._asked.get(key) is task:
                        self._forget(key)
                    task.cancel()

    def _found(self, key: Hashable, task: asyncio.Task[T]) -> None:
        if self._asked.get(key) is not task:
            return
        if task.cancelled() or task.exception() is not None or not self._keep_s:
            self._forget(key)
        else:
            asyncio.get_running_loop().call_later(self._keep_s, self._forget, key, task)

    def _forget(self, key: Hashable, only: asyncio.Task[T] | None = None) -> None:
        if only is None or self._asked.get(key) is only:
            self._asked.pop(key, None)


async def _awaited(find_out: Callable[[], Awaitable[T]]) -> T:
    return await find_out()
