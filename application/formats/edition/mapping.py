"""The format `kroniek/mapping@1`: how a row of a dataset becomes places, actors, an incident and claims.

It says what stands in which column, and nothing more: there is no code in a mapping, and no pattern to match.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from application.formats.dossier.file import Path
from domain.content import Role
from domain.fact import Value
from domain.fields import OneOrMany, Slug, SourceId
from domain.source import SourceKind

FORMAT = "kroniek/mapping@1"

Column = str


class FromRow(Value):
    """A word that a column decides: its cell, or one of its words, as the table `words` translates it."""

    column: Column
    take: Literal["whole", "first_word", "last_word"] = Field(
        "whole", description="what of the cell is looked up in `words`"
    )
    words: dict[str, str] = Field({}, description="from the dataset's words to ours; without it the cell is the word")
    otherwise: str | None = Field(
        None, description="for what is not in `words`; a row is refused if it is left out. '-' leaves the field out"
    )


Word = str | FromRow


class Condition(Value):
    """Holds where the column's cell is `any_of` some words, or `none_of` them."""

    column: Column
    any_of: OneOrMany[str] = ()
    none_of: OneOrMany[str] = ()


class FileMapping(Value):
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "utf-16", "latin-1", "windows-1252", "windows-1256"] = "utf-8"


class NumberMapping(Value):
    """How numbers are written: what stands between thousands (nothing, as a rule), and before decimals."""

    thousands: Annotated[str | None, Field(max_length=1)] = None
    decimal: Literal[".", ","] = "."


class SourceMapping(Value):
    """The institution: registered as a source where the dossier has none of that id."""

    id: Slug
    name: str
    kind: SourceKind
    url: str | None = None


class Named(Value):
    """Something with a name of its own in the rows. Its id is made of the cells of the columns `id`."""

    name: Column
    id: OneOrMany[Column] = Field((), description="the columns that tell one from another; the name if left out")
    prefix: Slug | None = Field(None, description="what the id begins with")
    ids: dict[str, str] = Field({}, description="from names to ids that the dossier has for them already")
    external_ids: dict[str, Column] = Field(
        {}, description="what others know it by: the name of a register, such as pcode, and its column"
    )
    only_if: Condition | None = None


class PlaceMapping(Named):
    """Coordinates and precision are part of the id: one name may stand for several spots."""

    kind: Word
    within: OneOrMany[str] = Field((), description="names of places here; the first that the row has is the parent")
    latitude: Column | None = None
    longitude: Column | None = None
    location_precision: Column | FromRow | None = Field(None, description="1 to 7, as in the UCDP codebook")


class ActorMapping(Named):
    kind: Word


class WhenMapping(Value):
    """From one day to another, or one day. `week` marks a day as approximate; `month` and `year` widen it to that."""

    date: Column
    until: Column | None = None
    precision: FromRow | None = Field(None, description="`words` leads to day, week, month or year")


When = Column | WhenMapping


class CitedMapping(Value):
    """Reports that the source names as its ground: the parts of one cell, filed as cited in the edition.

    Where a part cannot be taken apart the whole of it is the label, without a publisher or a date.
    """

    column: Column
    quote: Annotated[str | None, Field(max_length=1)] = Field(None, description="what stands around each part")
    between: Annotated[str | None, Field(max_length=3)] = Field(None, description="what stands between parts")
    separator: Annotated[str | None, Field(max_length=3)] = Field(
        None, description="what stands between the fields of a part"
    )
    fields: tuple[Literal["publisher", "published", "label"], ...] = Field(
        ("label",), description="the fields of a part, in order; the last one takes all that is left"
    )
    publisher_kind: SourceKind = "unknown"
    publishers: dict[str, str] = Field({}, description="from names to ids of sources that the dossier has for them")
    published_after: str | None = Field(
        None, description="a date that is not after this one, or is after the edition, is taken for unknown"
    )


class IncidentMapping(Value):
    """What the row is about, as one happening that all of its claims tell of."""

    title: str = Field(description="{column} stands for the cell of that column")
    place: str | None = Field(None, description="the name of a place here; that of the row if left out")
    when: When | None = None
    type: Word | None = None


class ClaimMapping(Value):
    """What holds for every kind of claim. `place` and `when` are those of the row if left out."""

    only_if: Condition | None = None
    skip_if_empty: OneOrMany[Column] = Field((), description="no claim where all of these columns are empty")
    claimant: SourceId | None = Field(None, description="the source of the edition if left out")
    place: str | None = None
    when: When | None = None
    said: Column | None = None
    hedge: Word | None = None
    text: Column | None = None
    note: Column | None = None
    original: Column | None = None
    rests_on: str | None = Field(None, description="the name of a cited column here")
    coded: dict[str, Column] = Field({}, description="the claimant's own variables: our name for it, and its column")


class FigureMapping(ClaimMapping):
    kind: Literal["figure"]
    measure: Word
    unit: Word
    low: Column | None = None
    best: Column | None = None
    high: Column | None = None
    qualifier: Word | None = Field(None, description="follows from the numbers that are there if left out")
    magnitude: Word | None = None
    subject: str | None = Field(None, description="the name of an actor here")
    group: Word | None = None
    by: str | None = Field(None, description="the name of an actor here")
    cause: Word | None = None
    dimensions: dict[str, Column] = Field(
        {}, description="what else tells numbers apart: a name of your own for it, and its column"
    )
    out_of_order: Literal["refuse", "keep_best"] = Field(
        "refuse", description="where low, best and high contradict each other: `keep_best` keeps the others as coded"
    )


class ControlMapping(ClaimMapping):
    kind: Literal["control"]
    status: Word
    actor: str | None = None
    against: str | None = None
    side: Word | None = None
    extent: Word | None = None


class OccurrenceMapping(ClaimMapping):
    kind: Literal["occurrence"]
    type: Word
    actors: dict[Role, OneOrMany[str]] = {}
    methods: Word | None = None


class StatementMapping(ClaimMapping):
    kind: Literal["statement"]
    nature: Word
    actor: str | None = None
    due: Column | None = None


AnyClaimMapping = Annotated[
    FigureMapping | ControlMapping | OccurrenceMapping | StatementMapping, Field(discriminator="kind")
]


class EditionMapping(Value):
    """How the rows of a dataset are read: a plain value is a column's name, or the name of something here.

    Where the record wants a word of a vocabulary, a plain value is that word.
    """

    format: Literal["kroniek/mapping@1"]
    dataset: Slug
    label: str = Field(description="what an edition is called; {edition} stands for its name")
    source: SourceMapping | None = None
    file: FileMapping = FileMapping()
    empty: OneOrMany[str] = Field((), description="cells that say nothing, besides empty ones")
    dates: OneOrMany[str] = Field(
        ("iso",), description="iso (2018, 2018-12, 2018-12-17), or a form with %d %m %b %B %y %Y; the first that fits"
    )
    numbers: NumberMapping = NumberMapping()
    constants: dict[str, str] = Field({}, description="columns that the file lacks, with the cell that each row has")
    key: OneOrMany[Column] = Field(description="the columns that make a row the same one in every edition")
    rows: Condition | None = Field(None, description="which rows are taken at all")
    place: str | None = Field(None, description="where all of a row is: the name of a place here")
    when: When | None = Field(None, description="when all of a row was")
    places: dict[Slug, PlaceMapping] = {}
    actors: dict[Slug, ActorMapping] = {}
    cited: dict[Slug, CitedMapping] = {}
    incident: IncidentMapping | None = None
    claims: dict[Slug, AnyClaimMapping]


def json_schema() -> dict[str, Any]:
    schema = EditionMapping.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:kroniek:mapping:1", **schema}


def columns_of(mapping: EditionMapping) -> dict[str, str]:
    """Every column that a mapping takes of a file, in the order in which it names them, with the first of its fields
    that does: `places.town.latitude`.
    """
    named: dict[str, str] = {}
    for path, column in column_paths(mapping, ()):
        if column not in mapping.constants:
            named.setdefault(column, ".".join(map(str, path)))
    return named


# What of a model is the name of a column, by the model that holds it.
_COLUMNS: Mapping[type[Value], tuple[str, ...]] = {
    FromRow: ("column",),
    Condition: ("column",),
    PlaceMapping: ("name", "id", "external_ids", "latitude", "longitude", "location_precision"),
    ActorMapping: ("name", "id", "external_ids"),
    WhenMapping: ("date", "until"),
    CitedMapping: ("column",),
    IncidentMapping: ("when",),
    EditionMapping: ("key", "when"),
    **{
        kind: ("skip_if_empty", "when", "said", "text", "note", "original", "coded", *more)
        for kind, more in (
            (FigureMapping, ("low", "best", "high", "dimensions")),
            (ControlMapping, ()),
            (OccurrenceMapping, ()),
            (StatementMapping, ("due",)),
        )
    },
}


def column_paths(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every column that a part of a mapping takes, with where it stands."""
    match value:
        case Value():
            named = _COLUMNS.get(type(value), ())
            for field in type(value).model_fields:
                held = getattr(value, field)
                if field in named and isinstance(held, str):
                    yield (*path, field), held
                elif field in named and isinstance(held, tuple):
                    yield from (((*path, field, index), column) for index, column in enumerate(held))
                elif field in ("coded", "dimensions", "external_ids"):
                    yield from (((*path, field, name), column) for name, column in held.items())
                elif field == "title":
                    yield from (((*path, field), column) for column in placeholders(held))
                else:
                    yield from column_paths(held, (*path, field))
        case dict():
            for name, held in value.items():
                yield from column_paths(held, (*path, name))
        case _:
            return


def placeholders(template: str) -> list[str]:
    """The names in braces of a template."""
    return [part.partition("}")[0] for part in template.split("{")[1:] if "}" in part]
