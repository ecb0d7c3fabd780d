"""What another claim of the report tells, and what is told once of a dossier, at every entrance."""

import asyncio
from collections.abc import Collection
from typing import Any

import pytest

from application.execute import Asked, Executor
from application.looking_twice import ShownBeside
from application.second_looks import AlikeByTold, NothingShown
from domain.events import read_command
from domain.told import Told
from infrastructure.log.memory import MemoryLog

pytestmark = pytest.mark.anyio

FURNITURE: list[dict[str, Any]] = [
    {"command": "open_dossier", "id": "d", "title": "A siege"},
    {"command": "register_place", "id": "hajin", "name": "Hajin", "kind": "town"},
    *({"command": "register_actor", "id": id_, "name": id_, "kind": "armed_group"} for id_ in ("is", "sdf")),
    *({"command": "file_report", "id": id_, "label": id_, "published": "2018-12-20"} for id_ in ("first", "later")),
]


class Counted(NothingShown):
    """What was asked of the read models, each time."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def alike(self, dossier_id: str, wanted: Collection[Told]) -> AlikeByTold:
        self.asked.append(len(wanted))
        await asyncio.sleep(0.01)
        return await super().alike(dossier_id, wanted)


class Desk:
    def __init__(self) -> None:
        self.shown = Counted()
        self._executor = Executor(MemoryLog(), shown=ShownBeside(self.shown))

    async def told(self, *commands: dict[str, Any], dry_run: bool = False) -> list[list[str]]:
        asked = [Asked(read_command(one)) for one in commands]
        outcomes = await self._executor.execute_group("d", "ann", asked, dry_run=dry_run)
        return [[look.code for look in one.second_looks] for one in outcomes]


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.told(*FURNITURE)
    return desk


def control(claim_id: str, actor: str, report: str = "first", **more: Any) -> dict[str, Any]:
    content = {"kind": "control", "status": "controls", "actor": actor, "place": "hajin", "when": "2018-12-17"}
    return {"command": "record_claim", "id": claim_id, "report": report} | content | more


def killed(claim_id: str, when: str) -> dict[str, Any]:
    content = {"kind": "figure", "measure": "killed", "unit": "people", "best": 5, "qualifier": "stated", "when": when}
    return {"command": "record_claim", "id": claim_id, "report": "first"} | content


@pytest.mark.parametrize("dry_run", [True, False])
async def test_the_same_state_of_a_place_in_one_report_and_one_that_excludes_it(desk: Desk, dry_run: bool) -> None:
    lines = [
        control("c1", "is"), control("c2", "is", note="p. 3"), control("c3", "is", "later"), control("c4", "sdf"),
        control("c5", "is", "later", status="absent"), control("c6", "sdf", "later", extent="part"),
    ]  # fmt: skip
    codes = [[], ["identical_control"], [], ["contradicts_itself"], ["contradicts_itself"], []]
    assert await desk.told(*lines, dry_run=dry_run) == codes


async def test_a_correction_that_makes_two_claims_contradict_is_told(desk: Desk) -> None:
    assert await desk.told(control("c1", "is"), control("c2", "sdf", extent="part")) == [[], []]
    corrected = {"command": "correct_claim", "id": "c2", "set": {"extent": "all"}, "reason": "misread"}
    assert await desk.told(corrected) == [["contradicts_itself"]]


async def test_what_a_dossier_may_be_full_of_is_told_once(desk: Desk) -> None:
    lines = [killed("c1", "1917-04-05"), killed("c2", "1917-04-06"), killed("c3", "1023-04-07")]
    for dry_run in (True, False):
        assert await desk.told(*lines, dry_run=dry_run) == [["far_in_the_past"], [], ["far_in_the_past"]]
    assert await desk.told(killed("c4", "1917-04-08"), killed("c5", "1023-04-09")) == [[], []]
    assert await desk.told(killed("c6", "0023-04-09")) == [["far_in_the_past"]]


async def test_a_report_that_has_not_come_out_yet_is_told(desk: Desk) -> None:
    filed = {"command": "file_report", "id": "r", "label": "R", "published": "2202-01-20"}
    assert await desk.told(filed) == [["in_the_future"]]


async def test_those_whose_commands_end_at_once_share_a_look_and_each_is_told_its_own(desk: Desk) -> None:
    many = [control(f"c{nth}", "is" if nth % 2 else "sdf") for nth in range(20)]
    told = await asyncio.gather(*(desk.told(one) for one in many))
    assert told == [[[]], [["contradicts_itself"]], *[[["identical_control"]]] * 18]
    assert desk.shown.asked == [2]


async def test_who_gives_up_waiting_takes_nobody_elses_warning_away(desk: Desk) -> None:
    first, second = (asyncio.create_task(desk.told(control(id_, "is"))) for id_ in ("c1", "c2"))
    while not desk.shown.asked:
        await asyncio.sleep(0)
    first.cancel()
    assert await second == [["identical_control"]]
    assert first.cancelled()
