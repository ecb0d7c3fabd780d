"""Reports with what they are taken from."""

from collections.abc import Sequence
from typing import NotRequired, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from application.findings import taken_from_told
from application.found import TakenFromTold
from application.reading import Page, Reading
from infrastructure.questions.taken_from import reports_taken_from
from infrastructure.read_models import reports
from infrastructure.read_models.reports import ReportHeld


class ReportItem(ReportHeld):
    """A report: when it came out, what became of it, and of what it is taken from.

    `taken_from`: what it derives from and credits, and of what that is taken from itself what stands no more.
    """

    taken_from: NotRequired[list[TakenFromTold]]


async def reports_as_of(connection: AsyncConnection, reading: Reading, page: Page) -> list[ReportItem]:
    return await _with_origins(connection, reading, await reports.reports_as_of(connection, reading, page))


async def report_as_of(connection: AsyncConnection, reading: Reading, report_id: str) -> ReportItem | None:
    item = await reports.report_as_of(connection, reading, report_id)
    return item and (await _with_origins(connection, reading, [item]))[0]


async def _with_origins(connection: AsyncConnection, reading: Reading, items: Sequence[ReportHeld]) -> list[ReportItem]:
    origins = await reports_taken_from(connection, reading, [item["id"] for item in items])
    told = [cast("ReportItem", item) for item in items]
    for item in told:
        if item["id"] in origins:
            item["taken_from"] = taken_from_told(origins[item["id"]])
    return told
