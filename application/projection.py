"""Read models as pure folds: what a read model declares, and how its rows follow from events."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from typing_extensions import TypeVar

from application.event_log import EventLog, Recorded, Share
from application.read_ahead import ReadAhead
from domain.fact import Fact

StateT = TypeVar("StateT")
# The events of its kind of stream. Which those are follows from `stream_kind`, where all read models go together.
EventT = TypeVar("EventT", bound=Fact, contravariant=True, default=Any)

# A row is current while its `to_position` is this.
CURRENT = 2**63 - 1

RowKey = tuple[Any, ...]
RowValues = tuple[Any, ...]
# Per table name: the rows that a stream shows as, by what tells them apart within the stream.
Rows = Mapping[str, Mapping[RowKey, RowValues]]


class ReadModel(Protocol[StateT, EventT]):
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

    def fold(self, state: StateT | None, recorded: Recorded[EventT], time_zone: str) -> StateT:
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


class FoldRefused(Exception):
    """A read model cannot take an event: nothing of the dossier goes on past it until somebody looks."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position

    @classmethod
    def of(cls, read_model: str, recorded: Recorded, cause: Exception) -> "FoldRefused":
        return cls(
            f"{read_model} cannot take {recorded.event.type} at position {recorded.position} "
            f"({recorded.stream}): {type(cause).__name__}: {cause}",
            recorded.position,
        )


class RebuildDiscarded(Exception):
    """Somebody threw the rebuild away while it was under way."""


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
class RowDifference:
    """A row that stands in one of two builds only: `side` is `live` or `rebuilt`."""

    table: str
    stream_id: str
    side: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A build under way beside the live one, shared out among whoever works on it."""

    dossier_id: str
    model: ReadModel[Any]
    generation: int
    shares: int


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A rebuild, and how far each of its shares is. `live_position` is how far they have to come."""

    dossier_id: str
    read_model: str
    generation: int
    version: int
    switch: bool
    positions: Sequence[int]
    compared: int
    live_position: int
    moved_at: datetime
    refused: str | None


class ShareTurn(Protocol):
    """One transaction on one share of a rebuild, held by one worker at a time.

    The share has taken everything up to `position`; `live_position` is how far the live rows are.
    """

    share: Share
    position: int
    live_position: int
    compared: bool

    async def fold(self, batch: Sequence[Recorded], position: int) -> None:
        """Take the share's events up to `position`."""
        ...

    async def compare(self) -> None:
        """Keep where the rows of the share differ from the live ones, as of the share's position."""
        ...


class Rebuilds(Protocol):
    """The rebuilds under way, which any number of workers take part in."""

    async def begin(self, dossier_id: str, model: ReadModel[Any], *, switch: bool) -> Rebuild:
        """A new build beside the live one, or the one that was left unfinished, to go on with."""
        ...

    def turn(self, rebuild: Rebuild, preferred: int | None) -> AbstractAsyncContextManager[ShareTurn | None]:
        """Take a share that is not done and that nobody else works on, the `preferred` one if it is such a share.

        Leaving it by an exception undoes it; a refusal stops the rebuild until it is begun again.
        """
        ...

    async def finish(self, rebuild: Rebuild, log: EventLog) -> None:
        """If all shares are done: take the tail and serve the new build (or, not to switch, drop it). Once."""
        ...

    async def outcome(self, rebuild: Rebuild) -> Sequence[RowDifference] | None:
        """Where the finished build differed from the live one; None while it is under way.

        Raises:
            FoldRefused, RebuildDiscarded
        """
        ...


class RowStore(Protocol):
    """Where a dossier's read models are kept."""

    @property
    def rebuilds(self) -> Rebuilds: ...

    def turn(self, dossier_id: str) -> AbstractAsyncContextManager[Turn | None]:
        """Take a dossier's turn, unless another worker has it. Leaving it by an exception undoes it."""
        ...

    async def refuse(self, dossier_id: str, refusal: FoldRefused) -> None:
        """Keep that a dossier stands still, and why."""
        ...

    async def live_position(self, dossier_id: str) -> int:
        """The position up to which the live read models of a dossier have come."""
        ...

    async def grown(self, models: Sequence[ReadModel[Any]]) -> None:
        """Tell the planner how large the tables are by now."""
        ...


BATCH = 2000
# Shares of a rebuild that one worker has in hand at a time.
SIDE_BY_SIDE = 2
_LOOK_AGAIN_S = 0.05


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

    async def read(after: int, upto: int | None) -> list[Recorded]:
        return await log.read(dossier_id, after, batch_size, upto=upto)

    ahead = ReadAhead(read)
    try:
        while True:
            upto = refusal.position - 1 if refusal else None
            try:
                batch = await _take_batch(log, ahead, store, models, dossier_id, batch_size, upto)
            except RebuildDiscarded:
                # Whoever looks next begins it anew.
                return taken
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


async def _take_batch(
    log: EventLog,
    ahead: ReadAhead,
    store: RowStore,
    models: Sequence[ReadModel[Any]],
    dossier_id: str,
    batch_size: int,
    upto: int | None,
) -> Sequence[Recorded] | None:
    """The events taken; None if it was not to be our turn."""
    async with store.turn(dossier_id) as turn:
        # Builds of a later release are for its own workers to advance.
        if turn is None or turn.refused is not None or any(_outdoes(turn, model) for model in models):
            return None
        outdated = [model for model in models if not _serves(turn, model)]
        if not outdated:
            batch = await ahead.read(turn.position, upto)
            if not batch:
                return batch
            if len(batch) == batch_size:
                ahead.foretell(batch[-1].position, upto)
            for model in models:
                await turn.fold(model, turn.builds[model.name].generation, batch)
            await turn.advance(batch[-1].position)
    if outdated:
        for model in outdated:
            await rebuild(log, store, model, dossier_id)
        return await _take_batch(log, ahead, store, models, dossier_id, batch_size, upto)
    await _tell_growth(store, models, batch[0].position - 1, batch[-1].position)
    return batch


async def _tell_growth(store: RowStore, models: Sequence[ReadModel[Any]], before: int, after: int) -> None:
    """Each time a log has doubled, from a hundred events on."""
    if after >= 100 and before.bit_length() != after.bit_length():
        await store.grown(models)


def _outdoes(turn: Turn, model: ReadModel[Any]) -> bool:
    build = turn.builds.get(model.name)
    return build is not None and build.version > model.version


def _serves(turn: Turn, model: ReadModel[Any]) -> bool:
    build = turn.builds.get(model.name)
    return build is not None and build.version == model.version


async def rebuild(
    log: EventLog, store: RowStore, model: ReadModel[Any], dossier_id: str, *, switch: bool = True
) -> Sequence[RowDifference]:
    """Build a read model of a dossier anew beside the live one, compare, and serve the new one.

    A rebuild that was interrupted goes on where it was, and others may work on it too: it is told of when it is done.
    With `switch=False` nothing but the comparison remains, unless somebody asked for the same build to be served.
    Returns where the two differ: nowhere, unless the fold changed or the live rows were tampered with.

    Raises:
        FoldRefused: the read model cannot take an event; what is served stays as it is.
        RebuildDiscarded: somebody threw it away.
    """
    build = await store.rebuilds.begin(dossier_id, model, switch=switch)
    while True:
        await work_on(log, store, build)
        differences = await store.rebuilds.outcome(build)
        if differences is not None:
            return differences
        # Others have what is left. Should one of them die, its share is free again.
        await asyncio.sleep(_LOOK_AGAIN_S)


async def work_on(log: EventLog, store: RowStore, build: Rebuild) -> None:
    """Work on a rebuild for as long as it has a share that is free, and finish it if it was the last.

    On two shares at a time: while the database has the rows of one, we fold the events of the other.

    Raises:
        FoldRefused: the read model cannot take an event.
    """
    hands = [_work_on_shares(log, store, build) for _ in range(min(SIDE_BY_SIDE, build.shares))]
    # Whatever stops one stops the other at its next turn, at the latest: nothing goes on behind our back.
    for failure in await asyncio.gather(*hands, return_exceptions=True):
        if failure is not None:
            raise failure
    await store.rebuilds.finish(build, log)


async def _work_on_shares(log: EventLog, store: RowStore, build: Rebuild) -> None:
    async def read(share: Share, after: int, upto: int) -> list[Recorded]:
        return await log.read_share(build.dossier_id, share, after, upto, BATCH)

    ahead = ReadAhead(read)
    try:
        share: int | None = None
        while (taken := await _take_from_share(store, build, ahead, share)) is not None:
            share = taken
    finally:
        await ahead.close()


async def _take_from_share(store: RowStore, build: Rebuild, ahead: ReadAhead, preferred: int | None) -> int | None:
    """The share that took a batch; None if there was none to take."""
    window = BATCH * build.shares
    async with store.rebuilds.turn(build, preferred) as turn:
        if turn is None:
            return None
        # Never past what is served: the switch puts these rows in the place of those.
        before, live = turn.position, turn.live_position
        if before < live:
            upto = min(before + window, live)
            batch = await ahead.read(turn.share, before, upto)
            reached = batch[-1].position if len(batch) == BATCH else upto
            if reached < live:
                ahead.foretell(turn.share, reached, min(reached + window, live))
            await turn.fold(batch, reached)
        # At what was the end when the turn began: whoever waits for the end of a busy log never compares.
        if turn.position == live and not turn.compared:
            await turn.compare()
    if turn.share.number == 0:
        await _tell_growth(store, [build.model], before, turn.position)
    return turn.share.number
