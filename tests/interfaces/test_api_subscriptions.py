"""Subscriptions through the API: making, reading, changing them, and what is refused. No worker delivers here."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.interfaces.running import Dossier, Running, assert_problem, done, furnish, running

URL = "https://localhost:8443/hook?from=kroniek"
TOPIC = "fighters,people,subject:is,place:hajin"


@pytest.fixture(scope="module")
def production(
    new_database: Callable[[], str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """An installation that is not embedded, whose operator allows two hosts."""
    folder, redis_url = tmp_path_factory.mktemp("production"), valkey_url.replace("db=0", "db=12")
    settings = {"KRONIEK_WEBHOOK_HOSTS": " LOCALHOST:8443 , nowhere.invalid"}
    with running(new_database(), redis_url, folder, worker=False, settings=settings) as there:
        yield there
        assert "Traceback" not in there.said("api"), there.said("api")[-5000:]


@pytest.fixture(scope="module")
def http(production: Running) -> Iterator[httpx.Client]:
    with production.client() as client:
        yield client


@pytest.fixture(scope="module")
def dossier(http: httpx.Client) -> Dossier:
    done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
    dossier = furnish(Dossier(http, "d"))
    dossier.record(
        "assessments", id="a1", topic=TOPIC, claims=["c1"], finding="So it is", grade="weak", because="One source"
    )
    return dossier


def ask(dossier: Dossier, below: str = "", **body: Any) -> httpx.Response:
    return dossier.http.post(f"{dossier.path}/subscriptions{below}", json=body)


def made(dossier: Dossier, **more: Any) -> dict[str, Any]:
    return done(ask(dossier, **{"url": URL, "watch": {}, **more}))


def test_its_secret_is_shown_once(dossier: Dossier) -> None:
    answer = ask(dossier, url=URL, watch={"family": "record"}, id="the-desk", name="مكتب دير الزور")
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/dossiers/d/subscriptions/the-desk"
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told.pop("secret").startswith("whsec_")
    assert told["created_at"] and told["created_by"].startswith("u-")
    kept = {name: told[name] for name in ("url", "name", "status", "because", "position", "behind", "tries", "watch")}
    assert kept == {
        "url": URL, "name": "مكتب دير الزور", "status": "active", "because": None, "position": dossier.position,
        "behind": 0, "tries": 0, "watch": {"family": ["record"]},
    }  # fmt: skip
    again = dossier.http.get(f"{dossier.path}/subscriptions/the-desk")
    assert done(again) == told
    listed = dossier.http.get(f"{dossier.path}/subscriptions")
    assert told in done(listed)["items"]
    assert "whsec_" not in again.text + listed.text
    assert_problem(ask(dossier, url=URL, watch={}, id="the-desk"), 409, "already_exists", "/id")


def test_a_list_is_paged_in_the_order_of_ids(http: httpx.Client) -> None:
    done(http.post("/dossiers", json={"id": "paged", "title": "A dossier"}))
    dossier = Dossier(http, "paged")
    for id in ("b", "c", "a", "e", "d"):
        made(dossier, id=id)
    ids, cursor = [], None
    while True:
        page = done(
            http.get("/dossiers/paged/subscriptions", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        )
        ids.append([item["id"] for item in page["items"]])
        cursor = page["next"]
        if cursor is None:
            break
    assert ids == [["a", "b"], ["c", "d"], ["e"]]


@pytest.mark.parametrize(
    "watch",
    [
        {"type": ["claim.corrected"], "place": "hajin", "actor": ["is", "sdf"], "claimant": "sohr", "report": "oct"},
        {"question": "control", "place": "hajin", "at": "2018-11-10", "reported_by": "2018-12-31"},
        {"question": "figures", "topic": TOPIC},
        {"question": "disagreements", "place": "syria", "kind": "figures"},
        {"question": "assessment", "assessment": "a1"},
        {"question": "record", "source": "sohr", "certainty": "possible"},
    ],
)
def test_what_can_be_watched_is_told_as_it_was_asked(dossier: Dossier, watch: dict[str, Any]) -> None:
    told = made(dossier, watch=watch)["watch"]
    listed = {
        name: value if isinstance(value, list) or "question" in watch else [value] for name, value in watch.items()
    }
    assert told == listed


@pytest.mark.parametrize(
    ("watch", "code", "place"),
    [
        ({"place": ["hajin", "nowhere"]}, "unknown_reference", "/watch/place/1"),
        ({"claimant": "nobody"}, "unknown_reference", "/watch/claimant/0"),
        ({"question": "control", "place": "nowhere"}, "unknown_reference", "/watch/place"),
        ({"question": "assessment", "assessment": "a9"}, "unknown_reference", "/watch/assessment"),
        ({"question": "record", "source": "nobody"}, "unknown_reference", "/watch/source"),
        ({"question": "figures", "topic": "killed,people,place:nowhere"}, "unknown_reference", "/watch/topic"),
        ({"question": "figures", "topic": "killed,people,by:nobody"}, "unknown_reference", "/watch/topic"),
        ({"question": "figures", "topic": "killed"}, "not_a_topic", "/watch/topic"),
        ({"question": "weather"}, "not_in_vocabulary", "/watch/question"),
        ({"question": "control"}, "missing_field", "/watch/place"),
        ({"type": "claim.erased"}, "not_in_vocabulary", "/watch/type"),
        ({"plaec": "hajin"}, "unknown_field", "/watch/plaec"),
        ({"question": "control", "place": "hajin", "at": "yesterday"}, "not_edtf", "/watch/at"),
        ("hajin", "malformed", "/watch"),
        (None, "malformed", "/watch"),
    ],
)
def test_what_cannot_be_watched_is_refused_with_its_place(dossier: Dossier, watch: Any, code: str, place: str) -> None:
    assert_problem(ask(dossier, url=URL, watch=watch), 422, code, place)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8443/", "https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data", "https://2130706433/", "https://0x7f.1/", "https://[fd00:ec2::254]/",
        "https://user:word@localhost:8443/", "ftp://localhost:8443/", "//localhost:8443/", "localhost:8443",
        "https://", "https://nowhere.invalid/", f"https://localhost:8443/{'x' * 2000}", "https://loc alhost:8443/",
        "https://localhost:8443/#there", "https://localhost:99999/",
    ],
)  # fmt: skip
def test_a_target_that_is_not_for_the_world_is_refused(dossier: Dossier, url: str) -> None:
    code = "text_too_long" if len(url) > 2000 else "target_refused"
    told = assert_problem(ask(dossier, url=url, watch={}), 422, code, "/url")
    assert len(told["detail"]) < 500
    subscription = made(dossier)
    changed = dossier.http.patch(f"{dossier.path}/subscriptions/{subscription['id']}", json={"url": url})
    assert_problem(changed, 422, code, "/url")


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        ({"watch": {}}, "missing_field", "/url"),
        ({"url": URL}, "missing_field", "/watch"),
        ({"url": 5, "watch": {}}, "malformed", "/url"),
        ({"url": URL, "watch": {}, "secret": "mine"}, "unknown_field", "/secret"),
        ({"url": URL, "watch": {}, "id": "The Desk"}, "not_a_slug", "/id"),
        ({"url": URL, "watch": {}, "id": "the.desk"}, "not_a_slug", "/id"),
        ({"url": URL, "watch": {}, "name": "x" * 201}, "text_too_long", "/name"),
        ({"url": URL, "watch": {}, "name": " "}, "empty_text", "/name"),
        ({"url": URL, "watch": {}, "from": 10**6}, "not_in_the_past", "/from"),
    ],
)
def test_a_body_that_will_not_do_is_refused(dossier: Dossier, body: dict[str, Any], code: str, place: str) -> None:
    before = done(dossier.http.get(f"{dossier.path}/subscriptions"))
    assert_problem(ask(dossier, **body), 422, code, place)
    assert done(dossier.http.get(f"{dossier.path}/subscriptions")) == before


@pytest.mark.parametrize("start", [-1, "5", True, 1.5, "tomorrow", None, 2**70])
def test_it_begins_now_or_at_a_position_and_nowhere_else(dossier: Dossier, start: Any) -> None:
    answer = ask(dossier, **{"url": URL, "watch": {}, "from": start})
    assert_problem(answer, 422, "malformed", "/from")


def test_it_begins_where_it_is_asked_to(dossier: Dossier) -> None:
    assert [made(dossier, **more)["behind"] for more in ({}, {"from": "now"}, {"from": 3}, {"from": 0})] == [
        0, 0, dossier.position - 3, dossier.position,
    ]  # fmt: skip


def test_it_can_be_changed_paused_resumed_replayed_and_deleted(dossier: Dossier) -> None:
    address = f"{dossier.path}/subscriptions/{made(dossier, **{'from': 4})['id']}"
    changed = done(dossier.http.patch(address, json={"url": "https://localhost:8443/other", "name": "Another"}))
    assert (changed["url"], changed["name"], changed["position"]) == ("https://localhost:8443/other", "Another", 4)
    assert_problem(dossier.http.patch(address, json={}), 422, "nothing_changes", None)
    paused = done(dossier.http.post(f"{address}/pause", json={"because": "it moves"}))
    assert (paused["status"], paused["because"]) == ("paused", "it moves")
    assert done(dossier.http.post(f"{address}/resume"))["status"] == "active"
    assert done(dossier.http.post(f"{address}/pause"))["because"] is None
    replayed = done(dossier.http.post(f"{address}/replay", json={"from": 0}))
    assert (replayed["status"], replayed["position"], replayed["behind"]) == ("active", 0, dossier.position)
    assert_problem(dossier.http.post(f"{address}/replay", json={"from": 10**6}), 422, "not_in_the_past", "/from")
    assert_problem(dossier.http.post(f"{address}/replay", json={}), 422, "missing_field", "/from")
    assert done(dossier.http.get(f"{address}/deliveries")) == {"items": [], "next": None}
    assert dossier.http.delete(address).status_code == 204
    for method, below in (("get", ""), ("delete", ""), ("post", "/resume"), ("get", "/deliveries")):
        gone = dossier.http.request(method, address + below)
        assert_problem(gone, 404, "no_such_item", None)


def test_a_new_secret_is_shown_once_and_differs(dossier: Dossier) -> None:
    first = made(dossier)
    address = f"{dossier.path}/subscriptions/{first['id']}/secret"
    second = done(dossier.http.post(address, json={"overlap_s": 60}))
    third = done(dossier.http.post(address))
    assert (second["overlap_s"], third["overlap_s"]) == (60, 86400)
    assert len({first["secret"], second["secret"], third["secret"]}) == 3
    for overlap in (-1, "60", 10**9, 0.5):
        answer = dossier.http.post(address, json={"overlap_s": overlap})
        assert_problem(answer, 422, "malformed", "/overlap_s")


ADDRESSES = [
    ("GET", ""), ("POST", ""), ("GET", "/s"), ("PATCH", "/s"), ("DELETE", "/s"), ("POST", "/s/pause"),
    ("POST", "/s/resume"), ("POST", "/s/replay"), ("POST", "/s/secret"), ("GET", "/s/deliveries"),
]  # fmt: skip
BODIES = {
    "POST": {"url": URL, "watch": {}}, "PATCH": {"name": "n"},
    "/s/replay": {"from": 0}, "/s/secret": {}, "/s/pause": {},
}  # fmt: skip


@pytest.mark.parametrize(("method", "below"), ADDRESSES)
def test_all_of_it_needs_a_token_a_dossier_and_no_stray_parameter(
    production: Running, dossier: Dossier, method: str, below: str
) -> None:
    body = BODIES.get(below, BODIES.get(method))
    address = f"{dossier.path}/subscriptions{below}"
    with production.client(token="") as nobody:
        assert_problem(nobody.request(method, address, json=body), 401, "unauthorized", None)
    answer = dossier.http.request(method, address, json=body, params={"dry_run": "true"})
    assert_problem(answer, 422, "unknown_parameter", None)
    elsewhere = dossier.http.request(method, f"/dossiers/none/subscriptions{below}", json=body)
    assert_problem(elsewhere, 404, "no_such_dossier", None)
