"""The record of a source: what it said, took back and changed, and what became of that here."""

from functools import cache
from typing import Any

from sqlalchemy import Select, Text, and_, bindparam, cast, exists, func, not_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.reading import Reading
from application.shown import Instant
from domain import when
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force, out
from infrastructure.read_models.claims import claims, relations
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of, asked


class ClaimsCounted(TypedDict):
    """Of how many claims a source is the claimant, by what became of them."""

    total: int
    stands: int
    withdrawn: int
    retracted: int


class SourceRecord(TypedDict):
    """How much a source said, took back and changed, and how much of it was corrected, graded and disputed here.

    `graded` counts claims by credibility, `none` those without; `first` and `last` bound its reports.
    """

    claims: ClaimsCounted
    revised: int
    without_notice: int
    corrected: int
    disputed: int
    disputes: int
    graded: dict[str, int]
    reports: int
    first: Instant | None
    last: Instant | None


async def source_record(connection: AsyncConnection, reading: Reading, source_id: str) -> SourceRecord:
    """Numbers of claims whose claimant it is, by what it had said by the cut-off, and of reports that it published.

    Claims that we retracted are in `total` and `retracted` and nowhere else: it never said them.
    """
    parameters = asked(reading, source=source_id)
    counted = (await connection.execute(_counted(cut_off_of(reading)), parameters)).mappings().one()
    grades = (await connection.execute(_grades(cut_off_of(reading)), parameters)).all()
    published = (await connection.execute(_published(cut_off_of(reading)), parameters)).scalar_one()
    return {
        "claims": {
            "total": counted["total"],
            "stands": counted["stands"],
            "withdrawn": counted["withdrawn"],
            "retracted": counted["retracted"],
        },
        "revised": counted["revised"],
        "without_notice": counted["without_notice"],
        "corrected": counted["corrected"],
        "disputed": counted["disputed"],
        "disputes": counted["disputes"],
        "graded": {"none" if grade is None else str(grade): number for grade, number in grades},
        "reports": published,
        "first": _moment(counted["first"]),
        "last": _moment(counted["last"]),
    }


def _moment(instant: int | None) -> str | None:
    return None if instant is None else when.rfc3339(instant)


@cache
def _counted(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s, retracted = rows.s.c, rows.retracted
    corrected = text("""
        exists (
            select from events e
            where e.dossier_id = s1.dossier_id and e.stream_kind = 'claim' and e.stream_id = s1.claim_id
                and e.version > 1 and e.type = 'claim.corrected' and e.position <= :position
        )
    """)
    stands = not_(retracted)
    return (
        rows.select(
            func.count().label("total"),
            func.count().filter(and_(stands, not_(rows.withdrawn))).label("stands"),
            func.count().filter(and_(stands, rows.withdrawn)).label("withdrawn"),
            func.count().filter(retracted).label("retracted"),
            func.count().filter(and_(stands, s.ordinal > 0, not_(s.ended))).label("revised"),
            func.count().filter(and_(stands, s.without_notice)).label("without_notice"),
            func.count().filter(and_(stands, corrected)).label("corrected"),
            func.count().filter(and_(stands, _related(rows, from_there=True))).label("disputed"),
            func.count().filter(and_(stands, _related(rows, from_there=False))).label("disputes"),
            func.min(rows.r.c.published_earliest).filter(stands).label("first"),
            func.max(rows.r.c.published_latest).filter(stands).label("last"),
        )
    ).where(s.claimant_id == bindparam("source", type_=Text))


def _related(rows: Any, *, from_there: bool) -> Any:
    """That a claim is disputed by another that was not retracted, or disputes one."""
    r, other = relations.alias(), claims.alias()
    here, there = (r.c.to_claim, r.c.claim_id) if from_there else (r.c.claim_id, r.c.to_claim)
    gone = exists().where(as_of(other, "claims"), other.c.claim_id == there, other.c.retracted)
    disputes = and_(as_of(r, "claims"), r.c.relation == "disputes", here == rows.s.c.claim_id)
    return exists().where(disputes, not_(gone))


@cache
def _grades(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    grade = rows.c.c.credibility
    said = rows.select(grade, func.count()).where(rows.s.c.claimant_id == bindparam("source", type_=Text))
    return said.where(not_(rows.retracted)).group_by(grade).order_by(grade)


@cache
def _published(cut_off: CutOff) -> Select[Any]:
    publisher = cast(reports.c.details, JSONB)["publisher"].astext
    by_it = and_(as_of(reports, "reports"), publisher == bindparam("source", type_=Text))
    return select(func.count()).select_from(reports).where(by_it, out(reports, cut_off))
