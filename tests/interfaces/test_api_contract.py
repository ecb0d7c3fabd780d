"""The OpenAPI document, health, and what the front door says."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator

from interfaces.api import app, errors
from interfaces.api.writing import ROUTES
from tests.interfaces.running import Running, done


@pytest.fixture(scope="module")
def document(installation: Running) -> dict[str, Any]:
    return done(httpx.get(installation.url + "/openapi.json"))


def test_the_document_is_served_where_it_is_looked_for(document: dict[str, Any], http: httpx.Client) -> None:
    assert done(http.get("/openapi.json")) == document
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Kroniek"
    assert document["info"]["version"]


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    members = [value for _, value in every_member(document)]
    references = [value for value in members if isinstance(value, str) and value.startswith("#/")]
    assert references
    for reference in references:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        assert isinstance(found, dict)


def test_every_operation_declares_what_it_takes(document: dict[str, Any]) -> None:
    names = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parameters = [(parameter["name"], parameter["in"]) for parameter in operation.get("parameters", [])]
            assert len(parameters) == len(set(parameters)), (path, method)
            in_path = {name for name, place in parameters if place == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", path)), (path, method)
            for parameter in operation.get("parameters", []):
                assert parameter["schema"], (path, method, parameter)
                assert parameter["description"], (path, method, parameter)
                assert parameter["in"] in ("path", "query", "header")
                assert parameter["name"].lower() not in ("accept", "content-type", "authorization"), (path, method)
                assert parameter["in"] != "path" or parameter["required"]
            takes_body = method in ("post", "patch") and not path.endswith("/resume")
            assert ("requestBody" in operation) == takes_body, (path, method)
            of_people = path.endswith(("/tokens", "/me")) or "/principals" in path
            if method != "get" or of_people or "/subscriptions" in path:
                assert operation.get("security") == [{"token": []}], (path, method)
            for content in operation.get("requestBody", {}).get("content", {}).values():
                shown = content.get("x-itemSchema", content["schema"])
                assert all("$ref" in one for one in shown.get("oneOf", [shown])), (path, method)
            names.append(operation["operationId"])
    assert len(names) == len(set(names))


def test_every_operation_declares_what_it_answers(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = (method, path)
            answers = {int(status): whole(document, told) for status, told in operation["responses"].items()}
            assert any(200 <= status < 300 for status in answers), where
            for status, told in answers.items():
                assert told["description"], where
                assert "X-Request-ID" in told["headers"], where
                for header in told["headers"].values():
                    assert resolved_at(document, header["$ref"])["description"], where
                content = told.get("content", {})
                for media_type, of_it in content.items():
                    shown = of_it.get("x-itemSchema", of_it["schema"])
                    named = [one.get("$ref") for one in shown.get("anyOf", [shown])]
                    assert all(named) or media_type == "application/atom+xml", where
                assert bool(content) == (status not in (204, 304)), where
                if status >= 400 and operation["operationId"] != "readyz":
                    assert set(content) == {"application/problem+json"}, where
                    problem = resolved(document, content["application/problem+json"]["schema"])
                    assert problem["properties"]["code"]["enum"], where
                    assert problem["properties"]["status"]["const"] == status
            if (method, path.rpartition("/")[2]) in (("get", "{id}"), ("get", "{dossier}")):
                assert "subscriptions" in path or "principals" in path or "ETag" in answers[200]["headers"], where
            if 201 in answers:
                assert "Location" in answers[201]["headers"] or path.endswith(("/tokens", "/grants")), where
            if 503 in answers and operation["operationId"] != "readyz":
                assert "Retry-After" in answers[503]["headers"], where


def test_every_component_says_what_it_is(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch("[A-Za-z0-9-]+", name)
        assert schema.get("description") or schema.get("type") == "string", name
        assert schema.get("properties") or schema.get("type") == "string", name


def test_every_code_of_a_problem_is_declared_for_its_status(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for refusal, status in errors.STATUS.items():
        assert refusal.code in schemas[f"Problem{status}"]["properties"]["code"]["enum"], refusal


def test_every_route_is_in_the_document(document: dict[str, Any]) -> None:
    in_document = {
        (method.upper(), path.removeprefix(app.API))
        for path, operations in document["paths"].items()
        for method in operations
    }
    beside = {("GET", address) for address in ("/", "/openapi.json", "/docs", "/docs/{name}", "/metrics")}
    assert set(routes_of(app.create_app())) - beside == in_document
    for write in ROUTES:
        assert ("POST", write.path) in in_document


def test_bodies_are_described_as_they_are_read(document: dict[str, Any]) -> None:
    corrections = document["paths"]["/api/v1/dossiers/{dossier}/claims/{id}/corrections"]["post"]
    assert body_schema(document, corrections)["required"] == ["set", "reason"]
    assert set(body_schema(document, corrections)["properties"]) == {"set", "reason", "statement"}
    assert {"If-Match", "Idempotency-Key"} <= {parameter["name"] for parameter in corrections["parameters"]}
    record = document["paths"]["/api/v1/dossiers/{dossier}/claims"]["post"]
    kinds = [resolved(document, one) for one in record["requestBody"]["content"]["application/json"]["schema"]["oneOf"]]
    assert len(kinds) == 4
    assert all("id" not in kind["required"] and "command" not in kind["properties"] for kind in kinds)
    batches = document["paths"]["/api/v1/dossiers/{dossier}/batches"]["post"]
    assert "application/x-ndjson" in batches["requestBody"]["content"]


def test_words_of_spaces_alone_are_refused_by_the_contract_as_by_us(document: dict[str, Any]) -> None:
    reason = resolved(document, {"$ref": "#/components/schemas/RetractClaim"})["properties"]["reason"]
    judge = Draft202012Validator(reason)
    for code in (*range(0x3001), 0xFEFF):
        if not 0xD800 <= code < 0xE000:
            assert judge.is_valid(f" {chr(code)}") == (code != 0 and bool(chr(code).strip())), hex(code)


def test_health_tells_that_it_can_answer(installation: Running) -> None:
    for base in (installation.url, f"{installation.url}/api/v1"):
        assert done(httpx.get(f"{base}/healthz")) == {"status": "alive"}
        ready = done(httpx.get(f"{base}/readyz"))
        assert (ready["status"], ready["database"], ready["queue"]) == ("ready", "reachable", "reachable")
        assert ready["schema"]


def test_the_front_door_shows_the_way(installation: Running) -> None:
    shown = done(httpx.get(installation.url))
    for address in (shown["dossiers"], shown["openapi"], shown["ready"]):
        assert httpx.get(installation.url + address).status_code == 200


def every_member(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from every_member(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_member(inner)


def routes_of(served: Any) -> Iterator[tuple[str, str]]:
    """Every method and path, without the prefix that routers are included under."""
    for route in served.routes:
        if hasattr(route, "original_router"):
            yield from routes_of(route.original_router)
        else:
            yield from ((method, route.path.removeprefix(app.API)) for method in route.methods - {"HEAD"})


def resolved_at(document: dict[str, Any], reference: str) -> dict[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, dict)
    return found


def whole(document: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    return resolved_at(document, told["$ref"]) if "$ref" in told else told


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema["$ref"].rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def body_schema(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    return resolved(document, operation["requestBody"]["content"]["application/json"]["schema"])
