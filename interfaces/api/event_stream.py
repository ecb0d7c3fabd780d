"""What an event stream is written as: the blocks of server-sent events, the same for every stream."""

from typing_extensions import TypedDict

from application.event_log import canonical
from application.following.places import BadCursor, CursorReset


class Reset(TypedDict):
    """The data of `reset`: the log is not the one that was followed, and begins anew after this."""

    reason: str


# How long a client waits before it comes back.
RETRY_MS = 1000


def block(cursor: str, type_: str, data: str) -> bytes:
    """One message. JSON holds no line break, so that its data is one line."""
    return f"id: {cursor}\nevent: {type_}\ndata: {data}\n\n".encode()


def opening(position: int) -> bytes:
    """The first that a client hears: a comment, and how soon to come back."""
    return f"retry: {RETRY_MS}\n: after {position}\n\n".encode()


def reset(refusal: BadCursor | CursorReset) -> bytes:
    """That the log is not the one that was followed, and begins anew."""
    data = canonical({"reason": refusal.message, **refusal.details})
    return f"retry: {RETRY_MS}\n".encode() + block("0", "reset", data)


def heartbeat(position: int, cursor: str, stands_still: str | None) -> bytes:
    """No event, since it has no data: a comment, and the place. `stands_still`: why there is no more, if so."""
    comment = f": stands still: {' '.join(stands_still.split())}\n" if stands_still else ""
    return f"{comment}: at {position}\nid: {cursor}\n\n".encode()
