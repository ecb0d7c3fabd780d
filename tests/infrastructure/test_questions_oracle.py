"""Every question answers as the naive evaluator does: for any history, at any position and any clocks."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from application.execute import Executor
from domain.fact import Command
from tests import naive
from tests.histories import MOMENTS, PLACES, CatchUp, carry_out, examples, histories, maybe
from tests.infrastructure.questions_answered import (
    Answer,
    changes_agree,
    control_agrees,
    corrections_agree,
    disagreements_agree,
    figures_agree,
    situation_agrees,
    sums_agree,
    the_desk_agrees,
)
from tests.infrastructure.test_oracle import House, a_dossier


@pytest.fixture(scope="module")
def house(module_database_url: str) -> Iterator[House]:
    with asyncio.Runner() as runner:
        house = House(module_database_url, runner)
        yield house
        runner.run(house.close())


moments = maybe(st.sampled_from(MOMENTS))
clocks = st.builds(naive.Asked, at=moments, reported_by=moments, certainty=st.sampled_from(["certain", "possible"]))
sums = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["people", "people", "families"]),
        "place": maybe(st.sampled_from(PLACES)),
        "since": moments,
        "until": moments,
        "by": st.sampled_from([None, None, "year", "month"]),
    }
)


async def lived(house: House, history: list[Command | CatchUp]) -> str:
    """A dossier with a history behind it, and read models that know all of it."""
    dossier_id, executor = a_dossier(), Executor(house.log)
    taken = 0
    for step in history:
        if isinstance(step, Command):
            taken += await carry_out(executor, dossier_id, step)
    event(f"taken: {taken // 10 * 10}+")
    await house.catch_up(dossier_id)
    return dossier_id


@examples(usual=20, thorough=600)
@given(
    history=histories(),
    asked=st.lists(clocks, min_size=2, max_size=2),
    place=maybe(st.sampled_from(PLACES)),
    sum_=sums,
    back=st.integers(0, 20),
    moment=st.sampled_from(MOMENTS),
)
def test_any_question_is_answered_as_the_naive_evaluator_does(
    house: House,
    history: list[Command | CatchUp],
    asked: list[naive.Asked],
    place: str | None,
    sum_: Answer,
    back: int,
    moment: int,
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        log = await house.events(dossier_id)
        for position, clocks in zip((len(log), max(1, len(log) - back)), asked, strict=True):
            dossier = naive.Dossier(log, position)
            reading = await house.reading(dossier_id, position, clocks)
            then = replace(clocks, at=moment)
            reading_then = await house.reading(dossier_id, position, then)
            async with house.engine.connect() as connection:
                await control_agrees(connection, reading, dossier, clocks)
                await figures_agree(connection, reading, dossier, clocks, place)
                await sums_agree(connection, reading, dossier, clocks, sum_)
                await disagreements_agree(connection, reading, dossier, clocks, place)
                await situation_agrees(connection, reading_then, dossier, then)
                await the_desk_agrees(house, connection, reading, dossier, clocks)

    house.run(work())


@examples(usual=20, thorough=600)
@given(
    history=histories(),
    asked=st.lists(clocks, min_size=4, max_size=4),
    back=st.lists(st.integers(0, 25), min_size=4, max_size=4),
    limit=st.sampled_from([1, 2, 100]),
)
def test_what_changed_is_told_as_the_naive_evaluator_does(
    house: House, history: list[Command | CatchUp], asked: list[naive.Asked], back: list[int], limit: int
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        log = await house.events(dossier_id)
        pictures: list[Any] = []
        for clocks, steps in zip(asked, back, strict=True):
            position = max(1, len(log) - steps)
            pictures.append((naive.Dossier(log, position), clocks, position))
        for before, after in pairwise(pictures):
            await changes_agree(house, before, after, dossier_id, limit)
        # The clocks one by one.
        one, other = pictures[0], pictures[1]
        await changes_agree(house, one, (one[0], other[1], one[2]), dossier_id, 100)
        await changes_agree(house, one, (other[0], one[1], other[2]), dossier_id, limit)
        for dossier, clocks, position in pictures[:2]:
            await corrections_agree(house, dossier, clocks, position, dossier_id, limit)

    house.run(work())
