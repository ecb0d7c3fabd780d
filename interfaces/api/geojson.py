"""A situation as GeoJSON (RFC 7946): a feature for each place, with all that is said of it."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from domain.fields import plain
from domain.place import PlaceDetails

GEOJSON = "application/geo+json"


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
        properties = {"name": plain(details.name.model_dump()), "kind": details.kind}
        if details.location_precision is not None:
            properties["location_precision"] = details.location_precision
        if details.latitude is not None:
            geometry = {"type": "Point", "coordinates": [details.longitude, details.latitude]}
    return {"type": "Feature", "id": place, "geometry": geometry, "properties": {**properties, **told}}
