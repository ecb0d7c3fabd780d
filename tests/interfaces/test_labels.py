"""Words of a dossier's own in sentences: what people read for them, never a slug that looks like a name."""

from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, assert_problem, done, figure

US = {"en": "US and European citizens", "ar": "مواطنون أمريكيون"}
HELD: dict[str, Any] = {
    "measure": "held_hostage",
    "group": "us_citizens",
    "by": "is",
    "subject": None,
    "qualifier": "stated",
}
TOPIC = "held_hostage,people,group:us_citizens,by:is,place:hajin"


@pytest.fixture
def labelled(furnished: Dossier) -> Dossier:
    furnished.record(
        "claims", **figure(id="held", **(HELD | {"best": 12, "cause": "siege", "dimensions": {"origin": "usa"}}))
    )
    furnished.record("claims", **figure(id="also-held", **(HELD | {"best": 13})))
    furnished.change("descriptions", set={"group_labels": {"us_citizens": US, "others": {"en": "Others"}}}, **WHY)
    return furnished


def told_of(dossier: Dossier, position: int) -> dict[str, Any]:
    """A correction, which needs no waiting for once the read models have it."""
    dossier.read("")
    return done(dossier.http.get(f"{dossier.path}/corrections/{position}"))


def test_an_answer_tells_the_labels_of_what_it_mentions(labelled: Dossier) -> None:
    assert labelled.read("")["group_labels"]["us_citizens"] == US
    answer = labelled.read("figures", topic=TOPIC)
    assert answer["names"]["words"] == {"group": {"us_citizens": US}}
    before = labelled.read("figures", topic=TOPIC, as_of=labelled.position - 1)
    assert before["names"]["words"] == {}
    labelled.change(
        "descriptions",
        set={"cause_labels": {"siege": {"nl": "beleg"}}, "dimension_labels": {"origin": {"en": "from"}},
             "value_labels": {"usa": {"en": "the United States"}}},
    )  # fmt: skip
    assert labelled.read("situation")["names"]["words"] == {
        "group": {"us_citizens": US}, "cause": {"siege": {"nl": "beleg"}}, "dimension": {"origin": {"en": "from"}},
        "value": {"usa": {"en": "the United States"}},
    }  # fmt: skip


def test_a_correction_is_told_with_the_label(labelled: Dossier) -> None:
    labelled.change("claims/also-held/corrections", set={"best": 14}, **WHY)
    told = told_of(labelled, labelled.position)
    assert told["title"].startswith("Corrected: US and European citizens held hostage by Islamic State in Hajin")


def test_that_a_label_was_given_is_told_too(labelled: Dossier) -> None:
    told = told_of(labelled, labelled.position)
    assert "Group labels: added others: Others (en); us_citizens: " in told["text"]
    assert "US and European citizens (en)." in told["text"]


def test_a_label_is_taken_away_like_any_field(labelled: Dossier) -> None:
    labelled.change("descriptions", set={"group_labels": None}, **WHY)
    assert labelled.read("")["group_labels"] == {}
    assert labelled.read("figures", topic=TOPIC)["names"]["words"] == {}
    refused = labelled.post("descriptions", {"set": {"group_labels": {"us citizens": US}}}, if_match="*")
    assert_problem(refused, 422, "not_a_slug", "/set/group_labels/us citizens")
