from typing import Any

import pytest

from domain import actor
from domain.actor import ActorCorrected, ActorDetails, ActorRegistered, ActorRetracted, CorrectActor, RegisterActor
from domain.actor import RetractActor as Retract
from domain.errors import DomainError
from domain.fields import read, stored
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
    ("said", "held"),
    [
        ("ypg", "ypg"),
        ({"actor": "ypg"}, "ypg"),
        (["ypg"], "ypg"),
        ([], None),
        ({"actor": "ypg", "when": "2025/.."}, [{"actor": "ypg", "when": "2025/.."}]),
        (
            ["ypg", {"actor": "sdf", "when": "../2018"}, {"actor": "sdf", "when": "2025/.."}],
            [{"actor": "ypg"}, {"actor": "sdf", "when": "../2018"}, {"actor": "sdf", "when": "2025/.."}],
        ),
    ],
)
def test_what_it_is_part_of_may_be_dated_and_what_says_the_same_is_stored_the_same(said: Any, held: Any) -> None:
    """An id alone, as every old event has it, is always so."""
    [event] = given().when(register(part_of=said))
    assert isinstance(event, ActorRegistered)
    assert stored(event.details).get("part_of") == held
    assert ActorDetails.model_validate(stored(event.details)) == event.details
    whole = {} if held is None else {"part_of": held}
    assert stored(read(ActorDetails, {"name": "An actor", "kind": "militia"} | whole)) == stored(event.details)


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"part_of": {"actor": "nobody", "when": "2018"}}, "unknown_reference", "part_of.0.actor"),
        ({"part_of": ["ypg", {"actor": "a1", "when": "2018"}]}, "actor_inside_itself", "part_of.1.actor"),
        ({"part_of": {"actor": "ypg", "when": "soon"}}, "not_edtf", "part_of.0.when"),
        ({"part_of": {"when": "2018"}}, "missing_field", "part_of.0.actor"),
        ({"part_of": [{"actor": "ypg", "until": "2018"}]}, "unknown_field", "part_of.0.until"),
        ({"part_of": ["ypg", 3]}, "malformed", "part_of.1"),
        ({"part_of": 3}, "malformed", "part_of"),
        ({"part_of": "No id"}, "not_a_slug", "part_of"),
        ({"part_of": {"actor": "No id", "when": "2018"}}, "not_a_slug", "part_of.0.actor"),
        ({"part_of": "nobody"}, "unknown_reference", "part_of"),
        ({"part_of": "no-party"}, "retracted_reference", "part_of"),
        ({"part_of": "a1"}, "actor_inside_itself", "part_of"),
        ({"name": ""}, "empty_text", "name"),
        ({"names": {"ar": ""}}, "empty_text", "names.ar"),
    ],
)
def test_an_actor_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        given().when(register(**fields))
    assert (refused.value.code, refused.value.field) == (code, field)
    given(registered()).refuses(correct(**fields), code, f"set.{field}")


def test_an_actor_is_not_part_of_its_own_part() -> None:
    given(registered()).refuses(correct("sdf", part_of="ypg"), "actor_inside_itself", "set.part_of")


@pytest.mark.parametrize(("when", "refused"), [("2018", True), ("2019/..", False)])
def test_nor_while_that_is_its_part_but_it_may_be_later(when: str, refused: bool) -> None:
    its = registered(part_of=[{"actor": "sdf", "when": "../2018-12"}])
    given_ = Given(actor, registered(), beside={("actor", "a1"): [its]})
    command = correct("sdf", part_of={"actor": "a1", "when": when})
    if refused:
        given_.refuses(command, "actor_inside_itself", "set.part_of.0.actor")
    else:
        assert given_.when(command)


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
