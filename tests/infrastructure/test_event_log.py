"""What every log must do. The same tests run against the one in memory and the one in PostgreSQL."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import uuid4

import pytest

from application.event_log import (
    Append,
    Appended,
    AppendRefused,
    ClockBehind,
    CommandIdReused,
    EventLog,
    EventNotStorable,
    FutureMoment,
    Guard,
    GuardFailed,
    Recorded,
    Share,
    StreamMoved,
)
from domain.fields import StreamRef
from infrastructure.database import engine
from infrastructure.log.memory import MemoryLog
from infrastructure.log.postgres import PostgresLog
from tests.infrastructure.log_given import an_append, graded, registered, source

pytestmark = pytest.mark.anyio

ALL = 10_000


class Subject(Protocol):
    """A log under test, and its clock."""

    @property
    def log(self) -> EventLog: ...

    async def clock_falls_back(self, dossier: str, seconds: float) -> None:
        """The clock stands so far behind the last event of the dossier."""


class InMemory:
    def __init__(self) -> None:
        self.behind = timedelta()
        self.log = MemoryLog(now=lambda: datetime.now(UTC) - self.behind)

    async def clock_falls_back(self, dossier: str, seconds: float) -> None:
        self.behind += timedelta(seconds=seconds)


class InPostgres:
    def __init__(self, url: str) -> None:
        self.engine = engine(url)
        self.log = PostgresLog(self.engine, key=b"key")

    async def clock_falls_back(self, dossier: str, seconds: float) -> None:
        # Nobody can move the server's clock, but the last time can be moved away from it.
        async with self.engine.begin() as connection:
            await connection.exec_driver_sql(
                "update heads set recorded_at = clock_timestamp() + make_interval(secs => %s) where dossier_id = %s",
                (seconds, dossier),
            )


@pytest.fixture(params=["memory", "postgres"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        yield InMemory()
    else:
        subject = InPostgres(request.getfixturevalue("module_database_url"))
        yield subject
        await subject.log.close()
        await subject.engine.dispose()


@pytest.fixture
def log(subject: Subject) -> EventLog:
    return subject.log


@pytest.fixture
def dossier() -> str:
    return f"d-{uuid4().hex[:12]}"


async def all_of(log: EventLog, dossier: str) -> list[Recorded]:
    return await log.read(dossier, 0, ALL)


async def attempt(log: EventLog, group: Sequence[Append]) -> list[Appended] | AppendRefused:
    try:
        return await log.append(group)
    except AppendRefused as refused:
        return refused


async def test_what_was_appended_is_read_back_whole(log: EventLog, dossier: str) -> None:
    before = datetime.now(UTC)
    append = an_append(
        dossier,
        "sohr",
        events=[registered("المرصد"), graded("β")],
        command="c1",
        causation="cause",
        correlation="whole",
    )
    (answer,) = await log.append([append])
    first, second = await all_of(log, dossier)
    assert (answer.position, answer.version, answer.repeated) == (2, 2, False)
    assert [e.event for e in (first, second)] == append.events
    assert (first.position, second.position) == (1, 2)
    assert (first.version, second.version) == (1, 2)
    assert first.data == '{"details":{"kind":"monitor","name":{"value":"المرصد"}}}'
    assert (first.stream, first.principal, first.command_id) == (source("sohr"), "desk", "c1")
    assert (first.causation_id, first.correlation_id, first.group) == ("cause", "whole", 1)
    assert first.recorded_at == second.recorded_at == answer.recorded_at
    assert before - timedelta(seconds=1) <= first.recorded_at <= datetime.now(UTC) + timedelta(seconds=1)
    assert first.recorded_at.utcoffset() == timedelta()
    assert first.id.version == 4
    assert len(first.blind) == 16


async def test_positions_have_no_gaps_whatever_was_refused_between(log: EventLog, dossier: str) -> None:
    for number in range(12):
        await attempt(log, [an_append(dossier, f"s{number % 6}", command=f"c{number}")])
    assert [e.position for e in await all_of(log, dossier)] == [1, 2, 3, 4, 5, 6]


async def test_an_event_has_the_same_hash_each_time_and_another_than_its_equal(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "a")])
    await log.append([an_append(dossier, "b")])
    first, second = await all_of(log, dossier)
    assert [first.hash(), second.hash()] == [e.hash() for e in await all_of(log, dossier)]
    assert first.hash() != second.hash()
    assert first.blind != second.blind
    assert first.cursor == f"1.{first.hash().hex()[:8]}"


async def test_nothing_of_an_empty_group(log: EventLog) -> None:
    assert await log.append([]) == []


async def test_a_stream_that_moved_is_refused_with_its_actual_version(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "sohr", events=[registered(), graded()])])
    for expected in (0, 1, 3):
        with pytest.raises(StreamMoved) as refused:
            await log.append([an_append(dossier, "sohr", expected, command=f"again-{expected}")])
        assert (refused.value.expected, refused.value.actual) == (expected, 2)
    assert await log.head(dossier) == 2


async def test_of_two_that_expect_the_same_version_one_is_made(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "sohr")])
    answers = await asyncio.gather(*(attempt(log, [an_append(dossier, "sohr", 1, command=f"c{n}")]) for n in range(5)))
    assert sum(isinstance(answer, StreamMoved) for answer in answers) == 4
    assert await log.head(dossier) == 2


async def test_a_dossier_whose_first_append_was_refused_does_not_exist(log: EventLog, dossier: str) -> None:
    assert isinstance(await attempt(log, [an_append(dossier, "sohr", 1)]), StreamMoved)
    assert await log.head(dossier) == 0
    assert dossier not in await log.heads()
    assert await log.append([an_append(dossier, "sohr")])
    assert (await log.heads())[dossier] == 1


@pytest.mark.parametrize(
    ("version", "actual"), [(None, 0), (1, 0), (0, 2), (1, 2), (3, 2)], ids=lambda value: str(value)
)
async def test_an_append_whose_guard_fails_is_refused_with_the_actual_version(
    log: EventLog, dossier: str, version: int | None, actual: int
) -> None:
    await log.append([an_append(dossier, "there"), an_append(dossier, "there", 1)])
    guard = Guard(source("there" if actual else "absent"), version)
    with pytest.raises(GuardFailed) as refused:
        await log.append([an_append(dossier, "sohr", guards=[Guard(source("there")), guard])])
    assert (refused.value.guard, refused.value.actual) == (guard, actual)
    assert await log.head(dossier) == 2


async def test_an_append_whose_guards_hold_is_made(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "there"), an_append(dossier, "there", 1)])
    guards = [Guard(source("there")), Guard(source("there"), 2), Guard(source("absent"), 0)]
    assert await log.append([an_append(dossier, "sohr", guards=guards)])


async def test_the_same_version_of_another_history_is_another_one(log: EventLog, dossier: str) -> None:
    (made,) = await log.append([an_append(dossier, "sohr")])
    (lost, *_) = await log.append([an_append(dossier, "other"), an_append(dossier, "third")])
    assert made.event is not None
    assert await log.event_ids(dossier, [(source("sohr"), 1), (source("sohr"), 2)]) == {(source("sohr"), 1): made.event}
    for size in (1, 12):
        more = [an_append(dossier, f"more{size}-{n}") for n in range(size - 1)]
        with pytest.raises(StreamMoved) as moved:
            await log.append([*more, an_append(dossier, "sohr", 1)._replace(expected_event=lost.event)])
        assert (moved.value.actual, moved.value.index) == (1, size - 1)
        guard = Guard(source("sohr"), 1, lost.event)
        with pytest.raises(GuardFailed) as failed:
            await log.append(
                [*more, an_append(dossier, "guarded", guards=[Guard(source("sohr"), 1, made.event), guard])]
            )
        assert failed.value.guard == guard
    assert await log.head(dossier) == 3
    right = [an_append(dossier, "sohr", 1)._replace(expected_event=made.event)]
    # Guards hold for the stream as it stands after what the batch appended before, whose events nobody knows.
    right += [an_append(dossier, f"g{n}", guards=[Guard(source("other"), 1, lost.event)]) for n in range(10)]
    appended = await log.append(right)
    assert [each.version for each in appended] == [2] + [1] * 10
    with pytest.raises(GuardFailed):
        guards = [Guard(source("sohr"), 2, made.event)]
        await log.append([an_append(dossier, f"h{n}", guards=guards) for n in range(10)])


async def test_a_repeated_command_tells_the_event_that_it_had_ended_with(log: EventLog, dossier: str) -> None:
    (first,) = await log.append([an_append(dossier, "sohr", command="c1")])
    (nothing,) = await log.append([an_append(dossier, "sohr", 1, events=[], command="c2")])
    await log.append([an_append(dossier, "sohr", 1)])
    (again,) = await log.append([an_append(dossier, "sohr", command="c1")])
    assert (again.repeated, again.event) == (True, first.event)
    assert nothing.event is None
    found = await log.answers(dossier, "desk", {"c1": b"content", "c2": b"content"})
    assert {name: answer.event for name, answer in found.items()} == {"c1": first.event, "c2": None}


async def test_what_is_only_passed_on_is_read_as_it_is_stored(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, f"s{n}") for n in range(4)])
    events = await all_of(log, dossier)
    assert await log.stored(dossier, 0, 10) == [event.stored for event in events]
    # From before the beginning on: a follower asks for the event that it handled last, too.
    assert [event.position for event in await log.stored(dossier, -1, 2)] == [1, 2]
    assert [event.position for event in await log.stored(dossier, 1, 10, upto=3)] == [2, 3]
    assert await log.stored(dossier, 0, 10, types=["report.filed"]) == []
    assert [event.cursor for event in await log.stored(dossier, 2, 1)] == [events[2].cursor]


async def test_a_group_sees_what_it_appended_before(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "earlier")])
    answers = await log.append(
        [
            an_append(dossier, "a"),
            an_append(dossier, "a", 1, guards=[Guard(source("a"), 1)]),
            an_append(dossier, "b", guards=[Guard(source("a"), 2), Guard(source("earlier"))]),
        ]
    )
    assert [(a.position, a.version) for a in answers] == [(2, 1), (3, 2), (4, 1)]
    assert [e.group for e in await all_of(log, dossier)] == [1, 2, 2, 2]


async def test_of_a_group_that_fails_nothing_is_appended(log: EventLog, dossier: str) -> None:
    with pytest.raises(StreamMoved) as refused:
        await log.append([an_append(dossier, "a"), an_append(dossier, "b"), an_append(dossier, "b", 7)])
    assert refused.value.index == 2
    assert refused.value.stream == source("b")
    assert await all_of(log, dossier) == []
    # Nor are its commands remembered.
    assert not (await log.append([an_append(dossier, "a", content=b"other")]))[0].repeated


async def test_a_group_of_many_is_one_group(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, f"s{n}") for n in range(5)])
    answers = await log.append([an_append(dossier, f"t{n // 2}", n % 2) for n in range(2_500)])
    assert [a.position for a in answers] == list(range(6, 2_506))
    assert {e.group for e in await all_of(log, dossier)} == {1, 6}


async def test_a_repeated_command_has_its_first_answer_after_the_stream_moved(log: EventLog, dossier: str) -> None:
    (first,) = await log.append([an_append(dossier, "sohr", command="c1")])
    await log.append([an_append(dossier, "sohr", 1)])
    (again,) = await log.append([an_append(dossier, "sohr", command="c1", guards=[Guard(source("absent"))])])
    assert again == first._replace(repeated=True)
    assert await log.head(dossier) == 2


async def test_a_command_id_used_for_something_else_is_refused(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "sohr", command="c1")])
    with pytest.raises(CommandIdReused):
        await log.append([an_append(dossier, "sohr", 1, command="c1", content=b"other")])
    assert await log.head(dossier) == 1


async def test_principals_do_not_share_command_ids(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "a", command="c1")])
    (answer,) = await log.append([an_append(dossier, "b", command="c1", content=b"other", principal="editor")])
    assert not answer.repeated


async def test_what_a_group_repeats_is_skipped_and_the_rest_goes_on(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "a")])
    answers = await log.append([an_append(dossier, "a"), an_append(dossier, "b"), an_append(dossier, "b")])
    assert [(a.position, a.repeated) for a in answers] == [(1, True), (2, False), (2, True)]
    assert await log.head(dossier) == 2


async def test_a_command_asked_many_times_at_once_is_done_once(log: EventLog, dossier: str) -> None:
    answers = await asyncio.gather(*(log.append([an_append(dossier, "sohr")]) for _ in range(20)))
    assert sorted(answer.repeated for (answer,) in answers) == [False] + [True] * 19
    assert {answer.position for (answer,) in answers} == {1}


async def test_an_append_without_events_remembers_its_command(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "a"), an_append(dossier, "b")])
    (answer,) = await log.append([an_append(dossier, "a", 1, events=[], command="nothing-to-do")])
    assert (answer.position, answer.version, answer.repeated) == (2, 1, False)
    await log.append([an_append(dossier, "a", 1)])
    (again,) = await log.append([an_append(dossier, "a", 1, events=[], command="nothing-to-do")])
    assert (again.position, again.version, again.repeated) == (2, 1, True)
    with pytest.raises(StreamMoved):
        await log.append([an_append(dossier, "a", 1, events=[], command="too-late")])


async def test_answers_are_those_of_the_commands_that_were_answered(log: EventLog, dossier: str) -> None:
    (first,) = await log.append([an_append(dossier, "a", command="c1", content=b"one")])
    answers = await log.answers(dossier, "desk", {"c1": b"one", "c2": b"two"})
    assert answers == {"c1": first._replace(repeated=True)}
    assert await log.answers(dossier, "editor", {"c1": b"one"}) == {}
    with pytest.raises(CommandIdReused):
        await log.answers(dossier, "desk", {"c1": b"other"})


@pytest.mark.parametrize("among", [3, 60])
async def test_what_is_refused_leaves_its_neighbours_appended(log: EventLog, dossier: str, among: int) -> None:
    await log.append([an_append(dossier, "there")])
    wrong: list[tuple[Append, type[AppendRefused]]] = [
        (an_append(dossier, "there", 5, command="conflict"), StreamMoved),
        (an_append(dossier, "guarded", guards=[Guard(source("absent"))]), GuardFailed),
        (an_append(dossier, "x", events=[graded("half a pair: \ud800")]), EventNotStorable),
        (an_append(dossier, "nul\0nul"), EventNotStorable),
        (an_append(dossier, "there", command="there-0", content=b"other"), CommandIdReused),
    ]
    for append, expected in wrong:
        good = [an_append(dossier, f"{expected.__name__}-{append.command_id[:1]}-{n}") for n in range(among)]
        half = among // 2
        answers = await asyncio.gather(
            *(attempt(log, [each]) for each in (*good[:half], append, *good[half:])),
        )
        assert isinstance(answers[half], expected)
        assert all(isinstance(answer, list) for answer in (*answers[:half], *answers[half + 1 :]))
    events = await all_of(log, dossier)
    assert [e.position for e in events] == list(range(1, 2 + 5 * among))


async def test_sixty_four_writers_at_once_lose_nothing(log: EventLog, dossier: str) -> None:
    async def write(name: str) -> list[Appended]:
        return [(await log.append([an_append(dossier, name, version)]))[0] for version in range(20)]

    answers = await asyncio.gather(*(write(f"s{n}") for n in range(64)))
    events = await all_of(log, dossier)
    assert [e.position for e in events] == list(range(1, 64 * 20 + 1))
    by_position = {e.position: e for e in events}
    for name, made in enumerate(answers):
        assert [by_position[a.position].stream for a in made] == [source(f"s{name}")] * 20
        assert [by_position[a.position].version for a in made] == [a.version for a in made] == list(range(1, 21))
    assert [e.recorded_at for e in events] == sorted(e.recorded_at for e in events)


async def test_reading_goes_from_after_upto_in_order_and_by_type(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, f"s{n // 2}", n % 2) for n in range(10)])

    async def positions(after: int, limit: int, **rest: object) -> list[int]:
        return [e.position for e in await log.read(dossier, after, limit, **rest)]  # type: ignore[arg-type]

    assert await positions(0, 3) == [1, 2, 3]
    assert await positions(8, 100) == [9, 10]
    assert await positions(2, 100, upto=5) == [3, 4, 5]
    assert await positions(0, 2, types=["source.graded"]) == [2, 4]
    assert await positions(4, 9, upto=8, types=["source.graded", "source.registered"]) == [5, 6, 7, 8]
    assert await positions(0, 9, types=[]) == []
    assert await positions(10, 5) == []


@pytest.mark.parametrize("of", [1, 3, 4])
async def test_shares_part_the_streams_of_a_kind_for_good(log: EventLog, dossier: str, of: int) -> None:
    place = StreamRef("place", "p")
    await log.append([an_append(dossier, f"ş{n % 40}", n // 40) for n in range(120)])
    await log.append([an_append(dossier, "p")._replace(stream=place)])

    async def share(number: int, after: int, upto: int, limit: int = ALL) -> list[Recorded]:
        return await log.read_share(dossier, Share("source", number, of), after, upto, limit)

    whole = [await share(number, 0, 121) for number in range(of)]
    # Each event in exactly one of them, in order; a stream in the same one with all of its events; no other kind.
    assert sorted(event.position for events in whole for event in events) == list(range(1, 121))
    assert all(events == sorted(events, key=lambda event: event.position) for events in whole)
    held = [{event.stream for event in events} for events in whole]
    assert sum(map(len, held)) == 40
    assert all(held), "none of 40 streams in a share is no way to share"
    for number, events in enumerate(whole):
        assert await share(number, 40, 80) == [event for event in events if 40 < event.position <= 80]
        assert await share(number, 0, 121, 5) == events[:5]
    assert await log.read_share(dossier, Share("claim", 0, of), 0, 121, ALL) == []
    assert await log.read("no-such-dossier", 0, 5) == []


async def test_streams_come_whole_and_an_absent_one_empty(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, f"s{n % 3}", n // 3) for n in range(9)])
    found = await log.streams(dossier, [source("s2"), source("s0"), source("absent"), source("s2")])
    assert {ref.id: [e.version for e in events] for ref, events in found.items()} == {
        "s2": [1, 2, 3],
        "s0": [1, 2, 3],
        "absent": [],
    }
    assert await log.streams(dossier, []) == {}


async def test_of_a_stream_only_the_stretch_that_is_asked_for_is_read(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, f"s{n % 3}", n // 3) for n in range(12)])
    wanted = {source("s2"): (2, 3), source("s0"): (4, 9), source("s1"): (3, 2), source("absent"): (1, 9)}
    found = await log.stretches(dossier, wanted)
    assert {ref.id: [e.version for e in events] for ref, events in found.items()} == {
        "s2": [2, 3],
        "s0": [4],
        "s1": [],
        "absent": [],
    }
    whole = await log.streams(dossier, [source("s2")])
    assert found[source("s2")] == whole[source("s2")][1:3]
    assert await log.stretches(dossier, {}) == {}


async def test_dossiers_are_apart(log: EventLog, dossier: str) -> None:
    other = f"{dossier}-other"
    await log.append([an_append(dossier, "a"), an_append(dossier, "b")])
    (answer,) = await log.append([an_append(other, "a", content=b"other")])
    assert (answer.position, answer.version, answer.repeated) == (1, 1, False)
    with pytest.raises(GuardFailed):
        await log.append([an_append(other, "c", guards=[Guard(source("b"))])])
    heads = await log.heads()
    assert (heads[dossier], heads[other]) == (2, 1)


async def test_a_clock_that_falls_behind_a_little_does_not_show(subject: Subject, dossier: str) -> None:
    (first,) = await subject.log.append([an_append(dossier, "a")])
    await subject.clock_falls_back(dossier, 3)
    (second,) = await subject.log.append([an_append(dossier, "b")])
    assert second.recorded_at >= first.recorded_at


@pytest.mark.parametrize("appends", [1, 20])
async def test_a_clock_that_falls_far_behind_is_refused(subject: Subject, dossier: str, appends: int) -> None:
    await subject.log.append([an_append(dossier, "a")])
    await subject.clock_falls_back(dossier, 8)
    for answer in await asyncio.gather(*(attempt(subject.log, [an_append(dossier, f"s{n}")]) for n in range(appends))):
        assert isinstance(answer, ClockBehind)
    assert await subject.log.head(dossier) == 1


async def test_a_moment_has_the_last_position_recorded_by_then(log: EventLog, dossier: str) -> None:
    for number in range(20):
        await log.append([an_append(dossier, f"s{number}"), an_append(dossier, f"t{number}")])
        await asyncio.sleep(0.001)
    events = await all_of(log, dossier)
    just = timedelta(microseconds=1)
    for event in events[1::2]:
        assert await log.position_at(dossier, event.recorded_at) == event.position
        assert await log.position_at(dossier, event.recorded_at - just) == event.position - 2
    assert await log.position_at(dossier, datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert await log.position_at("no-such-dossier", events[0].recorded_at) == 0


async def test_a_moment_to_come_is_refused(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "a")])
    with pytest.raises(FutureMoment):
        await log.position_at(dossier, datetime.now(UTC) + timedelta(seconds=30))


async def test_nothing_is_recorded_at_a_moment_that_was_asked_about(subject: Subject, dossier: str) -> None:
    await subject.log.append([an_append(dossier, "a")])
    await asyncio.sleep(0.002)
    moment = datetime.now(UTC) - timedelta(milliseconds=1)
    position = await subject.log.position_at(dossier, moment)
    await subject.log.append([an_append(dossier, "b")])
    assert await subject.log.position_at(dossier, moment) == position == 1
    (last,) = await subject.log.append([an_append(dossier, "c")])
    asked = await subject.log.position_at(dossier, last.recorded_at)
    await subject.log.append([an_append(dossier, "d")])
    assert await subject.log.position_at(dossier, last.recorded_at) == asked == 3


async def test_a_past_moment_keeps_its_position_while_appends_are_in_flight(log: EventLog, dossier: str) -> None:
    await log.append([an_append(dossier, "first")])
    asked: dict[datetime, int] = {}

    async def write(name: str) -> None:
        for version in range(30):
            await log.append([an_append(dossier, name, version)])

    async def ask() -> None:
        for _ in range(30):
            moment = datetime.now(UTC) - timedelta(microseconds=random.randrange(3_000))
            asked[moment] = await log.position_at(dossier, moment)
            for earlier in random.sample(sorted(asked), min(3, len(asked))):
                assert await log.position_at(dossier, earlier) == asked[earlier]

    await asyncio.gather(ask(), *(write(f"s{n}") for n in range(8)))
    events = await all_of(log, dossier)
    for moment, position in asked.items():
        assert position == sum(e.recorded_at <= moment for e in events)


@pytest.mark.parametrize("seed", range(25))
async def test_any_batch_is_answered_as_if_one_after_the_other(module_database_url: str, seed: int) -> None:
    """PostgreSQL takes a batch all at once where it can; plain Python takes the groups in turn."""
    chance = random.Random(seed)
    dossier = f"d-{uuid4().hex[:12]}"
    subject, plain = InPostgres(module_database_url), MemoryLog()
    versions: dict[str, int] = {}
    commands: list[str] = []
    # Batches of few mistakes are taken at once, batches of many never.
    mistakes = chance.choice([0, 0.002, 0.1])

    def any_append(command: str) -> Append:
        stream = f"s{chance.randrange(12)}"
        wrong = chance.random() < mistakes
        expected = chance.randrange(3) if wrong else versions.get(stream, 0)
        count = chance.choice([0, 1, 1, 1, 2, 3])
        guards = []
        for _ in range(chance.choice([0, 0, 1, 3])):
            other = f"s{chance.randrange(12)}"
            held = versions.get(other, 0)
            version = chance.randrange(4) if chance.random() < mistakes else chance.choice([None, held])
            guards.append(Guard(source(other), None if version is None and held else version or held))
        versions[stream] = versions.get(stream, 0) + count
        if commands and chance.random() < mistakes:
            command = chance.choice(commands)
        commands.append(command)
        return an_append(
            dossier,
            stream,
            expected,
            events=[graded(f"{command} {n}") for n in range(count)],
            command=command,
            content=chance.choice([b"one", b"two"]) if wrong else b"one",
            guards=guards,
        )

    try:
        for batch in range(4):
            groups = [
                [any_append(f"{batch}-{number}-{n}") for n in range(chance.choice([1, 1, 1, 2, 5]))]
                for number in range(chance.choice([1, 3, 12, 40]))
            ]
            at_once = await asyncio.gather(*(attempt(subject.log, group) for group in groups))
            in_turn = [await attempt(plain, group) for group in groups]
            assert [told(answer) for answer in at_once] == [told(answer) for answer in in_turn]
        ours, theirs = await all_of(subject.log, dossier), await all_of(plain, dossier)
        assert [recorded(e) for e in ours] == [recorded(e) for e in theirs]
    finally:
        await subject.log.close()
        await subject.engine.dispose()


def told(answer: list[Appended] | AppendRefused) -> object:
    if isinstance(answer, AppendRefused):
        return type(answer), str(answer), answer.index
    return [(each.position, each.version, each.repeated) for each in answer]


def recorded(event: Recorded) -> object:
    return event.position, event.stream, event.version, event.data, event.command_id, event.group


async def test_both_logs_hash_content_and_text_alike(module_database_url: str, dossier: str) -> None:
    """The same event has the same hash wherever it is kept, given the same id, blind and moment."""
    subject, plain = InPostgres(module_database_url), MemoryLog()
    await subject.log.append([an_append(dossier, "a")])
    await plain.append([an_append(dossier, "a")])
    (ours,), (theirs,) = await all_of(subject.log, dossier), await all_of(plain, dossier)
    same = Recorded(
        **{name: getattr(theirs, name) for name in Recorded._fields}
        | {"id": ours.id, "blind": ours.blind, "recorded_at": ours.recorded_at}
    )
    assert same.hash() == ours.hash()
    await subject.log.close()
    await subject.engine.dispose()
