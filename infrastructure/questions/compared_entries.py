"""What two pictures hold besides what is found of claims: what is known of persons, and how many the list of them has
of each incident; the record of each source, and the items of a dossier.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.changes import as_stored
from application.findings import Telling
from application.following.followable import Finding
from application.reading import Reading
from domain.checks import references
from domain.fields import StreamRef
from infrastructure.questions.changes import PicturePair
from infrastructure.questions.findings import Found, record_finding
from infrastructure.questions.merges import all_merged, all_one_with
from infrastructure.questions.on_the_list import on_the_list
from infrastructure.questions.persons import persons_counted_from, persons_known
from infrastructure.rows.states import States
from infrastructure.rows.versioned import asked, current_since, current_within

# Claims and assessments have lists of their own: what becomes of them follows from more than their own events.
KINDS_OF_ITEMS = ("dossier", "source", "actor", "place", "report", "incident", "person")


async def every_person(connection: AsyncConnection, pictures: PicturePair) -> Sequence[str]:
    return [row.person_id for row in await connection.execute(_PERSONS, _within(pictures))]


async def every_incident(connection: AsyncConnection, pictures: PicturePair) -> set[str]:
    """Those in which anybody of the register may be counted in either picture."""
    persons = {StreamRef("person", id_) for id_ in await every_person(connection, pictures)}
    listed = await on_the_list(connection, pictures.later, pictures.low, persons)
    return {incident for each in listed.values() for incident in each.incidents}


async def person_findings(connection: AsyncConnection, reading: Reading, persons: Sequence[str]) -> dict[str, Found]:
    """What is known of some persons by the clocks; without those who are not on the list."""
    found = await persons_known(connection, reading, persons)
    return {id_: Found({**one.told}, Telling(), one.persons, one.rests_on) for id_, one in found.items()}


async def incident_findings(
    connection: AsyncConnection, reading: Reading, incidents: Sequence[str]
) -> dict[str, Found]:
    """How many the list of persons has of some incidents; without those of which it has nobody."""
    found = {}
    for incident in incidents:
        one = await persons_counted_from(connection, reading, incident)
        told: Finding = {**one.told}
        if told["persons"] or told["not_reported"]:
            found[incident] = Found(told, Telling(), one.persons, one.rests_on)
    return found


async def every_source(connection: AsyncConnection, pictures: PicturePair) -> Sequence[str]:
    """The sources of either picture, those that are one in both once."""
    rows = await connection.execute(_SOURCES, _within(pictures))
    return await each_once(connection, pictures, [row.source_id for row in rows])


async def each_once(connection: AsyncConnection, pictures: PicturePair, sources: Collection[str]) -> list[str]:
    merged = [(await all_merged(connection, reading))["source"] for reading in pictures]
    first: dict[tuple[str, ...], str] = {}
    for source in sorted(sources):
        first.setdefault(tuple(one.survivor(source) for one in merged), source)
    return sorted(first.values())


async def publishers_of(connection: AsyncConnection, pictures: PicturePair, reports: Collection[str]) -> set[str]:
    """Who published some reports, in either picture or between, and all that are one with them."""
    rows = await connection.execute(_PUBLISHERS, _within(pictures, reports=sorted(reports)))
    named = {row.publisher for row in rows}
    return {one for reading in pictures for one in await all_one_with(connection, reading, "source", named)} | named


async def record_findings(connection: AsyncConnection, reading: Reading, sources: Sequence[str]) -> dict[str, Found]:
    found = {}
    for source in sources:
        told = await record_finding(connection, reading, source)
        if told is not None:
            found[source] = Found(told, Telling(), told["claims"]["total"])
    return found


async def changed_items(connection: AsyncConnection, pictures: PicturePair) -> list[StreamRef]:
    """The items that something was recorded of between the two positions, in the order of kinds, then of ids."""
    if pictures.low == pictures.high:
        return []
    rows = await connection.execute(_CHANGED, _within(pictures))
    return sorted((StreamRef(row.kind, row.id) for row in rows), key=item_in_order)


def item_in_order(item: StreamRef) -> tuple[int, str]:
    return KINDS_OF_ITEMS.index(item.kind), item.id


async def item_findings(states: States, reading: Reading, items: Sequence[StreamRef]) -> dict[StreamRef, Found]:
    """What is recorded of some items, field by field, and what became of them."""
    found = {}
    for item, standing in (await states.at(reading, dict.fromkeys(items, reading.position))).items():
        telling = Telling()
        held = standing.held
        named = [each.stream for each in references(held.details)]
        into = getattr(held, "merged_into", None)
        named += [item] if into is None else [item, StreamRef(item.kind, into)]
        for kind, mentioned in (
            ("source", telling.mentioned.sources),
            ("actor", telling.mentioned.actors),
            ("place", telling.mentioned.places),
            ("report", telling.mentioned.reports),
            ("incident", telling.mentioned.incidents),
        ):
            mentioned |= {each.id for each in named if each.kind == kind}
        told = {name: value for name, value in as_stored(held).items() if value not in (None, False, [], {})}
        found[item] = Found(told, telling)
    return found


def _within(pictures: PicturePair, **more: object) -> dict[str, object]:
    return asked(pictures.later, after=pictures.low, **more)


_PERSONS = text(f"""
    select distinct person_id from persons
    where dossier_id = :dossier_id and generation = :persons_generation and {current_within()}
    order by person_id
""")  # noqa: S608
_SOURCES = text(f"""
    select distinct source_id from sources
    where dossier_id = :dossier_id and generation = :sources_generation and {current_within()}
""")  # noqa: S608
_PUBLISHERS = text(f"""
    select distinct cast(details as jsonb) ->> 'publisher' as publisher from reports
    where dossier_id = :dossier_id and generation = :reports_generation and {current_within()}
        and report_id = any(:reports) and cast(details as jsonb) ? 'publisher'
""").bindparams(bindparam("reports", type_=ARRAY(Text)))  # noqa: S608
_ID = {"dossier": "stream_id"}
_CHANGED = text(
    " union all ".join(
        f"""
            select '{kind}' as kind, {_ID.get(kind, f"{kind}_id")} as id from {kind}s
            where dossier_id = :dossier_id and generation = :{kind}s_generation and {current_since()}
        """  # noqa: S608
        for kind in KINDS_OF_ITEMS
    )
)
