"""`kroniek up` and `kroniek demo`: everything on this machine, in the foreground."""

import asyncio
import errno
import getpass
import ipaddress
import json
import logging
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from rich.status import Status

from domain.grants import OPERATOR, NewGrant
from domain.principals import NewPrincipal
from domain.roles import Role
from infrastructure.embedded.data_folder import (
    CannotStart,
    DataFolder,
    free_port_from,
    require_free_port,
    unusable,
)
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.valkey import EmbeddedValkey
from interfaces.bootstrap import Records, Settings, migrate, records
from interfaces.cli.client import Client, path_of
from interfaces.cli.here import TOKEN_FILE, Addresses
from interfaces.cli.output import Failed, err, out, say
from interfaces.cli.programs import api_program, worker_program
from interfaces.cli.servers import check_database, check_redis
from interfaces.cli.supervisor import Supervisor

SAMPLE = Path(__file__).parents[2] / "examples" / "hajin-baghouz.yaml"
SAMPLE_DOSSIER = "hajin-baghouz"
USUAL_PORT = 8000
READY_WITHIN_S = 60.0
# What sends commands elsewhere than to the data folder.
_SERVERS = ("KRONIEK_URL", "KRONIEK_TOKEN")
_PARTS = {"postgres": "the database", "valkey": "the queue", "api": "the API", "worker": "the worker"}


def run(settings: Settings, host: str, port: int | None, *, sample: bool) -> None:
    """Start everything, say how to use it, and watch over it until Ctrl-C or SIGTERM.

    Without a `port` it takes the usual one, or the next that is free.

    Raises:
        Failed, NotConfigured: it cannot start; the message says what to put right.
    """
    try:
        _run(settings, host, port, sample=sample)
    except CannotStart as cannot:
        raise Failed(str(cannot), 2) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG):
            raise
        raise Failed(str(unusable(settings.data_dir, error)), 2) from None


def _run(settings: Settings, host: str, asked_port: int | None, *, sample: bool) -> None:
    if sample and not SAMPLE.exists():
        raise CannotStart(f"The sample dossier is not there: {SAMPLE}.")
    structlog.configure(processors=[_told_by_the_supervisor], cache_logger_on_first_use=False)
    progress = Progress()
    begun = time.monotonic()
    # Whatever the umask of whoever starts us: nobody else writes in the data folder, or into a log.
    os.umask(os.umask(0o077) | 0o022)
    with DataFolder(settings.data_dir) as folder:
        port = _port(host, asked_port)
        url = url_of(host, port)
        with progress, Supervisor(progress.doing, afterwards=signal.SIG_IGN) as supervisor, _forgetting(folder.path):
            given, settings = settings, _servers(settings, folder.path, supervisor, progress)
            with progress.step("the tables"):
                migrate(settings)
            token = asyncio.run(_token_of_folder(folder.path, settings, _whoever()))
            with progress.step("the API and the worker"):
                api = api_program(folder.path, settings, host, port)
                supervisor.start(api)
                supervisor.start(worker_program(folder.path, settings, host))
                _await_ready(url, api.exit_code, api.said)
            # Addresses of other servers hold passwords, and whoever uses them has them.
            database, queue = settings.database_url or "", settings.redis_url or ""
            Addresses(url, "" if given.database_url else database, "" if given.redis_url else queue).write(folder.path)
            client = Client(url, token)
            if sample:
                with progress.step("the sample dossier"):
                    _import_sample(client)
            progress.end()
            took_s = time.monotonic() - begun
            supervisor.watch(lambda: _welcome(client, url, token, host, folder.path, took_s))
            say("Stopping ... (Ctrl-C once more stops at once)")
    if supervisor.cut_short:
        cut = " and ".join(_PARTS.get(name, name) for name in dict.fromkeys(supervisor.cut_short))
        say(f"Stopped at once; cut short: {cut}. What was acknowledged is kept, and the next start puts it in order.")
    say("Stopped. What was recorded is in ", str(folder.path), ".")


def _port(host: str, asked: int | None) -> int:
    if asked is not None:
        require_free_port(host, asked)
        return asked
    port = free_port_from(host, USUAL_PORT)
    if port != USUAL_PORT:
        say(f"Port {USUAL_PORT} is in use by another program: this one takes {port}.")
    return port


def url_of(host: str, port: int) -> str:
    """The address of a server that listens at `host`, as this machine reaches it."""
    if host in ("0.0.0.0", ""):  # noqa: S104
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _servers(settings: Settings, folder: Path, supervisor: Supervisor, progress: "Progress") -> Settings:
    """The settings with the addresses of a database and a queue that answer: given ones, or ours."""
    if settings.database_url is None:
        with progress.step("the database"):
            database_url = supervisor.start(EmbeddedPostgres(folder))
        settings = settings.model_copy(update={"database_url": database_url, "embedded": True})
    else:
        check_database(settings)
    if settings.redis_url is None:
        with progress.step("the queue"):
            redis_url = supervisor.start(EmbeddedValkey(folder))
        settings = settings.model_copy(update={"redis_url": redis_url})
    else:
        check_redis(settings)
    return settings


@contextmanager
def _forgetting(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        Addresses.forget(folder)


async def _token_of_folder(folder: Path, settings: Settings, name: str) -> str:
    """The token that a data folder keeps for whoever owns it; a new one where it has none that still holds."""
    path = folder / TOKEN_FILE
    async with records(settings) as held:
        if path.exists():
            token = path.read_text("utf-8").strip()
            known = await held.tokens.held(token)
            if known is not None:
                await _let_own(held, known.principal, embedded=settings.embedded)
                return token
        owner = await held.principals.called(name) or await held.principals.add(NewPrincipal(kind="user", name=name))
        await _let_own(held, owner.principal, embedded=settings.embedded)
        named = f"data folder {folder}"[:200]
        for before in await held.tokens.all(owner.principal):
            if before.name == named and before.revoked_at is None:
                await held.tokens.revoke(before.id, alone=True)
        token, _ = await held.tokens.create(owner.principal, named)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token + "\n")
    return token


async def _let_own(held: Records, owner: str, *, embedded: bool) -> None:
    """Whose data folder it is owns all that is in it: they administer it, edit it, and see who did what. Of a database
    that is elsewhere so does the first alone.
    """
    administrators = [one for one in (await held.grants.known()).of(None) if one.role == "admin"]
    if administrators and not embedded:
        return
    roles: tuple[Role, ...] = ("admin", "editor", "auditor")
    for role in roles:
        new = NewGrant(holder=owner, role=role, reason="Whose data folder it is owns all of it.")
        await held.grants.grant(None, new, OPERATOR)


def _whoever() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "first user"


def _await_ready(url: str, exit_code: Callable[[], int | None], said: Callable[[], str]) -> None:
    give_up = time.monotonic() + READY_WITHIN_S
    while not _is_ready(url):
        code = exit_code()
        if code is not None:
            raise CannotStart(f"The API ended with {code} while it started. Its log ends with:\n{said()}")
        if time.monotonic() > give_up:
            raise CannotStart(f"The API did not answer in {READY_WITHIN_S:.0f} s. Its log ends with:\n{said()}")
        time.sleep(0.05)


def _is_ready(url: str) -> bool:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=5.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _import_sample(client: Client) -> None:
    from interfaces.cli.importing import check_file, send

    send(client, check_file(SAMPLE))


class Progress:
    """What is under way: a spinner on a terminal, a line for each step elsewhere."""

    def __init__(self) -> None:
        self._status: Status | None = None

    def __enter__(self) -> "Progress":
        if out().is_terminal:
            self._status = out().status("starting")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        if self._status is not None:
            self._status.update(f"starting {name} ...")
        yield
        say(("✓ ", "green"), name, (f"  {time.monotonic() - begun:.1f} s", "dim"))

    def doing(self, what: str) -> None:
        """What a part says of its start, such as a recovery that takes long."""
        # That it starts, the step says already.
        if what.startswith("starting "):
            return
        if self._status is not None:
            self._status.update(f"{what} ...")
        else:
            say("  ", what)


def _told_by_the_supervisor(_: Any, level: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The supervisor's log as sentences; what started as it should goes without saying."""
    part = _PARTS.get(str(event.get("part")), str(event.get("part")))
    match event["event"]:
        case "died":
            code = event["exit_code"]
            line = f"{part} ended unexpectedly (exit code {code}); it is started again in {event['restart_in_s']:g} s"
        case "restart failed":
            line = f"{part} did not start again ({event['error']}); next try in {event['restart_in_s']:g} s"
        case "restarted":
            line = f"{part} runs again"
        case _ if getattr(logging, level.upper(), 0) >= logging.WARNING:
            line = " ".join(f"{name}={value}" for name, value in event.items())
        case _:
            raise structlog.DropEvent
    say((time.strftime("%H:%M:%S "), "dim"), line[:1].upper() + line[1:], to=err())
    raise structlog.DropEvent


def _welcome(client: Client, url: str, token: str, host: str, folder: Path, took_s: float) -> None:
    say()
    say(("Kroniek runs at ", "bold"), (url, "bold cyan"), (f"   (started in {took_s:.1f} s)", "dim"))
    if _loopback(host):
        say("Token for writing: ", token)
        say((f"  kept in {folder / 'token'}, where the other commands find it", "dim"))
        if not _is_usual(folder):
            say(("  once they are told of the data folder: ", "dim"), (_of_folder(folder), "cyan"))
    else:
        # Whoever can reach it from elsewhere needs no more than what a log of this terminal would tell.
        token = f"$(cat {shlex.quote(str(folder / 'token'))})"
        say(f"Token for writing: in {folder / 'token'}, and not printed where others may reach the server.")
        say(
            ("It listens beyond this machine: ", "yellow"),
            "from others reading needs a token too, and nothing is encrypted.",
        )
    say()
    lines = _things_to_try(client, url, token)
    say(("Five things to try, in another terminal:", "bold"))
    for number, (what, line) in enumerate(lines, 1):
        say()
        say(f"{number}. {what}")
        say("   ", (line, "cyan"))
    say()
    say("Or with fewer words: ", ("kroniek claims", "cyan"), ", ", ("kroniek history c314", "cyan"), ", ",
        ("kroniek follow", "cyan"), ", ", ("kroniek --help", "cyan"))  # fmt: skip
    for hint in _what_it_takes(client):
        say("  ", (hint, "dim"))
    if not _is_usual(folder):
        say("  of this data folder, not another: ", (_of_folder(folder), "cyan"))
    say("Ctrl-C stops it.")


def _is_usual(folder: Path) -> bool:
    """Whether commands that are typed where we were started go here without being told."""
    return Path.cwd() / ".kroniek" == folder and not any(map(os.environ.get, (*_SERVERS, "KRONIEK_DATA_DIR")))


def _of_folder(folder: Path) -> str:
    """What sends commands that are typed anywhere on this machine to the Kroniek of a data folder."""
    others = [name for name in _SERVERS if os.environ.get(name)]
    named = f"export KRONIEK_DATA_DIR={shlex.quote(str(folder))}"
    return f"unset {' '.join(others)}; {named}" if others else named


def _what_it_takes(client: Client) -> Iterator[str]:
    """What has to be said first in a terminal where the commands are typed."""
    activate = Path(sys.executable).with_name("activate")
    if shutil.which("kroniek") is None and activate.exists():
        below = activate.relative_to(Path.cwd()) if activate.is_relative_to(Path.cwd()) else activate
        yield f"after: . {shlex.quote(str(below))}"
    try:
        dossiers = [dossier["id"] for dossier in client.get("/dossiers")["items"]]
    except Failed:
        return
    if len(dossiers) > 1 and SAMPLE_DOSSIER in dossiers:
        yield f"of this dossier, not another: export KRONIEK_DOSSIER={SAMPLE_DOSSIER}"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_PRETTY = "| python3 -m json.tool --no-ensure-ascii"


def _things_to_try(client: Client, url: str, token: str) -> list[tuple[str, str]]:
    try:
        dossier = client.get(path_of("dossiers", SAMPLE_DOSSIER))
    except Failed:
        return _first_steps(url, token)
    base = f"{url}/api/v1/dossiers/{SAMPLE_DOSSIER}"
    claim = client.get(path_of("dossiers", SAMPLE_DOSSIER, "claims", "c302"))
    # Pasted again at a later start, it takes the note away again: a correction has to change something.
    note = None if claim["content"].get("note") else "Tried out a correction"
    correction = json.dumps({"set": {"note": note}, "reason": "Trying out a correction"})
    control = [f"'{base}/claims?place=hajin&kind=control&reported_by={day}'" for day in ("2018-12-01", "2019-01-01")]
    return [
        (
            "How many fighters were said, by the end of 2018, to be in the enclave, and by whom?",
            f"curl -sS '{base}/claims?kind=figure&measure=fighters&place=hajin-enclave&actor=is"
            f"&reported_by=2019-01-01' {_PRETTY}",
        ),
        (
            "Who was said to hold Hajin, by what was certainly known on 1 December 2018, and on 1 January 2019?",
            f"curl -sS -w '\\n' {' '.join(control)} {_PRETTY} --json-lines",
        ),
        (
            "What became of a claim: recorded as killed, corrected to died of the cold.",
            f"curl -sS '{base}/claims/c314/history' {_PRETTY}",
        ),
        (
            "Correct a claim, for the version that you have seen. Nothing is overwritten: look at its history after.",
            f"curl -sS -X POST '{base}/claims/c302/corrections' {_authorized(token)} "
            f"-H 'If-Match: \"{claim['etag']}\"' -H 'Content-Type: application/json' -d {shlex.quote(correction)}",
        ),
        (
            "Follow the log, live (Ctrl-C ends it): correct something meanwhile.",
            f"curl -sS -N -H 'Accept: text/event-stream' '{base}/events?after={max(0, dossier['head'] - 1)}'",
        ),
    ]


def _authorized(token: str) -> str:
    # In double quotes: a token that is not printed is read from its file.
    return f'-H "Authorization: Bearer {token}"'


def _first_steps(url: str, token: str) -> list[tuple[str, str]]:
    base = f"{url}/api/v1/dossiers"
    post = f"{_authorized(token)} -H 'Content-Type: application/json'"
    dossier = shlex.quote(json.dumps({"id": "first", "title": "A first dossier"}))
    outlet = shlex.quote(json.dumps({"id": "reuters", "name": "Reuters", "kind": "news_agency"}))
    return [
        ("Open a dossier.", f"curl -sS -X POST '{base}' {post} -d {dossier}"),
        ("See which there are.", f"curl -sS '{base}'"),
        ("Register a source in it.", f"curl -sS -X POST '{base}/first/sources' {post} -d {outlet}"),
        ("Read it back.", f"curl -sS '{base}/first/sources' {_PRETTY}"),
        ("Follow its log, live (Ctrl-C ends it).",
         f"curl -sS -N -H 'Accept: text/event-stream' '{base}/first/events?after=0'"),
    ]  # fmt: skip
