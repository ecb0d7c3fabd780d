"""How groups of appends go to `append_to_log`, the one function of the database that appends, and what it answers."""

import hmac
import os
from collections.abc import Iterable, Sequence
from datetime import UTC
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from application.event_log import (
    Append,
    Appended,
    AppendRefused,
    ClockBehind,
    CommandIdReused,
    EventNotStorable,
    GuardFailed,
    LogUnavailable,
    StreamMoved,
)
from infrastructure.database import DATABASE_AWAY
from infrastructure.log.codec import encode
from infrastructure.log.connections import Row
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

APPEND = """
    select status, position, version, recorded_at, guard, actual, event
    from append_to_log(
        %s, %b::text[], %b::text[], %b::int[], %b::uuid[], %b::text[], %b::text[], %b::bytea[], %b::text[],
        %b::text[], %b::int[], %b::int[], %b::int[], %b::uuid[], %b::text[], %b::smallint[], %b::text[], %b::bytea[],
        %b::text[], %b::text[], %b::int[], %b::uuid[]
    )
"""


class PackedGroup(NamedTuple):
    """A group, ready to be sent: its elements in binary, column by column when they are joined."""

    asked: Sequence[Append]
    appends: int
    size_bytes: int
    per_append: list[tuple[Any, ...]]
    per_event: list[tuple[bytes, bytes, int, bytes]]
    per_guard: list[tuple[bytes, bytes, int | None, bytes]]
    # The last event of each append, as bytes; None of one without events.
    last_events: list[bytes | None]


def packed(group: Sequence[Append], key: bytes) -> PackedGroup:
    """A group of one dossier; `key` hashes what its commands asked for.

    Raises:
        EventNotStorable: it holds a text that is none.
    """
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
                    blob(keyed_hash(key, append.command_content)),
                    element(append.causation_id),
                    element(append.correlation_id),
                    len(append.events),
                    len(append.guards),
                )
            )
    except UnicodeEncodeError as error:
        raise EventNotStorable(f"the text cannot be stored: {error.reason}", len(per_append)) from error
    size_bytes = sum(len(data) for *_, data in per_event)
    return PackedGroup(group, len(group), size_bytes, per_append, per_event, per_guard, last_events)


def arrays(groups: Sequence[PackedGroup]) -> list[Array]:
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


def keyed_hash(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, "sha256")


def answer_of(group: PackedGroup, rows: Sequence[Row]) -> list[Appended] | Exception:
    """What the rows of a group say: where each append ended, or why nothing was appended."""
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


def failure_of(error: psycopg.Error) -> Exception:
    """What the database had against some groups: their content, its own state, or a mistake of ours."""
    said = error.diag.message_primary or str(error)
    if isinstance(error, (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)):
        return EventNotStorable(f"the database refuses it: {said}")
    if isinstance(error, DATABASE_AWAY):
        return LogUnavailable(f"the log cannot be appended to: {said}")
    return error
