"""An installation whose parts are killed one after another, and those who listen to it meanwhile."""

import json
import os
import signal
import subprocess
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple, get_args

import httpx
import psutil
from standardwebhooks.webhooks import Webhook

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.valkey import EmbeddedValkey
from interfaces.client import Event, Kroniek, Problem
from tests.interfaces.running import API, PATIENCE_S, Running

Part = Literal["postgres", "valkey", "api", "worker"]
PARTS: tuple[Part, ...] = get_args(Part)
# Streams tell their position each 15 s: whoever hears nothing for so long hangs.
SILENT_S = 45.0
# However long the parts are away, with all that then has to catch up on two busy cores.
HEALED_WITHIN_S = 90.0
TRY_AGAIN_S = 0.25


@dataclass
class Mortal:
    """An installation on servers of its own, which always come back at the same addresses."""

    installation: Running
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    def kill(self, part: Part) -> None:
        """`kill -9`, with all children."""
        match part:
            case "postgres":
                _kill_server(self.postgres.process)
            case "valkey":
                _kill_server(self.valkey.process)
            case _:
                self.installation.kill(part)

    def start(self, part: Part) -> None:
        match part:
            case "postgres":
                self.postgres.start()
            case "valkey":
                self.valkey.start()
            case "api":
                self.installation.start_api()
            case "worker":
                self.installation.start_worker()


def _kill_server(process: "subprocess.Popen[bytes] | None") -> None:
    assert process
    # The database's own processes are each a session of its own.
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    for child in children:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()


class Background(threading.Thread):
    """A thread that works until it is told to end, and keeps what went wrong in it."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.ended = threading.Event()
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            self.work()
        except BaseException as error:
            self.failed = error

    def work(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        self.ended.set()
        self.join(PATIENCE_S)
        assert not self.is_alive(), f"{self.name} hangs"


class Told(NamedTuple):
    id: str
    type: str
    body: Any


class Follower(Background):
    """Follows a stream, and comes back with the last id that it heard for as long as it takes."""

    def __init__(self, installation: Running, address: str, **asked: str) -> None:
        super().__init__(f"follower of {address} {asked}")
        self.told: list[Told] = []
        self.last: str | None = None
        self.connections = 0
        self.longest_silence_s = 0.0
        self._heard_at: float | None = None
        self._installation, self.address, self.asked = installation, address, asked

    @property
    def position(self) -> int:
        return position_of(self.last) if self.last else 0

    def work(self) -> None:
        limit = httpx.Timeout(PATIENCE_S, read=SILENT_S)
        with httpx.Client(base_url=self._installation.url + API, timeout=limit) as http:
            while not self.ended.is_set():
                try:
                    self._follow(http)
                except httpx.ReadTimeout:
                    raise
                except httpx.TransportError:
                    pass
                self.ended.wait(TRY_AGAIN_S)

    def as_told(self, item: Any) -> Any:
        """A message of a page, in the form in which this follower keeps it."""
        return item

    def _follow(self, http: httpx.Client) -> None:
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": self.last} if self.last else {})}
        with http.stream("GET", self.address, params=self.asked, headers=headers) as answer:
            if answer.status_code == 503:
                return
            assert answer.status_code == 200, answer.read()
            self.connections += 1
            for block in _blocks(answer.iter_lines()):
                assert block.get("event") != "reset", block
                if "data" in block:
                    self._keep(Told(block["id"], block["event"], json.loads(block["data"])))
                self.last = block.get("id", self.last)

    def _keep(self, told: Told) -> None:
        self.told.append(told)
        now = time.monotonic()
        self.longest_silence_s = max(self.longest_silence_s, now - (self._heard_at or now))
        self._heard_at = now


class ClientFollower(Follower):
    """Follows the whole log as whoever uses our client does."""

    def work(self) -> None:
        _, _, dossier_id, _ = self.address.split("/")
        self.connections = 1
        with (
            Kroniek(self._installation.url) as kroniek,
            kroniek.dossier(dossier_id).follow(on_broken=self._broken) as events,
            suppress(Problem),
        ):
            for event in events:
                self.last = events.cursor
                self._keep(Told(event.cursor, event.type, event))

    def as_told(self, item: Any) -> Any:
        return Event.model_validate(item)

    def _broken(self, problem: Problem) -> None:
        self.connections += 1
        if self.ended.is_set():
            raise problem


def _blocks(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """What a stream sends between two empty lines. Here every event's data is one line."""
    block: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name:
            assert name not in block, line
            block[name] = value.removeprefix(" ")
        elif not line:
            yield block
            block = {}


def position_of(cursor: str) -> int:
    return int(cursor.partition(".")[0])


class Arrival(NamedTuple):
    """A message that came. `taken`: whether it was answered so that it counts as delivered."""

    id: str
    body: Any
    taken: bool


@dataclass
class Hook:
    """One subscription's address at the receiver."""

    name: str
    arrivals: list[Arrival] = field(default_factory=list, repr=False)
    unsigned: list[Mapping[str, str]] = field(default_factory=list)
    secret: str = field(default="", repr=False)
    known: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def position(self) -> int:
        return int(self.arrivals[-1].body["position"]) if self.arrivals else 0


class Receiver:
    """Takes webhooks. Of so many messages one is refused the first time, or its connection closed in the middle."""

    ONE_IN = 500

    def __init__(self) -> None:
        self.hooks: dict[str, Hook] = {}
        self.fails = True
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver._take(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Whoever was sending was killed."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def subscribe(self, http: httpx.Client, dossier_id: str, id: str, watch: Mapping[str, Any]) -> Hook:
        """All that there was and will be."""
        hook = self.hooks[f"/{id}"] = Hook(id)
        port = self._server.server_address[1]
        body = {"id": id, "url": f"http://127.0.0.1:{port}/{id}", "watch": watch, "from": 0}
        answer = http.post(f"/dossiers/{dossier_id}/subscriptions", json=body)
        assert answer.status_code == 201, answer.text
        hook.secret = answer.json()["secret"]
        hook.known.set()
        return hook

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        hook = self.hooks[request.path]
        assert hook.known.wait(PATIENCE_S)
        length = int(request.headers["content-length"])
        body = request.rfile.read(length)
        if len(body) < length:
            # Whoever was sending was killed.
            request.close_connection = True
            return
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            told = Webhook(hook.secret).verify(body, headers)
        except Exception:
            hook.unsigned.append(headers)
            request.send_error(400)
            return
        id = headers["webhook-id"]
        draw = zlib.crc32(id.encode()) % self.ONE_IN
        # Never twice: the third attempt would come after minutes.
        refused = self.fails and draw < 2 and all(id != arrival.id for arrival in hook.arrivals)
        hook.arrivals.append(Arrival(id, told, not refused))
        if refused and draw == 0:
            request.wfile.write(b"HTTP/1.1 20")
            request.close_connection = True
            return
        request.send_response(500 if refused else 200)
        request.send_header("Content-Length", "0")
        request.end_headers()
