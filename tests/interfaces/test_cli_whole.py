"""What is to be copied from an answer is whole on one line: ids, topics and commands, however narrow the terminal."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from interfaces.cli.output import broken, out
from interfaces.cli.table import Table
from tests.interfaces.running_kroniek import Kroniek, free_port
from tests.interfaces.test_cli_questions import DESK, EVERY_ANSWER, EVERY_CHANGE

KINDS = ("actors", "places", "sources", "reports", "claims", "incidents", "assessments")
IDS = {item["id"] for kind in KINDS for item in DESK[kind]}
LONG = "-of-the-district-that-has-a-name-as-long-as-a-line"
# Wide enough for every line to be one.
WIDE = "4000"


def long(told: Any) -> Any:
    """The same with ids that take a line each."""
    match told:
        case dict():
            return {key: long(value) for key, value in told.items()}
        case list():
            return [long(each) for each in told]
        case str() if told in IDS:
            return told + LONG
        case str() if told.startswith("place="):
            return f"place={long(told[6:])}"
        case str() if "/" in told or re.fullmatch(r"[a-z]+,[a-z]+,[a-z:,]+", told):
            return re.sub(r"(?<=[/:])[a-z0-9]+", lambda found: long(found[0]), told)
        case _:
            return told


@pytest.fixture(scope="module")
def kroniek(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kroniek]:
    running = Kroniek.start(tmp_path_factory.mktemp("kroniek"), "up")
    (running.folder / "desk.json").write_text(json.dumps(long(DESK), ensure_ascii=False))
    running.ok("import", "desk.json")
    watched = ("--question", "figures", "--topic", long("present,people,place:hajin"))
    running.ok("webhook", "create", f"http://127.0.0.1:{free_port()}/{'a' * 90}", "--id", "of-figures", *watched)
    yield running
    running.stop()


def words_of(told: str) -> set[str]:
    """Without what an isolated line adds."""
    return {*re.sub("[\u2066-\u2069\u200e\u200f]", "", told).split()}


def assert_whole(narrow: str, wide: str) -> None:
    """No word of one is a piece of a long one of the other, and each command stands on one line."""
    whole = words_of(wide)
    long_ones = [word for word in whole if len(word) > 15 and re.match(r"\W?[a-z]", word)]
    assert [piece for piece in words_of(narrow) - whole if any(piece in word for word in long_ones)] == []
    for typed in re.findall(r"`kroniek [^`]*`", wide):
        assert typed in narrow


@pytest.mark.parametrize("words", EVERY_ANSWER, ids=" ".join)
def test_no_answer_breaks_what_can_be_copied(kroniek: Kroniek, words: tuple[str, ...]) -> None:
    asked = [long(word) for word in words]
    wide = kroniek.ok(*asked, COLUMNS=WIDE)
    for width in (80, 60):
        narrow = kroniek.ok(*asked, COLUMNS=str(width))
        assert_whole(narrow, wide)
        for line in narrow.splitlines():
            assert cell_len(line) <= width or len(line.split()) == 1 or line.strip().startswith("`kroniek "), line


def test_what_changes_answer_is_not_broken_either(kroniek: Kroniek) -> None:
    (kroniek.folder / "copies.json").write_text(json.dumps(long(DESK), ensure_ascii=False))
    for copy in ("wide", "narrow"):
        kroniek.ok("import", "copies.json", "--dossier", copy)
    for words in EVERY_CHANGE:
        asked = [long(word) for word in words]
        wide = kroniek.ok(*asked, COLUMNS=WIDE, KRONIEK_DOSSIER="wide")
        assert_whole(kroniek.ok(*asked, COLUMNS="60", KRONIEK_DOSSIER="narrow"), wide)


@given(
    st.lists(st.text(st.sampled_from("ab,:-é"), min_size=1, max_size=30), max_size=12), st.integers(1, 20),
    st.integers(1, 20),
)  # fmt: skip
def test_a_text_is_broken_between_words_only(words: list[str], width: int, further: int) -> None:
    lines = [line.plain for line in broken(Text(" ".join(words)), width, further)]
    assert " ".join(lines).split() == words
    for nth, line in enumerate(lines):
        assert len(line) <= (further if nth else width) or " " not in line
    # No line is shorter than it need be.
    for nth, (line, after) in enumerate(itertools.pairwise(lines)):
        assert len(line) + 1 + len(after.split()[0]) > (further if nth else width)


def test_what_is_written_without_blanks_is_broken_anywhere() -> None:
    assert [line.plain for line in broken(Text("叙利亚民主力量 abc"), 6)] == ["叙利亚", "民主力", "量 abc"]
    assert [line.plain for line in broken(Text("one\ntwo three"), 80)] == ["one", "two three"]


def test_a_table_without_room_for_its_words_tells_a_row_on_several_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table("id", "title")
    table.add_row("x" * 30, "A title of some words")
    for width, told in (
        (80, ["id" + " " * 30 + "title", "x" * 30 + "  A title of some words"]),
        (40, ["id" + " " * 30 + "title", "x" * 30 + "  A title", " " * 32 + "of some", " " * 32 + "words"]),
        (20, ["id", "  title", "x" * 30, "  A title of some", "  words"]),
    ):
        monkeypatch.setattr(out(), "width", width)
        table.print()
        assert capsys.readouterr().out.splitlines() == told
