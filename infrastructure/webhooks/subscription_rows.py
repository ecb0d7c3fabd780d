"""Rows of webhook subscriptions and of the attempts to deliver them, and what they are read as."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, PrimaryKeyConstraint, Table, Text, func

from application.delivery import Attempt
from application.following.subscription import Delivery, Secret, Subscription
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
    Column("paused_for", Text),
    Column("position", BigInteger, nullable=False),
    Column("cursor", Text),
    Column("tries", Integer, nullable=False),
    Column("failing_since", DateTime(timezone=True)),
    Column("next_attempt_at", DateTime(timezone=True)),
    # [{secret, until}] as JSON, the newest first: as they are, since they must sign.
    Column("secrets", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False),
    # None: whoever made it.
    Column("vouched_by", Text),
    Column("answered_in_ms", Integer),
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
ROW = """dossier_id, id, name, url, watch, needs_rows, status, because, paused_for, position, cursor, tries,
    failing_since, next_attempt_at, secrets, created_at, created_by, coalesce(vouched_by, created_by), answered_in_ms,
    version, lease,
    (select epoch from epochs order by number desc limit 1)"""


def read_subscription(row: Any) -> Subscription:
    (
        dossier_id, id_, name, url, watch, needs_rows, status, because, paused_for, position, cursor, tries,
        failing_since, next_attempt_at, kept, created_at, created_by, vouched_by, answered_in_ms, version, lease, epoch,
    ) = row  # fmt: skip
    signing = [
        Secret(each["secret"], datetime.fromisoformat(each["until"]) if each["until"] else None)
        for each in json.loads(kept)
    ]
    return Subscription(
        dossier_id, id_, name, url, watch, needs_rows, status, because, paused_for, position, cursor, tries,
        failing_since and _utc(failing_since), next_attempt_at and _utc(next_attempt_at), signing,
        _utc(created_at), created_by, vouched_by, answered_in_ms, version, epoch, lease,
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
