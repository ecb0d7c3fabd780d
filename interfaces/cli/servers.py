"""Whether the servers that the settings name let us in, and are of a version that will do."""

import psycopg
import redis
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from interfaces.bootstrap import NotConfigured, Settings, database_url, database_version, redis_url

OLDEST_POSTGRES = 15
_CONNECT_WITHIN_S = 5


def check_database(settings: Settings) -> None:
    """Raises NotConfigured where there is no PostgreSQL of a version that will do."""
    url = database_url(settings)
    try:
        made = make_url(url)
        if made.get_backend_name() != "postgresql":
            raise NotConfigured(
                f"KRONIEK_DATABASE_URL is the address of a {made.get_backend_name()}, not of a PostgreSQL."
            )
        version = database_version(settings)
    except (ArgumentError, ValueError):
        raise NotConfigured(
            "KRONIEK_DATABASE_URL is not the address of a database: postgresql://user:password@host:5432/name."
        ) from None
    except psycopg.Error as error:
        raise NotConfigured(f"The database of KRONIEK_DATABASE_URL does not let us in: {_first_line(error)}") from None
    if version < OLDEST_POSTGRES:
        raise NotConfigured(
            f"KRONIEK_DATABASE_URL is a PostgreSQL {version}; Kroniek needs {OLDEST_POSTGRES} or later."
        )


def check_redis(settings: Settings) -> None:
    """Raises NotConfigured where there is no Redis or Valkey."""
    try:
        with redis.Redis.from_url(redis_url(settings), socket_connect_timeout=_CONNECT_WITHIN_S) as client:
            client.ping()
    except ValueError:
        raise NotConfigured("KRONIEK_REDIS_URL is not the address of a Redis: redis://host:6379/0.") from None
    except (RedisError, OSError) as error:
        raise NotConfigured(f"The Redis of KRONIEK_REDIS_URL does not let us in: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    said = str(error).strip().splitlines() or [type(error).__name__]
    return said[0].rstrip(".") + "."
