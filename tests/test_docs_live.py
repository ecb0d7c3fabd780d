"""That what README and docs show to paste works, in order, and gives what they say it gives."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.interfaces.running import ROOT, Running, running
from tests.test_docs import commands_of

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
ELSEWHERE = "http://127.0.0.1:8000"
# Those that begin or go on for ever, and what the shell does.
NOT_HERE = {"make", ".", "export"}
FOREVER = {"up", "demo", "follow"}


@pytest.fixture
def shown(new_database: Callable[[], str], valkey_url: str, tmp_path: Path) -> Iterator[Running]:
    """A Kroniek as `make demo` leaves it, for one page."""
    with running(new_database(), valkey_url.replace("db=0", "db=6"), tmp_path) as there:
        there.token, _ = there.make_token("root")
        kroniek(there, "import", "examples/hajin-baghouz.yaml")
        yield there


def kroniek(there: Running, *arguments: str) -> str:
    environment = {
        **os.environ,
        "KRONIEK_URL": there.url,
        "KRONIEK_TOKEN": there.token,
        "KRONIEK_DATA_DIR": str(there.log_dir),
        "COLUMNS": "118",
    }
    done = subprocess.run(
        [sys.executable, "-m", "interfaces.cli.main", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"kroniek {' '.join(arguments)}: {done.stdout}{done.stderr}"
    # What is told beside the result is seen as well.
    return done.stdout + done.stderr


def curl(there: Running, words: list[str], piped: str) -> str:
    method, url, body, headers = None, "", None, {}
    rest = iter(words)
    for word in rest:
        match word:
            case "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value.replace("$KRONIEK_TOKEN", there.token)
            case "-X":
                method = next(rest)
            case "-d" | "--data-binary":
                given = next(rest)
                body = piped if given == "@-" else given
            case _:
                assert not word.startswith("-"), f"curl {word} is not known here"
                url = word.replace(ELSEWHERE, there.url)
    answer = httpx.request(method or ("POST" if body else "GET"), url, headers=headers, content=body, timeout=30)
    assert answer.is_success, f"{url}: {answer.text}"
    return answer.text


def carried_out(there: Running, block: str) -> str:
    """What the commands of a block print."""
    said, piped = [], ""
    for program, *words in commands_of(block):
        if program == "printf":
            piped = "\n".join(words[1:])
        elif program == "curl" and "text/event-stream" not in " ".join(words):
            said.append(curl(there, words, piped))
        elif program == "kroniek" and words[0] not in FOREVER:
            said.append(kroniek(there, *words))
        else:
            assert program in (*NOT_HERE, "curl", "kroniek"), program
    return "\n".join(said)


def test_what_is_shown_to_paste_works(shown: Running) -> None:
    """README first: it shows the positions of a new demo."""
    for page in ("README.md", "docs/recording.md", "docs/reading.md"):
        text = (ROOT / page).read_text()
        before, said = 0, ""
        for block in BLOCK.finditer(text):
            language, content = block.groups()
            if language == "sh":
                said = carried_out(shown, content)
            elif said and not text[before : block.start()].strip():
                # Right below what prints it.
                assert is_shown(language, content, said, page), f"{page} shows\n{content}\nand there was\n{said}"
            before = block.end()


def is_shown(language: str, content: str, said: str, page: str) -> bool:
    if language != "json":
        return plain(content) == plain(said)
    told = json.loads(content)
    if page != "README.md":
        told.pop("position", None)
    return is_part_of(told, json.loads(said))


def is_part_of(told: Any, whole: Any) -> bool:
    if isinstance(told, dict) and isinstance(whole, dict):
        return all(name in whole and is_part_of(value, whole[name]) for name, value in told.items())
    return bool(told == whole)


def plain(text: str) -> list[str]:
    """Without the moments of recording, and without blanks at the ends of lines."""
    text = re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC", "then", text)
    return [line.rstrip() for line in text.strip().splitlines()]
