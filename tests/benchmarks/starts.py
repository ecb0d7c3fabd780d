"""How much processor a command takes that only prints help, and one that asks a question."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.measured import Measured, sized

HELP_TARGET_S, QUESTION_TARGET_S = 0.35, 0.6
TIMES = sized(5, 1)
KRONIEK = str(Path(sys.executable).parent / "kroniek")


def benchmark() -> Iterable[Measured]:
    for arguments, target_s in ((("--help",), HELP_TARGET_S), (("claims", "-d", "d"), QUESTION_TARGET_S)):
        # The best of a few: the first one compiles.
        took_s = min(_processor_s(*arguments) for _ in range(TIMES))
        told = f"kroniek {' '.join(arguments)}: processor time"
        yield Measured(told, f"{took_s:.2f} s", f"under {target_s} s", took_s < target_s)


def _processor_s(*arguments: str) -> float:
    """User and system time. A question gets as far as finding that nobody answers, which takes next to nothing."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    env = {**os.environ, "KRONIEK_URL": "http://127.0.0.1:9"}
    subprocess.run([KRONIEK, *arguments], env=env, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
