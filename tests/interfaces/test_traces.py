"""Spans for OpenTelemetry: a request is found again in its append, its fold and its delivery; nobody waits for them."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.interfaces.receiving import receiver
from tests.interfaces.running import ROOT, Dossier, Running, done, eventually, figure, furnish, running

ASKED = {"KRONIEK_EMBEDDED": "true", "OTEL_BSP_SCHEDULE_DELAY": "100"}
ANSWERED_WITHIN_S, ENDED_WITHIN_S = 5, 12


class Span:
    """One span as it was sent, with the service that sent it."""

    def __init__(self, service: str, sent: Any) -> None:
        self.service, self.name, self.trace = service, sent.name, sent.trace_id.hex()
        self.seconds = (sent.end_time_unix_nano - sent.start_time_unix_nano) / 1e9
        self.said = {one.key: one.value for one in sent.attributes}

    @property
    def correlation_ids(self) -> list[str]:
        return [one.string_value for one in self.said["kroniek.correlation_ids"].array_value.values]


@contextmanager
def collector() -> Iterator[tuple[str, list[Span]]]:
    """A server for OTLP over HTTP, as far as a sender sees, and the spans that it was sent."""
    spans: list[Span] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
            for resource in sent.resource_spans:
                named = {one.key: one.value.string_value for one in resource.resource.attributes}
                for scope in resource.scope_spans:
                    spans.extend(Span(named["service.name"], span) for span in scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        server.server_close()


def named(spans: list[Span], name: str, request_id: str) -> list[Span]:
    return [span for span in list(spans) if span.name == name and request_id in span.correlation_ids]


def test_one_request_is_found_in_its_append_its_fold_and_its_delivery(
    new_database: Callable[[], str], valkey_url: str, tmp_path: Path
) -> None:
    with collector() as (url, spans), receiver() as hook:
        settings = {**ASKED, "OTEL_EXPORTER_OTLP_ENDPOINT": url}
        redis_url = valkey_url.replace("db=0", "db=12")
        with running(new_database(), redis_url, tmp_path, settings=settings) as there, there.client() as http:
            done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
            dossier = furnish(Dossier(http, "d"))
            done(http.post("/dossiers/d/subscriptions", json={"url": hook.url, "watch": {}, "from": "now"}))
            # What came before is folded, so that its fold is of this request alone.
            done(dossier.get("claims"))
            answer = dossier.post("claims", figure(), x_request_id="found-again")
            assert answer.headers["x-request-id"] == "found-again"
            traces = set()
            for name, service in (("append", "kroniek-api"), ("fold", "kroniek-worker"), ("deliver", "kroniek-worker")):
                eventually(partial(named, spans, name, "found-again"), f"the span of the {name}")
                (span,) = named(spans, name, "found-again")
                assert (span.service, 0 <= span.seconds < 30) == (service, True)
                traces.add(span.trace)
            # No word of it went between the processes: who knows the request knows the trace.
            assert len(traces) == 1
            assert not named(spans, "append", "found-again")[0].said.keys() - {
                "kroniek.dossier", "kroniek.correlation_ids",
            }  # fmt: skip
            # A refusal is nobody's append.
            assert dossier.post("claims", figure(unit="km2"), x_request_id="refused").status_code == 422
            assert not named(spans, "append", "refused")


@pytest.mark.parametrize("gone", [False, True], ids=["hangs", "is gone"])
def test_an_endpoint_that_takes_nothing_delays_nothing(
    new_database: Callable[[], str], valkey_url: str, tmp_path: Path, gone: bool
) -> None:
    with socket.socket() as endpoint:
        endpoint.bind(("127.0.0.1", 0))
        if not gone:
            # Whoever connects is let in by the system, and never answered.
            endpoint.listen()
        settings = {**ASKED, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{endpoint.getsockname()[1]}"}
        redis_url = valkey_url.replace("db=0", f"db={13 + gone}")
        with (
            running(new_database(), redis_url, tmp_path, worker=not gone, settings=settings) as there,
            there.client() as http,
        ):
            done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
            dossier = furnish(Dossier(http, "d"))
            for _ in range(10):
                begun = time.monotonic()
                done(dossier.post("claims", figure()))
                assert time.monotonic() - begun < ANSWERED_WITHIN_S
            if not gone:
                done(dossier.get("claims"))
            for name in list(there.processes):
                assert there.stop(name) < ENDED_WITHIN_S
                assert "Traceback" not in there.said(name)


def test_nothing_of_it_is_imported_where_nobody_asked() -> None:
    code = """
import os, sys
os.environ["KRONIEK_DATABASE_URL"], os.environ["KRONIEK_REDIS_URL"] = "postgresql://nobody/x", "redis://127.0.0.1:9/0"
import interfaces.api.app, interfaces.worker.main
from infrastructure import traces
traces.begin("a test")
with traces.span("append", ["a"], {}):
    traces.spanned("fold", ["a"], {}, 0.1)
traces.end()
assert not traces.told()
# The client of Redis looks by itself for what counts, where it is installed.
ours = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "google.protobuf", "requests")
raise SystemExit(", ".join(name for name in sys.modules if name.startswith(ours)) or 0)
"""
    env = {"PATH": "/usr/bin:/bin"}
    done_ = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done_.returncode == 0, done_.stderr


def test_where_its_packages_are_not_there_a_line_of_log_says_what_to_install() -> None:
    code = """
import sys
sys.modules["opentelemetry.sdk"] = None
from infrastructure import traces
traces.begin("a test")
assert not traces.told()
with traces.span("append", ["a"], {}):
    traces.end()
"""
    env = {"PATH": "/usr/bin:/bin", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert (said.returncode, "opentelemetry-exporter-otlp-proto-http" in said.stdout + said.stderr) == (0, True)


def test_a_batch_of_many_requests_names_the_first_and_says_how_many_there_are_more(
    new_database: Callable[[], str], valkey_url: str, tmp_path: Path
) -> None:
    with collector() as (url, spans):
        settings = {**ASKED, "OTEL_EXPORTER_OTLP_ENDPOINT": url}
        redis_url = valkey_url.replace("db=0", "db=15")
        with running(new_database(), redis_url, tmp_path, worker=False, settings=settings) as there:
            many_then_a_worker(there)
            eventually(lambda: [span for span in list(spans) if span.name == "fold"], "the fold")
            (fold,) = [span for span in list(spans) if span.name == "fold"]
            assert len(fold.correlation_ids) == 100
            assert fold.said["kroniek.correlation_ids_left_out"].int_value >= 10


def many_then_a_worker(there: Running) -> None:
    with there.client() as http:
        done(http.post("/dossiers", json={"id": "d", "title": "A dossier"}))
        for number in range(115):
            source = {"id": f"s{number}", "name": "A source", "kind": "monitor"}
            done(http.post("/dossiers/d/sources", json=source))
    there.start_worker()
