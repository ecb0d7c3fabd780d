"""Places and actors that other registers know too."""

from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, assert_problem, done

MOSUL = {"wikidata": "Q1", "osm": "relation/12:3", "pcode": 'IQ "G15"'}


@pytest.fixture
def known_elsewhere(furnished: Dossier) -> Dossier:
    furnished.record("places", id="mosul", name="Mosul", kind="city", external_ids=MOSUL)
    furnished.record("places", id="old-mosul", name="Old Mosul", kind="neighbourhood", external_ids={"wikidata": "Q2"})
    furnished.record("actors", id="iraq", name="Iraq", kind="state", external_ids={"wikidata": "Q1", "own": "%_"})
    return furnished


def test_an_item_is_found_by_what_a_register_calls_it(known_elsewhere: Dossier) -> None:
    assert known_elsewhere.read("places/mosul")["external_ids"] == MOSUL
    assert known_elsewhere.read("places/hajin")["external_ids"] == {}
    for register, id_ in MOSUL.items():
        assert known_elsewhere.ids("places", external_id=f"{register}:{id_}") == ["mosul"]
    assert known_elsewhere.ids("actors", external_id="wikidata:Q1") == ["iraq"]
    assert known_elsewhere.ids("actors", external_id="own:%_") == ["iraq"]
    # Neither the beginning of an id, nor that of another register.
    for other in ("wikidata:Q", "osm:Q1", "wikidata:q1", "own:ab", "value:Q1"):
        assert known_elsewhere.ids("places", external_id=other) == []
        assert known_elsewhere.ids("actors", external_id=other) == []


def test_it_is_corrected_like_any_field_and_the_past_stays(known_elsewhere: Dossier) -> None:
    before = known_elsewhere.position
    mended: dict[str, Any] = {"external_ids": {"wikidata": "Q3"}}
    known_elsewhere.change("places/mosul/corrections", set=mended, **WHY)
    assert known_elsewhere.ids("places", external_id="wikidata:Q1") == []
    assert known_elsewhere.ids("places", external_id="wikidata:Q3") == ["mosul"]
    assert known_elsewhere.ids("places", external_id="wikidata:Q1", as_of=before) == ["mosul"]
    (entry,) = known_elsewhere.read("corrections", id="mosul", kind="place")["items"]
    assert [change["field"] for change in entry["changes"]] == ["external_ids"]
    known_elsewhere.change("places/mosul/corrections", set={"external_ids": None}, **WHY)
    assert known_elsewhere.read("places/mosul")["external_ids"] == {}


@pytest.mark.parametrize("asked", ["Q1", "wikidata:", ":Q1", "Wiki data:Q1"])
def test_an_external_id_names_its_register(known_elsewhere: Dossier, asked: str) -> None:
    refused = known_elsewhere.get("places", external_id=asked)
    assert_problem(refused, 422, "malformed", "/external_id")


def test_other_lists_have_no_use_for_it(known_elsewhere: Dossier) -> None:
    assert known_elsewhere.get("reports", external_id="wikidata:Q1").status_code == 422


@pytest.mark.parametrize("asked", ["pcode:YE1902", "YE1902", "ye1902", "PCODE:ye1902"])
def test_an_id_of_others_finds_its_item_wherever_a_name_does(furnished: Dossier, asked: str) -> None:
    furnished.record("places", id="yem01", name="Sayun", kind="adm2", external_ids={"pcode": "YE1902"})
    furnished.record("places", id="ye1901", name="Tarim", kind="adm2", external_ids={"pcode": "YE1901"})
    head = furnished.head()
    for path in ("claims", "figures", "situation", "incidents", "disagreements"):
        assert done(furnished.get(path, place=asked, min_position=head))["named"] == {"place": {asked: "yem01"}}
    assert done(furnished.get(f"places/{asked}/control"))["place"]["id"] == "yem01"
    message, *_ = done(furnished.get("answers", question="control", place=asked))["items"]
    assert message["data"]["question"]["place"] == "yem01"
    # One of nobody is another code, and not its neighbour misspelt; another register has one.
    told = assert_problem(furnished.get("claims", place="YE1903"), 422, "unknown_reference", None)
    assert "near" not in told
    assert told["detail"].endswith(f"there is no place 'YE1903' in dossier {furnished.id!r}")
    told = assert_problem(furnished.get("claims", place="pcod:YE1901"), 422, "unknown_reference", None)
    assert told["near"] == ["ye1901"]


def test_an_id_of_others_that_several_have_is_asked_back_and_a_name_goes_before_it(known_elsewhere: Dossier) -> None:
    known_elsewhere.record("places", id="east", name="East Mosul", kind="neighbourhood", external_ids={"own": "Q1"})
    known_elsewhere.record("places", id="q2", name="Q Two", kind="neighbourhood")
    head = known_elsewhere.head()
    refused = known_elsewhere.get("claims", place="Q1", min_position=head)
    assert assert_problem(refused, 422, "ambiguous_name", None)["near"] == ["east", "mosul"]
    for asked, id_ in (("own:Q1", "east"), ("wikidata:Q1", "mosul"), ("Q2", "q2"), ("wikidata:Q2", "old-mosul")):
        assert done(known_elsewhere.get("claims", place=asked))["named"] == {"place": {asked: id_}}
    assert done(known_elsewhere.get("claims", actor="wikidata:Q1"))["named"] == {"actor": {"wikidata:Q1": "iraq"}}
    # What is merged is one by whichever id.
    known_elsewhere.change("places/east/merges", into="mosul", **WHY)
    merged = known_elsewhere.get("claims", place="Q1", min_position=known_elsewhere.head())
    assert done(merged)["named"] == {"place": {"Q1": "mosul"}}
