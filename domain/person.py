"""The stream of a person: somebody who was killed, injured, held or is missing, under an id that names nobody."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain.checks import check, correction, references
from domain.errors import DomainError
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import (
    ClaimId,
    Edtf,
    FieldsOf,
    IncidentId,
    Malformed,
    NothingChanges,
    OneOrMany,
    OneOrMore,
    Personal,
    PersonId,
    PlaceId,
    Reason,
    SourceId,
    Text,
    Whole,
    amended,
)
from domain.known import Known, NotRetracted, Retracted
from domain.merging import check_merge, check_split

Sex = Literal["female", "male", "other"]
CivilianStatus = Literal["civilian", "combatant"]
# `unknown`: that somebody was there is known, what became of them is not.
WhatBecame = Literal["killed", "injured", "missing", "held", "unknown"]

# An id can never be erased, so it says nothing: 16 to 32 hexadecimal digits, drawn at random.
OPAQUE = re.compile(r"per-[0-9a-f]{16,32}")
OLDEST = 130


class IdNotOpaque(DomainError):
    code = "person_id_not_opaque"


class AgeImpossible(DomainError):
    code = "age_impossible"


class StatusOfNobody(DomainError):
    """A civilian status is always somebody's word."""

    code = "status_of_nobody"


class PersonMergedIntoItself(DomainError):
    code = "person_merged_into_itself"


class PersonAlreadyMerged(DomainError):
    code = "person_already_merged"


class PersonNotMerged(DomainError):
    code = "person_not_merged"


class Fate(Value):
    """What became of a person: in which incident, where and when (of what lasts, since when, or an interval).

    `claim` is the one that tells of it: by a cut-off it is known once that was out. Without one it always was.
    """

    fate: WhatBecame
    incident: IncidentId | None = None
    place: PlaceId | None = None
    when: Edtf | None = None
    claim: ClaimId | None = None


class StatusSaid(Value):
    """That somebody was a civilian, or was not, on whose word: a source's, or that of a claim."""

    status: CivilianStatus
    source: SourceId | None = None
    claim: ClaimId | None = None


class PersonDetails(Value):
    """What is left out is not known. `age` is in years, or lies from `age_low` to `age_high`, both inclusive.

    `fates` are in the order in which they befell the person, where no dates tell another.
    """

    name: Annotated[Personal | None, Text(300)] = None
    names: Annotated[dict[str, Personal], Text(300)] = {}
    age: Whole | None = None
    age_low: Whole | None = None
    age_high: Whole | None = None
    sex: Sex | None = None
    civilian_status: OneOrMany[StatusSaid] = ()
    fates: OneOrMany[Fate] = ()
    note: Annotated[Personal | None, Text(2000)] = None


class PersonRegistered(Fact):
    type: Literal["person.registered"] = "person.registered"
    details: PersonDetails


class PersonFateRecorded(Fact):
    """What became of them later: the world changed, and nothing that was recorded was wrong."""

    type: Literal["person.fate_recorded"] = "person.fate_recorded"
    fate: Fate


class PersonCorrected(Fact):
    type: Literal["person.corrected"] = "person.corrected"
    set: Annotated[Changes, FieldsOf(PersonDetails)]
    reason: str


class PersonRetracted(Fact):
    type: Literal["person.retracted"] = "person.retracted"
    reason: str


class PersonReinstated(Fact):
    type: Literal["person.reinstated"] = "person.reinstated"
    reason: str


class PersonLinked(Fact):
    """These claims name the person."""

    type: Literal["person.linked"] = "person.linked"
    claims: list[str]
    reason: str | None = None


class PersonUnlinked(Fact):
    type: Literal["person.unlinked"] = "person.unlinked"
    claims: list[str]
    reason: str


class PersonMerged(Fact):
    """It is the same person as another. On the stream of the one that goes up in the other."""

    type: Literal["person.merged"] = "person.merged"
    into: str
    reason: str


class PersonSplit(Fact):
    """It is somebody else after all: the merge is taken back."""

    type: Literal["person.split"] = "person.split"
    reason: str


PersonEvent = (
    PersonRegistered | PersonFateRecorded | PersonCorrected | PersonRetracted | PersonReinstated | PersonLinked
    | PersonUnlinked | PersonMerged | PersonSplit
)  # fmt: skip


class RegisterPerson(Creation, PersonDetails):
    """`claims` are those that name the person."""

    stream_kind: ClassVar[str] = "person"
    command: Literal["register_person"] = "register_person"
    claims: OneOrMany[ClaimId] = ()


class RecordFate(Command, Fate):
    stream_kind: ClassVar[str] = "person"
    command: Literal["record_fate"] = "record_fate"


class CorrectPerson(Command):
    stream_kind: ClassVar[str] = "person"
    command: Literal["correct_person"] = "correct_person"
    set: Annotated[Changes, FieldsOf(PersonDetails)]
    reason: Reason


class RetractPerson(Command):
    stream_kind: ClassVar[str] = "person"
    command: Literal["retract_person"] = "retract_person"
    reason: Reason


class ReinstatePerson(Command):
    stream_kind: ClassVar[str] = "person"
    command: Literal["reinstate_person"] = "reinstate_person"
    reason: Reason


class LinkPerson(Command):
    stream_kind: ClassVar[str] = "person"
    command: Literal["link_person"] = "link_person"
    claims: OneOrMore[ClaimId]
    reason: Reason | None = None


class UnlinkPerson(Command):
    stream_kind: ClassVar[str] = "person"
    command: Literal["unlink_person"] = "unlink_person"
    claims: OneOrMore[ClaimId]
    reason: Reason


class MergePerson(Command):
    stream_kind: ClassVar[str] = "person"
    command: Literal["merge_person"] = "merge_person"
    into: PersonId
    reason: Reason


class SplitPerson(Command):
    stream_kind: ClassVar[str] = "person"
    command: Literal["split_person"] = "split_person"
    reason: Reason


PersonCommand = (
    RegisterPerson | RecordFate | CorrectPerson | RetractPerson | ReinstatePerson | LinkPerson | UnlinkPerson
    | MergePerson | SplitPerson
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A merged one keeps its own description and its own links: a split has nothing to bring back."""

    details: PersonDetails
    claims: frozenset[str] = field(default=frozenset())
    merged_into: str | None = None
    retracted_because: str | None = None

    @property
    def retracted(self) -> bool:
        return self.retracted_because is not None


def decide(person: Person | None, command: PersonCommand, known: Known) -> list[PersonEvent]:
    check(command)
    if isinstance(command, RegisterPerson):
        if not OPAQUE.fullmatch(command.id):
            raise IdNotOpaque(
                "the id of a person can never be erased, so it must not tell who it is: leave it out and one is made, "
                "or send `per-` and 16 to 32 hexadecimal digits that were drawn at random",
                field="id",
            )
        details = command.part(PersonDetails)
        _check_details(details)
        known.require(references(command))
        linked = list(dict.fromkeys(command.claims))
        registered = PersonRegistered(details=details)
        return [registered, PersonLinked(claims=linked)] if linked else [registered]
    assert person is not None
    if person.retracted and not isinstance(command, (RetractPerson, ReinstatePerson)):
        raise Retracted.of(command.stream)
    match command:
        case RecordFate():
            befallen = command.part(Fate)
            if befallen in person.details.fates:
                raise NothingChanges("the record already says so: nothing would change", field="fate")
            known.require(references(befallen))
            return [PersonFateRecorded(fate=befallen)]
        case CorrectPerson():
            after, changes = correction(person.details, command.set)
            _check_details(after, prefix="set.")
            _require_new(person.details, after, changes, known)
            return [PersonCorrected(set=changes, reason=command.reason)]
        case RetractPerson():
            return [] if person.retracted else [PersonRetracted(reason=command.reason)]
        case ReinstatePerson():
            if not person.retracted:
                raise NotRetracted.of(command.stream)
            return [PersonReinstated(reason=command.reason)]
        case LinkPerson():
            new = _named(command, known, linked=person.claims, wanted=False)
            return [PersonLinked(claims=new, reason=command.reason)] if new else []
        case UnlinkPerson():
            held = _named(command, known, linked=person.claims, wanted=True)
            return [PersonUnlinked(claims=held, reason=command.reason)] if held else []
        case MergePerson():
            check_merge(
                command.stream, person.merged_into, command.into, known,
                already=PersonAlreadyMerged, itself=PersonMergedIntoItself,
            )  # fmt: skip
            return [PersonMerged(into=command.into, reason=command.reason)]
        case SplitPerson():
            check_split(command.stream, person.merged_into, none=PersonNotMerged)
            return [PersonSplit(reason=command.reason)]
        case unknown:
            assert_never(unknown)


def _check_details(details: PersonDetails, *, prefix: str = "") -> None:
    for name in ("age", "age_low", "age_high"):
        years = getattr(details, name)
        if years is not None and not 0 <= years <= OLDEST:
            raise AgeImpossible(f"{name} {years} is not between 0 and {OLDEST} (years)", field=prefix + name)
    low, high = details.age_low, details.age_high
    if details.age is not None and (low is not None or high is not None):
        raise AgeImpossible("give `age`, or `age_low` and `age_high`, not both", field=prefix + "age")
    if low is not None and high is not None and low > high:
        raise AgeImpossible(f"age_low {low} is more than age_high {high}", field=prefix + "age_low")
    for index, said in enumerate(details.civilian_status):
        if said.source is None and said.claim is None:
            raise StatusOfNobody(
                "a civilian status is somebody's word: name the `source`, or the `claim`",
                field=f"{prefix}civilian_status.{index}",
            )


def _require_new(before: PersonDetails, after: PersonDetails, changes: Collection[str], known: Known) -> None:
    """What was kept is not named anew, whatever became of it: so every correction can be taken back."""
    kept = {reference.stream for reference in references(before)}
    named = references(after, prefix="set", only=changes)
    known.require([reference for reference in named if reference.stream not in kept])


def _named(command: LinkPerson | UnlinkPerson, known: Known, *, linked: frozenset[str], wanted: bool) -> list[str]:
    """The claims of a command that are linked, or are not linked yet."""
    if not command.claims:
        raise Malformed("`claims` names at least one claim", field="claims")
    # What was retracted can be let go of, never be taken on.
    known.require(references(command), retracted_too=wanted)
    return [claim for claim in dict.fromkeys(command.claims) if (claim in linked) == wanted]


def evolve(person: Person | None, event: PersonEvent) -> Person:
    if isinstance(event, PersonRegistered):
        return Person(event.details)
    assert person is not None
    match event:
        case PersonFateRecorded():
            fates = (*person.details.fates, event.fate)
            return replace(person, details=person.details.model_copy(update={"fates": fates}))
        case PersonCorrected():
            return replace(person, details=amended(person.details, event.set))
        case PersonRetracted():
            return replace(person, retracted_because=event.reason)
        case PersonReinstated():
            return replace(person, retracted_because=None)
        case PersonLinked():
            return replace(person, claims=person.claims | set(event.claims))
        case PersonUnlinked():
            return replace(person, claims=person.claims - set(event.claims))
        case PersonMerged():
            return replace(person, merged_into=event.into)
        case PersonSplit():
            return replace(person, merged_into=None)
        case unknown:
            assert_never(unknown)
