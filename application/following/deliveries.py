"""Delivering webhooks: the subscriptions that this process has leased, each with one message under way at a time."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

import structlog

from application.delivery import Again, Attempt, Delivered, Ended, Outcome, Paused, after, another_log
from application.following.followable import Followable
from application.following.news import News, NewsStretch, next_news
from application.following.places import CursorReset, LogPlace, place_of
from application.following.subscription import Subscription
from application.watch import EventFilter, read_watch

LOOK_EACH_S = 1.0
LEASE_S, RENEW_EACH_S = 15.0, 5.0
# Progress is written so often. What was delivered since is delivered once more after a crash.
BUNCH, BUNCH_S = 50, 0.2
# One look: so many events, and so many messages of them; few where each is a question asked twice, or where the
# receiver takes its time.
EVENTS, TAKEN, TAKEN_FEW = 500, 50, 5
# Subscriptions in one process, and requests under way to receivers of either sort: the slow wait for the slow only.
AT_ONCE, SENDING = 500, 200
SLOW_MS = 1000
# The pool of connections is shared with the read models, and rules take the processor from everybody else here.
LOOKING, ASKING = 4, 1
# After a fault of ours. Whatever a receiver does is no fault of ours.
LEFT_ALONE_S = 30.0
PRUNE_EACH_S = 600.0
STOP_WITHIN_S = 8.0

Key = tuple[str, str]

log = structlog.get_logger("webhooks")


class Message(NamedTuple):
    """One thing to tell, as it is sent; for one watch and place always the same. `body` is a CloudEvent."""

    place: LogPlace
    type: str
    body: str


class Sender(Protocol):
    async def send(self, url: str, message_id: str, body: str, secrets: Sequence[str]) -> Outcome:
        """One request, signed. Whatever the receiver does is told, never raised."""
        ...


class Subscriptions(Protocol):
    """The subscriptions that workers share: whose turn each is, and how far it is delivered."""

    async def due(self, limit: int) -> list[Key]: ...
    async def due_of(self, dossier_id: str) -> list[Key]: ...

    async def lease(self, dossier_id: str, id_: str, holder: str, seconds: float) -> Subscription | None:
        """Take a subscription for a while; None where it is not due, or somebody else has it."""
        ...

    async def renew(self, leased: Collection[Subscription], seconds: float) -> set[Key]:
        """Those that are still ours, for longer."""
        ...

    async def release(self, leased: Subscription) -> None: ...

    async def progress(self, leased: Subscription, delivered: Sequence[Attempt], position: int, cursor: str) -> bool:
        """Keep how far it is. False where it is ours no more: then nothing was kept."""
        ...

    async def failed(self, leased: Subscription, attempt: Attempt | None, then: Again | Ended | Paused) -> bool:
        """Keep what follows a failure. False where it is ours no more: then nothing was kept."""
        ...

    async def pause_revoked(self) -> set[Key]:
        """Pause those of whoever vouches for them without a token that still holds. The keys of those paused now."""
        ...

    async def prune(self) -> int: ...


class Epochs(Protocol):
    """Whether the log is the one that it was."""

    async def settled(self) -> None:
        """Waits for as long as that is in doubt."""
        ...


class Deliveries:
    """Leases what is due, keeps the leases, and lets go of what is done. All on one event loop."""

    def __init__(
        self,
        parts: Followable,
        subscriptions: Subscriptions,
        sender: Sender,
        epochs: Epochs,
        message_of: Callable[[News, str], Message],
        away: tuple[type[Exception], ...],
    ) -> None:
        """`message_of` makes a message of news and of the epoch that it is told in.

        `away` are what a database that is away is told by: no fault of ours.
        """
        self.parts = parts
        self.subscriptions = subscriptions
        self.sender = sender
        self.epochs = epochs
        self.message_of = message_of
        self.away = away
        self.stopping = False
        self.looking, self.asking = asyncio.Semaphore(LOOKING), asyncio.Semaphore(ASKING)
        self.sending, self.sending_slowly = asyncio.Semaphore(SENDING), asyncio.Semaphore(SENDING)
        self._holder = uuid.uuid4().hex
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._turns: dict[Key, _Turn] = {}
        self._left_alone: dict[Key, float] = {}
        # Leases that the database could not take back yet: until it has, nobody goes on with these.
        self._unreleased: list[Subscription] = []
        self._poked: set[str] = set()
        self._again: set[Key] = set()
        self._woken = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    @property
    def full(self) -> bool:
        return len(self._tasks) >= AT_ONCE

    def start(self) -> None:
        self._loops = [asyncio.create_task(loop) for loop in (self._look(), self._keep_leases(), self._prune())]

    async def stop(self) -> None:
        """Lets messages under way come to an end, for a while, and lets go of every lease."""
        self.stopping = True
        look, *others = self._loops
        look.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=2)
        for task in others:
            task.cancel()
        await asyncio.wait(self._loops)

    def poke(self, dossier_id: str) -> None:
        """Look soon for what is due of a dossier."""
        self._poked.add(dossier_id)
        # Those that are ours may have looked already, and nobody else finds them due.
        self._again.update(key for key in self._tasks if key[0] == dossier_id)
        self._woken.set()

    async def _look(self) -> None:
        subscriptions, sweep_at = self.subscriptions, time.monotonic()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), max(0.0, sweep_at - time.monotonic()))
            self._woken.clear()
            poked, self._poked = self._poked, set()
            try:
                for dossier_id in poked:
                    self._take_up(await subscriptions.due_of(dossier_id))
                if time.monotonic() >= sweep_at:
                    sweep_at = time.monotonic() + LOOK_EACH_S
                    await self._pause_revoked()
                    while self._unreleased:
                        await subscriptions.release(self._unreleased[-1])
                        self._unreleased.pop()
                    if not self.full:
                        self._take_up(await subscriptions.due(AT_ONCE - len(self._tasks)))
            except Exception as error:
                self._fault("webhooks_sweep_failed", error)

    async def _pause_revoked(self) -> None:
        for key in await self.subscriptions.pause_revoked():
            log.warning("subscription_paused", dossier=key[0], subscription=key[1], because="its token was revoked")
            if key in self._turns:
                self._turns[key].ours_until = 0.0

    def _take_up(self, due: Iterable[Key]) -> None:
        now = time.monotonic()
        self._left_alone = {key: until for key, until in self._left_alone.items() if until > now}
        for key in due:
            if not (key in self._tasks or key in self._left_alone or self.full or self.stopping):
                self._tasks[key] = asyncio.create_task(self._deliver(key))

    async def _deliver(self, key: Key) -> None:
        look_again = False
        try:
            await self.epochs.settled()
            leased = await self.subscriptions.lease(*key, self._holder, LEASE_S)
            if leased is not None:
                look_again = await self._turn(key, leased)
        except Exception as error:
            if not isinstance(error, self.away):
                self._left_alone[key] = time.monotonic() + LEFT_ALONE_S
            self._fault("delivery_broken_off", error, key)
        finally:
            del self._tasks[key]
            if look_again or key in self._again:
                self.poke(key[0])
            self._again.discard(key)

    async def _turn(self, key: Key, leased: Subscription) -> bool:
        turn = self._turns[key] = _Turn(self, leased)
        try:
            return await turn.run()
        finally:
            del self._turns[key]
            try:
                await turn.write()
                await self.subscriptions.release(leased)
            except self.away:
                self._unreleased.append(leased)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EACH_S)
            turns, asked_at = list(self._turns.values()), time.monotonic()
            if not turns:
                continue
            try:
                ours = await self.subscriptions.renew([turn.leased for turn in turns], LEASE_S)
            except Exception as error:
                self._fault("leases_not_renewed", error)
                continue
            for turn in turns:
                turn.ours_until = asked_at + LEASE_S if turn.leased.key in ours else 0.0

    async def _prune(self) -> None:
        while True:
            # Spread, so that the workers of an installation do not all come at once.
            await asyncio.sleep(PRUNE_EACH_S * random.uniform(0.5, 1.5))  # noqa: S311
            try:
                await self.subscriptions.prune()
            except Exception as error:
                self._fault("prune_failed", error)

    def _fault(self, what: str, error: Exception, key: Key | None = None) -> None:
        named = {} if key is None else {"dossier": key[0], "subscription": key[1]}
        fault = not isinstance(error, self.away)
        log.warning(what, error=f"{type(error).__name__}: {error}".splitlines()[0], exc_info=fault, **named)


class _Turn:
    """One subscription for as long as it is ours: its messages in order, until there are none or one fails."""

    def __init__(self, of: Deliveries, leased: Subscription) -> None:
        self.leased = leased
        self.ours_until = time.monotonic() + LEASE_S
        self._of = of
        self._watch = read_watch(json.loads(leased.watch))
        self._asks = not isinstance(self._watch, EventFilter)
        # A subscription may begin at a bare position: it is looked for with the first stretch.
        self._place = LogPlace(leased.position, leased.cursor or str(leased.position))
        self._tries, self._failing_since = leased.tries, leased.failing_since
        # Who failed before is taken for slow until it answered.
        self._slow = leased.tries > 0
        self._delivered: list[Attempt] = []
        self._written, self._written_at = leased.position, time.monotonic()

    async def run(self) -> bool:
        """Whether somebody should look at once if there is more: it got on, or was changed from outside."""
        while await self._deliver_stretch():
            if self._slow and self._of.full:
                # Others wait for its place, and longer: it is found due again by the next sweep.
                return False
        return self._place.position > self.leased.position or not self._ours

    @property
    def _ours(self) -> bool:
        return time.monotonic() < self.ours_until and not self._of.stopping

    async def _deliver_stretch(self) -> bool:
        """Whether it is worth our while to go on. What comes after a short stretch is found due like anything new."""
        before, most = self._place.position, TAKEN_FEW if self._asks or self._slow else TAKEN
        try:
            stretch = await self._next(most)
        except CursorReset:
            await self._stop(another_log(self._place.cursor))
            return False
        for news in stretch.news:
            if not await self._deliver(self._of.message_of(news, self.leased.epoch)):
                return False
        self._place = stretch.place
        long = len(stretch.news) >= most or stretch.place.position - before >= EVENTS
        return long and self._ours and await self.write(unless_young=True)

    async def _next(self, most: int) -> NewsStretch:
        """What is to be delivered next.

        Raises:
            CursorReset: the log is not the one that was delivered so far.
        """
        parts, dossier_id = self._of.parts, self.leased.dossier_id
        async with self._of.asking if self._asks else self._of.looking:
            if "." not in self._place.cursor:
                self._place = await place_of(parts.log, dossier_id, self._place.cursor)
            return await next_news(parts, dossier_id, self._watch, self._place, events=EVENTS, at_most=most)

    async def _deliver(self, message: Message) -> bool:
        """One attempt. Whether the next message may follow."""
        leased = self.leased
        message_id = message_id_of(leased.id, message)
        async with self._of.sending_slowly if self._slow else self._of.sending:
            if not self._ours:
                return False
            secrets = leased.signing(datetime.now(UTC))
            outcome = await self._of.sender.send(leased.url, message_id, message.body, secrets)
        self._slow = outcome.duration_ms > SLOW_MS
        attempt = Attempt(message_id, message.place.position, message.type, self._tries + 1, *outcome)
        then = after(attempt, self._failing_since, random.random())  # noqa: S311
        if isinstance(then, Delivered):
            self._tries, self._failing_since = 0, None
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

    async def write(self, *, unless_young: bool = False) -> bool:
        """Keep how far it is. False if it is ours no more: then nothing was kept."""
        young = len(self._delivered) < BUNCH and time.monotonic() - self._written_at < BUNCH_S
        if self._place.position == self._written or (unless_young and young):
            return True
        subscriptions, delivered = self._of.subscriptions, self._delivered
        if not await subscriptions.progress(self.leased, delivered, *self._place):
            self.ours_until = 0.0
            return False
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
