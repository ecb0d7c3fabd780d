"""What each process counts of its own work, for Prometheus. What the database knows is asked when it is scraped."""

from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import REGISTRY

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)

# By the template of the address, never by the address: there are as many as there are routes.
requests = Counter("kroniek_requests", "Requests answered", ["route", "method", "status"])
request_seconds = Histogram("kroniek_request_seconds", "From the request to the end of its answer", ["route"],
                            buckets=_SECONDS)  # fmt: skip
refusals = Counter("kroniek_refusals", "Requests refused, by the code of the problem", ["code"])
failed_attempts = Counter("kroniek_failed_attempts", "Tokens that were tried and stand for nobody")
streams = Gauge("kroniek_streams", "Streams that are followed now")
appends = Counter("kroniek_appends", "Appends committed")
commit_seconds = Histogram("kroniek_commit_seconds", "One batch of appends, from asking to durable", buckets=_SECONDS)
commit_appends = Histogram("kroniek_commit_appends", "Appends in a batch", buckets=_SIZES)
commits_failed = Counter("kroniek_commits_failed", "Batches that the database did not take")
turn_seconds = Histogram("kroniek_turn_seconds", "One batch of events, folded into all read models", buckets=_SECONDS)
turn_events = Histogram("kroniek_turn_events", "Events in a batch of a turn", buckets=_SIZES)
delivery_seconds = Histogram("kroniek_delivery_seconds", "One attempt to deliver a webhook", ["outcome"],
                             buckets=_SECONDS)  # fmt: skip
lines_dropped = Gauge("kroniek_log_lines_dropped", "Lines of log that nobody took, since this process began")
pool_connections = Gauge("kroniek_pool_connections", "Connections of the pool that are in use")
pool_most = Gauge("kroniek_pool_connections_most", "Connections that the pool may have")

# Of the database: the same from every process.
late_seconds = Gauge("kroniek_read_models_late_seconds", "How long the oldest event waits; the 20 worst", ["dossier"])
late_events = Gauge("kroniek_read_models_late_events", "How many events wait; the 20 worst", ["dossier"])
subscriptions = Gauge("kroniek_subscriptions", "Subscriptions; of those that are paused, for which reason",
                      ["state", "reason"])  # fmt: skip
rebuilds = Gauge("kroniek_rebuilds", "Rebuilds under way")


_NAMING_DOSSIERS = frozenset({"kroniek_read_models_late_seconds", "kroniek_read_models_late_events"})


class _Unnamed:
    """What names no dossier."""

    def collect(self) -> Iterator[Metric]:
        return (metric for metric in REGISTRY.collect() if metric.name not in _NAMING_DOSSIERS)


def told(*, dossiers: bool) -> bytes:
    """All of it, as OpenMetrics, or what names no dossier."""
    text: bytes = generate_latest(REGISTRY if dossiers else _Unnamed())  # type: ignore[no-untyped-call]
    return text


def serve(host: str, port: int) -> None:
    """Tells it at `/metrics` of an address of its own, by a thread, for a process that serves nothing else."""
    start_http_server(port, host)
