"""Who is asking: bearer tokens for writing, and open reading on the loopback."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from application.event_log import LogUnavailable
from interfaces.api.addresses import is_asked_here
from interfaces.api.errors import Unauthorized
from interfaces.bootstrap import System


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


async def writer(request: Request) -> str:
    """The principal that a request's token stands for.

    Raises:
        Unauthorized: there is no token, or not one that stands for anybody.
    """
    principal = await _principal(request)
    if principal is None:
        raise Unauthorized("this needs a token: send `Authorization: Bearer <token>`")
    return principal


async def reader(request: Request) -> str | None:
    """Who reads: a token's principal, or anybody on this machine (None), where it listens to nobody else."""
    principal = await _principal(request)
    if principal is None and not (request.app.state.listens_here_only and is_asked_here(request.scope)):
        raise Unauthorized("reading from another machine needs a token: send `Authorization: Bearer <token>`")
    return principal


def still_holds(request: Request) -> Callable[[], Awaitable[bool]] | None:
    """Whether the token of a request stands for somebody still; None where it was asked without one."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return None
    tokens = system_of(request).tokens

    async def holds() -> bool:
        return await tokens.principal_of(token.strip()) is not None

    return holds


async def _principal(request: Request) -> str | None:
    # Whoever is asked, nothing goes on without the database: no address has to look for itself.
    system = system_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    principal = await system.tokens.principal_of(token.strip()) if scheme.lower() == "bearer" else None
    if principal is None:
        raise Unauthorized("this token stands for nobody: it is unknown here, or was revoked")
    return principal
