"""What somebody may send to hold the door shut, or to come in where they should not."""

import gc
import gzip
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest

from application.formats.dossier import check
from application.formats.edition.mapping_check import read_mapping
from domain.errors import DomainError
from domain.topic import parse_topic
from domain.vocabulary import DECLARED_IN
from domain.when import cut_off, parse
from infrastructure.webhooks.targets import Targets
from interfaces.api import wire
from interfaces.api.addresses import METHODS
from interfaces.api.batches import LARGEST_BODY, MOST_LINES, _lines
from interfaces.api.bodies import json_object
from interfaces.api.outgoing import is_known
from interfaces.bootstrap import Settings, webhook_targets
from interfaces.cli import located
from tests.interfaces.contract import contract
from tests.interfaces.running import (
    API,
    JSON,
    LINES,
    ROOT,
    Dossier,
    Running,
    assert_problem,
    done,
    figure,
    running,
)

DOCUMENT = contract().document
OPERATIONS = [
    (method.upper(), path.removeprefix(API), operation)
    for path, on_path in DOCUMENT["paths"].items()
    for method, operation in on_path.items()
    # Looked at by itself: what is below it has a slash between.
    if path != API
]
READS = [(path, operation) for method, path, operation in OPERATIONS if method == "GET"]


def address(path: str, dossier: str) -> str:
    """An address of a route, with the items of the tests' furniture."""
    kinds = {"sources": "sohr", "actors": "is", "places": "hajin", "reports": "oct", "claims": "c1"}
    for kind, id_ in kinds.items():
        path = path.replace(f"/{kind}/{{id}}", f"/{kind}/{id_}")
    named = {"dossier": dossier, "holder": "p-0", "id": "x", "position": "1"}
    return re.sub(r"{(\w+)}", lambda found: named[found[1]], path)


def names(size: int) -> bytes:
    """Distinct names, and one of them twice."""
    return ("{" + "".join(f'"k{n}":1,' for n in range(size)) + '"k0":1}').encode()


def long_name(size: int) -> bytes:
    """A name that is most of the body, around many values, and something unreadable at the end of them."""
    return ('{"' + "k" * (size * 8) + '": [' + '"",' * size + '"\\u0000"]}').encode()


def read_file(text: str) -> Any:
    with suppress(located.Unreadable):
        return located.read(text)


def bomb(size: int) -> str:
    """Each line names the one before ten times."""
    depth = min(30, size // 100)
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, depth))]
    return "\n".join(lines)


def read_entries(data: Any) -> Any:
    return check.read_dossier(data)


def entries(size: int) -> Any:
    places = [{"id": f"p{n}", "name": "P", "kind": "village", "within": "nowhere"} for n in range(size // 64)]
    return {"dossier": {"id": "d", "title": "D"}, "places": places}


def chain(size: int) -> Any:
    """Each place inside the one after it."""
    count = size // 64
    places = [{"id": f"p{n}", "name": "P", "kind": "village", "within": f"p{(n + 1) % count}"} for n in range(count)]
    return {"dossier": {"id": "d", "title": "D"}, "places": places}


def read_cases(data: Any) -> Any:
    return read_mapping(data)


def cases(size: int) -> Any:
    """A mapping with many cases for one column, and as many columns."""
    return {
        "mapping": "m@1", "dataset": "m", "key": [f"k{n}" for n in range(size // 64)],
        "claims": [{"kind": "figure", "measure": f"m{n}"} for n in range(size // 64)],
    }  # fmt: skip


PARSERS: list[tuple[str, Callable[[Any], Any], Callable[[int], Any]]] = [
    ("names", json_object, names),
    ("a long name", json_object, long_name),
    ("brackets", json_object, lambda size: b'{"a":' + b"[" * size),
    ("short lists", json_object, lambda size: b'{"a":[' + b"[]," * size + b"1]}"),
    ("escapes", json_object, lambda size: b'{"a":"' + b"\\u0041" * size + b'\\ud800"}'),
    ("digits", json_object, lambda size: b'{"a":' + b"9" * size + b"}"),
    ("a fraction", json_object, lambda size: b'{"a":0.' + b"9" * size + b"}"),
    ("lines of a batch", _lines, lambda size: b"{}\n" * (size % 9_000 + 900)),
    ("blank lines", _lines, lambda size: b"\n" * size * 10),
    ("one line of spaces", _lines, lambda size: b" " * size * 10),
    ("digits of a date", lambda text: parse(text), lambda size: "1" * size),
    ("an interval", lambda text: parse(text), lambda size: "/".join(["2018"] * size)),
    ("a set of dates", lambda text: parse(text), lambda size: "[" + "2018," * size + "]"),
    ("unspecified digits", lambda text: parse(text), lambda size: "X-" * size),
    ("a cut-off", lambda text: cut_off(text, field="at"), lambda size: "2018-12-17T00:00:00." + "0" * size),
    ("colons of a topic", parse_topic, lambda size: "killed,people,place" + ":" * size),
    ("parts of a topic", parse_topic, lambda size: "killed,people" + ",place:a" * size),
    ("a file of mappings", read_file, lambda size: "claims:\n" + "  - {id: a, kind: figure}\n" * (size // 8)),
    ("a file of one scalar", read_file, lambda size: "title: " + "x" * size * 8),
    ("a file of names", read_file, lambda size: "".join(f"k{n}: 1\n" for n in range(size // 4)) + "k0: 1\n"),
    ("a file that goes deep", read_file, lambda size: "[" * size),
    ("a file of aliases", read_file, lambda size: "a: &a [x]\nb: [" + "*a," * (size // 4) + "]\n"),
    ("a file of bombs", read_file, bomb),
    ("entries of a dossier", read_entries, entries),
    ("parents of places", read_entries, chain),
    ("a mapping of cases", read_cases, cases),
    ("tags", lambda text: is_known(text, '"a"'), lambda size: '"b",' * size),
]


def taken_s(parser: Callable[[Any], Any], given: Any) -> float:
    """The least of three: what else this machine does makes it longer, never shorter."""
    found = []
    gc.disable()
    try:
        for _ in range(3):
            begun = time.perf_counter()
            with suppress(DomainError):
                parser(given)
            found.append(time.perf_counter() - begun)
    finally:
        gc.enable()
    return min(found)


@pytest.mark.parametrize(("parser", "made"), [each[1:] for each in PARSERS], ids=[each[0] for each in PARSERS])
def test_no_parser_costs_more_than_in_proportion(parser: Callable[[Any], Any], made: Callable[[int], Any]) -> None:
    small, large = taken_s(parser, made(4_000)), taken_s(parser, made(128_000))
    # 32 times as much: a square would cost 1,024 times, and of so many some seconds. Below, much is noise.
    assert large < max(32 * 10 * small, 0.25), (small, large)


@pytest.mark.parametrize(
    ("media_type", "body", "code"),
    [
        (JSON, names(70_000), "malformed"),
        (JSON, b'{"id": "a\\u0000", "name": "A", "kind": "militia"}', "text_unreadable"),
        (JSON, b'{"id": "a\\ud800", "name": "A", "kind": "militia"}', "text_unreadable"),
        (JSON, json.dumps({"id": "a", "name": "A", "kind": "militia",
                           "names": {f"n{n}": "x" for n in range(60_000)}}).encode(), "too_many"),
        (LINES, b"\n" * 31_000_000, "body_too_large"),
        (LINES, b'{"command": "' + b"x" * 31_000_000 + b'"}', "batch_refused"),
        (LINES, b"\n" * MOST_LINES + b" " * (LARGEST_BODY - MOST_LINES), "malformed"),
    ],
    ids=["names", "nul", "half a pair", "names of an actor", "newlines", "one line", "spaces"],
)  # fmt: skip
def test_no_body_holds_the_api_up(shared: Dossier, media_type: dict[str, str], body: bytes, code: str) -> None:
    below = "actors" if media_type == JSON else "batches"
    begun = time.monotonic()
    answer = shared.http.post(f"{shared.path}/{below}", content=body, headers=media_type)
    assert (answer.json()["code"], time.monotonic() - begun < 5) == (code, True), answer.text[:300]
    assert shared.head() == shared.position


CREATIONS = [path for method, path, operation in OPERATIONS if method == "POST" and "201" in operation["responses"]]


@pytest.mark.parametrize("path", CREATIONS)
@pytest.mark.parametrize("id_", ['"a\\u0000"', '"a\\ud800"', '"\\u0000"', "7", "{}", '"a b"', '"' + "x" * 101 + '"'])
def test_an_id_that_is_none_is_refused_at_every_creation(shared: Dossier, path: str, id_: str) -> None:
    body = f'{{"id": {id_}}}'.encode()
    answer = shared.http.post(address(path, shared.id), content=body, headers=JSON)
    assert answer.status_code == 422, answer.text


@contextmanager
def connected(there: Running) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", there.port), timeout=30) as made:
        yield made


def told(connection: socket.socket) -> bytes:
    """Everything until the other side ends the connection."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_an_endless_head_is_ended_and_costs_nobody_else_time(installation: Running) -> None:
    with connected(installation) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        try:
            for _ in range(2_000):
                connection.sendall(b"x" * 16_384)
        except OSError:
            pass
        else:
            pytest.fail("32 MB of one header were taken")
        begun = time.monotonic()
        assert httpx.get(installation.url + "/healthz").status_code == 200
        assert time.monotonic() - begun < 2
    for head in (
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(200)) + b"\r\n",
        b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ):
        with connected(installation) as connection:
            connection.sendall(head)
            assert told(connection).startswith(b"HTTP/1.1 431 ")


def test_what_does_not_come_in_time_is_ended(new_database: Callable[[], str], valkey_url: str, tmp_path: Path) -> None:
    """By shorter limits than those that are kept to, which are the same for all else."""
    quick = tmp_path / "quick.py"
    quick.write_text(
        "from interfaces.api import wire\nwire.HEAD_WITHIN_S = wire.BODY_BEGINS_S = 1.0\n"
        "GuardedHttp = wire.GuardedHttp\n"
    )
    assert (wire.HEAD_WITHIN_S, wire.BODY_BEGINS_S) == (10.0, 10.0)
    settings = {"PYTHONPATH": str(tmp_path), "TESTED_HTTP": "quick:GuardedHttp"}
    with running(
        new_database(), valkey_url.replace("db=0", "db=7"), tmp_path, worker=False, settings=settings
    ) as there:
        head = b"POST /api/v1/dossiers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        authorized = head + f"Authorization: Bearer {there.token}\r\nContent-Length: 100000\r\n\r\n".encode()
        begun = time.monotonic()
        half = [b"", b"GET ", b"\r\n\r\n", head, authorized, authorized + b"{", head + b"Content-Length: 9999\r\n\r\n"]
        connections = [socket.create_connection(("127.0.0.1", there.port), timeout=10) for _ in range(10 * len(half))]
        for number, connection in enumerate(connections):
            connection.sendall(half[number % len(half)])
        answers = [told(connection) for connection in connections]
        assert time.monotonic() - begun < 8
        for number, answer in enumerate(answers):
            # Who was refused without the body has been told so already.
            assert answer.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 401 ")), (half[number % len(half)], answer[:200])
        assert httpx.get(there.url + "/healthz").status_code == 200
        assert '"fault"' not in there.said("api")


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("localhost", True), ("localhost:1", True), ("127.0.0.1", True), ("[::1]:80", True), ("LOCALHOST.", True),
        ("record.example", True), ("evil.example", False), ("127.0.0.1.evil.example", False), ("localhost.evil", False),
        ("evil.example:80", False), ("10.0.0.1", False), ("", False), ("127.0.0.1@evil.example", False),
        ("[::1]", True), ("[::1", False), ("::1]", False), ("[::1:80", False), ("[127.0.0.1]", False),
        ("[localhost]", False),
    ],
)  # fmt: skip
def test_only_hosts_that_are_ours_are_served(installation: Running, host: str, served: bool) -> None:
    for path in ("/", "/healthz", f"{API}/rules", f"{API}/nothing", "/docs"):
        answer = httpx.get(installation.url + path, headers={"Host": host})
        assert (answer.status_code == 421) != served, (path, answer.text)


def test_who_listens_to_other_machines_trusts_not_even_this_one_so_far() -> None:
    for host, here in (("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)):
        with mock.patch.dict("os.environ", {"KRONIEK_HOST": host, "KRONIEK_EMBEDDED": "true"}):
            settings = Settings()
        assert settings.listens_here_only is here, host
        assert webhook_targets(settings) == Targets(here, frozenset())


@pytest.mark.parametrize("path", [path for path, operation in READS])
def test_no_page_of_another_site_is_let_in(installation: Running, path: str) -> None:
    answer = httpx.get(installation.url + API + address(path, "nowhere"), headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert not answer.is_redirect


def test_no_address_redirects(installation: Running) -> None:
    for path in ("/docs/", f"{API}/dossiers/", f"{API}/rules/"):
        assert httpx.get(installation.url + path).status_code == 404


WRITES = [
    (method, path, next(iter(operation["requestBody"]["content"])))
    for method, path, operation in OPERATIONS
    if "requestBody" in operation
]


@pytest.mark.parametrize(("method", "path", "media_type"), WRITES, ids=lambda value: str(value))
def test_a_body_says_that_it_is_what_is_taken(shared: Dossier, method: str, path: str, media_type: str) -> None:
    there = address(path, shared.id)
    compressed = {"Content-Type": media_type, "Content-Encoding": "gzip"}
    for headers in (
        {}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": f"{media_type}; charset=latin-1"}, compressed,
    ):  # fmt: skip
        given = {"If-Match": "*", **headers}
        content = gzip.compress(b"{}") if headers is compressed else b"{}"
        answer = shared.http.request(method, there, content=content, headers=given)
        if answer.status_code == 404:
            assert "subscriptions" in path
            continue
        assert_problem(answer, 415, "media_type_not_taken", None)
    assert shared.head() == shared.position


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=lambda value: str(value)[:40])
def test_a_parameter_that_is_not_there_is_refused(
    shared: Dossier, method: str, path: str, operation: dict[str, Any]
) -> None:
    headers = {"If-Match": "*"} | (JSON if method in ("POST", "PATCH") else {})
    answer = shared.http.request(method, address(path, shared.id), params={"misspelt": "1"}, headers=headers)
    assert_problem(answer, 422, "unknown_parameter", None)
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "query":
            continue
        several = parameter["schema"].get("type") == "array"
        name, times = parameter["name"], 101 if several else 2
        answer = shared.http.request(method, address(path, shared.id), params=[(name, "1")] * times, headers=headers)
        assert_problem(answer, 422, "parameter_repeated", None)
        assert answer.json()["parameter"] == name


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in OPERATIONS if method != "GET"])
def test_a_key_is_kept_or_refused(shared: Dossier, method: str, path: str) -> None:
    (operation,) = [each for each_method, each_path, each in OPERATIONS if (each_method, each_path) == (method, path)]
    declared = [each["name"] for each in operation.get("parameters", []) if each["in"] == "header"]
    answer = shared.http.request(method, address(path, shared.id), headers={"Idempotency-Key": "k", **JSON})
    refused = answer.status_code == 400 and "Idempotency-Key" in answer.json()["detail"]
    assert refused != ("Idempotency-Key" in declared), answer.text


NARROWED = [
    (path, parameter["name"])
    for path, operation in READS
    for parameter in operation.get("parameters", [])
    if parameter["in"] == "query" and re.search('"maxLength": 100|id-or-name', json.dumps(parameter["schema"]))
]
QUESTIONS = {"place": "control", "assessment": "assessment", "source": "record"}


@pytest.mark.parametrize(("path", "name"), NARROWED)
def test_an_id_that_was_never_recorded_is_no_filter(shared: Dossier, path: str, name: str) -> None:
    asked = {name: "sohrr"}
    if path.endswith("/answers"):
        asked["question"] = QUESTIONS[name]
    if name == "dataset":
        asked |= {"rule": "sum-of-edition@1", "measure": "killed"}
    code = "not_in_vocabulary" if name in DECLARED_IN else "unknown_reference"
    # What a map is styled by is asked of one.
    headers = {"Accept": "application/geo+json"} if path.endswith("/situation") else {}
    answer = shared.http.get(address(path, shared.id), params=asked, headers=headers)
    assert assert_problem(answer, 422, code, None)["parameter"] == name


TOPICS = [path for path, operation in READS if "topic" in {each["name"] for each in operation.get("parameters", [])}]


@pytest.mark.parametrize("path", TOPICS)
@pytest.mark.parametrize("part", ["subject", "group", "by", "cause", "place", "incident"])
def test_nor_is_it_a_part_of_a_topic(shared: Dossier, path: str, part: str) -> None:
    asked = {"topic": f"killed,people,{part}:sohrr"} | ({"question": "figures"} if path.endswith("/answers") else {})
    refused = assert_problem(shared.http.get(address(path, shared.id), params=asked), 422, "unknown_reference", None)
    assert refused["parameter"] == "topic"


def test_a_misspelt_id_is_told_those_near_to_it(shared: Dossier) -> None:
    for refused in (
        shared.get("claims", place="hajn"),
        shared.get("figures", topic="killed,people,place:hajn"),
        shared.get("events", place="hajn"),
        shared.get("places/hajn/control"),
        shared.post("places/hajn/retractions", {"reason": "x"}, if_match="*"),
        shared.post("claims", figure(id="c9", place="hajn")),
    ):
        assert refused.json()["near"][0] == "hajin", refused.text
        assert "Did you mean hajin" in refused.json()["detail"]
        assert refused.json()["near"] == list(dict.fromkeys(refused.json()["near"]))
    assert "near" not in shared.get("claims", place="zzzzzz").json()
    assert shared.get("corrections", id="hajn").json()["near"][0] == "hajin", "of whatever kind"


DATED = [
    (path, parameter["name"])
    for path, operation in READS
    for parameter in operation.get("parameters", [])
    if "cut-off" in json.dumps(parameter["schema"]) and parameter["name"] not in ("since", "until")
]


@pytest.mark.parametrize(("path", "name"), DATED)
def test_a_date_as_people_type_it_is_refused_with_what_to_write(shared: Dossier, path: str, name: str) -> None:
    asked = {"question": "control", "place": "hajin"} if path.endswith("/answers") else {}
    for typed in ("17/12/2018", "17 dec 2018", "2018–12–17"):
        refused = shared.http.get(address(path, shared.id), params={**asked, name: typed})
        assert assert_problem(refused, 422, "not_edtf", None)["parameter"] == name
        assert refused.json()["detail"].endswith("Write 2018-12-17.")


CLOCKED = [
    (path, parameter["name"])
    for path, operation in READS
    for parameter in operation.get("parameters", [])
    if parameter["name"].rpartition(".")[2] == "certainty"
]


@pytest.mark.parametrize(("path", "name"), CLOCKED)
def test_certainty_is_of_a_cut_off(shared: Dossier, path: str, name: str) -> None:
    refused = shared.http.get(address(path, shared.id), params={name: "possible"})
    assert assert_problem(refused, 422, "unused_parameter", None)["parameter"] == name


CHANGED = [
    path for method, path, _ in OPERATIONS if method == "POST" and "/{id}/" in path and "/subscriptions" not in path
]
# What each of them needs.
NEEDED: dict[str, dict[str, Any]] = {
    "grades": {"reliability": "A", "credibility": 2}, "revisions": {"report": "oct", "set": {"best": 1}},
    "corrections": {"set": {"best": 1}}, "descriptions": {"set": {"title": "x"}}, "links": {"claims": ["c1"]},
    "statement-retractions": {"statement": 1}, "statement-reinstatements": {"statement": 1},
    "unlinkings": {"claims": ["c1"]}, "merges": {"into": "i1"}, "fates": {"fate": "killed"},
    "relations": {"relation": "disputes", "to": "c2"},
}  # fmt: skip


@pytest.mark.parametrize("if_match", [None, "*", '"3.00ff00ff"', "nonsense"])
def test_a_change_to_what_is_not_there_says_so_first(shared: Dossier, if_match: str | None) -> None:
    headers = {} if if_match is None else {"If-Match": if_match}
    for path in CHANGED:
        item, what = path.split("/")[-3], path.rpartition("/")[2]
        needed = dict(NEEDED.get(what, {}))
        needed.pop("credibility" if item == "sources" else "reliability", None)
        if (item, what) == ("claims", "withdrawals"):
            needed["report"] = "oct"
        if (item, what) == ("assessments", "revisions"):
            needed = {"set": {"finding": "x"}}
        if what not in ("links", "relations", "fates") and (item, what) != ("claims", "revisions"):
            needed["reason"] = "x"
        there = path.replace("{dossier}", shared.id).replace("{id}", "nobody")
        answer = shared.http.post(there, json=needed, headers=headers)
        assert answer.status_code == 404, (path, answer.text)
        assert_problem(answer, 404, "no_such_item", "/id")


def test_what_came_later_is_known_and_nothing_was_said_of_it(furnished: Dossier) -> None:
    before = furnished.position
    furnished.record("actors", id="late", name="Late", kind="militia")
    assert furnished.read("claims", actor="late", as_of=str(before))["items"] == []
    furnished.change("actors/late/retractions", reason="none")
    assert furnished.read("claims", actor="late")["items"] == []


@pytest.mark.parametrize(
    ("query", "name"),
    [({"since": "2018"}, "since"), ({"dataset": "x"}, "dataset"), ({"per": "year"}, "per")]
    + [({"topic": "killed,people", name: value}, name) for name, value in
       (("measure", "killed"), ("place", "hajin"), ("subject", "is"), ("until", "2018"))]
    + [({"rule": "sum-of-edition@1", "measure": "killed", "cursor": "x"}, "cursor")],
)  # fmt: skip
def test_what_a_question_about_figures_makes_no_use_of_is_refused(
    shared: Dossier, query: dict[str, str], name: str
) -> None:
    assert assert_problem(shared.get("figures", **query), 422, "unused_parameter", None)["parameter"] == name


@pytest.mark.parametrize(
    ("path", "query"),
    [(path, {}) for path, _ in READS]
    + [("/dossiers/{dossier}/figures", query) for query in
       ({"topic": "fighters,people,subject:is,place:hajin"}, {"rule": "sum-of-edition@1", "measure": "killed"})],
)  # fmt: skip
def test_a_client_that_sends_every_default_is_answered_as_one_that_sends_none(
    shared: Dossier, path: str, query: dict[str, str]
) -> None:
    operation = dict(READS)[path]
    defaults = {
        parameter["name"]: parameter["schema"]["default"]
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and parameter["schema"].get("default") not in (None, [])
    }
    there = address(path, shared.id)
    sent = shared.http.get(there, params=defaults | query)
    assert sent.status_code == shared.http.get(there, params=query).status_code, sent.text


LISTS = [path for path, operation in READS if "cursor" in {each["name"] for each in operation.get("parameters", [])}
         ]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_that_is_none_is_refused(shared: Dossier, path: str) -> None:
    there = address(path, shared.id)
    with subscribed(shared) if "/subscriptions/{id}" in path else nullcontext():
        for cursor in ("W1tb" * 5_000, "x", "[" * 8_000, "e30", "bnVsbA", "é", "WzEsMV0", "A" * 9_000):
            assert_problem(shared.http.get(there, params={"cursor": cursor}), 400, "bad_cursor", "/cursor")


@contextmanager
def subscribed(dossier: Dossier) -> Iterator[None]:
    """Of a subscription that is not there, or another's, nothing is told at all."""
    there = f"{dossier.path}/subscriptions"
    done(dossier.http.post(there, json={"id": "x", "url": "https://localhost:1/", "watch": {}}))
    yield
    assert dossier.http.delete(f"{there}/x").status_code == 204


def test_a_cursor_belongs_to_its_question(shared: Dossier) -> None:
    cursor = shared.read("claims", limit=1)["next"]
    assert shared.read("claims", limit=2, cursor=cursor)["items"]
    for below, query in (("claims", {"kind": "figure"}), ("claims", {"at": "2018"}), ("sources", {}),
                         ("reports", {}), ("incidents", {})):  # fmt: skip
        answer = shared.get(below, cursor=cursor, **query)
        assert_problem(answer, 400, "bad_cursor", "/cursor")


@pytest.mark.parametrize("path", sorted({path for _, path, _ in OPERATIONS}))
def test_every_address_says_which_methods_it_has(shared: Dossier, path: str) -> None:
    has = {method for method, each, _ in OPERATIONS if each == path}
    allowed = has | {"OPTIONS"} | ({"HEAD"} if "GET" in has else set())
    there = address(path, shared.id)
    answer = shared.http.request("OPTIONS", there)
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (204, allowed)
    for method in {*METHODS, "HEAD"} - allowed:
        answer = shared.http.request(method, there)
        assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, allowed), method
        assert method == "HEAD" or answer.headers["allow"] in answer.json()["detail"], method


@pytest.mark.parametrize("path", [path for path, operation in READS if "/subscriptions" not in path])
def test_every_read_is_told_once(shared: Dossier, path: str) -> None:
    there = address(path, shared.id)
    query = {
        "/dossiers/{dossier}/answers": {"question": "control", "place": "hajin"},
        # Without a moment it is about now.
        "/dossiers/{dossier}/situation": {"at": "2018-12-17"},
    }.get(path, {})
    first = shared.http.get(there, params=query)
    head = shared.http.head(there, params=query)
    assert (head.status_code, head.content) == (first.status_code, b"")
    assert head.headers.get("content-length") == first.headers.get("content-length")
    assert first.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in first.headers["content-security-policy"]
    assert first.headers["referrer-policy"] == "no-referrer"
    if first.status_code != 200 or "no-store" in first.headers["cache-control"]:
        assert first.headers["cache-control"] == "no-store"
        return
    assert "Authorization" in first.headers["vary"]
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = shared.http.get(there, params=query, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert shared.http.get(there, params=query, headers={"If-None-Match": '"other"'}).status_code == 200
    assert_problem(shared.http.get(there, headers={"Accept": "image/png"}), 406, "not_acceptable", None)
    assert shared.http.get(there, params=query, headers={"Accept": "image/png, */*;q=0.1"}).status_code == 200


def test_a_tag_changes_with_the_body_and_with_its_form(shared: Dossier) -> None:
    plain, packed = (
        shared.http.get("/openapi.json", headers={"Accept-Encoding": form}) for form in ("identity", "gzip")
    )
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.json() == packed.json()
    assert plain.headers["etag"] != packed.headers["etag"]
    one, two = (shared.http.get(f"{shared.path}/claims", params={"limit": limit}) for limit in (1, 2))
    assert one.headers["etag"] != two.headers["etag"]
    refused = shared.http.get("/openapi.json", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "content-encoding" not in refused.headers


def test_what_is_pinned_is_kept_and_what_is_secret_is_not(shared: Dossier) -> None:
    pinned = {"as_of": str(shared.position), "at": "2018-12-17", "reported_by": "2019"}
    assert "immutable" in shared.get("claims", **pinned).headers["cache-control"]
    for name in pinned:
        left = {key: value for key, value in pinned.items() if key != name}
        assert shared.get("claims", **left).headers["cache-control"] == "private, no-cache"
    # A day that is not over may come to hold more.
    for today in (datetime.now(UTC).strftime("%Y-%m-%d"), datetime.now(UTC).strftime("%Y-%m")):
        assert shared.get("claims", **{**pinned, "as_of": today}).headers["cache-control"] == "private, no-cache"
    # It tells where the log ends, whatever is asked for.
    assert "immutable" not in shared.get(as_of=str(shared.position)).headers["cache-control"]
    for answer in (
        shared.http.get("/tokens"),
        shared.get("subscriptions"),
        shared.http.post("/tokens", json={"name": "x"}),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in answer.headers


def test_the_contract_is_a_page_without_the_internet(installation: Running) -> None:
    page = httpx.get(installation.url + "/docs")
    assert page.status_code == 200
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(parts) == 4
    for part in parts:
        assert not part.startswith(("http", "//"))
        assert httpx.get(f"{installation.url}/{part}").status_code == 200, part
    assert httpx.get(installation.url + "/docs/nothing.js").status_code == 404
    begin = done(httpx.get(installation.url + API))
    for name in ("dossiers", "rules", "openapi", "docs", "ready"):
        assert httpx.get(installation.url + begin[name]).status_code == 200, name


def test_it_is_warned_of_trust_in_whoever_says_where_they_come_from() -> None:
    for trusted, warned in (("*", True), ("127.0.0.1", False)):
        started = subprocess.run(
            [sys.executable, "-c", "from interfaces.api.app import create_app; create_app()"],
            env={**os.environ, "FORWARDED_ALLOW_IPS": trusted}, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert ("forwarded_from_anybody" in started.stderr) == warned


def test_what_is_asked_for_by_a_name_that_is_long_is_told_in_short(shared: Dossier) -> None:
    answer = shared.http.post(f"{shared.path}/claims", json=figure() | {"k" * 900_000: 1})
    assert len(answer.content) < 2_000
