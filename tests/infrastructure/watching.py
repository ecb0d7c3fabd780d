"""Somebody who follows a watch in stretches of any size, and somebody who asks after every append instead."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from application.execute import Asked, Executor, GroupRefused
from application.following.followable import Followable
from application.following.news import next_news
from application.following.places import START
from application.following.sending import Message
from application.projection import catch_up
from application.watch import Watch, Watched, clocks_of
from domain.fact import Command
from infrastructure.questions.watched import PostgresFollowedRows
from interfaces.messages.news import message_of
from tests.infrastructure.test_oracle import READ_MODELS, House


class Told(NamedTuple):
    """An answer that changed, at the end of an append."""

    position: int
    before: Any
    after: Any


class Asleep:
    """Nobody wakes whoever looks by itself."""

    def next_move(self, dossier_id: str) -> asyncio.Event:
        return asyncio.Event()

    next_advance = next_move


def followable(house: House) -> Followable:
    return Followable(house.log, house.pictures, PostgresFollowedRows(house.engine, house.log), Asleep())


class Enough(Exception):
    """The read models have taken as much as they shall."""


async def take_a_batch(house: House, dossier_id: str, size: int) -> None:
    """The read models take so many events and no more: an append may be cut in the middle."""

    def stop(_: Any) -> None:
        raise Enough

    with suppress(Enough):
        await catch_up(house.log, house.pictures, READ_MODELS, dossier_id, batch_size=size, on_batch=stop)


async def carry_out_together(executor: Executor, dossier_id: str, steps: Sequence[Command]) -> int:
    """As one group, without those that are refused. Returns how many were taken."""
    commands = [step.model_copy(update={"id": dossier_id}) if step.stream_kind == "dossier" else step for step in steps]
    while commands:
        try:
            await executor.execute_group(dossier_id, "desk", [Asked(step) for step in commands])  # type: ignore[arg-type]
            return len(commands)
        except GroupRefused as refused:
            gone = {index for index, _ in refused.refusals}
            commands = [step for index, step in enumerate(commands) if index not in gone]
    return 0


class Follower:
    """Follows one watch, in stretches of any size, as far as the read models are."""

    def __init__(self, house: House, dossier_id: str, watch: Watch, sizes: Sequence[tuple[int, int]]) -> None:
        self.house, self.dossier_id, self.watch, self.sizes = house, dossier_id, watch, sizes
        self.place, self.calls = START, 0
        self.heard: list[Message] = []

    async def go_on(self) -> bool:
        """One stretch more. Whether there was anything."""
        events, at_most = self.sizes[self.calls % len(self.sizes)]
        self.calls += 1
        stretch = await next_news(
            followable(self.house), self.dossier_id, self.watch, self.place, events=events, at_most=at_most
        )
        begun, reached = self.place.position, stretch.place.position
        assert len(stretch.news) <= at_most
        assert all(begun < news.place.position <= reached for news in stretch.news)
        moved = reached > begun
        assert moved or not stretch.news
        if moved:
            (there,) = await self.house.log.read(self.dossier_id, reached - 1, 1)
            assert stretch.place.cursor == there.cursor
        self.place = stretch.place
        self.heard += map(message_of, stretch.news)
        return moved

    async def to_the_end(self) -> list[Message]:
        while await self.go_on():
            pass
        assert self.place.position == await self.house.log.head(self.dossier_id)
        return self.heard


def told_by(messages: Sequence[Message]) -> list[Told]:
    data = [json.loads(message.body)["data"] for message in messages]
    return [Told(one.place.position, each["before"], each["after"]) for one, each in zip(messages, data, strict=True)]


async def heard_by_asking(house: House, dossier_id: str, watched: Watched) -> list[Told]:
    log = await house.events(dossier_id)
    # A group of commands is one append: where the next event is of another, or there is none, one ends.
    ends = [one.position for one, following in zip(log, [*log[1:], None], strict=True)
            if following is None or following.group != one.group]  # fmt: skip
    found = []
    before = await asked_at(house, dossier_id, watched, 0)
    for position in ends:
        after = await asked_at(house, dossier_id, watched, position)
        if in_no_order(after) != in_no_order(before):
            found.append(Told(position, before, after))
        before = after
    return found


def in_no_order(told: Any) -> Any:
    """What an answer tells, wherever each of its lines stands."""
    if isinstance(told, dict):
        return frozenset((name, in_no_order(value)) for name, value in told.items())
    if isinstance(told, (list, tuple)):
        lines = [in_no_order(each) for each in told]
        ordered = any(not isinstance(each, dict) for each in told)
        return tuple(lines) if ordered else frozenset(Counter(lines).items())
    return told


async def asked_at(house: House, dossier_id: str, watched: Watched, position: int) -> Any:
    reading = await house.reading(dossier_id, position)
    clocks = clocks_of(watched, reading.time_zone)
    found = await followable(house).rows.finding(replace(reading, clocks=clocks), watched)
    # As it goes over the wire.
    return json.loads(json.dumps(found))
