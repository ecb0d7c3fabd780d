"""Connections to the database of a module; and a house for the property tests: the log and the read models in it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from infrastructure.database import engine
from tests.infrastructure.test_oracle import House


@pytest.fixture
async def pool(module_database_url: str) -> AsyncIterator[AsyncEngine]:
    pool = engine(module_database_url)
    yield pool
    await pool.dispose()


@pytest.fixture(scope="module")
def house(module_database_url: str) -> Iterator[House]:
    with asyncio.Runner() as runner:
        house = House(module_database_url, runner)
        yield house
        runner.run(house.close())
