"""Users with a token, for tests that need somebody who writes."""

from collections.abc import Collection
from itertools import count

from sqlalchemy.ext.asyncio import AsyncEngine

from application.grants import Grants
from domain.grants import OPERATOR, NewGrant
from domain.principals import NewPrincipal
from domain.roles import Role
from infrastructure.access.principals import Principals
from infrastructure.access.tokens import Tokens, installation_key
from infrastructure.log.postgres import PostgresLog

_numbers = count(1)


async def new_holder(
    engine: AsyncEngine, name: str, roles: Collection[Role] = ("admin", "editor"), dossier: str | None = None
) -> tuple[str, str]:
    """A new user with a token that has no end, and roles in a dossier or in all: its text, and the user's id."""
    # Of several in one database each has a name of its own.
    known = await Principals(engine).called(name)
    user = await Principals(engine).add(
        NewPrincipal(kind="user", name=name if known is None else f"{name} {next(_numbers)}")
    )
    text, _ = await Tokens(engine).create(user.principal, "test")
    await grant(engine, user.principal, roles, dossier)
    return text, user.principal


async def grant(engine: AsyncEngine, holder: str, roles: Collection[Role], dossier: str | None = None) -> None:
    """As the operator does it."""
    log = PostgresLog(engine, key=await installation_key(engine, "command-content"))
    try:
        for role in roles:
            await Grants(log).grant(dossier, NewGrant(holder=holder, role=role), OPERATOR)
    finally:
        await log.close()
