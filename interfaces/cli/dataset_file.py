"""A dataset as it was published, row by row with the line of each: CSV, NDJSON or a JSON array, gzipped or not."""

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from interfaces.cli.files import read_file, too_large
from interfaces.cli.output import Failed
from interfaces.messages.words import clean, counted, joined

Format = Literal["csv", "ndjson", "json"]

LARGEST_FILE = 1_000_000_000
_SPLIT = "split it, by year for example"
SHOWN = 20
# A cell of a hundred pages is a quotation mark that was never closed.
_LARGEST_CELL = 1_000_000
_ENDINGS: dict[str, Format] = {".csv": "csv", ".tsv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "json"}


class RowFault(NamedTuple):
    """What is wrong with a row, or with a cell of it."""

    line: int
    column: str
    message: str


class RowsAtFault(Failed):
    """What is wrong with a file: at most so many of its faults, and how many there are."""

    def __init__(self, path: Path, faults: Sequence[RowFault]) -> None:
        told = [
            f"{path}:{fault.line}: {clean(fault.column) + ': ' if fault.column else ''}{clean(fault.message)}"
            for fault in sorted(faults)[:SHOWN]
        ]
        rows = counted(len({fault.line for fault in faults}), "row")
        if len(faults) > SHOWN:
            told.append(f"... and {len(faults) - SHOWN:,} more.")
        found = f"{counted(len(faults), 'error')} in {rows} of {path}"
        super().__init__("\n".join([*told, f"{found}; nothing of the edition was taken."]))


@dataclass(frozen=True)
class Given:
    """The rows of a file: (line, cells by column, trimmed). `digest` is that of its content, unpacked."""

    rows: Sequence[tuple[int, dict[str, str]]]
    digest: str
    not_taken: Sequence[str]


def read_rows(path: Path, columns: Sequence[str], *, format: Format | None, delimiter: str, encoding: str) -> Given:
    """The rows of a file, each with the columns asked for.

    Raises:
        RowsAtFault: it cannot be read; every row that cannot is told.
    """
    content = _content(path)
    text = _decoded(path, content, encoding)
    faults: list[RowFault] = []
    match format or format_of(path):
        case "csv":
            rows, header = _from_csv(text, columns, delimiter, faults)
        case "ndjson":
            rows, header = _from_objects(_ndjson(text, faults), columns, faults)
        case "json":
            rows, header = _from_objects(_json(text, faults), columns, faults)
    if not faults and not rows:
        faults.append(RowFault(1, "", "the file has no rows"))
    if faults:
        raise RowsAtFault(path, faults)
    taken = set(columns)
    return Given(rows, hashlib.sha256(content).hexdigest(), [name for name in header if name not in taken])


def format_of(path: Path) -> Format:
    ending = (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()
    if ending not in _ENDINGS:
        raise Failed(f"{path} ends in none of {joined(_ENDINGS, 'or')} (with .gz or without): name its --format", 2)
    return _ENDINGS[ending]


def _content(path: Path) -> bytes:
    content = read_file(path, LARGEST_FILE, instead=_SPLIT)
    if path.suffix != ".gz":
        return content
    try:
        with gzip.open(io.BytesIO(content)) as file:
            content = file.read(LARGEST_FILE + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Failed(f"{path} is not a whole gzip file: {error}") from None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}", 2) from None
    if len(content) > LARGEST_FILE:
        raise too_large(path, LARGEST_FILE, _SPLIT)
    return content


def _decoded(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start:,} is not {encoding} text; `file: {{encoding: ...}}` of the mapping names another"
        raise RowsAtFault(path, [RowFault(line, "", message)]) from None


def _missing(columns: Sequence[str], header: Sequence[str]) -> Iterator[RowFault]:
    known = set(header)
    for column in columns:
        if column not in known:
            yield RowFault(
                1, "", f"there is no column {column!r}, which the mapping takes; there are {', '.join(header)}"
            )


def _from_csv(
    text: str, columns: Sequence[str], delimiter: str, faults: list[RowFault]
) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    header: list[str] = []
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        if not any(header):
            faults.append(RowFault(1, "", "the file is empty: its first line has the names of the columns"))
            return rows, header
        faults.extend(_missing(columns, header))
        twice = sorted({name for name in header if header.count(name) > 1 and name in columns})
        faults.extend(RowFault(1, name, "two columns have this name") for name in twice)
        if faults:
            return rows, header
        wanted = [(name, header.index(name)) for name in columns]
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                rows.append((line, {name: cells[index].strip() for name, index in wanted}))
            elif cells:
                faults.append(
                    RowFault(line, "", f"the row has {len(cells)} cells, and there are {len(header)} columns")
                )
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append(RowFault(line, "", f"this row is not CSV: {error}"))
    return rows, header


_decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def _ndjson(text: str, faults: list[RowFault]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, _decoder.decode(line)
            except (json.JSONDecodeError, RecursionError) as error:
                faults.append(RowFault(number, "", f"this line is not JSON: {_said(error)}"))


def _json(text: str, faults: list[RowFault]) -> Iterator[tuple[int, Any]]:
    at, line, counted_to = _skipped(text, 0), 1, 0
    if text[at : at + 1] != "[":
        faults.append(RowFault(1, "", "the file is not a JSON array of objects"))
        return
    at = _skipped(text, at + 1)
    while text[at : at + 1] != "]":
        line += text.count("\n", counted_to, at)
        counted_to = at
        try:
            value, at = _decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            faults.append(RowFault(getattr(error, "lineno", line), "", f"this is not JSON: {_said(error)}"))
            return
        yield line, value
        at = _skipped(text, at)
        if text[at : at + 1] == ",":
            at = _skipped(text, at + 1)
        elif text[at : at + 1] != "]":
            line += text.count("\n", counted_to, at)
            faults.append(RowFault(line, "", "this is not JSON: a comma or the end of the array is missing here"))
            return


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _said(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else "it goes too deep"


def _from_objects(
    objects: Iterator[tuple[int, Any]], columns: Sequence[str], faults: list[RowFault]
) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    rows: list[tuple[int, dict[str, str]]] = []
    header: dict[str, None] = {}
    for line, value in objects:
        if not isinstance(value, dict):
            faults.append(RowFault(line, "", "a row is an object"))
            continue
        header.update(dict.fromkeys(value))
        cells = {}
        for column in columns:
            cell = value.get(column)
            if isinstance(cell, (dict, list)):
                faults.append(RowFault(line, column, "holds more than one value"))
            cells[column] = "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell).strip()
        rows.append((line, cells))
    if header or not faults:
        faults.extend(_missing(columns, list(header)) if rows else ())
    return rows, list(header)
