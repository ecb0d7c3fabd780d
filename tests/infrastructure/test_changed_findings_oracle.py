"""What two pictures find differently is what one hears who asks every question in both: for any history and clocks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from inspect import unwrap
from typing import Any, NamedTuple

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from application.findings import KINDS_OF_DISAGREEMENT, Telling
from application.following.bases import with_bases
from application.reading import Page, Reading
from application.stream_kinds import STREAM_KINDS
from application.watch import ControlOfPlace, FiguresOfTopic, RecordOfSource
from domain.content import Figure
from domain.contradictions import CANNOT_ALL_BE_RIGHT
from domain.fact import Command
from domain.topic import topic_of
from infrastructure.questions import bearing
from infrastructure.questions.disagreements import Sought, disagreements
from infrastructure.questions.figures import FigureFilter, topics
from infrastructure.questions.situation import Ruled, situation
from infrastructure.questions.watched import PostgresFollowedRows
from infrastructure.read_models.assessments import AssessmentFilter, assessments_as_of
from interfaces.api.changed_findings import list_changed_findings
from interfaces.api.changes import ChangesQuery, read_changes
from tests import naive, naive_persons
from tests.histories import CatchUp, chains, examples, histories
from tests.infrastructure.questions_answered import all_pages, clocks_of, request_to
from tests.infrastructure.test_oracle import House, Story
from tests.infrastructure.test_persons_oracle import lives
from tests.infrastructure.test_questions_oracle import clocks, lived
from tests.infrastructure.watching import in_no_order

EVERYWHERE = Sought(KINDS_OF_DISAGREEMENT, None, CANNOT_ALL_BE_RIGHT)
NOT_OF_ITEMS = ("version", "from", "id", "time_zone")
STANDING = ("version", "recorded_position", "assessed_position")


class Picture(NamedTuple):
    """A triple of clocks, and everything that is found by it."""

    position: int
    asked: naive.Asked
    found: Mapping[tuple[str, str], Any]
    at_odds: Sequence[Any]
    situation: Any


def wire(told: Any) -> Any:
    """As it goes over the wire, without ages."""
    if isinstance(told, dict):
        return {name: wire(value) for name, value in told.items() if name != "age_days"}
    return [wire(one) for one in told] if isinstance(told, (list, tuple)) else told


async def everything(house: House, dossier_id: str, position: int, asked: naive.Asked) -> Picture:
    """Every question asked one by one, as a follower of it would."""
    rows = PostgresFollowedRows(house.engine, house.log)
    reading = await house.reading(dossier_id, position, asked)
    found: dict[tuple[str, str], Any] = {}
    dossier = naive.Dossier(await house.events(dossier_id), position)
    for place in dossier.items["place"]:
        holds = await rows.finding(reading, ControlOfPlace(question="control", place=place))
        if holds is not None and any(holds[name] for name in ("states", "beside", "undated", "set_aside")):
            found["control", place] = holds
    async with house.engine.connect() as connection:
        counted, _ = await topics(connection, reading, FigureFilter(), None, 1000)
        at_odds = await all_disagreements(connection, reading)
        issued = await assessments_as_of(connection, reading, Page(1000), AssessmentFilter())
        there = None if asked.at is None else await told_situation(connection, reading)
    for source in dossier.items["source"]:
        found["record", source] = await rows.finding(reading, RecordOfSource(question="record", source=source))
    for kind in ("dossier", "source", "actor", "place", "report", "incident", "person"):
        for id_, held in dossier.items[kind].items():
            # What was merged once and split again is merged into nothing, as what never was.
            told = {name: value for name, value in held.items() if name not in NOT_OF_ITEMS and value is not None}
            found["item", f"{kind}/{id_}"] = told
    # One that is merged answers by any of its ids: by all that it was ever written with.
    written = {str(one.topic) for one in counted} | set(dossier_topics(await house.events(dossier_id)))
    for topic in written:
        come = await rows.finding(reading, FiguresOfTopic(question="figures", topic=topic))
        if come is not None and (come["groups"] or come["set_aside"]):
            found["figures", topic] = come
    for person, of in naive_persons.standing(dossier, asked):
        known = of.known(None, None)
        if not isinstance(known, str):
            found["person", person["id"]] = known
    for incident in dossier.items["incident"]:
        listed = naive_persons.counted(dossier, asked, incident)
        if listed["persons"] or listed["not_reported"]:
            found["incident", incident] = listed
    for item in await with_bases(house.log, reading, issued):
        found["assessment", item["id"]] = {name: value for name, value in item.items() if name not in STANDING}
    return Picture(position, asked, wire(found), wire(at_odds), wire(there))


def dossier_topics(log: Sequence[Any]) -> set[str]:
    """Every topic that any statement of the log was ever of."""
    found = set()
    held: dict[Any, Any] = {}
    for each in log:
        if each.stream.kind == "claim":
            state = held[each.stream] = STREAM_KINDS["claim"].evolve(held.get(each.stream), each.event)
            found |= {str(topic_of(made.content)) for made in state.statements if isinstance(made.content, Figure)}
    return found


async def all_disagreements(connection: Any, reading: Reading) -> list[Any]:
    items: list[Any] = []
    after = None
    while True:
        some, after = await disagreements(connection, reading, EVERYWHERE, after, 1000)
        items += [Telling().disagreement(one) for one in some]
        if after is None:
            return items


async def told_situation(connection: Any, reading: Reading) -> Any:
    found = await situation(connection, reading, Ruled("latest-per-claimant@2"))
    telling = Telling(found.parts)
    return {
        "control": [(place, telling.control(picture)) for place, picture in found.control],
        "undated": [(place, telling.control(picture)) for place, picture in found.undated],
        "figures": [(str(topic), telling.groups(picture)) for topic, picture in found.figures],
        "occurrences": sorted(telling.claim(claim) for claim in found.occurrences),
    }


async def changed(house: House, dossier_id: str, before: Picture, after: Picture, limit: int, which: Any) -> list[Any]:
    request = request_to(house)

    async def ask(cursor: str | None) -> Any:
        asked = clocks_of(before.asked, before.position, "from.") | clocks_of(after.asked, after.position, "to.")
        return await unwrap(which)(request, dossier_id, ChangesQuery(cursor=cursor, limit=limit, **asked), None)

    return await all_pages(ask)


def without(items: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    told = {in_no_order(one) for one in others}
    return [one for one in items if in_no_order(one) not in told]


async def agree(house: House, dossier_id: str, before: Picture, after: Picture, limit: int) -> None:
    items = await changed(house, dossier_id, before, after, limit, list_changed_findings)
    at_odds = [one for one in items if one["question"] == "disagreements"]
    of_items = {one["item"]: one["what"] for one in items if one["question"] == "item"}
    assert of_items == items_apart(before, after), (before[:2], after[:2])
    others = [one for one in items if one["question"] not in ("disagreements", "item")]
    told = {(one["question"], about(one)): (one["before"], one["after"]) for one in others}
    assert len(told) == len(others), "each once"
    keys = {key for key in (*before.found, *after.found) if key[0] != "item"}
    sides = {key: (before.found.get(key), after.found.get(key)) for key in keys}
    expected = {key: pair for key, pair in sides.items() if in_no_order(said(pair[0])) != in_no_order(said(pair[1]))}
    # What is one in both pictures is told once, by one of its ids.
    assert told == {key: expected[key] for key in told}, (before[:2], after[:2])
    missing = {key: pair for key, pair in expected.items() if pair not in told.values()}
    assert not missing, (before[:2], after[:2])
    gone = [one["before"] for one in at_odds if one["before"] is not None]
    come = [one["after"] for one in at_odds if one["after"] is not None]
    assert canonical(gone) == canonical(without(before.at_odds, after.at_odds)), (before[:2], after[:2])
    assert canonical(come) == canonical(without(after.at_odds, before.at_odds)), (before[:2], after[:2])
    for one in items:
        assert one["what"] == (
            "appeared" if one["before"] is None else "disappeared" if one["after"] is None else "changed"
        )
        low, high = sorted((before.position, after.position))
        assert all(low < each["position"] <= high for each in one["events"])
        assert one["events"] or before.asked != after.asked or not bearing.MOST_EVENTS, one
        # Where not all were looked through, none but an item's own events are said to be all.
        in_part = not bearing.MOST_EVENTS and low < high and one["question"] != "item"
        assert one.get("searched_in_part", False) == in_part, one
    if not items and not await changed(house, dossier_id, before, after, 100, read_changes):
        event("the same")
        if before.asked.at == after.asked.at:
            assert before.situation == after.situation


def said(told: Any) -> Any:
    """Of a record not how often we corrected it: that tells what was done, also where it was undone."""
    return told if told is None else {name: value for name, value in told.items() if name != "corrected"}


def items_apart(before: Picture, after: Picture) -> dict[str, str]:
    """What is recorded otherwise of items, or was recorded of them in one picture only."""
    was, now = ({id_: held for (kind, id_), held in one.found.items() if kind == "item"} for one in (before, after))
    differing = {id_ for id_ in {**was, **now} if was.get(id_) != now.get(id_)}
    return {id_: "appeared" if id_ not in was else "disappeared" if id_ not in now else "changed" for id_ in differing}


def about(item: Any) -> str:
    kinds = ("topic", "place", "assessment", "person", "incident", "source")
    return str(next(item[kind] for kind in kinds if item.get(kind)))


def canonical(items: Sequence[Any]) -> list[str]:
    return sorted(json.dumps(one, sort_keys=True) for one in items)


@examples(usual=12, thorough=600)
@given(
    history=histories() | lives,
    asked=st.lists(clocks, min_size=2, max_size=2),
    apart=st.sampled_from(
        [("as_of",), ("reported_by", "certainty"), ("at",), ("as_of", "reported_by", "certainty", "at")]
    ),
    back=st.lists(st.integers(0, 25), min_size=2, max_size=2),
    limit=st.sampled_from([1, 2, 100]),
    most=st.sampled_from([0, 5_000, 5_000]),
)
def test_what_is_found_differently_is_what_one_hears_who_asks_every_question(
    house: House,
    history: list[Command | CatchUp],
    asked: list[naive.Asked],
    apart: tuple[str, ...],
    back: list[int],
    limit: int,
    most: int,
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        head = await house.log.head(dossier_id)
        early, late = (max(1, head - steps) for steps in back)
        clocks = {name: getattr(asked[1], name) for name in apart if name != "as_of"}
        before = await everything(house, dossier_id, early, asked[0])
        after = await everything(house, dossier_id, late if "as_of" in apart else early, replace(asked[0], **clocks))
        await agree(house, dossier_id, before, after, limit)

    with pytest.MonkeyPatch.context() as patched:
        # Too much to look at, event by event, or not.
        patched.setattr(bearing, "MOST_EVENTS", most)
        house.run(work())


@examples(usual=8, thorough=600)
@given(history=chains(), back=st.lists(st.integers(0, 8), min_size=2, max_size=2))
def test_what_moves_by_way_of_an_origin_is_found_differently(
    house: House, history: list[Command | CatchUp], back: list[int]
) -> None:
    async def work() -> None:
        dossier_id = await lived(house, history)
        head = await house.log.head(dossier_id)
        before, after = [await everything(house, dossier_id, max(1, head - steps), naive.Asked()) for steps in back]
        await agree(house, dossier_id, before, after, 100)

    house.run(work())


def test_what_was_corrected_and_corrected_back_is_found_as_it_was(house: House) -> None:
    story = Story(house)
    begun = [
        story.tell(("open_dossier", {"title": "A flood"})),
        story.tell(("register_source", {"id": "s", "name": "S", "kind": "monitor"})),
        story.tell(("file_report", {"id": "r", "label": "R", "published": "2018-10", "publisher": "s"})),
        story.tell(("record_claim", {"id": "c", "kind": "figure", "report": "r", "claimant": "s", "measure": "killed",
                                     "unit": "people", "best": 5, "qualifier": "stated"})),
    ]  # fmt: skip
    mended = story.tell(("correct_claim", {"id": "c", "set": {"best": 6}, "reason": "misread"}))
    back = story.tell(("correct_claim", {"id": "c", "set": {"best": 5}, "reason": "read well before"}))
    for other, found in ((mended, ["figures"]), (back, [])):
        sides = [Picture(position, naive.Asked(), {}, [], None) for position in (begun[-1], other)]
        items = house.run(changed(house, story.id, sides[0], sides[1], 100, list_changed_findings))
        assert [item["question"] for item in items] == found


def test_a_word_of_the_dossier_that_is_called_otherwise_is_told_by_the_dossier_itself(house: House) -> None:
    story = Story(house)
    named = {"measures": {"in_need": {"nature": "stock", "units": ["people"], "labels": {"en": "people in need"}}}}
    before = story.tell(("open_dossier", {"title": "A flood", **named}))
    named["measures"]["in_need"]["labels"] = {"en": "people who need help"}
    after = story.tell(("describe_dossier", {"id": story.id, "set": named, "reason": "clearer"}))
    sides = [Picture(position, naive.Asked(), {}, [], None) for position in (before, after)]
    items = house.run(changed(house, story.id, sides[0], sides[1], 100, list_changed_findings))
    assert [(item["question"], item["item"], item["what"]) for item in items] == [
        ("item", f"dossier/{story.id}", "changed")
    ]
    assert [each["position"] for each in items[0]["events"]] == [after]
    labels = [items[0][side]["measures"]["in_need"]["labels"]["en"] for side in ("before", "after")]
    assert labels == ["people in need", "people who need help"]
