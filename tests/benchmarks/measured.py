"""What a benchmark says: a figure, and what it should be."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """`met` is None for a figure that is only told."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None


Benchmark = Callable[[], Iterable[Measured]]


def per_second(number: float) -> str:
    return f"{number:,.0f}/s"
