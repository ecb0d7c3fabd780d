"""Who may do what, and who said so: grants of roles, in the log of the installation, each taken back by its own end."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from domain import when
from domain.errors import DomainError
from domain.fact import Fact, Value
from domain.fields import CutOff, Reason, StreamRef, Text
from domain.roles import ANYONE, Role

# The log of what is granted, in the table of all logs. It is no slug: no dossier can have that id.
INSTALLATION: Final = "@installation"
STREAM_KIND: Final = "access"
# Who grants by way of the database itself.
OPERATOR: Final = "operator"


class LastAdministrator(DomainError):
    """Without one nobody could grant anything any more, but who operates the database."""

    code = "last_administrator"


class AnyoneOnlyReads(DomainError):
    """What anybody does, nobody answers for."""

    code = "anyone_only_reads"


class EndsInThePast(DomainError):
    """A grant that is over before it begins."""

    code = "ends_in_the_past"


class NewGrant(Value):
    """A role for a user, a program, or `anyone`: in the dossier of the address, or in all of them.

    `until`: a moment, or a day (UTC), at whose end it is over by itself.
    """

    holder: Annotated[str, Text(100)]
    role: Role
    reason: Reason | None = None
    until: CutOff | None = None


class NewRevocation(Value):
    """Why a grant is taken back."""

    reason: Reason | None = None


class AccessGranted(Fact):
    type: Literal["access.granted"] = "access.granted"
    grant: str
    holder: str
    role: Role
    reason: str | None = None
    # RFC 3339, in UTC.
    until: str | None = None


class AccessRevoked(Fact):
    type: Literal["access.revoked"] = "access.revoked"
    grant: str
    reason: str | None = None


AccessEvent = AccessGranted | AccessRevoked


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of one holder. `dossier` is None where it is of all. Moments are aware; `by` are principals."""

    id: str
    dossier: str | None
    holder: str
    role: Role
    reason: str | None
    until: datetime | None
    granted_at: datetime
    granted_by: str
    position: int
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revoked_because: str | None = None

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.until is None or now < self.until)

    def is_as(self, new: NewGrant, now: datetime) -> bool:
        """Whether it holds, and is just what is asked for."""
        return (self.holder, self.role, self.until) == (new.holder, new.role, ends(new)) and self.holds(now)


def stream_of(dossier: str | None) -> StreamRef:
    """The stream of what is granted in a dossier, or (None) in all."""
    return StreamRef(STREAM_KIND, dossier or INSTALLATION)


def granted(held: Iterable[Grant], new: NewGrant, grant_id: str, now: datetime) -> list[AccessEvent]:
    """What becomes of a grant beside those that there are of its stream: nothing where one just like it holds.

    Raises:
        AnyoneOnlyReads, EndsInThePast, NotEdtf
    """
    if new.holder == ANYONE and new.role != "reader":
        raise AnyoneOnlyReads(
            f"anyone may read, and nothing else: {new.role} is granted to a user or a program", field="role"
        )
    until = ends(new)
    if until is not None and until <= now:
        raise ends_in_the_past(new)
    if any(one.is_as(new, now) for one in held):
        return []
    told = None if until is None else when.moment_text(until)
    return [AccessGranted(grant=grant_id, holder=new.holder, role=new.role, reason=new.reason, until=told)]


def revoked(held: Collection[Grant], going: Collection[Grant], reason: str | None, now: datetime) -> list[AccessEvent]:
    """What becomes of taking some grants back, of those that there are of a stream: nothing of what holds no more.

    Raises:
        LastAdministrator
    """
    going = [one for one in going if one.holds(now)]
    administer = [one for one in held if one.dossier is None and one.role == "admin" and one.holds(now)]
    staying = [one for one in administer if one not in going and one.until is None]
    if not staying and any(one in administer for one in going):
        raise LastAdministrator(
            "nobody else administers this installation without an end: nobody could grant anything any more. "
            "Make somebody else an admin first"
        )
    return [AccessRevoked(grant=one.id, reason=reason) for one in going]


def ends_in_the_past(new: NewGrant) -> EndsInThePast:
    return EndsInThePast(f"{new.until} is over: a grant ends later than it begins", field="until")


def ends(new: NewGrant) -> datetime | None:
    """When a grant is over by itself. Raises NotEdtf, EndsInThePast."""
    if new.until is None:
        return None
    try:
        return when.moment_of(when.cut_off(new.until, field="until"))
    except OverflowError:
        # The year 0 can be written, and is no moment of ours.
        raise ends_in_the_past(new) from None


def read_until(text: str) -> datetime:
    """The end of a grant as an event has it."""
    return datetime.fromisoformat(text).astimezone(UTC)
