"""What a watched answer tells is what one hears who asks after every append: for any history, over any stretches."""

from typing import Any

from hypothesis import event
from hypothesis import given as given_that
from hypothesis import strategies as st

from application.execute import Executor
from application.watch import Watched, read_watch
from domain import when
from domain.actor import CorrectActor
from domain.assessment import IssueAssessment
from domain.claim import CorrectClaim, RecordControl, RecordFigure, Recording, RelateClaim
from domain.fact import Command
from domain.place import CorrectPlace
from domain.report import CorrectReport, WithdrawReport
from domain.topic import topic_of
from tests.histories import (
    ASSESSMENT,
    BESIDES,
    CLAIMS,
    COUNTED,
    ESTIMATES,
    FIRST_CLAIMS,
    IDS,
    MOMENTS,
    PLACES,
    CatchUp,
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
from tests.infrastructure.test_oracle import House, a_dossier
from tests.infrastructure.watching import Follower, carry_out_together, heard_by_asking, take_a_batch, told_by


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
    command(CorrectClaim, {"id": IDS["claim"], "set": given({"report": IDS["report"]}, {})} | why, {}),
    command(CorrectClaim, {"id": st.just("c4"), "set": given({"best": numbers}, {})} | why, {}),
    command(CorrectReport, {"id": IDS["report"], "set": given({"published": dates}, {})} | why, {}),
    command(WithdrawReport, {"id": IDS["report"], "report": IDS["report"]} | why, {}),
    command(CorrectActor, {"id": IDS["actor"], "set": given({"part_of": maybe(IDS["actor"])}, {})} | why, {}),
    command(CorrectPlace, {"id": IDS["place"], "set": given({"within": maybe(IDS["place"])}, {})} | why, {}),
    command(RelateClaim, {"id": IDS["claim"], "relation": st.sampled_from(["disputes", "part_of"]),
                          "to": some(CLAIMS)}, {"remove": st.booleans()}),
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
    topics = st.sampled_from([topic, topic, topic, f"{topic},incident:i1", "killed,people,subject:a1"])
    kinds = st.none() | st.sampled_from(["figures", "control", "declared"])
    asked: list[tuple[str, dict[str, Any], st.SearchStrategy[dict[str, Any]]]] = [
        ("control", places, clocks),
        ("figures", {"topic": topics, "rule": st.sampled_from(["latest-per-claimant@1", "widest-range@1"])}, clocks),
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


@examples(usual=15, thorough=600)
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
    async def work() -> None:
        dossier_id, executor = a_dossier(), Executor(house.log)
        history, watched = scene
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

    house.run(work())
