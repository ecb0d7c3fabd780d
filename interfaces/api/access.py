"""Who is asking: bearer tokens for writing, and open reading on the loopback."""

import ipaddress

from fastapi import Request

from interfaces.api.errors import Unauthorized
from interfaces.bootstrap import System


def system_of(request: Request) -> System:
    """The running system that serves this request."""
    # A heavy question has one of its own.
    system: System = getattr(request.state, "system", None) or request.app.state.system
    return system


async def writer(request: Request) -> str:
    """The principal that a request's token stands for.

    Raises:
        Unauthorized: there is no token, or not one that stands for anybody.
    """
    principal = await _principal(request)
    if principal is None:
        raise Unauthorized("writing needs a token: send `Authorization: Bearer <token>` (`kroniek token` makes one)")
    return principal


async def reader(request: Request) -> str | None:
    """Who reads: a token's principal, or anybody on this machine (None)."""
    principal = await _principal(request)
    if principal is None and not _on_the_loopback(request):
        raise Unauthorized("reading from another machine needs a token: send `Authorization: Bearer <token>`")
    return principal


async def _principal(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    principal = await system_of(request).tokens.principal_of(token.strip()) if scheme.lower() == "bearer" else None
    if principal is None:
        raise Unauthorized("this token stands for nobody: it is unknown here, or was revoked")
    return principal


def _on_the_loopback(request: Request) -> bool:
    # Behind a proxy uvicorn puts the caller's own address here, if it trusts the proxy.
    host = request.client.host if request.client else ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # A Unix socket has no address: who may open it is a matter of its folder.
        return not host
