"""The event log in PostgreSQL: batches of appends for `append_to_log`, and the log's reads."""

import asyncio
import hmac
import os
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import structlog
from sqlalchemy.event import listen
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from application.event_log import (
    Append,
    Appended,
    AppendRefused,
    ClockBehind,
    CommandIdReused,
    EventNotStorable,
    FutureMoment,
    GuardFailed,
    LogUnavailable,
    Recorded,
    Share,
    Stored,
    StreamMoved,
)
from domain.fields import StreamRef
from domain.when import moment_text
from infrastructure import measures
from infrastructure.database import NoAnswer, Waits
from infrastructure.log.codec import decode, encode
from infrastructure.log.connections import ConnectionLost, Connections, Row, execute, persistently
from infrastructure.log.group_commit import GroupCommit
from infrastructure.log.packed_arrays import (
    Array,
    blob,
    blobs,
    element,
    integers,
    known_uuid,
    smallints,
    texts,
    uuid,
    uuids,
    word,
)
from infrastructure.log.witness import Witness

OnAppended = Callable[[str, int], Awaitable[None] | None]

_LAST_POSITION = 2**63 - 1

_APPEND = """
    select status, position, version, recorded_at, guard, actual, event
    from append_to_log(
        %s, %b::text[], %b::text[], %b::int[], %b::uuid[], %b::text[], %b::text[], %b::bytea[], %b::text[],
        %b::text[], %b::int[], %b::int[], %b::int[], %b::uuid[], %b::text[], %b::smallint[], %b::text[], %b::bytea[],
        %b::text[], %b::text[], %b::int[], %b::uuid[]
    )
"""
_RECORDED = """e.position, e.id, e.stream_kind, e.stream_id, e.version, e.type, e.schema_version, e.data, e.principal,
    e.recorded_at, e.command_id, e.group_position, e.causation_id, e.correlation_id, e.blind"""
_READ = f"""
    select {_RECORDED} from events e
    where e.dossier_id = %s and e.position > %s::bigint and e.position <= %s::bigint
    order by e.position limit %s::bigint
"""  # noqa: S608
_READ_TYPES = f"""
    select {_RECORDED} from events e
    where e.dossier_id = %s and e.position > %s::bigint and e.position <= %s::bigint and e.type = any(%s::text[])
    order by e.position limit %s::bigint
"""  # noqa: S608
# Which share of its kind a stream is in. PostgreSQL's own hash partitions rely on this hash: it never changes.
SHARE_OF = "(hashtextextended({stream_id}, 0) & 2147483647) %% {of}"
# The stretch of the log is found by position: `|| ''` keeps the planner from looking through all streams of the kind.
_READ_SHARE = f"""
    select {_RECORDED} from events e
    where e.dossier_id = %s and e.position > %s::bigint and e.position <= %s::bigint
        and {SHARE_OF.format(stream_id="e.stream_id", of="%s::int")} = %s::int and e.stream_kind || '' = %s
    order by e.position limit %s::bigint
"""  # noqa: S608
# One visit to the index for each stream, however many there are.
_STREAMS = f"""
    select {_RECORDED}
    from unnest(%s::text[], %s::text[]) as s (kind, id), lateral (
        select * from events
        where dossier_id = %s and stream_kind = s.kind and stream_id = s.id
        order by version offset 0
    ) e
"""  # noqa: S608
# Where a command appended, the event at its position is its own.
_ANSWERS = """
    select c.command_id, c.content_hash, c.position, c.version, c.recorded_at, e.id from commands c
    left join events e on e.dossier_id = c.dossier_id and e.position = c.position
        and e.principal = c.principal and e.command_id = c.command_id
    where c.dossier_id = %s and c.principal = %s and c.command_id = any(%s::text[])
"""
_EVENT_IDS = """
    select e.stream_kind, e.stream_id, e.version, e.id
    from unnest(%s::text[], %s::text[], %s::int[]) as s (kind, id, version)
    join events e on e.dossier_id = %s and e.stream_kind = s.kind and e.stream_id = s.id and e.version = s.version
"""


class PostgresLog:
    """The log of every dossier in one database.

    `key` hashes what commands asked for. `on_appended` is told a dossier and its new position after a commit; it
    is never waited for, and what it raises is only noted. `on_lost` hears that a connection was lost: the log that
    the next one finds may be another, as after a failover. `witness` keeps what was seen of it.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        key: bytes,
        on_appended: OnAppended | None = None,
        on_lost: Callable[[], None] = lambda: None,
        witness: Witness | None = None,
    ) -> None:
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._key = key
        # Whoever finds a connection of the pool closed, a question of somebody else's or the pool itself.
        listen(engine.sync_engine, "invalidate", lambda *_: on_lost())
        # Apart, so that whoever asks for a moment makes no append wait, nor any other question.
        self._appending, self._dating = Connections(engine, on_lost=on_lost), Connections(engine, 2, on_lost=on_lost)
        waits: Waits = engine.get_execution_options()["waits"]
        self._commits: GroupCommit[_Group, list[Appended]] = GroupCommit(self._commit, waits.pool_s + waits.answer_s)
        self._on_appended = on_appended
        self._witness = witness or Witness()
        self._wake_ups: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Waits for what is under way. The engine stays open: it is the caller's."""
        await self._commits.finish()
        if self._wake_ups:
            await asyncio.wait(self._wake_ups)
        await self._appending.close()
        await self._dating.close()

    async def append(self, group: Sequence[Append]) -> list[Appended]:
        if not group:
            return []
        return await self._commits.submit(group[0].dossier_id, _packed(group, self._key))

    async def read(
        self,
        dossier_id: str,
        after: int,
        limit: int,
        *,
        upto: int | None = None,
        types: Collection[str] | None = None,
    ) -> list[Recorded]:
        return [_read(stored) for stored in await self.stored(dossier_id, after, limit, upto=upto, types=types)]

    async def stored(
        self,
        dossier_id: str,
        after: int,
        limit: int,
        *,
        upto: int | None = None,
        types: Collection[str] | None = None,
    ) -> list[Stored]:
        upto = _LAST_POSITION if upto is None else upto
        if types is None:
            rows = await self._fetch(_READ, (dossier_id, after, upto, limit))
        else:
            rows = await self._fetch(_READ_TYPES, (dossier_id, after, upto, list(types), limit))
        if rows:
            position, event = rows[-1][:2]
            self._witness.saw(dossier_id, position, event)
        return [_stored(dossier_id, row) for row in rows]

    async def read_share(self, dossier_id: str, share: Share, after: int, upto: int, limit: int) -> list[Recorded]:
        asked = (dossier_id, after, upto, share.of, share.number, share.stream_kind, limit)
        rows = await self._fetch(_READ_SHARE, asked)
        return [_recorded(dossier_id, row) for row in rows]

    async def streams(self, dossier_id: str, streams: Collection[StreamRef]) -> Mapping[StreamRef, list[Recorded]]:
        found: dict[StreamRef, list[Recorded]] = {stream: [] for stream in streams}
        kinds, ids = [stream.kind for stream in found], [stream.id for stream in found]
        for row in await self._fetch(_STREAMS, (kinds, ids, dossier_id)):
            recorded = _recorded(dossier_id, row)
            found[recorded.stream].append(recorded)
        return found

    async def answers(self, dossier_id: str, principal: str, commands: Mapping[str, bytes]) -> Mapping[str, Appended]:
        rows = await self._fetch(_ANSWERS, (dossier_id, principal, list(commands)))
        for command_id, content_hash, *_ in rows:
            if content_hash != _keyed_hash(self._key, commands[command_id]):
                raise CommandIdReused(command_id)
        return {
            command_id: Appended(position, version, recorded_at.astimezone(UTC), repeated=True, event=event)
            for command_id, _, position, version, recorded_at, event in rows
        }

    async def event_ids(
        self, dossier_id: str, versions: Collection[tuple[StreamRef, int]]
    ) -> Mapping[tuple[StreamRef, int], UUID]:
        kinds, ids = [stream.kind for stream, _ in versions], [stream.id for stream, _ in versions]
        rows = await self._fetch(_EVENT_IDS, (kinds, ids, [version for _, version in versions], dossier_id))
        return {(StreamRef(kind, id_), version): event for kind, id_, version, event in rows}

    async def head(self, dossier_id: str) -> int:
        rows = await self._fetch("select position from heads where dossier_id = %s", (dossier_id,))
        head = rows[0][0] if rows else 0
        self._witness.ends_at(dossier_id, head)
        return int(head)

    async def heads(self) -> Mapping[str, int]:
        return {
            row[0]: row[1] for row in await self._fetch("select dossier_id, position from heads where position > 0", ())
        }

    async def position_at(self, dossier_id: str, moment: datetime) -> int:
        ((position,),) = await self._ask_moment(dossier_id, moment)
        if position is None:
            raise FutureMoment(f"{moment_text(moment)} is still to come")
        return int(position)

    async def _ask_moment(self, dossier_id: str, moment: datetime) -> list[Row]:
        try:
            return await self._dating.ask("select position_at(%s, %s::timestamptz)", (dossier_id, moment))
        except psycopg.errors.LockNotAvailable as error:
            raise LogUnavailable(f"the dossier's lock is held: {error}") from error

    async def _fetch(self, query: LiteralString, params: Sequence[object]) -> list[Row]:
        async def attempt() -> list[Row]:
            try:
                async with self._reading.connect() as pooled:
                    connection = (await pooled.get_raw_connection()).driver_connection
                    assert isinstance(connection, psycopg.AsyncConnection)
                    try:
                        return await execute(connection, query, params)
                    except (ConnectionLost, LogUnavailable):
                        await pooled.invalidate()
                        raise
            except OperationalError as error:
                if isinstance(error.orig, (psycopg.errors.ConnectionTimeout, NoAnswer)):
                    raise LogUnavailable(f"the log does not answer: {error.orig}") from error
                raise ConnectionLost(str(error)) from error

        return await persistently(attempt)

    async def _commit(self, dossier_id: str, groups: Sequence["_Group"]) -> Sequence[list[Appended] | Exception]:
        params = (dossier_id, *_arrays(groups))
        begun = time.perf_counter()
        try:
            rows = await self._appending.ask(_APPEND, params)
        except LogUnavailable:
            measures.commits_failed.inc()
            raise
        except psycopg.Error as error:
            measures.commits_failed.inc()
            failure = _failure(error)
            if len(groups) == 1 or not isinstance(failure, EventNotStorable):
                return [failure] * len(groups)
            # One of them cannot be stored, or not even be sent: alone it takes no other with it.
            return [(await self._commit(dossier_id, [group]))[0] for group in groups]
        measures.commit_seconds.observe(time.perf_counter() - begun)
        measures.commit_appends.observe(len(rows))
        measures.appends.inc(sum(row[0] == "appended" for row in rows))
        answers: list[list[Appended] | Exception] = []
        start = 0
        for group in groups:
            answers.append(_answer(group, rows[start : start + group.appends]))
            start += group.appends
        self._note(dossier_id, answers)
        if self._on_appended:
            reached = max((position for status, position, *_ in rows if status == "appended"), default=None)
            if reached is not None:
                self._wake(self._on_appended, dossier_id, reached)
        return answers

    def _note(self, dossier_id: str, answers: Sequence[list[Appended] | Exception]) -> None:
        """What was appended just now: no log that is still the same ended after it."""
        appended = [each for answer in answers if isinstance(answer, list) for each in answer if not each.repeated]
        last = max(appended, key=lambda each: each.position, default=None)
        if last is not None and last.event is not None:
            self._witness.ends_at(dossier_id, last.position)
            self._witness.saw(dossier_id, last.position, last.event)

    def _wake(self, on_appended: OnAppended, dossier_id: str, position: int) -> None:
        async def wake() -> None:
            try:
                done = on_appended(dossier_id, position)
                if done is not None:
                    await done
            except Exception:
                # What was appended is appended; whoever missed it looks again by itself.
                structlog.get_logger().warning("wake_up_failed", dossier=dossier_id, position=position, exc_info=True)

        task = asyncio.create_task(wake())
        self._wake_ups.add(task)
        task.add_done_callback(self._wake_ups.discard)


@dataclass(frozen=True, slots=True)
class _Group:
    """A group, ready to be sent: its elements in binary, column by column when they are joined."""

    asked: Sequence[Append]
    appends: int
    size_bytes: int
    per_append: list[tuple[Any, ...]]
    per_event: list[tuple[bytes, bytes, int, bytes]]
    per_guard: list[tuple[bytes, bytes, int | None, bytes]]
    # The last event of each append, as bytes; None of one without events.
    last_events: list[bytes | None]


def _packed(group: Sequence[Append], key: bytes) -> _Group:
    per_append: list[tuple[Any, ...]] = []
    per_event: list[tuple[bytes, bytes, int, bytes]] = []
    per_guard: list[tuple[bytes, bytes, int | None, bytes]] = []
    last_events: list[bytes | None] = []
    # The server could make these too, one call to its system for each.
    random = os.urandom(16 * sum(len(append.events) for append in group))
    start = 0
    try:
        for append in group:
            assert append.dossier_id == group[0].dossier_id, "a group is of one dossier"
            for event in append.events:
                event_type, schema_version, data = encode(event)
                per_event.append((uuid(random[start : start + 16]), word(event_type), schema_version, element(data)))
                start += 16
            last_events.append(per_event[-1][0] if append.events else None)
            if append.guards:
                per_guard += [
                    (word(g.stream.kind), element(g.stream.id), g.version, known_uuid(g.event)) for g in append.guards
                ]
            per_append.append(
                (
                    word(append.stream.kind),
                    element(append.stream.id),
                    append.expected_version,
                    known_uuid(append.expected_event),
                    word(append.principal),
                    element(append.command_id),
                    blob(_keyed_hash(key, append.command_content)),
                    element(append.causation_id),
                    element(append.correlation_id),
                    len(append.events),
                    len(append.guards),
                )
            )
    except UnicodeEncodeError as error:
        raise EventNotStorable(f"the text cannot be stored: {error.reason}", len(per_append)) from error
    size_bytes = sum(len(data) for *_, data in per_event)
    return _Group(group, len(group), size_bytes, per_append, per_event, per_guard, last_events)


def _arrays(groups: Sequence[_Group]) -> list[Array]:
    """The parameters of `append_to_log` after the dossier."""
    group_starts: list[int] = []
    for group in groups:
        group_starts += [len(group_starts) + 1] * group.appends
    kinds, ids, expected, expected_events, principals, command_ids, hashes, causations, correlations, events, guards = (
        zip(*chain.from_iterable(group.per_append for group in groups), strict=True)
    )
    event_ids, types, schema_versions, datas = _columns([row for group in groups for row in group.per_event], 4)
    guard_kinds, guard_ids, guard_versions, guard_events = _columns(
        [row for group in groups for row in group.per_guard], 4
    )
    random = os.urandom(16 * len(types))
    blinds = [blob(random[start : start + 16]) for start in range(0, len(random), 16)]
    return [
        texts(kinds),
        texts(ids),
        integers(expected),
        uuids(expected_events),
        texts(principals),
        texts(command_ids),
        blobs(hashes),
        texts(causations),
        texts(correlations),
        integers(group_starts),
        integers(events),
        integers(guards),
        uuids(event_ids),
        texts(types),
        smallints(schema_versions),
        texts(datas),
        blobs(blinds),
        texts(guard_kinds),
        texts(guard_ids),
        integers(guard_versions),
        uuids(guard_events),
    ]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> Iterable[Sequence[Any]]:
    return zip(*rows, strict=True) if rows else ((),) * width


def _keyed_hash(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, "sha256")


def _answer(group: _Group, rows: Sequence[Row]) -> list[Appended] | Exception:
    appended = []
    for index, (status, position, version, recorded_at, guard, actual, event) in enumerate(rows):
        match status:
            case "appended":
                last = group.last_events[index]
                event = None if last is None else UUID(bytes=last[-16:])
                appended.append(Appended(position, version, recorded_at.astimezone(UTC), event=event))
            case "done":
                appended.append(Appended(position, version, recorded_at.astimezone(UTC), repeated=True, event=event))
            case "group":
                continue
            case _:
                return _refusal(group.asked[index], index, status, guard, actual)
    return appended


def _refusal(append: Append, index: int, status: str, guard: int | None, actual: int | None) -> AppendRefused:
    match status, guard, actual:
        case "conflict", None, int():
            return StreamMoved(append.stream, append.expected_version, actual, index)
        case "guard", int(), int():
            return GuardFailed(append.guards[guard - 1], actual, index)
        case "reused", _, _:
            return CommandIdReused(append.command_id, index)
        case "clock", _, _:
            return ClockBehind("the clock stands more than 5 seconds behind the last event of the dossier", index)
        case _:
            raise AssertionError(f"append_to_log answered {status!r}")


def _failure(error: psycopg.Error) -> Exception:
    """What the database had against some groups: their content, its own state, or a mistake of ours."""
    said = error.diag.message_primary or str(error)
    if isinstance(error, (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)):
        return EventNotStorable(f"the database refuses it: {said}")
    if isinstance(error, (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)):
        return LogUnavailable(f"the log cannot be appended to: {said}")
    return error


def _recorded(dossier_id: str, row: Row) -> Recorded:
    return _read(_stored(dossier_id, row))


def _read(stored: Stored) -> Recorded:
    return Recorded._make((*stored[:5], decode(stored.type, stored.schema_version, stored.data), *stored[6:]))


def _stored(dossier_id: str, row: Row) -> Stored:
    position, event_id, kind, stream_id, *between, recorded_at, command_id, group, causation, correlation, blind = row
    then = recorded_at.astimezone(UTC)
    stream = StreamRef(kind, stream_id)
    return Stored._make(
        (dossier_id, position, event_id, stream, *between, then, command_id, group, causation, correlation, blind)
    )
