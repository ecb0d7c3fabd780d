"""The examples of the contract: real answers about the sample dossier, without what is another each time.

`python -m tests.interfaces.examples_written URL TOKEN` writes them anew, asking an installation that holds the sample.
"""

import json
import re
import sys
from collections.abc import Callable
from typing import Any

import httpx

from interfaces.api.health import not_ready
from interfaces.api.openapi import EXAMPLES
from tests.interfaces.receiving import receiver
from tests.interfaces.running import eventually

SAMPLE = "/dossiers/hajin-baghouz"
OURS = "/dossiers/example"
HOOK = "https://desk.example.org/kroniek"
BETWEEN = {"from.reported_by": "2018-12-20", "to.reported_by": "2018-12-26"}
WATCH = {"question": "control", "place": "hajin"}

Ask = Callable[[httpx.Client], httpx.Response]


def _read(path: str, accept: str = "application/json", **query: Any) -> Ask:
    return lambda http: http.get(path, params=query, headers={"Accept": accept})


def _send(path: str, body: Any, method: str = "POST", **headers: str) -> Ask:
    return lambda http: http.request(method, path, json=body, headers=headers)


def _lines(path: str, *lines: Any) -> Ask:
    content = "\n".join(map(json.dumps, lines)).encode()
    return lambda http: http.post(path, content=content, headers={"Content-Type": "application/x-ndjson"})


def _first(ask: Ask) -> Ask:
    """The first item of what is told: of a page, or of a stream of lines."""

    def first(http: httpx.Client) -> httpx.Response:
        told = ask(http)
        line = json.loads(told.text.splitlines()[0])
        return httpx.Response(told.status_code, json=line.get("items", [line])[0], request=told.request)

    return first


def _first_told(path: str, *, last: str) -> Ask:
    """The first event that a stream tells: its data."""

    def first(http: httpx.Client) -> httpx.Response:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
        with http.stream("GET", path, headers=headers) as stream:
            data = next(line for line in stream.iter_lines() if line.startswith("data: "))
            told = httpx.Response(stream.status_code, text=data.removeprefix("data: "), request=stream.request)
        return told

    return first


def _subscribed(http: httpx.Client) -> httpx.Response:
    """Subscribes with a receiver that is there for as long as a worker takes to tell it everything."""
    with receiver() as there:
        body = {"id": "desk", "url": there.url, "watch": {"type": ["dossier.opened"]}, "from": 0}
        made = http.post(f"{OURS}/subscriptions", json=body)
        assert made.is_success, made.text
        eventually(lambda: http.get(f"{OURS}/subscriptions/desk").json()["behind"] == 0, "everything is told")
    return made


def _newest_token(http: httpx.Client) -> httpx.Response:
    told = http.get("/tokens")
    return httpx.Response(told.status_code, json={"items": told.json()["items"][-1:]}, request=told.request)


def _revoked(http: httpx.Client) -> httpx.Response:
    made = http.post("/tokens", json={"name": "To be revoked"})
    return http.delete(f"/tokens/{made.json()['id']}")


def _ready(http: httpx.Client) -> httpx.Response:
    def ready() -> httpx.Response | None:
        told = http.get("/readyz")
        return told if told.is_success and not told.json()["behind"] else None

    found: httpx.Response = eventually(ready, "nothing is behind")
    return found


SOURCE = {"id": "un", "name": "United Nations", "kind": "international_organization"}
EDITION = {"id": "ged-24", "label": "GED 24.1", "published": "2024-06", "publisher": "un", "dataset": "ged",
           "edition": "24.1"}  # fmt: skip
TOLL = {"command": "record_claim", "id": "toll", "kind": "figure", "report": "ged-24", "measure": "killed",
        "unit": "people", "qualifier": "stated", "best": 7, "claimant": "un", "when": "2024-03-01"}  # fmt: skip

# By component, in the order in which they are asked.
ASKED: dict[str, Ask] = {
    "FrontDoor": lambda http: http.get(str(http.base_url).rstrip("/")),
    "Alive": _read("/healthz"),
    "Rules": _read("/rules"),
    "TokenMade": _send("/tokens", {"name": "The desk"}),
    "Written": _send("/dossiers", {"id": "example", "title": "An example"}),
    "BatchDone": _lines(
        f"{OURS}/batches",
        {"command": "register_source", **SOURCE},
        {"command": "file_report", **EDITION},
        TOLL,
        {"command": "open_incident", "id": "market", "title": "The market of Al-Sha'fa", "claims": ["toll"]},
        {
            "command": "register_person",
            "id": "per-5f0c92ab4e1d7a30",
            "name": "A. Example",
            "age": 34,
            "sex": "female",
            "civilian_status": {"status": "civilian", "claim": "toll"},
            "fates": {"fate": "killed", "incident": "market", "when": "2024-03-01", "claim": "toll"},
            "claims": ["toll"],
        },
        {
            "command": "issue_assessment",
            "id": "finding",
            "topic": "killed,people",
            "finding": "Seven were killed.",
            "grade": "fair",
            "claims": ["toll"],
            "because": "One source, close to it.",
        },
    ),
    "DossierAnswer": _read(SAMPLE),
    "PagedSourceItem": _read(f"{SAMPLE}/sources", limit=1),
    "SourceAnswer": _read(f"{SAMPLE}/sources/sohr"),
    "PagedActorItem": _read(f"{SAMPLE}/actors", limit=1),
    "ActorAnswer": _read(f"{SAMPLE}/actors/sdf"),
    "PagedPlaceItem": _read(f"{SAMPLE}/places", limit=1),
    "PlaceAnswer": _read(f"{SAMPLE}/places/hajin"),
    "PagedReportItem": _read(f"{SAMPLE}/reports", limit=1),
    "ReportAnswer": _read(f"{OURS}/reports/ged-24", min_position=6),
    "PagedClaimItem": _read(f"{SAMPLE}/claims", limit=1),
    "ClaimAnswer": _read(f"{SAMPLE}/claims/c108"),
    "PagedIncidentListed": _read(f"{OURS}/incidents"),
    "IncidentAnswer": _read(f"{OURS}/incidents/market"),
    "PagedPersonListed": _read(f"{OURS}/persons"),
    "PersonAnswer": _read(f"{OURS}/persons/per-5f0c92ab4e1d7a30"),
    "PagedAssessmentItem": _read(f"{OURS}/assessments"),
    "AssessmentAnswer": _read(f"{OURS}/assessments/finding"),
    "Account": _read(f"{SAMPLE}/claims/c108/history"),
    "Datasets": _read(f"{OURS}/datasets"),
    "DatasetClaim": _first(_read(f"{OURS}/datasets/ged/claims", "application/x-ndjson")),
    "ControlAnswer": _read(f"{SAMPLE}/places/hajin/control", at="2018-12-20", reported_by="2019-01-01"),
    "PagedTopicItem": _read(f"{SAMPLE}/figures", place="hajin-enclave", measure="fighters"),
    "SeriesAnswer": _read(f"{SAMPLE}/figures", topic="fighters,people,subject:is,place:hajin-enclave"),
    "SumsAnswer": _read(f"{OURS}/figures", rule="sum-of-edition@1", measure="killed"),
    "SituationAnswer": _read(f"{SAMPLE}/situation", at="2018-12-20", place="hajin"),
    "SituationMap": _read(f"{SAMPLE}/situation", "application/geo+json", at="2018-12-20", place="hajin"),
    "PagedCorrectionItem": _read(f"{SAMPLE}/corrections", limit=1),
    "CorrectionAnswer": _read(f"{SAMPLE}/corrections/165"),
    "JsonFeed": _read(f"{SAMPLE}/corrections.json", "application/feed+json", limit=1),
    "Changes": _read(f"{SAMPLE}/changes", limit=1, **BETWEEN),
    "ChangedFindings": _read(f"{SAMPLE}/changes/findings", limit=1, **{"from.as_of": "168", "to.as_of": "169"}),
    "Disagreements": _read(f"{SAMPLE}/disagreements", limit=1),
    "RecordAnswer": _read(f"{SAMPLE}/sources/sohr/record"),
    "EventsPage": _read(f"{SAMPLE}/events", limit=1),
    "EventMessage": _first(_read(f"{SAMPLE}/events", limit=1)),
    "AnswersPage": _read(f"{SAMPLE}/answers", limit=1, **WATCH),
    "AnswerMessage": _first(_read(f"{SAMPLE}/answers", limit=1, **WATCH)),
    "Reset": _first_told(f"{SAMPLE}/events", last="3.00000000"),
    "SubscriptionMade": _subscribed,
    "SubscriptionItem": _read(f"{OURS}/subscriptions/desk"),
    "Subscriptions": _read(f"{OURS}/subscriptions"),
    "Deliveries": _read(f"{OURS}/subscriptions/desk/deliveries"),
    "SecretMade": _send(f"{OURS}/subscriptions/desk/secret", {"overlap_s": 3600}),
    "Dossiers": _read("/dossiers", limit=1),
    "TokensAnswer": _newest_token,
    "GrantItem": _send(f"{OURS}/grants", {"holder": "anyone", "role": "reader", "reason": "All of it is public"}),
    "GrantsAnswer": _read(f"{OURS}/grants", role="reader"),
    "TokensRevoked": _revoked,
    "PrincipalItem": _send("/principals", {"kind": "user", "name": "Anna de Vries", "email": "anna@example.org"}),
    "PrincipalsAnswer": _read("/principals", name="Anna de Vries"),
    "Me": _read("/me"),
    "Ready": _ready,
    # The one that no sound installation gives; the function that words it does.
    "NotReady": lambda http: httpx.Response(
        200, content=bytes(not_ready("takes no writes: could not extend file: No space left on device").body)
    ),
}

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# What is secret, and what every migration changes.
_MADE_UP = {"token": "kroniek_...", "secret": "whsec_...", "schema": "0009"}
_EACH_TIME = {"recorded_at", "time", "date_published", "date_modified", "updated", "created_at", "made_at",
              "expires_at", "granted_at"}  # fmt: skip


def shown(told: Any, name: str = "") -> Any:
    """What is another each time, by what stands for it."""
    if isinstance(told, dict):
        return {key: shown(value, key) for key, value in told.items() if key != "correlationid"}
    if isinstance(told, list):
        return [shown(value, name) for value in told]
    if name == "duration_ms":
        return 12
    if not isinstance(told, str):
        return told
    if name in _EACH_TIME and told.endswith("Z"):
        return "2026-05-04T09:30:00.000000Z"
    if name == "used_on":
        return "2026-05-04"
    if name in _MADE_UP:
        return _MADE_UP[name]
    if name == "url" and "/api/" not in told:
        return HOOK
    told = re.sub(r"record since \d+ \w+ \d{4}, \d\d:\d\d UTC", "record since 4 May 2026, 09:30 UTC", told)
    told = re.sub(_UUID, "018f4c0a-1d2e-7b3c-9a4d-5e6f70819203", told)
    told = re.sub(r"\b([uptg])-[0-9a-f]{12}\b", r"\1-1e42d9a731d9", told)
    told = re.sub(r"\b(\d+)\.[0-9a-f]{8}\b", r"\1.1f0c92ab", told)
    told = re.sub(r"_[0-9a-f]{8}\b", "_1f0c92ab", told)
    told = re.sub(r"\b[0-9a-f]{32}\b", "5d41402abc4b2a76b9719d911017c592", told)
    return re.sub(r"http://[^/]+/", "http://127.0.0.1:8000/", told)


def asked(http: httpx.Client) -> dict[str, Any]:
    """Every example, by its component."""
    found = {}
    head = http.get(SAMPLE).json()["head"]
    assert http.get(SAMPLE, params={"min_position": head}).is_success
    for component, ask in ASKED.items():
        told = ask(http)
        assert told.is_success, f"{component}: {told.status_code} {told.text}"
        found[component] = shown(told.json())
    return found


def main(url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url + "/api/v1", headers=headers, timeout=30) as http:
        EXAMPLES.write_text(json.dumps(asked(http), ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
