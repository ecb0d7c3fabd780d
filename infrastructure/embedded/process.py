"""A process of ours: its log, its pid file, and its end when ours comes, however it comes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import psutil

from infrastructure.embedded.account import Account

OnProgress = Callable[[str], None]

_LOG_LIMIT_BYTES = 10_000_000
# The wall clock, from which start times are told, may be set while a process runs.
_CLOCK_STEP_S = 5.0
_BEGUN_WITHIN_S, _GONE_WITHIN_S = 30.0, 10.0

# Runs in the new process, before the program. A preexec_fn would do the same between fork and exec, where
# Python code can deadlock once there are threads. The death signal is asked for after the change of user,
# because that change takes it away.
_LAUNCH = """
import ctypes, json, os, signal, sys
plan = json.load(sys.stdin.buffer)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
libc = ctypes.CDLL(None)
if plan["uid"] is not None:
    os.setgroups([]), os.setgid(plan["gid"]), os.setuid(plan["uid"])
if sys.platform == "linux":
    libc.prctl(1, plan["signal"], 0, 0, 0)
    if os.getppid() != plan["parent"]:
        sys.exit("the parent was gone before the start")
for each in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(each, signal.SIG_DFL)
try:
    os.execve(plan["argv"][0], plan["argv"], plan["environment"])
except OSError as error:
    sys.exit(f"cannot run {plan['argv'][0]}: {error.strerror}")
"""

# PR_SET_PDEATHSIG follows the thread that made the process: one thread that lasts as long as we do makes all.
_maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="process-maker")


def untold(_: str) -> None:
    """The progress that nobody asked for."""


class Program:
    """Any program under supervision. `argv[0]` is a path; `environment` is added to our own.

    `stop_with` is what is tried to end it, as signals with seconds to wait; SIGKILL is the last.
    """

    def __init__(
        self,
        data_dir: Path,
        name: str,
        argv: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        stop_with: Sequence[tuple[int, float]] = ((signal.SIGTERM, 15.0),),
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.environment = {**os.environ, **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self.log_path = data_dir / "logs" / f"{name}.log"
        self.pid_path: Path | None = data_dir / "run" / f"{name}.json"
        self.account: Account | None = None
        self.cwd: Path | None = None
        self._stop_with = stop_with
        self._log_start = 0
        self._session_ended = False

    def start(self, on_progress: OnProgress = untold) -> None:
        """Returns once the process is there; whether it is ready is for the caller to find out."""
        if self.process and self.process.poll() is None:
            return
        on_progress(f"starting {self.name}")
        if self.pid_path:
            end_leftover(self.pid_path)
        with self._open_log() as log:
            self.process = _maker.submit(self._spawn, log).result(_BEGUN_WITHIN_S)
        self._session_ended = False
        if self.pid_path:
            _write_pid_file(self.pid_path, self.process.pid)

    def exit_code(self) -> int | None:
        """None while it runs. Once it has ended, whatever it started has been ended too."""
        if self.process is None:
            return None
        code = self.process.poll()
        if code is not None:
            self._end_session()
        return code

    def stop(self) -> None:
        if self.process is None:
            return
        for number, within_s in self._stop_with:
            self.process.send_signal(number)
            try:
                self.process.wait(within_s)
                break
            except subprocess.TimeoutExpired:
                continue
        self._end_session()
        # Killed by now; the kernel may keep one that waits for a disk.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_GONE_WITHIN_S)
        self.process = None

    def kill(self) -> None:
        """End it and all of its session at once, from any thread: whoever waits in `stop` goes on."""
        process = self.process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    def said(self, lines: int = 15) -> str:
        """The last lines of its log since this start."""
        with self.log_path.open("rb") as log:
            log.seek(self._log_start)
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-lines:])

    def _end_session(self) -> None:
        # Once: long after its end the number may be another's.
        if self.process and not self._session_ended:
            self._session_ended = True
            with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: the latter of zombies
                os.killpg(self.process.pid, signal.SIGKILL)
            if self.pid_path:
                self.pid_path.unlink(missing_ok=True)

    def _open_log(self) -> IO[bytes]:
        if self.log_path.exists() and self.log_path.stat().st_size > _LOG_LIMIT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        log = self.log_path.open("ab")
        self._log_start = log.tell()
        return log

    def _spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        plan = {
            "argv": self.argv,
            "environment": self.environment,
            "uid": self.account.uid if self.account else None,
            "gid": self.account.gid if self.account else None,
            "signal": int(self._stop_with[0][0]),
            "parent": os.getpid(),
        }
        # A session of its own: Ctrl-C in the terminal is for us alone, and the group can be ended as one.
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", "-c", _LAUNCH],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=self.cwd,
            start_new_session=True,
        )
        # Not among the arguments: those can be read by everyone, and the environment has secrets.
        assert process.stdin
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(json.dumps(plan).encode())
        return process


def end_leftovers(run_folder: Path) -> None:
    """Ends what a killed Kroniek left running, where the kernel did not do so on its own."""
    for pid_path in sorted(run_folder.glob("*.json")):
        end_leftover(pid_path)


def end_leftover(pid_path: Path) -> None:
    """Ends the process named in a pid file, if it is still that process, and all of its session."""
    try:
        noted = json.loads(pid_path.read_bytes())
        pid, created = int(noted["pid"]), float(noted["created"])
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):  # cut short while it was written
        pid_path.unlink()
        return
    leader = living(pid)
    if leader is None or abs(leader.create_time() - created) < _CLOCK_STEP_S:
        end(_session_of(pid, created), signal.SIGTERM, within_s=10.0)
    pid_path.unlink(missing_ok=True)


def end(processes: Sequence[psutil.Process], number: int, within_s: float) -> None:
    """Sends a signal to each and waits, then kills those that stay."""
    for each in (number, signal.SIGKILL):
        for process in processes:
            try:
                process.send_signal(each)
            except psutil.NoSuchProcess:
                continue
        deadline = time.monotonic() + within_s
        while (processes := [p for p in processes if _lives(p)]) and time.monotonic() < deadline:
            time.sleep(0.02)


def living(pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return process if _lives(process) else None


def _lives(process: psutil.Process) -> bool:
    # What nobody reaps, as under a container's first process, stays a zombie for ever: that is gone too.
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _session_of(leader_pid: int, since: float) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        try:
            ours = os.getsid(process.pid) == leader_pid and process.create_time() > since - _CLOCK_STEP_S
        except (OSError, psutil.Error):
            continue
        if ours and _lives(process):
            members.append(process)
    return members


def _write_pid_file(path: Path, pid: int) -> None:
    try:
        created = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:  # it has ended at once: nothing to find later
        return
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"pid": pid, "created": created}))
    partial.replace(path)
