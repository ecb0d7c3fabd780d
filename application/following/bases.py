"""What assessments rest on, whether that moved since they were assessed, and whether it was out by a cut-off."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NotRequired

from typing_extensions import TypedDict

from application.event_log import EventLog, Recorded
from application.reading import Reading
from application.shown import Moment, holding
from domain.assessment import AssessmentDetails
from domain.basis import moves_of, named_by, reports_of, was_not_out
from domain.fields import StreamRef
from domain.when import moment_text


@holding(AssessmentDetails)
class AssessmentShown(TypedDict):
    """An assessment as it was last made. `assessed_position`: where the desk last said what it finds."""

    id: str
    claims: list[str]
    assessed_position: int
    withdrawn_because: str | None
    version: int
    recorded_position: int


class MovedSince(TypedDict):
    """The first thing that happened to a basis after its assessment."""

    position: int
    recorded_at: Moment


class WhatMoved(TypedDict):
    type: str
    reason: str | None
    report: str | None


class Move(MovedSince, WhatMoved):
    """Something that happened to a claim that an assessment rests on. `report`: to which, or in which of them."""


class Basis(TypedDict):
    """A claim that an assessment rests on, and what happened to it since."""

    claim: str
    moved: list[Move]


class NotOut(TypedDict):
    """Of what an assessment rests on."""

    not_out: NotRequired[list[str]]


class AssessmentItem(AssessmentShown, NotOut):
    """What the desk finds, on which claims, and whether those moved since it was last assessed.

    `not_out`: those of its claims that stand and were not out by `reported_by`, where there are any.
    """

    basis: list[Basis]
    moved: bool
    moved_since: MovedSince | None


async def with_bases(log: EventLog, reading: Reading, items: Sequence[AssessmentShown]) -> list[AssessmentItem]:
    """Assessments with what moved in the basis of each.

    No connection is held meanwhile: the log takes one of its own.
    """
    claims = await _streams(log, reading, "claim", {id_ for item in items for id_ in item["claims"]})
    reports = await _streams(log, reading, "report", {id_ for each in claims.values() for id_ in reports_of(each)})
    ahead = {other for recorded in reports.values() for other in named_by(recorded)} - reports.keys()
    while ahead:
        further = await _streams(log, reading, "report", ahead)
        reports |= further
        ahead = {other for recorded in further.values() for other in named_by(recorded)} - reports.keys()
    return [_with_basis(item, claims, reports, reading) for item in items]


async def _streams(log: EventLog, reading: Reading, kind: str, ids: Collection[str]) -> dict[str, list[Recorded]]:
    streams = [StreamRef(kind, id_) for id_ in sorted(ids)]
    found = await log.streams(reading.dossier_id, streams) if streams else {}
    return {stream.id: list(recorded) for stream, recorded in found.items()}


def _with_basis(
    item: AssessmentShown,
    claims: Mapping[str, Sequence[Recorded]],
    reports: Mapping[str, Sequence[Recorded]],
    reading: Reading,
) -> AssessmentItem:
    basis: list[Basis] = []
    first = None
    for claim_id in dict.fromkeys(item["claims"]):
        moves = moves_of(
            claim_id, claims, reports,
            after=item["assessed_position"], upto=reading.position, clocks=reading.clocks, time_zone=reading.time_zone,
        )  # fmt: skip
        basis.append({"claim": claim_id, "moved": [{**_when(move), **_what(move)} for move in moves]})
        first = min([*moves, *filter(None, [first])], key=lambda move: move.position, default=None)
    later = _not_out(item["claims"], claims, reports, reading)
    not_out: NotOut = {"not_out": later} if later else {}
    return {
        **item, "basis": basis, "moved": first is not None, "moved_since": first and _when(first), **not_out,
    }  # fmt: skip


def _not_out(
    ids: Sequence[str],
    claims: Mapping[str, Sequence[Recorded]],
    reports: Mapping[str, Sequence[Recorded]],
    reading: Reading,
) -> list[str]:
    if reading.clocks.reported_by is None:
        return []
    by: Any = {"upto": reading.position, "clocks": reading.clocks, "time_zone": reading.time_zone}
    if reading.left_out is not None:
        by["left_out"] = reading.left_out.reports
    return [id_ for id_ in ids if was_not_out(id_, claims, reports, **by)]


def _when(move: Recorded) -> MovedSince:
    return {"position": move.position, "recorded_at": moment_text(move.recorded_at)}


def _what(move: Recorded) -> WhatMoved:
    event: Any = move.event
    # The report that it happened to, or the one in which the source changed its word.
    report = move.stream.id if move.stream.kind == "report" else getattr(event, "report", None)
    return {"type": event.type, "reason": getattr(event, "reason", None), "report": report}
