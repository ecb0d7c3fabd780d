"""The data folder of the embedded servers: made, checked, held by one living Kroniek, and why it cannot start."""

import contextlib
import errno
import fcntl
import hashlib
import os
import socket
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from infrastructure.embedded.account import Account, reachable
from infrastructure.embedded.process import end_leftovers

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero included.
_LONGEST_SOCKET_PATH = 100


class CannotStart(Exception):
    """Something that whoever starts Kroniek can put right; the message says how. Callers print it and exit 2."""


class DataFolderInUse(CannotStart):
    pass


class DataFolderUnusable(CannotStart):
    pass


class OlderDataFolder(CannotStart):
    """The data was written by an older major version of PostgreSQL."""


class NewerDataFolder(CannotStart):
    """The data was written by a newer major version of PostgreSQL."""


class EmbeddedServerFailed(CannotStart):
    """The server ended by itself, or refuses us; the message carries the last lines of its log."""


class PortInUse(CannotStart):
    pass


class DataFolder:
    """Held from `with` to its end: one living Kroniek at a time. What a killed one left running is ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: FolderLock | None = None

    def __enter__(self) -> Self:
        self.path = prepare_folder(self.path)
        self._lock = FolderLock(self.path, "kroniek")
        self._lock.acquire()
        end_leftovers(self.path / "run")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock:
            self._lock.release()


class FolderLock:
    """A flock: the kernel lets go of it when its holder dies, however it dies."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._path = folder / "run" / f"{name}.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises DataFolderInUse when another holds it; holding it already is fine."""
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unusable(self._folder, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise DataFolderInUse(
                f"The data folder {self._folder} is in use by another Kroniek (process {holder or 'unknown'}):"
                " stop that one first, or choose another data folder."
            ) from None
        except OSError as error:
            os.close(descriptor)
            raise unusable(self._folder, error) from error
        self._descriptor = descriptor
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def unusable(folder: Path, error: OSError) -> DataFolderUnusable:
    """The one line for what the operating system said about a data folder."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            why = f"process owner {os.geteuid()} has no permission to write in it"
        case errno.ENOTDIR | errno.EEXIST:
            why = "it, or a part of its path, is a file and not a folder"
        case errno.ENOSPC | errno.EDQUOT:
            why = "its disk is full"
        case errno.EFBIG:
            why = "no file may grow as large as it has to here (`ulimit -f` says how large)"
        case errno.EROFS:
            why = "its disk is read-only"
        case _:
            why = error.strerror or str(error)
    return DataFolderUnusable(f"The data folder {folder} cannot be used: {why} ({error.filename or folder}).")


def prepare_folder(folder: Path) -> Path:
    """Makes the data folder with its `logs` and `run`, and tries that it can be written; its real path."""
    folder = folder.expanduser().absolute()
    # As root the database runs under another account, that has to pass through but not to look around.
    passable = 0o711 if os.geteuid() == 0 else 0o700
    try:
        folder = folder.resolve()
        folder.mkdir(mode=passable, parents=True, exist_ok=True)
        (folder / "run").mkdir(mode=passable, exist_ok=True)
        (folder / "logs").mkdir(mode=0o700, exist_ok=True)
        for part in (folder, folder / "run", folder / "logs"):
            with tempfile.TemporaryFile(dir=part) as probe:
                probe.write(b"x" * 4096)
    except OSError as error:
        raise unusable(folder, error) from error
    except RuntimeError as error:  # Python 3.11 and 3.12 say so of a loop of symbolic links
        raise DataFolderUnusable(f"The data folder {folder} cannot be used: {error}.") from error
    return folder


def socket_folder(folder: Path, name: str, socket_name: str, account: Account | None) -> Path:
    """A folder of mode 0700 for a server's socket, the same at every start.

    In the data folder when the address fits and the server's account can get there, else below the
    runtime or temporary folder, named by a hash of the data folder.
    """
    identity = hashlib.sha256(os.fsencode(f"{folder}\0{name}\0{os.geteuid()}")).hexdigest()[:16]
    candidates = [folder / "run" / name]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and account is None and Path(runtime).is_dir():
        candidates.append(Path(runtime) / f"kroniek-{identity}")
    candidates += [Path(base) / f"kroniek-{identity}" for base in (tempfile.gettempdir(), "/tmp")]  # noqa: S108
    for candidate in candidates:
        fits = len(os.fsencode(candidate / socket_name)) <= _LONGEST_SOCKET_PATH
        if fits and reachable(account, candidate.parent, os.X_OK):
            return _private_folder(candidate, account)
    raise DataFolderUnusable(f"No folder is short enough for a socket: none of {_listed(candidates)}.")


def forget_socket_folder(folder: Path, sockets: Path) -> None:
    """After a clean stop: leaves nothing behind outside of the data folder."""
    if not sockets.is_relative_to(folder):
        with contextlib.suppress(OSError):
            sockets.rmdir()


def _private_folder(path: Path, account: Account | None) -> Path:
    owner = account.uid if account else os.geteuid()
    try:
        try:
            path.mkdir(mode=0o700)
            if account:
                os.chown(path, account.uid, account.gid)
        except FileExistsError:
            pass
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and account:
            # Made by us but not yet given away when we were killed, or made for another account.
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
            found = path.lstat()
        # Whoever else owns it could read along, or stand in for the database: trust is by this folder.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            raise DataFolderUnusable(
                f"The folder {path}, for the socket of an embedded server, belongs to someone else"
                f" (owner {found.st_uid}, not {owner}): remove it."
            )
        if stat.S_IMODE(found.st_mode) != 0o700:
            path.chmod(0o700)
    except OSError as error:
        raise unusable(path, error) from error
    return path


def require_free_port(host: str, port: int) -> None:
    """Raises PortInUse, or CannotStart when the host is not an address of this machine."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotStart(f"The host {host} is unknown ({error.strerror}): choose another with --host.") from error
    for family, kind, protocol, _, address in addresses:
        with socket.socket(family, kind, protocol) as probe:
            # As a server does, so that connections of an earlier one that linger are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise _port_refused(host, port, error) from error


def free_port_from(host: str, port: int, tries: int = 50) -> int:
    """The first port from `port` on that nobody listens at.

    Raises PortInUse where none of so many is free, or CannotStart when the host is not an address of this machine.
    """
    last = min(port + tries, 65_536) - 1
    for candidate in range(port, last):
        with contextlib.suppress(PortInUse):
            require_free_port(host, candidate)
            return candidate
    require_free_port(host, last)
    return last


def _port_refused(host: str, port: int, error: OSError) -> CannotStart:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"Port {port} on {host} is in use by another program: choose another with --port.")
    if error.errno == errno.EACCES:
        return CannotStart(f"Port {port} on {host} needs more rights: choose one above 1023 with --port.")
    return CannotStart(f"Cannot listen on {host} ({error.strerror}): choose another with --host.")


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(str(path) for path in paths)
