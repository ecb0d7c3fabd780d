"""A projection that catches up, from nothing: all our read models, beside one of `eventsourcing` on the same server."""

import time
from collections.abc import Iterable
from typing import Any

import uvloop
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL

from application.projection import catch_up
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.rows.pictures import PostgresPictures
from interfaces.bootstrap import READ_MODELS
from interfaces.process import spare_the_collector
from tests.benchmarks.dossiers import write_dossier
from tests.benchmarks.log import REASON, peer_settings
from tests.benchmarks.measured import Measured, per_second, sized
from tests.benchmarks.servers import beside, postgres

EVENTS, PEER_EVENTS = sized(100_000, 2_000, "KRONIEK_BENCH_EVENTS"), sized(10_000, 200)
DOSSIER, TARGET, AT_ONCE = "measured", 8, 100
WAIT_S = 120


def benchmark() -> Iterable[Measured]:
    with postgres() as url:
        ours, theirs = uvloop.run(_ours(url)), _theirs(beside(url, "peer"))
    yield Measured(
        f"catch-up of all {len(READ_MODELS)} read models, {EVENTS:,} events",
        f"{per_second(ours)} events, {ours / theirs:.1f}x",
        f"{TARGET}x eventsourcing with one projection of a row an event, {per_second(theirs)}",
        ours >= TARGET * theirs,
    )


async def _ours(url: str) -> float:
    spare_the_collector()
    pool = engine(url)
    log = PostgresLog(pool, key=b"benchmark")
    try:
        await write_dossier(log, DOSSIER, EVENTS)
        begun = time.perf_counter()
        taken = await catch_up(log, PostgresPictures(pool, READ_MODELS), READ_MODELS, DOSSIER)
        assert taken == EVENTS, f"{taken} of {EVENTS} events taken"
        return taken / (time.perf_counter() - begun)
    finally:
        await log.close()
        await pool.dispose()


class GradedSource(Aggregate):
    @event("Graded")
    def grade(self, reliability: str, reason: str) -> None:
        self.reliability, self.reason = reliability, reason


class Graded(PostgresTrackingRecorder):
    """A row for each event, in one transaction with how far the projection is: as its documentation has it."""

    def __init__(self, datastore: Any, **options: Any) -> None:
        super().__init__(datastore, **options)
        self.sql_create_statements.append(SQL("create table if not exists graded (source uuid, reason text)").format())

    def add(self, source: Any, reason: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute("insert into graded values (%s, %s)", (source, reason))


class GradedProjection(Projection[Graded]):
    name = "graded"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        reason = getattr(domain_event, "reason", "")
        self.view.add(domain_event.originator_id, reason, tracking)


def _theirs(url: str) -> float:
    settings = peer_settings(url)
    with Application[Any](env=settings) as application:
        saved = []
        for _ in range(PEER_EVENTS // AT_ONCE):
            source = GradedSource()
            for version in range(AT_ONCE - 1):
                source.grade("B", f"{REASON} ({version})")
            saved += application.save(source)
    begun = time.perf_counter()
    with ProjectionRunner(
        application_class=Application[Any], projection_class=GradedProjection, view_class=Graded, env=settings
    ) as runner:
        runner.wait(saved[-1].notification.id, timeout=WAIT_S)
        return len(saved) / (time.perf_counter() - begun)
