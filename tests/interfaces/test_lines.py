"""Lines of log: whoever says one never waits, and what could not be written is counted and said."""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from interfaces.lines import Lines, to_descriptor


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def told(dropped: int) -> str:
    return f"dropped {dropped}\n"


def test_what_is_said_arrives_whole_and_in_order(pipe: tuple[int, int]) -> None:
    lines = Lines(to_descriptor(pipe[1]), told)
    for number in range(1000):
        lines.write(f"{number}\n")
    assert lines.drain()
    assert os.read(pipe[0], 65536).decode().split() == [str(number) for number in range(1000)]
    assert lines.dropped == 0


def test_a_pipe_that_nobody_reads_keeps_nobody_waiting_and_what_was_lost_is_said(pipe: tuple[int, int]) -> None:
    lines, line = Lines(to_descriptor(pipe[1]), told, most=100), "x" * 1000 + "\n"
    begun = time.monotonic()
    for _ in range(2000):
        lines.write(line)
    assert time.monotonic() - begun < 2
    assert lines.dropped > 0
    assert not lines.drain(within_s=0.05)
    fcntl.fcntl(pipe[0], fcntl.F_SETFL, os.O_NONBLOCK)
    read, give_up = b"", time.monotonic() + 10
    while accounted(read, line) < 2000:
        assert time.monotonic() < give_up
        lines.write("once more\n")
        try:
            read += os.read(pipe[0], 65536)
        except BlockingIOError:
            time.sleep(0.001)


def accounted(read: bytes, line: str) -> int:
    """Lines that came, and those that are said to be lost."""
    return read.count(line.encode()) + sum(int(lost) for lost in re.findall(rb"dropped (\d+)\n", read))


def test_a_full_disk_keeps_nobody_waiting() -> None:
    with Path("/dev/full").open("wb") as full:
        lines = Lines(to_descriptor(full.fileno()), told)
        for _ in range(10):
            lines.write("a line\n")
        assert lines.drain()
        assert lines.dropped == 10


def test_a_process_that_was_forked_writes_its_own(pipe: tuple[int, int]) -> None:
    lines = Lines(to_descriptor(pipe[1]), told)
    lines.write("parent\n")
    assert lines.drain()
    child = os.fork()
    if child == 0:
        lines.write("child\n")
        os._exit(0 if lines.drain() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert os.read(pipe[0], 100).split() == [b"parent", b"child"]
