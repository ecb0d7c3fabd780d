from typing import Any

import pytest

from domain import place
from domain.fact import Fact
from domain.fields import StreamRef, read
from domain.place import (
    CorrectPlace,
    PlaceCorrected,
    PlaceDetails,
    PlaceRegistered,
    PlaceRetracted,
    RegisterPlace,
    RetractPlace,
)
from tests.domain.given import Given


def registered(**fields: Any) -> PlaceRegistered:
    return PlaceRegistered(details=PlaceDetails.model_validate({"name": "A place", "kind": "town"} | fields))


def register(**fields: Any) -> RegisterPlace:
    return read(RegisterPlace, {"id": "p1", "name": "A place", "kind": "town"} | fields)


def correct(place_id: str = "p1", **set_: Any) -> CorrectPlace:
    return CorrectPlace(id=place_id, set=set_, reason="misread")


def given(*past: Any, **beside: Any) -> Given:
    return Given(place, *past, **beside)


def test_a_place_is_registered_inside_its_parent_and_its_areas() -> None:
    fields: dict[str, Any] = {
        "within": "hajin", "areas": [{"area": "enclave", "when": "../2018-12"}, {"area": "syria"}],
        "latitude": 34.69, "longitude": 40.82, "location_precision": 1, "names": {"ar": "هجين"}, "note": "by the river",
    }  # fmt: skip
    assert given().when(register(**fields)) == [registered(**fields)]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"latitude": 90.01, "longitude": 0}, "coordinates_out_of_range", "latitude"),
        ({"latitude": -91, "longitude": 0}, "coordinates_out_of_range", "latitude"),
        ({"latitude": 0, "longitude": 180.5}, "coordinates_out_of_range", "longitude"),
        ({"latitude": 0, "longitude": float("nan")}, "coordinates_out_of_range", "longitude"),
        ({"latitude": 0}, "coordinates_out_of_range", "longitude"),
        ({"longitude": 0}, "coordinates_out_of_range", "latitude"),
        ({"location_precision": 0}, "location_precision_out_of_range", "location_precision"),
        ({"location_precision": 8}, "location_precision_out_of_range", "location_precision"),
        ({"within": "nowhere"}, "unknown_reference", "within"),
        ({"within": "no-place"}, "retracted_reference", "within"),
        ({"within": "p1"}, "place_inside_itself", "within"),
        ({"within": ["syria", {"place": "nowhere", "when": "2018"}]}, "unknown_reference", "within.1.place"),
        ({"within": {"place": "p1", "when": "2018"}}, "place_inside_itself", "within.0.place"),
        ({"within": {"place": "syria", "when": "soon"}}, "not_edtf", "within.0.when"),
        ({"areas": [{"area": "enclave"}, {"area": "nowhere"}]}, "unknown_reference", "areas.1.area"),
        ({"areas": [{"area": "p1"}]}, "place_inside_itself", "areas.0.area"),
        ({"areas": [{"area": "enclave", "when": "long ago"}]}, "not_edtf", "areas.0.when"),
        ({"name": " "}, "empty_text", "name"),
        ({"names": {"ar": "x" * 301}}, "text_too_long", "names.ar"),
        ({"names": {"a\0": "x"}}, "text_unreadable", "names.a\0"),
        ({"external_ids": {"Wiki data": "Q858"}}, "not_a_slug", "external_ids.Wiki data"),
        ({"external_ids": {"wikidata": ""}}, "empty_text", "external_ids.wikidata"),
        ({"external_ids": {"wikidata": "Q" * 201}}, "text_too_long", "external_ids.wikidata"),
    ],
)
def test_a_place_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(register(**fields), code, field)
    given(registered()).refuses(correct(**fields), code, f"set.{field}")


@pytest.mark.parametrize("fields", [{"latitude": 90, "longitude": -180}, {"latitude": -90, "longitude": 180}])
def test_the_poles_and_the_date_line_are_on_earth(fields: dict[str, Any]) -> None:
    assert given().when(register(**fields))


@pytest.mark.parametrize("parent", ["syria", "enclave", "hajin"])
def test_a_place_is_not_moved_inside_itself_at_any_distance(parent: str) -> None:
    given(registered()).refuses(correct("syria", within=parent), "place_inside_itself", "set.within")


@pytest.mark.parametrize("area", ["enclave", "hajin", "syria"])
def test_nor_by_way_of_an_informal_area(area: str) -> None:
    """`syria` is what `enclave` lies in, and `enclave` what `hajin` lies in: each would come to lie in itself."""
    given(registered()).refuses(
        correct("syria", areas=[{"area": area, "when": "2018"}]), "place_inside_itself", "set.areas.0.area"
    )


@pytest.mark.parametrize(
    ("field", "member"), [("within", {"place": "p1"}), ("areas", {"area": "p1"})], ids=["within", "areas"]
)
def test_it_may_lie_now_in_what_once_lay_in_it(field: str, member: dict[str, Any]) -> None:
    beside: dict[tuple[str, str], list[Fact]] = {
        ("place", "p1"): [registered(within={"place": "syria", "when": "../2010"})]
    }
    one = Given(place, registered(), beside=beside)
    assert one.when(correct("syria", **{field: [member | {"when": "2011/.."}]}))
    one.refuses(
        correct("syria", **{field: [member | {"when": "2010/.."}]}),
        "place_inside_itself",
        f"set.{field}.0.{next(iter(member))}",
    )


def test_a_move_relies_on_the_whole_chain_of_parents() -> None:
    _, known = given(registered()).decided(correct(within="hajin"))
    assert {StreamRef("place", name) for name in ("hajin", "enclave", "syria")} <= known.relied_on


def test_a_place_is_moved_and_taken_out() -> None:
    one = given(registered(within="hajin"))
    assert one.when(correct(within="syria")) == [PlaceCorrected(set={"within": "syria"}, reason="misread")]
    assert one.after(correct(within=None)).state.details == registered().details


def test_a_correction_of_one_field_asks_nothing_of_the_others() -> None:
    assert given(registered(within="no-place", areas=[{"area": "no-place"}])).when(correct(name="Hajin"))


def test_names_are_stored_so_that_they_can_be_sealed() -> None:
    corrected = given(registered()).when(correct(names={"ar": "هجين"}))[0]
    assert corrected.set == {"names": {"ar": {"value": "هجين"}}}


def test_a_correction_that_changes_nothing_is_refused() -> None:
    given(registered(names={"ar": "x"})).refuses(correct(names={"ar": "x"}, kind="town"), "nothing_changes", "set")


def test_nothing_more_is_said_about_a_retracted_place() -> None:
    retract = RetractPlace(id="p1", reason="registered twice")
    one = given(registered())
    assert one.when(retract) == [PlaceRetracted(reason="registered twice")]
    one.after(retract).refuses(correct(name="B"), "retracted")
    assert one.when(retract) == []
