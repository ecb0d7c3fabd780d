"""Surroundings that mean no good never reach the record: locales, folders, other programs' variables, a umask."""

import json
import os
import stat
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.infrastructure.test_database import HOSTILE
from tests.interfaces.running_kroniek import KRONIEK, Kroniek, environment

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
    apis = [each for each in kroniek.everything() if "uvicorn" in each.cmdline()]
    assert len(apis) == 1
    assert not [child.cmdline() for child in apis[0].children(recursive=True)]
    for program in kroniek.everything():
        held = {name.upper() for name in program.environ()}
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
