"""The fields that a mapping makes of a row: words of vocabularies, dates, conditions and titles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from application.formats.edition.mapping import Condition, When, WhenMapping, Word, placeholders
from application.formats.edition.spellings import Kind
from application.formats.edition.values import CellFault, Row, slug


class CellAsWord(NamedTuple):
    """A word of an open list that was made of a cell: of which sort (`group`, `value` of a dimension), and the cell."""

    sort: str
    word: str
    cell: str


@dataclass(slots=True)
class Found:
    """What a row has of places, actors and cited reports, by their names in the mapping.

    `own_ids`: of items that an earlier row spelt otherwise, by kind and id, the id that this row's spelling makes.
    `words` are those of the claim that is being read.
    """

    places: dict[str, str | None] = field(default_factory=dict)
    actors: dict[str, str | None] = field(default_factory=dict)
    cited: dict[str, list[str]] = field(default_factory=dict)
    own_ids: dict[tuple[Kind, str], str] = field(default_factory=dict)
    words: list[CellAsWord] = field(default_factory=list)

    def word(self, sort: str, cell: str) -> str:
        """A word made of a cell."""
        made = slug(cell)
        self.words.append(CellAsWord(sort, made, cell))
        return made


# The value of one field in a row; None for none.
Field = Callable[[Row, Found], Any]
DateReader = Callable[[str, str], str]


def word_of(given: Word, name: str) -> Field:
    """A word of a vocabulary: a constant, or what a table makes of a cell."""
    if isinstance(given, str):
        return lambda row, found: given
    column, words, otherwise, take = given.column, given.words, given.otherwise, given.take

    def word(row: Row, found: Found) -> str | None:
        cell = row[column]
        if not cell:
            return None if otherwise in (None, "-") else otherwise
        if not words and otherwise is None:
            return found.word(_OPEN[name], cell) if name in _OPEN else cell
        taken = cell if take == "whole" else cell.split()[0 if take == "first_word" else -1]
        ours = words.get(taken, otherwise)
        if ours is None:
            raise CellFault(
                column, f"the mapping has no word for {taken!r} ({name}); it knows {', '.join(words) or 'none'}"
            )
        return None if ours == "-" else ours

    return word


# Fields of which any word may be one, with the sort of their labels.
_OPEN = {"group": "group", "cause": "cause", "methods": "method"}


def dimensions_of(columns: Mapping[str, str]) -> Callable[[Row, Found], dict[str, str] | None]:
    """What each cell tells numbers apart by; nothing where a cell is empty."""

    def dimensions(row: Row, found: Found) -> dict[str, str] | None:
        return {name: found.word("value", row[column]) for name, column in columns.items() if row[column]} or None

    return dimensions


def when_of(given: When | None, read_date: DateReader) -> Field:
    if given is None:
        return lambda row, found: None
    if isinstance(given, str):
        given = WhenMapping(date=given)
    date, until = given.date, given.until
    precision = None if given.precision is None else word_of(given.precision, "precision")

    def at(row: Row, found: Found) -> str | None:
        first = row[date]
        last = row[until] if until is not None else ""
        if not first:
            if last:
                raise CellFault(date, f"is empty, and {until} is not")
            return None
        begun = read_date(first, date)
        ended = read_date(last, until) if last and until is not None else begun
        if begun != ended:
            if ended[: len(begun)] < begun[: len(ended)]:
                raise CellFault(until or date, f"{last} is before {date} {first}")
            return f"{begun}/{ended}"
        match precision(row, found) if precision else None:
            case "week":
                return f"{begun}~"
            case "month":
                return begun[:7]
            case "year":
                return begun[:4]
            case _:
                return begun

    return at


def condition_of(given: Condition | None) -> Callable[[Row], bool]:
    if given is None:
        return lambda row: True
    column, among, outside = given.column, frozenset(given.any_of), frozenset(given.none_of)
    return lambda row: (not among or row[column] in among) and row[column] not in outside


def template_of(template: str) -> Callable[[Row], str]:
    columns = placeholders(template)

    def filled(row: Row) -> str:
        text = template
        for column in columns:
            text = text.replace(f"{{{column}}}", row[column])
        return " ".join(text.split()) or "Untitled"

    return filled
