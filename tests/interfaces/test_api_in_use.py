"""Retracting what is in use: taken, with how much rests on it, and marked where answers name it."""

import json
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from domain.checks import references
from domain.content import Content
from domain.fields import Refers
from domain.items_named import items_named
from domain.sealable import as_given
from tests.interfaces.running import WHY, Dossier, control, figure


@pytest.fixture
def used(furnished: Dossier) -> Dossier:
    """A source, an actor, a place and a report of which each is named by two claims; some by other items too."""
    furnished.record("sources", id="s", name="S", kind="monitor", speaks_for="sdf")
    furnished.record("actors", id="a", name="A", kind="militia")
    furnished.record("actors", id="b", name="B", kind="militia", part_of="a")
    furnished.record("places", id="p", name="P", kind="village")
    furnished.record("reports", id="r", label="R", published="2018-11", publisher="s", author="s")
    furnished.record("incidents", id="i", title='The words "p" and "a" name nothing', place="p")
    furnished.record("claims", **figure("r", id="u1", claimant="s", subject="a", place="p"))
    said = {"actors": {"by": ["sdf", "a"]}, "place": "p", "via": ["reuters", "s"]}
    furnished.record("claims", id="u2", kind="occurrence", type="attack", report="r", **said)
    furnished.record("claims", **control("r", id="u3", claimant="s", actor="a", place="p"))
    furnished.change("claims/u3/retractions", **WHY)
    furnished.record("persons", id="per-0000000000000001", fates={"fate": "killed", "place": "p"})
    furnished.record("persons", id="per-0000000000000002", fates={"fate": "killed", "place": "p"})
    furnished.change("persons/per-0000000000000002/retractions", **WHY)
    furnished.read("claims")
    return furnished


def warned(told: Any) -> list[tuple[str, str]]:
    return [(warning["code"], warning["message"].partition(":")[0]) for warning in told["warnings"]]


@pytest.mark.parametrize(
    ("below", "said"),
    [
        ("sources/s", "2 claims and 1 other item name source 's'"),
        ("actors/a", "2 claims and 1 other item name actor 'a'"),
        ("places/p", "2 claims and 2 other items name place 'p'"),
        ("reports/r", "2 claims name report 'r'"),
        ("actors/sdf", "1 claim and 1 other item name actor 'sdf'"),
    ],
)
def test_retracting_what_is_in_use_says_how_much_rests_on_it(used: Dossier, below: str, said: str) -> None:
    assert warned(used.change(f"{below}/retractions", **WHY)) == [("still_in_use", said)]
    assert warned(used.change(f"{below}/reinstatements", **WHY)) == []


def test_what_nothing_names_is_retracted_without_a_word(used: Dossier) -> None:
    assert warned(used.change("actors/b/retractions", **WHY)) == []


def test_answers_mark_what_was_retracted_and_is_still_named(used: Dossier) -> None:
    topic = "fighters,people,subject:a,place:p"
    assert used.read("figures", topic=topic)["names"]["retracted"] == []
    for below in ("sources/s", "actors/a", "places/p"):
        used.change(f"{below}/retractions", **WHY)
    answer = used.read("figures", topic=topic)
    assert answer["names"]["retracted"] == ["source/s", "actor/a", "place/p"]
    assert answer["names"]["sources"]["s"] == "S"
    assert len(answer["series"]) == 1


QUESTIONS: dict[str, dict[str, str]] = {
    "claims": {},
    "claims/u1": {},
    "figures": {"topic": "fighters,people,subject:a,place:p"},
    "places/p/control": {},
    "situation": {"at": "2018-11-15"},
    "disagreements": {},
    "changes": {"from.as_of": "1"},
}


def test_every_question_marks_every_item_that_was_retracted_and_is_still_named(used: Dossier) -> None:
    """Sources, actors, places, reports and claims, wherever an answer names them."""
    used.record("reports", id="late", label="Late", published="2018-11-20")
    used.record("claims", **control("nov", id="u4", claimant="s", actor="a", place="p", when="2018-11-15"))
    used.record("claims", **figure("r", id="u5", claimant="reuters", subject="a", place="p", best=9, rests_on=["late"]))
    used.record("claims", **control("nov", id="u6", claimant="sohr", actor="sdf", place="p", when="2018-11-15"))
    used.change("claims/u1/relations", relation="disputes", to="u2")
    gone = ["actor/a", "place/p", "report/late", "source/s"]
    for item in gone:
        kind, id_ = item.split("/")
        used.change(f"{kind}s/{id_}/retractions", **WHY)
    used.change("claims/u2/retractions", **WHY)
    named = {
        "u1": ["actor/a", "claim/u2", "place/p", "source/s"],
        "u4": ["actor/a", "place/p", "source/s"],
        "u5": ["actor/a", "place/p", "report/late", "source/s"],
        "u6": ["place/p"],
    }
    for below, query in QUESTIONS.items():
        answer = used.read(below, **query)
        if below == "claims":
            told = {item["id"]: item.get("names_retracted", []) for item in answer["items"]}
            assert told == {"c1": [], "c2": [], **named}
        elif below == "claims/u1":
            assert answer["names_retracted"] == named["u1"]
        else:
            said = json.dumps({name: value for name, value in answer.items() if name != "names"})
            marked = set(answer["names"]["retracted"])
            assert marked <= {*gone}, below
            assert marked >= {item for item in gone if f'"{item.partition("/")[2]}"' in said}, below
    asked: dict[str, Any] = {"at": "2018-11-15", "min_position": used.position}
    answer = used.http.get(f"{used.path}/situation", params=asked, headers={"Accept": "application/geo+json"}).json()
    (place,) = [one["properties"] for one in answer["features"] if one["id"] == "p"]
    assert place["retracted"] is True


def referred_to(*annotations: Any) -> bool:
    """Whether some of them, or a part, says that an id is that of an item."""
    return any(
        isinstance(each, Refers) or referred_to(*get_args(each), *getattr(each, "__metadata__", ()))
        for each in annotations
    )


def test_the_items_that_a_statement_names_are_those_that_it_refers_to() -> None:
    read: TypeAdapter[Any] = TypeAdapter(Content)
    common = {"claimant": "s", "via": ["t", "u"], "place": "p", "rests_on": ["r"]}
    contents: list[dict[str, Any]] = [
        {"kind": "figure", "measure": "killed", "unit": "people", "qualifier": "stated", "subject": "a", "by": "b"},
        {"kind": "control", "status": "encircles", "actor": "a", "against": "b"},
        {"kind": "occurrence", "type": "attack", "actors": {"by": ["a"], "against": ["b", "c"]}},
        {"kind": "statement", "nature": "denial", "actor": "a", "text": "No"},
    ]
    for content in contents:
        statement = read.validate_python({**common, **content})
        assert {*items_named(as_given(statement))} == {(*each.stream,) for each in references(statement)}
        referring = {
            name for name, info in type(statement).model_fields.items() if referred_to(info.annotation, *info.metadata)
        }
        assert {"claimant", "place"} <= referring <= {*common, *content}, "each field that names an item is tried here"
