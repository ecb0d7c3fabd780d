"""Stops parts of an installation as a machine does that hangs: SIGSTOP, and SIGCONT when the test is through."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.valkey import EmbeddedValkey


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Nothing of these processes goes on in the meantime; what is connected to them stays connected."""
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in reversed(pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextmanager
def stopped_server(server: EmbeddedPostgres | EmbeddedValkey) -> Iterator[None]:
    assert server.process
    with stopped(*family(server.process.pid)):
        yield
