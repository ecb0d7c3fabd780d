"""What a measure comes to in one happening: all that is said of the whole of it, whichever period a number names."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from domain.figures import FigurePicture, Verdict
from domain.in_force import Voice
from domain.words import Number, Range, hull

# Where voices are at odds, or which number is meant cannot be told, no number is the best.
NO_BEST: Final[tuple[Verdict, ...]] = ("disagree", "ambiguous", "changed")


class CountedWhole(NamedTuple):
    """`range` has room for the last word of every voice, and a best only where one voice says it, or they agree.

    `voices` counts claimants, `unattributed` origins unknown. A happening is one, so voices whose numbers do not meet
    disagree although they name different periods; those of one voice have changed.
    """

    range: Range
    voices: int
    unattributed: int
    verdict: Verdict


def counted_whole(picture: FigurePicture) -> CountedWhole | None:
    """None where nobody gives a number."""
    said = [(line.voice, line.range) for group in picture.groups for line in group.lines if line.range is not None]
    found = hull(told for _, told in said)
    if found is None:
        return None
    voices = {voice for voice, _ in said}
    attributed = sum(voice.attributed for voice in voices)
    verdict = _verdict(picture, said, attributed)
    best = None if verdict in NO_BEST else found.best
    return CountedWhole(Range(found.low, found.high, best), attributed, len(voices) - attributed, verdict)


def _verdict(picture: FigurePicture, said: Sequence[tuple[Voice, Range]], attributed: int) -> Verdict:
    verdicts = {group.verdict for group in picture.groups}
    if len(picture.groups) > 1:
        # The most that a voice says at least, and the most that any other does.
        least: dict[Voice, Number] = {}
        for voice, told in said:
            least[voice] = max(told.low, least.get(voice, told.low))
        first = max(least, key=lambda voice: least[voice])
        beside = max((low for voice, low in least.items() if voice != first), default=None)
        for voice, told in said:
            others = beside if voice == first else least[first]
            if told.high is not None and others is not None and others > told.high:
                verdicts.add("disagree")
            if told.high is not None and least[voice] > told.high:
                verdicts.add("changed")
    at_odds = next((verdict for verdict in NO_BEST if verdict in verdicts), None)
    return at_odds or ("unattributed" if not attributed else "one_voice" if attributed == 1 else "agree")
