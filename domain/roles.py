"""What somebody may do in a dossier: the roles, what each of them lets do of the others', and who is refused."""

from collections.abc import Collection, Mapping
from typing import Final, Literal

from domain.errors import DomainError

Role = Literal["reader", "analyst", "recorder", "editor", "auditor", "admin"]

# Whoever has one may do all that these may. Nobody comes to see what is restricted by managing who may see it.
INCLUDES: Final[Mapping[Role, frozenset[Role]]] = {
    "reader": frozenset({"reader"}),
    "analyst": frozenset({"analyst", "reader"}),
    "recorder": frozenset({"recorder", "reader"}),
    "editor": frozenset({"editor", "recorder", "analyst", "reader"}),
    "auditor": frozenset({"auditor", "analyst", "reader"}),
    "admin": frozenset({"admin", "reader"}),
}
ROLES: Final = tuple(INCLUDES)

# Whoever asks, with a token or without.
ANYONE: Final = "anyone"


class NotAllowed(DomainError):
    """Whoever asks may not do this. `details["role"]` is the one that would allow it, `dossier` where (null: here)."""

    code = "not_allowed"


def acting_as(roles: Collection[Role]) -> frozenset[Role]:
    """All that somebody with these roles may act as: roles add up."""
    return frozenset().union(*(INCLUDES[role] for role in roles))


def refusal(role: Role, dossier: str | None, what: str) -> NotAllowed:
    """`what` somebody may not do, and who can change that. `dossier` is None of the whole installation."""
    where = f"dossier {dossier!r}" if dossier is not None else "this installation"
    article = "an" if role[0] in "aeiou" else "a"
    return NotAllowed(
        f"{what} takes the role of {article} {role} in {where}, which you do not have, or your token does not carry; "
        "an admin of it can grant it",
        role=role,
        dossier=dossier,
    )
