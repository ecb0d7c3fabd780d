"""A Kroniek started as people start it, and its commands, for the tests."""

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import psutil

from interfaces.cli import output
from interfaces.cli.main import main

KRONIEK = str(Path(sys.executable).parent / "kroniek")
ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples" / "hajin-baghouz.yaml"

T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KRONIEK_")}
    return {**ours, "COLUMNS": "160", **more}


def process(*arguments: str, cwd: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """One command as a process of its own, run to its end."""
    return subprocess.run(
        [KRONIEK, *arguments], cwd=cwd, env=environment(**more), capture_output=True, text=True, timeout=60
    )


def command(*arguments: str, cwd: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """One command, run to its end in this process: starting one for each would take most of the tests' time."""
    said, complained = io.StringIO(), io.StringIO()
    output.out.cache_clear()
    output.err.cache_clear()
    with (
        mock.patch.dict(os.environ, environment(**more), clear=True),
        mock.patch.object(sys, "argv", ["kroniek", *arguments]),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(complained),
    ):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
    # Whatever prints next does so by its own surroundings.
    output.out.cache_clear()
    output.err.cache_clear()
    return subprocess.CompletedProcess(arguments, code, said.getvalue(), complained.getvalue())


@dataclass
class Kroniek:
    """`kroniek up` or `kroniek demo` in a folder; its data is in `.kroniek` there."""

    folder: Path
    port: int
    process: "subprocess.Popen[str]"
    started_in_s: float
    told: str

    @classmethod
    def start(
        cls, folder: Path, verb: str, port: int | None = None, *, umask: int = -1, surroundings: Mapping[str, str] = {}
    ) -> "Kroniek":
        port = port or free_port()
        begun = time.monotonic()
        # Its errors come on the same pipe: they say why it did not start.
        process = subprocess.Popen(
            [KRONIEK, verb, "--port", str(port)],
            cwd=folder,
            env=environment(**surroundings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            umask=umask,
        )
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C stops it." in line:
                return cls(folder, port, process, time.monotonic() - begun, "".join(lines))
        process.wait()
        raise AssertionError("".join(lines))

    def everything(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def of_each(self, ask: Callable[[psutil.Process], T]) -> list[T]:
        """What each process answers; a server's own come and go, and those that went meanwhile are left out."""
        answers = []
        for process in self.everything():
            with contextlib.suppress(psutil.NoSuchProcess):
                answers.append(ask(process))
        return answers

    def stop(self, number: int = signal.SIGINT) -> str:
        """What it said at the end."""
        self.process.send_signal(number)
        told, _ = self.process.communicate(timeout=60)
        return str(told)

    def run(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return command(*arguments, cwd=self.folder, **more)

    def ok(self, *arguments: str, **more: str) -> str:
        done = self.run(*arguments, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, *arguments: str) -> list[Any]:
        return [json.loads(line) for line in self.ok(*arguments, "--json").splitlines()]

    @property
    def curl_lines(self) -> list[str]:
        return re.findall(r"^   (curl .*)$", self.told, re.MULTILINE)


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    def lives(process: psutil.Process) -> bool:
        try:
            return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    return [process for process in processes if lives(process)]
