"""Who is asking: bearer tokens for writing, and open reading on the loopback. And what those who wrote are called."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from application.event_log import LogUnavailable, Recorded
from interfaces.api.addresses import is_asked_here
from interfaces.api.errors import Unauthorized
from interfaces.bootstrap import System, is_mistyped


def system_of(request: Request) -> System:
    """The running system that serves this request.

    Raises:
        LogUnavailable: the database was not there yet since this process began.
    """
    # A heavy question has one of its own.
    system: System | None = getattr(request.state, "system", None) or request.app.state.system
    if system is None:
        raise LogUnavailable("the database could not be reached yet")
    return system


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and the id of the token that they ask with."""

    principal: str
    token: str


async def caller(request: Request) -> Caller:
    """Whom a request's token stands for.

    Raises:
        Unauthorized: there is no token, or not one that stands for anybody.
        TooManyAttempts: from that address too many are tried.
    """
    found = await _caller(request)
    if found is None:
        raise Unauthorized("this needs a token: send `Authorization: Bearer <token>`")
    return found


async def writer(request: Request) -> str:
    """The principal that a request's token stands for. Raises as `caller` does."""
    return (await caller(request)).principal


async def reader(request: Request) -> str | None:
    """Who reads: a token's principal, or anybody on this machine (None), where it listens to nobody else."""
    found = await _caller(request)
    if found is None and not (request.app.state.listens_here_only and is_asked_here(request.scope)):
        raise Unauthorized("reading from another machine needs a token: send `Authorization: Bearer <token>`")
    return None if found is None else found.principal


async def signers(request: Request, events: Iterable[Recorded[Any]]) -> Mapping[str, str]:
    """The names of those who recorded some events, by principal."""
    return await system_of(request).principals.names({recorded.principal for recorded in events})


def still_holds(request: Request) -> Callable[[], Awaitable[bool]] | None:
    """Whether the token of a request stands for somebody still; None where it was asked without one."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return None
    tokens = system_of(request).tokens

    async def holds() -> bool:
        return await tokens.held(token.strip(), _address(request)) is not None

    return holds


async def _caller(request: Request) -> Caller | None:
    # Whoever is asked, nothing goes on without the database: no address has to look for itself.
    system = system_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    token = token.strip() if scheme.lower() == "bearer" else ""
    held = await system.tokens.held(token, _address(request))
    if held is None:
        await request.app.state.attempts.failed(_address(request))
        raise Unauthorized(_stands_for_nobody(token))
    return Caller(held.principal, held.id)


def _stands_for_nobody(token: str) -> str:
    if is_mistyped(token):
        return "this token was not copied whole, or is mistyped: its last characters do not fit the others"
    return "this token stands for nobody: it is unknown here, expired or revoked"


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None
