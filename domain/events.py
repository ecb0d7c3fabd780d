"""Every event there is: the union of every stream's events, and of every command."""

from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter, ValidationError, WithJsonSchema

from domain.actor import ActorCommand, ActorEvent
from domain.assessment import AssessmentCommand, AssessmentEvent
from domain.claim import (
    ClaimEvent,
    CorrectClaim,
    GradeClaim,
    RecordClaim,
    ReinstateClaim,
    ReinstateStatement,
    RelateClaim,
    RetractClaim,
    RetractStatement,
    ReviseClaim,
    WithdrawClaim,
)
from domain.dossier import DossierCommand, DossierEvent
from domain.fields import refusal_from, refusal_of
from domain.incident import IncidentCommand, IncidentEvent
from domain.person import PersonCommand, PersonEvent
from domain.place import PlaceCommand, PlaceEvent
from domain.report import ReportCommand, ReportEvent
from domain.source import SourceCommand, SourceEvent

Event = (
    DossierEvent | SourceEvent | ActorEvent | PlaceEvent | ReportEvent | ClaimEvent | IncidentEvent | PersonEvent
    | AssessmentEvent
)  # fmt: skip

EVENT_TYPES: dict[str, type[Event]] = {model.model_fields["type"].default: model for model in get_args(Event)}

# One of them, where a text names it.
EventType = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(EVENT_TYPES)})]

# The four ways to record a claim share one name and are told apart by their kind.
AnyCommand = Annotated[
    DossierCommand | SourceCommand | ActorCommand | PlaceCommand | ReportCommand
    | RecordClaim | ReviseClaim | WithdrawClaim | CorrectClaim | RetractStatement | ReinstateStatement | RetractClaim
    | ReinstateClaim | GradeClaim | RelateClaim | IncidentCommand | PersonCommand | AssessmentCommand,
    Field(discriminator="command"),
]  # fmt: skip

_any_command: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


def read_command(given: Any) -> AnyCommand:
    """A command from its JSON.

    Raises:
        DomainError: it is not one; the field is named.
    """
    try:
        return _any_command.validate_python(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # The path begins with the names of the union's branches: the command, and a claim's kind.
        branches = first["loc"][:1]
        if first["type"] in ("union_tag_not_found", "union_tag_invalid"):
            told_by = "kind" if branches else "command"
            kind = "missing" if first["type"] == "union_tag_not_found" else first["type"]
            raise refusal_from(kind, first["msg"], (told_by,)) from None
        raise refusal_of(error, skip=2 if branches == ("record_claim",) else len(branches)) from None
