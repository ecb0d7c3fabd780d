"""A small reverse proxy: one origin for a page and the API, whose connections a test can cut."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.interfaces.running import API


class Proxy:
    """Serves `page` at `/`, keeps what that posts to `/got`, and passes on what is asked of the API.

    `asked` are the heads of the requests that were passed on. Each connection is for one request.
    """

    def __init__(self, page: str, api_port: int) -> None:
        self.got: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self._page = page
        self._api_port = api_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._passed_on: set[socket.socket] = set()
        # So many bytes are still passed on from the API, if that is limited.
        self._still: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def cut(self) -> None:
        """Break off what is under way."""
        for client in list(self._passed_on):
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def cut_after(self, size_bytes: int) -> None:
        """Break off after so many bytes more, likely in the middle of an event."""
        self._still = size_bytes

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                _in_a_thread(self._answer, client)

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            request = client.makefile("rb")
            head = b"".join(iter(request.readline, b"\r\n")).decode()
            method, path, *_ = head.split()
            if path.startswith(API):
                self._pass_on(client, head)
            elif path == "/got":
                length = next(line for line in head.lower().splitlines() if line.startswith("content-length"))
                self.got.append(json.loads(request.read(int(length.partition(":")[2]))))
                client.sendall(_response("204 No Content", ""))
            elif (method, path) == ("GET", "/"):
                client.sendall(_response("200 OK", self._page))
            else:
                client.sendall(_response("404 Not Found", ""))

    def _pass_on(self, client: socket.socket, head: str) -> None:
        self.asked.append(head)
        try:
            api = socket.create_connection(("127.0.0.1", self._api_port))
        except OSError:
            client.sendall(_response("502 Bad Gateway", ""))
            return
        self._passed_on.add(client)
        try:
            with api:
                api.sendall(head.encode() + b"\r\n")
                # Whoever goes away ends it for the API too.
                _in_a_thread(_until_it_ends, client, lambda: api.shutdown(socket.SHUT_RDWR))
                while data := api.recv(65536):
                    if self._still is not None:
                        data, self._still = data[: self._still], self._still - len(data)
                        if self._still <= 0:
                            self._still = None
                            client.sendall(data)
                            return
                    client.sendall(data)
        finally:
            self._passed_on.discard(client)
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)


def _until_it_ends(client: socket.socket, then: Callable[[], None]) -> None:
    with suppress(OSError):
        while client.recv(4096):
            pass
    with suppress(OSError):
        then()


def _response(status: str, body: str) -> bytes:
    content = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(content)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + content


def _in_a_thread(target: Callable[..., None], *args: Any) -> None:
    threading.Thread(target=target, args=args, daemon=True).start()


@contextmanager
def serving(page: str, api_port: int) -> Iterator[Proxy]:
    proxy = Proxy(page, api_port)
    _in_a_thread(proxy.serve)
    try:
        yield proxy
    finally:
        proxy.close()
