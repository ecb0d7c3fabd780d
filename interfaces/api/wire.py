"""How requests arrive: uvicorn's own protocol, with a limit to what a head weighs and to how long anything takes.

It is named to uvicorn: `--http interfaces.api.wire:GuardedHttp`.
"""

import asyncio
import json
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

# An extension of ASGI, which has no word for it: `scope["extensions"][BREAK_OFF]["now"]()` ends a connection at once.
BREAK_OFF = "kroniek.break_off"

log = structlog.get_logger("wire")

# Of a request line and all headers. An address that a question needs is far shorter.
LARGEST_HEAD = 32_768
MOST_HEADERS = 100
HEAD_WITHIN_S = 10.0
# A body may take its time, as long as it comes: so many bytes a second on the whole, after so many seconds.
BODY_BEGINS_S = 10.0
SLOWEST_BYTES_S = 4_096
# What stands around a body sent in parts, beside a head's worth: so many bytes for each of its own.
MOST_FRAMING = 8
_LOOK_EVERY_S = 1.0
# In smaller pieces a long head is given up before its parser, which copies what it has, has done much.
_FED_AT_ONCE = 16_384


class GuardedHttp(HttpToolsProtocol):
    """One connection. What it awaits of the client, a head or a body, is there in time, or the connection ends."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_bytes = 0
        self._in_head = True
        # Since when a head, or a body, is awaited; None where nothing is.
        self._awaited_since: float | None = None
        self._body_bytes = 0
        self._framing_bytes = 0
        self._refused = False
        self._arrivals = _arrivals_of(server_state, self.loop)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._awaited_since = self.loop.time()
        self._arrivals.watch(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrivals.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._awaited_since is None:
            # The next request begins; blank lines before it count as its head.
            self._awaited_since = self.loop.time()
        for begin in range(0, len(data), _FED_AT_ONCE):
            if self._refused or self.parser is None or self.transport.is_closing():
                return
            piece = data[begin : begin + _FED_AT_ONCE]
            in_body, had = not self._in_head, self._body_bytes
            if self._in_head:
                self._head_bytes += len(piece)
            super().data_received(piece)
            if in_body and not self._in_head:
                self._framing_bytes += len(piece) - (self._body_bytes - had)
            if self._in_head and self._head_bytes > LARGEST_HEAD:
                self._refuse_head()
            elif self._framing_bytes > LARGEST_HEAD + MOST_FRAMING * self._body_bytes:
                self._refuse(431, "head_too_large", "more stands around the body than in it")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._awaited_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > MOST_HEADERS:
            self._refuse(431, "head_too_large", f"a request has {MOST_HEADERS} headers at most")

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._body_bytes = 0
        self._framing_bytes = 0
        self._awaited_since = self.loop.time()
        if self._head_size() > LARGEST_HEAD:
            self._refuse_head()
        if not self._refused:
            self.scope["extensions"] = {**self.scope.get("extensions", {}), BREAK_OFF: {"now": self.transport.abort}}
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head = True
        self._awaited_since = None
        if not self._refused:
            super().on_message_complete()

    def look(self, now: float) -> None:
        """Ends the connection where what is awaited does not come."""
        if self._awaited_since is None or self._refused or self.transport.is_closing():
            return
        if not self._in_head and self.flow.read_paused:
            # It is we who do not read.
            self._awaited_since += _LOOK_EVERY_S
            return
        waited = now - self._awaited_since
        if self._in_head:
            if waited > HEAD_WITHIN_S:
                self._refuse(408, "too_slow", f"a request's head is here within {HEAD_WITHIN_S:g} s")
        elif waited > BODY_BEGINS_S and self.cycle.response_complete:
            # Answered, and refused, without it.
            self.transport.close()
        elif waited > BODY_BEGINS_S and self._body_bytes < (waited - BODY_BEGINS_S) * SLOWEST_BYTES_S:
            self._refuse(408, "too_slow", f"a body comes at {SLOWEST_BYTES_S:,} bytes a second or more")

    def _refuse_head(self) -> None:
        self._refuse(431, "head_too_large", f"a request's line and headers have {LARGEST_HEAD:,} bytes at most")

    def _refuse(self, status: int, code: str, detail: str) -> None:
        if self._refused:
            return
        self._refused = True
        log.info("request_cut_off", code=code, client=self.client[0] if self.client else None)
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not answering:
            self.transport.write(_problem(status, code, detail))
        self.transport.close()


def _problem(status: int, code: str, detail: str) -> bytes:
    told = {"type": f"urn:kroniek:problem:{code}", "title": code.replace("_", " "), "status": status}
    body = json.dumps({**told, "code": code, "detail": detail}).encode()
    phrase = {408: b"Request Timeout", 431: b"Request Header Fields Too Large"}[status]
    head = (
        b"HTTP/1.1 %d %s" % (status, phrase),
        b"content-type: application/problem+json",
        b"content-length: %d" % len(body),
        b"cache-control: no-store",
        b"connection: close",
    )
    return b"\r\n".join((*head, b"", body))


class _Arrivals:
    """Looks at all connections of a server every second: one timer, however many they are."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.connections: set[GuardedHttp] = set()
        self._loop = loop
        self._looking: asyncio.TimerHandle | None = None

    def watch(self, connection: GuardedHttp) -> None:
        self.connections.add(connection)
        if self._looking is None:
            self._looking = self._loop.call_later(_LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        self._looking = None
        now = self._loop.time()
        for connection in list(self.connections):
            connection.look(now)
        if self.connections:
            self._looking = self._loop.call_later(_LOOK_EVERY_S, self._look)


_watched: WeakKeyDictionary[ServerState, _Arrivals] = WeakKeyDictionary()


def _arrivals_of(server: ServerState, loop: asyncio.AbstractEventLoop) -> _Arrivals:
    if server not in _watched:
        _watched[server] = _Arrivals(loop)
    return _watched[server]
