"""Whether a log is as appends leave it: dense, in order, readable, with a head and a command for all of it."""

from collections.abc import AsyncIterator
from typing import LiteralString

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from application.event_log import EventLog, Stored
from infrastructure.log.codec import STORED_TYPES, decode

# Of each sort so many are told; the first says where to look.
MOST_OF_A_SORT = 5
_AT_ONCE = 1_000

# Each finds what is wrong with one dossier, in words, in the order of the log.
_FAULTS: tuple[LiteralString, ...] = (
    # Density.
    """
    select 'positions ' || before + 1 || ' to ' || position - 1 || ' are missing' from (
        select position, lag(position, 1, 0::bigint) over (order by position) as before
        from events where dossier_id = :dossier
    ) e where position > before + 1 order by position limit :most
    """,
    # The versions of each stream.
    """
    select stream_kind || '/' || stream_id || ' has version ' || version || ' at position ' || position
        || ', where version ' || nth || ' should be'
    from (
        select *, row_number() over (partition by stream_kind, stream_id order by position) as nth
        from events where dossier_id = :dossier
    ) e where version <> nth order by position limit :most
    """,
    # Times.
    """
    select 'position ' || position || ' was recorded before the one in front of it' from (
        select position, recorded_at, lag(recorded_at) over (order by position) as before
        from events where dossier_id = :dossier
    ) e where recorded_at < before order by position limit :most
    """,
    # Groups: each begins with one of its own.
    """
    select 'position ' || e.position || ' belongs to a group that does not begin at ' || e.group_position from events e
    where e.dossier_id = :dossier and not exists (
        select from events g where g.dossier_id = e.dossier_id and g.position = e.group_position
            and g.group_position = g.position and g.position <= e.position
    ) order by e.position limit :most
    """,
    # Heads.
    """
    select 'the head stands at ' || h.position || ', and the log ends at ' || coalesce(e.position, 0)
    from heads h left join lateral (
        select position from events where dossier_id = h.dossier_id order by position desc limit 1
    ) e on true where h.dossier_id = :dossier and h.position <> coalesce(e.position, 0)
    union all
    select 'the head is older than the last event' from heads h
    where h.dossier_id = :dossier and exists (
        select from events e where e.dossier_id = h.dossier_id and e.position = h.position
            and e.recorded_at > h.recorded_at
    )
    union all
    select 'there is no head' where not exists (select from heads where dossier_id = :dossier)
    """,
    # Commands: each event's, and none that ends beyond the log.
    """
    select 'the command of position ' || e.position || ' is not remembered' from events e
    where e.dossier_id = :dossier and not exists (
        select from commands c where c.dossier_id = e.dossier_id and c.principal = e.principal
            and c.command_id = e.command_id
    ) order by e.position limit :most
    """,
    """
    select 'a command was answered with position ' || c.position || ', which the log does not reach'
    from commands c join heads h using (dossier_id)
    where c.dossier_id = :dossier and c.position > h.position order by c.position limit :most
    """,
)


async def faults_of(engine: AsyncEngine, log: EventLog, dossier_id: str) -> AsyncIterator[str]:
    """What is wrong with the log of a dossier, in words; nothing where all is as appends leave it."""
    for query in _FAULTS:
        async with engine.connect() as connection:
            rows = (await connection.execute(text(query), {"dossier": dossier_id, "most": MOST_OF_A_SORT})).all()
        for (fault,) in rows:
            yield fault
    told, after = 0, 0
    while events := await log.stored(dossier_id, after, _AT_ONCE):
        after = events[-1].position
        for unreadable in filter(None, map(_unreadable, events)):
            told += 1
            if told <= MOST_OF_A_SORT:
                yield unreadable


def _unreadable(event: Stored) -> str | None:
    if event.type not in STORED_TYPES:
        return f"position {event.position} is a {event.type!r}, which this release does not know"
    try:
        decode(event.type, event.schema_version, event.data)
    except Exception as error:
        return f"position {event.position} ({event.type}) cannot be read: {type(error).__name__}"
    return None
