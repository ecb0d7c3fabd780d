"""The map and the numbers for a moment: control, figures and occurrences of every place at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Figure, Occurrence
from domain.control import ControlPicture, control
from domain.figures import FigurePicture
from domain.in_force import InForce
from domain.rules import RULES
from domain.set_aside import order
from domain.topic import Topic, topic_of
from infrastructure.questions.around import around, members_of
from infrastructure.questions.control import sides_in
from infrastructure.questions.figures import claims_by_id
from infrastructure.questions.moment import ENDS, Rows, during, ends_in, last_words, next_unattributed, spoken
from infrastructure.questions.rule_claims import as_claims


class PlacePicture(NamedTuple):
    place: str
    picture: ControlPicture


class TopicPicture(NamedTuple):
    topic: Topic
    picture: FigurePicture


@dataclass(frozen=True, slots=True)
class Situation:
    """In the order of places, of topics, and of time. Only pictures that show something are there."""

    control: Sequence[PlacePicture]
    figures: Sequence[TopicPicture]
    occurrences: Sequence[InForce]
    parts: Sequence[InForce]


async def situation(connection: AsyncConnection, reading: Reading, rule: str) -> Situation:
    """All of it for one moment (`at` must be asked) and one rule for figures."""
    then = await during(connection, reading)
    stocks = await last_words(connection, reading, "stock", await spoken(connection, reading, "stock"))
    held = await _about_control(connection, reading)
    found = {row.claim_id: row for row in (*then, *stocks, *held)}
    # All at once: what they are linked and related to is asked for once.
    claims = {claim.claim: claim for claim in await as_claims(connection, reading, list(found.values()))}
    figures = _figures(claims.values(), rule, reading)
    happened = [claim for row in then if isinstance((claim := claims[row.claim_id]).content, Occurrence)]
    return Situation(
        await _control(connection, reading, [claims[claim_id] for claim_id in {row.claim_id for row in held}]),
        figures,
        sorted(happened, key=order),
        await parts_of(connection, reading, (picture for _, picture in figures)),
    )


def _figures(claims: Iterable[InForce], rule: str, reading: Reading) -> list[TopicPicture]:
    by_topic: dict[Topic, list[InForce]] = {}
    for claim in claims:
        if isinstance(claim.content, Figure):
            by_topic.setdefault(topic_of(claim.content, claim.incident), []).append(claim)
    pictures = (
        TopicPicture(topic, RULES[rule].function(said, reading.clocks.at))
        for topic, said in sorted(by_topic.items(), key=lambda item: str(item[0]))
    )
    return [picture for picture in pictures if picture.picture.groups]


async def parts_of(
    connection: AsyncConnection, reading: Reading, pictures: Iterable[FigurePicture]
) -> Sequence[InForce]:
    """The claims that are part of those on the lines of some pictures."""
    lines = (line for picture in pictures for group in picture.groups for line in group.lines)
    wanted = sorted({part for line in lines for part in line.claim.parts})
    return await claims_by_id(connection, reading, wanted)


async def _about_control(connection: AsyncConnection, reading: Reading) -> Rows:
    said = await spoken(connection, reading, "control")
    snapshots = [one for one in said if one.place and one.topic not in ENDS]
    last = await last_words(connection, reading, "control", snapshots)
    unattributed = [row for row in last if not row.claimant_id]
    return [
        *last,
        *await ends_in(connection, reading, {one.place for one in said if one.place}),
        *await next_unattributed(connection, reading, unattributed),
    ]


async def _control(connection: AsyncConnection, reading: Reading, claims: Sequence[InForce]) -> list[PlacePicture]:
    """Of each place that a claim about control is about, and of the members of such an informal area."""
    by_place: dict[str, list[InForce]] = {}
    for claim in claims:
        if claim.content.place is not None:
            by_place.setdefault(claim.content.place, []).append(claim)
    members = await members_of(connection, reading, by_place)
    wanted = sorted({*by_place, *(member for inside in members.values() for member in inside)})
    if not wanted:
        return []
    surroundings = await around(connection, reading, wanted)
    actor_sides = await sides_in(connection, reading, claims)
    found = []
    for place in wanted:
        near = surroundings[place]
        bearing = [claim for outer in near for claim in by_place.get(outer, ())]
        picture = control(place, bearing, near, actor_sides, reading.clocks.at)
        if picture.states or picture.beside:
            found.append(PlacePicture(place, picture))
    return found
