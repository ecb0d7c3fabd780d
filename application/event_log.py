"""The log as the rest of the system sees it: what is appended, what was recorded, and how an append can fail."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol
from uuid import UUID

from typing_extensions import TypeVar

from domain.events import Event
from domain.fact import Fact
from domain.fields import StreamRef

EventT = TypeVar("EventT", bound=Fact, default=Event, covariant=True)


class Recorded(NamedTuple, Generic[EventT]):
    """One event of a dossier's log, as it is stored for good: of any kind of stream, unless it is said which.

    `group` is the position of the first event of the group it was appended in; `data` its canonical JSON text, as
    stored; `blind` 16 random bytes, so that a hash of the event cannot be guessed back.
    """

    dossier_id: str
    position: int
    id: UUID
    stream: StreamRef
    version: int
    event: EventT
    schema_version: int
    data: str
    principal: str
    recorded_at: datetime
    command_id: str
    group: int
    causation_id: str | None
    correlation_id: str | None
    blind: bytes

    @property
    def stored(self) -> "Stored":
        return Stored._make((*self[:5], self.event.type, *self[6:]))

    def hash(self) -> bytes:
        return self.stored.hash()

    @property
    def cursor(self) -> str:
        return self.stored.cursor


class Stored(NamedTuple):
    """One event as `Recorded` has it, not read: `type` in place of the event itself."""

    dossier_id: str
    position: int
    id: UUID
    stream: StreamRef
    version: int
    type: str
    schema_version: int
    data: str
    principal: str
    recorded_at: datetime
    command_id: str
    group: int
    causation_id: str | None
    correlation_id: str | None
    blind: bytes

    def hash(self) -> bytes:
        """SHA-256 over the blind and all that was recorded: 32 bytes."""
        envelope = [
            self.dossier_id,
            self.position,
            str(self.id),
            self.stream.kind,
            self.stream.id,
            self.version,
            self.type,
            self.schema_version,
            self.data,
            self.principal,
            self.recorded_at.isoformat(timespec="microseconds"),
            self.command_id,
            self.group,
            self.causation_id,
            self.correlation_id,
        ]
        return hashlib.sha256(self.blind + _hashed.encode(envelope).encode()).digest()

    @property
    def cursor(self) -> str:
        """Where a follower stands after this event: `<position>.<8 hex of its hash>`."""
        return f"{self.position}.{self.hash()[:4].hex()}"


class Guard(NamedTuple):
    """What must hold of another stream when the append is made: its version, or (None) only that it exists.

    `event` is the id of its last event: another history of the stream can be at the same version.
    """

    stream: StreamRef
    version: int | None = None
    event: UUID | None = None


class Append(NamedTuple):
    """Events for one stream that stands at `expected_version` (0: it does not exist yet), after `expected_event`.

    Without `expected_event` any event will do, as that of an earlier append of the group, whose id is not known.

    `command_content` is the canonical form of what was asked for; only a keyed hash of it is kept. Without events
    the append only remembers that the command was answered at the current position.
    """

    dossier_id: str
    stream: StreamRef
    expected_version: int
    events: Sequence[Fact]
    principal: str
    command_id: str
    command_content: bytes
    guards: Sequence[Guard] = ()
    causation_id: str | None = None
    correlation_id: str | None = None
    expected_event: UUID | None = None


class Appended(NamedTuple):
    """Where an append ended: the dossier's position, the stream's version. `repeated`: it had been done before.

    `event` is the last event that it appended; None where it had none to append.
    """

    position: int
    version: int
    recorded_at: datetime
    repeated: bool = False
    event: UUID | None = None


class AppendRefused(Exception):
    """Nothing of the group was appended. `index` is the append in the group that could not be made."""

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.index = index


class StreamMoved(AppendRefused):
    """The stream is not at the expected version, or at that of another history."""

    def __init__(self, stream: StreamRef, expected: int, actual: int, index: int = 0) -> None:
        found = f"is at version {actual} of another history" if actual == expected else f"is at version {actual}"
        super().__init__(f"{stream} {found}, not {expected}", index)
        self.stream, self.expected, self.actual = stream, expected, actual


class GuardFailed(AppendRefused):
    """What the decision relied on does not hold any more. `actual` is 0 for a stream that does not exist."""

    def __init__(self, guard: Guard, actual: int, index: int = 0) -> None:
        another = " of another history" if actual == guard.version else ""
        super().__init__(f"{guard.stream} is at version {actual}{another}, not {guard.version or 'any'}", index)
        self.guard, self.actual = guard, actual


class CommandIdReused(AppendRefused):
    """The command id was used before, for something else."""

    def __init__(self, command_id: str, index: int = 0) -> None:
        super().__init__(f"command id {command_id!r} was used before with other content", index)
        self.command_id = command_id


class ClockBehind(AppendRefused):
    """The clock stands too far behind the last event of the dossier to record anything after it."""


class EventNotStorable(AppendRefused):
    """The store itself refuses the event."""


class LogUnavailable(Exception):
    """The log cannot be reached. An append may or may not have been made: ask again with the same command id."""


class FutureMoment(Exception):
    """What will have been recorded by a moment that is still to come cannot be told."""


class Share(NamedTuple):
    """One of `of` shares of a dossier's streams of one kind, from 0 on. A stream is in the same one for good."""

    stream_kind: str
    number: int
    of: int


class EventLog(Protocol):
    async def append(self, group: Sequence[Append]) -> list[Appended]:
        """Append all of a group (one dossier, one principal) or nothing, and say where each ended.

        Later appends of a group see the earlier ones. An append whose command id was answered before, with the
        same content, is not made again: its first answer is given, and the rest of the group goes on.

        Raises:
            StreamMoved, GuardFailed, CommandIdReused, ClockBehind, EventNotStorable: nothing was appended.
            LogUnavailable: it is not known.
        """
        ...

    async def read(
        self,
        dossier_id: str,
        after: int,
        limit: int,
        *,
        upto: int | None = None,
        types: Collection[str] | None = None,
    ) -> list[Recorded]:
        """At most `limit` events at positions `after < position <= upto`, in order."""
        ...

    async def stored(
        self,
        dossier_id: str,
        after: int,
        limit: int,
        *,
        upto: int | None = None,
        types: Collection[str] | None = None,
    ) -> list[Stored]:
        """As `read`, the events left as they are stored: for those who only pass them on."""
        ...

    async def read_share(self, dossier_id: str, share: Share, after: int, upto: int, limit: int) -> list[Recorded]:
        """As `read`, of the streams of one share only. All between `after` and `upto` may have to be looked at."""
        ...

    async def streams(self, dossier_id: str, streams: Collection[StreamRef]) -> Mapping[StreamRef, list[Recorded]]:
        """All events of some streams, oldest first; a stream that does not exist has an empty list."""
        ...

    async def stretches(
        self, dossier_id: str, wanted: Mapping[StreamRef, tuple[int, int]]
    ) -> Mapping[StreamRef, list[Recorded]]:
        """Of each stream the events of the versions from a first one up to, and with, a last one, oldest first.

        Those before and after are not looked at.
        """
        ...

    async def answers(self, dossier_id: str, principal: str, commands: Mapping[str, bytes]) -> Mapping[str, Appended]:
        """The first answers of those command ids (to content) that were answered before.

        Raises:
            CommandIdReused: one of them, with other content.
        """
        ...

    async def event_ids(
        self, dossier_id: str, versions: Collection[tuple[StreamRef, int]]
    ) -> Mapping[tuple[StreamRef, int], UUID]:
        """The ids of the events that made these versions of streams, of those that there are."""
        ...

    async def head(self, dossier_id: str) -> int:
        """The last position of a dossier, 0 if there is no such dossier."""
        ...

    async def heads(self) -> Mapping[str, int]:
        """The last position of every dossier. The installation's own log is none."""
        ...

    async def position_at(self, dossier_id: str, moment: datetime) -> int:
        """The highest position recorded at or before `moment` (aware). The same moment has the same answer for good.

        Raises:
            FutureMoment: `moment` is after the log's clock.
        """
        ...


def version_tag(version: int, event: UUID) -> str:
    """What tells a version of a stream from that of another history: `<version>.<8 hex of its last event's id>`."""
    return f"{version}.{event.hex[:8]}"


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys in order, no spaces, nothing escaped that need not be."""
    return _canonical.encode(value)


# `json.dumps` would make one for every value.
_hashed = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
