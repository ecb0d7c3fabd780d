from typing import Any, get_args

import pytest

from domain.claim import RecordControl, RecordFigure, RecordOccurrence, RecordStatement
from domain.content import Control, Figure, Nature, Occurrence, Utterance, actors_of, is_period, span
from domain.errors import DomainError
from domain.estimate import MEASURES
from domain.fields import read, stored
from domain.when import bounds
from tests.domain.given import Given


def given() -> Given:
    from domain import claim

    return Given(claim)


MODELS: dict[str, tuple[Any, dict[str, Any]]] = {
    "figure": (RecordFigure, {"measure": "killed", "unit": "people", "qualifier": "stated", "best": 5}),
    "control": (RecordControl, {"status": "controls", "actor": "is"}),
    "occurrence": (RecordOccurrence, {"type": "attack"}),
    "statement": (RecordStatement, {"nature": "denial"}),
}


def record(kind: str, **fields: Any) -> Any:
    model, least = MODELS[kind]
    return read(model, {"id": "c1", "report": "oct", "kind": kind} | least | fields)


@pytest.mark.parametrize("kind", MODELS)
def test_each_kind_of_claim_is_recorded_with_what_all_may_hold(kind: str) -> None:
    fields = {
        "claimant": "sohr", "via": ["reuters"], "place": "hajin", "when": "2018-10/..", "said": "2018-10-15T10:00:00Z",
        "hedge": "hearsay", "inferred": ["when"], "original": "tientallen", "text": "what it says", "note": "ours",
    }  # fmt: skip
    content = given().when(record(kind, **fields))[0].content
    assert (content.kind, content.place, content.original.value) == (kind, "hajin", "tientallen")


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"when": "yesterday"}, "not_edtf", "when"),
        ({"when": ""}, "empty_text", "when"),
        ({"when": "2018-12/2018-10"}, "ends_before_it_begins", "when"),
        ({"said": "15-10-2018"}, "not_edtf", "said"),
        ({"claimant": "Not A Slug"}, "not_a_slug", "claimant"),
        ({"text": "x" * 4001}, "text_too_long", "text"),
        ({"original": "x" * 501}, "text_too_long", "original"),
        ({"note": "x" * 2001}, "text_too_long", "note"),
        ({"text": "a\0b"}, "text_unreadable", "text"),
        ({"note": "\ud800"}, "text_unreadable", "note"),
        ({"text": " "}, "empty_text", "text"),
        ({"inferred": ["colour"]}, "unknown_field", "inferred.0"),
        ({"inferred": ["when", "x" * 201]}, "text_too_long", "inferred.1"),
    ],
)
def test_every_kind_is_refused_what_no_claim_can_say(kind: str, fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(record(kind, **fields), code, field)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"colour": "red"}, "unknown_field", "colour"),
        ({"hedge": "perhaps"}, "not_in_vocabulary", "hedge"),
        ({"place": 5}, "malformed", "place"),
        ({"report": None}, "malformed", "report"),
    ],
)
def test_every_kind_has_its_fields_and_no_others(kind: str, fields: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        record(kind, **fields)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    ("kind", "fields", "code", "field"),
    [
        ("control", {"status": "owns"}, "not_in_vocabulary", "status"),
        ("control", {"side": ["up"]}, "not_in_vocabulary", "side.0"),
        ("control", {"extent": "half"}, "not_in_vocabulary", "extent"),
        ("occurrence", {"actors": {"near": ["is"]}}, "not_in_vocabulary", "actors.near.[key]"),
        ("statement", {"nature": "guess"}, "not_in_vocabulary", "nature"),
    ],
)
def test_words_are_those_of_the_vocabulary(kind: str, fields: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        record(kind, **fields)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    ("kind", "fields", "code", "field"),
    [
        ("figure", {"low": 6}, "low_above_best", "low"),
        ("figure", {"unit": "km2"}, "unit_not_of_measure", "unit"),
        ("figure", {"best": -1}, "negative_figure", "best"),
        ("figure", {"group": "Not A Slug"}, "not_a_slug", "group"),
        ("control", {"actor": "nobody"}, "unknown_reference", "actor"),
        ("control", {"against": "nobody"}, "unknown_reference", "against"),
        ("occurrence", {"actors": {"by": ["is"], "against": ["sdf", "nobody"]}}, "unknown_reference",
         "actors.against.1"),
        ("occurrence", {"methods": ["car bomb"]}, "not_a_slug", "methods.0"),
        ("statement", {"nature": "denial", "due": "2019"}, "due_of_no_prediction", "due"),
        ("statement", {"nature": "prediction", "due": "soon"}, "not_edtf", "due"),
    ],
)  # fmt: skip
def test_each_kind_is_refused_what_it_cannot_say(kind: str, fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(record(kind, **fields), code, field)


def test_an_actor_in_a_role_may_be_given_alone() -> None:
    content = (
        given()
        .when(record("occurrence", actors={"by": "is", "against": ["sdf", "ypg"]}, methods="car-bomb"))[0]
        .content
    )
    assert stored(content) == {
        "kind": "occurrence",
        "type": "attack",
        "actors": {"by": ["is"], "against": ["sdf", "ypg"]},
        "methods": ["car-bomb"],
    }


def test_only_a_prediction_falls_due() -> None:
    for nature in get_args(Nature):
        if nature == "prediction":
            assert given().when(record("statement", nature=nature, due="2019-01"))
        else:
            given().refuses(record("statement", nature=nature, due="2019-01"), "due_of_no_prediction", "due")


def test_every_actor_of_a_statement_is_found() -> None:
    figure = Figure(kind="figure", measure="killed", unit="people", qualifier="some", subject="is", by="sdf")
    assert actors_of(figure) == ["is", "sdf"]
    assert actors_of(Control(kind="control", status="contests", actor="sdf", against="is")) == ["is", "sdf"]
    happened = Occurrence(kind="occurrence", type="attack", actors={"by": ["is"], "against": ["sdf", "is"]})
    assert actors_of(happened) == ["is", "sdf"]
    assert actors_of(Utterance(kind="statement", nature="threat", actor="is")) == ["is"]
    assert actors_of(Utterance(kind="statement", nature="threat")) == []


@pytest.mark.parametrize("measure", MEASURES)
def test_a_flow_counts_over_its_when_and_a_stock_is_true_at_a_moment_of_it(measure: Any) -> None:
    content = Figure(
        kind="figure", measure=measure, unit=MEASURES[measure].units[0], qualifier="unknown", when="2018-10"
    )
    assert is_period(content) == (MEASURES[measure].nature == "flow")
    so, month = span(content, "UTC"), bounds("2018-10")
    assert so is not None
    middle = (month.earliest + month.latest) // 2
    assert so.holds_at(middle) == ("certain" if is_period(content) else "possible")
    assert so.holds_at(month.earliest - 1) == so.holds_at(month.latest + 1) == "no"


def test_a_statement_without_a_when_has_no_span() -> None:
    assert span(Control(kind="control", status="contests"), "UTC") is None
