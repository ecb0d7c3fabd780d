"""Every command has another that leads back to an equal picture, and the history tells both."""

import asyncio
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from application.event_log import Recorded
from application.execute import Asked, Executor
from application.history import Entry, history
from domain.assessment import AssessmentRevisionReinstated, AssessmentRevisionRetracted, AssessmentUpheld
from domain.claim import ClaimRevised, ClaimWithdrawn, CorrectClaim, RecordFigure, RetractStatement, ReviseClaim
from domain.dossier import OpenDossier
from domain.errors import DomainError
from domain.fact import Command
from domain.fields import StreamRef, read
from domain.place import RegisterPlace
from domain.report import FileReport
from domain.source import RegisterSource
from domain.statements import last_word
from infrastructure.log.memory import MemoryLog
from interfaces.bootstrap import READ_MODELS
from tests.histories import (
    IDS,
    PLACES,
    SOURCES,
    CatchUp,
    changes,
    command,
    dates,
    examples,
    histories,
    numbers,
    texts,
    why,
)
from tests.histories import given as given_fields
from tests.inverses import INVERSES, ways_back

# What says where in the log something stands, and what only the account of an item tells.
NOT_OF_THE_PICTURE = {"version", "recorded_position", "assessed_no_more", "own"}
OF_THE_ACCOUNT = {"retracted_statements"}
# What was so may not be said anew: it names an item that was retracted since, or is no shared origin any more.
NOT_ANEW = {"retracted_reference", "same_origin_of_attributed"}


class CannotBeSaidAnew(Exception):
    """For a reason of `NOT_ANEW`."""


Rows = dict[tuple[str, Any], tuple[Any, ...]]


def changes_nothing(entry: Entry) -> bool:
    """Whether what happened to an item leaves it as it was, but for that it happened."""
    match entry.recorded.event:
        case AssessmentUpheld():
            return True
        case AssessmentRevisionRetracted() | AssessmentRevisionReinstated():
            # It was that the finding had been upheld.
            return not entry.recorded.event.set
        case ClaimWithdrawn(statement=number):
            # A late find: it was withdrawn once more since.
            return number != last_word(entry.after.statements).number
        case ClaimRevised(set=said):
            # Said again in the same words, after a report that does not count.
            return not said
        case _:
            return False


class Folded:
    """The rows of every read model over one dossier's log, by the folds that serve it."""

    def __init__(self) -> None:
        self.models = {model.stream_kind: model for model in READ_MODELS}
        self.states: dict[StreamRef, Any] = {}
        self.events: dict[StreamRef, list[Recorded]] = {}
        self.time_zone = "UTC"

    def take(self, recorded: Recorded) -> None:
        self.time_zone = getattr(recorded.event, "time_zone", None) or self.time_zone
        model = self.models[recorded.stream.kind]
        self.states[recorded.stream] = model.fold(self.states.get(recorded.stream), recorded, self.time_zone)
        self.events.setdefault(recorded.stream, []).append(recorded)

    def held(self, stream: StreamRef) -> Any:
        """As the rules have it."""
        return getattr(self.states[stream], stream.kind) if stream in self.states else None

    def picture(self, stream: StreamRef) -> Rows:
        model = self.models[stream.kind]
        names = {table.name: table.values for table in model.tables}
        found: Rows = {}
        for table, rows in model.rows(self.states[stream]).items():
            for key, values in rows.items():
                if table not in OF_THE_ACCOUNT:
                    told = zip(names[table], values, strict=True)
                    found[table, key] = tuple(value for name, value in told if name not in NOT_OF_THE_PICTURE)
        # Of a claim that nothing happened to there is no such row.
        if stream.kind == "claim":
            found.setdefault(("claims", ()), (False, None, None, None))
        return found


class Desk:
    """A desk that unsays what it says, now and then."""

    def __init__(self) -> None:
        self.log, self.folded = MemoryLog(), Folded()
        self.executor = Executor(self.log)
        self.last = 0

    async def ask(self, command: Command) -> list[Any]:
        """The events that come of it; none where it is refused.

        Raises:
            DomainError: it is refused.
        """
        await self.executor.execute("d", "desk", Asked(command))  # type: ignore[arg-type]
        events = await self.log.read("d", self.last, 100)
        for recorded in events:
            self.folded.take(recorded)
        self.last += len(events)
        return [each.event for each in events]

    async def say(self, command: Command) -> list[Command]:
        """Take a command, if it can be; the ways back from what came of it."""
        before = self.folded.held(command.stream)
        try:
            events = await self.ask(command)
        except DomainError:
            return []
        return list(ways_back(command, before, events[0])) if events else []

    async def say_back(self, command: Command, back: Command) -> list[Command]:
        """The ways back from the way back."""
        assert type(back) in INVERSES[type(command)]
        before = self.folded.held(back.stream)
        try:
            events = await self.ask(back)
        except DomainError as refusal:
            if refusal.code in NOT_ANEW:
                raise CannotBeSaidAnew from None
            # The statement that it was taken over from brought it back.
            assert refusal.code == "nothing_changes", (back, refusal.code, refusal.message)
            return []
        return list(ways_back(back, before, events[0]))

    async def say_and_unsay(self, command: Command) -> None:
        """And say again what was unsaid; what the command began stays, anything else is unsaid in the end."""
        stream = command.stream
        first = len(self.folded.events.get(stream, ()))
        before = self.folded.picture(stream) if first else None
        backs = await self.say(command)
        if not backs:
            return
        after = self.folded.picture(stream)
        with suppress(CannotBeSaidAnew):
            agains = [(back, await self.say_back(command, back)) for back in backs]
            self.is_as_it_was(command, before)
            for back, ways in reversed(agains):
                for again in ways:
                    await self.say_back(back, again)
            assert self.folded.picture(stream) == after, command
            if before is not None:
                for back in backs:
                    await self.say_back(command, back)
                self.is_as_it_was(command, before)
        told = history(stream.kind, self.folded.events[stream])[first:]
        # Of somebody nothing may be known but that there was somebody.
        assert all(entry.changes or changes_nothing(entry) for entry in told[before is None :]), told

    def is_as_it_was(self, command: Command, before: Rows | None) -> None:
        if before is not None:
            assert self.folded.picture(command.stream) == before, command
        else:
            held = self.folded.held(command.stream)
            withdrawn = command.stream_kind == "assessment"
            assert held.withdrawn_because is not None if withdrawn else held.retracted, command


@examples(usual=20, thorough=1500)
@given(history=histories(), unsaid=st.lists(st.booleans(), min_size=64, max_size=64))
def test_every_command_has_another_that_leads_back_to_an_equal_picture(
    history: list[Command | CatchUp], unsaid: list[bool]
) -> None:
    async def work() -> None:
        desk = Desk()
        commands = [step for step in history if not isinstance(step, CatchUp)]
        for nth, one in enumerate(commands):
            await (desk.say_and_unsay if nth and unsaid[nth % len(unsaid)] else desk.say)(one)

    asyncio.run(work())


one_claim = {"claim": st.just("c1"), "report": st.sampled_from(["r1", "r2"]), "number": st.integers(1, 3)}
sets = changes({"best": numbers, "place": IDS["place"], "when": dates, "note": texts, "original": texts, "said": dates,
                "claimant": IDS["source"], "inferred": st.sampled_from([["when"], ["place", "when"]])})  # fmt: skip
of_one_claim = st.one_of(
    command(ReviseClaim, {"id": one_claim["claim"], "report": one_claim["report"], "set": sets},
            {"after": one_claim["number"]}),
    command(CorrectClaim, {"id": one_claim["claim"], "set": sets} | why, {"statement": one_claim["number"]}),
    command(CorrectClaim,
            {"id": one_claim["claim"], "set": given_fields({"report": one_claim["report"]}, {"best": numbers})} | why,
            {"statement": one_claim["number"]}),
    command(RetractStatement, {"id": one_claim["claim"], "statement": one_claim["number"]} | why, {}),
)  # fmt: skip
FIRST: list[tuple[Any, str, dict[str, Any]]] = [
    (OpenDossier, "d", {"title": "D"}),
    *((RegisterSource, source, {"name": "S", "kind": "monitor"}) for source in SOURCES),
    *((RegisterPlace, place, {"name": "P", "kind": "town"}) for place in PLACES),
    *((FileReport, report, {"label": "R", "published": "2018-10"}) for report in ("r1", "r2")),
    (RecordFigure, "c1", {"kind": "figure", "report": "r1", "measure": "killed", "unit": "people", "best": 5,
                          "qualifier": "stated", "original": "five", "when": "2018", "inferred": ["when"]}),
]  # fmt: skip


@examples(usual=30, thorough=2000)
@given(commands=st.lists(of_one_claim, min_size=3, max_size=8), unsaid=st.lists(st.booleans(), min_size=8, max_size=8))
def test_what_was_said_of_one_claim_leads_back_in_whatever_order(commands: list[Command], unsaid: list[bool]) -> None:
    async def work() -> None:
        desk = Desk()
        for model, id_, fields in FIRST:
            await desk.say(read(model, {"id": id_} | fields))
        for one, undone in zip(commands, unsaid, strict=False):
            await (desk.say_and_unsay if undone else desk.say)(one)

    asyncio.run(work())
