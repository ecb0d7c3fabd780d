"""The map and the numbers for a moment: control, figures and occurrences of every place at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Figure, Occurrence
from domain.control import CONTROL_FROM_SNAPSHOTS, ControlPicture, ControlRule, control
from domain.figures import FIRST_RULES, FigureGroup, FigurePicture
from domain.figures_aside import aside_then
from domain.in_force import InForce
from domain.membership import Windows
from domain.rules import RULES
from domain.set_aside import SetAside, in_order, order, split
from domain.sides import Sides
from domain.snapshots import tells_of_control
from domain.taken_inside import TakenInside, is_held_whole, taken_inside
from domain.topic import Topic, topic_of, topics_alike
from domain.when import Instant
from infrastructure.questions.around import ALWAYS, around, members_of, surely_around
from infrastructure.questions.control import control_claims, sides_in
from infrastructure.questions.figures import claims_by_id, kept_as
from infrastructure.questions.merges import all_merged
from infrastructure.questions.moment import (
    ENDS,
    Rows,
    aside_in,
    beside_unattributed,
    during,
    ends_in,
    last_words,
    linked_stocks,
    next_unattributed,
    planned_stocks,
    spoken,
)
from infrastructure.questions.rule_claims import as_claims
from infrastructure.questions.tolls import counted_before, periods_before
from infrastructure.questions.unplaced import places_of_incidents


class PlacePicture(NamedTuple):
    place: str
    picture: ControlPicture


class PlacesHeld(NamedTuple):
    """Each place, and of those of all of which somebody is told to hold it what others have held inside since."""

    pictures: Sequence[PlacePicture]
    inside: Mapping[str, Sequence[TakenInside]]


class Ruled(NamedTuple):
    """By which rules a situation is told; `undated`: what has no date is on its map too."""

    figures: str
    control: ControlRule = CONTROL_FROM_SNAPSHOTS
    undated: bool = False


class TopicPicture(NamedTuple):
    topic: Topic
    picture: FigurePicture


class UnplacedPicture(NamedTuple):
    """What the numbers of an incident come to that name no place, with where the incident was."""

    place: str
    topic: Topic
    group: FigureGroup


class TopicAside(NamedTuple):
    topic: Topic
    set_aside: Sequence[SetAside]


@dataclass(frozen=True, slots=True)
class Situation:
    """In the order of places, of topics, and of time. Only pictures that show something are there; what is set aside of
    figures and occurrences stands beside, as far as it bears on the moment.

    `undated` are those of places of which something is said without a date only. `inside`: by place, what others have
    held inside it since somebody was told to hold all of it. `earlier_periods`: of topics of which any were counted
    before those that are shown, how many. `unplaced`: of incidents at a place what names none.
    """

    control: Sequence[PlacePicture]
    inside: Mapping[str, Sequence[TakenInside]]
    undated: Sequence[PlacePicture]
    figures: Sequence[TopicPicture]
    unplaced: Sequence[UnplacedPicture]
    occurrences: Sequence[InForce]
    parts: Sequence[InForce]
    earlier_periods: Mapping[Topic, int]
    figures_aside: Sequence[TopicAside]
    occurrences_aside: Sequence[SetAside]


async def situation(
    connection: AsyncConnection, reading: Reading, ruled: Ruled, places: Collection[str] | None = None
) -> Situation:
    """All of it (or that of some places) for one moment, which must be asked."""
    # What names no place may be of an incident at one.
    some = None if places is None else {*places, ""}
    then = _in(some, await during(connection, reading))
    at = reading.clocks.at
    assert at is not None
    # By the first rules only what may have been counted at the moment itself is a number of it.
    first = ruled.figures in FIRST_RULES
    before = [] if first else await counted_before(connection, reading, then, some)
    counted = [one for one in await spoken(connection, reading, "stock") if some is None or one.place in some]
    stocks = await last_words(connection, reading, "stock", counted)
    held = await _about_control(connection, reading)
    linked = _in(some, await linked_stocks(connection, reading))
    planned = _in(places, await planned_stocks(connection, reading))
    found = {row.claim_id: row for row in (*then, *before, *stocks, *linked, *planned, *held)}
    # All at once: what they are linked and related to is asked for once.
    claims = {claim.claim: claim for claim in await as_claims(connection, reading, list(found.values()))}
    by_topic = _by_topic(claims.values(), ruled.figures)
    every = _figures(by_topic, ruled.figures, reading)
    without_place = await _unplaced(connection, reading, every, places)
    if places is not None:
        by_topic = {of: said for of, said in by_topic.items() if of.place is not None}
    figures = [one for one in every if one.topic in by_topic]
    of_then = (claims[row.claim_id] for row in then if places is None or row.place_id)
    # What has an open end is among them, whatever its report tells of.
    happened, not_happened = split(
        claim for claim in of_then if isinstance(claim.content, Occurrence) and claim.may_be_of(at)
    )
    about_control = [claims[claim_id] for claim_id in {row.claim_id for row in held}]
    pictures, inside = await _control(connection, reading, about_control, ruled, places)
    return Situation(
        [one for one in pictures if one.picture.states or one.picture.beside],
        inside,
        [one for one in pictures if one.picture.undated and not (one.picture.states or one.picture.beside)],
        figures,
        without_place,
        sorted(happened, key=order),
        await parts_of(connection, reading, (picture for _, picture in figures)),
        {} if first else await _earlier_periods(connection, reading, figures),
        list(_figures_aside(by_topic, at, {of for of, _ in figures}, tolls_last=not first)),
        in_order(not_happened),
    )


def _in(places: Collection[str] | None, rows: Rows) -> Rows:
    return [row for row in rows if places is None or row.place_id in places]


def _by_topic(claims: Iterable[InForce], rule: str) -> Mapping[Topic, Sequence[InForce]]:
    """Each topic with its incidents; by the first rules each incident was a topic of its own."""
    by_topic: dict[Topic, list[InForce]] = {}
    for one in claims:
        claim, incident = (one.with_its_end(), one.of_one_incident().told_of[0]) if rule in FIRST_RULES else (one, None)
        if isinstance(claim.content, Figure):
            by_topic.setdefault(topic_of(claim.content, incident), []).append(claim)
    return dict(sorted(by_topic.items(), key=lambda item: str(item[0])))


def _figures(by_topic: Mapping[Topic, Sequence[InForce]], rule: str, reading: Reading) -> list[TopicPicture]:
    pictures = (TopicPicture(of, RULES[rule].function(said, reading.clocks.at)) for of, said in by_topic.items())
    return [picture for picture in pictures if picture.picture.groups]


async def _unplaced(
    connection: AsyncConnection, reading: Reading, figures: Iterable[TopicPicture], places: Collection[str] | None
) -> list[UnplacedPicture]:
    """By place and topic."""
    told = [
        (of._replace(incident=group.incident or of.incident), group)
        for of, picture in figures
        if of.place is None
        for group in picture.groups
    ]
    of_incidents = [(of, of.incident, group) for of, group in told if of.incident is not None]
    if not of_incidents:
        return []
    where = await places_of_incidents(connection, reading)
    found = [UnplacedPicture(where[id_], of, group) for of, id_, group in of_incidents if id_ in where]
    found = [one for one in found if places is None or one.place in places]
    return sorted(found, key=lambda one: (one.place, str(one.topic)))


def _figures_aside(
    by_topic: Mapping[Topic, Sequence[InForce]], at: Instant, counted: Collection[Topic], *, tolls_last: bool
) -> Iterator[TopicAside]:
    for of, said in by_topic.items():
        if aside := aside_then(said, at, counted=of in counted, tolls_last=tolls_last):
            yield TopicAside(of, aside)


async def _earlier_periods(
    connection: AsyncConnection, reading: Reading, pictures: Sequence[TopicPicture]
) -> Mapping[Topic, int]:
    """How many periods were counted before those that are shown, so that the last is not read as the sum of them."""
    begun: dict[Topic, Instant] = {}
    for one in pictures:
        starts = [group.so.earliest_start for group in one.picture.groups if group.so and group.incident is None]
        if starts and one.topic.incident is None:
            begun[one.topic] = min(starts)
    merged = await all_merged(connection, reading) if begun else {}
    alike = {topic: {(kept.place or "", kept_as(kept)) for kept in topics_alike(topic, merged)} for topic in begun}
    before = await periods_before(connection, reading, {kept for every in alike.values() for kept in every})
    found: dict[Topic, int] = {}
    for topic, start in begun.items():
        periods = {period for kept in alike[topic] for period in before.get(kept, ())}
        if earlier := sum(end < start for _, end in periods):
            found[topic] = earlier
    return found


async def parts_of(
    connection: AsyncConnection, reading: Reading, pictures: Iterable[FigurePicture]
) -> Sequence[InForce]:
    """The claims that are part of those on the lines of some pictures."""
    lines = (line for picture in pictures for group in picture.groups for line in group.lines)
    wanted = sorted({part for line in lines for part in line.claim.parts})
    return await claims_by_id(connection, reading, wanted)


async def _about_control(connection: AsyncConnection, reading: Reading) -> Rows:
    said = await spoken(connection, reading, "control")
    planned = await spoken(connection, reading, "intended")
    snapshots = [one for one in said if one.place and one.topic not in ENDS]
    last = await last_words(connection, reading, "control", snapshots)
    unattributed = [row for row in last if not row.claimant_id]
    return [
        *last,
        *await ends_in(connection, reading, {one.place for one in said if one.place}),
        # Of a place of which only that was told it is asked all the same who holds it: by what is said around it.
        *await aside_in(connection, reading, {one.place for one in (*said, *planned) if one.place}),
        *await next_unattributed(connection, reading, unattributed),
        *await beside_unattributed(connection, reading, {row.place_id for row in unattributed}),
    ]


async def _control(
    connection: AsyncConnection,
    reading: Reading,
    claims: Sequence[InForce],
    ruled: Ruled,
    places: Collection[str] | None,
) -> PlacesHeld:
    """Of each place that a claim about control is about, also what is set aside, and of the members of such an area.

    Of each it is what `control_of` says: so all that was set aside is there too.
    """
    by_place: dict[str, list[InForce]] = {}
    for claim in claims:
        if claim.content.place is not None:
            by_place.setdefault(claim.content.place, []).append(claim)
    spoken_of = {place for place, said in by_place.items() if any(map(tells_of_control, said))}
    members = await members_of(connection, reading, spoken_of)
    told_of = {*spoken_of, *(member for inside in members.values() for member in inside)}
    wanted = sorted(told_of if places is None else told_of & set(places))
    if not wanted:
        return PlacesHeld([], {})
    surroundings = await around(connection, reading, wanted)
    surely = await surely_around(connection, reading, surroundings)
    # Of what belonged to an area for a time, another word about the area may be the last one.
    for_a_time = {outer for near in surroundings.values() for outer in near if tuple(near[outer]) != ALWAYS}
    for place in for_a_time & spoken_of:
        by_place[place] = await control_claims(connection, reading, [place])
    actor_sides = await sides_in(connection, reading, [claim for said in by_place.values() for claim in said])
    found = []
    for place in wanted:
        near = surroundings[place]
        bearing = [claim for outer in near for claim in by_place.get(outer, ())]
        at, rule, undated = reading.clocks.at, ruled.control, ruled.undated
        picture = control(place, bearing, near, actor_sides, at, rule=rule, undated=undated, surely=surely[place])
        found.append(PlacePicture(place, picture))
    return PlacesHeld(found, _inside(found, surroundings, actor_sides, reading.clocks.at))


def _inside(
    found: Sequence[PlacePicture],
    surroundings: Mapping[str, Mapping[str, Windows]],
    actor_sides: Sides,
    at: Instant | None,
) -> dict[str, Sequence[TakenInside]]:
    whole = {place: picture for place, picture in found if is_held_whole(picture)}
    inner: dict[str, dict[str, ControlPicture]] = {}
    for place, picture in found:
        for outer in surroundings[place].keys() & whole.keys() - {place}:
            if any(at is None or first <= at <= last for first, last in surroundings[place][outer]):
                inner.setdefault(outer, {})[place] = picture
    taken = {outer: taken_inside(whole[outer], pictures, actor_sides, at) for outer, pictures in inner.items()}
    return {outer: told for outer, told in taken.items() if told}
