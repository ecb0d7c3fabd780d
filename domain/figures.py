"""latest-per-claimant and widest-range: what everything said about a topic comes to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, Literal, NamedTuple

from domain.content import is_period
from domain.contradictions import (
    FIRST,
    Comparing,
    Word,
    apart,
    apart_at_once,
    comparing,
    one_of_several,
    parts_among,
    word,
)
from domain.happening import Happening
from domain.in_force import InForce, Voice
from domain.origins import OriginsCounted, names_an_origin, origins_counted
from domain.set_aside import (
    Aspects,
    Origin,
    SetAside,
    age_days,
    aspects,
    earlier_tolls,
    earlier_words,
    in_order,
    itself,
    once,
    order,
    published_in,
    split,
    with_number,
)
from domain.tolls import AtMoment, Following, tolls_at
from domain.when import Instant, Span
from domain.words import Range, hull

LATEST_PER_CLAIMANT_1: Final = "latest-per-claimant@1"
WIDEST_RANGE_1: Final = "widest-range@1"
LATEST_PER_CLAIMANT: Final = "latest-per-claimant@2"
WIDEST_RANGE: Final = "widest-range@2"

FIRST_RULES = (LATEST_PER_CLAIMANT_1, WIDEST_RANGE_1)

LineState = Literal["certain", "possible", "last_known", "undated", "period"]
Verdict = Literal["nothing", "ambiguous", "disagree", "changed", "agree", "one_voice", "unattributed"]
# Where voices are at odds, or which number is meant cannot be told, no number is the best.
NO_BEST: Final[tuple[Verdict, ...]] = ("disagree", "ambiguous", "changed")


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

    Those that tell of an `incident` are apart, and one group whichever periods they name. `voices` counts claimants,
    `unattributed` the origins unknown, both only with a range, and one origin once. `parts` are the claims on its lines
    that are part of another number of the topic.
    """

    so: Span | None
    lines: tuple[Line, ...]
    range: Range | None
    voices: int
    unattributed: int
    verdict: Verdict
    incident: str | None = None
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FigurePicture:
    rule: str
    groups: tuple[FigureGroup, ...]
    set_aside: tuple[SetAside, ...]


def latest_per_claimant(claims: Sequence[InForce], at: Instant | None) -> FigurePicture:
    """The last word of each voice about one topic, and about each incident that is told of in it."""
    return _picture(claims, at, _How(LATEST_PER_CLAIMANT, last_words_only=True))


def widest_range(claims: Sequence[InForce], at: Instant | None) -> FigurePicture:
    """As `latest_per_claimant`, with every word about the same time that still stands."""
    return _picture(claims, at, _How(WIDEST_RANGE, last_words_only=False))


def latest_per_claimant_1(claims: Sequence[InForce], at: Instant | None) -> FigurePicture:
    """As the rule was: numbers of one report supersede one another, and a toll is the last one, whatever `at` is."""
    return _picture(
        [claim.with_its_end() for claim in claims], at, _How(LATEST_PER_CLAIMANT_1, last_words_only=True, first=True)
    )


def widest_range_1(claims: Sequence[InForce], at: Instant | None) -> FigurePicture:
    """As the rule was: with `latest_per_claimant_1`."""
    return _picture(
        [claim.with_its_end() for claim in claims], at, _How(WIDEST_RANGE_1, last_words_only=False, first=True)
    )


_Period = tuple[Instant, Instant] | None
"""What stands together: the bounds of a period; None of a stock, and of what has no date."""


class _About(NamedTuple):
    """What all of a topic and incident has to do with each of its groups: `told` is what was said of each period,
    superseded and set aside too.
    """

    incident: str | None
    told: Mapping[_Period, Sequence[InForce]]
    parts: Set[str]


class _How(NamedTuple):
    """Which of the rules is meant, and in which of its two versions."""

    rule: str
    last_words_only: bool
    first: bool = False

    @property
    def origin(self) -> Origin:
        return itself if self.first else published_in


class _Left(NamedTuple):
    """Of what tells of one incident (or of none): what is `said`, which of it is left, and what is not, with why."""

    incident: str | None
    said: Sequence[InForce]
    standing: Sequence[InForce]
    aside: Sequence[SetAside]

    def parts(self, how: _How) -> Set[str]:
        return set() if how.first else parts_among(map(word, self.said), of_one_happening=self.incident is not None)


class AtOdds(NamedTuple):
    """Two that make a group `disagree`, which is that of an `incident` or of none."""

    incident: str | None
    one: Word
    other: Word


def at_odds(claims: Sequence[InForce], at: Instant | None) -> Iterator[AtOdds]:
    """The pairs because of which `latest_per_claimant` says that voices disagree."""
    how = _How(LATEST_PER_CLAIMANT, last_words_only=True)
    for left in _left(split(claims)[0], at, how):
        parts = left.parts(how)
        for lines in _together([_line(claim, at, how) for claim in left.standing], left.incident):
            ranged = _numbers(lines, parts)
            if ranged and not one_of_several(_words(ranged)):
                happening = None if left.incident is None else Happening(_words(ranged))
                pairs = chain(_disputing(lines), _apart_then(_words(lines), _compared(parts, how, happening)))
                yield from (AtOdds(left.incident, *pair) for pair in pairs)


def standing_then(claims: Sequence[InForce], at: Instant) -> set[str]:
    """What `latest_per_claimant` has on its lines at a moment: of a toll the state of then, whatever came after it."""
    how = _How(LATEST_PER_CLAIMANT, last_words_only=True)
    return {claim.claim for left in _left(split(claims)[0], at, how) for claim in left.standing}


def _picture(claims: Sequence[InForce], at: Instant | None, how: _How) -> FigurePicture:
    counted, aside = split(claims)
    of_periods: dict[str | None, dict[_Period, list[InForce]]] = {}
    for claim in claims:
        # What was planned is no word of what was so.
        for incident in claim.told_of if claim.content.hedge != "intended" else ():
            of_periods.setdefault(incident, {}).setdefault(_period(claim, incident), []).append(claim)
    groups: list[FigureGroup] = []
    for left in _left(counted, at, how):
        aside += left.aside
        if left.standing:
            lines = [_line(claim, at, how) for claim in left.standing]
            about = _About(left.incident, of_periods.get(left.incident, {}), left.parts(how))
            groups += (_group(together, about, how) for together in _together(lines, left.incident))
    groups.sort(key=lambda group: order(group.lines[0].claim))
    return FigurePicture(how.rule, tuple(groups), in_order(once(aside)))


def _left(counted: Sequence[InForce], at: Instant | None, how: _How) -> Iterator[_Left]:
    """Of each incident, and of what tells of none, what is neither superseded nor over."""
    told_of: dict[str | None, list[InForce]] = {}
    for claim in counted:
        for incident in (None,) if how.first else claim.told_of:
            told_of.setdefault(incident, []).append(claim)
    flow = bool(counted) and is_period(counted[0].content)
    following = None if at is None or how.first or not flow else Following(counted, at)
    for incident, said in told_of.items():
        aside: list[SetAside] = []
        if flow:
            at_moment = _tolls(said, at, how)
            candidates = at_moment.candidates
            superseded = earlier_tolls(candidates, how.origin, words_too=how.last_words_only, first=how.first)
            standing = [claim for claim in candidates if claim.claim not in superseded]
            followed = {claim.claim: following.after(claim, at_moment) for claim in standing} if following else {}
            aside += at_moment.aside
            aside += [SetAside(one, "followed", by) for one in standing if (by := followed.get(one.claim))]
            standing = [claim for claim in standing if not followed.get(claim.claim)]
        else:
            candidates = _begun_by(said, at)
            earlier = earlier_words(candidates, how.origin, first=how.first) if how.last_words_only else {}
            superseded = earlier | _certainly_earlier(candidates, how)
            standing = [claim for claim in candidates if claim.claim not in superseded]
        aside += [
            SetAside(claim, "superseded", superseded[claim.claim]) for claim in candidates if claim.claim in superseded
        ]
        yield _Left(incident, said, standing, aside)


def _begun_by(claims: Sequence[InForce], at: Instant | None) -> list[InForce]:
    """What may have begun by `at`."""
    return [claim for claim in claims if at is None or claim.so is None or claim.so.earliest_start <= at]


def _tolls(claims: Sequence[InForce], at: Instant | None, how: _How) -> AtMoment:
    """Of a flow without a moment everything, with one what it comes to then."""
    if at is None:
        return AtMoment(list(claims), [], frozenset())
    if how.first:
        within = [claim for claim in claims if claim.so is None or claim.so.holds_at(at) != "no"]
        return AtMoment(within, [], frozenset())
    return tolls_at(claims, at)


def _certainly_earlier(claims: Sequence[InForce], how: _How) -> dict[str, str]:
    """Claims that are certainly earlier than another of their voice about the same, with the last of these. A number is
    superseded by numbers only.
    """
    found = _earlier_in_time(claims)
    if how.first or len(numbered := with_number(claims)) == len(claims):
        return found
    with_one = {claim.claim for claim in numbered}
    return {claim: by for claim, by in found.items() if claim not in with_one} | _earlier_in_time(numbered)


def _earlier_in_time(claims: Iterable[InForce]) -> dict[str, str]:
    """All that are unattributed together are one voice here: an old number does not stand beside a newer one as if it
    still held.
    """
    spoken: dict[tuple[str | None, Aspects], list[tuple[Span, InForce]]] = {}
    for claim in claims:
        if claim.so is not None:
            spoken.setdefault((claim.content.claimant, aspects(claim)), []).append((claim.so, claim))
    found = {}
    for dated in spoken.values():
        so, last = max(dated, key=lambda one: order(one[1]))
        found.update({claim.claim: last.claim for earlier, claim in dated if earlier.latest_end < so.earliest_start})
    return found


def _line(claim: InForce, at: Instant | None, how: _How) -> Line:
    said = word(claim)
    if claim.so is None:
        return Line(claim, said.voice, said.range, "undated")
    held = "no" if at is None else claim.so.holds_at(at) if how.first else _held(claim, claim.so, at)
    if held == "certain" and claim.uncertain and not how.first:
        held = "possible"
    if is_period(claim.content):
        if at is None or held != "no":
            return Line(claim, said.voice, said.range, "period")
    elif held != "no":
        return Line(claim, said.voice, said.range, held)
    age = None if at is None else age_days(claim.so.latest_end, at)
    return Line(claim, said.voice, said.range, "last_known", age)


def _held(claim: InForce, so: Span, at: Instant) -> Literal["no", "possible", "certain"]:
    """As `holds_at`, where a date to the day is meant for all of that day, and what lasted was so on its last day too,
    as it is of control, and what was so at an hour may have been so until its day is over.
    """
    proven = so.proven_on_its_days
    if proven is not None and proven[0] <= at <= proven[1]:
        return "certain"
    return "possible" if claim.may_be_of(at) else "no"


def _together(lines: list[Line], incident: str | None) -> Iterable[list[Line]]:
    """Those of one period stand together, and the undated ones of a flow; all of a stock do, and of an incident."""
    lines.sort(key=lambda line: order(line.claim))
    grouped: dict[_Period, list[Line]] = {}
    for line in lines:
        grouped.setdefault(_period(line.claim, incident), []).append(line)
    return grouped.values()


def _period(claim: InForce, incident: str | None) -> _Period:
    so = claim.so if incident is None and is_period(claim.content) else None
    return None if so is None else (so.earliest_start, so.latest_end)


def _group(lines: list[Line], about: _About, how: _How) -> FigureGroup:
    """A part of another of these numbers is no number of the whole, unless nobody gives one of that."""
    flow = is_period(lines[0].claim.content)
    ranged = _numbers(lines, about.parts)
    voices, unattributed = _voices(ranged, about.told.get(_period(lines[0].claim, about.incident), ()), how)
    happening = None if about.incident is None else Happening(_words(ranged))
    verdict = _verdict(lines, ranged, about.parts, voices, how, happening)
    found = happening.range() if happening else hull(line.range for line in ranged if line.range is not None)
    if found is not None and verdict in NO_BEST and not how.first:
        found = replace(found, best=None)
    period = _period_of(lines) if flow else None
    parts = frozenset(line.claim.claim for line in lines if line.claim.claim in about.parts)
    return FigureGroup(period, tuple(lines), found, voices, unattributed, verdict, about.incident, parts)


def _numbers(lines: list[Line], parts: Set[str]) -> list[Line]:
    numbered = [line for line in lines if line.range is not None]
    return [line for line in numbered if line.claim.claim not in parts] or numbered


def _period_of(lines: list[Line]) -> Span | None:
    """The period of a group, as wide as any of its lines. The outer bounds are those of each, but for an incident's."""
    spans = [line.claim.so for line in lines if line.claim.so is not None]
    if not spans:
        return None
    return Span(
        min(so.earliest_start for so in spans),
        max(so.latest_start for so in spans),
        min(so.earliest_end for so in spans),
        max(so.latest_end for so in spans),
    )


def _verdict(
    lines: list[Line], ranged: list[Line], parts: Set[str], attributed: int, how: _How, happening: Happening | None
) -> Verdict:
    if not ranged:
        return "nothing"
    if not how.first and one_of_several(_words(ranged)):
        return "ambiguous"
    if not how.first and any(True for _ in _disputing(lines)):
        return "disagree"
    flow, words = is_period(lines[0].claim.content), _words(lines)
    compared = _compared(parts, how, happening)
    if any(True for _ in apart(words, compared)):
        # What rises later is a change in the world, and nobody is contradicted.
        return "disagree" if flow or any(True for _ in _apart_then(words, compared)) else "changed"
    if happening is not None and (happening.is_of_several_things or (flow and happening.says_otherwise(then=True))):
        # Of an incident at several places, say: the one may be a part of the other, or nothing of it.
        return "ambiguous"
    if happening is not None and flow and happening.says_otherwise(then=False):
        return "changed"
    if attributed == 0:
        return "unattributed"
    return "one_voice" if attributed == 1 else "agree"


def _compared(parts: Set[str], how: _How, happening: Happening | None) -> Comparing:
    if happening is not None:
        return comparing(parts, of_one_thing=happening.may_be_one)
    return FIRST if how.first else comparing(parts)


def _apart_then(words: Sequence[Word], compared: Comparing) -> Iterator[tuple[Word, Word]]:
    """Of one group those that cannot both be right: of a stock, at times that meet."""
    return apart(words, compared) if is_period(words[0].claim.content) else apart_at_once(words, compared)


def _voices(ranged: Sequence[Line], told: Sequence[InForce], how: _How) -> OriginsCounted:
    if how.first:
        voices = {line.voice for line in ranged}
        attributed = sum(voice.attributed for voice in voices)
        return OriginsCounted(attributed, len(voices) - attributed)
    claims = [line.claim for line in ranged]
    told = told if any(map(names_an_origin, claims)) else claims
    ranges = {claim.claim: word(claim).range for claim in told}

    def alike(one: InForce, other: InForce) -> bool:
        mine, theirs = ranges[one.claim], ranges[other.claim]
        return mine is not None and theirs is not None and mine.meets(theirs)

    return origins_counted(claims, alike, told)


def _words(lines: Iterable[Line]) -> list[Word]:
    return [Word(line.claim, line.voice, line.range) for line in lines]


def _disputing(lines: Iterable[Line]) -> Iterator[tuple[Word, Word]]:
    """Pairs of which one voice says of a number of another's that it is not so."""
    said = {one.claim.claim: one for one in _words(lines)}
    return (
        (one, said[claim_id])
        for one in said.values()
        for claim_id in one.claim.disputes
        if claim_id in said and one.voice != said[claim_id].voice
    )
