from typing import Any

import pytest

from domain import actor
from domain.actor import ActorCorrected, ActorDetails, ActorRegistered, ActorRetracted, CorrectActor, RegisterActor
from domain.actor import RetractActor as Retract
from domain.fields import read
from tests.domain.given import Given


def registered(**fields: Any) -> ActorRegistered:
    return ActorRegistered(details=ActorDetails.model_validate({"name": "An actor", "kind": "militia"} | fields))


def register(**fields: Any) -> RegisterActor:
    return read(RegisterActor, {"id": "a1", "name": "An actor", "kind": "militia"} | fields)


def correct(actor_id: str = "a1", **set_: Any) -> CorrectActor:
    return CorrectActor(id=actor_id, set=set_, reason="misread")


def given(*past: Any) -> Given:
    return Given(actor, *past)


def test_an_actor_is_registered_as_part_of_another() -> None:
    assert given().when(register(part_of="ypg")) == [registered(part_of="ypg")]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"part_of": "nobody"}, "unknown_reference", "part_of"),
        ({"part_of": "no-party"}, "retracted_reference", "part_of"),
        ({"part_of": "a1"}, "actor_inside_itself", "part_of"),
        ({"name": ""}, "empty_text", "name"),
        ({"names": {"ar": ""}}, "empty_text", "names.ar"),
    ],
)
def test_an_actor_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(register(**fields), code, field)
    given(registered()).refuses(correct(**fields), code, f"set.{field}")


def test_an_actor_is_not_part_of_its_own_part() -> None:
    given(registered()).refuses(correct("sdf", part_of="ypg"), "actor_inside_itself", "set.part_of")


def test_a_correction_holds_what_it_changes() -> None:
    assert given(registered()).when(correct(part_of="sdf")) == [
        ActorCorrected(set={"part_of": "sdf"}, reason="misread")
    ]
    given(registered()).refuses(correct(kind="militia"), "nothing_changes", "set")


def test_a_correction_of_one_field_asks_nothing_of_the_others() -> None:
    assert given(registered(part_of="no-party")).when(correct(kind="state"))


def test_nothing_more_is_said_about_a_retracted_actor() -> None:
    one = given(registered())
    assert one.when(Retract(id="a1", reason="twice")) == [ActorRetracted(reason="twice")]
    one.after(Retract(id="a1", reason="twice"))
    assert one.when(Retract(id="a1", reason="again")) == []
    one.refuses(correct(kind="state"), "retracted")
