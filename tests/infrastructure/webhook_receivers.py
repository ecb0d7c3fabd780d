"""Receivers of webhooks for tests: real servers on loopback that answer as they are told, however badly."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from infrastructure.webhooks.targets import Resolve


@dataclass(frozen=True)
class Received:
    """One request as it came, the names of its headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


Answer = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


def answered(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Answers with a status. Of the headers' names, `_` stands for `-`."""

    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Said"]
        # These have no body, and may not tell of one.
        if status != 204:
            lines.append(f"content-length: {len(body)}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    return answer


def raw(begin: bytes, over_and_over: bytes = b"", pause_s: float = 0.0) -> Answer:
    """Writes some bytes, and then others for as long as somebody reads them; without others it falls silent."""

    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        await writer.drain()
        while True:
            if not over_and_over:
                await asyncio.sleep(3600)
            writer.write(over_and_over)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return answer


def closing(status: int) -> Answer:
    """Answers, and closes the connection without having said so."""

    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        await answered(status)(request, writer)
        writer.close()

    return answer


def hung_up() -> Answer:
    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.close()

    return answer


@dataclass
class Receiver:
    """What a running receiver got. `answer` may be exchanged while it runs."""

    answer: Answer
    port: int = 0
    tls: bool = False
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    ended: int = 0

    def url(self, host: str = "127.0.0.1", path: str = "/hook") -> str:
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                request = await _read(reader)
                self.received.append(request)
                answering = asyncio.ensure_future(self.answer(request, writer))
                # Nobody sends more before the answer: what can be read is that they are gone.
                gone = asyncio.ensure_future(reader.read(1))
                try:
                    await asyncio.wait((answering, gone), return_when=asyncio.FIRST_COMPLETED)
                    if not answering.done():
                        return
                    answering.result()
                finally:
                    answering.cancel()
                    gone.cancel()
                    await asyncio.wait((answering, gone))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.ended += 1
            writer.close()


@asynccontextmanager
async def running(answer: Answer | None = None, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver(answer or answered(204), tls=tls is not None)
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await receiver.serve(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Received(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def certificate(folder: Path, names: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate of nobody's for some names (`DNS:a,IP:b`): its file, and a server's context with it."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=receiver", "-addext", f"subjectAltName={names}",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


def names(**addresses: Sequence[str] | str) -> Resolve:
    """A resolver that knows these names only; in a keyword `_` stands for `.`."""
    known = {name.replace("_", "."): [found] if isinstance(found, str) else found for name, found in addresses.items()}

    async def resolve(host: str, port: int) -> Sequence[str]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known[host]

    return resolve
