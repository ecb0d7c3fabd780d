"""Where lines of log go: to a thread that writes them, so that nobody else waits for a pipe or a disk."""

import atexit
import os
import queue
import threading
import time
from collections.abc import Callable

# Some seconds of a busy process.
MOST_WAITING = 10_000
_AT_ONCE = 1_000
_GATHERED_FOR_S = 0.01
_FLUSH_WITHIN_S = 1.0


class Lines:
    """A text file as loggers need it. Writing never waits and never fails: what cannot be written is counted.

    `dropped_told` words how many lines were dropped, for the next that can be written again.
    """

    def __init__(
        self, put: Callable[[str], object], dropped_told: Callable[[int], str], *, most: int = MOST_WAITING
    ) -> None:
        """`put` writes for good, may take as long as it likes, and raises OSError where it cannot."""
        self.dropped = 0
        self._put_for_good = put
        self._told = 0
        self._dropped_told = dropped_told
        self._most = most
        self._begin()
        # A process that was forked has the queue and not the thread.
        os.register_at_fork(after_in_child=self._begin)
        atexit.register(self.drain)

    def _begin(self) -> None:
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._drained = threading.Event()
        self._writer = threading.Thread(target=self._write_all, name="log lines", daemon=True)
        self._starting = threading.Lock()

    def write(self, text: str) -> int:
        if self._writer.ident is None and self._starting.acquire(blocking=False):
            # Not before: a thread would be no use to a process that only forks others.
            self._writer.start()
        if self._waiting.qsize() >= self._most:
            self.dropped += text.count("\n")
        else:
            self._waiting.put(text)
        return len(text)

    def flush(self) -> None:
        """Nothing: the thread does not wait for more."""

    def drain(self, within_s: float = _FLUSH_WITHIN_S) -> bool:
        """Waits until all is written, for a while. Whether it is."""
        if self._writer.ident is None:
            return True
        done = threading.Event()
        self._drained = done
        self._waiting.put("")
        return done.wait(within_s)

    def _write_all(self) -> None:
        while True:
            lines = [self._waiting.get()]
            if lines[0]:
                # Each time that this thread wakes it takes the interpreter from whoever answers: seldom, then.
                time.sleep(_GATHERED_FOR_S)
            while not self._waiting.empty() and len(lines) < _AT_ONCE and lines[-1]:
                lines.append(self._waiting.get())
            text = "".join(lines)
            untold = self.dropped - self._told
            if untold and text:
                text = self._dropped_told(untold) + text
            if self._put(text):
                self._told += untold if text else 0
            else:
                self.dropped += sum(line.count("\n") for line in lines)
            if not lines[-1]:
                self._drained.set()

    def _put(self, text: str) -> bool:
        """Waits as long as it takes: this is the thread that may."""
        try:
            self._put_for_good(text)
        except OSError:
            # A disk that is full, a reader that is gone. There is nobody to tell but those who count.
            return False
        return True


def to_descriptor(descriptor: int, encoding: str = "utf-8") -> Callable[[str], None]:
    """Writes to one of the system's files with no buffer between: what failed is not tried again later."""

    def put(text: str) -> None:
        left = memoryview(text.encode(encoding, "backslashreplace"))
        while left:
            left = left[os.write(descriptor, left) :]

    return put
