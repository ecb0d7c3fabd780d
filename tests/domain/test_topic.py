"""Topics: what is counted, and its written form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.estimate import MEASURES
from domain.topic import Topic, parse_topic, topic_of
from tests.domain.claims_given import figure


def test_a_topic_is_what_is_counted_and_never_when() -> None:
    one = figure("c108", best=2000, subject="is", place="hajin-enclave", when="2018-12", claimant="us-officials")
    other = figure("c207", best=5000, subject="is", place="hajin-enclave", when="2018-12-17")
    part = figure("c208", best=2000, subject="is", group="foreign", place="hajin-enclave", when="2018-12-17")
    topics = [topic_of(claim.content, claim.incident) for claim in (one, other, part)]  # type: ignore[arg-type]
    assert topics[0] == topics[1] != topics[2]
    assert str(topics[0]) == "fighters,people,subject:is,place:hajin-enclave"
    assert str(topics[2]) == "fighters,people,subject:is,group:foreign,place:hajin-enclave"


slugs = st.none() | st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,8}[a-z0-9])?", fullmatch=True)


own = st.dictionaries(st.sampled_from(["age", "origin", "sector"]), st.sampled_from(["0-17", "idlib"]))


@given(st.sampled_from(sorted(MEASURES)), st.tuples(*[slugs] * 6), own, st.data())
def test_a_written_topic_is_read_back(measure: str, said: Any, own: dict[str, str], data: st.DataObject) -> None:
    unit = data.draw(st.sampled_from(MEASURES[measure].units))
    topic = Topic(measure, unit, *(*said, tuple(sorted(own.items()))))
    assert parse_topic(str(topic)) == topic


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "no measure"),
        ("fighters", "is counted in people"),
        ("Fighters,people", "no measure"),
        ("hungry,", "no unit"),
        ("hungry,Tents", "no unit"),
        ("fighters,families", "not in 'families'"),
        ("fighters,people,", "''"),
        ("fighters,people,subject", "'subject'"),
        ("fighters,people,subject:", "'subject:'"),
        ("fighters,people,subject:Is", "'subject:Is'"),
        ("killed,people,place:الجينة", "the place is named by its id"),
        ("killed,people,incident:The strike", "the incident is named by its id"),
        ("fighters,people,unit:people", "'unit:people'"),
        ("fighters,people,origin:Idlib", "'origin:Idlib'"),
        ("fighters,people,by:is,by:sdf", "'by:sdf'"),
    ],
)
def test_what_is_no_topic_is_refused_with_the_part_that_is_wrong(text: str, names: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_topic(text, field="query.topic")
    assert (refused.value.code, refused.value.field) == ("not_a_topic", "query.topic")
    assert names in refused.value.message
    assert "Write fighters,people," in refused.value.message


@given(st.text(max_size=60), st.sampled_from(["", "killed,people,"]))
def test_any_text_is_a_topic_or_refused(text: str, before: str) -> Any:
    try:
        assert str(parse_topic(before + text))
    except DomainError as refusal:
        assert refusal.code == "not_a_topic"
