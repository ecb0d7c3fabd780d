"""What changed after it was first recorded: corrections, and what differs between two pictures."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from application.event_log import Recorded
from application.history import Entry, history
from application.reading import Certainty, Question, Reading
from domain.claim import Claim
from domain.content import Figure, span
from domain.families import FAMILIES, Family
from domain.fields import StreamRef
from domain.statements import Made
from domain.topic import topic_of
from infrastructure.questions import changes
from infrastructure.questions.changes import Candidate, Pictures
from infrastructure.questions.claims import claims_with_ids
from infrastructure.questions.corrections import assessments_on, corrections
from infrastructure.questions.named import Mentioned, names
from infrastructure.read_models.incidents import survivors_of
from infrastructure.read_models.reports import publications
from interfaces.api.access import system_of
from interfaces.api.history import told_changes
from interfaces.api.reading import (
    ClockedQuery,
    Viewer,
    answered,
    connected,
    cursor_of,
    reading_of,
    told_clocks,
    turned_by,
)

router = APIRouter(tags=["ask"])

StreamKind = Literal["dossier", "source", "actor", "place", "report", "claim", "incident", "assessment"]
AT_ONCE = 200


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
) -> JSONResponse:
    """In order, by family: what was changed, before and after, by whom and why, and which answers it touches."""
    question, begun = turned_by(query.question(), query.cursor)
    reading = await reading_of(request, dossier, question, viewer)
    items: list[dict[str, Any]] = []
    last: int | None = None
    async for correction in _corrections(request, reading, query, begun):
        if len(items) == query.limit:
            return JSONResponse(answered(reading, items=items, next=cursor_of(reading, last)))
        items.append(correction)
        last = correction["position"]
    return JSONResponse(answered(reading, items=items, next=None))


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
        **_event(entry.recorded, called),
        "kind": stream.kind,
        "id": stream.id,
        "principal": entry.recorded.principal,
        "report": getattr(entry.recorded.event, "report", None),
        "changes": told_changes(entry),
        "touches": touches,
    }


def _event(recorded: Recorded, called: Mapping[str, str]) -> dict[str, Any]:
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
        if bounds is None or clocks.reported_by is None:
            return clocks.reported_by is None
        return (bounds.latest if clocks.certainty == "certain" else bounds.earliest) <= clocks.reported_by

    def shown(entry: Entry) -> bool:
        event, stream = entry.recorded.event, entry.recorded.stream
        if stream.kind == "report" and not out(stream.id):
            return False
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
    return {entry.recorded.stream.id for entry in page if entry.recorded.stream.kind == "report"}


def _may_have_been(made: Made, reading: Reading) -> bool:
    so, at = span(made.content, reading.time_zone), reading.clocks.at
    return so is None or at is None or so.holds_at(at) != "no"


# ---- what differs between two pictures


class ChangesQuery(BaseModel):
    """Two triples of clocks. What is left out is everything, up to now."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_as_of: str | None = Field(None, alias="from.as_of", description="a position, a moment or a date")
    from_reported_by: str | None = Field(None, alias="from.reported_by", description="a moment, date, month or year")
    from_at: str | None = Field(None, alias="from.at", description="a moment or date")
    from_certainty: Certainty = Field("certain", alias="from.certainty", description="of from.reported_by")
    to_as_of: str | None = Field(None, alias="to.as_of", description="a position, a moment or a date")
    to_reported_by: str | None = Field(None, alias="to.reported_by", description="a moment, date, month or year")
    to_at: str | None = Field(None, alias="to.at", description="a moment or date")
    to_certainty: Certainty = Field("certain", alias="to.certainty", description="of to.reported_by")
    min_position: int | None = Field(None, ge=0, description="wait (a few seconds at most) until it is there")
    limit: int = Field(100, ge=1, le=1000)
    cursor: str | None = Field(None, description="`next` of the page before; the other parameters stay the same")

    def questions(self) -> tuple[Question, Question]:
        return (
            Question(self.from_at, self.from_reported_by, self.from_as_of, self.from_certainty, self.min_position),
            Question(self.to_at, self.to_reported_by, self.to_as_of, self.to_certainty, self.min_position),
        )


@router.get("/dossiers/{dossier}/changes", summary="What differs between two pictures", operation_id="read_changes")
async def read_changes(
    request: Request, dossier: str, query: Annotated[ChangesQuery, Query()], viewer: Viewer
) -> JSONResponse:
    """Claims that appeared, disappeared or say something else, and the events that made it so."""
    before, after = query.questions()
    begun: Any = None
    if query.cursor is not None:
        before, begun = turned_by(before, query.cursor)
        after = Question(after.at, after.reported_by, str(begun[0]), after.certainty, after.min_position)
    pictures = Pictures(
        await reading_of(request, dossier, before, viewer), await reading_of(request, dossier, after, viewer)
    )
    items, next_ = await _changes(request, pictures, begun[1] if begun else None, query.limit)
    mentioned = Mentioned()
    for item in items:
        for side in (item["before"], item["after"]):
            if side is not None:
                _mention(side, mentioned)
    async with connected(request) as connection:
        called = await names(connection, pictures.later, mentioned)
    told = {"from": told_clocks(pictures.before), "to": told_clocks(pictures.after)}
    cursor = None if next_ is None else cursor_of(pictures.before, [pictures.after.position, next_])
    return JSONResponse({**told, "items": items, "names": called, "next": cursor})


async def _changes(
    request: Request, pictures: Pictures, begun: Sequence[Any] | None, limit: int
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    items: list[dict[str, Any]] = []
    last: list[Any] | None = None
    at_once = min(limit + 1, AT_ONCE)
    while True:
        async with connected(request) as connection:
            newly_out = set(await changes.published_between(connection, pictures))
            some = await changes.candidates(connection, pictures, begun, at_once)
            ids = [candidate.claim for candidate in some]
            before = await claims_with_ids(connection, pictures.before, ids)
            after = await claims_with_ids(connection, pictures.after, ids)
        shown = {id_: (_seen(before.get(id_)), _seen(after.get(id_))) for id_ in ids}
        for candidate, item in await _differing(request, pictures, some, shown, newly_out):
            if len(items) == limit:
                return items, last
            items.append(item)
            last = candidate.after
        if len(some) < at_once:
            return items, None
        begun = some[-1].after


Shown = dict[str, Any] | None


async def _differing(
    request: Request,
    pictures: Pictures,
    some: Sequence[Candidate],
    shown: Mapping[str, tuple[Shown, Shown]],
    newly_out: set[str],
) -> list[tuple[Candidate, dict[str, Any]]]:
    """Those of some claims that differ, with what differs and why."""
    system = system_of(request)
    called = await system.tokens.names()
    reports = sorted({side["report"]["id"] for pair in shown.values() for side in pair if side is not None})
    wanted = [StreamRef("claim", id_) for id_ in shown] + [StreamRef("report", id_) for id_ in reports]
    streams = await system.log.streams(pictures.before.dossier_id, wanted)
    found = []
    for candidate in some:
        was, now = shown[candidate.claim]
        events = streams[StreamRef("claim", candidate.claim)]
        differs = [*_differences(was, now), *_other_relations(events, pictures)]
        # What neither picture has differs in none, whatever was said of it between.
        if (was is None and now is None) or not (differs or was is None or now is None):
            continue
        sides = [side for side in (was, now) if side is not None]
        of_reports = [each for side in sides for each in streams[StreamRef("report", side["report"]["id"])]]
        made_so = {each.position: each for each in (*events, *of_reports) if _made_so(each, pictures, newly_out)}
        item = {
            "claim": candidate.claim,
            "what": "appeared" if was is None else "disappeared" if now is None else "changed",
            "before": was,
            "after": now,
            "differs": differs,
            "events": [_event(made_so[position], called) for position in sorted(made_so)],
            "published": sorted({side["report"]["id"] for side in sides} & newly_out),
        }
        found.append((candidate, item))
    return found


def _seen(shown: dict[str, Any] | None) -> dict[str, Any] | None:
    """A claim as a picture has it: what was retracted, or cannot have been so at the moment, is not in it."""
    return None if shown is None or shown["status"] == "retracted" or shown.get("holds") == "no" else shown


_COMPARED = ("status", "statement", "credibility", "graded_because", "changed")


def _differences(was: dict[str, Any] | None, now: dict[str, Any] | None) -> list[str]:
    """The fields that differ; those of the content by their own names."""
    if was is None or now is None:
        return []
    old, new = was["content"], now["content"]
    differs = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    differs += [name for name in _COMPARED if was.get(name) != now.get(name)]
    if was["report"] != now["report"]:
        differs.append("report")
    return differs


def _other_relations(events: Sequence[Recorded], pictures: Pictures) -> list[str]:
    """The relations that the claim itself has to others in one picture only."""
    low, high = (
        history("claim", [each for each in events if each.position <= position])
        for position in (pictures.low, pictures.high)
    )
    was = low[-1].after.relations if low else frozenset()
    now = high[-1].after.relations if high else frozenset()
    return sorted({relation for relation, _ in was ^ now}) if low else []


def _made_so(recorded: Recorded, pictures: Pictures, newly_out: set[str]) -> bool:
    """Whether an event is between the two positions, or says what a report told that came out between the cut-offs."""
    if pictures.low < recorded.position <= pictures.high:
        return True
    return recorded.position <= pictures.low and getattr(recorded.event, "report", None) in newly_out


def _mention(shown: Mapping[str, Any], mentioned: Mentioned) -> None:
    content = shown["content"]
    mentioned.reports.add(shown["report"]["id"])
    mentioned.sources.update(content.get("via", ()))
    mentioned.places.update(place for place in (content.get("place"),) if place)
    mentioned.sources.update(source for source in (content.get("claimant"),) if source)
    mentioned.actors.update(actor for actor in map(content.get, ("actor", "subject", "by", "against")) if actor)
    mentioned.actors.update(actor for actors in content.get("actors", {}).values() for actor in actors)
