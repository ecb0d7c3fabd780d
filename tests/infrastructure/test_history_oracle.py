"""The account of an item, page by page, is that of the whole fold: for any history, at any position."""

import asyncio
import json
from collections.abc import Callable, Sequence
from inspect import unwrap
from itertools import chain
from typing import Any

import anyio
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import to_json
from sqlalchemy import text

from application.event_log import Append, Recorded
from application.history import history
from domain.claim import (
    ClaimCorrected,
    ClaimGraded,
    ClaimRecorded,
    CorrectClaim,
    RecordFigure,
    ReinstateStatement,
    RetractStatement,
    ReviseClaim,
    WithdrawClaim,
)
from domain.content import Figure
from domain.dossier import OpenDossier
from domain.fact import Command
from domain.fields import StreamRef
from domain.report import FileReport
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


@examples(usual=10, thorough=600)
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


# What is said of one claim, again and again, is mostly taken: so that statements take over from those on other pages.
FILED = [
    OpenDossier(id="d", title="D"),
    FileReport(id="r1", label="first", published="2018-12-01"),
    FileReport(id="r2", label="second", published="2018-12-02"),
    RecordFigure(id="c1", report="r1", kind="figure", measure="killed", unit="people", qualifier="stated", best=1),
]
SAID_OF_ONE = st.one_of(
    st.builds(
        ReviseClaim,
        id=st.just("c1"),
        report=st.just("r2"),
        set=st.fixed_dictionaries({"best": st.integers(1, 9)}),
        after=st.none() | st.integers(1, 3),
        changed_by=st.just("claimant"),
        reason=st.just("said anew"),
    ),
    st.builds(
        CorrectClaim,
        id=st.just("c1"),
        set=st.fixed_dictionaries(
            {"best": st.integers(1, 9)}, optional={"claimant": st.none(), "original": st.just("x")}
        ),
        statement=st.none() | st.integers(1, 4),
        reason=st.just("read anew"),
    ),
    st.builds(WithdrawClaim, id=st.just("c1"), report=st.just("r2"), reason=st.just("taken back")),
    st.builds(RetractStatement, id=st.just("c1"), statement=st.integers(2, 4), reason=st.just("never said")),
    st.builds(ReinstateStatement, id=st.just("c1"), statement=st.integers(2, 4), reason=st.just("said after all")),
)


@examples(usual=12, thorough=600)
@given(said=st.lists(SAID_OF_ONE, min_size=2, max_size=9), limit=st.integers(1, 3))
@example(
    said=[
        ReviseClaim(id="c1", report="r2", set={"best": 2}, changed_by="claimant", reason="said anew"),
        CorrectClaim(id="c1", set={"best": 3}, reason="read anew"),
    ],
    limit=1,
)
def test_pages_of_a_claim_that_is_revised_and_corrected_tell_it_whole(
    house: House, said: list[Command | CatchUp], limit: int
) -> None:
    stream = StreamRef("claim", "c1")

    async def work() -> None:
        dossier_id = await lived(house, [*FILED, *said])
        log = await house.events(dossier_id)
        expected = folded(log, stream, len(log))
        for asked in ({}, {"order": "newest"}):
            told = list(chain.from_iterable(await pages(house, stream, dossier_id, len(log), limit=limit, **asked)))
            assert told == (expected[::-1] if asked else expected)

    house.run(work())


VERSIONS = 3_000


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


def test_a_page_of_thousands_of_versions_costs_the_same_wherever_it_is(new_database: Callable[[], str]) -> None:
    stream, dossier_id = StreamRef("claim", "long"), a_dossier()

    async def rows_read(small: House) -> int:
        """By the one connection that there is."""
        async with small.engine.connect() as connection:
            await connection.execute(text("select pg_stat_force_next_flush()"))
            await connection.execute(text("select pg_stat_clear_snapshot()"))
            found = await connection.execute(text("select sum(seq_tup_read + idx_tup_fetch) from pg_stat_user_tables"))
            return int(found.scalar_one())

    async def written(house: House) -> list[Recorded]:
        for start in range(1, VERSIONS + 1, 1_000):
            await house.log.append([long_claim(dossier_id, start + nth) for nth in range(1_000)])
        await house.catch_up(dossier_id, 1_000)
        return await house.events(dossier_id)

    async def nobody_else(small: House) -> None:
        """What other connections read is counted when they end, or much later."""
        async with small.engine.connect() as connection:
            others = text(
                "select count(*) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
            )
            with anyio.fail_after(10):
                while (await connection.execute(others)).scalar_one():
                    await anyio.sleep(0.01)

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

    url = new_database()
    with asyncio.Runner() as runner:
        writing = House(url, runner)
        try:
            expected = folded(runner.run(written(writing)), stream, VERSIONS)
        finally:
            runner.run(writing.close())
        small = House(url, runner, connections=1)
        try:
            runner.run(nobody_else(small))
            runner.run(work(small))
        finally:
            runner.run(small.close())
