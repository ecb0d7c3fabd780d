"""Which findings may differ between two pictures: those that something happened to between, those of reports that are
out by one cut-off only, and all of them at another time. More than do differ are found, never fewer.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from application.touch import Touch
from application.watch import ONE_OR_SEVERAL
from domain.fields import StreamRef
from infrastructure.questions.changes import PicturePair, differing_reports
from infrastructure.questions.compared_entries import each_once, publishers_of
from infrastructure.questions.figures import KeptTopic
from infrastructure.questions.merges import all_merged
from infrastructure.questions.moment import spoken
from infrastructure.questions.on_the_list import dated_by, on_the_list
from infrastructure.questions.touched import facets_in_reports, touched
from infrastructure.rows.versioned import asked, current_within

# Of events between two pictures, and of reports that are out by one cut-off only. Where there are more, everything is
# compared, and which events moved a finding is looked for among those of its claims.
MOST_EVENTS = 5_000
MOST_REPORTS = 2_000
_OF_FIGURES = ("flow", "stock", "intended")
_OF_CONTROL = ("control", "intended")


@dataclass(frozen=True, slots=True)
class Bearing:
    """What may differ: control of places, what topics come to (each as it is kept), disagreements that stand at places
    (None among them: at none that is named), assessments, what is known of persons, how many the list of them has of
    incidents, and records of sources. None in place of any of them: all that there are.

    `touches` is what happened between; None where that is too much.
    """

    control: Collection[str] | None = None
    topics: Collection[tuple[str, str]] | None = None
    disagreements: Collection[str | None] | None = None
    assessments: Collection[str] | None = None
    persons: Collection[str] | None = None
    incidents: Collection[str] | None = None
    records: Collection[str] | None = None
    touches: Sequence[Touch] | None = None


async def bearing_on(connection: AsyncConnection, pictures: PicturePair) -> Bearing:
    one, other = pictures.before.clocks, pictures.after.clocks
    if pictures.high - pictures.low > MOST_EVENTS:
        return Bearing()
    touches = await touched(connection, pictures.later, pictures.low, beside=True)
    by_another_cut_off = (one.reported_by, one.certainty) != (other.reported_by, other.certainty)
    if one.at != other.at:
        # A record is of no moment.
        return Bearing(records=None if touches or by_another_cut_off else (), touches=touches)
    facets = {facet for touch in touches for facet in (*touch.facets, *touch.beside)}
    speakers: set[str] = set()
    if by_another_cut_off:
        reports = await differing_reports(connection, pictures)
        if len(reports) > MOST_REPORTS:
            return Bearing(touches=touches)
        facets |= await facets_in_reports(connection, pictures.later, pictures.low, reports)
        speakers |= await publishers_of(connection, pictures, reports)
    speakers |= {source for facet in facets for source in (facet.claimant, facet.publisher) if source}
    told_of = {facet.place for facet in facets if facet.kind in (None, "control", "occurrence") and facet.place}
    figures = [facet for facet in facets if facet.kind == "figure" and facet.topic]
    one_or_several = any(touch.type in ONE_OR_SEVERAL for touch in touches)
    # Whose side an actor is on decides about captures anywhere; what lies in merged places is not looked for here.
    moved = (
        one_or_several
        or await _places_are_merged(connection, pictures)
        or any(touch.stream.kind == "actor" and touch.version > 1 for touch in touches)
    )
    about = {facet.place for facet in facets if facet.claim is not None or facet.place is not None}
    claims = {facet.claim for facet in facets if facet.claim is not None}
    # A report that a claim once stood in, and no longer stands in, counts by when it was out.
    by_reports = None not in (one.reported_by, other.reported_by) and any(
        touch.stream.kind == "report" and touch.version > 1 for touch in touches
    )
    items = {touch.stream for touch in touches if touch.stream.kind in ("person", "incident")}
    items |= {StreamRef("claim", claim) for claim in claims}
    listed = [*(await on_the_list(connection, pictures.later, pictures.low, items)).values()]
    dated = {touch.stream.id for touch in touches if touch.stream.kind == "incident"}
    listed += (await dated_by(connection, pictures.later, pictures.low, dated)).values()
    # By a cut-off nobody is known whom no claim names, and no claim leads to those.
    all_known_or_not = (one.reported_by is None) != (other.reported_by is None)
    return Bearing(
        control=None if moved else await inside(connection, pictures, told_of),
        topics=None if one_or_several else {(facet.place or "", facet.topic) for facet in figures if facet.topic},
        disagreements=None if moved else await _where_at_odds(connection, pictures, about, claims),
        assessments=None
        if by_another_cut_off or by_reports
        else {
            *(touch.stream.id for touch in touches if touch.stream.kind == "assessment"),
            *await _resting_on(connection, pictures, claims),
        },
        persons=None if all_known_or_not else {person for each in listed for person in each.persons},
        incidents=None if all_known_or_not else {incident for each in listed for incident in each.incidents},
        records=await each_once(connection, pictures, speakers),
        touches=touches,
    )


async def every_place_of_control(connection: AsyncConnection, pictures: PicturePair) -> set[str]:
    """The places of which somebody may say who holds them, in either picture."""
    if await _places_are_merged(connection, pictures):
        return {row.place_id for row in await connection.execute(_PLACES, _within(pictures))}
    told = [
        said
        for reading in _of_both_positions(pictures)
        for nature in _OF_CONTROL
        for said in await spoken(connection, reading, nature)
    ]
    return await inside(connection, pictures, {said.place for said in told if said.place})


async def every_topic(connection: AsyncConnection, pictures: PicturePair) -> set[tuple[str, str]]:
    """All that is counted in either picture, as it is kept."""
    return {
        (said.place, said.topic)
        for reading in _of_both_positions(pictures)
        for nature in _OF_FIGURES
        for said in await spoken(connection, reading, nature)
        if KeptTopic(nature, said.place, said.topic).as_topic() is not None
    }


def _of_both_positions(pictures: PicturePair) -> Iterable[Reading]:
    return {reading.position: reading for reading in (pictures.before, pictures.after)}.values()


async def inside(connection: AsyncConnection, pictures: PicturePair, places: Iterable[str]) -> set[str]:
    """Some places, and those that lie in them at any time, in either picture or between."""
    rows = await connection.execute(_INWARDS, _within(pictures, places=sorted(places)))
    return {row.place_id for row in rows}


async def _places_are_merged(connection: AsyncConnection, pictures: PicturePair) -> bool:
    return any([(await all_merged(connection, reading))["place"] for reading in _of_both_positions(pictures)])


_PLACES = text(f"""
    select distinct place_id from places
    where dossier_id = :dossier_id and generation = :places_generation and {current_within()}
""")  # noqa: S608


def _within(pictures: PicturePair, **more: object) -> dict[str, object]:
    return asked(pictures.later, after=pictures.low, **more)


_INWARDS = text(f"""
    with recursive down (place_id) as (
        select unnest(:places) collate "C"
        union
        select p.place_id from down
        join place_parents p on p.dossier_id = :dossier_id and p.generation = :places_generation
            and p.parent_id = down.place_id and {current_within("p")}
    )
    select place_id from down
""").bindparams(bindparam("places", type_=ARRAY(Text)))  # noqa: S608


async def _where_at_odds(
    connection: AsyncConnection, pictures: PicturePair, about: Collection[str | None], claims: Collection[str]
) -> set[str | None]:
    """Where disagreements stand that some claims may be one side of.

    Two figures that may be about one thing stand at the inner of two places; two words about one incident at either.
    """
    rows = await connection.execute(_OF_ONE_INCIDENT, _within(pictures, claims=sorted(claims)))
    found = {*about, *(row.place_id or None for row in rows)}
    return {*found, *await inside(connection, pictures, {place for place in found if place})}


# Incidents as far as their merges go, up and down: what tells of any of them may tell of one happening.
_OF_ONE_INCIDENT = text(f"""
    with recursive one (incident_id) as (
        select l.incident_id from incident_claims l
        where l.dossier_id = :dossier_id and l.generation = :incidents_generation and {current_within("l")}
            and l.claim_id = any(:claims)
        union
        select case when i.incident_id = one.incident_id then i.merged_into else i.incident_id end from one
        join incidents i on i.dossier_id = :dossier_id and i.generation = :incidents_generation
            and {current_within("i")} and i.merged_into is not null
            and (i.incident_id = one.incident_id or i.merged_into = one.incident_id)
    )
    select distinct s.place_id from one
    join incident_claims l on l.dossier_id = :dossier_id and l.generation = :incidents_generation
        and l.incident_id = one.incident_id and {current_within("l")}
    join statements s on s.dossier_id = :dossier_id and s.generation = :claims_generation
        and s.claim_id = l.claim_id and {current_within("s")}
""").bindparams(bindparam("claims", type_=ARRAY(Text)))  # noqa: S608


async def _resting_on(connection: AsyncConnection, pictures: PicturePair, claims: Collection[str]) -> set[str]:
    rows = await connection.execute(_RESTING, _within(pictures, claims=sorted(claims)))
    return {row.assessment_id for row in rows}


_RESTING = text(f"""
    select distinct b.assessment_id from assessment_claims b
    where b.dossier_id = :dossier_id and b.generation = :assessments_generation and {current_within("b")}
        and b.claim_id = any(:claims)
""").bindparams(bindparam("claims", type_=ARRAY(Text)))  # noqa: S608
