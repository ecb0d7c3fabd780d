"""Server-sent events, as the HTML standard parses them: bytes in, messages out."""

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

_LINE_END = re.compile("\r\n|\n|\r")
_BOM = "\ufeff"


class Message(NamedTuple):
    """One block. Without `data` no event: it moves the place (`id`), or says how soon to come back (`retry_ms`)."""

    event: str
    data: str | None
    id: str | None
    retry_ms: int | None


class Messages:
    """The messages of one connection, from its bytes however they are cut."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = self._after_cr = False
        self._rest = ""
        self._forget()

    def _forget(self) -> None:
        self._event = "message"
        self._data: list[str] = []
        self._id: str | None = None
        self._retry_ms: int | None = None

    def read(self, chunk: bytes) -> Iterator[Message]:
        """Those that a piece completes. What is incomplete when a connection ends is no message."""
        text = self._decoder.decode(chunk)
        if not text:
            return
        if not self._begun:
            self._begun, text = True, text.removeprefix(_BOM)
        if self._after_cr:
            # A line end that was cut in two.
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r") if text else False
        *lines, self._rest = _LINE_END.split(self._rest + text)
        for line in lines:
            if line:
                self._take(line)
                continue
            if self._data or self._id is not None or self._retry_ms is not None:
                data = "\n".join(self._data) if self._data else None
                yield Message(self._event, data, self._id, self._retry_ms)
            self._forget()

    def _take(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                self._event = value or "message"
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdecimal():
                self._retry_ms = int(value)
            case _:
                # A comment (its field is empty), or a field that nobody knows.
                pass
