"""Reading the register of persons: who was killed, injured, held or is missing, and on whose word."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from domain.person import WhatBecame
from infrastructure.questions.persons import PersonListed, PersonsWanted, persons_listed
from infrastructure.read_models.persons import PersonItem, person_as_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.heavy import heavy
from interfaces.api.reading import (
    ClockedQuery,
    Cursor,
    Id,
    IdOrName,
    OneItem,
    Paged,
    Viewer,
    by_ids,
    connected,
    inside_then,
    one_endpoint,
    paged,
    reading_of,
    turned,
)

router = APIRouter(tags=["read"])


class PersonAnswer(OneItem, PersonItem):
    """One person, as of a position."""


class PersonsQuery(ClockedQuery):
    incident: Id | None = Field(None, description="takes in what is merged into it")
    place: IdOrName | None = Field(
        None, description="where it befell them, or where the incident was; takes in the places inside it"
    )
    fate: WhatBecame | None = Field(None, description="the last that befell them, in that incident and at that place")
    claim: Id | None = Field(None, description="persons whom this claim names")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")


@router.get("/dossiers/{dossier}/persons", summary="The register of persons", operation_id="list_persons")
@heavy
async def list_persons(
    request: Request, dossier: str, query: Annotated[PersonsQuery, Query()], viewer: Viewer
) -> JsonAnswer[Paged[PersonListed]]:
    """Who stands in it by the clocks, each once: neither retracted, nor merged into another.

    With `reported_by`: those whom a claim that was out by then names. With `at`: whom it may have befallen by then.
    """
    question, page = turned(query.question(), query.limit, query.cursor)
    reading = await reading_of(request, dossier, question, viewer)
    query = by_ids(query, reading)
    async with connected(request) as connection:
        places = None
        if query.place is not None:
            places = await inside_then(connection, reading, query.place)
        wanted = PersonsWanted(query.incident, places, query.fate, query.claim)
        items = await persons_listed(connection, reading, page, wanted)
    return JsonAnswer(paged(reading, items, query.limit))


router.add_api_route(
    "/dossiers/{dossier}/persons/{id}",
    one_endpoint("person", person_as_of, PersonAnswer),
    summary="One person",
    operation_id="read_person",
)
