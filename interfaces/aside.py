"""A thread with an event loop of its own: what takes long there holds up nobody on the loop that asks."""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from application.ending import ENDS_WITHIN_S, end

T = TypeVar("T")

# How long one thread goes on computing before another has its turn: each answer on the other loop waits for that
# several times, and Python's own 5 ms would be felt.
_TURN_S = 0.0005


class Aside:
    """Runs coroutines on a thread of its own. What they wait for, connections above all, belongs to that thread."""

    def __init__(self, name: str) -> None:
        self._home = asyncio.get_running_loop()
        # Of the same make: the usual one is slower at waiting for a database.
        self._loop = type(self._home)()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        sys.setswitchinterval(min(sys.getswitchinterval(), _TURN_S))
        self._thread.start()

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]], *, ended: Callable[[], None] | None = None) -> T:
        """The result of `work`. Whoever is cancelled while waiting for it cancels it, and does not wait for its end.

        `ended` is called on the loop that asks, once nothing of it goes on any more.
        """
        outcome: asyncio.Future[T] = self._home.create_future()
        working: list[asyncio.Task[T]] = []

        def begin() -> None:
            task = self._loop.create_task(work())
            working.append(task)
            task.add_done_callback(tell)

        def tell(task: asyncio.Task[T]) -> None:
            # Where the loop that asked has ended, nobody is left to be told.
            with suppress(RuntimeError):
                self._home.call_soon_threadsafe(settle, task)

        def settle(task: asyncio.Task[T]) -> None:
            if ended is not None:
                ended()
            error = None if task.cancelled() else task.exception()
            if outcome.done():
                return
            if task.cancelled():
                outcome.cancel()
            elif error is not None:
                outcome.set_exception(error)
            else:
                outcome.set_result(task.result())

        self._loop.call_soon_threadsafe(begin)
        try:
            return await outcome
        except asyncio.CancelledError:
            self._loop.call_soon_threadsafe(lambda: working[0].cancel())
            raise

    async def close(self) -> None:
        """Cancels what still runs, and ends the thread."""
        with suppress(TimeoutError):
            # Also a thread that computes on and on is left where it is.
            async with asyncio.timeout(2 * ENDS_WITHIN_S):
                await self.run(_cancel_all_others)
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, ENDS_WITHIN_S)


async def _cancel_all_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await end(others)
