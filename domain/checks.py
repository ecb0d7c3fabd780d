"""Whether a value holds what the markers of its fields allow, and which items it names."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, partial
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from domain import when
from domain.errors import DomainError
from domain.fields import (
    MOST_ITEMS,
    PLAIN_WORDS,
    SLUG,
    CheckedOnceMerged,
    EdtfForm,
    EmptyText,
    ModelT,
    NotASlug,
    NothingChanges,
    Personal,
    ReasonEmpty,
    Refers,
    SlugForm,
    StreamRef,
    Text,
    TextTooLong,
    TextUnreadable,
    TooMany,
    changed_fields,
    read,
    refuse_unknown_fields,
    stored,
)


class Reference(NamedTuple):
    field: str
    stream: StreamRef


class _Leaf(NamedTuple):
    name: str
    refers: str | None
    text: Text | None
    slug: bool
    slug_keys: bool
    edtf: bool
    # Whether it may hold values with fields of their own; whether it holds anything besides words of a closed list.
    nested: bool
    open: bool


def _markers(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from get_args(annotation)[1:]
    for part in get_args(annotation):
        yield from _markers(part)


@cache
def _leaves(model: type[BaseModel]) -> tuple[_Leaf, ...]:
    leaves = []
    for name, info in model.model_fields.items():
        found = [*info.metadata, *_markers(info.annotation)]
        if any(isinstance(m, CheckedOnceMerged) for m in found):
            continue
        refers = next((m.kind for m in found if isinstance(m, Refers)), None)
        text = next((m for m in found if isinstance(m, Text)), None)
        # The names of a mapping may be slugs where what they lead to is words.
        keys, values = _mapping(info.annotation)
        leaves.append(
            _Leaf(
                name,
                refers,
                text,
                any(isinstance(m, SlugForm) for m in (*info.metadata, *_markers(values))),
                any(isinstance(m, SlugForm) for m in _markers(keys)),
                any(isinstance(m, EdtfForm) for m in found),
                any(issubclass(held, BaseModel) and held is not Personal for held in _types(info.annotation)),
                any(issubclass(held, (str, BaseModel)) for held in _types(info.annotation)),
            )
        )
    return tuple(leaf for leaf in leaves if leaf.open)


def _mapping(annotation: Any) -> tuple[Any, Any]:
    """The names and the values of a mapping; no names for anything else."""
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is dict:
            names, values = get_args(part)
            return names, values
    return None, annotation


def _types(annotation: Any) -> Iterator[type]:
    """Every class that an annotation is made of; a closed list of words is none."""
    if get_origin(annotation) is Literal:
        return
    if isinstance(annotation, type):
        yield annotation
    elif annotation is Any:
        yield str
    for part in get_args(annotation):
        yield from _types(part)


@cache
def _referring(model: type[BaseModel]) -> tuple[_Leaf, ...]:
    return tuple(leaf for leaf in _leaves(model) if leaf.refers or leaf.nested)


def _strings(value: Any, place: str, *, keys: bool = False) -> Iterator[tuple[str, str]]:
    """Every string in a value with its path, the keys of its mappings too if asked for."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Personal):
        yield place, value.value
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _strings(item, f"{place}.{index}", keys=keys)
    elif isinstance(value, dict):
        for key, item in value.items():
            if keys:
                yield f"{place}.{key}", key
            yield from _strings(item, f"{place}.{key}", keys=keys)


def _nested(value: Any, place: str) -> Iterator[tuple[str, BaseModel]]:
    if isinstance(value, BaseModel) and not isinstance(value, Personal):
        yield place, value
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _nested(item, f"{place}.{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _nested(item, f"{place}.{key}")


def check(model: BaseModel, *, prefix: str = "", time_zone: str = "UTC") -> None:
    """Refuse what the markers of a model's fields do not allow, naming the field."""
    for refusal in refusals(model, prefix=prefix, time_zone=time_zone):
        raise refusal


def refusals(model: BaseModel, *, prefix: str = "", time_zone: str = "UTC") -> Iterator[DomainError]:
    """Everything that the markers of a model's fields do not allow."""
    for leaf in _leaves(type(model)):
        value = getattr(model, leaf.name)
        if value is None or value == ():
            continue
        path = f"{prefix}.{leaf.name}" if prefix else leaf.name
        if isinstance(value, (tuple, list, dict)) and len(value) > MOST_ITEMS:
            yield TooMany(f"{path} has {len(value):,} items; the limit is {MOST_ITEMS:,}", field=path, limit=MOST_ITEMS)
            continue
        if leaf.slug_keys:
            for key in value:
                if not SLUG.fullmatch(key):
                    yield _not_a_slug(key, f"{path}.{key}")
        for place, text in ((path, value),) if value.__class__ is str else _strings(value, path, keys=True):
            try:
                _check_text(leaf, place, text)
                if leaf.edtf:
                    when.parse(text, time_zone, field=place)
            except DomainError as refusal:
                yield refusal
        if leaf.nested:
            for place, inner in _nested(value, path):
                yield from refusals(inner, prefix=place, time_zone=time_zone)


def _check_text(leaf: _Leaf, place: str, text: str) -> None:
    limit = leaf.text.limit if leaf.text else PLAIN_WORDS
    if len(text) > limit:
        raise TextTooLong(f"{place} has {len(text):,} characters; the limit is {limit:,}", field=place, limit=limit)
    if "\0" in text or not _encodable(text):
        raise TextUnreadable(f"{place} holds a character that cannot be stored (NUL, or half of a pair)", field=place)
    if not text.strip():
        if leaf.name == "reason":
            raise ReasonEmpty("a reason is needed: say in a few words why", field=place)
        raise EmptyText(f"{place} is empty; leave it out instead", field=place)
    if (leaf.slug or leaf.refers) and not SLUG.fullmatch(text):
        raise _not_a_slug(text, place)


def _not_a_slug(text: str, place: str) -> NotASlug:
    return NotASlug(
        f"{text!r} is not an id: use lower-case letters, digits, '-', '_' and '.', "
        "beginning and ending with a letter or digit, at most 100 characters",
        field=place,
    )


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def references(model: BaseModel, *, prefix: str = "", only: Collection[str] | None = None) -> list[Reference]:
    """Every item that a value names (in some fields `only`, if given), with the field that names it."""
    found: list[Reference] = []
    for leaf in _referring(type(model)):
        value = getattr(model, leaf.name)
        if value is None or value == () or (only is not None and leaf.name not in only):
            continue
        path = f"{prefix}.{leaf.name}" if prefix else leaf.name
        if leaf.refers:
            found.extend([Reference(place, StreamRef(leaf.refers, id_)) for place, id_ in _strings(value, path)])
        for place, inner in _nested(value, path):
            found.extend(references(inner, prefix=place))
    return found


def with_ids(model: ModelT, kinds: Collection[str], id_of: Callable[[str, str], str]) -> ModelT:
    """A value with other ids for the items of some kinds that it names; of several that become one, one is left."""
    changed = {}
    for leaf in _referring(type(model)):
        value = getattr(model, leaf.name)
        if value is None or value == ():
            continue
        named = value
        if leaf.refers is not None and leaf.refers in kinds:
            named = _named_anew(named, partial(id_of, leaf.refers))
        if leaf.nested:
            named = _nested_anew(named, lambda inner: with_ids(inner, kinds, id_of))
        if named != value:
            changed[leaf.name] = named
    return model.model_copy(update=changed) if changed else model


def _named_anew(value: Any, id_of: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return id_of(value)
    if isinstance(value, dict):
        return {key: _named_anew(item, id_of) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(dict.fromkeys(_named_anew(item, id_of) for item in value))
    return value


def _nested_anew(value: Any, anew: Callable[[Any], Any]) -> Any:
    if isinstance(value, BaseModel) and not isinstance(value, Personal):
        return anew(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_nested_anew(item, anew) for item in value)
    return value


def correction(details: ModelT, given: Mapping[str, Any]) -> tuple[ModelT, dict[str, Any]]:
    """What a correction makes of `details`, checked, and what it really changes."""
    if not given:
        raise NothingChanges("a correction names at least one field in `set`", field="set")
    refuse_unknown_fields(type(details), given)
    merged = stored(details) | dict(given)
    after = read(type(details), {k: v for k, v in merged.items() if v is not None}, prefix="set")
    check(after, prefix="set")
    changes = changed_fields(details, after)
    if not changes:
        raise NothingChanges("the record already says so: nothing would change", field="set")
    return after, changes
