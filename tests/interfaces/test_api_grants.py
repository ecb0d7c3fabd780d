"""Who may do what over HTTP: roles in dossiers, what others may not know of, and how soon it changes."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.roles import ANYONE, ROLES, Role, acting_as
from domain.roles_needed import NEEDED
from interfaces.api.app import create_app
from interfaces.api.writing import ROUTES
from tests.interfaces.running import API, Dossier, Running, assert_problem, control, done, eventually, furnish, running

DOCUMENT = create_app().openapi()
READS = [path for path, on_path in DOCUMENT["paths"].items() if "get" in on_path and "{dossier}" in path]
NOWHERE = "no-such-dossier"


@pytest.fixture(scope="module")
def closed(
    new_database: Callable[[], str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """An installation in which nobody reads without a grant, with two furnished dossiers."""
    log_dir = tmp_path_factory.mktemp("closed")
    redis = valkey_url.replace("db=0", "db=11")
    with running(new_database(), redis, log_dir, settings=SETTINGS, open_to_anyone=False) as there:
        with there.client() as admin:
            for id_ in ("open", "shut"):
                done(admin.post("/dossiers", json={"id": id_, "title": f"Dossier {id_}"}))
                furnish(Dossier(admin, id_))
        yield there


SETTINGS = {"KRONIEK_HOSTS": "record.example", "KRONIEK_WEBHOOK_HOSTS": "localhost"}


@pytest.fixture(scope="module")
def admin(closed: Running) -> Iterator[httpx.Client]:
    with closed.client() as client:
        yield client


@contextmanager
def somebody(closed: Running, *roles: Role, dossier: str | None = "open", name: str = "somebody") -> Iterator[Any]:
    token, _ = closed.make_token(name, roles, dossier)
    with closed.client(token=token) as client:
        yield client


def address(path: str, dossier: str) -> str:
    for kind, id_ in {"sources": "sohr", "actors": "is", "places": "hajin", "reports": "oct", "claims": "c1"}.items():
        path = path.replace(f"/{kind}/{{id}}", f"/{kind}/{id_}")
    return path.removeprefix(API).format(dossier=dossier, id="x", position=1)


@pytest.mark.parametrize("path", READS)
def test_of_a_dossier_that_one_may_not_read_nothing_is_told(closed: Running, path: str) -> None:
    """Of none that is there more than of none that is not: every byte is the same but for its own id."""
    with somebody(closed, "admin", "editor", "auditor") as hers, closed.client(token="") as nobody:
        asked = {"question": "control", "place": "hajin"} if path.endswith("/answers") else {}
        for client, status, code in ((hers, 404, "no_such_dossier"), (nobody, 401, "unauthorized")):
            there = client.get(address(path, "shut"), params=asked)
            nowhere = client.get(address(path, NOWHERE), params=asked)
            assert_problem(there, status, code, None)
            assert there.text.replace("shut", NOWHERE) == nowhere.text
            assert set(there.headers) == set(nowhere.headers)
        if not any(
            part in path for part in ("/incidents/", "/persons/", "/assessments/", "/subscriptions/", "{position}")
        ):
            assert hers.get(address(path, "open"), params=asked).status_code in (200, 404, 422), path


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.command)
def test_of_a_dossier_that_one_may_not_read_nothing_is_changed_or_told(closed: Running, route: Any) -> None:
    with somebody(closed, "admin", "editor", "auditor") as hers, closed.client(token="") as nobody:
        for client, status, code in ((hers, 404, "no_such_dossier"), (nobody, 401, "unauthorized")):
            if "{dossier}" not in route.path:
                continue
            there = client.post(address(route.path, "shut"), json={"reason": "x"}, headers={"If-Match": "*"})
            nowhere = client.post(address(route.path, NOWHERE), json={"reason": "x"}, headers={"If-Match": "*"})
            assert_problem(there, status, code, None)
            assert there.text.replace("shut", NOWHERE) == nowhere.text


def bodies(route: Any) -> dict[str, Any]:
    """One that the address reads as its command, whatever the rules say of it then."""
    model = route.models[0]
    given: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.is_required() and name not in ("id", "command"):
            given[name] = _WORDS.get(name, "x")
    return given


_WORDS: dict[str, Any] = {
    "set": {"name": "x"}, "claims": ["c1"], "details": {}, "measure": "killed", "qualifier": "unknown",
    "kind": "figure", "when": "2018", "published": "2018", "fate": "killed", "grade": "fair", "report": "oct",
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_each_command_takes_its_role_and_no_other_does(closed: Running, role: Role) -> None:
    before = None
    with somebody(closed, role) as hers, closed.client() as admin:
        before = done(admin.get("/dossiers/open"))["head"]
        for route in ROUTES:
            needed = NEEDED[route.models[0]]
            answer = hers.post(address(route.path, "open"), json=bodies(route), headers={"If-Match": '"9.00000000"'})
            told = answer.json()
            if route.command == "open_dossier" or needed not in acting_as([role]):
                if answer.status_code != 422:
                    where = None if route.command == "open_dossier" else "open"
                    refused = assert_problem(answer, 403, "not_allowed", None)
                    assert (refused["role"], refused.get("dossier")) == (needed, where), route.command
                assert answer.status_code in (403, 422), (route.command, told)
            else:
                assert answer.status_code != 403, (route.command, told)
        if not {"recorder", "editor", "admin"} & acting_as([role]):
            assert done(admin.get("/dossiers/open"))["head"] == before


def test_a_recorder_records_and_an_editor_judges(closed: Running) -> None:
    with somebody(closed, "recorder") as recorder, somebody(closed, "editor") as editor:
        done(recorder.post("/dossiers/open/claims", json=control(id="by-recorder")))
        grading = {"credibility": 2, "reason": "x"}
        there = "/dossiers/open/claims/by-recorder"
        refused = recorder.post(f"{there}/grades", json=grading, headers={"If-Match": "*"})
        assert "an editor in dossier 'open'" in assert_problem(refused, 403, "not_allowed", None)["detail"]
        done(editor.post(f"{there}/grades", json=grading, headers={"If-Match": "*"}))
        # In a batch the lines are named that take another role, and nothing is recorded.
        lines = (
            '{"command": "record_claim", "id": "in-batch", "kind": "control", "report": "oct", "status": "controls", '
            '"actor": "is", "place": "hajin"}\n{"command": "retract_claim", "id": "c1", "reason": "x"}'
        )
        headers = {"Content-Type": "application/x-ndjson"}
        answer = recorder.post("/dossiers/open/batches", content=lines, headers=headers)
        (error,) = assert_problem(answer, 403, "batch_refused", None)["errors"]
        assert (error["line"], error["code"], error["role"]) == (2, "not_allowed", "editor")
        assert_problem(editor.get("/dossiers/open/claims/in-batch"), 404, "no_such_item", None)


def test_what_is_granted_holds_at_once_and_what_is_taken_back_within_a_second(
    closed: Running, admin: httpx.Client
) -> None:
    with somebody(closed, dossier="open") as hers:
        me = done(hers.get("/me"))
        assert me["roles"] == [] and done(hers.get("/dossiers"))["items"] == []
        assert_problem(hers.get("/dossiers/open"), 404, "no_such_dossier", None)
        given = admin.post(
            "/dossiers/open/grants", json={"holder": me["principal"], "role": "reader", "reason": "visits"}
        )
        assert given.status_code == 201
        grant = given.json()
        assert (grant["holder_name"], grant["dossier"], grant["granted_by_name"]) == (me["name"], "open", "the desk")
        assert hers.get("/dossiers/open").status_code == 200
        assert [one["id"] for one in done(hers.get("/dossiers"))["items"]] == ["open"]
        assert done(hers.get("/me"))["roles"] == [{"role": "reader", "dossier": "open", "until": None}]
        with hers.stream("GET", "/dossiers/open/events", headers={"Accept": "text/event-stream"}) as stream:
            lines = stream.iter_lines()
            next(lines)
            done(admin.post(f"/dossiers/open/grants/{grant['id']}/revocations", json={"reason": "left"}))
            revoked_at = time.monotonic()
            for _ in lines:
                pass
            assert time.monotonic() - revoked_at < 5
        eventually(lambda: hers.get("/dossiers/open").status_code == 404, "it is taken back", within_s=5)
        told = done(admin.get("/dossiers/open/grants", params={"over": True, "holder": me["principal"]}))["items"]
        (gone,) = told
        assert (gone["revoked_because"], gone["revoked_by_name"]) == ("left", "the desk")
        assert done(admin.get("/dossiers/open/grants", params={"holder": me["principal"]}))["items"] == []
        then = {"as_of": str(gone["position"]), "holder": me["principal"]}
        assert [one["role"] for one in done(admin.get("/dossiers/open/grants", params=then))["items"]] == ["reader"]


def test_a_dossier_that_is_open_to_anyone_says_so_and_is_read_without_a_token(
    closed: Running, admin: httpx.Client
) -> None:
    with closed.client(token="") as nobody:
        assert_problem(nobody.get("/dossiers"), 401, "unauthorized", None)
        grant = admin.post("/dossiers/open/grants", json={"holder": ANYONE, "role": "reader"}).json()
        assert [(one["id"], one["open_to_anyone"]) for one in done(nobody.get("/dossiers"))["items"]] == [
            ("open", True)
        ]
        assert nobody.get("/dossiers/open/claims").status_code == 200
        assert_problem(nobody.get("/dossiers/shut/claims"), 401, "unauthorized", None)
        assert_problem(nobody.post("/dossiers/open/claims", json=control(id="no")), 401, "unauthorized", None)
        listed = {one["id"]: one["open_to_anyone"] for one in done(admin.get("/dossiers"))["items"]}
        assert listed == {"open": True, "shut": False}
        for role in set(ROLES) - {"reader"}:
            refused = admin.post("/dossiers/open/grants", json={"holder": ANYONE, "role": role})
            assert_problem(refused, 422, "anyone_only_reads", "/role")
        done(admin.post(f"/dossiers/open/grants/{grant['id']}/revocations"))
        eventually(lambda: nobody.get("/dossiers/open").status_code == 401, "it is shut", within_s=5)


def test_who_grants_is_an_admin_there(closed: Running, admin: httpx.Client) -> None:
    _, principal = closed.make_token("granted to", ())
    new = {"holder": principal, "role": "reader"}
    with ExitStack() as stack:
        people = {role: stack.enter_context(somebody(closed, role)) for role in ROLES}
        for role, client in people.items():
            answer = client.post("/dossiers/open/grants", json=new)
            seen = client.get("/dossiers/open/grants")
            if role == "admin":
                mine = done(answer)["id"]
            else:
                assert assert_problem(answer, 403, "not_allowed", None)["role"] == "admin"
            assert (seen.status_code == 200) == (role in ("admin", "auditor")), role
            assert_problem(client.post("/grants", json=new), 403, "not_allowed", None)
            assert_problem(client.get("/grants"), 403, "not_allowed", None)
            assert_problem(client.post("/dossiers", json={"id": "own", "title": "x"}), 403, "not_allowed", None)
            assert_problem(client.post("/principals", json={"kind": "user", "name": "x"}), 403, "not_allowed", None)
            for other in ("/tokens", f"/tokens?principal={principal}"):
                assert_problem(client.get(other), 403, "not_allowed", None)
            other = client.post("/tokens", json={"name": "x", "principal": principal})
            assert_problem(other, 403, "not_allowed", None)
            assert (client.get("/principals").status_code == 200) == (role == "admin")
            assert_problem(client.delete(f"/principals/{principal}"), 403, "not_allowed", None)
        # One of the installation is none of the dossier's, and the other way round.
        everywhere = admin.post("/grants", json={"holder": principal, "role": "auditor"}).json()["id"]
        for there in (f"/dossiers/open/grants/{everywhere}", f"/dossiers/shut/grants/{mine}", f"/grants/{mine}"):
            assert_problem(admin.post(f"{there}/revocations"), 404, "no_such_item", "/id")
        done(admin.post(f"/grants/{everywhere}/revocations"))
        hidden = people["admin"].get("/principals").json()["items"]
        assert {one["email"] for one in hidden} == {None}


def test_the_last_who_administers_can_neither_be_taken_back_nor_let_go(closed: Running, admin: httpx.Client) -> None:
    (own,) = done(admin.get("/grants", params={"role": "admin"}))["items"]
    assert_problem(admin.post(f"/grants/{own['id']}/revocations"), 409, "last_administrator", None)
    assert_problem(admin.delete(f"/principals/{own['holder']}"), 409, "last_administrator", None)


def test_a_token_carries_no_more_than_it_is_made_for(closed: Running, admin: httpx.Client) -> None:
    narrow = done(admin.post("/tokens", json={"name": "narrow", "roles": ["recorder"], "dossiers": ["open"]}))
    assert (narrow["roles"], narrow["dossiers"]) == (["recorder"], ["open"])
    with closed.client(token=narrow["token"]) as client:
        assert [one["id"] for one in done(client.get("/dossiers"))["items"]] == ["open"]
        assert_problem(client.get("/dossiers/shut"), 404, "no_such_dossier", None)
        done(client.post("/dossiers/open/claims", json=control(id="by-narrow")))
        retraction = client.post(
            "/dossiers/open/claims/c1/retractions", json={"reason": "x"}, headers={"If-Match": "*"}
        )
        assert_problem(retraction, 403, "not_allowed", None)
        assert_problem(client.get("/dossiers/open/grants"), 403, "not_allowed", None)
        for more in ({"roles": ["editor"]}, {"dossiers": ["open", "shut"]}, {"roles": ["recorder", "admin"]}):
            assert_problem(client.post("/tokens", json={"name": "more", **more}), 403, "more_than_itself", None)
        alike = done(client.post("/tokens", json={"name": "alike"}))
        assert (alike["roles"], alike["dossiers"]) == (["recorder"], ["open"])
        less = done(client.post("/tokens", json={"name": "less", "roles": "reader"}))
        assert (less["roles"], less["dossiers"]) == (["reader"], ["open"])
    # More than its holder has it never carries.
    with somebody(closed, "reader") as reader:
        wide = done(reader.post("/tokens", json={"name": "wide", "roles": ["editor", "reader"]}))
        with closed.client(token=wide["token"]) as client:
            refused = client.post("/dossiers/open/claims", json=control(id="no"))
            assert_problem(refused, 403, "not_allowed", None)


def test_a_subscription_is_looked_after_by_who_made_it_and_by_an_admin(closed: Running, admin: httpx.Client) -> None:
    with somebody(closed, "reader") as first, somebody(closed, "editor") as second:
        new = {"id": "hers", "url": "https://localhost:8443/", "watch": {}}
        done(first.post("/dossiers/open/subscriptions", json=new))
        there = "/dossiers/open/subscriptions/hers"
        assert [one["id"] for one in done(first.get("/dossiers/open/subscriptions"))["items"]] == ["hers"]
        assert done(second.get("/dossiers/open/subscriptions"))["items"] == []
        asked: list[tuple[str, str, Any]] = [
            ("GET", "", None), ("GET", "/deliveries", None), ("POST", "/pause", {}), ("POST", "/resume", None),
            ("POST", "/replay", {"from": 0}), ("POST", "/secret", {}), ("PATCH", "", {"name": "mine"}),
            ("DELETE", "", None),
        ]  # fmt: skip
        for method, below, body in asked:
            refused = second.request(method, there + below, json=body)
            nowhere = second.request(method, there.replace("hers", "none") + below, json=body)
            assert_problem(refused, 404, "no_such_item", None)
            assert refused.text.replace("hers", "none") == nowhere.text
        for client in (first, admin):
            assert client.get(there).status_code == 200
            assert done(client.post(f"{there}/pause", json={}))["status"] == "paused"
        assert admin.delete(there).status_code == 204


def test_a_webhook_pauses_when_who_vouches_for_it_may_read_no_more(closed: Running, admin: httpx.Client) -> None:
    token, principal = closed.make_token("receives", ())
    grant = done(admin.post("/dossiers/open/grants", json={"holder": principal, "role": "reader"}))
    with closed.client(token=token) as hers:
        new = {"id": "paused", "url": "https://localhost:8443/", "watch": {}}
        done(hers.post("/dossiers/open/subscriptions", json=new))
    done(admin.post(f"/dossiers/open/grants/{grant['id']}/revocations"))
    there = "/dossiers/open/subscriptions/paused"
    eventually(lambda: admin.get(there).json()["status"] == "paused", "it pauses", within_s=10)
    paused = done(admin.get(there))
    assert paused["paused_for"] == "revoked" and "may not read this dossier any more" in paused["because"]
    assert admin.delete(there).status_code == 204


def test_what_tells_of_all_dossiers_names_none_to_who_may_not_read_them(closed: Running) -> None:
    with somebody(closed, "reader", dossier="open") as hers, closed.client(token="") as nobody:
        for client in (hers, nobody):
            assert "dossier=" not in httpx.get(f"{closed.url}/metrics", headers=dict(client.headers)).text
            assert done(client.get("/readyz"))["behind"] == []


@pytest.mark.parametrize("dossier", ["@installation", "%40installation", "open%00", "OPEN"])
def test_the_log_of_what_is_granted_is_no_dossier(closed: Running, admin: httpx.Client, dossier: str) -> None:
    for below in ("", "/events", "/claims", "/grants", "/subscriptions"):
        answer = admin.get(f"/dossiers/{dossier}{below}")
        assert answer.status_code in (400, 404, 422), (below, answer.text)
        assert "access.granted" not in answer.text
    refused = admin.post(f"/dossiers/{dossier}/sources", json={"id": "x", "name": "x", "kind": "monitor"})
    assert refused.status_code in (400, 404, 422)


def test_on_ones_own_machine_all_is_read_without_a_token_and_from_nowhere_else(
    new_database: Callable[[], str], valkey_url: str, tmp_path: Path
) -> None:
    settings = {**SETTINGS, "KRONIEK_EMBEDDED": "true"}
    redis = valkey_url.replace("db=0", "db=12")
    with running(new_database(), redis, tmp_path, worker=False, settings=settings, open_to_anyone=False) as owned:

        def read(**headers: str) -> int:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return httpx.get(f"{owned.url}{API}/dossiers", headers=named).status_code

        assert read() == 200
        assert read(Host="record.example") == 401
        for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via"):
            assert read(**{name: "127.0.0.1"}) == 401, name
            assert read(**{name: "127.0.0.1", "Authorization": f"Bearer {owned.token}"}) == 200
        # A token says who asks: it is not passed over where asking without one would do.
        token, _ = owned.make_token("without", ())
        with owned.client(token=token) as without:
            assert_problem(without.get("/dossiers/open"), 404, "no_such_dossier", None)
