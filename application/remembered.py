"""The streams that this process saw last, to decide on without asking the log again."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from domain.fields import StreamRef

REMEMBERED_STREAMS = 20_000


class SeenStream(NamedTuple):
    """A stream as it stands. `event` is the id of its last one; None of what is decided and not yet appended."""

    version: int
    state: Any
    event: UUID | None = None


NOTHING = SeenStream(0, None)


class Remembered:
    """The streams that this process saw last. May be behind the log: guards notice."""

    def __init__(self, limit: int = REMEMBERED_STREAMS) -> None:
        self._limit = limit
        self._seen: OrderedDict[tuple[str, StreamRef], SeenStream] = OrderedDict()

    def get(self, dossier_id: str, stream: StreamRef) -> SeenStream | None:
        seen = self._seen.get((dossier_id, stream))
        if seen is not None:
            self._seen.move_to_end((dossier_id, stream))
        return seen

    def put(self, dossier_id: str, stream: StreamRef, seen: SeenStream) -> None:
        key = (dossier_id, stream)
        held = self._seen.get(key)
        if held is None or held.version <= seen.version:
            self._seen[key] = seen
            self._seen.move_to_end(key)
            if len(self._seen) > self._limit:
                self._seen.popitem(last=False)

    def forget_all(self) -> None:
        """The log may be another one by now."""
        self._seen.clear()

    def forget(self, dossier_id: str, streams: Iterable[StreamRef]) -> None:
        for stream in streams:
            self._seen.pop((dossier_id, stream), None)
