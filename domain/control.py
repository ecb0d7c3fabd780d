"""control-from-snapshots: who holds a place, stated, presumed or last known; by its first version and its second."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, islice
from typing import Literal

from domain.content import ControlStatus
from domain.holding import RANKS, Held, State, StateName, best_known, governing_by_later_events, holding
from domain.in_force import InForce, Voice
from domain.set_aside import SetAside, age_days, in_order, order
from domain.snapshots import Around, Endings, Sides, Snapshot, ToldSnapshots, is_gone_with, of_one_side, told
from domain.when import EARLIEST, LATEST, Instant, Span

ControlRule = Literal["control-from-snapshots@1", "control-from-snapshots@2"]
CONTROL_FROM_SNAPSHOTS_1: ControlRule = "control-from-snapshots@1"
CONTROL_FROM_SNAPSHOTS: ControlRule = "control-from-snapshots@2"

Verdict = Literal[
    "agreed", "one_voice", "unattributed", "disputed", "order_unknown", "presumed", "last_known", "undated", "unknown"
]
How = Literal["stated", "presumed", "changed", "ended", "last_known"]

_VERDICTS: tuple[Verdict, ...] = ("agreed", "presumed", "last_known", "undated")
# Of the best rank, by how many voices there are.
_BY_VOICES: tuple[Verdict, ...] = ("unattributed", "one_voice", "agreed")


@dataclass(frozen=True, slots=True)
class ControlPicture:
    """`holders` are the actors of the `governing` states; `states` are all snapshots that count, those too.

    `beside` is who contests the place, is present or encircles it: never a holder. `undated` is what has no date,
    where a picture of a moment leaves that out.
    """

    rule: str
    verdict: Verdict
    holders: tuple[str, ...]
    age_days: int | None
    voices: int
    unattributed: int
    governing: tuple[State, ...]
    states: tuple[State, ...]
    beside: tuple[State, ...]
    undated: tuple[State, ...]
    set_aside: tuple[SetAside, ...]


@dataclass(frozen=True, slots=True)
class HeldStretch:
    """A time through which one voice's word comes to the same; `start` and `end` are inclusive.

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
) -> ControlPicture:
    """Who holds `place` at a moment, or at the latest, by the claims about it and about what is around it.

    `undated`: what has no date is in a picture of a moment too, as it always is by the first version.
    """
    found = told(place, claims, around, capped=rule != CONTROL_FROM_SNAPSHOTS_1)
    left_out = [] if rule == CONTROL_FROM_SNAPSHOTS_1 or undated or at is None else _take_undated(found)
    endings = Endings(found.endings, sides)
    following = _following(found.snapshots, at)
    counting = _in_order(
        _not_certainly_earlier(found.snapshots, at, lambda one: (one.about, one.claim.content.claimant))
    )
    states = [(one, _state(one, at, following.get((one.voice, one.about), []), endings)) for one in counting]
    if rule == CONTROL_FROM_SNAPSHOTS_1:
        governing, unsure = best_known(holding(states, sides)), False
    else:
        governing, unsure = governing_by_later_events(states, endings, sides, at)
    beside = _in_order(_not_certainly_earlier(found.beside, at, lambda one: (one.voice, one.actor, one.status)))
    voices = {one.voice for one, _ in governing}
    attributed = sum(voice.attributed for voice in voices)
    verdict = _verdict(governing, states, sides, unsure) if governing else _of_nothing(states, endings, sides, at)
    if verdict == "agreed" and rule != CONTROL_FROM_SNAPSHOTS_1:
        verdict = _BY_VOICES[min(attributed, 2)]
    ages = [state.age_days for _, state in governing if state.age_days is not None]
    return ControlPicture(
        rule,
        verdict,
        tuple(sorted({one.actor for one, _ in governing if one.actor is not None})),
        min(ages, default=None) if verdict == "last_known" else None,
        attributed,
        len(voices) - attributed,
        tuple(state for _, state in governing),
        tuple(state for _, state in states),
        tuple(_stated(one, at) or _last_known(one, at) for one in beside),
        tuple(_named(one, "undated") for one in _in_order(left_out)),
        in_order(found.aside),
    )


control_1 = partial(control, rule=CONTROL_FROM_SNAPSHOTS_1)


def _take_undated(found: ToldSnapshots) -> list[Snapshot]:
    """What has no date, taken out of what was told."""
    left_out = [one for one in (*found.snapshots, *found.beside) if one.so is None]
    found.snapshots = [one for one in found.snapshots if one.so is not None]
    found.beside = [one for one in found.beside if one.so is not None]
    return left_out


def _in_order(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    return sorted(
        snapshots, key=lambda one: (order(one.claim), one.actor or "", one.so.earliest_start if one.so else 0)
    )


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


def _following(snapshots: Iterable[Snapshot], at: Instant | None) -> dict[tuple[Voice, str], list[Snapshot]]:
    """Of each voice, about each place: what it says to have begun first after `at`."""
    found: dict[tuple[Voice, str], list[Snapshot]] = {}
    for one in snapshots:
        if at is not None and one.so is not None and one.so.earliest_start > at:
            follows = found.setdefault((one.voice, one.about), [])
            if follows and one.so.earliest_start < _begins(follows):
                follows.clear()
            if not follows or one.so.earliest_start == _begins(follows):
                follows.append(one)
    return found


def _begins(follows: Sequence[Snapshot]) -> Instant:
    so = follows[0].so
    assert so is not None
    return so.earliest_start


def _named(one: Snapshot, state: StateName, age: int | None = None, by: str | None = None) -> State:
    return State(one.claim, one.actor, one.status, one.extent, one.direct, state, age, by, one.capped)


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


def _state(one: Snapshot, at: Instant | None, follows: Sequence[Snapshot], endings: Endings) -> State:
    stated = _stated(one, at)
    if stated is not None:
        return stated
    ended = endings.first(one)
    how = _how(one, follows, ended)
    if ended is not None and how != "presumed" and (at is None or ended[0] <= at):
        return _named(one, "ended", by=ended[1])
    if how == "last_known":
        return _last_known(one, at)
    return _named(one, how, by=min(next_.claim.claim for next_ in follows))


def _how(
    one: Snapshot, follows: Sequence[Snapshot], ended: tuple[Instant, str] | None
) -> Literal["presumed", "changed", "last_known"]:
    """What a snapshot comes to before what follows, and before anything has ended it."""
    if not follows:
        return "last_known"
    if not all(one.says_the_same(next_) for next_ in follows):
        return "changed"
    return "presumed" if ended is None or ended[0] >= _begins(follows) else "last_known"


def _verdict(governing: Sequence[Held], states: Sequence[Held], sides: Sides, unsure: bool) -> Verdict:
    proven = [one for one, state in governing if state.state == "certain"]
    gone = {one.actor for one, state in states if one.status == "absent" and one.direct and state.state == "certain"}
    if _exclude_each_other(proven, sides) or any(
        is_gone_with(actor, one.actor, sides) for one in proven for actor in gone
    ):
        return "disputed"
    if unsure or _exclude_each_other([one for one, _ in governing], sides):
        return "order_unknown"
    return _VERDICTS[max(RANKS[state.state] for _, state in governing)]


def _of_nothing(states: Sequence[Held], endings: Endings, sides: Sides, at: Instant | None) -> Verdict:
    """Captures that may each have come after the other end one another: which was the last is what is not known."""
    last = [
        one
        for one, state in states
        if state.state == "ended"
        and (one.direct, one.status, one.claim.content.kind) == (True, "controls", "occurrence")
        and not endings.certainly_after(one, at)
    ]
    return "order_unknown" if _exclude_each_other(last, sides) else "unknown"


def _exclude_each_other(held: Iterable[Snapshot], sides: Sides) -> bool:
    """Whether two of them name different sides, neither with a part or pockets only."""
    actors = {one.actor for one in held if one.actor is not None and not one.partly}
    return any(not of_one_side(one, other, sides) for one, other in combinations(sorted(actors), 2))


def timeline(
    place: str,
    claims: Sequence[InForce],
    around: Around,
    sides: Sides,
    *,
    rule: ControlRule = CONTROL_FROM_SNAPSHOTS,
) -> tuple[VoiceTimeline, ...]:
    """Who is said to hold `place`, through all time, by each voice; those of an unattributed report last."""
    found = told(place, claims, around, capped=rule != CONTROL_FROM_SNAPSHOTS_1)
    endings = Endings(found.endings, sides)
    spoken: dict[Voice, dict[str, list[Snapshot]]] = {}
    for one in _in_order(found.snapshots):
        spoken.setdefault(one.voice, {}).setdefault(one.about, []).append(one)
    lines = []
    for voice in sorted(spoken, key=lambda voice: (not voice.attributed, *(name or "" for name in voice))):
        stretches = [stretch for about in spoken[voice].values() for stretch in _stretches(about, endings)]
        lines.append(VoiceTimeline(voice, tuple(sorted(_merged(stretches), key=_by_time))))
    return tuple(lines)


def _by_time(stretch: HeldStretch) -> tuple[Instant, Instant, str, str, str, str]:
    return stretch.start, stretch.end, stretch.about, stretch.how, stretch.status, stretch.actor or ""


def _stretches(snapshots: Sequence[Snapshot], endings: Endings) -> Iterable[HeldStretch]:
    """One voice's about one place: what it states, and what that comes to where it states nothing."""
    for one in snapshots:
        start, end = (EARLIEST, LATEST) if one.so is None else (one.so.earliest_start, one.so.latest_end)
        yield _stretch(one, start, end, "stated", proven=one.proven is not None)
    dated = sorted(
        ((one.so, one) for one in snapshots if one.so is not None), key=lambda spanned: spanned[0].earliest_start
    )
    since, reach = 0, EARLIEST
    for index, (so, _) in enumerate(dated):
        reach = max(reach, so.latest_end)
        begins = dated[index + 1][0].earliest_start if index + 1 < len(dated) else None
        if reach < LATEST if begins is None else begins > reach + 1:
            follows = [] if begins is None else _beginning_with(index + 1, dated)
            for earlier, one in dated[since : index + 1]:
                if earlier.latest_end >= so.earliest_start:
                    yield from _gap(one, reach + 1, LATEST if begins is None else begins - 1, follows, endings)
        if begins is not None and begins > reach:
            since = index + 1


def _beginning_with(index: int, dated: Sequence[tuple[Span, Snapshot]]) -> list[Snapshot]:
    found: list[Snapshot] = []
    for so, one in islice(dated, index, None):
        if so.earliest_start != dated[index][0].earliest_start:
            break
        found.append(one)
    return found


def _gap(
    one: Snapshot, start: Instant, end: Instant, follows: Sequence[Snapshot], endings: Endings
) -> Iterable[HeldStretch]:
    ended = endings.first(one)
    how = _how(one, follows, ended)
    until = end
    if ended is not None and how != "presumed" and ended[0] <= end:
        until = max(ended[0], start) - 1
        yield _stretch(one, until + 1, end, "ended", ended[1])
    if start <= until:
        next_ = () if how == "last_known" else tuple(dict.fromkeys(next_.claim.claim for next_ in follows))
        yield _stretch(one, start, until, how, *next_)


def _stretch(one: Snapshot, start: Instant, end: Instant, how: How, *by: str, proven: bool = False) -> HeldStretch:
    claims = (one.claim.claim, *by)
    return HeldStretch(start, end, one.status, one.actor, one.direct, one.about, how, claims, proven)


def _merged(stretches: Iterable[HeldStretch]) -> Iterable[HeldStretch]:
    """Several claims that come to the same are one stretch."""
    found: dict[tuple[Hashable, ...], HeldStretch] = {}
    for one in stretches:
        key = (one.start, one.end, one.status, one.actor, one.about, one.how)
        before = found.get(key)
        if before is not None:
            claims = tuple(dict.fromkeys((*before.claims, *one.claims)))
            one = replace(before, claims=claims, proven=before.proven or one.proven)
        found[key] = one
    return found.values()
