"""What deliveries rest on: a sender, the subscriptions that workers share, and whether the log is still the same."""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from application.delivery import Again, Attempt, Ended, Outcome, Paused
from application.following.places import LogPlace
from application.following.subscription import Subscription

Key = tuple[str, str]


class Message(NamedTuple):
    """One thing to tell, as it is sent; for one watch and place always the same. `body` is a CloudEvent."""

    place: LogPlace
    type: str
    body: str


class Due(NamedTuple):
    """A subscription with something to look at. `prompt`: its receiver took the last message, and soon."""

    dossier_id: str
    id: str
    host: str
    prompt: bool

    @property
    def key(self) -> Key:
        return self.dossier_id, self.id


class Progress(NamedTuple):
    """How far a subscription is delivered: the attempts since it was last told, and whether its turn ends with it."""

    leased: Subscription
    delivered: Sequence[Attempt]
    place: LogPlace
    release: bool = False


class Sender(Protocol):
    async def send(self, url: str, message_id: str, body: str, secrets: Sequence[str]) -> Outcome:
        """One request, signed. Whatever the receiver does is told, never raised."""
        ...


class Subscriptions(Protocol):
    """The subscriptions that workers share: whose turn each is, and how far it is delivered."""

    async def due(self, limit: int, dossiers: Collection[str] | None = None) -> list[Due]:
        """Those with something to look at and nobody at it, dossiers in turns; of some dossiers, or of all."""
        ...

    async def lease(self, keys: Collection[Key], holder: str, seconds: float) -> list[Subscription]:
        """Take subscriptions for a while: those of them that are due and that nobody else has."""
        ...

    async def renew(self, leased: Collection[Subscription], seconds: float) -> set[Key]:
        """Those that are still ours, for longer."""
        ...

    async def release(self, leased: Collection[Subscription]) -> None: ...

    async def progress(self, many: Sequence[Progress]) -> set[Key]:
        """Keep how far they are. Those that are ours no more are left out: of these nothing was kept."""
        ...

    async def failed(self, leased: Subscription, attempt: Attempt | None, then: Again | Ended | Paused) -> bool:
        """Keep what follows a failure. False where it is ours no more: then nothing was kept."""
        ...

    async def vouched_for(self) -> Sequence[tuple[str, str]]:
        """Of those that are active, each dossier with each who vouches for one of it."""
        ...

    async def pause_unread(self, vouchers: Collection[tuple[str, str]]) -> set[Key]:
        """Pause those of dossiers that those who vouch for them may not read. The keys of those paused now."""
        ...

    async def pause_revoked(self) -> set[Key]:
        """Pause those of whoever vouches for them without a token that still holds. The keys of those paused now."""
        ...

    async def prune(self) -> int: ...


class Epochs(Protocol):
    """Whether the log is the one that it was."""

    async def settled(self) -> None:
        """Waits for as long as that is in doubt."""
        ...
