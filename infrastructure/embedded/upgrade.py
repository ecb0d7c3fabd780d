"""Data of another major version of PostgreSQL: refused, with the commands that carry older data over."""

import sys
from pathlib import Path
from shlex import join, quote

from infrastructure.embedded.account import Account
from infrastructure.embedded.data_folder import DataFolderUnusable, NewerDataFolder, OlderDataFolder
from infrastructure.embedded.postgres_programs import Programs, wheel_of


def refuse_other_versions(
    data: Path,
    programs: Programs,
    sockets: Path,
    account: Account | None,
    *,
    seen_as: str,
) -> None:
    """Raises OlderDataFolder or NewerDataFolder; `seen_as` is the data's path for the server's account."""
    try:
        written_by = int((data / "PG_VERSION").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        raise DataFolderUnusable(
            f"The folder {data} is not a PostgreSQL database (it has no PG_VERSION): move it aside."
        ) from None
    ours = programs.version
    if written_by > ours:
        raise NewerDataFolder(
            f"The data in {data} was written by PostgreSQL {written_by}, newer than the {ours} that is"
            f" installed: install a Kroniek that has PostgreSQL {written_by}, or choose another data folder."
        )
    if written_by < ours:
        commands = carry_over_commands(data, written_by, programs, sockets, account, seen_as=seen_as)
        raise OlderDataFolder(
            f"The data in {data} was written by PostgreSQL {written_by}, older than the {ours} that is"
            f" installed. Nothing was changed. To carry it over run this in a shell (any programs of PostgreSQL"
            f" {written_by} will do for $OLD), then start Kroniek again:\n\n"
            + "".join(f"  {command}\n" for command in commands)
            + f"\nThe old data stays in {data}-{written_by}, and the dump in {data}-{written_by}.sql,"
            " until you remove them."
        )


def carry_over_commands(
    data: Path,
    older: int,
    programs: Programs,
    sockets: Path,
    account: Account | None,
    *,
    seen_as: str,
) -> list[str]:
    """A shell script, line by line, that brings the data to our version by a dump."""
    where, aside, dump = quote(str(data)), quote(f"{data}-{older}"), quote(f"{data}-{older}.sql")
    venv = f"/opt/postgres-{older}" if account else f"{data.parent}/programs-{older}"
    run = f"setpriv --reuid={account.uid} --regid={account.gid} --clear-groups " if account else ""
    owner = f"-o {account.uid} -g {account.gid} " if account else ""
    options = quote(f"-c listen_addresses= -p 5432 -k {quote(str(sockets))}")
    client = f"-h {quote(str(sockets))} -p 5432 -U postgres"

    def control(server: str, action: str) -> str:
        return f"{run}{server}/pg_ctl -D {quote(seen_as)} -w -t 86400 {action}"

    new = quote(str(programs.folder))
    install, old = wheel_of(older, quote(sys.executable), quote(venv))
    return [
        "( set -e",
        *install,
        f"OLD=$(echo {old})",
        f"install -d -m 700 {owner}{quote(str(sockets))}",
        f"cd {where}",
        control('"$OLD"', f"-l carry-over.log -o {options} start"),
        f'(umask 077; "$OLD"/pg_dumpall {client} -f {dump})',
        control('"$OLD"', "-m fast stop"),
        "cd ..",
        f"mv {where} {aside}",
        f"install -d -m 700 {owner}{where}",
        f"cd {where}",
        f"{run}{new}/initdb -D {quote(seen_as)} {join(programs.initdb_options)}",
        control(new, f"-l carry-over.log -o {options} start"),
        f"grep -v '^CREATE ROLE postgres;$' {dump} | {new}/psql {client} -d postgres -q -v ON_ERROR_STOP=1 -f -",
        control(new, "-m fast stop"),
        ")",
    ]
