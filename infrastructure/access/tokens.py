"""Tokens and whom they stand for. Only a hash of a token is kept."""

import hashlib
import ipaddress
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Index,
    LargeBinary,
    Table,
    Text,
    column,
    func,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.dml import Update

from application.access import Token
from domain.principals import NameTaken, signed_as
from domain.roles import Role
from infrastructure.access.token_text import is_whole, new_token
from infrastructure.database import metadata

tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("principal", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("revoked_at", DateTime(timezone=True)),
    Column("id", Text, nullable=False),
    Column("named_as", Text, nullable=False),
    Column("made_by", Text),
    Column("expires_at", DateTime(timezone=True)),
    Column("used_on", Date),
    Column("used_from", Text),
    Column("roles", ARRAY(Text)),
    Column("dossiers", ARRAY(Text)),
)
Index("tokens_by_principal", tokens.c.principal)
Index("tokens_by_id", tokens.c.id, unique=True)
Index("tokens_by_maker", tokens.c.made_by)
Index(
    "one_token_of_a_name",
    tokens.c.principal, tokens.c.named_as,
    unique=True, postgresql_where=tokens.c.revoked_at.is_(None),
)  # fmt: skip

installation_keys = Table(
    "installation_keys",
    metadata,
    Column("name", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

# How long a process may go on accepting a token that was revoked elsewhere.
REMEMBERED_S = 0.4
# Of those who ask all the time, as a stream does, so many are looked for at once.
_TOGETHER = 1_000
# Any number that nobody else takes.
_LOCK = 0x6B72746F6B
_MOST_REMEMBERED = 10_000


_SHOWN = [tokens.c[field.name] for field in fields(Token)]


class Tokens:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._remembered: dict[bytes, tuple[float, Token | None]] = {}

    async def create(
        self,
        principal: str,
        name: str,
        *,
        expires_at: datetime | None = None,
        made_by: str | None = None,
        roles: Sequence[Role] | None = None,
        dossiers: Sequence[str] | None = None,
    ) -> tuple[str, Token]:
        """A new token of a principal. Its text is not to be had a second time.

        One that is made with a token that was revoked meanwhile, or of a principal that was let go, is revoked as they
        are: a process may take theirs for a second more.

        Raises:
            NameTaken: the principal has one of that name, which still holds.
        """
        text, named_as = new_token(), signed_as(name)
        over = update(tokens).where(
            tokens.c.principal == principal, tokens.c.named_as == named_as, tokens.c.revoked_at.is_(None),
            tokens.c.expires_at <= func.now(),
        )  # fmt: skip
        new = (
            insert(tokens)
            .values(
                token_hash=_hash(text), id=f"t-{secrets.token_hex(6)}", principal=principal, name=name,
                named_as=named_as, expires_at=expires_at, made_by=made_by, roles=roles, dossiers=dossiers,
                revoked_at=func.coalesce(_maker_gone(made_by), _holder_gone(principal)),
            )
            .on_conflict_do_nothing(
                index_elements=["principal", "named_as"], index_where=tokens.c.revoked_at.is_(None)
            )
            .returning(*_SHOWN)
        )  # fmt: skip
        async with one_at_a_time(self._engine) as connection:
            # One that is over leaves its name to the next.
            await connection.execute(over.values(revoked_at=tokens.c.expires_at))
            row = (await connection.execute(new)).one_or_none()
        if row is None:
            raise NameTaken(
                f"there is a token called {name!r} already: revoke it, or give this one another name", field="name"
            )
        return text, Token(*row)

    async def held(self, text: str, address: str | None = None) -> Token | None:
        """The token of that text, which is used from an address now; None if it is unknown, revoked or expired."""
        if not is_whole(text):
            return None
        token_hash, now = _hash(text), time.monotonic()
        until, token = self._remembered.get(token_hash, (0.0, None))
        today = datetime.now(UTC)
        if until <= now:
            token = await self._look(token_hash, now)
            if token is not None and token.holds(today):
                await self._note_use(token, today.date(), network_of(address))
        return token if token is not None and token.holds(today) else None

    async def _look(self, token_hash: bytes, now: float) -> Token | None:
        lately = now - 5 * REMEMBERED_S
        due = [known for known, (until, _) in self._remembered.items() if lately < until <= now]
        wanted = {token_hash, *due[:_TOGETHER]}
        async with self._engine.connect() as connection:
            query = select(tokens.c.token_hash, *_SHOWN).where(tokens.c.token_hash.in_(wanted))
            found = {bytes(row[0]): Token(*row[1:]) for row in await connection.execute(query)}
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered |= {known: (now + REMEMBERED_S, found.get(known)) for known in wanted}
        return found.get(token_hash)

    async def all(self, principal: str | None = None) -> Sequence[Token]:
        """Those of a principal, or of all, the first made first."""
        query = select(*_SHOWN).order_by(tokens.c.created_at, tokens.c.id)
        if principal is not None:
            query = query.where(tokens.c.principal == principal)
        async with self._engine.connect() as connection:
            return [Token(*row) for row in await connection.execute(query)]

    async def one(self, id_: str) -> Token | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(*_SHOWN).where(tokens.c.id == id_))).one_or_none()
        return None if row is None else Token(*row)

    async def revoke(self, id_: str, *, alone: bool = False) -> int:
        """Take a token back, and with it those that were made with it, unless it is to go `alone`; how many went."""
        which = tokens.c.id == id_
        query = _revoked(which) if alone else revoked_with(which)
        async with one_at_a_time(self._engine) as connection:
            done = await connection.execute(query)
        self._remembered.clear()
        return done.rowcount

    async def _note_use(self, token: Token, day: date, network: str | None) -> None:
        if (token.used_on, token.used_from) == (day, network):
            return
        query = update(tokens).where(tokens.c.id == token.id).values(used_on=day, used_from=network)
        # Nobody is refused because it cannot be noted.
        with suppress(DBAPIError):
            async with self._engine.begin() as connection:
                await connection.execute(query)


@asynccontextmanager
async def one_at_a_time(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction of what makes tokens or revokes them, one after the other: a statement that looks for what was made
    with one sees nothing that is being made.
    """
    # Without it each statement is a transaction of its own.
    async with engine.execution_options(isolation_level="READ COMMITTED").begin() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        yield connection


def _maker_gone(token: str | None) -> Any:
    maker = tokens.alias("maker")
    return select(maker.c.revoked_at).where(maker.c.id == token).scalar_subquery()


def _holder_gone(principal: str) -> Any:
    holders = table("principals", column("principal", Text), column("ended_at", DateTime(timezone=True)))
    return select(holders.c.ended_at).where(holders.c.principal == principal).scalar_subquery()


def _revoked(which: ColumnElement[bool]) -> Update:
    return update(tokens).where(which, tokens.c.revoked_at.is_(None)).values(revoked_at=func.now())


def revoked_with(which: ColumnElement[bool]) -> Update:
    """Some tokens are revoked, and those that were made with them, and so on."""
    gone = select(tokens.c.id).where(which).cte("gone", recursive=True)
    made = tokens.alias("made")
    gone = gone.union(select(made.c.id).join(gone, made.c.made_by == gone.c.id))
    return _revoked(tokens.c.id.in_(select(gone.c.id)))


def network_of(address: str | None) -> str | None:
    """The network of an address, which tells a stranger's from one's own and does not tell whose it is: of IPv4 24
    bits, of IPv6 48.
    """
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    if ip.version == 6 and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


async def installation_key(engine: AsyncEngine, name: str) -> bytes:
    async with engine.connect() as connection:
        query = select(installation_keys.c.key).where(installation_keys.c.name == name)
        return bytes((await connection.execute(query)).scalar_one())


def _hash(token: str) -> bytes:
    # It has 178 random bits: a plain hash cannot be searched back.
    return hashlib.sha256(token.encode()).digest()
