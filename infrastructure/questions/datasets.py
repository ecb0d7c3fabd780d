"""Datasets in editions: which there are, and what the last one of each said."""

import json
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, func, literal, not_, or_, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.reading import Reading
from domain.report import ReportDetails
from domain.sealable import plain
from infrastructure.questions.in_force import CutOff, cut_off_of, goes_on_as, report_taken_back
from infrastructure.questions.merges import merged_reports
from infrastructure.read_models.claims import claims, retracted_statements, statements
from infrastructure.read_models.reports import Publication, publication, reports
from infrastructure.rows.versioned import as_of, asked

# Lines that are fetched at once: a stream of any length holds no more of them in memory.
_LINES_AT_ONCE = 1000


class Edition(TypedDict):
    """One edition of a dataset: the report that it is recorded as, and `survivor`, what that goes on as.

    `statements` is how many were recorded of it, those that were retracted since too.
    """

    edition: str | None
    report: str
    label: str
    publisher: str | None
    published: str
    publication: Publication
    note: str | None
    retracted: bool
    survivor: str
    statements: int


class DatasetItem(TypedDict):
    """A dataset, with its editions in the order in which they came out."""

    id: str
    editions: list[Edition]


class DatasetClaim(TypedDict):
    """What a claim of a dataset says: the last of its statements in a report that was not retracted.

    `published` is false where there is none: then it is the last of all. `last` is false where others come after it, in
    retracted reports all of them. `stands` is false where its report is none that counts: it was retracted, or
    withdrawn, or is discredited. `follows` is the statement that it comes after. `ended`: it was dropped there;
    `retracted`: we took the claim back.
    `statements_retracted_in` are the reports of statements of it that we took back. `content` is as it is stored: words
    that may name a person are `{"value": text}`.
    """

    id: str
    statement: int
    report: str
    ended: bool
    retracted: bool
    published: bool
    last: bool
    stands: bool
    follows: int | None
    statements_retracted_in: list[str]
    content: dict[str, Any]


async def datasets_as_of(connection: AsyncConnection, reading: Reading) -> list[DatasetItem]:
    """Every dataset with its editions, in the order in which they came out."""
    columns = [
        reports.c[name]
        for name in ("report_id", "dataset", "details", "published_earliest", "published_latest", "retracted")
    ]
    query = (
        select(*columns)
        .where(as_of(reports, "reports"), reports.c.dataset.is_not(None))
        .order_by(reports.c.dataset, reports.c.published_latest, reports.c.recorded_position)
    )
    merged = await merged_reports(connection, reading)
    made = {row.report_id: row.made for row in await connection.execute(_made(), asked(reading))}
    found: dict[str, list[Edition]] = {}
    for row in (await connection.execute(query, asked(reading))).mappings():
        details = plain(json.loads(row["details"]), ReportDetails)
        found.setdefault(row["dataset"], []).append(
            {
                "edition": details.get("edition"),
                "report": row["report_id"],
                "label": details["label"],
                "publisher": details.get("publisher"),
                "published": details["published"],
                "publication": publication(row, inferred="published_bounds" in details),
                "note": details.get("note"),
                "retracted": row["retracted"],
                "survivor": merged.survivor(row["report_id"]),
                "statements": made.get(row["report_id"], 0),
            }
        )
    return [{"id": dataset, "editions": editions} for dataset, editions in found.items()]


async def dataset_ids(connection: AsyncConnection, reading: Reading) -> list[str]:
    query = select(reports.c.dataset).distinct().where(as_of(reports, "reports"), reports.c.dataset.is_not(None))
    return sorted((await connection.execute(query, asked(reading))).scalars())


async def dataset_claims(connection: AsyncConnection, reading: Reading, dataset: str) -> AsyncIterator[str]:
    """What each of a dataset's claims says now: JSON, line by line, in chunks of many lines.

    A claim is one of the dataset if any of its statements stands in one of its editions, or stood there until we
    retracted it.
    """
    # A cursor lives in a transaction; elsewhere each query is its own.
    await connection.execution_options(isolation_level="READ COMMITTED")
    options = {"yield_per": _LINES_AT_ONCE}
    query = _claims(await cut_off_of(connection, reading))
    rows = await connection.stream(query, asked(reading, dataset=dataset), execution_options=options)
    async for chunk in rows.scalars().partitions():
        yield "".join(chunk)


@cache
def _made() -> Any:
    of_editions = [
        select(table.c.report_id)
        .join(reports, and_(as_of(reports, "reports"), reports.c.report_id == table.c.report_id))
        .where(as_of(table, "claims"), reports.c.dataset.is_not(None))
        for table in (statements, retracted_statements)
    ]
    every = union_all(*of_editions).subquery()
    return select(every.c.report_id, func.count().label("made")).group_by(every.c.report_id)


@cache
def _claims(cut_off: CutOff) -> Select[Any]:
    s, c, r, w = statements.alias("s"), claims.alias("c"), reports.alias("r"), reports.alias("w")
    other, other_report, other_end = statements.alias("o"), reports.alias("o_in"), reports.alias("o_end")
    gone, mine = retracted_statements.alias("g"), reports.alias("m")

    def filed(report: Any, statement: Any) -> ColumnElement[bool]:
        return and_(as_of(report, "reports"), report.c.report_id == goes_on_as(statement.c.report_id, cut_off))

    def taken_back_in(end: Any, report: Any) -> ColumnElement[bool]:
        return and_(as_of(end, "reports"), end.c.report_id == goes_on_as(report.c.withdrawn_in, cut_off))

    def stands(report: Any, end: Any) -> ColumnElement[bool]:
        discredited = report.c.discredited_because.is_not(None)
        return not_(or_(report.c.retracted, discredited, report_taken_back(report, end, cut_off)))

    def others(*such: ColumnElement[bool]) -> ColumnElement[bool]:
        in_reports = other.join(other_report, filed(other_report, other))
        ended_in = in_reports.join(other_end, taken_back_in(other_end, other_report), isouter=True)
        found = select(other.c.claim_id).select_from(ended_in)
        of_claim = and_(as_of(other, "claims"), other.c.claim_id == s.c.claim_id, other.c.ordinal != s.c.ordinal)
        return found.where(of_claim, *such).correlate(s, r).exists()

    comes_after = other.c.ordinal > s.c.ordinal
    superseded = others(
        or_(and_(comes_after, other_report.c.retracted <= r.c.retracted), other_report.c.retracted < r.c.retracted)
    )
    editions = select(mine.c.report_id).where(
        as_of(mine, "reports"), mine.c.dataset == bindparam("dataset", type_=Text)
    )
    of_dataset = union_all(
        *(
            select(table.c.claim_id).where(as_of(table, "claims"), table.c.report_id.in_(editions))
            for table in (statements, retracted_statements)
        )
    )
    retracted_in = (
        select(func.coalesce(func.json_agg(gone.c.report_id), text("'[]'")))
        .where(as_of(gone, "claims"), gone.c.claim_id == s.c.claim_id)
        .correlate(s)
        .scalar_subquery()
    )
    # Dropped in an edition that does not count, it may be dropped in another after the same statement.
    dropped = others(other.c.ended, other.c.follows == s.c.follows, stands(other_report, other_end))
    it_stands = or_(stands(r, w), and_(s.c.ended, dropped))
    # Content is stored as JSON text and goes out as it is.
    line = func.concat(
        '{"id":', _json(s.c.claim_id), ',"statement":', s.c.number, ',"report":', _json(s.c.report_id),
        ',"ended":', _json(s.c.ended), ',"retracted":', _json(func.coalesce(c.c.retracted, literal(False))),
        ',"published":', _json(not_(r.c.retracted)), ',"last":', _json(not_(others(comes_after))),
        ',"stands":', _json(it_stands), ',"follows":', func.coalesce(s.c.follows.cast(Text), "null"),
        ',"statements_retracted_in":', retracted_in, ',"content":', s.c.content, "}\n",
    )  # fmt: skip
    return (
        select(line)
        .select_from(s)
        .join(r, filed(r, s))
        .join(w, taken_back_in(w, r), isouter=True)
        .join(c, and_(as_of(c, "claims"), c.c.claim_id == s.c.claim_id), isouter=True)
        .where(as_of(s, "claims"), s.c.claim_id.in_(of_dataset), not_(superseded))
        .order_by(s.c.recorded_position)
    )


def _json(value: Any) -> Any:
    return func.to_json(value).cast(Text)
