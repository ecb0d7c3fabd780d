"""The one place where settings are read and adapters are chosen."""

import ipaddress
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, FilePath
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine

from application.execute import Executor
from application.following.followable import Followable
from application.grants import Grants
from application.projection import SIDE_BY_SIDE, ReadModel
from application.remembered import Remembered
from domain.grants import INSTALLATION
from infrastructure import database
from infrastructure import measures as measures
from infrastructure import traces as traces
from infrastructure.access import token_text
from infrastructure.access.principals import Principals
from infrastructure.access.tokens import Tokens, installation_key
from infrastructure.access.tokens import network_of as network_of
from infrastructure.log.epochs import Begun as Begun
from infrastructure.log.epochs import Epochs, begin_epoch
from infrastructure.log.memory import MemoryLog
from infrastructure.log.postgres import PostgresLog
from infrastructure.log.rights import missing_rights
from infrastructure.log.soundness import faults_of
from infrastructure.questions.beside import shown_beside
from infrastructure.questions.shown_now import ShownNow
from infrastructure.questions.watched import PostgresFollowedRows
from infrastructure.read_models.actors import Actors
from infrastructure.read_models.assessments import Assessments
from infrastructure.read_models.claims import Claims
from infrastructure.read_models.dossiers import Dossiers
from infrastructure.read_models.incidents import Incidents
from infrastructure.read_models.persons import Persons
from infrastructure.read_models.places import Places
from infrastructure.read_models.reports import Reports
from infrastructure.read_models.sources import Sources
from infrastructure.rows.pictures import Late as Late
from infrastructure.rows.pictures import PostgresPictures
from infrastructure.wakeups import Wakeups
from infrastructure.webhooks.sender import Sender
from infrastructure.webhooks.subscriptions import Subscriptions
from infrastructure.webhooks.targets import Targets

is_mistyped = token_text.is_mistyped

READ_MODELS: tuple[ReadModel[Any], ...] = (
    Dossiers(), Sources(), Actors(), Places(), Reports(), Claims(), Incidents(), Persons(), Assessments(),
)  # fmt: skip


# What the database being away, or going away under a question, is told by.
DATABASE_AWAY = database.DATABASE_AWAY
# Whether it was there, and ended a statement that took too long.
took_too_long = database.took_too_long
# Why the database would take no write; None if it would.
refuses_writes = database.refuses_writes


class Settings(BaseSettings):
    """What the environment says. Without a database or a Redis the embedded ones are used."""

    model_config = SettingsConfigDict(env_prefix="KRONIEK_", extra="ignore")

    database_url: str | None = None
    redis_url: str | None = None
    data_dir: Path = Path(".kroniek")
    database_connections: int = Field(default=10, ge=1)
    # Where somebody waits for the answer: how long for the database, at most.
    database_answer_s: int = Field(default=7, ge=1, le=60)
    # How long a worker that hangs may hold what others want.
    idle_transaction_s: int = Field(default=15, ge=1, le=600)
    # Where a worker tells what it counts; the API does at its own address.
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    embedded: bool = False
    # What the API is told of where it listens, and by which names, besides those of this machine, it is asked for.
    host: str = "127.0.0.1"
    hosts: str | None = None
    # Of one token, or without one of one address, at each process of the API.
    streams_per_client: int = Field(default=1_000, ge=1)
    webhook_hosts: str | None = None
    webhook_ca_file: FilePath | None = None

    @property
    def listens_here_only(self) -> bool:
        """Whether nobody but this machine can reach the API, but through what runs on it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_owned(self) -> bool:
        """Whether it is one person's own, on their machine: there nobody else asks."""
        return self.embedded and self.listens_here_only

    @property
    def served_hosts(self) -> frozenset[str]:
        """Names in lower case; `*.example.org` stands for those below it."""
        return frozenset(name.strip().lower() for name in (self.hosts or "").split(",") if name.strip())


@dataclass(frozen=True)
class System:
    """The parts of a running Kroniek, put together."""

    engine: AsyncEngine
    log: PostgresLog
    executor: Executor
    pictures: PostgresPictures
    principals: Principals
    tokens: Tokens
    grants: Grants
    wakeups: Wakeups
    subscriptions: Subscriptions
    epochs: Epochs
    targets: Targets
    followable: Followable


@asynccontextmanager
async def running_system(settings: Settings, *, listen: bool = False) -> AsyncIterator[System]:
    """Everything on one event loop; closed in order when it ends. `listen` hears of other processes' appends."""
    engine = database.engine(
        database_url(settings), connections=settings.database_connections, waits=_waits(settings, asked=listen)
    )
    turns = _turns(settings)
    wakeups = Wakeups(redis_url(settings))
    if listen:
        wakeups.listen()
    try:
        key = await installation_key(engine, "command-content")
        remembered, epochs = Remembered(), Epochs(engine)
        await epochs.learn()

        def lost() -> None:
            remembered.forget_all()
            epochs.doubt()

        def moved(dossier_id: str, position: int) -> None:
            # What is granted has no read models, and each process looks for itself.
            if dossier_id != INSTALLATION:
                wakeups.moved(dossier_id, position)

        event_log = PostgresLog(engine, key=key, on_appended=moved, on_lost=lost, witness=epochs.witness)
        pictures = PostgresPictures(engine, READ_MODELS, turns)
        shown = ShownNow(engine, pictures)
        try:
            yield System(
                engine,
                event_log,
                Executor(
                    event_log,
                    remembered,
                    shown_beside(shown),
                ),
                pictures,
                Principals(engine),
                Tokens(engine),
                Grants(event_log),
                wakeups,
                Subscriptions(engine),
                epochs,
                webhook_targets(settings),
                Followable(event_log, pictures, PostgresFollowedRows(engine, event_log), wakeups),
            )
        finally:
            await epochs.close()
            await event_log.close()
    finally:
        await wakeups.close()
        await turns.dispose()
        await engine.dispose()


def system_for_questions(settings: Settings, system: System, *, connections: int, asked: bool = True) -> System:
    """The same with connections of its own, for questions on another event loop than the system's: to be asked only.

    `asked`: somebody waits for each answer. Whoever asked for it closes its log, then its engine, on that loop.
    """
    engine = database.engine(database_url(settings), connections=connections, waits=_waits(settings, asked=asked))
    # Nothing is appended to it, so nothing is hashed.
    log, pictures = PostgresLog(engine, key=b""), PostgresPictures(engine, READ_MODELS)
    rows = PostgresFollowedRows(engine, log)
    return replace(
        system,
        engine=engine,
        log=log,
        pictures=pictures,
        principals=Principals(engine),
        tokens=Tokens(engine),
        grants=Grants(log),
        followable=Followable(log, pictures, rows, system.wakeups),
    )


def turns_at_once(settings: Settings) -> int:
    """How many turns a process has at a time, each with a connection beside the one that it reads by."""
    return max(1, settings.database_connections // 2)


def _turns(settings: Settings) -> AsyncEngine:
    waits = _waits(settings, asked=False)
    # Rebuilds have theirs beside those: a place that others keep taking might never be free for them.
    connections = turns_at_once(settings) + SIDE_BY_SIDE
    return database.engine(database_url(settings), connections=connections, waits=waits)


def _waits(settings: Settings, *, asked: bool) -> database.Waits:
    """`asked`: somebody waits for each answer."""
    idle_s = settings.idle_transaction_s
    if asked:
        answer_s = settings.database_answer_s
        lock_s = min(database.ASKED.lock_s, answer_s)
        return replace(database.ASKED, answer_s=answer_s, lock_s=lock_s, idle_in_transaction_s=idle_s)
    return replace(database.WORKING, idle_in_transaction_s=idle_s)


def webhook_targets(settings: Settings) -> Targets:
    """Where webhooks may go. Embedded, it is one person's own machine: its own addresses and plain http will do.

    Where it listens to other machines too, it is not: whoever may subscribe could reach what only this one may.
    """
    named = (host.strip().lower() for host in (settings.webhook_hosts or "").split(","))
    return Targets(settings.is_owned, frozenset(host for host in named if host))


def webhook_sender(settings: Settings) -> Sender:
    return Sender(webhook_targets(settings), ca_file=settings.webhook_ca_file)


def database_url(settings: Settings) -> str:
    """The database's address in the form that names the driver."""
    url = settings.database_url
    if url is None:
        raise NotConfigured("KRONIEK_DATABASE_URL is not set; `kroniek up` brings a database of its own")
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return f"postgresql+psycopg://{url.removeprefix(prefix)}"
    return url


def database_version(settings: Settings) -> int:
    """The major version of the database's server, which has to let us in for that.

    Raises:
        NotConfigured: it does not keep text as it is given.
    """
    try:
        with database.connect(database_url(settings), database.ASKED) as connection:
            return connection.info.server_version // 10_000
    except database.DatabaseUnfit as unfit:
        raise NotConfigured(str(unfit)) from None


def redis_url(settings: Settings) -> str:
    if settings.redis_url is None:
        raise NotConfigured("KRONIEK_REDIS_URL is not set; `kroniek up` brings a queue of its own")
    return settings.redis_url


class NotConfigured(Exception):
    """A setting is missing, or names what is not there. Callers print it and exit 2."""


def checking_executor() -> Executor:
    """Carries out commands on a log that is forgotten: what the rules say of them, and nothing else."""
    return Executor(MemoryLog())


@dataclass(frozen=True)
class Records:
    """A database: the log, the read models, who signs; and the workers' queue, where one is known."""

    log: PostgresLog
    pictures: PostgresPictures
    principals: Principals
    tokens: Tokens
    grants: Grants
    wakeups: Wakeups | None
    engine: AsyncEngine

    def log_faults(self, dossier_id: str) -> AsyncIterator[str]:
        """What is wrong with the log of a dossier, in words."""
        return faults_of(self.engine, self.log, dossier_id)

    async def access_faults(self) -> AsyncIterator[str]:
        """The same of the log of who may do what, where anything was granted."""
        if await self.log.head(INSTALLATION):
            async for fault in self.log_faults(INSTALLATION):
                yield fault

    async def begin_epoch(self) -> Begun:
        """The log was restored: says so to all who are told of it, and pauses every webhook."""
        return await begin_epoch(self.engine, "somebody said that the log was restored")

    async def missing_rights(self) -> Sequence[str]:
        """What the database should refuse or allow, and does not, in words."""
        async with self.engine.connect() as connection:
            return await connection.run_sync(missing_rights)


@asynccontextmanager
async def records(settings: Settings) -> AsyncIterator[Records]:
    engine = database.engine(database_url(settings), connections=settings.database_connections)
    turns = _turns(settings)
    wakeups = None if settings.redis_url is None else Wakeups(settings.redis_url)
    try:
        log = PostgresLog(engine, key=await installation_key(engine, "command-content"))
        try:
            yield Records(
                log,
                PostgresPictures(engine, READ_MODELS, turns),
                Principals(engine),
                Tokens(engine),
                Grants(log),
                wakeups,
                engine,
            )
        finally:
            await log.close()
    finally:
        if wakeups is not None:
            await wakeups.close()
        await turns.dispose()
        await engine.dispose()


def migrate(settings: Settings) -> int | None:
    """Bring the database's tables up to this release. Where it is a copy of another: the webhooks that were paused."""
    return database.migrate(database_url(settings))
