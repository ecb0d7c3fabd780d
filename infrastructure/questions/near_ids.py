"""Ids like one that is not there, for whoever misspelt it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.namesakes import MOST_NEAR, much_alike
from infrastructure.questions.datasets import dataset_ids

# Looked through: those around it in the order of ids, and the first ones.
LOOKED_THROUGH = 500
LEAST_BEGINNING = 6

_IDS = """
    select stream_id from events where dossier_id = :dossier and stream_kind = :kind and version = 1
"""
_AROUND = text(f"""
    ({_IDS} and stream_id >= :wanted order by stream_id limit :most)
    union ({_IDS} and stream_id < :wanted order by stream_id desc limit :most)
    union ({_IDS} order by stream_id limit :most)
""")


async def near_datasets(connection: AsyncConnection, reading: Reading, wanted: str) -> list[str] | None:
    """Those spelt much like one that is not there, or else some; None if it is there."""
    ids = await dataset_ids(connection, reading)
    return None if wanted in ids else much_alike(wanted, ids) or ids[:MOST_NEAR]


async def near_ids(connection: AsyncConnection, dossier_id: str, kind: str, wanted: str) -> list[str] | None:
    """Ids of the dossier's items of a kind that are spelt much like `wanted`, the most alike first.

    Before all others those that begin so: of such a one there may be no more than its beginning.

    None where `wanted` is itself one: it was recorded later, or retracted, and not misspelt.
    """
    asked = {"dossier": dossier_id, "kind": kind, "wanted": wanted, "most": LOOKED_THROUGH}
    ids = (await connection.execute(_AROUND, asked)).scalars().all()
    if wanted in ids:
        return None
    begin = sorted(id_ for id_ in ids if id_.startswith(wanted) and len(wanted) >= LEAST_BEGINNING)
    return list(dict.fromkeys([*begin, *much_alike(wanted, ids)]))[:MOST_NEAR]
