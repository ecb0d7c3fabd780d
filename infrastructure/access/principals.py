"""Users and programs: the names of those who sign, kept here and never on an event, so that they can be taken away."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields

from sqlalchemy import Column, DateTime, Index, Table, Text, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from application.access import Principal
from domain.principals import PREFIXES, NameTaken, NewPrincipal, signed_as
from infrastructure.access.tokens import one_at_a_time, revoked_with, tokens
from infrastructure.database import metadata

principals = Table(
    "principals",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    # As names are compared.
    Column("signed_as", Text, nullable=False),
    Column("email", Text),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("made_by", Text),
    Column("ended_at", DateTime(timezone=True)),
)
Index("one_principal_of_a_name", principals.c.signed_as, unique=True, postgresql_where=principals.c.ended_at.is_(None))


_SHOWN = [principals.c[field.name] for field in fields(Principal)]


class Principals:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, new: NewPrincipal, made_by: str | None = None) -> Principal:
        """Raises NameTaken."""
        given = {"kind": new.kind, "name": new.name, "signed_as": signed_as(new.name), "email": new.email}
        query = (
            insert(principals)
            .values(principal=f"{PREFIXES[new.kind]}{secrets.token_hex(6)}", made_by=made_by, **given)
            .on_conflict_do_nothing(index_elements=["signed_as"], index_where=principals.c.ended_at.is_(None))
            .returning(*_SHOWN)
        )
        async with self._engine.begin() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NameTaken(
                f"somebody here goes by {new.name!r}, or a name that reads alike: nobody signs as another. "
                "Give a name that tells them apart",
                field="name",
            )
        return Principal(*row)

    async def one(self, principal: str) -> Principal | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(*_SHOWN).where(principals.c.principal == principal))).one_or_none()
        return None if row is None else Principal(*row)

    async def called(self, name: str) -> Principal | None:
        """Who goes by a name now."""
        query = select(*_SHOWN).where(principals.c.signed_as == signed_as(name), principals.c.ended_at.is_(None))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Principal(*row)

    async def all(self, limit: int, after: str = "") -> Sequence[Principal]:
        """Those who are here and those who were, by id."""
        query = select(*_SHOWN).where(principals.c.principal > after).order_by(principals.c.principal).limit(limit)
        async with self._engine.connect() as connection:
            return [Principal(*row) for row in await connection.execute(query)]

    async def names(self, wanted: Collection[str]) -> Mapping[str, str]:
        """By principal, the name that each goes by, or went by."""
        if not wanted:
            return {}
        query = select(principals.c.principal, principals.c.name).where(principals.c.principal.in_(set(wanted)))
        async with self._engine.connect() as connection:
            return {row.principal: row.name for row in await connection.execute(query)}

    async def end(self, principal: str) -> bool:
        """It signs nothing more, and its tokens go with it, and those that were made with them. What it recorded stays,
        under its name.
        """
        ended = update(principals).where(principals.c.principal == principal, principals.c.ended_at.is_(None))
        async with one_at_a_time(self._engine) as connection:
            done = await connection.execute(ended.values(ended_at=func.now()))
            await connection.execute(revoked_with(tokens.c.principal == principal))
        return done.rowcount > 0
