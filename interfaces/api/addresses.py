"""Hosts, peers and methods: what a request says of where it comes from, and what there is where it goes."""

import ipaddress
from collections.abc import Iterable
from typing import Any

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# A proxy adds one of these: then the peer is the proxy, and not who asks.
FORWARDING = frozenset(
    (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-port",
     b"x-forwarded-server", b"x-real-ip", b"via")
)  # fmt: skip


def methods_at(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """Every method that an address has; none where there is nothing."""
    routes = list(routes)

    def has(method: str) -> bool:
        # Matching may leave its marks on a scope.
        asked: dict[str, Any] = {**scope, "method": method, "path_params": {}}
        return any(route.matches(asked)[0] is Match.FULL for route in routes)

    found = [method for method in METHODS if has(method)]
    if "GET" in found:
        found.insert(1, "HEAD")
    return [*found, "OPTIONS"] if found else []


def host_of(header: bytes) -> str:
    """The name or address in a `Host`, without its port. Brackets around no IPv6 address stay: that is no host."""
    text = header.decode("latin-1").strip().lower()
    name, colon, port = text.rpartition(":")
    if colon and port.isdecimal() and (name.endswith("]") or ":" not in name):
        text = name
    if text.startswith("[") and text.endswith("]") and ":" in text:
        return text[1:-1]
    return text.removesuffix(".")


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_asked_here(scope: Scope) -> bool:
    """Whether a request comes from this machine itself: its peer and its host are, and nobody passed it on."""
    peer = scope["client"][0] if scope.get("client") else ""
    headers = scope["headers"]
    if any(name in FORWARDING for name, _ in headers):
        return False
    # A Unix socket has no address: who may open it is a matter of its folder.
    return (not peer or is_loopback(peer)) and all(
        is_loopback(host_of(value)) for name, value in headers if name == b"host"
    )
