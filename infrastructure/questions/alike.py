"""Which claims of a report tell the same now, or count the same, for the warnings that another one does."""

from collections.abc import Collection
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from application.second_looks import Alike, AlikeByTold
from domain.likeness import ABOUT
from domain.told import Told
from infrastructure.questions.shown_now import ShownNow
from infrastructure.rows.versioned import current_at

# So many of a report's claims that tell the same, and as many that count the same, are enough to name one.
FEW = 10


class PostgresShownClaims:
    """The claims that the read models show."""

    def __init__(self, shown: ShownNow) -> None:
        self._shown = shown

    async def alike(self, dossier_id: str, wanted: Collection[Told]) -> AlikeByTold:
        nothing: AlikeByTold = {}
        return await self._shown.asked(
            dossier_id, "claims", lambda connection, now: claims_alike(connection, now, list(wanted)), nothing
        )


async def claims_alike(connection: AsyncConnection, reading: Reading, wanted: list[Told]) -> AlikeByTold:
    """Claims that tell what was told, or another number of the same: the first recorded of a few, by what was told."""
    driver: Any = (await connection.get_raw_connection()).driver_connection
    named = {
        "dossier": reading.dossier_id,
        "generation": reading.generations["claims"],
        "position": reading.position,
        "reports": [told.report for told in wanted],
        "likenesses": [told.likeness for told in wanted],
        "abouts": [told.likeness[:ABOUT] for told in wanted],
        "few": FEW,
    }
    try:
        cursor = await driver.execute(_ALIKE, named)
        rows = await cursor.fetchall()
    finally:
        if driver.closed:
            await connection.invalidate()
    found: dict[Told, list[Alike]] = {}
    for nth, held, claim_id, wholes in rows:
        found.setdefault(wanted[nth - 1], []).append(Alike(claim_id, held, frozenset(wholes or ())))
    return found


def _of_dossier(alias: str) -> str:
    now = current_at(alias, "%(position)s")
    return f"{alias}.dossier_id = %(dossier)s and {alias}.generation = %(generation)s and {now}"


# Two visits to the index for each, however many there are, and no more rows than a few: those of one report that count
# the same stand beside each other in it.
_STANDING = f"""
    select s.claim_id, s.likeness, s.recorded_position from statements s
    where {_of_dossier("s")} and s.report_id = w.report_id and not s.ended
        and not exists (select from claims c where {_of_dossier("c")} and c.claim_id = s.claim_id and c.retracted)
"""  # noqa: S608
_ALIKE = f"""
    select w.nth, found.likeness, found.claim_id, array(
        select r.to_claim from relations r
        where {_of_dossier("r")} and r.claim_id = found.claim_id and r.relation = 'part_of'
    )
    from unnest(%(reports)s::text[], %(likenesses)s::text[], %(abouts)s::text[])
            with ordinality as w (report_id, likeness, about, nth),
        lateral (
            ({_STANDING} and s.likeness = w.likeness limit %(few)s)
            union all
            ({_STANDING} and s.likeness > w.about and s.likeness < w.about || '~' and s.likeness <> w.likeness
                limit %(few)s)
        ) found
    order by found.recorded_position
"""  # noqa: S608  (nothing of it is given by anybody)
