"""Stored events stay readable for ever: every type has a sample, kept as text, and comes back the same."""

import json
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from application.event_log import canonical
from domain.events import EVENT_TYPES, Event
from domain.fact import Fact
from domain.fields import Personal
from infrastructure.log.codec import SCHEMA_VERSIONS, decode, encode

# Never edit a line of it: each is what some release wrote. A new shape is a new line.
SAMPLES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "stored_events.json").read_text("utf-8"))
named = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample['type']}@{sample['schema_version']}")


@named
def test_what_was_stored_stays_readable(sample: dict[str, Any]) -> None:
    event = decode(sample["type"], sample["schema_version"], sample["data"])
    assert event.type == sample["type"]


@named
def test_what_was_stored_in_todays_shape_is_stored_so_again(sample: dict[str, Any]) -> None:
    if sample["schema_version"] == SCHEMA_VERSIONS.get(sample["type"], 1):
        event = decode(sample["type"], sample["schema_version"], sample["data"])
        assert encode(event) == (sample["type"], sample["schema_version"], sample["data"])


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_every_event_has_a_stored_sample_of_each_of_its_versions(event_type: str) -> None:
    versions = {sample["schema_version"] for sample in SAMPLES if sample["type"] == event_type}
    assert versions == set(range(1, SCHEMA_VERSIONS.get(event_type, 1) + 1))


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_samples_of_an_event_hold_all_of_its_fields(event_type: str) -> None:
    """Else a field could lose its meaning unnoticed."""
    current = SCHEMA_VERSIONS.get(event_type, 1)
    held = {
        field
        for sample in SAMPLES
        if (sample["type"], sample["schema_version"]) == (event_type, current)
        for field in json.loads(sample["data"])
    }
    assert held | {"type"} == set(EVENT_TYPES[event_type].model_fields)


def test_the_names_of_events_are_these_and_do_not_change() -> None:
    assert set(EVENT_TYPES) == {
        "dossier.opened", "dossier.described", "dossier.declared",
        "source.registered", "source.corrected", "source.graded", "source.retracted", "source.reinstated",
        "source.merged", "source.split",
        "actor.registered", "actor.corrected", "actor.retracted", "actor.reinstated",
        "actor.merged", "actor.split",
        "place.registered", "place.corrected", "place.retracted", "place.reinstated",
        "place.merged", "place.split",
        "report.filed", "report.corrected", "report.withdrawn", "report.discredited", "report.retracted",
        "report.reinstated", "report.withdrawal_retracted", "report.discrediting_lifted",
        "report.merged", "report.split",
        "claim.recorded", "claim.revised", "claim.withdrawn", "claim.corrected", "claim.retracted",
        "claim.statement_retracted", "claim.statement_reinstated",
        "claim.reinstated", "claim.graded", "claim.related",
        "incident.opened", "incident.described", "incident.linked", "incident.unlinked", "incident.merged",
        "incident.split",
        "incident.retracted", "incident.reinstated", "assessment.issued", "assessment.revised", "assessment.withdrawn",
        "assessment.reinstated", "assessment.upheld", "assessment.revision_retracted",
        "assessment.revision_reinstated",
        "person.registered", "person.fate_recorded", "person.corrected", "person.retracted", "person.reinstated",
        "person.linked", "person.unlinked", "person.merged", "person.split",
    }  # fmt: skip


def test_personal_words_are_stored_as_an_object_that_can_be_sealed() -> None:
    for sample in SAMPLES:
        data = json.loads(sample["data"])
        for held in (data.get("details", {}), data.get("content", {}), data.get("set", {})):
            for field in {"name", "label", "note", "original", "text"} & held.keys():
                assert held[field] is None or held[field].keys() == {"value"}


# What can be stored: no NUL, no half of a pair.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
st.register_type_strategy(str, texts)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(Personal, st.builds(Personal, value=texts))


def of_model(model: type[Fact]) -> st.SearchStrategy[Any]:
    """Events of one type: what its JSON Schema would allow, made field by field."""
    return st.fixed_dictionaries(
        {name: of(info.annotation) for name, info in model.model_fields.items() if info.is_required()},
        optional={
            name: of(info.annotation)
            for name, info in model.model_fields.items()
            if not info.is_required() and name != "type"
        },
    ).map(model.model_validate)


def of(annotation: Any) -> st.SearchStrategy[Any]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return of(args[0])
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, UnionType):
        return st.one_of([of(arg) for arg in args])
    if origin is list:
        return st.lists(of(args[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(of(args[0]), of(args[1]), max_size=3)
    if annotation is Any:
        return values
    if isinstance(annotation, type) and hasattr(annotation, "model_fields") and annotation is not Personal:
        return of_model(annotation)
    return st.from_type(annotation)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_an_event_comes_back_as_it_was_stored(event_type: str, data: st.DataObject) -> None:
    event = data.draw(of_model(EVENT_TYPES[event_type]))
    kind, schema_version, data_text = encode(event)
    assert kind == event_type
    again = decode(kind, schema_version, data_text)
    assert again == event
    assert type(again) is type(event)
    assert encode(again) == (kind, schema_version, data_text)
    assert canonical(json.loads(data_text)) == data_text


def test_the_registry_is_the_union() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Event)
    for sample in SAMPLES:
        found = adapter.validate_python({"type": sample["type"]} | json.loads(sample["data"]))
        assert type(found) is EVENT_TYPES[sample["type"]]
