"""Read models as pure folds: what a read model declares, and how its rows follow from events."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from application.event_log import EventLog, Recorded

StateT = TypeVar("StateT")

# A row is current while its `to_position` is this.
CURRENT = 2**63 - 1

RowKey = tuple[Any, ...]
RowValues = tuple[Any, ...]
# Per table name: the rows that a stream shows as, by what tells them apart within the stream.
Rows = Mapping[str, Mapping[RowKey, RowValues]]


class ReadModel(Protocol[StateT]):
    """Rows that follow from the events of one kind of stream.

    `version` rises with every change of the fold or of the rows: a dossier is then rebuilt beside and switched.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def stream_kind(self) -> str: ...

    @property
    def tables(self) -> Sequence["RowTable"]: ...

    def fold(self, state: StateT | None, recorded: Recorded, time_zone: str) -> StateT:
        """What the stream shows after an event."""
        ...

    def rows(self, state: StateT) -> Rows:
        """The rows that show it."""
        ...

    def state(self, stream_id: str, rows: Rows) -> StateT:
        """The state that these current rows show."""
        ...


@dataclass(frozen=True)
class RowTable:
    """A table of versioned rows: besides dossier, generation, stream id and the two positions, its own columns.

    `key` tells the rows of one stream apart; `values` are the rest. Both in the order of `RowKey` and `RowValues`.
    """

    name: str
    stream_id: str
    key: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(slots=True)
class RowVersion:
    """One version of one row: true from its first position up to, and without, its last."""

    key: RowKey
    values: RowValues
    from_position: int
    to_position: int = CURRENT
    stored: bool = False


class FoldRefused(Exception):
    """A read model cannot take an event: nothing of the dossier goes on past it until somebody looks."""

    def __init__(self, read_model: str, recorded: Recorded, cause: Exception) -> None:
        super().__init__(
            f"{read_model} cannot take {recorded.event.type} at position {recorded.position} "
            f"({recorded.stream}): {type(cause).__name__}: {cause}"
        )
        self.read_model = read_model
        self.position = recorded.position


class StreamRows(Generic[StateT]):
    """The rows of one stream while events are folded into it: which versions close, which open."""

    __slots__ = ("_model", "closed", "current", "state", "stream_id")

    def __init__(self, model: ReadModel[StateT], stream_id: str, current: Mapping[str, Sequence[RowVersion]]) -> None:
        self._model = model
        self.stream_id = stream_id
        self.current: dict[str, dict[RowKey, RowVersion]] = {
            table.name: {version.key: version for version in current.get(table.name, ())} for table in model.tables
        }
        self.closed: list[tuple[str, RowVersion]] = []
        held: Rows = {name: {v.key: v.values for v in rows.values()} for name, rows in self.current.items()}
        self.state: StateT | None = model.state(stream_id, held) if any(held.values()) else None

    def take(self, recorded: Recorded, time_zone: str) -> None:
        """Fold one event."""
        model, position = self._model, recorded.position
        try:
            self.state = model.fold(self.state, recorded, time_zone)
            after = model.rows(self.state)
        except Exception as cause:
            raise FoldRefused(model.name, recorded, cause) from cause
        for name, current in self.current.items():
            rows = after.get(name, {})
            if not current:
                current.update({key: RowVersion(key, values, position) for key, values in rows.items()})
                continue
            for key in [key for key in current if key not in rows]:
                self._close(name, current.pop(key), position)
            for key, values in rows.items():
                held = current.get(key)
                if held is None:
                    current[key] = RowVersion(key, values, position)
                elif held.values != values:
                    self._close(name, held, position)
                    current[key] = RowVersion(key, values, position)

    def _close(self, table: str, version: RowVersion, position: int) -> None:
        version.to_position = position
        self.closed.append((table, version))

    def to_insert(self, table: str) -> list[RowVersion]:
        """The versions of a table's rows that are not stored yet, closed ones among them; from now on they are."""
        new = [version for name, version in self.closed if name == table and not version.stored]
        if new:
            self.closed = [(name, version) for name, version in self.closed if name != table or version.stored]
        new += [version for version in self.current[table].values() if not version.stored]
        for version in new:
            version.stored = True
        return new


@dataclass(frozen=True, slots=True)
class Build:
    """Which build of a read model's rows: its generation, and the version of the fold that makes it."""

    generation: int
    version: int


class Turn(Protocol):
    """One transaction on a dossier's read models, held by one worker at a time."""

    position: int
    builds: Mapping[str, Build]
    time_zone: str
    refused: str | None

    async def fold(self, model: ReadModel[Any], generation: int, batch: Sequence[Recorded]) -> None: ...

    async def advance(self, position: int) -> None:
        """Say that all live read models have taken everything up to `position`."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that stands in one of two builds only: `side` is `live` or `rebuilt`."""

    table: str
    stream_id: str
    side: str
    row: Mapping[str, Any]


class RowStore(Protocol):
    """Where a dossier's read models are kept."""

    def turn(self, dossier_id: str) -> AbstractAsyncContextManager[Turn | None]:
        """Take a dossier's turn, unless another worker has it. Leaving it by an exception undoes it."""
        ...

    async def refuse(self, dossier_id: str, refusal: FoldRefused) -> None:
        """Keep that a dossier stands still, and why."""
        ...

    async def live_position(self, dossier_id: str) -> int:
        """The position up to which the live read models of a dossier have come."""
        ...

    async def begin_rebuild(self, dossier_id: str, model: ReadModel[Any]) -> "Rebuild":
        """A build beside the live one: a new one, or the one that was left unfinished."""
        ...

    async def step_rebuild(self, rebuild: "Rebuild", batch: Sequence[Recorded]) -> "Rebuild | None":
        """Take a batch, unless another worker did: how far the build is now. None once another has finished it."""
        ...

    async def finish_rebuild(self, rebuild: "Rebuild", log: EventLog, *, switch: bool) -> Sequence[Difference]:
        """Catch up to where the live rows are, compare, and serve the new build (or, not to switch, drop it)."""
        ...

    async def grown(self, models: Sequence[ReadModel[Any]]) -> None:
        """Tell the planner how large the tables are by now."""
        ...


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A build under way beside the live one, and how far it is."""

    dossier_id: str
    model: ReadModel[Any]
    generation: int
    version: int
    position: int
    time_zone: str


BATCH = 2000


async def catch_up(
    log: EventLog,
    store: RowStore,
    models: Sequence[ReadModel[Any]],
    dossier_id: str,
    *,
    batch_size: int = BATCH,
    on_batch: Callable[[Sequence[Recorded]], None] = lambda batch: None,
) -> int:
    """Bring all read models of a dossier to the end of its log, together. Returns the events taken.

    `on_batch` hears of each batch once it is there for good.

    Nothing happens while another worker is at it, or while a read model refuses an event.
    """
    taken = 0
    refusal: FoldRefused | None = None
    ahead = ReadAhead(log, dossier_id, batch_size)
    try:
        while True:
            ahead.upto = refusal.position - 1 if refusal else None
            try:
                batch = await _take_batch(log, ahead, store, models, dossier_id)
            except FoldRefused as refused:
                if refusal is not None and refused.position >= refusal.position:
                    # It is a rebuild that cannot take it: what is served stays as it is.
                    await store.refuse(dossier_id, refused)
                    return taken
                # All before the refused event is still taken; the dossier then stands still in front of it.
                refusal = refused
                continue
            if batch is None:
                # Whoever has the turn comes to the refused event too.
                return taken
            if not batch:
                if refusal is not None:
                    await store.refuse(dossier_id, refusal)
                return taken
            taken += len(batch)
            on_batch(batch)
    finally:
        await ahead.close()


class ReadAhead:
    """Reads the next batch of a log while the one before it is written: the database and we work side by side."""

    def __init__(self, log: EventLog, dossier_id: str, batch_size: int) -> None:
        self._log = log
        self._dossier_id = dossier_id
        self._batch_size = batch_size
        self._next: tuple[int, asyncio.Task[list[Recorded]]] | None = None
        self.upto: int | None = None

    async def after(self, position: int) -> list[Recorded]:
        """At most a batch of events after `position`, not past `upto`."""
        batch = await self._taken(position)
        if self.upto is not None:
            batch = [recorded for recorded in batch if recorded.position <= self.upto]
        if len(batch) == self._batch_size:
            last = batch[-1].position
            self._next = last, asyncio.create_task(self._log.read(self._dossier_id, last, self._batch_size))
        return batch

    async def _taken(self, position: int) -> list[Recorded]:
        if self._next is not None:
            read_after, task = self._next
            self._next = None
            if read_after == position:
                return await task
            await _dropped(task)
        return await self._log.read(self._dossier_id, position, self._batch_size, upto=self.upto)

    async def close(self) -> None:
        if self._next is not None:
            await _dropped(self._next[1])
            self._next = None


async def _dropped(task: "asyncio.Task[list[Recorded]]") -> None:
    task.cancel()
    await asyncio.wait([task])


async def _take_batch(
    log: EventLog, ahead: ReadAhead, store: RowStore, models: Sequence[ReadModel[Any]], dossier_id: str
) -> Sequence[Recorded] | None:
    """The events taken; None if it was not to be our turn."""
    async with store.turn(dossier_id) as turn:
        # Builds of a later release are for its own workers to advance.
        if turn is None or turn.refused is not None or any(_outdoes(turn, model) for model in models):
            return None
        outdated = [model for model in models if not _serves(turn, model)]
        if not outdated:
            batch = await ahead.after(turn.position)
            if not batch:
                return batch
            for model in models:
                await turn.fold(model, turn.builds[model.name].generation, batch)
            await turn.advance(batch[-1].position)
    if outdated:
        for model in outdated:
            await rebuild(log, store, model, dossier_id)
        return await _take_batch(log, ahead, store, models, dossier_id)
    await _tell_growth(store, models, batch)
    return batch


async def _tell_growth(store: RowStore, models: Sequence[ReadModel[Any]], batch: Sequence[Recorded]) -> None:
    """Each time a log has doubled, from a thousand events on."""
    before, after = batch[0].position - 1, batch[-1].position
    if after >= 1000 and before.bit_length() != after.bit_length():
        await store.grown(models)


def _outdoes(turn: Turn, model: ReadModel[Any]) -> bool:
    build = turn.builds.get(model.name)
    return build is not None and build.version > model.version


def _serves(turn: Turn, model: ReadModel[Any]) -> bool:
    build = turn.builds.get(model.name)
    return build is not None and build.version == model.version


async def rebuild(
    log: EventLog,
    store: RowStore,
    model: ReadModel[Any],
    dossier_id: str,
    *,
    switch: bool = True,
    on_progress: Callable[[int], None] = lambda position: None,
) -> Sequence[Difference]:
    """Build a read model of a dossier anew beside the live one, compare, and serve the new one.

    A rebuild that was interrupted goes on where it was. With `switch=False` nothing but the comparison remains.
    Returns where the two differ: nowhere, unless the fold changed or the live rows were tampered with.
    """
    build = await store.begin_rebuild(dossier_id, model)
    ahead = ReadAhead(log, dossier_id, BATCH)
    try:
        # Never past what is served: the switch puts these rows in the place of those.
        ahead.upto = await store.live_position(dossier_id)
        while batch := await ahead.after(build.position):
            stepped = await store.step_rebuild(build, batch)
            if stepped is None:
                return []
            build = stepped
            on_progress(build.position)
            await _tell_growth(store, [model], batch)
            ahead.upto = await store.live_position(dossier_id)
    finally:
        await ahead.close()
    return await store.finish_rebuild(build, log, switch=switch)
