"""A webhook subscription: what somebody watches, where it is sent to, and how far it is delivered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from application.delivery import Attempt, PausedFor, SubscriptionStatus
from application.execute import NoSuchItem


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
    counts what was done to the subscription from outside; `epoch` is the one that the log is in. `lease` is whose turn
    this value was taken for.

    `vouched_by` is whose token it goes on with: of whoever made it, or last said where it goes or that it goes on.
    `answered_in_ms` is how long its receiver took for the last message that it took; None: none yet.
    """

    dossier_id: str
    id: str
    name: str | None
    url: str
    watch: str
    needs_rows: bool
    status: SubscriptionStatus
    because: str | None
    paused_for: PausedFor | None
    position: int
    cursor: str | None
    tries: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    secrets: Sequence[Secret]
    created_at: datetime
    created_by: str
    vouched_by: str
    answered_in_ms: int | None
    version: int
    epoch: str
    lease: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.dossier_id, self.id

    def signing(self, now: datetime) -> list[str]:
        """The secrets that a message is signed with now, the newest first."""
        return [each.secret for each in self.secrets if each.until is None or now < each.until]


def no_such_subscription(dossier_id: str, id_: str) -> NoSuchItem:
    """There is none, or none for whoever asks."""
    return NoSuchItem(f"there is no subscription {id_!r} in {dossier_id!r}")


class Delivery(NamedTuple):
    """An attempt that was kept. `entry` grows with time; `next_attempt_at` is when it is tried anew, if it failed."""

    entry: int
    attempt: Attempt
    next_attempt_at: datetime | None
