"""Streams while parts go away or are swapped under them, and with clients that do not read."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from infrastructure.embedded.valkey import EmbeddedValkey
from tests.interfaces.running import (
    API,
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
from tests.interfaces.test_api_events import caught_up, conninfo, events, following

EVERYTHING: dict[str, Any] = {}
HERE = {"place": "hajin"}
CLAIMS = {"kind": "claim"}


def restore(installation: Running, dossier_id: str, *changes: str) -> None:
    """Change what a restored backup, or a replica that lagged, would have changed: the log itself, by force."""
    with psycopg.connect(conninfo(installation)) as connection:
        for table in ("events", "commands"):
            connection.execute(f"alter table {table} disable trigger never_changed")
        for change in changes:
            connection.execute(change.encode(), {"dossier": dossier_id})
        for table in ("events", "commands"):
            connection.execute(f"alter table {table} enable always trigger never_changed")


SHORTER = (
    "delete from events where dossier_id = %(dossier)s and position > 10",
    "delete from commands where dossier_id = %(dossier)s and position > 10",
    "update heads set position = 10 where dossier_id = %(dossier)s",
    "update checkpoints set position = 10 where dossier_id = %(dossier)s",
)
ANOTHER = ("update events set blind = sha256(blind) where dossier_id = %(dossier)s and position > 10",)


@pytest.mark.parametrize("asked", [EVERYTHING, CLAIMS, HERE])
@pytest.mark.parametrize(("changes", "ends_at"), [(SHORTER, 10), (ANOTHER, 14)])
def test_a_log_swapped_under_a_live_stream_is_told_as_a_reset(
    furnished: Dossier, installation: Running, asked: dict[str, Any], changes: tuple[str, ...], ends_at: int
) -> None:
    caught_up(furnished)
    expected = [item["position"] for item in events(furnished, **asked)["items"] if item["position"] <= ends_at]
    with following(furnished, **asked, after=furnished.position) as stream:
        assert stream.next_place()["id"].startswith("14.")
        restore(installation, furnished.id, *changes)
        told = stream.take(1 + len(expected))
    reset, *rest = told
    assert (reset.type, reset.id, reset.data["head"]) == ("reset", "0", ends_at)
    assert [event.data["position"] for event in rest] == expected


def test_what_comes_after_a_reset_is_told_once_and_live(furnished: Dossier, installation: Running) -> None:
    with following(furnished) as stream:
        stream.take(14)
        restore(installation, furnished.id, *SHORTER)
        assert [told.type for told in stream.take(11)][:2] == ["reset", "dossier.opened"]
        with following(furnished, after=10) as other:
            furnished.record("sources", id="late", name="Late", kind="monitor")
            for each in (stream, other):
                (told,) = each.take(1)
                assert (told.type, told.data["position"]) == ("source.registered", 11)


def test_without_redis_streams_go_on_within_two_seconds(new_database: Any, tmp_path: Path) -> None:
    valkey = EmbeddedValkey(tmp_path / "valkey")
    with ExitStack() as stack:
        stack.callback(valkey.stop)
        installation = stack.enter_context(running(new_database(), valkey.start(), tmp_path))
        http = stack.enter_context(installation.client())
        done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
        dossier = furnish(Dossier(http, "d"))
        caught_up(dossier)
        streams = [
            stack.enter_context(following(dossier, after=dossier.position, **asked))
            for asked in (EVERYTHING, CLAIMS, HERE)
        ]
        for stream in streams:
            stream.next_place()
        assert valkey.process
        os.kill(valkey.process.pid, signal.SIGKILL)
        valkey.process.wait()
        delays = []
        for number in range(5):
            dossier.change("claims/c1/corrections", set={"best": 4000 + number}, **WHY)
            acknowledged = time.monotonic()
            for stream in streams:
                (told,) = stream.take(1)
                delays.append(told.at - acknowledged)
        # Two seconds on a machine that does nothing else; this one may.
        assert max(delays) < 4, delays


def test_a_client_that_takes_nothing_is_held_back_and_then_cut_off(furnished: Dossier, installation: Running) -> None:
    words = "Of those who were counted, nobody said who they were. " * 37
    for batch in range(4):
        lines = [{"command": "record_claim", "id": f"s{batch}-{n}", **figure(best=n, note=words)} for n in range(1500)]
        done(furnished.batch(lines))
    api = psutil.Process(installation.processes["api"].pid)
    before = api.memory_info().rss
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", installation.port))
        path = f"{API}{furnished.path}/events?after=0"
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n".encode())

        def cut_off() -> dict[str, Any] | None:
            assert api.memory_info().rss - before < 30_000_000, "memory is bounded"
            for line in installation.log_lines("api"):
                if line.get("event") == "slow_reader_cut_off" and line.get("dossier") == furnished.id:
                    return line
            return None

        begun = time.monotonic()
        told = eventually(cut_off, "it is cut off", within_s=60)
        assert time.monotonic() - begun > 25
        # What was sent before is whole and in order, and ends in the middle.
        client.settimeout(20)
        positions = list(_positions(client))
    assert positions == list(range(1, len(positions) + 1))
    assert 0 < len(positions) <= told["position"] < furnished.position
    # It comes back for the rest.
    with following(furnished, after=len(positions)) as stream:
        rest = [event.data["position"] for event in stream.take(furnished.position - len(positions))]
    assert rest == list(range(len(positions) + 1, furnished.position + 1))


def _positions(client: socket.socket) -> Iterator[int]:
    """Of the events that arrived whole, up to where the connection ends."""
    received = b""
    try:
        while data := client.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    for block in received.split(b"\n\n")[:-1]:
        for line in block.splitlines():
            if line.startswith(b"id: ") and b"\nevent: " in block:
                yield int(line[4:].partition(b".")[0])


@pytest.mark.parametrize("below", ["events", "answers?question=control&place=hajin"])
def test_a_stream_ends_with_the_token_that_it_was_asked_with(
    furnished: Dossier, installation: Running, below: str
) -> None:
    token, principal = installation.make_token("somebody who leaves")
    with (
        installation.client(token=token) as http,
        http.stream("GET", f"{furnished.path}/{below}", headers={"Accept": "text/event-stream"}) as stream,
    ):
        told = stream.iter_text()
        next(told)
        installation.revoke_token(principal)
        revoked = time.monotonic()
        for _ in told:
            pass
        assert time.monotonic() - revoked < 5
        assert http.get(furnished.path).status_code == 401


def test_one_client_has_so_many_streams_and_makes_room_for_the_next(
    new_database: Any, valkey_url: str, tmp_path: Path
) -> None:
    settings = {"KRONIEK_STREAMS_PER_CLIENT": "2"}
    redis_url = valkey_url.replace("db=0", "db=13")
    with running(new_database(), redis_url, tmp_path, worker=False, settings=settings) as there, there.client() as http:
        done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
        stream: dict[str, Any] = {"url": "/dossiers/d/events", "headers": {"Accept": "text/event-stream"}}
        other = there.client(token=there.make_token("another")[0])
        with http.stream("GET", **stream) as first, http.stream("GET", **stream) as second:
            assert (first.status_code, second.status_code) == (200, 200)
            refused = http.get(**stream)
            assert_problem(refused, 429, "too_many_streams", None)
            assert refused.headers["retry-after"] == "5"
            # Others have theirs, and pages are no streams.
            assert http.get("/dossiers/d/events").status_code == 200
            with other, other.stream("GET", **stream) as theirs:
                assert theirs.status_code == 200
        eventually(lambda: _streams(http, stream), "a stream that ended makes room")


def _streams(http: httpx.Client, stream: dict[str, Any]) -> bool:
    with http.stream("GET", **stream) as again:
        return bool(again.status_code == 200)
