"""Dramatiq's queue of wake-ups, of which no call waits for a Redis that hangs."""

from collections.abc import Iterable, Sequence
from typing import Any

import dramatiq
import redis
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import ConnectionClosed
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

# A Redis that answers takes milliseconds.
ANSWERS_WITHIN_S = 1.0


class WakeUpQueue(RedisBroker):
    """Each call fails after a second at most, and none is tried twice: whoever was not woken looks by itself."""

    def __init__(self, redis_url: str, middleware: Sequence[dramatiq.Middleware] = ()) -> None:
        pool = redis.ConnectionPool.from_url(
            redis_url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=ANSWERS_WITHIN_S,
            socket_timeout=ANSWERS_WITHIN_S,
        )
        super().__init__(middleware=list(middleware), connection_pool=pool)  # type: ignore[no-untyped-call]

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        return _Consumer(super().consume(queue_name, prefetch, timeout))


class _Consumer(Consumer):
    """What Redis does not hear of a message is not told again: at worst somebody looks a second time.

    Dramatiq would tell it again each five seconds until Redis hears, and a worker that is to end would not.
    """

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def __next__(self) -> MessageProxy | None:
        try:
            return next(self._consumer)
        except (RedisError, OSError) as error:
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]

    def ack(self, message: MessageProxy) -> None:
        self._unless_away(self._consumer.ack, message)

    def nack(self, message: MessageProxy) -> None:
        self._unless_away(self._consumer.nack, message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._unless_away(self._consumer.requeue, messages)

    def close(self) -> None:
        self._unless_away(self._consumer.close)

    def _unless_away(self, tell: Any, *told: Any) -> None:
        try:
            tell(*told)
        except (RedisError, OSError, ConnectionClosed):
            return
