"""What was counted before a moment and bears on it: the last tolls of each topic, and the states of running ones."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Select, SmallInteger, Text, bindparam, exists, func, not_, select, tuple_
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Content, Figure
from domain.tolls import LONGEST_REACH, REACH_OF_DAYS
from domain.topic import any_in_topics
from domain.words import range_of
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.questions.merges import all_merged
from infrastructure.questions.moment import Rows
from infrastructure.questions.rule_claims import rule_columns
from infrastructure.read_models.incidents import incident_claims
from infrastructure.rows.versioned import as_of, asked, current_at

_content: TypeAdapter[Content] = TypeAdapter(Content)


class _Kind(NamedTuple):
    """What tolls give way to one another: those of a topic and a reach, and what tells of incidents apart."""

    place_id: str
    topic: str
    reach: int
    linked: bool


async def counted_before(
    connection: AsyncConnection, reading: Reading, then: Rows, places: Collection[str] | None
) -> Rows:
    """Flows that ended before the moment and are still the last that was counted, with more than these. `then` are
    those `during` it.
    """
    at = reading.clocks.at
    reaches = list(await connection.scalars(_REACHES, asked(reading)))
    long = [reach for reach in reaches if reach > REACH_OF_DAYS]
    last = (await connection.execute(_LAST, asked(reading, at=at, reaches=long))).all() if long else ()
    last = [row for row in last if places is None or row.place_id in places]
    states = await _states_of_running(connection, reading, then, reaches)
    found = await _in_force(connection, reading, {*states, *(row.claim_id for row in last)})
    # The last one may be of a statement that is not in force, or of a claim that counts for nothing.
    begun = {_Kind(row.place_id, row.topic, row.reach, row.linked): row.begun for row in last}
    linked = {row.claim_id: row.linked for row in last}
    surely = {
        kind
        for row in found
        if row.claim_id in linked
        and (kind := _Kind(row.place_id, row.topic, row.reach, linked[row.claim_id])) in begun
        and row.earliest_start == begun[kind]
        and _counts(row)
    }
    unsure = [kind for kind in begun if kind not in surely]
    if not unsure:
        return found
    return [*found, *await _in_force(connection, reading, await _every(connection, reading, unsure))]


def _counts(row: Any) -> bool:
    """Whether others give way to it."""
    if row.is_withdrawn or row.discredited:
        return False
    figure = _content.validate_json(row.content)
    return isinstance(figure, Figure) and range_of(figure) is not None


# The index is walked from one to the next. They are few: a day, three weeks, a month.
_REACHES = sql(f"""
    with recursive reaches (reach) as (
        select cast(-1 as smallint)
        union all
        select (
            select s.reach from statements s
            where s.dossier_id = :dossier_id and s.generation = :claims_generation and s.reach > reaches.reach
                and {current_at("s")}
            order by s.reach limit 1
        )
        from reaches where reaches.reach is not null
    )
    select reach from reaches where reach >= 0
""")  # noqa: S608  (nothing of it is given by anybody)


# Of each kind those that did not end before the last one began.
_LAST = sql(f"""
    select claim_id, place_id, topic, reach, linked, begun from (
        select *, max(earliest_start) over (partition by place_id, topic, reach, linked) as begun from (
            select
                ended.*,
                exists (
                    select from incident_claims i
                    where i.dossier_id = :dossier_id and i.generation = :incidents_generation
                        and i.claim_id = ended.claim_id and {current_at("i")}
                ) as linked
            from unnest(:reaches) as bins (reach), lateral (
                select claim_id, place_id, topic, s.reach, earliest_start, latest_end from statements s
                where s.dossier_id = :dossier_id and s.generation = :claims_generation and s.reach = bins.reach
                    and earliest_start <= :at and latest_end < :at and nature = 'flow' and {current_at("s")}
                offset 0
            ) ended
        ) told
    ) tolls
    where latest_end >= begun
""").bindparams(  # noqa: S608  (nothing of it is given by anybody)
    bindparam("reaches", type_=ARRAY(SmallInteger)), bindparam("at", type_=BigInteger)
)


async def _states_of_running(
    connection: AsyncConnection, reading: Reading, then: Rows, reaches: Sequence[int]
) -> set[str]:
    """Claims that ended before the moment and began with one that counts on."""
    at = reading.clocks.at
    assert at is not None
    running = {
        (row.place_id, row.topic, row.earliest_start, row.latest_start)
        for row in then
        if row.nature == "flow" and row.earliest_start is not None
    }
    begun = [
        (start, reach)
        for start in sorted({start for _, _, start, _ in running})
        for reach in reaches
        # Shorter than it has run, but for what has no beginning.
        if reach <= (at - start).bit_length() or reach == LONGEST_REACH
    ]
    if not begun:
        return set()
    starts, of_reach = (list(column) for column in zip(*begun, strict=True))
    rows = await connection.execute(_BEGUN_THEN, asked(reading, at=at, starts=starts, reaches=of_reach))
    # Of merged items topics are one that stand apart here.
    apart = not any_in_topics(await all_merged(connection, reading))
    return {
        row.claim_id
        for row in rows
        if not apart or (row.place_id, row.topic, row.earliest_start, row.latest_start) in running
    }


_BEGUN_THEN = sql(f"""
    select ended.* from unnest(:starts, :reaches) as begun (start, reach), lateral (
        select claim_id, place_id, topic, earliest_start, latest_start from statements
        where dossier_id = :dossier_id and generation = :claims_generation and reach = begun.reach
            and earliest_start = begun.start and latest_end < :at and nature = 'flow' and {current_at()}
        offset 0
    ) ended
""").bindparams(  # noqa: S608  (nothing of it is given by anybody)
    bindparam("starts", type_=ARRAY(BigInteger)),
    bindparam("reaches", type_=ARRAY(SmallInteger)),
    bindparam("at", type_=BigInteger),
)


async def _every(connection: AsyncConnection, reading: Reading, kinds: Sequence[_Kind]) -> set[str]:
    """All that ended before the moment, of some kinds: which of these is the last is seen when they are read."""
    places, topics, reaches, _ = (list(column) for column in zip(*kinds, strict=True))
    named = asked(reading, at=reading.clocks.at, places=places, topics=topics, reaches=reaches)
    return set(await connection.scalars(_EVERY, named))


_EVERY = sql(f"""
    select ended.claim_id from unnest(:places, :topics, :reaches) as kinds (place_id, topic, reach), lateral (
        select claim_id from statements s
        where s.dossier_id = :dossier_id and s.generation = :claims_generation and s.nature = 'flow'
            and s.place_id = kinds.place_id and s.topic = kinds.topic and s.reach = kinds.reach
            and s.latest_end < :at and {current_at("s")}
        offset 0
    ) ended
""").bindparams(  # noqa: S608  (nothing of it is given by anybody)
    bindparam("places", type_=ARRAY(Text)),
    bindparam("topics", type_=ARRAY(Text)),
    bindparam("reaches", type_=ARRAY(SmallInteger)),
    bindparam("at", type_=BigInteger),
)


async def periods_before(
    connection: AsyncConnection, reading: Reading, shown: Collection[tuple[str, str]]
) -> dict[tuple[str, str], set[tuple[int, int]]]:
    """Of some topics of flows, by place and topic as they are kept, the periods that ended before the moment and of
    which something counts. What tells of incidents has groups of its own, and is none of these.
    """
    if not shown:
        return {}
    places, topics = (list(column) for column in zip(*sorted(shown), strict=True))
    named = asked(reading, at=reading.clocks.at, places=places, topics=topics)
    found: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for row in await connection.execute(_periods_before(await cut_off_of(connection, reading)), named):
        found.setdefault((row.place_id, row.topic), set()).add((row.earliest_start, row.latest_end))
    return found


@cache
def _periods_before(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    linked = exists().where(as_of(incident_claims, "incidents"), incident_claims.c.claim_id == s.claim_id)
    wanted = func.unnest(bindparam("places", type_=ARRAY(Text)), bindparam("topics", type_=ARRAY(Text)))
    pairs = wanted.table_valued("place_id", "topic", name="shown").render_derived()
    so = rows.so
    return (
        rows.select(s.place_id, s.topic, so.earliest_start, so.latest_end.label("latest_end"))
        .distinct()
        .where(
            rows.counts,
            s.nature == "flow",
            tuple_(s.place_id, s.topic).in_(select(pairs.c.place_id, pairs.c.topic)),
            so.latest_end < bindparam("at", type_=BigInteger),
            not_(linked),
        )
    )


async def _in_force(connection: AsyncConnection, reading: Reading, claim_ids: Collection[str]) -> Rows:
    if not claim_ids:
        return []
    query = _ended_of(await cut_off_of(connection, reading))
    named = asked(reading, at=reading.clocks.at, claim_ids=sorted(claim_ids))
    found: Rows = (await connection.execute(query, named)).all()
    return found


@cache
def _ended_of(cut_off: CutOff) -> Select[Any]:
    """Of some claims the statement in force, where that is a flow and ended."""
    rows = in_force(cut_off)
    s = rows.s.c
    return rows.select(*rule_columns(rows), s.topic, s.reach).where(
        not_(rows.retracted),
        s.claim_id == func.any(bindparam("claim_ids", type_=ARRAY(Text))),
        s.nature == "flow",
        s.latest_end < bindparam("at", type_=BigInteger),
    )
