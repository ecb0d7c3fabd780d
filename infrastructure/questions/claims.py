"""Claims by what their sources said: lists by any clocks, one claim, and figures that are told twice."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NotRequired

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, func, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import FromClause
from typing_extensions import TypedDict

from application.reading import Page, Reading
from application.shown import ShownContent
from domain import when
from domain.claim import Credibility, Relation
from domain.clocks import Certainty
from domain.content import CONTENTS
from domain.fields import Personal
from domain.sealable import plain
from domain.statements import ChangedBy
from domain.when import EARLIEST, LATEST
from infrastructure.questions.in_force import CutOff, InForceRows, cut_off_of, in_force
from infrastructure.read_models.claims import NATURES, claims, relations, statements
from infrastructure.read_models.reports import Publication, publication
from infrastructure.rows.versioned import as_of, asked, current_at

Status = Literal["stands", "withdrawn", "retracted"]
# A relation by the claim that has it, or by the one that it is to.
RelationSeen = Literal[
    "disputes", "alternative_to", "part_of", "overlaps", "resolves", "disputed_by", "has_part", "resolved_by"
]


# Whether it may have been so at a moment: a statement without a date may have been at any.
Holds = Literal["no", "possible", "certain", "undated"]


class ReportOfClaim(TypedDict):
    """The report that a statement stood in."""

    id: str
    label: str
    publisher: str | None
    published: str
    publication: Publication
    cited_in: list[str]
    withdrawn: bool
    discredited_because: str | None


class ChangeOfWord(TypedDict):
    """What made the statement in force differ from the first one."""

    kind: Literal["revised", "withdrawn"]
    changed_by: ChangedBy | None
    reason: str | None
    without_notice: NotRequired[bool]


class ClaimItem(TypedDict):
    """A claim by the statement that was in force, with the report that it stood in.

    `reported` is there by `reported_by`, `holds` by `at`: whether it may have been so then.
    """

    id: str
    status: Status
    statement: int
    content: ShownContent
    report: ReportOfClaim
    credibility: Credibility | None
    graded_because: str | None
    relations: dict[RelationSeen, list[str]]
    version: int
    recorded_position: int
    reported: NotRequired[Certainty]
    holds: NotRequired[Holds]
    changed: NotRequired[ChangeOfWord]
    retracted_because: NotRequired[str]


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What the statement in force must say.

    `places` holds the place asked for and those inside it: id, and the earliest and latest instant between which a
    statement about it counts.
    """

    kind: str | None = None
    measure: str | None = None
    places: Sequence[tuple[str, int, int]] | None = None
    actor: str | None = None
    claimant: str | None = None
    report: str | None = None
    status: Status | None = None
    unattributed: bool | None = None
    credibility: int | None = None


async def claims_as_of(
    connection: AsyncConnection, reading: Reading, wanted: ClaimFilter, page: Page
) -> list[ClaimItem]:
    """Claims by what their sources said by the reading's cut-off, in the order in which they were recorded.

    Retracted claims are left out unless they are asked for.
    """
    rows_in_force, query = _shown_rows(cut_off_of(reading))
    s = rows_in_force.s
    conditions = [s.c.recorded_position > page.after, *_matching(s, reading, wanted)]
    conditions.append(_with_status(rows_in_force, wanted.status))
    if wanted.credibility is not None:
        conditions.append(rows_in_force.c.c.credibility == wanted.credibility)
    ordered = query.where(*conditions).order_by(s.c.recorded_position).limit(page.limit)
    rows = (await connection.execute(ordered, asked(reading))).mappings().all()
    return await _shown(connection, reading, rows)


async def claim_as_of(connection: AsyncConnection, reading: Reading, claim_id: str) -> ClaimItem | None:
    """One claim by what its source had said by the cut-off; None if it had said nothing by then."""
    found = await claims_with_ids(connection, reading, [claim_id])
    return found.get(claim_id)


async def claims_with_ids(
    connection: AsyncConnection, reading: Reading, claim_ids: Sequence[str]
) -> dict[str, ClaimItem]:
    """Some claims by what their sources had said by the cut-off, retracted ones too."""
    query = _these_rows(cut_off_of(reading))
    rows = (await connection.execute(query, asked(reading, claim_ids=list(claim_ids)))).mappings().all()
    return {shown["id"]: shown for shown in await _shown(connection, reading, rows)}


async def is_recorded(connection: AsyncConnection, reading: Reading, claim_id: str) -> bool:
    """Whether a claim is in the dossier as of the position, whatever was out by the cut-off."""
    query = select(statements.c.claim_id).where(as_of(statements, "claims"), statements.c.claim_id == claim_id).limit(1)
    return (await connection.execute(query, asked(reading))).first() is not None


async def claims_with_figures(
    connection: AsyncConnection, reading: Reading, wanted: Sequence[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """Which claims hold one of these figures (report, `figure_identity`): with the claim, in the order of recording."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    reports, figures = [report for report, _ in wanted], [figure for _, figure in wanted]
    generation, position = reading.generations["claims"], reading.position
    try:
        cursor = await driver.execute(
            _CLAIMS_WITH_FIGURES, (reports, figures, reading.dossier_id, generation, position, position)
        )
    finally:
        if driver.closed:
            await connection.invalidate()
    found: list[tuple[str, str, str]] = await cursor.fetchall()
    return found


# One visit to the index for each figure, however many there are. A few claims of each are enough to be named.
_CLAIMS_WITH_FIGURES = f"""
    select s.report_id, s.figure, s.claim_id
    from unnest(%s::text[], %s::text[]) as w (report_id, figure), lateral (
        select report_id, figure, claim_id, recorded_position from statements
        where dossier_id = %s and generation = %s and statements.report_id = w.report_id
            and statements.figure = w.figure and {current_at(position="%s")} and not ended
        order by recorded_position limit 10
    ) s
    order by s.recorded_position
"""  # noqa: S608  (nothing of it is given by anybody)


@cache
def _shown_rows(cut_off: CutOff) -> tuple[InForceRows, Select[Any]]:
    rows = in_force(cut_off)
    s, c, r = rows.s, rows.c, rows.r
    columns = [
        *(s.c[name] for name in ("claim_id", "number", "ordinal", "report_id", "ended", "changed_by", "reason")),
        *(s.c[name] for name in ("without_notice", "content", "recorded_position")),
        *(s.c[name] for name in ("earliest_start", "latest_start", "earliest_end", "latest_end")),
        func.coalesce(c.c.version, 1).label("version"),
        rows.retracted.label("retracted"),
        *(c.c[name] for name in ("retracted_because", "credibility", "graded_because")),
        r.c.details.label("report_details"),
        *(r.c[name] for name in ("published_earliest", "published_latest", "discredited_because")),
        rows.withdrawn.label("is_withdrawn"),
        rows.report_withdrawn.label("report_withdrawn"),
    ]
    return rows, rows.select(*columns)


@cache
def _these_rows(cut_off: CutOff) -> Select[Any]:
    rows, query = _shown_rows(cut_off)
    return query.where(rows.s.c.claim_id == func.any(bindparam("claim_ids", type_=ARRAY(Text))))


def _matching(s: FromClause, reading: Reading, wanted: ClaimFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (s.c.kind, wanted.kind),
        (s.c.measure, wanted.measure),
        (s.c.claimant_id, wanted.claimant),
        (s.c.report_id, wanted.report),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.actor is not None:
        conditions.append(s.c.actors.contains([wanted.actor]))
    if wanted.unattributed is not None:
        conditions.append((s.c.claimant_id == "") == wanted.unattributed)
    if wanted.places is not None:
        conditions.append(_in_places(s, wanted.places))
    at = reading.clocks.at
    if at is not None:
        conditions.append(or_(s.c.earliest_start.is_(None), and_(s.c.earliest_start <= at, s.c.latest_end >= at)))
    return conditions


def _in_places(s: FromClause, places: Sequence[tuple[str, int, int]]) -> ColumnElement[bool]:
    always = [place_id for place_id, *bounds in places if bounds == [EARLIEST, LATEST]]
    sometimes = [
        and_(
            s.c.place_id == place_id,
            or_(s.c.earliest_start.is_(None), and_(s.c.earliest_start <= latest, s.c.latest_end >= earliest)),
        )
        for place_id, earliest, latest in places
        if place_id not in always
    ]
    # The natures are all there are: the index begins with them.
    return and_(s.c.nature == func.any(list(NATURES)), or_(s.c.place_id == func.any(always), *sometimes))


def _with_status(rows: InForceRows, status: Status | None) -> ColumnElement[bool]:
    match status:
        case None:
            return not_(rows.retracted)
        case "retracted":
            return and_(rows.retracted)
        case "withdrawn":
            return and_(not_(rows.retracted), rows.withdrawn)
        case "stands":
            return and_(not_(rows.retracted), not_(rows.withdrawn))


async def _shown(connection: AsyncConnection, reading: Reading, rows: Sequence[Mapping[Any, Any]]) -> list[ClaimItem]:
    related = await _related(connection, reading, [row["claim_id"] for row in rows])
    return [_as_read(reading, row, related) for row in rows]


async def _related(
    connection: AsyncConnection, reading: Reading, claim_ids: Sequence[str]
) -> dict[str, dict[RelationSeen, list[str]]]:
    """The relations of some claims, those that other claims have to them too."""
    if not claim_ids:
        return {}
    found: dict[str, dict[RelationSeen, list[str]]] = {}
    parameters = asked(reading, claim_ids=list(claim_ids))
    for from_claim, relation, to_claim, retracted in await connection.execute(_relations(), parameters):
        found.setdefault(from_claim, {}).setdefault(relation, []).append(to_claim)
        if not retracted:
            found.setdefault(to_claim, {}).setdefault(_SEEN_FROM_THERE[relation], []).append(from_claim)
    return found


@cache
def _relations() -> Select[Any]:
    r, other = relations.alias("r"), claims.alias("c")
    ids = bindparam("claim_ids", type_=ARRAY(Text))
    return (
        select(r.c.claim_id, r.c.relation, r.c.to_claim, func.coalesce(other.c.retracted, False))
        .join(other, and_(as_of(other, "claims"), other.c.claim_id == r.c.claim_id), isouter=True)
        .where(as_of(r, "claims"), or_(r.c.claim_id == func.any(ids), r.c.to_claim == func.any(ids)))
        .order_by(r.c.claim_id, r.c.to_claim)
    )


_SEEN_FROM_THERE: Mapping[Relation, RelationSeen] = {
    "disputes": "disputed_by",
    "alternative_to": "alternative_to",
    "part_of": "has_part",
    "overlaps": "overlaps",
    "resolves": "resolved_by",
}


def _as_read(
    reading: Reading, row: Mapping[Any, Any], related: Mapping[str, Mapping[RelationSeen, Sequence[str]]]
) -> ClaimItem:
    """A claim as people read it: its standing, the statement in force, and the report that it stood in."""
    clocks = reading.clocks
    report = json.loads(row["report_details"])
    status: Status = "retracted" if row["retracted"] else "withdrawn" if row["is_withdrawn"] else "stands"
    content: Any = plain(json.loads(row["content"]), *CONTENTS)
    shown: ClaimItem = {
        "id": row["claim_id"],
        "status": status,
        "statement": row["number"],
        "content": content,
        "report": {
            "id": row["report_id"],
            "label": plain(report["label"], Personal),
            "publisher": report.get("publisher"),
            "published": report["published"],
            "publication": publication(row, inferred="published_bounds" in report),
            "cited_in": report.get("cited_in", []),
            "withdrawn": row["report_withdrawn"],
            "discredited_because": row["discredited_because"],
        },
        "credibility": row["credibility"],
        "graded_because": row["graded_because"],
        "relations": {name: sorted(set(ids)) for name, ids in sorted(related.get(row["claim_id"], {}).items())},
        "version": row["version"],
        "recorded_position": row["recorded_position"],
    }
    if clocks.reported_by is not None:
        certain = row["published_latest"] <= clocks.reported_by
        shown["reported"] = "certain" if certain else "possible"
    if clocks.at is not None:
        shown["holds"] = _holds(row, clocks.at)
    if row["ended"] or row["ordinal"] > 0:
        kind: Literal["revised", "withdrawn"] = "withdrawn" if row["ended"] else "revised"
        shown["changed"] = {"kind": kind, "changed_by": row["changed_by"], "reason": row["reason"]}
        if row["without_notice"]:
            shown["changed"]["without_notice"] = True
    if row["retracted_because"]:
        shown["retracted_because"] = row["retracted_because"]
    return shown


def _holds(row: Mapping[Any, Any], at: int) -> Holds:
    """Whether it may have been so at the moment asked for. A statement without a date may have been at any."""
    if row["earliest_start"] is None:
        return "undated"
    span_ = when.Span(row["earliest_start"], row["latest_start"], row["earliest_end"], row["latest_end"])
    return span_.holds_at(at)
