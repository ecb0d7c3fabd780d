"""Ctrl-C in a command that runs for a while: it ends in order and says so in a line; a second one ends it at once."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPED_CODE = 128 + signal.SIGINT
_SHOW_THE_CURSOR = b"\x1b[?25h"


class Stopped(SystemExit):
    """Somebody pressed Ctrl-C. As what ends a program it passes through libraries that would catch it as an error."""

    def __init__(self) -> None:
        super().__init__(STOPPED_CODE)


class CtrlC:
    """From `with` to its end, but for parts that handle signals themselves; then as it was, unless it was pressed.

    The handlers take no lock: the second may come while the main thread holds any.
    """

    def __init__(self) -> None:
        self._told = False
        self._pressed = False

    def __enter__(self) -> "CtrlC":
        self._ours = threading.current_thread() is threading.main_thread()
        if self._ours:
            self._before = signal.signal(signal.SIGINT, self._first)
            # Python gives signals back to the system when it ends, and one more would then kill what is ending.
            atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
        return self

    def __exit__(self, *_: object) -> None:
        if self._ours and not self._pressed:
            signal.signal(signal.SIGINT, self._before)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What is said of the end is said once and whole, however often it is pressed meanwhile."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            self._told = True
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def _first(self, number: int, frame: FrameType | None) -> None:
        self._pressed = True
        signal.signal(signal.SIGINT, self._second)
        raise Stopped

    def _second(self, number: int, frame: FrameType | None) -> None:
        if sys.__stdout__ is not None and sys.__stdout__.isatty():
            # A bar hides it.
            os.write(1, _SHOW_THE_CURSOR)
        if not self._told:
            os.write(2, b"Stopped at once.\n")
        os._exit(STOPPED_CODE)
