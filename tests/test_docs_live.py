"""That what README and docs show to paste works, in order, and gives what they say it gives."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.interfaces.running import ROOT, Running, eventually, free_port, running
from tests.test_docs import commands_of

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
ELSEWHERE = "http://127.0.0.1:8000"
# Those that begin or go on for ever, and what the shell does.
NOT_HERE = {"make", ".", "export"}
FOREVER = {"up", "demo", "follow"}
# In a terminal of the page for subscribers.
GOES_ON = re.compile(r"--no-buffer|^kroniek follow|^python (?:receiver|follow)\.py$", flags=re.MULTILINE)
LOOKS = re.compile(r"(kroniek webhook (list|show|deliveries).*\n)+")
RECEIVER = "127.0.0.1:9000"


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


def curl(there: Running, words: list[str], piped: str, etag: str) -> str:
    method, url, body, headers = None, "", None, {}
    rest = iter(words)
    for word in rest:
        match word:
            case "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value.replace("$KRONIEK_TOKEN", there.token).replace("$ETAG", etag)
            case "-X":
                method = next(rest)
            case "-d" | "--data-binary" | "--json":
                if word == "--json":
                    headers["Content-Type"] = "application/json"
                given = next(rest)
                body = piped if given == "@-" else given
            case _:
                assert not word.startswith("-"), f"curl {word} is not known here"
                url = word.replace(ELSEWHERE, there.url)
    answer = httpx.request(method or ("POST" if body else "GET"), url, headers=headers, content=body, timeout=30)
    assert answer.is_success, f"{url}: {answer.text}"
    return answer.text


def etag_of(url: str) -> str:
    """As soon as it can be read: whoever pastes one line after another is not as quick as we are."""
    for _ in range(200):
        answer = httpx.get(url)
        if answer.is_success:
            return answer.headers["etag"]
        time.sleep(0.05)
    raise AssertionError(f"{url}: {answer.text}")


def carried_out(there: Running, block: str) -> str:
    """What the commands of a block print."""
    said, piped, etag = [], "", ""
    for program, *words in commands_of(block):
        if program == "printf":
            piped = "\n".join(words[1:])
        elif program == "curl" and "text/event-stream" not in " ".join(words):
            said.append(curl(there, words, piped, etag))
        elif program == "ETAG=$(curl":
            etag = etag_of(words[-1].removesuffix(")").replace(ELSEWHERE, there.url))
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
    # Of an event, which nobody can foretell.
    told.pop("etag", None)
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


@dataclass
class Terminal:
    """A shell in a folder of its own, whose exports last, beside an installation at an address of its own."""

    there: Running
    folder: Path
    receiver: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def run(self, block: str) -> str:
        done = subprocess.run(
            self._shell(f"{block}\nexport -p > environment"),
            cwd=self.folder, env=self._environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}{done.stdout}{done.stderr}"
        return self._as_shown(done.stdout)

    def start(self, block: str) -> Callable[[], str]:
        """Of a block whose last command goes on for ever: what all of it said so far."""
        said = self.folder / f"said-{next(self.numbers)}"
        with said.open("wb") as file:
            self.started.append(
                subprocess.Popen(
                    self._shell(block), cwd=self.folder, env=self._environment(), stdout=file, start_new_session=True
                )
            )
        return lambda: self._as_shown(said.read_text())

    def save(self, program: str) -> None:
        """A program that says in its first line what it is saved as."""
        name = program.splitlines()[0].removeprefix("# ")
        (self.folder / name).write_text(self._here(program))

    def end(self) -> None:
        for process in self.started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _shell(self, block: str) -> list[str]:
        return ["sh", "-e", "-c", f"[ ! -e environment ] || . ./environment\n{self._here(block)}"]

    def _here(self, text: str) -> str:
        return text.replace(ELSEWHERE, self.there.url).replace(RECEIVER, self.receiver).replace('"127.0.0.1", 9000',
            f'"127.0.0.1", {self.receiver.partition(":")[2]}')  # fmt: skip

    def _as_shown(self, text: str) -> str:
        return text.replace(self.there.url, ELSEWHERE).replace(self.receiver, RECEIVER)

    def _environment(self) -> dict[str, str]:
        programs = Path(sys.executable).parent
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("KRONIEK_")},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(self.folder / "packages"),
            "KRONIEK_URL": self.there.url,
            "COLUMNS": "118",
            "CURL_HOME": str(self.folder),
        }


@contextmanager
def terminal(there: Running, folder: Path) -> Iterator[Terminal]:
    """As the reader's own, after `make demo`: with its token, and with the client installed."""
    (folder / ".kroniek").mkdir()
    (folder / ".kroniek" / "token").write_text(there.token)
    (folder / ".curlrc").write_text("silent\nshow-error\nfail\n")
    (folder / "packages").mkdir()
    (folder / "packages" / "kroniek_client").symlink_to(ROOT / "interfaces" / "client")
    found = Terminal(there, folder)
    try:
        yield found
    finally:
        found.end()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_what_subscribers_are_shown_to_paste_works(
    new_database: Callable[[], str], valkey_url: str, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "subscribing.md").read_text()
    logs, folder = tmp_path / "logs", tmp_path / "folder"
    logs.mkdir()
    folder.mkdir()
    redis_url, settings = valkey_url.replace("db=0", "db=6"), {"KRONIEK_EMBEDDED": "true"}
    with running(new_database(), redis_url, logs, settings=settings) as there, terminal(there, folder) as shell:
        there.token, _ = there.make_token("root")
        (folder / ".kroniek" / "token").write_text(there.token)
        kroniek(there, "import", "examples/hajin-baghouz.yaml")
        said: Callable[[], str] = str
        going_on: dict[str, Callable[[], str]] = {}
        for block in BLOCK.finditer(text):
            language, content = block.groups()
            match language:
                case "python":
                    shell.save(content)
                case "sh" if GOES_ON.search(content):
                    # What comes before it in the block ends, and may change what lasts.
                    *first, last = content.replace("\\\n", " ").strip().splitlines()
                    shell.run("\n".join(first))
                    said = going_on[last] = shell.start(last)
                case "sh" if LOOKS.fullmatch(content):
                    said = partial(shell.run, content)
                case "sh" if not content.startswith((". .venv", "pip ")):
                    said = partial(str, shell.run(content))
                case "sh":
                    shell.run("\n".join(line for line in content.splitlines() if line.startswith("export ")))
                case "text":
                    assert_shown(content, said)
                case "json":
                    assert is_part_of(json.loads(content), json.loads(said())["items"][0]), said()
                case _:
                    assert language in ("http", "js"), language
        assert_a_receiver_believes_no_stranger_and_takes_nothing_twice(shell, going_on["python receiver.py"])


def assert_a_receiver_believes_no_stranger_and_takes_nothing_twice(
    shell: Terminal, received: Callable[[], str]
) -> None:
    assert httpx.post(f"http://{shell.receiver}/", content=b"{}").status_code == 401
    shell.run("kroniek webhook replay desk --from 168")
    eventually(
        lambda: json.loads(shell.run("kroniek webhook show desk --json"))["behind"] == 0, "everything is sent again"
    )
    taken = received().splitlines()
    assert len(taken) >= 5
    assert len(taken) == len(set(taken))


def assert_shown(content: str, said: Callable[[], str]) -> None:
    try:
        eventually(lambda: begins_as_shown(content, said()), "what is shown")
    except AssertionError:
        raise AssertionError(f"the page shows\n{content}\nand there was\n{said()}") from None


def begins_as_shown(content: str, said: str) -> bool:
    """Line by line, each up to its dots; what comes after them is not shown."""
    shown, found = settled(content).strip().splitlines(), settled(said).strip().splitlines()
    return len(found) >= len(shown) and all(
        there.startswith(line.removesuffix("...")) if line.endswith("...") else there.rstrip() == line.rstrip()
        for line, there in zip(shown, found, strict=False)
    )


def settled(text: str) -> str:
    """Without what is another each time: hashes, ids, times of day, and how far apart columns are."""
    text = re.sub(" {2,}", "  ", text)
    text = re.sub(r"\b(\d+)\.[0-9a-f]{8}\b", r"\1.hash", text)
    text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "uuid", text)
    return re.sub(r"\b(\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\dZ?\b", "then", text)
