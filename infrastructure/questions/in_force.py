"""Which statement of each claim was its source's word by the cut-off: where every question about claims begins."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, case, func, not_, or_, select, true
from sqlalchemy.sql import FromClause

from application.reading import Reading
from infrastructure.read_models.claims import claims, statements
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of

# No cut-off, or one that takes what was certainly, or what was possibly out by then.
CutOff = Literal["none", "certain", "possible"]


def cut_off_of(reading: Reading) -> CutOff:
    return "none" if reading.clocks.reported_by is None else reading.clocks.certainty


@dataclass(frozen=True)
class InForceRows:
    """Each claim with the last statement of its list whose report was out by the cut-off, retracted ones too.

    `s` is the statement, `r` its report, `c` the claim: a row of nulls where nothing has happened to it since.
    """

    s: FromClause
    c: FromClause
    r: FromClause
    joined: FromClause
    in_force: ColumnElement[bool]
    withdrawn: ColumnElement[bool]
    report_withdrawn: ColumnElement[bool]

    @property
    def retracted(self) -> ColumnElement[bool]:
        return func.coalesce(self.c.c.retracted, False)

    def select(self, *columns: Any) -> Select[Any]:
        return select(*columns).select_from(self.joined).where(self.in_force)


@cache
def in_force(cut_off: CutOff, nth: int = 1) -> InForceRows:
    """What is asked twice in one query takes rows of its own each time: the first, the second."""
    s, c = statements.alias(f"s{nth}"), claims.alias(f"c{nth}")
    r, w = reports.alias(f"r{nth}"), reports.alias(f"w{nth}")
    later, later_report = statements.alias(f"l{nth}"), reports.alias(f"lr{nth}")
    said_later = later.join(
        later_report, and_(as_of(later_report, "reports"), later_report.c.report_id == later.c.report_id)
    )
    superseded = (
        select(later.c.claim_id)
        .select_from(said_later)
        .where(
            as_of(later, "claims"),
            later.c.claim_id == s.c.claim_id,
            later.c.ordinal > s.c.ordinal,
            out(later_report, cut_off),
        )
        .correlate(s)
        .exists()
    )
    report_withdrawn = case(
        (r.c.withdrawn.is_(None), False),
        (r.c.withdrawn_in.is_(None), _by(r.c.withdrawn_earliest, r.c.withdrawn_latest, cut_off)),
        else_=func.coalesce(out(w, cut_off), False),
    )
    joined = (
        s.join(r, and_(as_of(r, "reports"), r.c.report_id == s.c.report_id))
        .join(c, and_(as_of(c, "claims"), c.c.claim_id == s.c.claim_id), isouter=True)
        .join(w, and_(as_of(w, "reports"), w.c.report_id == r.c.withdrawn_in), isouter=True)
    )
    return InForceRows(
        s,
        c,
        r,
        joined,
        and_(as_of(s, "claims"), out(r, cut_off), not_(superseded)),
        or_(s.c.ended, report_withdrawn),
        report_withdrawn,
    )


def out(report: FromClause, cut_off: CutOff) -> ColumnElement[bool]:
    """That a report was out by the cut-off. One that we mis-filed never was."""
    return and_(not_(report.c.retracted), _by(report.c.published_earliest, report.c.published_latest, cut_off))


def _by(earliest: ColumnElement[int], latest: ColumnElement[int], cut_off: CutOff) -> ColumnElement[bool]:
    if cut_off == "none":
        return true()
    return (latest if cut_off == "certain" else earliest) <= bindparam("reported_by", type_=BigInteger)
