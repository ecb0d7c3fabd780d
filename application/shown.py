"""What answers are declared with: typed dictionaries, checked where they are made; the contract is derived of them."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import TypedDict

from application.watch import Watch
from domain.content import Content

ShownT = TypeVar("ShownT")


def holding(details: type[BaseModel]) -> Callable[[type[ShownT]], type[ShownT]]:
    """The decorator of a typed dictionary that holds the fields of `details` too: there they are declared, once.

    The type checker knows of the dictionary's own fields alone, the JSON Schema of all.
    """

    def held(own: type[ShownT]) -> type[ShownT]:
        fields: dict[str, Any] = {
            name: Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
            for name, info in details.model_fields.items()
        }
        whole: Any = TypedDict(own.__name__, fields | own.__annotations__)  # type: ignore[misc]
        whole.__module__, whole.__qualname__, whole.__doc__ = own.__module__, own.__qualname__, own.__doc__
        return cast("type[ShownT]", whole)

    return held


class InStoredForm:
    """Says that what is shown is what models of this type are stored as: what holds its default is left out."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(self._of)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        for one in _branches(schema):
            model = handler.resolve_ref_schema(one)
            model.setdefault("required", [])
            model["required"] = [name for name in model["required"] if "default" not in model["properties"][name]]
            for name in model["properties"].keys() - set(model["required"]):
                model["properties"][name] = _without_default(model["properties"][name])
        return schema


def _branches(schema: JsonSchemaValue) -> list[JsonSchemaValue]:
    """The models of a union, or the one there is."""
    parts = schema.get("oneOf") or schema.get("anyOf")
    return [schema] if parts is None else [one for part in parts for one in _branches(part)]


def _without_default(schema: JsonSchemaValue) -> JsonSchemaValue:
    """A field that is not there where it would hold its default, None among them."""
    told = {name: value for name, value in schema.items() if name != "default"}
    held = [one for one in told.get("anyOf", ()) if one != {"type": "null"}]
    if len(held) == 1:
        return {**told.pop("anyOf")[0], **told, **held[0]}
    return told | ({"anyOf": held} if held else {})


# What a statement says, personal words as text.
ShownContent = Annotated[dict[str, Any], InStoredForm(Content)]

# What is watched, as `read_watch` reads it.
ShownWatch = Annotated[dict[str, Any], InStoredForm(Watch)]

# A moment of ours, such as when something was recorded.
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339, in UTC"})]
# A moment in the world: years that RFC 3339 lacks are in ISO 8601's expanded form, so that it is no `date-time`.
Instant = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^([0-9]{4}|[+-][0-9]{6,})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$",
            "description": "RFC 3339, in UTC; years that it lacks have a sign and six digits or more (ISO 8601)",
        }
    ),
]
