"""cannot-all-be-right: whether two voices contradict each other about a figure."""

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import combinations
from typing import Any, Final, Literal, NamedTuple

from domain.calendar import DAY
from domain.content import Figure, is_period
from domain.in_force import InForce, Voice
from domain.set_aside import (
    Aspects,
    Origin,
    aspects,
    earlier_tolls,
    earlier_words,
    itself,
    order,
    published_in,
    split,
)
from domain.when import EARLIEST, LATEST, Instant, Span
from domain.words import Number, Range, range_of

CANNOT_ALL_BE_RIGHT_1: Final = "cannot-all-be-right@1"
CANNOT_ALL_BE_RIGHT: Final = "cannot-all-be-right@2"

Unsure = Literal["subject", "group", "by", "cause", "place", "incident", "dimensions", "when", "one_of_several"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two claims about one thing; `one` stands before `other` in the order of all answers.

    `unsure`: why they may also be about two, in the order of `Unsure`. Nothing where they are of one topic and time.
    """

    one: InForce
    other: InForce
    ranges: tuple[Range | None, Range | None]
    time: Literal["certain", "possible"]
    declared: bool
    unsure: tuple[Unsure, ...] = ()


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


def contradictions_1(claims: Sequence[InForce]) -> list[Contradiction]:
    """Which claims of one topic cannot all be right, as the rule was: numbers of one report supersede one another."""
    words = _standing([claim.with_its_end() for claim in claims], itself, first=True)
    return _contradictions(words, _disputed(words), FIRST)


def contradictions(claims: Sequence[InForce], then: Collection[str] = ()) -> list[Contradiction]:
    """Which claims of one topic cannot all be right. What a voice disputes of its own it does not contradict.

    `then`: those that figures tell at the moment that is asked about, also where a later word took their place since.
    """
    words = _standing(claims, published_in, then)
    of_others = {pair for pair in _disputed(words) if len({words[claim_id].voice for claim_id in pair}) > 1}
    parts = parts_among(map(word, split(claims)[0]), of_one_happening=any(claim.incident for claim in claims))
    found = _contradictions(words, of_others, comparing(parts))
    several = one_of_several(said for said in words.values() if said.claim.claim not in parts) if found else set()
    if not several:
        return found
    return [
        replace(pair, unsure=("one_of_several",)) if pair.one.claim in several or pair.other.claim in several else pair
        for pair in found
    ]


def standing_words(claims: Sequence[InForce]) -> list[Word]:
    """Of the claims of one topic those that are compared: not set aside, and no earlier words."""
    return list(_standing(claims, published_in).values())


def _standing(
    claims: Sequence[InForce], origin: Origin, then: Collection[str] = (), *, first: bool = False
) -> dict[str, Word]:
    counted, _ = split(claims)
    if not counted:
        return {}
    superseded = (earlier_tolls if is_period(counted[0].content) else earlier_words)(counted, origin, first=first)
    return {claim.claim: word(claim) for claim in counted if claim.claim in then or claim.claim not in superseded}


def _contradictions(words: Mapping[str, Word], declared: Set[frozenset[str]], how: "Comparing") -> list[Contradiction]:
    if not words:
        return []
    pairs = apart_words(list(words.values()), how)
    found = {frozenset((one.claim.claim, other.claim.claim)) for one, other in pairs}
    both = [
        sorted((words[claim_id] for claim_id in pair), key=lambda said: order(said.claim)) for pair in found | declared
    ]
    both.sort(key=lambda pair: [order(said.claim) for said in pair])
    return [contradiction(one, other, how, declared) for one, other in both]


def _disputed(words: Mapping[str, Word]) -> set[frozenset[str]]:
    return {
        frozenset((claim_id, disputed))
        for claim_id, said in words.items()
        for disputed in said.claim.disputes
        if disputed in words and disputed != claim_id
    }


def contradiction(
    one: Word,
    other: Word,
    how: "Comparing",
    declared: Set[frozenset[str]] = frozenset(),
    unsure: tuple[Unsure, ...] = (),
) -> Contradiction:
    certain = one.so is not None and other.so is not None and how.at_once(one.so, other.so, one.claim)
    if how is not FIRST and (one.claim.roughly_dated or other.claim.roughly_dated):
        certain = False
    return Contradiction(
        one.claim,
        other.claim,
        (one.range, other.range),
        "certain" if certain else "possible",
        frozenset((one.claim.claim, other.claim.claim)) in declared,
        unsure,
    )


def disputed(one: InForce, other: InForce) -> bool:
    """Whether one of them says that it disputes the other."""
    return other.claim in one.disputes or one.claim in other.disputes


def one_of_several(words: Iterable[Word]) -> set[str]:
    """Claims beside which the same voice gives another number in the same report, of the same time and thing: no part
    of it, and not the same one that was recorded of a report which proved to be the same.

    Nobody can tell which of them is meant, or whether together they are.
    """
    about: dict[tuple[Voice, Any, Aspects, Span | None], list[Word]] = {}
    for said in words:
        if said.range is not None:
            key = said.voice, published_in(said.claim), aspects(said.claim), said.so
            about.setdefault(key, []).append(said)
    found: set[str] = set()
    for beside in about.values():
        ids = {said.claim.claim for said in beside}
        kin: dict[str, set[str]] = {claim_id: {claim_id} for claim_id in ids}
        for said in beside:
            for part in ids.intersection(said.claim.parts):
                kin[said.claim.claim].add(part)
                kin[part].add(said.claim.claim)
        for one, other in _filed_twice(beside):
            kin[one].add(other)
            kin[other].add(one)
        found |= {claim_id for claim_id in ids if len(kin[claim_id]) < len(ids)}
    return found


def _filed_twice(beside: Iterable[Word]) -> Iterator[tuple[str, str]]:
    """Pairs that give one number, and were recorded of two reports that proved to be one."""
    told: dict[Range | None, list[Word]] = {}
    for said in beside:
        told.setdefault(said.range, []).append(said)
    for alike in told.values():
        if len({said.claim.filed_in for said in alike}) > 1:
            yield from (
                (one.claim.claim, other.claim.claim)
                for one, other in combinations(alike, 2)
                if one.claim.filed_in != other.claim.filed_in
            )


class Comparing(NamedTuple):
    """How words are compared: which of them are, when two stocks were so at one time, and what lies within what.

    `comparable` is asked of two whose ranges do not meet, the lower one first.
    """

    comparable: Callable[[Word, Word], bool]
    stocks_at_once: Callable[[Span, Span], bool]
    within: Callable[[Span, Span], bool]

    def at_once(self, one: Span, other: Span, about: InForce) -> bool:
        """Whether both were certainly so at one time; periods: the same, or the one within the other."""
        if not is_period(about.content):
            return self.stocks_at_once(one, other)
        return _period(one) == _period(other) or self.within(one, other) or self.within(other, one)


def comparing(
    parts: Set[str] = frozenset(), *, of_one_thing: Callable[[Word, Word], bool] = lambda *_: True
) -> Comparing:
    """As the rules compare words of one topic, of which some are `parts` of others: these tell how many at least.

    `of_one_thing`: whether two may be; those of two places, say, are not compared.
    """

    def comparable(lower: Word, higher: Word) -> bool:
        if lower.voice == higher.voice or lower.claim.claim in parts or not of_one_thing(lower, higher):
            return False
        return not is_part(lower, higher) and not is_part(higher, lower)

    return Comparing(comparable, _on_a_day, lies_within)


def is_part(part: Word, whole: Word) -> bool:
    """Whether one was said to be part of the other: no more than it, and not the other way round too."""
    if part.claim.claim not in whole.claim.parts or whole.claim.claim in part.claim.parts:
        return False
    return part.range is None or whole.range is None or part.range.low <= _ends(whole)[1]


def parts_among(words: Iterable[Word], *, of_one_happening: bool = False) -> set[str]:
    """Claims that are part of another one about the same topic and time: of that topic they say how many at least.

    `of_one_happening`: all tell of one incident, whichever period each of them names.
    """
    said = {one.claim.claim: one for one in words}
    return {
        part.claim.claim
        for whole in said.values()
        for part in (said[claim_id] for claim_id in whole.claim.parts if claim_id in said)
        if is_part(part, whole) and (of_one_happening or not is_period(part.claim.content) or same_period(part, whole))
    }


def _comparable_1(one: Word, other: Word) -> bool:
    """A voice does not contradict itself, and a part is never compared with its whole."""
    parts = other.claim.claim in one.claim.parts or one.claim.claim in other.claim.parts
    return one.voice != other.voice and not parts


def _at_an_instant(one: Span, other: Span) -> bool:
    """Whether there is an instant at which both certainly were so."""
    return max(one.latest_start, other.latest_start) <= min(one.earliest_end, other.earliest_end)


def _on_a_day(one: Span, other: Span) -> bool:
    """As `_at_an_instant`, where a date to the day is meant for all of that day."""
    return (
        one.proven is not None
        and other.proven is not None
        and max(one.proven[0], other.proven[0]) <= min(one.proven[1], other.proven[1])
    )


def _period(so: Span | None) -> tuple[Instant, Instant] | None:
    return None if so is None else (so.earliest_start, so.latest_end)


def same_period(one: Word, other: Word) -> bool:
    return _period(one.so) == _period(other.so)


def same_time(one: Word, other: Word) -> bool:
    """Of flows the same period, of stocks a time at which both may have been so."""
    if is_period(one.claim.content):
        return same_period(one, other)
    mine, theirs = one.so or _ALWAYS, other.so or _ALWAYS
    return mine.earliest_start <= theirs.latest_end and theirs.earliest_start <= mine.latest_end


def _lies_within_1(inner: Span, outer: Span) -> bool:
    """Whether one period lies certainly within the other."""
    return outer.latest_start <= inner.earliest_start and inner.latest_end <= outer.earliest_end


def lies_within(inner: Span, outer: Span) -> bool:
    """Whether one period lies certainly within the other.

    A day with which a period begins or ends is meant whole, and two that begin, or end, by the same date do so at once.
    """
    begins = inner.earliest_start, inner.latest_start
    ends = inner.earliest_end, inner.latest_end
    first, last = (outer.earliest_start, outer.latest_start), (outer.earliest_end, outer.latest_end)
    by_then = first[0] if _is_a_day(*first) else first[1]
    until = last[1] if _is_a_day(*last) else last[0]
    return (begins == first or by_then <= begins[0]) and (ends == last or ends[1] <= until)


def _is_a_day(first: Instant, last: Instant) -> bool:
    # No date lies between a day, which may have 25 hours, and a month.
    return last - first < 2 * DAY


def apart_words(words: Sequence[Word], how: Comparing) -> Iterator[tuple[Word, Word]]:
    """Pairs of different voices that cannot both be right, if all are about the same."""
    return apart_in_period(words, how) if is_period(words[0].claim.content) else apart_at_once(words, how)


def apart(words: Iterable[Word], how: Comparing) -> Iterator[tuple[Word, Word]]:
    """Pairs of different voices whose ranges do not meet, whenever they were so."""
    held = _Held(how)
    for said in words:
        if said.range is not None:
            yield from held.apart(said)
            held.add(said)


def apart_at_once(words: Iterable[Word], how: Comparing) -> Iterator[tuple[Word, Word]]:
    """Pairs of different voices that may have been so at the same time, and have ranges that do not meet.

    A sweep over time: what is compared are only words whose spans meet, and of those only ranges that do not.
    """
    held, ends = _Held(how), list[tuple[Instant, int]]()
    timed = [(said.so or _ALWAYS, said) for said in words if said.range is not None]
    timed.sort(key=lambda one: one[0].earliest_start)
    for so, said in timed:
        while ends and ends[0][0] < so.earliest_start:
            held.drop(heappop(ends)[1])
        yield from held.apart(said)
        heappush(ends, (so.latest_end, held.add(said)))


def apart_in_period(words: Iterable[Word], how: Comparing) -> Iterator[tuple[Word, Word]]:
    """Pairs of different voices about one period whose ranges do not meet, or that have more within it than in all."""
    ranged = [said for said in words if said.range is not None]
    periods: dict[tuple[Instant, Instant] | None, list[Word]] = {}
    for said in ranged:
        periods.setdefault(_period(said.so), []).append(said)
    for about_one in periods.values():
        yield from apart(about_one, how)
    yield from _more_than_the_whole([(said.so, said) for said in ranged if said.so is not None], how)


def _more_than_the_whole(dated: list[tuple[Span, Word]], how: Comparing) -> Iterator[tuple[Word, Word]]:
    wholes = sorted(dated, key=lambda one: one[0].earliest_start)
    held, ends, begun = _Held(how), list[tuple[Instant, int]](), 0
    for so, said in sorted(dated, key=lambda one: one[0].earliest_start):
        while begun < len(wholes) and wholes[begun][0].earliest_start <= so.earliest_start:
            heappush(ends, (wholes[begun][0].latest_end, held.add(wholes[begun][1])))
            begun += 1
        while ends and ends[0][0] < so.earliest_start:
            held.drop(heappop(ends)[1])
        for whole in held.below(said):
            if whole.so is not None and how.within(so, whole.so):
                yield said, whole


class _Held:
    """Words by the ends of their ranges, so that those apart from a range are found without asking each."""

    def __init__(self, how: Comparing) -> None:
        self._comparable = how.comparable
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
        for other in self.below(said):
            yield other, said
        for _, index in self._lows[bisect_left(self._lows, (high, len(self._words))) :]:
            if self._comparable(said, self._words[index]):
                yield self._words[index], said

    def below(self, said: Word) -> Iterator[Word]:
        """Those of another voice with less than `said` leaves room for."""
        low, _ = _ends(said)
        for _, index in self._highs[: bisect_left(self._highs, (low, -1))]:
            if self._comparable(self._words[index], said):
                yield self._words[index]


def _ends(said: Word) -> tuple[Number, Number]:
    assert said.range is not None
    return said.range.low, float("inf") if said.range.high is None else said.range.high


FIRST = Comparing(_comparable_1, _at_an_instant, _lies_within_1)

# May have been so at any time, and certainly at none.
_ALWAYS = Span(EARLIEST, LATEST, EARLIEST, LATEST)
