"""Users, programs and tokens over HTTP and on the command line."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from interfaces.api import attempts as attempts_module
from interfaces.api.attempts import FREE, HELD_UP_AT_ONCE, Attempts
from interfaces.api.errors import TooManyAttempts
from tests.interfaces.running import JSON, Dossier, Running, assert_problem, control, done, eventually


def test_who_asks_is_told_who_they_are(http: httpx.Client, installation: Running) -> None:
    me = done(http.get("/me"))
    assert (me["principal"], me["kind"], me["ended_at"]) == (installation.principal, "user", None)
    tokens = done(http.get("/tokens", params={"principal": me["principal"]}))["items"]
    assert me["token_id"] in [one["id"] for one in tokens]
    assert {(one["role"], one["dossier"]) for one in me["roles"]} == {("admin", None), ("editor", None)}
    with installation.client(token="") as nobody:
        for path in ("/me", "/tokens", "/principals", f"/principals/{me['principal']}"):
            assert_problem(nobody.get(path), 401, "unauthorized", None)


def test_a_user_is_made_writes_and_is_let_go(shared: Dossier, installation: Running) -> None:
    made = shared.http.post("/principals", json={"kind": "user", "name": "Bûke", "email": "buke@example.org"})
    assert made.status_code == 201
    buke = made.json()["principal"]
    assert made.headers["location"].endswith(f"/principals/{buke}")
    assert done(shared.http.get(f"/principals/{buke}"))["email"] == "buke@example.org"
    assert_problem(
        shared.http.post("/principals", json={"kind": "program", "name": "buke"}), 409, "name_taken", "/name"
    )
    token = shared.http.post("/tokens", json={"name": "laptop", "principal": buke})
    assert token.headers["cache-control"] == "no-store"
    with installation.client(token=token.json()["token"]) as hers:
        done(shared.http.post(f"{shared.path}/grants", json={"holder": buke, "role": "admin"}))
        assert_problem(hers.post(f"{shared.path}/claims", json=control(id="no")), 403, "not_allowed", None)
        done(shared.http.post(f"{shared.path}/grants", json={"holder": buke, "role": "recorder"}))
        claim = done(hers.post(f"{shared.path}/claims", json=control(id="by-buke")))
        shared.position = claim["position"]
        account = shared.read("claims/by-buke/history")["items"][0]
        assert (account["principal"], account["principal_name"]) == (buke, "Bûke")
        own = done(hers.post("/tokens", json={"name": "phone", "days": None}))
        assert (own["principal"], own["expires_at"]) == (buke, None)
        assert [one["principal"] for one in done(hers.get("/principals", params={"name": "BUKE"}))["items"]] == [buke]
        assert done(hers.get("/principals", params={"name": "Buk"}))["items"] == []
        assert shared.http.delete(f"/principals/{buke}").status_code == 204
        eventually(lambda: hers.get("/me").status_code == 401, "she is let go", within_s=5)
    with installation.client(token=own["token"]) as phone:
        assert_problem(phone.get("/me"), 401, "unauthorized", None)
    assert_problem(shared.http.delete(f"/principals/{buke}"), 404, "no_such_item", None)
    assert_problem(
        shared.http.post("/tokens", json={"name": "x", "principal": buke}), 404, "no_such_item", "/principal"
    )
    listed = {one["principal"]: one for one in done(shared.http.get("/principals", params={"limit": 1000}))["items"]}
    assert listed[buke]["ended_at"]
    # What she wrote stays, under her name.
    assert shared.read("claims/by-buke/history")["items"][0]["principal_name"] == "Bûke"


def test_a_token_ends_by_itself_and_with_the_one_it_was_made_with(http: httpx.Client, installation: Running) -> None:
    first = done(http.post("/tokens", json={"name": "ends"}))
    ends = datetime.fromisoformat(first["expires_at"])
    assert timedelta(days=89, hours=23) < ends - datetime.now(UTC) < timedelta(days=90, hours=1)
    with installation.client(token=first["token"]) as holder:
        second = done(holder.post("/tokens", json={"name": "of its own", "days": 3}))
        assert second["made_by"] == first["id"]
    with installation.client(token=second["token"]) as own:
        assert own.get("/me").status_code == 200
        assert done(http.delete(f"/tokens/{first['id']}")) == {"revoked": 2}
        eventually(lambda: own.get("/me").status_code == 401, "it goes with it", within_s=5)
    assert_problem(http.delete(f"/tokens/{first['id']}"), 404, "no_such_item", None)
    tokens = {one["id"]: one for one in done(http.get("/tokens"))["items"]}
    assert tokens[second["id"]]["revoked_at"] and "token" not in tokens[second["id"]]
    assert tokens[second["id"]]["used_from"] == "127.0.0.0/24"


def test_a_token_goes_alone_where_that_is_asked(http: httpx.Client, installation: Running) -> None:
    first = done(http.post("/tokens", json={"name": "alone"}))
    with installation.client(token=first["token"]) as holder:
        second = done(holder.post("/tokens", json={"name": "made with it"}))
    assert done(http.delete(f"/tokens/{first['id']}", params={"alone": True})) == {"revoked": 1}
    with installation.client(token=second["token"]) as goes_on:
        assert goes_on.get("/me").status_code == 200


def test_a_token_that_was_taken_back_elsewhere_stops_within_seconds(installation: Running) -> None:
    token, principal = installation.make_token("elsewhere")
    with installation.client(token=token) as holder:
        assert holder.get("/tokens").status_code == 200
        installation.revoke_token(principal)
        eventually(lambda: holder.get("/tokens").status_code == 401, "the token stops", within_s=15)


@pytest.mark.parametrize("path", ["/tokens", "/principals"])
def test_what_is_made_has_a_name(http: httpx.Client, path: str) -> None:
    kind = {"kind": "user"} if path == "/principals" else {}
    assert_problem(http.post(path, json={**kind, "name": ""}), 422, "empty_text", "/name")
    assert_problem(http.post(path, json={**kind, "name": "\0"}), 422, "text_unreadable", "/name")
    assert_problem(http.post(path, json={**kind, "name": "x" * 201}), 422, "text_too_long", "/name")
    assert_problem(http.post(path, json={**kind, "nam": "x"}), 422, "missing_field", "/name")
    assert_problem(http.post(path, content=b"name", headers=JSON), 422, "malformed", None)


def test_a_token_that_was_not_copied_whole_is_told_so(installation: Running) -> None:
    with installation.client(token=installation.token[:-1]) as cut:
        assert "not copied whole" in cut.get("/me").json()["detail"]
    other = installation.token[:-7] + ("1" if installation.token[-7] != "1" else "2") + installation.token[-6:]
    with installation.client(token=other) as mistyped:
        assert "not copied whole" in mistyped.get("/me").json()["detail"]
    with installation.client(token="something") as foreign:
        assert "stands for nobody" in foreign.get("/me").json()["detail"]


def test_who_tries_many_tokens_is_held_up_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts_module, "LONGEST_S", 0.3)

    async def tried() -> None:
        attempts = Attempts()
        begun = time.monotonic()
        for _ in range(FREE):
            await attempts.failed("192.0.2.1")
        assert time.monotonic() - begun < 0.1
        begun = time.monotonic()
        waiting = [asyncio.create_task(attempts.failed("192.0.2.200")) for _ in range(HELD_UP_AT_ONCE)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyAttempts):
            await attempts.failed("192.0.2.3")
        # Of another network.
        await attempts.failed("198.51.100.7")
        assert time.monotonic() - begun < 0.1
        await asyncio.gather(*waiting)
        assert time.monotonic() - begun >= 0.3

    asyncio.run(tried())


def test_those_that_failed_are_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    async def tried() -> None:
        attempts, now = Attempts(), time.monotonic()
        for _ in range(FREE):
            await attempts.failed("192.0.2.1")
        monkeypatch.setattr(time, "monotonic", lambda: now + attempts_module.FORGOTTEN_AFTER_S + 1)
        await asyncio.wait_for(attempts.failed("192.0.2.1"), 0.05)

    asyncio.run(tried())
