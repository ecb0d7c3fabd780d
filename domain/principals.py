"""Who may sign what is recorded: users and programs, each under an opaque id, and the names that they go by."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from domain.errors import DomainError
from domain.fact import Value
from domain.fields import OneOrMore, Slug, Text
from domain.namesakes import folded
from domain.roles import Role

Kind = Literal["user", "program"]
USUAL_DAYS: Final = 90
MOST_DAYS: Final = 3_660

PREFIXES: Final[dict[Kind, str]] = {"user": "u-", "program": "p-"}


class NameTaken(DomainError):
    """Somebody who is still here goes by that name: nobody signs as another."""

    code = "name_taken"


class MoreThanItself(DomainError):
    """A token makes none that may do more than it."""

    code = "more_than_itself"


class NewPrincipal(Value):
    """A user or a program that is to be known here. `name` is shown beside what it recorded."""

    kind: Kind
    name: Annotated[str, Text(200)]
    email: Annotated[str, Text(320)] | None = None


class NewToken(Value):
    """A token to be made: of whoever asks, or of `principal`. `name` says what it is for: `laptop`, `nightly import`.

    It holds for `days`, 90 unless said; null is until it is revoked. Of what its holder may it carries `roles` at most,
    in these `dossiers` alone. Where nothing is said of these it carries what the token does that it is made with.
    """

    name: Annotated[str, Text(200)]
    principal: Annotated[str, Text(100)] | None = None
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = USUAL_DAYS
    roles: OneOrMore[Role] | None = None
    dossiers: OneOrMore[Slug] | None = None

    def ends(self, begun: datetime) -> datetime | None:
        """When one that was made then holds no more."""
        return None if self.days is None else begun + timedelta(days=self.days)


def signed_as(name: str) -> str:
    """A name as names are compared: two that read alike are one. Of one without letters it is what was typed."""
    return folded(name) or " ".join(name.split())
