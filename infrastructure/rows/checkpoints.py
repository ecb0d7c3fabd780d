"""How far each dossier's read models are, and which build of each is served: one row for each dossier."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Column, Table, Text
from sqlalchemy.ext.asyncio import AsyncEngine

from application.projection import Build, ReadModel
from infrastructure.database import metadata

Connection = psycopg.AsyncConnection[Any]

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("dossier_id", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    # {read model: [generation, version]}: the build of each read model that is served.
    Column("builds", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("refused_position", BigInteger),
    Column("refused_because", Text),
)


@asynccontextmanager
async def driver_connection(engine: AsyncEngine) -> AsyncIterator[Connection]:
    """The driver's own connection, for what SQLAlchemy would only slow down."""
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        try:
            yield driver
        finally:
            if driver.closed:
                # SQLAlchemy did not see it go, and would log what it finds when it takes it back.
                await connection.invalidate()


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[Connection]:
    async with driver_connection(engine) as connection, connection.transaction():
        yield connection


async def one(connection: Connection, query: str, *parameters: Any) -> Any:
    """The first row of the answer; None without one."""
    cursor = await connection.execute(query, parameters)
    return await cursor.fetchone()


async def first_checkpoint(connection: Connection, dossier_id: str, models: Iterable[ReadModel[Any]]) -> Any:
    """The checkpoint of a dossier of which nothing was projected yet; None if it has one."""
    builds = {model.name: Build(1, model.version) for model in models}
    return await one(
        connection,
        "insert into checkpoints (dossier_id, position, builds, time_zone) values (%s, 0, %s, 'UTC') "
        "on conflict do nothing returning position, builds, time_zone, refused_because",
        dossier_id,
        as_text(builds),
    )


def builds_of(text: str) -> dict[str, Build]:
    return {name: Build(*build) for name, build in json.loads(text).items()}


def as_text(builds: Mapping[str, Build]) -> str:
    return json.dumps({name: [build.generation, build.version] for name, build in builds.items()}, sort_keys=True)
