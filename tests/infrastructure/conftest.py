"""A house for the property tests: the log and the read models in one database, each test with dossiers of its own."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.infrastructure.test_oracle import House


@pytest.fixture(scope="module")
def house(module_database_url: str) -> Iterator[House]:
    with asyncio.Runner() as runner:
        house = House(module_database_url, runner)
        yield house
        runner.run(house.close())
