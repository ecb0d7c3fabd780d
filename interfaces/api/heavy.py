"""Heavy questions: places, a thread and connections of their own, so that writes and small reads never wait for them.

Whoever is cancelled while asking one, as a read is that nobody waits for any more, cancels the question.
"""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

from fastapi import Request

from application.reading import AskedClocks
from interfaces.api.errors import HeavyQuestionsWait, TookTooLong
from interfaces.api.reading import reading_of
from interfaces.aside import Aside
from interfaces.bootstrap import Settings, System
from interfaces.rows_aside import system_aside

# So many at once: more would take the processor from each other, and hold more of the database's connections.
PLACES = 4
# Whoever waits for a place so long is told to come again, and whoever has one does not keep it for longer than this.
WAITS_S = 8.0
LASTS_S = 30.0
# Of a page of a list. Larger ones, of many clients at once, would take the processor from small reads and writes.
LARGEST_SMALL_PAGE = 100

P = ParamSpec("P")
T = TypeVar("T")


class HeavyQuestions:
    """The places of one process. `system` is the one that a question asks: its connections are of the same thread."""

    def __init__(self, aside: Aside, system: System, *, waits_s: float = WAITS_S, lasts_s: float = LASTS_S) -> None:
        self.system = system
        self._aside = aside
        self._places = asyncio.Semaphore(PLACES)
        self._waits_s, self._lasts_s = waits_s, lasts_s

    async def ask(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What a question answers. A place is taken until nothing of the question goes on any more.

        Raises:
            HeavyQuestionsWait: no place was free in time.
            TookTooLong: it had a place for as long as any may; it was cancelled.
        """
        try:
            async with asyncio.timeout(self._waits_s):
                await self._places.acquire()
        except TimeoutError:
            raise HeavyQuestionsWait(
                f"{PLACES} questions over many claims are being answered already; ask again in a moment"
            ) from None
        limit = asyncio.timeout(self._lasts_s)
        try:
            async with limit:
                return await self._aside.run(question, ended=self._places.release)
        except TimeoutError:
            if not limit.expired():
                raise
            raise TookTooLong(
                f"this question takes longer than {self._lasts_s:g} s; ask for less: one place, one topic, one kind"
            ) from None


@asynccontextmanager
async def heavy_questions(settings: Settings, system: System) -> AsyncIterator[HeavyQuestions]:
    async with system_aside("heavy questions", settings, system, connections=PLACES) as (aside, beside):
        yield HeavyQuestions(aside, beside)


def heavy(endpoint: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The decorator of an endpoint that asks a heavy question; it takes at least `request`.

    All of it, the answer's text too, is made on the thread of heavy questions.
    """

    @functools.wraps(endpoint)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        given: Any = kwargs
        request: Request = given["request"]
        questions: HeavyQuestions = request.app.state.heavy
        await _there_already(given)
        request.state.system = questions.system
        return await questions.ask(lambda: endpoint(*args, **kwargs))

    return asked


def heavy_pages(endpoint: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The decorator of a list: its large pages are heavy questions, the others are asked where they are.

    Of a query that `looks_through` more than it tells each page is.
    """
    asked_aside = heavy(endpoint)

    @functools.wraps(endpoint)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        query: Any = kwargs["query"]
        is_heavy = query.limit > LARGEST_SMALL_PAGE or getattr(query, "looks_through", False)
        return await (asked_aside if is_heavy else endpoint)(*args, **kwargs)

    return asked


async def _there_already(given: dict[str, Any]) -> None:
    """A position that is not there yet is waited for before a place is taken."""
    awaited = getattr(given.get("query"), "min_position", None)
    if awaited is not None:
        await reading_of(given["request"], given["dossier"], AskedClocks(min_position=awaited), given["viewer"])
