"""What claims tell of who holds a place: snapshots of it and of what is around it, and what may have ended them."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.content import Control, ControlStatus, Extent, Occurrence
from domain.in_force import InForce, Voice
from domain.set_aside import DAY, SetAside, split
from domain.when import EARLIEST, LATEST, Instant, Span

Around = Mapping[str, Sequence[tuple[Instant, Instant]]]
"""The places in which a place may have been, each with the times at which; itself always."""

Sides = Mapping[str, frozenset[str]]
"""An actor, with itself and everything that it is part of, upwards. One that is missing is part of nothing."""

_PARTLY = ("part", "pockets")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """That an actor controls a place or is absent (or, beside it, contests it, is present or encircles it).

    `about` is the place or area that the claim is about; `so` is cut to the time at which the place may have been
    inside it, and `proven` to what is no guess. Of what happened, it is the end that counts. `capped`: the instant at
    which its time was cut, since its report was out by then.
    """

    claim: InForce
    voice: Voice
    actor: str | None
    status: ControlStatus
    extent: Extent | None
    about: str
    direct: bool
    so: Span | None
    proven: tuple[Instant, Instant] | None
    capped: Instant | None = None

    def says_the_same(self, other: "Snapshot") -> bool:
        return (self.actor, self.status) == (other.actor, other.status)

    @property
    def partly(self) -> bool:
        return self.extent in _PARTLY


@dataclass(frozen=True, slots=True)
class Ending:
    """A capture, or a withdrawal, that may have come between `earliest` and `latest`."""

    claim: str
    captured: bool
    actors: tuple[str, ...]
    earliest: Instant
    latest: Instant


@dataclass(slots=True)
class ToldSnapshots:
    snapshots: list[Snapshot] = field(default_factory=list)
    beside: list[Snapshot] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)


def told(place: str, claims: Sequence[InForce], around: Around, *, capped: bool) -> ToldSnapshots:
    """What `claims` tell of `place`; those about other places, or of other things, tell nothing.

    `capped`: no report tells of later than its own publication.
    """
    counted, aside = split(claims, lambda claim: claim.content.place in around and _tells(claim))
    found = ToldSnapshots(aside=aside)
    for claim in counted:
        about = claim.content.place
        assert about is not None
        time = _time_of(claim, capped=capped)
        match claim.content:
            case Control() as state if state.status in ("controls", "absent"):
                if about == place or (state.status == "controls" and state.extent not in _PARTLY):
                    made = _snapshots(claim, state.actor, state.status, state.extent, time, place, around[about])
                    found.snapshots.extend(made)
            case Control() as state if about == place:
                made = _snapshots(claim, state.actor, state.status, state.extent, time, place, around[about])
                found.beside.extend(made)
            case Occurrence() as happened:
                by, end = happened.actors.get("by", ()), time.end
                captured = happened.type == "capture"
                for actor in by if captured else ():
                    found.snapshots.extend(_snapshots(claim, actor, "controls", None, end, place, around[about]))
                found.endings.extend(
                    Ending(claim.claim, captured, by, inside.earliest_end, inside.latest_end)
                    for inside in _inside(end.so or _ANY_TIME, around[about])
                )
    return found


def of_one_side(one: str, other: str, sides: Sides) -> bool:
    return not (sides.get(one) or {one}).isdisjoint(sides.get(other) or {other})


def is_gone_with(absent: str | None, actor: str | None, sides: Sides) -> bool:
    """Whether the absence of one is that of the other too, as that of the whole is that of its part."""
    return absent is not None and actor is not None and (absent == actor or absent in sides.get(actor, ()))


class Endings:
    """For who holds a place, or is absent from it: what may first have ended that."""

    def __init__(self, endings: Sequence[Ending], sides: Sides) -> None:
        self._endings = sorted(endings, key=lambda ending: ending.latest)
        self._sides = sides
        self._known: dict[tuple[str, str], tuple[list[Instant], list[tuple[Instant, str]]]] = {}

    def first(self, snapshot: Snapshot) -> tuple[Instant, str] | None:
        """What may have come after a snapshot and ended it, the earliest first: its earliest instant and its claim."""
        if snapshot.actor is None or snapshot.so is None or not self._endings:
            return None
        key = (snapshot.actor, snapshot.status)
        if key not in self._known:
            self._known[key] = self._of(*key)
        latest, first = self._known[key]
        index = bisect_left(latest, snapshot.so.latest_end)
        return first[index] if index < len(first) else None

    def certainly_after(self, snapshot: Snapshot, at: Instant | None) -> bool:
        """Whether something ended it that is certainly later than it, and may have been by `at`."""
        assert snapshot.actor is not None and snapshot.so is not None
        return any(
            snapshot.so.latest_end < one.earliest and (at is None or one.earliest <= at)
            for one in self._endings
            if self._may_end(one, snapshot.actor, snapshot.status)
        )

    def _of(self, actor: str, status: str) -> tuple[list[Instant], list[tuple[Instant, str]]]:
        """By their latest instants, and from each on the earliest of the rest."""
        ending = [one for one in self._endings if self._may_end(one, actor, status)]
        first: list[tuple[Instant, str]] = []
        for one in reversed(ending):
            first.append(min(first[-1], (one.earliest, one.claim)) if first else (one.earliest, one.claim))
        return [one.latest for one in ending], first[::-1]

    def _may_end(self, ending: Ending, actor: str, status: str) -> bool:
        own = any(of_one_side(by, actor, self._sides) for by in ending.actors)
        if status == "absent":
            return ending.captured and own
        return own != ending.captured and bool(ending.actors)


def _tells(claim: InForce) -> bool:
    content = claim.content
    return isinstance(content, Control) or (
        isinstance(content, Occurrence) and content.type in ("capture", "withdrawal")
    )


class _Time(NamedTuple):
    """When something was so, by its report: cut to `so` at `capped`, of what is `dated`."""

    so: Span | None
    dated: Span | None
    capped: Instant | None

    @property
    def end(self) -> "_Time":
        return _Time(_end_of(self.so), _end_of(self.dated), self.capped)


def _time_of(claim: InForce, *, capped: bool) -> _Time:
    so = claim.so
    if so is None or not capped or so.earliest_start > claim.published.latest:
        return _Time(so, so, None)
    # A day that a report names is meant whole, also the one on which it came out.
    days = ((so.earliest_start, so.latest_start), (so.earliest_end, so.latest_end))
    named = (last for first, last in days if first <= claim.published.latest and last - first < 2 * DAY)
    cap = max([claim.published.latest, *named])
    if so.latest_end <= cap:
        return _Time(so, so, None)
    return _Time(Span(so.earliest_start, min(so.latest_start, cap), min(so.earliest_end, cap), cap), so, cap)


def _snapshots(
    claim: InForce,
    actor: str | None,
    status: ControlStatus,
    extent: Extent | None,
    time: _Time,
    place: str,
    windows: Sequence[tuple[Instant, Instant]],
) -> Iterator[Snapshot]:
    about = claim.content.place
    assert about is not None
    direct = about == place
    if time.so is None or time.dated is None:
        if windows:
            yield Snapshot(claim, claim.voice, actor, status, extent, about, direct, None, None)
        return
    proven = _proven(time.dated)
    for inside in _inside(time.so, windows):
        # What is left of a month may be a day long, and is proven no more for that.
        first = max(proven[0], inside.earliest_start) if proven else LATEST
        last = min(proven[1], inside.latest_end) if proven else EARLIEST
        held = (first, last) if first <= last else None
        capped = time.capped if inside.latest_end == time.capped else None
        yield Snapshot(claim, claim.voice, actor, status, extent, about, direct, inside, held, capped)


def _proven(so: Span) -> tuple[Instant, Instant] | None:
    if so.latest_start <= so.earliest_end:
        return so.latest_start, so.earliest_end
    one_date = so.earliest_start == so.earliest_end and so.latest_start == so.latest_end
    # No date lies between a day, which may have 25 hours, and a month.
    return (so.earliest_start, so.latest_end) if one_date and so.latest_end - so.earliest_start < 2 * DAY else None


def _inside(so: Span, windows: Sequence[tuple[Instant, Instant]]) -> Iterator[Span]:
    """What a span is within each window that it may meet."""
    for first, last in windows:
        if so.earliest_start <= last and first <= so.latest_end:
            earliest, latest = max(so.earliest_start, first), min(so.latest_end, last)
            yield Span(
                earliest,
                min(max(so.latest_start, first), latest),
                max(min(so.earliest_end, last), earliest),
                latest,
            )


def _end_of(so: Span | None) -> Span | None:
    return None if so is None else Span(so.earliest_end, so.latest_end, so.earliest_end, so.latest_end)


_ANY_TIME = Span(EARLIEST, LATEST, EARLIEST, LATEST)
