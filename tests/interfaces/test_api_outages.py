"""What happens when a part dies: the worker, the queue, the database. Nothing is lost, and it heals by itself."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from application.projection import RowDifference, rebuild
from infrastructure.database import migrate
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.valkey import EmbeddedValkey
from interfaces.bootstrap import READ_MODELS, Settings, records
from tests.interfaces.running import (
    PATIENCE_S,
    WHY,
    Dossier,
    Running,
    assert_problem,
    done,
    eventually,
    figure,
    furnish,
    running,
)

# A part that is away is told, or answered for, well before a client gives up.
ANSWERED_WITHIN_S = 10


@dataclass
class Mortal:
    """An installation on servers of its own."""

    installation: Running
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    dossier: Dossier


def kill(server: EmbeddedPostgres | EmbeddedValkey) -> None:
    assert server.process
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    folder: Path = tmp_path_factory.mktemp("mortal")
    postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
    try:
        url, redis_url = postgres.start(), valkey.start()
        migrate(url)
        with running(url, redis_url, folder) as installation, installation.client() as http:
            done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
            yield Mortal(installation, postgres, valkey, furnish(Dossier(http, "d")))
    finally:
        valkey.stop()
        postgres.stop()


@pytest.fixture
def dossier(mortal: Mortal) -> Dossier:
    return mortal.dossier


def differences(installation: Running, dossier_id: str) -> Sequence[RowDifference]:
    """Where the live rows differ from rows that are made anew."""

    async def compare() -> list[RowDifference]:
        async with records(Settings(database_url=installation.database_url)) as held:
            return [
                difference
                for model in READ_MODELS
                for difference in await rebuild(held.log, held.pictures, model, dossier_id, switch=False)
            ]

    return asyncio.run(compare())


def test_a_worker_killed_at_its_work_loses_and_doubles_nothing(mortal: Mortal, dossier: Dossier) -> None:
    caught_up(dossier)
    recorded, at_its_work = [], 0
    for round in range(3):
        lines = [{"command": "record_claim", "id": f"r{round}-{n}", **figure(best=n)} for n in range(2000)]
        done(dossier.batch(lines))
        recorded += [line["id"] for line in lines]
        time.sleep(0.02 + 0.1 * round)
        mortal.installation.kill("worker")
        at_its_work += dossier.read(min_position=0)["position"] < dossier.position
        dossier.change(f"claims/r{round}-7/corrections", set={"best": 99}, **WHY)
        mortal.installation.start_worker()
    assert at_its_work
    caught_up(dossier)
    assert differences(mortal.installation, dossier.id) == []
    shown = dossier.read("claims", limit=1000)
    ids = [item["id"] for item in shown["items"]]
    while shown["next"]:
        shown = dossier.read("claims", limit=1000, cursor=shown["next"])
        ids += [item["id"] for item in shown["items"]]
    assert ids == ["c1", "c2", *recorded]
    assert dossier.read("claims/r1-7")["content"]["best"] == 99


def test_without_the_queue_writes_go_on_and_reads_follow(mortal: Mortal, dossier: Dossier) -> None:
    kill(mortal.valkey)
    slowest = 0.0
    for number in range(5):
        begun = time.monotonic()
        dossier.change("claims/c1/corrections", set={"best": 4000 + number}, **WHY)
        assert time.monotonic() - begun < 2
        acknowledged = time.monotonic()
        assert dossier.read("claims/c1")["content"]["best"] == 4000 + number
        slowest = max(slowest, time.monotonic() - acknowledged)
    assert slowest < 2.5
    ready = httpx.get(f"{mortal.installation.url}/readyz", timeout=ANSWERED_WITHIN_S)
    assert (ready.status_code, ready.json()["queue"]) == (200, "unreachable")
    mortal.valkey.start()
    numbers = iter(range(10_000))

    def woken() -> bool:
        dossier.change("claims/c1/corrections", set={"best": 5000 + next(numbers)}, **WHY)
        dossier.read("claims/c1")
        *_, last = (line for line in mortal.installation.log_lines("worker") if line.get("event") == "batch")
        return bool(last["woken_by"] == "message")

    eventually(woken, "the worker hears of wake-ups again", within_s=60)
    assert httpx.get(f"{mortal.installation.url}/readyz").json()["queue"] == "reachable"


def test_without_the_database_problems_are_told_and_it_heals_by_itself(mortal: Mortal, dossier: Dossier) -> None:
    client = dossier.http
    stream = client.stream("GET", f"{dossier.path}/events", headers={"Accept": "text/event-stream"})
    with stream as following:
        lines = following.iter_lines()
        next(lines)
        kill(mortal.postgres)
        for _ in range(2):
            for method, address, body in (
                ("GET", f"{dossier.path}/claims", None),
                ("GET", f"{dossier.path}/claims/c1", None),
                ("GET", f"{dossier.path}/claims/c1/history", None),
                ("GET", f"{dossier.path}/events", None),
                ("GET", "/dossiers", None),
                ("GET", "/tokens", None),
                ("POST", f"{dossier.path}/claims", figure(best=1)),
                ("POST", f"{dossier.path}/batches", {"command": "record_claim", "id": "x", **figure(best=1)}),
            ):
                begun = time.monotonic()
                headers = {"Content-Type": "application/x-ndjson"} if address.endswith("/batches") else {}
                answer = client.request(method, address, json=body, headers=headers)
                assert time.monotonic() - begun < ANSWERED_WITHIN_S, address
                assert answer.headers.get("retry-after") == "1", answer.text
                assert_problem(answer, 503, "database_unavailable", None)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
        assert client.get("/healthz").status_code == 200
        # The stream ends, so that its client comes back with its last id.
        for _ in lines:
            pass
    said = mortal.installation.said("api")
    assert "Traceback" not in said, said[-4000:]

    mortal.postgres.start()
    written = eventually(lambda: answered(dossier, figure(id="after", best=77)), "writes are taken again")
    assert written.json()["id"] == "after"
    caught_up(dossier)
    assert dossier.read("claims/after")["content"]["best"] == 77
    # A worker that is started without a database waits for it.
    kill(mortal.postgres)
    mortal.installation.kill("worker")
    mortal.installation.start_worker()
    time.sleep(3)
    mortal.postgres.start()
    eventually(lambda: answered(dossier, figure(id="again", best=78)), "writes are taken again")
    caught_up(dossier)
    assert differences(mortal.installation, dossier.id) == []


def answered(dossier: Dossier, body: dict[str, object]) -> httpx.Response | None:
    answer = dossier.post("claims", body)
    assert answer.is_success or answer.status_code == 503, answer.text
    return answer if answer.is_success else None


def caught_up(dossier: Dossier) -> None:
    eventually(lambda: dossier.get("claims/c1").is_success, "the read models are there", within_s=2 * PATIENCE_S)
