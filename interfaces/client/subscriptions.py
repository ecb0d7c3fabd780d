"""Webhook subscriptions, as models."""

from datetime import datetime
from typing import Any

from .answers import Answer


class Subscription(Answer):
    """Everything up to `position` is delivered, or was not asked for; `behind` says how much there is after it."""

    id: str
    name: str | None
    url: str
    watch: dict[str, Any]
    status: str
    because: str | None
    paused_for: str | None
    position: int
    behind: int
    tries: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    created_at: datetime
    created_by: str
    vouched_by: str


class NewSubscription(Subscription):
    """`secret` is what its messages are signed with: shown this once. A `standardwebhooks` receiver takes it."""

    secret: str


class NewSecret(Answer):
    id: str
    secret: str
    overlap_s: int


class Delivery(Answer):
    """One attempt at one message, `id`. Where nothing was answered `status` is None, and `error` says why."""

    id: str
    position: int
    type: str
    attempt: int
    time: datetime
    status: int | None
    duration_ms: int
    response: str | None
    error: str | None
    next_attempt_at: datetime | None
