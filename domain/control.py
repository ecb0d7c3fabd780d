"""control-from-snapshots: who holds a place, stated, presumed or last known; by its first version and its second."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Literal, NamedTuple, TypeVar

from domain.agreement import Hold, apart, holds_of, naming_all, voices_of
from domain.content import ControlStatus, Extent, Hedge
from domain.holding import RANKS, Held, State, StateName, best_known, holding
from domain.in_force import InForce, Voice
from domain.later_words import governing_by_later_words
from domain.made_old import MakingOld, NextWords, begins
from domain.origins import OriginsCounted
from domain.set_aside import Order, SetAside, age_days, in_order, order
from domain.sides import Sides
from domain.snapshots import Around, Ending, Endings, Snapshot, ToldSnapshots, told
from domain.when import EARLIEST, LATEST, Instant, Span

ControlRule = Literal["control-from-snapshots@1", "control-from-snapshots@2"]
CONTROL_FROM_SNAPSHOTS_1: ControlRule = "control-from-snapshots@1"
CONTROL_FROM_SNAPSHOTS: ControlRule = "control-from-snapshots@2"

Verdict = Literal[
    "agreed", "differ", "one_voice", "unattributed", "disputed", "order_unknown", "presumed", "last_known", "undated",
    "unknown",
]  # fmt: skip
How = Literal["stated", "presumed", "changed", "ended", "last_known"]

_Said = TypeVar("_Said", bound=Hashable)
_VERDICTS: tuple[Verdict, ...] = ("agreed", "presumed", "last_known", "undated")


@dataclass(frozen=True, slots=True)
class ControlPicture:
    """`holders` are the actors of the `governing` states; `states` are all snapshots that count, those too.

    `holds` says of each holder how much of the place it is said to hold, and by how many. An absence that disputes a
    holder, or leaves it open, governs too. A state with a `hedge` governs only where none without one does.

    `beside` is who contests the place, is present, encircles it, is absent from a part or withdrew, and captures of
    which it is not said by whom: never a holder. `undated` is what has no date, where a picture of a moment leaves that
    out. `changed`: where nobody is known to hold it, who was last, if it changed hands since at an unknown time.
    """

    rule: str
    verdict: Verdict
    holders: tuple[str, ...]
    holds: tuple[Hold, ...]
    age_days: int | None
    voices: int
    unattributed: int
    governing: tuple[State, ...]
    states: tuple[State, ...]
    beside: tuple[State, ...]
    undated: tuple[State, ...]
    set_aside: tuple[SetAside, ...]
    changed: tuple[State, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldStretch:
    """A time through which one voice's word comes to the same; `start` and `end` are inclusive.

    `extent`: how much of the place, `hedge`: how it is said; the first version of the rule does not tell.

    `claims` are the snapshots, then what ended them or comes next. `proven`: part of it at least is no guess.
    """

    start: Instant
    end: Instant
    status: ControlStatus
    actor: str | None
    direct: bool
    about: str
    how: How
    claims: tuple[str, ...]
    proven: bool
    extent: Extent | None = None
    hedge: Hedge | None = None


@dataclass(frozen=True, slots=True)
class VoiceTimeline:
    voice: Voice
    stretches: tuple[HeldStretch, ...]


def control(
    place: str,
    claims: Sequence[InForce],
    around: Around,
    sides: Sides,
    at: Instant | None,
    *,
    rule: ControlRule = CONTROL_FROM_SNAPSHOTS,
    undated: bool = False,
    surely: Around | None = None,
) -> ControlPicture:
    """Who holds `place` at a moment, or at the latest, by the claims about it and about what is around it.

    `surely`: when it certainly lay in that, if it is not always as `around` has it.
    `undated`: what has no date is in a picture of a moment too, as it always is by the first version.
    """
    as_first = rule == CONTROL_FROM_SNAPSHOTS_1
    found = told(place, claims, around, as_first=as_first, surely=surely)
    left_out = [] if as_first or undated or at is None else _take_undated(found)
    states: list[Held] = []
    governing: list[Held] = []
    verdict: Verdict = "unknown"
    for world in _worlds(found):
        endings = Endings(world.endings, sides)
        states += _states(world, at, endings, as_first=as_first)
        if not governing:
            governing, verdict = _judged(world.snapshots, states, endings, sides, at, as_first=as_first)
    states.sort(key=lambda held: _place_in_order(held[0]))
    beside = _beside(found, at, {state.by for _, state in states if state.state == "ended"})
    if not as_first:
        beside = list(_not_over(beside, found.endings, sides, at))
    voices, unattributed = _voices(governing, claims, rule)
    if verdict == "agreed" and not as_first:
        naming = naming_all([one for one, _ in governing], sides, at)
        agreeing, _ = _voices([held for held in governing if held[0].voice in naming], claims, rule)
        verdict = (
            "unattributed" if not voices else "one_voice" if voices == 1 else "agreed" if agreeing > 1 else "differ"
        )
    ages = [state.age_days for _, state in governing if state.age_days is not None]
    holds = holds_of((one for one, _ in governing), claims)
    return ControlPicture(
        rule,
        verdict,
        tuple(hold.actor for hold in holds),
        holds,
        min(ages, default=None) if verdict == "last_known" else None,
        voices,
        unattributed,
        tuple(state for _, state in governing),
        tuple(state for _, state in states),
        tuple(_stated(one, at) or _last_known(one, at) for one in beside),
        tuple(_named(one, "undated") for one in _in_order(left_out)),
        in_order(found.aside),
        () if as_first or verdict != "unknown" else _changed(states),
    )


def _changed(states: Iterable[Held]) -> tuple[State, ...]:
    """Of all that were known to hold it, those who were last, if nothing came since but their voice's next word."""
    held = [(one.so.latest_end, state) for one, state in states if one.status == "controls" and one.actor and one.so]
    last = max((end for end, _ in held), default=EARLIEST)
    return tuple(state for end, state in held if end == last and state.state == "changed")


class _World(NamedTuple):
    """Words that bear on one another: `own` are those of which states are told by them."""

    snapshots: list[Snapshot]
    until: list[Snapshot]
    endings: list[Ending]
    own: Callable[[Snapshot], bool]


def _worlds(found: ToldSnapshots) -> list[_World]:
    """First of the words that somebody vouches for, which no other bears on; then, if there are any, of all."""
    firm, until = ([one for one in those if one.hedge is None] for those in (found.snapshots, found.until))
    ends = [one for one in found.endings if one.firm]
    worlds = [_World(firm, until, ends, lambda one: one.hedge is None)]
    if len(firm) < len(found.snapshots):
        worlds.append(_World(found.snapshots, found.until, found.endings, lambda one: one.hedge is not None))
    return worlds


def _states(world: _World, at: Instant | None, endings: Endings, *, as_first: bool) -> list[Held]:
    making_old = MakingOld(as_first)
    following = NextWords([*world.snapshots, *world.until], at, making_old)
    counting = _in_order(filter(world.own, making_old.left(world.snapshots, at)))
    return [(one, _state(one, at, following.after(one), endings, as_first=as_first)) for one in counting]


def _judged(
    snapshots: Sequence[Snapshot],
    states: Sequence[Held],
    endings: Endings,
    sides: Sides,
    at: Instant | None,
    *,
    as_first: bool,
) -> tuple[list[Held], Verdict]:
    if as_first:
        governing = best_known(holding(states, sides, at))
        return governing, _verdict_1(governing, states, endings, sides, at)
    words = [one for one in snapshots if one.so is not None and (at is None or one.so.earliest_start <= at)]
    governing, unsure, left = governing_by_later_words(states, words, endings, sides, at)
    disputing = [*_disputing(governing, states, sides, at), *_denied(governing, left, sides, at)]
    known = {id(one) for one, _ in governing}
    governing = [*governing, *(held for held in disputing if id(held[0]) not in known)]
    return governing, _verdict(governing, sides, at, disputed=bool(disputing), unsure=unsure)


def _beside(found: ToldSnapshots, at: Instant | None, ended: Set[str | None]) -> list[Snapshot]:
    """Of each voice what is not certainly earlier, of those with a hedge than any; and whatever made an end."""
    firm = [one for one in found.beside if one.hedge is None]
    left = _not_certainly_earlier(firm, at, _what_is_beside)
    left += (one for one in _not_certainly_earlier(found.beside, at, _what_is_beside) if one.hedge is not None)
    known = {id(one) for one in left}
    left += (one for one in found.beside if one.claim.claim in ended and id(one) not in known)
    return _in_order(left)


def _not_over(
    beside: Sequence[Snapshot], endings: Sequence[Ending], sides: Sides, at: Instant | None
) -> Iterator[Snapshot]:
    """What is beside, but for who encircles the place, contests it or is absent from a part, and took it since."""
    firm, every = Endings([one for one in endings if one.firm], sides), Endings(endings, sides)
    for one in beside:
        if one.captured or one.status == "present" or not (firm if one.hedge is None else every).took_it(one, at):
            yield one


def _what_is_beside(one: Snapshot) -> Hashable:
    return one.voice, one.actor, one.status, one.captured


def _voices(governing: Sequence[Held], claims: Sequence[InForce], rule: ControlRule) -> OriginsCounted:
    """How many say so, since the second version one origin once."""
    if rule == CONTROL_FROM_SNAPSHOTS_1:
        attributed = {one.voice for one, _ in governing if one.voice.attributed}
        return OriginsCounted(len(attributed), len({one.voice for one, _ in governing} - attributed))
    return voices_of((one for one, _ in governing), claims)


control_1 = partial(control, rule=CONTROL_FROM_SNAPSHOTS_1)


def _take_undated(found: ToldSnapshots) -> list[Snapshot]:
    """What has no date, taken out of what was told."""
    left_out = [one for one in (*found.snapshots, *found.beside) if one.so is None]
    found.snapshots = [one for one in found.snapshots if one.so is not None]
    found.beside = [one for one in found.beside if one.so is not None]
    return left_out


def _in_order(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    return sorted(snapshots, key=_place_in_order)


def _place_in_order(one: Snapshot) -> tuple[Order, str, Instant]:
    return order(one.claim), one.actor or "", one.so.earliest_start if one.so else 0


def _not_certainly_earlier(
    snapshots: Iterable[Snapshot], at: Instant | None, together: Callable[[Snapshot], Hashable]
) -> list[Snapshot]:
    """Those that may have begun by `at` and are not certainly earlier than another of those `together` with them."""
    begun = [one for one in snapshots if at is None or one.so is None or one.so.earliest_start <= at]
    newest: dict[Hashable, Instant] = {}
    for one in begun:
        if one.so is not None:
            key = together(one)
            newest[key] = max(newest.get(key, EARLIEST), one.so.earliest_start)
    return [one for one in begun if one.so is None or one.so.latest_end >= newest[together(one)]]


def _named(one: Snapshot, state: StateName, age: int | None = None, by: str | None = None) -> State:
    return State(one.claim, one.actor, one.status, one.extent, one.direct, state, age, by, one.capped, one.hedge)


def _stated(one: Snapshot, at: Instant | None) -> State | None:
    """What a claim itself says of `at`, None if it says nothing."""
    if one.so is None:
        return _named(one, "undated")
    if at is None:
        return None
    if one.proven is not None and one.proven[0] <= at <= one.proven[1]:
        return _named(one, "certain")
    return _named(one, "possible") if one.so.earliest_start <= at <= one.so.latest_end else None


def _last_known(one: Snapshot, at: Instant | None) -> State:
    assert one.so is not None
    return _named(one, "last_known", None if at is None else age_days(one.so.latest_end, at))


def _state(
    one: Snapshot, at: Instant | None, follows: Sequence[Snapshot], endings: Endings, *, as_first: bool
) -> State:
    stated = _stated(one, at)
    if stated is not None:
        if as_first or at is None or stated.state != "certain" or one.certain_throughout(at, at):
            return stated
        # Of a day it is known that it was so then, not when: what may have come on that day may have ended it.
        assert one.so is not None
        ended = endings.first(one, one.so.earliest_start)
        return _named(one, "possible") if ended is not None and ended[0] <= at else stated
    ended = endings.first(one)
    how, next_words = _how(one, follows, ended, endings, as_first=as_first)
    if ended is not None and how != "presumed" and (at is None or ended[0] <= at):
        return _named(one, "ended", by=ended[1])
    if how == "last_known":
        return _last_known(one, at)
    named = _named(one, how, by=min(next_.claim.claim for next_ in next_words))
    assert one.so is not None
    return replace(named, between=(one.so.latest_end, begins(next_words))) if how == "changed" else named


def _how(
    one: Snapshot,
    follows: Sequence[Snapshot],
    ended: tuple[Instant, str] | None,
    endings: Endings,
    *,
    as_first: bool,
) -> tuple[Literal["presumed", "changed", "last_known"], Sequence[Snapshot]]:
    """What a snapshot comes to before what follows, and before anything has ended it; with what tells of that."""
    told = follows if as_first else [next_ for next_ in follows if endings.bears(next_, one)]
    # Who held it until something happened is told of the very time before that; by whom it was held then, of that day.
    told = [next_ for next_ in told if next_.until is not None] or told
    if not told:
        return "last_known", ()
    by_event = told[0].until is not None
    same = [one.says_the_same(next_) and (as_first or one.partly == next_.partly) for next_ in told]
    if any(same) if by_event else all(same):
        return "presumed" if ended is None or ended[0] >= begins(told) else "last_known", told
    if not as_first and ended is not None and ended[0] <= _changed_by(told):
        # It is known when it changed.
        return "last_known", told
    return "changed", told


def _changed_by(told: Sequence[Snapshot]) -> Instant:
    """What came no later than this was before all that is told: before the event, or before they may first have held
    it for certain.
    """
    begun = [next_.so.earliest_start - 1 if next_.until else next_.so.latest_start for next_ in told if next_.so]
    return min(begun)


def _verdict_1(
    governing: Sequence[Held], states: Sequence[Held], endings: Endings, sides: Sides, at: Instant | None
) -> Verdict:
    if not governing:
        last = [
            one
            for one, state in states
            if state.state == "ended"
            and (one.direct, one.status, one.captured) == (True, "controls", True)
            and not endings.certainly_after(one, at)
        ]
        return "order_unknown" if apart(last, sides, at) else "unknown"
    proven = [one for one, state in governing if state.state == "certain"]
    gone = {
        one.party(sides, at)
        for one, state in states
        if one.status == "absent" and one.direct and one.actor is not None and state.state == "certain"
    }
    if apart(proven, sides, at) or any(
        sides.is_part(one.party(sides, at), absent) for one in proven for absent in gone
    ):
        return "disputed"
    if apart((one for one, _ in governing), sides, at):
        return "order_unknown"
    return _VERDICTS[max(RANKS[state.state] for _, state in governing)]


def _verdict(governing: Sequence[Held], sides: Sides, at: Instant | None, *, disputed: bool, unsure: bool) -> Verdict:
    held = [(one, state) for one, state in governing if one.status == "controls"]
    if disputed:
        return "disputed"
    if unsure or apart((one for one, _ in held), sides, at):
        return "order_unknown"
    if not held:
        return "unknown"
    return _VERDICTS[max(RANKS[state.state] for _, state in held)]


def _disputing(governing: Sequence[Held], states: Sequence[Held], sides: Sides, at: Instant | None) -> list[Held]:
    """Those that cannot both be right, by two voices, and both proven: holders, or a holder and an absence of it."""
    proven = [(one, state) for one, state in governing if state.state == "certain" and one.status == "controls"]
    absences = [
        (one, state)
        for one, state in states
        if (one.status, one.direct, state.state) == ("absent", True, "certain") and one.actor is not None
    ]
    holders = _by_what((one.parties(sides, at), one) for one, _ in proven if not one.partly)
    gone = _by_what((one.party(sides, at), one) for one, _ in absences)
    denied = _by_what((one.party(sides, at), one) for one, _ in proven)

    def excluded(one: Snapshot) -> bool:
        mine = one.parties(sides, at)
        return not one.partly and any(
            _contradicts(one, words) for parties, words in holders.items() if not sides.share_one(mine, parties)
        )

    def is_gone(one: Snapshot) -> bool:
        mine = one.party(sides, at)
        return any(_contradicts(one, words) for party, words in gone.items() if sides.is_part(mine, party))

    def is_denied(one: Snapshot) -> bool:
        mine = one.party(sides, at)
        return any(_contradicts(one, words) for party, words in denied.items() if sides.is_part(party, mine))

    found = [held for held in proven if excluded(held[0]) or is_gone(held[0])]
    return [*found, *(held for held in absences if is_denied(held[0]))]


def _denied(governing: Sequence[Held], left: Sequence[Held], sides: Sides, at: Instant | None) -> list[Held]:
    """What is known to have been so before, while another voice says that it was held by others from then until now.

    Who says so tells of no return: he denies it.
    """
    if at is None:
        return []
    holders = [one for one, state in governing if state.state == "certain" and one.status == "controls"]

    def excludes(one: Snapshot, holder: Snapshot) -> bool:
        if one.status == "absent":
            return sides.is_part(holder.party(sides, at), one.party(sides, at))
        return not holder.partly and not sides.share_one(one.parties(sides, at), holder.parties(sides, at))

    def denied(one: Snapshot, since: Instant) -> bool:
        others = [other for other in holders if other.voice != one.voice and excludes(one, other)]
        others = [other for other in others if one.direct or not other.direct]
        return any(
            other.proven is not None and other.proven[0] <= since and one.is_of_time_of(other) for other in others
        )

    return [
        (one, state)
        for one, state in left
        if not one.partly
        and state.state in ("presumed", "last_known")
        and one.proven is not None
        and denied(one, one.proven[0])
    ]


def _contradicts(one: Snapshot, others: Iterable[Snapshot]) -> bool:
    return any(other.voice != one.voice and one.is_of_time_of(other) for other in others)


def _by_what(said: Iterable[tuple[_Said, Snapshot]]) -> dict[_Said, Collection[Snapshot]]:
    """Of those who say the same of one time in one way, one stands for all."""
    found: dict[_Said, dict[Hashable, Snapshot]] = {}
    for what, one in said:
        found.setdefault(what, {}).setdefault((one.voice, one.captured, one.so), one)
    return {what: words.values() for what, words in found.items()}


def timeline(
    place: str,
    claims: Sequence[InForce],
    around: Around,
    sides: Sides,
    *,
    rule: ControlRule = CONTROL_FROM_SNAPSHOTS,
    surely: Around | None = None,
) -> tuple[VoiceTimeline, ...]:
    """Who is said to hold `place`, through all time, by each voice; those of an unattributed report last."""
    as_first = rule == CONTROL_FROM_SNAPSHOTS_1
    found = told(place, claims, around, as_first=as_first, surely=surely)
    spoken: dict[Voice, list[HeldStretch]] = {}
    for world in _worlds(found):
        endings = Endings(world.endings, sides)
        said: dict[tuple[Voice, str], list[Snapshot]] = {}
        for one in (*_in_order(world.snapshots), *_in_order(world.until)):
            said.setdefault((one.voice, one.about), []).append(one)
        for (voice, _), about in said.items():
            stretches = _stretches(about, world.own, endings, as_first=as_first)
            spoken.setdefault(voice, []).extend(stretches)
    lines = []
    for voice in sorted(spoken, key=lambda voice: (not voice.attributed, *(name or "" for name in voice))):
        told_by = [replace(one, extent=None) for one in spoken[voice]] if as_first else spoken[voice]
        lines.append(VoiceTimeline(voice, tuple(sorted(_merged(told_by), key=_by_time))))
    return tuple(lines)


def _by_time(stretch: HeldStretch) -> tuple[Instant, Instant, str, str, str, str, str, str]:
    what = (stretch.about, stretch.how, stretch.status, stretch.actor or "", stretch.extent or "", stretch.hedge or "")
    return stretch.start, stretch.end, *what


def _stretches(
    snapshots: Sequence[Snapshot], own: Callable[[Snapshot], bool], endings: Endings, *, as_first: bool
) -> Iterable[HeldStretch]:
    """One voice's about one place: what it states, and what that comes to where it states nothing; of its `own`."""
    for one in snapshots:
        if not own(one) or one.until is not None:
            continue
        start, end = (EARLIEST, LATEST) if one.so is None else (one.so.earliest_start, one.so.latest_end)
        yield _stretch(one, start, end, "stated", proven=one.proven is not None)
    for bearing in MakingOld(as_first).bearing(snapshots):
        held = [each for each in bearing if each[1].until is None]
        until = [each for each in bearing if each[1].until is not None]
        since, reach = 0, EARLIEST
        for index, (so, _, _) in enumerate(held):
            reach = max(reach, so.latest_end)
            following = held[index + 1][0].earliest_start if index + 1 < len(held) else None
            if reach < LATEST if following is None else following > reach + 1:
                last = LATEST if following is None else following - 1
                follows = [] if following is None else _beginning_with(index + 1, held)
                turns = _between(reach + 1, last, until)
                for earlier, one, told_here in held[since : index + 1]:
                    if told_here and own(one) and earlier.latest_end >= so.earliest_start:
                        for first, end, next_ in _pieces(one, reach + 1, last, [*turns, *follows], endings):
                            yield from _gap(one, first, end, next_, endings, as_first=as_first)
            if following is not None and following > reach:
                since = index + 1


def _between(first: Instant, last: Instant, until: Sequence[tuple[Span, Snapshot, bool]]) -> list[Snapshot]:
    """What tells who held it until something happened that may first have been in a gap, or just after it."""
    start = bisect_right(until, first, key=lambda each: each[0].earliest_start)
    found: list[Snapshot] = []
    for so, one, _ in islice(until, start, None):
        if so.earliest_start > last + 1:
            break
        found.append(one)
    return found


def _pieces(
    one: Snapshot, first: Instant, last: Instant, follows: Sequence[Snapshot], endings: Endings
) -> Iterable[tuple[Instant, Instant, list[Snapshot]]]:
    """A gap after a snapshot, in the pieces through which its voice's next words are the same."""
    by_begin: dict[Instant, list[Snapshot]] = {}
    for next_ in follows:
        if next_.until is None or endings.bears(next_, one):
            by_begin.setdefault(begins([next_]), []).append(next_)
    for begin, next_words in sorted(by_begin.items(), key=lambda each: each[0]):
        yield first, min(begin - 1, last), next_words
        first = begin
    if first <= last:
        yield first, last, []


def _beginning_with(index: int, dated: Sequence[tuple[Span, Snapshot, bool]]) -> list[Snapshot]:
    found: list[Snapshot] = []
    for so, one, _ in islice(dated, index, None):
        if so.earliest_start != dated[index][0].earliest_start:
            break
        found.append(one)
    return found


def _gap(
    one: Snapshot,
    start: Instant,
    end: Instant,
    follows: Sequence[Snapshot],
    endings: Endings,
    *,
    as_first: bool,
) -> Iterable[HeldStretch]:
    ended = endings.first(one)
    how, next_words = _how(one, follows, ended, endings, as_first=as_first)
    until = end
    if ended is not None and how != "presumed" and ended[0] <= end:
        until = max(ended[0], start) - 1
        yield _stretch(one, until + 1, end, "ended", ended[1])
    if start <= until:
        next_ = () if how == "last_known" else tuple(dict.fromkeys(next_.claim.claim for next_ in next_words))
        yield _stretch(one, start, until, how, *next_)


def _stretch(one: Snapshot, start: Instant, end: Instant, how: How, *by: str, proven: bool = False) -> HeldStretch:
    claims = (one.claim.claim, *by)
    return HeldStretch(
        start, end, one.status, one.actor, one.direct, one.about, how, claims, proven, one.extent, one.hedge
    )


def _merged(stretches: Iterable[HeldStretch]) -> Iterable[HeldStretch]:
    """Several claims that come to the same are one stretch."""
    found: dict[tuple[Hashable, ...], HeldStretch] = {}
    for one in stretches:
        key = (one.start, one.end, one.status, one.actor, one.about, one.how, one.extent, one.hedge)
        before = found.get(key)
        if before is not None:
            claims = tuple(dict.fromkeys((*before.claims, *one.claims)))
            one = replace(before, claims=claims, proven=before.proven or one.proven)
        found[key] = one
    return found.values()
