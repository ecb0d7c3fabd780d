"""What happened at a place: its occurrences, and those elsewhere that tell of the same incidents."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, func, not_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.in_force import InForce
from infrastructure.questions.figures import claims_by_id
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.questions.merges import all_merged, all_one_with
from infrastructure.questions.moment import ENDS, spoken
from infrastructure.questions.rule_claims import claims_in_force, rule_columns
from infrastructure.read_models.incidents import claims_of


async def places_of_happenings(connection: AsyncConnection, reading: Reading) -> list[str]:
    """The places at which something happened, in their order; the empty one where no place is named."""
    told = await spoken(connection, reading, "occurrence")
    ends = [one for one in await spoken(connection, reading, "control") if one.topic in ENDS]
    merged = (await all_merged(connection, reading))["place"]
    return sorted({merged.survivor(one.place) for one in (*told, *ends)})


async def happened_at(connection: AsyncConnection, reading: Reading, place: str) -> list[InForce]:
    """Every occurrence at a place (the empty one: at none that is named) that was not retracted, and those at the
    places where the same incidents are told of.
    """
    here = await _occurrences(connection, reading, [place])
    incidents = {incident for claim in here for incident in claim.incidents}
    linked = await claims_by_id(connection, reading, sorted(await claims_of(connection, reading, incidents)))
    elsewhere = {claim.content.place or "" for claim in linked if claim.content.kind == "occurrence"} - {place}
    return here + await _occurrences(connection, reading, elsewhere) if elsewhere else here


async def _occurrences(connection: AsyncConnection, reading: Reading, places: Collection[str]) -> list[InForce]:
    every = await all_one_with(connection, reading, "place", places)
    query = _at(await cut_off_of(connection, reading))
    return await claims_in_force(connection, reading, query, origins=False, places=every)


@cache
def _at(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    return rows.select(*rule_columns(rows)).where(
        not_(rows.retracted),
        s.place_id == func.any(bindparam("places", type_=ARRAY(Text))),
        s.nature == func.any(bindparam("natures", ["occurrence", "control"], type_=ARRAY(Text))),
        s.kind == "occurrence",
    )
