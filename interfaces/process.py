"""What each long-running process of ours sets up for itself: lines of log, and how often garbage is looked for."""

import ctypes
import gc
import io
import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog

from interfaces.bootstrap import Settings
from interfaces.lines import Lines, to_descriptor


def spare_the_collector(after: int = 50_000) -> None:
    """Look for circular garbage seldom: batches of events make many objects and hardly a circle among them.

    Measured on a first catch-up: a third of the worker's time went into looking. Nothing else goes on meanwhile, for
    some 10 ms where it looks after 50,000 new objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(after, 1_000_000 // after, 100)


def end_with_the_parent() -> None:
    """For a process that another one of ours made by `multiprocessing`: it is not to outlive that one.

    An orphan would hold turns, leases and connections, for ever if it is stuck. So it is killed, by the kernel where
    that can be asked for: what was under way is undone by the database, and done again by another.
    """
    parent = multiprocessing.parent_process()
    if parent is None or parent.pid is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent.pid:
            os._exit(1)
    else:
        threading.Thread(target=_end_after, args=[parent.pid], daemon=True).start()


_PR_SET_PDEATHSIG = 1
_LOOK_FOR_THE_PARENT_S = 0.5


def _end_after(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_LOOK_FOR_THE_PARENT_S)
    os._exit(1)


def configure_logging(settings: Settings) -> None:
    """One line for each thing that happened: JSON for machines, readable on a terminal."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    level = getattr(logging, settings.log_level.upper())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info if as_json else structlog.processors.StackInfoRenderer(),
    ]
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    lines = _lines(lambda dropped: _dropped_told(dropped, as_json=as_json))
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(lines),
        cache_logger_on_first_use=True,
    )
    # Libraries that log by themselves are heard from warnings on, in the same form.
    handler = logging.StreamHandler(lines)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    for name in ("uvicorn", "uvicorn.error"):
        # It has handlers of its own, which wait for whoever reads them.
        theirs = logging.getLogger(name)
        theirs.handlers, theirs.propagate = [], True
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


_written: list[Lines] = []


def lines_dropped() -> int:
    """How many lines of log this process could not write, since nobody took them."""
    return sum(lines.dropped for lines in _written)


def _lines(dropped_told: Callable[[int], str]) -> Any:
    # Dramatiq puts a pipe to its first process in the place of the file, with frames of its own around what is said.
    put: Callable[[str], object] = sys.stderr.write
    if isinstance(sys.stderr, io.TextIOWrapper):
        put = to_descriptor(sys.stderr.fileno(), sys.stderr.encoding)
    lines = Lines(put, dropped_told)
    _written.append(lines)
    return lines


def _dropped_told(dropped: int, *, as_json: bool) -> str:
    told = {"event": "log_lines_dropped", "level": "warning", "lines": dropped}
    return (json.dumps(told) if as_json else f"[warning] log_lines_dropped lines={dropped}") + "\n"
