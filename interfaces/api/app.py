"""The HTTP application: its routes, its start and stop, and one line of log for each request."""

import asyncio
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
from fastapi import Depends, FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import TypedDict

from application.ending import end
from application.following.tail import OWN_READS, Tails
from domain.fields import TextUnreadable
from interfaces.api import (
    answers,
    assessments,
    batches,
    changed_findings,
    changes,
    claims,
    corrections,
    datasets,
    disagreements,
    docs_page,
    errors,
    events,
    feeds,
    grants,
    health,
    history,
    incidents,
    items,
    metrics,
    openapi,
    persons,
    principals,
    questions,
    subscriptions,
    tokens,
    writing,
)
from interfaces.api.abandoned import Abandoned
from interfaces.api.access import admitted
from interfaces.api.answer import JSON, JsonAnswer, in_slices
from interfaces.api.asked import asked
from interfaces.api.attempts import Attempts
from interfaces.api.door import Door
from interfaces.api.heavy import heavy_questions
from interfaces.api.outgoing import Outgoing
from interfaces.api.streamed import OpenStreams
from interfaces.bootstrap import DATABASE_AWAY, Settings, measures, running_system, traces
from interfaces.late import LateDossiers
from interfaces.process import configure_logging, spare_the_collector
from interfaces.rows_aside import followed_aside
from interfaces.version import VERSION

log = structlog.get_logger("api")

API = "/api/v1"
# Between looks for a database that is away when we start.
LOOK_AGAIN_S = 0.5
# Whoever asks before all is put together is told so.
BEGUN_WITHIN_S = 30.0
_CORRELATION = writing.CORRELATION.encode()


def create_app() -> FastAPI:
    """The application, with settings from the environment. Run with `uvicorn --factory`."""
    settings = Settings()
    configure_logging(settings)
    app = FastAPI(
        title="Kroniek",
        version=VERSION,
        summary="The record of what was reported about a conflict, and of everything corrected since.",
        # Ours are at /docs: the usual pages load scripts from elsewhere, and what a desk reads is nobody's business.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(settings),
        # An address has one form. What leads to it from another would be built from what the request says.
        redirect_slashes=False,
        dependencies=[Depends(asked), Depends(admitted)],
    )
    for router in (
        writing.router(), batches.router, items.router, claims.router, incidents.router, persons.router,
        assessments.router,
        datasets.router, questions.router,
        corrections.router, feeds.router, changes.router, changed_findings.router, disagreements.router, history.router,
        events.router,
        answers.router, subscriptions.router, principals.router, tokens.router, grants.router,
    ):  # fmt: skip
        app.include_router(router, prefix=API)
    app.include_router(health.router(), prefix=API)
    app.include_router(health.router(), include_in_schema=False)
    app.include_router(metrics.router())
    app.include_router(docs_page.router)
    contract = _contract()
    for address in ("/openapi.json", f"{API}/openapi.json"):
        app.add_api_route(address, contract, include_in_schema=False)
    app.add_api_route("/", _front_door, include_in_schema=False)
    app.add_api_route(API, _front_door, operation_id="begin", summary="Where to begin", tags=["health"])
    errors.install(app)
    openapi.install(app)
    app.state.is_owned = settings.is_owned
    app.state.listens_here_only = settings.listens_here_only
    app.add_middleware(Abandoned)
    app.add_middleware(Door, hosts=settings.served_hosts, routes=app.router.routes)
    app.add_middleware(Outgoing)
    app.add_middleware(RequestLines)
    if "*" in os.environ.get("FORWARDED_ALLOW_IPS", ""):
        # uvicorn then takes the address of whoever asks from what they say of it themselves.
        log.warning("forwarded_from_anybody", setting="FORWARDED_ALLOW_IPS", name_instead="the address of your proxy")
    return app


def _lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        spare_the_collector(after=10_000)
        traces.begin("kroniek-api")
        app.state.system = app.state.tails = app.state.heavy = app.state.watched = None
        app.state.late = LateDossiers()
        app.state.open_streams = OpenStreams(settings.streams_per_client)
        app.state.attempts = Attempts()
        async with AsyncExitStack() as stack:
            away = asyncio.Event()
            beginning = asyncio.create_task(_begin(app, settings, stack, away))
            waiting = asyncio.create_task(away.wait())
            await asyncio.wait({beginning, waiting}, timeout=BEGUN_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if beginning.done():
                # What a setting is wrong for ends the process. A database that is away is told, and waited for.
                beginning.result()
            try:
                yield
            finally:
                await end([beginning])
                await end([app.state.looking])
                await asyncio.to_thread(traces.end)

    return lifespan


class FrontDoor(TypedDict):
    """The version of this Kroniek, and the addresses to begin at."""

    kroniek: str
    dossiers: str
    rules: str
    openapi: str
    docs: str
    ready: str


async def _front_door() -> JsonAnswer[FrontDoor]:
    return JsonAnswer(
        {
            "kroniek": VERSION,
            "dossiers": f"{API}/dossiers",
            "rules": f"{API}/rules",
            "openapi": f"{API}/openapi.json",
            "docs": "/docs",
            "ready": "/readyz",
        }
    )


def _contract() -> Callable[[Request], Awaitable[Response]]:
    written = b""

    async def contract(request: Request) -> Response:
        nonlocal written
        # Half a megabyte, the same for as long as the process lives: writing it takes 10 ms of everybody's time.
        written = written or b"".join(in_slices(request.app.openapi()))
        return Response(written, media_type=JSON)

    return contract


async def _begin(app: FastAPI, settings: Settings, stack: AsyncExitStack, away: asyncio.Event) -> None:
    """Puts the system together as soon as the database is there; until then every question is answered by 503."""
    app.state.looking = None
    while True:
        try:
            system = await stack.enter_async_context(running_system(settings, listen=True))
            break
        except DATABASE_AWAY as error:
            if not away.is_set():
                said = f"{type(error).__name__}: {error}".splitlines()[0]
                log.warning("waiting_for_the_database", error=said)
            away.set()
        except Exception:
            if not away.is_set():
                raise
            # Nobody else hears of it any more.
            log.exception("cannot_start")
            signal.raise_signal(signal.SIGTERM)
            return
        await asyncio.sleep(LOOK_AGAIN_S)
    app.state.heavy = await stack.enter_async_context(heavy_questions(settings, system))
    watched = followed_aside(settings, system, connections=OWN_READS, asked=True)
    app.state.watched = await stack.enter_async_context(watched)
    app.state.tails = Tails(system.followable, events.told)
    app.state.looking = asyncio.create_task(app.state.late.keep_looking(system))
    app.state.system = system
    log.info("api_ready")


class RequestLines:
    """One line of log for each request, under an id that the caller gave or that is made here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        request_id = _given_id(scope)
        if request_id is None:
            request_id = uuid.uuid4().hex
            # One that cannot be used goes: from here on there is one id.
            others = [(name, value) for name, value in scope["headers"] if name != _CORRELATION]
            scope["headers"] = [*others, (_CORRELATION, request_id.encode())]
        status, streams, followed = 500, measures.streams, list[Any]()

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if (b"content-type", b"text/event-stream") in [(n, v.split(b";")[0]) for n, v in message["headers"]]:
                    streams.inc()
                    followed.append(streams)
                message["headers"] = [*message["headers"], (_CORRELATION, request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await (_unreadable(scope) or self._app)(scope, receive, tell)
            finally:
                seconds = time.perf_counter() - begun
                for stream in followed:
                    stream.dec()
                route = _template(scope)
                measures.requests.labels(route, scope["method"], str(status)).inc()
                measures.request_seconds.labels(route).observe(seconds)
                duration_ms = round(seconds * 1000, 1)
                level = log.error if status >= 500 else log.info
                level("request", method=scope["method"], path=scope["path"], status=status, duration_ms=duration_ms)


def _template(scope: Scope) -> str:
    """The address as the routes have it, with the prefix that the outer ones give it."""
    path = getattr(scope.get("route"), "path", None)
    return str(path) if path else "none"


def _unreadable(scope: Scope) -> ASGIApp | None:
    """The refusal of an address with NUL in it, which no text in the database can be compared with."""
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return errors.refused(TextUnreadable("the address holds NUL, a character that no text here can have"))
    return None


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == _CORRELATION and 0 < len(value) <= 128 and value.isascii() and value.decode().isprintable():
            return str(value.decode())
    return None
