"""latest-per-claimant@1 and widest-range@1: what everything said about a topic comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.content import is_period
from domain.contradictions import Word, apart, apart_at_once, word
from domain.in_force import InForce, Voice
from domain.set_aside import SetAside, age_days, earlier_tolls, earlier_words, in_order, order, split
from domain.when import Instant, Span
from domain.words import Range, hull

LATEST_PER_CLAIMANT = "latest-per-claimant@1"
WIDEST_RANGE = "widest-range@1"

LineState = Literal["certain", "possible", "last_known", "undated", "period"]
Verdict = Literal["nothing", "disagree", "changed", "agree", "one_voice", "unattributed"]


@dataclass(frozen=True, slots=True)
class Line:
    """A claim that is left. A flow's is of its `period`; `age_days` says how old what is last known is."""

    claim: InForce
    voice: Voice
    range: Range | None
    state: LineState
    age_days: int | None = None


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """What is compared with one another: all lines of a stock, or those of one period (`so`) of a flow.

    `voices` counts claimants, `unattributed` the origins unknown, both only with a range.
    """

    so: Span | None
    lines: tuple[Line, ...]
    range: Range | None
    voices: int
    unattributed: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class FigurePicture:
    rule: str
    groups: tuple[FigureGroup, ...]
    set_aside: tuple[SetAside, ...]


def latest_per_claimant(claims: Sequence[InForce], at: Instant | None) -> FigurePicture:
    """The last word of each voice about one topic."""
    return _picture(LATEST_PER_CLAIMANT, claims, at, last_words_only=True)


def widest_range(claims: Sequence[InForce], at: Instant | None) -> FigurePicture:
    """As `latest_per_claimant`, with every word about the same time that still stands."""
    return _picture(WIDEST_RANGE, claims, at, last_words_only=False)


def _picture(rule: str, claims: Sequence[InForce], at: Instant | None, *, last_words_only: bool) -> FigurePicture:
    counted, aside = split(claims)
    if counted and is_period(counted[0].content):
        candidates = [claim for claim in counted if at is None or claim.so is None or claim.so.holds_at(at) != "no"]
        superseded = earlier_tolls(candidates, words_too=last_words_only)
    else:
        candidates = [claim for claim in counted if at is None or claim.so is None or claim.so.earliest_start <= at]
        superseded = (earlier_words(candidates) if last_words_only else {}) | _certainly_earlier(candidates)
    aside += [
        SetAside(claim, "superseded", superseded[claim.claim]) for claim in candidates if claim.claim in superseded
    ]
    lines = [_line(claim, at) for claim in candidates if claim.claim not in superseded]
    return FigurePicture(rule, _groups(lines), in_order(aside))


def _certainly_earlier(claims: Iterable[InForce]) -> dict[str, str]:
    """Claims that are certainly earlier than another of their voice, with the last of that voice.

    All that are unattributed together are one voice here: an old number does not stand beside a newer one as if it
    still held.
    """
    spoken: dict[str | None, list[tuple[Span, InForce]]] = {}
    for claim in claims:
        if claim.so is not None:
            spoken.setdefault(claim.content.claimant, []).append((claim.so, claim))
    found = {}
    for dated in spoken.values():
        so, last = max(dated, key=lambda one: order(one[1]))
        found.update({claim.claim: last.claim for earlier, claim in dated if earlier.latest_end < so.earliest_start})
    return found


def _line(claim: InForce, at: Instant | None) -> Line:
    said = word(claim)
    if claim.so is None:
        return Line(claim, said.voice, said.range, "undated")
    if is_period(claim.content):
        return Line(claim, said.voice, said.range, "period")
    held = "no" if at is None else claim.so.holds_at(at)
    if held != "no":
        return Line(claim, said.voice, said.range, held)
    age = None if at is None else age_days(claim.so.latest_end, at)
    return Line(claim, said.voice, said.range, "last_known", age)


def _groups(lines: list[Line]) -> tuple[FigureGroup, ...]:
    """Those of one period stand together, and the undated ones of a flow; all of a stock do."""
    lines.sort(key=lambda line: order(line.claim))
    grouped: dict[tuple[Instant, Instant] | None, list[Line]] = {}
    for line in lines:
        so = line.claim.so if is_period(line.claim.content) else None
        grouped.setdefault(None if so is None else (so.earliest_start, so.latest_end), []).append(line)
    return tuple(_group(together) for together in grouped.values())


def _group(lines: list[Line]) -> FigureGroup:
    flow = is_period(lines[0].claim.content)
    ranged = [line for line in lines if line.range is not None]
    voices = {line.voice for line in ranged}
    attributed = sum(voice.attributed for voice in voices)
    return FigureGroup(
        _period_of(lines) if flow else None,
        tuple(lines),
        hull(line.range for line in ranged if line.range is not None),
        attributed,
        len(voices) - attributed,
        _verdict(ranged, flow, attributed),
    )


def _period_of(lines: list[Line]) -> Span | None:
    """The period of a group: its outer bounds are those of each line, its inner ones as wide as any."""
    spans = [line.claim.so for line in lines if line.claim.so is not None]
    if not spans:
        return None
    return Span(
        spans[0].earliest_start,
        max(so.latest_start for so in spans),
        min(so.earliest_end for so in spans),
        spans[0].latest_end,
    )


def _verdict(ranged: list[Line], flow: bool, attributed: int) -> Verdict:
    if not ranged:
        return "nothing"
    words = [Word(line.claim, line.voice, line.range) for line in ranged]
    if any(True for _ in apart(words)):
        # What rises later is a change in the world, and nobody is contradicted.
        return "disagree" if flow or any(True for _ in apart_at_once(words)) else "changed"
    if attributed == 0:
        return "unattributed"
    return "one_voice" if attributed == 1 else "agree"
