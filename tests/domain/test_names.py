"""When two names are the same to whoever reads them."""

import pytest

from domain.namesakes import folded, much_alike, told_apart


@pytest.mark.parametrize(
    "typed",
    ["al-Jinah", "Al Jinah", "AL-JINAH", "al‐Jīnah", "al-Jīnaḥ", "'Al Jinah", "al-Jinah ", "al_jinah", "al-ʿJinah"],
)
def test_case_accents_spaces_hyphens_and_apostrophes_are_not_looked_at(typed: str) -> None:
    assert folded(typed) == "aljinah"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("الجينة", "الجينه"),
        ("الجِينَة", "الجينة"),
        ("الجـــينة", "الجينة"),
        ("أبو بدران", "ابو بدران"),
        ("مصطفى", "مصطفي"),
        ("Хаджин", "ХАДЖИН"),
        ("Kobanî", "kobani"),
        ("Straße", "STRASSE"),
        ("Diyarbakır", "DIYARBAKIR"),
        ("Bab ٣", "bab 3"),
        ("مخيم ١", "مخيم 1"),
        ("اردوگاه ۱۲", "اردوگاه 12"),
        ("शिविर ४", "शिविर 4"),
        ("ٱلأحمد", "الأحمد"),
    ],
)
def test_nor_what_keyboards_differ_in(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize(("one", "other"), [("Mosul", "Masul"), ("Route 1", "Route 2"), ("al-Bab", "الباب")])
def test_other_letters_are_another_name(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_what_has_no_letter_is_no_name() -> None:
    assert folded("' - .") == ""


def test_items_of_one_name_are_told_apart_by_where_they_lie_else_by_their_ids() -> None:
    bir = {"name": "Bir", "latitude": 35.1, "longitude": 40.2}
    assert told_apart({"bir": bir, "hajin": {"name": "Hajin"}}) == {}
    assert told_apart({"bir": bir, "bir-2": {**bir, "latitude": 35.3}}) == {"bir": "35.1, 40.2", "bir-2": "35.3, 40.2"}
    assert told_apart({"bir": bir, "bir-2": bir, "bir-3": {"name": "bir"}}) == {
        "bir": "bir", "bir-2": "bir-2", "bir-3": "bir-3",
    }  # fmt: skip


def test_what_has_other_digits_is_another_code_and_no_misspelling() -> None:
    codes = ["ye1901", "ye1903", "yem1902", "ocha-2", "hajin-2018"]
    assert much_alike("ye1902", codes) == ["yem1902"]
    assert much_alike("ocha-3", codes) == []
    assert much_alike("hajn-2018", codes) == ["hajin-2018"]
    assert much_alike("مخيمات ١٢", ["مخيمان 12", "مخيمان 13"]) == ["مخيمان 12"]
