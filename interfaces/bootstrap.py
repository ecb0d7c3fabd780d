"""The one place where settings are read and adapters are chosen."""

import asyncio
import gc
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
import redis
import structlog
from pydantic import Field, FilePath
from pydantic_settings import BaseSettings, SettingsConfigDict
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine

from application.execute import Executor
from application.following.followable import Followable
from application.projection import ReadModel
from infrastructure import database
from infrastructure.access.tokens import Tokens, installation_key
from infrastructure.database import DATABASE_AWAY as DATABASE_AWAY
from infrastructure.embedded.data_folder import CannotStart as CannotStart
from infrastructure.embedded.data_folder import DataFolder as DataFolder
from infrastructure.embedded.data_folder import require_free_port as require_free_port
from infrastructure.embedded.postgres import EmbeddedPostgres as EmbeddedPostgres
from infrastructure.embedded.process import Program
from infrastructure.embedded.valkey import EmbeddedValkey as EmbeddedValkey
from infrastructure.log.memory import MemoryLog
from infrastructure.log.postgres import PostgresLog
from infrastructure.questions.shown_figures import PostgresShownFigures
from infrastructure.questions.watched import PostgresFollowedRows
from infrastructure.read_models.actors import Actors
from infrastructure.read_models.assessments import Assessments
from infrastructure.read_models.claims import Claims
from infrastructure.read_models.dossiers import Dossiers
from infrastructure.read_models.incidents import Incidents
from infrastructure.read_models.places import Places
from infrastructure.read_models.reports import Reports
from infrastructure.read_models.sources import Sources
from infrastructure.rows.pictures import PostgresPictures
from infrastructure.rows.rebuilds import UnderWay as UnderWay
from infrastructure.wakeups import Wakeups
from infrastructure.webhooks.sender import Sender as Sender
from infrastructure.webhooks.subscriptions import Subscriptions
from infrastructure.webhooks.targets import Targets

READ_MODELS: tuple[ReadModel[Any], ...] = (
    Dossiers(), Sources(), Actors(), Places(), Reports(), Claims(), Incidents(), Assessments(),
)  # fmt: skip


class Settings(BaseSettings):
    """What the environment says. Without a database or a Redis the embedded ones are used."""

    model_config = SettingsConfigDict(env_prefix="KRONIEK_", extra="ignore")

    database_url: str | None = None
    redis_url: str | None = None
    data_dir: Path = Path(".kroniek")
    database_connections: int = Field(default=10, ge=2)
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    embedded: bool = False
    webhook_hosts: str | None = None
    webhook_ca_file: FilePath | None = None


@dataclass(frozen=True)
class System:
    """The parts of a running Kroniek, put together."""

    engine: AsyncEngine
    log: PostgresLog
    executor: Executor
    pictures: PostgresPictures
    tokens: Tokens
    wakeups: Wakeups
    subscriptions: Subscriptions
    targets: Targets
    followable: Followable


@asynccontextmanager
async def running_system(settings: Settings, *, listen: bool = False) -> AsyncIterator[System]:
    """Everything on one event loop; closed in order when it ends. `listen` hears of other processes' appends."""
    spare_the_collector()
    engine = database.engine(database_url(settings), connections=settings.database_connections)
    wakeups = Wakeups(redis_url(settings))
    listening = asyncio.create_task(wakeups.listen()) if listen else None
    try:
        key = await installation_key(engine, "command-content")
        event_log = PostgresLog(engine, key=key, on_appended=wakeups.moved)
        pictures = PostgresPictures(engine, READ_MODELS)
        try:
            yield System(
                engine,
                event_log,
                Executor(event_log, shown_figures=PostgresShownFigures(engine, pictures)),
                pictures,
                Tokens(engine),
                wakeups,
                Subscriptions(engine),
                webhook_targets(settings),
                Followable(event_log, pictures, PostgresFollowedRows(engine, event_log), wakeups),
            )
        finally:
            await event_log.close()
    finally:
        if listening is not None:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
        await wakeups.close()
        await engine.dispose()


def webhook_targets(settings: Settings) -> Targets:
    """Where webhooks may go. Embedded, it is one person's own machine: its own addresses and plain http will do."""
    named = (host.strip().lower() for host in (settings.webhook_hosts or "").split(","))
    return Targets(settings.embedded, frozenset(host for host in named if host))


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


def redis_url(settings: Settings) -> str:
    if settings.redis_url is None:
        raise NotConfigured("KRONIEK_REDIS_URL is not set; `kroniek up` brings a queue of its own")
    return settings.redis_url


class NotConfigured(Exception):
    """A setting is missing."""


# ---- for the command line: checking a file, and an operator's work on the database itself


def checking_executor() -> Executor:
    """Carries out commands on a log that is forgotten: what the rules say of them, and nothing else."""
    return Executor(MemoryLog())


@dataclass(frozen=True)
class Records:
    """A database: the log, the read models and the tokens; and the workers' queue, where one is known."""

    log: PostgresLog
    pictures: PostgresPictures
    tokens: Tokens
    wakeups: Wakeups | None


@asynccontextmanager
async def records(settings: Settings) -> AsyncIterator[Records]:
    engine = database.engine(database_url(settings), connections=settings.database_connections)
    wakeups = None if settings.redis_url is None else Wakeups(settings.redis_url)
    try:
        log = PostgresLog(engine, key=await installation_key(engine, "command-content"))
        try:
            yield Records(log, PostgresPictures(engine, READ_MODELS), Tokens(engine), wakeups)
        finally:
            await log.close()
    finally:
        if wakeups is not None:
            await wakeups.close()
        await engine.dispose()


def migrate(settings: Settings) -> None:
    """Bring the database's tables up to this release."""
    database.migrate(database_url(settings))


# ---- for `kroniek up`: everything on one machine

OLDEST_POSTGRES = 15
_CONNECT_WITHIN_S = 5


def check_database(settings: Settings) -> None:
    """Raises CannotStart where there is no PostgreSQL of a version that will do."""
    url = database_url(settings)
    try:
        made = make_url(url)
        if made.get_backend_name() != "postgresql":
            raise CannotStart(
                f"KRONIEK_DATABASE_URL is the address of a {made.get_backend_name()}, not of a PostgreSQL."
            )
        plain = made.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, connect_timeout=_CONNECT_WITHIN_S) as connection:
            version = connection.info.server_version // 10_000
    except (ArgumentError, ValueError):
        raise CannotStart(
            "KRONIEK_DATABASE_URL is not the address of a database: postgresql://user:password@host:5432/name."
        ) from None
    except psycopg.Error as error:
        raise CannotStart(f"The database of KRONIEK_DATABASE_URL does not let us in: {_first_line(error)}") from None
    if version < OLDEST_POSTGRES:
        raise CannotStart(f"KRONIEK_DATABASE_URL is a PostgreSQL {version}; Kroniek needs {OLDEST_POSTGRES} or later.")


def check_redis(settings: Settings) -> None:
    """Raises CannotStart where there is no Redis or Valkey."""
    try:
        with redis.Redis.from_url(redis_url(settings), socket_connect_timeout=_CONNECT_WITHIN_S) as client:
            client.ping()
    except ValueError:
        raise CannotStart("KRONIEK_REDIS_URL is not the address of a Redis: redis://host:6379/0.") from None
    except (RedisError, OSError) as error:
        raise CannotStart(f"The Redis of KRONIEK_REDIS_URL does not let us in: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    said = str(error).strip().splitlines() or [type(error).__name__]
    return said[0].rstrip(".") + "."


def api_program(folder: Path, settings: Settings, host: str, port: int) -> Program:
    arguments = [
        "uvicorn", "--factory", "interfaces.api.app:create_app", "--host", host, "--port", str(port),
        "--http", "httptools", "--no-access-log", "--timeout-graceful-shutdown", "5",
    ]  # fmt: skip
    return _program(folder, "api", [*arguments, "--loop", "asyncio" if sys.platform == "win32" else "uvloop"], settings)


def worker_program(folder: Path, settings: Settings) -> Program:
    arguments = ["dramatiq", "interfaces.worker.main", "--processes", "1", "--threads", "4"]
    return _program(folder, "worker", arguments, settings)


def _program(folder: Path, name: str, arguments: list[str], settings: Settings) -> Program:
    addresses = {"KRONIEK_DATABASE_URL": database_url(settings), "KRONIEK_REDIS_URL": redis_url(settings)}
    addresses["KRONIEK_EMBEDDED"] = str(settings.embedded).lower()
    if settings.webhook_ca_file is not None:
        # They run in a folder of their own.
        addresses["KRONIEK_WEBHOOK_CA_FILE"] = str(settings.webhook_ca_file.resolve())
    # -P: what lies in the folder that we were started in is no module of ours.
    argv = [sys.executable, "-P", "-m", *arguments]
    program = Program(folder, name, argv, {**addresses, "PYTHONUNBUFFERED": "1"})
    program.cwd = folder / "run"
    return program


@dataclass(frozen=True)
class Addresses:
    """Where a Kroniek that runs from a data folder is to be found, for the other commands."""

    url: str
    database_url: str
    redis_url: str

    def write(self, folder: Path) -> None:
        path = _addresses_file(folder)
        path.touch(mode=0o600)
        path.write_text(json.dumps(vars(self)))

    @classmethod
    def read(cls, folder: Path) -> "Addresses | None":
        """None where none runs, or none that we may see."""
        try:
            return cls(**json.loads(_addresses_file(folder).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @staticmethod
    def forget(folder: Path) -> None:
        _addresses_file(folder).unlink(missing_ok=True)


def _addresses_file(folder: Path) -> Path:
    # Not `.json`: those in this folder are the pid files of processes.
    return folder / "run" / "addresses"


TOKEN_FILE = "token"  # noqa: S105


async def token_of_folder(folder: Path, settings: Settings, name: str) -> str:
    """The token that a data folder keeps for whoever owns it; a new one where it has none that still holds."""
    path = folder / TOKEN_FILE
    async with records(settings) as held:
        if path.exists():
            token = path.read_text().strip()
            if await held.tokens.principal_of(token) is not None:
                return token
        token, _ = await held.tokens.create(name)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token + "\n")
    return token


def spare_the_collector() -> None:
    """Look for circular garbage seldom: batches of events make many objects and hardly a circle among them.

    Measured on a first catch-up: a third of the worker's time went into looking.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def configure_logging(settings: Settings) -> None:
    """One line for each thing that happened: JSON for machines, readable on a terminal."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    level = getattr(logging, settings.log_level.upper())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info if as_json else structlog.processors.StackInfoRenderer(),
    ]
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries that log by themselves are heard from warnings on, in the same form.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
