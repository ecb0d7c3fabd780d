"""Places and actors that other registers know too."""

from typing import Any

import pytest

from tests.interfaces.running import WHY, Dossier, assert_problem

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
