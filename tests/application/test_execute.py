"""Commands carried out against a log: what is asked twice, what moved meanwhile, and what stands or falls together."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest

from application.event_log import Append, Appended, CommandIdReused, EventLog, Recorded, StreamMoved, version_tag
from application.execute import ATTEMPTS, Asked, Executor, GroupRefused
from application.outcome import Outcome
from application.remembered import Remembered
from domain.errors import DomainError
from domain.events import read_command
from domain.fields import StreamRef
from infrastructure.database import engine
from infrastructure.log.memory import MemoryLog
from infrastructure.log.postgres import PostgresLog

pytestmark = pytest.mark.anyio


class Desk:
    """One process at work on a dossier, with a memory of its own."""

    def __init__(self, log: EventLog, dossier_id: str = "d1") -> None:
        self.log, self.dossier_id = log, dossier_id
        self.executor = Executor(log, Remembered())

    async def do(self, asked: Asked, principal: str = "ann") -> Outcome:
        return await self.executor.execute(self.dossier_id, principal, asked)

    async def all(self, *asked: Asked, dry_run: bool = False) -> list[Outcome]:
        return await self.executor.execute_group(self.dossier_id, "ann", asked, dry_run=dry_run)

    async def refuses(self, asked: Asked) -> DomainError:
        with pytest.raises(DomainError) as refused:
            await self.do(asked)
        return refused.value

    async def refusals(self, *asked: Asked) -> list[tuple[int, str]]:
        with pytest.raises(GroupRefused) as refused:
            await self.all(*asked)
        return [(index, refusal.code) for index, refusal in refused.value.refusals]

    async def types(self) -> list[str]:
        return [recorded.event.type for recorded in await self.log.read(self.dossier_id, 0, 1000)]


def ask(command: str, item_id: str, *, key: str | None = None, expected: str | None = None, **fields: Any) -> Asked:
    given = read_command({"command": command, "id": item_id} | fields)
    return Asked(given, expected=expected) if key is None else Asked(given, key, expected)


def tag(seen: Outcome) -> str:
    assert seen.event is not None
    return version_tag(seen.version, seen.event)


def source(item_id: str, name: str = "A source", **fields: Any) -> Asked:
    return ask("register_source", item_id, name=name, kind="ngo", **fields)


def place(item_id: str, within: str | None = None) -> Asked:
    return ask("register_place", item_id, name=item_id, kind="town", within=within)


def move(item_id: str, within: str) -> Asked:
    return ask("correct_place", item_id, set={"within": within}, reason="misread")


def report(item_id: str, published: str = "2018-10") -> Asked:
    return ask("file_report", item_id, label=item_id, published=published)


def figure(item_id: str, best: int = 5, **fields: Any) -> Asked:
    given: dict[str, Any] = {"report": "r1", "kind": "figure", "measure": "killed", "unit": "people"}
    return ask("record_claim", item_id, **(given | {"qualifier": "stated", "best": best} | fields))


def revise(item_id: str, best: int, **fields: Any) -> Asked:
    given: dict[str, Any] = {"report": "r2", "set": {"best": best}}
    return ask("revise_claim", item_id, **(given | fields))


@pytest.fixture
async def desk() -> Desk:
    desk = Desk(MemoryLog())
    await desk.all(ask("open_dossier", "d1", title="A dossier"), report("r1"), report("r2", "2018-11"))
    return desk


def another(desk: Desk) -> Desk:
    """Another process at work on the same dossier."""
    return Desk(desk.log, desk.dossier_id)


async def test_a_command_id_asked_again_gives_the_first_answer_and_changes_nothing(desk: Desk) -> None:
    first = await desk.do(figure("c1", key="k"))
    await desk.do(revise("c1", 6))
    for one in (desk, another(desk)):
        again = await one.do(figure("c1", key="k"))
        assert (again.version, again.position, again.event) == (first.version, first.position, first.event)
        assert (again.changed, again.repeated) == (True, True)
    assert len(await desk.types()) == 5


async def test_a_command_id_stands_for_one_command(desk: Desk) -> None:
    await desk.do(source("s1", key="k"))
    for one in (desk, another(desk)):
        with pytest.raises(CommandIdReused):
            await one.do(source("s2", key="k"))
        with pytest.raises(CommandIdReused):
            await one.do(source("s1", "Another", key="k"))


async def test_a_command_id_is_its_principals_own(desk: Desk) -> None:
    await desk.do(source("s1", key="k"))
    assert (await desk.do(source("s2", key="k"), "ben")).changed


async def test_a_command_id_is_answered_before_the_version_is_looked_at(desk: Desk) -> None:
    await desk.do(source("s1"))
    grade = ask(
        "grade_source", "s1", reliability="A", reason="right", key="k", expected=tag(await desk.do(source("s1")))
    )
    first = await desk.do(grade)
    again = await desk.do(grade)
    assert (again.position, again.changed, again.repeated) == (first.position, True, True)


async def test_a_command_that_changed_nothing_is_answered_the_same_again(desk: Desk) -> None:
    await desk.do(source("s1"))
    nothing = await desk.do(source("s1", key="k"))
    await desk.do(source("s2"))
    assert (await desk.do(source("s1", key="k"))).position == nothing.position == 4


async def test_a_command_asked_again_spoils_no_memory(desk: Desk) -> None:
    """What it would decide today was never recorded."""
    await desk.do(figure("c1"))
    await desk.do(revise("c1", 6, key="k"))
    await desk.do(revise("c1", 7))
    await desk.do(revise("c1", 6, key="k"))
    await another(desk).do(ask("grade_claim", "c1", credibility=2, reason="two witnesses"))
    await desk.do(revise("c1", 8))
    last = (await desk.log.read("d1", 0, 1000))[-1].event
    assert (last.statement, last.after) == (4, 3)  # type: ignore[union-attr]


async def test_a_command_asked_again_at_the_head_of_a_group_spoils_none_of_it(desk: Desk) -> None:
    other = another(desk)
    await desk.do(figure("c1"))
    await desk.do(revise("c1", 6, key="k"))
    await desk.do(revise("c1", 7))
    await other.do(ask("grade_claim", "c1", credibility=2, reason="two witnesses"))
    await desk.all(revise("c1", 6, key="k"), revise("c1", 8))
    last = (await desk.log.read("d1", 0, 1000))[-1].event
    assert (last.statement, last.after) == (4, 3)  # type: ignore[union-attr]


async def test_a_change_asked_of_a_version_that_moved_is_refused(desk: Desk) -> None:
    seen = tag(await desk.do(source("s1")))
    grade: dict[str, Any] = {"reliability": "A", "reason": "right"}
    assert (await desk.do(ask("grade_source", "s1", expected=seen, **grade))).version == 2
    for one in (desk, another(desk)):
        refused = await one.refuses(ask("grade_source", "s1", expected=seen, reliability="B", reason="less so"))
        assert (refused.code, refused.details) == ("version_moved", {"version": 2})


async def test_a_version_seen_is_held_against_the_log_and_not_against_memory(desk: Desk) -> None:
    other = another(desk)
    await desk.do(source("s1"))
    seen = tag(await other.do(ask("grade_source", "s1", reliability="A", reason="right")))
    correct: dict[str, Any] = {"set": {"kind": "monitor"}, "reason": "misread"}
    assert (await desk.do(ask("correct_source", "s1", expected=seen, **correct))).version == 3
    refused = await desk.refuses(ask("correct_source", "s1", expected=seen, set={"kind": "ngo"}, reason="misread"))
    assert refused.code == "version_moved"


async def test_the_same_version_of_another_history_is_another_one(desk: Desk) -> None:
    await desk.do(source("s1"))
    refused = await desk.refuses(ask("grade_source", "s1", expected="1.00000000", reliability="A", reason="right"))
    assert refused.code == "version_moved"
    assert "another history" not in refused.message
    # Of what the same group did before nobody can have seen the version.
    group = [source("s2"), ask("grade_source", "s2", expected="1.00000000", reliability="A", reason="right")]
    assert await desk.refusals(*group) == [(1, "version_moved")]


async def test_creating_the_same_again_is_no_change(desk: Desk) -> None:
    first = await desk.do(figure("c1", place=None, disputes=[]))
    await desk.do(revise("c1", 6))
    for one in (desk, another(desk)):
        again = await one.do(figure("c1"))
        assert (again.changed, again.version) == (False, 2)
    assert first.changed


async def test_creating_other_content_under_an_id_is_refused_with_the_differences(desk: Desk) -> None:
    await desk.do(figure("c1"))
    for one in (desk, another(desk)):
        refused = await one.refuses(figure("c1", 6, note="page 2", report="r2"))
        assert refused.code == "already_exists"
        assert refused.details["differences"] == [
            {"field": "best", "recorded": 5, "given": 6},
            {"field": "note", "recorded": None, "given": "page 2"},
            {"field": "report", "recorded": "r1", "given": "r2"},
        ]


async def test_creating_the_same_with_another_relation_is_refused(desk: Desk) -> None:
    await desk.all(figure("c0"), figure("c1"))
    refused = await desk.refuses(figure("c1", disputes=["c0"]))
    assert [difference["field"] for difference in refused.details["differences"]] == ["claim.related"]


async def test_creating_the_same_twice_in_a_group_is_done_once(desk: Desk) -> None:
    first, second = await desk.all(source("s1"), source("s1"))
    assert (first.changed, second.changed) == (True, False)


async def test_creating_the_same_again_is_no_change_whatever_became_of_what_it_names(desk: Desk) -> None:
    await desk.all(place("p1"), place("p2", "p1"), figure("c1", place="p2"))
    await desk.do(ask("correct_place", "p2", set={"within": None}, reason="misread"))
    await desk.do(move("p1", "p2"))
    assert not (await desk.do(place("p2", "p1"))).changed
    await desk.do(ask("retract_place", "p2", reason="no such place"))
    assert not (await desk.do(figure("c1", place="p2"))).changed


async def test_nothing_is_done_to_what_is_not_there(desk: Desk) -> None:
    assert (await desk.refuses(revise("c9", 6))).code == "no_such_item"
    assert (await Desk(MemoryLog()).refuses(source("s1"))).code == "no_such_dossier"


async def test_a_dossier_is_opened_under_its_own_id_only(desk: Desk) -> None:
    await desk.refuses(ask("open_dossier", "d2", title="Another"))


async def test_a_group_is_carried_out_in_order_and_later_ones_see_earlier_ones(desk: Desk) -> None:
    claims = [figure("c1", claimant="s1", place="p1"), revise("c1", 6), figure("c2", disputes=["c1"])]
    answers = await desk.all(source("s1"), place("p1"), *claims)
    assert [answer.version for answer in answers] == [1, 1, 1, 2, 2]
    assert [answer.position for answer in answers] == [4, 5, 6, 7, 9]
    assert len({recorded.group for recorded in (await desk.log.read("d1", 3, 100))}) == 1


async def test_a_group_is_refused_whole_with_every_lines_refusal(desk: Desk) -> None:
    before = await desk.types()
    assert await desk.refusals(
        source("s1"), source("S2"), figure("c1", claimant="nobody"), place("p1"), move("p1", "p1"), figure("c2", -1)
    ) == [(1, "not_a_slug"), (2, "unknown_reference"), (4, "place_inside_itself"), (5, "negative_figure")]
    assert await desk.types() == before
    assert (await desk.do(source("s1"))).changed


async def test_what_fails_only_because_an_earlier_line_did_is_not_told_again(desk: Desk) -> None:
    assert await desk.refusals(source("s1", " "), figure("c1", claimant="s1"), figure("c2", -1), revise("c2", 6)) == [
        (0, "empty_text"),
        (2, "negative_figure"),
    ]


async def test_a_group_asked_again_answers_as_it_did(desk: Desk) -> None:
    group = [source("s1", key="a"), figure("c1", claimant="s1", key="b"), revise("c1", 6, key="c")]
    first = await desk.all(*group)
    await desk.do(revise("c1", 7))
    for one in (desk, another(desk)):
        again = await one.all(*group)
        assert [(a.version, a.position) for a in again] == [(a.version, a.position) for a in first]
        assert [answer.changed for answer in again] == [answer.changed for answer in first]
        assert all(answer.repeated for answer in again)


async def test_a_group_that_was_begun_one_by_one_is_finished(desk: Desk) -> None:
    await desk.do(source("s1", key="a"))
    answers = await another(desk).all(source("s1", key="a"), figure("c1", claimant="s1", key="b"))
    assert [answer.repeated for answer in answers] == [True, False]


async def test_a_dry_run_decides_and_appends_nothing(desk: Desk) -> None:
    before = await desk.types()
    answers = await desk.all(source("s1"), figure("c1", claimant="s1"), dry_run=True)
    assert [answer.changed for answer in answers] == [True, True]
    assert await desk.types() == before
    assert (await desk.refuses(figure("c1", claimant="s1"))).code == "unknown_reference"


async def test_a_stale_memory_refuses_nothing_wrongly(desk: Desk) -> None:
    other = another(desk)
    await desk.all(source("s1"), figure("c1"))
    await other.do(ask("retract_claim", "c1", reason="misread"))
    await other.do(ask("reinstate_claim", "c1", reason="no"))
    await desk.do(ask("retract_claim", "c1", reason="misread"))
    await other.do(ask("reinstate_claim", "c1", reason="no"))
    assert (await desk.do(revise("c1", 6))).version == 6


async def test_a_stale_memory_takes_nothing_for_done(desk: Desk) -> None:
    other = another(desk)
    await desk.do(source("s1"))
    grade: dict[str, Any] = {"reliability": "A", "reason": "right"}
    await desk.do(ask("grade_source", "s1", **grade))
    await other.do(ask("grade_source", "s1", reliability="B", reason="less so"))
    assert (await desk.do(ask("grade_source", "s1", **grade))).changed


async def test_a_stale_memory_takes_nothing_wrongly(desk: Desk) -> None:
    other = another(desk)
    await desk.do(source("s1"))
    await other.do(ask("retract_source", "s1", reason="registered twice"))
    assert (await desk.refuses(figure("c1", claimant="s1"))).code == "retracted_reference"


async def test_two_desks_that_change_one_claim_both_get_through(desk: Desk) -> None:
    await desk.do(figure("c1"))
    desks = [another(desk) for _ in range(4)]
    await asyncio.gather(*(one.do(revise("c1", 10 + n)) for n, one in enumerate(desks)))
    numbers = [r.event.statement for r in await desk.log.read("d1", 4, 100)]  # type: ignore[union-attr]
    assert numbers == [2, 3, 4, 5]


async def test_a_record_that_keeps_moving_is_told_after_some_attempts() -> None:
    class Moving(MemoryLog):
        attempts = 0

        async def append(self, group: Sequence[Append]) -> list[Appended]:
            if group[0].stream.kind == "source":
                self.attempts += 1
                raise StreamMoved(group[0].stream, 0, 1)
            return await super().append(group)

    log = Moving()
    desk = Desk(log)
    await desk.do(ask("open_dossier", "d1", title="A dossier"))
    assert (await desk.refuses(source("s1"))).code == "contended"
    assert log.attempts == ATTEMPTS


async def test_what_a_group_names_is_asked_of_the_log_at_once() -> None:
    class Counting(MemoryLog):
        asked = 0

        async def streams(self, dossier_id: str, streams: Collection[StreamRef]) -> Mapping[StreamRef, list[Recorded]]:
            self.asked += 1
            return await super().streams(dossier_id, streams)

    log = Counting()
    desk = Desk(log)
    await desk.all(ask("open_dossier", "d1", title="A dossier"), *(place(f"p{number}") for number in range(50)))
    elsewhere = Desk(log)
    log.asked = 0
    answers = await elsewhere.all(*(place(f"q{number}", within=f"p{number}") for number in range(50)))
    assert all(answer.changed for answer in answers)
    assert log.asked <= 2


async def test_an_id_that_is_none_is_refused_in_a_group_too() -> None:
    desk = Desk(MemoryLog())
    await desk.all(ask("open_dossier", "d1", title="A dossier"), place("p1"))
    refused = await Desk(desk.log).refusals(place("p2", within="p1"), place("p3", within="P\0"))
    assert refused == [(1, "text_unreadable")]


async def test_a_memory_holds_so_many_streams_and_no_more() -> None:
    remembered = Remembered(limit=2)
    desk = Desk(MemoryLog())
    desk.executor = Executor(desk.log, remembered)
    await desk.do(ask("open_dossier", "d1", title="A dossier"))
    for number in range(5):
        await desk.do(source(f"s{number}"))
    held = [n for n in range(5) if remembered.get("d1", StreamRef("source", f"s{n}"))]
    assert held[-1] == 4
    assert len(held) <= 2


async def test_a_revision_is_warned_of_by_who_never_saw_the_report_that_it_revises(desk: Desk) -> None:
    await desk.do(figure("c1", report="r2"))
    answer = await another(desk).do(revise("c1", 6, report="r1"))
    assert [look.code for look in answer.second_looks] == ["revision_before_its_original"]


@pytest.fixture(params=["memory", "postgres"])
async def any_log(request: pytest.FixtureRequest) -> AsyncIterator[EventLog]:
    if request.param == "memory":
        yield MemoryLog()
        return
    databases = engine(request.getfixturevalue("module_database_url"))
    log = PostgresLog(databases, key=b"key")
    yield log
    await log.close()
    await databases.dispose()


@pytest.mark.parametrize("distance", [1, 2, 4])
async def test_concurrent_moves_do_not_make_a_place_contain_itself(any_log: EventLog, distance: int) -> None:
    """Each move is right by itself: a1 into b<n>, and b1 into a<n>."""
    dossier_id = f"d-{uuid4().hex[:12]}"
    desk = Desk(any_log, dossier_id)
    await desk.do(ask("open_dossier", dossier_id, title="A dossier"))
    for side in "ab":
        for number in range(1, distance + 1):
            await desk.do(place(f"{side}{number}", f"{side}{number - 1}" if number > 1 else None))
    desks = [another(desk) for _ in range(2)]
    for one in desks:
        await one.do(ask("correct_place", "a1", set={"note": f"seen by {id(one)}"}, reason="x"))
        await one.do(ask("correct_place", "b1", set={"note": f"seen by {id(one)}"}, reason="x"))
    moves = [move("a1", f"b{distance}"), move("b1", f"a{distance}")]
    outcomes = await asyncio.gather(*(one.do(m) for one, m in zip(desks, moves, strict=True)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert [refusal.code for refusal in refused] == ["place_inside_itself"]
    assert len([outcome for outcome in outcomes if isinstance(outcome, Outcome)]) == 1
