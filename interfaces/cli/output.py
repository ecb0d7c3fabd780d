"""What the commands print on: people's words on a terminal, plain lines elsewhere, errors on stderr."""

import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from io import TextIOWrapper
from typing import Any, TextIO, cast

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from interfaces.messages.wording import Language, wording
from interfaces.messages.words import END_OF_ISOLATE, ISOLATE, TURNING

# Tables that go to a file or another program are not cut to the width of a terminal that is not there.
WIDTH_OF_A_FILE = 160


# What moves a cursor, rings, hides, or turns the order of letters round: shown by its number. Line ends, tabs and the
# beginning of a colour are our own, and so are the isolates around words from right to left: what was recorded has none
# of these (`words.clean`).
_UNSEEN = {
    number: f"<U+{number:04X}>"
    for number in (
        *(n for n in range(0x20) if chr(n) not in "\t\n\r\x1b"), *range(0x7F, 0xA0),
        *map(ord, TURNING - {ISOLATE, END_OF_ISOLATE}), 0x2028, 0x2029, 0xFEFF,
    )
}  # fmt: skip


def language_asked() -> Language:
    """The language that answers are told in: KRONIEK_LANGUAGE, English where there is no wording in it."""
    return wording(os.environ.get("KRONIEK_LANGUAGE", "")).language


class Seen:
    """A stream on which nothing is written that a reader would not see."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(text.translate(_UNSEEN))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def shown_to_people() -> Iterator[None]:
    """Everything that is printed is seen as it is; a terminal that lacks a letter is shown its number."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with redirect_stdout(cast(TextIO, Seen(sys.stdout))), redirect_stderr(cast(TextIO, Seen(sys.stderr))):
        yield


class Failed(Exception):
    """A command cannot be carried out: `message` is all there is to say, `code` how the program ends.

    0: somebody ended what would go on for ever. 1: it was refused. 2: it was asked wrongly, or nobody answers.
    """

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.message, self.code = message, code


@cache
def out() -> Console:
    return _console(stderr=False)


@cache
def err() -> Console:
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDTH_OF_A_FILE
    # What people recorded is content: no markup in it, no emoji codes, nothing to highlight.
    return Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def say(*parts: str | Text | tuple[str, str], end: str = "\n", to: Console | None = None) -> None:
    """Print a line as long as it is: parts are text, or text with a style."""
    console = to or out()
    console.print(Text.assemble(*parts), soft_wrap=True, end=end)


def paragraph(*parts: str | Text | tuple[str, str], indent: int = 0, hang: int = 2) -> None:
    """Print words on as many lines as they take, those after the first `hang` columns further in."""
    print_wrapped(Text.assemble(*parts), indent, hang=hang)


def print_wrapped(text: Text, indent: int, *, hang: int) -> None:
    """The same of a text that is there: no line ends in blanks, and none is longer than the terminal, but for what is
    to be copied: that stands whole on a line of its own.
    """
    width = out().width
    hang = max(0, min(hang, width - indent - 20))
    lines = broken(text, max(10, width - indent), max(10, width - indent - hang))
    begins = [indent, *[indent + hang] * (len(lines) - 1)]
    for line in each_by_itself(Text(" " * begin) + line for begin, line in zip(begins, lines, strict=True)):
        out().print(line, soft_wrap=True)


# What is never broken inside: words, which ids, topics and addresses are too, and commands to type.
_WHOLE = re.compile(r"(?:`kroniek [^`\n]*`|[^ \n])+")


def broken(text: Text, width: int, further: int | None = None) -> list[Text]:
    """A text on lines of so many columns, those after the first of `further`; words that are longer stand whole.

    What is written without blanks, as Chinese is, is broken anywhere.
    """
    plain = text.plain
    spans: list[tuple[int, int]] = []
    begin, end, room = 0, -1, width
    for start, stop in _pieces(plain):
        ended = "\n" in plain[max(end, 0) : start]
        if end >= 0 and (ended or cell_len(plain[begin:stop]) > room):
            spans.append((begin, end))
            begin, room = start, further or width
        end = stop
    spans.append((begin, max(end, 0)))
    return [text[start:stop] for start, stop in spans]


def _pieces(plain: str) -> Iterator[tuple[int, int]]:
    for word in _WHOLE.finditer(plain):
        begin = word.start()
        for at in range(begin + 1, word.end()):
            if _is_wide(plain[at]) or _is_wide(plain[at - 1]):
                yield begin, at
                begin = at
        yield begin, word.end()


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def each_by_itself(lines: Iterable[Text]) -> Iterator[Text]:
    """Lines as a terminal reads them, one by one: what is isolated and goes on in the next is so in both."""
    open_before = 0
    for line in lines:
        line.rstrip()
        still_open = open_before + line.plain.count(ISOLATE) - line.plain.count(END_OF_ISOLATE)
        blank = len(line.plain) - len(line.plain.lstrip(" "))
        yield line[:blank] + Text(ISOLATE * open_before) + line[blank:] + Text(END_OF_ISOLATE * max(0, still_open))
        open_before = max(0, still_open)


def tell(*parts: str | Text | tuple[str, str]) -> None:
    """Print a line beside the result: on stderr, so that the result can go to a file."""
    say(*parts, to=err())


def print_json(value: Any) -> None:
    """One JSON value on one line."""
    write_json(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def write_json(text: str) -> None:
    """JSON text as it is: what a terminal cannot show, or people would not see, is escaped as JSON does it."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text)
    sys.stdout.write(text.translate(_ESCAPED) + "\n")
    sys.stdout.flush()


_ESCAPED = {number: f"\\u{number:04x}" for number in (*_UNSEEN, *map(ord, (ISOLATE, END_OF_ISOLATE))) if number >= 0x7F}
