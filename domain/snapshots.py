"""What claims tell of who holds a place: snapshots of it and of what is around it, and what may have ended them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from domain.calendar import DAY
from domain.content import Control, ControlStatus, Extent, Hedge, Occurrence
from domain.in_force import InForce, Voice
from domain.membership import Window, Windows
from domain.set_aside import SetAside, split
from domain.sides import Party, Sides
from domain.when import EARLIEST, LATEST, Instant, Span

Around = Mapping[str, Windows]
"""The places in which a place may have been, each with the times at which; itself always. Or in which it surely was."""

PARTLY = ("part", "pockets")


def is_of_part(told: Control) -> bool:
    """Whether it leaves who has the rest open: who is absent from most of a place may hold what is left of it."""
    return told.extent in PARTLY or (told.status, told.extent) == ("absent", "most")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """That an actor controls a place or is absent (or, beside it, contests it, is present, encircles it or is absent
    from a part).

    `about` is the place or area that the claim is about; `so` is cut to the time at which the place may have been
    inside it, and `meant` to what its date proves, on its last day too. Of what happened, it is the end that counts.
    `capped`: the instant at which its time was cut, since its report was out by then. `together`: the actors that its
    claim names as holders of one capture, who hold together. `hedge`: who says so does not vouch for it; `sure`: nor is
    its date in doubt.

    `until`: it tells no more than that they held the place until its date: it was taken from them, or they left.

    `inside`: the place certainly lay in what it is about at some time of which it certainly tells.
    """

    claim: InForce
    voice: Voice
    actor: str | None
    status: ControlStatus
    extent: Extent | None
    about: str
    direct: bool
    so: Span | None
    meant: Window | None
    capped: Instant | None = None
    together: tuple[str, ...] = ()
    hedge: Hedge | None = None
    sure: bool = True
    until: Literal["taken", "left"] | None = None
    inside: bool = True

    @property
    def proven(self) -> Window | None:
        """What is no guess."""
        return self.meant if self.sure else None

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

    @property
    def ends_on_a_day(self) -> bool:
        """Whether it lasted until a day, some time on which it ended."""
        return self.so is not None and self.so.earliest_start < self.so.earliest_end < self.so.latest_end < (
            self.so.earliest_end + 2 * DAY
        )

    def is_on_its_last_day(self, at: Instant) -> bool:
        return self.ends_on_a_day and self.so is not None and self.so.earliest_end < at <= self.so.latest_end

    def is_of_time_of(self, other: "Snapshot") -> bool:
        """Whether both tell of one time, if any: of a capture it is known only that it came some time on its day, so
        what is not certain of all that day may be of before it, or of after. And what ended on the day on which the
        other began, which goes on, was over by then.
        """
        both_ways = (self, other), (other, self)
        return all(one._is_throughout(each) and not one._gives_way_to(each) for one, each in both_ways)

    def _gives_way_to(self, other: "Snapshot") -> bool:
        mine, theirs = self.so, other.so
        if mine is None or theirs is None or mine.latest_end >= theirs.latest_end:
            return False
        return mine.latest_start < theirs.earliest_start >= mine.earliest_end

    def _is_throughout(self, other: "Snapshot") -> bool:
        if not other.captured or other.so is None:
            return True
        return self.certain_throughout(other.so.earliest_start, other.so.latest_end)

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
    """A capture, or a withdrawal, that may have come between `earliest` and `latest`.

    `captured`: `actors` took the place, else they lost it. `unnamed`: it is not said who lost it; `actors` are those
    who did not, and `voice`, if any, is the one of whose words alone it made an end. `firm`: it has no hedge.
    `elsewhere`: to what it happened, if it is not certain that the place lay there: it ends only what is said of that.
    """

    claim: str
    captured: bool
    actors: tuple[str, ...]
    earliest: Instant
    latest: Instant
    firm: bool = True
    unnamed: bool = False
    voice: Voice | None = None
    elsewhere: str | None = None


@dataclass(slots=True)
class ToldSnapshots:
    """`until` tells who held the place until something happened, and is the state of nothing."""

    snapshots: list[Snapshot] = field(default_factory=list)
    until: list[Snapshot] = field(default_factory=list)
    beside: list[Snapshot] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)


def told(
    place: str, claims: Sequence[InForce], around: Around, *, as_first: bool, surely: Around | None = None
) -> ToldSnapshots:
    """What `claims` tell of `place`; those about other places, or of other things, tell nothing.

    `surely`: the times at which it certainly lay in what is around it, if those are others; by the second version what
    is said of one in which it only may have lain is no more than possible, and ends nothing that is said of the place.

    `as_first`: by the first version of the rule. By the second no report tells of later than its own publication, what
    was captured is known to be held from the end of its day only, by all that took it together, a date that is
    uncertain (`?`) proves nothing, and neither does a word with a hedge, who is absent from a part stands beside, since
    the rest may be theirs, and so does what happened and left nobody as the holder who is named.
    """
    counted, aside = split(claims, lambda claim: claim.content.place in around and tells_of_control(claim))
    found = ToldSnapshots(aside=aside)
    for claim in (one.with_its_end() for one in counted) if as_first else counted:
        about = claim.content.place
        assert about is not None
        time = _time_of(claim, as_first=as_first)
        lay = Lying(around[about], None if as_first or surely is None else surely.get(about, ()))
        match claim.content:
            case Control() as state if _tells_who_holds_it(state, as_first=as_first):
                if about == place or (state.status == "controls" and state.extent not in PARTLY):
                    made = _snapshots(claim, state.actor, state.status, state.extent, time, place, lay)
                    found.snapshots.extend(made)
            case Control() as state if about == place:
                made = _snapshots(claim, state.actor, state.status, state.extent, time, place, lay)
                found.beside.extend(made)
            case Occurrence() as happened:
                by, end = happened.actors.get("by", ()), time.end
                captured = happened.type == "capture"
                for actor in by if captured else ():
                    made = _snapshots(claim, actor, "controls", None, end, place, lay)
                    found.snapshots.extend(made if as_first else (_once_taken(one, end, by) for one in made))
                if not as_first and about == place and not (captured and by):
                    for gone in (None,) if captured else by or (None,):
                        made = _snapshots(
                            claim, gone, "controls" if captured else "absent", None, end, place, _LYING_ALWAYS
                        )
                        found.beside.extend(_once_taken(one, end, ()) for one in made)
                if not as_first and end.so is not None:
                    found.until.extend(_until(claim, happened, end, place, lay))
                when = end.so or _ANY_TIME
                found.endings.extend(
                    replace(ending, elsewhere=None if lay.is_surely_inside(when) else about)
                    for inside, _ in lay.inside(when)
                    for ending in _endings(claim, happened, inside, as_first=as_first)
                )
    return found


def _endings(claim: InForce, happened: Occurrence, end: Span, *, as_first: bool) -> Iterator[Ending]:
    captured, by = happened.type == "capture", happened.actors.get("by", ())
    time = end.earliest_end, end.latest_end
    if by or as_first:
        yield Ending(claim.claim, captured, by, *time, firm=as_first or claim.content.hedge is None)
        return
    firm = claim.content.hedge is None
    against = happened.actors.get("against", ()) if captured else ()
    if against:
        # Whoever took it, it is they who lost it.
        yield Ending(claim.claim, captured=False, actors=against, earliest=time[0], latest=time[1], firm=firm)
    if claim.so is None:
        # It may be how whoever holds it came to.
        return
    spared = happened.actors.get("with", ()) if captured else ()
    # By the word of who says that somebody took it, nobody of whom that one told before holds it.
    voice = claim.voice if against else None
    yield Ending(claim.claim, captured, spared, *time, firm=firm, unnamed=True, voice=voice)


class Endings:
    """For who holds a place, or is absent from it: what may first have ended that."""

    def __init__(self, endings: Sequence[Ending], sides: Sides) -> None:
        # By whom they were: many are by the same.
        self._by: dict[tuple[Party, ...], int] = {}
        self._endings = [
            (ending, self._by.setdefault(by, len(self._by)))
            for ending in sorted(endings, key=lambda ending: ending.latest)
            if not ending.unnamed
            for by in (tuple(sides.party(actor, ending.earliest, ending.latest) for actor in ending.actors),)
        ]
        self._unnamed = sorted(
            (ending for ending in endings if ending.unnamed), key=lambda ending: (ending.earliest, ending.claim)
        )
        self._sides = sides
        self._known: dict[_Ended, tuple[list[Instant], list[tuple[Instant, str]]]] = {}
        self._known_unnamed: dict[tuple[_Ended, Voice], list[Ending]] = {}
        self._taken: dict[tuple[_Ended, Instant | None], Instant] = {}

    def first(self, snapshot: Snapshot, since: Instant | None = None) -> tuple[Instant, str] | None:
        """What may have come after a snapshot and ended it, the earliest first: its earliest instant and its claim.

        `since`: what may have come then or later, where that is not the latest end of the snapshot.
        """
        if snapshot.actor is None or snapshot.so is None:
            return None
        found = []
        if self._endings:
            key = self._key(snapshot)
            if key not in self._known:
                self._known[key] = self._of(key)
            latest, first = self._known[key]
            index = bisect_left(latest, snapshot.so.latest_end if since is None else since)
            found = first[index : index + 1]
        unnamed = self.unnamed(snapshot)
        index = bisect_right(unnamed, snapshot.so.latest_end, key=lambda one: one.earliest)
        found += [(one.earliest, one.claim) for one in unnamed[index : index + 1]]
        return min(found, default=None)

    def certainly_after(self, snapshot: Snapshot, at: Instant | None) -> bool:
        """Whether something ended it that is certainly later than it, and may have been by `at`."""
        assert snapshot.so is not None
        return any(
            snapshot.so.latest_end < one.earliest and (at is None or one.earliest <= at)
            for one in (*self.of(snapshot), *self.unnamed(snapshot))
        )

    def took_it(self, snapshot: Snapshot, at: Instant | None) -> bool:
        """Whether its actor certainly took the place later, by `at`: who has it besieges it no more."""
        if snapshot.actor is None or snapshot.so is None or not self._endings:
            return False
        # As of an absence: what its own side took.
        key = self._key(snapshot)._replace(status="absent")
        last = self._taken.get((key, at))
        if last is None:
            surely = [one.earliest for one in self._ending(key) if at is None or one.latest <= at]
            last = self._taken[key, at] = max(surely, default=EARLIEST)
        return last > snapshot.so.latest_end

    def bears(self, next_: Snapshot, one: Snapshot) -> bool:
        """Whether its voice's next word tells how it was before that with what is told of: what it says of an event
        tells who held the place until then, as far as that is said, and who has it since tells nothing of before.
        """
        if next_.until is None:
            return not next_.captured
        if one.partly or one.actor is None:
            return False
        if one.status == "absent":
            return any(self._sides.is_part(party, one.party(self._sides)) for party in next_.parties(self._sides))
        if one.says_the_same(next_):
            return True
        return not self._sides.share_one(next_.parties(self._sides), one.parties(self._sides))

    def of(self, snapshot: Snapshot) -> list[Ending]:
        """What may end what is told of it, whenever that is; those that may be the latest come last."""
        return self._ending(self._key(snapshot)) if self._endings else []

    def unnamed(self, snapshot: Snapshot) -> list[Ending]:
        """Those that do not say who lost the place, in the order in which they may first have come: what is certainly
        earlier has come to its end. What may be later may be that by which its holder came.
        """
        if not self._unnamed or snapshot.status == "absent":
            return []
        key = self._key(snapshot), snapshot.voice
        found = self._known_unnamed.get(key)
        if found is None:
            found = self._known_unnamed[key] = [
                one
                for one in self._unnamed
                if one.voice in (None, snapshot.voice)
                and one.elsewhere in (None, snapshot.about)
                and not self._sides.share_one(
                    [self._sides.party(actor, one.earliest, one.latest) for actor in one.actors], key[0].parties
                )
            ]
        return found

    def _key(self, snapshot: Snapshot) -> "_Ended":
        parties = snapshot.parties(self._sides)
        return _Ended(parties, snapshot.party(self._sides), snapshot.status, snapshot.about)

    def _of(self, key: "_Ended") -> tuple[list[Instant], list[tuple[Instant, str]]]:
        """By their latest instants, and from each on the earliest of the rest."""
        ending = self._ending(key)
        first: list[tuple[Instant, str]] = []
        for one in reversed(ending):
            first.append(min(first[-1], (one.earliest, one.claim)) if first else (one.earliest, one.claim))
        return [one.latest for one in ending], first[::-1]

    def _ending(self, key: "_Ended") -> list[Ending]:
        own = [self._sides.share_one(by, (key.party,)) for by in self._by]
        ending = [(one, by) for one, by in self._endings if one.elsewhere in (None, key.about)]
        if key.status == "absent":
            return [one for one, by in ending if one.captured and own[by]]
        # Who was among those that hold it together has taken it from none of them.
        shared = [self._sides.share_one(by, key.parties) for by in self._by]
        return [one for one, by in ending if one.actors and (not shared[by] if one.captured else own[by])]


class _Ended(NamedTuple):
    """Whose hold (or absence), and who holds together with it."""

    parties: tuple[Party, ...]
    party: Party
    status: str
    about: str


def tells_of_control(claim: InForce) -> bool:
    """Whether it says who holds a place or is there, or that it was taken or left."""
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
    sure: bool
    hedge: Hedge | None
    as_first: bool

    @property
    def proven(self) -> Window | None:
        if self.dated is None:
            return None
        return self.dated.proven if self.as_first else self.dated.proven_on_its_days

    @property
    def end(self) -> "_Time":
        return self._replace(so=_end_of(self.so), dated=_end_of(self.dated))


def _time_of(claim: InForce, *, as_first: bool) -> _Time:
    so, hedge = claim.so, None if as_first else claim.content.hedge
    sure = as_first or (hedge is None and not claim.uncertain)
    if so is None or as_first or so.earliest_start > claim.published.latest:
        return _Time(so, so, claim.capped, sure, hedge, as_first)
    cap = told_until(so, claim.published.latest)
    if so.latest_end <= cap:
        return _Time(so, so, claim.capped, sure, hedge, as_first)
    cut = Span(so.earliest_start, min(so.latest_start, cap), min(so.earliest_end, cap), cap)
    return _Time(cut, so, cap, sure, hedge, as_first)


def told_until(so: Span, out: Instant) -> Instant:
    """Until when a report that was out by then can tell who held a place. A day that it names is meant whole, also the
    one on which it came out, and so is what it dates wholly later.
    """
    if so.earliest_start > out:
        return so.latest_end
    days = ((so.earliest_start, so.latest_start), (so.earliest_end, so.latest_end))
    return max([out, *(last for first, last in days if first <= out and last - first < 2 * DAY)])


def _until(claim: InForce, happened: Occurrence, end: _Time, place: str, lay: "Lying") -> Iterator[Snapshot]:
    """Who held it until that happened: those from whom it was taken, who held it together, or each who left."""
    taken = happened.type == "capture"
    whose = happened.actors.get("against" if taken else "by", ())
    for actor in whose[:1] if taken else whose:
        for one in _snapshots(claim, actor, "controls", None, end, place, lay):
            yield replace(one, until="taken" if taken else "left", together=whose if taken else (actor,))


def time_told(claim: InForce) -> Span | None:
    """When it was so, no later than its report can tell; of what happened, when that had come to its end."""
    time = _time_of(claim, as_first=False)
    return time.end.so if isinstance(claim.content, Occurrence) else time.so


def _snapshots(
    claim: InForce,
    actor: str | None,
    status: ControlStatus,
    extent: Extent | None,
    time: _Time,
    place: str,
    lay: "Lying",
) -> Iterator[Snapshot]:
    about = claim.content.place
    assert about is not None
    voice, direct, hedge, sure = claim.voice, about == place, time.hedge, time.sure
    if time.so is None or time.dated is None:
        if lay.windows:
            yield Snapshot(claim, voice, actor, status, extent, about, direct, None, None, hedge=hedge, sure=sure)
        return
    proven = time.proven
    for inside, then in lay.inside(time.so):
        # What is left of a month may be a day long, and is proven no more for that.
        first = max(proven[0], inside.earliest_start, then[0]) if proven and then else LATEST
        last = min(proven[1], inside.latest_end, then[1]) if proven and then else EARLIEST
        meant = (first, last) if first <= last else None
        capped = time.capped if inside.latest_end == time.capped else None
        one = Snapshot(
            claim, voice, actor, status, extent, about, direct, inside, meant, capped, hedge=hedge, sure=sure
        )
        sure_of_it = lay.surely is None or _was_inside(time.so, then)
        yield one if sure_of_it else replace(one, sure=False, inside=False)


def _once_taken(one: Snapshot, end: _Time, by: tuple[str, ...]) -> Snapshot:
    """Of a day on which it was taken, only the last instant proves that it had been."""
    meant = one.meant
    if meant is not None and end.dated is not None:
        meant = (meant[1], meant[1]) if meant[1] == end.dated.latest_end else None
    return replace(one, meant=meant, together=by)


class Lying(NamedTuple):
    """When a place may have lain in another, and when it surely did, if that is not the same."""

    windows: Windows
    surely: Windows | None = None

    def inside(self, so: Span) -> Iterator[tuple[Span, Window | None]]:
        """What a span is within each window that it may meet, with the time in that at which it surely lay there."""
        for first, last in self.windows:
            if so.earliest_start > last or first > so.latest_end:
                continue
            earliest, latest = max(so.earliest_start, first), min(so.latest_end, last)
            every = ((first, last),) if self.surely is None else self.surely
            then = next((sure for sure in every if sure[0] <= last and first <= sure[1]), None)
            since, until = then or (latest, earliest)
            yield (
                Span(
                    earliest,
                    min(max(so.latest_start, since), latest),
                    max(min(so.earliest_end, until), earliest),
                    latest,
                ),
                then,
            )

    def is_surely_inside(self, so: Span) -> bool:
        """Whether it was all the time that something may have been."""
        if self.surely is None:
            return True
        return any(first <= so.earliest_start and so.latest_end <= last for first, last in self.surely)


def _was_inside(so: Span, then: Window | None) -> bool:
    """Whether a place that lay somewhere `then` did so at some time of what may have been so at some moment, or was."""
    if then is None:
        return False
    if max(so.latest_start, then[0]) <= min(so.earliest_end, then[1]):
        return True
    return then[0] <= so.earliest_start and so.latest_end <= then[1]


def _end_of(so: Span | None) -> Span | None:
    return None if so is None else Span(so.earliest_end, so.latest_end, so.earliest_end, so.latest_end)


_ALWAYS: Windows = ((EARLIEST, LATEST),)
_LYING_ALWAYS = Lying(_ALWAYS)
_ANY_TIME = Span(EARLIEST, LATEST, EARLIEST, LATEST)
