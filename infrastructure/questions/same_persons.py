"""Who is on the list of persons of some incidents now, for the warning that somebody is on it already."""

from collections.abc import Collection

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from application.same_persons import GoesOn, PersonsThere
from domain.person import PersonDetails
from infrastructure.questions.shown_now import ShownNow
from infrastructure.rows.versioned import asked, current_at

# So many who were registered last are looked at.
MOST = 500


class PostgresShownPersons:
    """What the read models show."""

    def __init__(self, shown: ShownNow) -> None:
        self._shown = shown

    async def in_incidents(self, dossier_id: str, incidents: Collection[str]) -> PersonsThere:
        return await self._shown.asked(
            dossier_id, "persons", lambda connection, now: persons_in(connection, now, incidents), PersonsThere()
        )


async def persons_in(connection: AsyncConnection, reading: Reading, incidents: Collection[str]) -> PersonsThere:
    """Those who have a fate in one of some incidents, or of all that are one with them, and are neither retracted nor
    merged into another.
    """
    reached = (await connection.execute(_ONE_WITH, asked(reading, incidents=sorted(incidents)))).all()
    every = sorted({*incidents, *(row.incident_id for row in reached)})
    rows = await connection.execute(_IN_INCIDENTS, asked(reading, incidents=every))
    return PersonsThere(
        {id_: PersonDetails.model_validate_json(details) for id_, details in rows},
        {id_: GoesOn(into, retracted) for id_, into, retracted in reached if into is not None or retracted},
    )


def _mine(alias: str, model: str) -> str:
    of = f"{alias}.dossier_id = :dossier_id and {alias}.generation = :{model}_generation"
    return f"{of} and {current_at(alias)}"


# Retracted ones are a way too: what they hold together is one again once they are reinstated.
_ONE_WITH = text(f"""
    with recursive one (id) as (
        select unnest(cast(:incidents as text[])) collate "C"
        union
        select near.id from one, lateral (
            select u.merged_into as id from incidents u where {_mine("u", "incidents")} and u.incident_id = one.id
                and u.merged_into is not null
            union all
            select d.incident_id from incidents d where {_mine("d", "incidents")} and d.merged_into = one.id
        ) near
    )
    select i.incident_id, i.merged_into, i.retracted from incidents i
    where {_mine("i", "incidents")} and i.incident_id in (select id from one)
""").bindparams(bindparam("incidents", type_=ARRAY(Text)))  # noqa: S608  (nothing of it is given by anybody)

_IN_INCIDENTS = text(f"""
    select p.person_id, p.details from persons p
    where {_mine("p", "persons")} and p.retracted_because is null and p.merged_into is null and p.person_id in (
        select f.person_id from person_fates f where {_mine("f", "persons")} and f.incident_id = any(:incidents)
    )
    order by p.recorded_position desc limit {MOST}
""").bindparams(bindparam("incidents", type_=ARRAY(Text)))  # noqa: S608  (nothing of it is given by anybody)
