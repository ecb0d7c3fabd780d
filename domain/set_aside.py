"""What all rules share: which claims no rule counts, whose word is the later, and in which order answers stand."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from domain.in_force import InForce, Voice
from domain.when import Instant, Span

Why = Literal["withdrawn", "discredited", "intended", "superseded"]

DAY: Instant = 86_400_000_000
_UNDATED = (1, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A claim that no rule counts; `by` is the claim that superseded it."""

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


def in_order(aside: Iterable[SetAside]) -> tuple[SetAside, ...]:
    return tuple(sorted(aside, key=lambda one: order(one.claim)))


def age_days(latest_end: Instant, at: Instant) -> int:
    """Whole days since something ended."""
    return (at - latest_end) // DAY


def earlier_words(claims: Iterable[InForce]) -> dict[str, str]:
    """Claims of which the same voice has a later word about exactly the same span, with that word."""
    about: dict[tuple[Voice, Span | None], list[InForce]] = {}
    for claim in claims:
        about.setdefault((claim.voice, claim.so), []).append(claim)
    return _by_the_last(about.values())


def earlier_tolls(claims: Iterable[InForce], *, words_too: bool = True) -> dict[str, str]:
    """Earlier states of one voice's toll (the same start, an earlier end), with the state that took their place.

    With `words_too` also its earlier words about the same period. A toll is never differenced: bodies are found later.
    """
    tolls: dict[tuple[Voice, Instant | None, Instant | None], list[InForce]] = {}
    for claim in claims:
        so = claim.so
        start = (None, None) if so is None else (so.earliest_start, so.latest_start)
        tolls.setdefault((claim.voice, *start), []).append(claim)
    if words_too:
        return _by_the_last(tolls.values())
    return {
        earlier: last
        for toll in tolls.values()
        for last, end in (_last(toll),)
        for earlier, so in ((claim.claim, claim.so) for claim in toll)
        if _end(so) != end
    }


def _by_the_last(groups: Iterable[list[InForce]]) -> dict[str, str]:
    found = {}
    for group in groups:
        if len(group) > 1:
            last, _ = _last(group)
            found.update({claim.claim: last for claim in group if claim.claim != last})
    return found


def _last(claims: list[InForce]) -> tuple[str, tuple[int, int]]:
    last = max(claims, key=lambda claim: (_end(claim.so), said(claim), claim.claim))
    return last.claim, _end(last.so)


def _end(so: Span | None) -> tuple[Instant, Instant]:
    return (0, 0) if so is None else (so.latest_end, so.earliest_end)
