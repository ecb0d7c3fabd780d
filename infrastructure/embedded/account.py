"""The account PostgreSQL runs under when we are root, which it refuses to be, and what that account can reach."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

# Where a copy of the server goes when the account cannot reach the one that was installed.
COPIES = Path("/var/cache/kroniek")

_CAN_ACCESS = """
import os, sys
uid, gid, mode, path = sys.argv[1:]
os.setgroups([]), os.setgid(int(gid)), os.setuid(int(uid))
sys.exit(0 if os.access(path, int(mode)) else 1)
"""


@dataclass(frozen=True)
class Account:
    """Another account than ours. Having none means running as ourselves."""

    uid: int
    gid: int


class NoAccount(Exception):
    pass


def account_for(folder: Path, database: Path) -> Account | None:
    """None unless we are root. Else the owner of the database or of its folder, so that an operator chooses
    by `chown`, else an unprivileged account that is there. Raises NoAccount."""
    if os.geteuid() != 0:
        return None
    if database.exists() and (owner := database.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    candidates: list[int | str] = [folder.stat().st_uid, "postgres", "_postgres", "nobody"]
    for candidate in candidates:
        try:  # initdb wants an account with a name, a number alone will not do
            entry = pwd.getpwuid(candidate) if isinstance(candidate, int) else pwd.getpwnam(candidate)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise NoAccount


def reachable(account: Account | None, path: Path, mode: int) -> bool:
    """Whether the account may use the path, access lists and all: tried, in a process of that account."""
    if account is None:
        return os.access(path, mode)
    asked = [str(account.uid), str(account.gid), str(mode), str(path)]
    run = [sys.executable, "-I", "-S", "-c", _CAN_ACCESS, *asked]
    return subprocess.run(run, check=False, stderr=subprocess.DEVNULL).returncode == 0  # noqa: S603


def give_to(account: Account, tree: Path) -> None:
    """Hands over a tree of ours, as after a restore by root."""
    os.chown(tree, account.uid, account.gid, follow_symlinks=False)
    for parent, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, account.uid, account.gid, follow_symlinks=False)


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
