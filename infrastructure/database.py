"""The PostgreSQL database: how each connection is opened, its engine, the metadata of its tables, its migrations."""

import asyncio
import os
import select
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import sqlalchemy.exc
from alembic import command
from alembic.config import Config
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, ExceptionContext, MetaData, create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from application.event_log import LogUnavailable
from infrastructure.log.epochs import begin_epoch_of_a_copy
from infrastructure.log.rights import restore_rights

# Constraints have names, so that a migration can name them.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Those of psycopg's `InternalError` where nothing is wrong inside: no writes are taken, or a transaction took too long.
_GOING_AWAY = (
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
)

# What a database that is away, or going away under a question, is told by.
DATABASE_AWAY: tuple[type[Exception], ...] = (
    LogUnavailable,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    *_GOING_AWAY,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
)


def took_too_long(error: BaseException | None) -> bool:
    """Whether the server was there and ended a statement; psycopg counts that among what tells that it is away."""
    given = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error
    return isinstance(given, psycopg.errors.QueryCanceled)


MIGRATIONS = Path(__file__).parents[1] / "migrations"
# Some milliseconds of the widest.
_ROWS_AT_ONCE = 2_000
# Any number that nobody else takes: migrations that start together go one after the other.
_MIGRATION_LOCK = 0x6B726F6E69656B


RV = TypeVar("RV")


@dataclass(frozen=True, slots=True)
class Waits:
    """How long is waited for the database, in seconds; whoever waited so long is told that it is away.

    `answer_s` is for each answer, from a server that hangs too; a statement is ended by the server a little before.
    A transaction that does nothing for `idle_in_transaction_s` is ended by the server: whoever hangs in it holds
    nothing of others for longer.
    """

    answer_s: float
    lock_s: float
    pool_s: float = 2.0
    connect_s: int = 3
    idle_in_transaction_s: float = 15.0


# Somebody waits for the answer, and is told within 10 s: for a place in the pool, and for the answer.
ASKED = Waits(answer_s=7.0, lock_s=5.0)
# Nobody waits: batches, builds and what an operator asks for may take their time.
WORKING = Waits(answer_s=120.0, lock_s=10.0, pool_s=10.0)
# An index over a large log takes long, and so does whoever migrates before us.
MIGRATING = Waits(answer_s=3600.0, lock_s=600.0)
# What decides how a text, a moment or a name is understood. A role's or a database's own setting is none of ours.
_SURROUNDINGS: dict[str, object] = {
    "client_encoding": "UTF8",
    "search_path": "public",
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": 1,
    "standard_conforming_strings": "on",
    "default_transaction_isolation": "read committed",
}
# What the server tells of itself at once; PgBouncer and its like answer for it.
_SAID_BACK = {"client_encoding": "UTF8", "TimeZone": "UTC", "DateStyle": "ISO", "standard_conforming_strings": "on"}
_HOW_TO_PROVE_IT = frozenset(
    {
        "PGPASSWORD", "PGPASSFILE", "PGSSLMODE", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGSSLCRL", "PGSSLCRLDIR",
        "PGSSLNEGOTIATION", "PGSSLMINPROTOCOLVERSION", "PGSSLMAXPROTOCOLVERSION", "PGCHANNELBINDING", "PGREQUIREAUTH",
        "PGGSSENCMODE", "PGKRBSRVNAME", "PGGSSLIB", "PGGSSDELEGATION",
    }
)  # fmt: skip
# A table that somebody else does not let go of holds up all questions behind us.
_MIGRATION_LOCK_WITHIN_S = 60
# The server ends a statement so much before we stop waiting, so that its connection is good for the next.
_BEFORE_S = 0.5


def opening(url: URL, waits: Waits, application: str = "kroniek") -> dict[str, Any]:
    """What every connection is opened with, whoever opens it: parameters of libpq, beside those of its address."""
    _forget_the_environment(url)
    ours = {
        **_SURROUNDINGS,
        # A plan made for one dossier rests on what the statistics know of it: of a new one nothing, and the plan
        # is then one for an empty table. The plan for any dossier knows how large they are, and is made once.
        "plan_cache_mode": "force_generic_plan",
        "statement_timeout": _ms(waits.answer_s - _BEFORE_S),
        "lock_timeout": _ms(waits.lock_s),
        "idle_in_transaction_session_timeout": _ms(waits.idle_in_transaction_s),
        # The server notices a client whose machine is gone, as we notice one of its own.
        "tcp_keepalives_idle": 10,
        "tcp_keepalives_interval": 5,
        "tcp_keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }
    given = url.query.get("options", "")
    options = [given if isinstance(given, str) else " ".join(given)]
    return {
        "application_name": application,
        "client_encoding": "UTF8",
        "connect_timeout": waits.connect_s,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
        "options": " ".join([*options, *(f"-c {name}={_escaped(value)}" for name, value in ours.items())]).strip(),
    }


def _escaped(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace(" ", "\\ ")


def _forget_the_environment(url: URL) -> None:
    """The address says where the database is and how it is spoken to: what libpq would take from elsewhere goes.

    How to prove who one is may come from the environment, where it is not our own server.
    """
    host = url.query.get("host", url.host)
    ours = isinstance(host, str) and host.startswith("/")
    for name in [name for name in os.environ if name.startswith("PG") and (ours or name not in _HOW_TO_PROVE_IT)]:
        del os.environ[name]


class DatabaseUnfit(Exception):
    """The database does not keep what is recorded as it was: the message says what to put right."""


def _require_surroundings(connection: "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]") -> None:
    """Raises DatabaseUnfit where the server, or what stands between, says otherwise than we did."""
    stored = connection.info.parameter_status("server_encoding")
    if stored != "UTF8":
        raise DatabaseUnfit(
            f"The database stores its text as {stored}, which cannot hold every name: it needs UTF8. Make one with "
            "`createdb --encoding=UTF8 --template=template0`."
        )
    for name, wanted in _SAID_BACK.items():
        said = connection.info.parameter_status(name)
        if said is not None and not said.startswith(wanted):
            raise DatabaseUnfit(
                f"The database connection has {name} {said} although we asked for {wanted}: something between us and "
                "the server, such as a pooler, changes what connections are opened with. Connect without it."
            )


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


class NoAnswer(psycopg.OperationalError):
    """The database was connected and did not answer in time. The connection is closed."""


def _hang_up(connection: "Connection | SyncConnection") -> None:
    """Whoever waits for this connection finds it closed, whatever state its server is in."""
    connection.gave_up = True
    with suppress(OSError, psycopg.Error), socket.socket(fileno=_duplicate(connection.pgconn.socket)) as held:
        held.shutdown(socket.SHUT_RDWR)


def _duplicate(descriptor: int) -> int:
    with socket.socket(fileno=descriptor) as given:
        try:
            return given.dup().detach()
        finally:
            given.detach()


class Connection(psycopg.AsyncConnection[tuple[Any, ...]]):
    """A connection of which each answer has a limit. Also whoever cancels a question waits no longer than that."""

    answer_s = ASKED.answer_s
    gave_up = False

    async def wait(self, gen: PQGen[RV], *args: Any, **options: Any) -> RV:
        limit = asyncio.get_running_loop().call_later(self.answer_s, _hang_up, self)
        try:
            return await super().wait(gen, *args, **options)
        except psycopg.OperationalError as error:
            if self.gave_up:
                raise NoAnswer(f"the database does not answer within {self.answer_s:g} s") from error
            raise
        finally:
            limit.cancel()


class _SlicedCursor(psycopg.AsyncCursor[tuple[Any, ...]]):
    """Reads a large answer bit by bit: no other thread has its turn while rows are made of one."""

    async def fetchall(self) -> list[tuple[Any, ...]]:
        if self.rowcount <= _ROWS_AT_ONCE:
            return await super().fetchall()
        rows: list[tuple[Any, ...]] = []
        while part := await self.fetchmany(_ROWS_AT_ONCE):
            rows += part
        return rows


class SyncConnection(psycopg.Connection[tuple[Any, ...]]):
    """The same for whoever has no event loop."""

    answer_s = MIGRATING.answer_s
    gave_up = False

    def wait(self, gen: PQGen[RV], *args: Any, **options: Any) -> RV:
        limit = threading.Timer(self.answer_s, _hang_up, [self])
        limit.daemon = True
        limit.start()
        try:
            return super().wait(gen, *args, **options)
        except psycopg.OperationalError as error:
            if self.gave_up:
                raise NoAnswer(f"the database does not answer within {self.answer_s:g} s") from error
            raise
        finally:
            limit.cancel()


async def _open(*args: Any, answer_s: float, **options: Any) -> Connection:
    connection = await Connection.connect(*args, **options)
    connection.cursor_factory = _SlicedCursor
    connection.answer_s = answer_s
    try:
        _require_surroundings(connection)
    except DatabaseUnfit:
        await connection.close()
        raise
    return connection


def connect(url: str | URL, waits: Waits = WORKING, *, application: str = "kroniek") -> SyncConnection:
    """A connection in autocommit for whoever has no event loop, for any form of a PostgreSQL URL."""
    given = make_url(url)
    plain = given.set(drivername="postgresql").difference_update_query(["options"])
    conninfo = plain.render_as_string(hide_password=False)
    connection = SyncConnection.connect(conninfo, autocommit=True, **opening(given, waits, application))
    connection.answer_s = waits.answer_s
    try:
        _require_surroundings(connection)
    except DatabaseUnfit:
        connection.close()
        raise
    return connection


def engine(url: str, *, connections: int = 10, waits: Waits = WORKING) -> AsyncEngine:
    """An engine with at most `connections` connections, for `postgresql+psycopg://` URLs.

    Each statement is its own transaction: a question is one statement at one position, and needs no other. What
    belongs together says so (`pictures`).
    """
    made = create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=connections,
        max_overflow=0,
        pool_timeout=waits.pool_s,
        connect_args={
            **opening(make_url(url), waits),
            "async_creator_fn": partial(_open, answer_s=waits.answer_s),
        },
        execution_options={"waits": waits},
    )
    event.listen(made.sync_engine, "checkout", _refuse_a_dead_one)
    event.listen(made.sync_engine, "handle_error", _keep_a_sound_one)
    event.listen(made.sync_engine, "handle_error", _tell_that_it_goes_away)
    return made


async def connection_beside(engine: AsyncEngine, application: str, **other: float) -> Connection:
    """A connection in autocommit that is none of the engine's pool; `other` than its own waits in these."""
    waits = replace(engine.get_execution_options()["waits"], **other)
    args, options = engine.dialect.create_connect_args(engine.url)
    options = {**options, **opening(engine.url, waits, application)}
    return await _open(*args, answer_s=waits.answer_s, autocommit=True, **options)


def hung_up(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether the server has closed a connection that nobody uses, as one that was restarted has. Asks nobody."""
    if connection.closed:
        return True
    ready = select.poll()
    ready.register(connection.pgconn.socket, _PEER_CLOSED)
    return bool(ready.poll(0))


# Where the system does not tell it, whoever asks finds out.
_PEER_CLOSED = getattr(select, "POLLRDHUP", 0)


def _refuse_a_dead_one(connection: Any, record: Any, proxy: Any) -> None:
    if hung_up(record.driver_connection):
        raise sqlalchemy.exc.DisconnectionError("the server closed it")


def _keep_a_sound_one(context: ExceptionContext) -> None:
    """A question that was cancelled was cancelled in the server too: its connection is as good as before."""
    if context.connection is None or not isinstance(context.original_exception, asyncio.CancelledError):
        return
    driver = context.connection.connection.driver_connection
    if isinstance(driver, Connection) and not driver.closed:
        context.is_disconnect = driver.info.transaction_status != TransactionStatus.IDLE


def _tell_that_it_goes_away(context: ExceptionContext) -> None:
    """Wrapped it would be an `InternalError` among others, and none of `DATABASE_AWAY`."""
    if isinstance(context.original_exception, _GOING_AWAY):
        raise context.original_exception


async def refuses_writes(engine: AsyncEngine) -> str | None:
    """Why the database would take no write; None if it would. Writes some pages to its disk, and nothing to keep.

    Raises:
        DATABASE_AWAY
    """
    try:
        async with await connection_beside(engine, "kroniek ready") as connection, connection.transaction():
            await connection.execute("set local work_mem = '64kB'")
            # More rows than fit into that memory: they go into a file that ends with the statement.
            cursor = await connection.execute(
                "select count(*), pg_is_in_recovery(), current_setting('transaction_read_only')::bool "
                "from generate_series(1, 20000)"
            )
            row = await cursor.fetchone()
    except (psycopg.errors.DiskFull, psycopg.errors.IoError) as error:
        return str(error).splitlines()[0]
    if row is not None and row[1]:
        return "it is a replica, or recovers"
    return "it is read-only" if row is not None and row[2] else None


def migrate(url: str, revision: str = "head") -> int | None:
    """Brings a database to a revision, and puts back what of its rights is missing, as after a restore.

    Where it is a copy of another, as a restored dump is, an epoch begins: returns how many webhooks were paused then.
    Safe to run at every start, by many at once.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    sync = migrating_engine(url)
    try:
        with sync.connect() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            connection.execute(text(f"set local lock_timeout = '{_MIGRATION_LOCK_WITHIN_S}s'"))
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            restore_rights(connection)
            paused = begin_epoch_of_a_copy(connection) if revision == "head" else None
            connection.commit()
            return paused
    finally:
        sync.dispose()


def migrating_engine(url: str) -> sqlalchemy.Engine:
    """An engine whose statements may take as long as a migration does."""

    def creator() -> SyncConnection:
        connection = connect(url, MIGRATING, application="kroniek migrate")
        connection.autocommit = False
        return connection

    return create_engine(url, creator=creator)
