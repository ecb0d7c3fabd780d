"""A place in one log, and whether a log still is the one that it was a place in."""

from typing import NamedTuple

from application.event_log import EventLog
from domain.errors import DomainError


class BadCursor(DomainError):
    code = "bad_cursor"


class CursorReset(DomainError):
    """The log is not the one that the cursor was read from: it was restored, or a replica lagged."""

    code = "cursor_reset"


class LogPlace(NamedTuple):
    """A place in one log: after the event with this cursor."""

    position: int
    cursor: str


START = LogPlace(0, "0")


async def place_of(log: EventLog, dossier_id: str, cursor: str) -> LogPlace:
    """Where a cursor, or a bare position, is in the log.

    Raises:
        BadCursor: it is neither.
        CursorReset: the log is not the one that it was read from.
    """
    digits, _, digest = cursor.partition(".")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 18:
        raise BadCursor(f"{cursor!r} is not a cursor: a position, or <position>.<8 hex>", field="after")
    position = int(digits)
    if position == 0 and not digest:
        return START
    there = await log.stored(dossier_id, position - 1, 1, upto=position)
    if not there or (digest and there[0].cursor != cursor):
        raise await reset(log, dossier_id, cursor)
    return LogPlace(position, there[0].cursor)


async def reset(log: EventLog, dossier_id: str, cursor: str) -> CursorReset:
    """What to raise where the log is not the one that a cursor was read from."""
    head = await log.head(dossier_id)
    return CursorReset(
        f"the log is not the one that {cursor} was read from: it ends at {head}, or holds another event there. "
        "Begin anew from 0",
        head=head,
    )
