"""Where the server is and who we are to it; and what a data folder keeps for whoever owns it."""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from interfaces.cli.listening import ours_listens

DEFAULT_URL = "http://127.0.0.1:8000"
TOKEN_FILE = "token"  # noqa: S105
# Far more than either file holds: a folder may be anybody's.
_LONGEST_FILE = 10_000


@dataclass(frozen=True)
class Server:
    """Where commands go, and the token that goes with them; `kept_back` says why one does not.

    `source`: what the token was found in.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    kept_back: str = ""
    source: str = field(default="", compare=False)

    @classmethod
    def found(cls) -> "Server":
        """As KRONIEK_URL, KRONIEK_TOKEN and the data folder say.

        A folder may be anybody's, and so may a port: a token goes to the address in KRONIEK_URL, or to one on this
        machine where a process of our own listens. The folder's own token goes to the Kroniek that runs from it.
        """
        url, token = os.environ.get("KRONIEK_URL", "").rstrip("/"), os.environ.get("KRONIEK_TOKEN") or None
        folder = Path(os.environ.get("KRONIEK_DATA_DIR") or ".kroniek")
        here = _running_from(folder) or DEFAULT_URL
        source = "KRONIEK_TOKEN"
        if token is None and url in ("", here, DEFAULT_URL):
            token, source = _token_of(folder), str(folder / TOKEN_FILE)
        if token is None or (url and source == "KRONIEK_TOKEN") or ours_listens(url or here):
            return cls(url or here, token, source=source)
        sent = source if source == "KRONIEK_TOKEN" else f"The token in {folder}"
        why = f"{sent} was not sent to {url or here}: no process of yours listens there on this machine."
        return cls(url or here, None, why + (" KRONIEK_URL names a server that it may go to." if not url else ""))

    def no_token(self) -> str:
        """Who missed a token, and what to do: in a sentence or two."""
        asked = f"Asked was {self.url}."
        if self.kept_back:
            return f"{asked} {self.kept_back}"
        if self.token and self.source == "KRONIEK_TOKEN":
            return f"{asked} The token is the one in KRONIEK_TOKEN."
        found = f"Asked was {self.url}, with the token in {self.source}." if self.token and self.source else asked
        return (
            f"{found} Set KRONIEK_TOKEN to one (whoever has one makes others with `kroniek token create`), or say with "
            "KRONIEK_DATA_DIR where the data folder is: the Kroniek that runs from it keeps one there."
        )


@dataclass(frozen=True)
class Addresses:
    """Where a Kroniek that runs from a data folder is to be found, for the other commands."""

    url: str
    database_url: str
    redis_url: str

    def servers(self, folder: Path) -> tuple[str | None, str | None]:
        """The database and the queue that the folder's Kroniek brought itself; None for one that is another's.

        A folder may be anybody's, also one that we own: it may have been unpacked. What it names is asked for nothing,
        and is shown no password of ours, unless it listens at a socket that nobody makes but this user, or the account
        that the database runs under.
        """
        try:
            keepers = {os.geteuid()}
            if os.geteuid() == 0:
                keepers.add((folder / "postgres").stat().st_uid)
            queue = urlsplit(self.redis_url)
            at = str(Path(unquote(queue.path)).parent) if queue.scheme == "unix" and not queue.netloc else ""
            return (
                self.database_url if _kept_by(keepers, _sockets_of_database(self.database_url)) else None,
                self.redis_url if _kept_by(keepers, at) else None,
            )
        except (OSError, ValueError):
            return None, None

    def write(self, folder: Path) -> None:
        path = _addresses_file(folder)
        path.touch(mode=0o600)
        path.write_text(json.dumps(vars(self)), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Addresses | None":
        """None where none runs, or none that we may see."""
        try:
            held = json.loads(_own_text(_addresses_file(folder)))
            return cls(str(held["url"]), str(held["database_url"]), str(held["redis_url"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @staticmethod
    def forget(folder: Path) -> None:
        _addresses_file(folder).unlink(missing_ok=True)


def _sockets_of_database(url: str) -> str:
    """The folder of the one socket that an address names; empty where it names anything else."""
    asked = parse_qs(urlsplit(url).query, strict_parsing=True)
    hosts = asked.pop("host", [])
    return hosts[0] if len(hosts) == 1 and not urlsplit(url).hostname and not asked.keys() - {"port"} else ""


def _kept_by(keepers: set[int], sockets: str) -> bool:
    if not Path(sockets).is_absolute():
        return False
    held = Path(sockets).stat()
    return stat.S_ISDIR(held.st_mode) and held.st_uid in keepers and not held.st_mode & 0o077


def _addresses_file(folder: Path) -> Path:
    # Not `.json`: those in this folder are the pid files of processes.
    return folder / "run" / "addresses"


def _running_from(folder: Path) -> str | None:
    """The address of the Kroniek that runs from a folder; None where none does, or it is no address of a server."""
    addresses = Addresses.read(folder)
    try:
        known = addresses is not None and urlsplit(addresses.url).scheme in ("http", "https")
    except ValueError:
        return None
    return addresses.url.rstrip("/") if addresses is not None and known else None


def _token_of(folder: Path) -> str | None:
    try:
        return _own_text(folder / TOKEN_FILE).strip() or None
    except (OSError, ValueError):
        return None


def _own_text(path: Path) -> str:
    """A short file that belongs to us, in a folder that does.

    Raises:
        PermissionError: one of them is another's. OSError, ValueError: it cannot be read.
    """
    with path.open("rb") as file:
        for held in (os.fstat(file.fileno()), path.parent.stat()):
            if hasattr(os, "geteuid") and held.st_uid != os.geteuid():
                raise PermissionError(f"{path} is not ours")
        return file.read(_LONGEST_FILE).decode()
