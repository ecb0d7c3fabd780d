"""Where claims may come from: the reports that theirs derive from or rest on, and the sources that these credit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.in_force import BasedOn, InForce
from domain.merging import Merged, as_one
from domain.report import ReportDetails
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of, asked


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
