"""Whose side actors are on, and when they may have been: who is part of whom, at the times of which claims tell."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.membership import ALL_TIME, Window, Windows, meeting
from domain.when import EARLIEST, LATEST, Instant


class Party(NamedTuple):
    """An actor where something is told of it: some time between two instants, or all that time.

    Of times that no membership tells apart, one stands for all. So parties that are the same are on the same side.
    """

    actor: str
    first: Instant
    last: Instant


class Sides:
    """Each actor with itself, always, and all that it may have been part of, at any remove, with the times at which.

    An actor that is missing is part of nothing. `certainly` are the sides by the times at which it surely was part of
    them, within those: these themselves, unless it is not always known.
    """

    def __init__(
        self,
        wholes: Mapping[str, Mapping[str, Windows]],
        surely: Mapping[str, Mapping[str, Windows]] | None = None,
    ) -> None:
        self._wholes = wholes
        certain = wholes if surely is None else _within(wholes, surely)
        self.certainly = self if _as_sets(certain) == _as_sets(wholes) else Sides(certain)
        windows = {window for those in wholes.values() for each in those.values() for window in each}
        edges = {edge for first, last in windows for edge in (first, last + 1)}
        self._edges = sorted(edges - {EARLIEST, LATEST + 1})
        self._always: dict[str, Party] = {}
        self._together: dict[tuple[str, str], Windows] = {}

    def party(self, actor: str, first: Instant, last: Instant) -> Party:
        if self._edges:
            return Party(actor, self._edge_before(first), self._edge_before(last))
        party = self._always.get(actor)
        if party is None:
            party = self._always[actor] = Party(actor, EARLIEST, EARLIEST)
        return party

    def of_one_side(self, one: Party, other: Party) -> bool:
        """Whether the one is part of the other, or both of a third, so that it may have held when each is told of."""
        windows = self._together.get((one.actor, other.actor))
        if windows is None:
            windows = self._both_in_one(one.actor, other.actor)
        return _held_for_both(windows, one, other) if self._edges else bool(windows)

    def share_one(self, ones: Sequence[Party], others: Sequence[Party]) -> bool:
        """Whether any of the ones is of one side with any of the others."""
        return any(self.of_one_side(one, other) for one in ones for other in others)

    def throughout(self, ones: Sequence[str], others: Sequence[str], time: Window) -> bool:
        """Whether at every instant of a time one of the ones and one of the others may have been of one side."""
        reached, last = time
        for since, until in sorted(span for one in ones for other in others for span in self._both_in_one(one, other)):
            if since > reached:
                return False
            if until >= last:
                return True
            reached = max(reached, until + 1)
        return False

    def is_part(self, part: Party, whole: Party) -> bool:
        """Whether the one is the other, or a part of it that may have been one when each is told of."""
        if part.actor == whole.actor:
            return True
        return _held_for_both(self._wholes.get(part.actor, {}).get(whole.actor, ()), part, whole)

    def _edge_before(self, instant: Instant) -> Instant:
        index = bisect_right(self._edges, instant)
        return self._edges[index - 1] if index else EARLIEST

    def _both_in_one(self, one: str, other: str) -> Windows:
        """The times at which both may have been part of the same; what is always so, alone."""
        if one == other:
            return (ALL_TIME,)
        found = self._together.get((one, other))
        if found is None:
            mine, theirs = (self._wholes.get(actor) or {actor: (ALL_TIME,)} for actor in (one, other))
            both = {
                meeting(window, its)
                for whole in mine.keys() & theirs.keys()
                for window in mine[whole]
                for its in theirs[whole]
            }
            found = (ALL_TIME,) if ALL_TIME in both else tuple(window for window in both if window is not None)
            self._together[one, other] = found
        return found


def _within(
    wholes: Mapping[str, Mapping[str, Windows]], surely: Mapping[str, Mapping[str, Windows]]
) -> dict[str, dict[str, Windows]]:
    """Of each time at which an actor may have been part of a whole that at which it surely was."""
    found: dict[str, dict[str, Windows]] = {}
    for actor, its in wholes.items():
        sure = surely.get(actor, {})
        met = {
            whole: [both for one in windows for other in sure.get(whole, ()) if (both := meeting(one, other))]
            for whole, windows in its.items()
        }
        found[actor] = {whole: windows for whole, windows in met.items() if windows}
    return found


def _as_sets(wholes: Mapping[str, Mapping[str, Windows]]) -> dict[str, dict[str, set[Window]]]:
    return {actor: {whole: set(windows) for whole, windows in its.items()} for actor, its in wholes.items()}


def _held_for_both(windows: Windows, one: Party, other: Party) -> bool:
    for first, last in windows:
        if first <= one.last and one.first <= last and first <= other.last and other.first <= last:
            return True
    return False
