"""Reading incidents: the happenings in the world that claims tell of."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from infrastructure.read_models.incidents import IncidentItem, incident_as_of, incidents_as_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.reading import (
    Id,
    OneItem,
    Paged,
    PagedQuery,
    Viewer,
    connected,
    one_endpoint,
    paged,
    reading_of,
    turned,
)

router = APIRouter(tags=["read"])


class IncidentAnswer(OneItem, IncidentItem):
    """One incident, as of a position."""


class IncidentsQuery(PagedQuery):
    claim: Id | None = Field(None, description="incidents that this claim is itself linked to")


@router.get("/dossiers/{dossier}/incidents", summary="The incidents of a dossier", operation_id="list_incidents")
async def list_incidents(
    request: Request, dossier: str, query: Annotated[IncidentsQuery, Query()], viewer: Viewer
) -> JsonAnswer[Paged[IncidentItem]]:
    """Merged ones too: each says in `survivor` where it went."""
    question, page = turned(query.question(), query.limit, query.cursor)
    reading = await reading_of(request, dossier, question, viewer)
    async with connected(request) as connection:
        items = await incidents_as_of(connection, reading, page, query.claim)
    return JsonAnswer(paged(reading, items, query.limit))


router.add_api_route(
    "/dossiers/{dossier}/incidents/{id}",
    one_endpoint("incident", incident_as_of, IncidentAnswer),
    summary="One incident",
    operation_id="read_incident",
)
