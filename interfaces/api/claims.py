"""Reading claims: lists by any clocks, and one claim."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from application.reading import AskedClocks
from application.watch import ClaimKind
from domain.content import Nature, OccurrenceType
from domain.estimate import Measure
from domain.fields import StreamRef
from infrastructure.questions import claims
from infrastructure.questions.claims import ClaimFilter, ClaimItem
from infrastructure.read_models.incidents import incident_as_of
from interfaces.api.access import system_of
from interfaces.api.answer import JsonAnswer, declares
from interfaces.api.errors import NotReportedYet, UnusedParameter
from interfaces.api.heavy import heavy_pages
from interfaces.api.named_items import refuse_unused_words, words_in_query
from interfaces.api.reading import (
    Cursor,
    CutOff,
    Id,
    IdOrName,
    OneItem,
    Paged,
    ReportedQuery,
    Viewer,
    WordOrLabel,
    by_ids,
    connected,
    inside,
    item_answer,
    no_such_item,
    paged,
    period_of,
    reading_of,
    turned,
)

router = APIRouter(tags=["read"])


class ClaimAnswer(OneItem, ClaimItem):
    """One claim, by the clocks."""


class ClaimsQuery(ReportedQuery):
    """What the statement that was in force must say."""

    at: CutOff | None = Field(None, description="takes what may have held then: a moment, or a date (its last instant)")
    since: CutOff | None = Field(None, description="takes what may have been so at some time from then on")
    until: CutOff | None = Field(
        None, description="takes what may have been so at some time up to then: its last instant"
    )
    holds: Literal["possible", "certain"] = Field(
        "possible", description="of `at`, `since` and `until`: what may have been so, or what certainly was"
    )
    kind: ClaimKind | None = Field(None, description="only claims of this kind")
    type: OccurrenceType | None = Field(None, description="only occurrences of this type")
    nature: Nature | None = Field(None, description="only statements of this nature")
    subject: IdOrName | None = Field(None, description="only figures of this actor")
    group: WordOrLabel | None = Field(None, description="only figures of this group: civilians, children")
    cause: WordOrLabel | None = Field(None, description="only figures from this cause")
    incident: Id | None = Field(None, description="those that tell of it, or of what was merged into it")
    measure: Measure | None = Field(None, description="only figures of this measure")
    place: IdOrName | None = Field(None, description="takes in the places inside it, as of the position")
    actor: IdOrName | None = Field(None, description="in any role")
    claimant: IdOrName | None = Field(None, description="whose word it is")
    unattributed: bool | None = Field(None, description="claims without a claimant, or only those with one")
    report: IdOrName | None = Field(None, description="the report that says so")
    credibility: int | None = Field(None, ge=1, le=6, description="its grade: 1 confirmed ... 6 cannot be judged")
    status: claims.Status | None = Field(None, description="all but the retracted ones if left out")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")

    def question(self) -> AskedClocks:
        return AskedClocks(self.at, self.reported_by, self.as_of, self.certainty, self.min_position)


# Parts of a topic that claims are found by.
_COUNTS = ("subject", "group", "cause")


@router.get("/dossiers/{dossier}/claims", summary="Claims, by any clocks", operation_id="list_claims")
@heavy_pages
async def list_claims(
    request: Request, dossier: str, query: Annotated[ClaimsQuery, Query()], viewer: Viewer
) -> JsonAnswer[Paged[ClaimItem]]:
    """What the sources had said by `reported_by` of the world at `at`, as this dossier held it `as_of`.

    What has no date may have been so at any time: it is left out where `holds` is `certain` only.
    """
    if query.holds == "certain" and query.at is query.since is query.until is None:
        raise UnusedParameter("'holds' is of `at`, `since` and `until`, of which none is given", parameter="holds")
    question, page = turned(query.question(), query.limit, query.cursor)
    reading = await reading_of(request, dossier, question, viewer)
    query = by_ids(query, reading)
    async with connected(request) as connection:
        places = None if query.place is None else await inside(connection, reading, query.place)
        among: list[str] | None = None
        if query.incident is not None:
            incident = await incident_as_of(connection, reading, query.incident)
            if incident is None:
                raise no_such_item(reading, "incident", query.incident)
            among = incident["claims"]
        wanted = ClaimFilter(
            period=period_of(reading, query.since, query.until),
            certainly=query.holds == "certain",
            among=among,
            type=query.type,
            nature=query.nature,
            counts={part: word for part in _COUNTS if (word := getattr(query, part)) is not None},
            kind=query.kind,
            measure=query.measure,
            places=places,
            actor=query.actor,
            claimant=query.claimant,
            unattributed=query.unattributed,
            report=query.report,
            credibility=query.credibility,
            status=query.status,
        )
        items = await claims.claims_as_of(connection, reading, wanted, page)
    if not items:
        await refuse_unused_words(system_of(request), dossier, words_in_query(request, reading.ids))
    return JsonAnswer(paged(reading, items, query.limit))


@router.get("/dossiers/{dossier}/claims/{id}", summary="One claim", operation_id="read_claim")
@declares(headers=("ETag",))
async def read_claim(
    request: Request, dossier: str, id: str, query: Annotated[ReportedQuery, Query()], viewer: Viewer
) -> JsonAnswer[ClaimAnswer]:
    reading = await reading_of(request, dossier, query.question(), viewer)
    async with connected(request) as connection:
        found = await claims.claim_as_of(connection, reading, id)
        if found is None and await claims.is_recorded(connection, reading, id):
            surely = "possibly" if reading.clocks.certainty == "possible" else "certainly"
            raise NotReportedYet(
                f"claim {id!r} is in the dossier, but no report of it was {surely} out by then"
                if reading.clocks.reported_by is not None
                else f"claim {id!r} is in the dossier, but every report of it was retracted"
            )
    return await item_answer(request, reading, StreamRef("claim", id), found)
