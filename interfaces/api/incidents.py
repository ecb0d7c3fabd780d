"""Reading incidents: the happenings in the world that claims tell of."""

from typing import Annotated, Literal, NotRequired, cast

from fastapi import APIRouter, Query, Request
from pydantic import Field

from application.findings import told_range
from application.found import RangeTold
from application.persons_told import PersonsCounted
from domain.content import OccurrenceType
from domain.estimate import Measure
from domain.fields import StreamRef
from domain.figures import FigureGroup, Verdict
from domain.incident import IncidentStanding
from infrastructure.questions.incidents import IncidentFilter, IncidentTold, by_what_was_out, incidents_found
from infrastructure.questions.persons import persons_counted
from infrastructure.read_models.incidents import incident_as_of
from interfaces.api.answer import JsonAnswer, declares
from interfaces.api.declared import first_unit
from interfaces.api.errors import UnusedParameter
from interfaces.api.heavy import heavy_pages
from interfaces.api.reading import (
    Cursor,
    CutOff,
    Id,
    IdOrName,
    OneItem,
    Paged,
    ReportedQuery,
    Viewer,
    by_ids,
    connected,
    ever_inside,
    item_answer,
    paged,
    period_of,
    reading_of,
    turned,
)

router = APIRouter(tags=["read"])


class IncidentAnswer(OneItem, IncidentTold):
    """One incident, as of a position. `persons`: what the register of persons counts, never added to any figure."""

    persons: PersonsCounted


class CountedTold(RangeTold):
    """What a measure comes to in an incident: room for the last word of every voice, all null where nobody tells.

    `best` is null unless one voice says it or they agree, as `verdict` tells.
    """

    verdict: Verdict
    voices: int
    unattributed: int


class IncidentListed(IncidentTold):
    """`counted`: what the measure that was asked for comes to, of the whole, in the first of its units."""

    counted: NotRequired[CountedTold]


class IncidentsQuery(ReportedQuery):
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")
    claim: Id | None = Field(None, description="incidents that this claim is itself linked to")
    type: OccurrenceType | None = Field(None, description="only those of this type")
    place: IdOrName | None = Field(None, description="takes in the places inside it, as of the position")
    since: CutOff | None = Field(None, description="takes what may have been at some time from then on")
    until: CutOff | None = Field(None, description="takes what may have been at some time up to then: its last instant")
    holds: Literal["possible", "certain"] = Field(
        "possible", description="of `since` and `until`: what may have been then, or what certainly was"
    )
    standing: IncidentStanding | None = Field(
        None, description="only those: `stands`, of which some claim still tells; `nothing_left`, of which none does"
    )
    measure: Measure | None = Field(None, description="tells what it comes to in each: killed")
    at_least: int | None = Field(None, ge=0, description="of `measure`: those in which it may be so many or more")
    at_most: int | None = Field(None, ge=0, description="of `measure`: those in which it may be so many or fewer")

    @property
    def looks_through(self) -> bool:
        """Whether a page may have to look at many more incidents than it tells."""
        narrowing = ("type", "place", "since", "until", "standing", "at_least", "at_most", "reported_by")
        return not self.model_fields_set.isdisjoint(narrowing)


@router.get("/dossiers/{dossier}/incidents", summary="The incidents of a dossier", operation_id="list_incidents")
@heavy_pages
async def list_incidents(
    request: Request, dossier: str, query: Annotated[IncidentsQuery, Query()], viewer: Viewer
) -> JsonAnswer[Paged[IncidentListed]]:
    """Merged and retracted ones too: each says in `survivor` where it went, and whether it was `retracted`. Its
    `standing` says whether anybody still tells of it: `nothing_left` is a happening that nobody stands by any more.

    What has no date may have been at any time. Where `at_least` or `at_most` is asked, those of which nobody gives a
    number are left out. With `reported_by` each has the claims that were out by then, and what is counted rests on
    those; an incident is left out if none of its claims was out. One that no claim is linked to stays: it is your own.
    """
    _refuse_unused(query)
    question, page = turned(query.question(), query.limit, query.cursor)
    reading = await reading_of(request, dossier, question, viewer)
    query = by_ids(query, reading)
    async with connected(request) as connection:
        places = None
        if query.place is not None:
            places = await ever_inside(connection, reading, query.place)
        wanted = IncidentFilter(
            query.claim,
            query.type,
            places,
            period_of(reading, query.since, query.until),
            query.holds == "certain",
            query.measure,
            query.at_least,
            query.at_most,
            unit=await first_unit(request, dossier, query.measure),
            standing=query.standing,
        )
        found = await incidents_found(connection, reading, wanted, page)
    items = [_listed(one, counted, query.measure) for one, counted in found]
    return JsonAnswer(paged(reading, items, query.limit))


def _listed(incident: IncidentTold, counted: FigureGroup | None, measure: Measure | None) -> IncidentListed:
    # What is listed is an incident with something more.
    told = cast(IncidentListed, incident)
    if measure is not None:
        found = told_range(counted.range if counted else None)
        verdict: Verdict = "nothing" if counted is None else counted.verdict
        voices, unattributed = (counted.voices, counted.unattributed) if counted else (0, 0)
        told["counted"] = {**found, "verdict": verdict, "voices": voices, "unattributed": unattributed}
    return told


def _refuse_unused(query: IncidentsQuery) -> None:
    if query.measure is None:
        for name in ("at_least", "at_most"):
            if getattr(query, name) is not None:
                raise UnusedParameter(f"{name!r} is of a measure, which is not given: measure=killed", parameter=name)
    if query.holds == "certain" and query.since is query.until is None:
        raise UnusedParameter("'holds' is of `since` and `until`, of which none is given", parameter="holds")


@router.get("/dossiers/{dossier}/incidents/{id}", summary="One incident", operation_id="read_incident")
@declares(headers=("ETag",))
async def read_incident(
    request: Request, dossier: str, id: str, query: Annotated[ReportedQuery, Query()], viewer: Viewer
) -> JsonAnswer[IncidentAnswer]:
    """With `reported_by` it has the claims that were out by then, and `not_reported` says how many more are linked; the
    register of persons counts those whom a claim named by then.
    """
    reading = await reading_of(request, dossier, query.question(), viewer)
    async with connected(request) as connection:
        found = await incident_as_of(connection, reading, id)
        by_then = await by_what_was_out(connection, reading, [found] if found else [])
        told = [{**known, "persons": await persons_counted(connection, reading, id)} for known in by_then]
    return await item_answer(request, reading, StreamRef("incident", id), told[0] if told else None)
