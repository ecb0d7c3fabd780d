"""Whether a place lies where what it lies within may be: coordinates that were swapped, or have a wrong digit."""

from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from typing import Final, Literal, NamedTuple

EARTH_KM: Final = 6371.0
# Of the places within one, so many tell how far it reaches.
ENOUGH: Final = 3
# How far from the point of what it lies within a place may be, by the kind of that. Roads, rivers, borders and seas are
# of any length.
REACH_KM: Final = {
    "country": 2500.0, "adm1": 600.0, "region": 1000.0, "adm2": 250.0, "adm3": 120.0, "adm4": 60.0, "city": 60.0,
    "town": 30.0, "village": 20.0, "hamlet": 10.0, "neighbourhood": 10.0, "camp": 20.0, "base": 30.0, "site": 20.0,
}  # fmt: skip
LEAST_MARGIN_KM: Final = 50.0
# So many times nearer makes it likely that two coordinates were swapped.
NEARER: Final = 3

FarOff = Literal["swapped", "far_off"]


class Point(NamedTuple):
    latitude: float
    longitude: float

    @property
    def swapped(self) -> "Point":
        return Point(self.longitude, self.latitude)


@dataclass(frozen=True, slots=True)
class Box:
    """From the southernmost and westernmost to the northernmost and easternmost of some points."""

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def around(cls, points: "list[Point]") -> "Box":
        latitudes, longitudes = [one.latitude for one in points], [one.longitude for one in points]
        return cls(min(latitudes), min(longitudes), max(latitudes), max(longitudes))

    def nearest(self, point: Point) -> Point:
        latitude = min(max(point.latitude, self.south), self.north)
        return Point(latitude, min(max(point.longitude, self.west), self.east))

    @property
    def across_km(self) -> float:
        return distance_km(Point(self.south, self.west), Point(self.north, self.east))


@dataclass(frozen=True, slots=True)
class Whole:
    """What a place lies within: its kind, its own point, and the points of the other places in it."""

    kind: str
    point: Point | None = None
    others: list[Point] = field(default_factory=list)


def far_off(point: Point, whole: Whole) -> FarOff | None:
    """Why the point may be wrong: None where it may well lie there, or where nothing tells where that is."""
    box = Box.around(whole.others) if len(whole.others) >= ENOUGH else None
    middle = whole.point if whole.kind in REACH_KM else None
    if abs(point.longitude) <= 90 and _swapped_is_better(point, box, middle):
        return "swapped"
    if box is not None and distance_km(point, box.nearest(point)) <= max(box.across_km, LEAST_MARGIN_KM):
        return None
    if middle is not None:
        return "far_off" if distance_km(point, middle) > REACH_KM[whole.kind] else None
    return None if box is None else "far_off"


def _swapped_is_better(point: Point, box: Box | None, middle: Point | None) -> bool:
    """By far: it lies among the others, or several times nearer to the middle."""
    swapped = point.swapped
    if box is not None:
        outside = distance_km(point, box.nearest(point)) > LEAST_MARGIN_KM
        return outside and box.nearest(swapped) == swapped
    if middle is None:
        return False
    away = distance_km(point, middle)
    return away > 2 * LEAST_MARGIN_KM and away > NEARER * distance_km(swapped, middle)


def distance_km(one: Point, other: Point) -> float:
    """Along the surface of the Earth, taken as a sphere."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    half = sin(north / 2) ** 2
    half += cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))
