"""A claim as its source's word stood by the clocks: what every rule over claims is given."""

from dataclasses import dataclass
from typing import NamedTuple

from domain import when
from domain.content import Content


class Voice(NamedTuple):
    """Who says so. An unattributed claim speaks for nobody: its voice is that of its report, origin unknown.

    `assessed` is the assessment by which claims without a claimant share one origin.
    """

    claimant: str | None
    report: str | None = None
    assessed: str | None = None

    @property
    def attributed(self) -> bool:
        return self.claimant is not None


@dataclass(frozen=True, slots=True)
class InForce:
    """One claim, not retracted, by the last of its statements whose report was out by the cut-off.

    `so` is when it was so in the world (None: the report gives no date), `published` when its report came out.
    `parts` are the claims that are part of this one, `disputes` those that it disputes.
    """

    claim: str
    content: Content
    report: str
    published: when.Bounds
    so: when.Span | None
    recorded_position: int
    withdrawn: bool = False
    discredited: bool = False
    incident: str | None = None
    dataset: str | None = None
    parts: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()
    same_origin: str | None = None

    @property
    def voice(self) -> Voice:
        claimant = self.content.claimant
        if claimant is not None:
            return Voice(claimant)
        if self.same_origin is not None:
            return Voice(None, assessed=self.same_origin)
        return Voice(None, report=self.report)
