"""The worker: brings read models up to the log, shares in rebuilds and delivers webhooks.

Run as `dramatiq interfaces.worker.main`; with `--queues read-models` or `--queues webhooks` it does only that. It is
woken by messages, and looks by itself each second. A message says only "look": twice or late is harmless, so none is
retried.
"""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import FrameType
from typing import Any

import dramatiq
import structlog
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import AsyncIO, Middleware

from application.delivery import Outcome
from application.ending import end
from application.event_log import Recorded
from application.following.deliveries import Deliveries
from application.following.sending import Sender
from application.following.shared import ASKING, LOOKING
from application.projection import FoldRefused, Rebuild, catch_up, work_on
from infrastructure.wakeup_queue import WakeUpQueue
from infrastructure.wakeups import CATCH_UP, DELIVER, QUEUE, WEBHOOKS
from interfaces.bootstrap import (
    DATABASE_AWAY,
    READ_MODELS,
    Settings,
    System,
    measures,
    redis_url,
    running_system,
    traces,
    turns_at_once,
    webhook_sender,
)
from interfaces.late import LOOK_EACH_S, LateDossiers
from interfaces.messages.news import message_of
from interfaces.process import configure_logging, end_with_the_parent, spare_the_collector
from interfaces.rows_aside import followed_aside

SWEEP_S = 1.0
# Sweeps between looks for what changes slowly: builds to replace or delete, dossiers that stand still.
SELDOM = 30
IDLE_WAIT_MS = 100

log = structlog.get_logger("worker")
settings = Settings()
configure_logging(settings)


class Measured:
    """A sender of which each attempt is measured, and told as a span where somebody asked for them."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def send(self, url: str, message_id: str, body: str, secrets: Sequence[str]) -> Outcome:
        outcome = await self._sender.send(url, message_id, body, secrets)
        taken = outcome.status is not None and 200 <= outcome.status < 300
        told = measures.delivery_seconds.labels("delivered" if taken else "failed")
        told.observe(outcome.duration_ms / 1000)
        if traces.told():
            about = {"webhook_id": message_id, "outcome": outcome.error or str(outcome.status)}
            # Of an answer that changed it is not one request that did it.
            correlation_id = json.loads(body).get("correlationid")
            traces.spanned("deliver", [correlation_id], about, outcome.duration_ms / 1000)
        return outcome


class Running(Middleware):
    """The system that this process works with, and its sweep for wake-ups that were lost."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._queues = frozenset({QUEUE, WEBHOOKS})
        self._sweeping: asyncio.Task[None] | None = None
        self._beside: asyncio.Task[None] | None = None
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._turns = asyncio.Semaphore(turns_at_once(settings))
        self._advancing: set[asyncio.Task[None]] = set()
        self.late = LateDossiers()
        self._looked_at = 0.0
        self.system: System | None = None
        self.deliveries: Deliveries | None = None

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        end_with_the_parent()

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        # An idle worker looks into its queue so often; by default a message waits for up to a second.
        worker.worker_timeout = min(worker.worker_timeout, IDLE_WAIT_MS)
        # What the command line left of them (`--queues`).
        self._queues &= worker.consumer_whitelist or self._queues

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        _end_at_the_second_signal()
        if settings.metrics_port is not None:
            measures.serve(settings.metrics_host, settings.metrics_port)
        _on_the_loop(self._start())

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        _on_the_loop(self._stop())

    async def _start(self) -> None:
        self._sweeping = asyncio.create_task(self._sweep())

    async def _stop(self) -> None:
        # First what begins others.
        await end([self._sweeping])
        await end([self._beside, *self._advancing])
        if self.deliveries is not None:
            await self.deliveries.stop()
        await self._stack.aclose()
        traces.end()

    async def _sweep(self) -> None:
        rounds = 0
        while True:
            try:
                # Here, and not once at the start: the database may come later than we do.
                system = self.system or await self._begin()
                if QUEUE in self._queues:
                    await self._sweep_read_models(system, seldom=rounds % SELDOM == 0)
            except Exception as error:
                _failed("sweep_failed", error)
            rounds += 1
            await asyncio.sleep(SWEEP_S)

    async def _begin(self) -> System:
        # First what a setting can be wrong for.
        sender = webhook_sender(settings) if WEBHOOKS in self._queues else None
        spare_the_collector()
        traces.begin("kroniek-worker")
        system = await self._stack.enter_async_context(running_system(settings))
        if sender is not None:
            followed = followed_aside(settings, system, connections=LOOKING + ASKING)
            self.deliveries = Deliveries(
                await self._stack.enter_async_context(followed),
                system.subscriptions,
                Measured(await self._stack.enter_async_context(sender)),
                system.epochs,
                message_of,
                DATABASE_AWAY,
                system.grants,
            )
            self.deliveries.start()
        self.system = system
        log.info("worker_ready", queues=sorted(self._queues))
        if not self._queues:
            log.error("worker_without_work", because=f"its queues are none of {QUEUE}, {WEBHOOKS}")
        return system

    async def _sweep_read_models(self, system: System, *, seldom: bool) -> None:
        for dossier_id in await system.pictures.behind():
            self._advance_soon(dossier_id, "sweep")
        if seldom:
            for dossier_id in await system.pictures.outdated():
                self._advance_soon(dossier_id, "a new release")
            await _tell_who_stands_still(system)
        await self._look_who_is_late(system)
        self.work_beside(sweep=seldom)

    async def _look_who_is_late(self, system: System) -> None:
        if time.monotonic() - self._looked_at < LOOK_EACH_S:
            return
        self._looked_at = time.monotonic()
        if any(late.stands_still is None for late in await self.late.look(system)):
            # Somebody may have its turn and hang in it.
            ended = await system.pictures.end_stuck(2 * settings.idle_transaction_s)
            if ended:
                log.warning("stuck_turns_ended", connections=ended)

    def _advance_soon(self, dossier_id: str, woken_by: str) -> None:
        """Side by side: one that has to wait for something makes no other wait."""
        if dossier_id in self._busy:
            return
        task = asyncio.create_task(self.advance_or_tell(dossier_id, woken_by))
        self._advancing.add(task)
        task.add_done_callback(self._advancing.discard)

    async def advance_or_tell(self, dossier_id: str, woken_by: str) -> None:
        try:
            await self.advance(dossier_id, woken_by)
        except Exception as error:
            # Whatever it was, the sweep comes by again in a second.
            _failed("catch_up_failed", error, dossier=dossier_id)

    def work_beside(self, *, sweep: bool = False) -> None:
        """Share in the rebuilds under way, and delete what nobody asks any more: for long, so beside all else."""
        if self.system is not None and (self._beside is None or self._beside.done()):
            self._beside = asyncio.create_task(self._work_beside(self.system, sweep))

    async def _work_beside(self, system: System, sweep: bool) -> None:
        try:
            for found in await system.pictures.rebuilds.under_way():
                for model in READ_MODELS:
                    # Builds of another release are for its own workers; a refused one is for whoever begins it again.
                    if (model.name, model.version) == (found.read_model, found.version) and found.refused is None:
                        build = Rebuild(found.dossier_id, model, found.generation, len(found.positions))
                        await work_on(system.log, system.pictures, build)
            if sweep:
                await system.pictures.rebuilds.sweep_retired()
        except FoldRefused as refused:
            log.error("rebuild_refused", because=str(refused))
        except Exception as error:
            _failed("rebuild_failed", error)

    async def advance(self, dossier_id: str, woken_by: str) -> None:
        """Bring one dossier's read models to the end of its log.

        Whoever finds this process at it leaves it at that: the dossier is then looked at once more.
        """
        if self.system is None:
            # The sweep takes it up as soon as the system runs.
            return
        if dossier_id in self._busy:
            self._again.add(dossier_id)
            return
        self._busy.add(dossier_id)
        try:
            async with self._turns:
                await self._advance(self.system, dossier_id, woken_by)
                while dossier_id in self._again:
                    self._again.discard(dossier_id)
                    await self._advance(self.system, dossier_id, woken_by)
        finally:
            self._busy.discard(dossier_id)
            self._again.discard(dossier_id)

    async def _advance(self, system: System, dossier_id: str, woken_by: str) -> None:
        begun = time.perf_counter()
        # Before the log is read, whoever looks: an append from here on sends a wake-up of its own.
        await system.wakeups.clear(dossier_id)

        def tell(batch: Sequence[Recorded]) -> None:
            nonlocal begun
            log.info(
                "batch",
                dossier=dossier_id,
                events=len(batch),
                position=batch[-1].position,
                duration_ms=round((time.perf_counter() - begun) * 1000, 1),
                woken_by=woken_by,
                # Of the requests that the events came with: enough to find a small batch by.
                request_ids=list(dict.fromkeys(recorded.correlation_id for recorded in batch))[:5],
            )
            took_s = time.perf_counter() - begun
            measures.turn_seconds.observe(took_s)
            about: dict[str, str | int] = {
                "dossier": dossier_id, "position": batch[-1].position, "events": len(batch)
            }  # fmt: skip
            traces.spanned("fold", [recorded.correlation_id for recorded in batch], about, took_s)
            measures.turn_events.observe(len(batch))
            begun = time.perf_counter()
            system.wakeups.advanced(dossier_id)
            if self.deliveries is not None:
                # Ourselves too: the message goes to any worker, and to none while Redis is away.
                self.deliveries.poke(dossier_id)

        await catch_up(system.log, system.pictures, READ_MODELS, dossier_id, on_batch=tell)
        await _tell_who_stands_still(system, dossier_id)


def _failed(what: str, error: Exception, **more: str) -> None:
    fault = not isinstance(error, DATABASE_AWAY)
    log.warning(what, error=f"{type(error).__name__}: {error}".splitlines()[0], exc_info=fault, **more)


async def _tell_who_stands_still(system: System, dossier_id: str | None = None) -> None:
    for standing, because in await system.pictures.standing_still(dossier_id):
        log.error("dossier_stands_still", dossier=standing, because=because)


def _end_at_the_second_signal() -> None:
    """Whoever asks twice, as the kernel does when our parent was killed, does not wait for a database that is gone.

    Dramatiq would leave the main thread alone, and its other threads would keep the process for good.
    """
    first_time = signal.getsignal(signal.SIGTERM)
    if not callable(first_time) or threading.current_thread() is not threading.main_thread():
        return
    asked = False

    def asked_to_stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            # What was under way is undone by the database, and done again by the next worker.
            os._exit(1)
        asked = True
        first_time(number, frame)

    signal.signal(signal.SIGTERM, asked_to_stop)


def _on_the_loop(coroutine: Any) -> None:
    thread = get_event_loop_thread()
    assert thread is not None, "the AsyncIO middleware comes first"
    thread.run_coroutine(coroutine)


running = Running()
broker = WakeUpQueue(redis_url(settings), [AsyncIO(), running])
dramatiq.set_broker(broker)


@dramatiq.actor(actor_name=CATCH_UP, queue_name=QUEUE)
async def catch_up_dossier(dossier_id: str) -> None:
    running.work_beside()
    await running.advance_or_tell(dossier_id, "message")


@dramatiq.actor(actor_name=DELIVER, queue_name=WEBHOOKS)
async def deliver_dossier(dossier_id: str) -> None:
    """Returns at once: whoever waited here for an endpoint would hold up the messages after it."""
    if running.system is not None and running.deliveries is not None:
        await running.system.wakeups.clear_delivery(dossier_id)
        running.deliveries.poke(dossier_id)
