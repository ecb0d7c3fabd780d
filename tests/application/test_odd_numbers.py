"""A number that is far from all others is warned of at every entrance, and no other is."""

from typing import Any

import pytest

from application.execute import Asked, Executor
from domain.events import read_command
from infrastructure.log.memory import MemoryLog

pytestmark = pytest.mark.anyio

FURNITURE: list[dict[str, Any]] = [
    {"command": "open_dossier", "id": "d", "title": "A strike"},
    {"command": "register_place", "id": "al-jinah", "name": "Al-Jinah", "kind": "village"},
    *({"command": "file_report", "id": id_, "label": id_, "published": "2017-03-17"} for id_ in ("first", "later")),
]


def killed(claim_id: str, best: int, report: str = "first", **more: Any) -> dict[str, Any]:
    content = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "place": "al-jinah"}
    return {"command": "record_claim", "id": claim_id, "report": report, "best": best} | content | more


class Desk:
    def __init__(self) -> None:
        self._executor = Executor(MemoryLog())

    async def told(self, *commands: dict[str, Any], dry_run: bool = False) -> list[list[str]]:
        """Of each command which claims are named as the nearest, or `before`."""
        asked = [Asked(read_command(one)) for one in commands]
        outcomes = await self._executor.execute_group("d", "ann", asked, dry_run=dry_run)
        return [[_named(look) for look in one.second_looks if look.code.startswith("far_from")] for one in outcomes]


def _named(look: Any) -> str:
    return "before" if look.code == "far_from_before" else str(look.message.split("claim '")[1].split("'")[0])


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.told(*FURNITURE)
    return desk


async def test_recorded_revised_and_corrected(desk: Desk) -> None:
    assert await desk.told(killed("j1", 35), killed("j2", 49, "later")) == [[], []]
    assert await desk.told(killed("j3", 4_200_000, "later")) == [["j2"]]
    # Beside that one, the next is not alone.
    assert await desk.told(killed("j4", 4_000_000, "later")) == [[]]
    assert await desk.told({"command": "retract_claim", "id": "j4", "reason": "x"}) == [[]]
    corrected = {"command": "correct_claim", "id": "j3", "set": {"best": 42}, "reason": "a typing mistake"}
    assert await desk.told(corrected) == [["before"]]
    revised = {"command": "revise_claim", "id": "j3", "report": "later", "set": {"best": 4_200_000}}
    assert await desk.told(revised) == [["before", "j2"]]
    assert await desk.told({"command": "correct_claim", "id": "j1", "set": {"note": "p. 3"}, "reason": "x"}) == [[]]


async def test_whole_and_part_may_differ(desk: Desk) -> None:
    assert await desk.told(killed("j1", 4_000), killed("j2", 3, "later", part_of="j1")) == [[], []]
    assert await desk.told({"command": "correct_claim", "id": "j1", "set": {"best": 4_001}, "reason": "x"}) == [[]]


async def test_what_was_withdrawn_is_held_against_nothing(desk: Desk) -> None:
    withdrawn = {"command": "withdraw_claim", "id": "j1", "report": "later", "reason": "taken back"}
    assert await desk.told(killed("j1", 35), withdrawn, killed("j2", 4_200_000)) == [[], [], []]


async def test_what_a_report_says_that_nobody_relies_on_is_held_against_nothing(desk: Desk) -> None:
    assert await desk.told(killed("j1", 35), killed("j2", 4_200_000, "later")) == [[], ["j1"]]
    discredited = {"command": "discredit_report", "id": "later", "reason": "forged"}
    assert await desk.told(discredited, killed("j3", 4_300_000)) == [[], ["j1"]]
    lifted = {"command": "lift_discrediting", "id": "later", "reason": "not forged"}
    assert await desk.told(lifted, killed("j4", 4_400_000)) == [[], []]
    withdrawn = {"command": "withdraw_report", "id": "first", "when": "2017-03-18", "reason": "taken down"}
    assert await desk.told(withdrawn, killed("j5", 30, "later")) == [[], ["j2"]]


async def test_what_a_report_that_does_not_stand_says_changes_nobodys_number(desk: Desk) -> None:
    """The number before it is held against others again, and so it is with what was taken back in one."""
    forgery = {"command": "file_report", "id": "forgery", "label": "forgery", "published": "2017-03-19"}
    revised = {"command": "revise_claim", "id": "j1", "report": "forgery", "set": {"best": 4_100_000}}
    assert await desk.told(killed("j1", 35), forgery, revised) == [[], [], ["before"]]
    withdrawn = {"command": "withdraw_report", "id": "forgery", "when": "2017-03-20", "reason": "no word of ours"}
    assert await desk.told(withdrawn, killed("j2", 4_200_000, "later")) == [[], ["j1"]]
    taken_back = {"command": "withdraw_report", "id": "later", "report": "forgery", "reason": "a mistake"}
    discredited = {"command": "discredit_report", "id": "forgery", "reason": "forged"}
    assert await desk.told(taken_back, killed("j3", 4_300_000)) == [[], ["j1"]]
    retracted = {"command": "retract_claim", "id": "j3", "reason": "a test"}
    assert await desk.told(retracted, discredited, killed("j4", 4_400_000)) == [[], [], []]


async def test_in_one_batch_and_in_a_dry_run_which_is_forgotten(desk: Desk) -> None:
    lines = [killed("j1", 35), killed("j2", 4_200_000, "later")]
    for dry_run in (True, True, False):
        assert await desk.told(*lines, dry_run=dry_run) == [[], ["j1"]]
