"""Runs the migrations on one connection: given by `infrastructure.database.migrate`, or made from a URL."""

from alembic import context
from sqlalchemy import Connection

from infrastructure.database import metadata, migrating_engine


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url, "alembic needs a database: alembic -x is not used here; see infrastructure.database.migrate"
    with migrating_engine(url).connect() as connection:
        run(connection)
