"""How much names a source, an actor, a place or a report, for the warning where that is retracted."""

from collections.abc import Mapping

from pydantic import BaseModel
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from application.in_use import Uses
from application.reading import Reading
from domain.actor import ActorDetails
from domain.checks import references
from domain.fields import StreamRef
from domain.incident import IncidentDetails
from domain.person import PersonDetails
from domain.place import PlaceDetails
from domain.report import ReportDetails
from domain.source import SourceDetails
from domain.vocabulary import OwnWord
from infrastructure.questions.shown_now import ShownNow
from infrastructure.read_models.actors import actors
from infrastructure.read_models.incidents import incidents
from infrastructure.read_models.persons import persons
from infrastructure.read_models.places import places
from infrastructure.read_models.reports import reports
from infrastructure.read_models.sources import sources
from infrastructure.rows.versioned import asked, current_at

_ITEMS: Mapping[str, tuple[Table, type[BaseModel]]] = {
    "source": (sources, SourceDetails),
    "actor": (actors, ActorDetails),
    "place": (places, PlaceDetails),
    "report": (reports, ReportDetails),
    "incident": (incidents, IncidentDetails),
    "person": (persons, PersonDetails),
}
# Where a statement names an item of a kind.
_NAMED_IN = {
    "source": """
        claimant_id = :id or (content like '%"via"%' and jsonb_exists(cast(content as jsonb) -> 'via', :id))
    """,
    "actor": "actors @> array[:id]",
    "place": "place_id = :id",
    "report": "report_id = :id",
}

# Where a statement has a word of the dossier's own.
_HAD_IN = {
    "type": "s.kind = 'occurrence' and cast(content as jsonb) ->> 'type' = :id",
    "measure": "s.measure = :id",
    "unit": "s.measure is not null and cast(content as jsonb) ->> 'unit' = :id",
}


class PostgresShownUses:
    """What the read models show."""

    def __init__(self, shown: ShownNow) -> None:
        self._shown = shown

    async def uses(self, dossier_id: str, stream: StreamRef) -> Uses:
        return await self._shown.asked(
            dossier_id, "uses", lambda connection, now: uses_of(connection, now, stream), _NO_USES
        )

    async def uses_of_word(self, dossier_id: str, own: OwnWord) -> Uses:
        return await self._shown.asked(
            dossier_id, "uses", lambda connection, now: _uses_of_word(connection, now, own), _NO_USES
        )


_NO_USES = Uses(0, 0)


async def uses_of(connection: AsyncConnection, reading: Reading, stream: StreamRef) -> Uses:
    """How many claims, and how many items besides them, name an item; retracted ones are not counted."""
    claims = await connection.execute(_CLAIMS[stream.kind], asked(reading, id=stream.id))
    items = 0
    for kind, (_, model) in _ITEMS.items():
        for id_, details in await connection.execute(_DETAILS[kind], asked(reading, written=f'%"{stream.id}"%')):
            if (kind, id_) != stream:
                # The same letters may be words of somebody's.
                items += any(named == stream for _, named in references(model.model_validate_json(details)))
    return Uses(claims.scalar_one(), items)


async def _uses_of_word(connection: AsyncConnection, reading: Reading, own: OwnWord) -> Uses:
    """How many claims, and how many incidents, have a word; retracted ones are not counted."""
    claims = await connection.execute(_CLAIMS[own.sort], asked(reading, id=own.word))
    found = await connection.execute(_DETAILS["incident"], asked(reading, written=f'%"{own.word}"%'))
    types = [IncidentDetails.model_validate_json(details).type for _, details in found] if own.sort == "type" else []
    return Uses(claims.scalar_one(), types.count(own.word))


_CLAIMS = {
    kind: text(f"""
        select count(distinct s.claim_id) from statements s
        where dossier_id = :dossier_id and generation = :claims_generation and {current_at()} and ({named})
            and not exists (
                select from claims c
                where c.dossier_id = s.dossier_id and c.generation = s.generation and c.claim_id = s.claim_id
                    and {current_at("c")} and c.retracted
            )
    """)  # noqa: S608  (nothing of it is given by anybody)
    for kind, named in (_NAMED_IN | _HAD_IN).items()
}
_DETAILS = {
    kind: text(f"""
        select {table.info["rows"].stream_id}, details from {table.name}
        where dossier_id = :dossier_id and generation = :{table.name}_generation and {current_at()}
            and details like :written and {"retracted_because is null" if kind == "person" else "not retracted"}
    """)  # noqa: S608
    for kind, (table, _) in _ITEMS.items()
}
