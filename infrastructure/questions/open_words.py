"""Words of open lists, a group or a cause: whether a dossier has one, and which it has that are like it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.namesakes import much_alike

# At any position: what was used once is a word of the dossier, as an id is that was recorded once. What was counted is
# in the topics, whose parts are the words.
_FIGURES = """
    from statements where dossier_id = :dossier_id and generation = :generation
        and nature in ('flow', 'stock', 'intended')
"""
_USED = text(f"select exists (select {_FIGURES} and strpos(topic || ',', :part) > 0)")
_ALL_USED = text(f"""
    select distinct word from (select distinct topic {_FIGURES} and strpos(topic, :part) > 0) topics,
        lateral split_part(split_part(topic, :part, 2), ',', 1) word
""")  # noqa: S608


async def is_used(connection: AsyncConnection, reading: Reading, part: str, word: str) -> bool:
    """Whether any statement of the dossier ever had it. `part`: of a topic, `group` or `cause`."""
    asked = {**_of(reading), "part": f",{part}:{word},"}
    return bool((await connection.execute(_USED, asked)).scalar_one())


async def near_words(connection: AsyncConnection, reading: Reading, part: str, wanted: str) -> list[str]:
    """Words of the dossier that are spelt much like one that it does not have, the most alike first."""
    words = (await connection.execute(_ALL_USED, {**_of(reading), "part": f",{part}:"})).scalars().all()
    return much_alike(wanted, sorted(words))


def _of(reading: Reading) -> dict[str, object]:
    return {"dossier_id": reading.dossier_id, "generation": reading.generations["claims"]}
