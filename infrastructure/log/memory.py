"""The event log in memory: for tests, and to say in plain Python what the other one does in SQL."""

import os
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from application.event_log import (
    Append,
    Appended,
    ClockBehind,
    CommandIdReused,
    EventNotStorable,
    FutureMoment,
    GuardFailed,
    Recorded,
    Share,
    Stored,
    StreamMoved,
)
from domain.fields import StreamRef
from domain.grants import INSTALLATION
from domain.when import moment_text
from infrastructure.log.codec import decode, encode

MOST_BEHIND = timedelta(seconds=5)


@dataclass(slots=True)
class _Dossier:
    recorded_at: datetime
    events: list[Recorded] = field(default_factory=list)
    # The last event of each stream.
    last: dict[StreamRef, Recorded] = field(default_factory=dict)
    # By principal and command id: what was asked for, and how it was answered.
    commands: dict[tuple[str, str], tuple[bytes, Appended]] = field(default_factory=dict)


class MemoryLog:
    """Every dossier of one process, gone with it. `now` is its clock."""

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._dossiers: dict[str, _Dossier] = {}

    async def append(self, group: Sequence[Append]) -> list[Appended]:
        if not group:
            return []
        dossier_id = group[0].dossier_id
        now = self._now()
        before = self._dossiers.get(dossier_id) or _Dossier(now)
        if now < before.recorded_at - MOST_BEHIND:
            raise ClockBehind("the clock stands more than 5 seconds behind the last event of the dossier")
        after = _Dossier(max(now, before.recorded_at), list(before.events), dict(before.last), dict(before.commands))
        first = len(after.events) + 1
        answers = [_append_one(after, append, index, first) for index, append in enumerate(group)]
        if not all(answer.repeated for answer in answers):
            self._dossiers[dossier_id] = after
        return answers

    async def read(
        self,
        dossier_id: str,
        after: int,
        limit: int,
        *,
        upto: int | None = None,
        types: Collection[str] | None = None,
    ) -> list[Recorded]:
        found = self._events(dossier_id)[after:upto]
        return [event for event in found if types is None or event.event.type in types][:limit]

    async def stored(
        self,
        dossier_id: str,
        after: int,
        limit: int,
        *,
        upto: int | None = None,
        types: Collection[str] | None = None,
    ) -> list[Stored]:
        return [event.stored for event in await self.read(dossier_id, max(0, after), limit, upto=upto, types=types)]

    async def read_share(self, dossier_id: str, share: Share, after: int, upto: int, limit: int) -> list[Recorded]:
        return [event for event in self._events(dossier_id)[after:upto] if _is_in(event.stream, share)][:limit]

    async def streams(self, dossier_id: str, streams: Collection[StreamRef]) -> Mapping[StreamRef, list[Recorded]]:
        found: dict[StreamRef, list[Recorded]] = {stream: [] for stream in streams}
        for recorded in self._events(dossier_id):
            if recorded.stream in found:
                found[recorded.stream].append(recorded)
        return found

    async def stretches(
        self, dossier_id: str, wanted: Mapping[StreamRef, tuple[int, int]]
    ) -> Mapping[StreamRef, list[Recorded]]:
        whole = await self.streams(dossier_id, wanted)
        return {
            stream: [event for event in whole[stream] if first <= event.version <= last]
            for stream, (first, last) in wanted.items()
        }

    async def answers(self, dossier_id: str, principal: str, commands: Mapping[str, bytes]) -> Mapping[str, Appended]:
        dossier = self._dossiers.get(dossier_id)
        if dossier is None:
            return {}
        found = (_first_answer(dossier, principal, command_id, content) for command_id, content in commands.items())
        return {command_id: answer for command_id, answer in zip(commands, found, strict=True) if answer}

    async def event_ids(
        self, dossier_id: str, versions: Collection[tuple[StreamRef, int]]
    ) -> Mapping[tuple[StreamRef, int], UUID]:
        made = {(event.stream, event.version): event.id for event in self._events(dossier_id)}
        return {version: made[version] for version in versions if version in made}

    async def head(self, dossier_id: str) -> int:
        return len(self._events(dossier_id))

    async def heads(self) -> Mapping[str, int]:
        return {
            dossier_id: len(dossier.events)
            for dossier_id, dossier in self._dossiers.items()
            if dossier.events and dossier_id != INSTALLATION
        }

    async def position_at(self, dossier_id: str, moment: datetime) -> int:
        # Whatever is appended from now on comes after the moment that was asked about.
        if moment >= self._now():
            raise FutureMoment(f"{moment_text(moment)} is still to come")
        return sum(event.recorded_at <= moment for event in self._events(dossier_id))

    def _events(self, dossier_id: str) -> list[Recorded]:
        dossier = self._dossiers.get(dossier_id)
        return dossier.events if dossier else []


def _is_in(stream: StreamRef, share: Share) -> bool:
    return stream.kind == share.stream_kind and zlib.crc32(stream.id.encode()) % share.of == share.number


def _append_one(dossier: _Dossier, append: Append, index: int, first: int) -> Appended:
    answered = _first_answer(dossier, append.principal, append.command_id, append.command_content, index)
    if answered:
        return answered
    version, event_id = _stands(dossier, append.stream)
    if version != append.expected_version or append.expected_event not in (None, event_id):
        raise StreamMoved(append.stream, append.expected_version, version, index)
    for guard in append.guards:
        actual, event_id = _stands(dossier, guard.stream)
        if (actual == 0 if guard.version is None else actual != guard.version) or guard.event not in (None, event_id):
            raise GuardFailed(guard, actual, index)
    for event in append.events:
        version += 1
        event_type, schema_version, data = encode(event)
        _require_storable(append, data, index)
        dossier.events.append(
            Recorded(
                dossier_id=append.dossier_id,
                position=len(dossier.events) + 1,
                id=uuid4(),
                stream=append.stream,
                version=version,
                event=decode(event_type, schema_version, data),
                schema_version=schema_version,
                data=data,
                principal=append.principal,
                recorded_at=dossier.recorded_at,
                command_id=append.command_id,
                group=first,
                causation_id=append.causation_id,
                correlation_id=append.correlation_id,
                blind=os.urandom(16),
            )
        )
    if append.events:
        dossier.last[append.stream] = dossier.events[-1]
    last = dossier.events[-1].id if append.events else None
    answer = Appended(len(dossier.events), version, dossier.recorded_at, event=last)
    dossier.commands[append.principal, append.command_id] = (append.command_content, answer)
    return answer


def _stands(dossier: _Dossier, stream: StreamRef) -> tuple[int, UUID | None]:
    last = dossier.last.get(stream)
    return (last.version, last.id) if last else (0, None)


def _first_answer(
    dossier: _Dossier, principal: str, command_id: str, content: bytes, index: int = 0
) -> Appended | None:
    content_before, answer = dossier.commands.get((principal, command_id), (content, None))
    if content_before != content:
        raise CommandIdReused(command_id, index)
    return answer._replace(repeated=True) if answer else None


def _require_storable(append: Append, data: str, index: int) -> None:
    for text in (append.stream.id, append.command_id, data):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise EventNotStorable(f"the text cannot be stored: {error.reason}", index) from error
        if "\0" in text:
            raise EventNotStorable("the text cannot be stored: it holds NUL", index)
