"""A situation as GeoJSON (RFC 7946): a feature for each place, with all that is said of it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from fastapi import Request
from typing_extensions import TypedDict

from application.found import ControlPictureTold, GroupInBrief, GroupTold, SetAsideTold, StateTold, TopicTold
from application.reading import Reading
from application.shown import Instant
from domain.content import Extent, Hedge
from domain.control import Verdict
from domain.estimate import MEASURES
from domain.place import PlaceDetails, PlaceKind
from domain.set_aside import Why
from domain.snapshots import PARTLY
from domain.together import Together, VerdictTogether
from domain.topic import Topic
from domain.when import LATEST
from domain.words import Number

GEOJSON = "application/geo+json"


class ControlOfPlaceTold(ControlPictureTold):
    """Who is said to hold a place."""

    place: str


class EarlierPeriods(TypedDict, total=False):
    """`earlier_periods`: how many were counted before those that are shown, if any. No number here has these in it."""

    earlier_periods: int


class FiguresOfTopicTold(TopicTold, EarlierPeriods):
    """What a topic comes to."""

    groups: list[GroupTold]


class UnplacedTold(TopicTold):
    """What the numbers of an incident come to that name no place: it was at this one, and no number of the place has
    them in it. `place` is where the incident was, and the topic names none.
    """

    comes_to: GroupInBrief


class OccurrenceTold(TypedDict):
    """What is said to have happened."""

    claim: str
    place: str | None


class OccurrenceSetAside(OccurrenceTold):
    """What is said to have happened, and counts for nothing."""

    why: Why


class FiguresSetAside(TopicTold):
    """What was said of a topic and counts for nothing: it may have been so then, or would be last known."""

    set_aside: list[SetAsideTold]


class UndatedTold(TypedDict):
    """What is said of who holds a place without a date, where nothing else is."""

    place: str
    undated: list[StateTold]


class SituationTold(TypedDict):
    """What is said of all places at one moment. `undated` is beside the map: places of which no dated word tells.

    `figures_set_aside` and `occurrences_set_aside` are what was withdrawn, stands in a report that is discredited, or
    is intended, of that moment: no number, and nothing that happened. `unplaced` are numbers without a place of
    incidents that have one: they are not among those of the place.
    """

    control: list[ControlOfPlaceTold]
    undated: list[UndatedTold]
    figures: list[FiguresOfTopicTold]
    unplaced: list[UnplacedTold]
    occurrences: list[OccurrenceTold]
    figures_set_aside: list[FiguresSetAside]
    occurrences_set_aside: list[OccurrenceSetAside]


class SaidOfPlace(TypedDict, total=False):
    """What is said of one place, or of none in particular."""

    control: ControlPictureTold
    figures: list[FiguresOfTopicTold]
    unplaced: list[UnplacedTold]
    occurrences: list[OccurrenceTold]
    figures_set_aside: list[FiguresSetAside]
    occurrences_set_aside: list[OccurrenceSetAside]


class PointGeometry(TypedDict):
    """Where a place lies: longitude and latitude, in degrees (WGS 84)."""

    type: Literal["Point"]
    coordinates: list[float]


if TYPE_CHECKING:

    class FlatFigures(TypedDict, total=False):
        """`killed_low`, `killed_best`, `killed_high`, `killed_verdict`, `killed_groups`, and so of every measure of the
        house's; of what is last known `killed_age_days`, of what stands without a place `killed_unplaced`.
        """

else:
    FlatFigures = TypedDict(
        "FlatFigures",
        {f"{measure}_{bound}": Number | None for measure in MEASURES for bound in ("low", "best", "high")}
        | {f"{measure}_verdict": VerdictTogether for measure in MEASURES}
        | {f"{measure}_{count}": int for measure in MEASURES for count in ("groups", "age_days", "unplaced")},
        total=False,
    )


class PlaceProperties(SaidOfPlace, FlatFigures, total=False):
    """A place that the gazetteer has, and what is said of it: flat, for whoever styles a map, and whole.

    `holder` is who holds the place, or most of it: null unless there is one, and nobody may hold it instead.
    `holder_of_part` is who holds a part or pockets only; `extent`, `extent_of_part` say how much, `hedge`,
    `hedge_of_part` that nobody vouches for it: it was heard, there are signs of it, or it is possible. `killed_low` and
    its like are of the topic that names nothing but the place, over all of its groups that have a number
    (`killed_groups`: of periods, of incidents, of the place itself); nothing is added up. `killed_best` is null unless
    one voice says it or they agree, in each of these groups. `killed_verdict` is that of the one group; of more it is
    `disagree` if two certainly cannot both be right, else `several`. `killed_age_days` is there where all of it is last
    known. `holder_before` is who held it last where it changed hands at a time that nobody tells, between
    `changed_after` and `changed_before`. `lost_inside` are places inside that others have held since
    `extent` was told to be all.
    `unplaced` are numbers without a place of incidents that were here: in no other number of the place.
    `killed_unplaced` is how many of them are of the killed, where there are any.
    `counted` is the topic that was asked for, of this place (`measure`, with `unit`, `group`, `cause` and `dimension`),
    and `counted_low` and its like are of it as `killed_low` is of the killed.
    `point_of`: the place has no coordinates, and stands at the point of this one around it. `retracted`: our entry of
    the place was; `holder_retracted`: that of the holder.
    """

    name: str
    kind: PlaceKind
    location_precision: int
    external_ids: dict[str, str]
    point_of: str
    retracted: bool
    holder: str | None
    holder_name: str | None
    holder_retracted: bool
    holder_before: str
    holder_before_name: str
    changed_after: Instant
    changed_before: Instant
    lost_inside: list[str]
    extent: Extent
    hedge: Hedge
    holder_of_part: str
    holder_of_part_name: str
    extent_of_part: Extent
    hedge_of_part: Hedge
    verdict: Verdict
    age_days: int
    voices: int
    unattributed: int
    counted: str
    counted_low: Number | None
    counted_best: Number | None
    counted_high: Number | None
    counted_verdict: VerdictTogether
    counted_groups: int
    counted_age_days: int


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


_OF_PLACES = ("figures", "unplaced", "occurrences", "figures_set_aside", "occurrences_set_aside")


def wants_geojson(request: Request) -> bool:
    """Whether GeoJSON is asked for before plain JSON."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").lower().split(",")]
    return GEOJSON in accepted and "application/json" not in accepted[: accepted.index(GEOJSON)]


def as_geojson(
    situation: Mapping[str, Any],
    gazetteer: Mapping[str, PlaceDetails],
    reading: Reading,
    counted: Iterable[tuple[Topic, Together]],
    on_map: Topic | None = None,
) -> dict[str, Any]:
    """A FeatureCollection; the clocks, rules, claims and names of the situation stay beside its features. `counted` is
    what each topic comes to over its groups, `on_map` the one that was asked for, of whichever place.

    A place without coordinates stands at its parent's, and says so. What is said of no place is in `elsewhere`.
    """
    points = {place: _point_of(place, gazetteer, reading) for place in gazetteer}
    said: dict[str | None, dict[str, Any]] = {}
    for picture in situation["control"]:
        of_place = {name: value for name, value in picture.items() if name != "place"}
        said.setdefault(picture["place"], {})["control"] = of_place
    for name in _OF_PLACES:
        for told in situation[name]:
            said.setdefault(told.get("place"), {}).setdefault(name, []).append(told)
    elsewhere = said.pop(None, {})
    flat: dict[str | None, dict[str, Any]] = {}
    for topic, found in counted:
        flat.setdefault(topic.place, {}).update(_flat_figures(topic, found))
        if topic._replace(place=None) == on_map:
            flat[topic.place] |= {"counted": str(topic), **_flat("counted", found)}
    for told in situation["unplaced"]:
        if told["measure"] in MEASURES:
            of_place, name = flat.setdefault(told["place"], {}), f"{told['measure']}_unplaced"
            of_place[name] = of_place.get(name, 0) + 1
    rest = {name: value for name, value in situation.items() if name not in ("control", *_OF_PLACES)}
    features = [
        _feature(place, gazetteer, points.get(place), said[place], flat.get(place, {}), situation["names"])
        for place in sorted(filter(None, said))
    ]
    return {"type": "FeatureCollection", "features": features, "elsewhere": elsewhere, **rest}


def _feature(
    place: str,
    gazetteer: Mapping[str, PlaceDetails],
    point_of: str | None,
    told: Mapping[str, Any],
    flat_figures: Mapping[str, Any],
    names: Mapping[str, Any],
) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    details = gazetteer.get(place)
    if details is not None:
        properties = {"name": str(details.name), "kind": details.kind}
        if details.location_precision is not None:
            properties["location_precision"] = details.location_precision
        if details.external_ids:
            properties["external_ids"] = {name: str(id_) for name, id_ in details.external_ids.items()}
    geometry = None
    if point_of is not None:
        there = gazetteer[point_of]
        geometry = {"type": "Point", "coordinates": [there.longitude, there.latitude]}
        if point_of != place:
            properties["point_of"] = point_of
    if f"place/{place}" in names["retracted"]:
        properties["retracted"] = True
    if "control" in told:
        properties |= _flat_control(told["control"], names["actors"])
        if f"actor/{properties['holder']}" in names["retracted"]:
            properties["holder_retracted"] = True
    return {"type": "Feature", "id": place, "geometry": geometry, "properties": {**properties, **flat_figures, **told}}


def _point_of(place: str, gazetteer: Mapping[str, PlaceDetails], reading: Reading) -> str | None:
    """The place itself or the nearest around it, at the moment that is asked for, that has coordinates."""
    at = LATEST if reading.clocks.at is None else reading.clocks.at
    here: str | None = place
    passed: set[str] = set()
    while here is not None and here not in passed and (details := gazetteer.get(here)) is not None:
        if details.latitude is not None:
            return here
        passed.add(here)
        here = details.parent(at, reading.time_zone)
    return None


def _flat_control(picture: Mapping[str, Any], actors: Mapping[str, str]) -> dict[str, Any]:
    flat: dict[str, Any] = {"holder": None, "holder_name": None}
    if picture["verdict"] not in ("disputed", "order_unknown"):
        parts = [hold for hold in picture["holds"] if hold.get("extent") in PARTLY]
        for name, holds in (("", [hold for hold in picture["holds"] if hold not in parts]), ("_of_part", parts)):
            if len(holds) == 1:
                actor = holds[0]["actor"]
                flat |= {f"holder{name}": actor, f"holder{name}_name": actors.get(actor, actor)}
                flat |= {f"{word}{name}": holds[0][word] for word in ("extent", "hedge") if word in holds[0]}
    if "inside" in picture:
        flat["lost_inside"] = sorted({one["place"] for one in picture["inside"]})
    changed = picture.get("changed_hands", [])
    if len({(one["actor"], one["after"], one["before"]) for one in changed}) == 1:
        actor = changed[0]["actor"]
        flat |= {"holder_before": actor, "holder_before_name": actors.get(actor, actor)}
        flat |= {"changed_after": changed[0]["after"], "changed_before": changed[0]["before"]}
    names = ("verdict", "age_days", "voices", "unattributed")
    return flat | {name: picture[name] for name in names if name in picture}


def _flat_figures(topic: Topic, counted: Together) -> dict[str, Any]:
    """Of a topic that names nothing but its place, in the first of its units.

    The measures of a dossier's own are told whole only: whoever styles a map by names knows the house's.
    """
    measure, units = topic.measure, MEASURES[topic.measure].units if topic.measure in MEASURES else ()
    if topic.unit not in units[:1] or topic != Topic(measure, topic.unit, place=topic.place):
        return {}
    return _flat(measure, counted)


def _flat(prefix: str, counted: Together) -> dict[str, Any]:
    bounds = counted.range
    told: dict[str, Any] = {name: None if bounds is None else getattr(bounds, name) for name in ("low", "best", "high")}
    told |= {"verdict": counted.verdict, "groups": counted.groups}
    if counted.age_days is not None:
        told["age_days"] = counted.age_days
    return {f"{prefix}_{name}": value for name, value in told.items()}
