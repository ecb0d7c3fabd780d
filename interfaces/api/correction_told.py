"""A correction as it is told: in data, with the clocks that it holds for, and in plain English."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, NotRequired

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
from domain.assessment import Assessment, references_of
from domain.checks import references
from domain.claim import Claim
from domain.content import Content
from domain.corrections import SinceDate, SinceReport, Touched, holds_for, touched
from domain.events import EventType
from domain.families import FAMILIES, Family
from domain.fields import StreamRef
from domain.report import Report
from domain.when import moment_text
from infrastructure.questions.claims import claims_with_ids
from infrastructure.questions.corrections import assessments_on
from infrastructure.questions.named import names
from infrastructure.read_models.incidents import incident_as_of, survivors_of
from infrastructure.read_models.reports import Publication
from interfaces.api.history import FieldChange, told_changes
from interfaces.messages.correction_words import Names, in_words, others_named

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


def told_correction(entry: Entry, called: Mapping[str, str], touches: Mapping[Touched, list[str]]) -> CorrectionItem:
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


async def told_whole(
    connection: AsyncConnection, reading: Reading, entry: Entry, called: Mapping[str, str]
) -> CorrectionAnswer:
    """A correction as it was made, in data and in words, as of its own position."""
    made_at = replace(reading, position=entry.recorded.position)
    touches = await touches_of(connection, made_at, [entry])
    found = await _names(connection, made_at, entry)
    told = told_correction(entry, called, touches[made_at.position])
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


async def touches_of(
    connection: AsyncConnection, reading: Reading, page: Sequence[Entry]
) -> dict[int, Mapping[Touched, list[str]]]:
    claim_ids = sorted({entry.recorded.stream.id for entry in page if entry.recorded.stream.kind == "claim"})
    incidents = await survivors_of(connection, reading, claim_ids) if claim_ids else {}
    assessments = await assessments_on(connection, reading, claim_ids) if claim_ids else {}
    return {entry.recorded.position: touched(entry, incidents, assessments) for entry in page}
