"""Spans of what each process does, for OpenTelemetry; none, and nothing of it imported, where nobody asked for them.

A span names the requests that it comes from, by their correlation ids. Each id is one trace, whichever process adds to
it: an append, the fold of its events and their delivery stand in one picture.
"""

import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from hashlib import blake2b
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, SpanContext, Tracer

Attributes = Mapping[str, str | int]

log = structlog.get_logger(__name__)

PACKAGES = "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"
# Any of these asks for them; the rest of what `OTEL_...` says OpenTelemetry reads itself.
ASKED_BY = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
# A batch of events may come from as many requests as it has events.
MOST_CORRELATIONS = 100
# What is not told by then when a process ends is not told.
LAST_WORDS_S = 2.0

_provider: "TracerProvider | None" = None
_tracer: "Tracer | None" = None


def begin(service: str) -> None:
    """From here on spans of this process are told, if the environment asks for it; by a thread, and nobody waits."""
    global _provider, _tracer
    if _provider is not None or not any(os.environ.get(name) for name in ASKED_BY):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        log.warning("no_traces", because=str(error), install=PACKAGES)
        return

    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": service}
    _provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = _provider.get_tracer("kroniek")


def end() -> None:
    """Tells what was not told yet. An endpoint that does not take it holds up the end for no longer than a moment."""
    global _provider, _tracer
    if _provider is not None:
        telling = threading.Thread(target=_provider.shutdown, name="last-spans", daemon=True)
        telling.start()
        telling.join(LAST_WORDS_S)
    _provider = _tracer = None


def told() -> bool:
    return _tracer is not None


def span(name: str, correlation_ids: Collection[str | None], attributes: Attributes) -> AbstractContextManager[None]:
    """What is done meanwhile, as a span; an exception that leaves it is told with it."""
    if _tracer is None:
        return nullcontext()
    return _span(_tracer, name, correlation_ids, attributes)


def spanned(name: str, correlation_ids: Collection[str | None], attributes: Attributes, duration_s: float) -> None:
    """What was done until now, and took so long."""
    if _tracer is not None:
        now_ns = time.time_ns()
        _begun(_tracer, name, correlation_ids, attributes, now_ns - round(duration_s * 1e9)).end(now_ns)


@contextmanager
def _span(tracer: "Tracer", name: str, ids: Collection[str | None], attributes: Attributes) -> Iterator[None]:
    from opentelemetry.trace import Status, StatusCode

    span = _begun(tracer, name, ids, attributes, None)
    try:
        yield
    except BaseException as error:
        # Its kind alone: its words may hold what was recorded.
        span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        span.end()


def _begun(
    tracer: "Tracer", name: str, ids: Collection[str | None], attributes: Attributes, at_ns: int | None
) -> "Span":
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, NonRecordingSpan, set_span_in_context

    known = list(dict.fromkeys(id_ for id_ in ids if id_ is not None))
    first, more = known[:MOST_CORRELATIONS], known[MOST_CORRELATIONS:]
    context = Context()
    if len(first) == 1:
        context = set_span_in_context(NonRecordingSpan(_context_of(first[0])), context)
    links = [Link(_context_of(id_)) for id_ in first] if len(first) > 1 else []
    said: dict[str, str | int | list[str]] = {f"kroniek.{key}": value for key, value in attributes.items()}
    said["kroniek.correlation_ids"] = first
    if more:
        said["kroniek.correlation_ids_left_out"] = len(more)
    return tracer.start_span(name, context=context, attributes=said, links=links, start_time=at_ns)


def _context_of(correlation_id: str) -> "SpanContext":
    """The trace of a request: the same in each process, without any word between them."""
    from opentelemetry.trace import SpanContext, TraceFlags

    digest = blake2b(correlation_id.encode(errors="surrogatepass"), digest_size=24).digest()
    trace_id, span_id = int.from_bytes(digest[:16]), int.from_bytes(digest[16:])
    return SpanContext(trace_id or 1, span_id or 1, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
