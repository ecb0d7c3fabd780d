"""A stream to one client: held back by what it takes, ended where it may be read no more, one of so many at a time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import anyio
import structlog
from fastapi import Request
from sse_starlette import EventSourceResponse
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from application.following.places import LogPlace
from interfaces.api.access import still_reads
from interfaces.api.errors import TooManyStreams, refused
from interfaces.api.wire import BREAK_OFF
from interfaces.bootstrap import DATABASE_AWAY

log = structlog.get_logger("events")

# Who takes nothing for so long is cut off, and comes back with the last id that it handled.
SLOWEST_S = 30.0
LOOK_FOR_REVOCATION_S = 0.4


class OpenStreams:
    """How many streams each client has at this process: whose token it is, or without one, whose address."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def one_more(self, client: str) -> Iterator[None]:
        """Raises TooManyStreams."""
        if self._open[client] >= self.most:
            raise TooManyStreams(f"you have {self.most:,} streams open here, and that is the limit: end one first")
        self._open[client] += 1
        try:
            yield
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]


class Streams(Protocol):
    """What is told to one client, and the place up to which it was told."""

    dossier_id: str
    place: LogPlace

    def chunks(self, cursor: str) -> AsyncIterator[bytes]: ...


class Streamed(EventSourceResponse):
    """A stream to one client, held back by what that takes, and broken off where it takes nothing.

    It ends when whoever asked for it may read the dossier no more. `viewer` is who that is.
    """

    def __init__(self, request: Request, follower: Streams, cursor: str, viewer: str | None) -> None:
        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        super().__init__(follower.chunks(cursor), ping=0, send_timeout=SLOWEST_S, headers=headers)
        self._follower = follower
        self._may_read = still_reads(request)
        self._streams: OpenStreams = request.app.state.open_streams
        self._client = viewer or f"at {request.client.host if request.client else 'nowhere'}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["state"].get("head_only"):
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b""})
            return
        try:
            with self._streams.one_more(self._client):
                await self._stream(scope, receive, send)
        except TooManyStreams as refusal:
            await refused(refusal)(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        follower = self._follower
        with anyio.CancelScope() as while_it_holds:
            revoked = asyncio.create_task(self._end_when_revoked(while_it_holds))
            try:
                await super().__call__(scope, receive, send)
            except SendTimeoutError:
                log.warning("slow_reader_cut_off", dossier=follower.dossier_id, position=follower.place.position)
                await _break_off(scope, receive)
            finally:
                revoked.cancel()
        if while_it_holds.cancelled_caught:
            log.info("stream_of_revoked_token_ended", dossier=follower.dossier_id, position=follower.place.position)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _end_when_revoked(self, stream: anyio.CancelScope) -> None:
        while True:
            await asyncio.sleep(LOOK_FOR_REVOCATION_S)
            # A database that is away tells nothing of it.
            with suppress(*DATABASE_AWAY):
                if not await self._may_read():
                    stream.cancel()
                    return


async def _break_off(scope: Scope, receive: Receive) -> None:
    """Ends a connection whose client takes nothing: a server that closes one waits for all to be taken."""
    if BREAK_OFF in scope.get("extensions", {}):
        scope["extensions"][BREAK_OFF]["now"]()
        while (await receive())["type"] != "http.disconnect":
            pass
