"""Who may come in, as it is kept: users and programs, and the tokens that they come in by."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.principals import Kind


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
    `used_from` the network from which it was then.
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

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
