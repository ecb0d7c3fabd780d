"""Who may do what, as each process knows it: the log of the installation, folded in memory and looked at again."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, assert_never
from uuid import UUID

from application.event_log import Append, EventLog, Recorded, StreamMoved, canonical
from application.execute import Contended, NoSuchItem
from application.reading import NotInThePast
from domain import when
from domain.fields import StreamRef
from domain.grants import (
    INSTALLATION,
    AccessEvent,
    AccessGranted,
    AccessRevoked,
    Grant,
    NewGrant,
    granted,
    read_until,
    revoked,
    stream_of,
)
from domain.roles import ANYONE, Role, acting_as

# For so long a process goes by what it knows.
KNOWN_FOR_S = 0.4
_READ_AT_ONCE = 5_000
_ATTEMPTS = 8


class Granted:
    """All that was granted, up to a position.

    It is folded in place: ten thousand grants, copied for each event, would take as many times ten thousand steps.
    """

    def __init__(self) -> None:
        self.position = 0
        self.recorded_at: datetime | None = None
        self._last: UUID | None = None
        self._grants: dict[str, Grant] = {}
        # By holder and dossier: somebody may have one in each of ten thousand.
        self._of_holder: dict[str, dict[str | None, dict[str, Grant]]] = {}
        self._versions: dict[StreamRef, tuple[int, UUID]] = {}

    def take(self, events: Sequence[Recorded[Any]]) -> None:
        for one in events:
            self._fold(one, one.event)
            self.position, self.recorded_at, self._last = one.position, one.recorded_at, one.id
            self._versions[one.stream] = one.version, one.id

    def _fold(self, at: Recorded[Any], event: AccessEvent) -> None:
        match event:
            case AccessGranted(grant=id_, holder=holder, role=role, reason=reason):
                dossier = None if at.stream.id == INSTALLATION else at.stream.id
                until = None if event.until is None else read_until(event.until)
                by, then, position = at.principal, at.recorded_at, at.position
                self._put(Grant(id_, dossier, holder, role, reason, until, then, by, position))
            case AccessRevoked():
                before = self._grants[event.grant]
                self._put(
                    replace(before, revoked_at=at.recorded_at, revoked_by=at.principal, revoked_because=event.reason)
                )
            case unknown:
                assert_never(unknown)

    def _put(self, grant: Grant) -> None:
        there = self._of_holder.setdefault(grant.holder, {}).setdefault(grant.dossier, {})
        self._grants[grant.id] = there[grant.id] = grant

    def went_on_from(self, event: Recorded[Any]) -> bool:
        """Whether the log still has, at the position up to which it was folded, the event that it had there."""
        return event.id == self._last

    def version(self, stream: StreamRef) -> tuple[int, UUID | None]:
        return self._versions.get(stream, (0, None))

    def one(self, grant_id: str, dossier: str | None) -> Grant:
        """Raises NoSuchItem."""
        grant = self._grants.get(grant_id)
        if grant is None or grant.dossier != dossier:
            where = "in this installation" if dossier is None else f"in dossier {dossier!r}"
            raise NoSuchItem(f"there is no grant {grant_id!r} {where}", field="id", kind="grant", id=grant_id)
        return grant

    def of(self, dossier: str | None) -> Iterator[Grant]:
        """In the order in which they were made: those of a dossier, or (None) of the installation."""
        return (grant for grant in self._grants.values() if grant.dossier == dossier)

    def held_by(self, holder: str, now: datetime) -> list[Grant]:
        """Those that hold."""
        each = self._of_holder.get(holder, {}).values()
        return [grant for there in each for grant in there.values() if grant.holds(now)]

    def roles(self, holder: str, dossier: str | None, now: datetime) -> frozenset[Role]:
        """What was granted to a holder in a dossier, there or in all; of None in the installation alone."""
        held = self._of_holder.get(holder, {})
        found = (held.get(there, {}).values() for there in {None, dossier})
        return frozenset(grant.role for grants in found for grant in grants if grant.holds(now))

    def reads(self, holder: str, dossier: str, now: datetime) -> bool:
        """Whether they may read a dossier, as anyone may or by what was granted to them."""
        return "reader" in acting_as(self.roles(holder, dossier, now) | self.roles(ANYONE, dossier, now))

    def open_to_anyone(self, dossier: str, now: datetime) -> bool:
        return self.reads(ANYONE, dossier, now)


class Grants:
    """Grants and takes back, and knows who may do what: within a second of what other processes said of it.

    `now` is the clock by which grants end.
    """

    def __init__(self, log: EventLog, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._log = log
        self.now = now
        self._known = Granted()
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def known(self, *, anew: bool = False) -> Granted:
        """What was granted. `anew`: not from memory, as where somebody would be refused.

        Raises:
            LogUnavailable
        """
        since = time.monotonic() - (0 if anew else KNOWN_FOR_S)
        if self._looked_at <= since:
            async with self._looking:
                # Whoever waited for the look of another needs none.
                if self._looked_at <= since:
                    await self._look()
        return self._known

    async def grant(self, dossier: str | None, new: NewGrant, by: str) -> Grant:
        """Grant a role; where one just like it holds, that one.

        Raises:
            AnyoneOnlyReads, EndsInThePast, NotEdtf, Contended
        """
        grant_id = f"g-{uuid.uuid4().hex[:12]}"

        def decide(held: Granted) -> list[AccessEvent]:
            return granted(held.of(dossier), new, grant_id, self.now())

        held = await self._decided(stream_of(dossier), decide, ["grant", dossier, new.model_dump(mode="json")], by)
        return next(one for one in held.of(dossier) if one.id == grant_id or one.is_as(new, self.now()))

    async def revoke(self, dossier: str | None, grant_id: str, reason: str | None, by: str) -> Grant:
        """Take a grant back; one that is over stays as it is.

        Raises:
            NoSuchItem, LastAdministrator, Contended
        """

        def decide(held: Granted) -> list[AccessEvent]:
            return revoked([*held.of(dossier)], [held.one(grant_id, dossier)], reason, self.now())

        held = await self._decided(stream_of(dossier), decide, ["revoke", dossier, grant_id, reason], by)
        return held.one(grant_id, dossier)

    async def let_go(self, holder: str, by: str) -> None:
        """Take back all that somebody was granted: first in the installation, where it may be refused.

        Raises:
            LastAdministrator, Contended
        """
        grants = (await self.known(anew=True)).held_by(holder, self.now())
        for dossier in sorted({one.dossier for one in grants}, key=lambda dossier: dossier or ""):

            def decide(held: Granted, dossier: str | None = dossier) -> list[AccessEvent]:
                theirs = [one for one in held.of(dossier) if one.holder == holder]
                return revoked([*held.of(dossier)], theirs, "They were let go.", self.now())

            await self._decided(stream_of(dossier), decide, ["let go", dossier, holder], by)

    async def as_of(self, asked: str | None) -> tuple[Granted, datetime]:
        """All that was granted by a position of the installation's log, or a moment (a day: its last instant, UTC), and
        when that was; else now.

        Raises:
            NotInThePast, NotEdtf
        """
        if asked is None:
            return await self.known(anew=True), self.now()
        known, moment = await self.known(anew=True), None
        if asked.isascii() and asked.isdecimal() and len(asked) < 19:
            position = int(asked)
            if position > known.position:
                said = f"the installation's log has {known.position} events; position {position} is still to come"
                raise NotInThePast(said, field="as_of", head=known.position)
        else:
            latest, now = when.cut_off(asked, field="as_of"), when.instant_of(self.now())
            if now <= latest:
                if now < when.bounds(asked).earliest:
                    raise NotInThePast(f"as_of {asked} is still to come", field="as_of")
                return known, self.now()
            # Before the year 1 there was nothing either.
            moment = when.moment_of(max(latest, when.instant_of(datetime(1, 1, 1, tzinfo=UTC))))
            position = await self._log.position_at(INSTALLATION, moment) if known.position else 0
        then = Granted()
        await _read_up_to(self._log, then, position)
        return then, moment or then.recorded_at or self.now()

    async def _decided(
        self, stream: StreamRef, decide: Callable[[Granted], list[AccessEvent]], content: object, by: str
    ) -> Granted:
        for _ in range(_ATTEMPTS):
            async with self._looking:
                await self._look()
            held = self._known
            events = decide(held)
            if not events:
                return held
            version, event = held.version(stream)
            append = Append(
                INSTALLATION, stream, version, events, by, str(uuid.uuid4()), canonical(content).encode(),
                expected_event=event,
            )  # fmt: skip
            try:
                await self._log.append([append])
            except StreamMoved:
                continue
            async with self._looking:
                await self._look()
            return self._known
        raise Contended("what is granted kept changing under this; ask again")

    async def _look(self) -> None:
        begun, known = time.monotonic(), self._known
        # The last one again: a log that was restored has another there, or none.
        events = await self._log.read(INSTALLATION, max(0, known.position - 1), _READ_AT_ONCE)
        goes_on = not known.position or (bool(events) and known.went_on_from(events[0]))
        if goes_on:
            known.take(events[1:] if known.position else events)
        else:
            known = Granted()
        if not goes_on or len(events) == _READ_AT_ONCE:
            await _read_up_to(self._log, known, None)
        self._known, self._looked_at = known, begun


async def _read_up_to(log: EventLog, held: Granted, position: int | None) -> None:
    """Folds what comes after, up to a position or to the end."""
    while position is None or held.position < position:
        events = await log.read(INSTALLATION, held.position, _READ_AT_ONCE, upto=position)
        held.take(events)
        if len(events) < _READ_AT_ONCE:
            return
