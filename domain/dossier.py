"""The stream of a dossier itself: what it is called and which time zone its days are in."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from domain import when
from domain.checks import check, correction
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import FieldsOf, Reason, Text, TimeZoneName, amended
from domain.known import Known


class DossierDetails(Value):
    title: Annotated[str, Text(300)]
    summary: Annotated[str | None, Text(4000)] = None


class DossierOpened(Fact):
    type: Literal["dossier.opened"] = "dossier.opened"
    details: DossierDetails
    # Fixed for good: every bound of every date in the dossier is counted in it.
    time_zone: str | None = None


class DossierDescribed(Fact):
    type: Literal["dossier.described"] = "dossier.described"
    set: Annotated[Changes, FieldsOf(DossierDetails)]
    reason: str | None = None


DossierEvent = DossierOpened | DossierDescribed


class OpenDossier(Creation, DossierDetails):
    stream_kind: ClassVar[str] = "dossier"
    command: Literal["open_dossier"] = "open_dossier"
    time_zone: TimeZoneName | None = None


class DescribeDossier(Command):
    stream_kind: ClassVar[str] = "dossier"
    command: Literal["describe_dossier"] = "describe_dossier"
    set: Annotated[Changes, FieldsOf(DossierDetails)]
    reason: Reason | None = None


DossierCommand = OpenDossier | DescribeDossier


@dataclass(frozen=True, slots=True)
class Dossier:
    details: DossierDetails
    time_zone: str = "UTC"
    retracted: Literal[False] = False


def decide(dossier: Dossier | None, command: DossierCommand, known: Known) -> list[DossierEvent]:
    check(command)
    match command:
        case OpenDossier():
            if command.time_zone is not None and not when.time_zone_exists(command.time_zone):
                raise when.UnknownTimeZone(
                    f"{command.time_zone!r} is not a time zone; use a name such as Asia/Damascus",
                    field="time_zone",
                )
            return [DossierOpened(details=command.part(DossierDetails), time_zone=command.time_zone)]
        case DescribeDossier():
            assert dossier is not None
            _, changes = correction(dossier.details, command.set)
            return [DossierDescribed(set=changes, reason=command.reason)]
        case unknown:
            assert_never(unknown)


def evolve(dossier: Dossier | None, event: DossierEvent) -> Dossier:
    match event:
        case DossierOpened():
            return Dossier(event.details, event.time_zone or "UTC")
        case DossierDescribed():
            assert dossier is not None
            return replace(dossier, details=amended(dossier.details, event.set))
        case unknown:
            assert_never(unknown)
