"""The questions that rules answer: control of a place, figures, the situation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NotRequired, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.findings import Telling, in_brief, topic
from application.found import (
    ControlPictureTold,
    FigurePictureTold,
    PointTold,
    RuleId,
    SumsTold,
    TimelineTold,
    TopicInBrief,
    TopicTold,
)
from application.persons_told import PersonsCounted
from application.reading import Reading
from application.watch import FigureRule
from domain import when
from domain.control import CONTROL_FROM_SNAPSHOTS, ControlRule
from domain.edition_sums import By, EditionSums, SumAsked
from domain.estimate import Measure, Unit
from domain.fields import MissingField
from domain.figures import LATEST_PER_CLAIMANT
from domain.in_force import InForce
from domain.place import PlaceKind, Within
from domain.rules import RULES, Rule
from domain.set_aside import order
from domain.together import together
from domain.topic import ITEMS_IN_TOPICS, Topic
from domain.words import WORDS
from infrastructure.questions import figures
from infrastructure.questions.around import places_named, with_parents
from infrastructure.questions.control import control_of, taken_inside_of
from infrastructure.questions.dataset_figures import dataset_figures, several_incidents
from infrastructure.questions.figures import FigureFilter, KeptTopic
from infrastructure.questions.named import Mentions, mentions
from infrastructure.questions.persons import persons_beside
from infrastructure.questions.situation import Ruled as SituationRuled
from infrastructure.questions.situation import parts_of, situation
from infrastructure.questions.unplaced import unplaced
from infrastructure.read_models.places import place_as_of
from interfaces.api.access import system_of
from interfaces.api.answer import Answer, JsonAnswer, declares
from interfaces.api.datasets import require_dataset
from interfaces.api.declared import first_unit, own_words_in_topic, refuse_undeclared, topic_asked
from interfaces.api.errors import SumTakesNoTopic, UnusedParameter
from interfaces.api.geojson import (
    GEOJSON,
    ControlOfPlaceTold,
    EarlierPeriods,
    FiguresOfTopicTold,
    FiguresSetAside,
    MapTold,
    OccurrenceSetAside,
    OccurrenceTold,
    SituationTold,
    UndatedTold,
    UnplacedTold,
    as_geojson,
    wants_geojson,
)
from interfaces.api.heavy import heavy
from interfaces.api.named_items import (
    called_in_topic,
    named_in_topic,
    refuse_unknown,
    refuse_unused_words,
    words_in_query,
    words_in_topic,
)
from interfaces.api.reading import (
    Clocked,
    ClockedQuery,
    Cursor,
    CutOff,
    Dimension,
    Id,
    IdOrName,
    Name,
    Paged,
    TopicText,
    Viewer,
    WordOrLabel,
    by_ids,
    connected,
    cursor_of,
    ever_inside,
    inside_then,
    item_or_called,
    reading_of,
    told_clocks,
    turned_by,
)
from interfaces.api.words_called import both_ids, labels_in_topic, words_called

router = APIRouter(tags=["ask"])


class RuleTold(TypedDict):
    """A rule by its name and version, and what it decides."""

    id: RuleId
    name: str
    version: int
    decides: str


class Rules(TypedDict):
    """Every rule that makes an answer of claims."""

    items: list[RuleTold]


@router.get("/rules", summary="The rules that shape answers", operation_id="list_rules")
async def list_rules() -> JsonAnswer[Rules]:
    return JsonAnswer({"items": [_rule(rule) for rule in RULES.values()]})


def _rule(rule: Rule) -> RuleTold:
    return {"id": rule.id, "name": rule.name, "version": rule.version, "decides": rule.decides}


class Ruled(Clocked, Mentions):
    """An answer under named rules, with the claims that it rests on and what everything is called."""

    rules: list[RuleId]


class PlaceOfControl(TypedDict):
    """The place that is asked about."""

    id: str
    name: str
    kind: PlaceKind
    within: str | list[Within] | None


class ControlAnswer(Ruled):
    """Who is said to hold a place: the picture at `at`, and the timeline by voice."""

    place: PlaceOfControl
    picture: ControlPictureTold
    timeline: list[TimelineTold]


class ControlQuery(ClockedQuery):
    rule: ControlRule = Field(CONTROL_FROM_SNAPSHOTS, description="by which rule it is decided who holds it")
    undated: bool = Field(False, description="takes what has no date into the picture of a moment too")


@router.get(
    "/dossiers/{dossier}/places/{id}/control", summary="Who is said to hold a place", operation_id="read_control"
)
@heavy
async def read_control(
    request: Request, dossier: str, id: str, query: Annotated[ControlQuery, Query()], viewer: Viewer
) -> JsonAnswer[ControlAnswer]:
    """The picture at `at` (the latest if left out), and the whole timeline by voice."""
    reading = await reading_of(request, dossier, query.question(), viewer)
    id, place = await item_or_called(request, reading, "place", id, place_as_of)
    async with connected(request) as connection:
        found = await control_of(connection, reading, id, rule=query.rule, undated=query.undated)
        telling = Telling()
        inside = await taken_inside_of(connection, reading, id, found.picture, undated=query.undated)
        picture, timeline = telling.control(found.picture, inside), telling.timeline(found.timeline, found.claims)
        told: ControlAnswer = {
            **told_clocks(reading),
            "rules": [query.rule],
            "place": {"id": id, "name": place["name"], "kind": place["kind"], "within": place["within"]},
            "picture": picture,
            "timeline": timeline,
            **await mentions(connection, reading, telling),
        }
        return JsonAnswer(told)


_AFTER: TypeAdapter[Any] = TypeAdapter(tuple[Literal["flow", "stock", "intended"], Name, Name])


class TopicItem(TopicTold):
    """A topic. `in_incidents`: how many of its claims are counted incident by incident."""

    claims: int
    in_incidents: int


class BesideFigures(TypedDict):
    """What the register of persons counts of an incident: it is never added to figures."""

    persons: NotRequired[PersonsCounted]


class SeriesAnswer(Ruled, TopicTold, BesideFigures):
    """Everything that was said of one topic, in the order of time, and what it comes to under a rule.

    `persons`: of the topic of an incident.
    `in_incidents`: how many of its claims tell of incidents, each of which has groups of its own. `possibly_published`:
    how many more there may have been by `reported_by`, which `certainty=possible` takes in. `beside`: topics that may
    overlap with it and are never added to it; `beside_in_brief`: what the first of them come to by the same rule.
    `inside`: of a village, or another spot, those of places inside it, whose numbers are not in this one though they
    may be of the same; `inside_in_brief` as of `beside`. `unplaced`: topics of incidents that were there, of which a
    number stands without a place: it is not in this one either; `unplaced_in_brief` is what these incidents come to.
    """

    picture: FigurePictureTold
    series: list[PointTold]
    in_incidents: int
    possibly_published: int
    beside: list[str]
    beside_in_brief: list[TopicInBrief]
    inside: list[str]
    inside_in_brief: list[TopicInBrief]
    unplaced: list[str]
    unplaced_in_brief: list[TopicInBrief]


class SumsAnswer(Ruled, SumsTold):
    """What the editions of datasets add up to: of all of it, or of what `filters` has (`since`, `until`, `place`)."""

    measure: Measure
    unit: Unit
    place: str | None


SumRule = Literal["sum-of-edition@1", "sum-of-edition@2"]


class FiguresQuery(ClockedQuery):
    """Without a `topic`, the topics; with one, everything that was said of it. `sum-of-edition@2` adds up a dataset."""

    topic: TopicText | None = Field(
        None, description="as written in a list of topics: fighters,people,subject:is,place:hajin"
    )
    rule: FigureRule | SumRule = Field(LATEST_PER_CLAIMANT, description="by which rule figures are put together")
    measure: Measure | None = Field(None, description="only topics of this measure")
    unit: Unit | None = Field(None, description="only topics in this unit")
    subject: IdOrName | None = Field(None, description="of which actor")
    group: WordOrLabel | None = Field(None, description="of which group: civilians, children")
    by: IdOrName | None = Field(None, description="by which actor")
    cause: WordOrLabel | None = Field(None, description="from which cause")
    dimension: list[Dimension] = Field([], description="of which value of a dimension of the desk's own: origin:idlib")
    place: IdOrName | None = Field(None, description="takes in the places inside it, as of the position")
    since: CutOff | None = Field(None, description="of a sum: periods that begin then or later")
    until: CutOff | None = Field(None, description="of a sum: periods that end by then")
    per: By | None = Field(None, description="of a sum: a sum for each year or month")
    dataset: Id | None = Field(None, description="of a sum: of this dataset only")
    limit: int = Field(100, ge=1, le=1000, description="how many items a page has at most")
    cursor: Cursor | None = Field(None, description="`next` of the page before; the other parameters stay the same")


@router.get("/dossiers/{dossier}/figures", summary="What is counted, and what it comes to", operation_id="read_figures")
@heavy
async def read_figures(
    request: Request, dossier: str, query: Annotated[FiguresQuery, Query()], viewer: Viewer
) -> JsonAnswer[Paged[TopicItem] | SeriesAnswer | SumsAnswer]:
    _refuse_unused(query)
    question, after = turned_by(query.question(), query.cursor, _AFTER)
    reading = await reading_of(request, dossier, question, viewer)
    if query.topic is not None:
        called = await refuse_unknown(system_of(request), dossier, called_in_topic(query.topic), reading=reading)
        words_of_topic = labels_in_topic(query.topic, (*ITEMS_IN_TOPICS, "incident"))
        labels = await words_called(request, reading, words_of_topic)
        reading = replace(reading, ids=both_ids(both_ids(reading.ids, called), labels))
    query = by_ids(query, reading)
    counted = None if query.topic is None else await topic_asked(system_of(request), dossier, query.topic)
    if counted is not None:
        await refuse_unknown(system_of(request), dossier, named_in_topic(counted))
        await refuse_undeclared(system_of(request), dossier, own_words_in_topic(counted))
    words = words_in_query(request, reading.ids) if counted is None else words_in_topic(counted)
    async with connected(request) as connection:
        if query.dataset is not None:
            await require_dataset(connection, reading, query.dataset, parameter="dataset")
        told: Paged[TopicItem] | SeriesAnswer | SumsAnswer
        if query.rule in get_args(SumRule):
            told = sums = await _sums(connection, reading, query, await first_unit(request, dossier, query.measure))
            used = bool(sums["sums"])
        elif counted is not None:
            told = series = await _series(connection, reading, counted, query.rule)
            words = [word for word in words if not any(word.is_in(point["topic"]) for point in series["series"])]
            used = not words
        else:
            begun = None if after is None else KeptTopic(*after)
            told = page = await _topics(connection, reading, query, begun)
            used = bool(page["items"])
    if not used:
        await refuse_unused_words(system_of(request), dossier, words)
    return JsonAnswer(told)


async def _topics(
    connection: AsyncConnection, reading: Reading, query: FiguresQuery, begun: KeptTopic | None
) -> Paged[TopicItem]:
    wanted = await _filter(connection, reading, query)
    found, more = await figures.topics(connection, reading, wanted, begun, query.limit)
    items: list[TopicItem] = [
        {**topic(one.topic), "claims": one.claims, "in_incidents": one.in_incidents} for one in found
    ]
    return {
        **told_clocks(reading),
        "items": items,
        "next": cursor_of(reading, found[-1].kept) if more else None,
    }


# Not `limit`: clients that send every default send it too, and it leaves nothing out of what has no pages.
_OF_LISTS = ("measure", "unit", "subject", "group", "by", "cause", "dimension", "place", "cursor")
_OF_SUMS = ("since", "until", "per", "dataset")


def _refuse_unused(query: FiguresQuery) -> None:
    """What this form of the question makes no use of would be taken for a filter that found nothing to leave out."""
    unused: tuple[str, ...]
    if query.rule in get_args(SumRule):
        unused, by = ("cursor",), "a sum"
    elif query.topic is not None:
        unused, by = (*_OF_LISTS, *_OF_SUMS), "a question about one topic"
    else:
        unused, by = _OF_SUMS, "a list of topics"
    for name in unused:
        if name in query.model_fields_set:
            raise UnusedParameter(f"{name!r} is nothing that {by} takes; leave it out", parameter=name)


async def _filter(connection: AsyncConnection, reading: Reading, query: FiguresQuery) -> FigureFilter:
    places = None if query.place is None else await ever_inside(connection, reading, query.place)
    own = tuple((name, value) for name, _, value in (said.partition(":") for said in query.dimension))
    return FigureFilter(query.measure, query.unit, query.subject, query.group, query.by, query.cause, own, places)


async def _series(connection: AsyncConnection, reading: Reading, of: Topic, rule: str) -> SeriesAnswer:
    """Everything that was said of one topic, in the order of time, and the picture that a rule makes of it."""
    found = await figures.topic_claims(connection, reading, of, rule)
    picture = RULES[rule].function(found.claims, reading.clocks.at)
    telling = Telling(await parts_of(connection, reading, [picture]))
    # What counts in one incident, and is set aside in another, counts.
    counts = {line.claim.claim for group in picture.groups for line in group.lines}
    aside = {one.claim.claim: one.why for one in picture.set_aside if one.claim.claim not in counts}
    telling.mentioned.incidents |= {of.incident} if of.incident else set()
    told, series = telling.figures(picture), sorted(found.claims, key=order)
    near = [await ask(connection, reading, of) for ask in (figures.beside, figures.inside, unplaced)]
    beside, inside, without_place = near
    return {
        **told_clocks(reading),
        "rules": [WORDS, rule],
        **topic(of),
        "picture": told,
        "series": [telling.point(claim, aside.get(claim.claim)) for claim in series],
        "in_incidents": found.in_incidents,
        "possibly_published": await _possibly_published(connection, reading, of, rule, len(found.claims)),
        "beside": [str(other) for other in beside],
        "beside_in_brief": await _in_brief(connection, reading, telling, beside, rule),
        "inside": [str(other) for other in inside],
        "inside_in_brief": await _in_brief(connection, reading, telling, inside, rule),
        "unplaced": [str(other) for other in without_place],
        "unplaced_in_brief": await _of_incidents_in_brief(connection, reading, telling, without_place, rule),
        **await mentions(connection, reading, telling),
        **await _beside_figures(connection, reading, of),
    }


# Of a topic beside another so many groups are told.
MOST_IN_BRIEF = 3


async def _in_brief(
    connection: AsyncConnection, reading: Reading, telling: Telling, beside: Sequence[Topic], rule: str
) -> list[TopicInBrief]:
    """What the first topics beside one come to; without groups where nothing of them is counted at the moment."""
    found = await figures.claims_beside(connection, reading, beside, rule)
    return [_one_in_brief(reading, telling, other, claims, rule) for other, claims in found.items()]


async def _of_incidents_in_brief(
    connection: AsyncConnection, reading: Reading, telling: Telling, some: Sequence[Topic], rule: str
) -> list[TopicInBrief]:
    told: list[TopicInBrief] = []
    for other in some[: figures.MOST_BESIDE]:
        found = await figures.topic_claims(connection, reading, other, rule)
        told.append(_one_in_brief(reading, telling, other, found.claims, rule))
    return told


def _one_in_brief(
    reading: Reading, telling: Telling, other: Topic, claims: Sequence[InForce], rule: str
) -> TopicInBrief:
    groups = RULES[rule].function(claims, reading.clocks.at).groups
    last = [in_brief(group) for group in groups[-MOST_IN_BRIEF:]]
    telling.mentioned.incidents.update(group["incident"] for group in last if "incident" in group)
    return {"topic": str(other), "groups": last, "more_groups": len(groups) - len(last)}


async def _beside_figures(connection: AsyncConnection, reading: Reading, of: Topic) -> BesideFigures:
    return {} if of.incident is None else {"persons": await persons_beside(connection, reading, of.incident)}


async def _possibly_published(
    connection: AsyncConnection, reading: Reading, of: Topic, rule: str, certainly: int
) -> int:
    """How many claims more may have been out by the cut-off: none where there is none, or where they are taken in."""
    clocks = reading.clocks
    if clocks.reported_by is None or clocks.certainty == "possible":
        return 0
    possible = replace(reading, clocks=replace(clocks, certainty="possible"))
    return max(0, len((await figures.topic_claims(connection, possible, of, rule)).claims) - certainly)


async def _sums(connection: AsyncConnection, reading: Reading, query: FiguresQuery, first: Unit | None) -> SumsAnswer:
    if query.topic is not None:
        raise SumTakesNoTopic(f"{query.rule} adds up topics: name a measure, and a place if you wish", field="topic")
    if query.measure is None or first is None:
        raise MissingField(f"{query.rule} adds one measure: name it, measure=killed", field="measure")
    unit = query.unit or first
    wanted = replace(await _filter(connection, reading, query), unit=unit)
    since, until = (_cut_off(reading, query, name) for name in ("since", "until"))
    sums: EditionSums = RULES[query.rule].function(SumAsked(since, until, query.per, reading.time_zone))
    async for claim in dataset_figures(connection, reading, wanted, query.dataset, stocks=sums.takes_stocks):
        sums.add(claim)
    for claim in await several_incidents(connection, reading, query.dataset):
        sums.together(claim)
    telling = Telling()
    told = telling.sums(sums.result())
    telling.mentioned.places |= {query.place} if query.place else set()
    return {
        **told_clocks(reading),
        "rules": [WORDS, query.rule],
        "measure": query.measure,
        "unit": unit,
        "place": query.place,
        **told,
        **await mentions(connection, reading, telling),
    }


def _cut_off(reading: Reading, query: FiguresQuery, name: str) -> when.Instant | None:
    """A day as `since` means its first instant, as `until` its last."""
    given = getattr(query, name)
    if given is None:
        return None
    return (when.cut_off if name == "until" else when.begun)(given, reading.time_zone, field=name)


def _earlier(periods: int) -> EarlierPeriods:
    return {"earlier_periods": periods} if periods else {}


class SituationAnswer(Ruled, SituationTold):
    """The map and the numbers: control, figures and occurrences of all places at one moment."""


class SituationMap(Ruled, MapTold):
    """The same as GeoJSON: a feature for each place."""


class SituationQuery(ClockedQuery):
    rule: FigureRule = Field(LATEST_PER_CLAIMANT, description="by which rule figures are put together")
    control_rule: ControlRule = Field(CONTROL_FROM_SNAPSHOTS, description="by which rule it is decided who holds what")
    undated: bool = Field(False, description="takes what is said of control without a date into the map too")
    place: IdOrName | None = Field(None, description="takes in the places inside it, as of the position")
    measure: Measure | None = Field(
        None, description="of a map: the `counted_` properties of a place are of this measure"
    )
    unit: Unit | None = Field(None, description="of a map: in this unit; the first of the measure if left out")
    group: WordOrLabel | None = Field(None, description="of a map: of exactly this group; of all if left out")
    cause: WordOrLabel | None = Field(None, description="of a map: of exactly this cause")
    dimension: list[Dimension] = Field([], description="of a map: of exactly these values of dimensions")


_OF_MAPS = ("measure", "unit", "group", "cause", "dimension")


def _counted_on_map(query: SituationQuery, first: Unit | None) -> Topic | None:
    """What the map is to be styled by, without a place; None where nothing is said of that."""
    given = [name for name in _OF_MAPS if getattr(query, name)]
    if not given:
        return None
    if query.measure is None or first is None:
        raise MissingField(f"{given[0]!r} is of a measure: name it, measure=present", field="measure")
    own = tuple(sorted((name, value) for name, _, value in (said.partition(":") for said in query.dimension)))
    return Topic(query.measure, query.unit or first, group=query.group, cause=query.cause, dimensions=own)


@router.get(
    "/dossiers/{dossier}/situation",
    summary="The map and the numbers for a triple of clocks",
    operation_id="read_situation",
)
@declares(Answer(SituationAnswer), Answer(SituationMap, media_type=GEOJSON), headers=("Vary",))
@heavy
async def read_situation(
    request: Request, dossier: str, query: Annotated[SituationQuery, Query()], viewer: Viewer
) -> Response:
    """Control, figures and occurrences of all places at `at`: `reported_by` where it is left out, else now.

    What is said of control without a date is beside the map, unless `undated` is true. `Accept: application/geo+json`
    gives a feature for each place; with a `measure` each has `counted_low` and its like of that one topic.
    """
    if not wants_geojson(request):
        for name in _OF_MAPS:
            if getattr(query, name):
                raise UnusedParameter(f"{name!r} is of a map: ask for {GEOJSON}, or leave it out", parameter=name)
    reading = await reading_of(request, dossier, query.question(), viewer)
    query = by_ids(query, reading)
    on_map = _counted_on_map(query, await first_unit(request, dossier, query.measure))
    clocks = reading.clocks
    if clocks.at is None:
        at = when.instant_of(datetime.now(UTC)) if clocks.reported_by is None else clocks.reported_by
        reading = replace(reading, clocks=replace(clocks, at=at))
    async with connected(request) as connection:
        places = None
        if query.place is not None:
            places = await inside_then(connection, reading, query.place)
        ruled = SituationRuled(query.rule, query.control_rule, query.undated)
        found = await situation(connection, reading, ruled, places)
        telling = Telling(found.parts)
        held: list[ControlOfPlaceTold] = [
            {"place": place, **telling.control(one, found.inside.get(place, ()))} for place, one in found.control
        ]
        beside: list[UndatedTold] = [
            {"place": place, "undated": [telling.state(state) for state in picture.undated]}
            for place, picture in found.undated
        ]
        counted: list[FiguresOfTopicTold] = [
            {**topic(of), "groups": telling.groups(picture), **_earlier(found.earlier_periods.get(of, 0))}
            for of, picture in found.figures
        ]
        without_place: list[UnplacedTold] = [
            {**topic(one.topic), "place": one.place, "comes_to": in_brief(one.group)} for one in found.unplaced
        ]
        happened: list[OccurrenceTold] = [
            {"claim": telling.claim(claim), "place": claim.content.place} for claim in found.occurrences
        ]
        taken_out: list[FiguresSetAside] = [
            {**topic(of), "set_aside": telling.aside(aside)} for of, aside in found.figures_aside
        ]
        not_happened: list[OccurrenceSetAside] = [
            {"claim": telling.claim(one.claim), "why": one.why, "place": one.claim.content.place}
            for one in found.occurrences_aside
        ]
        telling.mentioned.places.update(place for place, _ in (*found.control, *found.undated))
        telling.mentioned.places.update(one.place for one in found.unplaced)
        telling.mentioned.incidents.update(one.topic.incident for one in found.unplaced if one.topic.incident)
        answer: SituationAnswer = {
            **told_clocks(reading),
            "rules": [query.control_rule, WORDS, query.rule],
            "control": held,
            "undated": beside,
            "figures": counted,
            "unplaced": without_place,
            "occurrences": happened,
            "figures_set_aside": taken_out,
            "occurrences_set_aside": not_happened,
            **await mentions(connection, reading, telling),
        }
        if not wants_geojson(request):
            return JsonAnswer[SituationAnswer](answer, headers={"Vary": "Accept"})
        named = await places_named(connection, reading, answer["names"]["places"])
        gazetteer = await with_parents(connection, reading, named)
    if on_map is not None and all(of._replace(place=None) != on_map for of, _ in found.figures):
        await refuse_unused_words(system_of(request), dossier, words_in_query(request, reading.ids))
    over_groups = ((of, together(picture.groups)) for of, picture in found.figures)
    return JsonAnswer(
        as_geojson(answer, gazetteer, reading, over_groups, on_map), media_type=GEOJSON, headers={"Vary": "Accept"}
    )
