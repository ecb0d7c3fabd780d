"""The contract as a judge: every answer of the API is held against what the OpenAPI document says of its route."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from unittest import mock

import httpx
from jsonschema_rs import Draft202012Validator

from interfaces.api.app import API, create_app

STREAM = "text/event-stream"
LINES = "application/x-ndjson"
_REFERENCE = re.compile(r'"#/components/schemas/([^"/]+)"')


class ContractBroken(AssertionError):
    """An answer that the document does not know."""


@dataclass
class Contract:
    """The document, with a judge for each answer that it declares, made when it is first needed."""

    document: dict[str, Any]
    # What was found, also where whoever asked did not hear of it: in a thread, or behind a client that tries again.
    broken: list[str] = field(default_factory=list)
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    _judges: dict[tuple[str, str, str, str], Draft202012Validator] = field(default_factory=dict)

    @cached_property
    def operations(self) -> list[tuple[re.Pattern[str], str, Mapping[str, Any]]]:
        """Addresses without a parameter come first, as they do where requests are routed."""
        paths = sorted(self.document["paths"].items(), key=lambda item: item[0].count("{"))
        return [(_pattern(path), path, on_path) for path, on_path in paths]

    @cached_property
    def components(self) -> dict[str, Any]:
        """Closed: a field that no type declares would be told without being part of the contract."""
        schemas = self.document["components"]["schemas"]
        return {name: schema if name.startswith("Problem") else _closed(schema) for name, schema in schemas.items()}

    def operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
        for pattern, template, on_path in self.operations:
            if pattern.fullmatch(path):
                found = on_path.get("get" if method == "HEAD" else method.lower())
                return None if found is None else (template, found)
        return None

    def check(self, response: httpx.Response, *, streamed: bool = False) -> None:
        """Raises ContractBroken where the answer is not as declared."""
        request = response.request
        if request.method == "OPTIONS":
            return
        path = request.url.path
        # Whatever else answers in the tests is no business of the contract; nor is the contract itself.
        if "x-request-id" not in response.headers or not path.startswith(API + "/") or path == API + "/openapi.json":
            return
        found = self.operation(request.method, path)
        try:
            if found is None:
                # No such address, or no such method there.
                self._require(response.status_code >= 400, "an answer of an address that is not in the document")
                self._media_type(response, {"application/problem+json"})
                return
            self._check(response, *found, streamed=streamed)
        except ContractBroken as broken:
            told = f"{request.method} {request.url} -> {response.status_code}: {broken}"
            self.broken.append(told)
            raise ContractBroken(told) from None

    def _check(self, response: httpx.Response, template: str, operation: Mapping[str, Any], *, streamed: bool) -> None:
        method, status = response.request.method.lower(), str(response.status_code)
        declared = operation["responses"].get(status)
        self._require(declared is not None, f"{template} does not declare this status")
        if "$ref" in declared:
            declared = self.document["components"]["responses"][declared["$ref"].rpartition("/")[2]]
        self.seen.add((method, template, status))
        named = {name.lower() for name in self.document["components"]["headers"]}
        may_have = {name.lower() for name in declared.get("headers", {})}
        beside = {name for name in response.headers if name in named} - may_have
        self._require(not beside, f"{template} does not declare the headers {beside}")
        content = declared.get("content", {})
        if not content:
            self._require(streamed or not response.content, f"{template} declares no body")
            return
        if method == "head":
            return
        media_type = self._media_type(response, set(content))
        if streamed:
            return
        judge = self._judge(template, method, status, media_type, content[media_type])
        for told in _items(response, media_type):
            wrong = next(iter(judge.iter_errors(told)), None)
            if wrong is not None:
                place = "/".join(map(str, wrong.instance_path))
                raise ContractBroken(f"{template}: at {place!r}: {wrong.message[:2000]}")

    def _judge(
        self, template: str, method: str, status: str, media_type: str, content: Mapping[str, Any]
    ) -> Draft202012Validator:
        key = (template, method, status, media_type)
        if key not in self._judges:
            schema = content.get("x-itemSchema", content["schema"])
            closed = _closed(schema)
            whole = {"allOf": [closed], "components": {"schemas": self._named_by(closed)}}
            self._judges[key] = Draft202012Validator(whole, validate_formats=True)
        return self._judges[key]

    def _named_by(self, schema: Any) -> dict[str, Any]:
        """The components that a schema leads to. Each judge keeps its own: with all of them they take gigabytes."""
        ahead, found = [schema], dict[str, Any]()
        for one in ahead:
            for name in _REFERENCE.findall(json.dumps(one)):
                if name not in found:
                    found[name] = self.components[name]
                    ahead.append(found[name])
        return found

    def _media_type(self, response: httpx.Response, declared: set[str]) -> str:
        media_type = response.headers.get("content-type", "").partition(";")[0]
        self._require(media_type in declared, f"{media_type!r} is none of {sorted(declared)}")
        return str(media_type)

    @staticmethod
    def _require(holds: bool, otherwise: str) -> None:
        if not holds:
            raise ContractBroken(otherwise)


def contract() -> Contract:
    return Contract(create_app().openapi())


@contextmanager
def judging(held: Contract) -> Iterator[Contract]:
    """Meanwhile every answer that `httpx` brings is held against the contract, whoever asks."""
    send, send_async = httpx.Client.send, httpx.AsyncClient.send

    def judged(self: httpx.Client, request: httpx.Request, **how: Any) -> httpx.Response:
        response = send(self, request, **how)
        held.check(response, streamed=bool(how.get("stream")))
        return response

    async def judged_async(self: httpx.AsyncClient, request: httpx.Request, **how: Any) -> httpx.Response:
        response = await send_async(self, request, **how)
        held.check(response, streamed=bool(how.get("stream")))
        return response

    with mock.patch.object(httpx.Client, "send", judged), mock.patch.object(httpx.AsyncClient, "send", judged_async):
        yield held


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", re.sub(r"[.]", r"\.", path)))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: value if name in ("enum", "const", "example", "examples") else _closed(value)
              for name, value in schema.items()}  # fmt: skip
    if schema.get("type") == "object" and "properties" in schema and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed


def _items(response: httpx.Response, media_type: str) -> Iterator[Any]:
    if media_type == LINES:
        yield from map(json.loads, response.text.splitlines())
    elif media_type.endswith("json"):
        yield response.json()
    else:
        yield response.text
