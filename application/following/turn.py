"""A turn: one subscription that this process has leased, message after message."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import structlog

from application.delivery import SLOW_MS, Attempt, Delivered, Ended, Paused, after, another_log
from application.following.admission import Held
from application.following.news import News
from application.following.places import CursorReset, LogPlace
from application.following.sending import Message, Progress, Sender, Subscriptions
from application.following.shared import SharedNews
from application.following.subscription import Subscription
from application.watch import EventFilter, read_watch

# Progress is written so often. What was delivered since is delivered once more after a crash.
BUNCH, BUNCH_S = 50, 0.2
# So many messages of one look; few where each is a question asked twice, or where the receiver takes its time.
TAKEN, TAKEN_FEW = 50, 5

log = structlog.get_logger("webhooks")


class Outlet(Protocol):
    """What turns of one process have together."""

    subscriptions: Subscriptions
    sender: Sender
    message_of: Callable[[News, str], Message]
    stopping: bool

    def news_in(self, epoch: str) -> SharedNews:
        """What is to be told of the logs of an epoch."""
        ...

    async def write(self, progress: Progress) -> bool: ...

    async def release(self, leased: Subscription) -> None: ...


class Turn:
    """One subscription for as long as it is ours: its messages in order, until there are none or one fails.

    `ours_until` is by `time.monotonic`; whoever renews the lease moves it on.
    """

    def __init__(self, of: Outlet, leased: Subscription, held: Held, ours_until: float) -> None:
        self.leased = leased
        self.ours_until = ours_until
        self._held = held
        self._of = of
        self._watch = read_watch(json.loads(leased.watch))
        self._asks = not isinstance(self._watch, EventFilter)
        # A subscription may begin at a bare position: it is looked for with the first stretch.
        self._place = LogPlace(leased.position, leased.cursor or str(leased.position))
        self._tries, self._failing_since = leased.tries, leased.failing_since
        self._delivered: list[Attempt] = []
        self._released = False
        self._written, self._written_at = leased.position, time.monotonic()

    async def run(self) -> bool:
        """Whether somebody should look at once if there is more: it got on, or was changed from outside."""
        while await self._deliver_stretch():
            if self._held.wanted:
                # Others wait for its place, and longer: it is found due like them.
                break
        return self._place.position > self.leased.position or not self._ours

    @property
    def _ours(self) -> bool:
        return time.monotonic() < self.ours_until and not self._of.stopping

    async def _deliver_stretch(self) -> bool:
        """Whether it is worth our while to go on. What comes after a short stretch is found due like anything new."""
        most = TAKEN if self._held.prompt and not self._asks else TAKEN_FEW
        shared = self._of.news_in(self.leased.epoch)
        try:
            if "." not in self._place.cursor:
                self._place = await shared.place_of(self.leased.dossier_id, self._place.cursor)
            ahead = await shared.after(self.leased.dossier_id, self._watch, self._place, most)
        except CursorReset:
            await self._stop(another_log(self._place.cursor))
            return False
        for news in ahead.news:
            if not await self._deliver(self._of.message_of(news, self.leased.epoch)):
                return False
        self._place = ahead.place
        return ahead.more and self._ours and await self.write(unless_young=True)

    async def _deliver(self, message: Message) -> bool:
        """One attempt. Whether the next message may follow."""
        leased = self.leased
        message_id = message_id_of(leased.id, message)
        if not self._ours:
            return False
        # Whoever keeps us waiting keeps no place of those who answer soon.
        late = asyncio.get_running_loop().call_later(SLOW_MS / 1000, lambda: self._held.move(prompt=False))
        try:
            outcome = await self._of.sender.send(
                leased.url, message_id, message.body, leased.signing(datetime.now(UTC))
            )
        finally:
            late.cancel()
        attempt = Attempt(message_id, message.place.position, message.type, self._tries + 1, *outcome)
        then = after(attempt, self._failing_since, random.random())  # noqa: S311
        if isinstance(then, Delivered):
            self._tries, self._failing_since = 0, None
            self._held.move(prompt=outcome.duration_ms <= SLOW_MS)
            self._delivered.append(attempt)
            self._place = message.place
            return await self.write(unless_young=True)
        if await self.write() and await self._of.subscriptions.failed(leased, attempt, then):
            self._tell("delivery_failed", position=message.place.position, attempt=attempt.number, because=then.because)
        if isinstance(then, Ended | Paused):
            self._tell_stopped(then)
        return False

    async def _stop(self, because: Paused) -> None:
        if await self.write() and await self._of.subscriptions.failed(self.leased, None, because):
            self._tell_stopped(because)

    async def end(self) -> None:
        """Keep how far it is, and let go of the lease."""
        await self.write(release=True)
        if not self._released:
            await self._of.release(self.leased)

    async def write(self, *, unless_young: bool = False, release: bool = False) -> bool:
        """Keep how far it is. False if it is ours no more: then nothing was kept."""
        young = len(self._delivered) < BUNCH and time.monotonic() - self._written_at < BUNCH_S
        if self._place.position == self._written or (unless_young and young):
            return True
        delivered = self._delivered
        if not await self._of.write(Progress(self.leased, delivered, self._place, release)):
            self.ours_until = 0.0
            return False
        self._released = release
        if delivered:
            took_ms = round((time.monotonic() - self._written_at) * 1000, 1)
            self._tell("delivered", messages=len(delivered), position=self._place.position, duration_ms=took_ms)
        self._delivered, self._written, self._written_at = [], self._place.position, time.monotonic()
        return True

    def _tell_stopped(self, then: Ended | Paused) -> None:
        what = "subscription_ended" if isinstance(then, Ended) else "subscription_paused"
        log.warning(what, dossier=self.leased.dossier_id, subscription=self.leased.id, because=then.because)

    def _tell(self, what: str, **more: object) -> None:
        log.info(what, dossier=self.leased.dossier_id, subscription=self.leased.id, **more)


def message_id_of(subscription: str, message: Message) -> str:
    """The same over every attempt and replay, another for another event: `<subscription>_<position>_<8 hex>`."""
    # What is signed is split at its dots.
    return f"{subscription}_{message.place.cursor}".replace(".", "_")
