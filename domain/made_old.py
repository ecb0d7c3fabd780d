"""What a voice's later words about a place make old of its own earlier ones.

Who holds the whole of it makes all of them old; any other word, of who holds a part or of an absence, those about the
same actor.
By the first version of the rule every word makes old all before it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.in_force import Voice
from domain.snapshots import Snapshot
from domain.when import EARLIEST, Instant, Span

Matter = tuple[str, bool, str | None]
"""The place or area, whether it is who holds the whole, and if not, the actor."""


@dataclass(frozen=True, slots=True)
class MakingOld:
    as_first: bool

    def of(self, one: Snapshot) -> Matter:
        """What it is a word of."""
        if one.until == "left":
            return one.about, False, one.actor
        whole = self.as_first or (one.status == "controls" and not one.partly)
        return (one.about, True, None) if whole else (one.about, False, one.actor)

    def by(self, one: Snapshot) -> tuple[Matter, ...]:
        """Of what a later word makes it old."""
        return (one.about, True, None), (one.about, False, one.actor)

    def left(self, snapshots: Iterable[Snapshot], at: Instant | None) -> list[Snapshot]:
        """Those that may have begun by `at`, and are not certainly earlier than one of their claimant's that makes
        them old."""
        begun = [one for one in snapshots if at is None or one.so is None or one.so.earliest_start <= at]
        newest: dict[tuple[Matter, str | None], Instant] = {}
        for one in begun:
            if one.so is not None:
                key = self.of(one), one.claim.content.claimant
                newest[key] = max(newest.get(key, EARLIEST), one.so.earliest_start)
        return [
            one
            for one in begun
            if one.so is None
            or all(one.so.latest_end >= newest.get((of, one.claim.content.claimant), EARLIEST) for of in self.by(one))
        ]

    def bearing(self, snapshots: Iterable[Snapshot]) -> Iterator[list[tuple[Span, Snapshot, bool]]]:
        """Of one voice's about one place: those with a date that bear on one another, in the order in which they begin,
        each with whether it is told of with those. What tells who held it until something happened is told of nowhere.
        """
        dated = sorted(((one.so, one) for one in snapshots if one.so is not None), key=lambda of: of[0].earliest_start)
        if self.as_first:
            yield [(so, one, True) for so, one in dated]
            return
        for actor in dict.fromkeys(one.actor for _, one in dated if one.until is None):
            yield [
                (so, one, one.actor == actor and one.until is None)
                for so, one in dated
                if one.actor == actor or self.of(one)[1]
            ]


class NextWords:
    """Of each voice, about each place: what it says to have begun, or to have come to its end, first after a moment."""

    def __init__(self, snapshots: Iterable[Snapshot], at: Instant | None, making_old: MakingOld) -> None:
        self._making_old = making_old
        self._next: dict[tuple[Voice, Matter], list[Snapshot]] = {}
        for one in snapshots:
            if at is not None and one.so is not None and one.so.earliest_start > at:
                follows = self._next.setdefault((one.voice, making_old.of(one)), [])
                if follows and one.so.earliest_start < begins(follows):
                    follows.clear()
                if not follows or one.so.earliest_start == begins(follows):
                    follows.append(one)

    def after(self, one: Snapshot) -> Sequence[Snapshot]:
        """Those that make it old, and begin first."""
        found = [self._next[one.voice, of] for of in self._making_old.by(one) if (one.voice, of) in self._next]
        first = min(map(begins, found), default=None)
        return [next_ for follows in found if begins(follows) == first for next_ in follows]


def begins(follows: Sequence[Snapshot]) -> Instant:
    so = follows[0].so
    assert so is not None
    return so.earliest_start
