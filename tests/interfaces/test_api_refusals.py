"""What is refused: with its code, its place and its status, and without a trace in the record."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy.exc
from fastapi import FastAPI
from fastapi.testclient import TestClient

from domain.errors import DomainError
from interfaces.api import app, errors
from interfaces.api.errors import STATUS, pointer
from tests.interfaces.running import JSON, WHY, Dossier, Running, assert_problem, control, figure

STATEMENT = {"kind": "statement", "report": "oct", "nature": "observation"}
PLACE = {"id": "p1", "name": "Baghouz", "kind": "village"}
REPORT = {"id": "r1", "label": "A report", "published": "2019-01-02"}

# where, what is sent, status, code, pointer
REFUSED: list[tuple[str, dict[str, Any], int, str, str | None]] = [
    ("claims", figure(low=3000), 422, "low_above_best", "/low"),
    ("claims", figure(high=1000), 422, "best_above_high", "/best"),
    ("claims", figure(best=None, low=5, high=4), 422, "low_above_high", "/low"),
    ("claims", figure(qualifier="at_least"), 422, "qualifier_contradicts_numbers", "/low"),
    ("claims", figure(qualifier="unknown"), 422, "qualifier_contradicts_numbers", "/best"),
    ("claims", figure(qualifier="vague", best=None), 422, "qualifier_contradicts_numbers", "/magnitude"),
    ("claims", figure(best=-1), 422, "negative_figure", "/best"),
    ("claims", figure(best=1.5), 422, "not_a_whole_number", "/best"),
    ("claims", figure(best=10**300), 422, "number_out_of_range", "/best"),
    ("claims", figure(unit="km2"), 422, "unit_not_of_measure", "/unit"),
    ("claims", figure(when="next Tuesday"), 422, "not_edtf", "/when"),
    ("claims", figure(when="2018-12-02/2018-12-01"), 422, "ends_before_it_begins", "/when"),
    ("claims", figure(id="Not a slug"), 422, "not_a_slug", "/id"),
    ("claims", figure(id="-"), 422, "not_a_slug", "/id"),
    ("claims", figure(id="x" * 101), 422, "not_a_slug", "/id"),
    ("claims", figure(group="Two Words"), 422, "not_a_slug", "/group"),
    ("claims", figure(colour="red"), 422, "unknown_field", "/colour"),
    ("claims", figure(inferred=["colour"]), 422, "unknown_field", "/inferred/0"),
    ("claims", figure("nowhere"), 422, "unknown_reference", "/report"),
    ("claims", figure(place="nowhere"), 422, "unknown_reference", "/place"),
    ("claims", figure(claimant="nobody"), 422, "unknown_reference", "/claimant"),
    ("claims", figure(via=["sohr", "nobody"]), 422, "unknown_reference", "/via/1"),
    ("claims", figure(subject="nobody"), 422, "unknown_reference", "/subject"),
    ("claims", figure(disputes="nothing"), 422, "unknown_reference", "/disputes/0"),
    ("claims", figure(id="me", disputes="me"), 422, "claim_related_to_itself", "/disputes/0"),
    ("claims", figure(text="a\0b"), 422, "text_unreadable", "/text"),
    ("claims", figure(text="x" * 4001), 422, "text_too_long", "/text"),
    ("claims", figure(original="x" * 501), 422, "text_too_long", "/original"),
    ("claims", figure(text="   "), 422, "empty_text", "/text"),
    ("claims", figure(measure="rumours"), 422, "not_in_vocabulary", "/measure"),
    ("claims", figure(kind="rumour"), 422, "not_in_vocabulary", "/kind"),
    ("claims", control(status="likes"), 422, "not_in_vocabulary", "/status"),
    ("claims", figure(command="record_claim"), 422, "unknown_field", "/command"),
    ("claims", figure() | {"report": None}, 422, "missing_field", "/report"),
    ("claims", figure(qualifier=None), 422, "missing_field", "/qualifier"),
    ("claims", {"report": "oct"}, 422, "missing_field", "/kind"),
    ("claims", STATEMENT | {"due": "2019"}, 422, "due_of_no_prediction", "/due"),
    ("claims", figure(id="c1", best=3000), 409, "already_exists", "/id"),
    ("places", PLACE | {"latitude": 91, "longitude": 0}, 422, "coordinates_out_of_range", "/latitude"),
    ("places", PLACE | {"latitude": 0, "longitude": -181}, 422, "coordinates_out_of_range", "/longitude"),
    ("places", PLACE | {"latitude": 34.5}, 422, "coordinates_out_of_range", "/longitude"),
    ("places", PLACE | {"location_precision": 8}, 422, "location_precision_out_of_range", "/location_precision"),
    ("places", PLACE | {"within": "p1"}, 422, "place_inside_itself", "/within"),
    ("places", PLACE | {"areas": [{"area": "p1"}]}, 422, "place_inside_itself", "/areas/0/area"),
    ("places", PLACE | {"areas": [{"area": "enclave", "when": "soon"}]}, 422, "not_edtf", "/areas/0/when"),
    ("places", PLACE | {"within": "nowhere"}, 422, "unknown_reference", "/within"),
    ("places", PLACE | {"names": {"ar": "x" * 301}}, 422, "text_too_long", "/names/ar"),
    ("reports", REPORT | {"published": "01.02.2019"}, 422, "not_edtf", "/published"),
    ("reports", REPORT | {"published_bounds": "2020"}, 422, "bounds_outside_published", "/published_bounds"),
    ("reports", REPORT | {"derived_from": "r1"}, 422, "report_refers_to_itself", "/derived_from/0"),
    ("reports", REPORT | {"publisher": "nobody"}, 422, "unknown_reference", "/publisher"),
    ("sources", {"id": "s1", "name": "x" * 301, "kind": "ngo"}, 422, "text_too_long", "/name"),
    ("actors", {"id": "a1", "name": "A", "kind": "militia", "part_of": "a1"}, 422, "actor_inside_itself", "/part_of"),
    ("claims/c1/corrections", {"set": {"best": 2000}, **WHY}, 422, "nothing_changes", "/set"),
    ("claims/c1/corrections", {"set": {}, **WHY}, 422, "nothing_changes", "/set"),
    ("claims/c1/corrections", {"set": {"best": 5}}, 422, "missing_field", "/reason"),
    ("claims/c1/corrections", {"set": {"best": 5}, "reason": " "}, 422, "reason_empty", "/reason"),
    ("claims/c1/corrections", {"set": {"best": 5}, "reason": "x" * 2001}, 422, "text_too_long", "/reason"),
    ("claims/c1/corrections", {"set": {"colour": 5}, **WHY}, 422, "unknown_field", "/set/colour"),
    ("claims/c1/corrections", {"set": {"place": "nowhere"}, **WHY}, 422, "unknown_reference", "/set/place"),
    ("claims/c1/corrections", {"set": {"report": "nowhere"}, **WHY}, 422, "unknown_reference", "/set/report"),
    ("claims/c1/corrections", {"set": {"low": 2500}, **WHY}, 422, "low_above_best", "/set/low"),
    ("claims/c1/corrections", {"set": {"best": 5}, "statement": 9, **WHY}, 422, "unknown_statement", "/statement"),
    ("claims/c1/corrections", {"id": "c2", "set": {"best": 5}, **WHY}, 422, "unknown_field", "/id"),
    ("claims/c1/revisions", {"report": "nov", "set": {}}, 422, "nothing_changes", "/set"),
    ("claims/c1/revisions", {"report": "nowhere", "set": {"best": 1}}, 422, "unknown_reference", "/report"),
    ("claims/c1/revisions", {"report": "nov", "set": {"best": 1}, "after": 7}, 422, "unknown_statement", "/after"),
    ("claims/c1/revisions", {"report": "nov", "set": {"best": 1}, "changed_by": "me"}, 422, "not_in_vocabulary",
     "/changed_by"),
    ("claims/c1/withdrawals", {"report": "nov"}, 422, "missing_field", "/reason"),
    ("claims/c1/reinstatements", WHY, 409, "not_retracted", None),
    ("claims/c1/grades", {"credibility": 7, **WHY}, 422, "not_in_vocabulary", "/credibility"),
    ("claims/c1/relations", {"relation": "likes", "to": "c2"}, 422, "not_in_vocabulary", "/relation"),
    ("claims/c1/relations", {"relation": "disputes", "to": "c1"}, 422, "claim_related_to_itself", "/to"),
    ("claims/c1/relations", {"relation": "disputes", "to": "c9"}, 422, "unknown_reference", "/to/0"),
    ("claims/nothing/retractions", WHY, 404, "no_such_item", "/id"),
    ("reports/oct/withdrawals", WHY, 422, "missing_field", "/when"),
    ("reports/oct/withdrawals", {"report": "oct", **WHY}, 422, "report_refers_to_itself", "/report"),
    ("reports/oct/corrections", {"set": {"published": "x"}, **WHY}, 422, "not_edtf", "/set/published"),
    ("places/syria/corrections", {"set": {"within": "hajin"}, **WHY}, 422, "place_inside_itself", "/set/within"),
    ("sources/sohr/grades", {"reliability": "G", **WHY}, 422, "not_in_vocabulary", "/reliability"),
]  # fmt: skip


@pytest.mark.parametrize(("below", "body", "status", "code", "place"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_refusal_names_its_code_and_its_place(
    shared: Dossier, below: str, body: dict[str, Any], status: int, code: str, place: str | None
) -> None:
    changing = {"if_match": "*"} if below.count("/") == 2 else {}
    body = {name: value for name, value in body.items() if value is not None}
    answer = shared.post(below, body, **changing)
    assert_problem(answer, status, code, place)


def test_nothing_is_changed_by_what_is_refused(shared: Dossier) -> None:
    # Last in this file's use of the shared dossier: it holds what it was furnished with, and no more.
    assert shared.head() == shared.position
    for below, body, *_ in REFUSED[::10]:
        shared.post(below, body, if_match="*")
    assert shared.head() == shared.position


def test_nothing_but_reinstatement_changes_a_retracted_claim(furnished: Dossier) -> None:
    furnished.change("claims/c1/retractions", **WHY)
    for name, body in (
        ("corrections", {"set": {"best": 5}, **WHY}),
        ("revisions", {"report": "nov", "set": {"best": 5}}),
        ("withdrawals", {"report": "nov", **WHY}),
        ("grades", {"credibility": 1, **WHY}),
        ("relations", {"relation": "disputes", "to": "c2"}),
    ):
        assert_problem(furnished.post(f"claims/c1/{name}", body, if_match="*"), 409, "retracted", None)
    assert not furnished.change("claims/c1/retractions", **WHY)["changed"]
    assert furnished.change("claims/c1/reinstatements", **WHY)["changed"]
    assert furnished.read("claims/c1")["status"] == "stands"


def test_what_was_retracted_is_not_named_anew(furnished: Dossier) -> None:
    furnished.change("reports/nov/retractions", **WHY)
    furnished.change("places/hajin/retractions", **WHY)
    assert_problem(furnished.post("claims", figure("nov", place="syria")), 422, "retracted_reference", "/report")
    assert_problem(furnished.post("claims", figure("oct")), 422, "retracted_reference", "/place")
    again = furnished.post("reports/nov/corrections", {"set": {"label": "x"}, **WHY}, if_match="*")
    assert_problem(again, 409, "retracted", None)


def test_a_report_is_withdrawn_once(furnished: Dossier) -> None:
    furnished.change("reports/oct/withdrawals", when="2018-11-01", **WHY)
    again = furnished.post("reports/oct/withdrawals", {"when": "2018-11-02", **WHY}, if_match="*")
    assert_problem(again, 409, "report_already_withdrawn", None)


def test_a_taken_id_is_told_with_the_differences(shared: Dossier) -> None:
    refused = assert_problem(shared.post("claims", figure(id="c1", best=2500)), 409, "already_exists", "/id")
    assert refused["differences"] == [{"field": "best", "recorded": 2000, "given": 2500}]


def test_a_dossier_that_is_not_there_is_told(http: httpx.Client) -> None:
    nowhere = Dossier(http, "nowhere")
    assert_problem(nowhere.post("claims", figure()), 404, "no_such_dossier", None)
    assert_problem(nowhere.batch([{"command": "record_claim", "id": "c1", **figure()}]), 404, "batch_refused", None)
    for below in ("", "claims", "claims/c1", "claims/c1/history", "places", "places/hajin", "events"):
        assert_problem(http.get(f"/dossiers/nowhere/{below}".rstrip("/")), 404, "no_such_dossier", None)
    assert_problem(http.post("/dossiers", json={"id": "a b", "title": "x"}), 422, "not_a_slug", "/id")
    time_zone = {"id": "tz", "title": "x", "time_zone": "Mars/Olympus"}
    assert_problem(http.post("/dossiers", json=time_zone), 422, "unknown_time_zone", "/time_zone")


BODIES: list[tuple[bytes, str, str | None]] = [
    (b"", "malformed", None),
    (b"{", "malformed", None),
    (b"[]", "malformed", None),
    (b'"text"', "malformed", None),
    (b"null", "malformed", None),
    (b"\xff\xfe", "malformed", None),
    (b'{"id": "a", "id": "b"}', "malformed", None),
    (b'{"kind": "figure", "best": NaN}', "malformed", None),
    (b'{"kind": "figure", "best": -Infinity}', "malformed", None),
    (b'{"kind": "figure", "best": 1e999}', "malformed", None),
    (b'{"best": ' + b"9" * 5000 + b"}", "malformed", None),
    (b'{"text": ' + b"[" * 200 + b"]" * 200 + b"}", "malformed", None),
    (b'{"text": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "malformed", None),
    (b'{"text": "\\ud800"}', "text_unreadable", "/text"),
    (b'{"via": ["a", "\\udc00\\ud800"]}', "text_unreadable", "/via/1"),
    (b'{"\\ud800": 1}', "text_unreadable", None),
    (b'{"id": "a\\u0000"}', "text_unreadable", "/id"),
    (b'{"names": {"\\u0000": "x"}}', "text_unreadable", "/names"),
]


@pytest.mark.parametrize(("body", "code", "place"), BODIES, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("below", ["claims", "claims/c1/corrections"])
def test_a_body_that_is_no_plain_json_object_is_refused(
    shared: Dossier, below: str, body: bytes, code: str, place: str | None
) -> None:
    answer = shared.http.post(f"{shared.path}/{below}", content=body, headers={"If-Match": "*", **JSON})
    assert_problem(answer, 422, code, place)


def test_strange_values_inside_a_correction_are_refused(shared: Dossier) -> None:
    for name, value in (
        ("best", {"a": 1}),
        ("best", [1]),
        ("best", "many"),
        ("via", [[["a"]]]),
        ("text", {"value": 5}),
        ("text", "\0"),
        ("place", 7),
        ("inferred", [None]),
        ("kind", "control"),
        ("kind", None),
        ("qualifier", None),
    ):
        answer = shared.post("claims/c1/corrections", {"set": {name: value}, **WHY}, if_match="*")
        assert answer.status_code == 422, (name, value, answer.text)
        assert_problem(answer, 422, answer.json()["code"], answer.json().get("pointer"))
        assert answer.json()["pointer"].startswith("/set"), answer.text


def test_a_body_over_the_limit_is_refused(shared: Dossier) -> None:
    assert_problem(shared.post("claims", figure(text="x" * 1_000_001)), 413, "body_too_large", None)

    def parts() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 10_000

    in_parts = shared.http.post(f"{shared.path}/claims", content=parts(), headers=JSON)
    assert_problem(in_parts, 413, "body_too_large", None)


def test_unknown_parameters_are_refused(shared: Dossier) -> None:
    for address in ("", "claims", "claims/c1", "claims/c1/history", "sources", "places/hajin", "events"):
        answer = shared.http.get(f"{shared.path}/{address}".rstrip("/"), params={"as_off": "2018"})
        assert_problem(answer, 422, "unknown_parameter", None)
        assert answer.json()["parameter"] == "as_off"
    assert_problem(shared.http.get("/dossiers", params={"curser": "x"}), 422, "unknown_parameter", None)
    before = shared.head()
    dry = shared.http.post(f"{shared.path}/claims", params={"dry_run": "true"}, json=figure())
    assert_problem(dry, 422, "unknown_parameter", None)
    assert_problem(shared.batch([{}], dryrun="true"), 422, "unknown_parameter", None)
    assert shared.head() == before


def test_whole_numbers_have_digits_only_in_every_address(shared: Dossier) -> None:
    """Python reads more of them than the contract has, and `as_of=٣` would be a position."""
    document = shared.http.get("/openapi.json").json()
    asked = 0
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", []):
            whole = [parameter["schema"], *parameter["schema"].get("anyOf", [])]
            if parameter["in"] != "query" or not ({"integer"} & {one.get("type") for one in whole}):
                continue
            address = re.sub(r"{(\w+)}", lambda part: shared.id if part[1] == "dossier" else "c1", path)
            for value in ("1_0", "+1", " 1", "٣", "1.0", "0x1"):
                asking = {"question": "control", "place": "hajin"} if address.endswith("/answers") else {}
                given = asking | {parameter["name"]: value}
                answer = shared.http.get(address.removeprefix("/api/v1"), params=given)
                told = assert_problem(answer, 422, answer.json()["code"], f"/{parameter['name']}")
                assert told["parameter"] == parameter["name"]
                asked += 1
    assert asked > 100
    assert shared.get("claims", as_of="٣").status_code == 422


def test_whoever_polls_corrections_is_told_that_the_log_is_shorter(shared: Dossier) -> None:
    assert shared.get("corrections", after=shared.head()).status_code == 200
    for after in (shared.head() + 1, 10**17):
        told = assert_problem(shared.get("corrections", after=after), 409, "cursor_reset", None)
        assert told["head"] == shared.head()


def test_a_stream_does_not_begin_for_whoever_asks_of_its_head(shared: Dossier) -> None:
    for _ in range(20):
        stream = {"Accept": "text/event-stream"}
        answer = shared.http.head(f"{shared.path}/events", params={"after": 0}, headers=stream)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")


def test_parameters_out_of_their_vocabulary_are_named(shared: Dossier) -> None:
    for name, value in (
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "many"),
        ("kind", "rumour"),
        ("measure", "x"),
        ("status", "x"),
        ("credibility", "7"),
        ("certainty", "perhaps"),
        ("min_position", "-1"),
        ("as_of", "yesterday"),
        ("as_of", "9" * 30),
        ("reported_by", "soon"),
        ("at", "2018-13"),
        ("cursor", "x"),
        ("cursor", "e30"),
    ):
        answer = shared.get("claims", **{"min_position": "1", name: value})
        assert answer.status_code in (400, 422), (name, value, answer.text)
        told = answer.json()
        assert told.get("parameter") == name, answer.text


def test_addresses_that_are_none_are_told(shared: Dossier, installation: Running) -> None:
    assert_problem(shared.http.get(f"{shared.path}/nothing"), 404, "no_such_address", None)
    assert_problem(shared.http.get(f"{shared.path}/claims/c9"), 404, "no_such_item", None)
    assert_problem(shared.http.get(f"{shared.path}/claims/c9/history"), 404, "no_such_item", None)
    assert_problem(shared.get("claims", place="nowhere"), 422, "unknown_reference", None)
    assert_problem(shared.http.get(f"{shared.path}/claims/%00"), 422, "text_unreadable", None)
    assert_problem(shared.http.get(f"{shared.path}/claims?report=%00"), 422, "text_unreadable", None)
    assert_problem(shared.http.get(f"{shared.path}/claims/" + "x" * 5000), 404, "no_such_item", None)
    assert_problem(shared.http.get(f"{shared.path}/claims/%ff%fe"), 404, "no_such_item", None)
    assert_problem(shared.http.get("/dossiers/" + "x" * 20_000), 404, "no_such_dossier", None)
    for method in ("PUT", "PATCH", "DELETE"):
        assert_problem(shared.http.request(method, f"{shared.path}/claims/c1"), 405, "method_not_allowed", None)


def test_headers_that_cannot_be_meant_are_refused(shared: Dossier) -> None:
    for key in ("", "x" * 201, "schlüssel".encode("latin-1")):
        named: dict[str, Any] = {"Idempotency-Key": key}
        answer = shared.http.post(f"{shared.path}/claims", json=figure(), headers=named)
        assert_problem(answer, 400, "bad_header", None)
    for match in ("three", '"1"', '"-1.00000000"', 'W/"1.00000000"', '"' + "9" * 5000 + '"', '"1.00000000", "2.0"'):
        answer = shared.post("claims/c1/retractions", WHY, if_match=match)
        assert_problem(answer, 400, "bad_header", None)


def test_every_refusal_there_is_has_a_status_and_a_code_of_its_own() -> None:
    app.create_app()
    found = [DomainError]
    for kind in found:
        found.extend(kind.__subclasses__())
    assert {kind.__name__ for kind in found if kind not in STATUS} == set()
    codes = [kind.code for kind in found]
    assert sorted(codes) == sorted(set(codes))


def test_a_pointer_is_a_json_pointer() -> None:
    assert pointer("set.areas.0.when") == "/set/areas/0/when"
    assert pointer("a~b/c") == "/a~0b~1c"


def test_a_question_that_the_database_ended_took_too_long_and_one_that_it_never_answered_did_not() -> None:
    small = FastAPI()
    errors.install(small)
    ended = psycopg.errors.QueryCanceled("canceling statement due to statement timeout")
    told: dict[str, Exception] = {
        "bare": ended,
        "wrapped": sqlalchemy.exc.OperationalError("select", {}, ended),
        "away": psycopg.OperationalError("the connection is closed"),
    }

    @small.api_route("/{which}", methods=["GET", "POST"])
    async def ask(which: str) -> None:
        raise told[which]

    http = TestClient(small)
    for which in ("bare", "wrapped"):
        detail = assert_problem(http.get(f"/{which}"), 503, "took_too_long", None)["detail"]
        assert "narrow it by place or period" in detail and "reached" not in detail
    # Of a write it is not known whether it was made: it is sent again as it was.
    for answer in (http.get("/away"), http.post("/bare"), http.post("/wrapped")):
        assert_problem(answer, 503, "database_unavailable", None)
