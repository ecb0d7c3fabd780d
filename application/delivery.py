"""What becomes of a message for a webhook: which addresses it may go to, and what follows each attempt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from domain.errors import DomainError
from domain.when import moment_text

# What Standard Webhooks proposes: how long to wait before each attempt. About three days in all.
SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.2
# However long a receiver asks us to wait.
LONGEST_WAIT_S = 24 * 3600.0
GONE = 410
# Who takes longer is not prompt: the slow wait for the slow only.
SLOW_MS = 1000
SAY_WHEN = (429, 503)


class TargetRefused(DomainError):
    """The address is not one that messages may be sent to."""

    code = "target_refused"


class SubscriptionEnded(DomainError):
    """Its receiver said that it is gone: only a replay revives it."""

    code = "subscription_ended"


class Outcome(NamedTuple):
    """What came of one request. `status` None: no answer; `error` says what was wrong, beside the status or without.

    `response` is the beginning of the answer's body; `retry_after_s` how long the receiver asks us to wait.
    """

    attempted_at: datetime
    duration_ms: int
    status: int | None = None
    error: str | None = None
    response: str | None = None
    retry_after_s: float | None = None


SubscriptionStatus = Literal["active", "paused", "ended"]
# Somebody asked for it; the last attempt of a schedule failed; the log holds another event where it stood, or an epoch
# began; nobody vouches for it any more.
PausedFor = Literal["asked", "failing", "another_log", "restored", "revoked"]


class Attempt(NamedTuple):
    """One attempt at one message: `Attempt(message_id, position, type, number, *outcome)`. `number` counts from 1."""

    message_id: str
    position: int
    type: str
    number: int
    attempted_at: datetime
    duration_ms: int
    status: int | None = None
    error: str | None = None
    response: str | None = None
    retry_after_s: float | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it: on to the next message."""


@dataclass(frozen=True, slots=True)
class Again:
    """The same message once more, not before `at`."""

    at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The receiver wants no more."""

    because: str


@dataclass(frozen=True, slots=True)
class Paused:
    """Nobody tries any more until somebody says so."""

    because: str
    reason: PausedFor


Next = Delivered | Again | Ended | Paused


def after(attempt: Attempt, failing_since: datetime | None, jitter: float) -> Next:
    """What follows an attempt.

    `failing_since` is when the first attempt at this message failed, None for the first; `jitter` a number from 0
    to 1 by which the waits of many are spread, up to 20 % less or more.
    """
    if attempt.delivered:
        return Delivered()
    ended_at = attempt.attempted_at + timedelta(milliseconds=attempt.duration_ms)
    because = _because(attempt)
    if attempt.status == GONE:
        return Ended(f"the receiver answered 410 (gone) on {moment_text(ended_at)}; a replay revives the subscription")
    if attempt.number >= len(SCHEDULE):
        since = failing_since or attempt.attempted_at
        return Paused(
            f"failing since {moment_text(since)}: {attempt.number} attempts at message {attempt.message_id} "
            f"(position {attempt.position}), the last on {moment_text(ended_at)}: {because}. "
            "Resume it once the receiver answers; nothing is passed over",
            "failing",
        )
    wait = SCHEDULE[attempt.number] * (1 + JITTER * (2 * jitter - 1))
    if attempt.status in SAY_WHEN and attempt.retry_after_s is not None:
        wait = max(wait, timedelta(seconds=min(attempt.retry_after_s, LONGEST_WAIT_S)))
    return Again(ended_at + wait, because)


def another_log(cursor: str) -> Paused:
    """What follows when the log holds another event, or none, where a subscription stood."""
    return Paused(
        f"the log is not the one that was delivered up to {cursor}: it was restored, or a replica lagged. "
        "Replay from the position from which the receiver should hear again",
        "another_log",
    )


def _because(attempt: Attempt) -> str:
    answered = None if attempt.status is None else f"the receiver answered {attempt.status}"
    return ": ".join(part for part in (answered, attempt.error) if part) or "no answer"
