"""Whether the process lives, whether it can answer and write, and which dossiers are behind."""

import asyncio
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text
from typing_extensions import TypedDict

from interfaces.api.access import readable_dossiers, system_of
from interfaces.api.answer import Answer, JsonAnswer, declares
from interfaces.api.together import Together
from interfaces.bootstrap import DATABASE_AWAY, System, refuses_writes
from interfaces.late import LateDossiers

READY_WITHIN_S = 3
NOT_READY: tuple[type[Exception], ...] = (*DATABASE_AWAY, TimeoutError)


class Alive(TypedDict):
    """The process answers."""

    status: Literal["alive"]


class Behind(TypedDict):
    """A dossier whose read models are so many events behind, the oldest of which waits so long."""

    dossier: str
    events: int
    seconds: float


class Ready(TypedDict):
    """Everything can be answered and written.

    `schema` is the last migration; where the queue is unreachable, all takes longer. `behind`: the dossiers that are
    behind for more than 5 s, the worst first.
    """

    status: Literal["ready"]
    database: Literal["reachable"]
    schema: str
    queue: Literal["reachable", "unreachable"]
    behind: list[Behind]


class NotReady(TypedDict):
    """Nothing can be answered, or nothing written; `database` says why."""

    status: Literal["not ready"]
    database: str


def router() -> APIRouter:
    router = APIRouter(tags=["health"])
    # A look takes a connection of its own, of which a server has few: one look for all who ask meanwhile.
    looks = Together[Look]()

    @router.get("/healthz", summary="Is the process alive?", operation_id="healthz")
    async def healthz() -> JsonAnswer[Alive]:
        return JsonAnswer({"status": "alive"})

    @router.get("/readyz", summary="Can it answer?", operation_id="readyz")
    @declares(Answer(Ready), Answer(NotReady, 503))
    async def readyz(request: Request) -> Response:
        """503 without the database, or where it takes no writes. Without Redis wake-ups take up to a second.

        Of the dossiers that are behind, those are named that you may read.
        """
        found = await looks.do(lambda: _look(request))
        if isinstance(found, str):
            return not_ready(found)
        if found["behind"]:
            try:
                readable = await readable_dossiers(request)
            except NOT_READY as error:
                return not_ready(_said(error))
            behind = [one for one in found["behind"] if readable is None or one["dossier"] in readable]
            found = {**found, "behind": behind}
        return JSONResponse(found)

    return router


# How it is, or why nothing can be answered, or nothing written.
Look = Ready | str


async def _look(request: Request) -> Look:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            system = system_of(request)
            revision = await _revision(system)
            refused = await refuses_writes(system.engine)
    except NOT_READY as error:
        return _said(error)
    if refused is not None:
        return f"takes no writes: {refused}"
    queue: Literal["reachable", "unreachable"] = "reachable" if await system.wakeups.ping() else "unreachable"
    late: LateDossiers = request.app.state.late
    behind = [Behind(dossier=dossier, events=n, seconds=round(s, 1)) for dossier, n, s, _ in late.found]
    return {"status": "ready", "database": "reachable", "schema": revision, "queue": queue, "behind": behind}


def _said(error: Exception) -> str:
    return (str(error).splitlines() or [f"does not answer within {READY_WITHIN_S} s"])[0]


async def _revision(system: System) -> str:
    async with system.engine.connect() as connection:
        return str((await connection.execute(text("select version_num from alembic_version"))).scalar())


def not_ready(why: str) -> Response:
    """What `/readyz` tells where nothing can be answered, or nothing written."""
    return JSONResponse({"status": "not ready", "database": why}, 503)
