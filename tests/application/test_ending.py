import asyncio

import pytest

from application import ending
from application.ending import end
from tests.logged import logged_by

pytestmark = pytest.mark.anyio


async def losing(cancellations: int) -> None:
    """Goes on after it was cancelled, as a library does that takes a cancellation for the end of its own wait."""
    for _ in range(cancellations):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(60)


async def begun(*cancellations: int) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(losing(each)) for each in cancellations]
    await asyncio.sleep(0)
    return tasks


@pytest.mark.parametrize("lost", [0, 1, 3])
async def test_a_task_ends_although_cancellations_are_lost(lost: int) -> None:
    tasks = await begun(lost, 0)
    async with asyncio.timeout(5):
        await end(tasks, again_after_s=0.01)
    assert all(task.cancelled() for task in tasks)


async def test_what_takes_time_to_end_is_not_cancelled_again_at_once() -> None:
    cancelled = 0

    async def puts_away() -> None:
        nonlocal cancelled
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled += 1
            await asyncio.sleep(0.05)

    task = asyncio.create_task(puts_away())
    await asyncio.sleep(0)
    await end([task, None])
    assert task.done() and not task.cancelled() and cancelled == 1


async def test_what_never_ends_is_left_and_told_of() -> None:
    (task,) = await begun(1_000)
    with logged_by(ending) as told:
        async with asyncio.timeout(5):
            await end([task], again_after_s=0.01, within_s=0.03)
    assert not task.done()
    ((line),) = told
    assert line["event"] == "tasks_go_on" and "losing" in line["tasks"][0]
    await end([task], again_after_s=0.0001)


async def test_nothing_to_end_takes_no_time() -> None:
    await end([None])
