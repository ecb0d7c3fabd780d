"""Runs what makes up Kroniek on one machine: in order, healed when a part dies, ended in reverse."""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType, TracebackType
from typing import Protocol, Self, TypeVar

import structlog

_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0
# A part that lived this long was well: its next death is a new one, and not a further failure to start.
_WELL_AFTER_S = 60.0
_LOOK_EVERY_S = 0.1
_GONE_WITHIN_S = 5.0
# Signals so close to one another are one request to stop.
_ONE_REQUEST_S = 0.5
_COME_BACK_S = 0.02

_Told = TypeVar("_Told", covariant=True)
_StartTold = TypeVar("_StartTold")

_log = structlog.get_logger(__name__)


class Part(Protocol[_Told]):
    """What can be supervised: an embedded server, the API, a worker."""

    @property
    def name(self) -> str: ...

    def start(self, on_progress: Callable[[str], None]) -> _Told:
        """Again after a death too, then with the same result, so that the other parts find it again."""
        ...

    def exit_code(self) -> int | None:
        """None while it runs."""
        ...

    def stop(self) -> None:
        """End it in order, within a time limit of its own."""
        ...

    def kill(self) -> None:
        """End it at once, from any thread: a `stop` that waits for it comes to an end too."""
        ...


class Supervisor:
    """From `with` on, SIGINT and SIGTERM end everything that was started, last one first.

    A second Ctrl-C, a while after the first, does not wait for that order: what still runs is killed, and
    `cut_short` names it. Use it in the main thread: signals arrive there.
    """

    def __init__(
        self, on_progress: Callable[[str], None] = lambda _: None, *, afterwards: "_Handler | None" = None
    ) -> None:
        """`afterwards`: what signals do once all has ended; as before, if left out."""
        self._on_progress = on_progress
        self._afterwards = afterwards
        self._watched: list[_Watched] = []
        # Set by the handler, which does nothing that could wait: it may run while we hold any lock.
        self._asked_at: float | None = None
        self._asked_again = False
        self._may_break_off = True
        self._breaks_off_for = 0
        self._hear, self._call = os.pipe()
        os.set_blocking(self._hear, False)
        os.set_blocking(self._call, False)
        self.cut_short: list[str] = []
        self._handlers: dict[signal.Signals, _Handler] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._on_signal)
        self._handlers[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._come_back)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._may_break_off = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        stopped = threading.Event()
        impatient = threading.Thread(target=self._kill_if_asked_again, args=[stopped], daemon=True)
        impatient.start()
        with ExitStack() as last_one_first:
            last_one_first.callback(os.close, self._hear)
            last_one_first.callback(os.close, self._call)
            for number, handler in self._handlers.items():
                last_one_first.callback(signal.signal, number, self._afterwards or handler)
            last_one_first.callback(impatient.join, _GONE_WITHIN_S)
            last_one_first.callback(stopped.set)
            for each in self._watched:
                last_one_first.callback(self._stop, each.part)

    def _stop(self, part: Part[object]) -> None:
        if self._asked_again:
            self.cut_short.append(part.name)
            part.kill()
        part.stop()

    def _kill_if_asked_again(self, stopped: threading.Event) -> None:
        while not stopped.wait(_LOOK_EVERY_S):
            if self._asked_again:
                for each in self._watched:
                    if each.part.exit_code() is None:
                        self.cut_short.append(each.part.name)
                        each.part.kill()
                return

    def start(self, part: Part[_StartTold]) -> _StartTold:
        """Starts a part and tells what its start tells. A signal breaks it off with SystemExit."""
        watched = _Watched(part)
        self._watched.append(watched)  # before its start: whatever is there of it is to be stopped
        told = part.start(self._on_progress)
        _log.info("started", part=part.name)
        return told

    def watch(self, begun: Callable[[], None] = lambda: None) -> None:
        """Until SIGINT or SIGTERM, or `request_stop`. Parts that die are started again, ever more slowly.

        `begun` says that all runs: whoever stops it as soon as they read that ends no start, but what is watched.
        """
        with self._signals_wait():
            begun()
            while not self._asked_within(_LOOK_EVERY_S):
                for each in self._watched:
                    if self._asked_at is None:
                        self._heal(each)

    def _asked_within(self, seconds: float) -> bool:
        if self._asked_at is None:
            select.select([self._hear], [], [], seconds)
        return self._asked_at is not None

    def request_stop(self) -> None:
        """Ends `watch`, from any thread."""
        self._note()

    def _heal(self, watched: "_Watched") -> None:
        now = time.monotonic()
        if watched.start_again_at is None:
            code = watched.part.exit_code()
            if code is None:
                return
            delay_s = watched.died(now)
            _log.error("died", part=watched.part.name, exit_code=code, restart_in_s=delay_s)
        elif now >= watched.start_again_at:
            try:
                with self._signals_break_off():
                    watched.part.start(self._on_progress)
            except SystemExit:
                return  # asked to stop meanwhile, as `watch` sees
            except Exception as error:
                delay_s = watched.died(now)
                _log.error("restart failed", part=watched.part.name, error=str(error), restart_in_s=delay_s)
            else:
                watched.started(time.monotonic())
                _log.info("restarted", part=watched.part.name)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # A terminal and `make` both tell us of one Ctrl-C.
        if number == signal.SIGINT and self._asked_at is not None:
            self._asked_again = self._asked_again or time.monotonic() - self._asked_at > _ONE_REQUEST_S
        self._note()
        if self._may_break_off:
            self._break_off(number, frame)

    def _break_off(self, number: int, frame: FrameType | None) -> None:
        """End a start that waits, where nobody looks at a flag. Once: what cleans up is let be.

        Never within a library's code, which may hold a lock, or have begun a thread that it has not noted yet: we come
        back a moment later.
        """
        if frame is not None and _of_a_library(frame):
            self._breaks_off_for = number
            signal.setitimer(signal.ITIMER_REAL, _COME_BACK_S)
            return
        self._may_break_off = False
        raise SystemExit(128 + number)

    def _come_back(self, _: int, frame: FrameType | None) -> None:
        if self._may_break_off:
            self._break_off(self._breaks_off_for, frame)

    def _note(self) -> None:
        if self._asked_at is None:
            self._asked_at = time.monotonic()
        with suppress(BlockingIOError):
            os.write(self._call, b"!")

    @contextmanager
    def _signals_wait(self) -> Iterator[None]:
        self._may_break_off = False
        try:
            yield
        finally:
            self._may_break_off = self._asked_at is None

    @contextmanager
    def _signals_break_off(self) -> Iterator[None]:
        # A server's recovery can take minutes: nobody who asks to stop is to wait for it.
        self._may_break_off = self._asked_at is None
        try:
            yield
        finally:
            self._may_break_off = False


class _Watched:
    def __init__(self, part: Part[object]) -> None:
        self.part = part
        self.start_again_at: float | None = None
        self._started_at = time.monotonic()
        self._failures = 0

    def died(self, now: float) -> float:
        """Notes it; the seconds until its next start."""
        if self.start_again_at is None and now - self._started_at > _WELL_AFTER_S:
            self._failures = 0
        delay_s = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        self.start_again_at = now + delay_s
        return float(delay_s)

    def started(self, now: float) -> None:
        self.start_again_at = None
        self._started_at = now


def _of_a_library(frame: FrameType) -> bool:
    """Whether a signal came within a library's code; one that came while another was handled, where that one did."""
    code = frame.f_code
    while code.co_filename == __file__ and code.co_name in _HANDLING and frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
    return "/lib/python3" in code.co_filename or code.co_filename.startswith("<frozen")


_HANDLING = {"_on_signal", "_break_off", "_come_back", "_note", "_of_a_library"}


_Handler = Callable[[int, FrameType | None], object] | int | None
