"""What differs between two pictures: claims, and the events that made it so."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.findings import Mentioned
from application.reading import AskedClocks, Reading
from application.stream_kinds import STREAM_KINDS
from domain.basis import reports_of
from domain.changes import ShownClaim, TwoPictures, differing_fields, differing_relations, in_picture, unsaid
from domain.claim import Claim
from domain.clocks import Certainty
from domain.content import Content, open_words
from domain.errors import DomainError
from domain.fields import StreamRef
from domain.items_named import items_named
from domain.merging import Merged
from infrastructure.questions import changes
from infrastructure.questions.changes import Candidate, PicturePair
from infrastructure.questions.claims import ClaimItem, claims_with_ids
from infrastructure.questions.merges import merged_reports
from infrastructure.questions.named import NamesTold, names
from interfaces.api.access import signers, system_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.correction_told import EventTold, told_event
from interfaces.api.heavy import heavy
from interfaces.api.reading import (
    AsOf,
    Clocked,
    Cursor,
    CutOff,
    Name,
    Position,
    Viewer,
    connected,
    cursor_of,
    reading_of,
    told_clocks,
    turned_by,
)

router = APIRouter(tags=["ask"])

AT_ONCE = 200
What = Literal["appeared", "disappeared", "changed"]
# The position of the second picture, and where the candidates go on.
_AFTER_CHANGE: TypeAdapter[Any] = TypeAdapter(
    tuple[
        Position,
        tuple[Literal["events"], Position]
        | tuple[Literal["reports"], Name, Name, Name]
        | tuple[Literal["time"], Position],
    ]
)


class Change(TypedDict):
    """A claim that differs between two pictures, and the events that made it so.

    `published`: reports of it that were out by one of the cut-offs only.
    """

    claim: str
    what: What
    before: ClaimItem | None
    after: ClaimItem | None
    differs: list[str]
    events: list[EventTold]
    published: list[str]


Changes = TypedDict(
    "Changes", {"from": Clocked, "to": Clocked, "items": list[Change], "names": NamesTold, "next": str | None}
)
Changes.__doc__ = """The claims that differ between two pictures, each by its own clocks."""


class ChangesQuery(BaseModel):
    """Two triples of clocks. What is left out is everything, up to now."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_as_of: AsOf | None = Field(None, alias="from.as_of", description="a position, a moment or a date")
    from_reported_by: CutOff | None = Field(None, alias="from.reported_by", description="a moment, date, month or year")
    from_at: CutOff | None = Field(None, alias="from.at", description="a moment or date")
    from_certainty: Certainty = Field("certain", alias="from.certainty", description="of from.reported_by")
    to_as_of: AsOf | None = Field(None, alias="to.as_of", description="a position, a moment or a date")
    to_reported_by: CutOff | None = Field(None, alias="to.reported_by", description="a moment, date, month or year")
    to_at: CutOff | None = Field(None, alias="to.at", description="a moment or date")
    to_certainty: Certainty = Field("certain", alias="to.certainty", description="of to.reported_by")
    min_position: int | None = Field(None, ge=0, description="wait (a few seconds at most) until it is there")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")

    def questions(self) -> tuple[AskedClocks, AskedClocks]:
        return (
            AskedClocks(self.from_at, self.from_reported_by, self.from_as_of, self.from_certainty, self.min_position),
            AskedClocks(self.to_at, self.to_reported_by, self.to_as_of, self.to_certainty, self.min_position),
        )


@router.get("/dossiers/{dossier}/changes", summary="Claims that differ in two pictures", operation_id="read_changes")
@heavy
async def read_changes(
    request: Request, dossier: str, query: Annotated[ChangesQuery, Query()], viewer: Viewer
) -> JsonAnswer[Changes]:
    """Claims that appeared, disappeared or say something else, and the events that made it so.

    What is found of them can differ where no claim does: `changes/findings` lists that.
    """
    pictures, begun = await asked_pictures(request, dossier, query, viewer, _AFTER_CHANGE)
    items, next_ = await _changes(request, pictures, begun, query.limit)
    mentioned = Mentioned()
    for item in items:
        for side in (item["before"], item["after"]):
            if side is not None:
                _mention(side, mentioned)
    async with connected(request) as connection:
        called = await names(connection, pictures.later, mentioned)
    one, other = told_clocks(pictures.before), told_clocks(pictures.after)
    cursor = None if next_ is None else cursor_of(pictures.before, [pictures.after.position, next_])
    return JsonAnswer({"from": one, "to": other, "items": items, "names": called, "next": cursor})


async def asked_pictures(
    request: Request, dossier: str, query: ChangesQuery, viewer: str | None, shape: TypeAdapter[Any]
) -> tuple[PicturePair, Any]:
    """Both of them, and where a list goes on (None: at its beginning).

    `shape` is what its cursors hold: the position of the second picture, and where it goes on.
    """
    before, after = query.questions()
    begun: Any = None
    if query.cursor is not None:
        before, (position, begun) = turned_by(before, query.cursor, shape)
        after = AskedClocks(after.at, after.reported_by, str(position), after.certainty, after.min_position)
    pictures = PicturePair(
        await _picture(request, dossier, before, viewer, "from"), await _picture(request, dossier, after, viewer, "to")
    )
    return pictures, begun


def what_became(before: object | None, after: object | None) -> What:
    return "appeared" if before is None else "disappeared" if after is None else "changed"


async def _picture(request: Request, dossier: str, question: AskedClocks, viewer: str | None, side: str) -> Reading:
    """One of the two; a refusal names its clock as it was asked for."""
    try:
        return await reading_of(request, dossier, question, viewer)
    except DomainError as refusal:
        if refusal.field in ("at", "reported_by", "as_of"):
            refusal.field = f"{side}.{refusal.field}"
        raise


async def _changes(
    request: Request, pictures: PicturePair, begun: Sequence[Any] | None, limit: int
) -> tuple[list[Change], list[Any] | None]:
    items: list[Change] = []
    last: list[Any] | None = None
    at_once = min(limit + 1, AT_ONCE)
    while True:
        async with connected(request) as connection:
            newly_out = set(await changes.published_between(connection, pictures))
            some = await changes.candidates(connection, pictures, begun, at_once)
            ids = [candidate.claim for candidate in some]
            before = await claims_with_ids(connection, pictures.before, ids)
            after = await claims_with_ids(connection, pictures.after, ids)
            merges = [await merged_reports(connection, reading) for reading in (pictures.before, pictures.after)]
        shown: Any = {id_: (in_picture(before.get(id_)), in_picture(after.get(id_))) for id_ in ids}
        for candidate, item in await _differing(request, pictures, some, shown, newly_out, merges):
            if len(items) == limit:
                return items, last
            items.append(item)
            last = candidate.after
        if len(some) < at_once:
            return items, None
        begun = some[-1].after


async def _differing(
    request: Request,
    pictures: PicturePair,
    some: Sequence[Candidate],
    shown: Mapping[str, tuple[ShownClaim | None, ShownClaim | None]],
    newly_out: set[str],
    merges: Sequence[Merged],
) -> list[tuple[Candidate, Change]]:
    """Those of some claims that differ, with what differs and why."""
    system = system_of(request)
    reports = sorted({id_ for pair in shown.values() for id_ in _reports_of(pair)})
    wanted = [StreamRef("claim", id_) for id_ in shown] + [StreamRef("report", id_) for id_ in reports]
    streams = await system.log.streams(pictures.before.dossier_id, wanted)
    ways = {id_: _ways(streams[StreamRef("claim", id_)], merges) for id_ in shown}
    further = {StreamRef("report", id_) for way in ways.values() for id_ in way} - streams.keys()
    if further:
        streams = {**streams, **await system.log.streams(pictures.before.dossier_id, sorted(further))}
    two = TwoPictures(
        pictures.low, pictures.high, pictures.before.clocks, pictures.after.clocks, pictures.later.time_zone
    )
    called = await signers(request, (each for events in streams.values() for each in events))
    found = []
    for candidate in some:
        was: Any
        now: Any
        was, now = shown[candidate.claim]
        events = streams[StreamRef("claim", candidate.claim)]
        held = _at(events, pictures.low), _at(events, pictures.high)
        differs = [*differing_fields(was, now), *differing_relations(*held)]
        # What neither picture has differs in none, whatever was said of it between.
        if (was is None and now is None) or not (differs or was is None or now is None):
            continue
        told_in = sorted(_reports_of((was, now)))
        of_reports = [each for id_ in told_in for each in streams[StreamRef("report", id_)]]
        of_reports += [
            each
            for id_ in ways[candidate.claim]
            for each in streams[StreamRef("report", id_)]
            if each.event.type in _ONE_OR_SEVERAL
        ]
        gone = unsaid((*events, *of_reports), pictures.low)
        made_so = {
            each.position: each
            for each in (*events, *of_reports)
            if each.position not in gone and two.told_apart_by(each, newly_out)
        }
        item: Change = {
            "claim": candidate.claim,
            "what": what_became(was, now),
            "before": was,
            "after": now,
            "differs": differs,
            "events": [told_event(made_so[position], called) for position in sorted(made_so)],
            "published": sorted({*told_in} & newly_out),
        }
        found.append((candidate, item))
    return found


def _reports_of(sides: Iterable[ShownClaim | None]) -> set[str]:
    """The reports that a claim stands in, those that took it back among them."""
    told = (
        side[name]["id"] for side in sides if side is not None for name in ("report", "withdrawn_in") if name in side
    )
    return set(told)


# Of a report: by these it goes on as another, or no longer.
_ONE_OR_SEVERAL = ("report.merged", "report.split", "report.retracted", "report.reinstated")


def _ways(events: Sequence[Recorded], merges: Sequence[Merged]) -> set[str]:
    """The reports by way of which what a claim says stands in another one, in either picture."""
    stood_in = reports_of(events) if any(merges) else ()
    ways = (merged.way(report) for report in stood_in for merged in merges)
    return {id_ for way in ways if len(way) > 1 for id_ in way}


def _at(events: Sequence[Recorded], position: int) -> Claim | None:
    held: Claim | None = None
    for each in events:
        if each.position <= position:
            held = STREAM_KINDS["claim"].evolve(held, each.event)
    return held


_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


def _mention(shown: Mapping[str, Any], mentioned: Mentioned) -> None:
    content = shown["content"]
    mentioned.reports.update(_reports_of([shown]))
    by_kind = {"source": mentioned.sources, "actor": mentioned.actors, "place": mentioned.places}
    for kind, id_ in items_named(content):
        by_kind.get(kind, mentioned.reports).add(id_)
    mentioned.words.update(open_words(_CONTENT.validate_python(content)))
