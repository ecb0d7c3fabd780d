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
PERSONS = [f"per-{n:016x}" for n in range(2)]
BEGUN: list[dict[str, Any]] = [
    {"command": "open_dossier", "id": "d", "title": "D"},
    {"command": "register_source", "id": "s1", "name": "S", "kind": "monitor"},
    {"command": "register_source", "id": "s", "name": "S", "kind": "monitor"},
    {"command": "register_actor", "id": "a1", "name": "A", "kind": "militia"},
    {"command": "register_actor", "id": "a", "name": "A", "kind": "militia"},
    {"command": "register_place", "id": "p1", "name": "P", "kind": "town"},
    {"command": "register_place", "id": "p", "name": "P", "kind": "town"},
    {"command": "file_report", "id": "r1", "label": "R1", "published": "2018-10"},
    {"command": "file_report", "id": "r2", "label": "R2", "published": "2018-11"},
    *({"command": "record_claim", "id": id_, "report": "r1", **FIGURE} for id_ in ("c1", "c2", "c3")),
    *({"command": "open_incident", "id": id_, "title": "T"} for id_ in ("i1", "i2")),
    *({"command": "register_person", "id": id_} for id_ in PERSONS),
    {
        "command": "issue_assessment",
        "id": "x",
        "topic": "killed,people",
        "finding": "F",
        "grade": "fair",
        "claims": ["c1"],
        "because": "B",
    },
]
RETRACTED = {"command": "retract_claim", "id": "c1", "reason": "twice"}
REVISED = {"command": "revise_claim", "id": "c1", "report": "r2", "set": {"best": 7}}
UNSAID = {"command": "retract_statement", "id": "c1", "statement": 2, "reason": "of another claim"}
MERGED = {"id": "i1", "into": "i2", "reason": "one happening"}
MERGED_PERSON = {"id": PERSONS[0], "into": PERSONS[1], "reason": "one person"}
TAKEN_BACK = {"id": "r2", "when": "2019", "reason": "gone"}
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
    "withdraw_report": ([], TAKEN_BACK),
    "retract_withdrawal": ([{"command": "withdraw_report", **TAKEN_BACK}], {"id": "r2", "reason": "it had moved"}),
    "discredit_report": ([], {"id": "r2", "reason": "made up"}),
    "lift_discrediting": (
        [{"command": "discredit_report", "id": "r2", "reason": "made up"}],
        {"id": "r2", "reason": "borne out"},
    ),
    **{
        f"{verb}_{kind}": (
            [{"command": f"retract_{kind}", "id": id_, "reason": "twice"}] if verb == "reinstate" else [],
            {"id": id_, "reason": "once" if verb == "reinstate" else "twice"},
        )
        for kind, id_ in (
            ("report", "r2"),
            ("source", "s"),
            ("actor", "a"),
            ("place", "p"),
            ("incident", "i1"),
            ("person", PERSONS[0]),
        )
        for verb in ("retract", "reinstate")
    },
    "merge_source": ([], {"id": "s", "into": "s1", "reason": "one monitor"}),
    "split_source": (
        [{"command": "merge_source", "id": "s", "into": "s1", "reason": "one monitor"}],
        {"id": "s", "reason": "two after all"},
    ),
    "merge_actor": ([], {"id": "a", "into": "a1", "reason": "one brigade"}),
    "split_actor": (
        [{"command": "merge_actor", "id": "a", "into": "a1", "reason": "one brigade"}],
        {"id": "a", "reason": "two after all"},
    ),
    "merge_place": ([], {"id": "p", "into": "p1", "reason": "one town"}),
    "split_place": (
        [{"command": "merge_place", "id": "p", "into": "p1", "reason": "one town"}],
        {"id": "p", "reason": "two after all"},
    ),
    "merge_report": ([], {"id": "r2", "into": "r1", "reason": "one article"}),
    "split_report": (
        [{"command": "merge_report", "id": "r2", "into": "r1", "reason": "one article"}],
        {"id": "r2", "reason": "two after all"},
    ),
    "merge_incident": ([], MERGED),
    "split_incident": ([{"command": "merge_incident", **MERGED}], {"id": "i1", "reason": "two after all"}),
    "merge_person": ([], MERGED_PERSON),
    "split_person": ([{"command": "merge_person", **MERGED_PERSON}], {"id": PERSONS[0], "reason": "two after all"}),
    "withdraw_assessment": ([], {"id": "x", "reason": "overtaken"}),
    "reinstate_assessment": (
        [{"command": "withdraw_assessment", "id": "x", "reason": "overtaken"}],
        {"id": "x", "reason": "it holds"},
    ),
}


async def carried_out(commands: list[dict[str, Any]]) -> list[Any]:
    """The events of the last of some commands, as the log tells them."""
    log = MemoryLog()
    executor = Executor(log)
    for given in commands:
        done = await executor.execute("d", "p", Asked(read_command(given)))
    return [{"type": each.type, "subject": str(done.stream), "data": stored(each)} for each in done.events]


def test_all_that_a_file_asks_for_besides_items_is_tried_here() -> None:
    assert {command for _, commands in CHANGED.values() for command in commands.values()} <= set(ASKED)
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
