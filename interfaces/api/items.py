"""Reading dossiers and the items of their gazetteer: sources, actors, places, reports."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from domain.fields import StreamRef
from infrastructure.questions.reports import ReportItem, report_as_of, reports_as_of
from infrastructure.read_models import actors, dossiers, places, sources
from infrastructure.read_models.actors import ActorItem
from infrastructure.read_models.dossiers import DossierItem
from infrastructure.read_models.places import PlaceItem
from infrastructure.read_models.sources import SourceItem
from interfaces.api.access import caller, system_of
from interfaces.api.answer import JsonAnswer, declares
from interfaces.api.errors import Unauthorized
from interfaces.api.heavy import heavy_pages
from interfaces.api.reading import (
    Cursor,
    Name,
    OneItem,
    PositionQuery,
    Viewer,
    begun_after,
    connected,
    cursor_of,
    item_answer,
    known_elsewhere_endpoint,
    list_endpoint,
    one_endpoint,
    reading_of,
)

router = APIRouter(tags=["read"])


class SourceAnswer(OneItem, SourceItem):
    """One source, as of a position."""


class ActorAnswer(OneItem, ActorItem):
    """One actor, as of a position."""


class PlaceAnswer(OneItem, PlaceItem):
    """One place, as of a position."""


class ReportAnswer(OneItem, ReportItem):
    """One report, as of a position."""


class DossierListed(DossierItem):
    """A dossier as it is now. `position` is the last one of its log. `open_to_anyone`: it is read without a token."""

    position: int
    open_to_anyone: bool


class Dossiers(TypedDict):
    """Dossiers in the order of their ids. `next` is the cursor of the page after it, null where the list ends."""

    items: list[DossierListed]
    next: str | None


class DossierAnswer(OneItem, DossierItem):
    """One dossier, as of a position. `head` is the last position of its log. `open_to_anyone`: as it is now, it is read
    without a token.
    """

    head: int
    open_to_anyone: bool


for kind, listing, one_of, answer in (
    ("source", list_endpoint(sources.sources_as_of, SourceItem), sources.source_as_of, SourceAnswer),
    ("actor", known_elsewhere_endpoint(actors.actors_as_of, ActorItem), actors.actor_as_of, ActorAnswer),
    ("place", known_elsewhere_endpoint(places.places_as_of, PlaceItem), places.place_as_of, PlaceAnswer),
    ("report", list_endpoint(reports_as_of, ReportItem), report_as_of, ReportAnswer),
):
    router.add_api_route(
        f"/dossiers/{{dossier}}/{kind}s", heavy_pages(listing), summary=f"The {kind}s of a dossier",
        operation_id=f"list_{kind}s",
    )  # fmt: skip
    router.add_api_route(
        f"/dossiers/{{dossier}}/{kind}s/{{id}}", one_endpoint(kind, one_of, answer), summary=f"One {kind}",
        operation_id=f"read_{kind}",
    )  # fmt: skip


_AFTER: TypeAdapter[str] = TypeAdapter(Name)


class DossiersQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before")


@router.get("/dossiers", summary="Every dossier", operation_id="list_dossiers")
async def list_dossiers(
    request: Request, query: Annotated[DossiersQuery, Query()], viewer: Viewer
) -> JsonAnswer[Dossiers]:
    """Those that you may read."""
    asking = await caller(request)
    readable = asking.readable()
    if asking.token is None and readable is not None and not readable:
        raise Unauthorized("no dossier here is open to anyone: send `Authorization: Bearer <token>`")
    async with connected(request) as connection:
        after = begun_after(query.cursor, _AFTER)
        found = await dossiers.all_dossiers(connection, after or "", query.limit + 1, readable)
    heads = await system_of(request).log.heads()
    items: list[DossierListed] = [
        {
            **item,
            "position": heads.get(item["id"], 0),
            "open_to_anyone": asking.granted.open_to_anyone(item["id"], asking.now),
        }
        for item in found[: query.limit]
    ]
    more = len(found) > query.limit
    return JsonAnswer({"items": items, "next": cursor_of(None, items[-1]["id"]) if more else None})


@router.get("/dossiers/{dossier}", summary="One dossier", operation_id="read_dossier")
@declares(headers=("ETag",), pins=False)
async def read_dossier(
    request: Request, dossier: str, query: Annotated[PositionQuery, Query()], viewer: Viewer
) -> JsonAnswer[DossierAnswer]:
    reading = await reading_of(request, dossier, query.question(), viewer)
    async with connected(request) as connection:
        found = await dossiers.dossier_as_of(connection, reading)
    asking = await caller(request)
    besides = {
        "head": await system_of(request).log.head(dossier),
        "open_to_anyone": asking.granted.open_to_anyone(dossier, asking.now),
    }
    return await item_answer(request, reading, StreamRef("dossier", dossier), found and {**found, **besides})
