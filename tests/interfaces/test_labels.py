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


def test_a_word_is_found_by_what_it_is_called(labelled: Dossier) -> None:
    labelled.change(
        "descriptions",
        set={"dimension_labels": {"origin": {"nl": "herkomst", "ar": "الأصل"}},
             "value_labels": {"usa": {"ar": "أمريكا", "nl": "V.S."}, "gb": {"en": "Over there"}}},
    )  # fmt: skip
    by_word = labelled.read("figures", dimension="origin:usa")["items"]
    assert by_word
    for label in ("origin:أمريكا", "origin:امريكا", "origin:V.S.", "الأصل:أمريكا"):
        told = labelled.read("figures", dimension=label)
        assert (told["items"], told["named"]) == (by_word, {"dimension": {label: "origin:usa"}})
    topic = by_word[0]["topic"]
    assert "group:us_citizens" in topic
    for written in (topic.replace("origin:usa", "origin:أمريكا"), topic.replace("us_citizens", US["ar"])):
        assert labelled.read("figures", topic=written)["topic"] == topic
    for question in ("figures", "claims"):
        assert labelled.read(question, group=US["en"])["items"] == labelled.read(question, group="us_citizens")["items"]
    # As the house says it, in a language of its own.
    labelled.record("claims", **figure(id="civil", measure="killed", best=1, group="civilians", when="2018-12-10"))
    assert labelled.ids("claims", group="مدنيون") == labelled.ids("claims", group="Burgers") == ["civil"]


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ({"dimension": "origin:حلب"}, "unknown_reference", "no value of dossier"),
        ({"dimension": "origin:Over There"}, "ambiguous_name", "several values are called 'Over There': eu, gb"),
        ({"dimension": "origin:the United Stats"}, "unknown_reference", "Did you mean usa?"),
        ({"dimension": "حلب"}, "malformed", "is no value of a dimension: write its name and which, as origin:idlib"),
        ({"group": "Nobody"}, "unknown_reference", "no group of dossier"),
        ({"topic": "killed,people,place:hajin,origin:حلب"}, "not_a_topic", "'origin:حلب' names no word"),
        ({"dataset": "النزوح"}, "malformed", "is no id: lower-case letters"),
    ],
)
def test_what_nothing_is_called_is_refused_in_words(
    labelled: Dossier, query: dict[str, str], code: str, said: str
) -> None:
    labelled.change(
        "descriptions",
        set={
            "value_labels": {"usa": {"en": "the United States"}, "gb": {"en": "Over there"}, "eu": {"en": "over-there"}}
        },
    )
    refused = labelled.http.get(f"{labelled.path}/figures", params={**query, "min_position": labelled.position})
    assert_problem(refused, 422, code, None)
    assert said in refused.json()["detail"]
    assert "pattern" not in refused.json()["detail"]


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
