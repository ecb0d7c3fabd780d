"""`make bench`: measures, beside a peer or a limit. `python -m tests.benchmarks log` measures only that."""

import os
import platform
import sys
import time

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    at_size,
    commands,
    editions,
    heavy,
    http,
    log,
    projections,
    questions,
    starts,
    streams,
    webhooks,
)
from tests.benchmarks.measured import QUICK, Benchmark

BENCHMARKS: dict[str, Benchmark] = {
    "log": log.benchmark,
    "projections": projections.benchmark,
    "commands": commands.benchmark,
    "http": http.benchmark,
    "at_size": at_size.benchmark,
    "editions": editions.benchmark,
    "questions": questions.benchmark,
    "heavy": heavy.benchmark,
    "streams": streams.benchmark,
    "webhooks": webhooks.benchmark,
    "starts": starts.benchmark,
}


def main(names: list[str]) -> int:
    """0 if every target was met; where only a look is taken, if every benchmark ran."""
    console = Console()
    table = Table("what", "measured", "target, or peer", "met", title="Kroniek, measured")
    missed = 0
    for name in names or BENCHMARKS:
        begun, rows = time.perf_counter(), 0
        for row in BENCHMARKS[name]():
            console.print(f"[dim]{row.what}: {row.measured}[/dim]")
            # A look at whether it runs is no measurement.
            met = None if QUICK else row.met
            table.add_row(row.what, row.measured, row.target, {True: "yes", False: "[red]no[/red]", None: ""}[met])
            missed += met is False
            rows += 1
        assert rows, f"the benchmark {name} measured nothing"
        if QUICK:
            console.print(f"[dim]{name}: {time.perf_counter() - begun:.1f} s[/dim]")
    console.print(table)
    console.print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
