"""A bad line between a client and the API: it forwards, and breaks, delays or swallows what it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HEAD_END = b"\r\n\r\n"


class Between:
    """Listens at `port`. Whatever it does, it does to all connections."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.opened = 0
        # So many answers are swallowed: their requests come through, and then the line breaks.
        self.swallow = 0
        # Answers that are given instead of the API's.
        self.instead: list[bytes] = []
        # What the API sends is held back while this is not set.
        self.flows = threading.Event()
        self.flows.set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every connection off, in the middle of whatever it is at."""
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.close()
        self.flows.set()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self.opened += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self.instead:
                answer = self.instead.pop(0)
                _request(client)
                client.sendall(answer)
                return
            with socket.create_connection(("127.0.0.1", self._to)) as api:
                with self._lock:
                    self._open |= {client, api}
                try:
                    threading.Thread(target=self._forward, args=(client, api), daemon=True).start()
                    self._answer(api, client)
                finally:
                    with self._lock:
                        self._open -= {client, api}
                    # Whoever still waits for more on one of them hears of it.
                    for each in (api, client):
                        with suppress(OSError):
                            each.shutdown(socket.SHUT_RDWR)

    def _forward(self, client: socket.socket, api: socket.socket) -> None:
        with suppress(OSError):
            while some := client.recv(65536):
                api.sendall(some)
            api.shutdown(socket.SHUT_RDWR)

    def _answer(self, api: socket.socket, client: socket.socket) -> None:
        while some := api.recv(65536):
            if self.swallow:
                self.swallow -= 1
                return
            self.flows.wait()
            client.sendall(some)


def _request(client: socket.socket) -> None:
    """Takes one request in, so that whoever sends it is not broken off before it has."""
    got = b""
    while HEAD_END not in got:
        some = client.recv(65536)
        if not some:
            return
        got += some
    head, _, body = got.partition(HEAD_END)
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    missing = int(length.partition(b":")[2]) - len(body)
    while missing > 0 and (some := client.recv(65536)):
        missing -= len(some)


@contextmanager
def between(port: int) -> Iterator[Between]:
    line = Between(port)
    try:
        yield line
    finally:
        line.close()
