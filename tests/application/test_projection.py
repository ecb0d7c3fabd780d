"""Catching up: one step at a time, all or nothing, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from application.projection import catch_up
from infrastructure.read_models.dossiers import Dossiers
from infrastructure.rows.pictures import PostgresPictures
from tests.application.shop import GRADED, Shop

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
async def test_rows_are_the_same_whatever_the_batches(shop: Shop, batch_size: int) -> None:
    await shop.register("s1")
    await shop.grade("s1", "A", "B")
    assert await shop.catch_up(batch_size) == 4
    assert await shop.rows() == GRADED
    assert await shop.catch_up(batch_size) == 0


async def test_a_row_that_its_own_batch_closes_is_written_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infrastructure.rows.versioned._FOLDED_AT_ONCE", 1)
    await shop.register("s1", "s2")
    await shop.grade("s1", "A", "B")
    await shop.catch_up()
    # Each statement of a transaction has a number, which rows keep that it wrote: an update would be another one.
    query = text("select count(*), count(distinct cmin::text) from sources where dossier_id = :d")
    async with shop.engine.connect() as connection:
        assert tuple((await connection.execute(query, {"d": shop.id})).one()) == (4, 1)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
async def test_all_before_a_refused_event_is_taken_and_nothing_after_it(shop: Shop, batch_size: int) -> None:
    shop.sources.refused = {"bad"}
    await shop.register("s1", "s2", "bad", "s3")
    assert await shop.catch_up(batch_size) == 3
    assert await shop.position() == 3
    assert [row[0] for row in await shop.rows()] == ["s1", "s2"]
    assert await shop.refused() == "sources cannot take source.registered at position 4 (source/bad): Unable: bad"


async def test_a_dossier_that_stands_still_takes_nothing_until_it_is_told_to_retry(shop: Shop) -> None:
    shop.sources.refused = {"bad"}
    await shop.register("s1", "bad", "s2")
    await shop.catch_up()
    assert shop.id not in await shop.store.behind(10_000)
    shop.sources.refused = set()
    assert await shop.catch_up() == 0
    await shop.store.retry(shop.id)
    assert shop.id in await shop.store.behind(10_000)
    assert await shop.catch_up() == 2
    assert (await shop.position(), await shop.refused()) == (4, None)
    assert await shop.differences() == 0


async def test_a_retry_that_fails_again_stands_still_again(shop: Shop) -> None:
    shop.sources.refused = {"bad"}
    await shop.register("s1", "bad")
    await shop.catch_up()
    await shop.store.retry(shop.id)
    assert await shop.refused() is None
    assert await shop.catch_up() == 0
    assert await shop.refused() is not None


async def test_other_dossiers_go_on(shop: Shop) -> None:
    shop.sources.refused = {"bad"}
    await shop.register("bad")
    await shop.catch_up()
    shop.id = f"d-{uuid4().hex[:12]}"
    await shop.do("open_dossier", shop.id, title="Another")
    await shop.register("s1")
    assert await shop.catch_up() == 2


async def test_whoever_meets_a_refused_event_while_another_has_the_turn_leaves_it_to_that_one(shop: Shop) -> None:
    """Else the dossier would stand still before events that can be taken."""
    await shop.catch_up()
    shop.sources.refused = {"bad"}
    await shop.register("s1", "s2", "bad")
    fold = PostgresPictures(shop.engine, shop.models)
    waiting, entered = asyncio.Event(), asyncio.Event()

    class Slow(PostgresPictures):
        """Its first turn is refused; before its second one, another worker takes the dossier's turn."""

        turns = 0

        @asynccontextmanager
        async def turn(self, dossier_id: str) -> AsyncIterator[Any]:
            self.turns += 1
            if self.turns == 2:
                entered.set()
                await waiting.wait()
            async with super().turn(dossier_id) as turn:
                yield turn

    slow = Slow(shop.engine, shop.models)
    one = asyncio.create_task(catch_up(shop.log, slow, shop.models, shop.id))
    await entered.wait()
    async with fold.turn(shop.id) as turn:
        assert turn is not None
        waiting.set()
        assert await one == 0
    assert await shop.refused() is None
    await shop.catch_up()
    assert await shop.position() == 3
    assert await shop.refused() is not None


async def test_two_workers_at_once_double_nothing(shop: Shop) -> None:
    await shop.register(*(f"s{number}" for number in range(30)))
    taken = await asyncio.gather(*(shop.catch_up(3) for _ in range(4)))
    while await shop.position() < 31:
        await shop.catch_up()
    assert sum(taken) <= 31
    assert len(await shop.rows()) == 30
    assert await shop.differences() == 0


async def test_a_worker_that_dies_within_a_batch_leaves_nothing_of_it(shop: Shop) -> None:
    await shop.register("s1")
    await shop.catch_up()
    await shop.grade("s1", "A", "B")
    await shop.register("s2")

    class Dying(PostgresPictures):
        @asynccontextmanager
        async def turn(self, dossier_id: str) -> AsyncIterator[Any]:
            async with super().turn(dossier_id) as turn:
                yield turn
                raise ConnectionResetError("killed before the commit")

    with pytest.raises(ConnectionResetError):
        await catch_up(shop.log, Dying(shop.engine, shop.models), shop.models, shop.id)
    assert await shop.position() == 2
    assert await shop.rows() == [("s1", 2, None, None)]
    assert await shop.catch_up() == 3
    assert await shop.rows() == [*GRADED, ("s2", 5, None, None)]


async def test_a_read_model_that_dies_takes_the_others_rows_with_it(shop: Shop) -> None:
    """All read models of a dossier stand at one position."""

    class Broken(Dossiers):
        name = "broken"

        def rows(self, state: Any) -> Any:
            raise asyncio.CancelledError

    await shop.register("s1")
    store = PostgresPictures(shop.engine, [shop.sources, Broken()])
    with pytest.raises(asyncio.CancelledError):
        await catch_up(shop.log, store, [shop.sources, Broken()], shop.id)
    assert await store.live_position(shop.id) == 0
    assert await shop.catch_up() == 2
    assert await shop.rows() == [("s1", 2, None, None)]
