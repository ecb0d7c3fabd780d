"""By which of its names an item is called in a language, and at a moment."""

import pytest

from domain.names import DatedName, in_language, name_of
from domain.when import bounds

NAMES = {"ar": "هيئة تحرير الشام", "nl-BE": "HTS (nl)", "ku-Latn": "Heyet"}
DATED = [
    DatedName(name="Nusra Front", when="../2016-07"),
    DatedName(name="جبهة النصرة", when="../2016-07", language="ar"),
    DatedName(name="Fatah", when="2016-08/2016-12"),
]


@pytest.mark.parametrize(
    ("language", "at", "called"),
    [
        ("en", None, "Hayat Tahrir al-Sham"),
        ("ar", None, "هيئة تحرير الشام"),
        # As one country has it, yet not in other letters.
        ("nl", None, "HTS (nl)"),
        ("ku", None, "Hayat Tahrir al-Sham"),
        ("ar", "2018", "هيئة تحرير الشام"),
        ("en", "2015", "Nusra Front"),
        ("ar", "2015", "جبهة النصرة"),
        # What it is called today in Arabic was not its name then.
        ("ar", "2016-10", "Fatah"),
        ("nl", "2015", "Nusra Front"),
    ],
)
def test_an_item_is_called_as_it_is_in_the_language_and_was_at_the_moment(
    language: str, at: str | None, called: str
) -> None:
    moment = None if at is None else bounds(at).earliest
    assert name_of("Hayat Tahrir al-Sham", NAMES, DATED, language, moment) == called


def test_a_tag_is_of_its_language_however_it_is_written() -> None:
    assert in_language({"AR_sy": "x"}, "ar") == "x"
    assert in_language({"ara": "x", "ar-Latn-SY": "y"}, "ar") is None
    assert in_language({"ar-SY": "x", "ar": "y"}, "ar") == "y"
