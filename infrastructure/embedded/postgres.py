"""PostgreSQL run as a child of ours on a private Unix socket."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from sqlalchemy import URL

from infrastructure.database import connect
from infrastructure.embedded.account import (
    Account,
    NoAccount,
    account_for,
    give_to,
    reachable,
)
from infrastructure.embedded.data_folder import (
    CannotStart,
    DataFolderUnusable,
    EmbeddedServerFailed,
    FolderLock,
    forget_socket_folder,
    prepare_folder,
    socket_folder,
    unusable,
)
from infrastructure.embedded.postgres_programs import Programs, programs_for
from infrastructure.embedded.process import OnProgress, Program, end, living, untold
from infrastructure.embedded.upgrade import refuse_other_versions

_DATABASE = "kroniek"
_MADE_WITHIN_S = 300.0
# What it says of a disk that takes nothing more, or only a part of what is written, and of a limit to files.
_NO_ROOM = {
    "No space left on device": errno.ENOSPC, "Check free disk space": errno.ENOSPC, "File too large": errno.EFBIG,
}  # fmt: skip
_SOCKET_NAME = ".s.PGSQL.5432.lock"  # the longest name made beside the socket

_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "cluster_name": "kroniek",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # Fewer and flatter checkpoints, for at most a minute or so of recovery after a crash.
    "max_wal_size": "2GB",
    "min_wal_size": "128MB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
}


class EmbeddedPostgres:
    """One server for one data folder, with its data in `<data_dir>/postgres`.

    `settings` are server settings over ours; `environment` is for the server process alone.
    """

    name = "postgres"

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
        """The SQLAlchemy URL of the database, once it accepts connections. Recovery takes as long as it takes.

        Raises CannotStart in its kinds. Starting what runs already only tells the URL.
        """
        folder = self._data_dir = prepare_folder(self._data_dir)
        self._lock = self._lock or FolderLock(folder, self.name)
        self._lock.acquire()
        try:
            account = self._account(folder)
            sockets = self._sockets = socket_folder(folder, self.name, _SOCKET_NAME, account)
            if self._program is None or self._program.exit_code() is not None:
                self._launch(folder / "postgres", sockets, account, on_progress)
            self._await_ready(sockets, on_progress)
        except OSError as error:
            self.stop()
            raise unusable(folder, error) from error
        except BaseException:
            self.stop()
            raise
        return f"postgresql+psycopg://postgres@/{_DATABASE}?host={quote(str(sockets))}&port=5432"

    def exit_code(self) -> int | None:
        return self._program.exit_code() if self._program else None

    def kill(self) -> None:
        if self._program:
            self._program.kill()

    def stop(self) -> None:
        """Fast shutdown, then immediate, then kill. Stopping what does not run is fine."""
        if self._program:
            self._program.stop()
            _end_leftovers(self._data_dir / "postgres", untold)
            self._program = None
        if self._sockets:
            forget_socket_folder(self._data_dir, self._sockets)
        if self._lock:
            self._lock.release()

    def _account(self, folder: Path) -> Account | None:
        try:
            return account_for(folder, folder / "postgres")
        except NoAccount:
            raise CannotStart(
                "PostgreSQL does not run as root, and there is no account to run it as:"
                " make one with `useradd --system postgres`, or start Kroniek as an ordinary user."
            ) from None

    def _launch(self, data: Path, sockets: Path, account: Account | None, on_progress: OnProgress) -> None:
        programs = programs_for(account, data)
        if programs.of_machine:
            on_progress(f"PostgreSQL {programs.version} of this machine, {programs.folder}, takes the place of our own")
        if data.exists():
            _take_over(data, account)
            seen_as = _as_seen_by(account, data, programs)
            refuse_other_versions(data, programs, sockets, account, seen_as=seen_as)
            _end_leftovers(data, on_progress)
        else:
            _make_database(data, programs, account, on_progress)
        # We hold the lock and no server runs on this data: what these say of a process is out of date, and
        # would stop the server if that number has since gone to another one, as it does in a container.
        _forget_recycled_pid(data)
        for stale in sockets.glob(".s.PGSQL.*"):
            stale.unlink()
        settings = {**self._settings, "unix_socket_directories": f'"{sockets}"'}
        arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        program = Program(
            self._data_dir,
            self.name,
            [str(programs.folder / "postgres"), "-D", _as_seen_by(account, data, programs), *arguments],
            stop_with=((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0)),
        )
        program.environment = _environment(self._environment)
        program.account, program.cwd = account, data
        program.pid_path = None  # postmaster.pid is that, and it must be ended in another way
        program.start()
        self._program = program

    def _await_ready(self, sockets: Path, on_progress: OnProgress) -> None:
        assert self._program
        began = time.monotonic()
        told = 0.0
        while True:
            code = self._program.exit_code()
            if code is not None:
                raise self._failed(f"ended with {code} while it started")
            # Asked only once it says so: each refusal before that would be a line more in its log.
            if _says_ready(self._data_dir / "postgres", self._program):
                try:
                    _ensure_database(sockets)
                    return
                except psycopg.OperationalError as error:
                    if self._program.exit_code() is None and "the database system is" not in str(error):
                        raise self._failed(f"refuses us: {error}") from error
            waited = time.monotonic() - began
            if waited - told >= (2.0 if told == 0.0 else 5.0):
                told = waited
                recovers = "recovery in progress" in self._program.said(10_000)
                doing = "recovering after a crash" if recovers else "starting PostgreSQL"
                on_progress(f"{doing}, {waited:.0f} s so far")
            time.sleep(0.05)

    def _failed(self, what: str) -> CannotStart:
        assert self._program
        said = self._program.said()
        if no_room := _no_room(said, self._data_dir):
            return no_room
        return EmbeddedServerFailed(f"PostgreSQL {what}. Its log, {self.log_path}, ends with:\n{said}")


def _environment(added: Mapping[str, str]) -> dict[str, str]:
    # Not ours whole: its PG* variables would change the server, and its secrets are not for another account.
    kept = {key: os.environ[key] for key in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if key in os.environ}
    return {**kept, "LC_ALL": "C", **added}


def _as_seen_by(account: Account | None, data: Path, programs: Programs) -> str:
    """The data's path for the server: its working directory where a folder above is closed to its account."""
    if reachable(account, data, os.X_OK):
        return str(data)
    # Before 16 the programs leave their working directory when they look for themselves.
    if sys.platform != "linux" or programs.version < 16:
        raise DataFolderUnusable(
            f"PostgreSQL does not run as root, and its account cannot reach {data}:"
            " choose a data folder outside of closed folders, or start Kroniek as an ordinary user."
        )
    return "/proc/self/cwd"


def _take_over(data: Path, account: Account | None) -> None:
    # The server wants to own its data, closed to others, which a copy or a restore may have changed.
    owner = data.stat()
    if account and owner.st_uid == 0:
        give_to(account, data)
    if owner.st_mode & 0o777 != 0o700:
        data.chmod(0o700)


def _make_database(data: Path, programs: Programs, account: Account | None, on_progress: OnProgress) -> None:
    # Made beside its place and renamed, so that a kill half-way leaves nothing that looks like a database.
    for partial in data.parent.glob("postgres.partial-*"):
        shutil.rmtree(partial, ignore_errors=True)
    on_progress("making a new database")
    partial = Path(tempfile.mkdtemp(prefix="postgres.partial-", dir=data.parent))
    try:
        if account:
            give_to(account, partial)
        initdb = Program(data.parent, "initdb", [])
        initdb.argv = [
            str(programs.folder / "initdb"),
            "-D",
            _as_seen_by(account, partial, programs),
            *programs.initdb_options,
        ]
        initdb.environment, initdb.account, initdb.cwd = _environment({}), account, partial
        initdb.start()
        assert initdb.process
        try:
            code = initdb.process.wait(_MADE_WITHIN_S)
        except subprocess.TimeoutExpired:
            raise EmbeddedServerFailed(f"initdb has not ended within {_MADE_WITHIN_S:g} s") from None
        finally:
            said = initdb.said()
            initdb.stop()
        if code != 0:
            if no_room := _no_room(said, data.parent):
                raise no_room
            raise EmbeddedServerFailed(f"initdb ended with {code}. Its log, {initdb.log_path}, ends with:\n{said}")
        partial.rename(data)
        _sync(data.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _no_room(said: str, folder: Path) -> DataFolderUnusable | None:
    number = next((number for words, number in _NO_ROOM.items() if words in said), None)
    return None if number is None else unusable(folder, OSError(number, ""))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _ensure_database(sockets: Path) -> None:
    query = {"host": str(sockets), "port": "5432"}
    with connect(URL.create("postgresql", "postgres", database="postgres", query=query)) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_DATABASE,)).fetchone()
        if found is None:
            connection.execute(f"CREATE DATABASE {_DATABASE}")


def _end_leftovers(data: Path, on_progress: OnProgress) -> None:
    """Ends a server a killed Kroniek left on this data, and what such a server left in its turn."""
    left = _servers_on(data)
    if not left:
        return
    on_progress("stopping the database server an earlier run left behind")
    postmaster = _noted_pid(data)
    leaders = [process for process in left if process.pid == postmaster]
    if leaders:
        # A fast shutdown, as its checkpoint spares us a recovery.
        end(leaders, signal.SIGINT, within_s=60.0)
    # Without their postmaster these go by themselves, unless they are in the midst of something.
    end(_servers_on(data), signal.SIGQUIT, within_s=5.0)


def _servers_on(data: Path) -> list[psutil.Process]:
    """The PostgreSQL processes that work in this folder, which they all do."""
    found = []
    for process in psutil.process_iter(["name"]):
        if not (process.info["name"] or "").startswith("postgres"):
            continue
        try:
            if data.samefile(process.cwd()) and living(process.pid):
                found.append(process)
        except (OSError, psutil.Error):
            continue
    return found


def _noted_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text("utf-8").splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _says_ready(data: Path, program: Program) -> bool:
    # In the file of pg_ctl: a line for the process number, which may still be a killed one's, the last for this.
    try:
        lines = (data / "postmaster.pid").read_text("utf-8").splitlines()
        return program.process is not None and int(lines[0]) == program.process.pid and lines[7].strip() == "ready"
    except (FileNotFoundError, IndexError, ValueError):
        return False


def _forget_recycled_pid(data: Path) -> None:
    pid = _noted_pid(data)
    # If nobody has that number the server clears up by itself, and better: it looks for its shared memory.
    if pid is not None and psutil.pid_exists(pid):
        (data / "postmaster.pid").unlink()
