"""`make bench`: measures, beside a peer or a limit. `python -m tests.benchmarks log` measures only that."""

import os
import platform
import sys

from rich.console import Console
from rich.table import Table

from tests.benchmarks import at_size, commands, editions, http, log, questions, starts, streams, webhooks
from tests.benchmarks.measured import Benchmark

BENCHMARKS: dict[str, Benchmark] = {
    "log": log.benchmark,
    "commands": commands.benchmark,
    "http": http.benchmark,
    "at_size": at_size.benchmark,
    "editions": editions.benchmark,
    "questions": questions.benchmark,
    "streams": streams.benchmark,
    "webhooks": webhooks.benchmark,
    "starts": starts.benchmark,
}


def main(names: list[str]) -> int:
    """0 if every target was met."""
    console = Console()
    table = Table("what", "measured", "target, or peer", "met", title="Kroniek, measured")
    missed = 0
    for name in names or BENCHMARKS:
        for row in BENCHMARKS[name]():
            console.print(f"[dim]{row.what}: {row.measured}[/dim]")
            table.add_row(row.what, row.measured, row.target, {True: "yes", False: "[red]no[/red]", None: ""}[row.met])
            missed += row.met is False
    console.print(table)
    console.print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
