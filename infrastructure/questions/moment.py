"""What bears on a moment: the claims that a picture of it needs, without reading all that was ever said."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Executable,
    Select,
    SmallInteger,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import FromClause

from application.reading import Reading
from domain.estimate import WITHOUT_NUMBER
from domain.tolls import LONGEST_REACH
from domain.when import EARLIEST
from infrastructure.questions.in_force import CutOff, InForceRows, cut_off_of, in_force
from infrastructure.questions.merges import all_one_with, same_origins
from infrastructure.questions.rule_claims import rule_columns
from infrastructure.read_models.claims import HEDGED, LONG, UNDATED
from infrastructure.read_models.incidents import incident_claims
from infrastructure.rows.versioned import as_of, asked, current_at

# Rows of `rule_columns`.
Rows = Sequence[Any]

ENDS = ("capture", "withdrawal")
_BESIDE = ("contests", "present", "encircles", "absent_partly")
BESIDE = (*_BESIDE, *(f"{state}{HEDGED}" for state in _BESIDE))


async def _rows(connection: AsyncConnection, reading: Reading, query: Executable, **more: Any) -> Rows:
    found: Rows = (await connection.execute(query, asked(reading, **more))).all()
    return found


async def during(connection: AsyncConnection, reading: Reading) -> Rows:
    """Flows and occurrences that may have been so at the moment, or at an hour before it on that day, and those without
    a date.

    A span of 2^n microseconds at most that had not ended when the day began did not begin longer before that.
    """
    at, since = reading.clocks.at, reading.day_begun
    assert at is not None and since is not None
    reaches = list(range(LONGEST_REACH + 1))
    begun = [EARLIEST if reach == LONGEST_REACH else max(EARLIEST, since - 2**reach) for reach in reaches]
    near = await connection.execute(_NEAR, asked(reading, at=at, since=since, reaches=reaches, begun=begun))
    query = _during(await cut_off_of(connection, reading))
    return await _rows(connection, reading, query, at=at, since=since, claim_ids=[row[0] for row in near])


# In a step of its own: how many there are cannot be told beforehand, and is few. That there are few undated ones is
# known of that very number only, so it is no parameter.
_NEAR = sql(f"""
    select near.claim_id from unnest(:reaches, :begun) as bins (reach, begun), lateral (
        select claim_id from statements
        where dossier_id = :dossier_id and generation = :claims_generation
            and reach = bins.reach and earliest_start between bins.begun and :at and latest_end >= :since
            and {current_at()}
        offset 0
    ) near
    union
    select claim_id from statements
    where dossier_id = :dossier_id and generation = :claims_generation and reach = {UNDATED}
        and {current_at()}
""").bindparams(  # noqa: S608  (nothing of it is given by anybody)
    bindparam("reaches", type_=ARRAY(SmallInteger)),
    bindparam("begun", type_=ARRAY(BigInteger)),
    bindparam("at", type_=BigInteger),
    bindparam("since", type_=BigInteger),
)


@cache
def _during(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s, at, since = rows.s.c, bindparam("at", type_=BigInteger), bindparam("since", type_=BigInteger)
    # Another statement of the claim may be the one in force, and of another time.
    of_then = or_(s.reach == UNDATED, and_(s.earliest_start <= at, s.latest_end >= since))
    those = s.claim_id == func.any(bindparam("claim_ids", type_=ARRAY(Text)))
    columns = (*rule_columns(rows), s.nature, s.topic)
    return rows.select(*columns).where(not_(rows.retracted), those, s.reach.is_not(None), of_then)


class Spoken(NamedTuple):
    """One claimant's words on one topic (the empty one's: all without a claimant), as the index has them."""

    place: str
    topic: str
    claimant: str


async def spoken(connection: AsyncConnection, reading: Reading, nature: str) -> list[Spoken]:
    """Who has said something of which topic of a nature: the index is walked from one to the next."""
    return [Spoken(*row) for row in await connection.execute(_SPOKEN, asked(reading, nature=nature))]


_SPOKEN = sql(f"""
    with recursive spoken (place_id, topic, claimant_id, nth) as (
        select cast('' as text) collate "C", cast('' as text) collate "C", cast('' as text) collate "C", 0
        union all
        select following.place_id, following.topic, following.claimant_id, spoken.nth + 1
        from spoken, lateral (
            select place_id, topic, claimant_id from statements
            where dossier_id = :dossier_id and generation = :claims_generation and nature = :nature
                and (place_id, topic, claimant_id) > (spoken.place_id, spoken.topic, spoken.claimant_id)
                and {current_at()}
            order by place_id, topic, claimant_id limit 1
        ) following
    )
    select place_id, topic, claimant_id from spoken where nth > 0
""")  # noqa: S608  (nothing of it is given by anybody)


async def last_words(connection: AsyncConnection, reading: Reading, nature: str, said: Sequence[Spoken]) -> Rows:
    """Of each claimant's words on a topic: those by the moment that are not certainly earlier than another, those
    without a date, and (of control) the ones that begin next after it. Where none counts for anything, the last one.
    """
    if not said:
        return []
    places, topics, claimants = (list(column) for column in zip(*said, strict=True))
    named = {"nature": nature, "places": places, "topics": topics, "claimants": claimants, "at": reading.clocks.at}
    query = _last_words(await cut_off_of(connection, reading), nature == "control")
    return await _rows(connection, reading, query, **named)


@cache
def _last_words(cut_off: CutOff, with_next: bool) -> Executable:
    """First between which instants each claimant's last words begin, then the claims that reach into that."""
    at = bindparam("at", type_=BigInteger)
    bounds = _bounds(cut_off, with_next)
    rows = in_force(cut_off)
    s = rows.s.c
    columns = rule_columns(rows)

    def said_by(*conditions: ColumnElement[bool]) -> Select[Any]:
        of_those = _of_those(rows, bounds)
        found = select(*columns).select_from(bounds.join(rows.joined, and_(of_those, *conditions)))
        return found.where(rows.in_force, not_(rows.retracted))

    # One that is not long, and reaches to where the last one begins, began shortly before that at most.
    shortly = s.earliest_start.between(func.greatest(bounds.c.begun, EARLIEST + LONG) - LONG, at)
    reaching = s.latest_end >= bounds.c.begun
    found = [
        said_by(s.earliest_start.is_(None)),
        said_by(not_(s.long), shortly, reaching),
        said_by(s.long, s.earliest_start <= at, reaching),
    ]
    return union_all(*found, said_by(s.earliest_start == bounds.c.begins)) if with_next else union_all(*found)


def _bounds(cut_off: CutOff, with_next: bool) -> CTE:
    """Where the last of each claimant's words on a topic begins that counts, and where the next one does.

    Of control it is the last that surely began by the moment: also one that its own voice has said otherwise since may
    have overtaken what another says. Where none surely did, none can have made others old, and all bear on it.
    """
    at = bindparam("at", type_=BigInteger)
    said = (
        func.unnest(*(bindparam(name, type_=ARRAY(Text)) for name in ("places", "topics", "claimants")))
        .table_valued("place_id", "topic", "claimant_id", name="said")
        .render_derived()
    )

    def counting(rows: InForceRows) -> ColumnElement[bool]:
        # What tells of an incident is of another topic, and outdates nothing: see `linked_stocks`.
        of_one_topic = true() if with_next else not_(_linked(rows))
        return and_(_of_those(rows, said), rows.counts, of_one_topic)

    def numbered(rows: InForceRows) -> ColumnElement[bool]:
        # What says no number outdates none. Only what may say so is read: as `model_dump_json` writes it, or a variable
        # of the claimant's own that is called so.
        content, without = rows.s.c.content, sorted(WITHOUT_NUMBER)
        says_one = and_(*(content.not_like(f'%"qualifier":"{one}"%') for one in without))
        return or_(says_one, cast(content, JSONB)["qualifier"].astext.not_in(without))

    before, after, always = in_force(cut_off, 2), in_force(cut_off, 3), sql("true")
    begun, begins = before.s.c.earliest_start, after.s.c.earliest_start
    counted = counting(before) if with_next else and_(counting(before), numbered(before))
    last = before.select(begun).where(counted, begun <= at).order_by(begun.desc()).limit(1).lateral("last")
    # Without any, all that began by the moment bear on it: none but those that count for nothing.
    columns = [*said.c]
    found_in = said.join(last, always, isouter=True)
    if not with_next:
        any_ = in_force(cut_off, 4)
        unnumbered = any_.select(any_.s.c.earliest_start).where(
            last.c.earliest_start.is_(None), counting(any_), any_.s.c.earliest_start <= at
        )
        without = unnumbered.order_by(any_.s.c.earliest_start.desc()).limit(1).lateral("without")
        # What is set aside, and would be last known.
        of_any = in_force(cut_off, 5)
        set_aside = of_any.select(of_any.s.c.earliest_start).where(
            last.c.earliest_start.is_(None),
            without.c.earliest_start.is_(None),
            _of_those(of_any, said),
            not_(of_any.retracted),
            of_any.s.c.earliest_start <= at,
        )
        aside = set_aside.order_by(of_any.s.c.earliest_start.desc()).limit(1).lateral("aside")
        found_in = found_in.join(without, always, isouter=True).join(aside, always, isouter=True)
        begun_by = (last.c.earliest_start, without.c.earliest_start, aside.c.earliest_start, at)
        columns.append(func.coalesce(*begun_by).label("begun"))
    else:
        surely = in_force(cut_off, 4)
        surely_begun = and_(counting(surely), surely.s.c.earliest_start <= at, surely.s.c.latest_start <= at)
        begun_last = surely.select(surely.s.c.earliest_start).where(surely_begun)
        sure = begun_last.order_by(surely.s.c.earliest_start.desc()).limit(1).lateral("sure")
        found_in = found_in.join(sure, always, isouter=True)
        unless_sure = case((last.c.earliest_start.is_(None), at), else_=EARLIEST)
        columns.append(func.coalesce(sure.c.earliest_start, unless_sure).label("begun"))
        next_ = after.select(begins).where(counting(after), begins > at).order_by(begins).limit(1).lateral("next")
        columns.append(next_.c.earliest_start.label("begins"))
        found_in = found_in.join(next_, always, isouter=True)
    # Else the planner may work it out anew for each claim.
    return select(*columns).select_from(found_in).cte("bounds").prefix_with("MATERIALIZED")


def _of_those(rows: InForceRows, said: FromClause) -> ColumnElement[bool]:
    s = rows.s.c
    named = (s[name] == said.c[name].collate("C") for name in ("place_id", "topic", "claimant_id"))
    return and_(s.nature == bindparam("nature", type_=Text), *named)


def _linked(rows: InForceRows) -> ColumnElement[bool]:
    return exists().where(as_of(incident_claims, "incidents"), incident_claims.c.claim_id == rows.s.c.claim_id)


async def linked_stocks(connection: AsyncConnection, reading: Reading) -> Rows:
    """Stocks by the moment that tell of an incident: each incident is a topic with last words of its own."""
    at = reading.clocks.at
    told = await connection.execute(_TOLD_OF_INCIDENTS, asked(reading, at=at))
    claim_ids = [row[0] for row in told]
    query = _linked_stocks(await cut_off_of(connection, reading))
    return await _rows(connection, reading, query, at=at, claim_ids=claim_ids)


# In a step of its own: together the planner takes both few links and few reports for next to none, and pairs each of
# one with each of the other before it looks for a statement.
_TOLD_OF_INCIDENTS = sql(f"""
    select distinct s.claim_id from incident_claims i
    join statements s on s.dossier_id = i.dossier_id and s.generation = :claims_generation and s.claim_id = i.claim_id
        and {current_at("s")} and s.nature = 'stock' and s.earliest_start <= :at
    where i.dossier_id = :dossier_id and i.generation = :incidents_generation and {current_at("i")}
""").bindparams(bindparam("at", type_=BigInteger))  # noqa: S608  (nothing of it is given by anybody)


@cache
def _linked_stocks(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    by_then = rows.s.c.earliest_start <= bindparam("at", type_=BigInteger)
    those = rows.s.c.claim_id == func.any(bindparam("claim_ids", type_=ARRAY(Text)))
    return rows.select(*rule_columns(rows)).where(not_(rows.retracted), rows.s.c.nature == "stock", by_then, those)


async def planned_stocks(connection: AsyncConnection, reading: Reading) -> Rows:
    """Stocks that are intended for the moment, or for no time that is named."""
    return await _rows(connection, reading, _planned(await cut_off_of(connection, reading)), at=reading.clocks.at)


@cache
def _planned(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s, at = rows.s.c, bindparam("at", type_=BigInteger)
    of_then = or_(s.earliest_start.is_(None), and_(s.earliest_start <= at, s.latest_end >= at))
    stocks = and_(s.nature == "intended", s.kind == "figure", s.reach.is_(None))
    return rows.select(*rule_columns(rows)).where(not_(rows.retracted), stocks, of_then)


async def ends_in(connection: AsyncConnection, reading: Reading, place_ids: Iterable[str]) -> Rows:
    """Every capture and withdrawal in some places: one of long ago may still be what ended a presumption."""
    query = _ends(await cut_off_of(connection, reading))
    return await _rows(connection, reading, query, place_ids=sorted(place_ids))


@cache
def _ends(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    return rows.select(*rule_columns(rows)).where(
        not_(rows.retracted),
        s.nature == "control",
        s.place_id == func.any(bindparam("place_ids", type_=ARRAY(Text))),
        s.topic.in_(ENDS),
    )


async def aside_in(connection: AsyncConnection, reading: Reading, place_ids: Iterable[str]) -> Rows:
    """What is said of who holds some places and set aside, of any time: taken back, in a report that does not stand, or
    a plan.
    """
    doubtful = [row[0] for row in await connection.execute(_DOUBTFUL_REPORTS, asked(reading))]
    named = {
        "place_ids": await all_one_with(connection, reading, "place", place_ids),
        "report_ids": await all_one_with(connection, reading, "report", doubtful),
    }
    return await _rows(connection, reading, _aside(await cut_off_of(connection, reading)), **named)


# Few: which of them were withdrawn by the cut-off is told by what is in force.
_DOUBTFUL_REPORTS = sql(f"""
    select report_id from reports
    where dossier_id = :dossier_id and generation = :reports_generation and {current_at()}
        and (withdrawn is not null or discredited_because is not null)
""")  # noqa: S608  (nothing of it is given by anybody)


@cache
def _aside(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    # By what a statement itself has, before anything is joined to it.
    perhaps = or_(s.ended, s.nature == "intended", s.report_id == func.any(bindparam("report_ids", type_=ARRAY(Text))))
    return rows.select(*rule_columns(rows)).where(
        not_(rows.retracted),
        perhaps,
        s.nature.in_(["control", "intended"]),
        s.kind.in_(["control", "occurrence"]),
        s.place_id == func.any(bindparam("place_ids", type_=ARRAY(Text))),
        or_(rows.withdrawn, rows.r.c.discredited_because.is_not(None), s.nature == "intended"),
    )


async def beside_unattributed(connection: AsyncConnection, reading: Reading, place_ids: Iterable[str]) -> Rows:
    """Who contests some places by the moment, is present, encircles them or is absent from a part, by claims without
    a claimant.

    The last words of all of them together are not enough: there each report is a voice of its own.
    """
    query = _beside_unattributed(await cut_off_of(connection, reading))
    return await _rows(connection, reading, query, at=reading.clocks.at, place_ids=sorted(place_ids))


@cache
def _beside_unattributed(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    return rows.select(*rule_columns(rows)).where(
        not_(rows.retracted),
        s.nature == "control",
        s.place_id == func.any(bindparam("place_ids", type_=ARRAY(Text))),
        func.split_part(s.topic, ":", 1).in_(BESIDE),
        s.claimant_id == "",
        s.earliest_start <= bindparam("at", type_=BigInteger),
    )


async def next_unattributed(connection: AsyncConnection, reading: Reading, said: Rows) -> Rows:
    """What the voices of some unattributed rows say next of the same places: their reports, or those of one origin."""
    if not said:
        return []
    origins = await same_origins(connection, reading)
    shared = {origins[row.claim_id] for row in said if row.claim_id in origins}
    named = {
        "report_ids": await all_one_with(connection, reading, "report", {row.report_id for row in said}),
        "claim_ids": sorted(claim_id for claim_id, origin in origins.items() if origin in shared),
        "place_ids": await all_one_with(connection, reading, "place", {row.place_id for row in said}),
    }
    query = _next_unattributed(await cut_off_of(connection, reading))
    return await _rows(connection, reading, query, at=reading.clocks.at, **named)


@cache
def _next_unattributed(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    return rows.select(*rule_columns(rows)).where(
        not_(rows.retracted),
        or_(
            s.report_id == func.any(bindparam("report_ids", type_=ARRAY(Text))),
            s.claim_id == func.any(bindparam("claim_ids", type_=ARRAY(Text))),
        ),
        s.place_id == func.any(bindparam("place_ids", type_=ARRAY(Text))),
        s.claimant_id == "",
        s.nature == "control",
        s.earliest_start > bindparam("at", type_=BigInteger),
    )
