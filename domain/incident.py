"""The stream of an incident: one happening in the world that several claims tell of."""

from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain.checks import check, correction, references
from domain.content import OccurrenceType, check_type
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
    Text,
    amended,
)
from domain.known import Known, NotRetracted, Retracted
from domain.merging import check_merge, check_split


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


# Whether anybody still tells of an incident: some claim does (`stands`); every one that is linked was taken back, or is
# not relied on (`nothing_left`); some are linked, and none was out by the cut-off (`not_reported`); none is linked, so
# it is the desk's own (`unlinked`); we took the incident itself back (`retracted`).
IncidentStanding = Literal["stands", "nothing_left", "not_reported", "unlinked", "retracted"]


def standing_of(*, retracted: bool, stand: int, set_aside: int, out_later: int, never_said: int) -> IncidentStanding:
    """By how many of the linked claims stand, were out by the cut-off and are counted no more, came out after it, or
    were retracted: these no report ever said.
    """
    if retracted:
        return "retracted"
    if stand:
        return "stands"
    if set_aside:
        return "nothing_left"
    if out_later:
        return "not_reported"
    return "nothing_left" if never_said else "unlinked"


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


class IncidentRetracted(Fact):
    """There is no such happening: we opened it by mistake. No claim tells of it, and nothing is merged into it."""

    type: Literal["incident.retracted"] = "incident.retracted"
    reason: str


class IncidentReinstated(Fact):
    """There is after all, with the claims that told of it, and what was merged."""

    type: Literal["incident.reinstated"] = "incident.reinstated"
    reason: str


IncidentEvent = (
    IncidentOpened | IncidentDescribed | IncidentLinked | IncidentUnlinked | IncidentMerged | IncidentSplit
    | IncidentRetracted | IncidentReinstated
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


class RetractIncident(Command):
    """While it is retracted, what was merged into it is a happening of its own."""

    stream_kind: ClassVar[str] = "incident"
    command: Literal["retract_incident"] = "retract_incident"
    reason: Reason


class ReinstateIncident(Command):
    stream_kind: ClassVar[str] = "incident"
    command: Literal["reinstate_incident"] = "reinstate_incident"
    reason: Reason


IncidentCommand = (
    OpenIncident | DescribeIncident | LinkClaims | UnlinkClaims | MergeIncident | SplitIncident | RetractIncident
    | ReinstateIncident
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Incident:
    """A merged or a retracted one keeps its own links and description: a split has nothing to bring back."""

    details: IncidentDetails
    claims: frozenset[str] = field(default=frozenset())
    merged_into: str | None = None
    retracted: bool = False


def decide(incident: Incident | None, command: IncidentCommand, known: Known) -> list[IncidentEvent]:
    check(command)
    if isinstance(command, OpenIncident):
        known.require(references(command))
        if command.type is not None:
            check_type(command.type, known, field="type")
        # Datasets open them by the ten thousand: what was checked as a command is not checked again as a fact.
        opened = IncidentOpened.model_construct(details=command.part(IncidentDetails))
        linked = list(dict.fromkeys(command.claims))
        return [opened, IncidentLinked(claims=linked)] if linked else [opened]
    assert incident is not None
    if incident.retracted:
        if isinstance(command, RetractIncident):
            return []
        if isinstance(command, ReinstateIncident):
            return [IncidentReinstated(reason=command.reason)]
        raise Retracted.of(command.stream)
    match command:
        case DescribeIncident():
            after, changes = correction(incident.details, command.set)
            known.require(references(after, prefix="set", only=changes))
            if after.type is not None and "type" in changes:
                check_type(after.type, known, field="set.type")
            return [IncidentDescribed(set=changes, reason=command.reason)]
        case LinkClaims():
            new = _named(command, known, linked=incident.claims, wanted=False)
            return [IncidentLinked(claims=new, reason=command.reason)] if new else []
        case UnlinkClaims():
            held = _named(command, known, linked=incident.claims, wanted=True)
            return [IncidentUnlinked(claims=held, reason=command.reason)] if held else []
        case MergeIncident():
            check_merge(
                command.stream,
                incident.merged_into,
                command.into,
                known,
                already=AlreadyMerged,
                itself=MergedIntoItself,
            )
            return [IncidentMerged(into=command.into, reason=command.reason)]
        case SplitIncident():
            check_split(command.stream, incident.merged_into, none=NotMerged)
            return [IncidentSplit(reason=command.reason)]
        case RetractIncident():
            return [IncidentRetracted(reason=command.reason)]
        case ReinstateIncident():
            raise NotRetracted.of(command.stream)
        case unknown:
            assert_never(unknown)


def _named(command: LinkClaims | UnlinkClaims, known: Known, *, linked: frozenset[str], wanted: bool) -> list[str]:
    """The claims of a command that are linked, or are not linked yet."""
    if not command.claims:
        raise Malformed("`claims` names at least one claim", field="claims")
    # What was retracted can be let go of, never be taken on.
    known.require(references(command), retracted_too=wanted)
    return [claim for claim in dict.fromkeys(command.claims) if (claim in linked) == wanted]


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
        case IncidentRetracted():
            return replace(incident, retracted=True)
        case IncidentReinstated():
            return replace(incident, retracted=False)
        case unknown:
            assert_never(unknown)
