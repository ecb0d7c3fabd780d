"""A dataset as it was published, row by row with the line of each: CSV, NDJSON or a JSON array, gzipped or not."""

import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
LINES_SHOWN = 5
# A cell of a hundred pages is a quotation mark that was never closed.
_LARGEST_CELL = 1_000_000
_ENDINGS: dict[str, Format] = {".csv": "csv", ".tsv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "json"}


class RowFault(NamedTuple):
    """What is wrong with a row, or with a cell of it."""

    line: int
    column: str
    message: str


class RowsAtFault(Failed):
    """What is wrong with a file: at most so many of its faults, what is the same in many rows once, and how many."""

    def __init__(self, path: Path, faults: Sequence[RowFault]) -> None:
        alike: dict[tuple[str, str], list[int]] = {}
        for fault in sorted(faults):
            alike.setdefault((fault.column, fault.message), []).append(fault.line)
        told = [
            f"{path}:{lines[0]}: {clean(column) + ': ' if column else ''}{clean(message)}{_and_in(lines[1:])}"
            for (column, message), lines in list(alike.items())[:SHOWN]
        ]
        rows = counted(len({fault.line for fault in faults}), "row")
        if len(alike) > SHOWN:
            told.append(f"... and {sum(map(len, list(alike.values())[SHOWN:])):,} more.")
        found = f"{counted(len(faults), 'error')} in {rows} of {path}"
        super().__init__("\n".join([*told, f"{found}; nothing of the edition was taken."]))


def _and_in(lines: Sequence[int]) -> str:
    """In which rows besides: the first of them."""
    if not lines:
        return ""
    first = ", ".join(map(str, lines[:LINES_SHOWN]))
    more = f" and {len(lines) - LINES_SHOWN:,} more" if len(lines) > LINES_SHOWN else ""
    return f"; so on line{'s' if len(lines) > 1 else ''} {first}{more}"


@dataclass(frozen=True)
class Given:
    """The rows of a file: (line, cells by column, trimmed). `digest` is that of its content, unpacked.

    `tags`: the line of a row of HXL tags, which are no data.
    """

    rows: Sequence[tuple[int, dict[str, str]]]
    digest: str
    not_taken: Sequence[str]
    tags: int | None = None


class _Read(NamedTuple):
    """What a file holds: its rows with their lines, its columns, and the line of its HXL tags."""

    rows: list[tuple[int, dict[str, str]]]
    header: list[str]
    tags: int | None = None


# A tag of the Humanitarian Exchange Language, which says what a column holds: #affected+f+infants, #adm2 +name.
_HXL_TAG = re.compile(r"#[a-z][a-z0-9_]*( *\+ *[a-z][a-z0-9_]*)*", re.IGNORECASE | re.ASCII)
_LEAST_TAGS = 2


def are_tags(cells: Iterable[str]) -> bool:
    """Whether a row has HXL tags, and nothing else."""
    written = [cell for cell in (cell.strip() for cell in cells) if cell]
    return len(written) >= _LEAST_TAGS and all(map(_HXL_TAG.fullmatch, written))


def read_rows(path: Path, columns: Mapping[str, str], *, format: Format | None, delimiter: str, encoding: str) -> Given:
    """The rows of a file, each with the columns asked for, by which is the field of the mapping that takes each.

    Raises:
        RowsAtFault: it cannot be read; every row that cannot is told.
    """
    content = _content(path)
    text = _decoded(path, content, encoding)
    faults: list[RowFault] = []
    match format or format_of(path):
        case "csv":
            read = _from_csv(text, columns, delimiter, faults)
        case "ndjson":
            read = _from_objects(_ndjson(text, faults), columns, faults)
        case "json":
            read = _from_objects(_json(text, faults), columns, faults)
    if not faults and not read.rows:
        faults.append(RowFault(1, "", "the file has no rows"))
    if faults:
        raise RowsAtFault(path, faults)
    taken = set(columns)
    not_taken = [name for name in read.header if name not in taken]
    return Given(read.rows, hashlib.sha256(content).hexdigest(), not_taken, read.tags)


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


def _missing(columns: Mapping[str, str], header: Sequence[str]) -> Iterator[RowFault]:
    known = set(header)
    for column, field in columns.items():
        if column not in known:
            leaf = name = re.sub(r"\.\d+$", "", field).rpartition(".")[2]
            # A constant goes before a column of the same name.
            name = f"every_{name}" if name in known else name
            instead = f"`constants: {{{name}: {json.dumps(column, ensure_ascii=False)}}}` and `{leaf}: {name}`"
            yield RowFault(
                1, "", f"there is no column {column!r}, which {field!r} of the mapping takes; there are "
                f"{', '.join(header)}. If it is what every row has, write {instead}",
            )  # fmt: skip


def _from_csv(text: str, columns: Mapping[str, str], delimiter: str, faults: list[RowFault]) -> _Read:
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    header: list[str] = []
    tags: int | None = None
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        if not any(header):
            faults.append(RowFault(1, "", "the file is empty: its first line has the names of the columns"))
            return _Read(rows, header)
        faults.extend(_missing(columns, header))
        twice = sorted({name for name in header if header.count(name) > 1 and name in columns})
        faults.extend(RowFault(1, name, "two columns have this name") for name in twice)
        if faults:
            return _Read(rows, header)
        wanted = [(name, header.index(name)) for name in columns]
        first = line = reader.line_num + 1
        for cells in reader:
            if line == first and are_tags(cells):
                tags = line
            elif len(cells) == len(header):
                rows.append((line, {name: cells[index].strip() for name, index in wanted}))
            elif cells:
                faults.append(
                    RowFault(line, "", f"the row has {len(cells)} cells, and there are {len(header)} columns")
                )
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append(RowFault(line, "", f"this row is not CSV: {error}"))
    return _Read(rows, header, tags)


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


def _from_objects(objects: Iterator[tuple[int, Any]], columns: Mapping[str, str], faults: list[RowFault]) -> _Read:
    rows: list[tuple[int, dict[str, str]]] = []
    header: dict[str, None] = {}
    tags: int | None = None
    for nth, (line, value) in enumerate(objects):
        if not isinstance(value, dict):
            faults.append(RowFault(line, "", "a row is an object"))
            continue
        header.update(dict.fromkeys(value))
        if nth == 0 and are_tags(cell if isinstance(cell, str) else str(cell or "") for cell in value.values()):
            tags = line
            continue
        cells = {}
        for column in columns:
            cell = value.get(column)
            if isinstance(cell, (dict, list)):
                faults.append(RowFault(line, column, "holds more than one value"))
            cells[column] = "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell).strip()
        rows.append((line, cells))
    if header or not faults:
        faults.extend(_missing(columns, list(header)) if rows else ())
    return _Read(rows, list(header), tags)
