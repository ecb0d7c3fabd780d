"""Claims by what their sources said: lists by any clocks, and one claim."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple, NotRequired

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, case, cast, func, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import FromClause
from typing_extensions import TypedDict

from application.findings import taken_from_told
from application.found import TakenFromTold
from application.reading import Page, Reading
from application.shown import ShownContent
from domain import when
from domain.calendar import DAY
from domain.claim import Credibility, Relation
from domain.clocks import Certainty
from domain.content import CONTENTS, Content
from domain.fields import Personal, StreamRef
from domain.items_named import items_named
from domain.merging import as_one
from domain.sealable import plain
from domain.snapshots import told_until
from domain.statements import ChangedBy
from domain.taken_from import Saying
from domain.topic import ITEMS_IN_TOPICS
from domain.when import EARLIEST, LATEST
from infrastructure.questions.in_force import CutOff, InForceRows, cut_off_of, follows_another, in_force
from infrastructure.questions.merges import all_merged, merged_reports, one_with
from infrastructure.questions.retracted_items import retracted_among
from infrastructure.questions.taken_back import TakenBack, taken_back
from infrastructure.questions.taken_from import Copy, claims_taken_from
from infrastructure.read_models.claims import NATURES, claims, relations, statements
from infrastructure.read_models.reports import Publication, publication, reports_with_ids
from infrastructure.rows.versioned import as_of, asked

_content: TypeAdapter[Content] = TypeAdapter(Content)

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


class WithdrawnIn(TypedDict):
    """The report that took a claim back: it did, also where we hold that report to be discredited."""

    id: str
    label: str
    published: str
    publication: Publication
    discredited_because: str | None


class ChangeOfWord(TypedDict):
    """What made the statement in force differ from the first one."""

    kind: Literal["revised", "withdrawn"]
    changed_by: ChangedBy | None
    reason: str | None
    without_notice: NotRequired[bool]


class ClaimItem(TypedDict):
    """A claim by the statement that was in force, with the report that it stood in.

    Of one that is withdrawn `report` is the report that had said it, `withdrawn_in` the one that took it back; where
    none did, `withdrawn_when` says when its publisher did. `taken_from`: what its report derives from and credits, and
    what it rests on. `names_retracted` are the items that it names and that were
    retracted since: `source/x`.

    `reported` is there by `reported_by`, `holds` by `at`, or else by a period: whether it may have been so then.
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
    withdrawn_in: NotRequired[WithdrawnIn]
    withdrawn_when: NotRequired[str]
    retracted_because: NotRequired[str]
    taken_from: NotRequired[list[TakenFromTold]]
    names_retracted: NotRequired[list[str]]


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What the statement in force must say.

    `places` holds the place asked for and those inside it: id, and the earliest and latest instant between which a
    statement about it counts. `period` is the first and the last instant in which it may have been so at some time,
    or `certainly` was; without a date it may have been at any. `counts` are parts of a figure's topic; `among` are the
    only claims that are looked at. A claimant, a report or an actor stands for all that are one with it.
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
    period: tuple[when.Instant, when.Instant] | None = None
    certainly: bool = False
    among: Sequence[str] | None = None
    type: str | None = None
    nature: str | None = None
    counts: Mapping[str, str] = field(default_factory=dict)


async def claims_as_of(
    connection: AsyncConnection, reading: Reading, wanted: ClaimFilter, page: Page
) -> list[ClaimItem]:
    """Claims by what their sources said by the reading's cut-off, in the order in which they were recorded.

    Retracted claims are left out unless they are asked for.
    """
    rows_in_force, query = _shown_rows(await cut_off_of(connection, reading))
    s = rows_in_force.s
    conditions = [s.c.recorded_position > page.after, *_matching(rows_in_force, reading, wanted)]
    if wanted.claimant is not None:
        claimants = await one_with(connection, reading, "source", wanted.claimant)
        conditions.append(s.c.claimant_id == func.any(claimants))
    if wanted.report is not None:
        alike = (await merged_reports(connection, reading)).one_with(wanted.report)
        conditions.append(s.c.report_id == func.any(alike))
    if wanted.actor is not None:
        alike = await one_with(connection, reading, "actor", wanted.actor)
        conditions.append(s.c.actors.overlap(alike) if len(alike) > 1 else s.c.actors.contains(alike))
    for part, word in wanted.counts.items():
        kind = ITEMS_IN_TOPICS.get(part)
        words = [word] if kind is None else await one_with(connection, reading, kind, word)
        counted = or_(*(func.strpos(s.c.topic + ",", f",{part}:{one},") > 0 for one in words))
        conditions.append(and_(s.c.kind == "figure", counted))
    conditions.append(_with_status(rows_in_force, wanted.status))
    if wanted.credibility is not None:
        conditions.append(rows_in_force.c.c.credibility == wanted.credibility)
    ordered = query.where(*conditions).order_by(s.c.recorded_position).limit(page.limit)
    if wanted.among is not None:
        ordered = ordered.where(s.c.claim_id == func.any(bindparam("among", list(wanted.among), type_=ARRAY(Text))))
    rows = (await connection.execute(ordered, asked(reading))).mappings().all()
    return await _shown(connection, reading, rows, wanted.period)


async def claim_as_of(connection: AsyncConnection, reading: Reading, claim_id: str) -> ClaimItem | None:
    """One claim by what its source had said by the cut-off; None if it had said nothing by then."""
    found = await claims_with_ids(connection, reading, [claim_id])
    return found.get(claim_id)


async def claims_with_ids(
    connection: AsyncConnection, reading: Reading, claim_ids: Sequence[str]
) -> dict[str, ClaimItem]:
    """Some claims by what their sources had said by the cut-off, retracted ones too."""
    query = _these_rows(await cut_off_of(connection, reading))
    rows = (await connection.execute(query, asked(reading, claim_ids=list(claim_ids)))).mappings().all()
    return {shown["id"]: shown for shown in await _shown(connection, reading, rows)}


async def is_recorded(connection: AsyncConnection, reading: Reading, claim_id: str) -> bool:
    """Whether a claim is in the dossier as of the position, whatever was out by the cut-off."""
    query = select(statements.c.claim_id).where(as_of(statements, "claims"), statements.c.claim_id == claim_id).limit(1)
    return (await connection.execute(query, asked(reading))).first() is not None


@cache
def _shown_rows(cut_off: CutOff) -> tuple[InForceRows, Select[Any]]:
    rows = in_force(cut_off)
    s, c, r = rows.s, rows.c, rows.r
    columns = [
        *(s.c[name] for name in ("claim_id", "number", "ended", "changed_by", "reason", "nature")),
        *(s.c[name] for name in ("without_notice", "content", "recorded_position")),
        *(
            getattr(rows.so, name).label(name)
            for name in ("earliest_start", "latest_start", "earliest_end", "latest_end")
        ),
        func.coalesce(c.c.version, 1).label("version"),
        rows.retracted.label("retracted"),
        *(c.c[name] for name in ("retracted_because", "credibility", "graded_because")),
        r.c.report_id,
        r.c.details,
        *(r.c[name] for name in ("published_earliest", "published_latest", "discredited_because")),
        rows.withdrawn.label("is_withdrawn"),
        rows.report_withdrawn.label("report_withdrawn"),
        follows_another(s, cut_off, "shown").label("follows_another"),
    ]
    return rows, rows.select(*columns)


@cache
def _these_rows(cut_off: CutOff) -> Select[Any]:
    rows, query = _shown_rows(cut_off)
    return query.where(rows.s.c.claim_id == func.any(bindparam("claim_ids", type_=ARRAY(Text))))


def _matching(rows: InForceRows, reading: Reading, wanted: ClaimFilter) -> list[ColumnElement[bool]]:
    s, so = rows.s, rows.so
    conditions: list[ColumnElement[bool]] = []
    for column, value in (
        (s.c.kind, wanted.kind),
        (s.c.measure, wanted.measure),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.unattributed is not None:
        conditions.append((s.c.claimant_id == "") == wanted.unattributed)
    if wanted.places is not None:
        conditions.append(_in_places(rows, wanted.places))
    for time in (_of_moment(reading), None if wanted.period is None else _Time(*wanted.period, wanted.period[0])):
        if time is None:
            continue
        if wanted.certainly:
            conditions.append(and_(_was_so(rows, time), _vouched_for(s)))
        else:
            may_have_been = and_(so.earliest_start <= time.last, so.latest_end >= time.first)
            conditions.append(or_(so.earliest_start.is_(None), may_have_been))
    # Where the kind is known it is looked at first: nothing else is unpacked.
    if wanted.type is not None:
        conditions.append(case((s.c.kind == "occurrence", _unpacked(s)["type"].astext == wanted.type), else_=False))
    if wanted.nature is not None:
        conditions.append(case((s.c.kind == "statement", _unpacked(s)["nature"].astext == wanted.nature), else_=False))
    return conditions


class _Time(NamedTuple):
    """The first and the last instant that are asked about; `state_since`: the first of which what lasted must be so."""

    first: when.Instant
    last: when.Instant
    state_since: when.Instant


def _of_moment(reading: Reading) -> _Time | None:
    """Of a moment what was so at an hour before it on the same day is told too; a state must be so at the moment."""
    at, day_begun = reading.clocks.at, reading.day_begun
    return None if at is None or day_begun is None else _Time(day_begun, at, at)


def _was_so(rows: InForceRows, time: _Time) -> ColumnElement[bool]:
    """As `_holds` has it: a state is proven for the whole of a day of which it is told, or with which it ends."""
    s, so = rows.s, rows.so
    start, end = (so.earliest_start, so.latest_start), (so.earliest_end, so.latest_end)
    state = or_(s.c.kind == "control", s.c.nature == "stock")
    within = and_(start[1] <= time.last, end[0] >= time.first)
    lasting = and_(start[1] <= time.last, end[0] >= time.state_since)
    by_its_end = and_(_is_a_day(*end), func.least(start[1], end[0]) <= time.last, end[1] >= time.state_since)
    by_its_start = and_(
        _is_a_day(*start), start[1] > end[0], start[0] <= time.last, start[1] >= time.state_since, not_(_is_a_day(*end))
    )
    told = or_(s.c.kind != "control", _told_until(rows) >= time.state_since)
    return or_(and_(state, or_(lasting, by_its_end, by_its_start), told), and_(not_(state), within))


def _told_until(rows: InForceRows) -> ColumnElement[int]:
    """As `told_until` has it."""
    so, out = rows.so, rows.r.c.published_latest
    days = ((so.earliest_start, so.latest_start), (so.earliest_end, so.latest_end))
    named = (case((and_(first <= out, _is_a_day(first, last)), last), else_=out) for first, last in days)
    return case((so.earliest_start > out, so.latest_end), else_=func.greatest(out, *named))


def _is_a_day(first: ColumnElement[int], last: ColumnElement[int]) -> ColumnElement[bool]:
    """No date lies between a day and a month. As far back as can be counted nothing is subtracted."""
    return first > func.greatest(last, EARLIEST + _LONGEST_DAY) - _LONGEST_DAY


_LONGEST_DAY = 2 * DAY


def _vouched_for(s: FromClause) -> ColumnElement[bool]:
    """That neither its date nor its word leaves a doubt."""
    unsure = func.coalesce(_unpacked(s)["when"].astext.regexp_match("[?%]"), False)
    hedge = func.coalesce(_unpacked(s)["hedge"].astext, "")
    return and_(not_(unsure), or_(hedge == "", and_(s.c.kind == "figure", hedge != "intended")))


def _unpacked(s: FromClause) -> Any:
    return cast(s.c.content, JSONB)


def _in_places(rows: InForceRows, places: Sequence[tuple[str, int, int]]) -> ColumnElement[bool]:
    s, so = rows.s, rows.so
    always = [place_id for place_id, *bounds in places if bounds == [EARLIEST, LATEST]]
    sometimes = [
        and_(
            s.c.place_id == place_id,
            or_(so.earliest_start.is_(None), and_(so.earliest_start <= latest, so.latest_end >= earliest)),
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


async def _shown(
    connection: AsyncConnection,
    reading: Reading,
    rows: Sequence[Mapping[Any, Any]],
    period: tuple[when.Instant, when.Instant] | None = None,
) -> list[ClaimItem]:
    related = await _related(connection, reading, [row["claim_id"] for row in rows])
    gone = await taken_back(connection, reading, [row["claim_id"] for row in rows if row["is_withdrawn"]])
    told_in = {report for one in gone.values() for report in (one.said_in, one.withdrawn_in) if report is not None}
    others = await reports_with_ids(connection, reading, told_in)
    told_of = _of_moment(reading) or (None if period is None else _Time(*period, period[0]))
    items = [_as_read(reading, row, related, told_of, gone.get(row["claim_id"]), others) for row in rows]
    await _tell_origins(connection, reading, rows, items)
    named = [{*_named(item)} for item in items]
    retracted = await retracted_among(connection, reading, {ref for refs in named for ref in refs})
    for item, refs in zip(items, named, strict=True):
        if marked := refs & retracted:
            item["names_retracted"] = sorted(map(str, marked))
    return items


async def _tell_origins(
    connection: AsyncConnection, reading: Reading, rows: Sequence[Mapping[Any, Any]], items: Sequence[ClaimItem]
) -> None:
    merged = await all_merged(connection, reading)
    copies: list[Copy] = []
    for row, item in zip(rows, items, strict=True):
        content = as_one(_content.validate_json(row["content"]), merged)
        copies.append(Copy(item["report"]["id"], Saying(item["id"], content, _so(row))))
    origins = await claims_taken_from(connection, reading, copies)
    for item in items:
        if item["id"] in origins:
            item["taken_from"] = taken_from_told(origins[item["id"]])


def _so(row: Mapping[Any, Any]) -> when.Span | None:
    if row["earliest_start"] is None:
        return None
    return when.Span(row["earliest_start"], row["latest_start"], row["earliest_end"], row["latest_end"])


def _named(item: ClaimItem) -> Iterator[StreamRef]:
    """Every item that is named of a claim, beside itself."""
    content: Any = item["content"]
    yield from (StreamRef(kind, id_) for kind, id_ in items_named(content))
    report = item["report"]
    yield from (StreamRef("report", id_) for id_ in (report["id"], *report["cited_in"]))
    if report["publisher"] is not None:
        yield StreamRef("source", report["publisher"])
    if "withdrawn_in" in item:
        yield StreamRef("report", item["withdrawn_in"]["id"])
    yield from (StreamRef("claim", id_) for ids in item["relations"].values() for id_ in ids)


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
    reading: Reading,
    row: Mapping[Any, Any],
    related: Mapping[str, Mapping[RelationSeen, Sequence[str]]],
    time: _Time | None,
    gone: TakenBack | None,
    others: Mapping[str, Mapping[Any, Any]],
) -> ClaimItem:
    """A claim as people read it: its standing, the statement in force, and the report that it stood in."""
    clocks = reading.clocks
    stood_in = row if gone is None or gone.said_in == row["report_id"] else others[gone.said_in]
    report = json.loads(stood_in["details"])
    status: Status = "retracted" if row["retracted"] else "withdrawn" if row["is_withdrawn"] else "stands"
    content: Any = plain(json.loads(row["content"]), *CONTENTS)
    shown: ClaimItem = {
        "id": row["claim_id"],
        "status": status,
        "statement": row["number"],
        "content": content,
        "report": {
            "id": stood_in["report_id"],
            "label": plain(report["label"], Personal),
            "publisher": report.get("publisher"),
            "published": report["published"],
            "publication": publication(stood_in, inferred="published_bounds" in report),
            "cited_in": report.get("cited_in", []),
            "withdrawn": row["report_withdrawn"] if gone is None else gone.said_in_withdrawn,
            "discredited_because": stood_in["discredited_because"],
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
    if time is not None:
        shown["holds"] = _holds(row, content, time)
    if row["ended"] or row["follows_another"]:
        kind: Literal["revised", "withdrawn"] = "withdrawn" if row["ended"] else "revised"
        shown["changed"] = {"kind": kind, "changed_by": row["changed_by"], "reason": row["reason"]}
        if row["without_notice"]:
            shown["changed"]["without_notice"] = True
    if gone is not None and gone.withdrawn_in is not None:
        shown["withdrawn_in"] = _withdrawn_in(others[gone.withdrawn_in])
    elif gone is not None and gone.when is not None:
        shown["withdrawn_when"] = gone.when
    if row["retracted_because"]:
        shown["retracted_because"] = row["retracted_because"]
    return shown


def _withdrawn_in(report: Mapping[Any, Any]) -> WithdrawnIn:
    details = json.loads(report["details"])
    return {
        "id": report["report_id"],
        "label": plain(details["label"], Personal),
        "published": details["published"],
        "publication": publication(report, inferred="published_bounds" in details),
        "discredited_because": report["discredited_because"],
    }


def _holds(row: Mapping[Any, Any], content: Mapping[str, Any], time: _Time) -> Holds:
    """Whether it may have been so then, as control and figures have it: certain is what they call certain.

    A state is so for all of a day of which it is told, and of that with which it ends, and must be so at the moment. No
    report tells who holds a place later than that. A statement without a date may have been at any.
    """
    so = _so(row)
    if so is None:
        return "undated"
    held = so.holds_within(time.first, time.last)
    if held == "no":
        return held
    if when.is_uncertain(content.get("when") or "") or not _is_vouched_for(content):
        return "possible"
    if content["kind"] != "control" and row["nature"] != "stock":
        return held
    if content["kind"] == "control" and told_until(so, row["published_latest"]) < time.state_since:
        return "possible"
    held = so.holds_within(time.state_since, time.last)
    proven = so.proven_on_its_days
    on_its_days = proven is not None and proven[0] <= time.last and proven[1] >= time.state_since
    return "certain" if held == "certain" or on_its_days else "possible"


def _is_vouched_for(content: Mapping[str, Any]) -> bool:
    hedge = content.get("hedge")
    return hedge is None or (content["kind"] == "figure" and hedge != "intended")
