"""Which claims may differ between two pictures: those with events between, those of reports that differ, those of
another time. More than do differ are found, never fewer.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, case, false, or_, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.merging import Merged
from domain.when import LATEST
from infrastructure.questions.in_force import CutOff, cut_off_of
from infrastructure.questions.merges import merged_reports
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of, asked, current_at


class Candidate(NamedTuple):
    """A claim, and where a list goes on after it."""

    claim: str
    after: list[Any]


class PicturePair(NamedTuple):
    """Two readings of one dossier. `low` and `high` are their positions, the lower first."""

    before: Reading
    after: Reading

    @property
    def low(self) -> int:
        return min(self.before.position, self.after.position)

    @property
    def high(self) -> int:
        return max(self.before.position, self.after.position)

    @property
    def later(self) -> Reading:
        """The one of them that knows all of the log that either does."""
        return self.after if self.after.position >= self.before.position else self.before


async def candidates(
    connection: AsyncConnection, pictures: PicturePair, after: Sequence[Any] | None, at_least: int
) -> list[Candidate]:
    """The next of them, fewer than `at_least` only at the end. Each claim comes once."""
    found: list[Candidate] = []
    async for some in _candidates(connection, pictures, after, at_least):
        found += some
        if len(found) >= at_least:
            break
    return found


async def _candidates(
    connection: AsyncConnection, pictures: PicturePair, after: Sequence[Any] | None, at_once: int
) -> AsyncIterator[list[Candidate]]:
    phase = after[0] if after else "events"
    if phase == "events":
        async for some in _by_event(connection, pictures, after[1] if after else 0, at_once):
            yield some
    differing = await differing_reports(connection, pictures)
    if phase in ("events", "reports") and differing:
        last = after[1:] if after and phase == "reports" else ("", "", "")
        async for some in _by_report(connection, pictures, differing, last, at_once):
            yield some
    if pictures.before.clocks.at != pictures.after.clocks.at:
        last_position = after[1] if after and phase == "time" else 0
        async for some in _by_time(connection, pictures, differing, last_position, at_once):
            yield some


async def _by_event(
    connection: AsyncConnection, pictures: PicturePair, last: int, at_once: int
) -> AsyncIterator[list[Candidate]]:
    """In the order of the first event of each between the two positions."""
    while pictures.low < pictures.high:
        named = {"low": pictures.low, "high": pictures.high, "after": max(last, pictures.low), "wanted": at_once}
        rows = (await connection.execute(_EVENTS, asked(pictures.later, **named))).all()
        yield [Candidate(row.stream_id, ["events", row.position]) for row in rows]
        if len(rows) < at_once:
            return
        last = rows[-1].position


_EVENTS = text("""
    select e.position, e.stream_id from events e
    where e.dossier_id = :dossier_id and e.stream_kind = 'claim' and e.position > :after and e.position <= :high
        and not exists (
            select from events f
            where f.dossier_id = e.dossier_id and f.stream_kind = e.stream_kind and f.stream_id = e.stream_id
                and f.version = e.version - 1 and f.position > :low
        )
    order by e.position limit :wanted
""")


async def differing_reports(connection: AsyncConnection, pictures: PicturePair) -> list[str]:
    """Reports that something happened to between the two positions, or that are out by the cut-off of one only.

    With all that are one with any of them, in either picture.
    """
    found: set[str] = set()
    if pictures.low < pictures.high:
        between = asked(pictures.later, low=pictures.low, high=pictures.high)
        found |= {row.report_id for row in await connection.execute(_CHANGED_REPORTS, between)}
    found |= set(await published_between(connection, pictures, withdrawn_too=True))
    merges = [await merged_reports(connection, reading) for reading in (pictures.before, pictures.after)]
    if any(merges):
        found = _of_one(found, merges)
        rows = await connection.execute(_WITHDRAWN_IN, asked(pictures.later, changed=sorted(found)))
        found = _of_one(found | {row.report_id for row in rows}, merges)
    return sorted(found)


def _of_one(reports: set[str], merges: Sequence[Merged]) -> set[str]:
    return {one for report in reports for merged in merges for one in merged.one_with(report)}


_WITHDRAWN_IN = text(f"""
    select report_id from reports
    where dossier_id = :dossier_id and generation = :reports_generation and {current_at()}
        and withdrawn_in = any(:changed)
""").bindparams(bindparam("changed", type_=ARRAY(reports.c.report_id.type)))  # noqa: S608  (all of it is ours)


# And those that were withdrawn in them: their claims are told with both.
_CHANGED_REPORTS = text(f"""
    with changed as (
        select distinct stream_id as report_id from events
        where dossier_id = :dossier_id and version > 1 and position > :low and position <= :high
            and stream_kind = 'report'
    )
    select report_id from changed
    union
    select r.report_id from changed join reports r on r.withdrawn_in = changed.report_id
    where r.dossier_id = :dossier_id and r.generation = :reports_generation and {current_at("r")}
""")  # noqa: S608  (all of it is ours)


async def published_between(
    connection: AsyncConnection, pictures: PicturePair, *, withdrawn_too: bool = False
) -> list[str]:
    """Reports that were out by the cut-off of one picture and not by that of the other, with what is one with them."""
    one, other = pictures.before.clocks, pictures.after.clocks
    if (one.reported_by, one.certainty) == (other.reported_by, other.certainty):
        return []
    before, after = [await cut_off_of(connection, reading) for reading in (pictures.before, pictures.after)]
    query = _between(before, after, withdrawn_too)
    named = {"one": one.reported_by, "other": other.reported_by}
    found = [row.report_id for row in await connection.execute(query, asked(pictures.later, **named))]
    # When one came out that goes on as another decides nothing: what it says was out with that.
    merged = await merged_reports(connection, pictures.later)
    return [one for report in found if report not in merged for one in (report, *merged.within(report))]


@cache
def _between(one: CutOff, other: CutOff, withdrawn_too: bool) -> Select[Any]:
    differs = _out(one, "one") != _out(other, "other")
    # Whether a withdrawal was known by the cut-off may rest on yet another report: few reports have one.
    wanted = or_(differs, reports.c.withdrawn.is_not(None)) if withdrawn_too else differs
    return select(reports.c.report_id).where(as_of(reports, "reports"), wanted).order_by(reports.c.report_id)


def _out(cut_off: CutOff, named: str) -> ColumnElement[bool]:
    if cut_off.takes == "none":
        return true()
    bound = reports.c.published_latest if cut_off.takes == "certain" else reports.c.published_earliest
    return case((bound <= bindparam(named, type_=BigInteger), true()), else_=false())


async def _by_report(
    connection: AsyncConnection, pictures: PicturePair, differing: Collection[str], last: Sequence[str], at_once: int
) -> AsyncIterator[list[Candidate]]:
    """In the order of reports, and within one in that of the index."""
    report_id, likeness, claim_id = last
    while True:
        named = {
            "low": pictures.low,
            "high": pictures.high,
            "report": report_id,
            "likeness": likeness,
            "claim": claim_id,
        }
        parameters = asked(pictures.later, differing=sorted(differing), wanted=at_once, **named)
        rows = (await connection.execute(_OF_REPORTS, parameters)).all()
        yield [Candidate(row.claim_id, ["reports", row.report_id, row.likeness, row.claim_id]) for row in rows]
        if len(rows) < at_once:
            return
        report_id, likeness, claim_id = rows[-1].report_id, rows[-1].likeness, rows[-1].claim_id


_HAS_EVENTS_BETWEEN = """
    exists (
        select from events e
        where e.dossier_id = s.dossier_id and e.stream_kind = 'claim' and e.stream_id = s.claim_id
            and e.position > :low and e.position <= :high
    )
"""
_OF_REPORTS = text(f"""
    select s.report_id, s.likeness, s.claim_id from statements s
    where s.dossier_id = :dossier_id and s.generation = :claims_generation
        and {current_at("s")}
        and s.report_id = any(:differing) and (s.report_id, s.likeness, s.claim_id) > (:report, :likeness, :claim)
        and not {_HAS_EVENTS_BETWEEN}
        and not exists (
            select from statements o
            where o.dossier_id = s.dossier_id and o.generation = s.generation and o.claim_id = s.claim_id
                and {current_at("o")}
                and o.report_id = any(:differing) and (o.report_id, o.number) < (s.report_id, s.number)
        )
    order by s.report_id, s.likeness, s.claim_id limit :wanted
""").bindparams(bindparam("differing", type_=ARRAY(reports.c.report_id.type)))  # noqa: S608  (all of it is ours)


async def _by_time(
    connection: AsyncConnection, pictures: PicturePair, differing: Collection[str], last: int, at_once: int
) -> AsyncIterator[list[Candidate]]:
    """In the order in which they were recorded: those that may have been so at one moment only."""
    while True:
        moments = {"one": pictures.before.clocks.at, "other": pictures.after.clocks.at}
        moments |= {"one_day": pictures.before.day_begun, "other_day": pictures.after.day_begun}
        named = {"low": pictures.low, "high": pictures.high, "after": last, "differing": sorted(differing)}
        rows = (await connection.execute(_OF_TIMES, asked(pictures.later, wanted=at_once, **moments, **named))).all()
        yield [Candidate(row.claim_id, ["time", row.recorded_position]) for row in rows]
        if len(rows) < at_once:
            return
        last = rows[-1].recorded_position


_MAY_HOLD = "(cast({0} as bigint) is null or (s.earliest_start <= {0} and s.latest_end >= {0}_day))"
# An open end was closed by a report between the two, it may be.
_OPEN_BY_THEN = f"(s.latest_end = {LATEST} and s.earliest_start <= greatest(:one, :other))"
_OF_TIMES = text(f"""
    select distinct s.recorded_position, s.claim_id from statements s
    where s.dossier_id = :dossier_id and s.generation = :claims_generation
        and {current_at("s")} and s.recorded_position > :after
        and s.earliest_start is not null
        and ({_MAY_HOLD.format(":one")} <> {_MAY_HOLD.format(":other")} or {_OPEN_BY_THEN})
        and not {_HAS_EVENTS_BETWEEN}
        and not exists (
            select from statements o
            where o.dossier_id = s.dossier_id and o.generation = s.generation and o.claim_id = s.claim_id
                and {current_at("o")} and o.report_id = any(:differing)
        )
    order by s.recorded_position limit :wanted
""").bindparams(bindparam("differing", type_=ARRAY(reports.c.report_id.type)))  # noqa: S608  (all of it is ours)
