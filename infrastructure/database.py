"""The PostgreSQL database: its engine, the metadata of its tables, and its migrations."""

from pathlib import Path

import psycopg
import sqlalchemy.exc
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from application.event_log import LogUnavailable

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

# What a database that is away, or going away under a question, is told by.
DATABASE_AWAY: tuple[type[Exception], ...] = (
    LogUnavailable,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
)

MIGRATIONS = Path(__file__).parents[1] / "migrations"
# Any number that nobody else takes: migrations that start together go one after the other.
_MIGRATION_LOCK = 0x6B726F6E69656B


def engine(url: str, *, connections: int = 10) -> AsyncEngine:
    """An engine with at most `connections` connections, for `postgresql+psycopg://` URLs.

    Each statement is its own transaction: a question is one statement at one position, and needs no other. What
    belongs together says so (`pictures`).
    """
    return create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=connections,
        max_overflow=0,
        connect_args={
            "application_name": "kroniek",
            # A plan made for one dossier rests on what the statistics know of it: of a new one nothing, and the plan
            # is then one for an empty table. The plan for any dossier knows how large they are, and is made once.
            "options": "-c plan_cache_mode=force_generic_plan",
        },
    )


def migrate(url: str, revision: str = "head") -> None:
    """Brings a database to a revision. Safe to run at every start, by many at once."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    sync = create_engine(url)
    try:
        with sync.connect() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
    finally:
        sync.dispose()
