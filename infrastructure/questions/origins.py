"""Where claims may come from: the reports that theirs derive from or rest on, and the sources that these credit.

And what may come from a report, or from a source.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.in_force import BasedOn, InForce
from domain.merging import Merged, as_one
from domain.report import ReportDetails
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of, asked, current_within


async def with_origins(
    connection: AsyncConnection, reading: Reading, claims: Sequence[InForce], merged: Mapping[str, Merged]
) -> list[InForce]:
    """Some claims with what they are based on. Of one voice alone nobody asks whether it is another's.

    `merged` by kind of item: a report and a source that are named count as what they go on as.
    """
    if len({claim.voice for claim in claims}) < 2:
        return list(claims)
    named: dict[str, ReportDetails | None] = {}
    ahead = {report for claim in claims for report in (claim.report, *claim.content.rests_on)}
    while ahead:
        named |= dict.fromkeys(ahead)
        rows = await connection.execute(_naming_an_origin(), asked(reading, report_ids=sorted(ahead)))
        named |= {row.report_id: as_one(ReportDetails.model_validate_json(row.details), merged) for row in rows}
        ahead = {report for one in ahead for report in _derived_from(one, named)} - named.keys()
    return [_based(claim, named) for claim in claims]


def _derived_from(report: str, named: Mapping[str, ReportDetails | None]) -> tuple[str, ...]:
    details = named.get(report)
    # Of two that are one, one may have been held to derive from the other.
    return () if details is None else tuple(other for other in details.derived_from if other != report)


def _based(claim: InForce, named: Mapping[str, ReportDetails | None]) -> InForce:
    details = named.get(claim.report)
    credited = () if details is None else details.credits
    found = BasedOn(
        _all_from(_derived_from(claim.report, named), named),
        _all_from(claim.content.rests_on, named),
        frozenset(credited),
    )
    return replace(claim, based_on=found) if any(found) else claim


def _all_from(begun: Sequence[str], named: Mapping[str, ReportDetails | None]) -> frozenset[str]:
    found, ahead = set(begun), list(begun)
    while ahead:
        further = set(_derived_from(ahead.pop(), named)) - found
        found |= further
        ahead += further
    return frozenset(found)


@cache
def _naming_an_origin() -> Select[Any]:
    details = reports.c.details
    return select(reports.c.report_id, details).where(
        as_of(reports, "reports"),
        reports.c.report_id == func.any(bindparam("report_ids", type_=ARRAY(Text))),
        or_(details.contains('"derived_from":'), details.contains('"credits":')),
    )


class Derived:
    """Which reports derive from others, or are one with them, at some position of a stretch."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._from: dict[str, set[str]] = {}
        for row in rows:
            for original in originals_of(row.details):
                self._from.setdefault(original, set()).add(row.report_id)
            if row.merged_into is not None:
                self._from.setdefault(row.merged_into, set()).add(row.report_id)
                self._from.setdefault(row.report_id, set()).add(row.merged_into)

    def from_any(self, reports: Iterable[str]) -> set[str]:
        """Some reports, and all that derive from any of them at any remove."""
        found = set(reports)
        ahead = list(found)
        while ahead:
            further = self._from.get(ahead.pop(), set()) - found
            found |= further
            ahead += further
        return found


def originals_of(details: str) -> frozenset[str]:
    """What a report derives from, by its details as they are kept."""
    named = json.loads(details).get("derived_from", ())
    return frozenset([named] if isinstance(named, str) else named)


async def derived(connection: AsyncConnection, reading: Reading, after: int) -> Derived:
    """At any position that is more than `after`, or at that of the reading where this is the same."""
    return Derived(await connection.execute(_DERIVED, asked(reading, after=after)))


async def claims_from(
    connection: AsyncConnection, reading: Reading, after: int, reports: Collection[str]
) -> dict[str, set[str]]:
    """What is said in each of some reports, or rests on it, in the same stretch."""
    found: dict[str, set[str]] = {}
    if reports:
        for claim_id, report_id in await connection.execute(_FROM, asked(reading, after=after, ids=sorted(reports))):
            found.setdefault(report_id, set()).add(claim_id)
    return found


async def crediting(connection: AsyncConnection, reading: Reading, sources: Sequence[str]) -> set[str]:
    """The reports that credit any of some sources."""
    return set((await connection.execute(_CREDITING, asked(reading, ids=sources))).scalars())


_DERIVED = text(f"""
    select report_id, details, merged_into from reports
    where dossier_id = :dossier_id and generation = :reports_generation and {current_within()}
        and (merged_into is not null or details like '%"derived_from":%')
""")  # noqa: S608
_IDS = bindparam("ids", type_=ARRAY(Text))
_FROM = text(f"""
    select claim_id, report_id from statements
    where dossier_id = :dossier_id and generation = :claims_generation and {current_within()}
        and report_id = any(:ids)
    union
    select s.claim_id, e.id from statements s
    join unnest(:ids) as e (id) on jsonb_exists(cast(s.content as jsonb) -> 'rests_on', e.id)
    where s.dossier_id = :dossier_id and s.generation = :claims_generation and {current_within("s")}
        and s.content like '%"rests_on":%'
""").bindparams(_IDS)  # noqa: S608
_CREDITING = text(f"""
    select report_id from reports
    where dossier_id = :dossier_id and generation = :reports_generation and {current_within(after=":position")}
        and details like '%"credits":%' and jsonb_exists_any(cast(details as jsonb) -> 'credits', :ids)
""").bindparams(_IDS)  # noqa: S608
