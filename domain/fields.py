"""What the fields of commands may hold: markers on their types. `domain.checks` applies them to what is asked for.

They are inert when a stored fact is read. So a rule that tightens never makes an old fact unreadable.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from domain import when
from domain.errors import DomainError
from domain.synonyms import meant

ModelT = TypeVar("ModelT", bound=BaseModel)

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")
PLAIN_WORDS = 200
_SLUG_SCHEMA: JsonSchemaValue = {"pattern": f"^{SLUG.pattern}$", "maxLength": 100}
# What `str.strip` takes away; what `\s` means depends on whose regular expressions they are.
_SPACES = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Without NUL, and not only of spaces.
_NOT_BLANK = rf"^[^\x00]*[^\x00{_SPACES}][^\x00]*$"
# Of a list, or of the names of a mapping, in one command.
MOST_ITEMS = 1000


class Malformed(DomainError):
    code = "malformed"


class UnknownField(DomainError):
    code = "unknown_field"


class MissingField(DomainError):
    code = "missing_field"


class NotInVocabulary(DomainError):
    code = "not_in_vocabulary"


class NotASlug(DomainError):
    code = "not_a_slug"


class TextTooLong(DomainError):
    code = "text_too_long"


class TooMany(DomainError):
    code = "too_many"


class TextUnreadable(DomainError):
    """NUL, or half of a surrogate pair: characters that no store and no reader can carry."""

    code = "text_unreadable"


class EmptyText(DomainError):
    code = "empty_text"


class ReasonEmpty(DomainError):
    code = "reason_empty"


class NothingChanges(DomainError):
    code = "nothing_changes"


class StreamRef(NamedTuple):
    """One stream of a dossier: `("claim", "c108")`."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True)
class Refers:
    """The id of an item of this kind, which must be in the dossier."""

    kind: str

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described = {"description": f"id of {'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"}
        return handler(core) | described | (_SLUG_SCHEMA if handler.mode == "validation" else {})


@dataclass(frozen=True)
class Text:
    """Words for people: at most `limit` characters, not empty."""

    limit: int

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        # What is read may be an old fact, from before a rule was tightened.
        if handler.mode != "validation":
            return handler(core)
        return _limited(handler(core), {"minLength": 1, "maxLength": self.limit, "pattern": _NOT_BLANK})


def _limited(schema: JsonSchemaValue, limits: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of a field with limits for the texts in it, those of a mapping's names among them."""
    if "anyOf" in schema:
        return schema | {"anyOf": [_limited(one, limits) for one in schema["anyOf"]]}
    if "patternProperties" in schema:
        # The names have a form of their own.
        held = {name: _limited(words, limits) for name, words in schema["patternProperties"].items()}
        return schema | {"patternProperties": held}
    if "additionalProperties" in schema:
        return schema | {"additionalProperties": schema["additionalProperties"] | limits, "propertyNames": limits}
    return schema | limits if schema.get("type") == "string" or "$ref" in schema else schema


@dataclass(frozen=True)
class SlugForm:
    """An id or a word of an open list: lower-case letters, digits, `.`, `_`, `-`."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(core) | (_SLUG_SCHEMA if handler.mode == "validation" else {})


@dataclass(frozen=True)
class WordForm(SlugForm):
    """A word of a list of the house's, or one that the dossier declared in the field `declared_in`.

    Which of these it is, is no matter of form: whoever has the dossier asks its vocabulary.
    """

    what: str
    house: tuple[str, ...]
    declared_in: str

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        said = f"{self.what}: {', '.join(self.house)}; or one that the dossier declared in `{self.declared_in}`"
        return super().__get_pydantic_json_schema__(core, handler) | {"description": said}


@dataclass(frozen=True)
class CheckedOnceMerged:
    """New values for fields: the limits that hold for them are those of the item that they are set on."""


class FieldsOf:
    """Says in a JSON Schema of which models these are new values for fields, null taking one away."""

    def __init__(self, *models: type[BaseModel]) -> None:
        self.models = models

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        if handler.mode != "validation":
            return handler(core)
        held: dict[str, list[JsonSchemaValue]] = {}
        for model in self.models:
            schema = handler.resolve_ref_schema(handler(model.__pydantic_core_schema__))
            for name, field in schema["properties"].items():
                branches = field.get("anyOf") or [{key: value for key, value in field.items() if key != "default"}]
                if "default" in field:
                    branches = [*branches, {"type": "null"}]
                held.setdefault(name, []).extend(one for one in branches if one not in held.get(name, ()))
        # What an item cannot be without has no null among its branches.
        nothing: JsonSchemaValue = {"type": "null"}
        properties = {
            name: {"anyOf": sorted(schemas, key=lambda one: one == nothing)} if len(schemas) > 1 else schemas[0]
            for name, schemas in held.items()
        }
        return {"type": "object", "minProperties": 1, "properties": properties, "additionalProperties": False}


@dataclass(frozen=True)
class EdtfForm:
    """A date in EDTF, levels 0 and 1."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        asked_for = {"format": "edtf", "minLength": 1, "maxLength": when.LONGEST}
        described = {"description": "EDTF (ISO 8601-2), levels 0 and 1"}
        return handler(core) | described | (asked_for if handler.mode == "validation" else {})


@dataclass(frozen=True)
class TextForm:
    """A text that somebody reads further: a cut-off, a topic. Says in a JSON Schema what it is."""

    name: str
    description: str

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        asked_for = {"format": self.name, "minLength": 1} if handler.mode == "validation" else {}
        return handler(core) | {"description": self.description} | asked_for


ItemT = TypeVar("ItemT")


def one_or_many(given: Any) -> Any:
    """A single item where a list is meant."""
    return [given] if isinstance(given, (str, dict)) else given


@dataclass(frozen=True)
class OrOne:
    """Says in a JSON Schema that one item alone will do for a list of it, which has `least` items."""

    least: int = 0

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        listed = handler(core)
        if handler.mode != "validation":
            return listed
        return {"anyOf": [listed["items"], listed | ({"minItems": self.least} if self.least else {})]}


OneOrMany = Annotated[tuple[ItemT, ...], BeforeValidator(one_or_many), OrOne()]
# As OneOrMany, where a rule asks for at least one.
OneOrMore = Annotated[tuple[ItemT, ...], BeforeValidator(one_or_many), OrOne(1)]


def _whole(given: Any) -> Any:
    return int(given) if given.__class__ is float and given.is_integer() else given


# A whole number: in JSON 3.0 is one too, "3" and true are none. Limits stand before `AS_WHOLE`.
AS_WHOLE = BeforeValidator(_whole)
Whole = Annotated[int, Field(strict=True), AS_WHOLE]
Slug = Annotated[str, SlugForm()]
Edtf = Annotated[str, EdtfForm()]
CutOff = Annotated[str, TextForm("cut-off", "a moment (RFC 3339), or a date, month or year: its last instant")]
TopicText = Annotated[str, TextForm("topic", "a topic in its written form: fighters,people,subject:is,place:hajin")]
TimeZoneName = Annotated[str, TextForm("time-zone", "a time zone by its IANA name: Asia/Damascus")]
Reason = Annotated[str, Text(2000)]
SourceId = Annotated[str, Refers("source")]
ActorId = Annotated[str, Refers("actor")]
PlaceId = Annotated[str, Refers("place")]
ReportId = Annotated[str, Refers("report")]
ClaimId = Annotated[str, Refers("claim")]
IncidentId = Annotated[str, Refers("incident")]
AssessmentId = Annotated[str, Refers("assessment")]
PersonId = Annotated[str, Refers("person")]


class Personal(BaseModel):
    """Words that may name a private person, or tell of one.

    Given as text; stored as an object, `{"value": text}`, so that a later release can store the same words sealed
    under that person's key, and destroy the key, without another shape of event.
    """

    model_config = {"frozen": True, "extra": "forbid"}

    value: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"value": given} if isinstance(given, str) else given

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string"}

    def __str__(self) -> str:
        return self.value


def stored(model: BaseModel) -> dict[str, Any]:
    """The JSON form in which a value is stored: what holds its default is left out."""
    return model.model_dump(mode="json", exclude_defaults=True)


def read(model: type[ModelT], given: Mapping[str, Any], *, prefix: str = "") -> ModelT:
    """`given` as a `model`, or the refusal that names the field."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise refusal_of(error, prefix=prefix) from None


def refusal_of(error: ValidationError, *, prefix: str = "", skip: int = 0) -> DomainError:
    """The first thing that Pydantic has against a value, as a refusal with a stable code.

    `skip` parts of the path are the names of a union's branches, and no fields.
    """
    first = error.errors(include_url=False)[0]
    place = first["loc"][skip:]
    if place and place[-1] in ("int", "float"):
        place = place[:-1]
    message = first["msg"]
    if first["type"] in ("model_type", "model_attributes_type"):
        message = _form_of(str(first.get("ctx", {}).get("class_name"))) or message
    return refusal_from(first["type"], without_patterns(first, message) + meant_in(first), place, prefix=prefix)


# By pattern what it takes, in words: a regular expression tells nobody what to write.
_PATTERNS = {
    _SLUG_SCHEMA["pattern"]: "is no id: lower-case letters, digits, '-', '_' and '.', at most 100",
    f"^{SLUG.pattern}:[^\\x00]+$": "is no id of others: write the register and the id, as wikidata:Q858",
    "^[^:\\x00]+:[^\\x00]+$": "is no value of a dimension: write its name and which, as origin:idlib",
    "^[^\\x00]*$": "has a NUL in it",
    "^[ -~]+$": "is to be printable ASCII",
}


def without_patterns(error: Mapping[str, Any], message: str | None = None) -> str:
    """What Pydantic has against a value; where it names a regular expression, in words."""
    if error["type"] != "string_pattern_mismatch":
        return str(error["msg"]) if message is None else message
    of_what = _PATTERNS.get(error["ctx"]["pattern"], "does not have the form that is needed here")
    return f"{str(error['input'])[:50]!r} {of_what}"


def literal_words(expected: str) -> list[str]:
    """The words of a list, as Pydantic writes it: `'a', 'b' or 'c'`."""
    return [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]


def meant_in(error: Mapping[str, Any]) -> str:
    """Of what Pydantic has against a value: which of the words that it may be was meant, if one is near."""
    if error["type"] != "literal_error" or not isinstance(error["input"], str):
        return ""
    near = meant(error["input"][:PLAIN_WORDS], literal_words(error["ctx"]["expected"]))
    return f"; did you mean {near!r}?" if near else ""


def _form_of(name: str) -> str | None:
    """The fields of what an object was expected for, those that are needed first; None where nothing is called so."""
    ahead: list[type[BaseModel]] = [BaseModel]
    for model in ahead:
        if model.__name__ == name:
            fields = sorted(model.model_fields.items(), key=lambda field: not field[1].is_required())
            told = [_field_in_words(field, info) for field, info in fields]
            return f"An object is needed, with {', '.join(told)}"
        ahead += model.__subclasses__()
    return None


def _field_in_words(name: str, info: FieldInfo) -> str:
    """`status` (civilian or combatant), `source` (may be left out)."""
    words = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    said = [" or ".join(map(str, words))] if words else []
    said += [] if info.is_required() else ["may be left out"]
    return f"`{name}`" + (f" ({', '.join(said)})" if said else "")


def refusal_from(kind: str, message: str, place: tuple[int | str, ...], *, prefix: str = "") -> DomainError:
    # What was sent as a name of a field may be most of a body.
    field = ".".join(str(part)[:PLAIN_WORDS] for part in (*filter(None, [prefix]), *place))
    match kind:
        case "extra_forbidden":
            return UnknownField(f"{field!r} is not a field here", field=field)
        case "missing":
            return MissingField(f"{field!r} is needed", field=field)
        case "literal_error" | "enum" | "union_tag_invalid":
            return NotInVocabulary(f"{field}: {message[:1].lower()}{message[1:]}", field=field)
        case _:
            return Malformed(f"{field or 'body'}: {message[:1].lower()}{message[1:]}", field=field)


def amended(model: ModelT, changes: Mapping[str, Any]) -> ModelT:
    """`model` with some fields set anew; None takes a field away. Checks shape only."""
    merged = stored(model) | dict(changes)
    return type(model).model_validate({name: value for name, value in merged.items() if value is not None})


def refuse_unknown_fields(model: type[BaseModel], given: Mapping[str, Any]) -> None:
    """A field that is taken away must be one too."""
    for name in given:
        if name not in model.model_fields:
            raise UnknownField(f"{name!r} is not a field here", field=f"set.{name}")


def changed_fields(before: BaseModel, after: BaseModel) -> dict[str, Any]:
    """What to set on `before` to get `after`: stored values, None where a field goes."""
    old, new = stored(before), stored(after)
    return {name: new.get(name) for name in sorted({*old, *new}) if old.get(name) != new.get(name)}
