"""Asking one server, without asyncio: requests that are tried again, lists page by page, streams without end."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
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


class Connection:
    """One server. A `token` is for writing, and for reading from another machine.

    A request is tried for `patience_s` while nobody answers; each try may take `timeout_s`. A stream that is silent for
    `silence_s` is taken for broken. Threads may share it.
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
        self._http = httpx.Client(
            base_url=self.url, headers=asking.authorization(token), timeout=timeout, trust_env=not here
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(self, asked: Ask[T]) -> T:
        """What the server answers, tried again while nobody does.

        Raises:
            Problem: it refuses, or nobody answered in time.
        """
        tries = Tries(self._patience_s, again=asked.again)
        while True:
            try:
                response = self._http.request(**asked.as_sent())
                if response.is_success:
                    return read(asked, response)
                problem = problem_of(response)
            except httpx.RequestError as error:
                problem = nobody_answers(self.url, error)
            time.sleep(tries.pause_after(problem))

    @contextmanager
    def streamed(self, asked: Ask[Any]) -> Iterator[httpx.Response]:
        """An answer that is read as it comes."""
        try:
            with self._http.stream(**asked.as_sent(), timeout=self._silence) as response:
                if not response.is_success:
                    response.read()
                    raise problem_of(response)
                yield response
        except httpx.RequestError as error:
            raise nobody_answers(self.url, error) from error


class Listing(Generic[T]):
    """A list: `for` goes over its items, page by page, or over its `pages` with what those tell beside."""

    def __init__(self, connection: Connection, asked: Ask[Page[T]], *, goes_on: str = "cursor") -> None:
        self._connection, self._asked, self._goes_on = connection, asked, goes_on

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[T]]:
        asked = self._asked
        while True:
            page = self._connection.ask(asked)
            yield page
            if page.next is None:
                return
            asked = asked.going_on(**{self._goes_on: page.next})


class Stream(Generic[E]):
    """Events as they come, without end: after a broken connection, a restart or silence it goes on where it was.

    Keep `cursor` with what you made of an event; as `after` it goes on exactly there. `close` it, or use `with`.

    Raises:
        LogReset: the log is another one. Problem: the server refuses to give it.
    """

    def __init__(self, connection: Connection, dossier: str, following: Following[E]) -> None:
        self._connection, self._dossier, self._following = connection, dossier, following
        self._events = self._all()

    @property
    def cursor(self) -> str:
        return self._following.cursor

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> E:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._events.close()

    def _all(self) -> Generator[E, None, None]:
        following = self._following
        while True:
            try:
                if following.cursor == NOW:
                    following.begin(self._connection.ask(asking.get(DossierItem, below(self._dossier))).head or 0)
                with self._connection.streamed(following.asked()) as response:
                    following.opened(response)
                    for chunk in response.iter_bytes():
                        yield from following.read(chunk)
                problem: Problem = ended(self._dossier)
            except Problem as broken:
                problem = broken
            time.sleep(following.pause_after(problem))
