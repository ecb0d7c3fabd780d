"""cannot-all-be-right@1: whether two voices contradict each other about a figure."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

from domain.content import Figure, is_period
from domain.in_force import InForce, Voice
from domain.set_aside import earlier_tolls, earlier_words, order, split
from domain.when import EARLIEST, LATEST, Instant, Span
from domain.words import Number, Range, range_of

CANNOT_ALL_BE_RIGHT = "cannot-all-be-right@1"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two claims of one topic; `one` stands before `other` in the order of all answers."""

    one: InForce
    other: InForce
    ranges: tuple[Range | None, Range | None]
    time: Literal["certain", "possible"]
    declared: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A claim of a figure, with who says so and which numbers it leaves room for."""

    claim: InForce
    voice: Voice
    range: Range | None

    @property
    def so(self) -> Span | None:
        return self.claim.so


def word(claim: InForce) -> Word:
    assert isinstance(claim.content, Figure), claim.claim
    return Word(claim, claim.voice, range_of(claim.content))


def contradictions(claims: Sequence[InForce]) -> list[Contradiction]:
    """Which claims of one topic cannot all be right."""
    counted, _ = split(claims)
    if not counted:
        return []
    flow = is_period(counted[0].content)
    superseded = earlier_tolls(counted) if flow else earlier_words(counted)
    words = {claim.claim: word(claim) for claim in counted if claim.claim not in superseded}
    declared = {
        frozenset((claim_id, disputed))
        for claim_id, said in words.items()
        for disputed in said.claim.disputes
        if disputed in words and disputed != claim_id
    }
    pairs = apart_in_period(words.values()) if flow else apart_at_once(words.values())
    found = {frozenset((one.claim.claim, other.claim.claim)) for one, other in pairs}
    ranked = sorted(sorted((order(words[claim_id].claim), claim_id) for claim_id in pair) for pair in found | declared)
    return [_contradiction(words[one], words[other], flow, declared) for (_, one), (_, other) in ranked]


def _contradiction(one: Word, other: Word, flow: bool, declared: set[frozenset[str]]) -> Contradiction:
    certain = one.so is not None and other.so is not None and (_same_time if flow else _at_an_instant)(one.so, other.so)
    return Contradiction(
        one.claim,
        other.claim,
        (one.range, other.range),
        "certain" if certain else "possible",
        frozenset((one.claim.claim, other.claim.claim)) in declared,
    )


def _at_an_instant(one: Span, other: Span) -> bool:
    """Whether there is an instant at which both certainly were so."""
    return max(one.latest_start, other.latest_start) <= min(one.earliest_end, other.earliest_end)


def _same_time(one: Span, other: Span) -> bool:
    return _period(one) == _period(other) or _within(one, other) or _within(other, one)


def _period(so: Span) -> tuple[Instant, Instant]:
    return so.earliest_start, so.latest_end


def _within(inner: Span, outer: Span) -> bool:
    """Whether one period lies certainly within the other."""
    return outer.latest_start <= inner.earliest_start and inner.latest_end <= outer.earliest_end


def apart(words: Iterable[Word]) -> Iterator[tuple[Word, Word]]:
    """Pairs of different voices whose ranges do not meet, whenever they were so."""
    held = _Held()
    for said in words:
        if said.range is not None:
            yield from held.apart(said)
            held.add(said)


def apart_at_once(words: Iterable[Word]) -> Iterator[tuple[Word, Word]]:
    """Pairs of different voices that may have been so at the same time, and have ranges that do not meet.

    A sweep over time: what is compared are only words whose spans meet, and of those only ranges that do not.
    """
    held, ends = _Held(), list[tuple[Instant, int]]()
    timed = [(said.so or _ALWAYS, said) for said in words if said.range is not None]
    timed.sort(key=lambda one: one[0].earliest_start)
    for so, said in timed:
        while ends and ends[0][0] < so.earliest_start:
            held.drop(heappop(ends)[1])
        yield from held.apart(said)
        heappush(ends, (so.latest_end, held.add(said)))


def apart_in_period(words: Iterable[Word]) -> Iterator[tuple[Word, Word]]:
    """Pairs of different voices about one period whose ranges do not meet, or that have more within it than in all."""
    ranged = [said for said in words if said.range is not None]
    periods: dict[tuple[Instant, Instant] | None, list[Word]] = {}
    for said in ranged:
        periods.setdefault(None if said.so is None else _period(said.so), []).append(said)
    for about_one in periods.values():
        yield from apart(about_one)
    yield from _more_than_the_whole([(said.so, said) for said in ranged if said.so is not None])


def _more_than_the_whole(dated: list[tuple[Span, Word]]) -> Iterator[tuple[Word, Word]]:
    wholes = sorted(dated, key=lambda one: one[0].latest_start)
    held, ends, begun = _Held(), list[tuple[Instant, int]](), 0
    for so, said in sorted(dated, key=lambda one: one[0].earliest_start):
        while begun < len(wholes) and wholes[begun][0].latest_start <= so.earliest_start:
            heappush(ends, (wholes[begun][0].earliest_end, held.add(wholes[begun][1])))
            begun += 1
        while ends and ends[0][0] < so.earliest_start:
            held.drop(heappop(ends)[1])
        for whole in held.below(said):
            if whole.so is not None and _within(so, whole.so):
                yield said, whole


def _comparable(one: Word, other: Word) -> bool:
    """A voice does not contradict itself, and a part is never compared with its whole."""
    parts = other.claim.claim in one.claim.parts or one.claim.claim in other.claim.parts
    return one.voice != other.voice and not parts


class _Held:
    """Words by the ends of their ranges, so that those apart from a range are found without asking each."""

    def __init__(self) -> None:
        self._words: list[Word] = []
        self._lows: list[tuple[Number, int]] = []
        self._highs: list[tuple[Number, int]] = []

    def add(self, said: Word) -> int:
        index = len(self._words)
        self._words.append(said)
        low, high = _ends(said)
        insort(self._lows, (low, index))
        insort(self._highs, (high, index))
        return index

    def drop(self, index: int) -> None:
        low, high = _ends(self._words[index])
        del self._lows[bisect_left(self._lows, (low, index))]
        del self._highs[bisect_left(self._highs, (high, index))]

    def apart(self, said: Word) -> Iterator[tuple[Word, Word]]:
        _, high = _ends(said)
        above = self._lows[bisect_left(self._lows, (high, len(self._words))) :]
        for other in (*self.below(said), *(self._words[index] for _, index in above)):
            if _comparable(other, said):
                yield other, said

    def below(self, said: Word) -> Iterator[Word]:
        """Those of another voice with less than `said` leaves room for."""
        low, _ = _ends(said)
        for _, index in self._highs[: bisect_left(self._highs, (low, -1))]:
            if _comparable(self._words[index], said):
                yield self._words[index]


def _ends(said: Word) -> tuple[Number, Number]:
    assert said.range is not None
    return said.range.low, float("inf") if said.range.high is None else said.range.high


# May have been so at any time, and certainly at none.
_ALWAYS = Span(EARLIEST, LATEST, EARLIEST, LATEST)
