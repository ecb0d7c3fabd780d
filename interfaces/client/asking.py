"""What is asked of the API, apart from how it is sent: addresses, parameters, and how often it is tried."""

import json as jsonlib
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Generic, Literal, TypedDict, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import TypeAdapter, ValidationError

from .commands import Command, Creation, DescribeDossier, OpenDossier, WhatBecame
from .problems import Problem, Unavailable

API = "/api/v1"
CONNECT_S = 5.0
LONGEST_PAUSE_S = 3.0
# Trying again mends nothing: an event that a read model refuses is for the operator.
STANDS_STILL = "picture_refused"

T = TypeVar("T")

# A date as a cut-off means its last instant. A position is a number.
Moment = str | date | datetime
Position = int | str | date | datetime
Certainty = Literal["certain", "possible"]
Kind = Literal["figure", "control", "occurrence", "statement"]
ItemKind = Literal["source", "actor", "place", "report", "claim", "incident", "person", "assessment"]
Family = Literal["source", "record", "judgement", "declared", "world"]
FigureRule = Literal["latest-per-claimant@2", "widest-range@2", "latest-per-claimant@1", "widest-range@1"]
DisagreementRule = Literal["cannot-all-be-right@2", "cannot-all-be-right@1"]
KindOfDisagreement = Literal["figures", "control", "dates", "possible", "declared"]
ControlRule = Literal["control-from-snapshots@1", "control-from-snapshots@2"]


class Recorded(TypedDict, total=False):
    """What did the dossier hold? `min_position` waits for what was just written."""

    as_of: Position
    min_position: int


class Reported(Recorded, total=False):
    """What could a reader have known?"""

    reported_by: Moment
    certainty: Certainty


class Clocked(Reported, total=False):
    """All three: what was so in the world?"""

    at: Moment


class Paged(TypedDict, total=False):
    """So many a page; `cursor` goes on where another list ended."""

    limit: int
    cursor: str


class ItemsAsked(Recorded, Paged, total=False):
    pass


class KnownElsewhereAsked(ItemsAsked, total=False):
    external_id: str


class HistoryAsked(ItemsAsked, total=False):
    order: Literal["oldest", "newest"]


class IncidentsAsked(Reported, Paged, total=False):
    """`measure` tells what it comes to in each incident, `at_least` and `at_most` which of them are told."""

    claim: str
    type: str
    place: str
    since: Moment
    until: Moment
    holds: Certainty
    standing: Literal["stands", "nothing_left", "not_reported", "unlinked", "retracted"]
    measure: str
    at_least: int
    at_most: int


class PersonsAsked(Clocked, Paged, total=False):
    incident: str
    place: str
    fate: WhatBecame
    claim: str


class ClaimsAsked(Clocked, Paged, total=False):
    since: Moment
    until: Moment
    holds: Certainty
    kind: Kind
    type: str
    nature: str
    subject: str
    group: str
    cause: str
    incident: str
    measure: str
    place: str
    actor: str
    claimant: str
    unattributed: bool
    report: str
    credibility: int
    status: Literal["stands", "withdrawn", "retracted"]


class AssessmentsAsked(Clocked, Paged, total=False):
    grade: str
    place: str
    claim: str
    moved: bool


class Counted(Clocked, total=False):
    unit: str
    subject: str
    group: str
    by: str
    cause: str
    dimension: Sequence[str] | str
    place: str


class TopicsAsked(Counted, Paged, total=False):
    measure: str


class SumsAsked(Counted, total=False):
    since: Moment
    until: Moment
    per: Literal["year", "month"]
    dataset: str


class FiguresAsked(Clocked, total=False):
    rule: FigureRule


class ControlAsked(Clocked, total=False):
    rule: ControlRule
    undated: bool


class SituationAsked(FiguresAsked, total=False):
    place: str
    control_rule: ControlRule
    undated: bool


class DisagreementsAsked(Clocked, Paged, total=False):
    kind: KindOfDisagreement
    rule: DisagreementRule
    place: str


class CorrectionsAsked(Clocked, Paged, total=False):
    family: Family
    kind: ItemKind | Literal["dossier"]
    id: str
    after: int
    order: Literal["oldest", "newest"]


class ChangesAsked(Paged, total=False):
    min_position: int


class EventsAsked(TypedDict, total=False):
    """Which events: those that match in every field, and of several values of one field in any of them."""

    type: Sequence[str] | str
    kind: Sequence[str] | str
    measure: Sequence[str] | str
    place: Sequence[str] | str
    actor: Sequence[str] | str
    claimant: Sequence[str] | str
    report: Sequence[str] | str
    family: Sequence[Family] | Family


class WatchedAsked(TypedDict, total=False):
    """Which answer: a `question` with what it is about. `at` is pinned, or the latest if left out."""

    place: str
    topic: str
    rule: FigureRule | ControlRule | DisagreementRule
    undated: bool
    kind: KindOfDisagreement
    assessment: str
    source: str
    at: Moment
    reported_by: Moment
    certainty: Certainty


WatchedQuestion = Literal["control", "figures", "disagreements", "assessment", "record"]


@dataclass(frozen=True)
class Ask(Generic[T]):
    """One request, and the model of its answer. `again`: it may be sent twice and is done once."""

    method: str
    path: str
    answer: type[T]
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    content: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = True

    @cached_property
    def reader(self) -> TypeAdapter[T]:
        return TypeAdapter(self.answer)

    def going_on(self, **params: Any) -> "Ask[T]":
        return replace(self, params={**self.params, **params})

    def as_sent(self) -> dict[str, Any]:
        """For httpx: method, address and the rest."""
        given = {"json": self.json, "content": self.content}
        return {
            "method": self.method,
            "url": API + self.path,
            "params": {name: _text(value) for name, value in self.params.items() if value is not None},
            "headers": dict(self.headers),
            **{name: value for name, value in given.items() if value is not None},
        }


def read(asked: Ask[T], response: httpx.Response) -> T:
    """A good answer as its model.

    Raises:
        Problem: it is none; the server is another one, or far older or newer.
    """
    try:
        # An answer without a body is None.
        return asked.reader.validate_json(response.content or b"null")
    except ValidationError as error:
        url = response.request.url
        detail = f"{url} answered what this client cannot read; is it a Kroniek? {error}"
        raise Problem(response.status_code, {"code": "unreadable_answer", "detail": detail}) from error


def below(dossier: str, path: str = "", *ids: str) -> str:
    """`below("hajin", "claims/{}/history", "c1")`: an address in a dossier, with ids as they are."""
    return f"/dossiers/{_part(dossier)}/{path.format(*map(_part, ids))}".rstrip("/")


def _part(id: str) -> str:
    """One part of an address: an id is never taken for a step up in it, nor for a list."""
    if not id:
        raise ValueError("an id is not empty")
    return quote(id, safe="") if set(id) != {"."} else "%2E" * len(id)


def get(answer: type[T], path: str, params: Mapping[str, Any] | None = None) -> Ask[T]:
    return Ask("GET", path, answer, params or {})


def sent(answer: type[T], dossier: str, command: Command, if_match: str | None, key: str | None) -> Ask[T]:
    """A command at the address that takes it. Its key is one for all its tries, so it is done once."""
    given = command.body()
    given.pop("command")
    if not isinstance(command, Creation):
        given.pop("id", None)
    path = command.path
    for name, named in (("{dossier}", dossier), ("{id}", command.id or "")):
        path = path.replace(name, _part(named)) if name in path else path
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    if if_match is not None:
        headers["If-Match"] = if_match if if_match == "*" else f'"{if_match}"'
    return Ask("POST", path, answer, json=given, headers=headers)


def batched(
    answer: type[T], dossier: str, commands: Sequence[Command | tuple[Command, str]], *, dry_run: bool
) -> Ask[T]:
    """Many commands, a line for each with a key of its own."""
    lines = []
    for one in commands:
        command, version = one if isinstance(one, tuple) else (one, None)
        line = command.body() | {"command_id": str(uuid.uuid4())}
        if version is not None:
            line["if_version"] = version
        if isinstance(command, (DescribeDossier, OpenDossier)):
            line.setdefault("id", dossier)
        lines.append(jsonlib.dumps(line, ensure_ascii=False, allow_nan=False))
    return Ask(
        "POST",
        below(dossier, "batches"),
        answer,
        {"dry_run": dry_run or None},
        content="\n".join(lines),
        headers={"Content-Type": "application/x-ndjson"},
    )


def subscribed(
    answer: type[T],
    dossier: str,
    url: str,
    watch: Mapping[str, Any],
    after: int | str,
    id: str | None,
    name: str | None,
) -> Ask[T]:
    body = _plain({"url": url, "watch": watch, "from": after, "id": id, "name": name})
    return Ask("POST", below(dossier, "subscriptions"), answer, json=body, again=False)


def two_pictures(before: Mapping[str, Any], after: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    sides = {"from": before, "to": after}
    return {f"{side}.{name}": value for side, clocks in sides.items() for name, value in clocks.items()} | dict(rest)


def _plain(given: Any) -> Any:
    """What is given as the JSON of a body: dates and moments as text."""
    if isinstance(given, Mapping):
        return {name: _plain(value) for name, value in given.items() if value is not None}
    if isinstance(given, (list, tuple)):
        return [_plain(value) for value in given]
    return _text(given) if isinstance(given, date) else given


def _text(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime() if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: say datetime(..., tzinfo=UTC)")
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case str() | int() | float():
            return str(value)
        case _:
            return [_text(one) for one in value]


class Tries:
    """How long one request is tried for: while nobody answers, with growing pauses, for a bounded time."""

    def __init__(self, patience_s: float, *, again: bool) -> None:
        self._give_up = time.monotonic() + patience_s
        self._again = again
        self.failed = 0

    def pause_after(self, problem: Problem) -> float:
        """How long to wait before the next try; raises the problem where there is none."""
        pause = max(backed_off(self.failed, 0.1, LONGEST_PAUSE_S), problem.retry_after_s or 0)
        self.failed += 1
        hopeless = not isinstance(problem, Unavailable) or problem.code == STANDS_STILL
        if hopeless or not self._again or time.monotonic() + pause > self._give_up:
            raise problem
        return pause


def backed_off(failed: int, first_s: float, longest_s: float) -> float:
    """Twice as long each time, and never for all at once: whoever lost the same server comes back spread out."""
    return float(min(longest_s, first_s * 2 ** min(failed, 20)) * random.uniform(0.5, 1.0))  # noqa: S311


def authorization(token: str | None) -> dict[str, str]:
    """The header that a token is sent in.

    Raises:
        ValueError: it is none. It is not repeated: it may be one with something beside it.
    """
    if token and not (token.isascii() and token.isprintable()):
        raise ValueError("the token is none: tokens have letters, digits, - and _ only")
    return {"Authorization": f"Bearer {token}"} if token else {}


def server_at(url: str) -> tuple[str, bool]:
    """The address without its end, and whether it is this machine: the environment's proxy is for other ones.

    Raises:
        ValueError: it is none.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} is not the address of a server, such as http://127.0.0.1:8000")
    return url.rstrip("/"), parts.hostname in ("127.0.0.1", "localhost", "::1")
