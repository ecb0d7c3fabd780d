"""What differs between two pictures of a dossier, and which events made it so."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain import when
from domain.claim import (
    Claim,
    ClaimRecorded,
    ClaimRevised,
    ClaimStatementReinstated,
    ClaimStatementRetracted,
    ClaimWithdrawn,
)
from domain.clocks import Clocks
from domain.fact import Happened
from domain.report import ReportWithdrawalRetracted, ReportWithdrawn

ShownClaim = Mapping[str, Any]

# What else of a claim is compared, and what that is called where it differs: a control claim says a `status` too.
STANDING = "standing"
_COMPARED = {
    "status": STANDING, "statement": "statement", "credibility": "credibility", "graded_because": "graded_because",
    "changed": "changed", "withdrawn_when": "withdrawn_when",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TwoPictures:
    """Two triples of clocks: `low` and `high` are their positions, the lower first."""

    low: int
    high: int
    before: Clocks
    after: Clocks
    time_zone: str

    def told_apart_by(self, happened: Happened, newly_out: Collection[str]) -> bool:
        """Whether an event lies between the two positions, or tells what became known between the cut-offs.

        `newly_out` are the reports that were out by one of the cut-offs only.
        """
        if happened.position > self.low:
            return happened.position <= self.high
        event = happened.event
        if isinstance(event, ReportWithdrawn) and event.when is not None:
            taken_back = when.bounds(event.when, self.time_zone)
            return self.before.has_passed(taken_back) != self.after.has_passed(taken_back)
        return getattr(event, "report", None) in newly_out


def unsaid(events: Iterable[Happened], position: int) -> set[int]:
    """Where streams tell of a withdrawal, a revision or a first word that we had retracted by a position.

    `events` are of whole streams, each oldest first.
    """
    said: dict[object, int] = {}
    gone: set[int] = set()
    for happened in events:
        if happened.position > position:
            continue
        event, stream = happened.event, happened.stream
        match event:
            case ReportWithdrawn():
                said[stream] = happened.position
            case ReportWithdrawalRetracted():
                gone.add(said[stream])
            case ClaimRecorded():
                said[stream, 1] = happened.position
            case ClaimRevised() | ClaimWithdrawn():
                said[stream, event.statement] = happened.position
            case ClaimStatementRetracted():
                gone.add(said[stream, event.statement])
            case ClaimStatementReinstated():
                gone.discard(said[stream, event.statement])
            case _:
                pass
    return gone


def in_picture(shown: ShownClaim | None) -> ShownClaim | None:
    """A claim as a picture has it: what was retracted, or cannot have been so at the moment, is not in it."""
    return None if shown is None or shown["status"] == "retracted" or shown.get("holds") == "no" else shown


def differing_fields(was: ShownClaim | None, now: ShownClaim | None) -> list[str]:
    """The fields in which a claim differs that both pictures have; those of the content by their own names."""
    if was is None or now is None:
        return []
    old, new = was["content"], now["content"]
    differs = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    differs += [called for name, called in _COMPARED.items() if was.get(name) != now.get(name)]
    return differs + [name for name in ("report", "withdrawn_in") if was.get(name) != now.get(name)]


def differing_relations(was: Claim | None, now: Claim | None) -> list[str]:
    """The relations that a claim itself has to others at one of two positions only. A new one has none to compare."""
    if was is None or now is None:
        return []
    return sorted({relation for relation, _ in was.relations ^ now.relations})
