"""What this process counts, and what the database says of all, for Prometheus."""

import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from interfaces.api.access import readable_dossiers, reader_here, system_of
from interfaces.api.answer import Answer, declares
from interfaces.api.together import Together
from interfaces.bootstrap import DATABASE_AWAY, System, measures
from interfaces.late import LateDossiers
from interfaces.process import lines_dropped

# However many scrape it, the database is asked so often.
ASK_EACH_S = 5.0
_OF_THE_DATABASE = text(
    "select 'subscriptions', case when status = 'active' and tries > 0 then 'failing' else status end as state, "
    "coalesce(paused_for, ''), count(*) from subscriptions group by state, paused_for union all "
    "select 'rebuilds', '', '', count(distinct (dossier_id, read_model)) from rebuilds"
)


def router() -> APIRouter:
    router = APIRouter()
    ask = _asker()

    @router.get("/metrics", include_in_schema=False)
    @declares(Answer(str, media_type=measures.CONTENT_TYPE.partition(";")[0]))
    async def metrics(request: Request, viewer: Annotated[str | None, Depends(reader_here)]) -> Response:
        """OpenMetrics. Where the database is away, what it would say is left out; what names dossiers, for whoever may
        not read all of them.
        """
        system = system_of(request)
        pool = system.engine.pool
        if isinstance(pool, QueuePool):
            measures.pool_connections.set(pool.checkedout())
            measures.pool_most.set(pool.size())
        measures.lines_dropped.set(lines_dropped())
        try:
            await ask(system, request.app.state.late)
        except DATABASE_AWAY:
            for gauge in (measures.late_seconds, measures.late_events, measures.subscriptions):
                gauge.clear()
        try:
            names_dossiers = await readable_dossiers(request) is None
        except DATABASE_AWAY:
            names_dossiers = False
        return Response(measures.told(dossiers=names_dossiers), media_type=measures.CONTENT_TYPE)

    return router


def _asker() -> Callable[[System, LateDossiers], Awaitable[None]]:
    asked_at = float("-inf")
    together = Together[None]()

    async def ask(system: System, late: LateDossiers) -> None:
        if time.monotonic() - asked_at >= ASK_EACH_S:
            await together.do(lambda: ask_now(system, late))

    async def ask_now(system: System, late: LateDossiers) -> None:
        nonlocal asked_at
        async with system.engine.connect() as connection:
            rows = (await connection.execute(_OF_THE_DATABASE)).all()
        found = await late.look(system)
        asked_at = time.monotonic()
        for gauge in (measures.late_seconds, measures.late_events, measures.subscriptions):
            gauge.clear()
        for one in found:
            measures.late_seconds.labels(one.dossier_id).set(one.seconds)
            measures.late_events.labels(one.dossier_id).set(one.events)
        for what, state, reason, count in rows:
            if what == "rebuilds":
                measures.rebuilds.set(count)
            else:
                measures.subscriptions.labels(state, reason).set(count)

    return ask
