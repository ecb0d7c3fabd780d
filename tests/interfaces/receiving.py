"""Receivers of webhooks for tests: real servers that note what comes, and answer as they are told."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Received:
    """One request. `at` by `time.monotonic`, when it had come in whole."""

    path: str
    headers: Mapping[str, str]
    body: str
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.body)
        return read

    @property
    def position(self) -> int:
        position: int = self.message["position"]
        return position

    def verified(self, secret: str) -> bool:
        try:
            Webhook(secret).verify(self.body, dict(self.headers))
        except Exception:
            return False
        return True


@dataclass(frozen=True)
class Reply:
    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    after_s: float = 0.0


class Receiver:
    """`reply` decides what a request is answered with; it may be changed at any time."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.reply: Callable[[Received], Reply] = lambda _: Reply()
        # Two at once would be one too many.
        self.under_way = self.most_under_way = 0
        self.closing = threading.Event()

    @property
    def ids(self) -> list[str]:
        return [received.id for received in list(self.received)]

    @property
    def positions(self) -> list[int]:
        return [received.position for received in list(self.received)]


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    """One on the loopback, at any port if none is named."""
    there = Receiver()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            announced = int(self.headers["content-length"])
            sent_whole = self.rfile.read(announced)
            if len(sent_whole) < announced:
                # Its sender was killed in the middle: nobody received that.
                self.close_connection = True
                return
            body = sent_whole.decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.path, headers, body, time.monotonic())
            with lock:
                there.received.append(received)
                there.under_way += 1
                there.most_under_way = max(there.most_under_way, there.under_way)
            try:
                reply = there.reply(received)
                there.closing.wait(reply.after_s)
            finally:
                with lock:
                    there.under_way -= 1
            sent = reply.body.encode()
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status != 204:
                    self.send_header("content-length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)
            except OSError:
                # Whoever sent it did not wait.
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            # A sender that is killed leaves its connection so.
            if not isinstance(sys.exc_info()[1], OSError):
                super().handle_error(request, client_address)

    server = Server(("127.0.0.1", port), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        there.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
