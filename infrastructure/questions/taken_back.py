"""In which report a source took its word back, and in which it had said what it took back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import FromClause, Join, Select, Text, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.merging import Merged
from domain.report import ReportWithdrawn
from domain.when import Bounds
from infrastructure.questions.in_force import CutOff, InForceRows, cut_off_of, goes_on_as, in_force, report_taken_back
from infrastructure.questions.merges import merged_reports
from infrastructure.read_models.claims import statements
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of, asked


@dataclass(frozen=True, slots=True)
class TakenBack:
    """`said_in` is the report that said it, `published` when that came out, `said_in_withdrawn` whether it was taken
    back as a whole, `dataset` that of which it is an edition. Each is named as what it goes on as.

    `withdrawn_in` is the report that took it back. A publisher may take a report back in no other: `when`, as it was
    given.
    """

    said_in: str
    published: Bounds
    said_in_withdrawn: bool
    dataset: str | None
    withdrawn_in: str | None
    when: str | None


async def taken_back(connection: AsyncConnection, reading: Reading, claim_ids: Sequence[str]) -> dict[str, TakenBack]:
    """Of some claims those that are withdrawn by the reading's clocks."""
    if not claim_ids:
        return {}
    query = _taken_back(await cut_off_of(connection, reading))
    merged = await merged_reports(connection, reading)
    rows = await connection.execute(query, asked(reading, claim_ids=list(claim_ids)))
    return {row.claim_id: _read(row, merged) for row in rows}


def _read(row: Any, merged: Merged) -> TakenBack:
    published = Bounds(row.published_earliest, row.published_latest)
    if row.ended:
        return TakenBack(row.said_in, published, row.said_in_withdrawn, row.dataset, row.report_id, None)
    withdrawn = ReportWithdrawn.model_validate_json(row.withdrawn)
    withdrawn_in = None if withdrawn.report is None else merged.survivor(withdrawn.report)
    return TakenBack(row.said_in, published, True, row.dataset, withdrawn_in, withdrawn.when)


@cache
def _taken_back(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s, r = rows.s, rows.r
    joined, said_in = with_whose_words(rows, cut_off)
    its_end = reports.alias("its_end")
    ended_in = and_(as_of(its_end, "reports"), its_end.c.report_id == goes_on_as(said_in.c.withdrawn_in, cut_off))
    joined = joined.join(its_end, ended_in, isouter=True)
    those = s.c.claim_id == func.any(bindparam("claim_ids", type_=ARRAY(Text)))
    return (
        select(
            s.c.claim_id, r.c.report_id, s.c.ended, r.c.withdrawn,
            said_in.c.report_id.label("said_in"), said_in.c.published_earliest, said_in.c.published_latest,
            report_taken_back(said_in, its_end, cut_off).label("said_in_withdrawn"), said_in.c.dataset,
        )
        .select_from(joined)
        .where(rows.in_force, rows.withdrawn, those)
    )  # fmt: skip


def with_whose_words(rows: InForceRows, cut_off: CutOff) -> tuple[Join, FromClause]:
    """Statements in force with the report whose words each has: of a withdrawal that of what it took back."""
    s, before, said_in = rows.s.c, statements.alias("before"), reports.alias("said_in")
    # A statement that was retracted since said nothing; then the withdrawal is all there is.
    whose_words = and_(as_of(before, "claims"), s.ended, before.c.claim_id == s.claim_id, before.c.number == s.follows)
    stood_in = goes_on_as(func.coalesce(before.c.report_id, s.report_id), cut_off)
    in_report = and_(as_of(said_in, "reports"), said_in.c.report_id == stood_in)
    return rows.joined.join(before, whose_words, isouter=True).join(said_in, in_report), said_in
