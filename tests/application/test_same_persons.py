"""Somebody who may be on the list already is warned of at every entrance; whoever is somebody else is not."""

from collections.abc import Collection
from typing import Any

import pytest

from application.execute import Asked, Executor
from application.looking_twice import ShownBeside
from application.same_persons import GoesOn, NoPersonsShown, PersonsThere
from domain.events import read_command
from infrastructure.log.memory import MemoryLog

pytestmark = pytest.mark.anyio

FURNITURE: list[dict[str, Any]] = [
    {"command": "open_dossier", "id": "d", "title": "A strike"},
    {"command": "open_incident", "id": "strike", "title": "A strike"},
    {"command": "open_incident", "id": "other", "title": "Another"},
]
P = [f"per-{n:016x}" for n in range(20)]


def person(nth: int, *, incident: str = "strike", fate: str = "killed", **more: Any) -> dict[str, Any]:
    fates = {"fate": fate, "incident": incident}
    return {"command": "register_person", "id": P[nth], "fates": fates} | more


class Desk:
    def __init__(self, executor: Executor | None = None) -> None:
        self.executor = executor or Executor(MemoryLog())

    async def told(self, *commands: dict[str, Any], dry_run: bool = False) -> list[list[str]]:
        """Of each command who is named as the same, by number."""
        asked = [Asked(read_command(one)) for one in commands]
        outcomes = await self.executor.execute_group("d", "ann", asked, dry_run=dry_run)
        return [
            [look.message.split("'")[1][-1] for look in one.second_looks if look.code == "same_person"]
            for one in outcomes
        ]


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.told(*FURNITURE)
    return desk


async def test_who_is_called_the_same_in_any_language(desk: Desk) -> None:
    assert await desk.told(person(0, name="Aḥmad al-Khalid", names={"ar": "أحمد الخالد"})) == [[]]
    assert await desk.told(person(1, name="ahmad al khalid")) == [["0"]]
    assert await desk.told(person(2, names={"ar": "احمد الخالد"})) == [["0"]]
    assert await desk.told(person(3, name="Ahmad al-Khalid", incident="other"), person(4, name="Somebody")) == [[], []]
    assert await desk.told({"command": "record_fate", "id": P[3], "fate": "killed", "incident": "strike"}) == [["0"]]


async def test_where_one_has_no_name_who_is_alike(desk: Desk) -> None:
    alike: dict[str, Any] = {"sex": "female", "age": 34}
    assert await desk.told(person(0, **alike), person(1, name="A.", **alike)) == [[], ["0"]]
    others: list[dict[str, Any]] = [
        {"sex": "female"}, {"age": 34}, {"sex": "female", "age": 35}, {"sex": "male", "age": 34},
        {"fate": "injured", **alike}, {"name": "B.", "age": 34},
    ]  # fmt: skip
    for nth, other in enumerate(others, 2):
        assert await desk.told(person(nth, **other)) == [[]], other
    corrected = {"command": "correct_person", "id": P[4], "set": {"age": 34}, "reason": "misread"}
    assert await desk.told(corrected) == [["0"]]


async def test_no_other_is_who_was_retracted_or_merged(desk: Desk) -> None:
    retracted = {"command": "retract_person", "id": P[0], "reason": "nobody"}
    assert await desk.told(person(0, name="A."), retracted, person(1, name="A.")) == [[], [], []]
    merged = {"command": "merge_person", "id": P[2], "into": P[1], "reason": "one"}
    assert await desk.told(person(2, name="A."), merged) == [["1"], []]
    assert await desk.told({"command": "correct_person", "id": P[1], "set": {"sex": "male"}, "reason": "x"}) == [[]]


async def test_a_dry_run_is_forgotten(desk: Desk) -> None:
    lines = [person(0, name="A."), person(1, name="A.")]
    for dry_run in (True, True, False):
        assert await desk.told(*lines, dry_run=dry_run) == [[], ["0"]]


def merge(id_: str, into: str) -> dict[str, Any]:
    return {"command": "merge_incident", "id": id_, "into": into, "reason": "one"}


async def test_incidents_that_are_one_have_one_list(desk: Desk) -> None:
    assert await desk.told(person(1, name="Omar"), merge("other", "strike")) == [[], []]
    assert await desk.told(person(2, name="Omar", incident="other")) == [["1"]]
    split = {"command": "split_incident", "id": "other", "reason": "two"}
    assert await desk.told(split, person(3, name="Omar", incident="other")) == [[], ["2"]]


class ShownLate(NoPersonsShown):
    """Read models that do not know of the split yet which another process recorded."""

    async def in_incidents(self, dossier_id: str, incidents: Collection[str]) -> PersonsThere:
        return PersonsThere(incidents={"strike": GoesOn("other", retracted=False)})


async def test_what_is_shown_late_leads_in_no_circle() -> None:
    desk = Desk(Executor(MemoryLog(), shown=ShownBeside(persons=ShownLate())))
    await desk.told(*FURNITURE)
    told = [person(1, name="Omar"), person(2, name="Omar", incident="other"), merge("other", "strike")]
    assert await desk.told(*told) == [[], ["1"], []]


async def test_incidents_that_are_merged_may_each_have_told_of_one_person(desk: Desk) -> None:
    alike: dict[str, Any] = {"sex": "female", "age": 34}
    await desk.told(
        *({"command": "open_incident", "id": id_, "title": "A third"} for id_ in ("third", "far")),
        person(1, name="Ali Hassan"), person(2, name="Ali Hassan", incident="other"), person(3, **alike),
        person(4, incident="third", name="B.", **alike), person(5, name="Ali Hassan", incident="far"),
    )  # fmt: skip
    assert await desk.told(merge("other", "strike"), dry_run=True) == [["2"]]
    # Who was told of is not told of again.
    assert await desk.told(merge("other", "strike"), merge("third", "other")) == [["2"], ["4"]]
    gone, back = ({"command": f"{do}_incident", "id": "other", "reason": "x"} for do in ("retract", "reinstate"))
    executor = desk.executor
    assert await desk.told(gone, person(6, name="Ali Hassan", incident="third")) == [[], []]
    [outcome] = await executor.execute_group("d", "ann", [Asked(read_command(back))])
    [look] = [look for look in outcome.second_looks if look.code == "same_person"]
    assert look.message == (
        f"person {P[2]!r} is called the same as person {P[1]!r}, and both are of one incident now: if it is one "
        "person, merge the two; 2 more of that incident are like another, too"
    )


async def test_ages_that_one_person_cannot_have_tell_two_apart(desk: Desk) -> None:
    assert await desk.told(person(0, name="Zaid", age=5), person(1, name="Zaid", age=60)) == [[], []]
    assert await desk.told(person(2, name="Zaid", age_high=17)) == [["0"]]
    assert await desk.told(person(3, name="Zaid", age_low=18, age_high=44)) == [["2"]]
    # Reports of one person are a few years apart.
    assert await desk.told(person(4, name="Zaid", age=70)) == [["1"]]
    assert await desk.told(person(5, name="Zaid")) == [["0"]]
