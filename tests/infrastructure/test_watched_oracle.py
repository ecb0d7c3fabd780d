"""What a watched answer tells is what one hears who asks after every append: for any history, over any stretches."""

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import event
from hypothesis import given as given_that
from hypothesis import strategies as st

from application.execute import Executor
from application.watch import (
    ControlOfPlace,
    DisagreementsOfPlace,
    FigureRule,
    FiguresOfTopic,
    KindOfDisagreement,
    Watched,
    read_watch,
)
from domain import when
from domain.actor import CorrectActor
from domain.assessment import IssueAssessment
from domain.claim import CorrectClaim, RecordControl, RecordFigure, Recording, RecordOccurrence, RelateClaim
from domain.fact import Command
from domain.incident import LinkClaims
from domain.place import CorrectPlace
from domain.report import CorrectReport, WithdrawReport
from domain.topic import topic_of
from tests import naive
from tests.histories import (
    ACTOR,
    ASSESSMENT,
    BESIDES,
    CLAIMS,
    COUNTED,
    ESTIMATES,
    FIRST_CLAIMS,
    IDS,
    MOMENTS,
    PLACE,
    PLACES,
    CatchUp,
    chains,
    command,
    dates,
    examples,
    given,
    histories,
    maybe,
    numbers,
    of_assessments,
    of_claims,
    of_incidents,
    of_others,
    of_reports,
    some,
    why,
)
from tests.infrastructure.test_changed_findings_oracle import agree, everything
from tests.infrastructure.test_oracle import House, Story, a_dossier, place, report
from tests.infrastructure.test_touches_oracle import corrections_of
from tests.infrastructure.watching import Follower, carry_out_together, heard_by_asking, take_a_batch, told_by
from tests.naive_questions import anywhere


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Command | CatchUp], list[Watched]]:
    """A history in which some claims count the same, two say who holds a place, and the desk assesses them.

    With a question of each kind.
    """
    counted = draw(st.sampled_from(COUNTED))
    where = draw(st.sampled_from([None, *PLACES]))
    fixed = {"kind": st.just("figure"), "unit": st.just(draw(counted["unit"])), "place": st.just(where)}
    history = draw(histories(most=20))
    for nth, step in enumerate(history):
        if isinstance(step, Recording) and step.id in FIRST_CLAIMS[:4]:
            told = counted | draw(st.sampled_from(ESTIMATES[:5])) | fixed
            told |= {"id": st.just(step.id), "report": IDS["report"]}
            more = {"when": dates, "claimant": IDS["source"]}
            if step.id == "c4":
                # A part of another, of a topic of its own.
                told |= {"subject": st.just("a2"), "part_of": st.just(["c1"])}
            history[nth] = draw(command(RecordFigure, told, more))
    (topic,) = {str(topic_of(step)) for step in history if isinstance(step, RecordFigure) and step.id == "c1"}
    for claim_id, actor in (("h1", "a1"), ("h2", "a2")):
        told = {"id": st.just(claim_id), "report": IDS["report"], "kind": st.just("control"), "actor": st.just(actor)}
        told |= {"status": st.just("controls"), "place": st.just(where or "p1"), "when": st.just("2018-10-11")}
        history.append(draw(command(RecordControl, told, {"claimant": IDS["source"]})))
    # One happening that is told of at two places, and what may be matched there.
    for claim_id, at_, source in (("o1", where or "p1", "s1"), ("o2", "p2", "s2"), ("o3", "p2", "s1")):
        told = {"id": st.just(claim_id), "report": IDS["report"], "kind": st.just("occurrence"), "when": dates}
        told |= {"type": st.just("attack"), "place": st.just(at_), "claimant": st.just(source)}
        history.append(draw(command(RecordOccurrence, told, {})))
    history.append(draw(command(LinkClaims, {"id": IDS["incident"], "claims": st.just(["o1", "o2"])}, why)))
    # The first of the two is refused where a claim has a claimant, and the second where the first was taken.
    for id_, claims in (("x1", CLAIMS[:3]), ("x2", CLAIMS[1:4])):
        issued = {**ASSESSMENT, "id": st.just(id_), "claims": st.just(claims)}
        history.append(draw(command(IssueAssessment, issued | {"same_origin": st.just(claims[:2])}, {})))
        history.append(draw(command(IssueAssessment, issued, BESIDES)))
    more_of_it = st.one_of(
        of_claims, of_claims, of_reports, of_assessments, of_incidents, of_others, turns, turns, turns, turns
    )
    history += draw(st.lists(more_of_it | st.builds(CatchUp, st.integers(1, 9)), min_size=8, max_size=24))
    return history, [draw(watched) for watched in questions_about(topic, where)]


# What changes an answer by way of something else.
turns = st.one_of(
    command(CorrectClaim, {"id": st.sampled_from(["o1", "o2", "o3"]), "set": given({"when": dates}, {})} | why, {}),
    command(CorrectClaim, {"id": IDS["claim"], "set": given({"report": IDS["report"]}, {})} | why, {}),
    command(CorrectClaim, {"id": st.just("c4"), "set": given({"best": numbers}, {})} | why, {}),
    command(CorrectReport, {"id": IDS["report"], "set": given({"published": dates}, {})} | why, {}),
    command(WithdrawReport, {"id": IDS["report"], "report": IDS["report"]} | why, {}),
    command(CorrectActor, {"id": IDS["actor"], "set": given({"part_of": maybe(ACTOR["part_of"])}, {})} | why, {}),
    command(CorrectPlace, {"id": IDS["place"], "set": given({"within": maybe(PLACE["within"])}, {})} | why, {}),
    command(RelateClaim, {"id": IDS["claim"], "relation": st.sampled_from(["disputes", "part_of"]),
                          "to": some(CLAIMS)}, {"remove": st.booleans()} | why),
)  # fmt: skip
moments = st.sampled_from(MOMENTS).map(when.rfc3339)
reported = given(
    {"reported_by": st.none() | st.none() | moments, "certainty": st.sampled_from(["certain", "possible"])}, {}
)
clocks = given({"at": st.just("latest") | st.just("2018-10") | moments}, {}).flatmap(
    lambda at: reported.map(lambda by: at | by)
)


def questions_about(topic: str, where: str | None) -> list[st.SearchStrategy[Any]]:
    places = {"place": st.sampled_from([*PLACES[:2], where or "p1"])}
    of_incident = [f"{topic},incident:i1", f"{anywhere(topic)},incident:i1"]
    topics = st.sampled_from([topic, topic, topic, *of_incident, "killed,people,subject:a1"])
    kinds = st.none() | st.sampled_from(get_args(KindOfDisagreement))
    asked: list[tuple[str, dict[str, Any], st.SearchStrategy[dict[str, Any]]]] = [
        ("control", places, clocks),
        ("figures", {"topic": topics, "rule": st.sampled_from(get_args(FigureRule))}, clocks),
        ("disagreements", {"place": st.sampled_from(PLACES), "kind": kinds}, clocks),
        ("assessment", {"assessment": IDS["assessment"]}, reported),
        ("record", {"source": IDS["source"]}, reported),
    ]
    return [
        st.builds(lambda question, about, by: read_watch({"question": question, **about, **by}),
                  st.just(question), given(about, {}), by)
        for question, about, by in asked
    ]  # fmt: skip


sizes = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 5)), min_size=1, max_size=4)


@examples(usual=8, thorough=600)
@given_that(
    scene=scenes(),
    groups=st.lists(st.integers(1, 5), min_size=1, max_size=6),
    sizes=sizes,
    again=st.tuples(st.integers(1, 60), st.integers(1, 20)),
)
def test_what_is_told_is_what_one_hears_who_asks_after_every_append(
    house: House,
    scene: tuple[list[Command | CatchUp], list[Watched]],
    groups: list[int],
    sizes: list[tuple[int, int]],
    again: tuple[int, int],
) -> None:
    house.run(all_is_heard(house, *scene, groups, sizes, again))


HELD = ControlOfPlace(question="control", place="p1")
COUNTED_THERE = FiguresOfTopic(question="figures", topic="killed,people,place:p1")
OF_A_CHAIN: list[Watched] = [HELD, HELD.model_copy(update={"place": "p2"}), COUNTED_THERE]


@examples(usual=8, thorough=600)
@given_that(
    history=chains(),
    groups=st.lists(st.integers(1, 3), min_size=1, max_size=6),
    sizes=sizes,
    again=st.tuples(st.integers(1, 60), st.integers(1, 20)),
)
def test_what_moves_by_way_of_an_origin_is_heard(
    house: House,
    history: list[Command | CatchUp],
    groups: list[int],
    sizes: list[tuple[int, int]],
    again: tuple[int, int],
) -> None:
    house.run(all_is_heard(house, history, OF_A_CHAIN, groups, sizes, again))


def say_the_same(**more: Any) -> list[tuple[str, dict[str, Any]]]:
    """Two that say the same of who holds a place, and of a number, the second as it is given."""
    of_one = {"when": "2018-10-11", "place": "p1"}
    held = {"kind": "control", "status": "controls", "actor": "a1", **of_one}
    killed = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "best": 7, **of_one}
    return [
        ("record_claim", {"id": f"{id_}-{source}", "report": report_id, "claimant": source, **said, **further})
        for id_, said in (("h", held), ("k", killed))
        for source, report_id, further in (("s", "r1", {}), ("t", "r2", more))
    ]


@pytest.mark.parametrize(
    ("more", "chain", "corrected"),
    [
        ({}, [], "r2"),
        ({}, [("r2", "r3")], "r3"),
        ({}, [("r2", "r4"), ("r4", "r5")], "r5"),
        ({"rests_on": ["r4"]}, [], "r4"),
        ({"rests_on": ["r4"]}, [("r4", "r5")], "r5"),
    ],
)
def test_what_a_report_derives_from_is_heard_by_who_has_it_from_there(
    story: Story, more: dict[str, Any], chain: list[tuple[str, str]], corrected: str
) -> None:
    why_ = {"reason": "it says so"}
    deriving = [("correct_report", {"id": id_, "set": {"derived_from": [other]}, **why_}) for id_, other in chain]
    story.tell(
        ("register_actor", {"id": "a1", "name": "a1", "kind": "militia"}),
        *(report(f"r{nth}", "2018-12-15") for nth in range(1, 6)), *say_the_same(**more), *deriving,
    )  # fmt: skip
    moved = story.tell(("correct_report", {"id": corrected, "set": {"derived_from": ["r1"]}, "reason": "it says so"}))
    back = story.tell(("correct_report", {"id": corrected, "set": {"derived_from": []}, "reason": "it does not"}))

    async def work() -> None:
        for watched in (HELD, COUNTED_THERE):
            heard = told_by(await Follower(story.house, story.id, watched, [(1, 1), (7, 3)]).to_the_end())
            assert [each.position for each in heard][-2:] == [moved, back], watched
            assert heard == await heard_by_asking(story.house, story.id, watched)
        told = {one["position"]: one for one in await corrections_of(story.house, story.id)}
        for position in (moved, back):
            touches = told[position]["touches"]
            assert touches["places"] == ["p1"]
            assert touches["topics"] == ["killed,people,place:p1"]
            assert "t" in touches["sources"]
        before, after, again = [
            await everything(story.house, story.id, at, naive.Asked()) for at in (moved - 1, moved, back)
        ]
        assert ("control", "p1") in before.found
        for picture, next_ in ((before, after), (after, again)):
            await agree(story.house, story.id, picture, next_, 100)

    story.house.run(work())


async def all_is_heard(
    house: House,
    history: list[Command | CatchUp],
    watched: Sequence[Watched],
    groups: list[int],
    sizes: list[tuple[int, int]],
    again: tuple[int, int],
) -> None:
    dossier_id, executor = a_dossier(), Executor(house.log)
    followers = [Follower(house, dossier_id, one, sizes) for one in watched]
    waiting: list[Command] = []
    taken = 0
    for step in history:
        if isinstance(step, Command):
            waiting.append(step)
        if isinstance(step, CatchUp) or len(waiting) == groups[taken % len(groups)]:
            taken += bool(await carry_out_together(executor, dossier_id, waiting))
            waiting.clear()
        if isinstance(step, CatchUp):
            await take_a_batch(house, dossier_id, 2 * step.batch_size)
            for follower in followers:
                await follower.go_on()
    await carry_out_together(executor, dossier_id, waiting)
    await house.catch_up(dossier_id)
    for follower, one in zip(followers, watched, strict=True):
        heard = await follower.to_the_end()
        expected = await heard_by_asking(house, dossier_id, one)
        assert told_by(heard) == expected, one
        assert await Follower(house, dossier_id, one, [again]).to_the_end() == heard, one
        event(f"{one.question}: {min(4, len(expected))} changes or more")


def happened(claim_id: str, place_id: str, source: str, when_: str) -> tuple[str, dict[str, Any]]:
    content = {"kind": "occurrence", "type": "attack", "place": place_id, "claimant": source, "when": when_}
    return "record_claim", {"id": claim_id, "report": "dec"} | content


def told_elsewhere(story: Story) -> list[int]:
    """Where one hears of dates that are apart, by following and by asking."""
    watched = DisagreementsOfPlace(question="disagreements", place="p1", kind="dates")

    async def work() -> list[int]:
        heard = told_by(await Follower(story.house, story.id, watched, [(1, 1), (7, 3)]).to_the_end())
        assert heard == await heard_by_asking(story.house, story.id, watched)
        return [one.position for one in heard]

    return story.house.run(work())


@pytest.fixture
def story(house: House) -> Story:
    story = Story(house)
    story.tell(
        ("open_dossier", {"title": "A story"}),
        report("dec", "2018-12-15"),
        *(("register_source", {"id": id_, "name": id_, "kind": "monitor"}) for id_ in ("s", "t")),
        *(place(id_) for id_ in ("p0", "p1", "p2")),
        happened("c1", "p1", "s", "2018-10-01"),
        happened("c2", "p2", "t", "2018-10-05"),
    )
    return story


def test_a_time_that_is_corrected_elsewhere_is_heard_of_where_the_same_incident_is_told(story: Story) -> None:
    story.tell(("open_incident", {"id": "i1", "title": "I", "claims": ["c1"]}))
    begun = story.tell(("link_claims", {"id": "i1", "claims": ["c2"]}))
    ended = story.tell(("correct_claim", {"id": "c2", "set": {"when": "2018-10-01"}, "reason": "misread"}))
    again = story.tell(("correct_claim", {"id": "c2", "set": {"when": "2018-10-04"}, "reason": "misread"}))
    # Another word of the one voice, where the other told of it, fits that.
    matched = story.tell(happened("c3", "p2", "s", "2018-10-04"))
    assert told_elsewhere(story) == [*told_elsewhere(story)[:-4], begun, ended, again, matched]


def test_incidents_that_are_one_are_heard_of_where_either_was_told(story: Story) -> None:
    story.tell(("open_incident", {"id": "i1", "title": "I", "claims": ["c1"]}),
               ("open_incident", {"id": "i2", "title": "I", "claims": ["c2"]}))  # fmt: skip
    begun = story.tell(("merge_incident", {"id": "i2", "into": "i1", "reason": "one"}))
    moved = story.tell(("correct_claim", {"id": "c2", "set": {"when": "2018-10-01"}, "reason": "misread"}))
    assert told_elsewhere(story)[-2:] == [begun, moved]


def test_a_time_of_what_lies_in_a_place_inside_is_heard_of_too(story: Story) -> None:
    story.tell(("correct_place", {"id": "p0", "set": {"within": "p1"}, "reason": "it lies there"}),
               happened("c4", "p0", "s", "2018-10-02"),
               ("open_incident", {"id": "i1", "title": "I", "claims": ["c4", "c2"]}))  # fmt: skip
    moved = story.tell(("correct_claim", {"id": "c2", "set": {"when": "2018-10-02"}, "reason": "misread"}))
    assert told_elsewhere(story)[-1:] == [moved]
