"""Dates as people type them: refused, with the form that they should have."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.typed_dates import typed_as
from domain.when import NotEdtf, cut_off, cut_off_typed_as, parse

TYPED = [
    ("17/12/2018", "2018-12-17"),
    ("17.12.2018", "2018-12-17"),
    ("17-12-2018", "2018-12-17"),
    ("12/17/2018", "2018-12-17"),
    ("3/4/2018", "2018-04-03 or 2018-03-04"),
    ("4/4/2018", "2018-04-04"),
    ("20181217", "2018-12-17"),
    ("201812", "2018-12"),
    ("2018/12/17", "2018-12-17"),
    ("2018.12.17", "2018-12-17"),
    ("2018/12", "2018-12"),
    ("12/2018", "2018-12"),
    ("2018-1-7", "2018-01-07"),
    ("2018–12–17", "2018-12-17"),
    ("٢٠١٨-١٢-١٧", "2018-12-17"),
    ("17 dec 2018", "2018-12-17"),
    ("17 December 2018", "2018-12-17"),
    ("17th December 2018", "2018-12-17"),
    ("December 17, 2018", "2018-12-17"),
    ("Sept. 2018", "2018-09"),
    ("18 maart 2018", "2018-03-18"),
    ("18 mrt 2018", "2018-03-18"),
    ("2018-12-17T09:33:00+0100", "2018-12-17T09:33:00+01:00"),
    ("2018-12-17T09:33:00+1", "2018-12-17T09:33:00+01:00"),
    ("2018-12-17 09:33", "2018-12-17T09:33:00"),
    ("2018-12-17 9:33 Z", "2018-12-17T09:33:00Z"),
    ("17/12/2018 09:33", "2018-12-17T09:33:00"),
    ("2018-12-17t09:33:00z", "2018-12-17T09:33:00Z"),
    (" 2018 ", "2018"),
]
NO_CUT_OFF = [
    ("2018–2019", "2018/2019"),
    ("2018-2019", "2018/2019"),
    ("2018-09-10 – 2018-12", "2018-09-10/2018-12"),
    ("2018-12-17 to 2018-12-20", "2018-12-17/2018-12-20"),
    ("1/12/2018 - 17/12/2018", "2018-12-01/2018-12-17 or 2018-01-12/2018-12-17"),
    ("ca. 2018", "2018~"),
    ("circa 17 dec 2018", "2018-12-17~"),
]


@pytest.mark.parametrize(("typed", "meant"), [*TYPED, *NO_CUT_OFF])
def test_a_typed_date_is_refused_with_what_to_write(typed: str, meant: str) -> None:
    with pytest.raises(NotEdtf) as refusal:
        parse(typed)
    assert refusal.value.message.endswith(f". Write {meant}.")


@pytest.mark.parametrize(("typed", "meant"), TYPED)
def test_and_so_is_a_cut_off(typed: str, meant: str) -> None:
    with pytest.raises(NotEdtf) as refusal:
        cut_off(typed, field="at")
    assert refusal.value.message.endswith(f". Write {meant}.")


@pytest.mark.parametrize(("typed", "meant"), NO_CUT_OFF)
def test_what_is_a_date_and_no_cut_off_is_not_advised_for_one(typed: str, meant: str) -> None:
    with pytest.raises(NotEdtf) as refusal:
        cut_off(typed, field="at")
    assert meant not in refusal.value.message
    assert "a timestamp such as" in refusal.value.message


@pytest.mark.parametrize(
    "typed", ["31/02/2018", "99999999", "2018-13", "17/12/18", "soon", "32 dec 2018", "17 foo 2018"]
)
def test_what_stands_for_no_date_is_given_the_forms(typed: str) -> None:
    with pytest.raises(NotEdtf) as refusal:
        parse(typed)
    assert "or an interval such as" in refusal.value.message


@given(st.text(alphabet="0123456789/-.–: +tTzZ~?decmaartov,", max_size=64) | st.text(max_size=70))
def test_what_is_advised_is_taken(typed: str) -> None:
    for read in (parse, lambda text: cut_off(text, field="at")):
        try:
            read(typed)
        except NotEdtf as refusal:
            found = re.search(r"\. Write (\S+(?: or \S+)*)\.\Z", refusal.message)
            for advised in found[1].split(" or ") if found else []:
                read(advised)
                assert advised in typed_as(typed)
        except Exception as other:
            assert type(other).__name__ == "EndsBeforeItBegins"


@pytest.mark.parametrize(
    ("digits", "date"),
    [("2018", "2018-12-31"), ("20181217", "2018-12-17"), ("201812", "2018-12"), ("170", None), ("1066", None)],
)
def test_a_position_may_have_been_meant_as_a_date(digits: str, date: str | None) -> None:
    assert cut_off_typed_as(digits) == date
