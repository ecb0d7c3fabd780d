"""A running Kroniek for tests: the real API and worker processes on servers that are there, and a client for them."""

import asyncio
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.roles import ANYONE, Role
from infrastructure import database
from infrastructure.access.principals import Principals
from tests.holders import grant, new_holder

ROOT = Path(__file__).parents[2]
API = "/api/v1"
LINES = {"Content-Type": "application/x-ndjson"}
JSON = {"Content-Type": "application/json"}
# A busy machine may take its time; nothing here waits so long unless something is wrong.
PATIENCE_S = 30.0

T = TypeVar("T")


@dataclass
class Running:
    """The processes of one installation. `log_dir` holds what each said; `settings` are for each, beside the usual."""

    database_url: str
    redis_url: str
    log_dir: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_port())
    token: str = ""
    principal: str = ""
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_api(self) -> None:
        http = self.settings.get("TESTED_HTTP", "interfaces.api.wire:GuardedHttp")
        self._start(
            "api", "-m", "uvicorn", "--factory", "interfaces.api.app:create_app", "--host", "127.0.0.1",
            "--port", str(self.port), "--no-access-log", "--http", http,
            "--loop", "uvloop", "--timeout-graceful-shutdown", "5",
        )  # fmt: skip
        eventually(self._answers, "the API answers", 2 * PATIENCE_S)

    def start_api_to(self, descriptor: int) -> "subprocess.Popen[bytes]":
        """An API of its own, whose lines of log go to an open file; it is the caller's to end."""
        log, port = (self.log_dir / "other.log"), str(self.port)
        with log.open("ab") as said:
            api = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "--factory", "interfaces.api.app:create_app", "--port", port,
                 "--no-access-log", "--http", "httptools", "--loop", "uvloop"],
                cwd=ROOT, env=self._environment(), stdout=said, stderr=descriptor, start_new_session=True,
                preexec_fn=_end_with_the_tests,
            )  # fmt: skip
        self.processes["api"] = api
        eventually(self._answers, "the API answers", 2 * PATIENCE_S)
        return self.processes.pop("api")

    def start_worker(self, name: str = "worker", *queues: str) -> None:
        """`queues`: those that it looks after alone."""
        arguments = ["--processes", "1", "--threads", "4", *(["--queues", *queues] if queues else [])]
        self._start(name, "-m", "dramatiq", "interfaces.worker.main", *arguments)

    def make_token(
        self, name: str = "the desk", roles: Sequence[Role] = ("admin", "editor"), dossier: str | None = None
    ) -> tuple[str, str]:
        """That of a new user with roles, in a dossier or in all: its text, and the user's id."""
        return self._with_engine(lambda engine: new_holder(engine, name, roles, dossier))

    def open_to_anyone(self) -> None:
        """All of it is read without a token."""
        self._with_engine(lambda engine: grant(engine, ANYONE, ["reader"]))

    def revoke_token(self, principal: str) -> None:
        """As another process does it."""
        self._with_engine(lambda engine: Principals(engine).end(principal))

    def _with_engine(self, ask: Callable[[AsyncEngine], Coroutine[Any, Any, T]]) -> T:
        async def asked() -> T:
            engine = database.engine(self.database_url, connections=2)
            try:
                return await ask(engine)
            finally:
                await engine.dispose()

        return asyncio.run(asked())

    def client(self, *, token: str | None = None) -> httpx.Client:
        """A client that writes as the holder of a token (of this installation's own, if none is named)."""
        token = self.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        return httpx.Client(base_url=self.url + API, headers=headers, timeout=PATIENCE_S, limits=limits)

    def kill(self, name: str) -> None:
        """End a process as a crash does, with all that it started."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait()

    def kill_all(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def stop(self, name: str) -> float:
        """End a process as an operator does; how long that took, in seconds."""
        begun = time.monotonic()
        self.processes[name].terminate()
        try:
            self.processes[name].wait(PATIENCE_S)
        finally:
            self.kill(name) if self.processes[name].poll() is None else self.processes.pop(name)
        return time.monotonic() - begun

    def said(self, name: str) -> str:
        return (self.log_dir / f"{name}.log").read_text(errors="replace")

    def log_lines(self, name: str) -> Iterator[dict[str, Any]]:
        """What a process logged, line by line; what is no JSON object is told as `{"text": line}`."""
        for line in self.said(name).splitlines():
            try:
                told = json.loads(line)
            except ValueError:
                told = None
            yield told if isinstance(told, dict) else {"text": line}

    def _start(self, name: str, *argv: str) -> None:
        with (self.log_dir / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *argv],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_the_tests,
            )

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "KRONIEK_DATABASE_URL": self.database_url,
            "KRONIEK_REDIS_URL": self.redis_url,
            "KRONIEK_LOG_FORMAT": "json",
            **self.settings,
        }

    def _answers(self) -> bool:
        assert self.processes["api"].poll() is None, self.said("api")
        try:
            # Without reading all certificates again for each look.
            return httpx.get(self.url + "/healthz", verify=False).status_code == 200
        except httpx.TransportError:
            return False


_libc = ctypes.CDLL(None)


def _end_with_the_tests() -> None:
    # PR_SET_PDEATHSIG: also where the tests are killed, nothing of them goes on.
    if sys.platform == "linux":
        _libc.prctl(1, signal.SIGTERM, 0, 0, 0)


@contextmanager
def running(
    database_url: str,
    redis_url: str,
    log_dir: Path,
    *,
    worker: bool = True,
    settings: Mapping[str, str] | None = None,
    roles: Sequence[Role] = ("admin", "editor"),
    open_to_anyone: bool = True,
) -> Iterator[Running]:
    """An installation whose API answers, with a token of somebody with roles in all of it."""
    installation = Running(database_url, redis_url, log_dir, settings or {})
    installation.token, installation.principal = installation.make_token(roles=roles)
    if open_to_anyone:
        installation.open_to_anyone()
    try:
        installation.start_api()
        if worker:
            installation.start_worker()
            # On a busy machine it takes longer to begin than a read waits for what was written.
            eventually(lambda: "worker_ready" in installation.said("worker"), "the worker is ready", 2 * PATIENCE_S)
        yield installation
    finally:
        installation.kill_all()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def eventually(holds: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
    """The first true answer; looks again until then."""
    give_up = time.monotonic() + within_s
    while True:
        found = holds()
        if found:
            return found
        assert time.monotonic() < give_up, f"not within {within_s} s: {what}"
        time.sleep(0.02)


class Dossier:
    """One dossier through HTTP, as a client would use it: its reads see all that it wrote."""

    def __init__(self, http: httpx.Client, id: str) -> None:
        self.http = http
        self.id = id
        self.path = f"/dossiers/{id}"
        self.position = 1

    def post(self, below: str, body: Any, **headers: str) -> httpx.Response:
        """`if_match="1"` and the like are headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._seen(self.http.post(f"{self.path}/{below}", json=body, headers=named))

    def record(self, below: str, **body: Any) -> dict[str, Any]:
        return done(self.post(below, body))

    def change(self, below: str, if_match: str = "*", **body: Any) -> dict[str, Any]:
        return done(self.post(below, body, if_match=if_match))

    def batch(self, lines: Sequence[Mapping[str, Any]], **query: Any) -> httpx.Response:
        content = "\n".join(json.dumps(line) for line in lines).encode()
        return self._seen(self.http.post(f"{self.path}/batches", content=content, headers=LINES, params=query))

    def get(self, below: str = "", **query: Any) -> httpx.Response:
        sees_its_own = not {"as_of", "cursor", "min_position"} & query.keys()
        if sees_its_own:
            query["min_position"] = self.position
        give_up = time.monotonic() + PATIENCE_S
        while True:
            answer = self.http.get(f"{self.path}/{below}".rstrip("/"), params=query)
            # A worker that has only just been started, on a busy machine, takes longer than an answer waits.
            behind = answer.status_code == 503 and answer.json()["code"] == "not_there_yet"
            if not (sees_its_own and behind and time.monotonic() < give_up):
                return answer

    def read(self, below: str = "", **query: Any) -> dict[str, Any]:
        return done(self.get(below, **query))

    def ids(self, below: str, **query: Any) -> list[str]:
        return [item["id"] for item in self.read(below, **query)["items"]]

    def head(self) -> int:
        return int(self.read()["head"])

    def _seen(self, response: httpx.Response) -> httpx.Response:
        if response.is_success:
            self.position = max(self.position, response.json()["position"])
        return response


def done(response: httpx.Response) -> dict[str, Any]:
    """The body of an answer that must be a good one."""
    asked = response.request
    assert response.is_success, f"{asked.method} {asked.url}: {response.status_code} {response.text}"
    body: dict[str, Any] = response.json()
    return body


def assert_problem(answer: httpx.Response, status: int, code: str, place: str | None) -> dict[str, Any]:
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["type"] == f"urn:kroniek:problem:{code}"
    assert told["title"]
    assert told["detail"]
    if answer.request.method == "GET":
        # There is no body to point into: the place is in the address.
        assert "pointer" not in told, answer.text
        assert place in (None, f"/{told.get('parameter')}"), answer.text
    else:
        assert told.get("pointer") == place, answer.text
    assert "Traceback" not in answer.text
    return told


WHY = {"reason": "a test"}


def figure(report: str = "oct", **fields: Any) -> dict[str, Any]:
    """About 2,000 fighters of Islamic State in Hajin."""
    about = {"kind": "figure", "report": report, "measure": "fighters", "unit": "people", "qualifier": "about"}
    return {**about, "best": 2000, "subject": "is", "place": "hajin", **fields}


def control(report: str = "oct", **fields: Any) -> dict[str, Any]:
    """That Islamic State controls Hajin."""
    return {"kind": "control", "report": report, "status": "controls", "actor": "is", "place": "hajin", **fields}


FURNITURE: list[dict[str, Any]] = [
    {"command": "register_actor", "id": "is", "name": "Islamic State", "kind": "armed_group"},
    {"command": "register_actor", "id": "sdf", "name": "Syrian Democratic Forces", "kind": "armed_group"},
    {"command": "register_source", "id": "sohr", "name": "SOHR", "kind": "monitor"},
    {"command": "register_source", "id": "reuters", "name": "Reuters", "kind": "news_agency"},
    {"command": "register_place", "id": "syria", "name": "Syria", "kind": "country"},
    {"command": "register_place", "id": "deir-ez-zor", "name": "Deir ez-Zor", "kind": "adm1", "within": "syria"},
    {"command": "register_place", "id": "enclave", "name": "The enclave", "kind": "area", "within": "syria"},
    {
        "command": "register_place", "id": "hajin", "name": "Hajin", "kind": "town", "within": "deir-ez-zor",
        "areas": [{"area": "enclave", "when": "2017-11/2018-12"}],
    },
    {"command": "file_report", "id": "oct", "label": "October", "published": "2018-10-15", "publisher": "reuters"},
    {"command": "file_report", "id": "nov", "label": "November", "published": "2018-11-15"},
    {"command": "file_report", "id": "dec", "label": "Some day in December", "published": "2018-12"},
    {"command": "record_claim", "id": "c1", **figure()},
    {"command": "record_claim", "id": "c2", **control("nov", claimant="sohr", when="2018-11-10")},
]  # fmt: skip


def furnish(dossier: Dossier) -> Dossier:
    """Some sources, actors, places and reports, and two claims: what most tests speak about."""
    done(dossier.batch(FURNITURE))
    return dossier
