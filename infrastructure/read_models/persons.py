"""The persons of a dossier, what became of each, the claims that name them, and which are merged into which."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Text,
    bindparam,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.projection import Rows
from application.reading import Reading
from application.shown import holding
from domain import person
from domain.person import Person, PersonDetails, PersonEvent
from domain.sealable import as_given
from infrastructure.rows.merges import Gathered, Linked, gathered
from infrastructure.rows.versioned import item_as_of, row_table, versioned_table

persons = versioned_table(
    "persons",
    "person_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
        Column("merged_into", Text),
        Column("retracted_because", Text),
    ],
)
_p = persons.c
Index("persons_in_order", _p.dossier_id, _p.generation, _p.recorded_position)
Index("persons_by_merged_into", _p.dossier_id, _p.generation, _p.merged_into)

# The links and the fates of each person itself: those of what is merged into it stay with that.
person_claims = versioned_table("person_claims", "person_id", key=[Column("claim_id", Text, nullable=False)], values=[])
_l = person_claims.c
Index("person_claims_by_claim", _l.dossier_id, _l.generation, _l.claim_id)

LINKED = Linked(persons, person_claims, lambda rows: rows.c.retracted_because.is_not(None))

person_fates = versioned_table(
    "person_fates",
    "person_id",
    # Which one it is of the person's fates, from 1 on.
    key=[Column("number", Integer, nullable=False)],
    values=[Column("fate", Text, nullable=False), Column("incident_id", Text), Column("place_id", Text)],
)
_f = person_fates.c
Index("person_fates_by_incident", _f.dossier_id, _f.generation, _f.incident_id)
Index("person_fates_by_place", _f.dossier_id, _f.generation, _f.place_id)

_ASKED_FOR = func.any(bindparam("ids", type_=ARRAY(Text)))


@holding(PersonDetails)
class PersonItem(TypedDict):
    """Somebody who was killed, injured, held or is missing.

    `claims` name the person; `claims` and `merged` hold what was merged into it too; `survivor` is where a merged one
    went.
    """

    id: str
    claims: list[str]
    merged: list[str]
    merged_into: str | None
    survivor: str
    retracted_because: str | None
    version: int
    recorded_position: int


@dataclass(frozen=True, slots=True)
class PersonState:
    version: int
    recorded_position: int
    person: Person


class Persons:
    name = "persons"
    version = 1
    stream_kind = "person"
    tables = (row_table(persons), row_table(person_claims), row_table(person_fates))

    def fold(self, state: PersonState | None, recorded: Recorded[PersonEvent], time_zone: str) -> PersonState:
        first = state.recorded_position if state else recorded.position
        held = person.evolve(state.person if state else None, recorded.event)
        return PersonState(recorded.version, first, held)

    def rows(self, state: PersonState) -> Rows:
        held = state.person
        details = held.details.model_dump_json(exclude_defaults=True)
        return {
            "persons": {
                (): (state.version, state.recorded_position, details, held.merged_into, held.retracted_because)
            },
            "person_claims": {(claim_id,): () for claim_id in held.claims},
            "person_fates": {
                (number,): (each.fate, each.incident, each.place) for number, each in enumerate(held.details.fates, 1)
            },
        }

    def state(self, stream_id: str, rows: Rows) -> PersonState:
        version, first, details, merged_into, retracted_because = rows["persons"][()]
        linked = frozenset(claim_id for (claim_id,) in rows["person_claims"])
        held = Person(PersonDetails.model_validate_json(details), linked, merged_into, retracted_because)
        return PersonState(version, first, held)


async def person_as_of(connection: AsyncConnection, reading: Reading, person_id: str) -> PersonItem | None:
    row = await item_as_of(connection, reading, persons, person_id)
    return (await shown(connection, reading, [row]))[0] if row else None


async def shown(connection: AsyncConnection, reading: Reading, rows: Sequence[Mapping[Any, Any]]) -> list[PersonItem]:
    """Rows as people read them, with what is merged into each."""
    if not rows:
        return []
    return list(_told(rows, await gathered(connection, reading, LINKED, rows)))


def _told(rows: Sequence[Mapping[Any, Any]], found: Gathered) -> Iterator[PersonItem]:
    for row in rows:
        id_ = row["person_id"]
        details: Any = as_given(PersonDetails.model_validate_json(row["details"]), defaults=True)
        yield {
            "id": id_,
            **details,
            "claims": sorted(found.claims.get(id_, ())),
            "merged": sorted(found.merged.get(id_, ())),
            "merged_into": row["merged_into"],
            "survivor": found.survivors[id_],
            "retracted_because": row["retracted_because"],
            "version": row["version"],
            "recorded_position": row["recorded_position"],
        }
