"""Parts that hang, and do not die: stopped servers and workers, held locks, pipes that nobody reads. Nobody waits."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from infrastructure import database
from infrastructure.database import migrate
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.valkey import EmbeddedValkey
from tests.interfaces.running import (
    API,
    Dossier,
    Running,
    assert_problem,
    done,
    eventually,
    figure,
    furnish,
    running,
)
from tests.interfaces.stopping import family, stopped, stopped_server

ANSWERED_WITHIN_S = 10
# Of which three are what Dramatiq waits before it asks Redis again.
ENDED_WITHIN_S = 10
# The limits of the tests, so that they need not wait for those of a house.
SETTINGS = {
    "KRONIEK_DATABASE_ANSWER_S": "2",
    "KRONIEK_IDLE_TRANSACTION_S": "1",
    # With fewer there is nothing to be had.
    "KRONIEK_DATABASE_CONNECTIONS": "2",
}


@dataclass
class Stoppable:
    """An installation on servers of its own, with twelve dossiers."""

    installation: Running
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    dossiers: list[Dossier]
    folder: Path


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stoppable]:
    folder: Path = tmp_path_factory.mktemp("stoppable")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500m", "tmpfs", folder], capture_output=True)
    postgres, valkey = EmbeddedPostgres(folder, settings={"fsync": "off"}), EmbeddedValkey(folder)
    try:
        url, redis_url = postgres.start(), valkey.start()
        migrate(url)
        with running(url, redis_url, folder, settings=SETTINGS) as installation, installation.client() as http:
            dossiers = []
            for number in range(12):
                done(http.post("/dossiers", json={"id": f"d{number}", "title": "A dossier"}))
                dossiers.append(furnish(Dossier(http, f"d{number}")))
            for dossier in dossiers:
                eventually(partial(followed, dossier), "the worker has begun")
            yield Stoppable(installation, postgres, valkey, dossiers, folder)
            for name in ("api", "worker"):
                _, fault, told = installation.said(name).partition("Traceback")
                assert not fault, told[:3000]
    finally:
        valkey.stop()
        postgres.stop()
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", folder], check=True)


def connected(there: Stoppable) -> database.SyncConnection:
    return database.connect(there.installation.database_url)


def healed(there: Stoppable) -> None:
    for dossier in there.dossiers:
        eventually(partial(written, dossier), "writes are taken again")
    for dossier in there.dossiers:
        eventually(partial(followed, dossier), "reads follow")


def written(dossier: Dossier) -> bool:
    return dossier.post("claims", figure()).is_success


def followed(dossier: Dossier) -> bool:
    return dossier.get("claims").is_success


@contextmanager
def posted(dossiers: list[Dossier]) -> Iterator[list[tuple[httpx.Response, float]]]:
    """Writes to all of them at once; what each was answered, and after how long, once the block is left."""
    answers: list[tuple[httpx.Response, float]] = []

    def post(dossier: Dossier) -> None:
        begun = time.monotonic()
        answer = dossier.post("claims", figure())
        answers.append((answer, time.monotonic() - begun))

    threads = [threading.Thread(target=post, args=[dossier]) for dossier in dossiers]
    for thread in threads:
        thread.start()
    yield answers
    for thread in threads:
        thread.join()


def test_held_locks_of_many_dossiers_make_no_other_dossier_wait(there: Stoppable) -> None:
    *held, free = there.dossiers
    with connected(there) as holder:
        with holder.transaction():
            holder.execute("select from heads where dossier_id = any(%s) for update", [[d.id for d in held]])
            with posted(held) as answers:
                slowest = 0.0
                for _ in range(5):
                    begun = time.monotonic()
                    done(free.post("claims", figure()))
                    moment = free.http.get(f"{free.path}/claims", params={"as_of": "2024-01-01"})
                    assert moment.is_success, moment.text
                    slowest = max(slowest, time.monotonic() - begun)
            for answer, seconds in answers:
                assert_problem(answer, 503, "database_unavailable", None)
                assert answer.headers["retry-after"] == "1"
                assert seconds < ANSWERED_WITHIN_S
            # First those whose locks turn out to be held have to find it out, four at a time.
            assert slowest < 2.5
    healed(there)


def test_a_stopped_database_is_told_in_time_of_reads_and_writes_and_by_readyz(there: Stoppable) -> None:
    dossier = there.dossiers[0]
    with stopped_server(there.postgres):
        with posted(there.dossiers) as answers:
            for address in (f"{dossier.path}/claims", "/dossiers", f"{dossier.path}/events"):
                begun = time.monotonic()
                assert_problem(dossier.http.get(address), 503, "database_unavailable", None)
                assert time.monotonic() - begun < ANSWERED_WITHIN_S, address
            ready = dossier.http.get("/readyz")
            assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
            assert dossier.http.get("/healthz").status_code == 200
        for answer, seconds in answers:
            assert_problem(answer, 503, "database_unavailable", None)
            assert seconds < ANSWERED_WITHIN_S
    healed(there)


def test_a_restart_of_the_database_is_no_clients_business(there: Stoppable) -> None:
    with connected(there) as operator:
        operator.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where application_name like 'kroniek%' and pid <> pg_backend_pid()"
        )
    for dossier in there.dossiers:
        done(dossier.post("claims", figure()))
        done(dossier.http.get("/dossiers"))
        done(dossier.http.get(f"{dossier.path}/claims"))


def test_a_stopped_queue_costs_no_dossier_its_second(there: Stoppable) -> None:
    with stopped_server(there.valkey):
        # The first finds it out, for all.
        healed(there)
        with posted(there.dossiers) as answers:
            pass
        acknowledged = time.monotonic()
        assert all(answer.is_success and seconds < 2 for answer, seconds in answers)
        for dossier in there.dossiers:
            done(dossier.get("claims"))
        # A sweep each second takes all of them side by side.
        assert time.monotonic() - acknowledged < 5
        ready = done(there.dossiers[0].http.get("/readyz"))
        assert ready["queue"] == "unreachable"
    eventually(lambda: done(there.dossiers[0].http.get("/readyz"))["queue"] == "reachable", "the queue is there again")


def test_a_worker_ends_when_told_to_though_redis_hangs_or_was_never_there(there: Stoppable, tmp_path: Path) -> None:
    nobody = f"unix://{tmp_path}/nobody.sock"
    hung, alone = (Running(there.installation.database_url, url, tmp_path, SETTINGS)
                   for url in (there.installation.redis_url, nobody))  # fmt: skip
    try:
        hung.start_worker("hung")
        alone.start_worker("alone")
        for running_worker, name in ((hung, "hung"), (alone, "alone")):
            ready = partial(worker_ready, running_worker, name)
            eventually(ready, "the worker is ready")
        with stopped_server(there.valkey):
            # It is in the midst of asking, as it is most of the time.
            assert hung.stop("hung") < ENDED_WITHIN_S
            assert "unexpected" not in hung.said("hung")
        assert alone.stop("alone") < ENDED_WITHIN_S
    finally:
        hung.kill_all()
        alone.kill_all()


def worker_ready(installation: Running, name: str) -> bool:
    return any(line.get("event") == "worker_ready" for line in installation.log_lines(name))


def test_a_stopped_worker_lets_go_of_its_turns_and_another_takes_them(there: Stoppable) -> None:
    dossier, installation = there.dossiers[0], there.installation
    # In the midst of a batch, as often as not.
    lines = [{"command": "record_claim", "id": f"s-{n}", **figure(best=n)} for n in range(1500)]
    done(dossier.batch(lines))
    with stopped(*family(installation.processes["worker"].pid)):
        installation.start_worker("another")
        try:
            eventually(lambda: dossier.get("claims/s-7").is_success, "another worker goes on")
        finally:
            installation.kill("another")
    healed(there)


def test_a_turn_that_hangs_in_a_copy_is_ended_and_is_told_meanwhile(there: Stoppable) -> None:
    """The server itself ends no transaction that waits for the rest of a COPY."""
    dossier = there.dossiers[1]
    stuck = database.connect(there.installation.database_url)
    stuck.autocommit = False
    stuck.execute("select from checkpoints where dossier_id = %s for update", [dossier.id])
    stuck.pgconn.exec_(b"copy claims from stdin")
    dossier.record("claims", **figure())

    def told() -> bool:
        late = done(dossier.http.get("/readyz"))["behind"]
        return any(one["dossier"] == dossier.id and one["seconds"] > 5 for one in late)

    # The workers would end it as soon as they see that it is late.
    with stopped(*family(there.installation.processes["worker"].pid)):
        eventually(told, "readyz names the dossier")
        eventually(
            lambda: any(
                (line.get("event"), line.get("dossier")) == ("dossier_behind", dossier.id)
                for line in there.installation.log_lines("api")
            ),
            "the log does",
        )
    eventually(lambda: dossier.get("claims/c1").is_success, "it goes on")
    eventually(
        lambda: any(line.get("event") == "stuck_turns_ended" for line in there.installation.log_lines("worker")),
        "the worker says that it ended it",
    )
    stuck.close()


def test_a_pipe_for_lines_of_log_that_nobody_reads_stops_no_request(there: Stoppable) -> None:
    other = Running(there.installation.database_url, there.installation.redis_url, there.installation.log_dir, SETTINGS)
    read, write = os.pipe()
    api = other.start_api_to(write)
    try:
        with httpx.Client(base_url=other.url, timeout=5) as http:
            # A pipe takes 65,536 bytes, and a line has more than 130.
            for _ in range(600):
                assert http.get("/healthz").status_code == 200
    finally:
        api.kill()
        api.wait()
        os.close(read)
        os.close(write)


def test_a_full_disk_is_told_by_readyz_and_by_each_write(there: Stoppable) -> None:
    if not os.path.ismount(there.folder):
        pytest.skip("only root can give the database a disk that is small enough to be filled")
    dossier, filler = there.dossiers[2], there.folder / "filler"
    with filler.open("wb") as file:
        left = os.statvfs(there.folder)
        os.posix_fallocate(file.fileno(), 0, left.f_bavail * left.f_frsize)
    try:
        ready = dossier.http.get("/readyz")
        assert ready.status_code == 503, ready.text
        assert "No space left on device" in ready.json()["database"]
        refused = None
        for round in range(200):
            lines = [{"command": "record_claim", "id": f"f{round}-{n}", **figure(best=n)} for n in range(200)]
            refused = dossier.batch(lines)
            if not refused.is_success:
                break
        assert refused is not None
        assert_problem(refused, 503, "database_unavailable", None)
    finally:
        filler.unlink()
    eventually(lambda: dossier.http.get("/readyz").status_code == 200, "it is ready again")
    healed(there)


@pytest.mark.parametrize("address", ["/readyz", f"{API}/readyz", "/metrics"])
def test_many_who_ask_how_it_is_take_no_connections_from_anybody(there: Stoppable, address: str) -> None:
    """Each look at `/readyz` opens a connection of its own, and asks the pool for another."""
    dossier, most = there.dossiers[0], 0

    with (
        # One is kept for each thread: a client that closes what it has too much of closes one under another's hands.
        httpx.Client(
            base_url=there.installation.url, timeout=30, limits=httpx.Limits(max_keepalive_connections=60)
        ) as http,
        ThreadPoolExecutor(60) as many,
        connected(there) as operator,
    ):
        asked = [many.submit(lambda: http.get(address).status_code) for _ in range(180)]
        while not all(each.done() for each in asked):
            begun = time.monotonic()
            done(dossier.http.get("/dossiers"))
            assert time.monotonic() - begun < ANSWERED_WITHIN_S
            counted = "select count(*) from pg_stat_activity where application_name = 'kroniek ready'"
            ((open_now,),) = operator.execute(counted).fetchall()
            most = max(most, open_now)
    assert {each.result() for each in asked} == {200}
    # One that ends is still there for a moment when the next begins.
    assert most <= 3


def test_a_database_that_is_read_only_is_told_by_readyz(there: Stoppable) -> None:
    http = there.dossiers[0].http
    with connected(there) as operator:
        operator.execute("alter system set default_transaction_read_only = on")
        operator.execute("select pg_reload_conf()")
        eventually(lambda: http.get("/readyz").status_code == 503, "readyz tells it")
        assert_problem(there.dossiers[0].post("claims", figure()), 503, "database_unavailable", None)
        hook = {"id": "read-only", "url": "https://93.184.216.34/", "watch": {}}
        assert_problem(there.dossiers[0].post("subscriptions", hook), 503, "database_unavailable", None)
        assert_problem(http.post("/tokens", json={"name": "read-only"}), 503, "database_unavailable", None)
        # A worker writes of its own accord, and tells what it could not without a traceback: the fixture looks.
        eventually(lambda: "ReadOnlySqlTransaction" in there.installation.said("worker"), "a worker has noticed")
        operator.execute("set default_transaction_read_only = off")
        operator.execute("alter system reset default_transaction_read_only")
        operator.execute("select pg_reload_conf()")
    eventually(lambda: http.get("/readyz").status_code == 200, "it is ready again")
    healed(there)


def test_an_api_that_starts_before_its_database_waits_for_it(there: Stoppable) -> None:
    other = Running(there.installation.database_url, there.installation.redis_url, there.installation.log_dir, SETTINGS)
    with stopped_server(there.postgres):
        api = other.start_api_to(os.open(os.devnull, os.O_WRONLY))
        with httpx.Client(base_url=other.url + API) as http:
            assert_problem(http.get("/dossiers"), 503, "database_unavailable", None)
            assert http.get("/readyz").status_code == 503
    try:
        eventually(lambda: httpx.get(other.url + API + "/dossiers").is_success, "it answers")
    finally:
        api.kill()
        api.wait()
