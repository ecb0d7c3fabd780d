"""What it takes to follow a stream without end, apart from the connection: where to go on, and when."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import httpx

from .asking import Ask, backed_off
from .event_stream import Message, Messages
from .events import CloudEvent
from .problems import LogReset, Problem, Unavailable

log = logging.getLogger("kroniek_client")

EVENT_STREAM = "text/event-stream"
LONGEST_PAUSE_S = 10.0
RETRY_S = 1.0
# From where the log ends when it is first reached.
NOW = "now"

E = TypeVar("E", bound=CloudEvent)
OnBroken = Callable[[Problem], None]
OnResumed = Callable[[], None]


class Following(Generic[E]):
    """Keeps the place in a stream over as many connections as it takes: nothing missing, nothing twice.

    `cursor` is the place after what was handed over last, or after a heartbeat since.
    """

    def __init__(
        self,
        event: type[E],
        path: str,
        params: Mapping[str, Any],
        after: int | str,
        on_broken: OnBroken | None,
        on_resumed: OnResumed | None,
    ) -> None:
        self.cursor = str(after)
        self._position = 0 if self.cursor == NOW else position_of(self.cursor)
        self._event = event
        self._path, self._params = path, params
        self._on_broken, self._on_resumed = on_broken, on_resumed
        self._messages = Messages()
        self._retry_s = RETRY_S
        self._failed = 0

    def begin(self, head: int) -> None:
        """Settles what `now` is."""
        self.cursor, self._position = str(head), head

    def asked(self) -> Ask[Any]:
        """The request of the next connection."""
        self._messages = Messages()
        return Ask("GET", self._path, object, {**self._params, "after": self.cursor}, headers={"Accept": EVENT_STREAM})

    def opened(self, response: httpx.Response) -> None:
        if not response.headers.get("content-type", "").startswith(EVENT_STREAM):
            detail = f"{response.request.url} gives no stream of events; is it a Kroniek?"
            raise Problem(response.status_code, {"code": "no_stream", "detail": detail})
        if self._failed and self._on_resumed is not None:
            self._on_resumed()
        elif self._failed:
            log.info("%s: connected again", self._path)

    def read(self, chunk: bytes) -> Iterator[E]:
        """The events that a piece of the stream completes.

        Raises:
            LogReset: the log is another one.
        """
        self._failed = 0
        for message in self._messages.read(chunk):
            if message.retry_ms is not None:
                self._retry_s = message.retry_ms / 1000
            if message.event == "reset":
                raise _reset(message)
            if message.data is None:
                if message.id is not None and position_of(message.id) >= self._position:
                    self.cursor, self._position = message.id, position_of(message.id)
                continue
            event = self._event.model_validate_json(message.data)
            if event.position <= self._position:
                continue
            # Before it is handed over: whoever keeps the cursor keeps it when the event is dealt with.
            self.cursor, self._position = message.id or event.cursor, event.position
            yield event

    def pause_after(self, problem: Problem) -> float:
        """How long to wait before the next connection; raises what trying again does not mend."""
        if problem.status is not None and problem.status < 500 and not isinstance(problem, Unavailable):
            raise problem
        if not self._failed and self._on_broken is not None:
            self._on_broken(problem)
        elif not self._failed:
            log.warning("%s broke off, trying again: %s", self._path, problem)
        pause = max(backed_off(self._failed, self._retry_s, LONGEST_PAUSE_S), problem.retry_after_s or 0)
        self._failed += 1
        return pause


def ended(path: str) -> Unavailable:
    return Unavailable(None, {"code": "stream_ended", "detail": f"the stream of {path} ended"})


def position_of(cursor: str) -> int:
    position = cursor.partition(".")[0]
    if not (position.isascii() and position.isdecimal()):
        raise ValueError(f"{cursor!r} is not a place in a log: a position, or <position>.<8 hex>")
    return int(position)


def _reset(message: Message) -> LogReset:
    try:
        told = json.loads(message.data or "")
        return LogReset(str(told["reason"]), told.get("head"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return LogReset("the log is not the one that was followed")
