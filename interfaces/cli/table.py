"""A table of columns as wide as their words need: where there is no room for all of them, a row is a few lines."""

from collections.abc import Sequence

from rich.text import Text

from interfaces.cli.output import broken, each_by_itself, out
from interfaces.cli.sheet import GAP, Part, Sheet, text_of


class Table:
    """Cells are broken between words, and never inside one."""

    def __init__(self, *titles: Part) -> None:
        self._rows: list[list[Text]] = []
        self.add_row(*titles)
        for title in self._rows[0]:
            title.stylize("bold")

    def add_row(self, *cells: Part) -> None:
        self._rows.append([text_of(cell) for cell in cells])

    def print(self) -> None:
        columns = [*zip(*self._rows, strict=True)]
        needed = [max(map(_longest_line, column)) for column in columns]
        widths = _narrowed(needed, [max(map(_longest_word, column)) for column in columns])
        if widths is None:
            self._print_stacked()
            return
        for row in self._rows:
            cells = [
                [*each_by_itself(broken(cell, width))] for cell, width in zip(row, widths, strict=True)
            ]  # fmt: skip
            for nth in range(max(map(len, cells))):
                line = Text()
                for cell, width in zip(cells, widths, strict=True):
                    told = cell[nth] if nth < len(cell) else Text()
                    line = Text.assemble(line, told, " " * (width + GAP - told.cell_len))
                line.rstrip()
                out().print(line, soft_wrap=True)

    def _print_stacked(self) -> None:
        """Each row with its first cell on a line of its own, and the others below it."""
        sheet = Sheet(beside=False)
        for first, *others in self._rows:
            sheet.row(first)
            parts = [part for cell in others for part in cell.split("\n") if part]
            sheet.row("", details=parts)
        sheet.print()


def _longest_line(cell: Text) -> int:
    return max((line.cell_len for line in cell.split("\n")), default=0)


def _longest_word(cell: Text) -> int:
    return max((line.cell_len for line in broken(cell, 1)), default=0)


def _narrowed(widths: Sequence[int], least: Sequence[int]) -> list[int] | None:
    """The widest columns made narrower until all have room; None where their words have none."""
    room = out().width - GAP * (len(widths) - 1)
    narrow = [*widths]
    while sum(narrow) > room:
        can = [nth for nth, width in enumerate(narrow) if width > least[nth]]
        if not can:
            return None
        widest = max(can, key=lambda nth: narrow[nth])
        others = [narrow[nth] for nth in can if narrow[nth] < narrow[widest]]
        narrow[widest] = max(
            least[widest], narrow[widest] - (sum(narrow) - room), max(others, default=0) - 1 if others else 0
        )
    return narrow
