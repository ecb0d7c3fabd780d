"""What claims in force say of what may be the same as some numbers, for the warning that a number is far from all."""

import json
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Dialect, Integer, bindparam
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Figure, is_period
from domain.may_be_same import SPOTS
from domain.merging import Merged
from domain.odd_numbers import SHORT, Number, Said, amounts_of
from domain.topic import topic_of
from domain.when import EARLIEST, LATEST, Span
from infrastructure.questions.in_force import CutOff, in_force
from infrastructure.questions.merges import all_merged
from infrastructure.questions.shown_now import ShownNow
from infrastructure.rows.versioned import asked as named_for
from infrastructure.rows.versioned import current_at

# So many places inside a spot, or around it, are looked at; so many words of each: who says more is not looked into.
MOST_PLACES = 10
MOST_WORDS = 40
# How long, and of how many dossiers, which items are one is taken to be what was read.
SAME_ITEMS_S = 10.0
DOSSIERS = 100

NearNumbers = Mapping[Number, Sequence[Said]]
_DIALECT: Dialect = psycopg.dialect()  # type: ignore[no-untyped-call]
_figure: TypeAdapter[Figure] = TypeAdapter(Figure)


class PostgresShownNumbers:
    """What the read models show."""

    def __init__(self, shown: ShownNow) -> None:
        self._shown = shown
        self._merged: OrderedDict[str, tuple[float, Mapping[str, Merged]]] = OrderedDict()

    async def near(self, dossier_id: str, numbers: Collection[Number]) -> NearNumbers:
        nothing: NearNumbers = {}

        async def look(connection: AsyncConnection, now: Reading) -> NearNumbers:
            return await near_numbers(connection, now, list(numbers), await self._merged_now(connection, now))

        return await self._shown.asked(dossier_id, "numbers", look, nothing)

    async def _merged_now(self, connection: AsyncConnection, now: Reading) -> Mapping[str, Merged]:
        since, merged = self._merged.get(now.dossier_id, (0.0, None))
        if merged is None or time.monotonic() - since > SAME_ITEMS_S:
            merged = await all_merged(connection, now)
            self._merged[now.dossier_id] = time.monotonic(), merged
            self._merged.move_to_end(now.dossier_id)
            if len(self._merged) > DOSSIERS:
                self._merged.popitem(last=False)
        return merged


async def near_numbers(
    connection: AsyncConnection, reading: Reading, numbers: list[Number], merged: Mapping[str, Merged]
) -> NearNumbers:
    """What is said at the same place or one that it is merged with, and at a spot's places inside and around it, of the
    same measure and unit, at a time that may be the same. Of a number of which more is said than is looked at, nothing.

    `merged` is by kind what goes on as what (`all_merged`).
    """
    alike: dict[_Wanted, list[Number]] = {}
    for number in numbers:
        for place in [""] if number.topic.place is None else merged["place"].one_with(number.topic.place)[:MOST_PLACES]:
            alike.setdefault(_wanted(number, place), []).append(number)
    columns = zip(*alike, strict=True)
    reports = merged["report"].ends()
    near_sql, constants = _near(bool(reports))
    named = named_for(
        reading,
        **constants,
        **{name: list(column) for name, column in zip(_Wanted.__annotations__, columns, strict=True)},
        spots=sorted(SPOTS),
        places=MOST_PLACES + 1,
        words=MOST_WORDS + 1,
    )
    named["merged_reports"] = json.dumps(reports)
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        cursor = await driver.execute(near_sql, named)
        rows = await cursor.fetchall()
    finally:
        if driver.closed:
            await connection.invalidate()
    found: dict[int, list[Said]] = {}
    for nth, claim_id, report_id, wholes, content, *span in rows:
        figure = _figure.validate_json(content)
        amounts = amounts_of(figure)
        if amounts is not None:
            so = None if span[0] is None else Span(*span)
            number = Number(amounts, topic_of(figure), so, is_period(figure))
            found.setdefault(nth, []).append(Said(claim_id, report_id, number, frozenset(wholes)))
    near: dict[Number, list[Said]] = {}
    for nth, of_them in enumerate(alike.values(), 1):
        for number in of_them:
            near[number] = [*near.get(number, ()), *found.get(nth, ())]
    return {number: said for number, said in near.items() if 0 < len(said) <= MOST_WORDS}


class _Wanted(NamedTuple):
    """What is to be found: the nature and the place, topics from one to another, and when it may have been so."""

    nature: str
    place: str
    topic: str
    following: str
    since: int
    until: int
    ends: int


def _wanted(number: Number, place: str) -> _Wanted:
    counted = f"{number.topic.measure},{number.topic.unit}"
    nature = "flow" if number.of_period else "stock"
    since, until, ends = EARLIEST, LATEST, EARLIEST
    if number.so is not None:
        began, ended = number.so.earliest_start, number.so.latest_end
        until, ends = ended, began
        if number.of_period:
            # One that is short, and reaches into a short one, began shortly before it at most.
            short = ended - began <= SHORT
            since, until = (began - SHORT, ended) if short else (began, began)
    # A part of a topic follows a comma, which the next character begins no topic with.
    return _Wanted(nature, place, counted, f"{counted}-", since, until, ends)


def _of(alias: str, table: str) -> str:
    now = current_at(alias, "%(position)s")
    return f"{alias}.dossier_id = %(dossier_id)s and {alias}.generation = %({table}_generation)s and {now}"


# The place, those inside it if it is a spot, and the spots around it.
_PLACES = f"""
    with recursive inside (place_id) as (
        select p.place_id from places p
        where {_of("p", "places")} and p.place_id = w.place and cast(p.details as jsonb) ->> 'kind' = any(%(spots)s)
        union
        select p.place_id from inside i join place_parents p
            on {_of("p", "places")} and p.parent_id = i.place_id and p.nth <= 0
    ), around (place_id) as (
        select w.place collate "C"
        union
        select p.parent_id from around a join place_parents p
            on {_of("p", "places")} and p.place_id = a.place_id and p.nth <= 0
            join places o on {_of("o", "places")} and o.place_id = p.parent_id
                and cast(o.details as jsonb) ->> 'kind' = any(%(spots)s)
    )
    select place_id from around union select place_id from inside limit %(places)s
"""  # noqa: S608  (nothing of it is given by anybody)
# Of what is in force, in the rows `s1`, that which is held against a number `w`.
_BESIDE = sql("""
    s1.nature = w.nature and s1.place_id = any(near.places) and cardinality(near.places) < :places
    and s1.topic >= w.topic and s1.topic < w.following
    and (s1.earliest_start is null or (s1.earliest_start between w.since and w.until and s1.latest_end >= w.ends))
""")


@cache
def _near(reports_are_merged: bool) -> tuple[str, Mapping[str, Any]]:
    """The query, and those of its parameters that are the same whoever asks.

    It is written out once, and asked of the driver itself: this is looked up while something is recorded.
    """
    rows = in_force(CutOff("none", reports_are_merged))
    said = rows.s.c
    spans = (said.earliest_start, said.latest_start, said.earliest_end, said.latest_end)
    found = rows.select(said.claim_id, said.report_id, said.content, *spans).where(rows.counts, _BESIDE)
    written = found.limit(bindparam("words", type_=Integer)).compile(dialect=_DIALECT)
    # What is asked of one place together looks for what lies around it once.
    query = f"""
        with near as materialized (
            select w.place, array({_PLACES}) as places from (select distinct unnest(%(place)s::text[]) as place) w
        )
        select w.nth, found.claim_id, found.report_id, array(
            select r.to_claim from relations r
            where {_of("r", "claims")} and r.claim_id = found.claim_id and r.relation = 'part_of'
        ), found.content, found.earliest_start, found.latest_start, found.earliest_end, found.latest_end
        from unnest(
                %(nature)s::text[], %(place)s::text[], %(topic)s::text[], %(following)s::text[], %(since)s::bigint[],
                %(until)s::bigint[], %(ends)s::bigint[]
            ) with ordinality as w (nature, place, topic, following, since, until, ends, nth)
            join near on near.place = w.place,
            lateral ({written}) found
    """  # noqa: S608  (nothing of it is given by anybody)
    return query, {name: value for name, value in written.params.items() if value is not None}
