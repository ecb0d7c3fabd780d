"""The event log in PostgreSQL: batches of appends for `append_to_log`, and the log's reads."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

import psycopg
import structlog
from sqlalchemy.event import listen
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from application.event_log import (
    Append,
    Appended,
    CommandIdReused,
    EventNotStorable,
    FutureMoment,
    LogUnavailable,
    Recorded,
    Share,
    Stored,
)
from domain.fields import StreamRef
from domain.grants import INSTALLATION
from domain.when import moment_text
from infrastructure import measures, traces
from infrastructure.database import NoAnswer, Waits
from infrastructure.log.appending import APPEND, PackedGroup, answer_of, arrays, failure_of, keyed_hash, packed
from infrastructure.log.codec import decode
from infrastructure.log.connections import ConnectionLost, Connections, Row, execute, persistently
from infrastructure.log.group_commit import GroupCommit
from infrastructure.log.witness import Witness

OnAppended = Callable[[str, int], Awaitable[None] | None]

_LAST_POSITION = 2**63 - 1
# Whoever is not told that a dossier moved looks by itself.
_TOLD_WITHIN_S = 2.0

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
_STRETCHES = f"""
    select {_RECORDED}
    from unnest(%s::text[], %s::text[], %s::int[], %s::int[]) as s (kind, id, first, last), lateral (
        select * from events
        where dossier_id = %s and stream_kind = s.kind and stream_id = s.id and version between s.first and s.last
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
        self._commits: GroupCommit[PackedGroup, list[Appended]] = GroupCommit(
            self._commit, waits.pool_s + waits.answer_s
        )
        self._on_appended = on_appended
        self._witness = witness or Witness()
        self._wake_ups: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Waits for what is under way. The engine stays open: it is the caller's."""
        await self._commits.finish()
        if self._wake_ups:
            await asyncio.wait(self._wake_ups, timeout=_TOLD_WITHIN_S)
        await self._appending.close()
        await self._dating.close()

    async def append(self, group: Sequence[Append]) -> list[Appended]:
        if not group:
            return []
        dossier_id = group[0].dossier_id
        with traces.span("append", [append.correlation_id for append in group], {"dossier": dossier_id}):
            return await self._commits.submit(dossier_id, packed(group, self._key))

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

    async def stretches(
        self, dossier_id: str, wanted: Mapping[StreamRef, tuple[int, int]]
    ) -> Mapping[StreamRef, list[Recorded]]:
        found: dict[StreamRef, list[Recorded]] = {stream: [] for stream in wanted}
        named = [stream.kind for stream in wanted], [stream.id for stream in wanted]
        versions = [first for first, _ in wanted.values()], [last for _, last in wanted.values()]
        for row in await self._fetch(_STRETCHES, (*named, *versions, dossier_id)):
            recorded = _recorded(dossier_id, row)
            found[recorded.stream].append(recorded)
        return found

    async def answers(self, dossier_id: str, principal: str, commands: Mapping[str, bytes]) -> Mapping[str, Appended]:
        rows = await self._fetch(_ANSWERS, (dossier_id, principal, list(commands)))
        for command_id, content_hash, *_ in rows:
            if content_hash != keyed_hash(self._key, commands[command_id]):
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
        seen_before = self._witness.position(dossier_id)
        rows = await self._fetch("select position from heads where dossier_id = %s", (dossier_id,))
        head = rows[0][0] if rows else 0
        self._witness.ends_at(dossier_id, head, seen_before)
        return int(head)

    async def heads(self) -> Mapping[str, int]:
        query: LiteralString = "select dossier_id, position from heads where position > 0 and dossier_id <> %s"
        return {row[0]: row[1] for row in await self._fetch(query, (INSTALLATION,))}

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

    async def _commit(self, dossier_id: str, groups: Sequence["PackedGroup"]) -> Sequence[list[Appended] | Exception]:
        params = (dossier_id, *arrays(groups))
        begun, seen_before = time.perf_counter(), self._witness.position(dossier_id)
        try:
            rows = await self._appending.ask(APPEND, params)
        except LogUnavailable:
            measures.commits_failed.inc()
            raise
        except psycopg.Error as error:
            measures.commits_failed.inc()
            failure = failure_of(error)
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
            answers.append(answer_of(group, rows[start : start + group.appends]))
            start += group.appends
        self._note(dossier_id, answers, seen_before)
        if self._on_appended:
            reached = max((position for status, position, *_ in rows if status == "appended"), default=None)
            if reached is not None:
                self._wake(self._on_appended, dossier_id, reached)
        return answers

    def _note(self, dossier_id: str, answers: Sequence[list[Appended] | Exception], seen_before: int) -> None:
        """What was appended just now: no log that is still the same ended after it."""
        appended = [each for answer in answers if isinstance(answer, list) for each in answer if not each.repeated]
        last = max(appended, key=lambda each: each.position, default=None)
        if last is not None and last.event is not None:
            self._witness.ends_at(dossier_id, last.position, seen_before)
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
