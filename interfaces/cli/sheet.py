"""Rows in aligned columns that share a page with headings: side by side where there is room, else on two lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text

from interfaces.cli.output import out, print_wrapped
from interfaces.messages.words import isolated

GAP = 2
_BETWEEN = " · "

Part = str | Text | tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    cells: Sequence[Text]
    details: Sequence[Text]
    notes: Sequence[Text]


class Sheet:
    """`right` are the columns whose cells stand at the right: numbers. `bars`: the column that is drawn on one scale,
    and so begins in one place in every row. `beside`: whether details may.

    Where there is no room for the numbers or the bars, or the first column leaves less than half a line to text, the
    cells behind the first stand below it: no number is broken in two.
    """

    def __init__(
        self, *, right: Iterable[int] = (), bars: int | None = None, indent: int = 0, beside: bool = True
    ) -> None:
        self._right = frozenset(right)
        self._bars = bars
        self._beside = beside
        self._indent = indent
        self._lines: list[_Row | Text] = []

    def heading(self, *parts: Part) -> None:
        """A line across all columns."""
        self._lines.append(Text.assemble(*map(text_of, parts)))

    def gap(self) -> None:
        self._lines.append(Text())

    def row(self, *cells: Part, details: Iterable[Part] = (), notes: Iterable[Part] = ()) -> None:
        """`details` stand beside the cells where all rows have room for it, else below; `notes` always below."""
        self._lines.append(_Row(_texts(cells), _texts(details), _texts(notes)))

    def print(self) -> None:
        rows = [line for line in self._lines if isinstance(line, _Row)]
        cells = _widths([row.cells for row in rows])
        details = _widths([row.details for row in rows])
        beside = self._beside and self._indent + _taken(cells) + GAP + _taken(details) <= out().width
        whole = {*self._right, *(() if self._bars is None else (self._bars,))}
        stacked = any(self._indent + _taken(cells[: nth + 1]) > out().width for nth in whole if 0 < nth < len(cells))
        no_room = len(cells) > 1 and not self._right and self._indent + cells[0] + GAP > out().width // 2
        stacked = stacked or (no_room and self._indent + _taken(cells) > out().width)
        for line in self._lines:
            if isinstance(line, Text):
                print_wrapped(line, 0, hang=2)
                continue
            if stacked:
                self._stacked(line)
                continue
            printed = self._aligned(line.cells, cells)
            if beside:
                printed = Text("").join([printed, Text(" " * GAP), self._aligned(line.details, details, right=False)])
            if printed.plain.strip():
                print_wrapped(printed, self._indent, hang=_taken(cells[:-1]) + GAP)
            below = self._indent + (cells[0] + GAP if cells and cells[0] else 0)
            # Beside a first column that takes most of a line there is no room.
            if below > out().width // 2:
                below = self._indent + GAP
            told = [] if beside else [detail for detail in line.details if detail]
            for packed in _packed(told, out().width - below):
                print_wrapped(packed, below, hang=2)
            for note in line.notes:
                print_wrapped(note, below, hang=2)

    def _stacked(self, line: _Row) -> None:
        first, *others = line.cells or [Text()]
        if first:
            print_wrapped(first, self._indent, hang=GAP)
        below = self._indent + GAP
        bar = None if self._bars is None else self._bars - 1
        if bar is not None and bar < len(others) and others[bar]:
            print_wrapped(others.pop(bar), below, hang=0)
        for packed in _packed([part for part in (*others, *line.details) if part], out().width - below):
            print_wrapped(packed, below, hang=2)
        for note in line.notes:
            print_wrapped(note, below, hang=2)

    def _aligned(self, cells: Sequence[Text], widths: Sequence[int], *, right: bool = True) -> Text:
        placed = []
        for nth, (cell, width) in enumerate(zip(cells, widths, strict=False)):
            if width == 0:
                continue
            blank = Text(" " * (width - cell.cell_len))
            placed.append(Text("").join([blank, cell] if right and nth in self._right else [cell, blank]))
        return Text(" " * GAP).join(placed)


def _texts(parts: Iterable[Part]) -> list[Text]:
    return [text_of(part) for part in parts]


def text_of(part: Part) -> Text:
    """A part that has words from right to left is a whole: they turn nothing round that stands beside it."""
    if isinstance(part, Text):
        return part
    return Text(isolated(part)) if isinstance(part, str) else Text(isolated(part[0]), part[1])


def _packed(parts: Sequence[Text], width: int) -> list[Text]:
    """As many parts to a line as it holds: none is broken that fits into one."""
    lines: list[list[Text]] = []
    taken = 0
    for part in parts:
        if lines and taken + len(_BETWEEN) + part.cell_len <= width:
            lines[-1].append(part)
            taken += len(_BETWEEN) + part.cell_len
        else:
            lines.append([part])
            taken = part.cell_len
    return [Text(_BETWEEN, style="dim").join(line) for line in lines]


def _widths(rows: Iterable[Sequence[Text]]) -> list[int]:
    """The widest cell of each column; 0 for one that is empty throughout."""
    widths: list[int] = []
    for row in rows:
        for nth, cell in enumerate(row):
            if nth == len(widths):
                widths.append(0)
            widths[nth] = max(widths[nth], cell.cell_len)
    return widths


def _taken(widths: Sequence[int]) -> int:
    """What columns take with the gaps between them."""
    shown = [width for width in widths if width]
    return sum(shown) + GAP * max(0, len(shown) - 1)
