"""What a measure comes to in one happening: all that is said of the whole of it, whichever period a number names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from domain.calendar import DAY
from domain.contradictions import parts_among, word
from domain.figures import NO_BEST, FigurePicture, Line, Verdict
from domain.in_force import Voice
from domain.set_aside import Aspects, aspects, may_be_one
from domain.when import Span
from domain.words import Number, Range, hull

Around = Mapping[str, Collection[str]]
NOTHING_AROUND: Final[Around] = {}


class CountedWhole(NamedTuple):
    """`range` has room for the last word of every voice, and a best only where one voice says it, or they agree.

    `voices` counts claimants, `unattributed` origins unknown. A happening is one, so voices whose numbers do not meet
    disagree although they name different periods; those of one voice have changed. Numbers of different things (of two
    places, or of days that lie apart) are no two words about one: of each thing it is told what is said of it at least,
    and the happening comes to the most of these or more. How many more nobody says, unless a number may be of all.
    """

    range: Range
    voices: int
    unattributed: int
    verdict: Verdict


class _Told(NamedTuple):
    """What one voice says of one thing: all that its numbers leave room for, how many it says surely, and at most."""

    voice: Voice
    of: Aspects
    so: Span | None
    range: Range
    surely: Number
    at_most: Number | None

    def may_be_of_one_thing_with(self, other: "_Told", around: Around) -> bool:
        """A night, or a time zone, moves a date by a day; but one voice that tells of two days tells of two things."""
        if not _may_be_one(self.of, other.of, around):
            return False
        if self.so is None or other.so is None:
            return True
        first, last = sorted((self.so, other.so), key=lambda so: so.earliest_start)
        between = last.earliest_start - first.latest_end
        return between <= 0 if self.voice == other.voice else between <= DAY


def _may_be_one(one: Aspects, other: Aspects, around: Around) -> bool:
    """Whether they may tell of one thing. What was counted in a town may have been at its market."""
    (here, *mine), (there, *theirs) = one, other
    if here is not None and there is not None and (there in around.get(here, ()) or here in around.get(there, ())):
        here = there
    return may_be_one((here, mine[0], mine[1]), (there, theirs[0], theirs[1]))


def counted_whole(picture: FigurePicture, around: Around = NOTHING_AROUND) -> CountedWhole | None:
    """`around`: of each place what it lies in. None where nobody gives a number."""
    told = _told(line for group in picture.groups for line in group.lines)
    found = hull(one.range for one in told)
    if found is None:
        return None
    least = [one.range.low for one in told]
    of_all = [True] * len(told)
    at_odds = {group.verdict for group in picture.groups}
    for (nth, one), (mth, other) in combinations(enumerate(told), 2):
        if not one.may_be_of_one_thing_with(other, around):
            of_all[nth] = of_all[mth] = False
            continue
        least[nth], least[mth] = min(least[nth], other.range.low), min(least[mth], one.range.low)
        if _exceeds(one, other) or _exceeds(other, one):
            at_odds.add("changed" if one.voice == other.voice else "disagree")
    if not all(of_all):
        at_odds.add("ambiguous")
    voices = {one.voice for one in told}
    attributed = sum(voice.attributed for voice in voices)
    agreed: Verdict = "unattributed" if not attributed else "one_voice" if attributed == 1 else "agree"
    verdict = next((one for one in NO_BEST if one in at_odds), agreed)
    high = found.high if any(of_all) else None
    best = None if verdict in NO_BEST else found.best
    return CountedWhole(Range(max(least), high, best), attributed, len(voices) - attributed, verdict)


def _exceeds(one: _Told, other: _Told) -> bool:
    return other.at_most is not None and one.surely > other.at_most


def _told(lines: Iterable[Line]) -> list[_Told]:
    """What each voice says of each thing; a part of another of these numbers is none of the whole."""
    numbered = [line for line in lines if line.range is not None]
    parts = parts_among(word(line.claim) for line in numbered)
    by_thing: dict[tuple[Voice, Aspects, Span | None], list[Range]] = {}
    for line in [line for line in numbered if line.claim.claim not in parts] or numbered:
        if line.range is not None:
            by_thing.setdefault((line.voice, aspects(line.claim), line.claim.so), []).append(line.range)
    return [_of_one_thing(*thing, ranges) for thing, ranges in by_thing.items()]


def _of_one_thing(voice: Voice, of: Aspects, so: Span | None, ranges: Sequence[Range]) -> _Told:
    found = hull(ranges)
    assert found is not None
    at_most = min((one.high for one in ranges if one.high is not None), default=None)
    return _Told(voice, of, so, found, max(one.low for one in ranges), at_most)
