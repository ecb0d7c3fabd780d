"""The stream of a place: a gazetteer entry, inside its administrative parent and its informal areas."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, assert_never

from pydantic import StrictFloat

from domain.checks import check, correction, references
from domain.errors import DomainError
from domain.fact import Changes, Command, Creation, Fact, Value
from domain.fields import Edtf, FieldsOf, Personal, PlaceId, Reason, Slug, StreamRef, Text, Whole, amended
from domain.known import Known, NotRetracted, Retracted
from domain.membership import ALL_TIME, AlwaysOrDated, Outwards, Window, fields_of, members, surely, way_around, window
from domain.merging import check_merge, check_split
from domain.names import DatedName
from domain.when import Instant

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


class Within(Value):
    """That a place lay within another, and when."""

    place: PlaceId
    when: Edtf | None = None


class Membership(Value):
    """That a place belonged to an informal area, and when."""

    area: PlaceId
    when: Edtf | None = None


class PlaceDetails(Value):
    """`location_precision` is that of the UCDP codebook: 1 exact ... 7 international waters or airspace.

    `external_ids`: what others know it by, such as `{"wikidata": "Q858", "geonames": "..."}`.
    """

    name: Annotated[Personal, Text(300)]
    kind: PlaceKind
    names: Annotated[dict[str, Personal], Text(300)] = {}
    dated_names: tuple[DatedName, ...] = ()
    within: Annotated[PlaceId | tuple[Within, ...] | None, AlwaysOrDated(Within)] = None
    areas: tuple[Membership, ...] = ()
    latitude: StrictFloat | None = None
    longitude: StrictFloat | None = None
    location_precision: Whole | None = None
    external_ids: Annotated[dict[Slug, Personal], Text(200)] = {}
    note: Annotated[Personal | None, Text(2000)] = None

    def parents(self, time_zone: str) -> list[tuple[str, Window]]:
        """The administrative parents, each with the time at which the place may have lain in it."""
        return [(one.place, window(one.when, time_zone)) for one in members(Within, self.within)]

    def surroundings(self, time_zone: str) -> list[tuple[str, Window, Window | None]]:
        """Parents and areas, each with the time at which it may have lain in it, and that at which it surely did."""
        dated = [(one.place, one.when) for one in members(Within, self.within)]
        dated += [(one.area, one.when) for one in self.areas]
        return [(outer, window(when, time_zone), surely(when, time_zone)) for outer, when in dated]

    def parent(self, at: Instant, time_zone: str) -> str | None:
        """The first in which it may have lain at a moment."""
        return next((parent for parent, (first, last) in self.parents(time_zone) if first <= at <= last), None)

    def its_areas(self, time_zone: str) -> list[tuple[str, Window]]:
        """The informal areas, in the same way."""
        return [(one.area, window(one.when, time_zone)) for one in self.areas]


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


class PlaceReinstated(Fact):
    type: Literal["place.reinstated"] = "place.reinstated"
    reason: str


class PlaceMerged(Fact):
    """It is the same as another, and goes on as that one. On the stream of the one that goes up in the other."""

    type: Literal["place.merged"] = "place.merged"
    into: str
    reason: str


class PlaceSplit(Fact):
    """It is one of its own after all: its merge is taken back."""

    type: Literal["place.split"] = "place.split"
    reason: str


PlaceEvent = PlaceRegistered | PlaceCorrected | PlaceRetracted | PlaceReinstated | PlaceMerged | PlaceSplit


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


class ReinstatePlace(Command):
    stream_kind: ClassVar[str] = "place"
    command: Literal["reinstate_place"] = "reinstate_place"
    reason: Reason


class MergePlace(Command):
    stream_kind: ClassVar[str] = "place"
    command: Literal["merge_place"] = "merge_place"
    into: PlaceId
    reason: Reason


class SplitPlace(Command):
    stream_kind: ClassVar[str] = "place"
    command: Literal["split_place"] = "split_place"
    reason: Reason


PlaceCommand = RegisterPlace | CorrectPlace | RetractPlace | ReinstatePlace | MergePlace | SplitPlace


@dataclass(frozen=True, slots=True)
class Place:
    """A merged one keeps its own description: a split has nothing to bring back."""

    details: PlaceDetails
    retracted: bool = False
    merged_into: str | None = None


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
        if isinstance(command, ReinstatePlace):
            return [PlaceReinstated(reason=command.reason)]
        raise Retracted.of(command.stream)
    match command:
        case CorrectPlace():
            after, changes = correction(place.details, command.set)
            _check_details(command.id, after, known, prefix="set.", only=changes)
            return [PlaceCorrected(set=changes, reason=command.reason)]
        case MergePlace():
            end = check_merge(command.stream, place.merged_into, command.into, known)
            _refuse_one_inside_the_other(command.id, end, known)
            return [PlaceMerged(into=command.into, reason=command.reason)]
        case SplitPlace():
            check_split(command.stream, place.merged_into)
            return [PlaceSplit(reason=command.reason)]
        case RetractPlace():
            return [PlaceRetracted(reason=command.reason)]
        case ReinstatePlace():
            raise NotRetracted.of(command.stream)
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


def _outwards(known: Known) -> Outwards:
    """What a place lies in, and what it is merged into: what lies in either lies in both. Retracted ones may come back.

    Looking at each makes it a guard: a concurrent move or merge of any of them is decided again.
    """

    def outwards(one: str) -> list[tuple[str, Window]]:
        state = known.get(StreamRef("place", one))
        if state is None:
            return []
        into = [] if state.merged_into is None else [(state.merged_into, ALL_TIME)]
        return [*state.details.parents(known.time_zone), *state.details.its_areas(known.time_zone), *into]

    return outwards


def _refuse_one_inside_the_other(place_id: str, other: str, known: Known) -> None:
    """Of two that are to be one; `other` is where the merges end."""
    for inner, outer in ((place_id, other), (other, place_id)):
        way = way_around(outer, inner, ALL_TIME, _outwards(known))
        if way:
            raise PlaceInsideItself(
                f"{place_id!r} and {other!r} cannot be one: {' within '.join(map(repr, way))}; correct that first",
                field="into",
            )


def _refuse_circle(place_id: str, details: PlaceDetails, known: Known, prefix: str) -> None:
    """Of what may have been so at one time."""
    zone, outwards = known.time_zone, _outwards(known)
    named = [*fields_of("within", Within, details.within), *fields_of("areas", Membership, details.areas)]
    for field, (parent, then) in zip(named, [*details.parents(zone), *details.its_areas(zone)], strict=True):
        way = way_around(place_id, parent, then, outwards)
        if way:
            raise PlaceInsideItself(
                f"{place_id!r} would be inside itself: {' within '.join(map(repr, [place_id, *way]))}",
                field=prefix + field,
            )


def evolve(place: Place | None, event: PlaceEvent) -> Place:
    if isinstance(event, PlaceRegistered):
        return Place(event.details)
    assert place is not None
    match event:
        case PlaceCorrected():
            return replace(place, details=amended(place.details, event.set))
        case PlaceRetracted():
            return replace(place, retracted=True)
        case PlaceReinstated():
            return replace(place, retracted=False)
        case PlaceMerged():
            return replace(place, merged_into=event.into)
        case PlaceSplit():
            return replace(place, merged_into=None)
        case unknown:
            assert_never(unknown)
