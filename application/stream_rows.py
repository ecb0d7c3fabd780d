"""What becomes of rows while a batch of events is folded: which versions close, which open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from application.event_log import Recorded
from application.projection import CURRENT, FoldRefused, ReadModel, RowKey, Rows, RowTable, RowValues

StateT = TypeVar("StateT")


@dataclass(slots=True)
class RowVersion:
    """One version of one row: true from its first position up to, and without, its last."""

    stream_id: str
    key: RowKey
    values: RowValues
    from_position: int
    to_position: int = CURRENT
    stored: bool = False


class RowChanges:
    """The versions of rows that are not stored yet, and those stored ones that have closed since; by table."""

    def __init__(self, tables: Sequence[RowTable]) -> None:
        self._opened: dict[str, list[RowVersion]] = {table.name: [] for table in tables}
        self.closed: dict[str, list[RowVersion]] = {table.name: [] for table in tables}

    def open(self, table: str, version: RowVersion) -> None:
        self._opened[table].append(version)

    def close(self, table: str, version: RowVersion, position: int) -> None:
        version.to_position = position
        if version.stored:
            self.closed[table].append(version)

    def to_insert(self, table: str) -> list[RowVersion]:
        """The versions of a table's rows that are to be stored, as they are by now. Their streams take no more."""
        new, self._opened[table] = self._opened[table], []
        return new


class StreamRows(Generic[StateT]):
    """The current rows of one stream while events are folded into it."""

    __slots__ = ("_changes", "_current", "_model", "_state", "_stream_id")

    def __init__(
        self, model: ReadModel[StateT], stream_id: str, current: Iterable[tuple[str, RowVersion]], changes: RowChanges
    ) -> None:
        self._model = model
        self._stream_id = stream_id
        self._changes = changes
        # Tables without a row are not in it: of most streams, most tables are empty.
        self._current: dict[str, dict[RowKey, RowVersion]] = {}
        for table, version in current:
            self._current.setdefault(table, {})[version.key] = version
        self._state: StateT | None = model.state(stream_id, self._held()) if self._current else None

    def _held(self) -> Rows:
        return {
            table.name: {key: version.values for key, version in self._current.get(table.name, {}).items()}
            for table in self._model.tables
        }

    def take(self, recorded: Recorded, time_zone: str) -> None:
        """Fold one event."""
        model = self._model
        try:
            self._state = model.fold(self._state, recorded, time_zone)
            after = model.rows(self._state)
        except Exception as cause:
            raise FoldRefused.of(model.name, recorded, cause) from cause
        for table in model.tables:
            rows, current = after.get(table.name), self._current.get(table.name)
            if rows or current:
                self._replace(table.name, current or {}, rows or {}, recorded.position)

    def _replace(
        self, table: str, current: dict[RowKey, RowVersion], rows: Mapping[RowKey, RowValues], position: int
    ) -> None:
        """Make the current rows of a table what they are from a position on."""
        if current:
            for key in [key for key in current if key not in rows]:
                self._changes.close(table, current.pop(key), position)
        for key, values in rows.items():
            held = current.get(key)
            if held is not None:
                if held.values == values:
                    continue
                self._changes.close(table, held, position)
            current[key] = version = RowVersion(self._stream_id, key, values, position)
            self._changes.open(table, version)
        self._current[table] = current
