"""Catching up and rebuilding: one step at a time, all or nothing, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from application.event_log import Recorded
from application.execute import Asked, Executor
from application.projection import FoldRefused, ReadModel, catch_up, rebuild
from domain.events import read_command
from infrastructure.database import engine
from infrastructure.pictures import PostgresPictures
from infrastructure.postgres_log import PostgresLog
from infrastructure.read_models.dossiers import Dossiers
from infrastructure.read_models.sources import Sources, SourceState

pytestmark = pytest.mark.anyio


class Unable(Exception):
    """What a fold says that cannot take an event."""


class Choosy(Sources):
    """The read model of sources, that cannot take the sources it is told not to."""

    def __init__(self, refused: set[str] | None = None, version: int = 1) -> None:
        self.refused = refused or set()
        self.version = version

    def fold(self, state: SourceState | None, recorded: Recorded, time_zone: str) -> SourceState:
        if recorded.stream.id in self.refused:
            raise Unable(recorded.stream.id)
        return super().fold(state, recorded, time_zone)


class Shop:
    """A dossier, its log and its read models."""

    def __init__(self, url: str) -> None:
        self.engine = engine(url)
        self.log = PostgresLog(self.engine, key=b"key")
        self.executor = Executor(self.log)
        self.sources = Choosy()
        self.models: Sequence[ReadModel[Any]] = (Dossiers(), self.sources)
        self.store = PostgresPictures(self.engine, self.models)
        self.id = f"d-{uuid4().hex[:12]}"

    async def do(self, command: str, item_id: str, **fields: Any) -> int:
        asked = Asked(read_command({"command": command, "id": item_id} | fields))
        return (await self.executor.execute(self.id, "desk", asked)).position

    async def register(self, *source_ids: str) -> int:
        position = 0
        for source_id in source_ids:
            position = await self.do("register_source", source_id, name=source_id, kind="ngo")
        return position

    async def grade(self, source_id: str, *grades: str) -> int:
        position = 0
        for grade in grades:
            position = await self.do("grade_source", source_id, reliability=grade, reason=f"it is {grade}")
        return position

    async def catch_up(self, batch_size: int = 100, models: Sequence[ReadModel[Any]] | None = None) -> int:
        return await catch_up(self.log, self.store, models or self.models, self.id, batch_size=batch_size)

    async def position(self) -> int:
        return await self.store.live_position(self.id)

    async def refused(self) -> str | None:
        picture = await self.store.picture(self.id)
        return picture.refused if picture else None

    async def generation(self) -> int:
        picture = await self.store.picture(self.id)
        assert picture is not None
        return picture.generations["sources"]

    async def rows(self, generation: int | None = None) -> list[tuple[Any, ...]]:
        """Every version of every source: id, from, to (None: current), grade."""
        generation = generation or await self.generation()
        async with self.engine.connect() as connection:
            found = await connection.execute(
                text(
                    "select source_id, from_position, nullif(to_position, 9223372036854775807), reliability "
                    "from sources where dossier_id = :d and generation = :g order by 1, 2"
                ),
                {"d": self.id, "g": generation},
            )
            return [tuple(row) for row in found]

    async def differences(self) -> int:
        return sum([len(await rebuild(self.log, self.store, m, self.id, switch=False)) for m in self.models])


@pytest.fixture
async def shop(module_database_url: str) -> AsyncIterator[Shop]:
    shop = Shop(module_database_url)
    await shop.do("open_dossier", shop.id, title="A dossier")
    yield shop
    await shop.log.close()
    await shop.engine.dispose()


GRADED = [("s1", 2, 3, None), ("s1", 3, 4, "A"), ("s1", 4, None, "B")]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
async def test_rows_are_the_same_whatever_the_batches(shop: Shop, batch_size: int) -> None:
    await shop.register("s1")
    await shop.grade("s1", "A", "B")
    assert await shop.catch_up(batch_size) == 4
    assert await shop.rows() == GRADED
    assert await shop.catch_up(batch_size) == 0


# ---- a fold that refuses


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


# ---- two at once, and one that dies


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


# ---- rebuilding


async def test_a_rebuild_builds_the_same_beside_and_switches(shop: Shop) -> None:
    await shop.register("s1")
    await shop.grade("s1", "A", "B")
    await shop.catch_up()
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []
    assert await shop.generation() == 2
    assert await shop.rows(1) == await shop.rows(2) == GRADED
    await shop.grade("s1", "C")
    await shop.catch_up()
    assert await shop.rows(1) == GRADED
    assert (await shop.rows(2))[-1] == ("s1", 5, None, "C")


async def test_a_verification_changes_nothing(shop: Shop) -> None:
    await shop.register("s1")
    await shop.catch_up()
    for _ in range(3):
        assert await rebuild(shop.log, shop.store, shop.sources, shop.id, switch=False) == []
    assert await shop.generation() == 1


async def test_rows_of_builds_that_serve_no_more_are_swept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.register("s1")
    await shop.catch_up()
    await rebuild(shop.log, shop.store, shop.sources, shop.id)
    await rebuild(shop.log, shop.store, shop.sources, shop.id, switch=False)
    assert await shop.store.sweep_retired() == 0
    monkeypatch.setattr("infrastructure.pictures.KEEP_RETIRED_S", -1)
    assert await shop.store.sweep_retired() >= 2
    assert [await shop.rows(generation) for generation in (1, 2, 3)] == [[], [("s1", 2, None, None)], []]
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []


async def test_a_rebuild_that_was_interrupted_goes_on(shop: Shop) -> None:
    await shop.register("s1")
    await shop.grade("s1", "A", "B")
    await shop.register("s2", "s3")
    await shop.catch_up()
    build = await shop.store.begin_rebuild(shop.id, shop.sources)
    await shop.store.step_rebuild(build, await shop.log.read(shop.id, 0, 3))
    assert (await shop.store.begin_rebuild(shop.id, shop.sources)).position == 3
    seen: list[int] = []
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id, on_progress=seen.append) == []
    assert seen == [6]
    assert await shop.generation() == build.generation == 2


async def test_an_interrupted_rebuild_of_an_older_version_begins_anew(shop: Shop) -> None:
    await shop.register("s1", "s2")
    await shop.catch_up()
    build = await shop.store.begin_rebuild(shop.id, Choosy(version=2))
    await shop.store.step_rebuild(build, await shop.log.read(shop.id, 0, 2))
    assert await rebuild(shop.log, shop.store, Choosy(version=3), shop.id) == []
    assert await shop.rows(build.generation) == []
    assert len(await shop.rows()) == 2


async def test_rebuilds_at_once_build_one_thing_together(shop: Shop) -> None:
    await shop.register(*(f"s{number}" for number in range(10)))
    await shop.catch_up()
    await asyncio.gather(*(rebuild(shop.log, shop.store, shop.sources, shop.id) for _ in range(4)))
    assert len(await shop.rows()) == 10
    assert await shop.differences() == 0


async def test_two_steps_of_one_batch_take_it_once(shop: Shop) -> None:
    await shop.register("s1", "s2")
    await shop.catch_up()
    build, batch = await shop.store.begin_rebuild(shop.id, shop.sources), await shop.log.read(shop.id, 0, 2)
    one, other = await shop.store.step_rebuild(build, batch), await shop.store.step_rebuild(build, batch)
    assert one == other
    assert one is not None
    assert one.position == 2


async def test_a_rebuild_before_anything_was_projected_spoils_nothing(shop: Shop) -> None:
    await shop.register("s1")
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []
    await shop.catch_up()
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []
    assert await shop.rows() == [("s1", 2, None, None)]


async def test_a_read_model_of_a_new_version_is_rebuilt_and_served(shop: Shop) -> None:
    class Renamed(Choosy):
        """Says of everybody that they are graded F."""

        def rows(self, state: SourceState) -> Any:
            (row,) = super().rows(state)["sources"].values()
            return {"sources": {(): (*row[:3], "F", *row[4:])}}

    await shop.register("s1")
    await shop.catch_up()
    await shop.register("s2")
    newer: list[ReadModel[Any]] = [Dossiers(), Renamed(version=2)]
    assert await shop.catch_up(models=newer) == 1
    assert await shop.generation() == 2
    assert await shop.rows() == [("s1", 2, None, "F"), ("s2", 3, None, "F")]
    assert await shop.rows(1) == [("s1", 2, None, None)]


async def test_a_read_model_that_is_new_is_built_for_dossiers_that_are_not(shop: Shop) -> None:
    only = [Dossiers()]
    store = PostgresPictures(shop.engine, only)
    await shop.register("s1")
    await catch_up(shop.log, store, only, shop.id)
    await shop.register("s2")
    await shop.catch_up()
    assert [row[0] for row in await shop.rows()] == ["s1", "s2"]


async def test_nothing_is_answered_from_half_a_picture(shop: Shop) -> None:
    """A release with one more read model has no picture of a dossier until that one is built too."""
    only = [Dossiers()]
    store = PostgresPictures(shop.engine, only)
    await catch_up(shop.log, store, only, shop.id)
    assert await store.picture(shop.id) is not None
    assert await shop.store.picture(shop.id) is None
    await shop.catch_up()
    assert await shop.store.picture(shop.id) is not None


async def test_a_read_model_that_is_new_is_built_for_a_dossier_that_was_still_empty(shop: Shop) -> None:
    only = [Dossiers()]
    shop.id = f"d-{uuid4().hex[:12]}"
    await catch_up(shop.log, PostgresPictures(shop.engine, only), only, shop.id)
    await shop.do("open_dossier", shop.id, title="Later")
    await shop.register("s1")
    assert await shop.catch_up() == 2
    assert [row[0] for row in await shop.rows()] == ["s1"]


async def test_a_new_version_that_cannot_take_an_event_leaves_what_is_served(shop: Shop) -> None:
    await shop.register("s1", "bad")
    await shop.catch_up()
    newer: list[ReadModel[Any]] = [Dossiers(), Choosy({"bad"}, version=2)]
    assert await asyncio.wait_for(shop.catch_up(models=newer), 10) == 0
    assert await shop.refused() is not None
    assert (await shop.generation(), await shop.position()) == (1, 3)
    await shop.store.retry(shop.id)
    assert await shop.catch_up(models=(Dossiers(), Choosy(version=2))) == 0
    assert (await shop.generation(), await shop.refused()) == (2, None)


async def test_a_rebuild_that_refuses_says_so(shop: Shop) -> None:
    await shop.register("s1", "bad")
    await shop.catch_up()
    with pytest.raises(FoldRefused):
        await rebuild(shop.log, shop.store, Choosy({"bad"}), shop.id)
    assert await shop.generation() == 1


async def test_rebuilding_while_events_come_in_leaves_the_right_rows(shop: Shop) -> None:
    await shop.register(*(f"s{number}" for number in range(5)))
    await shop.catch_up()
    done = asyncio.Event()

    async def write() -> None:
        for number in range(60):
            await shop.grade(f"s{number % 5}", "ABC"[number % 3])
            if number % 10 == 0:
                await shop.register(f"t{number}")
        done.set()

    async def follow() -> None:
        while not done.is_set():
            await shop.catch_up(4)

    async def build() -> None:
        while not done.is_set():
            assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []

    await asyncio.gather(write(), follow(), follow(), build(), build())
    await shop.catch_up()
    assert await shop.position() == await shop.log.head(shop.id)
    assert await shop.generation() > 1
    assert await shop.differences() == 0
    rows = await shop.rows()
    assert len(rows) == len({row[0] for row in rows}) + 60
