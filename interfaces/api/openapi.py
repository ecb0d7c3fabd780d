"""The contract: the OpenAPI document, with the bodies of every command taken from the commands themselves."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from interfaces.api.writing import ROUTES

_REF = "#/components/schemas/{model}"

_HEADERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "description": "makes the request safe to send again: the same key and content answer with the first result",
        "schema": {"type": "string", "maxLength": 200},
    },
    "If-Match": {
        "description": 'the ETag that the change is meant for (`"3"`), or `*`; 412 when it moved, 428 when missing',
        "required": True,
        "schema": {"type": "string"},
    },
}

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `pointer` is the offending field.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "pointer": {"type": "string"},
    },
}


def install(app: FastAPI) -> None:
    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    models = [(model, "validation") for route in ROUTES for model in route.models]
    _, definitions = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas |= definitions["$defs"]
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for route in ROUTES:
        operation = made["paths"][f"/api/v1{route.path}"]["post"]
        for model in route.models:
            _as_body(schemas[model.__name__], creates=route.creates)
        refs = [{"$ref": _REF.format(model=model.__name__)} for model in route.models]
        body = refs[0] if len(refs) == 1 else {"oneOf": refs, "discriminator": {"propertyName": "kind"}}
        operation |= request_body(body)
        wanted = ["Idempotency-Key"] if route.creates else ["Idempotency-Key", "If-Match"]
        operation.setdefault("parameters", []).extend({"name": n, "in": "header", **_HEADERS[n]} for n in wanted)
        operation["parameters"] += [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in ("dossier", "id")
            if f"{{{name}}}" in route.path
        ]
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            if method != "get" or path.endswith("/tokens") or "/subscriptions" in path:
                operation["security"] = [{"token": []}]
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {
                "description": "a problem",
                "content": {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}},
            }
    return made


def request_body(
    schema: dict[str, Any], media_type: str = "application/json", *, required: bool = True
) -> dict[str, Any]:
    """What an operation says of the body that it takes."""
    return {"requestBody": {"required": required, "content": {media_type: {"schema": schema}}}}


def _as_body(schema: dict[str, Any], *, creates: bool) -> None:
    """A command's schema as the body of its address, which says which command it is and for which item."""
    for name in ("command",) if creates else ("command", "id"):
        schema["properties"].pop(name, None)
        if name in schema.get("required", []):
            schema["required"].remove(name)
    if creates and "id" in schema.get("required", []):
        schema["required"].remove("id")
