"""The claims of a dossier, each a list of statements, and which of them was the source's word by a cut-off."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    Select,
    SmallInteger,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import FromClause

from application.event_log import Recorded
from application.projection import Rows
from application.reading import Page, Reading
from domain import claim, when
from domain.claim import Claim
from domain.content import Content, Figure, actors_of, span
from domain.fields import plain
from domain.statements import Made
from domain.when import EARLIEST, LATEST
from infrastructure.versioned_rows import as_of, asked, row_table, versioned_table

Status = Literal["stands", "withdrawn", "retracted"]

claims = versioned_table(
    "claims",
    "claim_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("retracted", Boolean, nullable=False),
        Column("retracted_because", Text),
        Column("credibility", SmallInteger),
        Column("graded_because", Text),
    ],
)

statements = versioned_table(
    "statements",
    "claim_id",
    key=[Column("number", Integer, nullable=False)],
    values=[
        Column("ordinal", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("report_id", Text, nullable=False),
        Column("ended", Boolean, nullable=False),
        Column("follows", Integer),
        Column("own", ARRAY(Text), nullable=False),
        Column("changed_by", Text),
        Column("reason", Text),
        Column("content", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("measure", Text),
        Column("place_id", Text),
        Column("claimant_id", Text),
        Column("actors", ARRAY(Text), nullable=False),
        # When it may have begun and ended to be so; all null where the report gives no date.
        Column("earliest_start", BigInteger),
        Column("latest_start", BigInteger),
        Column("earliest_end", BigInteger),
        Column("latest_end", BigInteger),
        # What makes two figures the same; null for other kinds.
        Column("figure", Text),
    ],
)
_s = statements.c
Index("statements_in_order", _s.dossier_id, _s.generation, _s.recorded_position)
Index("statements_by_place", _s.dossier_id, _s.generation, _s.place_id, _s.recorded_position)
# For a report's claims, and for those of them that hold the same figure.
Index("statements_by_report", _s.dossier_id, _s.generation, _s.report_id, _s.figure)

relations = versioned_table(
    "relations",
    "claim_id",
    key=[Column("relation", Text, nullable=False), Column("to_claim", Text, nullable=False)],
    values=[],
)
Index("relations_to", relations.c.dossier_id, relations.c.generation, relations.c.to_claim)

_content: TypeAdapter[Content] = TypeAdapter(Content)


@dataclass(frozen=True, slots=True)
class ClaimState:
    version: int
    recorded_position: int
    time_zone: str
    claim: Claim


class Claims:
    name = "claims"
    version = 1
    stream_kind = "claim"
    # The widest first: its rows are written while the next events are folded.
    tables = (row_table(statements), row_table(claims), row_table(relations))

    def fold(self, state: ClaimState | None, recorded: Recorded, time_zone: str) -> ClaimState:
        first = state.recorded_position if state else recorded.position
        held = claim.evolve(state.claim if state else None, recorded.event)  # type: ignore[arg-type]
        return ClaimState(recorded.version, first, time_zone, held)

    def rows(self, state: ClaimState) -> Rows:
        held = state.claim
        return {
            "claims": {
                (): (
                    state.version,
                    state.recorded_position,
                    held.retracted,
                    held.retracted_because,
                    held.credibility,
                    held.graded_because,
                )
            },
            "statements": {
                (made.number,): _statement_row(state, nth, made) for nth, made in enumerate(held.statements)
            },
            "relations": dict.fromkeys(held.relations, ()),
        }

    def state(self, stream_id: str, rows: Rows) -> ClaimState:
        version, first, retracted, retracted_because, credibility, graded_because = rows["claims"][()]
        made = sorted((values[0], number, values) for (number,), values in rows["statements"].items())
        held = Claim(
            tuple(_made(number, values) for _, number, values in made),
            retracted,
            retracted_because,
            credibility,
            graded_because,
            frozenset(rows["relations"]),
        )
        # The time zone comes with every event that is folded; between events it decides nothing.
        return ClaimState(version, first, "UTC", held)


def _statement_row(state: ClaimState, ordinal: int, made: Made) -> tuple[Any, ...]:
    content = made.content
    so = span(content, state.time_zone)
    return (
        ordinal,
        state.recorded_position,
        made.report,
        made.ended,
        made.after,
        sorted(made.own),
        made.changed_by,
        made.reason,
        content.model_dump_json(exclude_defaults=True),
        content.kind,
        getattr(content, "measure", None),
        content.place,
        content.claimant,
        actors_of(content),
        *((so.earliest_start, so.latest_start, so.earliest_end, so.latest_end) if so else (None,) * 4),
        figure_identity(content) if isinstance(content, Figure) else None,
    )


def _made(number: int, values: Sequence[Any]) -> Made:
    _, _, report, ended, follows, own, changed_by, reason, content, *_ = values
    return Made(
        number,
        report,
        _content.validate_json(content),
        after=follows,
        own=frozenset(own),
        ended=ended,
        changed_by=changed_by,
        reason=reason,
    )


# ---- questions


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
    connection: AsyncConnection, reading: Reading, reports: FromClause, wanted: ClaimFilter, page: Page
) -> list[dict[str, Any]]:
    """Claims by what their sources said by the reading's cut-off, in the order in which they were recorded.

    Retracted claims are left out unless they are asked for.
    """
    query = _in_force(reports, _cut_off(reading))
    s = query.s
    conditions = [s.c.recorded_position > page.after, *_matching(s, reading, wanted)]
    conditions.append(_with_status(query, wanted.status))
    if wanted.credibility is not None:
        conditions.append(query.c.c.credibility == wanted.credibility)
    ordered = query.select.where(*conditions).order_by(s.c.recorded_position).limit(page.limit)
    rows = (await connection.execute(ordered, asked(reading))).mappings().all()
    return await _shown(connection, reading, rows)


async def claim_as_of(
    connection: AsyncConnection, reading: Reading, reports: FromClause, claim_id: str
) -> dict[str, Any] | None:
    """One claim by what its source had said by the cut-off; None if it had said nothing by then."""
    query = _in_force(reports, _cut_off(reading))
    found = await connection.execute(query.one, asked(reading, claim_id=claim_id))
    row = found.mappings().one_or_none()
    return (await _shown(connection, reading, [row]))[0] if row else None


async def claim_version(connection: AsyncConnection, reading: Reading, claim_id: str) -> int:
    """The stream version of a claim at the position, 0 if it was not recorded yet."""
    query = select(claims.c.version).where(as_of(claims, "claims"), claims.c.claim_id == claim_id)
    return (await connection.execute(query, asked(reading))).scalar() or 0


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
_CLAIMS_WITH_FIGURES = """
    select s.report_id, s.figure, s.claim_id
    from unnest(%s::text[], %s::text[]) as w (report_id, figure), lateral (
        select report_id, figure, claim_id, recorded_position from statements
        where dossier_id = %s and generation = %s and statements.report_id = w.report_id
            and statements.figure = w.figure and from_position <= %s and to_position > %s and not ended
        order by recorded_position limit 10
    ) s
    order by s.recorded_position
"""


def figure_identity(figure: Figure) -> str:
    """What makes two figures the same: all but their words, their notes and how sure the recorder was."""
    return hashlib.blake2b(repr(_told(figure)).encode(), digest_size=16).hexdigest()


_ASIDE = {"original", "text", "note", "inferred", "said", "hedge"}
_told = attrgetter(*(name for name in Figure.model_fields if name not in _ASIDE))


# No cut-off, or one that takes what was certainly, or what was possibly out by then.
CutOff = Literal["none", "certain", "possible"]


def _cut_off(reading: Reading) -> CutOff:
    return "none" if reading.clocks.reported_by is None else reading.clocks.certainty


@dataclass(frozen=True)
class _InForce:
    select: Select[Any]
    one: Select[Any]
    s: FromClause
    c: FromClause
    withdrawn: ColumnElement[bool]


@cache
def _in_force(reports: FromClause, cut_off: CutOff) -> _InForce:
    """Each claim with the last statement of its list whose report was out by the cut-off."""
    s, c, r = statements.alias("s"), claims.alias("c"), reports.alias("r")
    w = reports.alias("w")
    later, later_report = statements.alias("l"), reports.alias("lr")
    superseded = exists().where(
        as_of(later, "claims"),
        later.c.claim_id == s.c.claim_id,
        later.c.ordinal > s.c.ordinal,
        as_of(later_report, "reports"),
        later_report.c.report_id == later.c.report_id,
        _out(later_report, cut_off),
    )
    taken_back = case(
        (r.c.withdrawn.is_(None), False),
        (r.c.withdrawn_in.is_(None), _by(r.c.withdrawn_earliest, r.c.withdrawn_latest, cut_off)),
        else_=func.coalesce(_out(w, cut_off), False),
    )
    withdrawn = or_(s.c.ended, taken_back)
    columns = [
        *(s.c[name] for name in ("claim_id", "number", "ordinal", "report_id", "ended", "changed_by", "reason")),
        *(s.c[name] for name in ("content", "recorded_position")),
        *(s.c[name] for name in ("earliest_start", "latest_start", "earliest_end", "latest_end")),
        *(c.c[name] for name in ("version", "retracted", "retracted_because", "credibility", "graded_because")),
        r.c.details.label("report_details"),
        *(r.c[name] for name in ("published_earliest", "published_latest", "discredited_because")),
        withdrawn.label("is_withdrawn"),
        taken_back.label("report_withdrawn"),
    ]
    statement = (
        select(*columns)
        .select_from(s)
        .join(c, and_(as_of(c, "claims"), c.c.claim_id == s.c.claim_id))
        .join(r, and_(as_of(r, "reports"), r.c.report_id == s.c.report_id))
        .join(w, and_(as_of(w, "reports"), w.c.report_id == r.c.withdrawn_in), isouter=True)
        .where(as_of(s, "claims"), _out(r, cut_off), not_(superseded))
    )
    one = statement.where(s.c.claim_id == bindparam("claim_id", type_=Text))
    return _InForce(statement, one, s, c, withdrawn)


def _out(report: FromClause, cut_off: CutOff) -> ColumnElement[bool]:
    """That a report was out by the cut-off. One that we mis-filed never was."""
    return and_(not_(report.c.retracted), _by(report.c.published_earliest, report.c.published_latest, cut_off))


def _by(earliest: ColumnElement[int], latest: ColumnElement[int], cut_off: CutOff) -> ColumnElement[bool]:
    if cut_off == "none":
        return true()
    return (latest if cut_off == "certain" else earliest) <= bindparam("reported_by", type_=BigInteger)


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
        conditions.append(s.c.claimant_id.is_(None) == wanted.unattributed)
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
    return or_(s.c.place_id == func.any(always), *sometimes)


def _with_status(query: _InForce, status: Status | None) -> ColumnElement[bool]:
    retracted = query.c.c.retracted
    match status:
        case None:
            return not_(retracted)
        case "retracted":
            return and_(retracted)
        case "withdrawn":
            return and_(not_(retracted), query.withdrawn)
        case "stands":
            return and_(not_(retracted), not_(query.withdrawn))


async def _shown(
    connection: AsyncConnection, reading: Reading, rows: Sequence[Mapping[Any, Any]]
) -> list[dict[str, Any]]:
    related = await _related(connection, reading, [row["claim_id"] for row in rows])
    return [_as_read(reading, row, related) for row in rows]


async def _related(
    connection: AsyncConnection, reading: Reading, claim_ids: Sequence[str]
) -> dict[str, dict[str, list[str]]]:
    """The relations of some claims, those that other claims have to them too."""
    if not claim_ids:
        return {}
    found: dict[str, dict[str, list[str]]] = {}
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
        select(r.c.claim_id, r.c.relation, r.c.to_claim, other.c.retracted)
        .join(other, and_(as_of(other, "claims"), other.c.claim_id == r.c.claim_id))
        .where(as_of(r, "claims"), or_(r.c.claim_id == func.any(ids), r.c.to_claim == func.any(ids)))
        .order_by(r.c.claim_id, r.c.to_claim)
    )


_SEEN_FROM_THERE = {
    "disputes": "disputed_by",
    "alternative_to": "alternative_to",
    "part_of": "has_part",
    "overlaps": "overlaps",
    "resolves": "resolved_by",
}


def _as_read(
    reading: Reading, row: Mapping[Any, Any], related: Mapping[str, Mapping[str, Sequence[str]]]
) -> dict[str, Any]:
    """A claim as people read it: its standing, the statement in force, and the report that it stood in."""
    clocks = reading.clocks
    report = json.loads(row["report_details"])
    status: Status = "retracted" if row["retracted"] else "withdrawn" if row["is_withdrawn"] else "stands"
    shown: dict[str, Any] = {
        "id": row["claim_id"],
        "status": status,
        "statement": row["number"],
        "content": plain(json.loads(row["content"])),
        "report": {
            "id": row["report_id"],
            "label": plain(report["label"]),
            "publisher": report.get("publisher"),
            "published": report["published"],
            "publication": {
                "earliest": when.rfc3339(row["published_earliest"]),
                "latest": when.rfc3339(row["published_latest"]),
                "inferred": "published_bounds" in report,
            },
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
    if row["ended"] or row["number"] > 1:
        shown["changed"] = {
            "kind": "withdrawn" if row["ended"] else "revised",
            "changed_by": row["changed_by"],
            "reason": row["reason"],
        }
    if row["retracted_because"]:
        shown["retracted_because"] = row["retracted_because"]
    return shown


def _holds(row: Mapping[Any, Any], at: int) -> str:
    """Whether it may have been so at the moment asked for. A statement without a date may have been at any."""
    if row["earliest_start"] is None:
        return "undated"
    span_ = when.Span(row["earliest_start"], row["latest_start"], row["earliest_end"], row["latest_end"])
    return span_.holds_at(at)
