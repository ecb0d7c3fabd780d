"""Every question answers as the naive evaluator does: for any history, at any position and any clocks."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from application.execute import Executor
from application.findings import KINDS_OF_DISAGREEMENT
from domain import when
from domain.contradictions import CANNOT_ALL_BE_RIGHT, Contradiction
from domain.fact import Command
from domain.figures import LATEST_PER_CLAIMANT
from domain.topic import parse_topic
from infrastructure.questions import figures
from infrastructure.questions.control import control_of, taken_inside_of
from infrastructure.questions.disagreements import Sought, disagreements
from infrastructure.questions.situation import Ruled, Situation, situation
from tests import naive, naive_questions
from tests.histories import MOMENTS, PLACES, CatchUp, carry_out, examples, histories, maybe
from tests.infrastructure.questions_answered import (
    Answer,
    changes_agree,
    control_agrees,
    corrections_agree,
    disagreements_agree,
    figures_agree,
    incidents_agree,
    naive_told,
    situation_agrees,
    sums_agree,
    the_desk_agrees,
)
from tests.infrastructure.test_oracle import House, Story, a_dossier, control, figure, place, report

EVERYWHERE = Sought(KINDS_OF_DISAGREEMENT, None, CANNOT_ALL_BE_RIGHT)
moments = maybe(st.sampled_from(MOMENTS))
clocks = st.builds(naive.Asked, at=moments, reported_by=moments, certainty=st.sampled_from(["certain", "possible"]))
sums = st.fixed_dictionaries(
    {
        "measure": st.sampled_from(["killed", "killed", "fighters"]),
        "unit": st.sampled_from(["people", "people", "families"]),
        "place": maybe(st.sampled_from(PLACES)),
        "since": moments,
        "until": moments,
        "by": st.sampled_from([None, None, "year", "month"]),
    }
)


async def lived(house: House, history: list[Command | CatchUp]) -> str:
    """A dossier with a history behind it, and read models that know all of it."""
    dossier_id, executor = a_dossier(), Executor(house.log)
    taken = 0
    for step in history:
        if isinstance(step, Command):
            taken += await carry_out(executor, dossier_id, step)
    event(f"taken: {taken // 10 * 10}+")
    await house.catch_up(dossier_id)
    return dossier_id


@examples(usual=15, thorough=600)
@given(
    history=histories(),
    asked=st.lists(clocks, min_size=2, max_size=2),
    place=maybe(st.sampled_from(PLACES)),
    sum_=sums,
    back=st.integers(0, 20),
    moment=st.sampled_from(MOMENTS),
)
def test_any_question_is_answered_as_the_naive_evaluator_does(
    house: House,
    history: list[Command | CatchUp],
    asked: list[naive.Asked],
    place: str | None,
    sum_: Answer,
    back: int,
    moment: int,
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        log = await house.events(dossier_id)
        for position, clocks in zip((len(log), max(1, len(log) - back)), asked, strict=True):
            dossier = naive.Dossier(log, position)
            reading = await house.reading(dossier_id, position, clocks)
            then = replace(clocks, at=moment)
            reading_then = await house.reading(dossier_id, position, then)
            async with house.engine.connect() as connection:
                await control_agrees(connection, reading, dossier, clocks)
                await figures_agree(connection, reading, dossier, clocks, place)
                await incidents_agree(connection, reading, dossier, clocks, 3)
                await sums_agree(connection, reading, dossier, clocks, sum_)
                await disagreements_agree(connection, reading, dossier, clocks, place)
                await situation_agrees(connection, reading_then, dossier, then)
                await the_desk_agrees(house, connection, reading, dossier, clocks)

    house.run(work())


@examples(usual=15, thorough=600)
@given(
    history=histories(),
    asked=st.lists(clocks, min_size=4, max_size=4),
    back=st.lists(st.integers(0, 25), min_size=4, max_size=4),
    limit=st.sampled_from([1, 2, 100]),
)
def test_what_changed_is_told_as_the_naive_evaluator_does(
    house: House, history: list[Command | CatchUp], asked: list[naive.Asked], back: list[int], limit: int
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        log = await house.events(dossier_id)
        pictures: list[Any] = []
        for clocks, steps in zip(asked, back, strict=True):
            position = max(1, len(log) - steps)
            pictures.append((naive.Dossier(log, position), clocks, position))
        for before, after in pairwise(pictures):
            await changes_agree(house, before, after, dossier_id, limit)
        # The clocks one by one.
        one, other = pictures[0], pictures[1]
        await changes_agree(house, one, (one[0], other[1], one[2]), dossier_id, 100)
        await changes_agree(house, one, (other[0], one[1], other[2]), dossier_id, limit)
        for dossier, clocks, position in pictures[:2]:
            await corrections_agree(house, dossier, clocks, position, dossier_id, limit)

    house.run(work())


@pytest.fixture
def story(house: House) -> Story:
    story = Story(house)
    story.tell(
        ("open_dossier", {"title": "A story"}),
        *(report(name, f"2018-{month}-15") for name, month in (("oct", "10"), ("nov", "11"), ("dec", "12"))),
        ("register_source", {"id": "s", "name": "S", "kind": "monitor"}),
        *(("register_actor", {"id": id_, "name": id_, "kind": "militia"}) for id_ in ("a", "b")),
        place("area"),
        place("town", areas=[{"area": "area", "when": "../2018-10-10"}]),
    )
    return story


def situation_at(story: Story, at: str, rule: str = "latest-per-claimant@1") -> Situation:
    """What it answers, which the naive evaluator answers too."""
    asked = naive.Asked(at=when.cut_off(at, field="at"))

    async def work() -> Situation:
        reading = await story.house.reading(story.id, None, asked)
        dossier = naive.Dossier(await story.house.events(story.id), reading.position)
        async with story.house.engine.connect() as connection:
            await situation_agrees(connection, reading, dossier, asked)
            return await situation(connection, reading, Ruled(rule))

    return story.house.run(work())


def fighters(claim_id: str, report: str, best: int, **fields: Any) -> tuple[str, dict[str, Any]]:
    return figure(claim_id, report, best, measure="fighters", **fields)


def lines_of(found: Situation) -> dict[str, list[str]]:
    return {
        str(of): [line.claim.claim for group in picture.groups for line in group.lines] for of, picture in found.figures
    }


def states_of(found: Situation) -> dict[str, list[tuple[str, str]]]:
    return {place: [(one.claim.claim, one.state) for one in picture.states] for place, picture in found.control}


def test_a_number_that_tells_of_an_incident_does_not_outdate_one_that_tells_of_none(story: Story) -> None:
    story.tell(fighters("c1", "oct", 5, when="2018-10-01"), fighters("c2", "nov", 6, when="2018-11-01"),
               ("open_incident", {"id": "i", "title": "I", "claims": ["c2"]}))  # fmt: skip
    assert lines_of(situation_at(story, "2018-12-01")) == {
        "fighters,people": ["c1"],
        "fighters,people,incident:i": ["c2"],
    }
    story.tell(("unlink_claims", {"id": "i", "claims": ["c2"], "reason": "another"}))
    assert lines_of(situation_at(story, "2018-12-01")) == {"fighters,people": ["c2"]}


def test_a_variable_of_the_claimants_own_makes_no_number_none(story: Story) -> None:
    """What an edition has in a column called so is no qualifier: the last that has a number goes on."""
    not_known = {"measure": "fighters", "unit": "people", "qualifier": "unknown", "when": "2018-10-01", "claimant": "s"}
    story.tell(fighters("c1", "oct", 5, when="2018-09-01", claimant="s", coded={"qualifier": "unknown"}),
               ("record_claim", {"id": "c2", "report": "nov", "kind": "figure", **not_known}))  # fmt: skip
    assert lines_of(situation_at(story, "2018-12-01", "latest-per-claimant@2")) == {"fighters,people": ["c1", "c2"]}


def test_a_later_word_about_an_area_does_not_outdate_what_it_said_of_a_place_that_has_left_it(story: Story) -> None:
    story.tell(control("c1", "area", actor="a", when="2018-10-01"), control("c2", "area", actor="b", when="2018-11-01"))
    assert states_of(situation_at(story, "2018-12-01")) == {
        "area": [("c2", "last_known")],
        "town": [("c1", "last_known")],
    }


def test_each_unattributed_report_says_for_itself_who_is_beside_a_place(story: Story) -> None:
    story.tell(control("c1", "town", actor="a", status="encircles", report="oct", when="2018-10-01"),
               control("c2", "town", actor="b", status="encircles", report="nov", when="2018-11-01"))  # fmt: skip
    ((_, picture),) = situation_at(story, "2018-12-01").control
    assert [one.claim.claim for one in picture.beside] == ["c1", "c2"]


def told_by(claimant: str, claim_id: str, actor: str, when_: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    return control(claim_id, "town", actor=actor, claimant=claimant, when=when_, **fields)


def test_a_word_that_its_own_voice_has_said_otherwise_since_overtook_what_others_said(story: Story) -> None:
    story.tell(("register_source", {"id": "t", "name": "T", "kind": "monitor"}),
               told_by("s", "c1", "a", "2018-10-01"), told_by("s", "c2", "a", "2018-12-01"),
               told_by("t", "c3", "b", "2018-10-08"), told_by("t", "c4", "a", "2018-10-10"))  # fmt: skip
    ((_, picture),) = situation_at(story, "2018-11-01").control
    # By the claim that came after the other had it; what is presumed of the first was overtaken.
    assert (picture.verdict, [one.claim.claim for one in picture.governing]) == ("last_known", ["c4"])
    # What may have begun by then is no word that surely overtook anybody.
    story.tell(told_by("t", "c5", "b", "2018-10-20/2018-11-15"), told_by("t", "c6", "a", "2018-10"))
    situation_at(story, "2018-11-01")


def test_anothers_pockets_leave_who_holds_the_whole_on_the_map_and_one_contesting_it_another(story: Story) -> None:
    story.tell(told_by("s", "c1", "a", "2018-10-01"), told_by("s", "c2", "b", "2018-10-08", extent="pockets"),
               told_by("s", "c3", "a", "2018-10-02", status="contests"),
               told_by("s", "c4", "b", "2018-10-09", status="contests"))  # fmt: skip
    ((_, picture),) = situation_at(story, "2018-11-01").control
    assert picture.holders == ("a", "b")
    assert [one.claim.claim for one in picture.beside] == ["c3", "c4"]


def test_an_absence_from_a_part_leaves_that_from_the_whole_and_who_holds_it_on_the_map(story: Story) -> None:
    story.tell(told_by("s", "c1", "a", "2018-10-01"), told_by("s", "c2", "b", "2018-10-02", status="absent"),
               told_by("s", "c3", "b", "2018-10-03", status="absent", extent="most"),
               told_by("s", "c4", "a", "2018-10-04", status="absent", extent="part"))  # fmt: skip
    ((_, picture),) = situation_at(story, "2018-11-01").control
    assert (picture.holders, [one.claim.claim for one in picture.states]) == (("a",), ["c1", "c2"])
    assert [one.claim.claim for one in picture.beside] == ["c3", "c4"]
    # Of unattributed ones each report says for itself.
    gone = {"actor": "a", "status": "absent", "extent": "pockets"}
    story.tell(control("c5", "town", report="oct", when="2018-10-01", **gone),
               control("c6", "town", report="nov", when="2018-10-02", **gone))  # fmt: skip
    ((_, picture),) = situation_at(story, "2018-11-01").control
    assert [one.claim.claim for one in picture.beside] == ["c5", "c6", "c3", "c4"]


def test_what_is_set_aside_puts_nothing_on_the_map(story: Story) -> None:
    story.tell(control("c1", "area", actor="a", when="2018-10-01", hedge="intended"),
               control("c2", "town", actor="a", when="2018-10-01"),
               ("record_claim", {"id": "c3", "report": "oct", "kind": "occurrence", "type": "attack"}),
               ("discredit_report", {"id": "oct", "reason": "made up"}))  # fmt: skip
    found = situation_at(story, "2018-12-01")
    assert (states_of(found), found.occurrences) == ({"town": [("c2", "last_known")]}, [])


def aside_at(story: Story, at: str) -> dict[str, list[tuple[str, str]]]:
    found = situation_at(story, at, "latest-per-claimant@2")
    return {str(of): [(one.claim.claim, one.why) for one in told] for of, told in found.figures_aside}


def test_what_is_set_aside_of_a_moment_is_told_beside_its_numbers(story: Story) -> None:
    """The only number of a place may be one that was taken back: that is something else than none."""
    attack = {"kind": "occurrence", "type": "attack", "when": "2018-10-01"}
    story.tell(figure("c1", "oct", 5, when="2018-10-01"), figure("c2", "dec", 6, when="2018-10-01", cause="ied"),
               figure("c3", "oct", 7, when="2018-10-01", cause="cold", hedge="intended"),
               ("record_claim", {"id": "c4", "report": "dec", **attack}),
               ("withdraw_claim", {"id": "c1", "report": "nov", "reason": "wrong"}),
               ("discredit_report", {"id": "dec", "reason": "made up"}))  # fmt: skip
    then = situation_at(story, "2018-10-01")
    assert then.figures == []
    assert aside_at(story, "2018-10-01") == {
        "killed,people": [("c1", "withdrawn")],
        "killed,people,cause:cold": [("c3", "intended")],
        "killed,people,cause:ied": [("c2", "discredited")],
    }
    assert [(one.claim.claim, one.why) for one in then.occurrences_aside] == [("c4", "discredited")]
    assert aside_at(story, "2018-10-02") == {}, "what was counted of a day that is over is no number of another"


def test_the_last_that_was_taken_back_is_told_where_nothing_is_known_since(story: Story) -> None:
    story.tell(fighters("c1", "oct", 5, when="2018-09-01"), fighters("c2", "oct", 6, when="2018-10-01"),
               figure("c3", "oct", 50, when="2018-09"), figure("c4", "oct", 3, when="2018-09-03", cause="ied"),
               *(("withdraw_claim", {"id": f"c{n}", "report": "nov", "reason": "wrong"}) for n in range(1, 5)),
               )  # fmt: skip
    assert aside_at(story, "2018-12-01") == {
        "fighters,people": [("c2", "withdrawn")], "killed,people": [("c3", "withdrawn")],
    }  # fmt: skip
    assert aside_at(story, "2018-09-20") == {
        "fighters,people": [("c1", "withdrawn")], "killed,people": [("c3", "withdrawn")],
    }  # fmt: skip
    story.tell(fighters("c5", "dec", 4, when="2018-08-01"), figure("c6", "dec", 40, when="2018-08"))
    assert aside_at(story, "2018-12-01") == {}, "there is a last known number"


def test_what_others_took_inside_since_stands_with_the_whole(story: Story) -> None:
    taken = {"kind": "occurrence", "type": "capture", "place": "inner", "actors": {"by": ["b"]}, "when": "2018-10-20"}
    story.tell(place("whole"), place("middle", within="whole"), place("inner", within="middle"),
               control("c1", "whole", actor="a", when="2018-10-01", extent="all"),
               ("record_claim", {"id": "c2", "report": "nov", **taken}))  # fmt: skip
    found = situation_at(story, "2018-12-01")
    assert {outer: naive_told(inside) for outer, inside in found.inside.items()} == {"whole": [("inner", "b", "c2")]}
    assert situation_at(story, "2018-10-19").inside == {}

    async def work() -> list[tuple[str, str | None, str]]:
        reading = await story.house.reading(story.id)
        async with story.house.engine.connect() as connection:
            held = await control_of(connection, reading, "whole")
            return naive_told(await taken_inside_of(connection, reading, "whole", held.picture))

    assert story.house.run(work()) == [("inner", "b", "c2")]


def beside(story: Story, topic: str, reported_by: str | None = None) -> list[str]:
    by = None if reported_by is None else when.cut_off(reported_by, field="")

    async def work() -> list[str]:
        reading = await story.house.reading(story.id, None, naive.Asked(reported_by=by))
        async with story.house.engine.connect() as connection:
            return [str(other) for other in await figures.beside(connection, reading, parse_topic(topic))]

    return story.house.run(work())


def test_what_stands_beside_a_topic_is_told_in_brief_unless_it_is_much(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.tell(
        figure("c1", "oct", 5), figure("c2", "nov", 6, unit="families"),
        *(figure(f"w{nth}", "oct", nth, group="women") for nth in range(4)),
    )  # fmt: skip

    def told() -> dict[str, list[str]]:
        async def work() -> dict[str, list[str]]:
            reading = await story.house.reading(story.id)
            async with story.house.engine.connect() as connection:
                others = await figures.beside(connection, reading, parse_topic("killed,people"))
                found = await figures.claims_beside(connection, reading, others, LATEST_PER_CLAIMANT)
                return {str(topic): sorted(claim.claim for claim in said) for topic, said in found.items()}

        return story.house.run(work())

    few = {"killed,families": ["c2"]}
    assert told() == few | {"killed,people,group:women": ["w0", "w1", "w2", "w3"]}
    monkeypatch.setattr(figures, "MOST_CLAIMS_BESIDE", 4)
    assert told() == few
    monkeypatch.setattr(figures, "MOST_BESIDE", 0)
    assert told() == {}


def test_beside_a_topic_stands_what_was_reported_by_then(story: Story) -> None:
    story.tell(figure("c1", "oct", 5), figure("c2", "nov", 6, unit="families"))
    assert beside(story, "killed,people") == ["killed,families"]
    assert beside(story, "killed,people", "2018-10-31") == []


def test_a_page_of_disagreements_looks_at_so_many_claims_and_goes_on(story: Story, monkeypatch: Any) -> None:
    places = [f"p{number}" for number in range(6)]
    story.tell(*(place(name) for name in places))
    story.tell(*(figure(f"a{name}", "oct", 5, place=name) for name in places))
    story.tell(figure("b", "nov", 900, place="p5"))

    async def pages() -> list[list[str]]:
        reading, after = await story.house.reading(story.id), None
        told = []
        async with story.house.engine.connect() as connection:
            while True:
                found, after = await disagreements(connection, reading, EVERYWHERE, after, 10)
                told.append([str(one.topic) for one in found])
                if after is None:
                    return told

    contradicted = "killed,people,place:p5"
    assert story.house.run(pages()) == [[contradicted]]
    monkeypatch.setattr("infrastructure.questions.disagreements.ENOUGH", 2)
    found = story.house.run(pages())
    assert [] in found
    assert [page for page in found if page] == [[contradicted]]


def test_more_of_a_part_of_a_party_than_of_all_of_it_is_at_odds_while_it_may_have_been_one(story: Story) -> None:
    def of(actor: str, **more: Any) -> dict[str, Any]:
        return {"place": "town", "subject": actor, "when": "2018-10-01", **more}

    story.tell(figure("c1", "oct", 20, **of("a")), figure("c2", "nov", 30, **of("b")))
    # As those who killed they are parts as well.
    story.tell(figure("c3", "oct", 20, **of("b", subject=None, by="a")),
               figure("c4", "nov", 30, **of("a", subject=None, by="b")))  # fmt: skip

    def pairs() -> list[tuple[str, str, str]]:
        async def work() -> list[tuple[str, str, str]]:
            reading = await story.house.reading(story.id)
            async with story.house.engine.connect() as connection:
                found, _ = await disagreements(connection, reading, EVERYWHERE, None, 10)
                pairs = [(one.kind, one.found) for one in found if isinstance(one.found, Contradiction)]
                return [(kind, pair.one.claim, pair.other.claim) for kind, pair in pairs]

        return story.house.run(work())

    assert pairs() == []
    story.tell(("correct_actor", {"id": "b", "set": {"part_of": {"actor": "a", "when": "2018-11/.."}}, "reason": "x"}))
    assert pairs() == []
    story.tell(("correct_actor", {"id": "b", "set": {"part_of": {"actor": "a", "when": "2018-10/.."}}, "reason": "x"}))
    assert pairs() == [("possible", "c3", "c4"), ("possible", "c1", "c2")]


def test_a_dispute_whose_claim_was_taken_back_is_none(story: Story) -> None:
    story.tell(figure("c1", "oct", 5), figure("c2", "nov", 5, disputes=["c1"]))

    def kinds() -> list[str]:
        async def work() -> list[str]:
            reading = await story.house.reading(story.id)
            async with story.house.engine.connect() as connection:
                found, _ = await disagreements(connection, reading, EVERYWHERE, None, 10)
                return [one.kind for one in found]

        return story.house.run(work())

    assert kinds() == ["figures"]
    story.tell(("withdraw_claim", {"id": "c2", "report": "dec", "reason": "wrong"}))
    assert kinds() == []


def test_a_claim_that_neither_picture_has_did_not_change(story: Story) -> None:
    before = story.tell(figure("c1", "oct", 5), figure("c2", "oct", 5))
    asked = naive.Asked(reported_by=when.cut_off("2018-09-01", field=""))
    story.tell(("relate_claim", {"id": "c1", "relation": "disputes", "to": "c2"}))

    async def work() -> None:
        log = await story.house.events(story.id)
        pictures = [(naive.Dossier(log, position), asked, position) for position in (before, len(log))]
        assert naive_questions.changes(pictures[0][:2], pictures[1][:2]) == {}
        await changes_agree(story.house, pictures[0], pictures[1], story.id, 100)

    story.house.run(work())
