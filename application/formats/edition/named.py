"""What the rows of a dataset name: places, actors, and the reports that their source rests on."""

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from application.formats.edition.fields import DateReader, Field, Found, condition_of, word_of
from application.formats.edition.mapping import (
    ActorMapping,
    CitedMapping,
    EditionMapping,
    FromRow,
    Named,
    PlaceMapping,
    SourceMapping,
)
from application.formats.edition.spellings import Details, Kind, Spelling, Spelt, Unclear
from application.formats.edition.values import (
    CellFault,
    Row,
    coordinates_id,
    decimal_number,
    digest,
    joined_id,
    slug,
)
from domain import when

LONGEST_LABEL = 500
LONGEST_NOTE = 2000
LONGEST_EXTERNAL_ID = 200


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a dataset, as it is filed: by which source, when, and as which report.

    `filing`: how many reports of this edition were filed until this one, all others retracted.
    """

    dataset: str
    name: str
    source: str
    published: str
    filing: int = 1

    @property
    def report(self) -> str:
        # No slug has two hyphens together: so it is no other edition's.
        again = [f"-{self.filing}"] if self.filing > 1 else []
        return joined_id([self.dataset, slug(self.name), *again])


@dataclass(slots=True)
class Gazetteer:
    """Everything that the rows name, by id: the details with which it would be created."""

    sources: dict[str, Details] = field(default_factory=dict)
    actors: dict[str, Details] = field(default_factory=dict)
    places: dict[str, Details] = field(default_factory=dict)
    reports: dict[str, Details] = field(default_factory=dict)

    def cited_in(self, report: str) -> "Gazetteer":
        """The same, its reports cited in that one."""
        reports = {id_: {**details, "cited_in": [report]} for id_, details in self.reports.items()}
        return replace(self, reports=reports)


class _Item(NamedTuple):
    """An item that a row names, and the id that its spelling in that row makes."""

    id: str
    own_id: str


# What makes an item of a row; None where the row names none.
_Make = Callable[[Row, Found], _Item | None]


class Namer:
    """Finds what rows name and gathers it in `gazetteer`."""

    def __init__(self, mapping: EditionMapping, edition: Edition, read_date: DateReader) -> None:
        self._places, self._actors = Spelt("place"), Spelt("actor")
        self._entries = {
            id(entry): name for section in (mapping.places, mapping.actors, mapping.cited)
            for name, entry in section.items()
        }  # fmt: skip
        # By kind and id of an item: the entries of the mapping by which rows name it.
        self.entries: dict[tuple[str, str], dict[str, None]] = {}
        self.gazetteer = Gazetteer(actors=self._actors.items, places=self._places.items)
        self._decimal = mapping.numbers.decimal
        self._edition = edition
        self._read_date = read_date
        self._known: dict[Any, _Item | None] = {}
        self._parts: dict[tuple[str, str], str] = {}

    @property
    def spellings(self) -> list[Spelling]:
        """What rows spelt in several ways, each spelling after the first once."""
        return [*self._places.spellings.values(), *self._actors.spellings.values()]

    @property
    def unclear(self) -> list[Unclear]:
        """What another order of the rows might have named otherwise."""
        return [*self._places.unclear, *self._actors.unclear]

    def place(self, place: PlaceMapping) -> Field:
        kind = word_of(place.kind, "kind")
        precision = None if place.location_precision is None else self._precision(place.location_precision)
        named = self._named(place)
        beside = _beside(place)

        def make(row: Row, found: Found) -> _Item | None:
            if not row[place.name]:
                return None
            details: Details = {"name": row[place.name], "kind": kind(row, found)}
            parts, spot = named(row), None
            parent = next((found.places[outer] for outer in place.within if found.places[outer]), None)
            if parent is not None:
                details["within"] = parent
            if place.latitude and place.longitude and (row[place.latitude] or row[place.longitude]):
                decimal = self._decimal
                for name, column, limit in (("latitude", place.latitude, 90), ("longitude", place.longitude, 180)):
                    degrees = details[name] = decimal_number(row[column], column, decimal)
                    if not -limit <= degrees <= limit:
                        raise CellFault(column, f"{row[column]} is not between -{limit} and {limit} degrees")
                parts.append(coordinates_id(details["latitude"], details["longitude"]))
                spot = parent, details["latitude"], details["longitude"]
            if precision is not None and (found_precision := precision(row, found)) is not None:
                details["location_precision"] = found_precision
                parts.append(f"p{found_precision}")
            like = spot and (*spot, details.get("location_precision"), None if beside else details["kind"])
            return self._item(self._places, place, row, parts, details, like)

        columns = [*place.id, place.name, place.latitude, place.longitude, *_columns_in(place)]
        return self._once("place", place, columns, make)

    def _precision(self, given: str | FromRow) -> Field:
        column = given if isinstance(given, str) else given.column
        word = word_of(given, "location_precision") if isinstance(given, FromRow) else None

        def precision(row: Row, found: Found) -> int | None:
            text = word(row, found) if word else row[column]
            if not text:
                return None
            if text not in tuple("1234567"):
                raise CellFault(column, f"{text!r} is not a location precision: 1 (exact) to 7 (international)")
            return int(text)

        return precision

    def actor(self, actor: ActorMapping) -> Field:
        kind = word_of(actor.kind, "kind")
        named, holds = self._named(actor), condition_of(actor.only_if)

        def make(row: Row, found: Found) -> _Item | None:
            if not row[actor.name] or not holds(row):
                return None
            details: Details = {"name": row[actor.name], "kind": kind(row, found)}
            return self._item(self._actors, actor, row, named(row), details, None)

        return self._once("actor", actor, [*actor.id, actor.name, *_columns_in(actor)], make)

    def _named(self, named: Named) -> Callable[[Row], list[str]]:
        columns = named.id or (named.name,)
        prefix = [named.prefix] if named.prefix else []
        return lambda row: [*prefix, *(slug(row[column]) for column in columns if row[column])]

    def _once(self, kind: Kind, named: Named, columns: Sequence[str | None], make: _Make) -> Field:
        """The same cells make the same thing: the place of a thousand rows is read once."""
        given = [column for column in columns if column is not None]
        outer = named.within if isinstance(named, PlaceMapping) else ()
        nth = id(named)

        def once(row: Row, found: Found) -> str | None:
            key = (nth, *[row[column] for column in given], *[found.places[name] for name in outer])
            if key not in self._known:
                self._known[key] = make(row, found)
            made = self._known[key]
            if made is None:
                return None
            if made.id != made.own_id:
                found.own_ids[kind, made.id] = made.own_id
            return made.id

        return once

    def _item(
        self, held: Spelt, named: Named, row: Row, parts: Sequence[str], details: Details, spot: Hashable | None
    ) -> _Item:
        if (ours := named.ids.get(row[named.name])) is not None:
            return _Item(ours, ours)
        if known := {register: row[column] for register, column in named.external_ids.items() if row[column]}:
            for register, text in known.items():
                if len(text) > LONGEST_EXTERNAL_ID:
                    column = named.external_ids[register]
                    raise CellFault(column, f"has {len(text):,} characters; an id takes {LONGEST_EXTERNAL_ID}")
            details["external_ids"] = known
        made = joined_id(parts)
        taken = held.take(made, details, spot, _beside(named))
        if isinstance(taken, str):
            self._named_by(held.kind, taken, named)
            return _Item(taken, made)
        differ = ", ".join(f"{name} {details.get(name)!r}" for name in taken)
        raise CellFault(
            named.name,
            f"{held.kind} {made!r} was another one in an earlier row, without {differ}: "
            "the mapping's `id` should name the column that tells them apart",
        )

    def _named_by(self, kind: str, item: str, entry: Named | CitedMapping) -> None:
        self.entries.setdefault((kind, item), {})[self._entries[id(entry)]] = None

    def reports(self, cited: CitedMapping, row: Row) -> list[str]:
        text = row[cited.column]
        if not text:
            return []
        quoted = len(text) > 1 and cited.quote and text[0] == text[-1] == cited.quote
        inner = text[1:-1] if quoted else text
        between = cited.between or ""
        border = f"{cited.quote}{between}{cited.quote}" if quoted else between
        parts = inner.split(border) if border else [inner]
        found = []
        for part in parts:
            if part.strip():
                known = self._parts.get((cited.column, part))
                if known is None:
                    known = self._parts[cited.column, part] = self._report(cited, part.strip())
                found.append(known)
        return list(dict.fromkeys(found))

    def _report(self, cited: CitedMapping, part: str) -> str:
        given = part.split(cited.separator, len(cited.fields) - 1) if cited.separator else [part]
        fields = {name: text.strip() for name, text in zip(cited.fields, given, strict=False)}
        if len(given) < len(cited.fields):
            fields = {"label": part}
        published, told = fields.get("published", ""), ""
        date = self._published(cited, published) if published else None
        if published and date is None:
            told = f"Its date is given as {published}."
        label = fields["label"] or part
        if len(label) > LONGEST_LABEL:
            told = f"{told} {label}".strip()
            label = label[: LONGEST_LABEL - 1] + "…"
        if len(told) > LONGEST_NOTE:
            raise CellFault(
                cited.column, f"a part of it has {len(told):,} characters; a cited report takes {LONGEST_NOTE:,}"
            )
        publisher = fields.get("publisher")
        source = self._publisher(cited, publisher) if publisher else None
        details: Details = {
            "label": label,
            "published": date or f"../{self._edition.published}",
            "cited_in": [self._edition.report],
            **({"publisher": source} if source else {}),
            **({"note": told} if told else {}),
        }
        made = joined_id([source or "cited", date or "undated", digest(part)])
        self.gazetteer.reports.setdefault(made, details)
        return made

    def _published(self, cited: CitedMapping, text: str) -> str | None:
        """The date of a cited report, None where it cannot be one: unreadable, or not before the edition."""
        try:
            date = self._read_date(text, cited.column)
        except CellFault:
            return None
        begins = when.bounds(date).earliest
        if begins > when.bounds(self._edition.published).latest:
            return None
        if cited.published_after is not None and begins <= when.bounds(cited.published_after).latest:
            return None
        return date

    def _publisher(self, cited: CitedMapping, name: str) -> str:
        if name in cited.publishers:
            return cited.publishers[name]
        made = joined_id([slug(name)])
        self._named_by("source", made, cited)
        self.gazetteer.sources.setdefault(made, {"name": name, "kind": cited.publisher_kind})
        return made


def _beside(named: Named) -> Collection[str]:
    """The fields that follow from a name, as it is spelt: a kind that is its last word."""
    kind = named.kind if isinstance(named, (PlaceMapping, ActorMapping)) else None
    return ("kind",) if isinstance(kind, FromRow) and kind.column == named.name else ()


def _columns_in(named: PlaceMapping | ActorMapping) -> Iterator[str]:
    """The columns that decide more than the name of something."""
    yield from named.external_ids.values()
    if isinstance(named, PlaceMapping):
        precision = named.location_precision
        yield from [precision if isinstance(precision, str) else precision.column] if precision else []
    if isinstance(named.kind, FromRow):
        yield named.kind.column
    if named.only_if is not None:
        yield named.only_if.column


def default_source(mapping: EditionMapping, source: str) -> Details | None:
    """How the source of an edition is registered where the dossier has none of that id; None if nobody says."""
    given: SourceMapping | None = mapping.source
    if given is None or given.id != source:
        return None
    return given.model_dump(exclude={"id"}, exclude_none=True)
