"""The real servers, started once for all tests, and databases made from one that is migrated."""

import os
from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy.engine import make_url

from infrastructure.database import migrate
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.valkey import EmbeddedValkey

# Of a property that does not say how many examples it wants: the whole suite is to take minutes.
settings.register_profile("usual", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.load_profile("thorough" if os.environ.get("KRONIEK_TESTS") == "thorough" else "usual")

# Of these single tests take half a minute and more: begun last, one process would work on long after the other.
_LONG = {"test_docs_live.py", "test_faults.py", "test_stream_faults.py", "test_up.py", "test_webhooks.py"}

# No test pulls the plug of this server; those that kill one start their own.
_SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "200"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first; the others in their order."""
    items.sort(key=lambda item: item.path.name not in _LONG)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server; the database that the URL names is the template of the tests' own: migrated, and not to be used.

    KRONIEK_TEST_DATABASE_URL names an empty database on another server, an older one for example.
    """
    given = os.environ.get("KRONIEK_TEST_DATABASE_URL")
    if given is not None:
        migrate(given)
        yield given
        return
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), settings=_SETTINGS)
    url = server.start()
    try:
        migrate(url)
        yield url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = EmbeddedValkey(tmp_path_factory.mktemp("valkey"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def new_database(postgres_url: str) -> Callable[[], str]:
    """Makes a migrated, empty database and tells its URL; it goes when the server goes."""
    template = make_url(postgres_url)
    to_postgres = template.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    names = (f"test_{os.getpid()}_{number}" for number in count(1))

    def new_database() -> str:
        name = next(names)
        with psycopg.connect(to_postgres, autocommit=True) as connection:
            connection.execute(f"create database {name} template {template.database}")
        return template.set(database=name).render_as_string(hide_password=False)

    return new_database


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """A database for one test."""
    return new_database()


@pytest.fixture(scope="module")
def module_database_url(new_database: Callable[[], str]) -> str:
    """A database that the tests of one module share, each with dossiers of its own."""
    return new_database()
