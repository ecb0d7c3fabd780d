"""A correction as it is told: in data, with the clocks that it holds for, and in plain words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Literal, NamedTuple, NotRequired

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.findings import Mentioned
from application.history import Entry
from application.reading import Reading
from application.shown import Instant, Moment
from application.watch import StreamKind
from domain import when
from domain.actor import Actor
from domain.assessment import Assessment, references_of
from domain.checks import references
from domain.claim import Claim
from domain.content import Content, OpenWord, open_words, own_type
from domain.corrections import (
    SinceDate,
    SinceReport,
    Touched,
    concerned,
    holds_for,
    is_of_its_entry_alone,
    structural,
    touched,
    whose_word,
)
from domain.events import EventType
from domain.families import FAMILIES, Family
from domain.fields import StreamRef
from domain.incident import Incident
from domain.place import Place
from domain.report import Report
from domain.sealable import as_given
from domain.source import Source
from domain.statements import ChangedBy
from domain.when import moment_text
from infrastructure.questions.claims import claims_with_ids
from infrastructure.questions.corrections import assessments_on
from infrastructure.questions.merges import all_merged
from infrastructure.questions.named import names
from infrastructure.questions.structure import structure_around
from infrastructure.read_models.incidents import incident_as_of, survivors_of
from infrastructure.read_models.reports import Publication
from interfaces.api.history import FieldChange, told_changes
from interfaces.messages.correction_words import Names, in_words, others_named
from interfaces.messages.wording import Language

_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)
# Of each kind of what a correction touches so many are named, and how many there are besides.
MOST_TOUCHED = 100


class EventTold(TypedDict):
    """An event: when it was recorded, of which family of change it is, by whom and why.

    `changed_by`: of a claim that a later report changed or took back, who did, where that is recorded.
    `without_notice`: it was dropped, and nobody said why.
    """

    position: int
    type: EventType
    family: Family
    recorded_at: Moment
    principal_name: str | None
    reason: str | None
    changed_by: NotRequired[ChangedBy]
    without_notice: NotRequired[Literal[True]]


class BeyondTouched(TypedDict):
    """How many more are touched of each kind than are named."""

    touches_more: NotRequired[Mapping[Touched, int]]


class OfAMergedOne(TypedDict):
    """As what the item went on then, where nothing counts by this until it is split off: no answer was moved."""

    goes_on_as: NotRequired[str]


class OfAClaimant(TypedDict):
    """Whose word it was that a later report changed or took back, where that is known."""

    claimant: NotRequired[str]


class CorrectionItem(EventTold, BeyondTouched, OfAMergedOne, OfAClaimant):
    """Something that changed after it was first recorded.

    `touches`: the items and topics, by kind, whose answers this may have moved, of each kind the first 100;
    `touches_more`: how many more there are. `claimant`: of a claim that a later report changed or took back, whose word
    it was, where that is known.
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
    """One correction as it was made, with the clocks that it holds for, and in plain words."""

    holds_for: HeldFor
    title: str
    text: str


class Bearing(NamedTuple):
    """What a correction touches; and as what its item went on, where it therefore moved no answer."""

    touches: Mapping[Touched, list[str]]
    goes_on_as: str | None


def told_correction(entry: Entry, called: Mapping[str, str], bearing: Bearing) -> CorrectionItem:
    touches = bearing.touches
    stream = entry.recorded.stream
    kind: Any = stream.kind
    more = {name: len(ids) - MOST_TOUCHED for name, ids in touches.items() if len(ids) > MOST_TOUCHED}
    beyond: BeyondTouched = {"touches_more": more} if more else {}
    of_a_merged_one: OfAMergedOne = {} if bearing.goes_on_as is None else {"goes_on_as": bearing.goes_on_as}
    claimant = whose_word(entry)
    of_a_claimant: OfAClaimant = {} if claimant is None else {"claimant": claimant}
    return {
        **told_event(entry.recorded, called),
        "kind": kind,
        "id": stream.id,
        "principal": entry.recorded.principal,
        "report": getattr(entry.recorded.event, "report", None),
        "changes": told_changes(entry),
        "touches": {name: ids[:MOST_TOUCHED] for name, ids in touches.items()},
        **of_a_claimant,
        **beyond,
        **of_a_merged_one,
    }


def told_event(recorded: Recorded, called: Mapping[str, str]) -> EventTold:
    told: EventTold = {
        "position": recorded.position,
        "type": recorded.event.type,
        "family": FAMILIES[recorded.event.type],
        "recorded_at": moment_text(recorded.recorded_at),
        "principal_name": called.get(recorded.principal),
        "reason": getattr(recorded.event, "reason", None),
    }
    changed_by: ChangedBy | None = getattr(recorded.event, "changed_by", None)
    if changed_by is not None:
        told["changed_by"] = changed_by
    if getattr(recorded.event, "without_notice", False):
        told["without_notice"] = True
    return told


async def told_whole(
    connection: AsyncConnection, reading: Reading, entry: Entry, called: Mapping[str, str], language: Language
) -> CorrectionAnswer:
    """A correction as it was made, in data and in words of a language, as of its own position."""
    made_at = replace(reading, position=entry.recorded.position)
    bearing = (await bearings_of(connection, made_at, [entry]))[made_at.position]
    found = await _names(connection, made_at, entry, bearing.goes_on_as, language)
    told = told_correction(entry, called, bearing)
    held = held_for(entry, found, reading.time_zone)
    title, paragraphs = in_words(entry, {**told, "holds_for": held}, found)
    return {**told, "holds_for": held, "title": title, "text": "\n\n".join(paragraphs)}


async def _names(
    connection: AsyncConnection, reading: Reading, entry: Entry, goes_on_as: str | None, language: Language
) -> Names:
    """What everything is called that the words for a correction mention."""
    claim_ids, incident_ids = others_named(entry)
    own = entry.recorded.stream
    survivor = [] if goes_on_as is None else [StreamRef(own.kind, goes_on_as)]
    held = await claims_with_ids(connection, reading, claim_ids) if claim_ids else {}
    named = [own, *survivor, *chain.from_iterable(_streams_in(state) for state in (entry.before, entry.after))]
    for claim in held.values():
        named += (each.stream for each in references(_CONTENT.validate_python(claim["content"])))
    said = list(_contents(entry, held.values()))
    named += (StreamRef("incident", id_) for id_ in incident_ids)
    reports, sources, actors, places, incidents = (
        {id_ for kind, id_ in named if kind == wanted} for wanted in ("report", "source", "actor", "place", "incident")
    )
    words = {word for content in said for word in open_words(content)}
    words |= {word for state in (entry.before, entry.after) for word in _own_words(state)}
    mentioned = Mentioned(reports, sources, actors, places, incidents, words)
    called = await names(connection, reading, mentioned, language)
    of_claim = isinstance(entry.after, Claim)
    own_word = {own.id: as_given(concerned(entry)[-1][1].content)} if claim_ids and of_claim else {}
    return Names(
        called["actors"],
        called["places"],
        called["sources"],
        called["words"],
        language,
        reports=called["reports"],
        claims={id_: claim["content"] for id_, claim in held.items()} | own_word,
        incidents=called["incidents"],
        apart={str(kind): marks for kind, marks in called.get("apart", {}).items()},
    )


def _contents(entry: Entry, others: Iterable[Mapping[str, Any]]) -> Iterator[Content]:
    """What is said by the claims that a correction is about."""
    for state in (entry.before, entry.after):
        if isinstance(state, Claim):
            yield from (made.content for made in state.statements)
    yield from (_CONTENT.validate_python(claim["content"]) for claim in others)


def _own_words(state: Any) -> Iterator[OpenWord]:
    """The dossier's own words that an item has which is no claim."""
    if isinstance(state, Incident) and state.details.type is not None:
        yield from own_type(state.details.type)


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
            if isinstance(state, (Source, Actor, Place, Report)) and state.merged_into is not None:
                yield StreamRef(type(state).__name__.lower(), state.merged_into)
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


async def bearings_of(connection: AsyncConnection, reading: Reading, page: Sequence[Entry]) -> dict[int, Bearing]:
    claim_ids = sorted({entry.recorded.stream.id for entry in page if entry.recorded.stream.kind == "claim"})
    incidents = await survivors_of(connection, reading, claim_ids) if claim_ids else {}
    assessments = await assessments_on(connection, reading, claim_ids) if claim_ids else {}
    structure = await structure_around(connection, reading, structural(page))
    found = {}
    for entry in page:
        other = await _goes_on_as(connection, reading, entry)
        touches = touched(entry, incidents, assessments, structure, of_entry_alone=other is not None)
        found[entry.recorded.position] = Bearing(touches, other)
    return found


async def _goes_on_as(connection: AsyncConnection, reading: Reading, entry: Entry) -> str | None:
    """As what an item goes on, where that makes no answer go by what was said of it; as of that position."""
    (kind, id_), event = entry.recorded.stream, entry.recorded.event
    if getattr(entry.after, "merged_into", None) is None or not is_of_its_entry_alone(event):
        return None
    then = replace(reading, position=entry.recorded.position)
    if kind == "incident":
        incident = await incident_as_of(connection, then, id_)
        survivor = id_ if incident is None else incident["survivor"]
    else:
        survivor = (await all_merged(connection, then))[kind].survivor(id_)
    return None if survivor == id_ else survivor
