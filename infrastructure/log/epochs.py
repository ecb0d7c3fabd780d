"""The epochs of an installation: each begins where its log is another one than before, and pauses every webhook."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from application.ending import end
from infrastructure.log.witness import Witness

RESTORED = (
    "the log was restored, or a replica lagged: the receiver may have heard of events that are not in it any more. "
    "Resume to go on from here, or replay from the position from which it should hear again"
)
# Between looks while the database is away.
LOOK_AGAIN_S = 0.2

_LOCK = "lock table epochs in exclusive mode"
_GONE = """
    select seen.dossier_id, seen.position
    from unnest(%s::text[], %s::bigint[], %s::uuid[]) seen (dossier_id, position, id)
    left join events e on e.dossier_id = seen.dossier_id and e.position = seen.position
    where e.id is distinct from seen.id limit 1
"""
# The last that a restore puts in place. Before that nothing can be told of the log, and what is written is in its way.
_WHOLE = "select exists (select from pg_trigger where tgrelid = 'events'::regclass and tgname = 'never_changed')"
_BEGIN = "insert into epochs (home, because) values (%s, %s) returning epoch"
_PAUSE = """
    with active as materialized (
        select dossier_id, id from subscriptions where status = 'active' order by dossier_id, id for update
    )
    update subscriptions
    set status = 'paused', paused_for = 'restored', because = %s, next_attempt_at = null, version = version + 1
    where (dossier_id, id) in (select dossier_id, id from active) returning dossier_id, id, position
"""
# A server that was made anew has another identifier, a database that was made anew another number on it.
_HOME = """
    select (select system_identifier from pg_control_system()) || '/' || oid from pg_database
    where datname = current_database()
"""

log = structlog.get_logger("epochs")


class PausedSubscription(NamedTuple):
    """One that was told of the log before, up to `position` as the log has it now."""

    dossier_id: str
    id: str
    position: int


class Begun(NamedTuple):
    """A new epoch, and the subscriptions that were paused with it."""

    epoch: str
    paused: Sequence[PausedSubscription]


class RestoreUnderWay(Exception):
    """What is not there yet is not gone."""


class Epochs:
    """Begins a new epoch when this process finds that what it saw of a log is gone: once, however many find it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.witness = Witness(self.doubt)
        self._engine = _in_transactions(engine)
        # Those so far, the last one included: the log that this process saw.
        self._known: list[str] = []
        self._looking: asyncio.Task[None] | None = None
        self._again = False

    async def learn(self) -> None:
        async with self._engine.connect() as connection:
            self._known = await connection.run_sync(_all)

    def doubt(self) -> None:
        """The log may be another one: looks at once, and until the database answers."""
        self._again = True
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def settled(self) -> None:
        """Waits until no doubt is left, so that nothing of a new log is told as if it were the old one."""
        while self._looking is not None and not self._looking.done():
            await asyncio.wait([self._looking])

    async def close(self) -> None:
        await end([self._looking])

    async def _look(self) -> None:
        told = False
        while self._again:
            self._again = False
            try:
                await self._begin_if_gone()
            except Exception as error:
                if not told:
                    log.warning("epoch_in_doubt", error=f"{type(error).__name__}: {error}".splitlines()[0])
                self._again = told = True
                await asyncio.sleep(LOOK_AGAIN_S)

    async def _begin_if_gone(self) -> None:
        seen = self.witness.seen
        if not seen:
            return
        async with self._engine.begin() as connection:
            if not (await connection.exec_driver_sql(_WHOLE)).scalar_one():
                raise RestoreUnderWay("the database is being restored")
            asked = tuple(map(list, zip(*seen, strict=True)))
            gone: tuple[Any, ...] | None = (await connection.exec_driver_sql(_GONE, asked)).first()
            if gone is None:
                return
            await connection.exec_driver_sql(_LOCK)
            epochs, paused = await connection.run_sync(_all), 0
            if epochs[-1] in self._known:
                # Nobody has begun one since; a backup may also have brought back an older one.
                because = f"{gone[0]} has another event at {gone[1]} than it had, or none"
                begun = await connection.run_sync(_begin, because)
                epochs.append(begun.epoch)
                paused = len(begun.paused)
        self.witness.forget()
        self._known = epochs
        log.error("log_replaced", dossier=gone[0], position=gone[1], epoch=epochs[-1], paused=paused)


async def begin_epoch(engine: AsyncEngine, because: str) -> Begun:
    """A new one, since somebody says that the log is another."""
    async with _in_transactions(engine).begin() as connection:
        await connection.exec_driver_sql(_LOCK)
        return await connection.run_sync(_begin, because)


def begin_epoch_of_a_copy(connection: sqlalchemy.Connection) -> int | None:
    """A new one where the database is a copy, as a restored dump is, within the caller's transaction.

    Returns how many subscriptions were paused; None where it is no copy.
    """
    home = connection.exec_driver_sql(_HOME).scalar_one()
    was = connection.exec_driver_sql("select home from epochs order by number desc limit 1").scalar_one()
    if was is None:
        connection.exec_driver_sql("update epochs set home = %s where home is null", (home,))
        return None
    if was == home:
        return None
    connection.exec_driver_sql(_LOCK)
    because = "the database is a copy of another"
    paused = len(_begin(connection, because).paused)
    log.warning("epoch_begun", because=because, paused=paused)
    return paused


def _in_transactions(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(isolation_level="READ COMMITTED")


def _begin(connection: sqlalchemy.Connection, because: str) -> Begun:
    home = connection.exec_driver_sql(_HOME).scalar_one()
    epoch = connection.exec_driver_sql(_BEGIN, (home, because)).scalar_one()
    paused = [PausedSubscription._make(row) for row in connection.exec_driver_sql(_PAUSE, (RESTORED,))]
    return Begun(epoch, paused)


def _all(connection: sqlalchemy.Connection) -> list[str]:
    return list(connection.exec_driver_sql("select epoch from epochs order by number").scalars())
