"""Reading assessments: what the desk finds, on which claims, and whether those moved since."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from application.following.bases import AssessmentItem, with_bases
from application.reading import AskedClocks, Page, Reading
from domain.assessment import Grade
from domain.fields import StreamRef
from infrastructure.read_models.assessments import AssessmentFilter, assessment_as_of, assessments_as_of
from interfaces.api.access import system_of
from interfaces.api.answer import JsonAnswer, declares
from interfaces.api.heavy import heavy
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
    inside,
    item_answer,
    paged,
    reading_of,
    turned,
)

router = APIRouter(tags=["read"])

# So many assessments have their bases looked at together: enough for a page, and little enough to hold.
AT_ONCE = 100


class AssessmentAnswer(OneItem, AssessmentItem):
    """One assessment, by the clocks."""


class AssessmentsQuery(ReportedQuery):
    at: CutOff | None = Field(
        None, description="takes those about a time that may take it in, and about none: a moment, or a date"
    )
    grade: Grade | None = Field(None, description="only those with this grade")
    place: IdOrName | None = Field(None, description="takes in the places inside it, as of the position")
    claim: Id | None = Field(None, description="assessments that rest on this claim")
    moved: bool | None = Field(None, description="those whose basis moved since they were assessed, or did not")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")

    def question(self) -> AskedClocks:
        return AskedClocks(self.at, self.reported_by, self.as_of, self.certainty, self.min_position)


@router.get("/dossiers/{dossier}/assessments", summary="The desk's assessments", operation_id="list_assessments")
@heavy
async def list_assessments(
    request: Request, dossier: str, query: Annotated[AssessmentsQuery, Query()], viewer: Viewer
) -> JsonAnswer[Paged[AssessmentItem]]:
    """What the desk finds, each with what moved in its basis, by what was reported by the cut-off."""
    question, page = turned(query.question(), query.limit, query.cursor)
    reading = await reading_of(request, dossier, question, viewer)
    query = by_ids(query, reading)
    wanted = AssessmentFilter(query.grade, await _inside(request, reading, query.place), query.claim)
    items: list[AssessmentItem] = []
    while True:
        # With a filter that only the log can answer, as many as it takes to fill the page.
        size = AT_ONCE if query.moved is not None else min(AT_ONCE, page.limit - len(items))
        async with connected(request) as connection:
            found = await assessments_as_of(connection, reading, Page(size, page.after), wanted)
        told = await with_bases(system_of(request).log, reading, found)
        items += [item for item in told if query.moved is None or item["moved"] == query.moved]
        if len(found) < size or len(items) >= page.limit:
            return JsonAnswer(paged(reading, items, query.limit))
        page = Page(page.limit, found[-1]["recorded_position"])


@router.get("/dossiers/{dossier}/assessments/{id}", summary="One assessment", operation_id="read_assessment")
@declares(headers=("ETag",))
async def read_assessment(
    request: Request, dossier: str, id: str, query: Annotated[ReportedQuery, Query()], viewer: Viewer
) -> JsonAnswer[AssessmentAnswer]:
    reading = await reading_of(request, dossier, query.question(), viewer)
    async with connected(request) as connection:
        found = await assessment_as_of(connection, reading, id)
    (told,) = await with_bases(system_of(request).log, reading, [found]) if found else [None]
    return await item_answer(request, reading, StreamRef("assessment", id), told)


async def _inside(request: Request, reading: Reading, place: str | None) -> Sequence[tuple[str, int, int]] | None:
    if place is None:
        return None
    async with connected(request) as connection:
        return await inside(connection, reading, place)
