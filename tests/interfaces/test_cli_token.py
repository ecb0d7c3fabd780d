"""Where the command line sends a token: to KRONIEK_URL, or to a process of our own on this machine."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interfaces.cli import output, up
from interfaces.cli.client import Client
from interfaces.cli.here import Server
from interfaces.cli.listening import ours_listens
from tests.interfaces.running_kroniek import free_port

NOBODY = 65534
LISTENS = """
import os, socket, sys
os.setuid(int(sys.argv[2]))
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(1, flush=True)
input()
"""


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[int]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        yield int(server.getsockname()[1])


@contextmanager
def another_users_server() -> Iterator[int]:
    port = free_port()
    argv = [sys.executable, "-I", "-S", "-c", LISTENS, str(port), str(NOBODY)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout and process.stdout.readline()
            yield port
        finally:
            process.kill()


def downloaded(folder: Path, url: str, token: str | None = None) -> None:
    (folder / ".kroniek" / "run").mkdir(parents=True)
    addresses = {"url": url, "database_url": "", "redis_url": ""}
    (folder / ".kroniek" / "run" / "addresses").write_text(json.dumps(addresses))
    if token:
        (folder / ".kroniek" / "token").write_text(token)


SAID_WRONG = (
    ("KRONIEK_URL", "http://[::1"), ("KRONIEK_URL", "http://127.0.0.1:8000\n"), ("KRONIEK_URL", "http://127.0.0.1:x"),
    ("KRONIEK_URL", "ftp://127.0.0.1"), ("KRONIEK_URL", "http://"), ("KRONIEK_TOKEN", "ü"),
    ("KRONIEK_TOKEN", "secret\nx"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "value"), SAID_WRONG)
def test_what_is_said_wrong_is_refused_in_a_line(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRONIEK_URL", "http://127.0.0.1:9")
    monkeypatch.setenv(name, value)
    with pytest.raises(output.Failed) as failed:
        Client()
    assert (failed.value.code, "\n" in failed.value.message) == (2, False)
    assert name in failed.value.message
    assert "secret" not in failed.value.message


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KRONIEK_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1:8000", "https://desk.example", "http://localhost.desk.example:8000", "http://127.0.0.1:9",
     "http://127.0.0.1@desk.example:80", "http://[::1]:9", "http://2130706433:8000", "http://127.0.0.1:99999",
     "http://127.0.0.1:port", "http://[::1"],
)  # fmt: skip
def test_a_downloaded_folder_does_not_get_our_token(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    downloaded(tmp_path, url)
    monkeypatch.setenv("KRONIEK_TOKEN", "secret")
    try:
        server = Server.found()
    except ValueError:
        return
    assert server.token is None
    assert "KRONIEK_TOKEN was not sent" in server.no_token()
    assert "secret" not in repr(server)


def test_the_token_goes_to_the_address_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloaded(tmp_path, "http://192.0.2.1:8000")
    monkeypatch.setenv("KRONIEK_TOKEN", "secret")
    monkeypatch.setenv("KRONIEK_URL", "https://desk.example/")
    assert Server.found() == Server("https://desk.example", "secret")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_both_tokens_go_to_a_process_of_our_own(host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(host) as port:
        url = f"http://[::1]:{port}" if host == "::1" else f"http://127.0.0.1:{port}"
        downloaded(tmp_path, url, "kept")
        assert Server.found() == Server(url, "kept")
        monkeypatch.setenv("KRONIEK_TOKEN", "secret")
        assert Server.found() == Server(url, "secret")
    assert Server.found().token is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can have another user listen")
def test_no_token_goes_to_another_users_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with another_users_server() as port:
        downloaded(tmp_path, f"http://127.0.0.1:{port}", "kept")
        assert not ours_listens(f"http://localhost:{port}")
        assert Server.found().token is None
        monkeypatch.setenv("KRONIEK_TOKEN", "secret")
        assert Server.found().token is None
    assert not ours_listens(f"http://127.0.0.1:{port}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("given", ["run/addresses", "run", "token"])
def test_what_is_another_users_in_a_data_folder_is_not_read(given: str, tmp_path: Path) -> None:
    with listening() as port:
        downloaded(tmp_path, f"http://127.0.0.1:{port}", "kept")
        os.chown(tmp_path / ".kroniek" / given, NOBODY, NOBODY)
        found = Server.found()
        assert found.token is None
        if given != "token":
            assert found.url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(("host", "printed"), [("127.0.0.1", True), ("::1", True), ("0.0.0.0", False), ("desk", False)])
def test_a_token_is_printed_only_where_nobody_else_can_use_it(
    host: str, printed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://127.0.0.1:9"
    output.out.cache_clear()
    up._welcome(Client(url, "secret"), url, "secret", host, tmp_path, 1.0)
    told = capsys.readouterr().out
    assert ("secret" in told) is printed
    assert str(tmp_path / "token") in told
    (tmp_path / "token").write_text("secret\n")
    for line in told.splitlines():
        if line.strip().startswith("curl") and "Bearer" in line:
            sent = subprocess.run(["bash", "-c", line.replace("curl", "echo", 1)], capture_output=True, text=True)
            assert "Authorization: Bearer secret" in sent.stdout
    output.out.cache_clear()


def welcomed(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    output.out.cache_clear()
    up._welcome(Client("http://127.0.0.1:9", "secret"), "http://127.0.0.1:9", "secret", "127.0.0.1", folder, 1.0)
    output.out.cache_clear()
    return capsys.readouterr().out


@pytest.mark.parametrize("before", [{}, {"KRONIEK_URL": "http://192.0.2.1", "KRONIEK_TOKEN": "of another"}])
def test_what_is_said_of_a_data_folder_elsewhere_makes_the_other_commands_find_it(
    before: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "another desk"
    lines = [line for line in welcomed(folder, capsys).splitlines() if "KRONIEK_DATA_DIR" in line]
    assert lines
    for line in lines:
        typed = line.partition(": ")[2]
        found = subprocess.run(["bash", "-c", f"{typed}; env"], capture_output=True, text=True, check=True).stdout
        assert f"KRONIEK_DATA_DIR={folder}\n" in found
        assert "KRONIEK_URL" not in found
        assert "KRONIEK_TOKEN" not in found


def test_of_the_usual_data_folder_nothing_has_to_be_said_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = welcomed(tmp_path / ".kroniek", capsys)
    assert "where the other commands find it" in told
    assert "KRONIEK_DATA_DIR" not in told


def test_whoever_misses_a_token_is_told_with_the_address_and_where_the_token_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Server.found().no_token().startswith("Asked was http://127.0.0.1:8000. Set KRONIEK_TOKEN")
    with listening() as port:
        url = f"http://127.0.0.1:{port}"
        downloaded(tmp_path, url, "kept")
        assert Server.found().no_token().startswith(f"Asked was {url}, with the token in .kroniek/token. Set")
        monkeypatch.setenv("KRONIEK_TOKEN", "secret")
        assert Server.found().no_token() == f"Asked was {url}. The token is the one in KRONIEK_TOKEN."
