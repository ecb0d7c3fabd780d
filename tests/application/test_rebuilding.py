"""Rebuilding: beside what is served, shared out, broken off and gone on with; and the switch, once."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from application.projection import FoldRefused, ReadModel, Rebuild, RebuildDiscarded, catch_up, rebuild, work_on
from infrastructure.read_models.dossiers import Dossiers
from infrastructure.read_models.sources import Sources, SourceState
from infrastructure.rows.pictures import PostgresPictures
from tests.application.shop import GRADED, Choosy, Shop

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
NEWER = Sources.version + 1


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
    assert await shop.store.rebuilds.sweep_retired() == 0
    monkeypatch.setattr("infrastructure.rows.rebuilds.KEEP_RETIRED_S", -1)
    assert await shop.store.rebuilds.sweep_retired() >= 2
    assert [await shop.rows(generation) for generation in (1, 2, 3)] == [[], [("s1", 2, None, None)], []]
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []


async def step(shop: Shop, build: Rebuild, upto: int, preferred: int | None = None) -> int | None:
    """Take one share of a rebuild so far, as a worker does that dies before the next step. The share."""
    async with shop.store.rebuilds.turn(build, preferred) as turn:
        if turn is None:
            return None
        await turn.fold(await shop.log.read_share(shop.id, turn.share, turn.position, upto, 100), upto)
        return turn.share.number


async def test_a_rebuild_that_was_interrupted_goes_on(shop: Shop) -> None:
    await shop.register("s1")
    await shop.grade("s1", "A", "B")
    await shop.register("s2", "s3")
    await shop.catch_up()
    build = await shop.store.rebuilds.begin(shop.id, shop.sources, switch=True)
    await step(shop, build, 3)
    rows = await shop.rows(build.generation)
    assert rows == [("s1", 2, 3, None), ("s1", 3, None, "A")]
    assert await shop.store.rebuilds.begin(shop.id, shop.sources, switch=True) == build
    assert [under_way.positions for under_way in await shop.store.rebuilds.under_way(shop.id)] == [[3]]
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []
    assert await shop.generation() == build.generation == 2
    assert len(await shop.rows()) == 5
    assert await shop.store.rebuilds.under_way(shop.id) == []


async def test_an_interrupted_rebuild_of_an_older_version_begins_anew(shop: Shop) -> None:
    await shop.register("s1", "s2")
    await shop.catch_up()
    build = await shop.store.rebuilds.begin(shop.id, Choosy(version=NEWER), switch=True)
    await step(shop, build, 2)
    assert await rebuild(shop.log, shop.store, Choosy(version=NEWER + 1), shop.id) == []
    assert await shop.generation() == build.generation + 1
    assert len(await shop.rows()) == 2
    await shop.store.rebuilds.sweep_retired()
    assert await shop.rows(build.generation) == []


async def test_a_rebuild_can_be_thrown_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infrastructure.rows.rebuilds.DELETED_AT_ONCE", 2)
    await shop.register(*(f"s{number}" for number in range(9)))
    await shop.catch_up()
    build = await shop.store.rebuilds.begin(shop.id, shop.sources, switch=True)
    await step(shop, build, 8)
    assert len(await shop.rows(build.generation)) == 7
    assert await shop.store.rebuilds.discard(shop.id, "sources")
    assert not await shop.store.rebuilds.discard(shop.id, "sources")
    assert await step(shop, build, 10) is None
    with pytest.raises(RebuildDiscarded):
        await shop.store.rebuilds.outcome(build)
    # Its rows go slice by slice, and its number is not given again before that.
    assert (await shop.store.rebuilds.begin(shop.id, shop.sources, switch=True)).generation > build.generation
    await shop.store.rebuilds.sweep_retired()
    assert await shop.rows(build.generation) == []
    assert (await shop.generation(), len(await shop.rows())) == (1, 9)
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []


async def test_whoever_waits_for_a_rebuild_is_told_that_it_was_thrown_away(shop: Shop) -> None:
    await shop.register("s1")
    await shop.catch_up()
    build = await shop.store.rebuilds.begin(shop.id, shop.sources, switch=True)
    async with shop.store.rebuilds.turn(build, None) as turn:
        assert turn is not None
        waiting = asyncio.create_task(rebuild(shop.log, shop.store, shop.sources, shop.id))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        discarding = asyncio.create_task(shop.store.rebuilds.discard(shop.id, "sources"))
        await asyncio.sleep(0.2)
        # Not before the batch under way is there to be thrown away too.
        assert not discarding.done()
    assert await discarding
    with pytest.raises(RebuildDiscarded):
        await waiting


async def test_what_a_rebuild_asked_for_while_it_was_only_compared_is_served(shop: Shop) -> None:
    await shop.register("s1")
    await shop.catch_up()
    build = await shop.store.rebuilds.begin(shop.id, shop.sources, switch=False)
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []
    assert await shop.generation() == build.generation


@pytest.fixture
def shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any rebuild has four shares, taken in small batches."""
    monkeypatch.setattr("infrastructure.rows.rebuilds.SHARED_FROM", 0)
    monkeypatch.setattr("application.projection.BATCH", 3)


@pytest.mark.usefixtures("shared_out")
async def test_rebuilders_in_processes_of_their_own_make_the_live_rows(shop: Shop) -> None:
    await shop.register(*(f"s{number}" for number in range(300)))
    for number in range(0, 300, 3):
        await shop.grade(f"s{number}", "A", "B")
    await shop.catch_up()
    url = shop.engine.url.render_as_string(hide_password=False)
    argv = [sys.executable, "-m", "tests.application.rebuilding_process", url, shop.id, "together"]
    pipe = asyncio.subprocess.PIPE
    processes = [await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, cwd=ROOT) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    done = await asyncio.gather(*(process.communicate(b"\n") for process in processes))
    steps = [json.loads(said) for said, _ in done]
    assert [process.returncode for process in processes] == [0, 0, 0]
    # They made one build together, and none took what another had taken.
    assert await shop.generation() == 2
    assert sum(steps) == 500
    assert sum(taken > 0 for taken in steps) > 1
    assert await shop.rows(2) == await shop.rows(1)
    assert len(await shop.rows(2)) == 500
    assert await shop.differences() == 0


@pytest.mark.usefixtures("shared_out")
async def test_a_rebuilder_that_is_killed_leaves_the_rest_to_others(shop: Shop) -> None:
    await shop.register(*(f"s{number}" for number in range(200)))
    await shop.catch_up()
    url = shop.engine.url.render_as_string(hide_password=False)
    argv = [sys.executable, "-m", "tests.application.rebuilding_process", url, shop.id]
    killed = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    while not any(sum(each.positions) for each in await shop.store.rebuilds.under_way(shop.id)):
        assert killed.returncode is None
        await asyncio.sleep(0.005)
    killed.kill()
    await killed.wait()
    (left,) = await shop.store.rebuilds.under_way(shop.id)
    assert 0 < sum(left.positions) < 4 * 201
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []
    assert await shop.generation() == left.generation == 2
    assert await shop.rows(2) == await shop.rows(1)


@pytest.mark.usefixtures("shared_out")
async def test_a_share_is_of_one_worker_at_a_time_and_preferred_by_who_had_it(shop: Shop) -> None:
    await shop.register("s1", "s2", "s3")
    await shop.catch_up()
    rebuilds = shop.store.rebuilds
    build = await rebuilds.begin(shop.id, shop.sources, switch=True)
    assert build.shares == 4
    async with rebuilds.turn(build, 2) as one, rebuilds.turn(build, 2) as other, rebuilds.turn(build, None) as third:
        assert one is not None and other is not None and third is not None
        assert [one.share.number, other.share.number, third.share.number] == [2, 0, 1]
        async with rebuilds.turn(build, 2) as fourth, rebuilds.turn(build, 2) as fifth:
            assert fourth is not None
            assert fifth is None
        # Nobody finishes while others are at it.
        await rebuilds.finish(build, shop.log)
    assert len(await rebuilds.under_way(shop.id)) == 1


@pytest.mark.usefixtures("shared_out")
async def test_a_share_that_was_refused_stops_the_rebuild_and_nothing_else(shop: Shop) -> None:
    await shop.register(*(f"s{number}" for number in range(20)), "bad")
    await shop.catch_up()
    with pytest.raises(FoldRefused, match=r"position 22 \(source/bad\)"):
        await rebuild(shop.log, shop.store, Choosy({"bad"}), shop.id)
    build = await shop.store.rebuilds.begin(shop.id, shop.sources, switch=True)
    (under_way,) = await shop.store.rebuilds.under_way(shop.id)
    assert under_way.refused is None, "it was begun again"
    with pytest.raises(FoldRefused):
        await work_on(shop.log, shop.store, replace(build, model=Choosy({"bad"})))
    # Whoever waits for it hears of it too, and nobody goes on with it by themselves.
    with pytest.raises(FoldRefused):
        await shop.store.rebuilds.outcome(build)
    await work_on(shop.log, shop.store, build)
    assert (await shop.generation(), await shop.refused()) == (1, None)
    await shop.register("s99")
    assert await shop.catch_up() == 1
    assert await rebuild(shop.log, shop.store, shop.sources, shop.id) == []
    assert (await shop.generation(), len(await shop.rows())) == (2, 22)


@pytest.mark.usefixtures("shared_out")
async def test_differences_that_others_found_are_told_to_who_asked(shop: Shop) -> None:
    await shop.register(*(f"s{number}" for number in range(8)))
    await shop.catch_up()
    async with shop.engine.begin() as connection:
        tampering = "update sources set reliability = 'E' where dossier_id = :d and source_id in ('s1', 's5', 's6')"
        await connection.execute(text(tampering), {"d": shop.id})
    build = await shop.store.rebuilds.begin(shop.id, shop.sources, switch=False)
    await work_on(shop.log, shop.store, build)
    found = await shop.store.rebuilds.outcome(build)
    assert found is not None
    assert sorted((each.stream_id, each.side, each.row["reliability"]) for each in found) == [
        (source, side, grade) for source in ("s1", "s5", "s6") for side, grade in (("live", "E"), ("rebuilt", None))
    ]
    assert await shop.generation() == 1


async def test_a_comparison_is_of_one_position_while_the_live_rows_go_on(shop: Shop) -> None:
    """The live rows are read as they were where the share stands: what was closed or opened since is left out."""
    await shop.register("s1", "s2")
    await shop.catch_up()
    build = await shop.store.rebuilds.begin(shop.id, shop.sources, switch=True)
    await step(shop, build, 3)
    await shop.grade("s1", "A")
    await shop.register("s3")
    await shop.catch_up()
    async with shop.store.rebuilds.turn(build, None) as turn:
        assert turn is not None
        await turn.compare()
    await shop.store.rebuilds.finish(build, shop.log)
    assert await shop.store.rebuilds.outcome(build) == []
    # And the tail was taken before the switch.
    assert await shop.generation() == 2
    assert await shop.rows() == [("s1", 2, 4, None), ("s1", 4, None, "A"), ("s2", 3, None, None), ("s3", 5, None, None)]


async def test_a_reading_that_began_before_the_switch_finds_its_rows_after_it(shop: Shop) -> None:
    await shop.register("s1")
    await shop.catch_up()
    before = await shop.store.picture(shop.id)
    assert before is not None
    await rebuild(shop.log, shop.store, shop.sources, shop.id)
    await shop.store.rebuilds.sweep_retired()
    assert await shop.rows(before.generations["sources"]) == [("s1", 2, None, None)]


async def test_rebuilds_at_once_build_one_thing_together(shop: Shop) -> None:
    await shop.register(*(f"s{number}" for number in range(10)))
    await shop.catch_up()
    await asyncio.gather(*(rebuild(shop.log, shop.store, shop.sources, shop.id) for _ in range(4)))
    assert len(await shop.rows()) == 10
    assert await shop.differences() == 0


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
    newer: list[ReadModel[Any]] = [Dossiers(), Renamed(version=NEWER)]
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
    newer: list[ReadModel[Any]] = [Dossiers(), Choosy({"bad"}, version=NEWER)]
    assert await asyncio.wait_for(shop.catch_up(models=newer), 10) == 0
    assert await shop.refused() is not None
    assert (await shop.generation(), await shop.position()) == (1, 3)
    await shop.store.retry(shop.id)
    assert await shop.catch_up(models=(Dossiers(), Choosy(version=NEWER))) == 0
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


async def test_a_tail_that_is_refused_leaves_what_is_served(shop: Shop) -> None:
    await shop.register("s1")
    await shop.catch_up()
    build = await shop.store.rebuilds.begin(shop.id, shop.sources, switch=True)
    async with shop.store.rebuilds.turn(build, None) as turn:
        assert turn is not None
        await turn.fold(await shop.log.read_share(shop.id, turn.share, 0, 2, 10), 2)
        await turn.compare()
    await shop.register("bad")
    await shop.catch_up()
    choosy = replace(build, model=Choosy({"bad"}))
    with pytest.raises(FoldRefused):
        await shop.store.rebuilds.finish(choosy, shop.log)
    with pytest.raises(FoldRefused):
        await shop.store.rebuilds.outcome(build)
    assert (await shop.generation(), await shop.refused()) == (1, None)
    assert await shop.rows(build.generation) == [("s1", 2, None, None)]


async def test_a_busy_dossier_is_switched_once_only_its_tail_is_left(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infrastructure.rows.rebuilds.TAIL", 2)
    await shop.register("s1")
    await shop.catch_up()
    build = await shop.store.rebuilds.begin(shop.id, shop.sources, switch=True)
    async with shop.store.rebuilds.turn(build, None) as turn:
        assert turn is not None
        await turn.fold(await shop.log.read_share(shop.id, turn.share, 0, 2, 10), 2)
        await turn.compare()
    await shop.register("s2", "s3", "s4")
    await shop.catch_up()
    await shop.store.rebuilds.finish(build, shop.log)
    assert await shop.generation() == 1, "three events are more than a tail"
    await work_on(shop.log, shop.store, build)
    assert await shop.generation() == 2
    assert [row[0] for row in await shop.rows()] == ["s1", "s2", "s3", "s4"]
