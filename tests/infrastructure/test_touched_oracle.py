"""A filter takes the events that an evaluator written apart takes: for any history, over any stretches of the log."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.event_log import Recorded
from application.touch import Touch
from application.watch import EventFilter
from domain.fact import Command
from domain.families import FAMILIES
from infrastructure.questions.touched import touched
from tests import naive
from tests.histories import ACTORS, PLACES, REPORTS, SOURCES, CatchUp, chains, examples, histories
from tests.infrastructure.test_oracle import House, Story, figure, place, report
from tests.infrastructure.test_questions_oracle import lived
from tests.naive_incidents import way_up

# By their type alone these may unsay something of a family, or say it again: whoever follows it hears them too.
UNSAYING = {
    "source": {
        "report.withdrawal_retracted", "report.retracted", "report.reinstated", "claim.retracted", "claim.reinstated",
        "claim.statement_retracted", "claim.statement_reinstated",
    },
    "record": {"report.withdrawn"},
    "judgement": {"incident.retracted", "incident.reinstated"},
    "declared": {"dossier.described"},
    "world": {
        "person.corrected",
        *(f"{kind}.{how}" for kind in ("source", "actor", "place", "report", "claim", "person")
          for how in ("retracted", "reinstated")),
    },
}  # fmt: skip


def passes(log: Sequence[Recorded], recorded: Recorded, wanted: EventFilter) -> bool:
    """Whether something that the event touches is what is wanted, in the dossier before it or in that after it."""
    kind = recorded.stream.kind
    if wanted.type and recorded.event.type not in wanted.type:
        return False
    type_ = recorded.event.type
    if wanted.family and not any(FAMILIES[type_] == one or type_ in UNSAYING[one] for one in wanted.family):
        return False
    of_things = ("measure", "place", "actor", "claimant", "report")
    if not any(getattr(wanted, name) for name in of_things):
        if not wanted.kind or kind in wanted.kind:
            return True
        if not {"figure", "control", "occurrence", "statement"} & set(wanted.kind):
            return False
    return any(
        _is_wanted(dossier, thing, kind, wanted)
        for position in (recorded.position - 1, recorded.position)
        for dossier in (naive.Dossier(log, position),)
        for thing in things(dossier, recorded)
    )


def things(dossier: naive.Dossier, recorded: Recorded) -> list[dict[str, Any]]:
    """What an event touches, as a dossier has it: statements with their content, or an item."""
    kind, id_ = recorded.stream
    item = dossier.items[kind].get(id_)
    if item is None:
        return []
    claims = dossier.items["claim"]
    match kind:
        case "claim":
            return said_in(claims, [id_])
        case "report":
            reports = one_with(dossier, id_)
            if recorded.version > 1:
                withdrawn = [
                    other
                    for other, one in dossier.items["report"].items()
                    if one.get("withdrawn", {}).get("report") in reports
                ]
                reports |= {one for other in withdrawn for one in one_with(dossier, other)}
            said = [one for one in said_in(claims, claims) if one["report"] in reports]
            return [{"report": id_}, *(said if recorded.version > 1 else [])]
        case "incident":
            within = [other for other in dossier.items["incident"] if id_ in way_up(dossier, other)]
            told = said_in(claims, [c for other in within for c in dossier.items["incident"][other]["claims"]])
            return [*told, *places_of(dossier, way_up(dossier, id_))]
        case "person":
            fates = item["details"].get("fates", ())
            places = [fate["place"] for fate in fates if "place" in fate]
            incidents = [fate["incident"] for fate in fates if "incident" in fate]
            told = places_of(dossier, [up for one in incidents for up in way_up(dossier, one)])
            return [*told, *said_in(claims, item["claims"]), *({"place": place} for place in places)]
        case "assessment":
            details = item["details"]
            topic = details.get("topic", "").split("place:")[1:]
            places = [place for place in (details.get("place"), *(part.split(",")[0] for part in topic)) if place]
            return [*said_in(claims, details["claims"]), *({"place": place} for place in places)]
        case "source":
            return [{"claimant": id_}]
        case "actor":
            return [{"actors": {"by": [id_]}}]
        case "place":
            return [{"place": id_}]
        case _:
            return []


def places_of(dossier: naive.Dossier, incidents: Any) -> list[dict[str, Any]]:
    details = [dossier.items["incident"][id_]["details"] for id_ in incidents]
    return [{"place": one["place"]} for one in details if one.get("place") is not None]


def one_with(dossier: naive.Dossier, report_id: str) -> set[str]:
    return {report_id} | {id_ for id_ in dossier.items["report"] if dossier.are_one("report", report_id, id_)}


def said_in(claims: dict[str, Any], ids: Any) -> list[dict[str, Any]]:
    return [{**said["content"], "report": said["report"]} for id_ in ids for said in claims[id_]["said"]]


def _is_wanted(dossier: naive.Dossier, thing: dict[str, Any], stream_kind: str, wanted: EventFilter) -> bool:
    so = dossier.so(thing) if "kind" in thing else None
    return (
        (not wanted.kind or thing.get("kind") in wanted.kind or stream_kind in wanted.kind)
        and (not wanted.measure or thing.get("measure") in wanted.measure)
        and (
            not wanted.report or any(dossier.are_one("report", thing.get("report"), report) for report in wanted.report)
        )
        and (
            not wanted.claimant
            or any(dossier.are_one("source", thing.get("claimant"), claimant) for claimant in wanted.claimant)
        )
        and (
            not wanted.actor
            or any(
                dossier.are_one("actor", one, actor)
                for one in naive.actors_in({"kind": "", **thing})
                for actor in wanted.actor
            )
        )
        and (not wanted.place or any(dossier._is_about(thing.get("place"), so, place) for place in wanted.place))
    )  # fmt: skip


def some(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(values)), max_size=2, unique=True).map(tuple)


KINDS = ["figure", "control", "occurrence", "report", "claim", "place", "incident", "person", "assessment"]
filters = st.one_of(
    st.builds(EventFilter, place=some(PLACES), kind=some(KINDS)),
    st.builds(EventFilter, place=some(PLACES), claimant=some(SOURCES)),
    st.builds(EventFilter, claimant=some(SOURCES)),
    st.builds(EventFilter, actor=some(ACTORS), report=some(REPORTS)),
    st.builds(EventFilter, kind=some(KINDS), measure=some(["killed", "fighters"]), report=some(REPORTS)),
    st.builds(EventFilter, type=some(["claim.recorded", "claim.corrected", "report.corrected"]), actor=some(ACTORS)),
    st.builds(EventFilter, family=some(["source", "record", "judgement", "declared", "world"]), place=some(PLACES)),
)


@examples(usual=15, thorough=600)
@given(
    history=histories() | chains(),
    wanted=st.lists(filters, min_size=4, max_size=4),
    stretches=st.lists(st.integers(1, 12), min_size=1, max_size=6),
)
def test_a_filter_takes_what_the_evaluator_written_apart_takes(
    house: House, history: list[Command | CatchUp], wanted: list[EventFilter], stretches: list[int]
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        log = await house.events(dossier_id)
        found = await touches(house, dossier_id, stretches)
        assert [touch.position for touch in found] == [recorded.position for recorded in log]
        for each in wanted:
            expected = [recorded.position for recorded in log if passes(log, recorded, each)]
            assert [touch.position for touch in found if each.passes(touch)] == expected, each

    house.run(work())


async def touches(house: House, dossier_id: str, stretches: Sequence[int]) -> list[Touch]:
    """Of the whole log, in stretches of these lengths and the rest at once."""
    found: list[Touch] = []
    after, head = 0, await house.log.head(dossier_id)
    for length in [*stretches, head]:
        if after < head:
            reading = await house.reading(dossier_id, min(after + length, head))
            async with house.engine.connect() as connection:
                found += await touched(connection, reading, after, around=True)
            after = reading.position
    return found


@pytest.fixture
def story(house: House) -> Story:
    story = Story(house)
    story.tell(
        ("open_dossier", {"title": "A story"}),
        report("oct", "2018-10-15"),
        report("nov", "2018-11-15"),
        place("country"),
        place("east", within="country"),
        place("west", within="country"),
        place("town", within="east"),
    )
    return story


def positions(story: Story, **wanted: Any) -> list[int]:
    found = story.house.run(touches(story.house, story.id, [2, 3]))
    asked = EventFilter.model_validate(wanted)
    return [touch.position for touch in found if asked.passes(touch)]


def test_a_claim_that_is_moved_is_told_to_both_places(story: Story) -> None:
    first = story.house.run(story.house.log.head(story.id))
    story.tell(
        figure("c1", "oct", place="east", best=5),
        ("correct_claim", {"id": "c1", "set": {"place": "west"}, "reason": "misread"}),
        ("correct_claim", {"id": "c1", "set": {"best": 6}, "reason": "misread"}),
    )
    recorded, moved, mended = first + 1, first + 2, first + 3
    assert positions(story, kind="figure", place="east") == [recorded, moved]
    assert positions(story, kind="figure", place="west") == [moved, mended]
    assert positions(story, kind="figure", place="country") == [recorded, moved, mended]


def test_a_place_that_moves_is_told_to_where_it_was_and_to_where_it_is(story: Story) -> None:
    first = story.house.run(story.house.log.head(story.id))
    story.tell(
        ("correct_place", {"id": "town", "set": {"within": "west"}, "reason": "misread"}),
        figure("c1", "oct", place="town", best=5),
    )
    assert positions(story, place="east")[-1] == first + 1
    assert positions(story, place="west")[-2:] == [first + 1, first + 2]


def test_what_happens_to_a_report_touches_what_is_said_in_it_and_no_more(story: Story) -> None:
    story.tell(
        figure("c1", "oct", place="east", best=5),
        ("revise_claim", {"id": "c1", "report": "nov", "set": {"place": "west", "best": 6}}),
    )
    head = story.house.run(story.house.log.head(story.id))
    story.tell(("discredit_report", {"id": "nov", "reason": "made up"}))
    assert head + 1 in positions(story, place="west", measure="killed")
    assert head + 1 not in positions(story, place="east", measure="killed")
    assert head + 1 in positions(story, report="nov", family="judgement")
    assert head + 1 not in positions(story, report="oct")
