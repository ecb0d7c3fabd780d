"""The stream of an actor: a party to the conflict."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain.checks import check, correction, references
from domain.errors import DomainError
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import ActorId, FieldsOf, Personal, Reason, StreamRef, Text, amended
from domain.known import Known, Retracted

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


class ActorDetails(Value):
    name: Annotated[Personal, Text(300)]
    kind: ActorKind
    names: Annotated[dict[str, Personal], Text(300)] = {}
    part_of: ActorId | None = None
    note: Annotated[Personal | None, Text(2000)] = None


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


ActorEvent = ActorRegistered | ActorCorrected | ActorRetracted


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


ActorCommand = RegisterActor | CorrectActor | RetractActor


@dataclass(frozen=True, slots=True)
class Actor:
    details: ActorDetails
    retracted: bool = False


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
        raise Retracted.of(command.stream)
    match command:
        case CorrectActor():
            after, changes = correction(actor.details, command.set)
            _refuse_circle(command.id, after, known, "set.part_of")
            known.require(references(after, prefix="set", only=changes))
            return [ActorCorrected(set=changes, reason=command.reason)]
        case RetractActor():
            return [ActorRetracted(reason=command.reason)]
        case unknown:
            assert_never(unknown)


def _refuse_circle(actor_id: str, details: ActorDetails, known: Known, field: str) -> None:
    parent = details.part_of
    while parent is not None:
        if parent == actor_id:
            raise ActorInsideItself(f"{actor_id!r} would be part of itself", field=field)
        state = known.get(StreamRef("actor", parent))
        parent = state.details.part_of if state else None


def evolve(actor: Actor | None, event: ActorEvent) -> Actor:
    if isinstance(event, ActorRegistered):
        return Actor(event.details)
    assert actor is not None
    match event:
        case ActorCorrected():
            return replace(actor, details=amended(actor.details, event.set))
        case ActorRetracted():
            return replace(actor, retracted=True)
        case unknown:
            assert_never(unknown)
