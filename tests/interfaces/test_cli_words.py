"""Claims in words, and what is printed of text that somebody recorded."""

from typing import Any

import pytest

from interfaces.messages import words
from interfaces.messages.words import Names, clean, joined

NAMES = Names({"is": "Islamic State", "sdf": "SDF", "usa": "United States"}, {"hajin": "هجين"}, {"r": "Reuters"})


def a_figure(**content: Any) -> dict[str, Any]:
    return {"kind": "figure", "measure": "killed", "unit": "people", **content}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (a_figure(measure="fighters", subject="is", best=2000, qualifier="about"),
         "about 2,000 fighters of Islamic State"),
        (a_figure(group="civilians", low=320, qualifier="at_least"), "at least 320 civilians killed"),
        (a_figure(group="foreign", measure="fighters", magnitude="thousands", qualifier="vague"),
         "thousands of foreign fighters"),
        (a_figure(measure="present", group="civilians", best=0, qualifier="stated"), "no civilians present"),
        (a_figure(measure="died", group="children", low=20, qualifier="more_than", cause="cold"),
         "more than 20 children who died (cause: cold)"),
        (a_figure(measure="held_hostage", group="civilians", by="is", qualifier="unknown"),
         "an unknown number of civilians held hostage by Islamic State"),
        (a_figure(measure="area", unit="km2", subject="is", low=200, qualifier="more_than"),
         "an area of more than 200 km² (Islamic State)"),
        (a_figure(low=3, best=5, high=9, qualifier="stated"), "5 (3 to 9) people killed"),
        (a_figure(low=3, high=9, qualifier="between", hedge="hearsay"), "between 3 and 9 people killed (hearsay)"),
        ({"kind": "control", "status": "encircles", "actor": "sdf", "side": ["north", "east"]},
         "encircled by SDF from the north and east"),
        ({"kind": "control", "status": "present", "actor": "is", "extent": "pockets"},
         "Islamic State present in pockets"),
        ({"kind": "control", "status": "encircles", "against": "is"},
         "encircled by somebody unnamed, against Islamic State"),
        ({"kind": "occurrence", "type": "capture", "actors": {"by": ["sdf"], "with": ["usa"], "against": ["is"]}},
         "capture by SDF with United States against Islamic State"),
        ({"kind": "statement", "nature": "prediction", "actor": "is", "due": "2019-01", "text": "Gone by then"},
         "prediction about Islamic State, due 2019-01: Gone by then"),
    ],
)  # fmt: skip
def test_a_claim_is_said_in_words(content: dict[str, Any], said: str) -> None:
    assert words.said(content, NAMES) == said


def test_whose_word_it_is() -> None:
    assert words.who({"claimant": "r", "via": ["r", "x"]}, NAMES) == "Reuters, via Reuters and x"
    assert words.who({}, NAMES) == "unattributed"


def test_changes_are_told_before_and_after() -> None:
    given: list[dict[str, Any]] = [
        {"field": "measure", "before": "killed", "after": "died", "statement": 1},
        {"field": "place", "before": None, "after": "hajin", "statement": 2},
        {"field": "best", "before": 5000, "after": None},
        {"field": "actors", "before": {"by": ["sdf"]}, "after": {"by": "is"}},
    ]
    assert list(words.changes(given, NAMES)) == [
        "measure: killed → died",
        f"place (statement 2): nothing → {clean('هجين')}",
        "best: 5,000 → nothing",
        "actors: by SDF → by Islamic State",
    ]


def test_recorded_words_cannot_control_the_terminal() -> None:
    assert clean("a\x1b[31mred\x07\nb\u009bc") == "a�[31mred� b�c"


def test_lists_in_words() -> None:
    assert [joined([]), joined("a"), joined("ab"), joined("abc")] == ["", "a", "a and b", "a, b and c"]
