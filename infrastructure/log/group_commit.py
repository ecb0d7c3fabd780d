"""Group commit: what arrives while a commit is under way goes into the next one, dossier by dossier."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from application.event_log import LogUnavailable

MOST_APPENDS = 1_000
MOST_BYTES = 8_000_000


class CommitGroup(Protocol):
    """What is committed whole or not at all."""

    @property
    def appends(self) -> int: ...
    @property
    def size_bytes(self) -> int: ...


GroupT = TypeVar("GroupT", bound=CommitGroup)
AnswerT = TypeVar("AnswerT")
Waiting = deque[tuple[GroupT, asyncio.Future[AnswerT]]]


class GroupCommit(Generic[GroupT, AnswerT]):
    """`commit` takes a dossier and some groups, and gives an answer, or what went wrong, for each of them.

    The first to find nobody committing for its dossier starts a round, which lasts until nobody waits. Nobody who
    waits is part of a round: giving up waiting stops no commit.

    Whoever has no answer within `within_s` is told LogUnavailable; what was not sent by then is never sent.
    """

    def __init__(
        self,
        commit: Callable[[str, Sequence[GroupT]], Awaitable[Sequence[AnswerT | Exception]]],
        within_s: float = 9.0,
    ) -> None:
        self._commit = commit
        self._within_s = within_s
        self._waiting: dict[str, Waiting[GroupT, AnswerT]] = {}
        self._rounds: set[asyncio.Task[None]] = set()

    async def submit(self, dossier_id: str, group: GroupT) -> AnswerT:
        """The answer to `group`, once it is committed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[AnswerT] = loop.create_future()
        limit = loop.call_later(self._within_s, _expire, future, self._within_s)
        waiting = self._waiting.get(dossier_id)
        if waiting is not None:
            waiting.append((group, future))
        else:
            self._waiting[dossier_id] = waiting = deque([(group, future)])
            task = asyncio.create_task(self._round(dossier_id, waiting))
            self._rounds.add(task)
            task.add_done_callback(self._rounds.discard)
        try:
            return await future
        finally:
            limit.cancel()

    async def finish(self) -> None:
        """Waits until all that was submitted is answered, or has been told that it is late."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._within_s):
                while self._rounds:
                    await asyncio.wait(self._rounds)

    async def _round(self, dossier_id: str, waiting: Waiting[GroupT, AnswerT]) -> None:
        batch: list[tuple[GroupT, asyncio.Future[AnswerT]]] = []
        try:
            while waiting:
                batch = _next_batch(waiting)
                if not batch:
                    continue
                answers: Sequence[AnswerT | Exception]
                try:
                    answers = await self._commit(dossier_id, [group for group, _ in batch])
                except Exception as error:  # whoever waits is told, and the next batch has its turn
                    answers = [error] * len(batch)
                for (_, future), answer in zip(batch, answers, strict=True):
                    if future.done():
                        continue
                    if isinstance(answer, Exception):
                        future.set_exception(answer)
                    else:
                        future.set_result(answer)
        finally:
            del self._waiting[dossier_id]
            # Anything left is left by a loop that is being shut down.
            for _, future in (*batch, *waiting):
                future.cancel()


def _expire(future: "asyncio.Future[AnswerT]", within_s: float) -> None:
    if not future.done():
        future.set_exception(LogUnavailable(f"the log does not answer within {within_s:g} s"))


def _next_batch(waiting: Waiting[GroupT, AnswerT]) -> list[tuple[GroupT, asyncio.Future[AnswerT]]]:
    """As many as the limits allow, and the first whatever they say; none where all have been told that it is late."""
    batch: list[tuple[GroupT, asyncio.Future[AnswerT]]] = []
    appends = size = 0
    while waiting:
        group, future = waiting[0]
        if future.done() and not future.cancelled():
            waiting.popleft()
            continue
        appends += group.appends
        size += group.size_bytes
        if batch and (appends > MOST_APPENDS or size > MOST_BYTES):
            break
        batch.append(waiting.popleft())
    return batch
