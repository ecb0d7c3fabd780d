"""The supervisor, with real servers and processes, run as a process of its own."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from infrastructure.embedded.process import Program
from interfaces.cli.supervisor import Supervisor

ROOT = Path(__file__).parents[2]

SUPERVISE = """
import sys
from pathlib import Path
from infrastructure.embedded.data_folder import DataFolder
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.process import Program
from infrastructure.embedded.valkey import EmbeddedValkey
from interfaces.cli.supervisor import Supervisor

with DataFolder(Path(sys.argv[1])) as folder, Supervisor() as supervisor:
    database_url = supervisor.start(EmbeddedPostgres(folder.path))
    redis_url = supervisor.start(EmbeddedValkey(folder.path))
    for name in ("api", "worker"):
        told = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        supervisor.start(Program(folder.path, name, ["/bin/sh", "-c", sys.argv[2]], told))
    print(database_url, redis_url, flush=True)
    supervisor.watch()
print("stopped", flush=True)
"""

# Leaves a mark when it is asked to end, and has a process of its own, as a worker's master has.
WELL_BEHAVED = 'trap "echo asked to end; exit 0" TERM; echo up as $$; sleep 100 & while :; do sleep 0.05; done'
DEAF = 'trap "" TERM INT; echo up as $$; while :; do sleep 0.05; done'


class Supervised:
    def __init__(self, folder: Path, child: str = WELL_BEHAVED) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(folder), child],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout
        self.database_url, self.redis_url = next(
            line.split() for line in self.process.stdout if line.startswith("postgresql")
        )

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.database_url.replace("+psycopg", ""), autocommit=True)

    def starts_of(self, name: str) -> list[int]:
        told = (self.folder / "logs" / f"{name}.log").read_text()
        return [int(line.split()[-1]) for line in told.splitlines() if line.startswith("up as")]

    def everything(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    running = Supervised(tmp_path / "data")
    yield running
    finish(running)


def finish(running: Supervised) -> None:
    left = running.everything() if running.process.poll() is None else []
    running.process.terminate()
    running.process.communicate(timeout=30)
    eventually(lambda: not lives(left))


def lives(processes: list[psutil.Process]) -> list[psutil.Process]:
    def is_there(process: psutil.Process) -> bool:
        try:
            return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    return [process for process in processes if is_there(process)]


def eventually(holds: Callable[[], object], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "did not come to hold in time"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_with_no_process_left(tmp_path: Path, number: signal.Signals) -> None:
    running = Supervised(tmp_path / "data")
    eventually(lambda: running.starts_of("api") and running.starts_of("worker"))
    everything = running.everything()
    assert len(everything) >= 8
    running.process.send_signal(number)
    told, _ = running.process.communicate(timeout=30)
    assert "stopped" in told
    assert running.process.returncode == 0
    assert lives(everything) == []
    for name in ("api", "worker"):
        assert "asked to end" in (running.folder / "logs" / f"{name}.log").read_text()
    assert "database system is shut down" in (running.folder / "logs" / "postgres.log").read_text()
    assert list((running.folder / "run").glob("*.json")) == []


def test_ctrl_c_in_a_terminal_does_not_reach_the_children(supervised: Supervised) -> None:
    def group_of(process: psutil.Process) -> int | None:
        try:
            return os.getpgid(process.pid)
        except ProcessLookupError:  # the short sleeps of a child end while one looks
            return None

    groups = {group_of(process) for process in supervised.everything()} - {None}
    assert len(groups) >= 4
    assert os.getpgid(supervised.process.pid) not in groups


def test_a_child_that_dies_is_started_again_more_slowly_each_time(supervised: Supervised) -> None:
    eventually(lambda: len(supervised.starts_of("worker")) == 1)
    orphan = psutil.Process(supervised.starts_of("worker")[0]).children()
    died_at = []
    for deaths in (1, 2, 3):
        os.kill(supervised.starts_of("worker")[-1], signal.SIGKILL)
        died_at.append(time.monotonic())
        eventually(lambda deaths=deaths: len(supervised.starts_of("worker")) == deaths + 1)  # type: ignore[misc]
        died_at[-1] = time.monotonic() - died_at[-1]
    assert lives(orphan) == []
    assert died_at[0] < died_at[1] < died_at[2] < 4
    assert len(supervised.starts_of("api")) == 1


def test_servers_that_die_come_back_at_the_same_address_and_children_live_on(supervised: Supervised) -> None:
    with supervised.connect() as connection:
        connection.execute("CREATE TABLE kept (word text)")
    eventually(lambda: supervised.starts_of("api"))
    noted = json.loads((supervised.folder / "run" / "valkey.json").read_text())
    os.kill(noted["pid"], signal.SIGKILL)
    os.kill(int((supervised.folder / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def both_answer() -> bool:
        try:
            with supervised.connect() as connection:
                connection.execute("SELECT word FROM kept")
            return bool(redis.Redis.from_url(supervised.redis_url).ping())
        except (psycopg.OperationalError, redis.ConnectionError):
            return False

    eventually(lambda: not both_answer())
    eventually(both_answer)
    assert len(supervised.starts_of("api")) == len(supervised.starts_of("worker")) == 1


def test_a_killed_supervisor_leaves_no_child_and_the_next_one_starts(tmp_path: Path) -> None:
    running = Supervised(tmp_path / "data")
    eventually(lambda: running.starts_of("api") and running.starts_of("worker"))
    everything = running.everything()
    running.process.kill()
    running.process.communicate()
    began = time.monotonic()
    again = Supervised(tmp_path / "data")
    assert time.monotonic() - began < 10
    assert again.database_url == running.database_url
    assert lives(everything) == []
    finish(again)


def test_a_child_that_does_not_listen_is_killed_after_its_time(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "run").mkdir()
    deaf = Program(tmp_path, "deaf", ["/bin/sh", "-c", DEAF], stop_with=((signal.SIGTERM, 0.3),))
    with Supervisor() as supervisor:
        supervisor.start(deaf)
        eventually(lambda: "up as" in deaf.log_path.read_text())
        process = deaf.process
    assert process
    assert process.returncode == -signal.SIGKILL


def test_a_signal_breaks_off_a_start_and_stops_what_was_started(tmp_path: Path) -> None:
    class Slow:
        name = "slow"
        stopped = False

        def start(self, on_progress: Callable[[str], None]) -> None:
            on_progress("starting slowly")
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)

        def exit_code(self) -> int | None:
            return None

        def stop(self) -> None:
            self.stopped = True

        def kill(self) -> None:
            raise AssertionError("nobody asked a second time")

    slow, told = Slow(), list[str]()
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended, Supervisor(told.append) as supervisor:
        supervisor.start(slow)
    assert ended.value.code == 128 + signal.SIGTERM
    assert slow.stopped
    assert told == ["starting slowly"]
    assert signal.getsignal(signal.SIGTERM) == before


TWO_PARTS = """
import signal, sys, time
from pathlib import Path
from infrastructure.embedded.process import Program
from interfaces.cli.supervisor import Supervisor

print("begun", flush=True)
with Supervisor(afterwards=signal.SIG_IGN) as supervisor:
    for name in ("api", "worker"):
        supervisor.start(Program(Path(sys.argv[1]), name, ["/bin/sh", "-c", sys.argv[2]], stop_with=((15, 20.0),)))
    supervisor.watch()
print("cut short:", *supervisor.cut_short, flush=True)
"""


def two_parts(folder: Path, child: str) -> "subprocess.Popen[str]":
    for name in ("logs", "run"):
        (folder / name).mkdir(parents=True)
    begun = subprocess.Popen(
        [sys.executable, "-c", TWO_PARTS, str(folder), child],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert begun.stdout
    assert begun.stdout.readline() == "begun\n"
    return begun


def test_any_number_of_signals_in_any_order_end_it(tmp_path: Path) -> None:
    """`make` and the terminal both tell of one Ctrl-C; while it starts, while it runs, while it stops."""
    dice = random.Random(20)
    for attempt, waits_s in enumerate((0.0, 0.05, 0.1, 0.2, 0.4, 0.8)):
        folder = tmp_path / str(attempt)
        running = two_parts(folder, WELL_BEHAVED)
        time.sleep(waits_s)
        for _ in range(200):
            if running.poll() is not None:
                break
            running.send_signal(dice.choice([signal.SIGINT, signal.SIGTERM]))
            time.sleep(dice.choice([0.0, 0.0, 0.001]))
        running.communicate(timeout=30)
        assert list((folder / "run").glob("*.json")) == []


def test_a_second_ctrl_c_stops_at_once_and_says_what_was_cut_short(tmp_path: Path) -> None:
    running = two_parts(tmp_path, DEAF)
    logs = [tmp_path / "logs" / f"{name}.log" for name in ("api", "worker")]
    eventually(lambda: all(log.exists() and "up as" in log.read_text() for log in logs))
    everything = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGINT)
    time.sleep(0.7)
    assert running.poll() is None
    asked = time.monotonic()
    running.send_signal(signal.SIGINT)
    told, _ = running.communicate(timeout=30)
    assert time.monotonic() - asked < 10
    assert set(told.split()) >= {"cut", "short:", "api", "worker"}
    assert lives(everything) == []


def test_a_log_that_grew_large_is_set_aside_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "logs" / "api.log").write_bytes(b"x" * 10_000_001)
    api = Program(tmp_path, "api", ["/bin/echo", "hello"])
    api.start()
    assert api.process
    api.process.wait()
    assert (tmp_path / "logs" / "api.log").read_text() == "hello\n"
    assert (tmp_path / "logs" / "api.log.1").stat().st_size == 10_000_001
    api.stop()
