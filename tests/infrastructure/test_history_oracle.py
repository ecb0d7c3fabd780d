"""The account of an item, page by page, is that of the whole fold: for any history, at any position."""

import asyncio
import json
from collections.abc import Sequence
from inspect import unwrap
from itertools import chain
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json
from sqlalchemy import text

from application.event_log import Append, Recorded
from application.history import history
from domain.claim import ClaimCorrected, ClaimGraded, ClaimRecorded
from domain.content import Figure
from domain.fact import Command
from domain.fields import StreamRef
from domain.statements import Mend
from interfaces.api.history import KINDS, HistoryQuery, _endpoint, _item
from tests.histories import CatchUp, examples, histories
from tests.infrastructure.questions_answered import all_pages, request_to
from tests.infrastructure.test_oracle import House, a_dossier
from tests.infrastructure.test_questions_oracle import lived

ENDPOINTS = {kind: unwrap(_endpoint(kind)) for kind in KINDS}


async def pages(house: House, stream: StreamRef, dossier_id: str, position: int, **asked: Any) -> list[list[Any]]:
    """What each page of an account holds, as of a position."""
    found: list[list[Any]] = []

    async def ask(cursor: str | None) -> Any:
        query = HistoryQuery(as_of=None if cursor else str(position), cursor=cursor, **asked)
        answer = await ENDPOINTS[stream.kind](request_to(house), dossier_id, stream.id, query, None)
        found.append(json.loads(answer.body)["items"])
        return answer

    await all_pages(ask)
    return found


def folded(log: Sequence[Recorded], stream: StreamRef, position: int) -> list[Any]:
    """The same by folding every event of the stream."""
    events = [each for each in log if each.stream == stream and each.position <= position]
    return [json.loads(to_json(_item(entry, {}))) for entry in history(stream.kind, events)]


@examples(usual=25, thorough=600)
@given(history=histories(), where=st.lists(st.floats(0.3, 1), min_size=2, max_size=2), limit=st.integers(1, 4))
def test_pages_tell_what_the_whole_fold_tells(
    house: House, history: list[Command | CatchUp], where: list[float], limit: int
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        log = await house.events(dossier_id)
        for position in [len(log), *(max(1, round(part * len(log))) for part in where)]:
            known = dict.fromkeys(each.stream for each in log[:position])
            for stream in (each for each in known if each.kind in KINDS):
                expected = folded(log, stream, position)
                if len(expected) == 1:
                    continue
                oldest = await pages(house, stream, dossier_id, position, limit=limit)
                newest = await pages(house, stream, dossier_id, position, limit=limit, order="newest")
                assert list(chain.from_iterable(oldest)) == expected
                assert list(chain.from_iterable(newest)) == expected[::-1]
                assert {len(page) for page in oldest[:-1]} | {len(page) for page in newest[:-1]} <= {limit}

    house.run(work())


VERSIONS = 10_000


def long_claim(dossier_id: str, version: int) -> Append:
    """A claim that is corrected and graded again and again."""
    event: Any
    if version == 1:
        content = Figure(kind="figure", measure="killed", unit="people", qualifier="stated", best=1)
        event = ClaimRecorded(report="r", content=content)
    elif version % 2:
        event = ClaimCorrected(mends=[Mend(statement=1, set={"best": version})], reason="counted anew")
    else:
        event = ClaimGraded(credibility=version % 6 + 1, reason="read anew")
    return Append(dossier_id, StreamRef("claim", "long"), version - 1, [event], "tests", f"{version}", b"")


def test_a_page_of_ten_thousand_versions_costs_the_same_wherever_it_is(house: House, module_database_url: str) -> None:
    stream, dossier_id = StreamRef("claim", "long"), a_dossier()

    async def rows_read(small: House) -> int:
        """By the one connection that there is."""
        async with small.engine.connect() as connection:
            await connection.execute(text("select pg_stat_force_next_flush()"))
            await connection.execute(text("select pg_stat_clear_snapshot()"))
            found = await connection.execute(text("select sum(seq_tup_read + idx_tup_fetch) from pg_stat_user_tables"))
            return int(found.scalar_one())

    async def written() -> None:
        for start in range(1, VERSIONS + 1, 1_000):
            await house.log.append([long_claim(dossier_id, start + nth) for nth in range(1_000)])
        await house.catch_up(dossier_id, 1_000)

    async def work(small: House) -> None:
        read = list[int]()

        async def ask(cursor: str | None) -> Any:
            before = await rows_read(small)
            query = HistoryQuery(cursor=cursor, limit=100)
            answer = await ENDPOINTS["claim"](request_to(small), dossier_id, "long", query, None)
            read.append(await rows_read(small) - before)
            return answer

        told = await all_pages(ask)
        assert len(read) == VERSIONS / 100
        # The events of the page, and a few rows besides.
        assert 100 < min(read) <= max(read) < 200, read
        assert told == expected

    house.run(written())
    expected = folded(house.run(house.events(dossier_id)), stream, VERSIONS)
    with asyncio.Runner() as runner:
        small = House(module_database_url, runner, connections=1)
        try:
            runner.run(work(small))
        finally:
            runner.run(small.close())
