"""From what claims and reports are taken, and what became of that by the reading's clocks."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Select, Text, and_, bindparam, func, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Content
from domain.merging import Merged, as_one
from domain.report import ReportDetails, ReportWithdrawn
from domain.taken_from import End, How, Original, SaidThere, Saying, TakenFrom, claim_gone, taken_from
from domain.when import Bounds, Span, days_of
from infrastructure.questions.in_force import CutOff, cut_off_of, goes_on_as, in_force, out, report_taken_back
from infrastructure.questions.merges import all_merged
from infrastructure.questions.taken_back import taken_back
from infrastructure.read_models.claims import NATURES, statements
from infrastructure.read_models.reports import reports, reports_with_ids
from infrastructure.rows.versioned import as_of, asked

_content: TypeAdapter[Content] = TypeAdapter(Content)

# A report, or (True) a source.
_Where = tuple[bool, str]


class Copy(NamedTuple):
    """What a claim says in a report, all named as what it goes on as."""

    report: str
    says: Saying


async def claims_taken_from(
    connection: AsyncConnection, reading: Reading, claims: Iterable[Copy]
) -> dict[str, list[TakenFrom]]:
    """Of each claim that is taken from elsewhere, by what it rests on or by its report, from what."""
    every = list(claims)
    rests_on = {id_ for copy in every for id_ in copy.says.content.rests_on}
    named = await _originals(connection, reading, {copy.report for copy in every}, rests_on)
    copies = [copy for copy in every if _is_taken(named.get(copy.report), copy.says.content)]
    if not copies:
        return {}
    said = await _said_there(connection, reading, named, copies)
    found = {
        copy.says.claim: taken_from(
            copy.report,
            copy.says.content.rests_on,
            named,
            copy.says.content.claimant,
            partial(_claim_gone, copy.says, said),
        )
        for copy in copies
    }
    return _some(found)


async def reports_taken_from(
    connection: AsyncConnection, reading: Reading, report_ids: Collection[str]
) -> dict[str, list[TakenFrom]]:
    """The same of reports as a whole."""
    named = await _originals(connection, reading, set(report_ids), set())
    return _some({report: taken_from(report, (), named) for report in report_ids})


def _some(found: Mapping[str, list[TakenFrom]]) -> dict[str, list[TakenFrom]]:
    """Without those of which nothing is told: what rests on the very report that it stands in is taken from nowhere."""
    return {id_: taken for id_, taken in found.items() if taken}


def _claim_gone(says: Saying, said: Mapping[_Where, Sequence[SaidThere]], how: How, id_: str) -> End | None:
    return claim_gone(says, said.get((how == "credits", id_), ()))


def _is_taken(report: Original | None, content: Content) -> bool:
    return bool(content.rests_on or (report is not None and (report.derived_from or report.credits)))


async def _originals(
    connection: AsyncConnection, reading: Reading, reports_told: set[str], rests_on: set[str]
) -> dict[str, Original]:
    """What some reports name, what they rest on, and what these are taken from, at any remove."""
    merged = await all_merged(connection, reading) if reports_told else {}
    cut_off = await cut_off_of(connection, reading)
    found = await _read(connection, reading, _naming_an_origin(cut_off), reports_told, merged)
    ahead = {id_ for one in found.values() for id_ in one.derived_from} | rests_on
    while ahead := ahead - found.keys():
        further = await _read(connection, reading, _these_reports(cut_off), ahead, merged)
        found |= dict.fromkeys(ahead, Original()) | further
        ahead = {id_ for one in further.values() for id_ in one.derived_from}
    return found


async def _read(
    connection: AsyncConnection, reading: Reading, query: Select[Any], ids: set[str], merged: Mapping[str, Merged]
) -> dict[str, Original]:
    if not ids:
        return {}
    rows = await connection.execute(query, asked(reading, report_ids=sorted(ids)))
    return {row.report_id: _original(row, merged) for row in rows}


def _original(row: Any, merged: Mapping[str, Merged]) -> Original:
    details = as_one(ReportDetails.model_validate_json(row.details), merged)
    return Original(details.derived_from, details.credits, details.published, _end_of(row, merged))


def _end_of(row: Any, merged: Mapping[str, Merged]) -> End | None:
    if row.retracted:
        return End("retracted")
    if row.taken_back:
        withdrawn = ReportWithdrawn.model_validate_json(row.withdrawn)
        if withdrawn.report is None:
            return End("withdrawn", None, withdrawn.when)
        return End("withdrawn", merged["report"].survivor(withdrawn.report), json.loads(row.its_end)["published"])
    return End("discredited") if row.discredited_because is not None else None


@cache
def _these_reports(cut_off: CutOff) -> Select[Any]:
    its_end = reports.alias("its_end")
    ended_in = and_(as_of(its_end, "reports"), its_end.c.report_id == goes_on_as(reports.c.withdrawn_in, cut_off))
    r = reports.c
    return (
        select(
            r.report_id, r.details, r.withdrawn, r.discredited_because, r.retracted,
            report_taken_back(reports, its_end, cut_off).label("taken_back"), its_end.c.details.label("its_end"),
        )
        .select_from(reports.join(its_end, ended_in, isouter=True))
        .where(as_of(reports, "reports"), r.report_id == func.any(bindparam("report_ids", type_=ARRAY(Text))))
    )  # fmt: skip


@cache
def _naming_an_origin(cut_off: CutOff) -> Select[Any]:
    details = reports.c.details
    return _these_reports(cut_off).where(or_(details.contains('"derived_from":'), details.contains('"credits":')))


async def _said_there(
    connection: AsyncConnection, reading: Reading, named: Mapping[str, Original], copies: Sequence[Copy]
) -> dict[_Where, list[SaidThere]]:
    """What was said of the same places in each report, and by each source (then True), that something is taken from."""
    merged = await all_merged(connection, reading)
    credited = {source for copy in copies for source in named.get(copy.report, Original()).credits}
    taken = {id_ for one in named.values() for id_ in one.derived_from}
    taken |= {id_ for copy in copies for id_ in copy.says.content.rests_on}
    alike = {
        "in_reports": [other for id_ in sorted(taken) for other in merged["report"].one_with(id_)],
        "by_sources": [other for id_ in sorted(credited) for other in merged["source"].one_with(id_)],
        "of_places": sorted(
            {other for copy in copies for other in merged["place"].one_with(copy.says.content.place or "")}
        ),
    }
    cut_off = await cut_off_of(connection, reading)
    queries = [_said(cut_off, by_source=False), *([_said(cut_off, by_source=True)] if credited else [])]
    rows = [row for query in queries for row in (await connection.execute(query, asked(reading, **alike))).all()]
    gone = await taken_back(connection, reading, sorted({row.claim_id for row in rows if row.is_withdrawn}))
    ends = await reports_with_ids(
        connection, reading, {one.withdrawn_in for one in gone.values() if one.withdrawn_in is not None}
    )
    came_out = {id_: str(json.loads(row["details"])["published"]) for id_, row in ends.items()}
    found: dict[_Where, list[SaidThere]] = {}
    for row in rows:
        claim = row.claim_id
        end: End | None = None
        if row.is_retracted:
            end = End("retracted", claim=claim)
        elif row.is_withdrawn:
            back = gone[claim]
            end = End("withdrawn", back.withdrawn_in, came_out.get(back.withdrawn_in or "", back.when), claim)
        elif row.discredited:
            end = End("discredited", claim=claim)
        then = as_one(_content.validate_json(row.then), merged)
        now = as_one(_content.validate_json(row.now), merged)
        since = End("revised", row.now_in, json.loads(row.now_details)["published"])
        so: Span | None = None
        if row.earliest_start is not None:
            so = Span(row.earliest_start, row.latest_start, row.earliest_end, row.latest_end)
            so = so.closed(days_of(Bounds(row.published_earliest, row.published_latest), reading.time_zone))
        said = SaidThere(Saying(claim, then, so), now, since, end)
        whose = then.claimant or "" if row.by_source else row.then_in
        found.setdefault((row.by_source, whose), []).append(said)
    return found


@cache
def _said(cut_off: CutOff, *, by_source: bool) -> Select[Any]:
    rows = in_force(cut_off)
    then, then_in = statements.alias("then"), reports.alias("then_in")
    t = then.c
    whose = (
        t.claimant_id == func.any(bindparam("by_sources", type_=ARRAY(Text)))
        if by_source
        else t.report_id == func.any(bindparam("in_reports", type_=ARRAY(Text)))
    )
    stood_in = and_(as_of(then_in, "reports"), then_in.c.report_id == goes_on_as(t.report_id, cut_off))
    return (
        select(
            t.claim_id, t.content.label("then"), then_in.c.report_id.label("then_in"),
            then_in.c.published_earliest, then_in.c.published_latest,
            *(t[name] for name in ("earliest_start", "latest_start", "earliest_end", "latest_end")),
            rows.s.c.content.label("now"), rows.r.c.report_id.label("now_in"), rows.r.c.details.label("now_details"),
            rows.retracted.label("is_retracted"), rows.withdrawn.label("is_withdrawn"),
            rows.r.c.discredited_because.is_not(None).label("discredited"), literal(by_source).label("by_source"),
        )
        .select_from(rows.joined.join(then, t.claim_id == rows.s.c.claim_id).join(then_in, stood_in))
        .where(
            rows.in_force,
            as_of(then, "claims"),
            not_(t.ended),
            # The natures are all there are: the index begins with them.
            t.nature == func.any(list(NATURES)),
            t.place_id == func.any(bindparam("of_places", type_=ARRAY(Text))),
            whose,
            out(then_in, cut_off),
        )
    )  # fmt: skip
