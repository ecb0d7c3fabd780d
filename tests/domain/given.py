"""The shape of domain tests: given events, when a command, then events or a refusal."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from domain import actor, assessment, claim, incident, person, place, report, source, when
from domain.actor import ActorDetails, ActorRegistered, ActorRetracted
from domain.claim import ClaimRecorded, ClaimRetracted
from domain.content import Utterance
from domain.errors import DomainError
from domain.fact import Command, Fact
from domain.fields import StreamRef
from domain.known import Known
from domain.place import PlaceDetails, PlaceRegistered, PlaceRetracted
from domain.report import ReportDetails, ReportFiled, ReportRetracted
from domain.source import SourceDetails, SourceRegistered, SourceRetracted
from domain.vocabulary import HOUSE, Vocabulary

# When a command is given, unless a test says otherwise.
NOW = when.cut_off("2020-01-01T12:00:00Z", field="now")

RULES: Mapping[str, ModuleType] = {
    "source": source,
    "actor": actor,
    "place": place,
    "report": report,
    "claim": claim,
    "incident": incident,
    "person": person,
    "assessment": assessment,
}


class States(dict[StreamRef, Any]):
    """All streams there are: any other is known not to exist."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: StreamRef) -> None:
        return None


def fold(rules: ModuleType, events: Iterable[Fact]) -> Any:
    state = None
    for event in events:
        state = rules.evolve(state, event)
    return state


def words(nature: str = "observation") -> Utterance:
    return Utterance(kind="statement", nature=nature)


DOSSIER: Mapping[tuple[str, str], list[Fact]] = {
    ("source", "sohr"): [SourceRegistered(details=SourceDetails(name="SOHR", kind="monitor"))],
    ("source", "reuters"): [SourceRegistered(details=SourceDetails(name="Reuters", kind="news_agency"))],
    ("source", "gone"): [
        SourceRegistered(details=SourceDetails(name="Twice the same", kind="unknown")),
        SourceRetracted(reason="registered twice"),
    ],
    ("actor", "is"): [ActorRegistered(details=ActorDetails(name="Islamic State", kind="armed_group"))],
    ("actor", "sdf"): [ActorRegistered(details=ActorDetails(name="SDF", kind="armed_group"))],
    ("actor", "ypg"): [ActorRegistered(details=ActorDetails(name="YPG", kind="armed_group", part_of="sdf"))],
    ("actor", "no-party"): [
        ActorRegistered(details=ActorDetails(name="No party", kind="militia")),
        ActorRetracted(reason="no party"),
    ],
    ("place", "syria"): [PlaceRegistered(details=PlaceDetails(name="Syria", kind="country"))],
    ("place", "enclave"): [PlaceRegistered(details=PlaceDetails(name="The enclave", kind="area", within="syria"))],
    ("place", "hajin"): [PlaceRegistered(details=PlaceDetails(name="Hajin", kind="town", within="enclave"))],
    ("place", "no-place"): [
        PlaceRegistered(details=PlaceDetails(name="No place", kind="town")),
        PlaceRetracted(reason="no such place"),
    ],
    ("report", "oct"): [ReportFiled(details=ReportDetails(label="October", published="2018-10-15"))],
    ("report", "nov"): [ReportFiled(details=ReportDetails(label="November", published="2018-11-15"))],
    ("report", "dec"): [ReportFiled(details=ReportDetails(label="December", published="2018-12"))],
    ("report", "misfiled"): [
        ReportFiled(details=ReportDetails(label="No report", published="2018-12")),
        ReportRetracted(reason="a draft"),
    ],
    ("claim", "other"): [ClaimRecorded(report="oct", content=words())],
    ("claim", "third"): [ClaimRecorded(report="nov", content=words())],
    ("claim", "never"): [ClaimRecorded(report="nov", content=words()), ClaimRetracted(reason="not in the report")],
}


class Given:
    """One stream after some events, in a dossier that holds `DOSSIER` and what is `beside` it."""

    def __init__(
        self,
        rules: ModuleType,
        *past: Fact,
        beside: Mapping[tuple[str, str], list[Fact]] | None = None,
        time_zone: str = "UTC",
        vocabulary: Vocabulary = HOUSE,
    ) -> None:
        self.rules = rules
        self.state = fold(rules, past)
        self.states = States(
            {StreamRef(*key): fold(RULES[key[0]], events) for key, events in {**DOSSIER, **(beside or {})}.items()}
        )
        self.time_zone = time_zone
        self.vocabulary = vocabulary

    def decided(self, command: Command) -> tuple[list[Any], Known]:
        states = States(self.states)
        if self.state is not None:
            states[command.stream] = self.state
        known = Known(states, self.time_zone, self.vocabulary)
        return self.rules.decide(self.state, command, known), known

    def when(self, command: Command) -> list[Any]:
        """What follows; evolve takes it."""
        events, _ = self.decided(command)
        fold_on(self.rules, self.state, events)
        return events

    def after(self, *commands: Command) -> "Given":
        """The stream once these are carried out."""
        for command in commands:
            self.state = fold_on(self.rules, self.state, self.decided(command)[0])
        return self

    def refuses(self, command: Command, code: str, field: str = "") -> DomainError:
        try:
            events = self.decided(command)[0]
        except DomainError as refusal:
            assert (refusal.code, refusal.field) == (code, field), refusal.message
            assert refusal.message
            return refusal
        raise AssertionError(f"not refused: {events}")


def fold_on(rules: ModuleType, state: Any, events: Iterable[Fact]) -> Any:
    for event in events:
        state = rules.evolve(state, event)
    return state
