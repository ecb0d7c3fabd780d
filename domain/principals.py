"""Who may sign what is recorded: users and programs, each under an opaque id, and the names that they go by."""

from typing import Annotated, Final, Literal

from domain.errors import DomainError
from domain.fact import Value
from domain.fields import Text
from domain.namesakes import folded

Kind = Literal["user", "program"]
PREFIXES: Final[dict[Kind, str]] = {"user": "u-", "program": "p-"}


class NameTaken(DomainError):
    """Somebody who is still here goes by that name: nobody signs as another."""

    code = "name_taken"


class NewPrincipal(Value):
    """A user or a program that is to be known here. `name` is shown beside what it recorded."""

    kind: Kind
    name: Annotated[str, Text(200)]
    email: Annotated[str, Text(320)] | None = None


def signed_as(name: str) -> str:
    """A name as names are compared: two that read alike are one. Of one without letters it is what was typed."""
    return folded(name) or " ".join(name.split())
