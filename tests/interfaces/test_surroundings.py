"""Surroundings that mean no good never reach the record: locales, folders, other programs' variables, a umask."""

import contextlib
import json
import os
import shutil
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from infrastructure.embedded.postgres import EmbeddedPostgres
from tests.infrastructure.embedded_folders import NOBODY, only_root
from tests.infrastructure.embedded_folders import open_folder as open_folder
from tests.infrastructure.test_database import HOSTILE
from tests.interfaces.running_kroniek import KRONIEK, Kroniek, command, environment, free_port, process

SURROUNDINGS = {
    **HOSTILE,
    "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii:strict",
    "TZ": "Asia/Kathmandu",
    "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9",
    "FORWARDED_ALLOW_IPS": "*", "WEB_CONCURRENCY": "7", "UVICORN_PORT": "1", "UVICORN_RELOAD": "1",
    "UVICORN_SSL_KEYFILE": "/nowhere.key", "UVICORN_ROOT_PATH": "/elsewhere", "UVICORN_WORKERS": "7",
    "dramatiq_worker_timeout": "3600000", "dramatiq_restart_delay": "soon", "dramatiq_prom_port": "",
    "HOME": "/nowhere", "TMPDIR": "/nowhere/" + "long" * 30, "XDG_RUNTIME_DIR": "/nowhere", "USER": "", "LOGNAME": "",
    "DRAMATIQ_BROKER": "nowhere", "REDIS_URL": "redis://192.0.2.1", "DATABASE_URL": "postgresql://192.0.2.1/x",
    "PYTHONSTARTUP": "/nowhere.py", "PYTHONPATH": "/nowhere", "SSL_CERT_FILE": "/nowhere.pem",
}  # fmt: skip
HAMA = "حماة (Ḥamāh) ‘Amu’"


@pytest.fixture(scope="module")
def kroniek(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kroniek]:
    """A demo in an odd folder, started by somebody whose terminal knows no letter beyond ASCII."""
    folder = tmp_path_factory.mktemp("surroundings") / 'it\'s, "odd" %41 مجلد'
    folder.mkdir()
    started = Kroniek.start(folder, "demo", umask=0, surroundings=SURROUNDINGS)
    yield started
    told = started.stop()
    assert "Stopped" in told
    assert "Traceback" not in told


def ask(kroniek: Kroniek, *arguments: str, **more: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [KRONIEK, *arguments], cwd=kroniek.folder, env=environment(**SURROUNDINGS | more), capture_output=True,
        timeout=60,
    )  # fmt: skip


def test_what_is_recorded_comes_back_letter_for_letter(kroniek: Kroniek) -> None:
    token = (kroniek.folder / ".kroniek" / "token").read_text().strip()
    with httpx.Client(
        base_url=f"http://127.0.0.1:{kroniek.port}/api/v1/dossiers/hajin-baghouz", trust_env=False
    ) as http:
        made = http.post(
            "/sources", json={"id": "hama", "name": HAMA, "kind": "monitor"},
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert made.status_code == 201, made.text
        read = http.get("/sources/hama", params={"min_position": made.json()["position"]}).json()
        assert read["name"] == HAMA
        # Moments are told in UTC, whatever the time zone of the machine.
        event = http.get("/events", params={"after": made.json()["position"] - 1}).json()["items"][0]
        assert event["time"].endswith("Z")
        assert event["data"]["details"]["name"] in (HAMA, {"value": HAMA})


def test_other_programs_variables_start_no_second_api(kroniek: Kroniek) -> None:
    (api,) = (process for process, line in kroniek.of_each(lambda each: (each, each.cmdline())) if "uvicorn" in line)
    assert api.children() == []
    for variables in kroniek.of_each(psutil.Process.environ):
        held = {name.upper() for name in variables}
        assert not [name for name in held if name.startswith(("UVICORN_", "WEB_CONCURRENCY", "DRAMATIQ_", "PGCLIENT"))]


@pytest.mark.parametrize(
    "arguments", [["claims"], ["history", "c314"], ["situation", "--at", "2018-12-17"], ["dossiers"]]
)
@pytest.mark.parametrize("encoding", ["ascii:strict", "latin-1:strict"])
def test_a_terminal_without_the_letters_shows_what_it_can(
    kroniek: Kroniek, arguments: list[str], encoding: str
) -> None:
    told = ask(kroniek, *arguments, PYTHONIOENCODING=encoding)
    assert told.returncode == 0, told.stderr.decode("utf-8", "replace")
    assert b"Traceback" not in told.stderr
    told.stdout.decode(encoding.partition(":")[0])


def test_json_on_any_terminal_is_the_same_json(kroniek: Kroniek) -> None:
    plain, utf8 = ask(kroniek, "claims", "--json"), ask(kroniek, "claims", "--json", PYTHONIOENCODING="utf-8")
    assert list(map(json.loads, plain.stdout.splitlines())) == list(map(json.loads, utf8.stdout.splitlines()))


def test_what_is_secret_is_for_its_owner_alone_whatever_the_umask(kroniek: Kroniek) -> None:
    base = kroniek.folder / ".kroniek"
    for path in (base / "token", base / "run" / "addresses"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    open_to_all = [
        path for path in base.rglob("*")
        if not path.is_symlink() and not path.is_socket() and stat.S_IMODE(path.stat().st_mode) & 0o002
    ]  # fmt: skip
    assert open_to_all == []
    assert os.access(base, os.R_OK)


def test_a_closed_umask_no_home_and_a_path_that_no_socket_can_have_are_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / ("long" * 40) / ("longer" * 20)
    folder.mkdir(parents=True)
    kroniek = Kroniek.start(folder, "up", umask=0o077)
    try:
        assert kroniek.ok("token", "list")
        # The operator's commands find the database at its socket, wherever that is.
        assert "of this release" in kroniek.ok("migrate")
        others = [path for path in (folder / ".kroniek").rglob("*") if stat.S_IMODE(path.lstat().st_mode) & 0o066]
        assert [path for path in others if not path.is_symlink() and not path.is_socket()] == []
    finally:
        assert "Stopped" in kroniek.stop()


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A disk of its own at a folder, with a data folder below."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        yield folder / "data"
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def refused(folder: Path, data: Path) -> str:
    """The one line in which a start from a data folder is refused."""
    done = process("up", "--port", str(free_port()), "--data-dir", str(data), cwd=folder)
    assert done.returncode in (1, 2), done.stdout
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@only_root
def test_a_data_folder_on_a_disk_that_takes_nothing_is_told_in_a_line(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=1m") as data:
        data.mkdir()
        subprocess.run(["mount", "-o", "remount,ro", str(data.parent)], check=True)
        assert "its disk is read-only" in refused(tmp_path, data)
    with mounted(tmp_path / "disk", "size=16m") as data:
        assert "its disk is full" in refused(tmp_path, data)
    with mounted(tmp_path / "disk", "size=100m") as data:
        postgres = EmbeddedPostgres(data)
        try:
            url = postgres.start()
            with (data / "filler").open("wb") as filler:
                left = os.statvfs(data)
                os.posix_fallocate(filler.fileno(), 0, left.f_bavail * left.f_frsize - 400_000)
            done = command("migrate", cwd=tmp_path, KRONIEK_DATABASE_URL=url)
            assert done.returncode in (1, 2)
            assert done.stderr.count("\n") == 1, done.stderr
            # Nothing at all fitted on the disk, or a part of what was written.
            assert "No space left on device" in done.stderr or "could not extend file" in done.stderr
        finally:
            postgres.stop()


@only_root
def test_a_data_folder_of_another_user_serves_root_and_keeps_its_owner(open_folder: Path) -> None:
    open_folder.mkdir()
    data = open_folder / ".kroniek"
    data.mkdir()
    os.chown(data, NOBODY.pw_uid, NOBODY.pw_gid)
    kroniek = Kroniek.start(open_folder, "up")
    try:
        assert (data.stat().st_uid, (data / "postgres").stat().st_uid) == (NOBODY.pw_uid, NOBODY.pw_uid)
        # What is ours in it is for us alone.
        assert stat.S_IMODE((data / "token").stat().st_mode) == 0o600
    finally:
        assert "Stopped" in kroniek.stop()


@pytest.mark.parametrize("form", [
    "postgresql://postgres@127.0.0.1:{port}/kroniek", "postgresql://postgres@/kroniek?host=127.0.0.1&port={port}",
    "postgresql://postgres@/kroniek?host={sockets}&hostaddr=127.0.0.1&port={port}",
    "postgresql://postgres@/kroniek?host={sockets}&host=127.0.0.1&port={port}",
    "postgresql://postgres@127.0.0.1:{port}/kroniek?host={sockets}", "postgresql://postgres@/kroniek?host={open}",
])  # fmt: skip
def test_a_folder_that_somebody_made_sends_no_command_to_their_database(tmp_path: Path, form: str) -> None:
    """It is owned by whoever unpacked it, so that this says nothing of who wrote it."""
    asked: list[object] = []
    run, sockets, open_to_all = tmp_path / ".kroniek" / "run", tmp_path / "sockets", tmp_path / "open"
    (tmp_path / ".kroniek" / "postgres").mkdir(parents=True)
    for folder, mode in ((run, 0o700), (sockets, 0o700), (open_to_all, 0o755)):
        folder.mkdir()
        folder.chmod(mode)
    with socket.create_server(("127.0.0.1", 0)) as theirs, socket.socket(socket.AF_UNIX) as beside:
        beside.bind(str(open_to_all / ".s.PGSQL.5432"))
        beside.listen()
        for listening in (theirs, beside):
            threading.Thread(target=accept, args=[listening, asked], daemon=True).start()
        url = form.format(port=theirs.getsockname()[1], sockets=sockets, open=open_to_all)
        addresses = {"url": "http://127.0.0.1:9", "database_url": url, "redis_url": f"unix://{sockets}/valkey.sock"}
        (run / "addresses").write_text(json.dumps(addresses), "utf-8")
        done = command("verify", cwd=tmp_path, PGPASSWORD="secret")
    assert (done.returncode, asked) == (2, [])
    assert "name it in KRONIEK_DATABASE_URL" in done.stderr


def accept(listening: socket.socket, asked: list[object]) -> None:
    with contextlib.suppress(OSError):
        asked.append(listening.accept())
