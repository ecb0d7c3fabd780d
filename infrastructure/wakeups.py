"""Wake-ups through Redis: a dossier's log moved, or its read models. Never data; a lost or doubled one costs time."""

import asyncio
import time
from collections import defaultdict
from typing import NamedTuple

import dramatiq
import redis.asyncio
import redis.asyncio.retry
import structlog
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from application.ending import end
from infrastructure.wakeup_queue import ANSWERS_WITHIN_S, WakeUpQueue

log = structlog.get_logger(__name__)

QUEUE = "read-models"
CATCH_UP = "catch_up"
WEBHOOKS = "webhooks"
DELIVER = "deliver_dossier"


class _News(NamedTuple):
    """What is told of a dossier: to whoever listens on a channel, and to one worker by a message.

    A flag that nobody cleared (its worker was killed) blocks wake-ups no longer than it lasts.
    """

    channel: str
    flag: str
    flag_lasts_s: int
    queue: str
    actor: str


_MOVED = _News("kroniek:moved", "kroniek:woken:", 10, QUEUE, CATCH_UP)
# Where no worker delivers, a message is left in the queue each time that the flag runs out.
_ADVANCED = _News("kroniek:advanced", "kroniek:delivering:", 600, WEBHOOKS, DELIVER)


# One that hangs costs `ANSWERS_WITHIN_S` once, and then nobody asks it for a while.
LEFT_ALONE_S = 3.0
# A line that says nothing for so long is asked whether anybody is there.
SILENT_S = 10.0


class _Breaker:
    """Whether it is worth while to ask: after a failure nobody does for a while, and then one who finds out."""

    def __init__(self) -> None:
        self.closed = True
        self._left_alone_until = 0.0

    def may_ask(self) -> bool:
        if self.closed:
            return True
        now = time.monotonic()
        if now < self._left_alone_until:
            return False
        self._left_alone_until = now + LEFT_ALONE_S
        return True

    def failed(self, error: Exception) -> None:
        if self.closed:
            log.warning("redis_unreachable", error=str(error), consequence="workers look by themselves each second")
        self.closed = False
        self._left_alone_until = time.monotonic() + LEFT_ALONE_S

    def answered(self) -> None:
        if not self.closed:
            log.info("redis_reachable")
        self.closed = True


class Wakeups:
    """Tells workers and followers that a dossier moved, and lets followers wait for it.

    One message a dossier lies in a queue of the workers, until a worker clears the dossier's flag.
    """

    def __init__(self, redis_url: str) -> None:
        # Nothing is tried twice: whoever missed a wake-up looks by itself before a second try would reach it.
        once = redis.asyncio.retry.Retry(NoBackoff(), 0)
        limits = {"socket_connect_timeout": ANSWERS_WITHIN_S, "socket_timeout": ANSWERS_WITHIN_S}
        self._redis = redis.asyncio.from_url(redis_url, retry=once, **limits)
        self._listener = redis.asyncio.from_url(redis_url, retry=once, **limits)
        self._broker = WakeUpQueue(redis_url)
        for news in (_MOVED, _ADVANCED):
            self._broker.declare_queue(news.queue)
        self._telling: set[tuple[_News, str]] = set()
        self._again: set[tuple[_News, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None
        self._awaited: defaultdict[tuple[str, str], asyncio.Event] = defaultdict(asyncio.Event)
        self._breaker = _Breaker()

    def moved(self, dossier_id: str, position: int) -> None:
        """Say that a dossier's log moved, without waiting for anybody to hear it."""
        self._say(_MOVED, dossier_id)

    def advanced(self, dossier_id: str) -> None:
        """Say that a dossier's read models advanced, or that there is something new to deliver of it."""
        self._say(_ADVANCED, dossier_id)

    def _say(self, news: _News, dossier_id: str) -> None:
        self._wake_here(news.channel, dossier_id)
        if (news, dossier_id) in self._telling:
            self._again.add((news, dossier_id))
            return
        self._telling.add((news, dossier_id))
        task = asyncio.get_running_loop().create_task(self._tell(news, dossier_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, news: _News, dossier_id: str) -> None:
        try:
            while True:
                self._again.discard((news, dossier_id))
                await self._tell_once(news, dossier_id)
                if (news, dossier_id) not in self._again:
                    return
        finally:
            self._telling.discard((news, dossier_id))

    async def _tell_once(self, news: _News, dossier_id: str) -> None:
        if not self._breaker.may_ask():
            return
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(news.flag + dossier_id, 1, nx=True, ex=news.flag_lasts_s)
                pipe.publish(news.channel, dossier_id)
                first, _ = await pipe.execute()
            if first:
                # Dramatiq's broker blocks; a Redis that hangs must not hold up the requests of this process.
                await asyncio.to_thread(self._enqueue, news, dossier_id)
            self._breaker.answered()
        except (RedisError, OSError) as error:
            self._breaker.failed(error)

    def _enqueue(self, news: _News, dossier_id: str) -> None:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=news.queue, actor_name=news.actor, args=(dossier_id,), kwargs={}, options={}
        )
        self._broker.enqueue(message)

    async def clear(self, dossier_id: str) -> None:
        """Before reading the log: a wake-up from here on is a new one."""
        await self._clear(_MOVED, dossier_id)

    async def clear_delivery(self, dossier_id: str) -> None:
        """Before looking for what is to be delivered: a wake-up from here on is a new one."""
        await self._clear(_ADVANCED, dossier_id)

    async def _clear(self, news: _News, dossier_id: str) -> None:
        if not self._breaker.may_ask():
            return
        try:
            await self._redis.delete(news.flag + dossier_id)
            self._breaker.answered()
        except (RedisError, OSError) as error:
            self._breaker.failed(error)

    async def ping(self) -> bool:
        """Whether Redis answers, or answered when somebody last found out."""
        if not self._breaker.may_ask():
            return False
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
        else:
            self._breaker.answered()
        return self._breaker.closed

    def _wake_here(self, channel: str, dossier_id: str) -> None:
        event = self._awaited.pop((channel, dossier_id), None)
        if event is not None:
            event.set()

    def next_move(self, dossier_id: str) -> asyncio.Event:
        """What is set once the dossier's log may have moved after now."""
        return self._awaited[_MOVED.channel, dossier_id]

    def next_advance(self, dossier_id: str) -> asyncio.Event:
        """What is set once the dossier's read models may have advanced after now."""
        return self._awaited[_ADVANCED.channel, dossier_id]

    def listen(self) -> None:
        """Hear of what other processes tell, until this is closed."""
        self._listening = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            try:
                async with self._listener.pubsub() as pubsub:
                    await pubsub.subscribe(_MOVED.channel, _ADVANCED.channel)
                    while True:
                        await self._hear(pubsub)
            except (RedisError, OSError):
                await asyncio.sleep(1)

    async def _hear(self, pubsub: redis.asyncio.client.PubSub) -> None:
        """One message, if there is one soon; else whether anybody is there to send one.

        That we are subscribed is told by a message too: who left it out could not tell it from silence.
        """
        message = await pubsub.get_message(timeout=SILENT_S)
        if message is None:
            await pubsub.ping()
            message = await pubsub.get_message(timeout=ANSWERS_WITHIN_S)
            if message is None:
                raise redis.exceptions.TimeoutError("nothing is heard of it")
        if message["type"] == "message":
            self._wake_here(message["channel"].decode(), message["data"].decode())

    async def close(self) -> None:
        # One cancellation may be lost in the client, where it is just connecting; it has nothing to put away.
        await end([self._listening], again_after_s=0.2)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        await self._redis.aclose()
        await self._listener.aclose()
