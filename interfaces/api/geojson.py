"""A situation as GeoJSON (RFC 7946): a feature for each place, with all that is said of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from fastapi import Request
from typing_extensions import TypedDict

from application.found import ControlPictureTold, GroupTold, StateTold, TopicTold
from domain.control import Verdict
from domain.estimate import MEASURES
from domain.place import PlaceDetails, PlaceKind
from domain.words import Number

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


class UndatedTold(TypedDict):
    """What is said of who holds a place without a date, where nothing else is."""

    place: str
    undated: list[StateTold]


class SituationTold(TypedDict):
    """What is said of all places at one moment. `undated` is beside the map: places of which no dated word tells."""

    control: list[ControlOfPlaceTold]
    undated: list[UndatedTold]
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


if TYPE_CHECKING:

    class FlatFigures(TypedDict, total=False):
        """`killed_low`, `killed_best`, `killed_high`, and so of every measure."""

else:
    FlatFigures = TypedDict(
        "FlatFigures",
        {f"{measure}_{bound}": Number | None for measure in MEASURES for bound in ("low", "best", "high")},
        total=False,
    )


class PlaceProperties(SaidOfPlace, FlatFigures, total=False):
    """A place that the gazetteer has, and what is said of it: flat, for whoever styles a map, and whole.

    `holder` is null unless there is one. `killed_low` and its like are of the topic that names nothing but the place,
    and its last period. `point_of`: the place has no coordinates, and stands at the point of this one around it.
    """

    name: str
    kind: PlaceKind
    location_precision: int
    point_of: str
    holder: str | None
    holder_name: str | None
    verdict: Verdict
    age_days: int
    voices: int
    unattributed: int


class PlaceFeature(TypedDict):
    """One place. Without coordinates it stands at those of the place around it, or has no geometry."""

    type: Literal["Feature"]
    id: str
    geometry: PointGeometry | None
    properties: PlaceProperties


class MapTold(TypedDict):
    """A feature for each place of which something is said; what is said of none is in `elsewhere`."""

    type: Literal["FeatureCollection"]
    undated: list[UndatedTold]
    features: list[PlaceFeature]
    elsewhere: SaidOfPlace


def wants_geojson(request: Request) -> bool:
    """Whether GeoJSON is asked for before plain JSON."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").lower().split(",")]
    return GEOJSON in accepted and "application/json" not in accepted[: accepted.index(GEOJSON)]


def as_geojson(situation: Mapping[str, Any], gazetteer: Mapping[str, PlaceDetails]) -> dict[str, Any]:
    """A FeatureCollection; the clocks, rules, claims and names of the situation stay beside its features.

    A place without coordinates stands at its parent's, and says so. What is said of no place is in `elsewhere`.
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
    features = [
        _feature(place, gazetteer, said[place], situation["names"]["actors"]) for place in sorted(filter(None, said))
    ]
    return {"type": "FeatureCollection", "features": features, "elsewhere": elsewhere, **rest}


def _feature(
    place: str, gazetteer: Mapping[str, PlaceDetails], told: Mapping[str, Any], actors: Mapping[str, str]
) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    details = gazetteer.get(place)
    if details is not None:
        properties = {"name": str(details.name), "kind": details.kind}
        if details.location_precision is not None:
            properties["location_precision"] = details.location_precision
    geometry, point_of = None, _point_of(place, gazetteer)
    if point_of is not None:
        there = gazetteer[point_of]
        geometry = {"type": "Point", "coordinates": [there.longitude, there.latitude]}
        if point_of != place:
            properties["point_of"] = point_of
    if "control" in told:
        properties |= _flat_control(told["control"], actors)
    for of in told.get("figures", ()):
        properties |= _flat_figures(of)
    return {"type": "Feature", "id": place, "geometry": geometry, "properties": {**properties, **told}}


def _point_of(place: str, gazetteer: Mapping[str, PlaceDetails]) -> str | None:
    """The place itself or the nearest around it that has coordinates."""
    at: str | None = place
    while at is not None and (details := gazetteer.get(at)) is not None:
        if details.latitude is not None:
            return at
        at = details.within
    return None


def _flat_control(picture: Mapping[str, Any], actors: Mapping[str, str]) -> dict[str, Any]:
    holder = picture["holders"][0] if len(picture["holders"]) == 1 else None
    flat = {"holder": holder, "holder_name": None if holder is None else actors.get(holder, holder)}
    names = ("verdict", "age_days", "voices", "unattributed")
    return flat | {name: picture[name] for name in names if name in picture}


# What a topic says beside its measure, unit and place.
_NARROWER = ("subject", "group", "by", "cause", "incident")


def _flat_figures(of: Mapping[str, Any]) -> dict[str, Any]:
    """Of a topic that names nothing but its place, in the first of its units; nothing is added up."""
    measure = of["measure"]
    if any(name in of for name in _NARROWER) or of["unit"] != MEASURES[measure].units[0]:
        return {}
    last = max(of["groups"], key=_ends)
    return {f"{measure}_{bound}": last[bound] for bound in ("low", "best", "high")}


def _ends(group: Mapping[str, Any]) -> tuple[bool, str, str]:
    """Open ends last, no period first."""
    period = group["period"]
    if period is None:
        return False, "", ""
    return period["to"] is None, period["to"] or "", period["from"] or ""
