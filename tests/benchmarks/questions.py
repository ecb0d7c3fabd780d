"""The questions of a dossier of a million events, over HTTP: at any clocks, and early in the log beside late."""

import random
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

import psutil
import uvloop

from application.event_log import Append, EventLog
from application.projection import catch_up
from domain.actor import ActorDetails, ActorRegistered
from domain.claim import ClaimCorrected, ClaimRecorded, ClaimRevised
from domain.content import Content, Control, Figure, Occurrence
from domain.dossier import DossierDetails, DossierOpened
from domain.events import Event
from domain.fields import Personal, StreamRef
from domain.place import PlaceDetails, PlaceRegistered
from domain.report import ReportDetails, ReportFiled
from domain.source import SourceDetails, SourceRegistered
from domain.statements import Mend
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.rows.pictures import PostgresPictures
from interfaces.bootstrap import READ_MODELS
from interfaces.process import spare_the_collector
from tests.benchmarks.measured import Measured, sized
from tests.benchmarks.running import Connection, percentile, running_api, valkey
from tests.benchmarks.servers import postgres

EVENTS = sized(1_000_000, 10_000, "KRONIEK_BENCH_EVENTS")
DOSSIER = "asked"
READS = sized(150, 3)
SOURCES, PLACES, TOWNS, REPORTS, ACTORS = 50, 500, 100, 1461, 6
FIRST_DAY, DAYS = date(2016, 1, 1), 1461


Ask = Callable[[random.Random, "Moment"], str]


def benchmark() -> Iterable[Measured]:
    with postgres() as url, valkey() as redis_url:
        uvloop.run(_dossier(url))
        with running_api(url, redis_url) as address:
            yield from uvloop.run(_asked(address))


async def _dossier(url: str) -> None:
    spare_the_collector()
    pool = engine(url)
    log = PostgresLog(pool, key=b"benchmark")
    try:
        await _write(log)
        await catch_up(log, PostgresPictures(pool, READ_MODELS), READ_MODELS, DOSSIER)
    finally:
        await log.close()
        await pool.dispose()


@dataclass(frozen=True, slots=True)
class Moment:
    """A day in the world that the dossier had been told of by a position, asked about as of that position or later."""

    day: date
    as_of: int

    @property
    def clocks(self) -> str:
        """What was known ten days after: the same however much has been recorded since."""
        known = self.day + timedelta(10)
        return urlencode({"at": self.day.isoformat(), "reported_by": known.isoformat(), "as_of": self.as_of})


def _told_by(position: int) -> int:
    """How many days the dossier tells of by a position: claims come in the order of days."""
    return max(20, position * DAYS // EVENTS)


def _any_moment(chance: random.Random) -> Moment:
    as_of = chance.randrange(EVENTS // 50, EVENTS)
    return Moment(FIRST_DAY + timedelta(chance.randrange(_told_by(as_of) - 15)), as_of)


TOPIC = "present,people,group:displaced,place:p{}"
# What is asked, and what 95 of 100 answers should take at most, in milliseconds.
QUESTIONS: dict[str, tuple[float, Ask]] = {
    "situation": (300, lambda chance, then: f"situation?{then.clocks}"),
    "control of a place, picture and timeline": (
        50,
        lambda chance, then: f"places/p{chance.randrange(TOWNS)}/control?{then.clocks}",
    ),
    "a figure series": (
        50,
        lambda chance, then: f"figures?topic={TOPIC.format(chance.randrange(TOWNS))}&{then.clocks}",
    ),
    "corrections, page of 100": (
        100,
        lambda chance, then: f"corrections?as_of={then.as_of}&after={then.as_of // 2}&limit=100",
    ),
    "changes between two positions, page of 100": (
        100,
        lambda chance, then: f"changes?from.as_of={then.as_of // 2}&to.as_of={then.as_of}&limit=100",
    ),
    "changes between two cut-offs, page of 100": (
        100,
        lambda chance, then: (
            f"changes?from.as_of={then.as_of}&from.reported_by={then.day}"
            f"&to.as_of={then.as_of}&to.reported_by={then.day + timedelta(10)}&limit=100"
        ),
    ),
}


async def _asked(address: str) -> list[Measured]:
    client = await Connection.open(address)
    told = []
    chance = random.Random(2)

    async def ask(path: str) -> tuple[float, int]:
        begun = time.perf_counter()
        status, body = await client.request("GET", f"/api/v1/dossiers/{DOSSIER}/{path}")
        assert status == 200, (path, body[:500])
        return (time.perf_counter() - begun) * 1000, len(body)

    for what, (target_ms, question) in QUESTIONS.items():
        for _ in range(min(20, READS)):
            await ask(question(chance, _any_moment(chance)))
        anywhere = [await ask(question(chance, _any_moment(chance))) for _ in range(READS)]
        p95, size = percentile([ms for ms, _ in anywhere], 95), percentile([size for _, size in anywhere], 50)
        told.append(
            Measured(
                f"{what}: any clocks, {EVENTS:,} events, over HTTP",
                f"p95 {p95:.0f} ms, median {percentile([ms for ms, _ in anywhere], 50):.0f} ms, {size / 1024:.0f} KB",
                f"p95 {target_ms:.0f} ms",
                p95 <= target_ms,
            )
        )
        told.append(await _early_and_late(what, question, ask))
    memory = max((process.memory_info().rss for process in psutil.Process().children()), default=0) / 2**20
    told.append(Measured("memory of the API after all that", f"{memory:.0f} MB", "400 MB", memory < 400))
    await client.close()
    return told


async def _early_and_late(what: str, question: Ask, ask: Callable[[str], Awaitable[tuple[float, int]]]) -> Measured:
    """Of the same days, as of soon after they were told of and as of the end of the log."""
    took: dict[str, list[float]] = {"early": [], "late": []}
    sizes: dict[str, list[int]] = {"early": [], "late": []}
    early = EVENTS // 10
    for nth in range(READS // 2):
        day = FIRST_DAY + timedelta(random.Random(nth).randrange(_told_by(early) - 15))
        for name, as_of in (("early", early), ("late", EVENTS)):
            ms, size = await ask(question(random.Random(nth), Moment(day, as_of)))
            took[name].append(ms)
            sizes[name].append(size)
    medians = {name: percentile(ms, 50) for name, ms in took.items()}
    kb = {name: percentile(size, 50) / 1024 for name, size in sizes.items()}
    return Measured(
        f"{what}: of the same days, early in the log and late",
        f"median {medians['early']:.1f} ms ({kb['early']:.0f} KB) and {medians['late']:.1f} ms ({kb['late']:.0f} KB)",
        "early no slower than late",
        # Two medians of the same thing differ by a little in every run.
        medians["early"] <= medians["late"] * 1.15 + 0.5,
    )


async def _write(log: EventLog) -> None:
    await log.append([_append(ref, 0, [event]) for ref, event in _gazetteer()])
    position, claims = await log.head(DOSSIER), 0
    while position < EVENTS:
        group = []
        for _ in range(min(900, EVENTS - position)):
            group.append(_append(StreamRef("claim", f"c{claims}"), 0, [_recorded(claims)]))
            claims += 1
        changed = range(claims - len(group), claims, 9)[: min(100, EVENTS - position - len(group))]
        group += [_append(StreamRef("claim", f"c{claim}"), 1, [_changed(claim)]) for claim in changed]
        await log.append(group)
        position += len(group)


def _gazetteer() -> Iterator[tuple[StreamRef, Event]]:
    yield StreamRef("dossier", DOSSIER), DossierOpened(details=DossierDetails(title="Asked"))
    for number in range(SOURCES):
        details = SourceDetails(name=Personal(value=f"Source {number}"), kind="monitor")
        yield StreamRef("source", f"s{number}"), SourceRegistered(details=details)
    for number in range(ACTORS):
        actor = ActorDetails(name=Personal(value=f"Actor {number}"), kind="armed_group")
        yield StreamRef("actor", f"a{number}"), ActorRegistered(details=actor)
    for number in range(10):
        adm1 = PlaceDetails(name=Personal(value=f"Governorate {number}"), kind="adm1")
        yield StreamRef("place", f"g{number}"), PlaceRegistered(details=adm1)
    for number in range(PLACES):
        place = PlaceDetails(
            name=Personal(value=f"Place {number}"), kind="town", within=f"g{number % 10}",
            latitude=34 + number / 100, longitude=36 + number / 100,
        )  # fmt: skip
        yield StreamRef("place", f"p{number}"), PlaceRegistered(details=place)
    for number in range(REPORTS):
        published = (FIRST_DAY + timedelta(number + 1)).isoformat()
        report = ReportDetails(label=Personal(value=f"Report {number}"), published=published, publisher="s1")
        yield StreamRef("report", f"r{number}"), ReportFiled(details=report)


def _claims() -> int:
    return EVENTS * 9 // 10


def _recorded(number: int) -> ClaimRecorded:
    day = min(DAYS - 1, number * DAYS // _claims())
    return ClaimRecorded(report=f"r{min(day, REPORTS - 1)}", content=_content(number, day))


def _content(number: int, day: int) -> Content:
    """Of twenty claims two are about control, three count who is there, one tells what happened; the rest are dead."""
    turn = number // 20
    on = (FIRST_DAY + timedelta(day)).isoformat()
    town = f"p{turn % TOWNS}"
    speaker = f"s{(turn % TOWNS + turn // TOWNS % 3) % SOURCES}"
    match number % 20:
        case 0 | 1:
            holder = f"a{(turn + turn // TOWNS // 40) % ACTORS}"
            return Control(kind="control", status="controls", actor=holder, place=town, when=on, claimant=speaker)
        case 2 | 3 | 4 as which:
            return Figure(
                kind="figure", measure="present", unit="people", qualifier="about", best=1000 + turn % 900,
                group=("displaced", "children", "women")[which - 2], place=town, when=on, claimant=speaker,
            )  # fmt: skip
        case 5:
            happened = "capture" if turn % 400 == 0 else "shelling"
            actors = {"by": (f"a{turn % ACTORS}",)}
            return Occurrence(kind="occurrence", type=happened, actors=actors, place=town, when=on, claimant=speaker)
        case _:
            return Figure(
                kind="figure", measure="killed", unit="people", qualifier="stated", low=0, best=number % 50, high=60,
                place=f"p{number % PLACES}", when=on, claimant=f"s{number % SOURCES}",
            )  # fmt: skip


def _changed(number: int) -> Event:
    day = min(DAYS - 1, number * DAYS // _claims())
    if number % 2:
        return ClaimCorrected(mends=[Mend(statement=1, set={"note": {"value": "Read again"}})], reason="Misread")
    later = f"r{min(day + 30, REPORTS - 1)}"
    return ClaimRevised(statement=2, after=1, report=later, set={"note": {"value": "Said again"}})


def _append(stream: StreamRef, version: int, events: list[Event]) -> Append:
    return Append(DOSSIER, stream, version, events, "bench", uuid.uuid4().hex, b"bench")
