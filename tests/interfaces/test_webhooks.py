"""Webhooks as their receivers see them: real workers, real receivers, everything in order and nothing missed."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url

from application.projection import rebuild
from interfaces.bootstrap import READ_MODELS, Settings, records
from tests.interfaces.receiving import Receiver, Reply, receiver
from tests.interfaces.running import (
    PATIENCE_S,
    WHY,
    Dossier,
    Running,
    assert_problem,
    done,
    eventually,
    figure,
    free_port,
    furnish,
    running,
)
from tests.interfaces.running_kroniek import Kroniek
from tests.interfaces.test_metrics import OPENMETRICS, values

EMBEDDED = {"KRONIEK_EMBEDDED": "true"}
# As many as a worker may have delivered without having written it down, and the one under way.
BUNCH = 51


@pytest.fixture(scope="module")
def embedded(
    new_database: Callable[[], str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """An installation as `kroniek up` starts it: receivers on this machine will do."""
    folder = tmp_path_factory.mktemp("embedded")
    with running(new_database(), valkey_url.replace("db=0", "db=10"), folder, settings=EMBEDDED) as there:
        yield there
        for name in ("api", "worker"):
            assert "Traceback" not in there.said(name), there.said(name)[-5000:]


@pytest.fixture(scope="module")
def without_worker(
    new_database: Callable[[], str], valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder, redis_url = tmp_path_factory.mktemp("own"), valkey_url.replace("db=0", "db=11")
    with running(new_database(), redis_url, folder, worker=False, settings=EMBEDDED) as there:
        yield there


@pytest.fixture
def own(without_worker: Running, tmp_path: Path) -> Iterator[Running]:
    """An installation for tests that start and end workers: it has none yet."""
    own = replace(without_worker, log_dir=tmp_path, processes={})
    yield own
    own.kill_all()


@pytest.fixture(scope="module")
def http(embedded: Running) -> Iterator[httpx.Client]:
    with embedded.client() as client:
        yield client


@pytest.fixture
def dossier(http: httpx.Client, request: pytest.FixtureRequest) -> Dossier:
    """A furnished dossier of the test's own."""
    return furnished(http, f"d-{abs(hash(request.node.name))}")


def furnished(http: httpx.Client, id: str) -> Dossier:
    """What is appended to it from here on, `position` says."""
    done(http.post("/dossiers", json={"id": id, "title": id}))
    return furnish(Dossier(http, id))


def ready(installation: Running, *names: str) -> None:
    for name in names:
        eventually(lambda name=name: "worker_ready" in installation.said(name), f"{name} works")  # type: ignore[misc]


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as there:
        yield there


def subscribe(
    dossier: Dossier, url: str, watch: dict[str, Any] | None = None, *, start: int | str = "now"
) -> dict[str, Any]:
    body = {"url": url, "watch": watch or {}, "from": start}
    return done(dossier.http.post(f"{dossier.path}/subscriptions", json=body))


def stands(dossier: Dossier, subscription: dict[str, Any]) -> dict[str, Any]:
    return done(dossier.http.get(f"{dossier.path}/subscriptions/{subscription['id']}"))


def act(dossier: Dossier, subscription: dict[str, Any], action: str, **body: Any) -> dict[str, Any]:
    return done(dossier.http.post(f"{dossier.path}/subscriptions/{subscription['id']}/{action}", json=body))


def attempts(dossier: Dossier, subscription: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """Newest first."""
    address = f"{dossier.path}/subscriptions/{subscription['id']}/deliveries"
    items: list[dict[str, Any]] = done(dossier.http.get(address, params=query))["items"]
    return items


def claims(dossier: Dossier, *numbers: int) -> None:
    lines = [{"command": "record_claim", "id": f"n{number}", **figure(best=number)} for number in numbers]
    assert dossier.batch(lines).is_success


def caught_up(dossier: Dossier, subscription: dict[str, Any]) -> dict[str, Any]:
    """Where it stands once everything is delivered."""

    def all_delivered() -> dict[str, Any] | None:
        now = stands(dossier, subscription)
        return now if now["behind"] == 0 else None

    found: dict[str, Any] = eventually(all_delivered, f"{subscription['id']} is delivered whole")
    return found


def database_of(installation: Running) -> psycopg.Connection:
    plain = make_url(installation.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def test_every_event_arrives_once_in_order_and_signed(dossier: Dossier, hook: Receiver) -> None:
    made = subscribe(dossier, hook.url)
    before = dossier.position
    for number in range(20):
        claims(dossier, number)
    now = caught_up(dossier, made)
    assert hook.positions == list(range(before + 1, before + 21))
    assert hook.most_under_way == 1
    assert (now["status"], now["position"], now["tries"]) == ("active", before + 20, 0)
    assert len(set(hook.ids)) == 20
    events = done(dossier.http.get(f"{dossier.path}/events", params={"after": before}))["items"]
    for received, event in zip(hook.received, events, strict=True):
        assert received.verified(made["secret"])
        assert {**event, "epoch": received.message["epoch"]} == received.message
        assert received.id == f"{made['id']}_{event['cursor'].replace('.', '_')}"
        assert received.headers["content-type"].startswith("application/cloudevents+json")


def test_it_catches_up_from_a_past_position(dossier: Dossier, hook: Receiver) -> None:
    made = subscribe(dossier, hook.url, start=3)
    caught_up(dossier, made)
    assert hook.positions == list(range(4, dossier.position + 1))


def test_what_is_watched_by_its_name_is_kept_by_its_id(dossier: Dossier, hook: Receiver) -> None:
    dossier.read("places", min_position=dossier.head())
    for watch, kept in (
        ({"question": "record", "source": "Sohr!"}, {"question": "record", "source": "sohr"}),
        ({"place": ["HAJÍN", "syria"], "report": "october"}, {"place": ["hajin", "syria"], "report": ["oct"]}),
    ):
        assert subscribe(dossier, hook.url, watch)["watch"] == kept


def test_only_what_is_asked_for_arrives_and_the_rest_is_passed_over(dossier: Dossier, hook: Receiver) -> None:
    made = subscribe(dossier, hook.url, {"kind": "control", "place": "deir-ez-zor"}, start=0)
    caught_up(dossier, made)
    claims(dossier, 1, 2)
    caught_up(dossier, made)
    assert [received.message["subject"] for received in hook.received] == ["claim/c2"]


def test_a_question_tells_when_its_answer_changes_and_why(dossier: Dossier, hook: Receiver) -> None:
    watch = {"question": "figures", "topic": "fighters,people,subject:is,place:hajin"}
    made = subscribe(dossier, hook.url, watch)
    dossier.change("claims/c1/grades", credibility=3, **WHY)
    dossier.change("claims/c1/corrections", set={"best": 5000}, **WHY)
    caught_up(dossier, made)
    (received,) = hook.received
    assert received.verified(made["secret"])
    assert received.message["type"] == "answer.changed"
    assert received.message["data"]["families"] == ["record"]
    assert received.position == dossier.position


def test_a_rebuild_of_read_models_sends_nothing(embedded: Running, dossier: Dossier, hook: Receiver) -> None:
    topic = {"question": "figures", "topic": "fighters,people,subject:is,place:hajin"}
    made = [subscribe(dossier, hook.url, watch, start=0) for watch in ({}, {"place": "hajin"}, topic)]
    for each in made:
        caught_up(dossier, each)
    told = sorted(hook.ids)

    async def rebuilt() -> None:
        async with records(Settings(database_url=embedded.database_url)) as held:
            for model in READ_MODELS:
                await rebuild(held.log, held.pictures, model, dossier.id)

    asyncio.run(rebuilt())
    assert [stands(dossier, each)["behind"] for each in made] == [0, 0, 0]
    claims(dossier, 1)
    for each in made:
        caught_up(dossier, each)
    new = sorted(set(hook.ids) - set(told))
    assert {id.split("_")[1] for id in new} == {str(dossier.position)}
    assert sorted(hook.ids) == sorted(told + new)


def test_a_receiver_that_was_down_has_everything_once_it_is_up(dossier: Dossier) -> None:
    port = free_port()
    made = subscribe(dossier, f"http://127.0.0.1:{port}/hook")
    claims(dossier, 1, 2, 3)
    eventually(lambda: stands(dossier, made)["tries"] == 1, "the first attempt failed")
    now = stands(dossier, made)
    assert (now["status"], now["behind"]) == ("active", 3)
    assert now["failing_since"] and now["because"]
    wait = datetime.fromisoformat(now["next_attempt_at"]) - datetime.fromisoformat(now["failing_since"])
    assert timedelta(seconds=4) <= wait <= timedelta(seconds=7)
    with receiver(port) as hook:
        now = caught_up(dossier, made)
        assert hook.positions == [dossier.position - 2, dossier.position - 1, dossier.position]
    assert (now["tries"], now["failing_since"], now["next_attempt_at"], now["because"]) == (0, None, None, None)
    numbers = [attempt["attempt"] for attempt in attempts(dossier, made)]
    assert numbers == [1, 1, 2, 1]


def test_every_attempt_can_be_read(dossier: Dossier, hook: Receiver) -> None:
    hook.reply = lambda received: Reply(418, body="ينتهي الخط " + "x" * 2000) if len(hook.received) > 2 else Reply()
    made = subscribe(dossier, hook.url)
    claims(dossier, 1, 2, 3)
    eventually(lambda: stands(dossier, made)["tries"] == 1, "the third message fails")
    third, second, first = attempts(dossier, made)
    assert (first["status"], first["error"], first["response"], first["next_attempt_at"]) == (204, None, "", None)
    assert (second["position"], second["type"], second["attempt"]) == (first["position"] + 1, "claim.recorded", 1)
    assert (third["status"], third["id"]) == (418, hook.received[2].id)
    assert third["response"].startswith("ينتهي الخط xxx") and len(third["response"]) == 1000
    assert third["next_attempt_at"] and third["duration_ms"] >= 0
    address = f"{dossier.path}/subscriptions/{made['id']}/deliveries"
    page = done(dossier.http.get(address, params={"limit": 2}))
    rest = done(dossier.http.get(address, params={"limit": 2, "cursor": page["next"]}))
    assert ([*page["items"], *rest["items"]], rest["next"]) == ([third, second, first], None)


def test_410_ends_it_and_a_replay_revives_it(dossier: Dossier, hook: Receiver) -> None:
    hook.reply = lambda _: Reply(410)
    made = subscribe(dossier, hook.url)
    claims(dossier, 1, 2)
    eventually(lambda: stands(dossier, made)["status"] == "ended", "it has ended")
    assert "410" in stands(dossier, made)["because"]
    refused = dossier.http.post(f"{dossier.path}/subscriptions/{made['id']}/resume")
    assert_problem(refused, 409, "subscription_ended", None)
    hook.reply = lambda _: Reply()
    act(dossier, made, "replay", **{"from": stands(dossier, made)["position"]})
    caught_up(dossier, made)
    assert hook.positions == [dossier.position - 1, dossier.position - 1, dossier.position]


def test_who_asks_to_wait_is_left_alone_so_long(dossier: Dossier, hook: Receiver) -> None:
    hook.reply = lambda _: Reply(429, {"retry-after": "90"})
    made = subscribe(dossier, hook.url)
    claims(dossier, 1)
    eventually(lambda: stands(dossier, made)["tries"] == 1, "the first attempt failed")
    (attempt,) = attempts(dossier, made)
    wait = datetime.fromisoformat(attempt["next_attempt_at"]) - datetime.fromisoformat(attempt["time"])
    assert timedelta(seconds=89) <= wait <= timedelta(seconds=110)


def test_a_redirect_is_not_followed(dossier: Dossier, hook: Receiver) -> None:
    with receiver() as elsewhere:
        hook.reply = lambda _: Reply(307, {"location": elsewhere.url})
        made = subscribe(dossier, hook.url)
        claims(dossier, 1)
        eventually(lambda: stands(dossier, made)["tries"] == 1, "the redirect is a failure")
        assert elsewhere.url in attempts(dossier, made)[0]["error"]
        assert not elsewhere.received


def test_a_target_is_checked_at_each_delivery_too(own: Running, hook: Receiver) -> None:
    with own.client() as http:
        dossier = furnished(http, own.log_dir.name.strip("_").replace("_", "-").lower())
        made = subscribe(dossier, hook.url)
        own.settings = {}
        own.start_worker()
        claims(dossier, 1)
        eventually(lambda: stands(dossier, made)["tries"] == 1, "this worker may not send there")
        (attempt,) = attempts(dossier, made)
        assert attempt["status"] is None and "https" in attempt["error"]
        assert not hook.received


def test_paused_it_waits_and_resumed_it_misses_nothing(dossier: Dossier, hook: Receiver) -> None:
    made = subscribe(dossier, hook.url)
    act(dossier, made, "pause", because="the desk's receiver moves")
    claims(dossier, 1)
    still = subscribe(dossier, hook.url)
    claims(dossier, 2)
    caught_up(dossier, still)
    now = stands(dossier, made)
    assert (now["status"], now["because"], now["behind"]) == ("paused", "the desk's receiver moves", 2)
    assert hook.positions == [dossier.position]
    act(dossier, made, "resume")
    caught_up(dossier, made)
    assert [received.position for received in hook.received if received.id.startswith(made["id"])] == [
        dossier.position - 1,
        dossier.position,
    ]


def test_a_replay_sends_again_with_the_same_ids(dossier: Dossier, hook: Receiver) -> None:
    made = subscribe(dossier, hook.url, start=0)
    caught_up(dossier, made)
    first = hook.ids
    act(dossier, made, "replay", **{"from": 5})
    eventually(lambda: len(hook.ids) >= 2 * len(first) - 5, "it is sent again")
    caught_up(dossier, made)
    assert hook.ids == [*first, *first[5:]]


@pytest.mark.parametrize("action", ["pause", "delete", "replay", "url"])
def test_it_takes_effect_while_messages_are_under_way(dossier: Dossier, hook: Receiver, action: str) -> None:
    hook.reply = lambda _: Reply(after_s=0.3)
    made = subscribe(dossier, hook.url, start=0)
    eventually(lambda: len(hook.received) >= 2, "it is under way")
    address = f"{dossier.path}/subscriptions/{made['id']}"
    with receiver() as other:
        if action == "delete":
            assert dossier.http.delete(address).status_code == 204
        elif action == "url":
            done(dossier.http.patch(address, json={"url": other.url}))
        else:
            act(dossier, made, action, **({"from": dossier.position - 1} if action == "replay" else {}))
        so_far = len(hook.received)
        if action == "replay":
            caught_up(dossier, made)
            assert hook.positions[-1] == dossier.position
        elif action == "url":
            caught_up(dossier, made)
            assert other.positions[-1] == dossier.position
            # The one that was under way may have come to both.
            assert 1 <= other.positions[0] <= hook.positions[-1] + 1
        else:
            later = subscribe(dossier, other.url, start=0)
            caught_up(dossier, later)
        # The one under way, and one that began while the change was on its way to the database.
        assert len(hook.received) <= so_far + (3 if action == "replay" else 1)
        assert hook.most_under_way == 1


def test_whose_token_is_revoked_is_told_nothing_more_until_somebody_else_vouches(
    embedded: Running, dossier: Dossier, hook: Receiver
) -> None:
    token, principal = embedded.make_token("somebody who leaves")
    with embedded.client(token=token) as theirs:
        made = subscribe(Dossier(theirs, dossier.id), hook.url)
        ours = subscribe(dossier, hook.url)
        claims(dossier, 1)
        caught_up(dossier, made)
        embedded.revoke_token(principal)
        revoked = time.monotonic()
        eventually(lambda: stands(dossier, made)["status"] == "paused", "it pauses")
        assert time.monotonic() - revoked < 5
        now = stands(dossier, made)
        assert (now["paused_for"], now["vouched_by"]) == ("revoked", principal)
        assert principal in now["because"]
        so_far = len(hook.received)
        claims(dossier, 2, 3)
        caught_up(dossier, ours)
        assert {received.id.split("_")[0] for received in hook.received[so_far:]} == {ours["id"]}
        # Another process may take a token for a second more, and what is resumed with it pauses again.
        resume = f"{dossier.path}/subscriptions/{made['id']}/resume"
        eventually(lambda: theirs.post(resume).status_code == 401, "it resumes nothing")
        eventually(lambda: stands(dossier, made)["status"] == "paused", "it stays paused")
    resumed = act(dossier, made, "resume")
    assert resumed["paused_for"] is None and resumed["vouched_by"] != principal == resumed["created_by"]
    caught_up(dossier, made)
    mine = [received.position for received in hook.received if received.id.startswith(made["id"])]
    assert mine == [dossier.position - 2, dossier.position - 1, dossier.position]


def test_a_revoked_tokens_backlog_is_broken_off(embedded: Running, dossier: Dossier, hook: Receiver) -> None:
    claims(dossier, *range(1000))
    hook.reply = lambda _: Reply(after_s=0.02)
    token, principal = embedded.make_token("somebody who leaves")
    with embedded.client(token=token) as theirs:
        made = subscribe(Dossier(theirs, dossier.id), hook.url, start=0)
    eventually(lambda: len(hook.received) >= 10, "it is under way")
    embedded.revoke_token(principal)
    eventually(lambda: stands(dossier, made)["status"] == "paused", "it pauses")
    eventually(lambda: hook.under_way == 0, "the message under way is through")
    so_far = len(hook.received)
    assert so_far < 1000
    still = subscribe(dossier, hook.url, {"type": "claim.recorded"}, start=dossier.position - 1)
    caught_up(dossier, still)
    assert len(hook.received) <= so_far + 2


def test_a_rotated_secret_signs_beside_the_old_one(dossier: Dossier, hook: Receiver) -> None:
    made = subscribe(dossier, hook.url)
    second = act(dossier, made, "secret")["secret"]
    claims(dossier, 1)
    caught_up(dossier, made)
    assert [hook.received[0].verified(secret) for secret in (made["secret"], second)] == [True, True]
    third = act(dossier, made, "secret", overlap_s=0)["secret"]
    claims(dossier, 2)
    caught_up(dossier, made)
    assert [hook.received[1].verified(secret) for secret in (made["secret"], second, third)] == [False, False, True]


def test_of_a_log_that_was_restored_nothing_is_sent_until_somebody_says_from_where(
    own: Running, hook: Receiver
) -> None:
    own.start_worker()
    with own.client() as http, database_of(own) as database:
        dossier = furnished(http, own.log_dir.name.strip("_").replace("_", "-").lower())
        shorter, longer = (subscribe(dossier, hook.url, start=0) for _ in range(2))
        caught_up(dossier, shorter)
        caught_up(dossier, longer)
        so_far, head = len(hook.received), dossier.position
        restore(database, dossier.id, position=head - 2)
        for each in (shorter, longer):
            becomes_paused(dossier, each)
            assert "restored" in stands(dossier, each)["because"]
        # As a restore that nobody noticed before others took its positions.
        act(dossier, longer, "replay", **{"from": head - 2})
        database.execute("update subscriptions set cursor = position || '.00000000' where id = %s", [longer["id"]])
        claims(dossier, 1, 2, 3)
        becomes_paused(dossier, longer)
        assert "the log is not the one" in stands(dossier, longer)["because"]
        assert len(hook.received) == so_far
        act(dossier, longer, "replay", **{"from": head - 2})
        caught_up(dossier, longer)
        assert [received.message["subject"] for received in hook.received[so_far:]] == [
            "claim/n1",
            "claim/n2",
            "claim/n3",
        ]
        assert hook.received[0].message["epoch"] != hook.received[-1].message["epoch"]


def becomes_paused(dossier: Dossier, made: dict[str, Any]) -> None:
    eventually(lambda: stands(dossier, made)["status"] == "paused", "it is not the log that was told of")


def restore(database: psycopg.Connection, dossier_id: str, position: int) -> None:
    """What a restore from an older backup leaves of a dossier's log."""
    with database.transaction():
        for table in ("commands", "events"):
            database.execute(f"alter table {table} disable trigger all")
            database.execute(f"delete from {table} where dossier_id = %s and position > %s", [dossier_id, position])
            database.execute(f"alter table {table} enable always trigger never_changed")
        database.execute("update heads set position = %s where dossier_id = %s", [position, dossier_id])
        database.execute("update checkpoints set position = %s where dossier_id = %s", [position, dossier_id])


def test_workers_share_and_each_message_comes_once(own: Running) -> None:
    for name in ("first", "second"):
        own.start_worker(name)
    ready(own, "first", "second")
    with own.client() as http, receiver() as hook:
        dossiers = [furnished(http, f"d{number}") for number in range(6)]
        made = [(dossier, subscribe(dossier, hook.url)) for dossier in dossiers for _ in range(3)]
        rounds = 0

        def both_deliver() -> bool:
            nonlocal rounds
            rounds += 1
            for dossier in dossiers:
                claims(dossier, *range(10 * rounds, 10 * rounds + 5))
            return all(any(line.get("event") == "delivered" for line in own.log_lines(n)) for n in ("first", "second"))

        eventually(both_deliver, "both workers have delivered something")
        for dossier, each in made:
            caught_up(dossier, each)
            mine = [received.position for received in hook.received if received.id.startswith(each["id"])]
            assert mine == list(range(dossier.position - 5 * rounds + 1, dossier.position + 1))
        assert "Traceback" not in own.said("first") + own.said("second")


def test_killed_in_the_middle_it_goes_on_with_repeats_of_the_last_bunch_only(own: Running, hook: Receiver) -> None:
    own.start_worker()
    with own.client() as http:
        dossier = furnished(http, own.log_dir.name.strip("_").replace("_", "-").lower())
        claims(dossier, *range(600))
        hook.reply = lambda _: Reply(after_s=0.002)
        made = subscribe(dossier, hook.url, start=0)
        for least in (100, 300):
            eventually(lambda least=least: len(hook.received) >= least, "it is in the middle")  # type: ignore[misc]
            own.kill("worker")
            own.start_worker()
        caught_up(dossier, made)
        came = hook.positions
        assert list(dict.fromkeys(came)) == list(range(1, dossier.position + 1))
        assert len(came) - len(set(came)) <= 2 * BUNCH
        reached = 0
        for position in came:
            assert reached - BUNCH <= position <= reached + 1
            reached = max(reached, position)
        ids = {(received.position, received.id) for received in hook.received}
        assert len(ids) == dossier.position


def test_a_worker_that_is_stopped_ends_its_message_and_lets_go(own: Running, hook: Receiver) -> None:
    own.start_worker()
    with own.client() as http, database_of(own) as database:
        dossier = furnished(http, own.log_dir.name.strip("_").replace("_", "-").lower())
        hook.reply = lambda _: Reply(after_s=1.0)
        made = subscribe(dossier, hook.url, start=0)
        eventually(lambda: len(hook.received) == 2, "the second message is under way")
        took_s = own.stop("worker")
        assert took_s < 10
        hook.reply = lambda _: Reply()
        held = database.execute("select count(*) from subscriptions where leased_until > now()").fetchone()
        assert held == (0,)
        assert stands(dossier, made)["position"] == len(hook.received)
        own.start_worker()
        caught_up(dossier, made)
        assert hook.positions == list(range(1, dossier.position + 1))


def test_subscriptions_are_counted_by_state_and_reason_and_deliveries_by_what_came_of_them(
    own: Running, hook: Receiver
) -> None:
    port = free_port()
    own.settings = {**own.settings, "KRONIEK_METRICS_PORT": str(port)}
    own.start_worker()
    token, principal = own.make_token("somebody who leaves")
    with own.client() as http, own.client(token=token) as theirs:
        dossier = furnished(http, own.log_dir.name.strip("_").replace("_", "-").lower()[:60])

        def counted(url: str) -> dict[str, dict[tuple[str, ...], float]]:
            return values(httpx.get(f"{url}/metrics", headers={"Accept": f"{OPENMETRICS}, */*;q=0.1"}).text)

        def states() -> dict[tuple[str, ...], float]:
            """By (reason, state)."""
            return counted(own.url).get("kroniek_subscriptions", {})

        before = states()
        delivered = subscribe(dossier, hook.url)
        act(dossier, subscribe(dossier, hook.url), "pause")
        failing = subscribe(dossier, f"http://127.0.0.1:{free_port()}/")
        revoked = subscribe(Dossier(theirs, dossier.id), hook.url)
        own.revoke_token(principal)
        becomes_paused(dossier, revoked)
        claims(dossier, 1, 2)
        caught_up(dossier, delivered)
        eventually(lambda: stands(dossier, failing)["tries"], "it fails")
        expected = {("", "active"): 1.0, ("", "failing"): 1.0, ("asked", "paused"): 1.0, ("revoked", "paused"): 1.0}

        def more() -> dict[tuple[str, ...], float]:
            now = states()
            return {key: now.get(key, 0) - before.get(key, 0) for key in expected}

        eventually(lambda: more() == expected, "they are counted by state")
        attempts_ = counted(f"http://127.0.0.1:{port}")["kroniek_delivery_seconds_count"]
        assert attempts_["delivered",] >= 2 and attempts_["failed",] >= 1


def test_deliveries_and_read_models_may_have_workers_of_their_own(own: Running, hook: Receiver) -> None:
    own.start_worker("sends", "webhooks")
    with own.client() as http:
        dossier = furnished(http, own.log_dir.name.strip("_").replace("_", "-").lower())
        made = subscribe(dossier, hook.url, start=0)
        filtered = subscribe(dossier, hook.url, {"place": "hajin"}, start=0)
        caught_up(dossier, made)
        # What a place is needs the read models, which nobody has made yet.
        assert stands(dossier, filtered)["behind"] == dossier.position
        own.start_worker("folds", "read-models")
        caught_up(dossier, filtered)
        assert dossier.ids("claims") == ["c1", "c2"]
        # Whoever would tell of it is gone: it is looked for.
        own.kill("folds")
        claims(dossier, 1)
        caught_up(dossier, made)
    told = {name: {line.get("event") for line in own.log_lines(name)} for name in ("sends", "folds")}
    assert (told["sends"] & {"delivered", "batch"}, told["folds"] & {"delivered", "batch"}) == (
        {"delivered"},
        {"batch"},
    )


def test_kroniek_up_delivers_to_this_machine(tmp_path: Path, hook: Receiver) -> None:
    kroniek = Kroniek.start(tmp_path, "up")
    try:
        token = (tmp_path / ".kroniek" / "token").read_text().strip()
        base, headers = f"http://127.0.0.1:{kroniek.port}/api/v1", {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=PATIENCE_S) as http:
            dossier = furnished(http, "d")
            made = subscribe(dossier, hook.url, start=0)
            caught_up(dossier, made)
            assert hook.positions == list(range(1, dossier.position + 1))
    finally:
        kroniek.stop()


def test_dead_and_slow_receivers_hold_up_nobody(dossier: Dossier, hook: Receiver) -> None:
    with receiver() as slow:
        slow.reply = lambda _: Reply(after_s=30)
        for url in (slow.url, f"http://127.0.0.1:{free_port()}/"):
            subscribe(dossier, url)
        subscribe(dossier, hook.url)
        acknowledged = {}
        for number in range(60):
            claims(dossier, number)
            acknowledged[dossier.position] = time.monotonic()
            # A gentle pace, and no wait for anything.
            time.sleep(0.05)
        eventually(lambda: len(hook.received) >= 60, "the third has everything")
        assert hook.positions == sorted(acknowledged)
        took = sorted(received.at - acknowledged[received.position] for received in hook.received)
        # What is promised is a second; how far below, the benchmark tells.
        assert took[57] < 2.0
        assert slow.received
