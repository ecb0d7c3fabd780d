"""Webhooks as a receiver has them: how many a second, signed, and how soon while other receivers are dead or slow."""

import asyncio
import json
import multiprocessing
import os
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from typing import Any

import uvloop
from standardwebhooks import Webhook

from infrastructure.database import engine
from tests.benchmarks.http import API, Desk
from tests.benchmarks.measured import Measured, per_second, sized
from tests.benchmarks.running import Connection, percentile, running_api, running_worker, valkey
from tests.benchmarks.servers import postgres
from tests.holders import new_holder

EVENTS, RATE = sized(4_000, 50), 200
BESIDE = sized(10, 2)
PACED, PACE = sized(300, 10), 20
# Subscriptions of one dossier that all hear of each event.
TOGETHER, TOGETHER_EVENTS, APART_S = sized(200, 10), sized(20, 2), 2.0
P95_MS = 1_000
SLOW_S = 30
GIVE_UP_S = 300


def benchmark() -> Iterable[Measured]:
    # As `kroniek up` has it: receivers on this machine will do.
    os.environ["KRONIEK_EMBEDDED"] = "true"
    try:
        yield from _measured()
    finally:
        del os.environ["KRONIEK_EMBEDDED"]


def _measured() -> Iterable[Measured]:
    with (
        postgres() as url,
        valkey() as redis_url,
        running_api(url, redis_url) as address,
        running_worker(url, redis_url),
        _receiver() as receiver,
    ):
        desk = uvloop.run(_token(url))
        uvloop.run(_write(address, desk, "behind", EVENTS))
        rate = uvloop.run(_catch_up(address, desk, receiver, 1))
        yield Measured(
            f"webhooks delivered, signed and verified, one subscription {EVENTS:,} events behind",
            per_second(rate),
            per_second(RATE),
            rate >= RATE,
        )
        together = uvloop.run(_catch_up(address, desk, receiver, BESIDE))
        yield Measured(f"the same, {BESIDE} subscriptions side by side", per_second(together))
        uvloop.run(_write(address, desk, "paced", 0))
        p50, p95 = uvloop.run(_head_of_line(address, desk, receiver))
        yield Measured(
            f"a webhook after its event's acknowledgement, at {PACE} events/s, beside a receiver that answers in "
            f"{SLOW_S} s and one that refuses connections",
            f"p50 {p50:.0f} ms, p95 {p95:.0f} ms",
            f"p95 {P95_MS:,} ms",
            p95 <= P95_MS,
        )
        uvloop.run(_write(address, desk, "together", 0))
        p50, p95 = uvloop.run(_all_together(address, desk, receiver))
        yield Measured(
            f"{TOGETHER} webhooks of one dossier, each after each event's acknowledgement, an event each {APART_S:g} s",
            f"p50 {p50:.0f} ms, p95 {p95:.0f} ms",
            f"p95 {P95_MS:,} ms",
            p95 <= P95_MS,
        )


async def _token(url: str) -> str:
    pool = engine(url)
    try:
        return (await new_holder(pool, "bench"))[0]
    finally:
        await pool.dispose()


async def _write(address: str, token: str, dossier: str, events: int) -> None:
    """A dossier with so many events, and read models that have them all."""
    connection = await Connection.open(address)
    await Desk(connection, token, dossier).begin()
    base, headers = f"{API}/{dossier}", f"Authorization: Bearer {token}\r\nContent-Type: application/x-ndjson\r\n"
    for first in range(0, events, 1000):
        lines = [json.dumps(_claim(number)) for number in range(first, min(first + 1000, events))]
        status, answer = await connection.request("POST", f"{base}/batches", "\n".join(lines).encode(), headers)
        assert status == 200, answer
    while True:
        _, answer = await connection.request("GET", base)
        told = json.loads(answer)
        if told.get("position") == told.get("head"):
            break
        await asyncio.sleep(0.1)
    await connection.close()


def _as_json(token: str) -> str:
    return f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"


def _claim(number: int) -> dict[str, Any]:
    return {
        "command": "record_claim", "id": f"c{number}", "report": f"r{number % 100}", "kind": "figure",
        "measure": "killed", "unit": "people", "best": number, "qualifier": "about", "claimant": "sohr",
        "place": "hajin", "when": "2018-12-01",
    }  # fmt: skip


async def _subscribe(connection: Connection, token: str, dossier: str, url: str) -> tuple[str, str]:
    """Its id and its secret; it begins now."""
    body = json.dumps({"url": url, "watch": {}}).encode()
    headers = _as_json(token)
    status, answer = await connection.request("POST", f"{API}/{dossier}/subscriptions", body, headers)
    assert status == 201, answer
    made = json.loads(answer)
    return made["id"], made["secret"]


async def _catch_up(address: str, token: str, receiver: "_Receiver", subscriptions: int) -> float:
    """Messages a second, from the first to arrive until the last has."""
    connection = await Connection.open(address)
    _, answer = await connection.request("GET", f"{API}/behind")
    head: int = json.loads(answer)["head"]
    made = []
    for _ in range(subscriptions):
        path = receiver.expect()
        id, secret = await _subscribe(connection, token, "behind", receiver.url(path))
        receiver.trust(path, secret)
        made.append(id)
    for id in made:
        replay = f"{API}/behind/subscriptions/{id}/replay"
        status, answer = await connection.request("POST", replay, b'{"from": 0}', _as_json(token))
        assert status == 200, answer
    await connection.close()
    arrived = await receiver.arrivals(head * subscriptions)
    for path in {path for path, _, _ in arrived}:
        assert [position for to, position, _ in arrived if to == path] == list(range(1, head + 1))
    times = [at for _, _, at in arrived]
    return len(times) / (max(times) - min(times))


async def _head_of_line(address: str, token: str, receiver: "_Receiver") -> tuple[float, float]:
    """p50 and p95 in milliseconds."""
    connection = await Connection.open(address)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refusing = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    for url in (receiver.url("/slow"), refusing):
        await _subscribe(connection, token, "paced", url)
    path = receiver.expect()
    _, secret = await _subscribe(connection, token, "paced", receiver.url(path))
    receiver.trust(path, secret)
    desk, acknowledged = Desk(connection, token, "paced"), {}
    begun = time.monotonic()
    for number in range(PACED):
        await asyncio.sleep(max(0.0, begun + number / PACE - time.monotonic()))
        acknowledged[await desk.claim(number)] = time.monotonic()
    arrived = await receiver.arrivals(PACED)
    await connection.close()
    took = [(at - acknowledged[position]) * 1000 for _, position, at in arrived]
    return percentile(took, 50), percentile(took, 95)


async def _all_together(address: str, token: str, receiver: "_Receiver") -> tuple[float, float]:
    """p50 and p95 in milliseconds, over every event and every subscription."""
    connection = await Connection.open(address)
    for _ in range(TOGETHER):
        path = receiver.expect()
        _, secret = await _subscribe(connection, token, "together", receiver.url(path))
        receiver.trust(path, secret)
    desk, acknowledged = Desk(connection, token, "together"), {}
    # The first call of each is another thing.
    await desk.claim(TOGETHER_EVENTS)
    await receiver.arrivals(TOGETHER)
    for number in range(TOGETHER_EVENTS):
        acknowledged[await desk.claim(number)] = time.monotonic()
        await asyncio.sleep(APART_S)
    arrived = await receiver.arrivals(TOGETHER * TOGETHER_EVENTS)
    await connection.close()
    took = [(at - acknowledged[position]) * 1000 for _, position, at in arrived]
    return percentile(took, 50), percentile(took, 95)


class _Receiver:
    """A receiver in a process of its own, that verifies what it answers with success."""

    def __init__(self, pipe: Pipe, port: int) -> None:
        self._pipe, self._port = pipe, port
        self._paths = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}{path}"

    def expect(self) -> str:
        """A path of its own for a subscription."""
        self._paths += 1
        return f"/{self._paths}"

    def trust(self, path: str, secret: str) -> None:
        self._pipe.send((path, secret))

    async def arrivals(self, count: int) -> list[tuple[str, int, float]]:
        """Path, position and time of so many messages, each verified."""
        give_up = time.monotonic() + GIVE_UP_S
        arrived: list[tuple[str, int, float]] = []
        while len(arrived) < count:
            assert time.monotonic() < give_up, f"{len(arrived)} of {count} messages in {GIVE_UP_S} s"
            await asyncio.sleep(0.2)
            self._pipe.send(None)
            arrived += self._pipe.recv()
        return arrived


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    ours, its = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_receive, args=(its,), daemon=True)
    process.start()
    try:
        yield _Receiver(ours, ours.recv())
    finally:
        process.terminate()
        process.join()


def _receive(pipe: Pipe) -> None:
    uvloop.run(_serve(pipe))


async def _serve(pipe: Pipe) -> None:
    secrets: dict[str, Webhook] = {}
    arrived: list[tuple[str, int, float]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = (await reader.readexactly(int(headers["content-length"]))).decode()
                path = head.split()[1]
                if path == "/slow":
                    await asyncio.sleep(SLOW_S)
                else:
                    at = time.monotonic()
                    secrets[path].verify(body, headers)
                    arrived.append((path, json.loads(body)["position"], at))
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def asked() -> None:
        told = pipe.recv()
        if told is None:
            pipe.send(arrived)
            arrived.clear()
        else:
            path, secret = told
            secrets[path] = Webhook(secret)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    asyncio.get_running_loop().add_reader(pipe.fileno(), asked)
    await server.serve_forever()
