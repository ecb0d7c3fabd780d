"""What an edition registers anew that the dossier may have: told where nothing speaks against it, else not."""

from typing import Any

import pytest

from application.formats.edition.namesakes import DossierItems, Namesake, namesakes

TELL_RIMA = {
    "id": "tell-rima", "kind": "town", "name": "Tell Rima", "names": {"ar": "تل ريمة"}, "latitude": 35.1,
    "longitude": 40.2, "external_ids": {"pcode": "SY1"}, "retracted": False, "survivor": "tell-rima",
}  # fmt: skip
ROW = {
    "command": "register_place",
    "id": "new",
    "kind": "town",
    "name": "Tell Rima",
    "latitude": 35.1,
    "longitude": 40.2,
}


def found(*rows: dict[str, Any], there: tuple[dict[str, Any], ...] = (TELL_RIMA,)) -> list[Namesake]:
    return list(namesakes(rows, {"place": DossierItems.of("place", there)}))


@pytest.mark.parametrize(
    ("said", "of"),
    [
        ({}, "name"),
        ({"name": "TELL-RIMA"}, "name"),
        ({"name": "تل ريمه"}, "name"),
        ({"latitude": 35.15}, "name"),
        ({"latitude": None, "longitude": None}, "name"),
        ({"external_ids": {"pcode": "SY1", "other": "7"}}, "name"),
        ({"name": "Tal Rimah"}, "point"),
    ],
)
def test_what_may_be_an_item_of_the_dossier_is_told(said: dict[str, Any], of: str) -> None:
    (one,) = found({**ROW, **said})
    assert one == ("place", "new", (said.get("name", "Tell Rima"),), ("tell-rima",), of, True)


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "adm3"},
        {"latitude": 36.1},
        {"external_ids": {"pcode": "SY2"}},
        {"name": "Tal Rimah", "latitude": 35.11},
    ],
)
def test_what_another_kind_point_or_register_tells_apart_is_not(said: dict[str, Any]) -> None:
    assert found({**ROW, **said}) == []


def test_a_retracted_item_is_none_and_a_merged_one_answers_by_where_it_went() -> None:
    assert found(ROW, there=({**TELL_RIMA, "retracted": True},)) == []
    merged = {**TELL_RIMA, "id": "rima", "survivor": "tell-rima"}
    assert [one.others for one in found(ROW, there=(merged, TELL_RIMA))] == [("tell-rima",)]


def test_of_several_all_are_named_and_a_name_of_two_new_items_leads_to_none() -> None:
    other = {**TELL_RIMA, "id": "rima-2", "survivor": "rima-2", "latitude": 35.2}
    told = found(ROW, {**ROW, "id": "new-2", "latitude": 38.0}, there=(TELL_RIMA, other))
    assert [(one.id, one.others, one.alone) for one in told] == [("new", ("tell-rima", "rima-2"), False)]


def test_a_point_at_which_many_places_stand_says_nothing() -> None:
    many = tuple({**TELL_RIMA, "id": f"p{nth}", "survivor": f"p{nth}", "name": f"P{nth}"} for nth in range(21))
    assert len(found(ROW, there=many[:20])) == 1
    assert found(ROW, there=many) == []


def test_a_source_of_an_unknown_kind_may_be_one_of_any() -> None:
    there = DossierItems.of("source", [{"id": "reuters", "name": "Reuters", "kind": "agency", "retracted": False}])
    row = {"command": "register_source", "id": "new", "name": "REUTERS", "kind": "unknown"}
    assert [one.others for one in namesakes([row], {"source": there})] == [("reuters",)]
