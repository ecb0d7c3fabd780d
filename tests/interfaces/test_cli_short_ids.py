"""Ids in tables: as short as they are told apart, and each stands for one."""

from hypothesis import given
from hypothesis import strategies as st

from interfaces.cli.short_ids import LEAST_DIGITS, shortened, whole_id, with_whole

MADE = st.builds(
    lambda kind, begin, end: kind + begin + end,
    st.sampled_from(["", "per-"]),
    st.sampled_from(["5f0c92ab", "5f0c92ab4e1d", "a" * 12]),
    st.text("0123456789abcdef", min_size=12, max_size=16),
)
CHOSEN = st.sampled_from(["c108", "ad-2018-12-17", "sohr", "per-visit", "5f0c92ab", "deadbeef-market"])


@given(st.lists(MADE | CHOSEN, max_size=12))
def test_no_id_of_a_table_begins_as_another_is_shown(ids: list[str]) -> None:
    short = shortened(ids)
    assert set(short) == set(ids)
    for id_, shown in short.items():
        assert id_.startswith(shown)
        made = {other for other in ids if other.startswith(shown) and len(other.rpartition("-")[2]) >= 16}
        assert shown == id_ or made == {id_}
        assert len(shown) >= min(len(id_), LEAST_DIGITS)


def test_words_that_people_chose_stay_whole() -> None:
    ids = ["c108", "ad-2018-12-17", "sohr", "per-visit", "deadbeef-market", "the-battle-of-hajin-of-december"]
    assert shortened(ids) == {id_: id_ for id_ in ids}
    assert shortened(["5f0c92ab4e1d7a30" * 2]) == {"5f0c92ab4e1d7a30" * 2: "5f0c92ab"}


@given(st.lists(MADE, min_size=1, max_size=12))
def test_what_is_left_of_an_id_stands_for_it_and_for_no_other(ids: list[str]) -> None:
    for id_, shown in shortened(ids).items():
        assert shown == id_ or whole_id(shown, sorted(set(ids))) == id_


def test_a_beginning_of_several_or_of_a_word_stands_for_nothing() -> None:
    one, other = "per-5f0c92ab4e1d7a30", "per-5f0c92ab4e1d7b31"
    assert whole_id("per-5f0c92ab", [one, other]) is None
    assert whole_id("per-5f0", [one]) is None
    assert whole_id("hajin", ["hajin-enclave"]) is None
    assert whole_id("5f0c92ab", ["5f0c92ab-market"]) is None


def test_only_where_the_refusal_points_an_id_is_made_whole() -> None:
    body = {"into": "5f0c92ab", "reason": "5f0c92ab", "claims": ["a", "5f0c92ab"], "set": {"of": "5f0c92ab"}}
    assert with_whole(body, ["into"], "w") == body | {"into": "w"}
    assert with_whole(body, ["claims", "1"], "w") == body | {"claims": ["a", "w"]}
    assert with_whole(body, ["set", "of"], "w") == body | {"set": {"of": "w"}}
