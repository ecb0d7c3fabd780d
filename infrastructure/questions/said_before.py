"""What claims said before what they say now: the earlier statements of each, and the reports that they stood in."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, Text, and_, bindparam, func, not_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.findings import SaidBefore
from application.reading import Reading
from domain.content import Content
from domain.merging import as_one
from infrastructure.questions.in_force import CutOff, cut_off_of, goes_on_as, in_force, out
from infrastructure.questions.merges import all_merged
from infrastructure.read_models.claims import statements
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of, asked

_content: TypeAdapter[Content] = TypeAdapter(Content)


async def said_before(
    connection: AsyncConnection, reading: Reading, claim_ids: Collection[str]
) -> Mapping[str, list[SaidBefore]]:
    """Of each claim that had said something else by the cut-off, what, oldest first.

    What stands in a report that we mis-filed was never said, and what is said again as it was is told once.
    """
    if not claim_ids:
        return {}
    query = _earlier(await cut_off_of(connection, reading))
    rows = (await connection.execute(query, asked(reading, claim_ids=sorted(claim_ids)))).all()
    merged = await all_merged(connection, reading) if rows else {}
    found: dict[str, list[SaidBefore]] = {}
    followed_by: dict[str, Content] = {}
    # From the last to the first: each is held against what came after it.
    for row in reversed(rows):
        content = as_one(_content.validate_json(row.content), merged)
        now = followed_by.get(row.claim_id) or as_one(_content.validate_json(row.now), merged)
        if content != now:
            found.setdefault(row.claim_id, []).append(SaidBefore(content, row.report_id))
        followed_by[row.claim_id] = content
    return {claim: earlier[::-1] for claim, earlier in found.items()}


@cache
def _earlier(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    now, before, report = rows.s.c, statements.alias("before"), reports.alias("before_in")
    of_it = and_(
        as_of(before, "claims"),
        before.c.claim_id == now.claim_id,
        before.c.ordinal < now.ordinal,
        not_(before.c.ended),
    )
    stood_in = and_(as_of(report, "reports"), report.c.report_id == goes_on_as(before.c.report_id, cut_off))
    return (
        select(now.claim_id, before.c.content, report.c.report_id, now.content.label("now"))
        .select_from(rows.joined.join(before, of_it).join(report, stood_in))
        .where(
            rows.in_force,
            now.ordinal > 0,
            now.claim_id == func.any(bindparam("claim_ids", type_=ARRAY(Text))),
            out(report, cut_off),
        )
        .order_by(now.claim_id, before.c.ordinal)
    )
