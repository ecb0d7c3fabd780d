"""Who may come in, as it is kept: users and programs, and the tokens that they come in by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.principals import Kind
from domain.roles import INCLUDES, Role, acting_as


@dataclass(frozen=True, slots=True)
class Principal:
    """`made_by` is the principal who made it; None where it was made in the database itself."""

    principal: str
    kind: Kind
    name: str
    email: str | None
    made_at: datetime
    made_by: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Token:
    """`made_by` is the token that it was made with. `used_on` is the last day on which it was used (UTC), and
    `used_from` the network from which it was then. `roles` and `dossiers` are all that it carries of what its holder
    may (None: everything).
    """

    id: str
    principal: str
    name: str
    created_at: datetime
    made_by: str | None
    expires_at: datetime | None
    used_on: date | None
    used_from: str | None
    revoked_at: datetime | None
    roles: Sequence[Role] | None
    dossiers: Sequence[str] | None

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def carries(self, roles: frozenset[Role], dossier: str | None) -> frozenset[Role]:
        """What may be done with it of what its holder may act as in a dossier, or (None) in the installation."""
        if self.dossiers is not None and dossier not in self.dossiers:
            return frozenset()
        return roles if self.roles is None else roles & acting_as(self.roles)

    def lends(self, roles: Sequence[Role] | None, dossiers: Sequence[str] | None) -> bool:
        """Whether one that is made with it may carry these: no more than it does itself."""
        own = acting_as(self.roles) if self.roles is not None else frozenset(INCLUDES)
        within_roles = self.roles is None or (roles is not None and acting_as(roles) <= own)
        return within_roles and (self.dossiers is None or (dossiers is not None and {*dossiers} <= {*self.dossiers}))
