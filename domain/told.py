"""What a claim tells and gives, to be held against what others do: by its likeness, or by its number."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from domain.claim import Claim, ClaimCorrected, ClaimRecorded, ClaimReinstated, ClaimRevised, ClaimStatementReinstated
from domain.content import Content
from domain.fact import Fact
from domain.likeness import BESIDE, likeness
from domain.odd_numbers import Number, number_of
from domain.statements import last_word, standing


class Told(NamedTuple):
    """That a report holds this figure, occurrence or state of a place, by its `likeness`."""

    report: str
    likeness: str
    kind: Literal["figure", "control", "occurrence", "statement"] = "figure"


def words_told(state: Any, events: Sequence[Fact], time_zone: str) -> Iterator[Told]:
    """The figures and occurrences that these events made a claim hold, which stands at `state` after them."""
    return _told(_statements_told(state, events), time_zone)


def numbers_told(state: Any, events: Sequence[Fact], time_zone: str) -> Iterator[Number]:
    """The numbers that these events made a claim give, in the same way."""
    for _, content in _statements_told(state, events):
        number = number_of(content, time_zone)
        if number is not None:
            yield number


def _statements_told(state: Any, events: Iterable[Fact]) -> Iterator[tuple[str, Content]]:
    """Each with its report."""
    for event in events:
        match event:
            case ClaimRecorded():
                yield event.report, event.content
            case ClaimRevised():
                yield from _statements(state, [event.statement])
            case ClaimCorrected():
                numbers = [mend.statement for mend in event.mends if not mend.set.keys() <= BESIDE]
                yield from _statements(state, numbers)
            case ClaimStatementReinstated():
                yield from _statements(state, [event.statement])
            case ClaimReinstated() if not state.retracted:
                yield from _statements(state, [made.number for made in state.statements])
            case _:
                pass


def words_held(state: Claim, time_zone: str) -> Iterator[Told]:
    """The figures and occurrences that a claim holds."""
    if not state.retracted:
        yield from _told(_statements(state, [made.number for made in state.statements]), time_zone)


def number_held(state: Claim, time_zone: str) -> tuple[str, Number] | None:
    """The number that a claim gives now, and the report in which it does."""
    last = last_word(state.statements)
    number = None if state.retracted or last.ended else number_of(last.content, time_zone)
    return None if number is None else (last.report, number)


def _statements(state: Claim, numbers: Collection[int]) -> Iterator[tuple[str, Content]]:
    for made in standing(state.statements):
        if made.number in numbers and not made.ended:
            yield made.report, made.content


def _told(said: Iterable[tuple[str, Content]], time_zone: str) -> Iterator[Told]:
    for report, content in said:
        found = likeness(content, time_zone)
        if found:
            yield Told(report, found, content.kind)
