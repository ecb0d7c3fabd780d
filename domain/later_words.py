"""Who holds a place by the last word: what a later one overtook governs no more, and of some the order is not known.

A word is *against* a hold if it tells that the place was held by a side that excludes the holder, or taken by one, or
that the holder withdrew, or is absent. It *overtakes* the hold if it began certainly after that did, and not before
that was so for the last time for certain. Of another voice's word of its last day, and of nothing after that, it is not
known. Whatever became of it since: who was overtaken is not back for that.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, combinations
from typing import NamedTuple

from domain.content import ControlStatus
from domain.holding import RANKS, Held, State, best_known, holding
from domain.in_force import Voice
from domain.sides import Party, Sides
from domain.snapshots import Endings, Snapshot
from domain.when import EARLIEST, LATEST, Instant, Span

_NEVER = EARLIEST - 1
Parties = tuple[Party, ...]


class ByLaterWords(NamedTuple):
    """`unsure`: whether the order of those that govern and others is not known; `left`: all that nothing overtook,
    absences too.
    """

    governing: list[Held]
    unsure: bool
    left: list[Held]


def governing_by_later_words(
    states: Sequence[Held], words: Iterable[Snapshot], endings: Endings, sides: Sides, at: Instant | None
) -> ByLaterWords:
    """The best known of those that no later word overtook.

    `words` are all snapshots that may have begun by `at`, `states` what those come to that count. Where the order is
    not known, what may have come later stands beside: who holds the place by that, or that the holder is absent.
    """
    later = _LaterWords(words, states, endings, sides, at)
    found = [
        (one, state)
        for one, state in holding(states, sides, at)
        if not later.overtook(one, state) and not later.may_outdo(one)
    ]
    governing = best_known([held for held in found if not held[0].partly])
    if governing:
        # Who holds a part takes the place of nobody who holds the whole.
        best = max(RANKS[state.state] for _, state in governing)
        governing += [held for held in found if held[0].partly and RANKS[held[1].state] <= best]
    else:
        governing = best_known(found)
        if still := later.perhaps_still(governing) if governing else later.ended_by_each_other():
            return ByLaterWords([*governing, *still], True, later.left(found))
    doubted = [held for held in governing if later.may_follow(*held)]
    still = later.still(governing, found)
    known = {id(one) for one, _ in governing}
    added = {id(held[0]): held for held in (*later.after(doubted), *still) if id(held[0]) not in known}
    return ByLaterWords([*governing, *added.values()], bool(doubted or still), later.left(found))


class _LaterWords:
    def __init__(
        self, words: Iterable[Snapshot], states: Sequence[Held], endings: Endings, sides: Sides, at: Instant | None
    ) -> None:
        self._endings, self._sides, self._at = endings, sides, at
        self._came_of: dict[tuple[_Hold, str], tuple[Instant, Instant]] = {}
        self._came_unnamed_of: dict[tuple[_Hold, str, Voice], tuple[Instant, Instant]] = {}
        whole = [one for one in words if one.actor is not None and one.so is not None and not one.partly]
        begun = [one for one in whole if one.inside and (at is None or _so(one).latest_start <= at)]
        controls = [one for one in begun if one.status == "controls"]
        self._seen = _Seen(controls, self, at)
        self._seen_directly = _Seen([one for one in controls if one.direct], self, at)
        self._begun = _Begun(controls, self)
        self._begun_directly = _Begun([one for one in controls if one.direct], self)
        self._begun_absences = _Begun([one for one in begun if one.status == "absent" and one.direct], self)
        specific = [
            (one, state)
            for one, state in states
            if one.direct and one.actor is not None and one.so is not None and not one.partly
        ]
        # No guess: captures, and what certainly was so, if it is not known when.
        taken = [
            (one, state)
            for one, state in specific
            if one.status == "controls" and (one.captured or self._is_no_guess(one))
        ]
        gone = [held for held in specific if held[0].status == "absent"]
        standing = [one for one, state in taken if state.state in RANKS]
        self._standing = _Last.of(standing, self, lambda so: so.latest_end)
        self._standing_absences = _Last.of(
            [one for one, state in gone if self._is_no_guess(one) and state.state in RANKS],
            self,
            lambda so: so.latest_end,
        )
        self._surely_standing = _Last.of(
            [one for one, state in taken if state.state in RANKS and state.state != "possible"], self, _begins
        )
        # What is overtaken leaves nothing open.
        self._events = [held for held in taken if not self.overtook(*held)]
        self._absences = [held for held in gone if not self.overtook(*held)]
        self._reached = _Last.of([one for one, _ in self._events], self, _reach)
        self._reached_before = _Last.of([one for one, state in self._events if state.state == "ended"], self, _reach)
        self._reached_absences = _Last.of([one for one, _ in self._absences], self, _reach)

    def hold(self, one: Snapshot) -> "_Hold":
        return _Hold(one.parties(self._sides, self._at), one.party(self._sides, self._at), one.status, one.partly)

    def left(self, holding: Sequence[Held]) -> list[Held]:
        return [*holding, *self._absences]

    def overtook(self, one: Snapshot, state: State) -> bool:
        """Whether a word against it that certainly was by `at` is certainly later; never what is itself certain, but
        some time on its last day.
        """
        if one.so is None:
            return False
        if state.state == "certain" and one.direct and not self._is_on_its_last_day(one):
            return False
        held, taken = self.hold(one), self._begun_directly if one.direct else self._begun
        if self._came(one, held)[1] > _reach(one.so):
            return True
        if any(begun.overtook(one, held) for begun in (taken, self._begun_absences)):
            return True
        seen = self._seen_directly if one.direct else self._seen
        last_seen = seen.against(held, self, one.voice if self._is_established(one) else None)
        return max(last_seen, self._came_unnamed(one, held)[1]) > one.so.latest_end

    def _is_on_its_last_day(self, one: Snapshot) -> bool:
        return self._at is not None and one.is_on_its_last_day(self._at)

    def may_outdo(self, one: Snapshot) -> bool:
        """Whether a specific word that is no guess, and stands, may lie after what is implied."""
        if one.direct or one.so is None:
            return False
        return self._last(self.hold(one), self._standing, self._standing_absences) >= one.so.earliest_start

    def may_follow(self, one: Snapshot, state: State) -> bool:
        """Whether a word against it may lie after it, and none of its own side certainly after those."""
        if one.so is None or self._is_certain(one, state):
            return False
        held = self.hold(one)
        last = max(self._last_doubting(held), self._came(one, held)[0])
        if not one.captured:
            # What nobody is named in may be the capture by which its holder came, and is no doubt of that.
            last = max(last, self._came_unnamed(one, held)[0])
        before = self._reached_before.against(held, self) if self._may_be_to_come(one, state) else _NEVER
        own = self._surely_standing.of_side(held, self._sides)
        return (last >= _last_certain(_so(one)) and own <= last) or own <= before != _NEVER

    def after(self, doubted: Sequence[Held]) -> list[Held]:
        """What may lie after one of `doubted`, and is against it; not what has certainly come to its end."""
        since: dict[_Hold, Instant] = {}
        to_come = set()
        for one, state in doubted:
            held = self.hold(one)
            since[held] = min(since.get(held, LATEST), _last_certain(_so(one)))
            if self._may_be_to_come(one, state):
                to_come.add(held)
        found = []
        for one, state in (*self._events, *self._absences):
            word, reach = self.hold(one), _reach(_so(one))
            over = state.state == "ended" and self._endings.certainly_after(one, self._at)
            if any(
                (reach >= first and not over) or (held in to_come and state.state == "ended")
                for held, first in since.items()
                if self._doubts(word, held)
            ):
                found.append((one, state))
        return found

    def still(self, governing: Sequence[Held], holding: Sequence[Held]) -> list[Held]:
        """What no word overtook, and is against one that governs: it may have come after that.

        What was certain by `at` is replaced by nothing that may have begun before; other words by nothing that is only
        possible, and may have been so then. What is implied and certain is put in doubt by what is implied only.
        """
        implied = not any(one.direct for one, _ in governing)
        words = {id(held[0]): held for held in (*self._events, *self._absences)}
        words |= {id(held[0]): held for held in holding if not held[0].partly and (held[0].direct or implied)}
        began: dict[_Hold, _Began] = {}
        for one, state in governing:
            held = self.hold(one)
            began[held] = began.get(held, _Began()).with_(one, state)
        own = {held.parties for held in began if not held.partly}
        found = []
        for one, state in words.values():
            if state.state not in RANKS or one.so is None:
                continue
            word, established = self.hold(one), self._is_established(one)
            if word.status == "controls" and any(self._sides.share_one(word.parties, parties) for parties in own):
                continue
            if any(
                self._doubts(word, held) and begins.may_be_before(one, established=established)
                for held, begins in began.items()
            ):
                found.append((one, state))
        return found

    def _is_established(self, one: Snapshot) -> bool:
        """Whether it certainly was so by `at`: at a time that it proves, or some time or other that is over by then."""
        at = LATEST if self._at is None else self._at
        if one.proven is not None:
            return one.proven[0] <= at
        return one.sure and one.inside and one.so is not None and one.so.latest_end <= at

    def _is_no_guess(self, one: Snapshot) -> bool:
        return one.proven is not None or self._is_established(one)

    def perhaps_still(self, partly: Sequence[Held]) -> list[Held]:
        """Where others are known of parts only: whose hold of the whole may have been ended, and may not."""
        parts = [one.parties(self._sides, self._at) for one, _ in partly]
        return [
            (one, state)
            for one, state in self._ended()
            if not all(self._sides.share_one(one.parties(self._sides, self._at), part) for part in parts)
        ]

    def ended_by_each_other(self) -> list[Held]:
        """Captures that may each have come after the other: which was the last is what is not known."""
        last = [(one, state) for one, state in self._ended() if one.captured]
        sides = {self.hold(one).parties for one, _ in last}
        apart = any(not self._sides.share_one(one, other) for one, other in combinations(sorted(sides), 2))
        return last if apart else []

    def _ended(self) -> list[Held]:
        return [
            (one, state)
            for one, state in self._events
            if state.state == "ended" and not self._endings.certainly_after(one, self._at)
        ]

    def _is_certain(self, one: Snapshot, state: State) -> bool:
        """Of a capture, only where it is certain at which instant it came."""
        if self._at is None or state.state != "certain" or not one.direct:
            return False
        return not one.captured or one.certain_throughout(self._at, self._at)

    def _may_be_to_come(self, one: Snapshot, state: State) -> bool:
        """Whether it is open if a place has been taken yet: then whoever held it before may still."""
        return one.captured and state.state == "possible" and self._at is not None and self._at < _so(one).latest_start

    def _last_doubting(self, held: "_Hold") -> Instant:
        last = self._reached_absences.against(held, self)
        # Who holds a part is put in doubt by nobody who holds the rest.
        return last if held.partly else max(last, self._reached.against(held, self))

    def _last(self, held: "_Hold", taken: "_Last", gone: "_Last") -> Instant:
        return max(taken.against(held, self), gone.against(held, self))

    def is_against(self, word: "_Hold", held: "_Hold") -> bool:
        """Whether the one tells that the other is so no more, or never was."""
        if word.status == "absent":
            return held.status == "controls" and self._sides.is_part(held.party, word.party)
        if held.status == "absent":
            return any(self._sides.is_part(party, held.party) for party in word.parties)
        return not self._sides.share_one(word.parties, held.parties)

    def _doubts(self, word: "_Hold", held: "_Hold") -> bool:
        return self.is_against(word, held) and not (held.partly and word.status == "controls")

    def _came(self, one: Snapshot, held: "_Hold") -> tuple[Instant, Instant]:
        """Of what may have ended it by `at`: until when the last may have come, and when the last that surely did."""
        key = held, one.about
        found = self._came_of.get(key)
        if found is None:
            at = LATEST if self._at is None else self._at
            endings = [end for end in self._endings.of(one) if end.earliest <= at]
            doubting = [end.latest for end in endings if not (held.partly and end.captured)]
            surely = [end.earliest for end in endings if self._at is None or end.latest <= at]
            found = self._came_of[key] = max(doubting, default=_NEVER), max(surely, default=_NEVER)
        return found

    def _came_unnamed(self, one: Snapshot, held: "_Hold") -> tuple[Instant, Instant]:
        """As `_came`, of what does not say who lost the place."""
        key = held, one.about, one.voice
        found = self._came_unnamed_of.get(key)
        if found is None:
            at = LATEST if self._at is None else self._at
            endings = [end for end in self._endings.unnamed(one) if end.earliest <= at]
            surely = [end.earliest for end in endings if self._at is None or end.latest <= at]
            doubting = [end.latest for end in endings if end.voice is None and not (held.partly and end.captured)]
            found = self._came_unnamed_of[key] = max(doubting, default=_NEVER), max(surely, default=_NEVER)
        return found


class _Hold(NamedTuple):
    """Who is said to hold a place, or to be absent, at the time that counts: all that hold it together, and one."""

    parties: Parties
    party: Party
    status: ControlStatus
    partly: bool


class _Last:
    """Of each side: the last moment of what is told of it."""

    def __init__(self, last: Mapping[_Hold, Instant]) -> None:
        self._last = last
        self._known: dict[_Hold, Instant] = {}

    @classmethod
    def of(cls, words: Iterable[Snapshot], later: "_LaterWords", moment: Callable[[Span], Instant]) -> "_Last":
        last: dict[_Hold, Instant] = {}
        for one in words:
            hold = later.hold(one)
            last[hold] = max(last.get(hold, _NEVER), moment(_so(one)))
        return cls(last)

    def against(self, held: _Hold, later: "_LaterWords") -> Instant:
        found = self._known.get(held)
        if found is None:
            against = [moment for word, moment in self._last.items() if later.is_against(word, held)]
            found = self._known[held] = max(against, default=_NEVER)
        return found

    def of_side(self, held: _Hold, sides: Sides) -> Instant:
        own = [moment for word, moment in self._last.items() if sides.share_one(word.parties, held.parties)]
        return max(own, default=_NEVER)


class _Begun:
    """Words that certainly began by a moment: whether one of them is certainly later than a hold."""

    def __init__(self, words: Sequence[Snapshot], later: "_LaterWords") -> None:
        self._words, self._later = words, later
        self._last = _Last.of(words, later, _begins)
        self._on_a_day: _OnADay | None = None

    def overtook(self, one: Snapshot, held: _Hold) -> bool:
        if self._last.against(held, self._later) <= _reach(_so(one)):
            return False
        if not one.ends_on_a_day:
            return True
        if self._on_a_day is None:
            self._on_a_day = _OnADay(self._words, self._later)
        return self._on_a_day.overtook(one, held)


class _OnADay:
    """Which words come after a hold that ended on a day, though they may have begun on that day as well: captures, what
    its own voice tells next, and what goes on when that day is over. Another's word of the day itself may be of before.
    """

    def __init__(self, words: Sequence[Snapshot], later: "_LaterWords") -> None:
        self._later = later
        self._taken = _Last.of([one for one in words if one.captured], later, _begins)
        own: dict[Voice, list[Snapshot]] = {}
        reaching: dict[_Hold, list[Span]] = {}
        for one in words:
            own.setdefault(one.voice, []).append(one)
            reaching.setdefault(later.hold(one), []).append(_so(one))
        self._own = {voice: _Last.of(said, later, _begins) for voice, said in own.items()}
        self._reaching = {hold: _Reaching(spans) for hold, spans in reaching.items()}

    def overtook(self, one: Snapshot, held: _Hold) -> bool:
        since, until = _reach(_so(one)), _so(one).latest_end
        last = max(self._taken.against(held, self._later), self._own_last(one.voice, held))
        return last > since or any(
            reaching.beyond(since, until)
            for word, reaching in self._reaching.items()
            if self._later.is_against(word, held)
        )

    def _own_last(self, voice: Voice, held: _Hold) -> Instant:
        return self._own[voice].against(held, self._later) if voice in self._own else _NEVER


class _Reaching:
    """How far at most that reaches which began after a moment."""

    def __init__(self, spans: Iterable[Span]) -> None:
        in_order = sorted(spans, key=_begins)
        self._begins = [so.earliest_start for so in in_order]
        self._furthest = list(accumulate((so.latest_end for so in reversed(in_order)), max))[::-1]

    def beyond(self, since: Instant, until: Instant) -> bool:
        first = bisect_right(self._begins, since)
        return first < len(self._begins) and self._furthest[first] > until


class _Began(NamedTuple):
    """When what governs may first have begun: what is only possible, what is said of the place itself, and any of it.

    What is certain, and began after something, leaves nothing of that open.
    """

    possible: Instant = LATEST
    directly: Instant = LATEST
    ever: Instant = LATEST

    def with_(self, one: Snapshot, state: State) -> "_Began":
        since = EARLIEST if one.so is None else one.so.earliest_start
        possible = min(self.possible, since) if state.state == "possible" else self.possible
        if state.state != "certain":
            since = EARLIEST
        directly = min(self.directly, since) if one.direct or state.state == "possible" else self.directly
        return _Began(possible, directly, min(self.ever, since))

    def may_be_before(self, one: Snapshot, *, established: bool) -> bool:
        so = _so(one)
        if not established:
            return self.possible <= so.latest_end
        return (self.directly if one.direct else self.ever) <= _reach(so)


class _Seen:
    """When each side was there for the last time for certain, by `at`: by the words of one voice, or of any."""

    def __init__(self, words: Iterable[Snapshot], later: "_LaterWords", at: Instant | None) -> None:
        until = LATEST if at is None else at
        seen: dict[Voice | None, dict[_Hold, Instant]] = {}
        for one in words:
            if one.proven is not None and one.proven[0] <= until:
                # Some time on its last day is not until the end of that.
                end = _so(one).earliest_end if one.ends_on_a_day else one.proven[1]
                held, last = later.hold(one), min(end, until)
                for voice in (one.voice, None):
                    of = seen.setdefault(voice, {})
                    of[held] = max(of.get(held, _NEVER), last)
        self._seen = {voice: _Last(last) for voice, last in seen.items()}

    def against(self, held: _Hold, later: "_LaterWords", voice: Voice | None) -> Instant:
        return self._seen[voice].against(held, later) if voice in self._seen else _NEVER


def _so(one: Snapshot) -> Span:
    assert one.so is not None
    return one.so


def _begins(so: Span) -> Instant:
    return so.earliest_start


def _last_certain(so: Span) -> Instant:
    """When it was so for the last time for certain, else when it may first have been."""
    return so.earliest_end if so.latest_start <= so.earliest_end else so.earliest_start


def _reach(so: Span) -> Instant:
    """What begins after this overtakes it: after it began for certain, not before it was so for the last time."""
    return max(so.latest_start, so.earliest_end - 1)
