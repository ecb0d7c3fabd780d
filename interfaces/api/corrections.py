"""What changed after it was first recorded."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Annotated, Any, Literal, NotRequired, Protocol

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.execute import NoSuchItem
from application.findings import Mentioned
from application.history import Entry, history
from application.reading import AskedClocks, NotInThePast, Reading
from application.shown import Instant, Moment
from application.watch import StreamKind
from domain import when
from domain.assessment import Assessment, references_of
from domain.claim import Claim
from domain.content import Content
from domain.corrections import SinceDate, SinceReport, Touched, holds_for, is_shown, reports_of, touched
from domain.events import EventType
from domain.families import FAMILIES, Family
from domain.fields import StreamRef, references
from domain.report import Report
from domain.when import moment_text
from infrastructure.questions.claims import claims_with_ids
from infrastructure.questions.corrections import assessments_on, corrections
from infrastructure.questions.named import names
from infrastructure.read_models.incidents import incident_as_of, survivors_of
from infrastructure.read_models.reports import Publication, publications
from interfaces.api.access import system_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.heavy import heavy
from interfaces.api.history import FieldChange, told_changes
from interfaces.api.reading import (
    ClockedQuery,
    Cursor,
    Id,
    Paged,
    Position,
    Viewer,
    connected,
    cursor_of,
    reading_of,
    told_clocks,
    turned_by,
)
from interfaces.messages.correction_words import Names, in_words, others_named

router = APIRouter(tags=["ask"])

AT_ONCE = 200


_AFTER_CORRECTION: TypeAdapter[Any] = TypeAdapter(Position)
_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


class EventTold(TypedDict):
    """An event: when it was recorded, of which family of change it is, by whom and why."""

    position: int
    type: EventType
    family: Family
    recorded_at: Moment
    principal_name: str | None
    reason: str | None


class CorrectionItem(EventTold):
    """Something that changed after it was first recorded.

    `touches`: the items and topics, by kind, whose answers this may have moved.
    """

    kind: StreamKind
    id: str
    principal: str
    report: str | None
    changes: list[FieldChange]
    touches: Mapping[Touched, list[str]]


class Dated(TypedDict):
    """A time in the world as it was written, and its bounds."""

    when: str
    earliest: Instant | None
    latest: Instant | None


class SinceReportTold(TypedDict):
    """From the publication of this report on; its bounds, where the report is known."""

    report: str
    earliest: NotRequired[Instant | None]
    latest: NotRequired[Instant | None]
    inferred: NotRequired[bool]


class RecordedAt(TypedDict):
    """From where it is recorded."""

    position: int
    recorded_at: Moment


class HeldFor(TypedDict):
    """About which time it is (null: no time in particular), for which reported time it holds, and from where.

    `reported_by` null: for all reported time, or (of a change by the source that nobody dated) for an unknown one.
    """

    at: Dated | None
    reported_by: SinceReportTold | Dated | None
    as_of: RecordedAt


class CorrectionAnswer(CorrectionItem):
    """One correction as it was made, with the clocks that it holds for, and in plain English."""

    holds_for: HeldFor
    title: str
    text: str


class CorrectionsQuery(ClockedQuery):
    """`reported_by`: those of which a reader could have known; `at`: those of claims that may have been so then."""

    family: Family | None = Field(None, description="source, record or judgement")
    kind: StreamKind | None = Field(None, description="of what: claim, report, place ...")
    id: Id | None = Field(None, description="of this item")
    after: int | None = Field(None, ge=0, description="recorded after this position")
    order: Literal["oldest", "newest"] = Field("oldest", description="which come first")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")


@router.get(
    "/dossiers/{dossier}/corrections",
    summary="Everything that changed after it was first recorded",
    operation_id="list_corrections",
)
@heavy
async def list_corrections(
    request: Request, dossier: str, query: Annotated[CorrectionsQuery, Query()], viewer: Viewer
) -> JsonAnswer[Paged[CorrectionItem]]:
    """In order, by family: what was changed, before and after, by whom and why, and which answers it touches."""
    question, begun = turned_by(query.question(), query.cursor, _AFTER_CORRECTION)
    reading = await reading_of(request, dossier, question, viewer)
    clocks, items = told_clocks(reading), list[CorrectionItem]()
    last: int | None = None
    async for correction in _corrections(request, reading, query, begun):
        if len(items) == query.limit:
            return JsonAnswer({**clocks, "items": items, "next": cursor_of(reading, last)})
        items.append(correction)
        last = correction["position"]
    return JsonAnswer({**clocks, "items": items, "next": None})


async def _corrections(
    request: Request, reading: Reading, query: CorrectionsQuery, last: int | None
) -> AsyncIterator[CorrectionItem]:
    newest = query.order == "newest"
    called = await system_of(request).tokens.names()
    if last is None and not newest:
        last = query.after
    # One more than a page tells whether there is a next one.
    at_once = min(query.limit + 1, AT_ONCE)
    while True:
        page = await entries_of(request, reading, query, last, at_once, newest_first=newest)
        async with connected(request) as connection:
            wanted = [entry for entry in page if query.after is None or entry.recorded.position > query.after]
            shown = await _shown(connection, reading, wanted)
            touching = await _touches(connection, reading, shown)
        for entry in shown:
            yield _correction(entry, called, touching[entry.recorded.position])
        if len(wanted) < at_once:
            return
        last = page[-1].recorded.position


class Wanted(Protocol):
    """Which corrections: of a family, of a kind of item, of one item; None takes all."""

    @property
    def family(self) -> Family | None: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def id(self) -> str | None: ...


def types_of(family: Family | None) -> list[str]:
    """The events that are corrections of a family."""
    return [type_ for type_, its_own in FAMILIES.items() if its_own != "world" and family in (None, its_own)]


async def entries_of(
    request: Request, reading: Reading, wanted: Wanted, last: int | None, limit: int, *, newest_first: bool
) -> list[Entry]:
    """At most `limit` corrections from where a list goes on (`last`, not with it), whatever the other clocks."""
    # The log takes a connection of its own: holding another meanwhile, many questions would wait for each other.
    async with connected(request) as connection:
        found = await corrections(
            connection, reading, types_of(wanted.family), (wanted.kind, wanted.id), last, limit,
            newest_first=newest_first,
        )  # fmt: skip
    named = list(dict.fromkeys(one.stream for one in found))
    streams = await system_of(request).log.streams(reading.dossier_id, named)
    entries = {
        entry.recorded.position: entry
        for stream, events in streams.items()
        for entry in history(stream.kind, [each for each in events if each.position <= reading.position])
    }
    return [entries[one.position] for one in found]


def _correction(entry: Entry, called: Mapping[str, str], touches: Mapping[Touched, list[str]]) -> CorrectionItem:
    stream = entry.recorded.stream
    kind: Any = stream.kind
    return {
        **told_event(entry.recorded, called),
        "kind": kind,
        "id": stream.id,
        "principal": entry.recorded.principal,
        "report": getattr(entry.recorded.event, "report", None),
        "changes": told_changes(entry),
        "touches": touches,
    }


def told_event(recorded: Recorded, called: Mapping[str, str]) -> EventTold:
    return {
        "position": recorded.position,
        "type": recorded.event.type,
        "family": FAMILIES[recorded.event.type],
        "recorded_at": moment_text(recorded.recorded_at),
        "principal_name": called.get(recorded.principal),
        "reason": getattr(recorded.event, "reason", None),
    }


# ---- one correction


class NoQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")


@router.get(
    "/dossiers/{dossier}/corrections/{position}",
    summary="One correction, as it was made",
    operation_id="read_correction",
)
async def read_correction(
    request: Request,
    dossier: str,
    position: Annotated[int, Path(ge=0, lt=10**18, description="where it stands in the log")],
    query: Annotated[NoQuery, Query()],
    viewer: Viewer,
) -> JsonAnswer[CorrectionAnswer]:
    """The correction at a position, with the clocks that it holds for, in data and in words.

    All of it is as of that position, so it reads the same for good, whatever comes later.
    """
    question = AskedClocks(as_of=str(position))
    try:
        reading = await reading_of(request, dossier, question, viewer)
    except NotInThePast:
        raise no_such_correction(dossier, position) from None
    page = await entries_of(request, reading, CorrectionsQuery.model_construct(), position - 1, 1, newest_first=False)
    if not page:
        raise no_such_correction(dossier, position)
    called = await system_of(request).tokens.names()
    async with connected(request) as connection:
        return JsonAnswer(await told_whole(connection, reading, page[0], called))


def no_such_correction(dossier: str, position: int) -> NoSuchItem:
    return NoSuchItem(f"there is no correction at position {position} of dossier {dossier!r}")


async def told_whole(
    connection: AsyncConnection, reading: Reading, entry: Entry, called: Mapping[str, str]
) -> CorrectionAnswer:
    """A correction as it was made, in data and in words, as of its own position."""
    made_at = replace(reading, position=entry.recorded.position)
    touches = await _touches(connection, made_at, [entry])
    found = await _names(connection, made_at, entry)
    told = _correction(entry, called, touches[made_at.position])
    held = held_for(entry, found, reading.time_zone)
    title, paragraphs = in_words(entry, {**told, "holds_for": held}, found)
    return {**told, "holds_for": held, "title": title, "text": "\n\n".join(paragraphs)}


async def _names(connection: AsyncConnection, reading: Reading, entry: Entry) -> Names:
    """What everything is called that the words for a correction mention."""
    claim_ids, incident_ids = others_named(entry)
    held = await claims_with_ids(connection, reading, claim_ids) if claim_ids else {}
    incidents: dict[str, Mapping[str, Any] | None] = {
        id_: await incident_as_of(connection, reading, id_) for id_ in incident_ids
    }
    named = list(chain.from_iterable(_streams_in(state) for state in (entry.before, entry.after)))
    for claim in held.values():
        named += (each.stream for each in references(_CONTENT.validate_python(claim["content"])))
    mentioned = Mentioned(
        *({id_ for kind, id_ in named if kind == wanted} for wanted in ("report", "source", "actor", "place"))
    )
    return Names(
        **await names(connection, reading, mentioned),
        claims={id_: claim["content"] for id_, claim in held.items()},
        incidents={id_: incident["title"] for id_, incident in incidents.items() if incident is not None},
    )


def _streams_in(state: Any) -> Iterator[StreamRef]:
    """Every item that the state of a stream names."""
    match state:
        case Claim():
            for made in state.statements:
                yield StreamRef("report", made.report)
                yield from (named.stream for named in references(made.content))
        case Assessment():
            yield from (named.stream for named in references_of(state.details))
        case _:
            yield from (named.stream for named in references(state.details))
            if isinstance(state, Report) and state.withdrawn is not None and state.withdrawn.report is not None:
                yield StreamRef("report", state.withdrawn.report)


def held_for(correction: Entry, names: Names, time_zone: str) -> HeldFor:
    """`holds_for` as it is told: each clock with its bounds."""
    recorded, clocks = correction.recorded, holds_for(correction)
    return {
        "at": _dated(clocks.at, time_zone),
        "reported_by": _reported(clocks.reported, names, time_zone),
        "as_of": {"position": recorded.position, "recorded_at": moment_text(recorded.recorded_at)},
    }


def _reported(since: SinceReport | SinceDate | None, names: Names, time_zone: str) -> SinceReportTold | Dated | None:
    match since:
        case SinceReport(report):
            named = names.reports.get(report)
            published: Publication | None = None if named is None else named["publication"]
            return {"report": report} if published is None else {"report": report, **published}
        case SinceDate(date):
            return _dated(date, time_zone)
        case None:
            return None


def _dated(date: str | None, time_zone: str) -> Dated | None:
    if date is None:
        return None
    bounds = when.bounds(date, time_zone)
    return {"when": date, "earliest": when.rfc3339(bounds.earliest), "latest": when.rfc3339(bounds.latest)}


async def _touches(
    connection: AsyncConnection, reading: Reading, page: Sequence[Entry]
) -> dict[int, Mapping[Touched, list[str]]]:
    claim_ids = sorted({entry.recorded.stream.id for entry in page if entry.recorded.stream.kind == "claim"})
    incidents = await survivors_of(connection, reading, claim_ids) if claim_ids else {}
    assessments = await assessments_on(connection, reading, claim_ids) if claim_ids else {}
    return {entry.recorded.position: touched(entry, incidents, assessments) for entry in page}


async def _shown(connection: AsyncConnection, reading: Reading, page: Sequence[Entry]) -> list[Entry]:
    """Those that are corrections by the clocks besides the position."""
    clocks = reading.clocks
    published = await publications(connection, reading, reports_of(page)) if clocks.reported_by is not None else {}
    return [entry for entry in page if is_shown(entry, clocks, published, reading.time_zone)]
