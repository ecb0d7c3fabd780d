"""The stream of an incident: one happening in the world that several claims tell of."""

from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain.checks import check, correction, references
from domain.content import OccurrenceType
from domain.errors import DomainError
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import (
    ClaimId,
    Edtf,
    FieldsOf,
    IncidentId,
    Malformed,
    OneOrMany,
    OneOrMore,
    Personal,
    PlaceId,
    Reason,
    StreamRef,
    Text,
    amended,
)
from domain.known import Known


class MergedIntoItself(DomainError):
    code = "incident_merged_into_itself"


class AlreadyMerged(DomainError):
    code = "incident_already_merged"


class NotMerged(DomainError):
    code = "incident_not_merged"


class IncidentDetails(Value):
    """`when` is when it was in the world, as the desk has it; the claims that tell of it each have their own."""

    title: Annotated[Personal, Text(300)]
    place: PlaceId | None = None
    when: Edtf | None = None
    type: OccurrenceType | None = None
    note: Annotated[Personal | None, Text(2000)] = None


class IncidentOpened(Fact):
    type: Literal["incident.opened"] = "incident.opened"
    details: IncidentDetails


class IncidentDescribed(Fact):
    type: Literal["incident.described"] = "incident.described"
    set: Annotated[Changes, FieldsOf(IncidentDetails)]
    reason: str


class IncidentLinked(Fact):
    type: Literal["incident.linked"] = "incident.linked"
    claims: list[str]
    reason: str | None = None


class IncidentUnlinked(Fact):
    type: Literal["incident.unlinked"] = "incident.unlinked"
    claims: list[str]
    reason: str


class IncidentMerged(Fact):
    """It is the same happening as another. On the stream of the one that goes up in the other."""

    type: Literal["incident.merged"] = "incident.merged"
    into: str
    reason: str


class IncidentSplit(Fact):
    """It is a happening of its own after all: its merge is taken back."""

    type: Literal["incident.split"] = "incident.split"
    reason: str


IncidentEvent = (
    IncidentOpened | IncidentDescribed | IncidentLinked | IncidentUnlinked | IncidentMerged | IncidentSplit
)  # fmt: skip


class OpenIncident(Creation, IncidentDetails):
    stream_kind: ClassVar[str] = "incident"
    command: Literal["open_incident"] = "open_incident"
    claims: OneOrMany[ClaimId] = ()


class DescribeIncident(Command):
    stream_kind: ClassVar[str] = "incident"
    command: Literal["describe_incident"] = "describe_incident"
    set: Annotated[Changes, FieldsOf(IncidentDetails)]
    reason: Reason


class LinkClaims(Command):
    stream_kind: ClassVar[str] = "incident"
    command: Literal["link_claims"] = "link_claims"
    claims: OneOrMore[ClaimId]
    reason: Reason | None = None


class UnlinkClaims(Command):
    stream_kind: ClassVar[str] = "incident"
    command: Literal["unlink_claims"] = "unlink_claims"
    claims: OneOrMore[ClaimId]
    reason: Reason


class MergeIncident(Command):
    stream_kind: ClassVar[str] = "incident"
    command: Literal["merge_incident"] = "merge_incident"
    into: IncidentId
    reason: Reason


class SplitIncident(Command):
    stream_kind: ClassVar[str] = "incident"
    command: Literal["split_incident"] = "split_incident"
    reason: Reason


IncidentCommand = OpenIncident | DescribeIncident | LinkClaims | UnlinkClaims | MergeIncident | SplitIncident


@dataclass(frozen=True, slots=True)
class Incident:
    """A merged one keeps its own links and its own description: a split has nothing to bring back."""

    details: IncidentDetails
    claims: frozenset[str] = field(default=frozenset())
    merged_into: str | None = None

    # An incident opened by mistake is merged into the right one; none is retracted.
    retracted: ClassVar[bool] = False


def decide(incident: Incident | None, command: IncidentCommand, known: Known) -> list[IncidentEvent]:
    check(command)
    if isinstance(command, OpenIncident):
        known.require(references(command))
        # Datasets open them by the ten thousand: what was checked as a command is not checked again as a fact.
        opened = IncidentOpened.model_construct(details=command.part(IncidentDetails))
        linked = list(dict.fromkeys(command.claims))
        return [opened, IncidentLinked(claims=linked)] if linked else [opened]
    assert incident is not None
    match command:
        case DescribeIncident():
            after, changes = correction(incident.details, command.set)
            known.require(references(after, prefix="set", only=changes))
            return [IncidentDescribed(set=changes, reason=command.reason)]
        case LinkClaims():
            new = _named(command, known, linked=incident.claims, wanted=False)
            return [IncidentLinked(claims=new, reason=command.reason)] if new else []
        case UnlinkClaims():
            held = _named(command, known, linked=incident.claims, wanted=True)
            return [IncidentUnlinked(claims=held, reason=command.reason)] if held else []
        case MergeIncident():
            _check_merge(incident, command, known)
            return [IncidentMerged(into=command.into, reason=command.reason)]
        case SplitIncident():
            if incident.merged_into is None:
                raise NotMerged(f"incident {command.id!r} is not merged into another, so there is nothing to split")
            return [IncidentSplit(reason=command.reason)]
        case unknown:
            assert_never(unknown)


def _named(command: LinkClaims | UnlinkClaims, known: Known, *, linked: frozenset[str], wanted: bool) -> list[str]:
    """The claims of a command that are linked, or are not linked yet."""
    if not command.claims:
        raise Malformed("`claims` names at least one claim", field="claims")
    # What was retracted can be let go of, never be taken on.
    known.require(references(command), retracted_too=wanted)
    return [claim for claim in dict.fromkeys(command.claims) if (claim in linked) == wanted]


def _check_merge(incident: Incident, command: MergeIncident, known: Known) -> None:
    if incident.merged_into is not None:
        raise AlreadyMerged(
            f"incident {command.id!r} is merged into {incident.merged_into!r} already; split it first",
            merged_into=incident.merged_into,
        )
    if command.into == command.id:
        raise MergedIntoItself("an incident cannot be merged into itself", field="into")
    known.require(references(command))
    way = [command.into]
    # Looking at each makes it a guard: a concurrent merge of any of them is decided again.
    while (further := known.get(StreamRef("incident", way[-1])).merged_into) is not None and further not in way:
        way.append(further)
        if further == command.id:
            raise MergedIntoItself(
                f"{command.id!r} would be merged into itself: {' into '.join(map(repr, [command.id, *way]))}",
                field="into",
            )


def evolve(incident: Incident | None, event: IncidentEvent) -> Incident:
    if isinstance(event, IncidentOpened):
        return Incident(event.details)
    assert incident is not None
    match event:
        case IncidentDescribed():
            return replace(incident, details=amended(incident.details, event.set))
        case IncidentLinked():
            return replace(incident, claims=incident.claims | set(event.claims))
        case IncidentUnlinked():
            return replace(incident, claims=incident.claims - set(event.claims))
        case IncidentMerged():
            return replace(incident, merged_into=event.into)
        case IncidentSplit():
            return replace(incident, merged_into=None)
        case unknown:
            assert_never(unknown)
