"""What differs between two pictures: claims, and the events that made it so."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.findings import Mentioned
from application.reading import AskedClocks, Reading
from application.stream_kinds import STREAM_KINDS
from domain.changes import ShownClaim, TwoPictures, differing_fields, differing_relations, in_picture
from domain.claim import Claim
from domain.clocks import Certainty
from domain.errors import DomainError
from domain.fields import StreamRef
from infrastructure.questions import changes
from infrastructure.questions.changes import Candidate, PicturePair
from infrastructure.questions.claims import ClaimItem, claims_with_ids
from infrastructure.questions.named import NamesTold, names
from interfaces.api.access import system_of
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
    what: Literal["appeared", "disappeared", "changed"]
    before: ClaimItem | None
    after: ClaimItem | None
    differs: list[str]
    events: list[EventTold]
    published: list[str]


Changes = TypedDict(
    "Changes", {"from": Clocked, "to": Clocked, "items": list[Change], "names": NamesTold, "next": str | None}
)
Changes.__doc__ = """What differs between two pictures, each by its own clocks."""


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


@router.get("/dossiers/{dossier}/changes", summary="What differs between two pictures", operation_id="read_changes")
@heavy
async def read_changes(
    request: Request, dossier: str, query: Annotated[ChangesQuery, Query()], viewer: Viewer
) -> JsonAnswer[Changes]:
    """Claims that appeared, disappeared or say something else, and the events that made it so."""
    before, after = query.questions()
    begun: Any = None
    if query.cursor is not None:
        before, begun = turned_by(before, query.cursor, _AFTER_CHANGE)
        after = AskedClocks(after.at, after.reported_by, str(begun[0]), after.certainty, after.min_position)
    pictures = PicturePair(
        await _picture(request, dossier, before, viewer, "from"), await _picture(request, dossier, after, viewer, "to")
    )
    items, next_ = await _changes(request, pictures, begun[1] if begun else None, query.limit)
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


async def _picture(request: Request, dossier: str, question: AskedClocks, viewer: str | None, side: str) -> Reading:
    """One of the two; a refusal names its clock as it was asked for."""
    try:
        return await reading_of(request, dossier, question, viewer)
    except DomainError as refusal:
        if refusal.field in ("at", "reported_by", "as_of"):
            refusal.field = f"{side}_{refusal.field}"
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
        shown: Any = {id_: (in_picture(before.get(id_)), in_picture(after.get(id_))) for id_ in ids}
        for candidate, item in await _differing(request, pictures, some, shown, newly_out):
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
) -> list[tuple[Candidate, Change]]:
    """Those of some claims that differ, with what differs and why."""
    system = system_of(request)
    called = await system.tokens.names()
    reports = sorted({side["report"]["id"] for pair in shown.values() for side in pair if side is not None})
    wanted = [StreamRef("claim", id_) for id_ in shown] + [StreamRef("report", id_) for id_ in reports]
    streams = await system.log.streams(pictures.before.dossier_id, wanted)
    two = TwoPictures(
        pictures.low, pictures.high, pictures.before.clocks, pictures.after.clocks, pictures.later.time_zone
    )
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
        sides = [side for side in (was, now) if side is not None]
        of_reports = [each for side in sides for each in streams[StreamRef("report", side["report"]["id"])]]
        made_so = {each.position: each for each in (*events, *of_reports) if two.told_apart_by(each, newly_out)}
        item: Change = {
            "claim": candidate.claim,
            "what": "appeared" if was is None else "disappeared" if now is None else "changed",
            "before": was,
            "after": now,
            "differs": differs,
            "events": [told_event(made_so[position], called) for position in sorted(made_so)],
            "published": sorted({side["report"]["id"] for side in sides} & newly_out),
        }
        found.append((candidate, item))
    return found


def _at(events: Sequence[Recorded], position: int) -> Claim | None:
    held: Claim | None = None
    for each in events:
        if each.position <= position:
            held = STREAM_KINDS["claim"].evolve(held, each.event)
    return held


def _mention(shown: Mapping[str, Any], mentioned: Mentioned) -> None:
    content = shown["content"]
    mentioned.reports.add(shown["report"]["id"])
    mentioned.sources.update(content.get("via", ()))
    mentioned.places.update(place for place in (content.get("place"),) if place)
    mentioned.sources.update(source for source in (content.get("claimant"),) if source)
    mentioned.actors.update(actor for actor in map(content.get, ("actor", "subject", "by", "against")) if actor)
    mentioned.actors.update(actor for actors in content.get("actors", {}).values() for actor in actors)
