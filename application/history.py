"""The account of an item: every event, who, when and why, with what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from application.changes import Change, item_changes
from application.claim_changes import claim_changes
from application.event_log import Recorded
from application.stream_kinds import STREAM_KINDS


@dataclass(frozen=True, slots=True)
class Entry:
    """One event with what it changed; `before` and `after` are the states of the stream."""

    recorded: Recorded
    reason: str | None
    changes: Sequence[Change]
    before: Any
    after: Any


def history(kind: str, events: Sequence[Recorded], before: Any = None) -> list[Entry]:
    """The entries of one stream of a kind, oldest first; `before` is its state before the first of them."""
    told = claim_changes if kind == "claim" else item_changes
    entries = []
    for recorded in events:
        after = STREAM_KINDS[kind].evolve(before, recorded.event)
        reason = getattr(recorded.event, "reason", None)
        entries.append(Entry(recorded, reason, list(told(before, after)), before, after))
        before = after
    return entries
