"""What everybody who follows a dossier rests on: its log, how far its read models are, what they say, and wake-ups."""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from application.event_log import EventLog
from application.reading import Pictures, Reading
from application.touch import Touch
from application.watch import Scope, Watched

# A finding as JSON. Two are the same if they tell the same, in whatever order: no position, no age and no version of an
# item is part of them.
Finding = dict[str, Any]


class FollowedRows(Protocol):
    """What the read models say of a stretch of the log, and of a question that is watched."""

    async def touched(self, reading: Reading, after: int, *, beside: bool = False, around: bool = False) -> list[Touch]:
        """A `Touch` for every event at positions `after < position <= reading.position`, whatever the clocks.

        Without `around` the facets do not tell what their places lie in; without `beside` there are no related claims.
        """
        ...

    async def scope_of(self, reading: Reading, after: int, watched: Watched) -> Scope:
        """What a watched question was about at any position from `after` to that of the reading."""
        ...

    async def finding(self, reading: Reading, watched: Watched) -> Finding | None:
        """The answer to a watched question by the reading's clocks; None where the item it is about is not there."""
        ...


class Wakeups(Protocol):
    """Hints that it is worth while to look. A lost or doubled one costs time, never a fact."""

    def next_move(self, dossier_id: str) -> asyncio.Event:
        """What is set once the dossier's log may have moved after now."""
        ...

    def next_advance(self, dossier_id: str) -> asyncio.Event:
        """What is set once the dossier's read models may have advanced after now."""
        ...


@dataclass(frozen=True, slots=True)
class Followable:
    log: EventLog
    pictures: Pictures
    rows: FollowedRows
    wakeups: Wakeups
