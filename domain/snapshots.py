"""What claims tell of who holds a place: snapshots of it and of what is around it, and what may have ended them."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from domain.calendar import DAY
from domain.content import Control, ControlStatus, Extent, Occurrence
from domain.in_force import InForce, Voice
from domain.membership import Window, Windows
from domain.set_aside import SetAside, split
from domain.sides import Party, Sides
from domain.when import EARLIEST, LATEST, Instant, Span

Around = Mapping[str, Windows]
"""The places in which a place may have been, each with the times at which; itself always."""

PARTLY = ("part", "pockets")


def is_of_part(told: Control) -> bool:
    """Whether it leaves who has the rest open: who is absent from most of a place may hold what is left of it."""
    return told.extent in PARTLY or (told.status, told.extent) == ("absent", "most")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """That an actor controls a place or is absent (or, beside it, contests it, is present, encircles it or is absent
    from a part).

    `about` is the place or area that the claim is about; `so` is cut to the time at which the place may have been
    inside it, and `proven` to what is no guess. Of what happened, it is the end that counts. `capped`: the instant at
    which its time was cut, since its report was out by then. `together`: the actors that its claim names as holders of
    one capture, who hold together.
    """

    claim: InForce
    voice: Voice
    actor: str | None
    status: ControlStatus
    extent: Extent | None
    about: str
    direct: bool
    so: Span | None
    proven: Window | None
    capped: Instant | None = None
    together: tuple[str, ...] = ()

    def says_the_same(self, other: "Snapshot") -> bool:
        """Whether the other says so of the same actor, be it together with others."""
        return self.status == other.status and (self.actor == other.actor or self.actor in other.together)

    @property
    def partly(self) -> bool:
        return self.extent in PARTLY

    @property
    def captured(self) -> bool:
        return isinstance(self.claim.content, Occurrence)

    def certain_throughout(self, first: Instant, last: Instant) -> bool:
        """Whether it was so all that time, whatever moment of a day its date may mean."""
        return self.so is not None and self.so.latest_start <= first and last <= self.so.earliest_end

    def party(self, sides: Sides, at: Instant | None = None) -> Party:
        """Its actor, at the time of which it tells: `at` itself where it may have been so then."""
        assert self.actor is not None
        return sides.party(self.actor, *self._told_of(at))

    def parties(self, sides: Sides, at: Instant | None = None) -> tuple[Party, ...]:
        """All that it names as holding together, its own actor among them."""
        time = self._told_of(at)
        if self.actor is None or len(self.together) < 2:
            return (self.party(sides, at),)
        return tuple(sorted(sides.party(actor, *time) for actor in self.together))

    def _told_of(self, at: Instant | None) -> Window:
        first, last = (EARLIEST, LATEST) if self.so is None else (self.so.earliest_start, self.so.latest_end)
        return (at, at) if at is not None and first <= at <= last else (first, last)


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


def told(place: str, claims: Sequence[InForce], around: Around, *, as_first: bool) -> ToldSnapshots:
    """What `claims` tell of `place`; those about other places, or of other things, tell nothing.

    `as_first`: by the first version of the rule. By the second no report tells of later than its own publication, what
    was captured is known to be held from the end of its day only, by all that took it together, a date that is
    uncertain (`?`) proves nothing, and who is absent from a part stands beside, since the rest may be theirs.
    """
    counted, aside = split(claims, lambda claim: claim.content.place in around and _tells(claim))
    found = ToldSnapshots(aside=aside)
    for claim in counted:
        about = claim.content.place
        assert about is not None
        time = _time_of(claim, as_first=as_first)
        match claim.content:
            case Control() as state if _tells_who_holds_it(state, as_first=as_first):
                if about == place or (state.status == "controls" and state.extent not in PARTLY):
                    made = _snapshots(claim, state.actor, state.status, state.extent, time, place, around[about])
                    found.snapshots.extend(made)
            case Control() as state if about == place:
                made = _snapshots(claim, state.actor, state.status, state.extent, time, place, around[about])
                found.beside.extend(made)
            case Occurrence() as happened:
                by, end = happened.actors.get("by", ()), time.end
                captured = happened.type == "capture"
                for actor in by if captured else ():
                    made = _snapshots(claim, actor, "controls", None, end, place, around[about])
                    found.snapshots.extend(made if as_first else (_once_taken(one, end, by) for one in made))
                found.endings.extend(
                    Ending(claim.claim, captured, by, inside.earliest_end, inside.latest_end)
                    for inside in _inside(end.so or _ANY_TIME, around[about])
                )
    return found


class Endings:
    """For who holds a place, or is absent from it: what may first have ended that."""

    def __init__(self, endings: Sequence[Ending], sides: Sides) -> None:
        # By whom they were: many are by the same.
        self._by: dict[tuple[Party, ...], int] = {}
        self._endings = [
            (ending, self._by.setdefault(by, len(self._by)))
            for ending in sorted(endings, key=lambda ending: ending.latest)
            for by in (tuple(sides.party(actor, ending.earliest, ending.latest) for actor in ending.actors),)
        ]
        self._sides = sides
        self._known: dict[_Ended, tuple[list[Instant], list[tuple[Instant, str]]]] = {}

    def first(self, snapshot: Snapshot, since: Instant | None = None) -> tuple[Instant, str] | None:
        """What may have come after a snapshot and ended it, the earliest first: its earliest instant and its claim.

        `since`: what may have come then or later, where that is not the latest end of the snapshot.
        """
        if snapshot.actor is None or snapshot.so is None or not self._endings:
            return None
        key = self._key(snapshot)
        if key not in self._known:
            self._known[key] = self._of(key)
        latest, first = self._known[key]
        index = bisect_left(latest, snapshot.so.latest_end if since is None else since)
        return first[index] if index < len(first) else None

    def certainly_after(self, snapshot: Snapshot, at: Instant | None) -> bool:
        """Whether something ended it that is certainly later than it, and may have been by `at`."""
        assert snapshot.so is not None
        return any(
            snapshot.so.latest_end < one.earliest and (at is None or one.earliest <= at) for one in self.of(snapshot)
        )

    def of(self, snapshot: Snapshot) -> list[Ending]:
        """What may end what is told of it, whenever that is; those that may be the latest come last."""
        return self._ending(self._key(snapshot)) if self._endings else []

    def _key(self, snapshot: Snapshot) -> "_Ended":
        return _Ended(snapshot.parties(self._sides), snapshot.party(self._sides), snapshot.status)

    def _of(self, key: "_Ended") -> tuple[list[Instant], list[tuple[Instant, str]]]:
        """By their latest instants, and from each on the earliest of the rest."""
        ending = self._ending(key)
        first: list[tuple[Instant, str]] = []
        for one in reversed(ending):
            first.append(min(first[-1], (one.earliest, one.claim)) if first else (one.earliest, one.claim))
        return [one.latest for one in ending], first[::-1]

    def _ending(self, key: "_Ended") -> list[Ending]:
        own = [self._sides.share_one(by, (key.party,)) for by in self._by]
        if key.status == "absent":
            return [one for one, by in self._endings if one.captured and own[by]]
        # Who was among those that hold it together has taken it from none of them.
        shared = [self._sides.share_one(by, key.parties) for by in self._by]
        return [one for one, by in self._endings if one.actors and (not shared[by] if one.captured else own[by])]


class _Ended(NamedTuple):
    """Whose hold (or absence), and who holds together with it."""

    parties: tuple[Party, ...]
    party: Party
    status: str


def _tells(claim: InForce) -> bool:
    content = claim.content
    return isinstance(content, Control) or (
        isinstance(content, Occurrence) and content.type in ("capture", "withdrawal")
    )


def _tells_who_holds_it(state: Control, *, as_first: bool) -> bool:
    return state.status == "controls" or (state.status == "absent" and (as_first or not is_of_part(state)))


class _Time(NamedTuple):
    """When something was so, by its report: cut to `so` at `capped`, of what is `dated`, perhaps not surely so."""

    so: Span | None
    dated: Span | None
    capped: Instant | None
    uncertain: bool

    @property
    def end(self) -> "_Time":
        return _Time(_end_of(self.so), _end_of(self.dated), self.capped, self.uncertain)


def _time_of(claim: InForce, *, as_first: bool) -> _Time:
    so, uncertain = claim.so, not as_first and claim.uncertain
    if so is None or as_first or so.earliest_start > claim.published.latest:
        return _Time(so, so, None, uncertain)
    # A day that a report names is meant whole, also the one on which it came out.
    days = ((so.earliest_start, so.latest_start), (so.earliest_end, so.latest_end))
    named = (last for first, last in days if first <= claim.published.latest and last - first < 2 * DAY)
    cap = max([claim.published.latest, *named])
    if so.latest_end <= cap:
        return _Time(so, so, None, uncertain)
    cut = Span(so.earliest_start, min(so.latest_start, cap), min(so.earliest_end, cap), cap)
    return _Time(cut, so, cap, uncertain)


def _snapshots(
    claim: InForce,
    actor: str | None,
    status: ControlStatus,
    extent: Extent | None,
    time: _Time,
    place: str,
    windows: Windows,
) -> Iterator[Snapshot]:
    about = claim.content.place
    assert about is not None
    direct = about == place
    if time.so is None or time.dated is None:
        if windows:
            yield Snapshot(claim, claim.voice, actor, status, extent, about, direct, None, None)
        return
    proven = None if time.uncertain else time.dated.proven
    for inside in _inside(time.so, windows):
        # What is left of a month may be a day long, and is proven no more for that.
        first = max(proven[0], inside.earliest_start) if proven else LATEST
        last = min(proven[1], inside.latest_end) if proven else EARLIEST
        held = (first, last) if first <= last else None
        capped = time.capped if inside.latest_end == time.capped else None
        yield Snapshot(claim, claim.voice, actor, status, extent, about, direct, inside, held, capped)


def _once_taken(one: Snapshot, end: _Time, by: tuple[str, ...]) -> Snapshot:
    """Of a day on which it was taken, only the last instant proves that it had been."""
    proven = one.proven
    if proven is not None and end.dated is not None:
        proven = (proven[1], proven[1]) if proven[1] == end.dated.latest_end else None
    return replace(one, proven=proven, together=by)


def _inside(so: Span, windows: Windows) -> Iterator[Span]:
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
