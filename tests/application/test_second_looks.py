"""What another claim of the report tells, and what is told once of a dossier, at every entrance."""

from typing import Any

import pytest

from application.execute import Asked, Executor
from domain.events import read_command
from infrastructure.log.memory import MemoryLog

pytestmark = pytest.mark.anyio

FURNITURE: list[dict[str, Any]] = [
    {"command": "open_dossier", "id": "d", "title": "A siege"},
    {"command": "register_place", "id": "hajin", "name": "Hajin", "kind": "town"},
    *({"command": "register_actor", "id": id_, "name": id_, "kind": "armed_group"} for id_ in ("is", "sdf")),
    *({"command": "file_report", "id": id_, "label": id_, "published": "2018-12-20"} for id_ in ("first", "later")),
]


class Desk:
    def __init__(self) -> None:
        self._executor = Executor(MemoryLog())

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
