"""Where it is not certain whose side somebody was on: what is known of a place either way.

All is judged twice: as if each membership held whenever it may have, and as if it held only when it certainly did.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from domain.holding import RANKS, Held, State, StateName

BaseVerdict = Literal["agreed", "disputed", "order_unknown", "presumed", "last_known", "undated", "unknown"]
PLAIN: tuple[BaseVerdict, ...] = ("agreed", "presumed", "last_known", "undated")
"""Of those that leave nothing open, the best known first."""


class Judged(NamedTuple):
    """What all snapshots that count come to, and who governs."""

    states: Sequence[Held]
    governing: Sequence[Held]
    verdict: BaseVerdict


def of_either(one: Judged, other: Judged) -> Judged:
    """All who govern by either; who differ leave the order unknown, and are in dispute only if they are so by both."""
    states = [
        (snapshot, _either(state, its)) for (snapshot, state), (_, its) in zip(one.states, other.states, strict=True)
    ]
    known = {id(snapshot): state for snapshot, state in states}
    governing = {id(snapshot): (snapshot, known[id(snapshot)]) for snapshot, _ in (*one.governing, *other.governing)}
    return Judged(states, list(governing.values()), _verdict(one, other))


def _verdict(one: Judged, other: Judged) -> BaseVerdict:
    if one.verdict in PLAIN and other.verdict in PLAIN:
        if _holders(one.governing) == _holders(other.governing):
            return max(one.verdict, other.verdict, key=PLAIN.index)
    elif one.verdict == other.verdict:
        return one.verdict
    return "order_unknown"


def _holders(governing: Iterable[Held]) -> set[str | None]:
    return {snapshot.actor for snapshot, _ in governing if snapshot.status == "controls"}


def _either(one: State, other: State) -> State:
    return one if is_less_known(one.state, other.state) else other


def is_less_known(one: StateName, other: StateName) -> bool:
    """Whether the first of two counts where they differ: nothing has certainly ended what stands by either, and of two
    that stand the less is known.
    """
    if (one in RANKS) is not (other in RANKS):
        return one in RANKS
    return one not in RANKS or (RANKS[one], one == "possible") >= (RANKS[other], other == "possible")
