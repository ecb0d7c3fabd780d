"""Command in, events out: load what the decision needs, decide, append, and decide again if the log had moved."""

import asyncio
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from application.event_log import Append, Appended, EventLog, Guard, GuardFailed, StreamMoved, canonical, version_tag
from application.looking_twice import LookingTwice, ShownBeside
from application.outcome import Outcome
from application.remembered import NOTHING, Remembered, SeenStream
from application.stream_kinds import STREAM_KINDS
from domain.checks import Reference, references
from domain.differences import differences
from domain.errors import DomainError
from domain.events import AnyCommand, Event
from domain.fact import Creation
from domain.fields import SLUG, Malformed, StreamRef, stored
from domain.known import Known, NotLoaded, UnknownReference
from domain.second_looks import SecondLook, second_looks

ATTEMPTS = 8
LET_OTHERS_EVERY = 50


class NoSuchDossier(DomainError):
    code = "no_such_dossier"


class NoSuchItem(DomainError):
    code = "no_such_item"


class AlreadyExists(DomainError):
    """The id is taken by something else. `details["differences"]` says what differs: recorded, given."""

    code = "already_exists"


class VersionMoved(DomainError):
    """Somebody changed the item since the version that the caller had seen."""

    code = "version_moved"


class Contended(DomainError):
    """The log kept moving under the decision: nothing was changed, and asking again may go well."""

    code = "contended"


class GroupRefused(Exception):
    """Some commands of a group were refused, so none was carried out: (index in the group, why)."""

    def __init__(self, refusals: Sequence[tuple[int, DomainError]]) -> None:
        self.refusals = refusals
        super().__init__("; ".join(f"{index}: {refusal.message}" for index, refusal in refusals))


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, under the id that makes it idempotent, for a stream seen at `expected` (None: whatever it is).

    `expected` is a `version_tag`.
    """

    command: AnyCommand
    command_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    expected: str | None = None


class Executor:
    """Carries out commands against one log.

    A first attempt rests on remembered streams: the log checks under its lock that they had not moved. A refusal,
    or that nothing would change, is never taken from memory: it is decided again on what the log holds.
    """

    def __init__(
        self,
        log: EventLog,
        remembered: Remembered | None = None,
        shown: ShownBeside | None = None,
    ) -> None:
        self._log = log
        self._remembered = remembered or Remembered()
        self._looking_twice = LookingTwice(shown or ShownBeside())

    async def execute(
        self, dossier_id: str, principal: str, asked: Asked, *, correlation_id: str | None = None
    ) -> Outcome:
        """Carry out one command.

        Raises:
            DomainError: it is refused, and changed nothing.
            CommandIdReused: its command id stands for another command.
        """
        try:
            return (await self.execute_group(dossier_id, principal, [asked], correlation_id=correlation_id))[0]
        except GroupRefused as group:
            raise group.refusals[0][1] from None

    async def execute_group(
        self,
        dossier_id: str,
        principal: str,
        asked: Sequence[Asked],
        *,
        correlation_id: str | None = None,
        dry_run: bool = False,
    ) -> list[Outcome]:
        """Carry out all of some commands, in order, or none. Later ones see what earlier ones did.

        Raises:
            GroupRefused: what was refused, and why.
            CommandIdReused: the command id of one of them stands for another command.
        """
        contents = [canonical([type(a.command).__name__, stored(a.command)]).encode() for a in asked]
        for attempt in range(ATTEMPTS):
            group = _Group(self._log, self._remembered, dossier_id, careful=attempt > 0 or dry_run)
            answered: Mapping[str, Appended] = {}
            # Later commands of a group rest on earlier ones: what of them was done before must be known first.
            if group.careful or len(asked) > 1:
                ids = {a.command_id: content for a, content in zip(asked, contents, strict=True)}
                answered = await self._log.answers(dossier_id, principal, ids)
            try:
                await group.decide_all(asked, answered)
            except _LookCloser:
                continue
            if group.refusals:
                raise GroupRefused(group.refusals)
            appends = [
                Append(
                    dossier_id,
                    asked[index].command.stream,
                    decided.before.version,
                    decided.events,
                    principal,
                    asked[index].command_id,
                    contents[index],
                    decided.guards,
                    correlation_id=correlation_id,
                    expected_event=decided.before.event,
                )
                for index, decided in group.decided.items()
            ]
            try:
                done = await self._log.append(appends) if appends and not dry_run else []
            except (StreamMoved, GuardFailed):
                self._remembered.forget(dossier_id, group.touched)
                await asyncio.sleep(0.002 * max(0, attempt - 1))
                continue
            if any(one.repeated for one in done):
                # What was decided now is not what was recorded then.
                self._remembered.forget(dossier_id, group.touched)
            elif done:
                group.remember(done)
            outcomes = group.outcomes(asked, answered, done)
            return await self._looking_twice.warned(dossier_id, group.time_zone, outcomes, dry_run=dry_run)
        raise GroupRefused([(0, Contended("the record kept changing under this command; ask again"))])


class _LookCloser(Exception):
    """What was decided from memory must be decided again on what the log holds."""


class _Decided(NamedTuple):
    stream: StreamRef
    before: SeenStream
    after: SeenStream
    events: list[Event]
    guards: list[Guard]
    second_looks: list[SecondLook]


class _States(Mapping[StreamRef, Any]):
    """The states of the streams that are seen, and of those that are remembered as soon as they are asked for."""

    def __init__(self, seen: dict[StreamRef, SeenStream], remember: Callable[[StreamRef], SeenStream | None]) -> None:
        self._seen = seen
        self._remember = remember

    def __contains__(self, stream: object) -> bool:
        if stream in self._seen:
            return True
        assert isinstance(stream, StreamRef)
        remembered = self._remember(stream)
        if remembered is None:
            return False
        self._seen[stream] = remembered
        return True

    def __getitem__(self, stream: StreamRef) -> Any:
        return self._seen[stream].state

    def __iter__(self) -> Iterator[StreamRef]:
        return iter(self._seen)

    def __len__(self) -> int:
        return len(self._seen)


class _Unquestioned(Known):
    """For what was recorded before: what it names was there then, whatever became of it since."""

    def get(self, stream: StreamRef) -> Any:
        return None

    def require(self, references: Iterable[Reference], *, retracted_too: bool = False) -> None:
        pass


class _Group:
    """One attempt at a group of commands: the streams as they would stand after each of them."""

    def __init__(self, log: EventLog, remembered: Remembered, dossier_id: str, *, careful: bool) -> None:
        self._log = log
        self._remembered = remembered
        self._dossier_id = dossier_id
        self._now = time.time_ns() // 1_000
        self.careful = careful
        self._seen: dict[StreamRef, SeenStream] = {}
        self._states = _States(self._seen, self._remember)
        self._creations: dict[StreamRef, list[Event]] = {}
        self.decided: dict[int, _Decided] = {}
        self.refusals: list[tuple[int, DomainError]] = []
        self._failed: set[StreamRef] = set()
        # What the commands of the group name, until all of it is loaded: the first time that one lacks something.
        self._named: Sequence[AnyCommand] = ()

    @property
    def touched(self) -> Collection[StreamRef]:
        return self._seen.keys()

    @property
    def time_zone(self) -> str:
        """That of the dossier, once anything was decided in it."""
        home = self._seen.get(StreamRef("dossier", self._dossier_id), NOTHING)
        return home.state.time_zone if home.state is not None else "UTC"

    async def decide_all(self, asked: Sequence[Asked], answered: Mapping[str, Appended]) -> None:
        """Decide each command on what the ones before it left behind."""
        self._named = [one.command for one in asked if one.command_id not in answered] if len(asked) > 1 else ()
        await self._load_targets([a.command for a in asked if a.command_id not in answered])
        for index, one in enumerate(asked):
            if one.command_id in answered:
                continue
            try:
                decided = await self._decide(one)
            except DomainError as refusal:
                if not self.careful:
                    raise _LookCloser from None
                if not self._follows_from_a_failure(refusal):
                    self.refusals.append((index, refusal))
                self._failed.add(one.command.stream)
                continue
            self.decided[index] = decided
            self._seen[one.command.stream] = decided.after
            if index % LET_OTHERS_EVERY == LET_OTHERS_EVERY - 1:
                # A large group is a second of work: whoever else this process serves goes on in between.
                await asyncio.sleep(0)

    async def _decide(self, asked: Asked) -> _Decided:
        command = asked.command
        before = self._seen[command.stream]
        if isinstance(command, Creation):
            if before.version:
                return await self._created_before(command, before)
        elif not before.version:
            raise NoSuchItem(
                f"there is no {command.stream_kind} {command.id!r} in this dossier",
                field="id",
                kind=command.stream_kind,
                id=command.id,
            )
        if asked.expected is not None and asked.expected != _tag(before):
            number = asked.expected.partition(".")[0]
            found = "another version" if number == str(before.version) else f"version {before.version}, not {number}"
            raise VersionMoved(
                f"{command.stream.kind} {command.id!r} is at {found}: read it again and decide anew",
                version=before.version,
            )
        events, looks, known = await self._rule(command, before.state)
        if not events and not self.careful:
            raise _LookCloser
        rules, state = STREAM_KINDS[command.stream_kind], before.state
        for event in events:
            state = rules.evolve(state, event)
        guards = [
            Guard(stream)
            if stream.kind == "dossier" and not known.asked_for_words
            else Guard(stream, self._seen[stream].version, self._seen[stream].event)
            for stream in known.relied_on
            if stream != command.stream
        ]
        if isinstance(command, Creation):
            self._creations[command.stream] = events
        after = SeenStream(before.version + len(events), state, None if events else before.event)
        return _Decided(command.stream, before, after, events, guards, looks)

    async def _rule(self, command: AnyCommand, state: Any) -> tuple[list[Event], list[SecondLook], Known]:
        """Decide, and look at it twice, loading what that asks for until it has all."""
        home = StreamRef("dossier", self._dossier_id)
        if command.stream_kind == home.kind and command.stream != home:
            raise Malformed(f"this is dossier {self._dossier_id!r}, not {command.id!r}", field="id")
        while True:
            try:
                known = self._known(command)
                events = STREAM_KINDS[command.stream_kind].decide(state, command, known)
                found = second_looks(state, command, events, known, self._now)
                return events, found, known
            except NotLoaded as wanted:
                # What is no id is refused when its command is decided.
                named = {
                    stream for command in self._named for _, stream in references(command) if SLUG.fullmatch(stream.id)
                }
                self._named = ()
                await self._load([home, *wanted.streams, *sorted(named)])

    def _known(self, command: AnyCommand) -> Known:
        home = StreamRef("dossier", self._dossier_id)
        if command.stream == home:
            return Known(self._states)
        # Whatever is decided in a dossier rests on there being one.
        standing = Known(self._states).get(home)
        if standing is None:
            raise NoSuchDossier(f"there is no dossier {self._dossier_id!r}")
        known = Known(self._states, standing.time_zone, standing.vocabulary)
        known.relied_on.add(home)
        return known

    async def _created_before(self, command: AnyCommand, before: SeenStream) -> _Decided:
        """Creating what is there already: nothing changes if it was created so, and is refused if not."""
        if not self.careful:
            raise _LookCloser
        home = self._seen[StreamRef("dossier", self._dossier_id)].state
        known = _Unquestioned(self._states, home.time_zone, home.once)
        events = STREAM_KINDS[command.stream_kind].decide(None, command, known)
        recorded = self._creations[command.stream][: len(events)]
        if recorded == events:
            return _Decided(command.stream, before, before, [], [], [])
        raise AlreadyExists(
            f"{command.stream_kind} {command.id!r} is in the dossier already, with other content: "
            "correct it if our record was wrong, or give this one another id",
            field="id",
            differences=differences(recorded, events),
        )

    async def _load_targets(self, commands: Sequence[AnyCommand]) -> None:
        home = StreamRef("dossier", self._dossier_id)
        # From memory, a new item is taken to be new; the log checks it.
        new = [c.stream for c in commands if isinstance(c, Creation) and not self.careful]
        self._seen |= {s: self._remembered.get(self._dossier_id, s) or NOTHING for s in new}
        await self._load(dict.fromkeys([home, *(c.stream for c in commands)]))

    async def _load(self, streams: Iterable[StreamRef]) -> None:
        missing = [stream for stream in streams if stream not in self._states]
        if not missing:
            return
        for stream, events in (await self._log.streams(self._dossier_id, missing)).items():
            rules, state = STREAM_KINDS[stream.kind], None
            for recorded in events:
                state = rules.evolve(state, recorded.event)
            self._seen[stream] = SeenStream(len(events), state, events[-1].id if events else None)
            self._creations[stream] = [recorded.event for recorded in events]
            if events:
                self._remembered.put(self._dossier_id, stream, self._seen[stream])

    def _remember(self, stream: StreamRef) -> SeenStream | None:
        return None if self.careful else self._remembered.get(self._dossier_id, stream)

    def _follows_from_a_failure(self, refusal: DomainError) -> bool:
        """Whether a command fails only because an earlier one of the group did."""
        match refusal:
            case UnknownReference() | NoSuchItem():
                return StreamRef(refusal.details["kind"], refusal.details["id"]) in self._failed
            case _:
                return False

    def remember(self, done: Sequence[Appended]) -> None:
        """Keep what was seen and what was made of it: each stream after the last append that had events for it."""
        for decided, appended in zip(self.decided.values(), done, strict=True):
            if appended.event is not None:
                self._seen[decided.stream] = decided.after._replace(event=appended.event)
        for stream, seen in self._seen.items():
            if seen.event is not None:
                self._remembered.put(self._dossier_id, stream, seen)

    def outcomes(
        self, asked: Sequence[Asked], answered: Mapping[str, Appended], done: Sequence[Appended]
    ) -> list[Outcome]:
        ends = dict(zip(self.decided, done, strict=False))
        outcomes = []
        for index, one in enumerate(asked):
            first = answered.get(one.command_id) or ends.get(index)
            decided = self.decided.get(index)
            if decided is None or (first is not None and first.repeated):
                assert first is not None
                changed = first.event is not None
                outcomes.append(
                    Outcome(one.command.stream, first.version, first.position, changed, first.event, repeated=True)
                )
                continue
            outcomes.append(
                Outcome(
                    one.command.stream,
                    decided.after.version,
                    first.position if first else 0,
                    changed=bool(decided.events),
                    event=first.event if first and first.event else decided.after.event,
                    events=decided.events,
                    second_looks=decided.second_looks,
                    state=decided.after.state,
                )
            )
        return outcomes


def _tag(seen: SeenStream) -> str | None:
    """None of what was decided in the same group and is not yet appended: nobody can have seen it."""
    return None if seen.event is None else version_tag(seen.version, seen.event)
