"""The account PostgreSQL runs under when we are root, which it refuses to be, and what that account can reach."""

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_TOLD_WITHIN_S = 10.0
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
    try:
        return subprocess.run(run, check=False, stderr=subprocess.DEVNULL, timeout=_TOLD_WITHIN_S).returncode == 0  # noqa: S603
    except subprocess.TimeoutExpired:  # a folder of a server that is away
        return False


def give_to(account: Account, tree: Path) -> None:
    """Hands over a tree of ours, as after a restore by root."""
    os.chown(tree, account.uid, account.gid, follow_symlinks=False)
    for parent, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, account.uid, account.gid, follow_symlinks=False)
