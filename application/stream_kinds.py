"""The kinds of stream there are, each with the module of `domain` that says what may become of it."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from domain import actor, assessment, claim, dossier, incident, person, place, report, source
from domain.actor import Actor, ActorCommand, ActorEvent
from domain.assessment import Assessment, AssessmentCommand, AssessmentEvent
from domain.claim import Claim, ClaimCommand, ClaimEvent
from domain.dossier import Dossier, DossierCommand, DossierEvent
from domain.incident import Incident, IncidentCommand, IncidentEvent
from domain.known import Known
from domain.person import Person, PersonCommand, PersonEvent
from domain.place import Place, PlaceCommand, PlaceEvent
from domain.report import Report, ReportCommand, ReportEvent
from domain.source import Source, SourceCommand, SourceEvent

StateT = TypeVar("StateT")
CommandT = TypeVar("CommandT", contravariant=True)
EventT = TypeVar("EventT")


class StreamRules(Protocol[StateT, CommandT, EventT]):
    """What a module of `domain` has for its kind of stream."""

    def decide(self, state: StateT | None, command: CommandT, known: Known, /) -> list[EventT]:
        """What becomes of a command, or the refusal of it."""
        ...

    def evolve(self, state: StateT | None, event: EventT, /) -> StateT:
        """The state after an event. Refuses nothing."""
        ...


_DOSSIER: StreamRules[Dossier, DossierCommand, DossierEvent] = dossier
_SOURCE: StreamRules[Source, SourceCommand, SourceEvent] = source
_ACTOR: StreamRules[Actor, ActorCommand, ActorEvent] = actor
_PLACE: StreamRules[Place, PlaceCommand, PlaceEvent] = place
_REPORT: StreamRules[Report, ReportCommand, ReportEvent] = report
_CLAIM: StreamRules[Claim, ClaimCommand, ClaimEvent] = claim
_INCIDENT: StreamRules[Incident, IncidentCommand, IncidentEvent] = incident
_PERSON: StreamRules[Person, PersonCommand, PersonEvent] = person
_ASSESSMENT: StreamRules[Assessment, AssessmentCommand, AssessmentEvent] = assessment

# In the order in which a dossier is usually filled.
STREAM_KINDS: Mapping[str, StreamRules[Any, Any, Any]] = {
    "dossier": _DOSSIER,
    "source": _SOURCE,
    "actor": _ACTOR,
    "place": _PLACE,
    "report": _REPORT,
    "claim": _CLAIM,
    "incident": _INCIDENT,
    "person": _PERSON,
    "assessment": _ASSESSMENT,
}
