"""The record of a source: what it said, took back and changed, and what became of that here."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    distinct,
    exists,
    func,
    not_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import FromClause
from typing_extensions import TypedDict

from application.reading import Reading
from application.shown import Instant
from domain import when
from infrastructure.questions.in_force import (
    CutOff,
    cut_off_of,
    follows_another,
    goes_on_as,
    in_force,
    out,
    report_taken_back,
)
from infrastructure.questions.merges import one_with
from infrastructure.read_models.claims import claims, relations, statements
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of, asked

_OF_THOSE = func.any(bindparam("sources", type_=ARRAY(Text)))


class ClaimsCounted(TypedDict):
    """Of how many claims a source is the claimant, by what became of them.

    `withdrawn` counts those that it took back itself, `withdrawn_by_others` those that a publisher or a relay did.
    """

    total: int
    stands: int
    withdrawn: int
    withdrawn_by_others: int
    retracted: int


class SourceRecord(TypedDict):
    """How much a source said, took back and changed, and how much of it was corrected, graded and disputed here.

    `revised` and `without_notice` count claims that it ever changed so by the cut-off, also those that it took back
    since, `revised_by_others` those that a publisher or a relay did: none of them in a report that we hold to be
    discredited. `graded` counts claims by credibility, `none` those without. `reports` are those that it published,
    `reports_withdrawn` those of them that it took back as a whole. `first` and `last` bound the reports in which its
    claims came out, also where it revised or took them back later.
    """

    claims: ClaimsCounted
    revised: int
    revised_by_others: int
    without_notice: int
    corrected: int
    disputed: int
    disputes: int
    graded: dict[str, int]
    reports: int
    reports_withdrawn: int
    first: Instant | None
    last: Instant | None


async def source_record(connection: AsyncConnection, reading: Reading, source_id: str) -> SourceRecord:
    """Numbers of claims whose claimant it is, by what it had said by the cut-off, and of reports that it published.

    Sources that are merged have one record, and reports that are one are counted once. Claims that we retracted are in
    `total` and `retracted` and nowhere else: it never said them.
    """
    those = await one_with(connection, reading, "source", source_id)
    cut_off = await cut_off_of(connection, reading)
    parameters = asked(reading, sources=those)
    counted = (await connection.execute(_counted(cut_off), parameters)).mappings().one()
    spoken = (await connection.execute(_spoken(cut_off), parameters)).mappings().one()
    grades = (await connection.execute(_grades(cut_off), parameters)).all()
    published = (await connection.execute(_published(cut_off), parameters)).mappings().one()
    return {
        "claims": {
            "total": counted["total"],
            "stands": counted["stands"],
            "withdrawn": counted["withdrawn"],
            "withdrawn_by_others": counted["withdrawn_by_others"],
            "retracted": counted["retracted"],
        },
        "revised": spoken["revised"],
        "revised_by_others": spoken["revised_by_others"],
        "without_notice": spoken["without_notice"],
        "corrected": counted["corrected"],
        "disputed": counted["disputed"],
        "disputes": counted["disputes"],
        "graded": {"none" if grade is None else str(grade): number for grade, number in grades},
        "reports": published["reports"],
        "reports_withdrawn": published["withdrawn"],
        "first": _moment(spoken["first"]),
        "last": _moment(spoken["last"]),
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
    changed = _Changed("end", rows.s, cut_off)
    # A report that was taken back as a whole was so by its publisher, whoever speaks in it.
    by_it = and_(rows.withdrawn, case((s.ended, changed.by_it), else_=_published_by_it(rows.r)))

    def claims_of(*such: Any) -> ColumnElement[int]:
        return func.count().filter(and_(*such))

    query: Any = (
        select(
            func.count().label("total"),
            claims_of(stands, not_(rows.withdrawn)).label("stands"),
            claims_of(stands, by_it).label("withdrawn"),
            claims_of(stands, rows.withdrawn, not_(by_it)).label("withdrawn_by_others"),
            claims_of(retracted).label("retracted"),
            claims_of(stands, corrected).label("corrected"),
            claims_of(stands, _related(rows, from_there=True)).label("disputed"),
            claims_of(stands, _related(rows, from_there=False)).label("disputes"),
        )
        .select_from(changed.joined_to(rows.joined))
        .where(rows.in_force, s.claimant_id == _OF_THOSE)
    )
    found: Select[Any] = query
    return found


class _Changed:
    """Who made some statements, each of which changed or ended another: the source itself, or somebody else.

    Where nobody is said to have made it, its source is: that is what a change of its word is. A publisher is that of
    the report which had said what was changed.
    """

    def __init__(self, name: str, each: FromClause, cut_off: CutOff) -> None:
        self._before, self._said_in = statements.alias(f"{name}_before"), reports.alias(f"{name}_said_in")
        before, said_in = self._before.c, self._said_in.c
        by_publisher = each.c.changed_by == "publisher"
        # Of what nobody but a publisher changed no row is looked for.
        changed = case((by_publisher, each.c.claim_id))
        self._whose_words = and_(
            as_of(self._before, "claims"), before.claim_id == changed, before.number == each.c.follows
        )
        # A statement that was retracted since said nothing; then the change is all there is.
        stood_in = goes_on_as(func.coalesce(before.report_id, each.c.report_id), cut_off)
        self._in_report = and_(as_of(self._said_in, "reports"), said_in.report_id == case((by_publisher, stood_in)))
        self.by_it = case(
            (by_publisher, _published_by_it(self._said_in)),
            else_=func.coalesce(each.c.changed_by, "claimant") == "claimant",
        )

    def joined_to(self, rows: Any) -> Any:
        return rows.join(self._before, self._whose_words, isouter=True).join(
            self._said_in, self._in_report, isouter=True
        )


def _published_by_it(report: FromClause) -> ColumnElement[bool]:
    publisher = cast(report.c.details, JSONB)["publisher"].astext
    return func.coalesce(publisher == _OF_THOSE, False)


@cache
def _spoken(cut_off: CutOff) -> Select[Any]:
    """Over all statements that were out by the cut-off, of claims that are its word then."""
    rows = in_force(cut_off)
    each, report = statements.alias("each"), reports.alias("each_report")
    carried_by = goes_on_as(each.c.report_id, cut_off)
    said = (
        rows.joined.join(each, and_(as_of(each, "claims"), each.c.claim_id == rows.s.c.claim_id))
        .join(report, and_(as_of(report, "reports"), report.c.report_id == carried_by, out(report, cut_off)))
    )  # fmt: skip
    no_end = not_(each.c.ended)
    changed = _Changed("change", each, cut_off)
    # What stands in a report that we do not rely on may be nobody's word: it is on nobody's record that it changed it.
    relied_on = report.c.discredited_because.is_(None)
    revised = and_(follows_another(each, cut_off, "each"), no_end, relied_on)

    def claims_of(such: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(distinct(each.c.claim_id)).filter(such)

    query: Any = (
        select(
            claims_of(and_(revised, changed.by_it)).label("revised"),
            claims_of(and_(revised, not_(changed.by_it))).label("revised_by_others"),
            claims_of(and_(each.c.without_notice, changed.by_it, relied_on)).label("without_notice"),
            func.min(report.c.published_earliest).filter(no_end).label("first"),
            func.max(report.c.published_latest).filter(no_end).label("last"),
        )
        .select_from(changed.joined_to(said))
        .where(rows.in_force, not_(rows.retracted), rows.s.c.claimant_id == _OF_THOSE, each.c.claimant_id == _OF_THOSE)
    )
    found: Select[Any] = query
    return found


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
    said = rows.select(grade, func.count()).where(rows.s.c.claimant_id == _OF_THOSE)
    return said.where(not_(rows.retracted)).group_by(grade).order_by(grade)


@cache
def _published(cut_off: CutOff) -> Select[Any]:
    taken_back_in = reports.alias("taken_back_in")
    in_report = and_(
        as_of(taken_back_in, "reports"), taken_back_in.c.report_id == goes_on_as(reports.c.withdrawn_in, cut_off)
    )
    its_own = goes_on_as(reports.c.report_id, cut_off) == reports.c.report_id
    taken_back = report_taken_back(reports, taken_back_in, cut_off)
    query: Any = (
        select(func.count().label("reports"), func.count().filter(taken_back).label("withdrawn"))
        .select_from(reports.join(taken_back_in, in_report, isouter=True))
        .where(as_of(reports, "reports"), _published_by_it(reports), out(reports, cut_off), its_own)
    )
    found: Select[Any] = query
    return found
