from typing import Any

import pytest

from domain import source
from domain.errors import DomainError
from domain.fields import read
from domain.source import (
    CorrectSource,
    GradeSource,
    RegisterSource,
    RetractSource,
    SourceCorrected,
    SourceDetails,
    SourceGraded,
    SourceRegistered,
    SourceRetracted,
)
from tests.domain.given import Given


def registered(**fields: Any) -> SourceRegistered:
    return SourceRegistered(details=SourceDetails.model_validate({"name": "A source", "kind": "monitor"} | fields))


def register(**fields: Any) -> RegisterSource:
    return read(RegisterSource, {"id": "s1", "name": "A source", "kind": "monitor"} | fields)


def correct(**set_: Any) -> CorrectSource:
    return CorrectSource(id="s1", set=set_, reason="misread")


def given(*past: Any) -> Given:
    return Given(source, *past)


def test_a_source_is_registered() -> None:
    assert given().when(register(speaks_for="sdf", names={"nl": "Een bron"})) == [
        registered(speaks_for="sdf", names={"nl": "Een bron"})
    ]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"name": ""}, "empty_text", "name"),
        ({"name": "x" * 301}, "text_too_long", "name"),
        ({"note": "x" * 2001}, "text_too_long", "note"),
        ({"speaks_for": "nobody"}, "unknown_reference", "speaks_for"),
        ({"speaks_for": "no-party"}, "retracted_reference", "speaks_for"),
        ({"url": "\0"}, "text_unreadable", "url"),
    ],
)
def test_a_source_that_cannot_be_is_refused(fields: dict[str, Any], code: str, field: str) -> None:
    given().refuses(register(**fields), code, field)
    given(registered()).refuses(correct(**fields), code, f"set.{field}")


def test_a_kind_is_one_of_the_vocabulary() -> None:
    with pytest.raises(DomainError) as refused:
        register(kind="rumour")
    assert (refused.value.code, refused.value.field) == ("not_in_vocabulary", "kind")
    given(registered()).refuses(correct(kind="rumour"), "not_in_vocabulary", "set.kind")


def test_a_correction_holds_what_it_changes() -> None:
    assert given(registered()).when(correct(kind="ngo", name="A source")) == [
        SourceCorrected(set={"kind": "ngo"}, reason="misread")
    ]
    given(registered()).refuses(correct(kind="monitor"), "nothing_changes", "set")


def test_a_correction_of_one_field_asks_nothing_of_the_others() -> None:
    assert given(registered(speaks_for="no-party")).when(correct(kind="ngo"))


def test_a_grade_is_our_judgement_and_may_change() -> None:
    grade = GradeSource(id="s1", reliability="B", reason="usually right")
    one = given(registered())
    assert one.when(grade) == [SourceGraded(reliability="B", reason="usually right")]
    one.after(grade)
    assert (one.state.reliability, one.state.graded_because) == ("B", "usually right")
    ungrade = GradeSource(id="s1", reliability=None, reason="that was another")
    assert one.when(ungrade) == [SourceGraded(reliability=None, reason="that was another")]
    ungraded = given(registered()).after(grade, ungrade)
    assert ungraded.state == given(registered()).state
    assert ungraded.when(ungrade) == []
    assert one.when(grade) == []
    assert one.when(GradeSource(id="s1", reliability="C", reason="less so"))
    one.refuses(GradeSource(id="s1", reliability="A", reason=""), "reason_empty", "reason")


def test_nothing_more_is_said_about_a_retracted_source() -> None:
    retract = RetractSource(id="s1", reason="registered twice")
    one = given(registered())
    assert one.when(retract) == [SourceRetracted(reason="registered twice")]
    one.after(retract)
    assert one.when(retract) == []
    for command in (correct(kind="ngo"), GradeSource(id="s1", reliability="A", reason="right")):
        one.refuses(command, "retracted")
