"""The stream of an actor: a party to the conflict."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain.checks import check, correction, references
from domain.errors import DomainError
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import ActorId, Edtf, FieldsOf, Personal, Reason, Slug, StreamRef, Text, amended
from domain.known import Known, NotRetracted, Retracted
from domain.membership import AlwaysOrDated, Window, fields_of, members, surely, way_around, window
from domain.merging import check_merge, check_split
from domain.names import DatedName

ActorKind = Literal[
    "armed_group",
    "militia",
    "coalition",
    "state",
    "government",
    "police",
    "organization",
    "civilians",
    "person",
]


class ActorInsideItself(DomainError):
    code = "actor_inside_itself"


class PartOf(Value):
    """That an actor was a part of another, and when."""

    actor: ActorId
    when: Edtf | None = None


class ActorDetails(Value):
    """`external_ids`: what others know it by, such as `{"wikidata": "Q2429253"}`."""

    name: Annotated[Personal, Text(300)]
    kind: ActorKind
    names: Annotated[dict[str, Personal], Text(300)] = {}
    dated_names: tuple[DatedName, ...] = ()
    part_of: Annotated[ActorId | tuple[PartOf, ...] | None, AlwaysOrDated(PartOf)] = None
    external_ids: Annotated[dict[Slug, Personal], Text(200)] = {}
    note: Annotated[Personal | None, Text(2000)] = None

    def wholes(self, time_zone: str) -> list[tuple[str, Window]]:
        """What the actor is part of, each with the time at which it may have been."""
        return [(whole, then) for whole, then, _ in self.memberships(time_zone)]

    def memberships(self, time_zone: str) -> list[tuple[str, Window, Window | None]]:
        """The same, each also with the time at which it surely was."""
        dated = [(one.actor, one.when) for one in members(PartOf, self.part_of)]
        return [(whole, window(when, time_zone), surely(when, time_zone)) for whole, when in dated]


class ActorRegistered(Fact):
    type: Literal["actor.registered"] = "actor.registered"
    details: ActorDetails


class ActorCorrected(Fact):
    type: Literal["actor.corrected"] = "actor.corrected"
    set: Annotated[Changes, FieldsOf(ActorDetails)]
    reason: str


class ActorRetracted(Fact):
    type: Literal["actor.retracted"] = "actor.retracted"
    reason: str


class ActorReinstated(Fact):
    type: Literal["actor.reinstated"] = "actor.reinstated"
    reason: str


class ActorMerged(Fact):
    """It is the same as another, and goes on as that one. On the stream of the one that goes up in the other."""

    type: Literal["actor.merged"] = "actor.merged"
    into: str
    reason: str


class ActorSplit(Fact):
    """It is one of its own after all: its merge is taken back."""

    type: Literal["actor.split"] = "actor.split"
    reason: str


ActorEvent = ActorRegistered | ActorCorrected | ActorRetracted | ActorReinstated | ActorMerged | ActorSplit


class RegisterActor(Creation, ActorDetails):
    stream_kind: ClassVar[str] = "actor"
    command: Literal["register_actor"] = "register_actor"


class CorrectActor(Command):
    stream_kind: ClassVar[str] = "actor"
    command: Literal["correct_actor"] = "correct_actor"
    set: Annotated[Changes, FieldsOf(ActorDetails)]
    reason: Reason


class RetractActor(Command):
    stream_kind: ClassVar[str] = "actor"
    command: Literal["retract_actor"] = "retract_actor"
    reason: Reason


class ReinstateActor(Command):
    stream_kind: ClassVar[str] = "actor"
    command: Literal["reinstate_actor"] = "reinstate_actor"
    reason: Reason


class MergeActor(Command):
    stream_kind: ClassVar[str] = "actor"
    command: Literal["merge_actor"] = "merge_actor"
    into: ActorId
    reason: Reason


class SplitActor(Command):
    stream_kind: ClassVar[str] = "actor"
    command: Literal["split_actor"] = "split_actor"
    reason: Reason


ActorCommand = RegisterActor | CorrectActor | RetractActor | ReinstateActor | MergeActor | SplitActor


@dataclass(frozen=True, slots=True)
class Actor:
    """A merged one keeps its own description: a split has nothing to bring back."""

    details: ActorDetails
    retracted: bool = False
    merged_into: str | None = None


def decide(actor: Actor | None, command: ActorCommand, known: Known) -> list[ActorEvent]:
    check(command)
    if isinstance(command, RegisterActor):
        details = command.part(ActorDetails)
        _refuse_circle(command.id, details, known, "part_of")
        known.require(references(details))
        return [ActorRegistered(details=details)]
    assert actor is not None
    if actor.retracted:
        if isinstance(command, RetractActor):
            return []
        if isinstance(command, ReinstateActor):
            return [ActorReinstated(reason=command.reason)]
        raise Retracted.of(command.stream)
    match command:
        case CorrectActor():
            after, changes = correction(actor.details, command.set)
            _refuse_circle(command.id, after, known, "set.part_of")
            known.require(references(after, prefix="set", only=changes))
            return [ActorCorrected(set=changes, reason=command.reason)]
        case MergeActor():
            check_merge(command.stream, actor.merged_into, command.into, known)
            return [ActorMerged(into=command.into, reason=command.reason)]
        case SplitActor():
            check_split(command.stream, actor.merged_into)
            return [ActorSplit(reason=command.reason)]
        case RetractActor():
            return [ActorRetracted(reason=command.reason)]
        case ReinstateActor():
            raise NotRetracted.of(command.stream)
        case unknown:
            assert_never(unknown)


def _refuse_circle(actor_id: str, details: ActorDetails, known: Known, field: str) -> None:
    """Of memberships that may have held at one time."""

    def wholes_of(one: str) -> list[tuple[str, Window]]:
        # Looking at every whole makes each of them a guard.
        state = known.get(StreamRef("actor", one))
        return state.details.wholes(known.time_zone) if state else []

    named = fields_of(field, PartOf, details.part_of)
    for at, (whole, then) in zip(named, details.wholes(known.time_zone), strict=True):
        if way_around(actor_id, whole, then, wholes_of):
            raise ActorInsideItself(f"{actor_id!r} would be part of itself", field=at)


def evolve(actor: Actor | None, event: ActorEvent) -> Actor:
    if isinstance(event, ActorRegistered):
        return Actor(event.details)
    assert actor is not None
    match event:
        case ActorCorrected():
            return replace(actor, details=amended(actor.details, event.set))
        case ActorRetracted():
            return replace(actor, retracted=True)
        case ActorReinstated():
            return replace(actor, retracted=False)
        case ActorMerged():
            return replace(actor, merged_into=event.into)
        case ActorSplit():
            return replace(actor, merged_into=None)
        case unknown:
            assert_never(unknown)
