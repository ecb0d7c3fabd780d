"""Whether what an assessment rests on moved since it was assessed, and whether it was out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from domain import claim, report
from domain.claim import (
    Claim,
    ClaimCorrected,
    ClaimRecorded,
    ClaimReinstated,
    ClaimRetracted,
    ClaimRevised,
    ClaimStatementReinstated,
    ClaimStatementRetracted,
    ClaimWithdrawn,
)
from domain.clocks import Clocks
from domain.fact import Happened
from domain.report import (
    Report,
    ReportCorrected,
    ReportDiscredited,
    ReportDiscreditingLifted,
    ReportMerged,
    ReportReinstated,
    ReportRetracted,
    ReportWithdrawalRetracted,
    ReportWithdrawn,
    known_to_be_withdrawn,
)
from domain.statements import numbered, standing

EVERYTHING = Clocks()


HappenedT = TypeVar("HappenedT", bound=Happened)
StateT = TypeVar("StateT")
Streams = Mapping[str, Sequence[HappenedT]]


def reports_of(events: Sequence[Happened]) -> set[str]:
    """Every report in which a statement of a claim ever stood, from the claim's stream."""
    found = set()
    for happened in events:
        match happened.event:
            case ClaimRecorded(report=named) | ClaimRevised(report=named) | ClaimWithdrawn(report=named):
                found.add(named)
            case ClaimCorrected(mends=mends):
                found |= {mend.set["report"] for mend in mends if "report" in mend.set}
            case _:
                pass
    return found


def moves_of(
    claim_id: str,
    claims: "Streams[HappenedT]",
    reports: "Streams[HappenedT]",
    *,
    after: int,
    upto: int,
    clocks: Clocks = EVERYTHING,
    time_zone: str = "UTC",
) -> list[HappenedT]:
    """What moved a claim of a basis at positions `after < position <= upto`, oldest first.

    That is: what its source said of it anew, or what we corrected, retracted or reinstated of it; and of the reports
    that its statements stood in at that moment, a corrected date of publication, a withdrawal, a discrediting, a
    retraction, and what took one of these back. What is said in a merged report stands in the one that it goes on as:
    that it does from then on, or no longer, moves it too. What a source changed counts only if the report that carries
    the change, as it is known at `upto`, was out by then; what we changed counts whatever the cut-off, as it was never
    otherwise.

    `claims` and `reports` are whole streams by id; `reports` holds those of `reports_of` the claim, and of `named_by`
    any of them.
    """

    @cache
    def last(report_id: str) -> Report | None:
        return _evolved(reports[report_id], upto, report.evolve)

    def out(report_id: str) -> bool:
        """Whether a report was out by the cut-off. One that we mis-filed never was."""
        if clocks.reported_by is None:
            return True
        held = last(_end(report_id, last))
        return held is not None and not held.retracted and clocks.has_passed(held.details.publication(time_zone))

    mine = [happened for happened in claims[claim_id] if happened.position <= upto]
    their_ids = _with_those_merged_into(reports_of(mine), reports)
    theirs = [h for id_ in their_ids for h in reports[id_] if h.position <= upto]
    at_last: Any = None
    for happened in mine:
        at_last = claim.evolve(at_last, happened.event)
    found: list[HappenedT] = []
    held: Any = None
    filed: dict[str, Report | None] = {}
    for happened in sorted((*mine, *theirs), key=lambda each: each.position):
        if happened.stream.kind == "claim":
            held = claim.evolve(held, happened.event)
            touched = _moves(happened.event, at_last, out, clocks, time_zone)
        else:
            stood_in = [made.report for made in standing(held.statements)] if held is not None else []
            before = [_end(each, filed.get) for each in stood_in]
            filed[happened.stream.id] = report.evolve(filed.get(happened.stream.id), happened.event)
            after_it = [_end(each, filed.get) for each in stood_in]
            touched = before != after_it or (
                happened.stream.id in after_it and _moves(happened.event, at_last, out, clocks, time_zone)
            )
        if touched and happened.position > after:
            found.append(happened)
    return found


def was_not_out(
    claim_id: str,
    claims: "Streams[HappenedT]",
    reports: "Streams[HappenedT]",
    *,
    upto: int,
    clocks: Clocks,
    time_zone: str,
    left_out: Collection[str] = (),
) -> bool:
    """Whether a claim that stands was in no report that was out by the cut-off, as known at `upto`.

    What was retracted, or stands in retracted reports only, was never out by any. `left_out`: reports that are taken
    not to have come out.
    """
    held = _evolved(claims[claim_id], upto, claim.evolve)
    if held is None or held.retracted:
        return False

    @cache
    def last(report_id: str) -> Report | None:
        return _evolved(reports[report_id], upto, report.evolve)

    stood_in = {_end(made.report, last): None for made in standing(held.statements)}
    filed = {id_: there for id_ in stood_in if (there := last(id_)) is not None and not there.retracted}
    return bool(filed) and not any(
        id_ not in left_out and clocks.has_passed(there.details.publication(time_zone)) for id_, there in filed.items()
    )


def named_by(events: Sequence[Happened]) -> set[str]:
    """Every report that one was withdrawn in, or merged into, from its stream."""
    found = set()
    for happened in events:
        match happened.event:
            case ReportWithdrawn(report=str(other)) | ReportMerged(into=other):
                found.add(other)
            case _:
                pass
    return found


def _with_those_merged_into(ids: set[str], reports: Mapping[str, Sequence[Happened]]) -> list[str]:
    """Some reports, and all that any of them ever went on as."""
    found, ahead = set(ids), list(ids)
    while ahead:
        events = (happened.event for happened in reports[ahead.pop()])
        further = {event.into for event in events if isinstance(event, ReportMerged)} - found
        found |= further
        ahead += further
    return sorted(found)


def _evolved(stream: Sequence[Happened], upto: int, evolve: Callable[[StateT | None, Any], StateT]) -> StateT | None:
    held: StateT | None = None
    for happened in stream:
        if happened.position <= upto:
            held = evolve(held, happened.event)
    return held


def _end(report_id: str, held_as: Callable[[str], Report | None]) -> str:
    """The report that one goes on as: nothing retracted goes on, or is gone on as."""
    seen = set()
    while report_id not in seen:
        seen.add(report_id)
        held = held_as(report_id)
        into = None if held is None or held.retracted else held.merged_into
        other = None if into is None else held_as(into)
        if into is None or other is None or other.retracted:
            break
        report_id = into
    return report_id


def _moves(event: Any, at_last: Claim, out: Callable[[str], bool], clocks: Clocks, time_zone: str) -> bool:
    """Whether an event changes what an assessment rested on."""
    match event:
        case (
            ClaimCorrected() | ClaimStatementRetracted() | ClaimStatementReinstated() | ClaimRetracted()
            | ClaimReinstated() | ReportDiscredited() | ReportDiscreditingLifted() | ReportWithdrawalRetracted()
            | ReportRetracted() | ReportReinstated()
        ):  # fmt: skip
            return True
        case ReportCorrected():
            return bool(event.set.keys() & {"published", "published_bounds"})
        case ClaimRevised() | ClaimWithdrawn():
            return out(numbered(at_last.statements, event.statement, "statement").report)
        case ReportWithdrawn():
            return known_to_be_withdrawn(event, out, clocks, time_zone)
        case _:
            return False
