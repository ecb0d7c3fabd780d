"""What changed after it was first recorded."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from application.event_log import Recorded
from application.history import Entry, history
from application.reading import Reading
from domain import when
from domain.claim import Claim
from domain.content import Figure, span
from domain.families import FAMILIES, Family
from domain.report import ReportWithdrawn
from domain.statements import Made
from domain.topic import topic_of
from infrastructure.questions.corrections import assessments_on, corrections
from infrastructure.read_models.incidents import survivors_of
from infrastructure.read_models.reports import publications
from interfaces.api.access import system_of
from interfaces.api.answer import Answer
from interfaces.api.history import told_changes
from interfaces.api.reading import (
    ClockedQuery,
    Position,
    Viewer,
    answered,
    connected,
    cursor_of,
    reading_of,
    turned_by,
)

router = APIRouter(tags=["ask"])

StreamKind = Literal["dossier", "source", "actor", "place", "report", "claim", "incident", "assessment"]
AT_ONCE = 200


_AFTER_CORRECTION: TypeAdapter[Any] = TypeAdapter(Position)


class CorrectionsQuery(ClockedQuery):
    """`reported_by`: those of which a reader could have known; `at`: those of claims that may have been so then."""

    family: Family | None = Field(None, description="source, record or judgement")
    kind: StreamKind | None = Field(None, description="of what: claim, report, place ...")
    id: str | None = Field(None, description="of this item")
    after: int | None = Field(None, ge=0, description="recorded after this position")
    order: Literal["oldest", "newest"] = "oldest"
    limit: int = Field(100, ge=1, le=1000)
    cursor: str | None = Field(None, description="`next` of the page before; the other parameters stay the same")


@router.get(
    "/dossiers/{dossier}/corrections",
    summary="Everything that changed after it was first recorded",
    operation_id="list_corrections",
)
async def list_corrections(
    request: Request, dossier: str, query: Annotated[CorrectionsQuery, Query()], viewer: Viewer
) -> Answer:
    """In order, by family: what was changed, before and after, by whom and why, and which answers it touches."""
    question, begun = turned_by(query.question(), query.cursor, _AFTER_CORRECTION)
    reading = await reading_of(request, dossier, question, viewer)
    items: list[dict[str, Any]] = []
    last: int | None = None
    async for correction in _corrections(request, reading, query, begun):
        if len(items) == query.limit:
            return Answer(answered(reading, items=items, next=cursor_of(reading, last)))
        items.append(correction)
        last = correction["position"]
    return Answer(answered(reading, items=items, next=None))


async def _corrections(
    request: Request, reading: Reading, query: CorrectionsQuery, last: int | None
) -> AsyncIterator[dict[str, Any]]:
    types = [type_ for type_, family in FAMILIES.items() if family != "world" and query.family in (None, family)]
    newest = query.order == "newest"
    system = system_of(request)
    called = await system.tokens.names()
    if last is None and not newest:
        last = query.after
    # One more than a page tells whether there is a next one.
    at_once = min(query.limit + 1, AT_ONCE)
    while True:
        # The log takes a connection of its own: holding another meanwhile, many questions would wait for each other.
        async with connected(request) as connection:
            found = await corrections(
                connection, reading, types, (query.kind, query.id), last, at_once, newest_first=newest
            )
        streams = await system.log.streams(reading.dossier_id, list(dict.fromkeys(one.stream for one in found)))
        entries = {
            entry.recorded.position: entry
            for stream, events in streams.items()
            for entry in history(stream.kind, [each for each in events if each.position <= reading.position])
        }
        page = [entries[one.position] for one in found]
        async with connected(request) as connection:
            touching = await _touches(connection, reading, page)
            shown = await _showing(connection, reading, page)
        for entry in page:
            if query.after is not None and entry.recorded.position <= query.after:
                return
            if shown(entry):
                yield _correction(entry, called, touching[entry.recorded.position])
        if len(found) < at_once:
            return
        last = found[-1].position


def _correction(entry: Entry, called: Mapping[str, str], touches: dict[str, list[str]]) -> dict[str, Any]:
    stream = entry.recorded.stream
    return {
        **told_event(entry.recorded, called),
        "kind": stream.kind,
        "id": stream.id,
        "principal": entry.recorded.principal,
        "report": getattr(entry.recorded.event, "report", None),
        "changes": told_changes(entry),
        "touches": touches,
    }


def told_event(recorded: Recorded, called: Mapping[str, str]) -> dict[str, Any]:
    return {
        "position": recorded.position,
        "type": recorded.event.type,
        "family": FAMILIES[recorded.event.type],
        "recorded_at": recorded.recorded_at.isoformat().replace("+00:00", "Z"),
        "principal_name": called.get(recorded.principal),
        "reason": getattr(recorded.event, "reason", None),
    }


# ---- which answers a correction touches


async def _touches(
    connection: AsyncConnection, reading: Reading, page: Sequence[Entry]
) -> dict[int, dict[str, list[str]]]:
    claim_ids = sorted({entry.recorded.stream.id for entry in page if entry.recorded.stream.kind == "claim"})
    incidents = await survivors_of(connection, reading, claim_ids) if claim_ids else {}
    assessments = await assessments_on(connection, reading, claim_ids) if claim_ids else {}
    return {entry.recorded.position: _touched(entry, incidents, assessments) for entry in page}


def _touched(
    entry: Entry, incidents: Mapping[str, str], assessments: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """The items and topics by which the answers are asked for that this event may have moved."""
    stream = entry.recorded.stream
    found: dict[str, set[str]] = {f"{stream.kind}s": {stream.id}}
    if stream.kind == "claim":
        for made in (made for state in (entry.before, entry.after) if state for made in state.statements):
            _touched_by(made, found)
        if stream.id in incidents:
            found["incidents"] = {incidents[stream.id]}
        found["assessments"] = set(assessments.get(stream.id, ()))
    return {name: sorted(ids) for name, ids in found.items() if ids and name != "dossiers"}


def _touched_by(made: Made, found: dict[str, set[str]]) -> None:
    content = made.content
    if isinstance(content, Figure):
        found.setdefault("topics", set()).add(str(topic_of(content)))
    if content.place is not None:
        found.setdefault("places", set()).add(content.place)
    if content.claimant is not None:
        found.setdefault("sources", set()).add(content.claimant)
    found.setdefault("reports", set()).add(made.report)


async def _showing(connection: AsyncConnection, reading: Reading, page: Sequence[Entry]) -> Any:
    """Whether a correction is one by the clocks besides the position."""
    clocks = reading.clocks
    named = {made.report for entry in page for made in _statements(entry)} | _reports_of(page)
    published = await publications(connection, reading, named) if clocks.reported_by is not None else {}

    def out(report_id: str) -> bool:
        bounds = published.get(report_id)
        return clocks.reported_by is None or (bounds is not None and clocks.has_passed(bounds))

    def taken_back(event: ReportWithdrawn) -> bool:
        if event.report is not None:
            return out(event.report)
        return event.when is None or clocks.has_passed(when.bounds(event.when, reading.time_zone))

    def shown(entry: Entry) -> bool:
        event, stream = entry.recorded.event, entry.recorded.stream
        if stream.kind == "report" and not out(stream.id):
            return False
        if isinstance(event, ReportWithdrawn):
            return taken_back(event)
        if stream.kind != "claim":
            return True
        said_in = getattr(event, "report", None)
        if said_in is not None:
            if not out(said_in):
                return False
        elif not any(out(made.report) for made in _statements(entry)):
            return False
        return clocks.at is None or any(_may_have_been(made, reading) for made in _statements(entry))

    return shown


def _statements(entry: Entry) -> Iterable[Made]:
    for state in (entry.before, entry.after):
        if isinstance(state, Claim):
            yield from state.statements


def _reports_of(page: Sequence[Entry]) -> set[str]:
    """Those that something happened to, and those that they were withdrawn in."""
    mine = {entry.recorded.stream.id for entry in page if entry.recorded.stream.kind == "report"}
    events = (entry.recorded.event for entry in page)
    return mine | {event.report for event in events if isinstance(event, ReportWithdrawn) and event.report}


def _may_have_been(made: Made, reading: Reading) -> bool:
    so, at = span(made.content, reading.time_zone), reading.clocks.at
    return so is None or at is None or so.holds_at(at) != "no"
