"""What is found differently in two pictures: who holds places, what topics come to, disagreements, assessments, what is
known of persons, records of sources, and what is recorded of items.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal, NotRequired, cast

from fastapi import APIRouter, Query, Request
from pydantic import TypeAdapter
from pydantic_core import to_json
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.findings import Mentioned
from domain.fields import StreamRef
from infrastructure.questions.bearing import bearing_on
from infrastructure.questions.causes import Causes, Withdrawal, became_known, causes
from infrastructure.questions.changes import PicturePair
from infrastructure.questions.compared import COMPARED, Compared, Comparing, Differing
from infrastructure.questions.disagreements import ENOUGH
from infrastructure.questions.moved_findings import Movers, movers
from infrastructure.questions.named import NamesTold, names
from interfaces.api.access import signers, system_of
from interfaces.api.answer import JsonAnswer
from interfaces.api.changes import ChangesQuery, What, asked_pictures, what_became
from interfaces.api.correction_told import EventTold, told_event
from interfaces.api.disagreements import PlaceInDisagreements
from interfaces.api.heavy import heavy
from interfaces.api.reading import Clocked, Name, Position, Viewer, connected, cursor_of, told_clocks
from interfaces.messages.news import LARGEST_ANSWERS

router = APIRouter(tags=["ask"])

KindOfItem = Literal["dossier", "source", "actor", "place", "report", "incident", "person"]
# The position of the second picture, then of which question a list goes on, where its step began, and behind so many
# of what that found.
_AFTER: TypeAdapter[Any] = TypeAdapter(
    tuple[
        Position,
        tuple[Literal["control"], Name | None, Position]
        | tuple[Literal["figures"], tuple[Name, Name] | None, Position]
        | tuple[Literal["disagreements"], PlaceInDisagreements | None, Position]
        | tuple[Literal["assessment"], Position | None, Position]
        | tuple[Literal["person"], Name | None, Position]
        | tuple[Literal["incident"], Name | None, Position]
        | tuple[Literal["record"], Name | None, Position]
        | tuple[Literal["item"], tuple[KindOfItem, Name] | None, Position],
    ]
)


class WithdrawalKnown(TypedDict):
    """That its publisher took a report back: where that was recorded, `when` it was, or `in_report`, and why."""

    report: str
    position: Position
    when: str | None
    in_report: str | None
    reason: str


class ChangedFinding(TypedDict):
    """What a question found in two pictures, where that differs: null where nothing was found.

    `before` and `after` are as a follower of the question hears them; of `disagreements` one of its `items`, of a
    `person` what is `known` of them in the list of persons, of an `incident` how many `persons` that has of it, of an
    `item` (`place/hajin`) all that is recorded of it. They are left out, with `too_large`, if they are more than 512
    KB. `events`: those after which it was another than before, `more_events` besides. Where it was
    `events_not_told_apart` which these are, each may be one; where that was `searched_in_part`, others may too, since
    too many lie between. `published`: reports that were out by one of the cut-offs only, `withdrawn`: those whose
    withdrawal was known by one of them only, recorded before; without each the finding would be another. Where it was
    `not_told_apart` which these are, each is of its claims.
    """

    question: Compared
    place: NotRequired[str]
    topic: NotRequired[str]
    assessment: NotRequired[str]
    person: NotRequired[str]
    incident: NotRequired[str]
    source: NotRequired[str]
    item: NotRequired[str]
    what: What
    before: NotRequired[dict[str, Any] | None]
    after: NotRequired[dict[str, Any] | None]
    too_large: NotRequired[Literal[True]]
    events: list[EventTold]
    events_not_told_apart: NotRequired[Literal[True]]
    more_events: NotRequired[int]
    searched_in_part: NotRequired[Literal[True]]
    published: list[str]
    withdrawn: list[WithdrawalKnown]
    not_told_apart: NotRequired[Literal[True]]


ChangedFindings = TypedDict(
    "ChangedFindings",
    {"from": Clocked, "to": Clocked, "items": list[ChangedFinding], "names": NamesTold, "next": str | None},
)
ChangedFindings.__doc__ = """What is found differently in two pictures, each by its own clocks."""


@router.get(
    "/dossiers/{dossier}/changes/findings",
    summary="What is found differently in two pictures",
    operation_id="list_changed_findings",
)
@heavy
async def list_changed_findings(
    request: Request, dossier: str, query: Annotated[ChangesQuery, Query()], viewer: Viewer
) -> JsonAnswer[ChangedFindings]:
    """Who is said to hold each place, what each topic comes to, who contradicts whom, what the desk finds, what is
    known of each person, how many the list of persons has of each incident, the record of each source, and what is
    recorded of the dossier itself (its own words among it), sources, actors, places, reports, incidents and persons,
    where it differs, and the events that made it so. Two pictures are the same if neither this list nor that of claims
    has an item.

    Where little of much differs, a page can be short, and even empty: the list ends where `next` is null.
    """
    pictures, begun = await asked_pictures(request, dossier, query, viewer, _AFTER)
    async with connected(request) as connection:
        bearing = await bearing_on(connection, pictures)
    system = system_of(request)
    comparing = Comparing(partial(connected, request), system.log, system.pictures.states, pictures, bearing)
    found, next_ = await _page(comparing, begun, query.limit)
    items = await _told(request, comparing, found)
    mentioned = _mentioned(found)
    async with connected(request) as connection:
        called = await names(connection, pictures.later, mentioned)
    one, other = told_clocks(pictures.before), told_clocks(pictures.after)
    cursor = None if next_ is None else cursor_of(pictures.before, [pictures.after.position, next_])
    return JsonAnswer({"from": one, "to": other, "items": items, "names": called, "next": cursor})


async def _page(comparing: Comparing, begun: Sequence[Any] | None, limit: int) -> tuple[list[Differing], Any]:
    """So many at most of what differs, and where the list goes on: about so much is looked at for a page."""
    found: list[Differing] = []
    looked_at = 0
    question, after, told = begun or (COMPARED[0], None, 0)
    for nth in range(COMPARED.index(question), len(COMPARED)):
        question = COMPARED[nth]
        while True:
            step = await comparing.step(question, after)
            for differing in step.found[told:]:
                if len(found) == limit:
                    return found, [question, after, told]
                found.append(differing)
                told += 1
            looked_at += step.looked_at
            after, told = step.after, 0
            if after is None:
                break
            if looked_at >= ENOUGH:
                return found, [question, after, told]
        if looked_at >= ENOUGH and nth + 1 < len(COMPARED):
            return found, [COMPARED[nth + 1], None, 0]
    return found, None


async def _told(request: Request, comparing: Comparing, found: Sequence[Differing]) -> list[ChangedFinding]:
    if not found:
        return []
    pictures = comparing.pictures
    async with connected(request) as connection:
        known = await became_known(connection, pictures)
    moved = await movers(comparing, found)
    because = await causes(comparing, known, found, [bool(by.events) for by in moved])
    recorded = await _recorded(request, pictures, moved)
    called = await signers(request, recorded.values())
    return [
        _item(one, by, [told_event(recorded[event.position], called) for event in by.events], of_it)
        for one, by, of_it in zip(found, moved, because, strict=True)
    ]


async def _recorded(request: Request, pictures: PicturePair, moved: Collection[Movers]) -> Mapping[int, Recorded]:
    versions: dict[StreamRef, set[int]] = {}
    for event in (event for by in moved for event in by.events):
        versions.setdefault(event.stream, set()).add(event.version)
    stretches = {stream: (min(some), max(some)) for stream, some in versions.items()}
    streams = await system_of(request).log.stretches(pictures.before.dossier_id, stretches) if stretches else {}
    return {each.position: each for recorded in streams.values() for each in recorded}


def _item(one: Differing, by: Movers, events: list[EventTold], because: Causes) -> ChangedFinding:
    before, after = (None if side is None else side.told for side in (one.before, one.after))
    about: dict[str, str] = {}
    match one.question:
        case "control":
            about = {"place": str(one.about)}
        case "figures":
            about = {"topic": str(one.about)}
        case "assessment":
            about = {"assessment": str(one.about)}
        case "person" | "incident":
            about = {one.question: str(one.about)}
        case "record":
            about = {"source": str(one.about)}
        case "item":
            about = {"item": str(one.about)}
        case "disagreements":
            either: Any = after if before is None else before
            about = {name: either[name] for name in ("place", "topic") if name in either}
    sides = {"before": before, "after": after}
    told: dict[str, Any] = {
        "question": one.question,
        **about,
        "what": what_became(before, after),
        **({"too_large": True} if len(to_json(sides)) > LARGEST_ANSWERS else sides),
        "events": events,
        **({} if by.told_apart else {"events_not_told_apart": True}),
        **({"more_events": by.more} if by.more else {}),
        **({"searched_in_part": True} if by.in_part else {}),
        "published": list(because.published),
        "withdrawn": [_withdrawal(each) for each in because.withdrawn],
        **({} if because.told_apart else {"not_told_apart": True}),
    }
    return cast("ChangedFinding", told)


def _withdrawal(one: Withdrawal) -> WithdrawalKnown:
    return {
        "report": one.report,
        "position": one.position,
        "when": one.when,
        "in_report": one.in_report,
        "reason": one.reason,
    }


def _mentioned(found: Sequence[Differing]) -> Mentioned:
    mentioned = Mentioned()
    for one in found:
        for side in (one.before, one.after):
            if side is None:
                continue
            side.telling.claims()
            mentioned.add(side.telling.mentioned)
        if one.question in ("control", "disagreements") and one.about is not None:
            mentioned.places.add(one.about)
        if one.question == "record":
            mentioned.sources.add(str(one.about))
    return mentioned
