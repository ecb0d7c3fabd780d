"""The tables that the code names, and those that the migrations make."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from infrastructure.database import metadata
from interfaces import bootstrap


def test_the_migrations_make_the_tables_that_the_code_names(database_url: str) -> None:
    assert bootstrap.READ_MODELS, "every table is named once they are there"

    def ours(name: str | None, kind: str, parents: Any) -> bool:
        # The log is asked in SQL only.
        return kind != "table" or name in metadata.tables

    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
