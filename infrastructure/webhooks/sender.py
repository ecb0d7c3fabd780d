"""Sending webhooks: signed by Standard Webhooks, to addresses checked at each connection, bounded in time and size."""

import asyncio
import importlib.metadata
import re
import ssl
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpcore
import httpx
from standardwebhooks import Webhook

from application.delivery import SAY_WHEN, Outcome, TargetRefused
from infrastructure.webhooks.targets import Targets, why

# Of a response: what is read, and what is kept.
MOST_RESPONSE_BYTES = 64 * 1024
KEPT_CHARACTERS = 1_000
_KEPT_BYTES = 4 * KEPT_CHARACTERS
# A receiver that is written to now and then keeps its connection.
_KEPT_CONNECTIONS = 100
_KEPT_FOR_S = 30.0


class Sender:
    """Sends messages, many at once; connections to a receiver are kept for the next one.

    `ca_file` holds the certificates of whoever signs receivers' certificates, in place of the usual ones. A connection
    must stand within `connect_s` seconds, a message be answered within `exchange_s`.
    """

    def __init__(
        self, targets: Targets, *, ca_file: Path | None = None, connect_s: float = 5.0, exchange_s: float = 20.0
    ) -> None:
        self._targets = targets
        self._connect_s = connect_s
        self._exchange_s = exchange_s
        tls = ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context(trust_env=False)
        self._connections = _Connections(tls, _CheckedConnections(targets, connect_s))
        self._headers = [
            ("content-type", "application/cloudevents+json; charset=utf-8"),
            ("accept-encoding", "identity"),
            ("user-agent", f"kroniek/{importlib.metadata.version('kroniek')}"),
        ]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._connections.close()

    async def send(self, url: str, message_id: str, body: str, secrets: Sequence[str]) -> Outcome:
        """One request, signed with each secret. Whatever becomes of it is told, nothing is raised."""
        at, began = datetime.now(UTC), time.monotonic()
        answer = _Answer()
        try:
            async with asyncio.timeout(self._exchange_s):
                await self._exchange(url, self._signed(message_id, at, body, secrets), body.encode(), answer)
        except TargetRefused as refused:
            answer.error = f"not sent: {refused.message}"
        except TimeoutError:
            answer.error = f"no answer within {self._exchange_s:g} s" if answer.status is None else None
        except httpcore.ConnectTimeout:
            answer.error = f"no connection within {self._connect_s:g} s"
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            # With a status the receiver has said what we ask for, whatever becomes of the rest.
            answer.error = _why(error) if answer.status is None else None
        return Outcome(
            at,
            round((time.monotonic() - began) * 1000),
            answer.status,
            answer.error or answer.redirect,
            answer.text,
            answer.retry_after_s,
        )

    def _signed(self, message_id: str, at: datetime, body: str, secrets: Sequence[str]) -> list[tuple[str, str]]:
        signatures = [Webhook(secret).sign(msg_id=message_id, timestamp=at, data=body) for secret in secrets]
        return [
            *self._headers,
            ("webhook-id", message_id),
            ("webhook-timestamp", str(int(at.timestamp()))),
            ("webhook-signature", " ".join(signatures)),
        ]

    async def _exchange(self, url: str, headers: list[tuple[str, str]], body: bytes, answer: "_Answer") -> None:
        # Again at each message: what the operator allows may have changed since it was registered.
        checked = self._targets.check_url(url)
        target = httpcore.URL(scheme=checked.scheme, host=checked.host, port=checked.port, target=checked.target)
        host = ("host", checked.netloc)
        within = {"timeout": {"connect": self._connect_s}}
        new = False
        while True:
            connection, kept = await self._connections.take(target.origin, new=new)
            try:
                async with connection.stream(
                    "POST", target, headers=[host, *headers], content=body, extensions=within
                ) as response:
                    await answer.take(response)
                return
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                # A receiver may close a connection that waits just when it is written to: the message goes again,
                # on another one.
                if not kept or answer.status is not None:
                    raise
                new = True
            finally:
                await self._connections.give_back(target.origin, connection)


class _Answer:
    """What a receiver answered, as far as it came."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.error: str | None = None
        self.redirect: str | None = None
        self.retry_after_s: float | None = None
        self._begun = bytearray()

    async def take(self, response: httpcore.Response) -> None:
        self.status = response.status
        headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        if 300 <= response.status < 400:
            where = repr(headers[b"location"][:200]) if b"location" in headers else "nowhere"
            self.redirect = f"redirects are not followed, and it pointed to {where}"
        if response.status in SAY_WHEN and b"retry-after" in headers:
            self.retry_after_s = retry_after_s(headers[b"retry-after"], datetime.now(UTC))
        read = 0
        async for chunk in response.aiter_stream():
            read += len(chunk)
            if len(self._begun) < _KEPT_BYTES:
                self._begun += chunk
            if read > MOST_RESPONSE_BYTES:
                # Left before its end the connection is closed.
                return

    @property
    def text(self) -> str | None:
        """The beginning of the body; no text in PostgreSQL holds a NUL."""
        if self.status is None:
            return None
        kept = bytes(self._begun[:_KEPT_BYTES]).decode(errors="replace")
        return kept[:KEPT_CHARACTERS].replace("\0", "\N{REPLACEMENT CHARACTER}")


class _Connections:
    """Connections, and those that wait for their receiver's next message.

    A pool that looks through all of its connections at each message would be slower the more receivers there are.
    """

    def __init__(self, tls: ssl.SSLContext, backend: httpcore.AsyncNetworkBackend) -> None:
        self._tls = tls
        self._backend = backend
        self._idle: list[tuple[httpcore.Origin, httpcore.AsyncHTTPConnection]] = []

    async def take(self, origin: httpcore.Origin, *, new: bool) -> tuple[httpcore.AsyncHTTPConnection, bool]:
        """A connection for one message, and whether it was kept from another. To be given back."""
        while not new and (connection := self._kept(origin)) is not None:
            if not connection.has_expired():
                return connection, True
            await connection.aclose()
        return (
            httpcore.AsyncHTTPConnection(
                origin, ssl_context=self._tls, keepalive_expiry=_KEPT_FOR_S, network_backend=self._backend
            ),
            False,
        )

    def _kept(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection | None:
        for index in range(len(self._idle) - 1, -1, -1):
            if self._idle[index][0] == origin:
                return self._idle.pop(index)[1]
        return None

    async def give_back(self, origin: httpcore.Origin, connection: httpcore.AsyncHTTPConnection) -> None:
        if connection.is_idle() and not connection.has_expired():
            self._idle.append((origin, connection))
        else:
            await connection.aclose()
        # The first has waited longest.
        while self._idle and (len(self._idle) > _KEPT_CONNECTIONS or self._idle[0][1].has_expired()):
            await self._idle.pop(0)[1].aclose()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop()[1].aclose()


class _NotConnected(httpcore.ConnectError):
    """Says itself what was wrong."""


class _CheckedConnections(httpcore.AsyncNetworkBackend):
    """Connections to addresses that were checked, whatever a name resolved to before or resolves to next."""

    def __init__(self, targets: Targets, connect_s: float) -> None:
        self._targets = targets
        self._connect_s = connect_s
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._connect_s):
                addresses = await self._targets.addresses(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host!r} was not resolved") from None
        except OSError as error:
            raise _NotConnected(f"the name {host!r} has no address just now: {why(error)}") from None
        failure: Exception = _NotConnected(f"the name {host!r} has no address")
        for number, address in enumerate(addresses):
            # One that does not answer leaves the others their share.
            left_s = (self._connect_s - (time.monotonic() - begun)) / (len(addresses) - number)
            try:
                return await self._sockets.connect_tcp(address, port, left_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def retry_after_s(value: str, now: datetime) -> float | None:
    """The seconds that a `Retry-After` asks for, by number or by date; None where it is neither."""
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    # A date that names no zone is in UTC: HTTP knows no other.
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _why(error: BaseException) -> str:
    """What was wrong, in the words of whoever found it first."""
    if isinstance(error, _NotConnected):
        return str(error)
    first = error
    while (before := first.__cause__ or first.__context__) is not None:
        first = before
    if isinstance(first, ssl.SSLError):
        return f"TLS: {getattr(first, 'verify_message', '') or first.reason or first}"
    if isinstance(first, OSError):
        return why(first)
    return str(first) or str(error) or type(first).__name__
