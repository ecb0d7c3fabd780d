"""The judge of the other tests is judged: what the contract does not declare is found."""

from typing import Any

import httpx
import pytest

from tests.interfaces.contract import Contract, ContractBroken, contract

SOURCE = {
    "position": 3, "id": "sohr", "name": "SOHR", "kind": "monitor", "names": {}, "dated_names": [],
    "speaks_for": None, "url": None, "note": None, "reliability": None, "graded_because": None,
    "retracted": False, "merged": [], "merged_into": None, "survivor": "sohr",
    "version": 1, "recorded_position": 2, "etag": "1.1f0c92ab",
}  # fmt: skip
PROBLEM = {"type": "urn:kroniek:problem:no_such_item", "title": "no such item", "status": 404, "code": "no_such_item",
           "detail": "there is none"}  # fmt: skip


@pytest.fixture(scope="module")
def judge() -> Contract:
    return contract()


def answer(status: int, body: Any, media_type: str = "application/json", **headers: str) -> httpx.Response:
    request = httpx.Request("GET", "http://127.0.0.1/api/v1/dossiers/d/sources/sohr")
    told = {"content-type": media_type, "x-request-id": "r", **headers}
    return httpx.Response(status, json=body, headers=told, request=request)


def test_what_is_declared_passes(judge: Contract) -> None:
    judge.check(answer(200, SOURCE, etag='"1.1f0c92ab"'))
    judge.check(answer(404, PROBLEM, "application/problem+json"))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (answer(200, {**SOURCE, "secret": 1}), "secret"),
        (answer(200, {**SOURCE, "version": "1"}), "version"),
        (answer(200, {**SOURCE, "kind": "astrologer"}), "kind"),
        (answer(200, {name: SOURCE[name] for name in SOURCE if name != "retracted"}), "retracted"),
        (answer(200, SOURCE, "text/plain"), "text/plain"),
        (answer(200, SOURCE, location="/elsewhere"), "location"),
        (answer(202, SOURCE), "status"),
        (answer(404, {**PROBLEM, "code": "unheard_of"}, "application/problem+json"), "unheard_of"),
        (answer(404, PROBLEM), "application/json"),
    ],
)
def test_what_is_not_declared_is_found(judge: Contract, told: httpx.Response, said: str) -> None:
    with pytest.raises(ContractBroken, match=said):
        judge.check(told)
    assert judge.broken
