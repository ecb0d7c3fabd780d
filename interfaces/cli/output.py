"""What the commands print on: people's words on a terminal, plain lines elsewhere, errors on stderr."""

import json
import os
import sys
from functools import cache
from typing import Any

from rich.console import Console
from rich.text import Text

# Tables that go to a file or another program are not cut to the width of a terminal that is not there.
WIDTH_OF_A_FILE = 160


class Failed(Exception):
    """A command cannot be carried out: `message` is all there is to say, `code` how the program ends.

    1: it was refused. 2: it was asked wrongly, or nobody answers.
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


def tell(*parts: str | Text | tuple[str, str]) -> None:
    """Print a line beside the result: on stderr, so that the result can go to a file."""
    say(*parts, to=err())


def print_json(value: Any) -> None:
    """One JSON value on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    sys.stdout.flush()
