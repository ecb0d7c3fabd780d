"""Rows of webhook subscriptions and of the attempts to deliver them, and what they are read as."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, PrimaryKeyConstraint, Table, Text, func

from application.delivery import Attempt, SubscriptionStatus
from infrastructure.database import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("dossier_id", Text),
    Column("id", Text),
    Column("name", Text),
    Column("url", Text, nullable=False),
    Column("watch", Text, nullable=False),
    Column("needs_rows", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("because", Text),
    Column("position", BigInteger, nullable=False),
    Column("cursor", Text),
    Column("tries", Integer, nullable=False),
    Column("failing_since", DateTime(timezone=True)),
    Column("next_attempt_at", DateTime(timezone=True)),
    # [{secret, until}] as JSON, the newest first: as they are, since they must sign.
    Column("secrets", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("lease", Text),
    Column("leased_by", Text),
    # Of a lease that was let go: when. Whoever waited longest is next.
    Column("leased_until", DateTime(timezone=True)),
    PrimaryKeyConstraint("dossier_id", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("dossier_id", Text),
    Column("subscription_id", Text),
    Column("entry", BigInteger, Identity(always=True)),
    Column("message_id", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("attempted_at", DateTime(timezone=True), nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("response", Text),
    Column("next_attempt_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("dossier_id", "subscription_id", "entry"),
)

# As `read_subscription` takes it.
ROW = """dossier_id, id, name, url, watch, needs_rows, status, because, position, cursor, tries, failing_since,
    next_attempt_at, secrets, created_at, created_by, version, lease"""


@dataclass(frozen=True, slots=True)
class Secret:
    """What messages are signed with: for good, or, where it was replaced, until a moment."""

    secret: str = field(repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription as it stands. Everything up to `position` is delivered, or was not asked for.

    `watch` is JSON (`application.watch`); `needs_rows`: the read models must have come that far too. `cursor` is the
    event's at `position` where it is known, `<position>.<8 hex>`. `tries` are those of the message under way; `version`
    counts what was done to the subscription from outside. `lease` is whose turn this value was taken for.
    """

    dossier_id: str
    id: str
    name: str | None
    url: str
    watch: str
    needs_rows: bool
    status: SubscriptionStatus
    because: str | None
    position: int
    cursor: str | None
    tries: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    secrets: Sequence[Secret]
    created_at: datetime
    created_by: str
    version: int
    lease: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.dossier_id, self.id

    def signing(self, now: datetime) -> list[str]:
        """The secrets that a message is signed with now, the newest first."""
        return [each.secret for each in self.secrets if each.until is None or now < each.until]


class Delivery(NamedTuple):
    """An attempt that was kept. `entry` grows with time; `next_attempt_at` is when it is tried anew, if it failed."""

    entry: int
    attempt: Attempt
    next_attempt_at: datetime | None


def read_subscription(row: Any) -> Subscription:
    (
        dossier_id, id_, name, url, watch, needs_rows, status, because, position, cursor, tries, failing_since,
        next_attempt_at, kept, created_at, created_by, version, lease,
    ) = row  # fmt: skip
    signing = [
        Secret(each["secret"], datetime.fromisoformat(each["until"]) if each["until"] else None)
        for each in json.loads(kept)
    ]
    return Subscription(
        dossier_id, id_, name, url, watch, needs_rows, status, because, position, cursor, tries,
        failing_since and _utc(failing_since), next_attempt_at and _utc(next_attempt_at), signing,
        _utc(created_at), created_by, version, lease,
    )  # fmt: skip


def read_delivery(row: Any) -> Delivery:
    (
        entry, next_attempt_at, message_id, position, type_, number, attempted_at, duration_ms, status, error, response,
    ) = row  # fmt: skip
    attempt = Attempt(
        message_id, position, type_, number, _utc(attempted_at), duration_ms, status, error, response
    )  # fmt: skip
    return Delivery(entry, attempt, next_attempt_at and _utc(next_attempt_at))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def as_text(signing: Sequence[Secret]) -> str:
    return json.dumps([{"secret": each.secret, "until": each.until and each.until.isoformat()} for each in signing])
