"""What each claim about who holds a place comes to at a moment, by its voice's next words and by what may end it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from domain.holding import Held, State, StateName
from domain.made_old import MakingOld, NextWords, begins
from domain.set_aside import Order, age_days, order
from domain.snapshots import Ending, Endings, Snapshot, ToldSnapshots
from domain.when import Instant


class World(NamedTuple):
    """Words that bear on one another: `own` are those of which states are told by them."""

    snapshots: list[Snapshot]
    until: list[Snapshot]
    endings: list[Ending]
    own: Callable[[Snapshot], bool]


def worlds(found: ToldSnapshots) -> list[World]:
    """First of the words that somebody vouches for, which no other bears on; then, if there are any, of all."""
    firm, until = ([one for one in those if one.hedge is None] for those in (found.snapshots, found.until))
    ends = [one for one in found.endings if one.firm]
    told = [World(firm, until, ends, lambda one: one.hedge is None)]
    if len(firm) < len(found.snapshots):
        told.append(World(found.snapshots, found.until, found.endings, lambda one: one.hedge is not None))
    return told


def states_of(world: World, at: Instant | None, endings: Endings, *, as_first: bool) -> list[Held]:
    making_old = MakingOld(as_first)
    following = NextWords([*world.snapshots, *world.until], at, making_old)
    counting = snapshots_in_order(filter(world.own, making_old.left(world.snapshots, at)))
    return [(one, _state(one, at, following.after(one), endings, as_first=as_first)) for one in counting]


def snapshots_in_order(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    return sorted(snapshots, key=place_in_order)


def place_in_order(one: Snapshot) -> tuple[Order, str, Instant]:
    return order(one.claim), one.actor or "", one.so.earliest_start if one.so else 0


def state_named(one: Snapshot, state: StateName, age: int | None = None, by: str | None = None) -> State:
    return State(one.claim, one.actor, one.status, one.extent, one.direct, state, age, by, one.capped, one.hedge)


def what_it_states(one: Snapshot, at: Instant | None) -> State | None:
    """What a claim itself says of `at`, None if it says nothing."""
    if one.so is None:
        return state_named(one, "undated")
    if at is None:
        return None
    if one.proven is not None and one.proven[0] <= at <= one.proven[1]:
        return state_named(one, "certain")
    return state_named(one, "possible") if one.so.earliest_start <= at <= one.so.latest_end else None


def as_last_known(one: Snapshot, at: Instant | None) -> State:
    assert one.so is not None
    return state_named(one, "last_known", None if at is None else age_days(one.so.latest_end, at))


def _state(
    one: Snapshot, at: Instant | None, follows: Sequence[Snapshot], endings: Endings, *, as_first: bool
) -> State:
    stated = what_it_states(one, at)
    if stated is not None:
        if as_first or at is None or stated.state != "certain" or one.certain_throughout(at, at):
            return stated
        # Of a day it is known that it was so then, not when: what may have come on that day may have ended it.
        assert one.so is not None
        ended = endings.first(one, one.so.earliest_end)
        return state_named(one, "possible") if ended is not None and ended[0] <= at else stated
    ended = endings.first(one)
    how, next_words = how_it_goes_on(one, follows, ended, endings, as_first=as_first)
    if ended is not None and how != "presumed" and (at is None or ended[0] <= at):
        return state_named(one, "ended", by=ended[1])
    if how == "last_known":
        return as_last_known(one, at)
    named = state_named(one, how, by=min(next_.claim.claim for next_ in next_words))
    assert one.so is not None
    return replace(named, between=(one.so.latest_end, begins(next_words))) if how == "changed" else named


def how_it_goes_on(
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
