"""What all rules share: which claims no rule counts, whose word is the later, and in which order answers stand."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from domain.calendar import DAY
from domain.content import Figure
from domain.in_force import InForce, Voice
from domain.when import Instant, Span
from domain.words import has_number

Why = Literal["withdrawn", "discredited", "intended", "superseded", "longer", "ended", "followed"]

_UNDATED = (1, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A claim that no rule counts; `by` is the claim that superseded or followed it, or that it counts on from
    (`longer`).
    """

    claim: InForce
    why: Why
    by: str | None = None


def why_aside(claim: InForce) -> Why | None:
    """Why a claim is not even looked at, whatever its time."""
    if claim.withdrawn:
        return "withdrawn"
    if claim.discredited:
        return "discredited"
    # It tells a plan, and no count or state.
    return "intended" if claim.content.hedge == "intended" else None


def split(
    claims: Iterable[InForce], wanted: Callable[[InForce], bool] = lambda _: True
) -> tuple[list[InForce], list[SetAside]]:
    """The `wanted` claims that count, and those that do not."""
    counted, aside = [], []
    for claim in claims:
        if wanted(claim):
            why = why_aside(claim)
            if why is None:
                counted.append(claim)
            else:
                aside.append(SetAside(claim, why))
    return counted, aside


Order = tuple[tuple[int, int, int, int, int], tuple[int, int, int], str]


def order(claim: InForce) -> Order:
    """By span (undated last), then publication, then recording. Of equal spans the last is the later word."""
    so = claim.so
    span = _UNDATED if so is None else (0, so.earliest_start, so.latest_start, so.earliest_end, so.latest_end)
    return span, said(claim), claim.claim


def said(claim: InForce) -> tuple[int, int, int]:
    """Of two claims of one voice about the same, the one for which this is more is its later word."""
    return claim.published.latest, claim.published.earliest, claim.recorded_position


def once(aside: Iterable[SetAside]) -> Iterable[SetAside]:
    """What is set aside in several incidents for one reason is told once."""
    return {(one.claim.claim, one.why, one.by): one for one in aside}.values()


def in_order(aside: Iterable[SetAside]) -> tuple[SetAside, ...]:
    return tuple(sorted(aside, key=lambda one: order(one.claim)))


def age_days(latest_end: Instant, at: Instant) -> int:
    """Whole days since something ended."""
    return (at - latest_end) // DAY


Aspects = tuple[str | None, str | None, str | None]


def aspects(claim: InForce) -> Aspects:
    """Where a figure was counted, by whom it was done, and how: one for all of a topic but an incident's, which may
    leave them unsaid.
    """
    figure = claim.content
    assert isinstance(figure, Figure), claim.claim
    return figure.place, figure.by, figure.cause


def may_be_one(one: Aspects, other: Aspects) -> bool:
    """Whether none of them is another in the one than in the other. What is unsaid may be any."""
    return all(None in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True))


Origin = Callable[[InForce], str | tuple[str, str]]
"""What a word stands in. Of one voice's words about the same, those of one origin stand beside each other."""


def itself(claim: InForce) -> str:
    """Each claim for itself, as the first versions of the rules had it: any later word supersedes."""
    return claim.claim


def published_in(claim: InForce) -> tuple[str, str]:
    """Its report. All editions of a dataset are one, since each tells again what it still holds."""
    return ("report", claim.report) if claim.dataset is None else ("dataset", claim.dataset)


def with_number(claims: Iterable[InForce]) -> list[InForce]:
    """Figures that say how many. "Not known" takes back no number, so what has none supersedes none that has one."""
    return [claim for claim in claims if isinstance(claim.content, Figure) and has_number(claim.content)]


def earlier_words(claims: Iterable[InForce], origin: Origin, *, first: bool = False) -> dict[str, str]:
    """Claims of which the same voice has a later word about exactly the same span and thing, in another origin: with
    that. By the `first` versions of the rules also one without a number superseded one that has it.
    """
    about: dict[tuple[Voice, Aspects, Span | None], list[InForce]] = {}
    for claim in claims:
        about.setdefault((claim.voice, aspects(claim), claim.so), []).append(claim)
    return _outdated(about.values(), origin, first=first)


def earlier_tolls(
    claims: Iterable[InForce], origin: Origin, *, words_too: bool = True, first: bool = False
) -> dict[str, str]:
    """Earlier states of one voice's toll (the same start, an earlier end), with the state that took their place.

    With `words_too` also its earlier words about the same period. A toll is never differenced: bodies are found later.
    """
    return _outdated(tolls_of(claims), origin if words_too else lambda _: "", first=first)


def tolls_of(claims: Iterable[InForce]) -> Iterable[list[InForce]]:
    """Figures of flows by the voice, the thing and the start that they share."""
    tolls: dict[tuple[Voice, Aspects, Instant | None, Instant | None], list[InForce]] = {}
    for claim in claims:
        so = claim.so
        start = (None, None) if so is None else (so.earliest_start, so.latest_start)
        tolls.setdefault((claim.voice, aspects(claim), *start), []).append(claim)
    return tolls.values()


def _outdated(groups: Iterable[list[InForce]], origin: Origin, *, first: bool) -> dict[str, str]:
    """Of each group those that end before its last word, or stand in another origin than that; of those with a number
    before the last that has one.
    """
    found: dict[str, str] = {}
    for group in groups:
        if len(group) > 1:
            numbered = [] if first else with_number(group)
            with_one = {one.claim for one in numbered}
            found |= {claim: by for claim, by in _before_the_last(group, origin).items() if claim not in with_one}
            found |= _before_the_last(numbered, origin)
    return found


def _before_the_last(group: list[InForce], origin: Origin) -> dict[str, str]:
    if not group:
        return {}
    last = last_word(group)
    end, stands_in = end_of(last), origin(last)
    return {one.claim: last.claim for one in group if end_of(one) != end or origin(one) != stands_in}


def last_word(claims: Iterable[InForce]) -> InForce:
    """By when it ends, then by which was said later."""
    return max(claims, key=lambda claim: (end_of(claim), said(claim), claim.claim))


def end_of(claim: InForce) -> tuple[Instant, Instant]:
    """When it ends: at the latest, at the earliest."""
    return (0, 0) if claim.so is None else (claim.so.latest_end, claim.so.earliest_end)
