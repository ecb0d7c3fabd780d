"""Which language an answer is told in, by what `Accept-Language` takes (RFC 9110, 12.5.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.api.languages import best_language
from interfaces.messages.wording import LANGUAGES


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("nl", "nl"),
        ("nl-BE", "nl"),
        ("AR-sy, en;q=0.9", "ar"),
        ("en;q=0.5, nl;q=0.8, ar;q=0.6", "nl"),
        ("nl;q=0.5,ar;q=0.5", "nl"),
        ("fr, de", "en"),
        ("fr, nl;q=0.1", "nl"),
        ("*", "en"),
        ("*;q=0.5, nl;q=0.4", "en"),
        ("*;q=0.5, nl", "nl"),
        ("en;q=0, *", "nl"),
        ("en;q=0", "en"),
        ("nl;q=0, ar;q=0.2", "ar"),
        ("nl-BE, nl;q=0", "en"),
        ("nl; Q=1.000", "nl"),
        # What is malformed takes nothing.
        ("nl;q=2, ar;q=0.1", "ar"),
        ("nl;q=, ar;q=0.1", "ar"),
        ("nl;level=1;q=0.3, ar;q=0.1", "ar"),
        (";;,,=,q", "en"),
    ],
)
def test_the_best_language_is_told(accepted: str, language: str) -> None:
    assert best_language(accepted) == language


@given(st.text() | st.lists(st.sampled_from(["nl", "en", "ar", "*", "fr", ";q=0.3", ";q=0", ",", " "])).map("".join))
def test_whatever_is_asked_for_there_is_a_language(accepted: str) -> None:
    assert best_language(accepted) in LANGUAGES
