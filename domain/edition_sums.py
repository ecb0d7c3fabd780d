"""sum-of-edition: a total over the disjoint incidents of one dataset, the one sum that is made."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import fsum, isclose
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from domain import when
from domain.content import Figure, is_period
from domain.in_force import InForce
from domain.origins import representatives
from domain.set_aside import why_aside
from domain.topic import dimensions_of
from domain.when import EARLIEST, LATEST, Instant
from domain.words import Number, range_of

SUM_OF_EDITION_1: Final = "sum-of-edition@1"
SUM_OF_EDITION: Final = "sum-of-edition@2"

By = Literal["year", "month"]


@dataclass(frozen=True, slots=True)
class SumAsked:
    """Periods wholly within `since` and `until`, if given; `by` divides by their start, in the dossier's time zone."""

    since: Instant | None = None
    until: Instant | None = None
    by: By | None = None
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class EditionSum:
    """What one dataset's claimant counted in all of its `incidents`; `period` is `2016` or `2016-03`.

    `without_best` counts incidents of which the lowest stands in for the best, `without_number` claims that add
    nothing, `left_out` claims by the reason why they are not among `claims`. `taken_as_one` is how many incidents the
    counted claims tell of that were not added to each other, since one claim tells of them together: `incidents` counts
    those as one.
    """

    dataset: str
    claimant: str | None
    subject: str | None
    group: str | None
    by: str | None
    cause: str | None
    dimensions: tuple[tuple[str, str], ...]
    period: str | None
    low: Number
    best: Number
    high: Number | None
    incidents: int
    claims: int
    without_best: int
    without_number: int
    taken_as_one: int
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Partition:
    """A total beside its parts. Unless it is `complete`, the parts are not the whole."""

    dataset: str
    claimant: str | None
    total: EditionSum
    parts: tuple[EditionSum, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class EditionTotals:
    rule: str
    sums: tuple[EditionSum, ...]
    partitions: tuple[Partition, ...]


class _Counted(NamedTuple):
    """What one dataset's claimant counts: the coordinates that a sum keeps apart."""

    dataset: str
    claimant: str | None
    subject: str | None
    group: str | None
    by: str | None
    cause: str | None
    dimensions: tuple[tuple[str, str], ...]

    @property
    def is_total(self) -> bool:
        return self.subject is None and self.group is None and not self.dimensions

    def is_part_of(self, total: "_Counted") -> bool:
        """Not by dimensions of the desk's own: of two of those each divides the whole of it anew."""
        if self.is_total or self.dimensions:
            return False
        return total.by in (None, self.by) and total.cause in (None, self.cause)


class _Tally(NamedTuple):
    """One incident in one sum. Several claims may tell of the same dead, so only the widest range counts.

    `as_one` is how many incidents it stands for, if it is of several.
    """

    low: Number | None
    best: Number | None
    high: Number | None
    start: Instant
    claims: int
    without_number: int
    as_one: int = 0


@dataclass(slots=True)
class _Sum:
    """`also` are the other incidents of the claims that are counted in one, of the few that tell of several."""

    incidents: dict[str, _Tally] = field(default_factory=dict)
    also: dict[str, set[str]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


class EditionSums:
    """Takes claims one by one, in any order, and keeps a few numbers for each incident.

    Incidents of which one claim tells together are not disjoint: they count as one. Which these are must depend on no
    place and no time that is asked for, or a part could come to more than its whole: `together` takes such claims too
    that are not to be counted.
    """

    rule: str = SUM_OF_EDITION
    # Whether figures of stocks are taken: they are left out of every sum, and counted as that.
    takes_stocks: bool = True

    def __init__(self, asked: SumAsked) -> None:
        self._asked = asked
        self._measured: tuple[str, str] | None = None
        self._sums: dict[_Counted, _Sum] = {}
        # Most incidents of a dataset have numbers that others have too, and a name that several sums use.
        self._same: dict[_Tally, _Tally] = {}
        self._names: dict[str, str] = {}
        # By dataset: which claim tells of which incident, where it tells of several.
        self._told_together: dict[str, set[tuple[str, str]]] = {}

    def add(self, claim: InForce) -> None:
        """Count a claim of a dataset's report; any other is no part of an edition.

        Raises:
            ValueError: it is no figure, or of another measure or unit than those before: never added up. By the first
                rule also where it is none of a flow.
        """
        self.together(claim)
        if claim.dataset is None or self._is_wholly_outside(claim):
            return
        figure = self._figure(claim)
        own = dimensions_of(figure)
        counted = _Counted(claim.dataset, figure.claimant, figure.subject, figure.group, figure.by, figure.cause, own)
        found = self._sums.setdefault(counted, _Sum())
        why = self._why_left_out(claim)
        if why is not None:
            found.left_out[why] += 1
            return
        first = claim.incidents[0]
        incident = self._names.setdefault(first, first)
        tally = _tally(claim, figure) if self._asked.by else _tally(claim, figure)._replace(start=EARLIEST)
        if len(claim.incidents) > 1:
            found.also.setdefault(incident, set()).update(claim.incidents)
        before = found.incidents.get(incident)
        tally = tally if before is None else _together(before, tally)
        found.incidents[incident] = self._same.setdefault(tally, tally)

    def together(self, claim: InForce) -> None:
        """Take the incidents of a claim as one in all sums of its dataset, whatever it says, unless it is set aside."""
        if claim.dataset is not None and len(claim.incidents) > 1 and why_aside(claim) is None:
            pairs = self._told_together.setdefault(claim.dataset, set())
            pairs.update((told_of, claim.claim) for told_of in claim.incidents)

    def result(self) -> EditionTotals:
        divided: dict[str | None, dict[_Counted, dict[str, _Tally]]] = {}
        one_of = {dataset: self._as_one(pairs) for dataset, pairs in self._told_together.items()}
        for counted, found in self._sums.items():
            for incident, tally in _disjoint(found, one_of.get(counted.dataset, {})):
                divided.setdefault(self._period(tally), {}).setdefault(counted, {})[incident] = tally
            if found.left_out:
                # Undivided, it stands beside what was added; divided, in a row of its own.
                divided.setdefault(None, {}).setdefault(counted, {})
        sums: list[EditionSum] = []
        partitions: list[Partition] = []
        for period in sorted(divided, key=lambda name: name or ""):
            together = divided[period]
            made = {
                counted: _sum(counted, period, incidents, self._sums[counted].left_out if period is None else {})
                for counted, incidents in sorted(together.items(), key=lambda one: _in_order(one[0]))
            }
            sums += made.values()
            partitions += _partitions(together, made)
        return EditionTotals(self.rule, tuple(sums), tuple(partitions))

    def _as_one(self, pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
        """Incidents that are not disjoint, each with what stands for all that it is one with."""
        return representatives(pairs)

    def _is_wholly_outside(self, claim: InForce) -> bool:
        since, until, so = self._asked.since, self._asked.until, claim.so
        if so is None:
            return False
        return (since is not None and so.latest_end < since) or (until is not None and so.earliest_start > until)

    def _figure(self, claim: InForce) -> Figure:
        figure = claim.content
        if not isinstance(figure, Figure) or not (self.takes_stocks or is_period(figure)):
            raise ValueError(f"{claim.claim} is no figure of a flow, and is never added up")
        measured = (figure.measure, figure.unit)
        self._measured = self._measured or measured
        if measured != self._measured:
            raise ValueError(f"{claim.claim} counts {measured}, and is never added to {self._measured}")
        return figure

    def _why_left_out(self, claim: InForce) -> str | None:
        why = why_aside(claim)
        if why is not None:
            return why
        if not is_period(claim.content):
            return "stock"
        if not claim.incidents:
            return "without_incident"
        since, until, so = self._asked.since, self._asked.until, claim.so
        dated = since is not None or until is not None or self._asked.by is not None
        if so is None or (self._asked.by is not None and so.earliest_start in (EARLIEST, LATEST)):
            return "undated" if dated else None
        if (since is not None and so.earliest_start < since) or (until is not None and so.latest_end > until):
            return "straddling"
        return None

    def _period(self, tally: _Tally) -> str | None:
        by = self._asked.by
        return None if by is None else _calendar(tally.start, by, self._asked.time_zone)


class FirstEditionSums(EditionSums):
    """As the rule was: a claim of several incidents counts in the one whose id comes first, an open end is open, and
    stocks are nowhere.
    """

    rule = SUM_OF_EDITION_1
    takes_stocks = False

    def add(self, claim: InForce) -> None:
        super().add(claim.with_its_end())

    def _as_one(self, pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
        return {}


def _disjoint(counted: _Sum, one_of: Mapping[str, str]) -> Iterable[tuple[str, _Tally]]:
    """Each incident, or what stands for those that are not disjoint, with all that counts in it."""
    if not one_of:
        return counted.incidents.items()
    found: dict[str, _Tally] = {}
    told_of: dict[str, set[str]] = {}
    for incident, tally in counted.incidents.items():
        one = one_of.get(incident, incident)
        found[one] = _together(found[one], tally) if one in found else tally
        if incident in one_of:
            told_of.setdefault(one, set()).update({incident}, counted.also.get(incident, ()))
    for one, several in told_of.items():
        if len(several) > 1:
            found[one] = found[one]._replace(as_one=len(several))
    return found.items()


def _tally(claim: InForce, figure: Figure) -> _Tally:
    start = EARLIEST if claim.so is None else claim.so.earliest_start
    found = range_of(figure)
    if found is None:
        return _Tally(None, None, None, start, 1, 1)
    return _Tally(found.low, found.best, found.high, start, 1, 0)


def _together(one: _Tally, other: _Tally) -> _Tally:
    ranged = [tally for tally in (one, other) if tally.low is not None]
    lows = [tally.low for tally in ranged if tally.low is not None]
    highs = [tally.high for tally in ranged if tally.high is not None]
    bests = [tally.best for tally in ranged if tally.best is not None]
    return _Tally(
        min(lows, default=None),
        max(bests, default=None),
        max(highs, default=None) if len(highs) == len(ranged) else None,
        min(one.start, other.start),
        one.claims + other.claims,
        one.without_number + other.without_number,
    )


def _sum(
    counted: _Counted, period: str | None, incidents: Mapping[str, _Tally], left_out: Mapping[str, int]
) -> EditionSum:
    ranged = [(tally.low, tally) for tally in incidents.values() if tally.low is not None]
    highs = [tally.high for _, tally in ranged if tally.high is not None]
    return EditionSum(
        *counted,
        period=period,
        low=_added(low for low, _ in ranged),
        best=_added(low if tally.best is None else tally.best for low, tally in ranged),
        high=_added(highs) if len(highs) == len(ranged) else None,
        incidents=len(incidents),
        claims=sum(tally.claims for tally in incidents.values()),
        without_best=sum(tally.best is None for _, tally in ranged),
        without_number=sum(tally.without_number for tally in incidents.values()),
        taken_as_one=sum(tally.as_one for tally in incidents.values()),
        left_out=dict(sorted(left_out.items())),
    )


def _added(numbers: Iterable[Number]) -> Number:
    """The same in any order: whole numbers stay whole, and broken ones are rounded once."""
    found = list(numbers)
    return sum(found) if all(isinstance(number, int) for number in found) else fsum(found)


def _partitions(
    together: Mapping[_Counted, Mapping[str, _Tally]], made: Mapping[_Counted, EditionSum]
) -> Iterable[Partition]:
    for total, total_sum in made.items():
        if not total.is_total or not together[total]:
            continue
        parts = [part for part in made if part[:2] == total[:2] and part.is_part_of(total) and together[part]]
        if parts:
            complete = _complete(together[total], [together[part] for part in parts])
            yield Partition(*total[:2], total_sum, tuple(made[part] for part in parts), complete)


def _complete(total: Mapping[str, _Tally], parts: list[Mapping[str, _Tally]]) -> bool:
    """Whether in every incident the bests of the parts add up to the best of the total, and nobody is left over."""
    if any(tally.best is None for counted in (total, *parts) for tally in counted.values()):
        return False
    added: dict[str, list[Number]] = {incident: [] for incident in total}
    for part in parts:
        for incident, tally in part.items():
            added.setdefault(incident, []).append(tally.best or 0)
    return all(
        isclose(_added(bests), (total[incident].best or 0) if incident in total else 0, rel_tol=0, abs_tol=1e-6)
        for incident, bests in added.items()
    )


def _in_order(counted: _Counted) -> tuple[str | tuple[tuple[str, str], ...], ...]:
    return (*(name or "" for name in counted[:-1]), counted.dimensions)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=65_536)
def _calendar(instant: Instant, by: By, time_zone: str) -> str:
    """The year or month in which an instant falls, by the clocks of `time_zone`."""
    try:
        moment = (_EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(time_zone))
        ahead = moment.utcoffset() or timedelta()
    except OverflowError:
        # Beyond the years that Python's calendar knows, every zone is UTC.
        ahead = timedelta()
    written = when.rfc3339(instant + ahead // timedelta(microseconds=1))
    assert written is not None
    date = written.partition("T")[0]
    return date.rsplit("-", 2 if by == "year" else 1)[0]
