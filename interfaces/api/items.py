"""Reading dossiers and the items of their gazetteer: sources, actors, places, reports."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from infrastructure.read_models import actors, dossiers, places, reports, sources
from interfaces.api.access import system_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.reading import (
    PositionQuery,
    Viewer,
    connected,
    item_answer,
    list_endpoint,
    one_endpoint,
    reading_of,
)

router = APIRouter(tags=["read"])

for kind, list_of, one_of in (
    ("source", sources.sources_as_of, sources.source_as_of),
    ("actor", actors.actors_as_of, actors.actor_as_of),
    ("place", places.places_as_of, places.place_as_of),
    ("report", reports.reports_as_of, reports.report_as_of),
):
    router.add_api_route(
        f"/dossiers/{{dossier}}/{kind}s", list_endpoint(list_of), summary=f"The {kind}s of a dossier",
        operation_id=f"list_{kind}s",
    )  # fmt: skip
    router.add_api_route(
        f"/dossiers/{{dossier}}/{kind}s/{{id}}", one_endpoint(kind, one_of), summary=f"One {kind}",
        operation_id=f"read_{kind}",
    )  # fmt: skip


class DossiersQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1000)
    cursor: str = Field("", max_length=100, description="`next` of the page before")


@router.get("/dossiers", summary="Every dossier", operation_id="list_dossiers")
async def list_dossiers(request: Request, query: Annotated[DossiersQuery, Query()], viewer: Viewer) -> JsonAnswer:
    async with connected(request) as connection:
        found = await dossiers.all_dossiers(connection, query.cursor, query.limit + 1)
    heads = await system_of(request).log.heads()
    items = [{**item, "position": heads.get(item["id"], 0)} for item in found[: query.limit]]
    return JsonAnswer({"items": items, "next": items[-1]["id"] if len(found) > query.limit else None})


@router.get("/dossiers/{dossier}", summary="One dossier", operation_id="read_dossier")
async def read_dossier(
    request: Request, dossier: str, query: Annotated[PositionQuery, Query()], viewer: Viewer
) -> JsonAnswer:
    reading = await reading_of(request, dossier, query.question(), viewer)
    async with connected(request) as connection:
        found = await dossiers.dossier_as_of(connection, reading)
    if found is not None:
        found["head"] = await system_of(request).log.head(dossier)
    return item_answer(reading, "dossier", dossier, found)
