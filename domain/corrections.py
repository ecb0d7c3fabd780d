"""A correction: by which clocks it is one, what it holds for, and which answers it may have moved."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from domain import when
from domain.assessment import Assessment
from domain.claim import (
    Claim,
    ClaimCorrected,
    ClaimRevised,
    ClaimStatementReinstated,
    ClaimStatementRetracted,
    ClaimWithdrawn,
)
from domain.clocks import Clocks
from domain.content import Figure, span
from domain.fact import Happened
from domain.families import FAMILIES
from domain.incident import Incident
from domain.report import ReportWithdrawn, known_to_be_withdrawn
from domain.statements import Made, last_word, standing
from domain.topic import topic_of


class Correction(Protocol):
    """An event that changed what was there before: the states of its stream before and after it."""

    @property
    def recorded(self) -> Happened: ...
    @property
    def before(self) -> Any: ...
    @property
    def after(self) -> Any: ...


class SinceReport(NamedTuple):
    """From the publication of this report on."""

    report: str


class SinceDate(NamedTuple):
    """From a moment within this EDTF date on."""

    when: str


class HoldsFor(NamedTuple):
    """`at`: which time in the world it is about, EDTF; None for no time in particular.

    `reported`: from when on a reader could know of it. None for all reported time, or (of a change by the source
    that nobody dated) for an unknown one.
    """

    at: str | None
    reported: SinceReport | SinceDate | None


def holds_for(correction: Correction) -> HoldsFor:
    """The clocks that a correction holds for, besides the position from which it is recorded."""
    return HoldsFor(_about(correction), _reported(correction.recorded.event))


def _about(correction: Correction) -> str | None:
    match correction.after:
        case Claim():
            return concerned(correction)[-1][1].content.when
        case Incident() | Assessment():
            return correction.after.details.when
        case _:
            return None


def _reported(event: Any) -> SinceReport | SinceDate | None:
    if FAMILIES[event.type] != "source":
        return None
    if event.report is not None:
        return SinceReport(event.report)
    return None if event.when is None else SinceDate(event.when)


def concerned(correction: Correction) -> list[tuple[Made, Made]]:
    """The statements of a claim that an event is about, each after the one that it takes the place of."""
    event, after = correction.recorded.event, correction.after.statements
    before = {made.number: made for made in correction.before.statements}
    match event:
        case ClaimRevised() | ClaimWithdrawn():
            return [(before[event.after], made) for made in after if made.number == event.statement]
        case ClaimCorrected():
            mended = {mend.statement for mend in event.mends}
            return [(before[made.number], made) for made in after if made.number in mended]
        case ClaimStatementRetracted() | ClaimStatementReinstated():
            return [(before[made.number], made) for made in after if made.number == event.statement]
        case _:
            said = last_word(after)
            return [(said, said)]


def reports_of(corrections: Iterable[Correction]) -> set[str]:
    """The reports whose publication decides whether these are shown."""
    found = set()
    for correction in corrections:
        found |= {made.report for made in _statements(correction)}
        event, stream = correction.recorded.event, correction.recorded.stream
        if stream.kind == "report":
            found.add(stream.id)
        if isinstance(event, ReportWithdrawn) and event.report is not None:
            found.add(event.report)
    return found


def is_shown(correction: Correction, clocks: Clocks, published: Mapping[str, when.Bounds], time_zone: str) -> bool:
    """Whether a correction is one by the clocks. `published`: when those of `reports_of` it were, if they were."""

    def out(report_id: str) -> bool:
        bounds = published.get(report_id)
        return clocks.reported_by is None or (bounds is not None and clocks.has_passed(bounds))

    event, stream = correction.recorded.event, correction.recorded.stream
    if stream.kind == "report" and not out(stream.id):
        return False
    if isinstance(event, ReportWithdrawn):
        return known_to_be_withdrawn(event, out, clocks, time_zone)
    if stream.kind != "claim":
        return True
    statements = list(_statements(correction))
    said_in = getattr(event, "report", None)
    if not (any(out(made.report) for made in statements) if said_in is None else out(said_in)):
        return False
    return clocks.at is None or any(_may_have_been(made, clocks.at, time_zone) for made in statements)


def _statements(correction: Correction) -> Iterator[Made]:
    for state in (correction.before, correction.after):
        if isinstance(state, Claim):
            yield from standing(state.statements)


def _may_have_been(made: Made, at: when.Instant, time_zone: str) -> bool:
    so = span(made.content, time_zone)
    return so is None or so.holds_at(at) != "no"


Touched = Literal["sources", "actors", "places", "reports", "claims", "incidents", "assessments", "topics"]


def touched(
    correction: Correction, incidents: Mapping[str, str], assessments: Mapping[str, Sequence[str]]
) -> dict[Touched, list[str]]:
    """The items and topics by which the answers are asked for that a correction may have moved.

    `incidents` says in which one a claim is, `assessments` which ones rest on it.
    """
    stream = correction.recorded.stream
    found: dict[Any, set[str]] = {} if stream.kind == "dossier" else {f"{stream.kind}s": {stream.id}}
    if stream.kind == "claim":
        for made in _statements(correction):
            for name, id_ in _named_by(made):
                found.setdefault(name, set()).add(id_)
        if stream.id in incidents:
            found["incidents"] = {incidents[stream.id]}
        found["assessments"] = set(assessments.get(stream.id, ()))
    return {name: sorted(ids) for name, ids in found.items() if ids}


def _named_by(made: Made) -> Iterator[tuple[Touched, str]]:
    content = made.content
    if isinstance(content, Figure):
        yield "topics", str(topic_of(content))
    if content.place is not None:
        yield "places", content.place
    if content.claimant is not None:
        yield "sources", content.claimant
    yield "reports", made.report
