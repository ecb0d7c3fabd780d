"""Datasets in editions: which there are, and what the last one of each said."""

import json
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

from sqlalchemy import Select, Text, and_, bindparam, exists, func, literal, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.reading import Reading
from domain.report import ReportDetails
from domain.sealable import plain
from infrastructure.questions.merges import merged_reports
from infrastructure.read_models.claims import claims, statements
from infrastructure.read_models.reports import Publication, publication, reports
from infrastructure.rows.versioned import as_of, asked

# Lines that are fetched at once: a stream of any length holds no more of them in memory.
_LINES_AT_ONCE = 1000


class Edition(TypedDict):
    """One edition of a dataset: the report that it is recorded as, and `survivor`, what that goes on as."""

    edition: str | None
    report: str
    label: str
    publisher: str | None
    published: str
    publication: Publication
    note: str | None
    retracted: bool
    survivor: str


class DatasetItem(TypedDict):
    """A dataset, with its editions in the order in which they came out."""

    id: str
    editions: list[Edition]


class DatasetClaim(TypedDict):
    """What the last edition says of a claim. `ended`: it was dropped there; `retracted`: we took it back.

    `content` is as it is stored: words that may name a person are `{"value": text}`.
    """

    id: str
    statement: int
    report: str
    ended: bool
    retracted: bool
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
            }
        )
    return [{"id": dataset, "editions": editions} for dataset, editions in found.items()]


async def dataset_claims(connection: AsyncConnection, reading: Reading, dataset: str) -> AsyncIterator[str]:
    """What the last statement of each of a dataset's claims says: JSON, line by line, in chunks of many lines.

    A claim is one of the dataset while its last statement stands in one of its editions.
    """
    # A cursor lives in a transaction; elsewhere each query is its own.
    await connection.execution_options(isolation_level="READ COMMITTED")
    options = {"yield_per": _LINES_AT_ONCE}
    rows = await connection.stream(_claims(), asked(reading, dataset=dataset), execution_options=options)
    async for chunk in rows.scalars().partitions():
        yield "".join(chunk)


@cache
def _claims() -> Select[Any]:
    s, later, c, r = statements.alias("s"), statements.alias("l"), claims.alias("c"), reports.alias("r")
    superseded = exists().where(as_of(later, "claims"), later.c.claim_id == s.c.claim_id, later.c.ordinal > s.c.ordinal)
    # Content is stored as JSON text and goes out as it is.
    line = func.concat(
        '{"id":', _json(s.c.claim_id), ',"statement":', s.c.number, ',"report":', _json(s.c.report_id),
        ',"ended":', _json(s.c.ended), ',"retracted":', _json(func.coalesce(c.c.retracted, literal(False))),
        ',"content":', s.c.content, "}\n",
    )  # fmt: skip
    return (
        select(line)
        .select_from(s)
        .join(r, and_(as_of(r, "reports"), r.c.report_id == s.c.report_id))
        .join(c, and_(as_of(c, "claims"), c.c.claim_id == s.c.claim_id), isouter=True)
        .where(as_of(s, "claims"), r.c.dataset == bindparam("dataset", type_=Text), not_(superseded))
        .order_by(s.c.recorded_position)
    )


def _json(value: Any) -> Any:
    return func.to_json(value).cast(Text)
