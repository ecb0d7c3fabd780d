"""The queue of wake-ups beside a Redis that hangs or is gone: no call waits, and none is told again."""

import time
from collections.abc import Iterator
from pathlib import Path

import dramatiq
import pytest
from dramatiq.errors import ConnectionClosed

from infrastructure.embedded.valkey import EmbeddedValkey
from infrastructure.wakeup_queue import WakeUpQueue
from tests.interfaces.stopping import stopped_server

QUEUE = "wake-ups"
# Twice what one call may take, and some for a busy machine.
AT_ONCE_S = 4.0


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path)
    yield server
    server.stop()


def test_a_message_that_redis_hears_nothing_more_of_holds_up_nobody(valkey: EmbeddedValkey) -> None:
    queue = WakeUpQueue(valkey.start())
    queue.declare_queue(QUEUE)
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=QUEUE, actor_name="look", args=("d",), kwargs={}, options={}
    )
    for _ in range(3):
        queue.enqueue(message)
    consumer = queue.consume(QUEUE, prefetch=3, timeout=100)
    first, second, third = (next(consumer) for _ in range(3))
    assert first is not None
    assert second is not None
    assert third is not None
    consumer.ack(first)

    def all_at_once() -> None:
        begun = time.monotonic()
        consumer.ack(second)
        consumer.requeue([third])
        with pytest.raises(ConnectionClosed):
            next(consumer)
        consumer.close()
        assert time.monotonic() - begun < AT_ONCE_S

    with stopped_server(valkey):
        all_at_once()
    valkey.stop()
    all_at_once()
