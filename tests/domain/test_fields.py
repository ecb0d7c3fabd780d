from typing import Any

import pytest

from domain.checks import check, references
from domain.content import Figure
from domain.errors import DomainError
from domain.fields import Personal, StreamRef, amended, changed_fields, read, stored
from domain.place import PlaceDetails
from domain.report import ReportDetails


def place(**fields: Any) -> PlaceDetails:
    return PlaceDetails.model_validate({"name": "Hajin", "kind": "town"} | fields)


def test_personal_words_are_given_as_text_and_stored_as_an_object() -> None:
    assert Personal.model_validate("Hajin") == Personal.model_validate({"value": "Hajin"})
    assert stored(place(names={"ar": "هجين"})) == {
        "name": {"value": "Hajin"},
        "kind": "town",
        "names": {"ar": {"value": "هجين"}},
    }


def test_what_holds_its_default_is_not_stored() -> None:
    assert stored(place(names={}, within=None, areas=[])) == {"name": {"value": "Hajin"}, "kind": "town"}


def test_a_single_item_is_taken_where_a_list_is_meant() -> None:
    details = ReportDetails.model_validate({"label": "A", "published": "2018", "credits": "sohr"})
    assert list(details.credits) == ["sohr"]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"kind": "town"}, "missing_field", "name"),
        ({"name": "A", "kind": "town", "colour": "red"}, "unknown_field", "colour"),
        ({"name": "A", "kind": "hole"}, "not_in_vocabulary", "kind"),
        ({"name": 5, "kind": "town"}, "malformed", "name"),
        ({"name": "A", "kind": "town", "areas": [{"where": "x"}]}, "missing_field", "areas.0.area"),
        ({"name": {"value": "A", "more": 1}, "kind": "town"}, "unknown_field", "name.more"),
    ],
)
def test_what_has_not_the_shape_is_refused_with_its_place(given: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        read(PlaceDetails, given)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_prefix_goes_before_the_place() -> None:
    with pytest.raises(DomainError) as refused:
        read(PlaceDetails, {"kind": "town"}, prefix="set")
    assert refused.value.field == "set.name"
    with pytest.raises(DomainError) as refused:
        check(place(names={"ar": " "}), prefix="set")
    assert refused.value.field == "set.names.ar"


def test_the_same_words_are_stored_unchanged_at_their_limit() -> None:
    check(place(name="é" * 300))
    with pytest.raises(DomainError) as refused:
        check(place(name="é" * 301))
    assert (refused.value.code, refused.value.details) == ("text_too_long", {"limit": 300})


def test_changed_fields_lead_from_before_to_after() -> None:
    before, after = place(names={"ar": "x"}, within="a"), place(name="Baghouz", areas=[{"area": "b"}])
    changes = changed_fields(before, after)
    assert changes == {"name": {"value": "Baghouz"}, "names": None, "within": None, "areas": [{"area": "b"}]}
    assert amended(before, changes) == after


def test_references_name_their_fields() -> None:
    details = place(within="a", areas=[{"area": "b"}, {"area": "c", "when": "2018"}])
    found = [("set.within", "a"), ("set.areas.0.area", "b"), ("set.areas.1.area", "c")]
    assert references(details, prefix="set") == [(field, StreamRef("place", id_)) for field, id_ in found]
    assert references(details, prefix="set", only=["within"]) == [("set.within", StreamRef("place", "a"))]


def test_references_of_a_figure_are_of_every_kind() -> None:
    content = Figure(
        kind="figure", measure="killed", unit="people", qualifier="some",
        claimant="s1", via=["s2"], place="p1", subject="a1", by="a2", group="civilians",
    )  # fmt: skip
    assert {(reference.field, str(reference.stream)) for reference in references(content)} == {
        ("claimant", "source/s1"),
        ("via.0", "source/s2"),
        ("place", "place/p1"),
        ("subject", "actor/a1"),
        ("by", "actor/a2"),
    }
