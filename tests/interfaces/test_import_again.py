"""What a file asks for that was carried out before is known again by what it did, whoever did it."""

import asyncio
from typing import Any

import pytest

from application.execute import Asked, Executor
from application.formats.dossier.file import CHANGED, CREATED, FileCommand
from domain.events import read_command
from domain.fields import stored
from infrastructure.log.memory import MemoryLog
from interfaces.cli.importing import CARRIED_OUT, keys_of, keys_of_event

FIGURE = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "best": 5}
BEGUN: list[dict[str, Any]] = [
    {"command": "open_dossier", "id": "d", "title": "D"},
    {"command": "register_source", "id": "s1", "name": "S", "kind": "monitor"},
    {"command": "file_report", "id": "r1", "label": "R1", "published": "2018-10"},
    {"command": "file_report", "id": "r2", "label": "R2", "published": "2018-11"},
    *({"command": "record_claim", "id": id_, "report": "r1", **FIGURE} for id_ in ("c1", "c2", "c3")),
]
RETRACTED = {"command": "retract_claim", "id": "c1", "reason": "twice"}
REVISED = {"command": "revise_claim", "id": "c1", "report": "r2", "set": {"best": 7}}
UNSAID = {"command": "retract_statement", "id": "c1", "statement": 2, "reason": "of another claim"}
# Besides what begins an item, all that a dossier file may stand for, each with what it rests on.
ASKED: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "relate_claim": ([], {"id": "c1", "relation": "disputes", "to": ["c2", "c3"]}),
    "grade_source": ([], {"id": "s1", "reliability": "B", "reason": "right before"}),
    "grade_claim": ([], {"id": "c1", "credibility": 2, "reason": "two voices"}),
    "correct_claim": ([], {"id": "c1", "set": {"best": 6}, "reason": "misread"}),
    "revise_claim": ([], {"id": "c1", "report": "r2", "set": {"best": 7}}),
    "withdraw_claim": ([], {"id": "c1", "report": "r2", "reason": "another town"}),
    "retract_statement": ([REVISED], {"id": "c1", "statement": 2, "reason": "of another claim"}),
    "reinstate_statement": ([REVISED, UNSAID], {"id": "c1", "statement": 2, "reason": "of this one after all"}),
    "retract_claim": ([], {"id": "c1", "reason": "twice"}),
    "reinstate_claim": ([RETRACTED], {"id": "c1", "reason": "not twice"}),
}


async def carried_out(commands: list[dict[str, Any]]) -> list[Any]:
    """The events of the last of some commands, as the log tells them."""
    log = MemoryLog()
    executor = Executor(log)
    for given in commands:
        done = await executor.execute("d", "p", Asked(read_command(given)))
    return [{"type": each.type, "subject": str(done.stream), "data": stored(each)} for each in done.events]


def test_all_that_a_file_asks_for_besides_items_is_tried_here() -> None:
    assert set(CHANGED.values()) <= set(ASKED)
    assert not set(ASKED) & {command for _, command, _ in CREATED}


@pytest.mark.parametrize("command", ASKED)
def test_what_was_carried_out_is_known_again(command: str) -> None:
    before, given = ASKED[command]
    asked = {"command": command, **given}
    events = asyncio.run(carried_out([*BEGUN, *before, asked]))
    keys = list(keys_of(FileCommand(asked, "import:x", ())))
    assert keys
    assert [key for event in events for key in keys_of_event(event)] == keys
    assert {event["type"] for event in events} <= set(CARRIED_OUT)


def test_the_events_that_are_read_again_are_those_and_no_others() -> None:
    found = {
        event["type"]
        for command, (before, given) in ASKED.items()
        for event in asyncio.run(carried_out([*BEGUN, *before, {"command": command, **given}]))
    }
    assert found == set(CARRIED_OUT)
