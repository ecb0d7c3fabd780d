"""A shop for each test that asks for one."""

from collections.abc import AsyncIterator

import pytest

from tests.application.shop import Shop


@pytest.fixture
async def shop(module_database_url: str) -> AsyncIterator[Shop]:
    shop = Shop(module_database_url)
    await shop.do("open_dossier", shop.id, title="A dossier")
    yield shop
    await shop.log.close()
    await shop.engine.dispose()
