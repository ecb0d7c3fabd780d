"""What a correction touches: every answer that differs as of the position before it and its own is named."""

import asyncio
from typing import Any

import pytest

from domain.events import read_command
from interfaces.api.correction_told import MOST_TOUCHED, Bearing, told_correction
from tests.interfaces.running import WHY, Dossier, control, done, eventually, figure
from tests.interfaces.test_correction_words import corrected

PLACES = ["syria", "deir-ez-zor", "enclave", "hajin", "east"]
# What stands beside a number, since it may be about the same, is named by its own topic.
NOT_COMPARED = {
    "beside", "beside_in_brief", "inside", "inside_in_brief", "position", "as_of", "recorded_at", "version", "etag",
    "unplaced", "unplaced_in_brief", "names", "at", "reported_by", "certainty",
}  # fmt: skip


@pytest.fixture
def told_of(furnished: Dossier) -> Dossier:
    """Two hold Hajin, and what was killed there is told of one incident."""
    done(furnished.batch([
        {"command": "register_place", "id": "east", "name": "The east", "kind": "region", "within": "syria"},
        {"command": "register_actor", "id": "army", "name": "The army", "kind": "armed_group"},
        {"command": "register_actor", "id": "brigade", "name": "A brigade", "kind": "armed_group", "part_of": "sdf"},
        {"command": "record_claim", "id": "c5", **control("nov", actor="brigade", place="deir-ez-zor",
                                                          claimant="reuters", when="2018-11-10")},
        {"command": "record_claim", "id": "c6", **control("dec", actor="army", place="deir-ez-zor",
                                                          when="2018-11-10")},
        {"command": "record_claim", "id": "k1", **figure("nov", measure="killed", subject="sdf", best=35)},
        {"command": "record_claim", "id": "k2", **figure("dec", measure="killed", subject="sdf", best=42,
                                                         dimensions={"age": "adult"})},
        {"command": "record_claim", "id": "c7", **control("nov", actor="army", place="enclave", when="2018-11-20")},
        {"command": "record_claim", "id": "c8", **figure("nov")},
        {"command": "issue_assessment", "id": "a1", "topic": "fighters,people,subject:is,place:hajin",
         "finding": "Some 2,000", "grade": "fair", "claims": ["c1", "c8"], "same_origin": ["c1", "c8"],
         "because": "word for word"},
        {"command": "open_incident", "id": "i1", "title": "One strike", "claims": ["k1"]},
        {"command": "open_incident", "id": "i2", "title": "The same strike", "claims": ["k2"]},
    ]))  # fmt: skip
    # A worker that has just been started takes its time.
    eventually(lambda: furnished.get("corrections", limit=1).is_success, "the read models are there")
    return furnished


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("places/hajin/corrections", {"set": {"within": "east"}, **WHY}),
    ("places/hajin/corrections", {"set": {"areas": []}, **WHY}),
    ("places/deir-ez-zor/corrections", {"set": {"within": "east"}, **WHY}),
    ("actors/brigade/corrections", {"set": {"part_of": "army"}, **WHY}),
    ("actors/sdf/corrections", {"set": {"part_of": "army"}, **WHY}),
    ("claims/k1/corrections", {"set": {"best": 37}, **WHY}),
    ("incidents/i2/merges", {"into": "i1", **WHY}),
    ("incidents/i2/splits", WHY),
    ("incidents/i1/unlinkings", {"claims": ["k1"], **WHY}),
    ("incidents/i1/links", {"claims": ["k1"], **WHY}),
    ("claims/k1/corrections", {"set": {"best": 36}, **WHY}),
    ("claims/k2/corrections", {"set": {"place": "deir-ez-zor"}, **WHY}),
    ("reports/nov/corrections", {"set": {"published": "2018-12-20"}, **WHY}),
    ("reports/nov/discreditings", WHY),
    ("reports/nov/discrediting-liftings", WHY),
    ("reports/nov/withdrawals", {"report": "dec", **WHY}),
    ("reports/nov/withdrawal-retractions", WHY),
    ("sources/sohr/merges", {"into": "reuters", **WHY}),
    ("sources/sohr/splits", WHY),
    ("actors/is/merges", {"into": "army", **WHY}),
    ("actors/is/splits", WHY),
    ("claims/k1/relations", {"relation": "part_of", "to": ["c1"], **WHY}),
    ("assessments/a1/withdrawals", WHY),
    ("claims/c7/corrections", {"set": {"actor": "brigade"}, **WHY}),
    ("places/deir-ez-zor/corrections", {"set": {"areas": [{"area": "enclave"}]}, **WHY}),
]


def test_every_answer_that_a_correction_moves_is_named_in_what_it_touches(told_of: Dossier) -> None:
    moved: set[str] = set()
    for below, body in CHANGES:
        position = told_of.change(below, **body)["position"]
        (item,) = told_of.read("corrections", after=position - 1)["items"]
        touches = item["touches"]
        before, after = answers(told_of, position - 1), answers(told_of, position)
        for kind, id_ in before.keys() | after.keys():
            if before.get((kind, id_)) != after.get((kind, id_)):
                assert id_ in touches.get(kind, ()), (below, body, kind, id_, touches)
                moved.add(f"{below} {kind}")
    # Of each kind there was something to name.
    assert {"actors/brigade/corrections places", "incidents/i1/links topics", "incidents/i2/merges topics"} <= moved
    assert {"reports/nov/discreditings topics", "reports/nov/discreditings places", "sources/sohr/merges places",
            "actors/is/merges topics", "places/deir-ez-zor/corrections places"} <= moved  # fmt: skip
    # Claims that were one, and the members of an informal area.
    assert {"assessments/a1/withdrawals topics", "claims/c7/corrections places"} <= moved


def test_of_each_kind_the_first_hundred_are_named_and_how_many_there_are_besides() -> None:
    (entry,) = asyncio.run(corrected([
        read_command({"command": "open_dossier", "id": "d", "title": "A dossier"}),
        read_command({"command": "register_place", "id": "p1", "name": "A place", "kind": "town"}),
        read_command({"command": "correct_place", "id": "p1", "set": {"name": "Another"}, **WHY}),
    ]))  # fmt: skip
    places = [f"p{nth:03}" for nth in range(MOST_TOUCHED)]
    told = told_correction(entry, {}, Bearing({"places": places, "topics": ["killed,people"]}, None))
    assert told["touches"] == {"places": places, "topics": ["killed,people"]}
    assert "touches_more" not in told
    told = told_correction(entry, {}, Bearing({"places": [*places, "p998", "p999"], "topics": ["killed,people"]}, None))
    assert told["touches"] == {"places": places, "topics": ["killed,people"]}
    assert told["touches_more"] == {"places": 2}


def answers(dossier: Dossier, position: int) -> dict[tuple[str, str], Any]:
    """Who holds each place, and each topic's number, as of a position; by the kind of what they are asked by."""
    found: dict[tuple[str, str], Any] = {}
    for place in PLACES:
        found["places", place] = plain(done(dossier.get(f"places/{place}/control", as_of=position)))
    for one in done(dossier.get("figures", as_of=position))["items"]:
        found["topics", one["topic"]] = plain(done(dossier.get("figures", as_of=position, topic=one["topic"])))
    return found


def plain(answer: Any) -> Any:
    """Without clocks and addresses."""
    if isinstance(answer, dict):
        return {name: plain(value) for name, value in answer.items() if name not in NOT_COMPARED}
    return [plain(value) for value in answer] if isinstance(answer, list) else answer


def test_what_lies_around_a_place_and_an_actor_before_and_after_is_touched(told_of: Dossier) -> None:
    def touches(below: str, **body: Any) -> dict[str, list[str]]:
        position = told_of.change(below, **body)["position"]
        found: dict[str, list[str]] = told_of.read("corrections", after=position - 1)["items"][0]["touches"]
        return found

    moved = touches("places/hajin/corrections", set={"within": "east"}, **WHY)
    assert moved == {"places": ["deir-ez-zor", "east", "enclave", "hajin", "syria"]}
    joined = touches("actors/sdf/corrections", set={"part_of": "army"}, **WHY)
    # There a claim names a brigade that is part of it.
    assert joined == {"actors": ["army", "sdf"], "places": ["deir-ez-zor"]}
    # A name moves no answer of another.
    assert touches("places/east/corrections", set={"name": "East"}, **WHY) == {"places": ["east"]}
