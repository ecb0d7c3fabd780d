"""Wake-ups through Redis: that a dossier's log has moved. Never data; a lost or doubled one costs time only."""

import asyncio
from collections import defaultdict
from contextlib import suppress

import dramatiq
import redis.asyncio
import redis.asyncio.retry
import structlog
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

QUEUE = "read-models"
CATCH_UP = "catch_up"
CHANNEL = "kroniek:moved"
_WOKEN = "kroniek:woken:"
# A flag that nobody cleared (its worker was killed) blocks wake-ups no longer than this.
_FLAG_LASTS_S = 10


class Wakeups:
    """Tells workers and followers that a dossier moved, and lets followers wait for it.

    One message a dossier lies in the workers' queue, until a worker clears the dossier's flag.
    """

    def __init__(self, redis_url: str) -> None:
        # Nothing is tried twice: whoever missed a wake-up looks by itself before a second try would reach it.
        once, at_once = redis.asyncio.retry.Retry(NoBackoff(), 0), {"socket_connect_timeout": 1}
        self._redis = redis.asyncio.from_url(redis_url, retry=once, socket_timeout=2, **at_once)
        self._listener = redis.asyncio.from_url(redis_url, retry=once, **at_once)
        pool = redis.ConnectionPool.from_url(redis_url, retry=Retry(NoBackoff(), 0), socket_timeout=2, **at_once)
        self._broker = RedisBroker(middleware=[], connection_pool=pool)  # type: ignore[no-untyped-call]
        self._broker.declare_queue(QUEUE)
        self._telling: set[str] = set()
        self._again: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._moved: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._reachable = True

    def moved(self, dossier_id: str, position: int) -> None:
        """Say that a dossier moved, without waiting for anybody to hear it."""
        self._wake_here(dossier_id)
        if dossier_id in self._telling:
            self._again.add(dossier_id)
            return
        self._telling.add(dossier_id)
        task = asyncio.get_running_loop().create_task(self._tell(dossier_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, dossier_id: str) -> None:
        try:
            while True:
                self._again.discard(dossier_id)
                await self._tell_once(dossier_id)
                if dossier_id not in self._again:
                    return
        finally:
            self._telling.discard(dossier_id)

    async def _tell_once(self, dossier_id: str) -> None:
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(_WOKEN + dossier_id, 1, nx=True, ex=_FLAG_LASTS_S)
                pipe.publish(CHANNEL, dossier_id)
                first, _ = await pipe.execute()
            if first:
                # Dramatiq's broker blocks; a Redis that hangs must not hold up the requests of this process.
                await asyncio.to_thread(self._enqueue, dossier_id)
            self._reachable = True
        except (RedisError, OSError) as error:
            if self._reachable:
                log.warning("redis_unreachable", error=str(error), consequence="workers look by themselves each second")
            self._reachable = False

    def _enqueue(self, dossier_id: str) -> None:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=QUEUE, actor_name=CATCH_UP, args=(dossier_id,), kwargs={}, options={}
        )
        self._broker.enqueue(message)

    async def clear(self, dossier_id: str) -> None:
        """Before reading the log: a wake-up from here on is a new one."""
        with suppress(RedisError, OSError):
            await self._redis.delete(_WOKEN + dossier_id)

    async def ping(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError):
            return False

    def _wake_here(self, dossier_id: str) -> None:
        event = self._moved.pop(dossier_id, None)
        if event is not None:
            event.set()

    def next_move(self, dossier_id: str) -> asyncio.Event:
        """What is set once the dossier may have moved after now."""
        return self._moved[dossier_id]

    async def listen(self) -> None:
        """Hear of moves that other processes make, for as long as this process lives."""
        while True:
            try:
                async with self._listener.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    async for message in pubsub.listen():
                        self._wake_here(message["data"].decode())
            except (RedisError, OSError):
                await asyncio.sleep(1)

    async def close(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        await self._redis.aclose()
        await self._listener.aclose()
