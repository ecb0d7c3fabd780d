"""Personal words are known by what a model declares: nothing that anybody may write is taken for them by its form."""

from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from domain.content import CONTENTS
from domain.events import EVENT_TYPES
from domain.fact import Value
from domain.fields import FieldsOf, Personal, SlugForm, stored
from domain.place import PlaceDetails
from domain.sealable import as_given, plain, shape_of
from interfaces.client.events import Event
from interfaces.client.sealable import SHAPES

OURS = ["value", "sealed", "key", "words", "*", "coded", "set", "content", "details", "text", "name", "type"]
words = st.sampled_from([*OURS, "{}", '{"value": "x"}', "هجين"])


def made(annotation: Any) -> st.SearchStrategy[tuple[Any, Any]]:
    """A stored value, and the same as it should be read; keys that are anybody's are those of our own forms."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is Personal:
        return words.map(lambda text: ({"value": text}, text))
    if origin is Annotated:
        return made(args[0])
    if origin is Literal:
        return st.sampled_from(args).map(lambda word: (word, word))
    if origin in (Union, UnionType):
        return st.one_of([made(arg) for arg in args if arg is not NoneType])
    if origin in (tuple, list):
        return st.lists(made(args[0]), max_size=2).map(
            lambda held: ([one[0] for one in held], [one[1] for one in held])
        )
    if origin is dict:
        keys = made(args[0]) if get_origin(args[0]) is Literal else st.sampled_from(OURS).map(lambda key: (key, key))
        return st.dictionaries(keys.map(lambda key: key[0]), made(args[1]), max_size=4).map(
            lambda held: ({key: one[0] for key, one in held.items()}, {key: one[1] for key, one in held.items()})
        )
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return of_model(annotation)
    some: dict[Any, st.SearchStrategy[Any]] = {
        str: words, int: st.integers(0, 9), float: st.floats(0, 9), bool: st.booleans(), NoneType: st.none(),
    }  # fmt: skip
    return some[annotation].map(lambda one: (one, one))


def of_model(*models: type[BaseModel]) -> st.SearchStrategy[tuple[Any, Any]]:
    fields = {}
    for model in models:
        for name, info in model.model_fields.items():
            of = next((marker.models for marker in info.metadata if isinstance(marker, FieldsOf)), None)
            fields[name] = made(info.annotation) if of is None else of_model(*of)
    return st.fixed_dictionaries({}, optional=fields).map(
        lambda held: ({name: one[0] for name, one in held.items()}, {name: one[1] for name, one in held.items()})
    )


def told(event_type: str, data: dict[str, Any]) -> Event:
    return Event(
        specversion="1.0", id="e", source="/", type=event_type, subject="claim/c1",
        time=datetime(2018, 10, 11, tzinfo=UTC), datacontenttype="application/json", position=1, version=1,
        cursor="1.00000000", principal="p", groupposition=1, data=data,
    )  # fmt: skip


@pytest.mark.parametrize("event_type", EVENT_TYPES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_only_what_is_declared_as_personal_words_is_opened(event_type: str, data: st.DataObject) -> None:
    held, read = data.draw(of_model(EVENT_TYPES[event_type]))
    assert plain(held, EVENT_TYPES[event_type]) == read
    # The client, which knows no model of the house, reads the same.
    assert told(event_type, held).plain() == read


@settings(max_examples=40, deadline=None)
@given(of_model(*CONTENTS))
def test_a_statement_of_any_kind_is_read_as_its_kinds_declare(drawn: tuple[Any, Any]) -> None:
    assert plain(drawn[0], *CONTENTS) == drawn[1]


@given(st.dictionaries(st.sampled_from(OURS), st.integers(0, 9) | words))
def test_what_a_claimant_coded_is_read_as_it_was_given(coded: dict[str, Any]) -> None:
    figure = {"kind": "figure", "measure": "killed", "unit": "people", "best": 1, "qualifier": "stated", "note": "p. 3"}
    assert as_given(CONTENTS[0].model_validate(figure | {"coded": coded})) == figure | {"coded": coded}


def test_every_event_says_where_its_personal_words_are_and_the_client_knows_it() -> None:
    assert {name: shape for name, model in EVENT_TYPES.items() if (shape := shape_of((model,)))} == SHAPES


def test_people_read_personal_words_as_text() -> None:
    place = PlaceDetails.model_validate({"name": "Hajin", "kind": "town", "names": {"ar": "هجين", "value": "Hajin"}})
    given_ = {"name": "Hajin", "kind": "town", "names": {"ar": "هجين", "value": "Hajin"}}
    assert as_given(place) == plain(stored(place), PlaceDetails) == given_
    assert (
        as_given(place, defaults=True)
        == dict.fromkeys(PlaceDetails.model_fields) | {"areas": [], "dated_names": [], "external_ids": {}} | given_
    )


def test_words_that_are_sealed_and_fields_of_a_later_release_stay_as_they_are() -> None:
    held = {"name": {"sealed": "0f", "key": "k1"}, "later": {"value": "x"}, "note": None}
    assert plain(held, PlaceDetails) == held


def test_a_model_that_leaves_it_to_the_form_is_refused() -> None:
    class Either(Value):
        said: Personal | dict[Annotated[str, SlugForm()], int]

    class Anything(Value):
        set: dict[str, Any]

    class Other(Value):
        name: str

    for models in ((Either,), (Anything,), (PlaceDetails, Other)):
        with pytest.raises(TypeError):
            shape_of(models)
