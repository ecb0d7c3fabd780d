"""Which statement of each claim was its source's word by the cut-off: where every question about claims begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import FromClause

from application.reading import Reading
from domain.when import LATEST
from infrastructure.questions.merges import merged_reports
from infrastructure.read_models.claims import claims, statements
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of


class CutOff(NamedTuple):
    """No cut-off, or one that takes what was certainly, or what was possibly out by then.

    `merged`: whether some reports are one with others. Only then is it looked at which: most dossiers have none.
    `leaves_out`: whether something is taken not to have become known by it that had.
    """

    takes: Literal["none", "certain", "possible"]
    merged: bool = False
    leaves_out: bool = False


async def cut_off_of(connection: AsyncConnection, reading: Reading) -> CutOff:
    takes = "none" if reading.clocks.reported_by is None else reading.clocks.certainty
    return CutOff(takes, bool(await merged_reports(connection, reading)), reading.left_out is not None)


def goes_on_as(report_id: ColumnElement[str], cut_off: CutOff) -> ColumnElement[str]:
    """The report that one goes on as, itself if it is not merged: what any of them says stands in that one."""
    if not cut_off.merged:
        return report_id
    return func.coalesce(MERGED_REPORTS.op("->>", return_type=Text())(report_id), report_id)


# By the id of each merged report what it goes on as. Bound by `asked`, once `cut_off_of` has found them.
MERGED_REPORTS = bindparam("merged_reports", type_=JSONB)


class SoColumns(NamedTuple):
    """When what is said may have begun and ended to be so, in the order of a `Span`."""

    earliest_start: ColumnElement[int]
    latest_start: ColumnElement[int]
    earliest_end: ColumnElement[int]
    latest_end: ColumnElement[int]


@dataclass(frozen=True)
class InForceRows:
    """Each claim with the last statement of its list whose report was out by the cut-off, retracted ones too.

    Of those that were, one of a report that was withdrawn by then is it only where none stands, and one of a report
    that is discredited only where all are.

    `s` is the statement, `r` its report (or what that goes on as), `c` the claim: a row of nulls where nothing has
    happened to it since.
    """

    s: FromClause
    c: FromClause
    r: FromClause
    joined: FromClause
    in_force: ColumnElement[bool]
    withdrawn: ColumnElement[bool]
    report_withdrawn: ColumnElement[bool]

    @property
    def so(self) -> "SoColumns":
        """As `Span.closed` has it: an open end is closed by when its report came out. Null where there is no date."""
        s, r = self.s.c, self.r.c
        is_open = and_(s.latest_end == LATEST, r.last_day_ends < LATEST, s.earliest_start <= r.last_day_ends)
        return SoColumns(
            s.earliest_start,
            case((is_open, func.least(s.latest_start, r.last_day_ends)), else_=s.latest_start),
            case((is_open, func.greatest(s.earliest_end, r.first_day_begins)), else_=s.earliest_end),
            case((is_open, r.last_day_ends), else_=s.latest_end),
        )

    @property
    def retracted(self) -> ColumnElement[bool]:
        return func.coalesce(self.c.c.retracted, False)

    @property
    def counts(self) -> ColumnElement[bool]:
        """That it stands, in a report that is relied on: what every rule sets aside is left out."""
        return and_(not_(self.retracted), not_(self.withdrawn), not_(_discredited(self.r)))

    def select(self, *columns: Any) -> Select[Any]:
        return select(*columns).select_from(self.joined).where(self.in_force)


@cache
def in_force(cut_off: CutOff, nth: int = 1) -> InForceRows:
    """One statement of each claim that was out: the last of those in reports that stand, where none does of those that
    are relied on, and else the last.

    So it is held against every other statement of its claim, earlier ones too: where its report does not stand, and
    that of an earlier one does, the earlier one is in force. A forged report's end of a claim is so none of a claim
    whose own report its publisher took back. What is asked twice in one query takes rows of its own each time: the
    `nth`.
    """
    s, c = statements.alias(f"s{nth}"), claims.alias(f"c{nth}")
    r, w = reports.alias(f"r{nth}"), reports.alias(f"w{nth}")
    report_withdrawn = report_taken_back(r, w, cut_off)
    other, other_report, other_end = statements.alias(f"o{nth}"), reports.alias(f"or{nth}"), reports.alias(f"ow{nth}")
    others = other.join(
        other_report,
        and_(as_of(other_report, "reports"), other_report.c.report_id == goes_on_as(other.c.report_id, cut_off)),
    ).join(
        other_end,
        and_(as_of(other_end, "reports"), other_end.c.report_id == goes_on_as(other_report.c.withdrawn_in, cut_off)),
        isouter=True,
    )
    # What a report says that was taken back, or that we do not rely on, is nobody's word while another statement is.
    goes_behind = _goes_behind(r, report_withdrawn)
    other_goes_behind = _goes_behind(other_report, report_taken_back(other_report, other_end, cut_off))
    another_goes_before = (
        select(other.c.claim_id)
        .select_from(others)
        .where(
            as_of(other, "claims"),
            other.c.claim_id == s.c.claim_id,
            other.c.ordinal != s.c.ordinal,
            out(other_report, cut_off),
            case(
                (other.c.ordinal > s.c.ordinal, other_goes_behind <= goes_behind),
                else_=other_goes_behind < goes_behind,
            ),
        )
        .correlate(s, r, w)
        .exists()
    )
    joined = (
        s.join(r, and_(as_of(r, "reports"), r.c.report_id == goes_on_as(s.c.report_id, cut_off)))
        .join(c, and_(as_of(c, "claims"), c.c.claim_id == s.c.claim_id), isouter=True)
        .join(w, and_(as_of(w, "reports"), w.c.report_id == goes_on_as(r.c.withdrawn_in, cut_off)), isouter=True)
    )
    return InForceRows(
        s,
        c,
        r,
        joined,
        and_(as_of(s, "claims"), out(r, cut_off), not_(another_goes_before)),
        or_(s.c.ended, report_withdrawn),
        report_withdrawn,
    )


def follows_another(s: FromClause, cut_off: CutOff, name: str) -> ColumnElement[bool]:
    """That a statement changed an earlier one. What stands in a report that we mis-filed was never said."""
    earlier, in_report = statements.alias(f"{name}_earlier"), reports.alias(f"{name}_earlier_in")
    said = (
        select(earlier.c.claim_id)
        .select_from(
            earlier.join(
                in_report,
                and_(as_of(in_report, "reports"), in_report.c.report_id == goes_on_as(earlier.c.report_id, cut_off)),
            )
        )
        .where(
            as_of(earlier, "claims"),
            earlier.c.claim_id == s.c.claim_id,
            earlier.c.ordinal < s.c.ordinal,
            not_(in_report.c.retracted),
        )
        .correlate(s)
        .exists()
    )
    return and_(s.c.ordinal > 0, said)


def out(report: FromClause, cut_off: CutOff) -> ColumnElement[bool]:
    """That a report was out by the cut-off. One that we mis-filed never was."""
    by_then = _by(report.c.published_earliest, report.c.published_latest, cut_off)
    return and_(not_(report.c.retracted), by_then, _is_taken_in(report, _LEFT_OUT_REPORTS, cut_off))


def report_taken_back(report: FromClause, taken_back_in: FromClause, cut_off: CutOff) -> ColumnElement[bool]:
    """That its publisher had taken a report back by the cut-off; the other is the report that it did so in, if any.

    In one that we hold to be discredited nobody took anything back.
    """
    r = report.c
    return case(
        (or_(r.withdrawn.is_(None), not_(_is_taken_in(report, _LEFT_OUT_WITHDRAWALS, cut_off))), False),
        (r.withdrawn_in.is_(None), _by(r.withdrawn_earliest, r.withdrawn_latest, cut_off)),
        else_=func.coalesce(and_(out(taken_back_in, cut_off), not_(_discredited(taken_back_in))), False),
    )


def _goes_behind(report: FromClause, withdrawn: ColumnElement[bool]) -> ColumnElement[int]:
    """How far behind other statements of its claim one of a report goes: in order, however late it was said."""
    return case((_discredited(report), 2), (withdrawn, 1), else_=0)


def _discredited(report: FromClause) -> ColumnElement[bool]:
    return report.c.discredited_because.is_not(None)


def _is_taken_in(report: FromClause, left_out: BindParameter[Sequence[str]], cut_off: CutOff) -> ColumnElement[bool]:
    return report.c.report_id != func.all(left_out) if cut_off.leaves_out else true()


_LEFT_OUT_REPORTS: BindParameter[Sequence[str]] = bindparam("left_out_reports", type_=ARRAY(Text))
_LEFT_OUT_WITHDRAWALS: BindParameter[Sequence[str]] = bindparam("left_out_withdrawals", type_=ARRAY(Text))


def _by(earliest: ColumnElement[int], latest: ColumnElement[int], cut_off: CutOff) -> ColumnElement[bool]:
    if cut_off.takes == "none":
        return true()
    return (latest if cut_off.takes == "certain" else earliest) <= bindparam("reported_by", type_=BigInteger)
