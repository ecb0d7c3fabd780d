"""control-from-snapshots: who holds a place, stated, presumed or last known; by its first version and its second."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Literal

from domain.agreement import Hold, apart, holds_of, naming_all, voices_of
from domain.control_states import (
    as_last_known,
    place_in_order,
    snapshots_in_order,
    state_named,
    states_of,
    what_it_states,
    worlds,
)
from domain.disputes import denied_by_others, disputing
from domain.either_side import PLAIN, BaseVerdict, Judged, of_either
from domain.holding import RANKS, Held, State, best_known, holding
from domain.in_force import InForce
from domain.later_words import governing_by_later_words
from domain.origins import OriginsCounted
from domain.set_aside import SetAside, in_order
from domain.sides import Sides
from domain.snapshots import Around, Ending, Endings, Snapshot, ToldSnapshots, told
from domain.when import EARLIEST, Instant

ControlRule = Literal["control-from-snapshots@1", "control-from-snapshots@2"]
CONTROL_FROM_SNAPSHOTS_1: ControlRule = "control-from-snapshots@1"
CONTROL_FROM_SNAPSHOTS: ControlRule = "control-from-snapshots@2"

Verdict = Literal[
    "agreed", "differ", "one_voice", "unattributed", "disputed", "order_unknown", "presumed", "last_known", "undated",
    "unknown",
]  # fmt: skip


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
    judged = _judged_by(found, sides, at, as_first=as_first)
    certainly = sides if as_first else sides.certainly
    if certainly is not sides:
        judged = of_either(judged, _judged_by(found, certainly, at, as_first=as_first))
    states = sorted(judged.states, key=lambda held: place_in_order(held[0]))
    governing = judged.governing
    verdict: Verdict = judged.verdict
    beside = _beside(found, at, {state.by for _, state in states if state.state == "ended"})
    if not as_first:
        beside = list(_not_over(beside, found.endings, certainly, at))
    voices, unattributed = _voices(governing, claims, rule)
    if verdict == "agreed" and not as_first:
        naming = naming_all([one for one, _ in governing], certainly, at)
        agreeing, _ = _voices([held for held in governing if held[0].voice in naming], claims, rule)
        verdict = (
            "unattributed" if not voices else "one_voice" if voices == 1 else "agreed" if agreeing > 1 else "differ"
        )
    ages = [state.age_days for _, state in governing if state.age_days is not None]
    holds = holds_of((one for one, _ in governing), claims, of_any_extent=as_first)
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
        tuple(what_it_states(one, at) or as_last_known(one, at) for one in beside),
        tuple(state_named(one, "undated") for one in snapshots_in_order(left_out)),
        in_order(found.aside),
        () if as_first or verdict != "unknown" else _changed(states),
    )


def _judged_by(found: ToldSnapshots, sides: Sides, at: Instant | None, *, as_first: bool) -> Judged:
    states: list[Held] = []
    governing: list[Held] = []
    verdict: BaseVerdict = "unknown"
    for world in worlds(found):
        endings = Endings(world.endings, sides)
        states += states_of(world, at, endings, as_first=as_first)
        if not governing:
            governing, verdict = _judged(world.snapshots, states, endings, sides, at, as_first=as_first)
    return Judged(states, governing, verdict)


def _changed(states: Iterable[Held]) -> tuple[State, ...]:
    """Of all that were known to hold it, those who were last, if nothing came since but their voice's next word."""
    held = [(one.so.latest_end, state) for one, state in states if one.status == "controls" and one.actor and one.so]
    last = max((end for end, _ in held), default=EARLIEST)
    return tuple(state for end, state in held if end == last and state.state == "changed")


def _judged(
    snapshots: Sequence[Snapshot],
    states: Sequence[Held],
    endings: Endings,
    sides: Sides,
    at: Instant | None,
    *,
    as_first: bool,
) -> tuple[list[Held], BaseVerdict]:
    if as_first:
        governing = best_known(holding(states, sides, at))
        return governing, _verdict_1(governing, states, endings, sides, at)
    words = [one for one in snapshots if one.so is not None and (at is None or one.so.earliest_start <= at)]
    governing, unsure, left = governing_by_later_words(states, words, endings, sides, at)
    against = [*disputing(governing, states, sides, at), *denied_by_others(governing, left, sides, at)]
    known = {id(one) for one, _ in governing}
    governing = [*governing, *(held for held in against if id(held[0]) not in known)]
    return governing, _verdict(governing, sides, at, disputed=bool(against), unsure=unsure)


def _beside(found: ToldSnapshots, at: Instant | None, ended: Set[str | None]) -> list[Snapshot]:
    """Of each voice what is not certainly earlier, of those with a hedge than any; and whatever made an end."""
    firm = [one for one in found.beside if one.hedge is None]
    left = _not_certainly_earlier(firm, at, _what_is_beside)
    left += (one for one in _not_certainly_earlier(found.beside, at, _what_is_beside) if one.hedge is not None)
    known = {id(one) for one in left}
    left += (one for one in found.beside if one.claim.claim in ended and id(one) not in known)
    return snapshots_in_order(left)


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


def _verdict_1(
    governing: Sequence[Held], states: Sequence[Held], endings: Endings, sides: Sides, at: Instant | None
) -> BaseVerdict:
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
    return PLAIN[max(RANKS[state.state] for _, state in governing)]


def _verdict(
    governing: Sequence[Held], sides: Sides, at: Instant | None, *, disputed: bool, unsure: bool
) -> BaseVerdict:
    held = [(one, state) for one, state in governing if one.status == "controls"]
    if disputed:
        return "disputed"
    if unsure or apart((one for one, _ in held), sides, at):
        return "order_unknown"
    if not held:
        return "unknown"
    return PLAIN[max(RANKS[state.state] for _, state in held)]
