"""Topics: what is counted, and its written form."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.estimate import MEASURES, Measure
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


@given(st.sampled_from(get_args(Measure)), st.lists(slugs, min_size=6, max_size=6), st.data())
def test_a_written_topic_is_read_back(measure: str, said: list[str | None], data: st.DataObject) -> None:
    topic = Topic(measure, data.draw(st.sampled_from(MEASURES[measure].units)), *said)
    assert parse_topic(str(topic)) == topic


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "no measure"),
        ("fighters", "is counted in people"),
        ("fighter,people", "no measure"),
        ("fighters,families", "not in 'families'"),
        ("fighters,people,", "''"),
        ("fighters,people,subject", "'subject'"),
        ("fighters,people,subject:", "'subject:'"),
        ("fighters,people,subject:Is", "'subject:Is'"),
        ("fighters,people,when:2018", "'when:2018'"),
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
