"""What a correction touches: every answer that differs as of the position before it and its own is named.

The naive way: all questions are asked at both positions.
"""

import json
from collections.abc import Iterator
from inspect import unwrap
from typing import Any

import pytest
from hypothesis import event, given, settings

from domain import when
from domain.fact import Command
from interfaces.api.changed_findings import list_changed_findings
from interfaces.api.corrections import CorrectionsQuery, list_corrections
from tests import naive
from tests.histories import PERSONS, THOROUGH, CatchUp, chains, examples, histories
from tests.infrastructure.questions_answered import request_to
from tests.infrastructure.test_changed_findings_oracle import Picture, changed, everything
from tests.infrastructure.test_oracle import House, Story, control, figure, place, report
from tests.infrastructure.test_persons_oracle import lives
from tests.infrastructure.test_questions_oracle import lived

KINDS = {"control": "places", "figures": "topics", "assessment": "assessments", "record": "sources",
         "person": "persons", "incident": "incidents"}  # fmt: skip
# So many corrections of a history are looked at, the last ones: each asks everything twice.
LOOKED_AT = 5


async def corrections_of(house: House, dossier_id: str) -> list[Any]:
    """The last ones, each as of its own position."""

    async def ask(**query: Any) -> list[Any]:
        asked = CorrectionsQuery(order="newest", **query)
        answer = await unwrap(list_corrections)(request_to(house), dossier_id, asked, None)
        items: list[Any] = json.loads(bytes(answer.body))["items"]
        return items

    positions = [one["position"] for one in await ask(limit=LOOKED_AT)]
    return [item for position in positions for item in await ask(as_of=str(position), limit=1)]


def unnamed(before: Any, after: Any, touches: Any) -> Iterator[str]:
    """The answers that moved and are not named."""
    for kind, about in {*before.found, *after.found}:
        if kind == "item" or before.found.get((kind, about)) == after.found.get((kind, about)):
            continue
        if about not in touches.get(KINDS[kind], ()):
            yield f"{kind} of {about}"


# Rare ways of being one with another are found by the thorough run: the usual one takes the same histories each time.
@settings(examples(usual=6, thorough=600), derandomize=not THOROUGH)
@given(history=histories() | lives)
def test_every_answer_that_a_correction_moves_is_named_in_what_it_touches(
    house: House, history: list[Command | CatchUp]
) -> None:
    house.run(all_are_named(house, history))


@examples(usual=8, thorough=600)
@given(history=chains())
def test_every_answer_that_a_correction_moves_by_way_of_an_origin_is_named(
    house: House, history: list[Command | CatchUp]
) -> None:
    house.run(all_are_named(house, history))


async def all_are_named(house: House, history: list[Command | CatchUp]) -> None:
    dossier_id = await lived(house, history)
    for one in await corrections_of(house, dossier_id):
        asked = naive.Asked()
        before, after = [
            await everything(house, dossier_id, at, asked) for at in (one["position"] - 1, one["position"])
        ]
        missing = [*unnamed(before, after, one["touches"])]
        assert not missing, (one["type"], one["id"], one["changes"], one["touches"], missing)
        event(one["type"])


def statement(claim_id: str, report_id: str) -> tuple[str, dict[str, Any]]:
    return "record_claim", {"id": claim_id, "report": report_id, "kind": "statement", "nature": "observation",
                            "text": "One man was killed"}  # fmt: skip


ALI, ALY = PERSONS[:2]
# Who is missing by the first of two claims, and was killed by the second.
ALI_IN_M = [
    ("open_dossier", {"title": "A story"}),
    report("early", "2018-10-15"),
    report("late", "2018-12-15"),
    statement("f1", "early"),
    statement("s1", "late"),
    ("open_incident", {"id": "m", "title": "A strike"}),
    ("open_incident", {"id": "whole", "title": "All strikes"}),
    ("merge_incident", {"id": "m", "into": "whole", "reason": "one"}),
    (
        "register_person",
        {
            "id": ALI,
            "name": "Ali",
            "fates": [
                {"fate": "missing", "incident": "m", "claim": "f1"},
                {"fate": "killed", "incident": "m", "claim": "s1"},
            ],
        },
    ),
    ("register_person", {"id": ALY, "name": "Aly", "claims": ["f1"]}),
    ("merge_person", {"id": ALI, "into": ALY, "reason": "one"}),
]


@pytest.mark.parametrize(
    "correction",
    [
        ("discredit_report", {"id": "late", "reason": "made up"}),
        ("withdraw_report", {"id": "late", "when": "2018-12-20", "reason": "taken back"}),
        ("merge_report", {"id": "late", "into": "early", "reason": "one"}),
        ("retract_claim", {"id": "s1", "reason": "misread"}),
        ("withdraw_claim", {"id": "s1", "report": "late", "reason": "taken back", "changed_by": "publisher"}),
    ],
)
def test_who_is_known_by_a_claim_is_touched_by_what_becomes_of_it(
    house: House, correction: tuple[str, dict[str, Any]]
) -> None:
    story = Story(house)
    story.tell(*ALI_IN_M, correction)
    touches = house.run(corrections_of(house, story.id))[0]["touches"]
    assert touches["persons"] == sorted([ALI, ALY])
    assert touches["incidents"] == ["m", "whole"]


def test_who_is_known_otherwise_is_told_between_two_pictures(house: House) -> None:
    story = Story(house)
    head = story.tell(*ALI_IN_M)
    position = story.tell(("discredit_report", {"id": "late", "reason": "made up"}))
    upto = [naive.Asked(reported_by=when.cut_off(day, field="")) for day in ("2018-11-01", "2018-12-31")]
    for before, after, moved in (
        (Picture(head, naive.Asked(), {}, [], None), Picture(position, naive.Asked(), {}, [], None), [position]),
        (Picture(head, upto[1], {}, [], None), Picture(head, upto[0], {}, [], None), []),
    ):
        items = house.run(changed(house, story.id, before, after, 100, list_changed_findings))
        found = {one["question"]: one for one in items if one["question"] in ("person", "incident")}
        of_incident = [one["incident"] for one in items if one["question"] == "incident"]
        assert of_incident == ["m", "whole"]
        counts = [found["incident"][side]["fates"] for side in ("before", "after")]
        assert [[(each["fate"], each["persons"]) for each in fates] for fates in counts] == (
            [[("killed", 1)], [("missing", 1)]]
        )
        assert found["person"]["person"] == ALY
        assert [found["person"][side]["fate"] for side in ("before", "after")] == ["killed", "missing"]
        for one in found.values():
            assert [event["position"] for event in one["events"]] == moved
            assert one["published"] == ([] if moved else ["late"])


WHY = {"reason": "so"}
# Two of each kind that merges, of which the second goes up in the first; and what is said of either.
ONE_IN_ANOTHER = (
    ("open_dossier", {"title": "Merged"}),
    *(("register_source", {"id": id_, "name": id_, "kind": "monitor"}) for id_ in ("s1", "s2", "s3")),
    *(("register_actor", {"id": id_, "name": id_, "kind": "militia"}) for id_ in ("a1", "a2", "a3")),
    place("around"),
    place("p1", within="around"),
    place("p2"),
    report("r1", "2018-10-15", publisher="s1"),
    report("r2", "2018-11-15", publisher="s3"),
    report("r3", "2018-12-15"),
    figure("c1", "r1", 30, claimant="s1", subject="a1", place="p1", when="2018-10-10"),
    figure("c2", "r2", 40, claimant="s3", subject="a2", place="p2", when="2018-10-10"),
    control("c3", "p2", report="r2", claimant="s2", actor="a2", when="2018-10-10"),
    control("c4", "p1", report="r1", claimant="s3", actor="a3", when="2018-10-10"),
    ("open_incident", {"id": "i1", "title": "i1", "claims": ["c1"]}),
    ("open_incident", {"id": "i2", "title": "i2", "claims": ["c2"]}),
    ("issue_assessment",
     {"id": "held", "place": "p1", "finding": "F", "grade": "fair", "claims": ["c2"], "because": "so"}),
    *((f"merge_{kind}", {"id": f"{kind[0]}2", "into": f"{kind[0]}1", **WHY})
      for kind in ("source", "actor", "place", "report", "incident")),
)  # fmt: skip
TAKEN_OF_A_MERGED_ONE = (
    ("correct_source", "s2", {"name": "Another", "speaks_for": "a3"}),
    ("correct_actor", "a2", {"name": "Another", "kind": "coalition"}),
    ("correct_place", "p2", {"within": "around", "latitude": 34.0, "longitude": 40.0}),
    ("correct_report", "r2", {"published": "2018-09", "publisher": "s1", "derived_from": ["r3"], "credits": ["s2"]}),
    ("describe_incident", "i2", {"title": "Another", "when": "2018-10-11", "place": "around"}),
)


def test_what_is_said_of_a_merged_item_moves_no_answer_and_touches_none(house: House) -> None:
    story = Story(house)
    begun = story.tell(*ONE_IN_ANOTHER)
    acts = [(name, {"id": id_, "set": set_, **WHY}) for name, id_, set_ in TAKEN_OF_A_MERGED_ONE]
    assert story.tell(*acts) == begun + len(acts)

    async def work() -> None:
        asked = naive.Asked()
        told = {one["position"]: one for one in await corrections_of(house, story.id)}
        before = await everything(house, story.id, begun, asked)
        assert {kind for kind, _ in before.found} >= {"control", "figures", "assessment", "record"}
        for position, (_, id_, _) in enumerate(TAKEN_OF_A_MERGED_ONE, begun + 1):
            after = await everything(house, story.id, position, asked)
            assert not [*unnamed(before, after, {})], id_
            assert before.at_odds == after.at_odds
            kind = told[position]["kind"]
            assert told[position]["touches"] == {f"{kind}s": [id_]}
            assert told[position]["goes_on_as"] == f"{id_[0]}1"
            before = after

    house.run(work())


def test_what_counts_of_a_merged_item_is_said_to_touch_the_one_that_it_goes_on_as(house: House) -> None:
    story = Story(house)
    story.tell(*ONE_IN_ANOTHER)
    acts: list[tuple[str, dict[str, Any]]] = [
        ("correct_actor", {"id": "a2", "set": {"part_of": "a3"}, **WHY}),
        ("retract_report", {"id": "r1", **WHY}),
        # What it was merged into is gone, so it is one of its own.
        ("discredit_report", {"id": "r2", **WHY}),
        ("retract_source", {"id": "s2", **WHY}),
    ]
    story.tell(*acts)
    told = house.run(corrections_of(house, story.id))
    assert len(told) >= len(acts)
    for one in told[: len(acts)]:
        assert "goes_on_as" not in one
        assert one["touches"]["places"], one
