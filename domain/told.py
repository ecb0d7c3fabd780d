"""What a claim tells and gives, to be held against what others do: by its likeness, or by its number."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple

from domain.claim import Claim, ClaimCorrected, ClaimRecorded, ClaimReinstated, ClaimRevised, ClaimStatementReinstated
from domain.content import Content
from domain.fact import Fact
from domain.likeness import BESIDE, likeness
from domain.odd_numbers import Number, number_of
from domain.statements import standing


class Told(NamedTuple):
    """That a report holds this figure, occurrence or state of a place, by its `likeness`."""

    report: str
    likeness: str
    kind: Literal["figure", "control", "occurrence", "statement"] = "figure"


def words_told(state: Any, events: Sequence[Fact], time_zone: str) -> list[Told]:
    """The figures and occurrences that these events made a claim hold, which stands at `state` after them."""
    return _told(_statements_told(state, events), time_zone)


def numbers_told(state: Any, events: Sequence[Fact], time_zone: str) -> list[Number]:
    """The numbers that these events made a claim give, in the same way."""
    numbers = [number_of(content, time_zone) for _, content in _statements_told(state, events)]
    return [number for number in numbers if number is not None]


def _statements_told(state: Any, events: Iterable[Fact]) -> list[tuple[str, Content]]:
    """Each with its report."""
    told: list[tuple[str, Content]] = []
    for event in events:
        match event:
            case ClaimRecorded():
                told.append((event.report, event.content))
            case ClaimRevised():
                told += _statements(state, [event.statement])
            case ClaimCorrected():
                numbers = [mend.statement for mend in event.mends if not mend.set.keys() <= BESIDE]
                told += _statements(state, numbers)
            case ClaimStatementReinstated():
                told += _statements(state, [event.statement])
            case ClaimReinstated() if not state.retracted:
                told += _statements(state, [made.number for made in state.statements])
            case _:
                pass
    return told


def words_held(state: Claim, time_zone: str, most: int) -> list[Told]:
    """The figures and occurrences that a claim holds, the first of them, as many as `most`."""
    held = () if state.retracted else _statements(state, [made.number for made in state.statements])
    return _told(islice(held, most), time_zone)


def numbers_held(state: Claim, time_zone: str, most: int) -> Iterator[tuple[str, Number | None]]:
    """What a claim says, the last first, as many as `most`: in which report, and the number that it gives there."""
    if not state.retracted:
        for made in islice(reversed(standing(state.statements)), most):
            yield made.report, None if made.ended else number_of(made.content, time_zone)


def _statements(state: Claim, numbers: Collection[int]) -> Iterator[tuple[str, Content]]:
    for made in standing(state.statements):
        if made.number in numbers and not made.ended:
            yield made.report, made.content


def _told(said: Iterable[tuple[str, Content]], time_zone: str) -> list[Told]:
    told = [Told(report, likeness(content, time_zone), content.kind) for report, content in said]
    return [each for each in told if each.likeness]
