"""What this process saw of each log, to notice that one is another by now: restored, or of a replica that lagged."""

from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

# The logs that were seen last. Whoever looks after a restore asks for all of them at once.
REMEMBERED_LOGS = 1_000


class Witness:
    """The last event of each log that this process saw. `on_doubt` hears where a log seems to be another one."""

    def __init__(self, on_doubt: Callable[[], None] = lambda: None, limit: int = REMEMBERED_LOGS) -> None:
        self._on_doubt = on_doubt
        self._limit = limit
        self._seen: OrderedDict[str, tuple[int, UUID]] = OrderedDict()

    def saw(self, dossier_id: str, position: int, event: UUID) -> None:
        """An event that is in the log for good."""
        before = self._seen.get(dossier_id)
        if before is not None and position <= before[0]:
            if position == before[0] and event != before[1]:
                self._on_doubt()
            return
        self._seen[dossier_id] = (position, event)
        self._seen.move_to_end(dossier_id)
        if len(self._seen) > self._limit:
            self._seen.popitem(last=False)

    def position(self, dossier_id: str) -> int:
        """How far a log was seen; 0 if it was not."""
        seen = self._seen.get(dossier_id)
        return 0 if seen is None else seen[0]

    def ends_at(self, dossier_id: str, position: int, seen_before: int) -> None:
        """Where a log ends, told by a statement that was sent when it had been seen as far as `seen_before`.

        What was seen while the statement was under way says nothing of its answer.
        """
        if position < seen_before:
            self._on_doubt()

    @property
    def seen(self) -> list[tuple[str, int, UUID]]:
        """(dossier, position, id of the event there), one for each log."""
        return [(dossier_id, *place) for dossier_id, place in self._seen.items()]

    def forget(self) -> None:
        """What was seen was another log."""
        self._seen.clear()
