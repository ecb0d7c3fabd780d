"""Users with a token, for tests that need somebody who writes."""

from itertools import count

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.principals import NewPrincipal
from infrastructure.access.principals import Principals
from infrastructure.access.tokens import Tokens

_numbers = count(1)


async def new_holder(engine: AsyncEngine, name: str) -> tuple[str, str]:
    """A new user with a token that has no end: its text, and the user's id."""
    # Of several in one database each has a name of its own.
    known = await Principals(engine).called(name)
    user = await Principals(engine).add(
        NewPrincipal(kind="user", name=name if known is None else f"{name} {next(_numbers)}")
    )
    text, _ = await Tokens(engine).create(user.principal, "test")
    return text, user.principal
