"""The help of every command, as a newcomer reads it on a terminal of 80 characters."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from interfaces.cli.main import app
from tests.interfaces.running_kroniek import ROOT, command


def commands(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, inner in getattr(found, "commands", {}).items():
        yield from commands(inner, (*path, name))


EVERY = list(commands(get_command(app)))
WIDTH = 80


def help_of(path: tuple[str, ...], cwd: Path) -> str:
    done = command(*path, "--help", cwd=cwd, COLUMNS=str(WIDTH), TERM="dumb")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_of_groups_are_among_them() -> None:
    assert {(), ("up",), ("webhook",), ("webhook", "create"), ("token", "revoke")} <= set(EVERY)


@pytest.mark.parametrize("path", EVERY, ids=lambda path: " ".join(path) or "kroniek")
def test_every_help_fits_and_has_an_example_that_names_the_command(path: tuple[str, ...], tmp_path: Path) -> None:
    told = help_of(path, tmp_path)
    for line in told.splitlines():
        assert sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line) <= WIDTH, line
    # Nothing is cut off, and nothing left as it stands in the source.
    assert "…" not in told
    assert "`" not in told
    assert not re.search(r"\bNone\b", told)
    _, _, examples = told.partition("Example")
    assert re.search(rf"kroniek {' '.join(path)}".rstrip(), examples.partition("╭")[0]), told


def test_every_option_and_argument_says_what_it_is(tmp_path: Path) -> None:
    for path in EVERY:
        found: Any = get_command(app)
        for name in path:
            found = found.commands[name]
        for parameter in found.params:
            assert getattr(parameter, "help", None), f"{path}: {parameter.name}"


@pytest.mark.parametrize(("arguments", "said"), [
    (["clams"], "No such command 'clams'"), (["claims", "--plase", "hajin"], "No such option: --plase"),
    (["import", "nowhere.yaml"], "nowhere.yaml"), (["correct"], "Missing argument"),
])  # fmt: skip
def test_what_is_asked_wrongly_is_said_in_words_that_fit(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = command(*arguments, cwd=tmp_path, COLUMNS=str(WIDTH), TERM="dumb", KRONIEK_URL="http://127.0.0.1:9")
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert all(len(line) <= WIDTH for line in done.stderr.splitlines())
    assert "Traceback" not in done.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert command("--version", cwd=tmp_path).stdout == f"kroniek {declared}\n"
