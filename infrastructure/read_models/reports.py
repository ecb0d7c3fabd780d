"""The reports of a dossier: when each came out, and what became of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, RowMapping, Text, bindparam, func, not_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.event_log import Recorded
from application.projection import Rows
from application.reading import Page, Reading
from application.shown import Instant, holding
from domain import report, when
from domain.merging import Merged
from domain.report import Report, ReportDetails, ReportEvent, ReportWithdrawn
from domain.sealable import as_given
from infrastructure.rows.merges import merged_in
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
        # The days on which it may have come out, the first and the last: of later than that it tells nothing.
        Column("first_day_begins", BigInteger),
        Column("last_day_ends", BigInteger),
        Column("withdrawn", Text),
        Column("withdrawn_in", Text),
        Column("withdrawn_earliest", BigInteger),
        Column("withdrawn_latest", BigInteger),
        Column("discredited_because", Text),
        Column("retracted", Boolean, nullable=False),
        Column("dataset", Text),
        Column("merged_into", Text),
    ],
)
Index("reports_merged", reports.c.dossier_id, reports.c.generation, postgresql_where=reports.c.merged_into.is_not(None))


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
class ReportHeld(TypedDict):
    """A report: when it came out, and what became of it.

    `merged` holds what was merged into it; `survivor` is where a merged one went, whose fields hold for both.
    """

    id: str
    publication: Publication
    withdrawn: ReportWithdrawal | None
    discredited_because: str | None
    retracted: bool
    merged: list[str]
    merged_into: str | None
    survivor: str
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
    version = 6
    stream_kind = "report"
    tables = (row_table(reports),)

    def fold(self, state: ReportState | None, recorded: Recorded[ReportEvent], time_zone: str) -> ReportState:
        first = state.recorded_position if state else recorded.position
        held = report.evolve(state.report if state else None, recorded.event)
        return ReportState(recorded.version, first, time_zone, held)

    def rows(self, state: ReportState) -> Rows:
        held = state.report
        published = held.details.publication(state.time_zone)
        days = when.days_of(published, state.time_zone)
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
                    days.earliest,
                    days.latest,
                    taken_back.model_dump_json(exclude_defaults=True) if taken_back else None,
                    taken_back.report if taken_back else None,
                    until.earliest if until else None,
                    until.latest if until else None,
                    held.discredited_because,
                    held.retracted,
                    held.details.dataset,
                    held.merged_into,
                )
            }
        }

    def state(self, stream_id: str, rows: Rows) -> ReportState:
        version, first, details, _, _, _, _, withdrawn, _, _, _, *rest = rows["reports"][()]
        discredited, retracted, _, merged_into = rest
        held = Report(
            ReportDetails.model_validate_json(details),
            ReportWithdrawn.model_validate_json(withdrawn) if withdrawn else None,
            discredited,
            retracted,
            merged_into,
        )
        # The time zone comes with every event that is folded; between events it decides nothing.
        return ReportState(version, first, "UTC", held)


async def reports_as_of(connection: AsyncConnection, reading: Reading, page: Page) -> list[ReportHeld]:
    """The reports of a dossier, in the order in which they were filed."""
    rows = await items_as_of(connection, reading, reports, page)
    merged = await _merged(connection, reading)
    return [_shown(row, merged) for row in rows]


async def report_as_of(connection: AsyncConnection, reading: Reading, report_id: str) -> ReportHeld | None:
    row = await item_as_of(connection, reading, reports, report_id)
    merged = await _merged(connection, reading)
    return _shown(row, merged) if row else None


async def _merged(connection: AsyncConnection, reading: Reading) -> Merged:
    return await merged_in(connection, reading, reports) if reading.has_merged_reports else Merged({})


async def reports_with_ids(
    connection: AsyncConnection, reading: Reading, report_ids: Collection[str]
) -> dict[str, RowMapping]:
    """Rows of some reports."""
    if not report_ids:
        return {}
    wanted = func.any(bindparam("report_ids", type_=ARRAY(Text)))
    query = select(reports).where(as_of(reports, "reports"), reports.c.report_id == wanted)
    rows = (await connection.execute(query, asked(reading, report_ids=sorted(report_ids)))).mappings()
    return {row["report_id"]: row for row in rows}


async def publications(
    connection: AsyncConnection, reading: Reading, report_ids: Collection[str]
) -> dict[str, when.Bounds]:
    """When some reports came out, or what they go on as; those that we mis-filed are left out."""
    r = reports.c
    merged = await _merged(connection, reading)
    ends = {report_id: merged.survivor(report_id) for report_id in report_ids}
    wanted = func.any(bindparam("report_ids", type_=ARRAY(Text)))
    query = select(r.report_id, r.published_earliest, r.published_latest).where(
        as_of(reports, "reports"), r.report_id == wanted, not_(r.retracted)
    )
    rows = await connection.execute(query, asked(reading, report_ids=sorted(set(ends.values()))))
    found = {report_id: when.Bounds(earliest, latest) for report_id, earliest, latest in rows}
    return {report_id: found[end] for report_id, end in ends.items() if end in found}


def _shown(row: Mapping[Any, Any], merged: Merged) -> ReportHeld:
    """A row as people read it."""
    details = ReportDetails.model_validate_json(row["details"])
    shown_details: Any = as_given(details, defaults=True)
    taken_back = ReportWithdrawn.model_validate_json(row["withdrawn"]) if row["withdrawn"] else None
    id_ = row["report_id"]
    return {
        "id": id_,
        **shown_details,
        "publication": publication(row, inferred=details.published_bounds is not None),
        "withdrawn": _withdrawal(taken_back) if taken_back else None,
        "discredited_because": row["discredited_because"],
        "retracted": row["retracted"],
        "merged": merged.within(id_),
        "merged_into": row["merged_into"],
        "survivor": merged.survivor(id_),
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
