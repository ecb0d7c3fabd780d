"""What one process tells through Redis another one hears, by one line that it keeps."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import redis.asyncio

from infrastructure import wakeups
from infrastructure.wakeups import Wakeups

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def telling_and_hearing(url: str) -> AsyncIterator[tuple[Wakeups, Wakeups]]:
    telling, hearing = Wakeups(url), Wakeups(url)
    hearing.listen()
    try:
        yield telling, hearing
    finally:
        await telling.close()
        await hearing.close()


async def line(url: str) -> str:
    """The one connection of this address that hears of moves, once there is one.

    The server lists everybody's, also those of tests before that it has not missed yet.
    """
    (name,) = parse_qs(urlsplit(url).query)["client_name"]
    async with redis.asyncio.from_url(url) as client, asyncio.timeout(10):
        while True:
            clients = [each for each in await client.client_list() if each["name"] == name]
            subscribed = [each["id"] for each in clients if int(each["sub"])]
            if subscribed:
                (id,) = subscribed
                return str(id)
            await asyncio.sleep(0.005)


@pytest.fixture
def url(valkey_url: str) -> str:
    return f"{valkey_url.replace('db=0', 'db=3')}&client_name={uuid4().hex}"


async def test_another_process_hears_of_every_move_and_advance(url: str) -> None:
    async with telling_and_hearing(url) as (telling, hearing):
        heard_by = await line(url)
        for position in range(1, 6):
            moved, advanced = hearing.next_move("d"), hearing.next_advance("d")
            telling.moved("d", position)
            telling.advanced("d")
            async with asyncio.timeout(5):
                await moved.wait()
                await advanced.wait()
        assert await line(url) == heard_by


async def test_a_line_that_is_silent_is_asked_and_kept(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeups, "SILENT_S", 0.02)
    async with telling_and_hearing(url) as (telling, hearing):
        heard_by = await line(url)
        await asyncio.sleep(0.3)
        assert await line(url) == heard_by
        heard = hearing.next_move("d")
        telling.moved("d", 1)
        async with asyncio.timeout(5):
            await heard.wait()


async def test_listening_ends_although_a_cancellation_was_lost(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[str] = []

    async def loses_one(self: Wakeups, pubsub: object) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if lost:
                raise
            lost.append("the first")

    monkeypatch.setattr(Wakeups, "_hear", loses_one)
    async with asyncio.timeout(10):
        async with telling_and_hearing(url):
            await line(url)
    assert lost
