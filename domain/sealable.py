"""Where words that can be sealed stand in a stored value, as its model declares, and that value with them as text."""

from collections.abc import Mapping
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from domain.fields import FieldsOf, Personal, stored

WORDS = "words"
EACH = "*"
# What stands at a place: words; or fields by name, of which `EACH` is every one there is, in a list or a mapping.
Shape = str | Mapping[str, "Shape"]


def plain(held: Any, *declared: type[BaseModel]) -> Any:
    """The JSON of a value as people give and read it: personal words as text, wherever its model declares them.

    Several models are those that a union chooses from. What is declared otherwise stays as it is, whatever it looks
    like, and so does a field that no model knows.
    """
    shape = shape_of(declared)
    return opened(held, shape) if shape else held


def as_given(model: BaseModel, *, defaults: bool = False) -> dict[str, Any]:
    """A value as somebody would give it, personal words as text; what holds its default too if asked for."""
    held = model.model_dump(mode="json") if defaults else stored(model)
    given: dict[str, Any] = plain(held, type(model))
    return given


def opened(held: Any, shape: Shape) -> Any:
    """What is `held`, with the words that can be sealed as text. Sealed ones stay what they are."""
    if isinstance(shape, str):
        return held["value"] if isinstance(held, dict) and held.keys() == {"value"} else held
    if isinstance(held, list):
        return [opened(one, shape["*"]) for one in held] if "*" in shape else held
    if not isinstance(held, dict):
        return held
    if "*" in shape:
        return {name: opened(one, shape["*"]) for name, one in held.items()}
    return held | {name: opened(held[name], inner) for name, inner in shape.items() if name in held}


@cache
def shape_of(declared: tuple[type[BaseModel], ...]) -> Shape:
    """Where the words stand in a value of one of these models; an empty one where there are none.

    Raises:
        TypeError: the models do not agree on where, so that only its form could tell.
    """
    if Personal in declared:
        return WORDS
    found: dict[str, list[Shape]] = {}
    for model in declared:
        for name, info in model.model_fields.items():
            # What is set anew on an item are fields of that item.
            of = next((marker.models for marker in info.metadata if isinstance(marker, FieldsOf)), None)
            found.setdefault(name, []).append(_of_annotation(info.annotation) if of is None else shape_of(of))
    for name, shapes in found.items():
        if any(shape != shapes[0] for shape in shapes):
            raise TypeError(f"of {name!r} the models {[model.__name__ for model in declared]} say different things")
    return {name: shapes[0] for name, shapes in found.items() if shapes[0]}


def _of_annotation(annotation: Any) -> Shape:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return shape_of((annotation,))
    origin, parts = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        raise TypeError("of what may be anything, only its form could tell what it is")
    if origin is None or origin is Literal:
        return {}
    if hasattr(annotation, "__metadata__"):
        return _of_annotation(annotation.__origin__)
    if origin in (tuple, list, frozenset, dict):
        each = _of_annotation(parts[-1] if origin is dict else parts[0])
        return {EACH: each} if each else {}
    held = [part for part in parts if part is not NoneType]
    shapes = [_of_annotation(part) for part in held]
    if not any(shapes):
        return {}
    models = tuple(part for part in held if isinstance(part, type) and issubclass(part, BaseModel))
    if len(models) == len(held):
        return shape_of(models)
    if len(held) != 1:
        raise TypeError(f"whether {annotation} are words that can be sealed only their form could tell")
    return shapes[0]
