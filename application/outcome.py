"""Where a command ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.events import Event
from domain.fields import StreamRef
from domain.second_looks import SecondLook


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a command ended. Without `changed`, the record already said so. `state` is the item's after it."""

    stream: StreamRef
    version: int
    position: int
    changed: bool
    events: Sequence[Event] = ()
    second_looks: Sequence[SecondLook] = ()
    state: Any = None
