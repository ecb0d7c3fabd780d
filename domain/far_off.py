"""Whether a place lies where what it lies within may be: coordinates that were swapped, or have a wrong digit."""

from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from statistics import median
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
# No country is so many times as far across as its reach says: what lies further off is vouched for by nobody.
MOST_REACHES: Final = 2
# Where no point tells where the others should be: so many times as far off as most of them.
MOST_TIMES: Final = 4

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
    middle = whole.point if whole.kind in REACH_KM else None
    others = _around_most(whole.others) if middle is None else _around(middle, REACH_KM[whole.kind], whole.others)
    box = Box.around(others) if len(others) >= ENOUGH else None
    outside = None if box is None else distance_km(point, box.nearest(point))
    if outside is not None and outside <= LEAST_MARGIN_KM:
        return None
    if box is not None and _may_be_swapped(point) and box.nearest(point.swapped) == point.swapped:
        return "swapped"
    if middle is not None and _swapped_is_nearer(point, middle):
        return "swapped"
    if box is not None and outside is not None and outside <= box.across_km:
        return None
    if middle is not None:
        return "far_off" if distance_km(point, middle) > REACH_KM[whole.kind] else None
    return None if box is None else "far_off"


def _around(middle: Point, reach_km: float, others: list[Point]) -> list[Point]:
    """Those that vouch for more: near enough to the middle, or a little further off, and not alone there.

    One that was itself found far off, or swapped, is no proof that the next one is right.
    """
    likely = [
        (one, away)
        for one, away in ((one, distance_km(one, middle)) for one in others)
        if away <= MOST_REACHES * reach_km and not _swapped_is_nearer(one, middle)
    ]
    beyond = [one for one, away in likely if away > reach_km]
    together = [one for one in beyond if sum(distance_km(one, other) <= reach_km for other in beyond) >= ENOUGH]
    return [one for one, away in likely if away <= reach_km] + together


def _around_most(others: list[Point]) -> list[Point]:
    """Those that lie where most of them do."""
    if len(others) < ENOUGH:
        return others
    middle = Point(median(one.latitude for one in others), median(one.longitude for one in others))
    away = [distance_km(one, middle) for one in others]
    most = max(MOST_TIMES * median(away), LEAST_MARGIN_KM)
    return [one for one, far in zip(others, away, strict=True) if far <= most]


def _may_be_swapped(point: Point) -> bool:
    return abs(point.longitude) <= 90


def _swapped_is_nearer(point: Point, middle: Point) -> bool:
    """By far."""
    if not _may_be_swapped(point):
        return False
    away = distance_km(point, middle)
    return away > 2 * LEAST_MARGIN_KM and away > NEARER * distance_km(point.swapped, middle)


def distance_km(one: Point, other: Point) -> float:
    """Along the surface of the Earth, taken as a sphere."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    half = sin(north / 2) ** 2
    half += cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))
