"""The HTTP application: its routes, its start and stop, and one line of log for each request."""

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import TypedDict

from application.following.tail import Tails
from domain.fields import TextUnreadable
from interfaces.api import (
    answers,
    assessments,
    batches,
    changes,
    claims,
    corrections,
    datasets,
    disagreements,
    docs_page,
    errors,
    events,
    feeds,
    history,
    incidents,
    items,
    openapi,
    questions,
    subscriptions,
    tokens,
    writing,
)
from interfaces.api.access import system_of
from interfaces.api.answer import Answer, JsonAnswer, declares
from interfaces.api.asked import asked
from interfaces.api.door import Door
from interfaces.api.heavy import heavy_questions
from interfaces.api.outgoing import Outgoing
from interfaces.bootstrap import DATABASE_AWAY, Settings, running_system
from interfaces.process import configure_logging, spare_the_collector

log = structlog.get_logger("api")

API = "/api/v1"
VERSION = "0.1.0"
READY_WITHIN_S = 3
NOT_READY: tuple[type[Exception], ...] = (*DATABASE_AWAY, TimeoutError)
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
        dependencies=[Depends(asked)],
    )
    for router in (
        writing.router(), batches.router, items.router, claims.router, incidents.router, assessments.router,
        datasets.router, questions.router,
        corrections.router, feeds.router, changes.router, disagreements.router, history.router, events.router,
        answers.router, subscriptions.router, tokens.router,
    ):  # fmt: skip
        app.include_router(router, prefix=API)
    app.include_router(_health(), prefix=API)
    app.include_router(_health(), include_in_schema=False)
    app.include_router(docs_page.router)
    for address in ("/openapi.json", f"{API}/openapi.json"):
        app.add_api_route(address, _contract, include_in_schema=False)
    app.add_api_route("/", _front_door, include_in_schema=False)
    app.add_api_route(API, _front_door, operation_id="begin", summary="Where to begin", tags=["health"])
    errors.install(app)
    openapi.install(app)
    app.state.listens_here_only = settings.listens_here_only
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
        spare_the_collector()
        async with running_system(settings, listen=True) as system:
            app.state.system = system
            app.state.tails = Tails(system.followable, events.told)
            async with heavy_questions(settings, system) as app.state.heavy:
                log.info("api_ready")
                yield

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


async def _contract(request: Request) -> JsonAnswer:
    return JsonAnswer(request.app.openapi())


class Alive(TypedDict):
    """The process answers."""

    status: Literal["alive"]


class Ready(TypedDict):
    """Everything can be answered. `schema` is the last migration; where the queue is unreachable, all takes longer."""

    status: Literal["ready"]
    database: Literal["reachable"]
    schema: str
    queue: Literal["reachable", "unreachable"]


class NotReady(TypedDict):
    """Nothing can be answered; `database` says why."""

    status: Literal["not ready"]
    database: str


def _health() -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Is the process alive?", operation_id="healthz")
    async def healthz() -> JsonAnswer[Alive]:
        return JsonAnswer({"status": "alive"})

    @router.get("/readyz", summary="Can it answer?", operation_id="readyz")
    @declares(Answer(Ready), Answer(NotReady, 503))
    async def readyz(request: Request) -> Response:
        """503 without the database. Without Redis it answers, and wake-ups take up to a second."""
        system = system_of(request)
        try:
            async with asyncio.timeout(READY_WITHIN_S), system.engine.connect() as connection:
                revision = (await connection.execute(text("select version_num from alembic_version"))).scalar()
        except NOT_READY as error:
            said = str(error).splitlines() or [f"does not answer within {READY_WITHIN_S} s"]
            return JSONResponse({"status": "not ready", "database": said[0]}, 503)
        queue = "reachable" if await system.wakeups.ping() else "unreachable"
        return JSONResponse({"status": "ready", "database": "reachable", "schema": revision, "queue": queue})

    return router


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
        status = 500

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_CORRELATION, request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await (_unreadable(scope) or self._app)(scope, receive, tell)
            finally:
                duration_ms = round((time.perf_counter() - begun) * 1000, 1)
                level = log.error if status >= 500 else log.info
                level("request", method=scope["method"], path=scope["path"], status=status, duration_ms=duration_ms)


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
