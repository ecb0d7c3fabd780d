"""What is wrong with a mapping: shape, words of vocabularies, and names that it does not define."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from application.formats.dossier.file import Fault, Path
from application.formats.edition.mapping import (
    FORMAT,
    ActorMapping,
    EditionMapping,
    FigureMapping,
    FromRow,
    OccurrenceMapping,
    PlaceMapping,
    column_paths,
)
from domain import when
from domain.actor import ActorKind
from domain.checks import refusals
from domain.content import ControlStatus, Extent, FigureGiven, Hedge, Nature, Side
from domain.errors import DomainError
from domain.estimate import MEASURES, UNITS, Magnitude, Qualifier
from domain.fact import Value
from domain.fields import SLUG, meant_in, refusal_from, without_patterns
from domain.place import PlaceKind
from domain.synonyms import not_in_vocabulary
from domain.vocabulary import DECLARED_IN, HOUSE, OCCURRENCE_TYPES, Vocabulary

_PRECISIONS = ("day", "week", "month", "year")
_DIRECTIVES = "dmYybB"


def read_mapping(
    data: Any, declared: Callable[[], Vocabulary] = lambda: HOUSE
) -> tuple[EditionMapping | None, list[Fault]]:
    """A mapping from its data, and everything that is wrong with it; None where it cannot be read.

    `declared` tells the words of the dossier that it is for: asked where the mapping has one that is not the house's.
    """
    if not isinstance(data, dict):
        return None, [Fault((), f"a mapping file is a mapping that begins with `format: {FORMAT}`")]
    if data.get("format") != FORMAT:
        return None, [Fault(("format",), f"this reads the format {FORMAT}, not {data.get('format')!r}")]
    try:
        mapping = _adapter.validate_python(data)
    except ValidationError as error:
        return None, list(_faults_of(data, error))
    return mapping, list(_faults(mapping, cache(declared)))


_adapter: TypeAdapter[EditionMapping] = TypeAdapter(EditionMapping)


def _faults_of(data: Any, error: ValidationError) -> Iterator[Fault]:
    """Everything that Pydantic has against a mapping, one fault for a place in it."""
    told: set[Path] = set()
    for each in error.errors(include_url=False):
        path: Path = ()
        here = data
        for part in each["loc"]:
            # The names of a union's branches stand in no file.
            if part in here if isinstance(here, dict) else isinstance(here, list) and part in range(len(here)):
                here = here[part]
                path = (*path, part)
        match each["type"]:
            case "extra_forbidden":
                fault = Fault(path, f"{path[-1]!r} is not a field here", at_key=True)
            case "missing":
                fault = Fault(path, f"{each['loc'][-1]!r} is needed")
            case "union_tag_not_found":
                fault = Fault(path, "'kind' is needed: figure, control, occurrence or statement")
            case kind:
                fault = Fault(
                    path, refusal_from(kind, without_patterns(each) + meant_in(each), ()).message.removeprefix("body: ")
                )
        if path not in told or each["type"] == "missing":
            told.add(path)
            yield fault


_WORDS: Mapping[str, Collection[str]] = {
    "measure": tuple(MEASURES),
    "unit": UNITS,
    "qualifier": get_args(Qualifier),
    "magnitude": get_args(Magnitude),
    "hedge": get_args(Hedge),
    "status": get_args(ControlStatus),
    "side": get_args(Side),
    "extent": get_args(Extent),
    "type": OCCURRENCE_TYPES,
    "nature": get_args(Nature),
    "precision": _PRECISIONS,
    "location_precision": tuple("1234567"),
}


def _faults(mapping: EditionMapping, declared: Callable[[], Vocabulary]) -> Iterator[Fault]:
    yield from dict.fromkeys(_refused(mapping, ()))
    yield from _unknown_words(mapping, (), declared)
    yield from _unknown_names(mapping)
    for index, form in enumerate(mapping.dates):
        if message := _wrong_with_date(form):
            yield Fault(("dates", index), message)
    if not mapping.claims:
        yield Fault(("claims",), "a mapping makes at least one claim of a row")
    if not mapping.key:
        yield Fault(("key",), "'key' names at least one column")
    for path, column in column_paths(mapping, ()):
        if not column.strip():
            yield Fault(path, "should be the name of a column")
    for name, claim in mapping.claims.items():
        if isinstance(claim, FigureMapping):
            yield from _wrong_with_figure(claim, ("claims", name), declared)
    for name, place in mapping.places.items():
        if (place.latitude is None) != (place.longitude is None):
            yield Fault(("places", name), "a place has both coordinates or neither")
    for name, cited in mapping.cited.items():
        if len(set(cited.fields)) != len(cited.fields) or "label" not in cited.fields:
            yield Fault(("cited", name, "fields"), "names `label`, and no field twice")
        elif len(cited.fields) > 1 and not cited.separator:
            yield Fault(("cited", name), "'separator' is needed: what stands between the fields of a part")
        try:
            when.bounds(cited.published_after or "1899")
        except DomainError as refusal:
            yield Fault(("cited", name, "published_after"), refusal.message)


def _refused(value: Any, path: Path) -> Iterator[Fault]:
    """What the limits of fields do not allow, and ids that are none."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _refused(held, (*path, name))
    if not isinstance(value, Value):
        return
    for refusal in refusals(value):
        yield Fault((*path, *_parts(refusal)), refusal.message)
    for field in type(value).model_fields:
        held = getattr(value, field)
        yield from _refused(held, (*path, field))
        if field in ("ids", "publishers", "coded", "dimensions", "external_ids"):
            named_here = field in ("coded", "dimensions", "external_ids")
            for name, text in held.items():
                id_ = name if named_here else text
                if not SLUG.fullmatch(id_):
                    message = f"{id_!r} is not an id: lower-case letters, digits, '-', '_' and '.'"
                    yield Fault((*path, field, name), message, at_key=named_here)
                elif field == "dimensions" and name in FigureGiven.model_fields:
                    message = f"{name!r} is a field of figures: map that, or give the dimension another name"
                    yield Fault((*path, field, name), message, at_key=True)


def _parts(refusal: DomainError) -> Path:
    return tuple(int(part) if part.isdecimal() else part for part in refusal.field.split("."))


def _unknown_words(value: Any, path: Path, declared: Callable[[], Vocabulary]) -> Iterator[Fault]:
    """Constants, and the words that tables lead to, which no vocabulary has."""
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _unknown_words(held, (*path, name), declared)
    if not isinstance(value, Value):
        return
    for field in type(value).model_fields:
        held = getattr(value, field)
        allowed = _allowed(value, field)
        if allowed is None or held is None:
            yield from _unknown_words(held, (*path, field), declared)
            continue
        given: list[tuple[Path, str]] = []
        if isinstance(held, FromRow):
            given = [((*path, field, "words", word), ours) for word, ours in held.words.items() if ours != "-"]
            if held.otherwise not in (None, "-"):
                given.append(((*path, field, "otherwise"), str(held.otherwise)))
        elif isinstance(held, str) and field != "location_precision":
            given = [((*path, field), held)]
        for at, word in given:
            if word not in allowed and field in DECLARED_IN:
                allowed = (*allowed, *declared().words_of(field))
            if word not in allowed:
                yield _not_in(allowed, at, word)


def _allowed(value: Value, field: str) -> Collection[str] | None:
    if field == "kind" and isinstance(value, PlaceMapping):
        return get_args(PlaceKind)
    if field == "kind" and isinstance(value, ActorMapping):
        return get_args(ActorKind)
    return _WORDS.get(field)


def _not_in(allowed: Collection[str], path: Path, word: str) -> Fault:
    return Fault(path, not_in_vocabulary(word, allowed))


def _unknown_names(mapping: EditionMapping) -> Iterator[Fault]:
    """Names of places, actors and cited columns that the mapping does not define."""
    for path, kind, name in _named(mapping):
        known: Collection[str] = getattr(mapping, kind)
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            yield Fault(path, f"the mapping defines no {name!r} under `{kind}`: {has}")
    done: set[str] = set()
    for name, place in mapping.places.items():
        for index, parent in enumerate(place.within):
            if parent in mapping.places and parent not in done:
                yield Fault(("places", name, "within", index), f"define {parent!r} before {name!r}: parents come first")
        done.add(name)


def _named(mapping: EditionMapping) -> Iterator[tuple[Path, str, str]]:
    if mapping.place is not None:
        yield ("place",), "places", mapping.place
    if mapping.incident is not None and mapping.incident.place is not None:
        yield ("incident", "place"), "places", mapping.incident.place
    for name, place in mapping.places.items():
        yield from ((("places", name, "within", index), "places", outer) for index, outer in enumerate(place.within))
    for name, claim in mapping.claims.items():
        path: Path = ("claims", name)
        if claim.place is not None:
            yield (*path, "place"), "places", claim.place
        if claim.rests_on is not None:
            yield (*path, "rests_on"), "cited", claim.rests_on
        for role in ("subject", "by", "actor", "against"):
            if actor := getattr(claim, role, None):
                yield (*path, role), "actors", actor
        if isinstance(claim, OccurrenceMapping):
            for role_of, actors in claim.actors.items():
                yield from (((*path, "actors", role_of), "actors", actor) for actor in actors)


def _wrong_with_date(form: str) -> str | None:
    if form == "iso":
        return None
    directives = [part[:1] for part in form.split("%")[1:]]
    if not directives or any(not each or each not in _DIRECTIVES for each in directives):
        return f"{form!r} is neither `iso` nor a form made of {' '.join(f'%{each}' for each in _DIRECTIVES)}"
    if not {"Y", "y"} & set(directives):
        return f"{form!r} has no year"
    if "d" in directives and not {"m", "b", "B"} & set(directives):
        return f"{form!r} has a day and no month"
    return None


def _wrong_with_figure(claim: FigureMapping, path: Path, declared: Callable[[], Vocabulary]) -> Iterator[Fault]:
    if isinstance(claim.measure, str) and isinstance(claim.unit, str):
        kind = MEASURES.get(claim.measure) or declared().measures.get(claim.measure)
        # Of a measure that there is not it is told already.
        units = kind.units if kind else (claim.unit,)
        if claim.unit not in units:
            yield Fault(
                (*path, "unit"), f"{claim.measure} is not measured in {claim.unit}, but in {' or '.join(units)}"
            )
    if not any((claim.low, claim.best, claim.high, claim.qualifier)):
        yield Fault(path, "a figure has a column for low, best or high, or a qualifier")
