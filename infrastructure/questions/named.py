"""What the items are called that an answer mentions."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NotRequired, cast

from sqlalchemy import Select, Table, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.findings import Mentioned, Telling
from application.found import ClaimTold
from application.reading import Reading
from domain.content import OpenWord
from domain.fields import Personal
from domain.labels import labels_of
from domain.names import DatedName, name_at, name_of
from domain.namesakes import told_apart
from domain.sealable import plain
from domain.taken_from import Saying
from infrastructure.questions.said_before import said_before
from infrastructure.questions.taken_from import Copy, claims_taken_from
from infrastructure.read_models.actors import actors
from infrastructure.read_models.dossiers import dossier_as_of
from infrastructure.read_models.incidents import incidents
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


WordKind = Literal["group", "cause", "dimension", "value", "method", "type", "measure", "unit"]


KindNamed = Literal["reports", "sources", "actors", "places", "incidents"]
Apart = Mapping[KindNamed, Mapping[str, str]]


class NamesTold(TypedDict):
    """What the items are called that an answer mentions, by their ids.

    `words` are the dossier's labels, by language, of words of its own that are mentioned; `retracted` are those items
    that were: `source/x`. `apart`, where several are called the same: what tells each of these from the others, its
    coordinates or its id.
    """

    reports: dict[str, ReportNamed]
    sources: dict[str, str]
    actors: dict[str, str]
    places: dict[str, str]
    incidents: dict[str, str]
    words: dict[WordKind, dict[str, dict[str, str]]]
    retracted: list[str]
    apart: NotRequired[Apart]


async def names(
    connection: AsyncConnection, reading: Reading, mentioned: Mentioned, language: str | None = None
) -> NamesTold:
    """What they are called, in a language if one is given; of a report its label, publisher and publication."""
    retracted: list[str] = []
    apart: dict[KindNamed, dict[str, str]] = {}
    rows = list(await _rows(connection, reading, reports, mentioned.reports))
    retracted += sorted(f"report/{row['report_id']}" for row in rows if row["retracted"])
    reported = {row["report_id"]: _report(row) for row in rows}
    mentioned.sources |= {report["publisher"] for report in reported.values() if report["publisher"] is not None}
    alike = {id_: {"name": f"{one['label']} {one['publisher']} {one['published']}"} for id_, one in reported.items()}
    apart["reports"] = told_apart(alike)
    called: dict[str, dict[str, str]] = {}
    tables: Sequence[tuple[KindNamed, Table, Collection[str]]] = (
        ("sources", sources, mentioned.sources), ("actors", actors, mentioned.actors),
        ("places", places, mentioned.places), ("incidents", incidents, mentioned.incidents),
    )  # fmt: skip
    for kind, table, ids in tables:
        held = await _details(connection, reading, table, ids, retracted, language)
        called[kind] = {id_: details["name"] for id_, details in held.items()}
        apart[kind] = told_apart(held)
    found: NamesTold = {
        "reports": reported,
        "sources": called["sources"],
        "actors": called["actors"],
        "places": called["places"],
        "incidents": called["incidents"],
        "words": await _labels(connection, reading, mentioned.words),
        "retracted": retracted,
    }
    if marks := {kind: marks for kind, marks in apart.items() if marks}:
        found["apart"] = marks
    return found


async def _labels(
    connection: AsyncConnection, reading: Reading, words: Collection[OpenWord]
) -> dict[WordKind, dict[str, dict[str, str]]]:
    held = await dossier_as_of(connection, reading) if words else None
    found: dict[Any, dict[str, dict[str, str]]] = {}
    if held is not None:
        labelled = labels_of(cast("dict[str, Any]", held))
        for kind, word in sorted(words):
            if labels := labelled[kind].get(word):
                found.setdefault(kind, {})[word] = dict(labels)
    return found


class Mentions(TypedDict):
    """The claims that an answer rests on, and what everything is called that it mentions, each once."""

    claims: dict[str, ClaimTold]
    names: NamesTold


async def mentions(connection: AsyncConnection, reading: Reading, telling: Telling) -> Mentions:
    """`{claims, names}`: everything that an answer mentioned, each once."""
    told = telling.told_of()
    telling.said_before(await said_before(connection, reading, told.keys()))
    claims = (Copy(claim.report, Saying(claim.claim, claim.content, claim.so)) for claim in told.values())
    telling.taken_from(await claims_taken_from(connection, reading, claims))
    return {"claims": telling.claims(), "names": await names(connection, reading, telling.mentioned)}


async def _details(
    connection: AsyncConnection,
    reading: Reading,
    table: Table,
    ids: Collection[str],
    retracted: list[str],
    language: str | None,
) -> dict[str, dict[str, Any]]:
    """Some items with the names that they had then; the retracted ones among them are added to `retracted`."""
    key = row_table(table).stream_id
    rows = list(await _rows(connection, reading, table, ids))
    kind = key.removesuffix("_id")
    retracted += sorted(f"{kind}/{row[key]}" for row in rows if row["retracted"])
    held: dict[str, dict[str, Any]] = {row[key]: json.loads(row["details"]) for row in rows}
    return {id_: {**details, "name": _name_then(details, reading, language)} for id_, details in held.items()}


def _name_then(details: Mapping[str, Any], reading: Reading, language: str | None) -> str:
    # An incident is called by its title, and was never called otherwise.
    name: str = plain(details["title"] if "title" in details else details["name"], Personal)
    dated = [DatedName.model_validate(one) for one in details.get("dated_names", ())]
    at, time_zone = reading.clocks.at, reading.time_zone
    if language is None:
        return name_at(name, dated, at, time_zone)
    in_languages = {of: str(plain(each, Personal)) for of, each in details.get("names", {}).items()}
    return name_of(name, in_languages, dated, language, at, time_zone)


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
