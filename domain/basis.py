"""Whether what an assessment rests on moved since it was assessed."""

from collections.abc import Callable, Mapping, Sequence
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
    ReportRetracted,
    ReportWithdrawn,
    known_to_be_withdrawn,
)
from domain.statements import numbered, standing

EVERYTHING = Clocks()


HappenedT = TypeVar("HappenedT", bound=Happened)
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
    retraction. What a source changed counts only if the report that carries the change, as it is known at `upto`,
    was out by then; what we changed counts whatever the cut-off, as it was never otherwise.

    `claims` and `reports` are whole streams by id; `reports` holds those of `reports_of` the claim, and the ones
    that those were withdrawn in.
    """

    def out(report_id: str) -> bool:
        """Whether a report was out by the cut-off. One that we mis-filed never was."""
        if clocks.reported_by is None:
            return True
        held: Report | None = None
        for happened in reports[report_id]:
            if happened.position <= upto:
                held = report.evolve(held, happened.event)
        return held is not None and not held.retracted and clocks.has_passed(held.details.publication(time_zone))

    mine = [happened for happened in claims[claim_id] if happened.position <= upto]
    theirs = [h for id_ in sorted(reports_of(mine)) for h in reports[id_] if h.position <= upto]
    at_last: Any = None
    for happened in mine:
        at_last = claim.evolve(at_last, happened.event)
    found: list[HappenedT] = []
    held: Any = None
    for happened in sorted((*mine, *theirs), key=lambda each: each.position):
        if happened.stream.kind == "claim":
            held = claim.evolve(held, happened.event)
            touched = _moves(happened.event, at_last, out, clocks, time_zone)
        else:
            stands = held is not None and any(made.report == happened.stream.id for made in standing(held.statements))
            touched = stands and _moves(happened.event, at_last, out, clocks, time_zone)
        if touched and happened.position > after:
            found.append(happened)
    return found


def _moves(event: Any, at_last: Claim, out: Callable[[str], bool], clocks: Clocks, time_zone: str) -> bool:
    """Whether an event changes what an assessment rested on."""
    match event:
        case (
            ClaimCorrected() | ClaimStatementRetracted() | ClaimStatementReinstated() | ClaimRetracted()
            | ClaimReinstated() | ReportDiscredited() | ReportRetracted()
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
