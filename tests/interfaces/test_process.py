"""What our processes set up for themselves."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.interfaces.running_kroniek import ROOT, living

PARENT = """
import multiprocessing, signal, sys, time
from interfaces.process import end_with_the_parent

def child(ready):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end_with_the_parent()
    ready.set()
    time.sleep(600)

if __name__ == "__main__":
    held = multiprocessing.get_context(sys.argv[1])
    ready = held.Event()
    made = held.Process(target=child, args=[ready])
    made.start()
    ready.wait()
    print(made.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_a_killed_master_leaves_no_orphan_however_stuck(way: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    argv = [sys.executable, str(script), way]
    with subprocess.Popen(argv, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as master:
        assert master.stdout
        child = psutil.Process(int(master.stdout.readline()))
        # A process that is stopped handles no signal that can be handled.
        child.send_signal(signal.SIGSTOP)
        assert living([child]) == [child]
        master.kill()
        psutil.wait_procs([child], timeout=10)
        assert living([child]) == []
