"""Who may come in at all: for which hosts requests are answered, and which methods an address has."""

from collections.abc import Iterable

from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from interfaces.api.addresses import host_of, is_loopback, methods_at
from interfaces.api.errors import NOTHING_HERE, BadHeader, HostNotServed, problem, refused


class Door:
    """Turns away requests for hosts that are not ours, and says which methods there are.

    A page on the web may have its own name lead to this machine; a browser then takes us for a part of that page, and
    lets it read what we answer. Its requests still carry its name as `Host`.
    """

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], routes: list[BaseRoute]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._turned_away(scope) or self._methods(scope)
        await (answer or self._app)(scope, receive, send)

    def _turned_away(self, scope: Scope) -> Response | None:
        named = [value for name, value in scope["headers"] if name == b"host"]
        if len(named) != 1:
            return refused(BadHeader("a request has one Host"))
        host = host_of(named[0])
        if is_loopback(host) or host in self._hosts or host == _address(scope):
            return None
        if any(host.endswith(wide[1:]) for wide in self._hosts if wide.startswith("*.")):
            return None
        return refused(
            HostNotServed(f"no host {host[:100]!r} is served here; whoever runs this Kroniek names it in KRONIEK_HOSTS")
        )

    def _methods(self, scope: Scope) -> Response | None:
        if scope["method"] != "OPTIONS":
            return None
        allowed = ", ".join(methods_at(self._routes, scope))
        if not allowed:
            return problem(404, "no_such_address", NOTHING_HERE)
        return Response(status_code=204, headers={"Allow": allowed})


def _address(scope: Scope) -> str:
    """The address that the connection came in at."""
    server = scope.get("server")
    return str(server[0]).lower() if server else ""
