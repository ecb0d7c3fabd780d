"""Each kind of stream has its rules and its rows, and each event goes to those of its own kind."""

from typing import Any, get_args, get_type_hints

import pytest

from application.projection import ReadModel
from application.stream_kinds import STREAM_KINDS
from domain.events import EVENT_TYPES
from interfaces.bootstrap import READ_MODELS


def types_taken(recorded: Any) -> set[str]:
    """The types of events in a `Recorded[...]`."""
    (events,) = get_args(recorded)
    return {event.model_fields["type"].default for event in get_args(events) or [events]}


def types_of(kind: str) -> set[str]:
    return {type_ for type_ in EVENT_TYPES if type_.partition(".")[0] == kind}


def test_every_event_belongs_to_a_kind_of_stream_and_every_kind_has_events() -> None:
    assert {type_.partition(".")[0] for type_ in EVENT_TYPES} == set(STREAM_KINDS)


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
def test_a_read_model_folds_all_events_of_its_kind_of_stream_and_no_others(model: ReadModel[Any]) -> None:
    assert types_taken(get_type_hints(model.fold)["recorded"]) == types_of(model.stream_kind)


def test_every_kind_of_stream_has_one_read_model() -> None:
    assert sorted(model.stream_kind for model in READ_MODELS) == sorted(STREAM_KINDS)
