"""What every answer carries, whatever route gives it: validators, how long it may be kept, its form on the way."""

import asyncio
import gzip
import re
from hashlib import blake2b

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interfaces.api.errors import fault

log = structlog.get_logger("api")

# Below, what is saved is less than what it costs; above, another thread does it.
LEAST_COMPRESSED = 1_400
COMPRESSED_ASIDE = 65_536
DIGESTED_ASIDE = 1_000_000
COMPRESSION = 4
_COMPRESSES = re.compile(r"application/(.+\+)?(json|xml)\b|text/(html|css|plain|javascript)\b|application/javascript\b")
# What is told under these holds, or makes, secrets.
_SECRET = re.compile(r"/(tokens|subscriptions)(/|$)")
_MOMENTARY = re.compile(r"/(healthz|readyz|metrics)$")
# A pinned answer is the same for good, but that an erasure may reach it: a copy is kept no longer than an hour.
PINNED = "private, max-age=3600, immutable"
CHECKED = "private, no-cache"
NOT_KEPT = "no-store"
VARIES = ("Accept", "Accept-Encoding", "Authorization")
# The version of an item, as writing and reading it give it; what follows the hyphen is of the body.
_VERSION = re.compile(r'"([0-9]+(?:\.[0-9a-f]{8})?)"')

_KNOWN = b"if-none-match"
POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_SECURITY = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"content-security-policy": POLICY.encode(),
}


class Outgoing:
    """Finishes answers: a HEAD has no body, what the client has is not sent again, and a fault is told as one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        answer = _Answer(scope, send)
        inner = {**scope}
        if any(name == _KNOWN for name, _ in scope["headers"]):
            inner["headers"] = [_unpacked(*each) for each in scope["headers"]]
        if scope["method"] == "HEAD":
            inner["method"] = "GET"
            # A stream does not begin for it.
            scope["state"]["head_only"] = True
        try:
            await self._app(inner, receive, answer.take)
        except Exception as error:
            log.error("fault", path=scope["path"], exc_info=error)
            if answer.begun:
                raise
            await fault()(inner, receive, answer.take)


class _Answer:
    """One answer on its way out. What has a length is held until its body is there; a stream goes on as it comes."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._start: Message | None = None
        self._ended = False
        self._is_head = scope["method"] == "HEAD"
        self.begun = False

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            raw = list(message["headers"])
            said = {name.lower() for name, _ in raw}
            raw += [each for each in _SECURITY.items() if each[0] not in said]
            message["headers"] = raw
            self._dress(message["status"], MutableHeaders(raw=raw))
            self._start = message
            return
        if message["type"] != "http.response.body" or self._ended:
            return
        if self._start is not None:
            start, self._start = self._start, None
            self.begun = True
            whole = not message.get("more_body", False)
            if whole and self._is_read(start["status"]):
                message["body"] = await self._finish(start, message.get("body", b""))
            await self._send(start)
            if self._is_head:
                # Of a stream no more is awaited: what makes it hears that nobody listens.
                self._ended = True
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
                return
        await self._send(message)

    def _is_read(self, status: int) -> bool:
        return status == 200 and self._scope["method"] in ("GET", "HEAD")

    def _dress(self, status: int, headers: MutableHeaders) -> None:
        path = self._scope["path"]
        told_again = self._is_read(status) or status == 304
        if not told_again or _SECRET.search(path) or _MOMENTARY.search(path):
            headers["Cache-Control"] = NOT_KEPT
        else:
            headers.setdefault("Cache-Control", PINNED if self._scope["state"].get("pinned") else CHECKED)
            others = [name.strip() for name in headers.get("Vary", "").split(",") if name.strip() not in ("", *VARIES)]
            headers["Vary"] = ", ".join((*VARIES, *others))
            known = Headers(raw=self._scope["headers"]).get("if-none-match", "")
            if status == 304 and (packed := _packed_tag(headers["ETag"])) in known:
                headers["ETag"] = packed

    async def _finish(self, start: Message, body: bytes) -> bytes:
        """The body as it is sent, and what its headers say of it."""
        headers = MutableHeaders(raw=start["headers"])
        asked = Headers(raw=self._scope["headers"])
        if headers["Cache-Control"] == NOT_KEPT:
            return body
        tag = await _tag_of(headers.get("ETag"), body)
        if _compresses(headers, body) and _takes_gzip(asked.get("accept-encoding", "")):
            packed = await _packed(body)
            if len(packed) < len(body):
                body = packed
                headers["Content-Encoding"] = "gzip"
                headers["Content-Length"] = str(len(body))
                # Another form of the same answer has other bytes, so it has another tag.
                tag = _packed_tag(tag)
        headers["ETag"] = tag
        if not is_known(asked.get("if-none-match"), tag):
            return body
        start["status"] = 304
        for name in ("Content-Length", "Content-Type", "Content-Encoding", "Content-Language"):
            del headers[name]
        start["headers"] = headers.raw
        return b""


async def _tag_of(given: str | None, body: bytes) -> str:
    """A tag that changes with the body. An item's begins with its version, which a change of it is meant for."""
    if given is not None and not _VERSION.fullmatch(given):
        return given
    digest = _digest(body) if len(body) < DIGESTED_ASIDE else await asyncio.to_thread(_digest, body)
    return f'"{digest}"' if given is None else f'{given[:-1]}-{digest}"'


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=8).hexdigest()


def _packed_tag(tag: str) -> str:
    return f'{tag[:-1]}-gzip"'


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether the client has what the tag stands for (RFC 9110, 13.1.2: compared weakly)."""
    if if_none_match is None:
        return False
    return any(each.strip().removeprefix("W/") in ("*", tag) for each in if_none_match.split(","))


def _unpacked(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A route that knows its own tags knows nothing of forms."""
    return name, value.replace(b'-gzip"', b'"') if name == _KNOWN else value


def _compresses(headers: MutableHeaders, body: bytes) -> bool:
    return len(body) >= LEAST_COMPRESSED and _COMPRESSES.match(headers.get("content-type", "")) is not None


def _takes_gzip(accepted: str) -> bool:
    weights: dict[str, str] = {}
    for part in accepted.lower().split(","):
        coding, _, parameters = part.partition(";")
        weights[coding.strip()] = parameters.replace(" ", "")
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and not re.fullmatch(r"q=0(\.0*)?", weight)


async def _packed(body: bytes) -> bytes:
    if len(body) < COMPRESSED_ASIDE:
        return gzip.compress(body, COMPRESSION, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, COMPRESSION, mtime=0)
