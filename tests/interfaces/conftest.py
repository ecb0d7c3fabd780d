"""One running installation for all tests of the interfaces, and dossiers in it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.interfaces.contract import Contract, contract, judging
from tests.interfaces.running import Dossier, Running, done, free_port, furnish, running

# A name that the API is asked for, besides those of this machine; and where webhooks may go on it.
HOSTS = {"KRONIEK_HOSTS": "record.example", "KRONIEK_WEBHOOK_HOSTS": "localhost"}


@pytest.fixture(scope="session", autouse=True)
def held_contract() -> Iterator[Contract]:
    """Every answer that any test of the interfaces gets is held against the OpenAPI document."""
    with judging(contract()) as held:
        yield held
    assert not held.broken, held.broken[:5]


@pytest.fixture(scope="session")
def installation(
    new_database: Callable[[], str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The real API and worker processes. Whoever kills one of them starts an installation of its own."""
    with running(
        new_database(), valkey_url.replace("db=0", "db=7"), tmp_path_factory.mktemp("installation"), settings=HOSTS
    ) as there:
        yield there
        for name in ("api", "worker"):
            said = there.said(name)
            assert "Traceback" not in said, said[max(0, said.index("Traceback") - 1000) :][:5000]


@pytest.fixture
def another_api(installation: Running, tmp_path: Path) -> Iterator[Callable[[], Running]]:
    """Starts a second API process on the same database and queue."""
    started: list[Running] = []

    def another_api() -> Running:
        other = replace(installation, port=free_port(), log_dir=tmp_path, processes={})
        started.append(other)
        other.start_api()
        return other

    yield another_api
    for other in started:
        other.kill_all()


@pytest.fixture(scope="session")
def http(installation: Running) -> Iterator[httpx.Client]:
    """A client that may write."""
    with installation.client() as client:
        yield client


@pytest.fixture(scope="session")
def new_dossier(http: httpx.Client) -> Callable[[], Dossier]:
    """Opens an empty dossier."""
    numbers = count(1)

    def new_dossier() -> Dossier:
        id = f"d{next(numbers)}"
        done(http.post("/dossiers", json={"id": id, "title": f"Dossier {id}"}))
        return Dossier(http, id)

    return new_dossier


@pytest.fixture
def dossier(new_dossier: Callable[[], Dossier]) -> Dossier:
    """An empty dossier."""
    return new_dossier()


@pytest.fixture
def furnished(new_dossier: Callable[[], Dossier]) -> Dossier:
    """A dossier of its own with the tests' furniture in it."""
    return furnish(new_dossier())


@pytest.fixture(scope="module")
def shared(new_dossier: Callable[[], Dossier]) -> Dossier:
    """A furnished dossier for tests that leave it as it is."""
    return furnish(new_dossier())
