"""Numbers that name no place, of incidents that have one: they are no numbers of that place, and may be of it."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Figure
from domain.may_be_same import SPOTS
from domain.membership import Inside, lay_within
from domain.set_aside import why_aside
from domain.topic import Topic, topic_as_one, topic_of
from infrastructure.questions.around import ALWAYS, places_inside_then, places_named
from infrastructure.questions.figures import FigureFilter, claims_by_id
from infrastructure.questions.merges import all_merged
from infrastructure.read_models.incidents import claims_of, with_a_place


async def places_of_incidents(connection: AsyncConnection, reading: Reading) -> Mapping[str, str]:
    """Where each incident was that has a place and goes on as itself, by what the place goes on as."""
    merged = (await all_merged(connection, reading))["place"]
    found = await with_a_place(connection, reading)
    return {incident: merged.survivor(place) for incident, place in found.items()}


async def unplaced(connection: AsyncConnection, reading: Reading, topic: Topic) -> list[Topic]:
    """The topics of incidents that were at the place of a topic, of numbers that name no place and may be of what the
    topic counts: of a spot also those of incidents at places inside it.
    """
    if topic.place is None or topic.incident is not None:
        return []
    topic = topic_as_one(topic, await all_merged(connection, reading))
    assert topic.place is not None
    here = await _of_it(connection, reading, topic.place)
    incidents = {id_: at for id_, at in (await places_of_incidents(connection, reading)).items() if at in here}
    if not incidents:
        return []
    wanted = FigureFilter(*topic[:6], topic.dimensions)
    found: set[Topic] = set()
    for claim in await claims_by_id(connection, reading, sorted(await claims_of(connection, reading, incidents))):
        figure = claim.content
        if isinstance(figure, Figure) and figure.place is None and why_aside(claim) is None:
            found |= {
                topic_of(figure, incident)
                for incident in claim.incidents
                if incident in incidents and lay_within(claim.so, here[incidents[incident]])
            }
    return sorted((one for one in found if wanted.takes(one)), key=str)


async def _of_it(connection: AsyncConnection, reading: Reading, place: str) -> Inside:
    """A place, and those inside it whose numbers may be of it, with the times at which."""
    named = await places_named(connection, reading, [place])
    if place not in named or named[place].kind not in SPOTS:
        return {place: ALWAYS}
    return {**await places_inside_then(connection, reading, place), place: ALWAYS}
