"""The desk's assessments: what each finds, which claims it rests on, and when it was last assessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Index, Integer, Select, Text, and_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.event_log import Recorded
from application.following.bases import AssessmentShown
from application.projection import Rows
from application.reading import Page, Reading
from domain import assessment, when
from domain.assessment import (
    KEPT_REVISIONS,
    Assessment,
    AssessmentDetails,
    AssessmentEvent,
    AssessmentReinstated,
    AssessmentRevisionReinstated,
    AssessmentRevisionRetracted,
    AssessmentWithdrawn,
    Grade,
)
from domain.sealable import as_given
from infrastructure.rows.versioned import as_of, asked, item_as_of, row_table, versioned_table

assessments = versioned_table(
    "assessments",
    "assessment_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
        # Where the desk last said what it finds: what moves the basis after it has not been taken into account.
        Column("assessed_position", BigInteger, nullable=False),
        # Where it said so before, in order, and by revisions that were retracted since it last did: the last of each.
        Column("assessed_before", ARRAY(BigInteger), nullable=False),
        Column("assessed_no_more", ARRAY(BigInteger), nullable=False),
        Column("withdrawn_because", Text),
        Column("grade", Text, nullable=False),
        # The places that the question names; the time that it is about, null where it names none.
        Column("places", ARRAY(Text), nullable=False),
        Column("earliest", BigInteger),
        Column("latest", BigInteger),
    ],
)
_a = assessments.c
Index("assessments_in_order", _a.dossier_id, _a.generation, _a.recorded_position)

assessment_claims = versioned_table(
    "assessment_claims",
    "assessment_id",
    key=[Column("claim_id", Text, nullable=False)],
    values=[Column("same_origin", Boolean, nullable=False)],
)
_b = assessment_claims.c
Index("assessment_claims_by_claim", _b.dossier_id, _b.generation, _b.claim_id)


@dataclass(frozen=True, slots=True)
class AssessmentState:
    version: int
    recorded_position: int
    time_zone: str
    assessed_position: int
    assessed_before: tuple[int, ...]
    assessed_no_more: tuple[int, ...]
    assessment: Assessment


class Assessments:
    name = "assessments"
    version = 3
    stream_kind = "assessment"
    tables = (row_table(assessments), row_table(assessment_claims))

    def fold(
        self, state: AssessmentState | None, recorded: Recorded[AssessmentEvent], time_zone: str
    ) -> AssessmentState:
        held = assessment.evolve(state.assessment if state else None, recorded.event)
        if state is None:
            return AssessmentState(recorded.version, recorded.position, time_zone, recorded.position, (), (), held)
        assessed, before, no_more = state.assessed_position, state.assessed_before, state.assessed_no_more
        match recorded.event:
            case AssessmentWithdrawn() | AssessmentReinstated():
                # Who takes a finding up again has not weighed anew what it rests on.
                pass
            case AssessmentRevisionRetracted():
                assessed, before, no_more = before[-1], before[:-1], (*no_more, assessed)
            case AssessmentRevisionReinstated():
                assessed, before, no_more = no_more[-1], (*before, assessed), no_more[:-1]
            case _:
                assessed, before, no_more = recorded.position, (*before, assessed)[-KEPT_REVISIONS:], ()
        first = state.recorded_position
        return AssessmentState(recorded.version, first, time_zone, assessed, before, no_more, held)

    def rows(self, state: AssessmentState) -> Rows:
        held = state.assessment
        details = held.details
        about = when.bounds(details.when, state.time_zone) if details.when else None
        return {
            "assessments": {
                (): (
                    state.version,
                    state.recorded_position,
                    details.model_dump_json(exclude_defaults=True),
                    state.assessed_position,
                    list(state.assessed_before),
                    list(state.assessed_no_more),
                    held.withdrawn_because,
                    details.grade,
                    _places(details),
                    about.earliest if about else None,
                    about.latest if about else None,
                )
            },
            "assessment_claims": {(claim_id,): (claim_id in details.same_origin,) for claim_id in details.claims},
        }

    def state(self, stream_id: str, rows: Rows) -> AssessmentState:
        version, first, details, assessed, before, no_more, withdrawn_because, *_ = rows["assessments"][()]
        read = AssessmentDetails.model_validate_json(details)
        held = Assessment(read, withdrawn_because, ({},) * len(before), ({},) * len(no_more))
        # The time zone comes with every event that is folded; between events it decides nothing.
        return AssessmentState(version, first, "UTC", assessed, tuple(before), tuple(no_more), held)


def _places(details: AssessmentDetails) -> list[str]:
    """The places that the question names. A topic is read as it was written: no fold refuses what was once taken."""
    parts = (part.partition(":") for part in (details.topic or "").split(","))
    named = {value for name, _, value in parts if name == "place"}
    return sorted(named | ({details.place} if details.place else set()))


@dataclass(frozen=True, slots=True)
class AssessmentFilter:
    """`places` holds the place asked for and those inside it, each with the instants between which it may have been."""

    grade: Grade | None = None
    places: Sequence[tuple[str, int, int]] | None = None
    claim: str | None = None


async def assessments_as_of(
    connection: AsyncConnection, reading: Reading, page: Page, wanted: AssessmentFilter
) -> list[AssessmentShown]:
    """The assessments of a dossier, in the order in which they were first issued.

    With a cut-off in the world (`at`): those about a time that may take it in, and those about no time.
    """
    query = select(assessments).where(as_of(assessments, "assessments"), _a.recorded_position > page.after)
    if wanted.grade is not None:
        query = query.where(_a.grade == wanted.grade)
    if wanted.places is not None:
        query = query.where(_about_places(wanted.places))
    if wanted.claim is not None:
        resting = select(_b.assessment_id).where(as_of(assessment_claims, "assessments"), _b.claim_id == wanted.claim)
        query = query.where(_a.assessment_id.in_(resting))
    if reading.clocks.at is not None:
        then = and_(_a.earliest <= reading.clocks.at, _a.latest >= reading.day_begun)
        query = query.where(or_(_a.earliest.is_(None), then))
    ordered = query.order_by(_a.recorded_position).limit(page.limit)
    return [shown(row) for row in (await connection.execute(ordered, asked(reading))).mappings()]


def _about_places(places: Sequence[tuple[str, int, int]]) -> ColumnElement[bool]:
    """What is about a place while it may have been inside; what is about no time, whenever that was."""
    windows: dict[tuple[int, int], list[str]] = {}
    for place_id, *window in places:
        windows.setdefault((window[0], window[1]), []).append(place_id)
    return or_(
        *(
            and_(
                _a.places.overlap(sorted(inside)),
                or_(_a.earliest.is_(None), and_(_a.earliest <= latest, _a.latest >= earliest)),
            )
            for (earliest, latest), inside in windows.items()
        )
    )


async def assessment_as_of(connection: AsyncConnection, reading: Reading, assessment_id: str) -> AssessmentShown | None:
    row = await item_as_of(connection, reading, assessments, assessment_id)
    return shown(row) if row else None


def same_origins() -> Select[Any]:
    """Claims that the desk holds to share an origin, with each assessment that says so and was not withdrawn."""
    return (
        select(_b.claim_id, _b.assessment_id)
        .join(assessments, and_(as_of(assessments, "assessments"), _a.assessment_id == _b.assessment_id))
        .where(as_of(assessment_claims, "assessments"), _b.same_origin, _a.withdrawn_because.is_(None))
    )


def shown(row: Mapping[Any, Any]) -> AssessmentShown:
    """A row as people read it."""
    details: Any = as_given(AssessmentDetails.model_validate_json(row["details"]), defaults=True)
    return {
        "id": row["assessment_id"],
        **details,
        "claims": details["claims"],
        "assessed_position": row["assessed_position"],
        "withdrawn_because": row["withdrawn_because"],
        "version": row["version"],
        "recorded_position": row["recorded_position"],
    }
