"""The items and the words that a question names: by ids, by what they are called, and misspelt."""

import json

import pytest

from interfaces.api.named_items import NAMING
from tests.interfaces.running import Dossier, assert_problem, done, figure
from tests.interfaces.test_hostile import NARROWED, QUESTIONS, READS, address


def test_a_misspelt_word_of_a_topic_is_told_those_near_to_it(furnished: Dossier) -> None:
    figures = [figure(id="w1", group="civilians", cause="airstrike"), figure(id="w2", group="children")]
    position = max(done(furnished.post("claims", one))["position"] for one in figures)
    topic, cause = "fighters,people,subject:is,group:civillians", "fighters,people,cause:air-strike"
    watch = {"url": "https://receiver.example/", "watch": {"question": "figures", "topic": topic}}
    a_sum = {"group": "civillians", "rule": "sum-of-edition@1", "measure": "fighters"}
    # Just now recorded: it is waited for.
    for refused, where in (
        (furnished.get("answers", question="figures", topic=topic), ("parameter", "topic")),
        (furnished.post("subscriptions", watch), ("pointer", "/watch/topic")),
        (furnished.get("figures", topic=topic), ("parameter", "topic")),
        (furnished.get("figures", group="civillians"), ("parameter", "group")),
        (furnished.get("figures", **a_sum), ("parameter", "group")),
        (furnished.get("figures", topic=topic, as_of=str(position - 5)), ("parameter", "topic")),
    ):  # fmt: skip
        told = assert_problem(refused, 422, "unknown_reference", None if where[0] == "parameter" else where[1])
        assert told[where[0]] == where[1]
        assert (told["kind"], told["id"], told["near"]) == ("group", "civillians", ["civilians"])
        assert told["detail"].endswith("has the group 'civillians'. Did you mean civilians?")
    told = assert_problem(furnished.get("figures", topic=cause), 422, "unknown_reference", None)
    assert (told["kind"], told["near"]) == ("cause", ["airstrike"])
    # What was said once is a word of the dossier: nobody gives a number for it, as of then.
    done(furnished.post("claims/w2/corrections", {"set": {"group": "women"}, "reason": "x"}, if_match="*"))
    for group in ("civilians", "children", "women"):
        there = "fighters,people,group:" + group
        min_position = furnished.head()
        assert done(furnished.get("figures", topic=there, as_of="5"))["series"] == []
        assert done(furnished.get("figures", group=group, as_of="5"))["items"] == []
        done(furnished.get("answers", question="figures", topic=there, min_position=min_position))


BY_NAME = [
    (path, parameter["name"])
    for path, operation in READS
    for parameter in operation.get("parameters", [])
    if "id-or-name" in json.dumps(parameter["schema"])
]
# What each is called in the tests' furniture, typed otherwise.
CALLED = {
    "place": ("HAJÍN", "hajin"), "actor": ("islamic-state", "is"), "subject": ("Islamic  State", "is"),
    "by": ("ISLAMIC STATE", "is"), "claimant": ("S.O.H.R.", "sohr"), "source": ("‘Sohr’", "sohr"),
    "report": ("some day, in December", "dec"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "name"), BY_NAME)
def test_an_item_is_asked_for_by_what_it_is_called(shared: Dossier, path: str, name: str) -> None:
    typed, id_ = CALLED[name]
    asked = {"question": QUESTIONS[name]} if path.endswith("/answers") else {"at": "2018-11-10"}
    if path.endswith(("/events", "/incidents")):
        asked = {}
    asked["min_position"] = str(shared.position)
    by_id, by_name = (shared.http.get(address(path, shared.id), params={**asked, name: one}) for one in (id_, typed))
    told = done(by_name)
    assert told.pop("named") == {name: {typed: id_}}
    assert told == done(by_id)


def test_every_filter_by_an_item_that_has_a_name_takes_it() -> None:
    named = {name for name, kind in NAMING.items() if kind in ("place", "actor", "source", "report")}
    assert named == {name for _, name in BY_NAME} == set(CALLED)
    assert {(path, name) for path, name in NARROWED if name in named} == set(BY_NAME)


def test_a_name_means_one_item_and_an_id_goes_before_names(furnished: Dossier) -> None:
    place = {"kind": "village", "within": "syria"}
    for one in (
        {"id": "al-jinah", "name": "Al-Jinah", "names": {"ar": "الجينة"}},
        {"id": "p1", "name": "al-Bab"},
        {"id": "p2", "name": "Al Bab", "names": {"ar": "الباب"}},
        {"id": "p3", "name": "Hajin"},
        {"id": "p4", "name": "P1"},
    ):
        done(furnished.post("places", {**place, **one}))
    head = furnished.head()
    for typed in ("al-Jinah", "الجينة", "الجينه"):
        told = done(furnished.get("claims", place=typed, min_position=head))
        assert (told["items"], told["named"]) == ([], {"place": {typed: "al-jinah"}})
        held = done(furnished.get(f"places/{typed}/control"))
        assert held["place"]["id"] == "al-jinah"
    assert done(furnished.get("claims", place="الباب"))["named"] == {"place": {"الباب": "p2"}}
    # Others are called so, and these are ids.
    for id_ in ("hajin", "p1", "al-jinah"):
        assert "named" not in done(furnished.get("claims", place=id_))
    watch = {"url": "https://receiver.example/", "watch": {"question": "control", "place": "AL-BAB"}}
    for refused, where in (
        (furnished.get("claims", place="AL-BAB"), None),
        (furnished.get("answers", question="control", place="AL-BAB"), None),
        (furnished.get("events", place="AL-BAB"), None),
        (furnished.get("places/AL-BAB/control"), None),
        (furnished.post("subscriptions", watch), "/watch/place"),
    ):
        refusal = assert_problem(refused, 422, "ambiguous_name", where)
        assert refusal["near"] == ["p1", "p2"]
        assert refusal["detail"] == "2 places are called 'AL-BAB': p1, p2. Name one by its id"
    for refused in (furnished.get("claims", place="الجبنة"), furnished.get("places/الجبنة/control")):
        assert refused.json()["near"] == ["al-jinah"]


def test_names_are_those_as_of_the_position(furnished: Dossier) -> None:
    early = furnished.head()
    done(furnished.post("sources", {"id": "s1", "name": "Step News", "kind": "news_agency"}))
    done(furnished.post("sources", {"id": "s2", "name": "Step", "kind": "news_agency"}))
    there = furnished.head()
    assert_problem(furnished.get("claims", claimant="Step News", as_of=str(early)), 422, "unknown_reference", None)
    assert_problem(furnished.get("sources/step news/record", as_of=str(early)), 404, "no_such_item", None)
    corrected = {"set": {"name": "Step News"}, "reason": "x"}
    done(furnished.post("sources/s2/corrections", corrected, if_match="*"))
    both = furnished.get("claims", claimant="Step News", min_position=furnished.head())
    assert_problem(both, 422, "ambiguous_name", None)
    told = done(furnished.get("claims", claimant="Step News", as_of=str(there)))
    assert told["named"] == {"claimant": {"Step News": "s1"}}
    # What is retracted is called nothing any more, and known by its id.
    done(furnished.post("sources/s1/retractions", {"reason": "twice"}, if_match="*"))
    told = done(furnished.get("claims", claimant="Step News", min_position=furnished.head()))
    assert told["named"] == {"claimant": {"Step News": "s2"}}
    assert "named" not in done(furnished.get("claims", claimant="s1"))


def test_an_answer_is_followed_by_the_name_of_what_it_is_about(furnished: Dossier) -> None:
    message, *_ = done(furnished.get("answers", question="control", place="HAJIN"))["items"]
    assert message["data"]["question"]["place"] == "hajin"


def test_a_topic_names_its_items_by_what_they_are_called(furnished: Dossier) -> None:
    """Also where an actor and a place are called the same."""
    furnished.record("actors", id="hajin-council", name="Hajin", kind="organization")
    furnished.record("places", id="hajin-2", name="Hajīn's", kind="town", external_ids={"pcode": "SY1302"})
    position = furnished.head()
    done(furnished.post("claims", figure(id="w1", subject="hajin-council", place="hajin")))
    topic, called = "fighters,people,subject:hajin-council,place:hajin", "fighters,people,subject:HAJIN,place:HAJIN"
    told = done(furnished.get("figures", topic=called, min_position=furnished.head()))
    assert told.pop("named") == {"topic": {"subject:HAJIN": "subject:hajin-council", "place:HAJIN": "place:hajin"}}
    assert told == done(furnished.get("figures", topic=topic))
    coded = done(furnished.get("figures", topic="fighters,people,place:pcode:SY1302"))
    assert coded["topic"] == "fighters,people,place:hajin-2"
    message, *_ = done(furnished.get("answers", question="figures", topic=called, after=str(position)))["items"]
    assert message["data"]["question"]["topic"] == topic
    for words, refusal in ((called, "target_refused"), ("fighters,people,place:Hajjin", "unknown_reference")):
        watch = {"question": "figures", "topic": words}
        refused = furnished.post("subscriptions", {"url": "https://127.0.0.1/", "watch": watch})
        assert refused.json()["code"] == refusal
    told = assert_problem(
        furnished.get("figures", topic="fighters,people,place:Hajjin"), 422, "unknown_reference", None
    )
    assert (told["parameter"], told["near"]) == ("topic", ["hajin", "hajin-2"])
    # Nobody is called so, and it is no place in any language.
    assert_problem(furnished.get("figures", topic="fighters,people,place:"), 422, "not_a_topic", "/topic")
    assert_problem(furnished.get("figures", topic="fighters,people,incident:The strike"), 422, "not_a_topic", "/topic")


def test_what_is_no_measure_is_told_with_those_of_the_dossier(furnished: Dossier) -> None:
    measures = {"in_need": {"labels": {"en": "in need"}, "nature": "stock", "units": ["people"]}}
    done(furnished.post("descriptions", {"set": {"measures": measures}}, if_match="*"))
    told = assert_problem(furnished.get("figures", topic="People in need"), 422, "not_a_topic", "/topic")
    assert "is no measure: in_need, killed, died, " in told["detail"]
