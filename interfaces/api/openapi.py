"""The contract: the OpenAPI document, derived from the types of commands, bodies and answers."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from interfaces.api.access import signed_in, writer
from interfaces.api.answer import EVENT_STREAM, NDJSON, Answer, Declared
from interfaces.api.errors import PROBLEM, codes_by_status
from interfaces.api.writing import ROUTES, WriteRoute

# Real answers about the sample dossier, by component; a test asks for them again.
EXAMPLES = Path(__file__).parent / "examples.json"

_REF = "#/components/schemas/{model}"

_ASKED_IN_HEADERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "description": "makes the request safe to send again: the same key and content answer with the first result",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
    },
    "If-Match": {
        "description": 'the ETag that the change is meant for (`"3.1f0c92ab"`), or `*`; 412 when it moved, 428 without',
        "required": True,
        "schema": {"type": "string", "pattern": r'^\s*(\*|"[1-9][0-9]{0,9}\.[0-9a-f]{8}")\s*$'},
    },
    "Accept-Language": {
        "description": "in which languages to tell sentences (`nl, en;q=0.5`): en, nl and ar are there, else en",
        "schema": {"type": "string"},
    },
}
_IN_PATHS = {
    "dossier": "id of a dossier",
    "id": "id of the item",
    "holder": "the principal that a token stands for",
    "position": "where it stands in the log",
}

# Every header that an answer may carry and that says something of it; what is not here is the transport's.
HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"description": "the version of what is told, to be sent as `If-Match` or `If-None-Match`"},
    "Location": {"description": "the address of what was made"},
    "Cache-Control": {"description": "whether, and for how long, the answer may be kept"},
    "Vary": {"description": "which headers of the request decide what is answered"},
    "Content-Language": {"description": "the language of the sentences in the answer; data is of none"},
    "Last-Modified": {"description": "when what is told last changed"},
    "Kroniek-Position": {"description": "the position that the answer is as of", "schema": {"type": "integer"}},
    "Retry-After": {"description": "after how many seconds to ask again", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "how to say who is asking"},
    "Allow": {"description": "which methods this address has"},
    "X-Request-ID": {"description": "the id of this request in the log: the caller's own, or one made here"},
}
# What every answer has, and what problems of a status have.
_ALWAYS = ("X-Request-ID", "Cache-Control")
_OF_READS = ("ETag", "Vary")
_OF_PROBLEMS = {401: ("WWW-Authenticate",), 405: ("Allow",), 429: ("Retry-After",), 503: ("Retry-After",)}

# The problems that any address may answer with, those with a body beside them, and those that change what is there.
ANYWHERE = (400, 401, 404, 405, 406, 408, 421, 422, 431, 500, 503)
WITH_BODY = (409, 413, 415)
ON_CHANGES = (412, 428)
# Reading takes one role, and who has not got it knows of no dossier.
ON_WRITES = (403,)

_SAYS = {
    400: "a header or a cursor is malformed",
    401: "a token is needed, or the one that was sent stands for nobody",
    403: "who asks has not got the role that this takes; `role` says which",
    404: "there is no such item, dossier or address",
    406: "there is no form of the answer that `Accept` takes",
    408: "the request did not come in time",
    405: "this address has other methods",
    409: "it conflicts with what is there",
    412: "what was to be changed has moved on",
    413: "the body is too large",
    415: "the body is not of the type that the address takes, or it is compressed",
    421: "no such host is served here",
    422: "what was sent is malformed, or refused by a rule; `pointer` or `parameter` names the place",
    428: "a change says which version it is meant for",
    429: "one client has as many streams open as it may",
    431: "the request line and the headers are too large",
    500: "a fault of the server",
    503: "it cannot be answered just now; ask again",
}


_MEANS = {
    200: "as asked",
    201: "made",
    204: "done, with nothing to tell",
    304: "what you have is what there is",
    503: _SAYS[503],
}

# Media types that tell one item after another.
STREAMED = {
    NDJSON: "one JSON object a line",
    EVENT_STREAM: "server-sent events, for as long as the client listens: the data of each is a JSON object",
}


def install(app: FastAPI) -> None:
    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    endpoints = {route.operation_id: route for route in _routes(app)}
    writes = {route.command: route for route in ROUTES}
    operations = [
        (path, method, operation, endpoints[operation["operationId"]])
        for path, on_path in made["paths"].items()
        for method, operation in on_path.items()
    ]
    schemas = _Schemas()
    for _, _, _, route in operations:
        declared = _declared(route)
        for model in _models(declared.takes):
            schemas.wants(model, "validation")
        for answer in _answers(route, declared):
            schemas.wants(answer.told, "serialization")
    for path, method, operation, route in operations:
        declared = _declared(route)
        write = writes.get(operation["operationId"])
        if declared.takes is not None:
            content = _content(schemas.of_body(declared.takes), declared.takes_as)
            operation["requestBody"] = {"required": declared.body_needed, "content": {declared.takes_as: content}}
        if write is not None:
            _as_written(operation, write)
        if "Content-Language" in declared.headers:
            _asks_in_headers(operation, ["Accept-Language"])
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _asked(parameter["schema"])
        for name in re.findall(r"{(\w+)}", path):
            _describe_path(operation, name)
        if method != "get" or "/subscriptions" in path or _asks_who(route.dependant):
            operation["security"] = [{"token": []}]
        operation["responses"] = {
            **{
                str(status): {"$ref": f"#/components/responses/Problem{status}"}
                for status in _problems(method, write, declared)
            },
            **_responses_of(_answers(route, declared), declared, schemas, method),
        }
    components = made.setdefault("components", {})
    problems = {f"Problem{status}": _problem(status) for status in _SAYS}
    reached = _reached(made["paths"], schemas.components(ROUTES))
    # What is only told, or only asked for, needs no word for which.
    alone = {name: plain for name in reached if (plain := name.partition("-")[0]) not in (*reached, name)}
    alone = {name: plain for name, plain in alone.items() if list(alone.values()).count(plain) == 1}
    made["paths"] = _renamed(made["paths"], alone)
    for name, example in json.loads(EXAMPLES.read_text()).items():
        reached[name] = reached[name] | {"examples": [example]}
    components["schemas"] = {alone.get(name, name): _renamed(one, alone) for name, one in reached.items()} | problems
    components["responses"] = {f"Problem{status}": _problem_response(status) for status in _SAYS}
    components["headers"] = {
        name: {"description": told["description"], "schema": told.get("schema", {"type": "string"})}
        for name, told in HEADERS.items()
    }
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return made


def _asks_who(dependant: Dependant) -> bool:
    return any(each.call in (signed_in, writer) or _asks_who(each) for each in dependant.dependencies)


def _routes(served: Any) -> Iterator[APIRoute]:
    for route in served.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from _routes(route.original_router)


class _Contract(GenerateJsonSchema):
    """JSON Schemas as the contract shows them: without names beside names, and open where an answer may grow."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return self._shown(super().model_schema(schema))

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return self._shown(super().typed_dict_schema(schema))

    def field_is_required(self, field: Any, total: bool) -> bool:
        # What is told is told whole, if not as it is stored.
        told_whole = self.mode == "serialization" and field["type"] == "model-field"
        return told_whole or super().field_is_required(field, total)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        # Names that are no such words are refused.
        return made | ({"additionalProperties": False} if "patternProperties" in made else {})

    def _shown(self, made: JsonSchemaValue) -> JsonSchemaValue:
        shown = {name: value for name, value in made.items() if name != "title"}
        # A later server may tell more: an answer is read, a body is checked.
        if self.mode == "serialization" and shown.get("additionalProperties") is False:
            del shown["additionalProperties"]
        return shown


class _Schemas:
    """The components: all made at once, so that each type has one name."""

    def __init__(self) -> None:
        self._wanted: dict[tuple[Any, str], TypeAdapter[Any]] = {}
        self._made: tuple[dict[Any, JsonSchemaValue], JsonSchemaValue] | None = None

    def wants(self, told: Any, mode: str) -> None:
        if (told, mode) not in self._wanted:
            self._wanted[told, mode] = TypeAdapter(told)

    def of(self, told: Any, mode: str = "serialization") -> JsonSchemaValue:
        return self._all()[0][str(told), mode]

    def of_body(self, takes: Any) -> JsonSchemaValue:
        refs = [self.of(model, "validation") for model in _models(takes)]
        return refs[0] if len(refs) == 1 else {"oneOf": refs, "discriminator": {"propertyName": "kind"}}

    def components(self, routes: Sequence[WriteRoute]) -> JsonSchemaValue:
        found: JsonSchemaValue = self._all()[1]
        for route in routes:
            for model in route.models:
                _as_body(found[model.__name__], creates=route.creates)
                found[model.__name__].setdefault("description", route.summary)
        return found

    def _all(self) -> tuple[dict[Any, JsonSchemaValue], JsonSchemaValue]:
        if self._made is None:
            inputs = [(str(told), mode, adapter) for (told, mode), adapter in self._wanted.items()]
            made, rest = TypeAdapter.json_schemas(inputs, ref_template=_REF, schema_generator=_Contract)  # type: ignore[arg-type]
            tidied = {key: _tidied(schema) for key, schema in made.items()}
            self._made = tidied, {_name(name): _tidied(schema) for name, schema in rest["$defs"].items()}
        return self._made


def _reached(paths: Any, components: JsonSchemaValue) -> JsonSchemaValue:
    """The components that an operation leads to: some were only needed to make others."""
    found: set[str] = set()
    looked_at = [paths]
    while looked_at:
        value = looked_at.pop()
        if isinstance(value, dict):
            looked_at += value.values()
            name = str(value.get("$ref", "")).removeprefix(_REF.format(model=""))
            if name in components and name not in found:
                found.add(name)
                looked_at.append(components[name])
        elif isinstance(value, list):
            looked_at += value
    return {name: components[name] for name in sorted(found)}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """With references to components by their new names."""
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    if isinstance(value, dict):
        return {key: _renamed(held, names) for key, held in value.items()}
    if isinstance(value, str) and value.startswith(_REF.format(model="")):
        name = value.rpartition("/")[2]
        return _REF.format(model=names.get(name, name))
    return value


def _tidied(schema: Any, *, names: bool = False) -> Any:
    """Without the titles that only repeat a name; `names`: its members are names of fields."""
    if isinstance(schema, list):
        return [_tidied(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {}
    for name, value in schema.items():
        if names:
            told[name] = _tidied(value)
        elif name in ("properties", "patternProperties"):
            told[name] = _tidied(value, names=True)
        elif name == "$ref":
            told[name] = _REF.format(model=_name(value.rpartition("/")[2]))
        elif name in ("mapping", "enum", "const", "default", "required", "examples"):
            told[name] = value
        elif name != "title":
            told[name] = _tidied(value)
    return told


def _name(made: str) -> str:
    """`Paged[SourceItem]` is a `PagedSourceItem`."""
    return made.replace("_", "")


def _as_body(schema: dict[str, Any], *, creates: bool) -> None:
    """A command's schema as the body of its address, which says which command it is and for which item."""
    for name in ("command",) if creates else ("command", "id"):
        schema["properties"].pop(name, None)
        if name in schema.get("required", []):
            schema["required"].remove(name)
    if creates and "id" in schema.get("required", []):
        schema["required"].remove("id")


def _declared(route: APIRoute) -> Declared:
    declared: Declared = route.endpoint.__dict__.get("declared", Declared())
    return declared


def _models(takes: Any) -> tuple[Any, ...]:
    if takes is None:
        return ()
    return takes if isinstance(takes, tuple) else (takes,)


def _answers(route: APIRoute, declared: Declared) -> list[Answer]:
    """All the good answers of a route. A `told` of None is an answer without a body."""
    returned = inspect.signature(route.endpoint).return_annotation
    told = getattr(returned, "told", None)
    own = [Answer(told, route.status_code or 200)] if told is not None else []
    return [*own, *declared.answers]


def _responses_of(answers: Sequence[Answer], declared: Declared, schemas: _Schemas, method: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    always = (*_ALWAYS, *(_OF_READS if method == "get" else ()))
    not_modified = [Answer(None, 304)] if method == "get" else []
    for answer in [*answers, *not_modified]:
        response = told.setdefault(str(answer.status), {"description": _MEANS[answer.status], "headers": {}})
        for name in (*always, *declared.headers, *answer.headers):
            response["headers"][name] = {"$ref": f"#/components/headers/{name}"}
        if answer.told is not None:
            response.setdefault("content", {})[answer.media_type] = _content(schemas.of(answer.told), answer.media_type)
    return told


def _content(schema: JsonSchemaValue, media_type: str) -> dict[str, Any]:
    if media_type not in STREAMED:
        return {"schema": schema}
    # OpenAPI 3.1 has no word for the items of a stream; 3.2 calls it `itemSchema`.
    text = {"type": "string", "description": STREAMED[media_type]}
    return {"schema": text, "x-itemSchema": schema}


def _problems(method: str, write: WriteRoute | None, declared: Declared) -> list[int]:
    found = [*ANYWHERE, *declared.problems]
    if method != "get":
        found += ON_WRITES
    if method in ("post", "patch"):
        found += WITH_BODY
    if write is not None and not write.creates:
        found += ON_CHANGES
    return sorted(found)


def _as_written(operation: dict[str, Any], write: WriteRoute) -> None:
    _asks_in_headers(operation, ["Idempotency-Key"] if write.creates else ["Idempotency-Key", "If-Match"])


def _asks_in_headers(operation: dict[str, Any], wanted: Sequence[str]) -> None:
    asked = operation.setdefault("parameters", [])
    asked += [{"name": name, "in": "header", **_ASKED_IN_HEADERS[name]} for name in wanted]


def _asked(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of a parameter. It can be left out, and never be null; its description stands beside it."""
    asked = {name: value for name, value in _tidied(schema).items() if name != "description"}
    if asked.get("default", "") is None:
        del asked["default"]
    branches = [one for one in asked.pop("anyOf", ()) if one != {"type": "null"}]
    return asked | (branches[0] if len(branches) == 1 else {"anyOf": branches} if branches else {})


def _describe_path(operation: dict[str, Any], name: str) -> None:
    asked = operation.setdefault("parameters", [])
    found = next((one for one in asked if (one["name"], one["in"]) == (name, "path")), None)
    if found is None:
        found = {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        asked.append(found)
    found.setdefault("description", _IN_PATHS[name])


def _problem(status: int) -> dict[str, Any]:
    codes = codes_by_status()[status]
    return {
        "type": "object",
        "description": "RFC 9457. `code` is stable; `pointer` is the offending field, `parameter` that of the address.",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string", "description": "urn:kroniek:problem: and the code"},
            "title": {"type": "string"},
            "status": {"const": status},
            "code": {"type": "string", "enum": list(codes)},
            "detail": {"type": "string", "description": "what is wrong, and the way out"},
            "pointer": {"type": "string", "description": "RFC 6901"},
            "parameter": {"type": "string"},
        },
    }


def _problem_response(status: int) -> dict[str, Any]:
    headers = (*_ALWAYS, *_OF_PROBLEMS.get(status, ()))
    return {
        "description": _SAYS[status],
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {PROBLEM: {"schema": {"$ref": _REF.format(model=f"Problem{status}")}}},
    }
