"""What a benchmark says: a figure, and what it should be."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """`met` is None for a figure that is only told."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None


# Each benchmark for about a second: whether it runs, not how fast anything is.
QUICK = os.environ.get("KRONIEK_BENCH_QUICK", "") not in ("", "0")


def sized(full: int, quick: int, setting: str | None = None) -> int:
    """How much is measured: `full`, or what the setting says; `quick` where only a look is wanted."""
    if QUICK:
        return quick
    return full if setting is None else int(os.environ.get(setting, full))


Benchmark = Callable[[], Iterable[Measured]]


def per_second(number: float) -> str:
    return f"{number:,.0f}/s"
