"""Where a command ended."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from domain.events import Event
from domain.fields import StreamRef
from domain.second_looks import SecondLook


class Outcome(NamedTuple):
    """Where a command ended. Without `changed`, the record already said so. `state` is the item's after it."""

    stream: StreamRef
    version: int
    position: int
    changed: bool
    # The id of the stream's last event after it; None where that is not known.
    event: UUID | None = None
    # Answered from an earlier try of the same command: nothing was done now.
    repeated: bool = False
    events: Sequence[Event] = ()
    second_looks: Sequence[SecondLook] = ()
    state: Any = None
