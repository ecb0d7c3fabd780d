"""A situation as GeoJSON (RFC 7946): a feature for each place, with all that is said of it."""

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Request
from typing_extensions import TypedDict

from application.found import ControlPictureTold, GroupTold, TopicTold
from domain.place import PlaceDetails, PlaceKind

GEOJSON = "application/geo+json"


class ControlOfPlaceTold(ControlPictureTold):
    """Who is said to hold a place."""

    place: str


class FiguresOfTopicTold(TopicTold):
    """What a topic comes to."""

    groups: list[GroupTold]


class OccurrenceTold(TypedDict):
    """What is said to have happened."""

    claim: str
    place: str | None


class SituationTold(TypedDict):
    """What is said of all places at one moment."""

    control: list[ControlOfPlaceTold]
    figures: list[FiguresOfTopicTold]
    occurrences: list[OccurrenceTold]


class SaidOfPlace(TypedDict, total=False):
    """What is said of one place, or of none in particular."""

    control: ControlPictureTold
    figures: list[FiguresOfTopicTold]
    occurrences: list[OccurrenceTold]


class PointGeometry(TypedDict):
    """Where a place lies: longitude and latitude, in degrees (WGS 84)."""

    type: Literal["Point"]
    coordinates: list[float]


class PlaceProperties(SaidOfPlace, total=False):
    """A place that the gazetteer has, and what is said of it."""

    name: str
    kind: PlaceKind
    location_precision: int


class PlaceFeature(TypedDict):
    """One place. Without coordinates it has no geometry."""

    type: Literal["Feature"]
    id: str
    geometry: PointGeometry | None
    properties: PlaceProperties


class MapTold(TypedDict):
    """A feature for each place of which something is said; what is said of none is in `elsewhere`."""

    type: Literal["FeatureCollection"]
    features: list[PlaceFeature]
    elsewhere: SaidOfPlace


def wants_geojson(request: Request) -> bool:
    """Whether GeoJSON is asked for before plain JSON."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").lower().split(",")]
    return GEOJSON in accepted and "application/json" not in accepted[: accepted.index(GEOJSON)]


def as_geojson(situation: Mapping[str, Any], gazetteer: Mapping[str, PlaceDetails]) -> dict[str, Any]:
    """A FeatureCollection; the clocks, rules, claims and names of the situation stay beside its features.

    A place without coordinates has no geometry. What is said of no place is in `elsewhere`.
    """
    said: dict[str | None, dict[str, Any]] = {}
    for picture in situation["control"]:
        of_place = {name: value for name, value in picture.items() if name != "place"}
        said.setdefault(picture["place"], {})["control"] = of_place
    for name in ("figures", "occurrences"):
        for told in situation[name]:
            said.setdefault(told.get("place"), {}).setdefault(name, []).append(told)
    elsewhere = said.pop(None, {})
    rest = {name: value for name, value in situation.items() if name not in ("control", "figures", "occurrences")}
    features = [_feature(place, gazetteer.get(place), said[place]) for place in sorted(filter(None, said))]
    return {"type": "FeatureCollection", "features": features, "elsewhere": elsewhere, **rest}


def _feature(place: str, details: PlaceDetails | None, told: Mapping[str, Any]) -> dict[str, Any]:
    geometry = None
    properties: dict[str, Any] = {}
    if details is not None:
        properties = {"name": str(details.name), "kind": details.kind}
        if details.location_precision is not None:
            properties["location_precision"] = details.location_precision
        if details.latitude is not None:
            geometry = {"type": "Point", "coordinates": [details.longitude, details.latitude]}
    return {"type": "Feature", "id": place, "geometry": geometry, "properties": {**properties, **told}}
