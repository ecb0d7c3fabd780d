"""Ctrl-C ends any command at once and with one line, also where a server never answers, and however often it comes."""

import os
import pty
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interfaces.running_kroniek import KRONIEK, SAMPLE, environment

AT_ONCE_S = 5.0


@pytest.fixture
def hung() -> Iterator[socket.socket]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        yield listening


FOLLOW, IMPORT = ["follow"], ["import", str(SAMPLE)]


@pytest.mark.parametrize(("arguments", "times"), [
    (FOLLOW, 1), (FOLLOW, 2), (FOLLOW, 60), (IMPORT, 1), (IMPORT, 2), (IMPORT, 60), (["claims"], 2),
    (["correct", "c1", "--set", "best=3", "-r", "A digit too many"], 2), (["webhook", "list"], 2),
])  # fmt: skip
def test_ctrl_c_ends_a_command_with_one_line(
    hung: socket.socket, tmp_path: Path, arguments: list[str], times: int
) -> None:
    url = f"http://127.0.0.1:{hung.getsockname()[1]}"
    command = subprocess.Popen(
        [KRONIEK, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(KRONIEK_URL=url, KRONIEK_TOKEN="t", KRONIEK_DOSSIER="d"),
    )  # fmt: skip
    accepted, _ = hung.accept()
    begun = time.monotonic()
    for _ in range(times):
        command.send_signal(signal.SIGINT)
        if times > 2 and command.poll() is None:
            # As fast as a key repeats, also while it ends: what comes at once is one signal.
            time.sleep(0.005)
    told, complained = command.communicate(timeout=30)
    accepted.close()
    assert time.monotonic() - begun < AT_ONCE_S
    assert (told, complained.count("\n"), complained[:7]) == ("", 1, "Stopped")
    # It is how one that goes on for ever ends.
    assert command.returncode in ((0, 130) if arguments[0] == "follow" else (130,))


def test_a_bar_gives_the_cursor_back(hung: socket.socket, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    url = f"http://127.0.0.1:{hung.getsockname()[1]}"
    command = subprocess.Popen(
        [KRONIEK, "import", str(SAMPLE)], cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs,
        env=environment(KRONIEK_URL=url, KRONIEK_TOKEN="t", TERM="xterm"),
    )  # fmt: skip
    os.close(theirs)
    accepted, _ = hung.accept()
    command.send_signal(signal.SIGINT)
    command.send_signal(signal.SIGINT)
    told = b""
    while True:
        try:
            told += os.read(ours, 65_536)
        except OSError:
            # The other end is gone.
            break
    assert command.wait(30) == 128 + signal.SIGINT
    accepted.close()
    os.close(ours)
    assert told.rfind(b"\x1b[?25h") >= told.rfind(b"\x1b[?25l")
    assert told.count(b"Stopped") == 1
    assert b"Traceback" not in told
