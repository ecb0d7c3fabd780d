"""What a command loads before it says anything: no more than it needs, or every one of them is slow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interfaces.running_kroniek import ROOT, environment

# Each takes a good part of a second, or holds what only a server and its workers do.
HEAVY = (
    "sqlalchemy",
    "psycopg",
    "fastapi",
    "starlette",
    "dramatiq",
    "redis",
    "alembic",
    "uvicorn",
    "structlog",
    "edtf",
)
NOT_FOR_HELP = (*HEAVY, "pydantic", "httpx", "asyncio", "yaml", "psutil", "rich.progress")
LIGHT_OF_THE_DOMAIN = {
    "domain",
    "domain.additions",
    "domain.errors",
    "domain.families",
    "domain.items_named",
    "domain.labels",
    "domain.namesakes",
    "domain.roles",
}

RUN = """
import json, sys
from interfaces.cli.main import main
sys.argv = ["kroniek", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded_by(*arguments: str, folder: Path, **more: str) -> set[str]:
    argv = [sys.executable, "-c", RUN, *arguments]
    env = environment(PYTHONPATH=str(ROOT), **more)
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    return set(json.loads(done.stderr.splitlines()[-1]))


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] in ("domain", "application", "infrastructure")}


@pytest.mark.parametrize(
    "arguments", [("--help",), ("claims", "--help"), ("follow", "--help"), ("rebuild", "--help"), ("import", "--help"),
                  ("webhook", "create", "--help")],
    ids=" ".join,
)  # fmt: skip
def test_help_loads_no_model_no_database_and_no_http(arguments: tuple[str, ...], tmp_path: Path) -> None:
    loaded = loaded_by(*arguments, folder=tmp_path)
    assert "interfaces.cli.main" in loaded
    assert not loaded & set(NOT_FOR_HELP)
    assert ours(loaded) <= LIGHT_OF_THE_DOMAIN


@pytest.mark.parametrize(
    "arguments", [("dossiers",), ("claims", "-d", "d"), ("situation", "-d", "d"), ("figures", "-d", "d"),
                  ("corrections", "-d", "d"), ("record", "s", "-d", "d"), ("webhook", "list", "-d", "d")],
    ids=" ".join,
)  # fmt: skip
def test_a_question_loads_the_client_that_we_ship_and_nothing_of_the_house(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    # It gets as far as asking: nobody listens at that port.
    loaded = loaded_by(*arguments, folder=tmp_path, KRONIEK_URL="http://127.0.0.1:9")
    assert "interfaces.client.connection" in loaded
    assert not loaded & {*HEAVY, "interfaces.client.async_connection"}
    assert ours(loaded) <= LIGHT_OF_THE_DOMAIN


@pytest.mark.parametrize("language", ["en", "nl", "ar"])
def test_a_question_loads_the_words_of_the_one_language_that_it_is_told_in(language: str, tmp_path: Path) -> None:
    there = {"KRONIEK_URL": "http://127.0.0.1:9", "KRONIEK_LANGUAGE": language}
    loaded = loaded_by("figures", "-d", "d", folder=tmp_path, **there)
    of_each = {f"interfaces.messages.wording.{each}" for each in ("en", "nl", "ar")}
    # Wherever nothing says otherwise, words are English.
    assert loaded & of_each <= {"interfaces.messages.wording.en", f"interfaces.messages.wording.{language}"}
    assert "interfaces.messages.wording" in loaded


def test_no_command_speaks_http_by_itself() -> None:
    for path in (ROOT / "interfaces" / "cli").glob("*.py"):
        assert "httpx" not in path.read_text("utf-8"), f"{path.name}: the client that we ship asks"


def test_a_model_of_the_client_is_built_when_it_is_first_used() -> None:
    code = (
        "from interfaces.client import CorrectClaim\n"
        "assert not CorrectClaim.__pydantic_complete__\n"
        "CorrectClaim(id='c1', set={'best': 3}, reason='A digit too many')\n"
        "assert CorrectClaim.__pydantic_complete__\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_whatever_the_client_offers_is_there_when_it_is_asked_for() -> None:
    code = (
        "import interfaces.client as client\n"
        "for name in client.__all__: assert getattr(client, name).__name__ == name\n"
        "assert set(client.__all__) <= set(dir(client))\n"
        "try: client.Nothing\n"
        "except AttributeError: pass\n"
        "else: raise AssertionError\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
