"""Bearer tokens and the principals that they stand for. Only a hash of a token is kept."""

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from infrastructure.database import metadata

tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("principal", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("revoked_at", DateTime(timezone=True)),
)
Index("tokens_by_principal", tokens.c.principal)

installation_keys = Table(
    "installation_keys",
    metadata,
    Column("name", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

# How long a process may go on accepting a token that was revoked elsewhere.
REMEMBERED_S = 1.0


@dataclass(frozen=True, slots=True)
class TokenInfo:
    principal: str
    name: str
    created_at: datetime
    revoked_at: datetime | None


class Tokens:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._remembered: dict[bytes, tuple[float, str | None]] = {}

    async def create(self, name: str) -> tuple[str, str]:
        """A new token and the opaque principal that it stands for. The token is not to be had a second time."""
        token, principal = f"kroniek_{secrets.token_urlsafe(32)}", f"p-{secrets.token_hex(6)}"
        async with self._engine.begin() as connection:
            await connection.execute(tokens.insert().values(token_hash=_hash(token), principal=principal, name=name))
        return token, principal

    async def principal_of(self, token: str) -> str | None:
        """Who a token stands for; None if it is unknown or revoked."""
        token_hash, now = _hash(token), time.monotonic()
        until, principal = self._remembered.get(token_hash, (0.0, None))
        if until > now:
            return principal
        async with self._engine.connect() as connection:
            query = select(tokens.c.principal).where(tokens.c.token_hash == token_hash, tokens.c.revoked_at.is_(None))
            principal = (await connection.execute(query)).scalar()
        if len(self._remembered) > 10_000:
            self._remembered.clear()
        self._remembered[token_hash] = (now + REMEMBERED_S, principal)
        return principal

    async def all(self) -> list[TokenInfo]:
        query = select(tokens.c.principal, tokens.c.name, tokens.c.created_at, tokens.c.revoked_at)
        async with self._engine.connect() as connection:
            return [TokenInfo(*row) for row in await connection.execute(query.order_by(tokens.c.created_at))]

    async def names(self) -> Mapping[str, str]:
        """Principal to name."""
        return {info.principal: info.name for info in await self.all()}

    async def revoke(self, principal: str) -> bool:
        """Take a principal's tokens back. What it wrote stays."""
        query = update(tokens).where(tokens.c.principal == principal, tokens.c.revoked_at.is_(None))
        async with self._engine.begin() as connection:
            done = await connection.execute(query.values(revoked_at=func.now()))
        self._remembered.clear()
        return done.rowcount > 0


async def installation_key(engine: AsyncEngine, name: str) -> bytes:
    async with engine.connect() as connection:
        query = select(installation_keys.c.key).where(installation_keys.c.name == name)
        return bytes((await connection.execute(query)).scalar_one())


def _hash(token: str) -> bytes:
    # The token has 256 random bits: a plain hash cannot be searched back.
    return hashlib.sha256(token.encode()).digest()
