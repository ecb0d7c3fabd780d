"""A row of a dataset as what the record would hold of it: the contents of its claims, and its incident."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from application.formats.edition.fields import (
    CellAsWord,
    Field,
    Found,
    condition_of,
    dimensions_of,
    template_of,
    when_of,
    word_of,
)
from application.formats.edition.mapping import (
    AnyClaimMapping,
    ControlMapping,
    EditionMapping,
    FigureMapping,
    IncidentMapping,
    OccurrenceMapping,
    StatementMapping,
    Word,
    columns_of,
)
from application.formats.edition.named import Edition, Namer
from application.formats.edition.spellings import Details, Kind, Spelling, Unclear
from application.formats.edition.values import CellFault, Row, code, date_reader, joined_id, number, slug

LONGEST_TITLE = 300
LONGEST_CODE = 200
LONGEST_LABEL = 200

RowContent = dict[str, Any]


class RowFaults(Exception):
    """Everything that is wrong with a row."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class RowWanted:
    """What the record would hold of a row. `claims` leads from ids to contents, in the order of the mapping.

    `own_ids`: of items that an earlier row spelt otherwise, by kind and id, the id that this row's spelling makes.
    """

    key: str
    claims: Mapping[str, RowContent]
    incident: Details | None
    own_ids: Mapping[tuple[Kind, str], str] = field(default_factory=dict)


class RowReader:
    """Reads rows by a mapping. What they name gathers in `gazetteer`.

    A row is a mapping from columns to trimmed cells, which holds every column that the mapping takes.
    """

    def __init__(self, mapping: EditionMapping, edition: Edition) -> None:
        self._date = date_reader(mapping.dates)
        self._namer = Namer(mapping, edition, self._date)
        self.gazetteer = self._namer.gazetteer
        self.columns = columns_of(mapping)
        self._mapping = mapping
        self._edition = edition
        self._empty = frozenset(["", *mapping.empty])
        # By sort and word, how the first cell that it was made of spells it; of those that say more than the word.
        self.spelt: dict[str, dict[str, str]] = {}
        self._taken = condition_of(mapping.rows)
        self._places = [(name, self._namer.place(place)) for name, place in mapping.places.items()]
        self._actors = [(name, self._namer.actor(actor)) for name, actor in mapping.actors.items()]
        self._cited = [(name, cited) for name, cited in mapping.cited.items()]
        self._claims = [(name, self._claim(claim)) for name, claim in mapping.claims.items()]
        self._incident = None if mapping.incident is None else self._opened(mapping.incident)

    @property
    def spellings(self) -> list[Spelling]:
        """What the rows so far spelt in several ways, each spelling after the first once."""
        return self._namer.spellings

    @property
    def unclear(self) -> list[Unclear]:
        """What another order of the rows so far might have named otherwise."""
        return self._namer.unclear

    def entries_of(self, kind: str, item: str) -> Collection[str]:
        """The entries of the mapping by which the rows so far name an item."""
        return self._namer.entries.get((kind, item), {})

    def read(self, given_row: Row) -> RowWanted | None:
        """What a row says; None where the mapping does not take it.

        Raises:
            RowFaults: it cannot be read.
        """
        row = {name: "" if cell in self._empty else cell for name, cell in given_row.items()}
        # Of what is written there, and taken for nothing, whoever reads that it is empty must hear why.
        emptied = {name for name, cell in given_row.items() if cell and cell in self._empty}
        row.update(self._mapping.constants)
        if not self._taken(row):
            return None
        faults: list[CellFault] = []
        found = Found()

        def tried(make: Callable[..., Any], *given: Any) -> Any:
            try:
                return make(*given)
            except CellFault as fault:
                if fault.column in emptied:
                    written = f"{given_row[fault.column]!r} counts as empty in this mapping"
                    fault = CellFault(fault.column, f"{fault.message} ({written})")
                if not any(str(fault) == str(told) for told in faults):
                    faults.append(fault)
                return None

        key = tried(self._key, row)
        for name, place in self._places:
            found.places[name] = tried(place, row, found)
        for name, actor in self._actors:
            found.actors[name] = tried(actor, row, found)
        for name, cited in self._cited:
            found.cited[name] = tried(self._namer.reports, cited, row)
        claims: dict[str, RowContent] = {}
        for name, make in self._claims:
            content = tried(make, row, found)
            if content is not None and key is not None:
                claims[joined_id([self._edition.dataset, key, name])] = content
        incident = None if self._incident is None else tried(self._incident, row, found)
        if faults:
            raise RowFaults(faults)
        return RowWanted(key, claims, incident, found.own_ids)

    def _key(self, row: Row) -> str:
        for column in self._mapping.key:
            if not row[column]:
                raise CellFault(column, "is empty, and is part of the key")
        return "-".join(slug(row[column]) for column in self._mapping.key)

    def _opened(self, incident: IncidentMapping) -> Field:
        title = template_of(incident.title)
        place = incident.place or self._mapping.place
        at = when_of(incident.when or self._mapping.when, self._date)
        type_ = word_of(incident.type, "type") if incident.type else None

        def opened(row: Row, found: Found) -> Details:
            words = title(row)
            made: Details = {"title": words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1] + "…"}
            if place and found.places[place]:
                made["place"] = found.places[place]
            if (said := at(row, found)) is not None:
                made["when"] = said
            if type_ and (word := type_(row, found)):
                made["type"] = word
            return made

        return opened

    def _claim(self, claim: AnyClaimMapping) -> Callable[[Row, Found], RowContent | None]:
        holds, needed = condition_of(claim.only_if), claim.skip_if_empty
        constants: RowContent = {"kind": claim.kind}
        fields: list[tuple[str, Field]] = []
        for name, make in self._fields(claim):
            if isinstance(make, str):
                constants[name] = make
            else:
                fields.append((name, make))
        figure = claim if isinstance(claim, FigureMapping) else None
        coded = tuple(claim.coded.items())

        def content(row: Row, found: Found) -> RowContent | None:
            if not holds(row) or (needed and not any(row[column] for column in needed)):
                return None
            made = dict(constants)
            found.words.clear()
            for name, make in fields:
                value = make(row, found)
                if value is not None:
                    made[name] = value
            variables = {name: code(row[column]) for name, column in coded if row[column]}
            if figure is not None and not self._estimate(figure, row, made, variables):
                return None
            if variables:
                _shortened(variables, made)
                made["coded"] = variables
            for word in found.words:
                self._keep(word)
            return made

        return content

    def _keep(self, made: CellAsWord) -> None:
        written = " ".join(made.cell.split())
        # A value may be a name, whose capitals are told; a group is a word, and the house has some of them.
        if (written if made.sort == "value" else written.casefold()) != made.word.replace("_", " "):
            short = written if len(written) <= LONGEST_LABEL else written[: LONGEST_LABEL - 1] + "…"
            self.spelt.setdefault(made.sort, {}).setdefault(made.word, short)

    def _fields(self, claim: AnyClaimMapping) -> Iterator[tuple[str, Any]]:
        """The fields of a claim: constants as they are, the others as what makes them of a row."""
        yield "claimant", claim.claimant or self._edition.source
        place = claim.place or self._mapping.place
        if place is not None:
            yield "place", lambda row, found: found.places[place]
        yield "when", when_of(claim.when or self._mapping.when, self._date)
        if claim.said is not None:
            yield "said", when_of(claim.said, self._date)
        for name in ("text", "note", "original"):
            if (column := getattr(claim, name)) is not None:
                yield name, lambda row, found, column=column: row[column] or None
        if (cited := claim.rests_on) is not None:
            yield "rests_on", lambda row, found: found.cited[cited] or None
        words: tuple[str, ...] = ("hedge",)
        actors: tuple[str, ...] = ()
        match claim:
            case FigureMapping():
                if claim.dimensions:
                    yield "dimensions", dimensions_of(claim.dimensions)
                words, actors = (
                    (*words, "measure", "unit", "qualifier", "magnitude", "group", "cause"),
                    ("subject", "by"),
                )
            case ControlMapping():
                words, actors = (*words, "status", "extent"), ("actor", "against")
                if claim.side is not None:
                    yield "side", self._listed(claim.side, "side")
            case OccurrenceMapping():
                words = (*words, "type")
                yield "actors", self._roles(claim)
                if claim.methods is not None:
                    yield "methods", self._listed(claim.methods, "methods")
            case StatementMapping():
                words, actors = (*words, "nature"), ("actor",)
                if claim.due is not None:
                    yield "due", when_of(claim.due, self._date)
        for name in words:
            given: Word | None = getattr(claim, name)
            if given is not None:
                yield name, given if isinstance(given, str) else word_of(given, name)
        for name in actors:
            if (actor := getattr(claim, name)) is not None:
                yield name, lambda row, found, actor=actor: found.actors[actor]

    def _listed(self, given: Word, name: str) -> Field:
        word = word_of(given, name)
        return lambda row, found: [each] if (each := word(row, found)) else None

    def _roles(self, claim: OccurrenceMapping) -> Field:
        def roles(row: Row, found: Found) -> Any:
            made = {
                role: list(dict.fromkeys(id_ for name in names if (id_ := found.actors[name])))
                for role, names in claim.actors.items()
            }
            return {role: ids for role, ids in made.items() if ids} or None

        return roles

    def _estimate(self, figure: FigureMapping, row: Row, made: RowContent, variables: dict[str, Any]) -> bool:
        """Put the numbers of a figure into its content. False where the row has none, and no word for it."""
        written = self._mapping.numbers
        numbers: dict[str, int | float] = {}
        for name in ("low", "best", "high"):
            column = getattr(figure, name)
            if column is not None and row[column]:
                found = number(row[column], column, thousands=written.thousands or "", decimal=written.decimal)
                if found < 0:
                    raise CellFault(column, f"{row[column]} is negative; a figure cannot be")
                numbers[name] = found
        order = list(numbers.items())
        for (lesser, low), (greater, high) in pairwise(order):
            if low > high:
                if figure.out_of_order == "keep_best" and "best" in numbers:
                    variables.update({name: value for name, value in numbers.items() if name != "best"})
                    numbers = {"best": numbers["best"]}
                    break
                column = getattr(figure, lesser)
                raise CellFault(column, f"{lesser} {low} is above {greater} {high} (column {getattr(figure, greater)})")
        if not numbers and made.get("qualifier") not in _WITHOUT_NUMBERS:
            return False
        made.update(numbers)
        made.setdefault("qualifier", _QUALIFIERS.get(tuple(numbers), "stated"))
        return True


_WITHOUT_NUMBERS = ("vague", "some", "most", "unknown")
# What is said with some of the three numbers where the mapping does not say it.
_QUALIFIERS = {("low",): "at_least", ("high",): "at_most", ("low", "high"): "between"}


def _shortened(variables: dict[str, Any], made: RowContent) -> None:
    """What is too long for a coded variable stands whole in the note."""
    for name, value in variables.items():
        if isinstance(value, str) and len(value) > LONGEST_CODE:
            variables[name] = value[: LONGEST_CODE - 1] + "…"
            made["note"] = f"{made['note']}\n{name}: {value}" if "note" in made else f"{name}: {value}"
