"""Many subscriptions in one process: none waits behind receivers that hang, and all rest on one reading of the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from application.event_log import Append, EventLog, Stored
from application.following.admission import PROMPT, UNPROVEN
from application.following.deliveries import Deliveries
from domain.fields import Personal, StreamRef
from domain.grants import OPERATOR, NewGrant
from domain.source import SourceDetails, SourceRegistered
from infrastructure.webhooks.sender import Sender
from infrastructure.webhooks.targets import Targets
from interfaces.bootstrap import DATABASE_AWAY, Settings, System, running_system
from interfaces.messages.news import message_of
from tests.infrastructure.webhook_receivers import Receiver, answered, raw, running
from tests.interfaces.running import PATIENCE_S

pytestmark = pytest.mark.anyio

# Promised is a second, and `make bench` measures it; a busy machine takes longer, not the 30 s of one that hangs.
SOON_S = 10.0
# More than there are places of either sort, in one dossier.
HANGING = UNPROVEN + PROMPT
TOGETHER = 200


@dataclass
class CountingLog:
    """A log that counts how often it is read."""

    log: EventLog
    reads: list[str] = field(default_factory=list)

    async def stored(self, dossier_id: str, *args: Any, **more: Any) -> Sequence[Stored]:
        self.reads.append(dossier_id)
        return await self.log.stored(dossier_id, *args, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.log, name)


@dataclass
class Desk:
    """A system that delivers, and its dossiers."""

    system: System
    deliveries: Deliveries
    log: CountingLog
    url: str
    appended: int = 0

    async def append(self, dossier: str) -> float:
        """Something to tell. When it was acknowledged, by `time.monotonic`."""
        self.appended += 1
        name = f"{dossier}-{self.appended}"
        event = SourceRegistered(details=SourceDetails(name=Personal(value=name), kind="monitor"))
        await self.log.append([Append(dossier, StreamRef("source", name), 0, [event], "tests", name, b"tests")])
        self.deliveries.poke(dossier)
        return time.monotonic()

    async def subscribe(self, dossier: str, *urls: str) -> None:
        position = await self.log.head(dossier)
        (event,) = await self.system.log.stored(dossier, position - 1, 1)
        for start in range(0, len(urls), 50):
            await asyncio.gather(
                *(
                    self.system.subscriptions.create(
                        dossier, None, url=url, watch="{}", needs_rows=False, name=None, position=position,
                        cursor=event.cursor, created_by="desk",
                    )
                    for url in urls[start : start + 50]
                )
            )  # fmt: skip

    async def run(self, query: str) -> None:
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            await connection.execute(query)


@pytest.fixture
def settings(new_database: Callable[[], str], valkey_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=new_database(), redis_url=valkey_url, data_dir=tmp_path)


@asynccontextmanager
async def delivering(settings: Settings) -> AsyncIterator[Desk]:
    async with running_system(settings) as system, Sender(Targets(embedded=True)) as sender:
        log: Any = CountingLog(system.log)
        parts = replace(system.followable, log=log)
        deliveries = Deliveries(
            parts, system.subscriptions, sender, system.epochs, message_of, DATABASE_AWAY, system.grants
        )
        plain = str(settings.database_url).replace("postgresql+psycopg://", "postgresql://")
        desk = Desk(system, deliveries, log, plain)
        await desk.run(
            "insert into tokens (token_hash, principal, name, named_as, id) values ('x', 'desk', 'd', 'd', 't')"
        )
        for dossier in ("theirs", "ours"):
            await desk.append(dossier)
        await system.grants.grant(None, NewGrant(holder="desk", role="reader"), OPERATOR)
        deliveries.start()
        try:
            yield desk
        finally:
            await deliveries.stop()


async def heard(receiver: Receiver, path: str, least: int = 1) -> float:
    """When so many messages had come to a path."""
    async with asyncio.timeout(PATIENCE_S):
        while sum(each.path == path for each in receiver.received) < least:
            await asyncio.sleep(0.005)
    return time.monotonic()


@pytest.mark.parametrize("proven", [False, True], ids=["never answered", "answered until now"])
async def test_nobody_waits_behind_receivers_that_hang(settings: Settings, proven: bool) -> None:
    async with delivering(settings) as desk, running(answered(204)) as healthy, running(raw(b"")) as hangs:
        await desk.subscribe("ours", healthy.url(path="/proven"))
        await desk.append("ours")
        await heard(healthy, "/proven")
        await desk.subscribe("theirs", *(hangs.url(path=f"/{number}") for number in range(HANGING)))
        if proven:
            await desk.run("update subscriptions set answered_in_ms = 5 where dossier_id = 'theirs'")
        await desk.append("theirs")
        async with asyncio.timeout(PATIENCE_S):
            while hangs.connections < UNPROVEN // 3:
                await asyncio.sleep(0.01)
        # One that is proven, one that is called for the first time, and one of their own dossier elsewhere.
        await desk.subscribe("ours", healthy.url(path="/new"))
        await desk.subscribe("theirs", healthy.url("localhost", path="/theirs"))
        told_at = [await desk.append("ours"), await desk.append("theirs")]
        took = [
            await heard(healthy, "/proven", 2) - told_at[0],
            await heard(healthy, "/new") - told_at[0],
            await heard(healthy, "/theirs") - told_at[1],
        ]
        assert max(took) < SOON_S, took
        # Files and memory have a bound, however many hang.
        assert hangs.connections - hangs.ended <= UNPROVEN + PROMPT // 2
        assert len(hangs.received) < HANGING


async def test_two_hundred_subscriptions_of_a_dossier_read_its_log_once(settings: Settings) -> None:
    async with delivering(settings) as desk, running(answered(204)) as receiver:
        paths = [f"/{number}" for number in range(TOGETHER)]
        await desk.subscribe("ours", *(receiver.url(path=path) for path in paths))
        for round_ in (1, 2):
            before = len(desk.log.reads)
            told_at = await desk.append("ours")
            last = max([await heard(receiver, path, round_) for path in paths])
            assert last - told_at < SOON_S
            assert len(desk.log.reads) - before <= 10, "they share what is read"
        assert len(receiver.received) == 2 * TOGETHER


async def test_who_begins_late_and_who_is_far_behind_are_told_everything_in_order(settings: Settings) -> None:
    async with delivering(settings) as desk, running(answered(204)) as receiver:
        for _ in range(30):
            await desk.append("ours")
        for number in range(20):
            await desk.system.subscriptions.create(
                "ours", None, url=receiver.url(path=f"/{number}"), watch="{}", needs_rows=False, name=None,
                position=number, cursor=None, created_by="desk",
            )  # fmt: skip
        for _ in range(30):
            await desk.append("ours")
        head = await desk.log.head("ours")
        for number in range(20):
            await heard(receiver, f"/{number}", head - number)
        for number in range(20):
            told = [each.headers["webhook-id"].split("_")[1] for each in receiver.received if each.path == f"/{number}"]
            assert told == [str(position) for position in range(number + 1, head + 1)]
