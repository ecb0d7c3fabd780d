"""Who is said to hold a place through all time, voice by voice: what it states, and what that comes to in its gaps."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from domain.content import ControlStatus, Extent, Hedge
from domain.control import CONTROL_FROM_SNAPSHOTS, CONTROL_FROM_SNAPSHOTS_1, ControlRule
from domain.control_states import how_it_goes_on, snapshots_in_order, worlds
from domain.either_side import is_less_known
from domain.in_force import InForce, Voice
from domain.made_old import MakingOld, begins
from domain.sides import Sides
from domain.snapshots import Around, Endings, Snapshot, told
from domain.when import EARLIEST, LATEST, Instant, Span

How = Literal["stated", "presumed", "changed", "ended", "last_known"]


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
    for world in worlds(found):
        by_sides = [sides] if as_first or sides.certainly is sides else [sides, sides.certainly]
        endings = [Endings(world.endings, each) for each in by_sides]
        said: dict[tuple[Voice, str], list[Snapshot]] = {}
        for one in (*snapshots_in_order(world.snapshots), *snapshots_in_order(world.until)):
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
    snapshots: Sequence[Snapshot], own: Callable[[Snapshot], bool], endings: Sequence[Endings], *, as_first: bool
) -> Iterable[HeldStretch]:
    """One voice's about one place: what it states, and what that comes to where it states nothing; of its `own`.

    `endings`: by whoever may be of one side, and, if that is not the same, by who certainly is.
    """
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
                        gaps = [
                            [
                                part
                                for first, end, next_ in _pieces(one, reach + 1, last, [*turns, *follows], each)
                                for part in _gap(one, first, end, next_, each, as_first=as_first)
                            ]
                            for each in endings
                        ]
                        yield from gaps[0] if len(gaps) == 1 else _either_way(*gaps)
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
    how, next_words = how_it_goes_on(one, follows, ended, endings, as_first=as_first)
    until = end
    if ended is not None and how != "presumed" and ended[0] <= end:
        until = max(ended[0], start) - 1
        yield _stretch(one, until + 1, end, "ended", ended[1])
    if start <= until:
        next_ = () if how == "last_known" else tuple(dict.fromkeys(next_.claim.claim for next_ in next_words))
        yield _stretch(one, start, until, how, *next_)


def _either_way(ones: Sequence[HeldStretch], others: Sequence[HeldStretch]) -> Iterable[HeldStretch]:
    """One gap, told twice: of each time what is less known of it."""
    found: list[HeldStretch] = []
    for start in sorted({part.start for part in (*ones, *others)}):
        one, other = (next(part for part in told if part.start <= start <= part.end) for told in (ones, others))
        part = replace(one if _is_less_known(one, other) else other, start=start, end=min(one.end, other.end))
        if found and replace(part, start=found[-1].start) == replace(found[-1], end=part.end):
            found[-1] = replace(found[-1], end=part.end)
        else:
            found.append(part)
    return found


def _is_less_known(one: HeldStretch, other: HeldStretch) -> bool:
    # What is stated is no gap.
    assert one.how != "stated"
    assert other.how != "stated"
    return is_less_known(one.how, other.how)


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
