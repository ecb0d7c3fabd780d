"""Asking one server, with asyncio: requests that are tried again, lists page by page, streams without end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Generic, Self, TypeVar

import httpx

from . import asking
from .answers import DossierItem, Page
from .asking import Ask, Tries, below, read
from .events import CloudEvent
from .following import NOW, Following, ended
from .problems import Problem, nobody_answers, problem_of

T = TypeVar("T")
E = TypeVar("E", bound=CloudEvent)


class AsyncConnection:
    """One server. A `token` is for writing, and for reading from another machine.

    A request is tried for `patience_s` while nobody answers; each try may take `timeout_s`. A stream that is silent for
    `silence_s` is taken for broken. One event loop uses it.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        patience_s: float = 30.0,
        timeout_s: float = 60.0,
        silence_s: float = 45.0,
    ) -> None:
        self.url, here = asking.server_at(url)
        self._patience_s = patience_s
        self._silence = httpx.Timeout(silence_s, connect=asking.CONNECT_S)
        timeout = httpx.Timeout(timeout_s, connect=asking.CONNECT_S)
        self._http = httpx.AsyncClient(
            base_url=self.url, headers=asking.authorization(token), timeout=timeout, trust_env=not here
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, asked: Ask[T]) -> T:
        """What the server answers, tried again while nobody does.

        Raises:
            Problem: it refuses, or nobody answered in time.
        """
        tries = Tries(self._patience_s, again=asked.again)
        while True:
            try:
                response = await self._http.request(**asked.as_sent())
                if response.is_success:
                    return read(asked, response)
                problem = problem_of(response)
            except httpx.RequestError as error:
                problem = nobody_answers(self.url, error)
            await asyncio.sleep(tries.pause_after(problem))

    @asynccontextmanager
    async def streamed(self, asked: Ask[Any]) -> AsyncIterator[httpx.Response]:
        """An answer that is read as it comes."""
        try:
            async with self._http.stream(**asked.as_sent(), timeout=self._silence) as response:
                if not response.is_success:
                    await response.aread()
                    raise problem_of(response)
                yield response
        except httpx.RequestError as error:
            raise nobody_answers(self.url, error) from error


class AsyncListing(Generic[T]):
    """A list: `async for` goes over its items, page by page, or over its `pages` with what those tell beside."""

    def __init__(self, connection: AsyncConnection, asked: Ask[Page[T]], *, goes_on: str = "cursor") -> None:
        self._connection, self._asked, self._goes_on = connection, asked, goes_on

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[T]]:
        asked = self._asked
        while True:
            page = await self._connection.ask(asked)
            yield page
            if page.next is None:
                return
            asked = asked.going_on(**{self._goes_on: page.next})


class AsyncStream(Generic[E]):
    """Events as they come, without end: after a broken connection, a restart or silence it goes on where it was.

    Keep `cursor` with what you made of an event; as `after` it goes on exactly there. `close` it, or use `async with`.

    Raises:
        LogReset: the log is another one. Problem: the server refuses to give it.
    """

    def __init__(self, connection: AsyncConnection, dossier: str, following: Following[E]) -> None:
        self._connection, self._dossier, self._following = connection, dossier, following
        self._events = self._all()

    @property
    def cursor(self) -> str:
        return self._following.cursor

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        return await anext(self._events)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._events.aclose()

    async def _all(self) -> AsyncGenerator[E, None]:
        following = self._following
        while True:
            try:
                if following.cursor == NOW:
                    here = await self._connection.ask(asking.get(DossierItem, below(self._dossier)))
                    following.begin(here.head or 0)
                async with self._connection.streamed(following.asked()) as response:
                    following.opened(response)
                    async for chunk in response.aiter_bytes():
                        for event in following.read(chunk):
                            yield event
                problem: Problem = ended(self._dossier)
            except Problem as broken:
                problem = broken
            await asyncio.sleep(following.pause_after(problem))
