"""A claim as its source's word stood by the clocks: what every rule over claims is given."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
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


class BasedOn(NamedTuple):
    """Where a claim may come from: reports that its own derives from, and that it rests on, both at any remove, and the
    sources that its report credits.
    """

    derived_from: frozenset[str] = frozenset()
    rests_on: frozenset[str] = frozenset()
    credits: frozenset[str] = frozenset()


NOTHING_NAMED = BasedOn()


@dataclass(frozen=True, slots=True)
class InForce:
    """One claim, not retracted, by the last of its statements whose report was out by the cut-off.

    `so` is when it was so in the world (None: the report gives no date), `published` when its report came out. Of one
    that is withdrawn these are of the report that said it; `withdrawn_in` is the one that took it back, if any did, or
    else `withdrawn_when` is when its publisher did.
    No report tells of later than itself: an open end of its date is closed by the days on which its report may have
    come out, and `dated` is when it was so without that. What ended at an hour is of its day, until that is over
    (`day_over`).
    `incidents` are those that it tells of, in the order of their ids; `incident` is the one of them as whose number or
    time it is looked at, where each is looked at apart. `parts` are the claims that are part of this one, `disputes`
    those that it disputes; `overlaps` and `alternatives` are those of which either says that both may count the same,
    or that one holds instead of the other. `lies_in`, where what is told of several places is put together, is what its
    place may have lain in then. `filed_in` is the report that it was recorded of, where that goes on as `report`.
    """

    claim: str
    content: Content
    report: str
    published: when.Bounds
    so: when.Span | None
    recorded_position: int
    withdrawn: bool = False
    discredited: bool = False
    incidents: tuple[str, ...] = ()
    dataset: str | None = None
    parts: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()
    same_origin: str | None = None
    based_on: BasedOn = NOTHING_NAMED
    incident: str | None = None
    withdrawn_in: str | None = None
    withdrawn_when: str | None = None
    filed_in: str | None = None
    overlaps: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    lies_in: frozenset[str] = frozenset()
    day_over: when.Instant | None = None
    dated: when.Span | None = None

    def closed(self, time_zone: str) -> "InForce":
        """As every rule is given it: a date with an open end as the same one closed by when its report came out."""
        if self.so is None or self.so.latest_end < when.LATEST:
            return self
        so = self.so.closed(when.days_of(self.published, time_zone))
        if so == self.so:
            return self
        over = when.day_over(when.Bounds(so.earliest_end, so.latest_end), time_zone)
        return replace(self, so=so, day_over=over, dated=self.so)

    @property
    def capped(self) -> when.Instant | None:
        """Where an open end of its date was closed."""
        return None if self.so is None or self.dated is None else self.so.latest_end

    def may_be_of(self, at: when.Instant) -> bool:
        """Whether it may have been so at a moment, or at an hour before that on the same day."""
        if self.so is None:
            return True
        return self.so.earliest_start <= at <= (self.so.latest_end if self.day_over is None else self.day_over)

    @property
    def uncertain(self) -> bool:
        """Whether who gave its date was not sure of it (`?`): then it was certainly so at no time."""
        return self.content.when is not None and when.is_uncertain(self.content.when)

    @property
    def roughly_dated(self) -> bool:
        """The same, or its date is about when it was (`~`): then it is not certain that it was so when another was."""
        return self.uncertain or (self.content.when is not None and "~" in self.content.when)

    @property
    def told_of(self) -> tuple[str | None, ...]:
        """The incidents among whose claims it counts: all, or the one that it is looked at for; None if it has none."""
        return (self.incident,) if self.incident is not None else self.incidents or (None,)

    def of_one_incident(self) -> "InForce":
        """As the first rules took it: of several incidents it was told of the first only."""
        return replace(self, incidents=self.incidents[:1]) if len(self.incidents) > 1 else self

    def with_its_end(self) -> "InForce":
        """As the first rules took it: an open end was open."""
        if self.dated is None:
            return self
        return replace(self, so=self.dated, day_over=self.dated.latest_end, dated=None)

    def apart(self) -> Iterator["InForce"]:
        """Itself for each incident that it tells of; as it is if it tells of none."""
        for incident in self.told_of:
            yield self if incident == self.incident else replace(self, incident=incident)

    @property
    def voice(self) -> Voice:
        claimant = self.content.claimant
        if claimant is not None:
            return Voice(claimant)
        if self.same_origin is not None:
            return Voice(None, assessed=self.same_origin)
        return Voice(None, report=self.report)
