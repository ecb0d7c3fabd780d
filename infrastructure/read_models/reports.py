"""The reports of a dossier: when each came out, and what became of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, Text, bindparam, func, not_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.projection import Rows
from application.reading import Page, Reading
from application.shown import Instant, holding
from domain import report, when
from domain.report import Report, ReportDetails, ReportEvent, ReportWithdrawn
from domain.sealable import as_given
from infrastructure.rows.versioned import as_of, asked, item_as_of, items_as_of, row_table, versioned_table

reports = versioned_table(
    "reports",
    "report_id",
    key=[],
    values=[
        Column("version", Integer, nullable=False),
        Column("recorded_position", BigInteger, nullable=False),
        Column("details", Text, nullable=False),
        # The instants between which it came out, and between which its publisher took it back.
        Column("published_earliest", BigInteger, nullable=False),
        Column("published_latest", BigInteger, nullable=False),
        Column("withdrawn", Text),
        Column("withdrawn_in", Text),
        Column("withdrawn_earliest", BigInteger),
        Column("withdrawn_latest", BigInteger),
        Column("discredited_because", Text),
        Column("retracted", Boolean, nullable=False),
        Column("dataset", Text),
    ],
)


class Publication(TypedDict):
    """Between which instants a report came out, null where there is no bound.

    `inferred`: from what it says.
    """

    earliest: Instant | None
    latest: Instant | None
    inferred: bool


class ReportWithdrawal(TypedDict):
    """That its publisher took it back: `when`, or in which later `report`."""

    when: str | None
    report: str | None
    reason: str


@holding(ReportDetails)
class ReportItem(TypedDict):
    """A report: when it came out, and what became of it."""

    id: str
    publication: Publication
    withdrawn: ReportWithdrawal | None
    discredited_because: str | None
    retracted: bool
    version: int
    recorded_position: int


@dataclass(frozen=True, slots=True)
class ReportState:
    version: int
    recorded_position: int
    time_zone: str
    report: Report


class Reports:
    name = "reports"
    version = 2
    stream_kind = "report"
    tables = (row_table(reports),)

    def fold(self, state: ReportState | None, recorded: Recorded[ReportEvent], time_zone: str) -> ReportState:
        first = state.recorded_position if state else recorded.position
        held = report.evolve(state.report if state else None, recorded.event)
        return ReportState(recorded.version, first, time_zone, held)

    def rows(self, state: ReportState) -> Rows:
        held = state.report
        published = held.details.publication(state.time_zone)
        taken_back = held.withdrawn
        until = when.bounds(taken_back.when, state.time_zone) if taken_back and taken_back.when else None
        return {
            "reports": {
                (): (
                    state.version,
                    state.recorded_position,
                    held.details.model_dump_json(exclude_defaults=True),
                    published.earliest,
                    published.latest,
                    taken_back.model_dump_json(exclude_defaults=True) if taken_back else None,
                    taken_back.report if taken_back else None,
                    until.earliest if until else None,
                    until.latest if until else None,
                    held.discredited_because,
                    held.retracted,
                    held.details.dataset,
                )
            }
        }

    def state(self, stream_id: str, rows: Rows) -> ReportState:
        version, first, details, _, _, withdrawn, _, _, _, discredited, retracted, _ = rows["reports"][()]
        held = Report(
            ReportDetails.model_validate_json(details),
            ReportWithdrawn.model_validate_json(withdrawn) if withdrawn else None,
            discredited,
            retracted,
        )
        # The time zone comes with every event that is folded; between events it decides nothing.
        return ReportState(version, first, "UTC", held)


async def reports_as_of(connection: AsyncConnection, reading: Reading, page: Page) -> list[ReportItem]:
    """The reports of a dossier, in the order in which they were filed."""
    return [shown(row) for row in await items_as_of(connection, reading, reports, page)]


async def report_as_of(connection: AsyncConnection, reading: Reading, report_id: str) -> ReportItem | None:
    row = await item_as_of(connection, reading, reports, report_id)
    return shown(row) if row else None


async def publications(
    connection: AsyncConnection, reading: Reading, report_ids: Collection[str]
) -> dict[str, when.Bounds]:
    """When some reports came out; those that we mis-filed are left out."""
    r = reports.c
    wanted = func.any(bindparam("report_ids", type_=ARRAY(Text)))
    query = select(r.report_id, r.published_earliest, r.published_latest).where(
        as_of(reports, "reports"), r.report_id == wanted, not_(r.retracted)
    )
    rows = await connection.execute(query, asked(reading, report_ids=sorted(report_ids)))
    return {report_id: when.Bounds(earliest, latest) for report_id, earliest, latest in rows}


def shown(row: Mapping[Any, Any]) -> ReportItem:
    """A row as people read it."""
    details = ReportDetails.model_validate_json(row["details"])
    shown_details: Any = as_given(details, defaults=True)
    taken_back = ReportWithdrawn.model_validate_json(row["withdrawn"]) if row["withdrawn"] else None
    return {
        "id": row["report_id"],
        **shown_details,
        "publication": publication(row, inferred=details.published_bounds is not None),
        "withdrawn": _withdrawal(taken_back) if taken_back else None,
        "discredited_because": row["discredited_because"],
        "retracted": row["retracted"],
        "version": row["version"],
        "recorded_position": row["recorded_position"],
    }


def _withdrawal(withdrawn: ReportWithdrawn) -> ReportWithdrawal:
    return {"when": withdrawn.when, "report": withdrawn.report, "reason": withdrawn.reason}


def publication(row: Mapping[Any, Any], *, inferred: bool) -> Publication:
    """Between which instants it came out, and whether that was inferred from what it says."""
    return {
        "earliest": when.rfc3339(row["published_earliest"]),
        "latest": when.rfc3339(row["published_latest"]),
        "inferred": inferred,
    }
