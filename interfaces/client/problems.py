"""What the server refuses, as exceptions: each with its stable `code`, and the kinds that one acts upon."""

from collections.abc import Mapping
from typing import Any

import httpx


class Problem(Exception):
    """What the API answers instead (RFC 9457). `body` is the whole of it; `status` None where nobody answered."""

    def __init__(self, status: int | None, body: Mapping[str, Any], *, retry_after_s: float | None = None) -> None:
        self.status = status
        self.body = dict(body)
        self.code = str(body.get("code", ""))
        self.detail = str(body.get("detail") or f"the server answered {status}")
        # The offending field of what was sent (RFC 6901), or the offending parameter.
        self.pointer: str | None = body.get("pointer")
        self.parameter: str | None = body.get("parameter")
        self.retry_after_s = retry_after_s
        named = self.pointer or self.parameter
        super().__init__(f"{self.detail} ({self.code}{f', {named}' if named else ''})" if self.code else self.detail)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Of a refused batch: what is wrong with which line."""
        errors: list[dict[str, Any]] = self.body.get("errors", [])
        return errors


class Refused(Problem):
    """What was sent cannot be taken; sending it again is of no use."""


class Unauthorized(Problem):
    """There is no token, or it stands for nobody."""


class NotFound(Problem):
    """There is no such dossier, or no such item at that position."""


class Conflict(Problem):
    """The record has moved on: the item is there already, or the command does not fit what became of it."""


class Moved(Conflict):
    """The item is at another version than the change was meant for: read it again (412)."""


class Unavailable(Problem):
    """Nobody answers just now, or not in time. A command may have come through: `send` it again with the same `key`."""


class LogReset(Exception):
    """The log is not the one that was followed: it was restored from a backup, or a replica lagged.

    Throw away what was built from it, and follow it again from 0.
    """

    def __init__(self, reason: str, head: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.head = reason, head


def problem_of(response: httpx.Response) -> Problem:
    """What a read answer that is no good one says."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        url = response.request.url
        body = {"detail": f"{url} answered {response.status_code} {response.reason_phrase}; is it a Kroniek?"}
    status = response.status_code
    return _kind(status)(status, body, retry_after_s=_seconds(response.headers.get("retry-after")))


def nobody_answers(url: str, error: httpx.RequestError) -> Unavailable:
    match error:
        case httpx.TimeoutException():
            why = "it took too long"
        case httpx.ConnectError() if "refused" in str(error).lower():
            why = "connection refused"
        case _:
            why = str(error) or type(error).__name__
    detail = f"no Kroniek answers at {url}: {why}"
    return Unavailable(None, {"code": "nobody_answers", "detail": detail, "why": why})


def _kind(status: int) -> type[Problem]:
    match status:
        case 400 | 413 | 422 | 428:
            return Refused
        case 401 | 403:
            return Unauthorized
        case 404:
            return NotFound
        case 409:
            return Conflict
        case 412:
            return Moved
        case 429 | 502 | 503 | 504:
            return Unavailable
        case _:
            return Problem


def _seconds(given: str | None) -> float | None:
    # A date is not worth its parsing here: the back-off does as well.
    return float(given) if given is not None and given.isdecimal() and len(given) < 6 else None
