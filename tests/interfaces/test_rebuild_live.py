"""A dossier that is rebuilt over and over while it is written to and asked: nobody notices."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
import pytest

from application.execute import Asked, Executor
from application.projection import catch_up, rebuild
from domain.events import read_command
from interfaces.bootstrap import READ_MODELS, Settings, records
from tests.interfaces.running import ROOT, WHY, Dossier, Running, done, eventually, figure, furnish, running
from tests.interfaces.running_kroniek import command

LASTS_S = 5.0
CLAIMS = 3_000
KRONIEK = str(Path(sys.executable).parent / "kroniek")


@pytest.fixture
def installation(new_database: Callable[[], str], valkey_url: str, tmp_path: Path) -> Iterator[Running]:
    """An API and two worker processes."""
    with running(new_database(), valkey_url.replace("db=0", "db=9"), tmp_path) as installation:
        (tmp_path / "second").mkdir()
        second = replace(installation, log_dir=tmp_path / "second", processes={})
        try:
            second.start_worker()
            yield installation
        finally:
            second.kill_all()
        for each in (installation, second):
            assert "Traceback" not in each.said("worker")


@dataclass
class Written:
    """What was acknowledged: of each claim, from which position on it says what."""

    said: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    position: int = 0

    def record(self, claim: str, best: int, position: int) -> None:
        self.said.setdefault(claim, []).append((position, best))
        self.position = max(self.position, position)

    def as_of(self, claim: str, position: int) -> int | None:
        return next((best for since, best in reversed(self.said[claim]) if since <= position), None)


def operator(installation: Running, *arguments: str) -> "subprocess.Popen[str]":
    addresses = {"KRONIEK_DATABASE_URL": installation.database_url, "KRONIEK_REDIS_URL": installation.redis_url}
    return subprocess.Popen(
        [KRONIEK, *arguments], cwd=ROOT, env={**os.environ, **addresses}, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def said(process: "subprocess.Popen[str]") -> str:
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0, told
    return told


def write(installation: Running, written: Written, ended: threading.Event) -> int:
    """Correct one claim after another, and record a new one now and then. How many commands were taken."""
    chance, commands = random.Random(1), 0
    with installation.client() as http:
        dossier = Dossier(http, "d")
        while not ended.is_set():
            claim, best = f"b{chance.randrange(CLAIMS)}", commands + 100_000
            if commands % 10 == 0:
                claim = f"n{commands}"
                position = dossier.record("claims", id=claim, **figure(best=best))["position"]
            else:
                position = dossier.change(f"claims/{claim}/corrections", set={"best": best}, **WHY)["position"]
            written.record(claim, best, position)
            commands += 1
            time.sleep(0.005)
    return commands


def ask(installation: Running, written: Written, ended: threading.Event, seed: int) -> int:
    """Ask for one claim, and for a page of them, at any position and at the latest. How many answers were right."""
    chance, answers = random.Random(seed), 0
    with installation.client() as http:
        dossier = Dossier(http, "d")
        while not ended.is_set():
            claim = f"b{chance.randrange(CLAIMS)}"
            upto = written.position
            as_of = chance.randrange(written.said[claim][0][0], upto + 1)
            one = done(dossier.get(f"claims/{claim}", as_of=as_of))
            assert (one["position"], one["content"]["best"]) == (as_of, written.as_of(claim, as_of))
            page = done(dossier.get("claims", as_of=as_of, limit=50))
            assert page["position"] == as_of
            for item in page["items"]:
                if item["id"] in written.said:
                    assert item["content"]["best"] == written.as_of(item["id"], as_of)
            # Whoever wrote it sees it.
            latest = done(dossier.get(f"claims/{claim}", min_position=upto))
            assert latest["position"] >= upto
            answers += 3
    return answers


async def rebuilt_again_and_again(installation: Running, ended: Callable[[], bool]) -> int:
    """Rebuild each read model in turn, with the workers' help. How many builds were switched to."""
    switches, give_up = 0, time.monotonic() + LASTS_S
    async with records(Settings(database_url=installation.database_url)) as held:
        while not ended() and (time.monotonic() < give_up or switches <= len(READ_MODELS)):
            for model in READ_MODELS:
                assert await rebuild(held.log, held.pictures, model, "d") == []
                switches += 1
    return switches


def test_a_rebuild_under_constant_reading_and_writing_is_noticed_by_nobody(installation: Running) -> None:
    written, ended = Written(), threading.Event()
    with installation.client() as http:
        done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
        dossier = furnish(Dossier(http, "d"))
        first = dossier.position + 1
        done(dossier.batch([{"command": "record_claim", "id": f"b{n}", **figure(best=n)} for n in range(CLAIMS)]))
        for number in range(CLAIMS):
            written.record(f"b{number}", number, first + number)
        eventually(lambda: dossier.get(min_position=dossier.position).is_success, "the workers are there")

    with ThreadPoolExecutor() as threads:
        try:
            under_fire = [threads.submit(write, installation, written, ended)]
            under_fire += [threads.submit(ask, installation, written, ended, seed) for seed in (1, 2)]
            killed = begun_rebuild(installation)
            os.killpg(killed.pid, signal.SIGKILL)
            killed.communicate()
            switches = asyncio.run(rebuilt_again_and_again(installation, lambda: any(t.done() for t in under_fire)))
        finally:
            ended.set()
    assert [each.result() > 20 for each in under_fire] == [True] * 3
    assert switches > len(READ_MODELS)
    eventually(lambda: not under_way(installation), "what was killed is finished by the workers")
    assert "No rebuild is under way" in said(operator(installation, "rebuild", "--status"))

    with installation.client() as http:
        dossier = Dossier(http, "d")
        eventually(lambda: dossier.get(min_position=written.position).is_success, "all that was written is read")
        for claim, history in written.said.items():
            if len(history) > 1 or claim.startswith("n"):
                assert dossier.read(f"claims/{claim}")["content"]["best"] == history[-1][1]
    assert "live and rebuilt rows are the same" in said(operator(installation, "verify"))


def begun_rebuild(installation: Running) -> "subprocess.Popen[str]":
    """A rebuild that is under way, and has some rows; one that was over before anybody looked is begun anew."""
    for _ in range(20):
        begun = operator(installation, "rebuild", "claims")
        while begun.poll() is None:
            if under_way(installation):
                return begun
        said(begun)
    raise AssertionError("each rebuild was over before anybody looked")


def under_way(installation: Running) -> int:
    """How far a rebuild has come by any of its shares; 0 without one."""
    with psycopg.connect(installation.database_url.replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute("select coalesce(max(position), 0) from rebuilds").fetchone()
        assert row is not None
        return int(row[0])


async def half_rebuilt(database_url: str) -> None:
    """A dossier of three sources, with a rebuild of them that was broken off."""
    async with records(Settings(database_url=database_url)) as held:
        opened = {"command": "open_dossier", "id": "d", "title": "A dossier"}
        sources = [{"command": "register_source", "id": f"s{n}", "name": "A source", "kind": "ngo"} for n in range(3)]
        for command in (opened, *sources):
            await Executor(held.log).execute("d", "desk", Asked(read_command(command)))
        await catch_up(held.log, held.pictures, READ_MODELS, "d")
        (model,) = [model for model in READ_MODELS if model.name == "sources"]
        build = await held.pictures.rebuilds.begin("d", model, switch=True)
        async with held.pictures.rebuilds.turn(build, None) as turn:
            assert turn is not None
            await turn.fold(await held.log.read_share("d", turn.share, 0, 2, 10), 2)


def test_an_operator_sees_an_unfinished_rebuild_and_throws_it_away(database_url: str, tmp_path: Path) -> None:
    asyncio.run(half_rebuilt(database_url))

    def kroniek(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return command(*arguments, cwd=tmp_path, KRONIEK_DATABASE_URL=database_url)

    shown = kroniek("rebuild", "--status")
    assert "d: sources" in shown.stdout
    assert "2 of 4 positions in 1 share" in shown.stdout
    assert "No rebuild is under way" in kroniek("rebuild", "claims", "--status").stdout
    assert kroniek("rebuild", "--status", "--discard").returncode == 2
    assert "There is no dossier 'nope'" in kroniek("rebuild", "--discard", "--dossier", "nope").stderr
    thrown_away = kroniek("rebuild", "--discard").stdout
    assert "d: thrown away the unfinished sources, 2 of 4 positions" in thrown_away
    assert "there is nothing to throw away" in kroniek("rebuild", "--discard").stdout
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        assert connection.execute("select distinct generation from sources").fetchall() == [(1,)]
        assert connection.execute("select count(*) from retired_builds").fetchone() == (0,)
    assert "sources rebuilt and switched\n" in kroniek("rebuild", "sources").stdout
