"""A claim that is linked to a second incident is warned of, at every entrance, and no other is."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from application.execute import Asked, Executor
from application.looking_twice import ShownBeside
from domain.events import read_command
from infrastructure.log.memory import MemoryLog

pytestmark = pytest.mark.anyio

FURNITURE: list[dict[str, Any]] = [
    {"command": "open_dossier", "id": "d", "title": "A strike"},
    {"command": "file_report", "id": "r", "label": "R", "published": "2018"},
    *({"command": "record_claim", "id": c, "kind": "statement", "nature": "denial", "report": "r"} for c in "cde"),
]


class Shown:
    """That c tells of m, into which n was merged."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def incidents_of(self, dossier_id: str, claims: Collection[str]) -> Mapping[str, Sequence[str]]:
        self.asked += claims
        return {claim: ["m"] for claim in claims if claim == "c"}

    async def goes_on_as(self, dossier_id: str, incident: str) -> str:
        return "m" if incident == "n" else incident

    async def told_of_apart(self, dossier_id: str, incident: str) -> Mapping[str, Sequence[str]]:
        return {"c": ["m", "n"], "d": ["n"]} if incident == "n" else {}


class Desk:
    def __init__(self) -> None:
        self.shown = Shown()
        self._executor = Executor(MemoryLog(), shown=ShownBeside(links=self.shown))

    async def told(self, *commands: dict[str, Any]) -> list[list[str]]:
        asked = [Asked(read_command(one)) for one in commands]
        outcomes = await self._executor.execute_group("d", "ann", asked)
        return [
            [look.message.partition(" too,")[0] for look in one.second_looks if look.code == "several_incidents"]
            for one in outcomes
        ]


def opened(id_: str, *claims: str) -> dict[str, Any]:
    return {"command": "open_incident", "id": id_, "title": "T", "claims": claims}


async def test_a_second_incident_is_warned_of_and_the_first_is_not() -> None:
    desk = Desk()
    await desk.told(*FURNITURE)
    first = [opened("m", "c"), opened("n"), opened("a", "d")]
    assert await desk.told(*first) == [[], [], []]
    assert await desk.told(opened("b", "c", "d")) == [["claim 'c' tells of incident 'm'"]]
    link = {"command": "link_claims", "id": "n", "claims": ["c", "e"]}
    assert await desk.told(link) == [[]], "what was merged into it is one with it"
    linked = [opened("x", "e"), opened("y", "e", "c")]
    assert await desk.told(*linked) == [[], ["claim 'e' tells of incident 'x'", "claim 'c' tells of incident 'm'"]]
    gone = {"command": "retract_incident", "id": "b", "reason": "no"}
    assert await desk.told(gone, {"command": "reinstate_incident", "id": "b", "reason": "yes"}) == [
        [],
        ["claim 'c' tells of incident 'm'"],
    ]


async def test_a_split_warns_of_what_it_leaves_in_two_incidents() -> None:
    desk = Desk()
    await desk.told(*FURNITURE, opened("m", "c"), opened("n", "c", "d"))
    split = {"command": "split_incident", "id": "n", "reason": "two strikes"}
    assert await desk.told({"command": "merge_incident", "id": "n", "into": "m", "reason": "one"}, split) == [
        [],
        ["claim 'c' tells of incident 'm'"],
    ]


async def test_what_is_recorded_at_once_with_its_incident_is_not_asked_for() -> None:
    desk = Desk()
    await desk.told(*FURNITURE, opened("m", "c", "d"))
    assert desk.shown.asked == []
