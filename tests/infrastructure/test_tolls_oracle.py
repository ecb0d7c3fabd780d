"""A situation has of each topic what the question about that topic has: tolls that are over, running and to come."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from domain import when
from infrastructure.questions.situation import Ruled, situation
from tests import naive
from tests.histories import examples
from tests.infrastructure.questions_answered import situation_agrees
from tests.infrastructure.test_oracle import House, Story, figure, place, report

REPORTS = {"r1": "2020-02-01", "r2": "2020-03-05", "r3": "2020-06-15"}
PERIODS = [
    "2020-01-05", "2020-01-06", "2020-02-20", "2020-01-05/2020-01-07", "2020-01-05/2020-01-10", "2020-01-06/2020-01-12",
    "2020-01-20/2020-01-26", "2020-01", "2020-02", "2020-03", "2020-01-01/2020-01-15", "2020-01-01/2020-02-15", "2019",
    "2020-02/2020-04", "../2020-01-31", "../2020-03-31", "2020-03-01/..", "2020-01-05/..", "2020-01/..",
    "2020-02-10T10:00:00Z/2020-02-10T12:00:00Z",
]  # fmt: skip
MOMENTS = ["2020-01-05", "2020-01-11", "2020-01-31", "2020-02-16", "2020-03-01", "2020-04-02", "2021"]
told = st.fixed_dictionaries(
    {"when": st.sampled_from(PERIODS), "report": st.sampled_from(list(REPORTS)), "place": st.sampled_from(["p", "q"])},
    optional={
        "claimant": st.sampled_from(["s", "t"]), "qualifier": st.just("unknown"), "unit": st.just("families"),
        "hedge": st.just("intended"),
    },
)  # fmt: skip
clocks = st.tuples(st.sampled_from(MOMENTS), st.sampled_from([None, *REPORTS.values()]))
Unsaid = tuple[str, str, dict[str, Any]]
CLAIMS = [f"c{nth}" for nth in range(9)]
unsaid = st.one_of(
    st.tuples(st.just("withdraw_claim"), st.sampled_from(CLAIMS), st.just({"report": "r3"})),
    st.tuples(st.just("retract_claim"), st.sampled_from(CLAIMS), st.just({})),
    st.tuples(
        st.just("revise_claim"), st.sampled_from(CLAIMS),
        st.sampled_from(PERIODS).map(lambda period: {"report": "r3", "set": {"when": period, "note": "so"}}),
    ),
    st.tuples(st.just("discredit_report"), st.sampled_from(["r1", "r2"]), st.just({})),
    st.tuples(st.just("merge_place"), st.just("q"), st.just({"into": "p"})),
    st.tuples(st.just("merge_incident"), st.just("j"), st.just({"into": "i"})),
)  # fmt: skip


def dossier_with(house: House, said: list[dict[str, Any]]) -> Story:
    story = Story(house)
    story.tell(
        ("open_dossier", {"title": "Tolls"}), place("p"), place("q"),
        *(("register_source", {"id": id_, "name": id_, "kind": "monitor"}) for id_ in ("s", "t")),
        *(report(id_, published) for id_, published in REPORTS.items()),
    )  # fmt: skip
    content = {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated"}
    numbers = [{} if one.get("qualifier") == "unknown" else {"best": nth} for nth, one in enumerate(said)]
    story.tell(*(
        ("record_claim", {"id": f"c{nth}"} | content | one | number)
        for nth, (one, number) in enumerate(zip(said, numbers, strict=True))
    ))  # fmt: skip
    return story


def lived_on(story: Story, taken: list[str], more: list[Unsaid]) -> None:
    """What was counted in two incidents, and what became of it all."""
    story.tell(("open_incident", {"id": "i", "title": "I", "claims": taken[1:3]}),
               ("open_incident", {"id": "j", "title": "J", "claims": taken[2:5]}))  # fmt: skip
    done = set()
    for name, id_, fields in more:
        if (id_ in taken or not id_.startswith("c")) and id_ not in done:
            done.add(id_)
            story.tell((name, {"id": id_, "reason": "so it was"} | fields))


@examples(usual=25, thorough=800)
@given(
    said=st.lists(told, min_size=3, max_size=len(CLAIMS)),
    more=st.lists(unsaid, max_size=4),
    moments=st.lists(clocks, min_size=3, max_size=3),
)
@example(
    said=[
        {"when": "2020-01-05", "report": "r1", "place": "p"},
        {"when": "2020-01-20/2020-01-26", "report": "r1", "place": "p", "claimant": "s", "hedge": "intended"},
        {"when": "2020-01-05", "report": "r1", "place": "p"},
    ],
    more=[("discredit_report", "r1", {})],
    moments=[("2020-01-05", None), ("2021", None)],
)
def test_a_situation_has_the_tolls_that_each_topic_has(
    house: House, said: list[dict[str, Any]], more: list[Unsaid], moments: list[tuple[str, str | None]]
) -> None:
    story = dossier_with(house, said)
    lived_on(story, CLAIMS[: len(said)], more)

    async def work() -> None:
        log = await house.events(story.id)
        for at, reported_by in moments:
            by = None if reported_by is None else when.cut_off(reported_by, field="")
            asked = naive.Asked(at=when.cut_off(at, field="at"), reported_by=by)
            reading = await house.reading(story.id, None, asked)
            async with house.engine.connect() as connection:
                await situation_agrees(connection, reading, naive.Dossier(log, reading.position), asked)

    house.run(work())


def lines_at(story: Story, at: str) -> list[tuple[str, str]]:
    async def work() -> list[tuple[str, str]]:
        reading = await story.house.reading(story.id, None, naive.Asked(at=when.cut_off(at, field="at")))
        async with story.house.engine.connect() as connection:
            found = await situation(connection, reading, Ruled("latest-per-claimant@2"))
        groups = [group for _, picture in found.figures for group in picture.groups]
        return [(line.claim.claim, line.state) for group in groups for line in group.lines]

    return story.house.run(work())


def test_a_toll_that_ended_is_in_the_situation_of_the_day_after(house: House) -> None:
    of_s = {"report": "r2", "claimant": "s", "place": "p"}
    said = [of_s | {"when": period} for period in
            ("2020-01-01/2020-01-15", "2020-01-01/2020-02-15", "2020-01-05")]  # fmt: skip
    story = dossier_with(house, said)
    assert lines_at(story, "2020-02-15") == [("c1", "period")]
    assert lines_at(story, "2020-02-16") == lines_at(story, "2021") == [("c1", "last_known")]
    # One that began after all of it, and is of no less length, takes its place, unless it does not count.
    later = {"report": "r2", "claimant": "t", "place": "p", "when": "2020-03-01/2020-05-31"}
    story.tell(figure("later", best=3, **later))
    assert lines_at(story, "2021") == [("later", "last_known")]
    story.tell(("retract_claim", {"id": "later", "reason": "so it was"}))
    assert lines_at(story, "2021") == [("c1", "last_known")]


def test_a_situation_has_the_last_number_of_a_stock_of_which_the_next_word_says_none(house: House) -> None:
    of_s: dict[str, Any] = {"measure": "fighters", "place": "p", "claimant": "s"}
    story = dossier_with(house, [])
    for id_, best, on in (("early", 10, "2020-01-10"), ("number", 12, "2020-01-20")):
        story.tell(figure(id_, "r1", best, when=on, **of_s))
    for qualifier, on in (("unknown", "2020-02-11"), ("most", "2020-02-12")):
        said = {"report": "r2", "kind": "figure", "unit": "people", "qualifier": qualifier, "when": on}
        story.tell(("record_claim", {"id": qualifier} | said | of_s))
    assert lines_at(story, "2020-03-01") == [("number", "last_known"), ("most", "last_known")]
    story.tell(*(("retract_claim", {"id": id_, "reason": "so it was"}) for id_ in ("number", "early")))
    assert lines_at(story, "2020-03-01") == [("most", "last_known")]
