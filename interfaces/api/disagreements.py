"""Where voices contradict each other, and the record of a source."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from application.findings import KINDS_OF_DISAGREEMENT, Telling
from application.found import DisagreementItem, RuleId
from application.watch import DisagreementRule, KindOfDisagreement
from domain.contradictions import CANNOT_ALL_BE_RIGHT
from domain.control import CONTROL_FROM_SNAPSHOTS
from domain.dates_apart import TIMES_APART
from domain.source import Reliability, SourceKind
from domain.words import WORDS
from infrastructure.questions.disagreements import Sought, disagreements
from infrastructure.questions.named import Mentions, mentions
from infrastructure.questions.record import SourceRecord, source_record
from infrastructure.read_models.sources import source_as_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.heavy import heavy
from interfaces.api.reading import (
    Clocked,
    ClockedQuery,
    Cursor,
    IdOrName,
    Name,
    Position,
    ReportedQuery,
    Viewer,
    by_ids,
    connected,
    cursor_of,
    inside_then,
    item_or_called,
    reading_of,
    told_clocks,
    turned_by,
)

router = APIRouter(tags=["ask"])


PlaceInDisagreements = (
    tuple[Literal["figures", "possible"], Name, Name, Name, Position]
    | tuple[Literal["control", "dates"], Name, Position]
    | tuple[Literal["declared"], Name, Name]
)
_AFTER: TypeAdapter[Any] = TypeAdapter(PlaceInDisagreements)


class Disagreements(Clocked, Mentions):
    """A page of disagreements, under the rules that find them."""

    rules: list[RuleId]
    items: list[DisagreementItem]
    next: str | None


class DisagreementsQuery(ClockedQuery):
    """`at`: those about then. Without it, about any time."""

    kind: KindOfDisagreement | None = Field(
        None,
        description="figures, control, dates, possible: figures that may also be about two things, "
        "or declared: what a claim itself disputes",
    )
    rule: DisagreementRule = Field(CANNOT_ALL_BE_RIGHT, description="by which rule figures contradict each other")
    place: IdOrName | None = Field(None, description="takes in the places inside it, as of the position")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")


@router.get("/dossiers/{dossier}/disagreements", summary="Who contradicts whom", operation_id="list_disagreements")
@heavy
async def list_disagreements(
    request: Request, dossier: str, query: Annotated[DisagreementsQuery, Query()], viewer: Viewer
) -> JsonAnswer[Disagreements]:
    """Figures that cannot all be right, holders that exclude each other at a certain time, times that do not meet of
    what may be one happening, figures that cannot both be right if they are about one thing, and declared disputes.

    Where few of many claims disagree, a page can be short, and even empty: the list ends where `next` is null.
    """
    question, after = turned_by(query.question(), query.cursor, _AFTER)
    reading = await reading_of(request, dossier, question, viewer)
    query = by_ids(query, reading)
    async with connected(request) as connection:
        places = None
        if query.place is not None:
            places = await inside_then(connection, reading, query.place)
        kinds = KINDS_OF_DISAGREEMENT if query.kind is None else (query.kind,)
        # One more than a page tells whether there is a next one.
        sought = Sought(kinds, places, query.rule)
        found, goes_on = await disagreements(connection, reading, sought, after, query.limit + 1)
        page = found[: query.limit]
        if len(found) > query.limit:
            goes_on = page[-1].after
        telling = Telling()
        items = [telling.disagreement(one) for one in page]
        told: Disagreements = {
            **told_clocks(reading),
            "rules": [WORDS, query.rule, CONTROL_FROM_SNAPSHOTS, *([] if sought.first_rule else [TIMES_APART])],
            "items": items,
            "next": None if goes_on is None else cursor_of(reading, goes_on),
            **await mentions(connection, reading, telling),
        }
        return JsonAnswer(told)


class SourceGraded(TypedDict):
    """The source that a record is of."""

    id: str
    name: str
    kind: SourceKind
    reliability: Reliability | None
    graded_because: str | None


class RecordAnswer(Clocked, SourceRecord):
    """The record of a source, by the clocks."""

    source: SourceGraded


@router.get(
    "/dossiers/{dossier}/sources/{id}/record", summary="The record of a source", operation_id="read_source_record"
)
@heavy
async def read_record(
    request: Request, dossier: str, id: str, query: Annotated[ReportedQuery, Query()], viewer: Viewer
) -> JsonAnswer[RecordAnswer]:
    """How much it said, took back and changed, how much of it we corrected, and how it is graded and disputed."""
    reading = await reading_of(request, dossier, query.question(), viewer)
    id, source = await item_or_called(request, reading, "source", id, source_as_of)
    async with connected(request) as connection:
        told: SourceGraded = {
            "id": id,
            "name": source["name"],
            "kind": source["kind"],
            "reliability": source["reliability"],
            "graded_because": source["graded_because"],
        }
        record = await source_record(connection, reading, id)
        return JsonAnswer({**told_clocks(reading), "source": told, **record})
