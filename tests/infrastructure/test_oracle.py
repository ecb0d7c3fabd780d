"""Live rows = rebuilt rows = the naive evaluator: for any history, any batches, at any position and any clocks."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from application.event_log import Recorded
from application.execute import Asked as AskedCommand
from application.execute import Executor
from application.projection import ReadModel, catch_up, rebuild
from application.reading import Page, Reading
from application.same_persons import PersonsThere
from domain import when
from domain.clocks import Certainty, Clocks
from domain.content import Figure
from domain.events import read_command
from domain.fact import Command
from domain.likeness import likeness
from domain.odd_numbers import number_of
from domain.rules import RULES
from domain.told import Told
from domain.topic import parse_topic
from infrastructure.database import engine
from infrastructure.log.postgres import PostgresLog
from infrastructure.questions.alike import FEW, claims_alike
from infrastructure.questions.around import places_inside
from infrastructure.questions.claims import ClaimFilter, claim_as_of, claims_as_of
from infrastructure.questions.figures import topic_claims
from infrastructure.questions.merges import all_merged
from infrastructure.questions.near_numbers import MOST_WORDS, near_numbers
from infrastructure.questions.reports import report_as_of, reports_as_of
from infrastructure.questions.same_persons import persons_in
from infrastructure.read_models.actors import Actors, actor_as_of, actors_as_of
from infrastructure.read_models.assessments import Assessments
from infrastructure.read_models.claims import Claims
from infrastructure.read_models.dossiers import Dossiers, all_dossiers, dossier_as_of
from infrastructure.read_models.incidents import Incidents
from infrastructure.read_models.persons import Persons
from infrastructure.read_models.places import Places, place_as_of, places_as_of
from infrastructure.read_models.reports import Reports
from infrastructure.read_models.sources import Sources, source_as_of, sources_as_of
from infrastructure.rows.pictures import PostgresPictures
from tests import naive
from tests.histories import (
    ACTORS,
    CLAIMS,
    MOMENTS,
    PLACES,
    REPORTS,
    SOURCES,
    CatchUp,
    carry_out,
    examples,
    histories,
    maybe,
)

ResultT = TypeVar("ResultT")
READ_MODELS: tuple[ReadModel[Any], ...] = (
    Dossiers(), Sources(), Actors(), Places(), Reports(), Claims(), Incidents(), Persons(), Assessments(),
)  # fmt: skip
EVERYTHING = naive.Asked()
LISTS: dict[str, Any] = {"source": sources_as_of, "actor": actors_as_of, "place": places_as_of, "report": reports_as_of}
FIGURE: TypeAdapter[Figure] = TypeAdapter(Figure)
ITEMS = {"source": source_as_of, "actor": actor_as_of, "place": place_as_of, "report": report_as_of}


class House:
    """One database for all the tests here, each with a dossier of its own."""

    def __init__(self, url: str, runner: asyncio.Runner, connections: int = 10) -> None:
        self._runner = runner
        self.engine = engine(url, connections=connections)
        self.log = PostgresLog(self.engine, key=b"key")
        self.pictures = PostgresPictures(self.engine, READ_MODELS)

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self._runner.run(work)

    async def catch_up(self, dossier_id: str, batch_size: int = 100) -> int:
        return await catch_up(self.log, self.pictures, READ_MODELS, dossier_id, batch_size=batch_size)

    async def events(self, dossier_id: str) -> list[Recorded]:
        return await self.log.read(dossier_id, 0, 100_000)

    async def reading(self, dossier_id: str, position: int | None = None, asked: naive.Asked = EVERYTHING) -> Reading:
        picture = await self.pictures.picture(dossier_id)
        assert picture is not None
        clocks = Clocks(asked.at, asked.reported_by, asked.certainty)  # type: ignore[arg-type]
        position = picture.position if position is None else position
        return Reading(dossier_id, position, picture.generations, picture.time_zone, clocks)

    async def close(self) -> None:
        await self.log.close()
        await self.engine.dispose()


def a_dossier() -> str:
    return f"d-{uuid4().hex[:12]}"


async def answer(connection: AsyncConnection, reading: Reading, asked: naive.Asked) -> list[dict[str, Any]]:
    """What the rows say."""
    places = None if asked.place is None else await places_inside(connection, reading, asked.place)
    wanted = ClaimFilter(
        asked.kind, asked.measure, places, asked.actor, asked.claimant, asked.report, asked.status,  # type: ignore[arg-type]
        asked.unattributed, asked.credibility,
    )  # fmt: skip
    return [{**claim} for claim in await claims_as_of(connection, reading, wanted, Page())]


async def agree(house: House, dossier_id: str, positions: Sequence[int], questions: Sequence[naive.Asked]) -> None:
    """The rows answer as the naive evaluator does."""
    log = await house.events(dossier_id)
    async with house.engine.connect() as connection:
        for position in positions:
            expected = naive.Dossier(log, position)
            reading = await house.reading(dossier_id, position)
            for kind, listed in LISTS.items():
                assert await listed(connection, reading, Page()) == expected.listed(kind)
            assert [await dossier_as_of(connection, reading)] == expected.listed("dossier")
            for asked in questions:
                reading = await house.reading(dossier_id, position, asked)
                assert await answer(connection, reading, asked) == expected.claims(asked), (position, asked)
                for claim_id in CLAIMS:
                    one = await claim_as_of(connection, reading, claim_id)
                    assert one == expected.claim(claim_id, asked), (position, asked)
            await near_numbers_agree(connection, await house.reading(dossier_id, position), expected)


async def near_numbers_agree(connection: AsyncConnection, reading: Reading, expected: naive.Dossier) -> None:
    """Each number is held against those of its place that figures count: no others, and all of these."""
    counted = {
        claim["id"]: (claim["content"].get("place"), number)
        for claim in expected.claims(naive.Asked(kind="figure", status="stands"))
        if claim["report"]["discredited_because"] is None
        and (number := number_of(FIGURE.validate_python(claim["content"]), reading.time_zone)) is not None
    }
    numbers = [number for _, number in counted.values()]
    merged = await all_merged(connection, reading)
    found = await near_numbers(connection, reading, numbers, merged) if numbers else {}
    for mine, number in counted.values():
        there = merged["place"].one_with(mine) if mine else [None]
        near = {said.claim for said in found[number] if said.number.topic.place in there}
        near = {claim_id for claim_id in near if number.may_be_held_against(counted[claim_id][1])}
        assert near == {
            claim_id
            for claim_id, (place, other) in counted.items()
            if place in there and number.may_be_held_against(other)
        }, number


moments = maybe(st.sampled_from(MOMENTS))
questions = st.builds(
    naive.Asked,
    at=moments,
    reported_by=moments,
    certainty=st.sampled_from(["certain", "possible"]),
    kind=maybe(st.sampled_from(["figure", "control"])),
    measure=maybe(st.sampled_from(["killed", "fighters"])),
    place=maybe(st.sampled_from(PLACES)),
    actor=maybe(st.sampled_from(ACTORS)),
    claimant=maybe(st.sampled_from(SOURCES)),
    report=maybe(st.sampled_from(REPORTS)),
    status=st.sampled_from([None, "stands", "withdrawn", "retracted"]),
    unattributed=maybe(st.booleans()),
    credibility=maybe(st.integers(1, 6)),
)
# Most questions narrow by nothing or by one thing; a random many would mostly answer with nothing.
narrow = questions.flatmap(
    lambda asked: st.sampled_from(
        ["kind", "measure", "place", "place", "actor", "claimant", "report", "status", "unattributed", "credibility"]
    ).map(
        lambda name: naive.Asked(
            at=asked.at, reported_by=asked.reported_by, certainty=asked.certainty, **{name: getattr(asked, name)}
        )
    )
)


@examples(usual=12, thorough=600)
@given(
    history=histories(),
    asked=st.lists(narrow | questions, min_size=3, max_size=6),
    batch_size=st.integers(1, 12),
    every=st.integers(4, 12),
)
def test_live_rows_are_rebuilt_rows_are_what_the_naive_evaluator_says(
    house: House, history: list[Command | CatchUp], asked: list[naive.Asked], batch_size: int, every: int
) -> None:
    async def work() -> None:
        dossier_id, executor = a_dossier(), Executor(house.log)
        taken = 0
        for step in history:
            if isinstance(step, CatchUp):
                await house.catch_up(dossier_id, step.batch_size)
            else:
                taken += await carry_out(executor, dossier_id, step)
        event(f"taken: {taken // 5 * 5}+")
        await house.catch_up(dossier_id, batch_size)
        head = await house.log.head(dossier_id)
        positions = sorted({*range(1, head, every), head})
        clocks = [EVERYTHING, *asked]
        await agree(house, dossier_id, positions, clocks)
        for model in READ_MODELS:
            assert await rebuild(house.log, house.pictures, model, dossier_id) == []
        await agree(house, dossier_id, [positions[len(positions) // 2], head], clocks[:3])

    house.run(work())


def test_every_read_model_that_is_served_is_held_to_it() -> None:
    from interfaces.bootstrap import READ_MODELS as SERVED

    assert {type(model) for model in SERVED} == {type(model) for model in READ_MODELS}


class Story:
    """A dossier told command by command, and what is answered about it."""

    def __init__(self, house: House) -> None:
        self.house, self.id, self.executor = house, a_dossier(), Executor(house.log)

    def tell(self, *told: tuple[str, dict[str, Any]]) -> int:
        """Carry out commands. Returns the position reached."""

        async def work() -> int:
            position = 0
            for name, fields in told:
                given_id = {"id": self.id} if name == "open_dossier" else {}
                command = read_command({"command": name} | given_id | fields)
                position = (await self.executor.execute(self.id, "desk", AskedCommand(command))).position
            await self.house.catch_up(self.id)
            return position

        return self.house.run(work())

    def _asked(self, at: str | None, reported_by: str | None, certainty: Certainty, **filters: Any) -> naive.Asked:
        by, moment = (None if date is None else when.cut_off(date, field="") for date in (reported_by, at))
        return naive.Asked(at=moment, reported_by=by, certainty=certainty, **filters)

    def claims(
        self,
        *,
        at: str | None = None,
        reported_by: str | None = None,
        certainty: Certainty = "certain",
        as_of: int | None = None,
        **filters: Any,
    ) -> list[dict[str, Any]]:
        """What is answered, by the rows and by the naive evaluator alike."""
        asked = self._asked(at, reported_by, certainty, **filters)

        async def work() -> list[dict[str, Any]]:
            reading = await self.house.reading(self.id, as_of, asked)
            async with self.house.engine.connect() as connection:
                found = await answer(connection, reading, asked)
            log = await self.house.events(self.id)
            assert found == naive.Dossier(log, reading.position).claims(asked)
            return found

        return self.house.run(work())

    def said(self, **clocks: Any) -> list[tuple[str, Any, str]]:
        """Of each claim: its id, the best figure or the status of control, its standing."""
        return [
            (one["id"], one["content"].get("best", one["content"].get("status")), one["status"])
            for one in self.claims(**clocks)
        ]


def figure(claim_id: str, report: str, best: int, **fields: Any) -> tuple[str, dict[str, Any]]:
    content = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "best": best}
    return "record_claim", {"id": claim_id, "report": report} | content | fields


def control(claim_id: str, place: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    content = {"kind": "control", "status": "controls", "place": place}
    return "record_claim", {"id": claim_id, "report": "dec"} | content | fields


def revise(claim_id: str, report: str, best: int, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "revise_claim", {"id": claim_id, "report": report, "set": {"best": best}} | fields


def report(report_id: str, published: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "file_report", {"id": report_id, "label": report_id, "published": published} | fields


def redate(report_id: str, published: str) -> tuple[str, dict[str, Any]]:
    return "correct_report", {"id": report_id, "set": {"published": published}, "reason": "misread"}


def place(place_id: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "register_place", {"id": place_id, "name": place_id, "kind": "town"} | fields


@pytest.fixture
def story(house: House) -> Story:
    story = Story(house)
    story.tell(
        ("open_dossier", {"title": "A story"}),
        report("oct", "2018-10-15"),
        report("nov", "2018-11-15"),
        report("dec", "2018-12-15"),
    )
    return story


def test_a_source_said_the_last_of_its_list_that_was_out_by_the_cut_off(story: Story) -> None:
    story.tell(figure("c1", "oct", 5), revise("c1", "nov", 6), revise("c1", "dec", 7))
    assert story.said(reported_by="2018-10-14") == []
    assert story.said(reported_by="2018-10-15") == [("c1", 5, "stands")]
    assert story.said(reported_by="2018-11-15") == [("c1", 6, "stands")]
    assert story.said() == story.said(reported_by="2019") == [("c1", 7, "stands")]


def test_a_revisions_report_is_redated(story: Story) -> None:
    before = story.tell(figure("c1", "oct", 5), revise("c1", "nov", 6))
    story.tell(redate("nov", "2018-12-01"))
    assert story.said(reported_by="2018-11-20") == [("c1", 5, "stands")]
    assert story.said(reported_by="2018-11-20", as_of=before) == [("c1", 6, "stands")]
    assert story.said(reported_by="2018-12-01") == [("c1", 6, "stands")]


def test_a_revisions_report_is_redated_to_before_the_first_report(story: Story) -> None:
    before = story.tell(figure("c1", "oct", 5), revise("c1", "nov", 6))
    story.tell(redate("nov", "2018-09-01"))
    assert story.said(reported_by="2018-09-01") == [("c1", 6, "stands")]
    assert story.said(reported_by="2018-10-15") == [("c1", 6, "stands")]
    assert story.said(reported_by="2018-09-01", as_of=before) == []
    assert story.said(reported_by="2018-10-15", as_of=before) == [("c1", 5, "stands")]


def test_the_first_statement_is_corrected_after_a_second_revised_it(story: Story) -> None:
    before = story.tell(place("hajin"), place("gharanij"), figure("c1", "oct", 5, place="hajin"),
                        revise("c1", "nov", 6))  # fmt: skip
    mend = {"id": "c1", "set": {"best": 4, "place": "gharanij"}, "statement": 1, "reason": "misread"}
    story.tell(("correct_claim", mend))
    assert story.said(reported_by="2018-10-15") == [("c1", 4, "stands")]
    assert story.said(reported_by="2018-11-15") == [("c1", 6, "stands")]
    assert [one["content"]["place"] for one in story.claims()] == ["gharanij"]
    assert story.said(reported_by="2018-10-15", as_of=before) == [("c1", 5, "stands")]
    assert [one["id"] for one in story.claims(place="gharanij", reported_by="2018-10-15")] == ["c1"]
    assert story.claims(place="hajin") == []
    assert [one["id"] for one in story.claims(place="hajin", as_of=before)] == ["c1"]


def test_a_report_is_withdrawn_by_its_publisher_at_a_time(story: Story) -> None:
    story.tell(figure("c1", "oct", 5), figure("c2", "nov", 1),
               ("withdraw_report", {"id": "oct", "when": "2018-11", "reason": "made up"}))  # fmt: skip
    assert story.said(reported_by="2018-10-31") == [("c1", 5, "stands")]
    assert story.said(reported_by="2018-11-15") == [("c1", 5, "stands"), ("c2", 1, "stands")]
    assert story.said(reported_by="2018-11-15", certainty="possible")[0] == ("c1", 5, "withdrawn")
    assert story.said(reported_by="2018-11-30")[0] == ("c1", 5, "withdrawn")
    assert story.said(status="stands") == [("c2", 1, "stands")]
    assert story.said(status="withdrawn") == [("c1", 5, "withdrawn")]


def test_a_withdrawal_that_was_our_mistake_never_was_one(story: Story) -> None:
    taken_back = ("withdraw_report", {"id": "oct", "when": "2018-11", "reason": "gone"})
    before = story.tell(figure("c1", "oct", 5), taken_back)
    story.tell(("retract_withdrawal", {"id": "oct", "reason": "it had moved"}))
    assert story.said() == story.said(reported_by="2018-12-31") == [("c1", 5, "stands")]
    assert story.said(as_of=before) == [("c1", 5, "withdrawn")]
    story.tell(taken_back)
    assert story.said() == [("c1", 5, "withdrawn")]


def test_a_report_is_withdrawn_in_a_later_one_whose_date_is_corrected(story: Story) -> None:
    before = story.tell(figure("c1", "oct", 5), ("withdraw_report", {"id": "oct", "report": "dec", "reason": "x"}))
    story.tell(redate("dec", "2018-11-01"))
    assert story.said(reported_by="2018-11-01") == [("c1", 5, "withdrawn")]
    assert story.said(reported_by="2018-11-01", as_of=before) == [("c1", 5, "stands")]
    story.tell(("retract_report", {"id": "dec", "reason": "never was"}))
    assert story.said() == [("c1", 5, "stands")]


def test_the_claims_of_a_discredited_report_stay_listed(story: Story) -> None:
    before = story.tell(figure("c1", "oct", 5))
    story.tell(("discredit_report", {"id": "oct", "reason": "the author made it up"}))
    assert [(one["status"], one["report"]["discredited_because"]) for one in story.claims()] == [
        ("stands", "the author made it up")
    ]
    assert [one["report"]["discredited_because"] for one in story.claims(as_of=before)] == [None]
    story.tell(("lift_discrediting", {"id": "oct", "reason": "borne out"}))
    assert [one["report"]["discredited_because"] for one in story.claims()] == [None]


def test_no_report_said_what_stood_in_a_retracted_one(story: Story) -> None:
    before = story.tell(figure("c1", "oct", 5), revise("c1", "nov", 6), figure("c2", "nov", 1))
    story.tell(("retract_report", {"id": "nov", "reason": "filed twice"}))
    assert story.said() == [("c1", 5, "stands")]
    assert story.said(as_of=before) == [("c1", 6, "stands"), ("c2", 1, "stands")]


def test_a_statement_that_no_report_made_is_retracted_and_reinstated(story: Story) -> None:
    why = {"id": "c1", "reason": "of another town"}
    before = story.tell(figure("c1", "oct", 5), revise("c1", "nov", 6),
                        ("withdraw_claim", {"id": "c1", "report": "dec", "reason": "made up"}))  # fmt: skip
    assert story.said() == [("c1", 6, "withdrawn")]
    story.tell(("retract_statement", why | {"statement": 3}))
    assert story.said() == [("c1", 6, "stands")]
    story.tell(("retract_statement", why | {"statement": 2}))
    assert story.said() == story.said(reported_by="2018-11-15") == [("c1", 5, "stands")]
    assert "changed" not in story.claims()[0]
    story.tell(revise("c1", "dec", 7))
    assert story.said() == [("c1", 7, "stands")]
    story.tell(("reinstate_statement", why | {"statement": 2}))
    assert story.said(reported_by="2018-11-15") == [("c1", 6, "stands")]
    assert story.said() == [("c1", 7, "stands")]
    assert story.said(as_of=before) == [("c1", 6, "withdrawn")]


def test_the_first_word_of_a_source_is_no_revision_once_what_came_before_it_is_retracted(story: Story) -> None:
    story.tell(figure("c1", "oct", 5), revise("c1", "nov", 6),
               ("retract_statement", {"id": "c1", "statement": 1, "reason": "not in it"}))  # fmt: skip
    assert story.said(reported_by="2018-10-31") == []
    assert [(one["statement"], "changed" in one) for one in story.claims()] == [(2, False)]


def test_a_claim_is_retracted_and_reinstated(story: Story) -> None:
    first = story.tell(figure("c1", "oct", 5))
    second = story.tell(("retract_claim", {"id": "c1", "reason": "not in the report"}))
    assert (story.said(), story.said(status="retracted")) == ([], [("c1", 5, "retracted")])
    assert story.claims(status="retracted")[0]["retracted_because"] == "not in the report"
    story.tell(("reinstate_claim", {"id": "c1", "reason": "it is, on page 2"}))
    assert story.said() == story.said(as_of=first) == [("c1", 5, "stands")]
    assert story.said(as_of=second) == story.said(status="retracted") == []


def test_a_claim_is_withdrawn_by_its_source_and_made_again(story: Story) -> None:
    story.tell(figure("c1", "oct", 5), ("withdraw_claim", {"id": "c1", "report": "nov", "reason": "wrong"}))
    assert story.said(reported_by="2018-11-14") == [("c1", 5, "stands")]
    assert story.said() == [("c1", 5, "withdrawn")]
    assert story.claims()[0]["changed"] == {"kind": "withdrawn", "changed_by": None, "reason": "wrong"}
    story.tell(revise("c1", "dec", 5, changed_by="claimant"))
    assert story.said(reported_by="2018-12-14") == [("c1", 5, "withdrawn")]
    assert story.said() == [("c1", 5, "stands")]
    assert story.claims()[0]["changed"] == {"kind": "revised", "changed_by": "claimant", "reason": None}


def test_two_revisions_stand_in_reports_whose_uncertain_dates_overlap(story: Story) -> None:
    """The list keeps the order in which they were made, whatever the dates allow."""
    story.tell(report("autumn", "2018-11/2018-12"), report("winter", "2018-12"),
               figure("c1", "oct", 5), revise("c1", "winter", 6), revise("c1", "autumn", 7))  # fmt: skip
    assert story.said(reported_by="2018-12-30") == [("c1", 5, "stands")]
    assert story.said(reported_by="2018-11-01", certainty="possible") == [("c1", 7, "stands")]
    assert story.said(reported_by="2018-12-01", certainty="possible") == [("c1", 7, "stands")]
    assert story.said(reported_by="2018-12-31") == [("c1", 7, "stands")]
    assert [one["reported"] for one in story.claims(reported_by="2018-12-01", certainty="possible")] == ["possible"]
    assert [one["reported"] for one in story.claims(reported_by="2018-12-31", certainty="possible")] == ["certain"]


def test_a_late_find_stands_between_the_statements_that_it_lies_between(story: Story) -> None:
    story.tell(figure("c1", "oct", 5), revise("c1", "dec", 7), revise("c1", "nov", 6, after=1))
    assert story.said(reported_by="2018-10-20") == [("c1", 5, "stands")]
    assert story.said(reported_by="2018-11-20") == [("c1", 6, "stands")]
    assert story.said(reported_by="2018-12-20") == [("c1", 7, "stands")]
    assert [one["statement"] for one in story.claims(reported_by="2018-11-20")] == [3]


def test_a_place_is_moved_in_the_hierarchy(story: Story) -> None:
    before = story.tell(place("east"), place("west"), place("town", within="east"), place("street", within="town"),
                        control("c1", "street"))  # fmt: skip
    story.tell(("correct_place", {"id": "town", "set": {"within": "west"}, "reason": "misread"}))
    assert [len(story.claims(place=name)) for name in ("street", "town", "west", "east")] == [1, 1, 1, 0]
    assert [len(story.claims(place=name, as_of=before)) for name in ("west", "east")] == [0, 1]


def test_an_informal_area_takes_in_a_place_while_it_may_have_belonged_to_it(story: Story) -> None:
    dated = {"areas": [{"area": "enclave", "when": "2018-09/2018-12-14"}]}
    story.tell(place("enclave"), place("hajin", **dated), place("street", within="hajin"),
               control("before", "hajin", when="2018-08"), control("within", "street", when="2018-11"),
               control("astride", "hajin", when="2018-12"), control("after", "hajin", when="2018-12-15"),
               control("undated", "hajin"), control("of-it", "enclave", when="2019"))  # fmt: skip
    assert [one["id"] for one in story.claims(place="enclave")] == ["within", "astride", "undated", "of-it"]
    assert len(story.claims(place="hajin")) == 5


def test_a_place_was_inside_at_a_distance_only_while_every_step_of_the_way_held(story: Story) -> None:
    story.tell(place("pocket"), place("camp", areas=[{"area": "pocket", "when": "2018-09/2018-10"}]),
               place("tent", areas=[{"area": "camp", "when": "2018-10/2018-12"}]),
               control("before", "tent", when="2018-09"), control("both", "tent", when="2018-10"),
               control("after", "tent", when="2018-11"))  # fmt: skip
    assert [one["id"] for one in story.claims(place="pocket")] == ["both"]
    assert [one["id"] for one in story.claims(place="camp")] == ["both", "after"]


def test_at_takes_what_may_have_held_and_says_how_sure_it_is(story: Story) -> None:
    story.tell(place("hajin"), control("day", "hajin", when="2018-10-11"), control("month", "hajin", when="2018-10"),
               control("all", "hajin", when="2018-10-01/2018-10-31"), control("undated", "hajin"),
               control("open", "hajin", when="2018-09/.."), figure("flow", "oct", 5, when="2018-10"))  # fmt: skip
    found = {one["id"]: one["holds"] for one in story.claims(at="2018-10-20T12:00:00Z")}
    assert found == {"month": "possible", "all": "certain", "undated": "undated", "open": "certain", "flow": "certain"}


def test_a_month_is_certain_when_it_or_its_inferred_bounds_are_over(story: Story) -> None:
    story.tell(report("month", "2018-12"), report("inferred", "2018-12", published_bounds="2018-12-14/2018-12-20"),
               figure("c1", "month", 1), figure("c2", "inferred", 2))  # fmt: skip
    assert story.said(reported_by="2018-12-19") == []
    assert story.said(reported_by="2018-12-20") == [("c2", 2, "stands")]
    assert story.said(reported_by="2018-12-13", certainty="possible") == [("c1", 1, "stands")]
    assert [one["report"]["publication"]["inferred"] for one in story.claims()] == [False, True]


def test_what_disputes_a_claim_shows_on_it_unless_it_was_retracted(story: Story) -> None:
    story.tell(figure("c1", "oct", 5), figure("c2", "nov", 9, disputes=["c1"], part_of=["c1"]))
    assert [one["relations"] for one in story.claims()] == [
        {"disputed_by": ["c2"], "has_part": ["c2"]},
        {"disputes": ["c1"], "part_of": ["c1"]},
    ]
    story.tell(("relate_claim", {"id": "c2", "relation": "part_of", "to": "c1", "remove": True, "reason": "x"}))
    assert story.claims()[0]["relations"] == {"disputed_by": ["c2"]}
    story.tell(("retract_claim", {"id": "c2", "reason": "misread"}))
    assert story.claims()[0]["relations"] == {}


def test_days_are_those_of_the_dossiers_time_zone(house: House) -> None:
    story = Story(house)
    story.tell(("open_dossier", {"title": "In Damascus", "time_zone": "Asia/Damascus"}), report("r", "2018-12-15"),
               figure("c1", "r", 5, when="2018-12-15"))  # fmt: skip
    assert story.said(reported_by="2018-12-15T22:00:00Z") == [("c1", 5, "stands")]
    assert story.said(reported_by="2018-12-15T21:59:59Z") == []
    assert story.claims(at="2018-12-14T22:00:00Z")[0]["holds"] == "certain"
    assert story.claims(at="2018-12-14T21:59:59Z") == []


def test_a_list_is_read_page_by_page(story: Story) -> None:
    story.tell(*(figure(f"c{number}", "oct", number) for number in range(7)))

    async def work() -> list[str]:
        reading = await story.house.reading(story.id)
        found: list[str] = []
        after = 0
        async with story.house.engine.connect() as connection:
            while page := await claims_as_of(connection, reading, ClaimFilter(), Page(limit=3, after=after)):
                found += [one["id"] for one in page]
                after = page[-1]["recorded_position"]
        return found

    assert story.house.run(work()) == [f"c{number}" for number in range(7)]


def alike_to(story: Story, best: int = 5, **fields: Any) -> list[tuple[str, bool, set[str]]]:
    """Of report `oct`: the claims, whether they tell the very same, and what they are part of."""

    async def work() -> list[tuple[str, bool, set[str]]]:
        command = read_command({"command": "record_claim"} | figure("new", "oct", best, **fields)[1])
        async with story.house.engine.connect() as connection:
            reading = await story.house.reading(story.id)
            told = Told("oct", likeness(command.part(Figure), "UTC"))
            found = await claims_alike(connection, reading, [Told("nov", "0" * 32), told])
            assert set(found) <= {told}
            return [(one.claim, one.likeness == told.likeness, set(one.wholes)) for one in found.get(told, ())]

    return story.house.run(work())


def test_what_tells_the_same_or_counts_the_same_in_a_report_is_found(story: Story) -> None:
    story.tell(place("hajin"), figure("c1", "oct", 5, place="hajin", note="p. 1"),
               figure("c2", "oct", 6, place="hajin", part_of="c1"),
               figure("c3", "nov", 5, place="hajin"), figure("c4", "oct", 5),
               figure("c5", "oct", 5, place="hajin"), ("retract_claim", {"id": "c5", "reason": "Twice"}))  # fmt: skip
    assert alike_to(story, place="hajin", text="in other words") == [("c1", True, set()), ("c2", False, {"c1"})]
    assert alike_to(story) == [("c4", True, set())]
    assert alike_to(story, 7) == [("c4", False, set())]
    assert alike_to(story, place="hajin", group="civilians") == []


def test_no_more_than_a_few_are_looked_at(story: Story) -> None:
    story.tell(*(figure(f"c{number}", "oct", number) for number in range(2 * FEW)))
    assert len(alike_to(story, 5)) == 1 + FEW


def near_to(story: Story, **fields: Any) -> set[str]:
    """The claims that a number is held against, whichever of them it would be."""

    async def work() -> set[str]:
        given = {"command": "record_claim"} | figure("new", "oct", 5, when="2018-10-01", place="hajin")[1] | fields
        number = number_of(read_command(given).part(Figure), "UTC")
        assert number is not None
        async with story.house.engine.connect() as connection:
            reading = await story.house.reading(story.id)
            found = await near_numbers(connection, reading, [number], await all_merged(connection, reading))
            return {one.claim for one in found.get(number, ()) if number.may_be_held_against(one.number)}

    return story.house.run(work())


def test_what_may_be_the_same_as_a_number_is_found(story: Story) -> None:
    day = {"when": "2018-10-01", "place": "hajin"}
    story.tell(
        place("enclave", kind="adm1"), place("hajin", within="enclave"), place("mosque", kind="site", within="hajin"),
        place("school", kind="site", within="hajin"), place("province", kind="adm2"),
        figure("here", "oct", 5, **day), figure("cause", "oct", 5, cause="airstrike", **day),
        figure("undated", "nov", 5, place="hajin"), figure("month", "nov", 5, place="hajin", when="2018-10"),
        figure("inside", "oct", 5, when="2018-10-01", place="mosque"),
        figure("beside", "oct", 5, when="2018-10-01", place="school"),
        figure("around", "oct", 5, when="2018-10-01", place="enclave"),
        figure("later", "nov", 5, place="hajin", when="2018-10-03"),
        figure("years", "nov", 5, place="hajin", when="2011/2018-10-01"),
        figure("families", "oct", 5, unit="families", **day), figure("hurt", "oct", 5, measure="injured", **day),
        figure("nowhere", "oct", 5, when="2018-10-01"),
        figure("revised", "oct", 5, **day),
        ("revise_claim", {"id": "revised", "report": "nov", "set": {"when": "2018-10-09"}}),
        figure("withdrawn", "oct", 5, **day),
        ("withdraw_claim", {"id": "withdrawn", "report": "nov", "reason": "x"}),
        figure("retracted", "oct", 5, **day), ("retract_claim", {"id": "retracted", "reason": "x"}),
        figure("of-discredited", "dec", 5, **day),
        ("discredit_report", {"id": "dec", "reason": "x"}),
    )  # fmt: skip
    at_hajin = {"here", "cause", "undated", "month", "inside", "beside"}
    assert near_to(story) == at_hajin
    # The places of one spot are two.
    assert near_to(story, place="mosque") == at_hajin - {"beside"}
    # A province is no spot: what happened in it happened elsewhere than all that happened in it.
    assert near_to(story, place="enclave") == {"around"}
    assert near_to(story, place=None) == {"nowhere"}
    assert near_to(story, when="2011/2018-10-01") == {"years", "undated"}
    assert near_to(story, when=None) == at_hajin | {"later", "years", "revised"}
    assert near_to(story, measure="injured") == {"hurt"}
    assert near_to(story, unit="families") == {"families"}
    assert near_to(story, place="province") == set()


def test_a_number_is_held_against_what_figures_count_of_reports_that_stand(story: Story) -> None:
    later = [report(id_, "2018-12") for id_ in ("withdrawn", "discredited", "back", "twin", "other-twin")]
    day = {"when": "2018-10-01", "place": "hajin"}
    gone = {"when": "2018-12-20", "reason": "taken down"}
    story.tell(
        place("hajin"), *later,
        *(figure(id_, "oct", 5, **day) for id_ in ("c1", "c2", "c3", "c4", "c5", "c6", "c7")),
        # In a withdrawn report, a discredited one, and one that was withdrawn in a discredited one only.
        revise("c1", "withdrawn", 6), ("withdraw_claim", {"id": "c2", "report": "withdrawn", "reason": "x"}),
        revise("c3", "discredited", 6), revise("c4", "back", 6),
        # In what is merged with a withdrawn one, and with one that stands.
        revise("c5", "twin", 6), revise("c6", "other-twin", 6), ("withdraw_report", {"id": "withdrawn", **gone}),
        ("discredit_report", {"id": "discredited", "reason": "forged"}),
        ("withdraw_report", {"id": "back", "report": "discredited", "reason": "taken back"}),
        ("merge_report", {"id": "twin", "into": "withdrawn", "reason": "one article"}),
        ("merge_report", {"id": "other-twin", "into": "nov", "reason": "one article"}),
        figure("c8", "withdrawn", 5, **day), figure("c9", "discredited", 5, **day),
    )  # fmt: skip
    counted = {"c1": 5, "c2": 5, "c3": 5, "c4": 6, "c5": 5, "c6": 6, "c7": 5}

    async def work() -> dict[str, float]:
        async with story.house.engine.connect() as connection:
            reading = await story.house.reading(story.id)
            told = await topic_claims(connection, reading, parse_topic("killed,people,place:hajin"), "widest-range@2")
            picture = RULES["widest-range@2"].function(told.claims, None)
            lines = [line for group in picture.groups for line in group.lines]
            assert {line.claim.claim: line.range.low for line in lines} == counted
            new = read_command({"command": "record_claim"} | figure("new", "oct", 5, **day)[1]).part(Figure)
            number = number_of(new, "UTC")
            assert number is not None
            found = (await near_numbers(connection, reading, [number], await all_merged(connection, reading)))[number]
            return {said.claim: said.number.amounts.low for said in found}

    assert story.house.run(work()) == counted


def test_what_is_said_of_a_place_that_was_merged_is_near_and_what_was_split_is_not(story: Story) -> None:
    day = {"when": "2018-10-01"}
    story.tell(
        *(place(id_, kind="town") for id_ in ("hajin", "hajeen", "hagin", "gone")),
        place("mosque", kind="site", within="hajeen"),
        *(figure(f"at-{id_}", "oct", 5, place=id_, **day) for id_ in ("hajin", "hajeen", "hagin", "gone", "mosque")),
        ("merge_place", {"id": "hajeen", "into": "hajin", "reason": "one town"}),
        ("merge_place", {"id": "hagin", "into": "hajin", "reason": "one town"}),
        ("merge_place", {"id": "gone", "into": "hajin", "reason": "one town"}),
        ("retract_place", {"id": "gone", "reason": "no such place"}),
    )  # fmt: skip
    at_all = {"at-hajin", "at-hajeen", "at-hagin", "at-mosque"}
    assert near_to(story) == near_to(story, place="hagin") == at_all
    story.tell(("split_place", {"id": "hagin", "reason": "two towns"}))
    assert near_to(story) == at_all - {"at-hagin"}
    assert near_to(story, place="hagin") == {"at-hagin"}


def test_of_what_more_is_said_than_is_looked_at_nothing_is_found(story: Story) -> None:
    story.tell(place("hajin"), *(figure(f"c{n}", "oct", 5, place="hajin") for n in range(MOST_WORDS)))
    assert len(near_to(story)) == MOST_WORDS
    story.tell(figure("more", "oct", 5, place="hajin"))
    assert near_to(story) == set()


def test_who_is_on_the_list_of_an_incident_is_found(story: Story) -> None:
    ids = [f"per-{n:016x}" for n in range(5)]
    fates = [{"fate": "killed", "incident": id_} for id_ in ("strike", "strike", "strike", "other")]
    story.tell(
        *(("open_incident", {"id": id_, "title": id_}) for id_ in ("strike", "other", "between", "twin")),
        ("register_person", {"id": "per-" + "e" * 16, "name": "e", "fates": fates[3] | {"incident": "twin"}}),
        *(("register_person", {"id": id_, "name": id_, "fates": fate})
          for id_, fate in zip(ids, [*fates, fates[0]], strict=True)),
        ("record_fate", {"id": ids[0], "fate": "held", "incident": "strike"}),
        ("retract_person", {"id": ids[1], "reason": "x"}),
        ("merge_person", {"id": ids[2], "into": ids[0], "reason": "x"}),
    )  # fmt: skip

    def found() -> tuple[dict[str, str], dict[str, tuple[str | None, bool]]]:
        async def work() -> PersonsThere:
            async with story.house.engine.connect() as connection:
                return await persons_in(connection, await story.house.reading(story.id), ["strike"])

        there = story.house.run(work())
        return {id_: str(each.name) for id_, each in there.persons.items()}, {
            id_: (goes_on.into, goes_on.retracted) for id_, goes_on in there.incidents.items()
        }

    own = {ids[0]: ids[0], ids[4]: ids[4]}
    assert found() == (own, {})
    story.tell(
        ("merge_incident", {"id": "strike", "into": "between", "reason": "x"}),
        ("merge_incident", {"id": "twin", "into": "between", "reason": "x"}),
        ("retract_incident", {"id": "between", "reason": "x"}),
    )
    merges = {"strike": ("between", False), "twin": ("between", False), "between": (None, True)}
    assert found() == (own | {"per-" + "e" * 16: "e"}, merges)


TAMPERINGS = [
    "update claims set credibility = 1 where dossier_id = :d",
    "update statements set latest_end = latest_end + 1 where dossier_id = :d",
    "update statements set content = replace(content, '5', '6') where dossier_id = :d",
    "update statements set to_position = 7 where dossier_id = :d",
    "update reports set published_latest = published_latest - 1 where dossier_id = :d",
    "update places set retracted = true where dossier_id = :d",
    "delete from place_parents where dossier_id = :d",
    "insert into relations select dossier_id, generation, claim_id, 'disputes', 'c9', 1, 2 from claims "
    "where dossier_id = :d",
    "update sources set reliability = 'A' where dossier_id = :d",
    "update actors set version = 2 where dossier_id = :d",
    "update dossiers set time_zone = 'Asia/Damascus' where dossier_id = :d",
]


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_row_that_was_tampered_with_is_found_and_put_right(story: Story, tampering: str) -> None:
    house = story.house
    story.tell(place("east"), place("town", within="east"), figure("c1", "oct", 5, when="2018-10", place="town"),
               ("register_source", {"id": "s", "name": "s", "kind": "ngo"}),
               ("register_actor", {"id": "a", "name": "a", "kind": "militia"}),
               ("grade_claim", {"id": "c1", "credibility": 3, "reason": "Likely"}))  # fmt: skip

    async def work() -> list[set[str]]:
        async with house.engine.begin() as connection:
            await connection.execute(text(tampering), {"d": story.id})
        found = []
        for switch in (False, True, False):
            differences = [
                difference
                for model in READ_MODELS
                for difference in await rebuild(house.log, house.pictures, model, story.id, switch=switch)
            ]
            found.append({difference.table for difference in differences})
        return found

    table = next(word for word in tampering.split() if word not in ("update", "delete", "from", "insert", "into"))
    assert house.run(work()) == [{table}, {table}, set()]


def test_the_list_of_dossiers_is_not_that_of_a_build_which_does_not_serve(story: Story) -> None:
    house = story.house

    async def work() -> list[str]:
        for model in READ_MODELS:
            await rebuild(house.log, house.pictures, model, story.id, switch=False)
        titled = {"command": "describe_dossier", "id": story.id, "set": {"title": "Another title"}}
        await story.executor.execute(story.id, "desk", AskedCommand(read_command(titled)))
        await house.catch_up(story.id)
        async with house.engine.connect() as connection:
            found: list[Any] = list(await all_dossiers(connection, "", 10_000, None))
            return [one["title"] for one in found if one["id"] == story.id]

    assert house.run(work()) == ["Another title"]
