"""What each question looks at in a small dossier that was just filled: rows and visits to indexes, not time."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from application.event_log import Append
from application.findings import KINDS_OF_DISAGREEMENT
from application.reading import Page, Reading
from domain.claim import ClaimRecorded
from domain.clocks import Clocks
from domain.content import Figure
from domain.contradictions import CANNOT_ALL_BE_RIGHT
from domain.dossier import DossierDetails, DossierOpened
from domain.events import Event
from domain.fields import Personal, StreamRef
from domain.figures import LATEST_PER_CLAIMANT
from domain.incident import IncidentDetails, IncidentLinked, IncidentOpened
from domain.place import PlaceDetails, PlaceRegistered
from domain.report import ReportDetails, ReportFiled
from domain.source import SourceDetails, SourceRegistered
from domain.topic import parse_topic
from domain.when import parse
from infrastructure.questions.around import places_inside
from infrastructure.questions.changes import PicturePair, candidates
from infrastructure.questions.claims import ClaimFilter, claims_as_of
from infrastructure.questions.control import control_of
from infrastructure.questions.corrections import corrections
from infrastructure.questions.dataset_figures import dataset_figures, several_incidents
from infrastructure.questions.datasets import datasets_as_of
from infrastructure.questions.disagreements import Sought, disagreements
from infrastructure.questions.figures import FigureFilter, beside, claims_beside, inside, topic_claims, topics
from infrastructure.questions.record import source_record
from infrastructure.questions.situation import Ruled, situation
from infrastructure.questions.touched import touched
from infrastructure.questions.unplaced import unplaced
from infrastructure.read_models.incidents import incidents_as_of
from infrastructure.rows.checkpoints import driver_connection
from tests.infrastructure.test_oracle import House, a_dossier

REPORTS, PLACES, INCIDENTS, OTHERS = 60, 200, 300, 300
# Rows are as wide as real ones are: it decides what the planner takes for dear.
WORDS = Personal(value="Clashes between pro-government forces and the opposition in the east of the district. " * 12)
# Rows and visits to indexes for each event of the dossier. What makes pairs of this with that comes to hundreds.
AT_MOST = 10
ASKED_BEFORE = 6

Ask = Callable[[AsyncConnection, Reading], Awaitable[Any]]


def _facts(dossier: str) -> Iterator[tuple[StreamRef, Event]]:
    """As an edition of 300 rows has them: each row an incident, and what was counted in it. No stocks."""
    yield StreamRef("dossier", dossier), DossierOpened(details=DossierDetails(title="Fresh"))
    yield StreamRef("source", "ucdp"), SourceRegistered(details=SourceDetails(name=Personal(value="U"), kind="monitor"))
    for n in range(PLACES):
        within = None if n < 10 else f"p{n % 10}"
        place = PlaceDetails(name=Personal(value=f"Place {n}"), kind="town", within=within)
        yield StreamRef("place", f"p{n}"), PlaceRegistered(details=place)
    for n in range(REPORTS):
        report = ReportDetails(label=Personal(value=f"R {n}"), published=f"2019-{n % 12 + 1:02}", dataset="ged")
        yield StreamRef("report", f"r{n}"), ReportFiled(details=report)
    for n in range(INCIDENTS):
        said: dict[str, Any] = {"place": f"p{n % PLACES}", "when": f"2018-{n % 12 + 1:02}-{n % 28 + 1:02}"}
        said |= {"claimant": "ucdp", "note": WORDS}
        counted: dict[str, Any] = {"kind": "figure", "unit": "people", "qualifier": "stated", "best": n}
        contents = [
            Figure(measure="killed", group=group, **counted, **said)
            for group in ("civilians", None, "women", "children", "soldiers")
        ]
        told = [f"c{n}-{nth}" for nth in range(len(contents))]
        for claim, content in zip(told, contents, strict=True):
            yield StreamRef("claim", claim), ClaimRecorded(report=f"r{n % REPORTS}", content=content)
        incident = IncidentDetails(title=Personal(value=f"I {n}"))
        yield StreamRef("incident", f"i{n}"), IncidentOpened(details=incident)
        yield StreamRef("incident", f"i{n}"), IncidentLinked(claims=told)


@pytest.fixture(scope="module")
def fresh(house: House) -> Reading:
    """Filled at once and read as it came, in a database that held nothing."""
    return house.run(_filled(house, _facts))


@pytest.fixture(scope="module")
def among_many(house: House, fresh: Reading) -> Reading:
    """The same beside hundreds of dossiers that are all but empty, once the server has counted what there is."""

    async def surround() -> None:
        for _ in range(OTHERS):
            await _filled(house, _few_facts)
        async with driver_connection(house.engine) as connection:
            await connection.execute("analyze")

    house.run(surround())
    return fresh


@pytest.fixture(scope="module")
def beside_a_large_one(house: House, among_many: Reading) -> Reading:
    """One of those that are all but empty."""
    return house.run(_filled(house, _few_facts))


async def _filled(house: House, facts: Callable[[str], Iterator[tuple[StreamRef, Event]]]) -> Reading:
    dossier, versions, group = a_dossier(), dict[StreamRef, int](), list[Append]()
    for nth, (stream, event) in enumerate(facts(dossier)):
        version = versions.get(stream, 0)
        group.append(Append(dossier, stream, version, [event], "desk", f"{dossier}-{nth}", b""))
        versions[stream] = version + 1
        if len(group) == 500:
            await house.log.append(group)
            await house.catch_up(dossier, 2_000)
            group.clear()
    await house.log.append(group)
    await house.catch_up(dossier, 2_000)
    return await house.reading(dossier)


def _few_facts(dossier: str) -> Iterator[tuple[StreamRef, Event]]:
    """Two events of each kind of stream, and the claims that its first incident tells of."""
    met = Counter[str]()
    for stream, event in _facts(dossier):
        met[stream.kind] += 1
        if met[stream.kind] <= (5 if stream.kind == "claim" else 2):
            yield stream, event


AT = parse("2018-06-06").bounds.latest
CUT_OFF = parse("2020").bounds.latest


def _earlier(reading: Reading) -> Reading:
    return replace(reading, position=reading.position // 2)


async def _all(found: Any) -> None:
    async for _ in found:
        pass


EVERYWHERE = Sought(KINDS_OF_DISAGREEMENT, None, CANNOT_ALL_BE_RIGHT)
OF_AN_INCIDENT = parse_topic("killed,people,place:p7,incident:i7")
QUESTIONS: dict[str, Ask] = {
    "situation": lambda c, r: situation(c, r, Ruled("latest-per-claimant@2")),
    "situation of a place": lambda c, r: situation(c, r, Ruled("widest-range@2"), ["p7"]),
    "disagreements": lambda c, r: disagreements(c, r, EVERYWHERE, None, 1000),
    "control": lambda c, r: control_of(c, r, "p17"),
    "topics": lambda c, r: topics(c, r, FigureFilter(), None, 1000),
    "a topic": lambda c, r: topic_claims(c, r, parse_topic("killed,people,place:p7"), LATEST_PER_CLAIMANT),
    "a topic of an incident": lambda c, r: topic_claims(c, r, OF_AN_INCIDENT, LATEST_PER_CLAIMANT),
    "topics beside": lambda c, r: beside(c, r, parse_topic("killed,people,place:p7")),
    "topics inside": lambda c, r: inside(c, r, parse_topic("killed,people,place:p7")),
    "topics without a place": lambda c, r: unplaced(c, r, parse_topic("killed,people,place:p7")),
    "what is beside": lambda c, r: claims_beside(c, r, [parse_topic("killed,people,place:p7")], LATEST_PER_CLAIMANT),
    "sums of an edition": lambda c, r: _all(dataset_figures(c, r, FigureFilter(), "ged", stocks=True)),
    "what a dataset tells of together": lambda c, r: several_incidents(c, r, None),
    "datasets": datasets_as_of,
    "source record": lambda c, r: source_record(c, r, "ucdp"),
    "corrections": lambda c, r: corrections(c, r, None, (None, None), None, 1000, newest_first=True),
    "corrections of a family": lambda c, r: corrections(c, r, "source", (None, None), None, 1000, newest_first=True),
    "changes between positions": lambda c, r: candidates(c, PicturePair(_earlier(r), r), None, 10_000),
    "changes between cut-offs": lambda c, r: candidates(
        c, PicturePair(replace(r, clocks=Clocks(AT, AT, "certain")), r), None, 10_000
    ),
    "claims": lambda c, r: claims_as_of(c, r, ClaimFilter(kind="figure"), Page(1000)),
    "claims of a claimant": lambda c, r: claims_as_of(c, r, ClaimFilter(claimant="ucdp"), Page(1000)),
    "incidents": lambda c, r: incidents_as_of(c, r, Page(1000)),
    "places": lambda c, r: places_inside(c, r, "p7"),
    "touched": lambda c, r: touched(c, r, r.position - 500, beside=True, around=True),
}


CUT_OFFS = pytest.mark.parametrize("cut_off", [None, CUT_OFF], ids=["whatever was out", "a cut-off"])
EVERY_QUESTION = pytest.mark.parametrize("question", QUESTIONS)


@CUT_OFFS
@EVERY_QUESTION
def test_a_question_about_a_small_fresh_dossier_looks_at_few_rows(
    house: House, fresh: Reading, question: str, cut_off: int | None
) -> None:
    assert _looked_at_for(house, fresh, question, cut_off) <= AT_MOST * fresh.position


@CUT_OFFS
@EVERY_QUESTION
def test_it_looks_at_no_more_of_them_among_many_that_are_smaller(
    house: House, among_many: Reading, question: str, cut_off: int | None
) -> None:
    assert _looked_at_for(house, among_many, question, cut_off) <= AT_MOST * among_many.position


def test_every_table_is_planned_for_the_largest_dossier(house: House) -> None:
    async def told() -> dict[tuple[str, str], list[str] | None]:
        async with driver_connection(house.engine) as connection:
            found = await connection.execute(
                "select c.relname, a.attname, a.attoptions from pg_class c join pg_attribute a on a.attrelid = c.oid "
                "where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace "
                "and a.attname in ('dossier_id', 'generation')"
            )
            return {(table, column): options for table, column, options in await found.fetchall()}

    found = house.run(told())
    assert ("statements", "generation") in found
    assert found == {column: ["n_distinct=1"] for column in found}


@CUT_OFFS
@EVERY_QUESTION
def test_a_small_one_beside_a_large_one_is_asked_about_without_going_through_pairs(
    house: House, fresh: Reading, beside_a_large_one: Reading, question: str, cut_off: int | None
) -> None:
    # A table that is mostly the large one's may be gone through once: never once for each row.
    assert _looked_at_for(house, beside_a_large_one, question, cut_off) <= fresh.position


def _looked_at_for(house: House, asked_of: Reading, question: str, cut_off: int | None) -> int:
    async def looked_at() -> int:
        async with house.engine.connect() as connection:
            connection = await connection.execution_options(isolation_level="READ COMMITTED")
            reading = replace(asked_of, clocks=Clocks(AT, cut_off, "certain"))
            # From then on the driver prepares it, and the plan is the one for any values.
            for _ in range(ASKED_BEFORE):
                await QUESTIONS[question](connection, reading)
            before = await _looked_at(connection)
            await QUESTIONS[question](connection, reading)
            return await _looked_at(connection) - before

    return house.run(looked_at())


async def _looked_at(connection: AsyncConnection) -> int:
    found = await connection.execute(
        text(
            "select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) + coalesce(idx_scan, 0)) "
            "from pg_stat_xact_user_tables"
        )
    )
    return int(found.scalar_one())
