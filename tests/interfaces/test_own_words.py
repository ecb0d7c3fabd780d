"""A dossier's own words over HTTP: declared, recorded, asked for, told by their labels, refused, given up."""

from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, assert_problem, done, figure

TYPES = {"looting": {"en": "Looting of shops", "nl": "Plundering"}}
LOOTED: dict[str, Any] = {"id": "looted", "kind": "occurrence", "type": "looting", "report": "oct", "place": "hajin"}


@pytest.fixture
def declared(furnished: Dossier) -> Dossier:
    furnished.change("descriptions", set={"occurrence_types": TYPES}, **WHY)
    return furnished


def test_a_type_of_occurrence_of_ones_own(declared: Dossier) -> None:
    declared.record("claims", **LOOTED)
    declared.record("incidents", id="shops", title="The shops", type="looting")
    assert [one["id"] for one in declared.read("claims", type="looting")["items"]] == ["looted"]
    assert [one["id"] for one in declared.read("incidents", type="looting")["items"]] == ["shops"]
    assert declared.read("situation")["names"]["words"] == {"type": TYPES}
    refused = declared.post("claims", LOOTED | {"id": "other", "type": "lootin"})
    assert assert_problem(refused, 422, "not_in_vocabulary", "/type")["near"] == ["looting"]
    for path in ("claims", "incidents"):
        misspelt = declared.http.get(f"{declared.path}/{path}", params={"type": "lootin"})
        assert_problem(misspelt, 422, "not_in_vocabulary", "/type")
    told = declared.change("descriptions", set={"occurrence_types": None}, **WHY)
    assert [one["code"] for one in told["warnings"]] == ["still_in_use"]
    assert told["warnings"][0]["message"].startswith("1 claim and 1 other item have the type 'looting'")
    assert_problem(declared.post("claims", LOOTED | {"id": "other"}), 422, "not_in_vocabulary", "/type")
    # What was recorded is there still, and is found by its word; the same command again changes nothing.
    assert [one["id"] for one in declared.read("claims", type="looting")["items"]] == ["looted"]
    assert declared.record("claims", **LOOTED)["changed"] is False


MEASURES = {"hungry": {"nature": "stock", "units": ["people", "tents"], "labels": {"en": "without enough food"}}}
UNITS = {"tents": {"whole": True, "labels": {"en": "tents", "nl": "tenten"}}}


def test_a_measure_of_ones_own(furnished: Dossier) -> None:
    refused = furnished.post("claims", figure(id="early", measure="hungry", subject=None))
    assert_problem(refused, 422, "not_in_vocabulary", "/measure")
    furnished.change("descriptions", set={"measures": MEASURES, "units": UNITS}, **WHY)
    added = done(furnished.http.get(f"{furnished.path}/corrections/{furnished.position}", params={}))
    assert (added["type"], added["family"]) == ("dossier.declared", "declared")
    assert added["title"] == "Declared: words of this dossier"
    assert "wrong" not in added["text"] and "mistake" not in added["text"]
    assert furnished.read("")["measures"] == MEASURES
    hungry: dict[str, Any] = {"measure": "hungry", "subject": None, "qualifier": "stated"}
    furnished.record(
        "claims", **figure(id="h1", **(hungry | {"best": 320, "when": "2018-10-01", "claimant": "reuters"}))
    )
    furnished.record(
        "claims", **figure("nov", id="h2", **(hungry | {"best": 500, "when": "2018-10-01", "claimant": "sohr"}))
    )
    furnished.record("claims", **figure(id="h3", **(hungry | {"best": 40, "unit": "tents"})))
    answer = furnished.read("figures", topic="hungry,people,place:hajin")
    assert answer["picture"]["groups"][0]["verdict"] == "disagree"
    assert answer["names"]["words"]["measure"] == {"hungry": MEASURES["hungry"]["labels"]}
    topics = [one["topic"] for one in furnished.read("figures", measure="hungry")["items"]]
    assert topics == ["hungry,people,place:hajin", "hungry,tents,place:hajin"]
    assert {one["id"] for one in furnished.read("claims", measure="hungry")["items"]} == {"h1", "h2", "h3"}
    kinds = {one["kind"] for one in furnished.read("disagreements", place="hajin")["items"]}
    assert "figures" in kinds
    furnished.record("incidents", id="camp", title="The camp", claims="h1")
    (camp,) = furnished.read("incidents", measure="hungry", at_least=100)["items"]
    assert (camp["id"], camp["counted"]["best"]) == ("camp", 320)
    assert furnished.read("figures", rule="sum-of-edition@1", measure="hungry")["unit"] == "people"
    accept = {"Accept": "application/geo+json"}
    told = furnished.http.get(f"{furnished.path}/situation", params={"at": "2018-10-02"}, headers=accept)
    assert "hungry" in {of["measure"] for one in done(told)["features"] for of in one["properties"].get("figures", ())}
    furnished.change("claims/h1/corrections", set={"best": 330}, **WHY)
    corrected = done(furnished.http.get(f"{furnished.path}/corrections/{furnished.position}", params={}))
    assert "people without enough food in Hajin" in corrected["title"], corrected
    for path, given in (
        ("figures", {"topic": "hungrey,people"}),
        ("figures", {"topic": "hungry,litres"}),
        ("figures", {"measure": "hungrey"}),
        ("figures", {"unit": "tent"}),
        ("claims", {"measure": "hungrey"}),
        ("incidents", {"measure": "hungrey"}),
        ("events", {"measure": "hungrey"}),
        ("answers", {"question": "figures", "topic": "hungrey,people"}),
    ):
        misspelt = furnished.http.get(f"{furnished.path}/{path}", params=given)
        (parameter,) = given.keys() - {"question"}
        assert_problem(misspelt, 422, "not_in_vocabulary", f"/{parameter}")
    watch = {"question": "figures", "topic": "hungrey,people"}
    subscribed = furnished.post("subscriptions", {"url": "https://example.org/hook", "watch": watch})
    assert_problem(subscribed, 422, "not_in_vocabulary", "/watch/topic")
    warned = furnished.change("descriptions", set={"measures": None, "units": None}, **WHY)["warnings"]
    assert [one["message"].partition(",")[0] for one in warned] == [
        "3 claims have the measure 'hungry'", "1 claim has the unit 'tents'"
    ]  # fmt: skip
    assert furnished.read("figures", topic="hungry,tents,place:hajin")["series"][0]["claim"] == "h3"
    described = done(furnished.http.get(f"{furnished.path}/corrections/{furnished.position}", params={}))
    assert "hungry: a stock, in people or tents, without enough food (en)" in described["text"]


def test_what_is_declared_beside_others_is_told_alone(declared: Dossier) -> None:
    """To whoever follows, in what changed and in the feeds; a word that is declared otherwise was wrong."""
    arson = {"arson": {"en": "Arson"}}
    declared.change("descriptions", set={"occurrence_types": {**TYPES, **arson}}, **WHY)
    (event,) = declared.read("events", after=declared.position - 1)["items"]
    assert (event["type"], event["data"]["set"]) == ("dossier.declared", {"occurrence_types": arson})
    added = declared.position
    told = done(declared.http.get(f"{declared.path}/corrections/{added}", params={}))
    assert "added arson: Arson (en)." in told["text"]
    assert "looting" not in told["text"]
    declared.change("descriptions", set={"occurrence_types": {**TYPES, "arson": {"en": "Fire"}}}, **WHY)
    mended = done(declared.http.get(f"{declared.path}/corrections/{declared.position}", params={}))
    assert (mended["type"], mended["family"]) == ("dossier.described", "record")
    families = [one["position"] for one in declared.read("corrections", family="declared")["items"]]
    assert added in families and declared.position in families
    feed = done(declared.http.get(f"{declared.path}/corrections.json", params={"family": "declared"}))
    assert {tag for item in feed["items"] for tag in item["tags"]} == {"declared", "record"}
