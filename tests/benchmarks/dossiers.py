"""Dossiers to measure with: made of facts straight into the log, as large as wanted."""

import uuid
from collections.abc import Iterator

from application.event_log import Append, EventLog
from domain.claim import ClaimCorrected, ClaimRecorded
from domain.content import Figure
from domain.dossier import DossierDetails, DossierOpened
from domain.events import Event
from domain.fields import Personal, StreamRef
from domain.place import PlaceDetails, PlaceRegistered
from domain.report import ReportDetails, ReportFiled
from domain.source import SourceDetails, SourceRegistered
from domain.statements import Mend

SOURCES, PLACES, REPORTS = 50, 500, 500
NOTE = Personal(value="Most of them in air strikes, according to the same report")


async def write_dossier(log: EventLog, dossier_id: str, events: int) -> None:
    """A dossier of so many events: nine in ten record a claim, one in ten corrects one."""
    await log.append([_append(dossier_id, ref, 0, event) for ref, event in _gazetteer(dossier_id)])
    position, claims = await log.head(dossier_id), 0
    while position < events:
        group = []
        for _ in range(min(900, events - position)):
            group.append(_append(dossier_id, StreamRef("claim", f"c{claims}"), 0, _recorded(claims)))
            claims += 1
        corrected = range(claims - len(group), claims)[: min(100, events - position - len(group))]
        group += [_append(dossier_id, StreamRef("claim", f"c{claim}"), 1, _CORRECTED) for claim in corrected]
        await log.append(group)
        position += len(group)


async def write_contradictions(log: EventLog, dossier_id: str, claims: int) -> None:
    """So many claims of five voices about one place, `p0`, that contradict each other all the time."""
    for start in range(0, claims, 1_000):
        await log.append([_contradicting(dossier_id, number) for number in range(start, min(start + 1_000, claims))])


def _contradicting(dossier_id: str, number: int) -> Append:
    # The days of a year, again and again, each time by others.
    month, day = number // 28 % 12 + 1, number % 28 + 1
    content = Figure(
        kind="figure", measure="killed", unit="people", qualifier="stated", best=number, claimant=f"s{number % 5}",
        place="p0", when=f"2018-{month:02}-{day:02}",
    )  # fmt: skip
    stream = StreamRef("claim", f"of-one-place-{number}")
    return _append(dossier_id, stream, 0, ClaimRecorded(report=f"r{number % REPORTS}", content=content))


def _gazetteer(dossier_id: str) -> Iterator[tuple[StreamRef, Event]]:
    yield StreamRef("dossier", dossier_id), DossierOpened(details=DossierDetails(title="Measured"))
    for number in range(SOURCES):
        details = SourceDetails(name=Personal(value=f"Source {number}"), kind="monitor")
        yield StreamRef("source", f"s{number}"), SourceRegistered(details=details)
    for number in range(PLACES):
        place = PlaceDetails(name=Personal(value=f"Place {number}"), kind="town")
        yield StreamRef("place", f"p{number}"), PlaceRegistered(details=place)
    for number in range(REPORTS):
        label = Personal(value=f"Report {number}")
        report = ReportDetails(label=label, published=f"2018-{number % 12 + 1:02}", publisher=f"s{number % SOURCES}")
        yield StreamRef("report", f"r{number}"), ReportFiled(details=report)


def _recorded(number: int) -> ClaimRecorded:
    content = Figure(
        kind="figure",
        measure="killed",
        unit="people",
        qualifier="stated",
        low=0,
        best=number % 1000,
        high=2000,
        claimant=f"s{number % SOURCES}",
        place=f"p{number % PLACES}",
        when=f"2018-{number % 12 + 1:02}-{number % 28 + 1:02}",
        note=NOTE,
    )
    return ClaimRecorded(report=f"r{number % REPORTS}", content=content)


_CORRECTED = ClaimCorrected(mends=[Mend(statement=1, set={"best": 5})], reason="A digit too many")


def _append(dossier_id: str, stream: StreamRef, version: int, event: Event) -> Append:
    return Append(dossier_id, stream, version, [event], "bench", uuid.uuid4().hex, b"bench")
