"""What the items are called that an answer mentions."""

import json
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Select, Table, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.findings import Mentioned, Telling
from application.found import ClaimTold
from application.reading import Reading
from domain.fields import Personal
from domain.sealable import plain
from infrastructure.read_models.actors import actors
from infrastructure.read_models.places import places
from infrastructure.read_models.reports import Publication, publication, reports
from infrastructure.read_models.sources import sources
from infrastructure.rows.versioned import as_of, asked, row_table


class ReportNamed(TypedDict):
    """A report where an answer mentions it."""

    label: str
    publisher: str | None
    published: str
    publication: Publication
    cited_in: list[str]
    discredited_because: str | None


class NamesTold(TypedDict):
    """What the items are called that an answer mentions, by their ids."""

    reports: dict[str, ReportNamed]
    sources: dict[str, str]
    actors: dict[str, str]
    places: dict[str, str]


async def names(connection: AsyncConnection, reading: Reading, mentioned: Mentioned) -> NamesTold:
    """`{reports, sources, actors, places}`: of each report its label, publisher and publication, of others the name."""
    reported = {row["report_id"]: _report(row) for row in await _rows(connection, reading, reports, mentioned.reports)}
    mentioned.sources |= {report["publisher"] for report in reported.values() if report["publisher"] is not None}
    return {
        "reports": reported,
        "sources": await _called(connection, reading, sources, mentioned.sources),
        "actors": await _called(connection, reading, actors, mentioned.actors),
        "places": await _called(connection, reading, places, mentioned.places),
    }


class Mentions(TypedDict):
    """The claims that an answer rests on, and what everything is called that it mentions, each once."""

    claims: dict[str, ClaimTold]
    names: NamesTold


async def mentions(connection: AsyncConnection, reading: Reading, telling: Telling) -> Mentions:
    """`{claims, names}`: everything that an answer mentioned, each once."""
    return {"claims": telling.claims(), "names": await names(connection, reading, telling.mentioned)}


async def _called(connection: AsyncConnection, reading: Reading, table: Table, ids: Collection[str]) -> dict[str, str]:
    key = row_table(table).stream_id
    rows = await _rows(connection, reading, table, ids)
    return {row[key]: plain(json.loads(row["details"])["name"], Personal) for row in rows}


async def _rows(connection: AsyncConnection, reading: Reading, table: Table, ids: Collection[str]) -> Any:
    if not ids:
        return []
    return (await connection.execute(_by_id(table), asked(reading, ids=sorted(ids)))).mappings()


@cache
def _by_id(table: Table) -> Select[Any]:
    wanted = func.any(bindparam("ids", type_=ARRAY(Text)))
    return select(table).where(as_of(table, table.name), table.c[row_table(table).stream_id] == wanted)


def _report(row: Any) -> ReportNamed:
    details = json.loads(row["details"])
    return {
        "label": plain(details["label"], Personal),
        "publisher": details.get("publisher"),
        "published": details["published"],
        "publication": publication(row, inferred="published_bounds" in details),
        "cited_in": details.get("cited_in", []),
        "discredited_because": row["discredited_because"],
    }
