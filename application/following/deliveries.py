"""Delivering webhooks: the subscriptions that this process has leased, each with one message under way at a time."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from application.ending import end
from application.following.admission import PROMPT, UNPROVEN, Held, Rooms
from application.following.followable import Followable
from application.following.gathering import Together
from application.following.news import News
from application.following.sending import Epochs, Key, Message, Progress, Sender, Subscriptions
from application.following.shared import SharedNews
from application.following.subscription import Subscription
from application.following.turn import Turn
from application.grants import Grants

LOOK_EACH_S = 1.0
LEASE_S, RENEW_EACH_S = 15.0, 5.0
# Of those that are due in one look, dossiers in turns: as many as could ever find a place, and some that will not.
DUE = 2 * (PROMPT + UNPROVEN)
# Subscriptions whose progress is written in one statement.
WRITTEN = 100
# After a fault of ours. Whatever a receiver does is no fault of ours.
LEFT_ALONE_S = 30.0
PRUNE_EACH_S = 600.0
STOP_WITHIN_S = 8.0

log = structlog.get_logger("webhooks")


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
        grants: Grants,
    ) -> None:
        """`message_of` makes a message of news and of the epoch that it is told in. `grants` say who may still be told.

        `away` are what a database that is away is told by: no fault of ours.
        """
        self._parts = parts
        self._epoch, self._news = "", SharedNews(parts)
        self.subscriptions = subscriptions
        self.sender = sender
        self.epochs = epochs
        self.message_of = message_of
        self.away = away
        self._grants = grants
        self.stopping = False
        self._rooms = Rooms(self._look_soon)
        self._progress = Together(self._write, WRITTEN)
        self._release = Together(self._let_go, WRITTEN)
        self._holder = uuid.uuid4().hex
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._turns: dict[Key, Turn] = {}
        self._left_alone: dict[Key, float] = {}
        # Leases that the database could not take back yet: until it has, nobody goes on with these.
        self._unreleased: list[Subscription] = []
        self._poked: set[str] = set()
        self._again: set[Key] = set()
        self._woken = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._loops = [asyncio.create_task(loop) for loop in (self._look(), self._keep_leases(), self._prune())]

    async def stop(self) -> None:
        """Lets messages under way come to an end, for a while, and lets go of every lease."""
        self.stopping = True
        look = self._loops[0]
        # Whatever it is just leasing it lets go of.
        self._woken.set()
        await asyncio.wait([look], timeout=2)
        look.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=STOP_WITHIN_S)
        await end([*self._tasks.values(), *self._loops])

    def poke(self, dossier_id: str) -> None:
        """Look soon for what is due of a dossier."""
        # Those that are ours may have looked already, and nobody else finds them due.
        self._again.update(key for key in self._tasks if key[0] == dossier_id)
        self._look_soon({dossier_id})

    def _look_soon(self, dossiers: set[str]) -> None:
        self._poked |= dossiers
        self._woken.set()

    async def _look(self) -> None:
        subscriptions, sweep_at = self.subscriptions, time.monotonic()
        while not self.stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), max(0.0, sweep_at - time.monotonic()))
            self._woken.clear()
            poked, self._poked = self._poked, set()
            try:
                if time.monotonic() >= sweep_at:
                    sweep_at = time.monotonic() + LOOK_EACH_S
                    self._news.forget_old()
                    await self._pause_revoked()
                    await subscriptions.release(self._unreleased)
                    self._unreleased.clear()
                    await self._take_up(None)
                elif poked:
                    await self._take_up(poked)
            except Exception as error:
                self._fault("webhooks_sweep_failed", error)

    async def _pause_revoked(self) -> None:
        self._paused(await self.subscriptions.pause_revoked(), "its token was revoked")
        granted, now = await self._grants.known(), self._grants.now()
        vouched = await self.subscriptions.vouched_for()
        unread = [(dossier_id, by) for dossier_id, by in vouched if not granted.reads(by, dossier_id, now)]
        if unread:
            self._paused(await self.subscriptions.pause_unread(unread), "who vouches for it may not read the dossier")

    def _paused(self, keys: set[Key], because: str) -> None:
        for key in keys:
            log.warning("subscription_paused", dossier=key[0], subscription=key[1], because=because)
            if key in self._turns:
                self._turns[key].ours_until = 0.0

    async def _take_up(self, dossiers: set[str] | None) -> None:
        """Whatever is due and finds a place; of some dossiers, or of all."""
        due = await self.subscriptions.due(DUE, dossiers)
        now = time.monotonic()
        self._left_alone = {key: until for key, until in self._left_alone.items() if until > now}
        self._rooms.looked_at(dossiers)
        held: dict[Key, Held] = {}
        for each in due:
            if each.key not in self._tasks and each.key not in self._left_alone:
                place = self._rooms.take(each)
                if place is not None:
                    held[each.key] = place
        try:
            await self.epochs.settled()
            granted = await self._grants.known()
            leased = await self.subscriptions.lease(held, self._holder, LEASE_S)
            if self.stopping:
                await self.subscriptions.release(leased)
                return
            unread = []
            for one in leased:
                if granted.reads(one.vouched_by, one.dossier_id, self._grants.now()):
                    self._tasks[one.key] = asyncio.create_task(self._deliver(one, held.pop(one.key)))
                else:
                    # Until the next look pauses it.
                    self._left_alone[one.key] = now + LOOK_EACH_S
                    unread.append(one)
            await self.subscriptions.release(unread)
        finally:
            for place in held.values():
                place.give_back()

    async def _deliver(self, leased: Subscription, held: Held) -> None:
        key, look_again = leased.key, False
        turn = self._turns[key] = Turn(self, leased, held, time.monotonic() + LEASE_S)
        try:
            look_again = await turn.run()
        except Exception as error:
            if not isinstance(error, self.away):
                self._left_alone[key] = time.monotonic() + LEFT_ALONE_S
            self._fault("delivery_broken_off", error, key)
        finally:
            try:
                await turn.end()
            except self.away:
                self._unreleased.append(leased)
            finally:
                del self._turns[key], self._tasks[key]
                held.give_back()
                if look_again or key in self._again:
                    self._look_soon({key[0]})
                self._again.discard(key)

    def news_in(self, epoch: str) -> SharedNews:
        """What is to be told of the logs of an epoch: of what was read in another one nothing is told any more."""
        if epoch != self._epoch:
            self._epoch, self._news = epoch, SharedNews(self._parts)
        return self._news

    async def write(self, progress: Progress) -> bool:
        """Keep how far one is, together with others. False if it is ours no more: then nothing was kept."""
        return await self._progress.ask(progress)

    async def release(self, leased: Subscription) -> None:
        await self._release.ask(leased)

    async def _write(self, many: Sequence[Progress]) -> list[bool]:
        kept = await self.subscriptions.progress(many)
        return [each.leased.key in kept for each in many]

    async def _let_go(self, many: Sequence[Subscription]) -> list[None]:
        await self.subscriptions.release(many)
        return [None] * len(many)

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
