"""The stream of a place: a gazetteer entry, inside its administrative parent and its informal areas."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from pydantic import StrictFloat

from domain.checks import check, correction, references
from domain.errors import DomainError
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import Edtf, FieldsOf, Personal, PlaceId, Reason, StreamRef, Text, Whole, amended
from domain.known import Known, Retracted

PlaceKind = Literal[
    "country", "adm1", "adm2", "adm3", "adm4", "region", "area", "city", "town", "village", "hamlet",
    "neighbourhood", "camp", "base", "site", "road", "river", "border", "sea",
]  # fmt: skip


class CoordinatesOutOfRange(DomainError):
    code = "coordinates_out_of_range"


class PrecisionOutOfRange(DomainError):
    code = "location_precision_out_of_range"


class PlaceInsideItself(DomainError):
    code = "place_inside_itself"


class Membership(Value):
    """That a place belonged to an informal area, and when."""

    area: PlaceId
    when: Edtf | None = None


class PlaceDetails(Value):
    """`location_precision` is that of the UCDP codebook: 1 exact ... 7 international waters or airspace."""

    name: Annotated[Personal, Text(300)]
    kind: PlaceKind
    names: Annotated[dict[str, Personal], Text(300)] = {}
    within: PlaceId | None = None
    areas: tuple[Membership, ...] = ()
    latitude: StrictFloat | None = None
    longitude: StrictFloat | None = None
    location_precision: Whole | None = None
    note: Annotated[Personal | None, Text(2000)] = None


class PlaceRegistered(Fact):
    type: Literal["place.registered"] = "place.registered"
    details: PlaceDetails


class PlaceCorrected(Fact):
    type: Literal["place.corrected"] = "place.corrected"
    set: Annotated[Changes, FieldsOf(PlaceDetails)]
    reason: str


class PlaceRetracted(Fact):
    type: Literal["place.retracted"] = "place.retracted"
    reason: str


PlaceEvent = PlaceRegistered | PlaceCorrected | PlaceRetracted


class RegisterPlace(Creation, PlaceDetails):
    stream_kind: ClassVar[str] = "place"
    command: Literal["register_place"] = "register_place"


class CorrectPlace(Command):
    stream_kind: ClassVar[str] = "place"
    command: Literal["correct_place"] = "correct_place"
    set: Annotated[Changes, FieldsOf(PlaceDetails)]
    reason: Reason


class RetractPlace(Command):
    stream_kind: ClassVar[str] = "place"
    command: Literal["retract_place"] = "retract_place"
    reason: Reason


PlaceCommand = RegisterPlace | CorrectPlace | RetractPlace


@dataclass(frozen=True, slots=True)
class Place:
    details: PlaceDetails
    retracted: bool = False


def decide(place: Place | None, command: PlaceCommand, known: Known) -> list[PlaceEvent]:
    check(command)
    if isinstance(command, RegisterPlace):
        details = command.part(PlaceDetails)
        _check_details(command.id, details, known)
        return [PlaceRegistered(details=details)]
    assert place is not None
    if place.retracted:
        if isinstance(command, RetractPlace):
            return []
        raise Retracted.of(command.stream)
    match command:
        case CorrectPlace():
            after, changes = correction(place.details, command.set)
            _check_details(command.id, after, known, prefix="set.", only=changes)
            return [PlaceCorrected(set=changes, reason=command.reason)]
        case RetractPlace():
            return [PlaceRetracted(reason=command.reason)]
        case unknown:
            assert_never(unknown)


def _check_details(
    place_id: str, details: PlaceDetails, known: Known, *, prefix: str = "", only: Collection[str] | None = None
) -> None:
    for field, value, limit in (("latitude", details.latitude, 90), ("longitude", details.longitude, 180)):
        if value is not None and not -limit <= value <= limit:
            raise CoordinatesOutOfRange(
                f"{field} {value} is not between {-limit} and {limit} (degrees, WGS 84)", field=prefix + field
            )
    if (details.latitude is None) != (details.longitude is None):
        missing = "latitude" if details.latitude is None else "longitude"
        raise CoordinatesOutOfRange(f"{missing} is missing: give both coordinates or neither", field=prefix + missing)
    if details.location_precision is not None and not 1 <= details.location_precision <= 7:
        raise PrecisionOutOfRange(
            f"location_precision {details.location_precision} is not between 1 (exact) and 7 (international)",
            field=prefix + "location_precision",
        )
    _refuse_circle(place_id, details, known, prefix)
    known.require(references(details, prefix=prefix.rstrip("."), only=only))


def _refuse_circle(place_id: str, details: PlaceDetails, known: Known, prefix: str) -> None:
    for field, parent in _parents(details):
        way = _way(parent, place_id, known)
        if way:
            raise PlaceInsideItself(
                f"{place_id!r} would be inside itself: {' within '.join(map(repr, [place_id, *way]))}",
                field=prefix + field,
            )


def _parents(details: PlaceDetails) -> list[tuple[str, str]]:
    """What a place lies in, its informal areas too, with the fields that say so."""
    found = [] if details.within is None else [("within", details.within)]
    return found + [(f"areas.{index}.area", membership.area) for index, membership in enumerate(details.areas)]


def _way(start: str, end: str, known: Known) -> list[str]:
    """From one place outwards to another, both named; empty if there is none."""
    ways = {start: [start]}
    for place_id in (reached := [start]):
        if place_id == end:
            return ways[place_id]
        # Looking at every parent makes each of them a guard: a concurrent move of any of them is decided again.
        state = known.get(StreamRef("place", place_id))
        for _, parent in _parents(state.details) if state else ():
            if parent not in ways:
                ways[parent] = [*ways[place_id], parent]
                reached.append(parent)
    return []


def evolve(place: Place | None, event: PlaceEvent) -> Place:
    if isinstance(event, PlaceRegistered):
        return Place(event.details)
    assert place is not None
    match event:
        case PlaceCorrected():
            return replace(place, details=amended(place.details, event.set))
        case PlaceRetracted():
            return replace(place, retracted=True)
        case unknown:
            assert_never(unknown)
