"""EDTF dates: what is taken, what is refused, and between which instants a date lies."""

import re
import subprocess
import sys
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.errors import DomainError
from domain.when import (
    EARLIEST,
    LATEST,
    Bounds,
    EndsBeforeItBegins,
    NotEdtf,
    Span,
    UnknownTimeZone,
    bounds,
    cut_off,
    day_over,
    instant_of,
    parse,
    rfc3339,
    span,
    time_zone_exists,
)

ROOT = Path(__file__).parents[2]


def utc(text: str) -> int:
    return instant_of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def written(found: Bounds) -> tuple[str | None, str | None]:
    return rfc3339(found.earliest), rfc3339(found.latest)


LAST = "23:59:59.999999Z"


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        # Every form that the sample dossier uses.
        ("2018-12", "2018-12-01T00:00:00Z", f"2018-12-31T{LAST}"),
        ("2018-10~", "2018-10-01T00:00:00Z", f"2018-10-31T{LAST}"),
        ("2018-10-11", "2018-10-11T00:00:00Z", f"2018-10-11T{LAST}"),
        ("2018-12-17T09:33:00+01:00", "2018-12-17T08:33:00Z", "2018-12-17T08:33:00Z"),
        ("2018-10-18/2018-10-31", "2018-10-18T00:00:00Z", f"2018-10-31T{LAST}"),
        ("2018-09-10/2018-12", "2018-09-10T00:00:00Z", f"2018-12-31T{LAST}"),
        ("2018-09~/2018-12", "2018-09-01T00:00:00Z", f"2018-12-31T{LAST}"),
        ("2019-02/2019-03", "2019-02-01T00:00:00Z", f"2019-03-31T{LAST}"),
        ("../2018-12", None, f"2018-12-31T{LAST}"),
        ("../2018-12-17", None, f"2018-12-17T{LAST}"),
        # Years, leap years, and the year before the year 1.
        ("2018", "2018-01-01T00:00:00Z", f"2018-12-31T{LAST}"),
        ("2020-02", "2020-02-01T00:00:00Z", f"2020-02-29T{LAST}"),
        ("2018-02", "2018-02-01T00:00:00Z", f"2018-02-28T{LAST}"),
        ("2000-02-29", "2000-02-29T00:00:00Z", f"2000-02-29T{LAST}"),
        ("1900-02", "1900-02-01T00:00:00Z", f"1900-02-28T{LAST}"),
        ("0000", "+000000-01-01T00:00:00Z", f"+000000-12-31T{LAST}"),
        ("0000-02-29", "+000000-02-29T00:00:00Z", f"+000000-02-29T{LAST}"),
        ("0001-01-01", "0001-01-01T00:00:00Z", f"0001-01-01T{LAST}"),
        ("9999-12-31", "9999-12-31T00:00:00Z", f"9999-12-31T{LAST}"),
        ("-0001", "-000001-01-01T00:00:00Z", f"-000001-12-31T{LAST}"),
        ("-0044-03-15", "-000044-03-15T00:00:00Z", f"-000044-03-15T{LAST}"),
        ("-0004-02-29", "-000004-02-29T00:00:00Z", f"-000004-02-29T{LAST}"),
        ("-0044-02?", "-000044-02-01T00:00:00Z", f"-000044-02-29T{LAST}"),
        ("Y170002", "+170002-01-01T00:00:00Z", f"+170002-12-31T{LAST}"),
        ("Y-170002", "-170002-01-01T00:00:00Z", f"-170002-12-31T{LAST}"),
        ("Y10000~", "+010000-01-01T00:00:00Z", f"+010000-12-31T{LAST}"),
        # Further than can be counted.
        ("Y999999999", None, None),
        ("Y-999999999", None, None),
        # Times: with an offset, without one, and with fractions, cut to microseconds.
        ("2018-12-17T09:33:00Z", "2018-12-17T09:33:00Z", "2018-12-17T09:33:00Z"),
        ("2018-12-17T09:33:00", "2018-12-17T09:33:00Z", "2018-12-17T09:33:00Z"),
        ("2018-12-17T09:33:00-05", "2018-12-17T14:33:00Z", "2018-12-17T14:33:00Z"),
        ("2018-12-31T23:30:00-03:30", "2019-01-01T03:00:00Z", "2019-01-01T03:00:00Z"),
        ("2018-12-17T09:33:00.5Z?", "2018-12-17T09:33:00.500000Z", "2018-12-17T09:33:00.500000Z"),
        ("2018-12-17T09:33:00.123456789Z", "2018-12-17T09:33:00.123456Z", "2018-12-17T09:33:00.123456Z"),
        # Seasons; winter runs on.
        ("2018-21", "2018-03-01T00:00:00Z", f"2018-05-31T{LAST}"),
        ("2018-22~", "2018-06-01T00:00:00Z", f"2018-08-31T{LAST}"),
        ("2018-23", "2018-09-01T00:00:00Z", f"2018-11-30T{LAST}"),
        ("2018-24", "2018-12-01T00:00:00Z", f"2019-02-28T{LAST}"),
        ("2019-24", "2019-12-01T00:00:00Z", f"2020-02-29T{LAST}"),
        ("-0044-21", "-000044-03-01T00:00:00Z", f"-000044-05-31T{LAST}"),
        # Unspecified digits.
        ("201X", "2010-01-01T00:00:00Z", f"2019-12-31T{LAST}"),
        ("20XX", "2000-01-01T00:00:00Z", f"2099-12-31T{LAST}"),
        ("2XXX?", "2000-01-01T00:00:00Z", f"2999-12-31T{LAST}"),
        ("-019X", "-000199-01-01T00:00:00Z", f"-000190-12-31T{LAST}"),
        ("2018-XX", "2018-01-01T00:00:00Z", f"2018-12-31T{LAST}"),
        ("2018-XX-XX", "2018-01-01T00:00:00Z", f"2018-12-31T{LAST}"),
        ("2018-12-XX", "2018-12-01T00:00:00Z", f"2018-12-31T{LAST}"),
        ("2020-02-XX", "2020-02-01T00:00:00Z", f"2020-02-29T{LAST}"),
        # Intervals.
        ("2018/2018", "2018-01-01T00:00:00Z", f"2018-12-31T{LAST}"),
        ("2018-12/..", "2018-12-01T00:00:00Z", None),
        ("2018-12/", "2018-12-01T00:00:00Z", None),
        ("/2018-12", None, f"2018-12-31T{LAST}"),
        ("2018-21/2018-22", "2018-03-01T00:00:00Z", f"2018-08-31T{LAST}"),
        ("-0044/2018", "-000044-01-01T00:00:00Z", f"2018-12-31T{LAST}"),
        ("2018-12-17T09:00:00Z/2018-12-17T10:00:00Z", "2018-12-17T09:00:00Z", "2018-12-17T10:00:00Z"),
        ("2018-12-17/2018-12", "2018-12-17T00:00:00Z", f"2018-12-31T{LAST}"),
    ],
)
def test_a_date_lies_between_its_earliest_and_its_latest_instant(
    text: str, earliest: str | None, latest: str | None
) -> None:
    assert written(bounds(text)) == (earliest, latest)
    assert parse(text).text == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        (" 2018", "it begins or ends with a space"),
        ("2018\n", "it begins or ends with a space"),
        ("2018-13", "month 13 does not exist"),
        ("2018-00", "month 00 does not exist"),
        ("-0044-13", "month 13 does not exist"),
        ("2018-21-01", "month 21 does not exist"),
        ("2018-13/2019", "month 13 does not exist"),
        ("2018-25", "25 is a season of EDTF level 2"),
        ("2018-02-29", "that month has no day 29"),
        ("2018-02-30", "that month has no day 30"),
        ("1900-02-29", "that month has no day 29"),
        ("-0003-02-29", "that month has no day 29"),
        ("2018-04-31", "that month has no day 31"),
        ("2018-04-00", "that month has no day 00"),
        ("2018-12-17T25:00:00Z", "the time 25:00:00 does not exist"),
        ("2018-12-17T24:00:00Z", "the time 24:00:00 does not exist"),
        ("2018-12-17T09:60:00Z", "the time 09:60:00 does not exist"),
        ("2016-12-31T23:59:60Z", "the time 23:59:60 does not exist"),
        ("2018-12-17T09:33Z", "a time is written to the second"),
        ("2018-12-17T09:33:00+15:00", "no clock is +15:00 from UTC"),
        ("2018-12-17T09:33:00+01:60", "no clock is +01:60 from UTC"),
        ("2018-12-17 09:33:00", "it has none of the forms"),
        ("17-12-2018", "it has none of the forms"),
        ("December 2018", "it has none of the forms"),
        ("20181217", "it has none of the forms"),
        ("-0000", "it has none of the forms"),
        ("２０１８", "it has none of the forms"),
        ("2018/12/17", "an interval has one /"),
        ("../..", "it is open at both ends"),
        ("/", "it is open at both ends"),
        ("/..", "it is open at both ends"),
        ("2" * 65, "it is longer than 64 characters"),
        # Level 2.
        ("[2018,2019]", "sets of dates"),
        ("{2018..2020}", "sets of dates"),
        ("2018~-12", "a qualifier (? ~ %) stands once, at the end"),
        ("?2018-12", "a qualifier (? ~ %) stands once, at the end"),
        ("2018?~", "a qualifier (? ~ %) stands once, at the end"),
        ("2018-1X", "X stands for the last digits only"),
        ("20X8", "X stands for the last digits only"),
        ("2X1X", "X stands for the last digits only"),
        ("XXXX", "X stands for the last digits only"),
        ("201X-12", "X stands for the last digits only"),
        ("2018-XX-17", "X stands for the last digits only"),
        ("Y17E8", "exponents and significant digits"),
        ("1950S2", "exponents and significant digits"),
        ("Y171010000S3", "exponents and significant digits"),
        ("Y2018", "Y is for years of five digits"),
        ("Y0170002", "Y is for years of five digits"),
        ("201X/2020", "unspecified digits and years beyond four digits within an interval"),
        ("2018/Y170002", "unspecified digits and years beyond four digits within an interval"),
    ],
)
def test_what_is_no_date_of_levels_0_and_1_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NotEdtf) as refusal:
        parse(text, field="published")
    assert refusal.value.field == "published"
    assert f" is not an EDTF date: {reason}" in refusal.value.message
    assert ". Write " in refusal.value.message


def test_a_refusal_says_what_was_read_and_what_to_write() -> None:
    with pytest.raises(NotEdtf) as refusal:
        bounds("2018-13")
    assert str(refusal.value) == (
        '"2018-13" is not an EDTF date: month 13 does not exist. Write 2018, 2018-12, 2018-12-17, '
        "2018-12-17T09:33:00Z, 2018-12~ or an interval such as 2018-09/2018-12."
    )


def test_a_refusal_can_be_printed_whatever_was_read() -> None:
    with pytest.raises(NotEdtf) as refusal:
        parse("\x1b[31m\ud800" + "9" * 1000)
    assert refusal.value.message.isprintable()
    assert len(refusal.value.message) < 350


def test_the_same_refusal_names_each_callers_own_field() -> None:
    for field in ("when", "published"):
        with pytest.raises(EndsBeforeItBegins) as refusal:
            parse("2018-12/2018-11", field=field)
        assert refusal.value.field == field


@pytest.mark.parametrize("text", ["2018-12/2018-11", "2019/2018-12-31", "2018-12-17/-0044", "2018-24/2018-23"])
def test_an_interval_that_ends_before_it_begins_is_refused(text: str) -> None:
    with pytest.raises(EndsBeforeItBegins):
        parse(text)


@pytest.mark.parametrize(
    ("text", "approximate", "uncertain"),
    [
        ("2018-12", False, False),
        ("2018-12~", True, False),
        ("2018-12?", False, True),
        ("2018-12%", True, True),
        ("201X~", True, False),
        ("2018-09~/2018-12", True, False),
        ("2018-09/2018-12?", False, True),
        ("2018-09~/2018-12?", True, True),
        ("../2018-12%", True, True),
    ],
)
def test_a_qualifier_marks_and_never_widens(text: str, approximate: bool, uncertain: bool) -> None:
    when = parse(text)
    assert (when.approximate, when.uncertain) == (approximate, uncertain)
    assert when.bounds == bounds(re.sub("[?~%]", "", text))


DEC, DEC_17 = bounds("2018-12"), bounds("2018-12-17")
SEP = bounds("2018-09")


@pytest.mark.parametrize(
    ("text", "period", "expected"),
    [
        ("2018-12", False, Span(DEC.earliest, DEC.latest, DEC.earliest, DEC.latest)),
        ("2018-12", True, Span(DEC.earliest, DEC.earliest, DEC.latest, DEC.latest)),
        ("2018-09/2018-12", False, Span(SEP.earliest, SEP.latest, DEC.earliest, DEC.latest)),
        ("2018-09/2018-12", True, Span(SEP.earliest, SEP.latest, DEC.earliest, DEC.latest)),
        # Where the sides overlap, neither end moves past the other.
        ("2018-12/2018-12-17", False, Span(DEC.earliest, DEC_17.latest, DEC_17.earliest, DEC_17.latest)),
        ("2018-12-17/2018-12", True, Span(DEC_17.earliest, DEC_17.latest, DEC_17.earliest, DEC.latest)),
        ("../2018-12", False, Span(EARLIEST, DEC.latest, DEC.earliest, DEC.latest)),
        ("2018-12/..", True, Span(DEC.earliest, DEC.latest, DEC.earliest, LATEST)),
    ],
)
def test_a_span_says_when_it_may_have_begun_and_ended(text: str, period: bool, expected: Span) -> None:
    assert span(text, period=period) == expected


@pytest.mark.parametrize(
    ("text", "period", "at", "answer"),
    [
        ("2018-12", False, "2018-12-17", "possible"),
        ("2018-12", False, "2018-11-30T23:59:59.999999", "no"),
        ("2018-12", False, "2019-01-01", "no"),
        ("2018-12", True, "2018-12-01", "certain"),
        ("2018-12", True, "2018-12-31T23:59:59.999999", "certain"),
        ("2018-12", True, "2019-01-01", "no"),
        ("2018-09/2018-12", False, "2018-09-15", "possible"),
        ("2018-09/2018-12", False, "2018-10-11", "certain"),
        ("2018-09/2018-12", False, "2018-12-01", "certain"),
        ("2018-09/2018-12", False, "2018-12-02", "possible"),
        ("2018-12-17T09:33:00Z", False, "2018-12-17T09:33:00", "certain"),
        ("2018-12-17T09:33:00Z", False, "2018-12-17T09:33:01", "no"),
        ("../2018-12", False, "1950-01-01", "possible"),
        ("../2018-12", False, "2018-11-30", "possible"),
        ("../2018-12", False, "2019-01-01", "no"),
        ("2018-12/..", True, "2018-12-31", "possible"),
        ("2018-12/..", True, "2050-01-01", "possible"),
        ("2018-12/..", True, "2018-11-30", "no"),
    ],
)
def test_a_span_holds_at_an_instant_certainly_possibly_or_not(text: str, period: bool, at: str, answer: str) -> None:
    assert span(text, period=period).holds_at(utc(at)) == answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018", f"2018-12-31T{LAST}"),
        ("2018-12", f"2018-12-31T{LAST}"),
        ("2018-12-17", f"2018-12-17T{LAST}"),
        ("2018-12-17T09:33:00Z", "2018-12-17T09:33:00Z"),
        ("2018-12-17T09:33:00.25+01:00", "2018-12-17T08:33:00.250000Z"),
    ],
)
def test_a_date_as_a_cut_off_means_its_last_instant(text: str, expected: str) -> None:
    assert rfc3339(cut_off(text, field="reported_by")) == expected


@pytest.mark.parametrize(
    ("text", "zone", "over"),
    [
        ("2020-01-07T14:00:00Z", "UTC", f"2020-01-07T{LAST}"),
        ("2020-01-07T23:00:00Z", "Asia/Damascus", "2020-01-08T21:59:59.999999Z"),
        ("2018-10-28T12:00:00Z", "Europe/Amsterdam", "2018-10-28T22:59:59.999999Z"),
        # What ended with a date ended with that.
        ("2020-01-07", "UTC", f"2020-01-07T{LAST}"),
        ("2020-01", "UTC", f"2020-01-31T{LAST}"),
        ("2020-01/..", "UTC", None),
    ],
)
def test_what_ended_at_an_hour_is_of_its_day_until_that_is_over(text: str, zone: str, over: str | None) -> None:
    assert rfc3339(day_over(parse(text, zone).end, zone)) == over


def test_a_cut_off_is_read_in_the_dossiers_time_zone() -> None:
    assert rfc3339(cut_off("2018-12-17", "Asia/Damascus", field="at")) == "2018-12-17T21:59:59.999999Z"
    assert rfc3339(cut_off("2018-12-17T09:33:00", "Asia/Damascus", field="at")) == "2018-12-17T07:33:00Z"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2018-09/2018-12", "it is neither a date nor a timestamp"),
        ("2018-12~", "it is neither a date nor a timestamp"),
        ("2018-21", "it is neither a date nor a timestamp"),
        ("201X", "it is neither a date nor a timestamp"),
        ("now", "it is neither a date nor a timestamp"),
        ("", "it is neither a date nor a timestamp"),
        ("2018-13", "month 13 does not exist"),
        ("2018-02-30", "that month has no day 30"),
        ("2018-12-17T09:33:00 01:00", "a + in a URL is written %2B"),
    ],
)
def test_nothing_else_is_a_cut_off(text: str, reason: str) -> None:
    with pytest.raises(NotEdtf) as refusal:
        cut_off(text, field="reported_by")
    assert refusal.value.field == "reported_by"
    assert f" cannot be a cut-off: {reason}. Write " in refusal.value.message


@pytest.mark.parametrize(
    ("text", "zone", "earliest", "latest"),
    [
        ("2018-12-17", "Asia/Damascus", "2018-12-16T22:00:00Z", "2018-12-17T21:59:59.999999Z"),
        ("2018-07", "Europe/Amsterdam", "2018-06-30T22:00:00Z", "2018-07-31T21:59:59.999999Z"),
        ("2018", "Europe/Amsterdam", "2017-12-31T23:00:00Z", "2018-12-31T22:59:59.999999Z"),
        # 23 and 25 hours.
        ("2018-03-25", "Europe/Amsterdam", "2018-03-24T23:00:00Z", "2018-03-25T21:59:59.999999Z"),
        ("2018-10-28", "Europe/Amsterdam", "2018-10-27T22:00:00Z", "2018-10-28T22:59:59.999999Z"),
        # Clocks that jump from midnight to one, or back to eleven.
        ("2018-03-25", "Asia/Beirut", "2018-03-24T22:00:00Z", "2018-03-25T20:59:59.999999Z"),
        ("2018-10-27", "Asia/Beirut", "2018-10-26T21:00:00Z", "2018-10-27T21:59:59.999999Z"),
        # Back from one to midnight, which comes twice.
        ("2018-10-26", "Asia/Amman", "2018-10-25T21:00:00Z", "2018-10-26T21:59:59.999999Z"),
        # Over midnight: from 23:30 to 00:30, and from 00:01 back to 23:01.
        ("1919-03-30", "America/Toronto", "1919-03-30T05:00:00Z", "1919-03-31T04:29:59.999999Z"),
        ("1919-03-31", "America/Toronto", "1919-03-31T04:30:00Z", "1919-04-01T03:59:59.999999Z"),
        ("1999-10-30", "America/St_Johns", "1999-10-30T02:30:00Z", "1999-10-31T03:29:59.999999Z"),
        # A day that never was.
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T09:59:59.999999Z"),
        # Times without an offset; twice in autumn, when the first is taken.
        ("2018-10-28T02:30:00", "Europe/Amsterdam", "2018-10-28T00:30:00Z", "2018-10-28T00:30:00Z"),
        ("2018-07-01T12:00:00+00:00", "Europe/Amsterdam", "2018-07-01T12:00:00Z", "2018-07-01T12:00:00Z"),
        ("2018-22", "Europe/Amsterdam", "2018-05-31T22:00:00Z", "2018-08-31T21:59:59.999999Z"),
        # Years that Python's calendar lacks are UTC years.
        ("Y17000", "Asia/Damascus", "+017000-01-01T00:00:00Z", "+017000-12-31T23:59:59.999999Z"),
        ("-0044", "Asia/Damascus", "-000044-01-01T00:00:00Z", "-000044-12-31T23:59:59.999999Z"),
        ("9999-12-31", "America/New_York", "9999-12-31T05:00:00Z", "+010000-01-01T04:59:59.999999Z"),
    ],
)
def test_days_are_days_of_the_dossiers_time_zone(text: str, zone: str, earliest: str, latest: str) -> None:
    assert written(bounds(text, zone)) == (earliest, latest)


@pytest.mark.parametrize("name", ["", "Mars/Base", "America", "../UTC", "/etc/passwd", "localtime", "a\0b", "\ud800",
                                  "right/UTC", "posix/UTC", "Factory", "posixrules"])  # fmt: skip
def test_a_time_zone_that_does_not_exist_is_refused(name: str) -> None:
    assert not time_zone_exists(name)
    with pytest.raises(UnknownTimeZone) as refusal:
        parse("2018", name)
    assert refusal.value.field == "time_zone"


def test_named_time_zones_exist() -> None:
    assert all(map(time_zone_exists, ["UTC", "Asia/Damascus", "Europe/Amsterdam", "Etc/GMT+5"]))


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1_500, "1970-01-01T00:00:00.001500Z"),
        (EARLIEST, None),
        (LATEST, None),
        (EARLIEST + 1, "-290308-12-21T19:59:05.224193Z"),
        (LATEST - 1, "+294247-01-10T04:00:54.775806Z"),
    ],
)
def test_instants_are_written_in_utc(instant: int, expected: str | None) -> None:
    assert rfc3339(instant) == expected


def test_a_datetime_without_a_time_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant_of(datetime(2018, 12, 17))


def test_the_domain_does_not_import_the_grammar_until_it_needs_it() -> None:
    script = (
        "import sys; from domain.when import parse; "
        "parse('2018-09~/2018-12'); assert 'edtf' not in sys.modules; "
        "parse('201X'); assert 'edtf' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_every_date_of_the_sample_dossier_is_taken() -> None:
    sample = next((p for p in ROOT.glob("examples/**/hajin-baghouz.yaml")), None)
    if sample is None:
        pytest.skip("the sample dossier is not in examples/ yet")
    fields = re.findall(r"\b(?:when|said|due|published|published_bounds): '?([^,'}\s]+)", sample.read_text())
    assert len(fields) > 80
    for text in fields:
        parse(text)


moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999))


@given(moments, st.timedeltas(timedelta(hours=-14), timedelta(hours=14)))
def test_what_is_written_as_rfc_3339_is_read_back(moment: datetime, shift: timedelta) -> None:
    instant = instant_of(moment.replace(tzinfo=UTC))
    text = rfc3339(instant)
    assert text is not None
    assert cut_off(text, field="at") == instant
    assert bounds(text) == Bounds(instant, instant)
    elsewhere = timezone(timedelta(minutes=shift // timedelta(minutes=1)))
    local = moment.replace(tzinfo=elsewhere)
    assert bounds(local.isoformat()) == Bounds(instant_of(local), instant_of(local))


@given(st.integers(EARLIEST + 1, LATEST - 1))
def test_any_year_is_written_as_in_the_same_place_of_the_400_year_cycle(instant: int) -> None:
    cycle = 146_097 * 86_400_000_000
    cycles, within = divmod(instant - utc("2000-01-01"), cycle)
    model = datetime(2000, 1, 1) + timedelta(microseconds=within)
    year = model.year + 400 * cycles
    text = rfc3339(instant)
    assert text is not None
    assert text[: -len(model.isoformat()[4:]) - 1] == (f"{year:04}" if 1 <= year <= 9999 else f"{year:+07}")
    assert text.endswith(f"{model.isoformat()[4:]}Z")


def year_of(year: int) -> str:
    if abs(year) > 9999:
        return f"Y{year}"
    return f"{year:04}" if year >= 0 else f"-{-year:04}"


SEASON_OF_MONTH = {3: 21, 4: 21, 5: 21, 6: 22, 7: 22, 8: 22, 9: 23, 10: 23, 11: 23, 12: 24}

# How one may write (year, month, day, time), the less the further down.
PRECISIONS: list[Callable[[int, datetime], str | None]] = [
    lambda year, at: f"{year_of(year)}{at.isoformat()[4:]}Z" if 0 <= year <= 9999 else None,
    lambda year, at: f"{year_of(year)}-{at.month:02}-{at.day:02}" if abs(year) <= 9999 else None,
    lambda year, at: f"{year_of(year)}-{at.month:02}-XX" if abs(year) <= 9999 else None,
    lambda year, at: f"{year_of(year)}-{at.month:02}" if abs(year) <= 9999 else None,
    lambda year, at: f"{year_of(year)}-{SEASON_OF_MONTH[at.month]}" if at.month > 2 and abs(year) <= 9999 else None,
    lambda year, at: f"{year_of(year - 1)}-24" if at.month < 3 and -9999 <= year - 1 <= 9998 else None,
    lambda year, at: f"{year_of(year)}-XX" if abs(year) <= 9999 else None,
    lambda year, at: f"{year_of(year)}-XX-XX" if abs(year) <= 9999 else None,
    lambda year, at: year_of(year),
    lambda year, at: f"{year_of(year)[:-1]}X" if abs(year) <= 9999 else None,
    lambda year, at: f"{year_of(year)[:-2]}XX" if abs(year) <= 9999 else None,
    lambda year, at: f"{year_of(year)[:-3]}XXX" if abs(year) <= 9999 else None,
]


@st.composite
def dates_with_an_instant(draw: st.DrawFn, *, in_interval: bool = False) -> tuple[str, int]:
    """An EDTF date, and an instant that one might have meant by it."""
    model = draw(st.datetimes(datetime(2000, 1, 1), datetime(2399, 12, 31, 23, 59, 59, 999_999)))
    far = st.integers(-29, 19) if in_interval else st.integers(-720, 720)
    cycles = draw(st.one_of(st.just(0), far))
    year = model.year + 400 * cycles
    instant = instant_of(model.replace(tzinfo=UTC)) + cycles * 146_097 * 86_400_000_000
    texts = [text for precision in PRECISIONS if (text := precision(year, model)) is not None]
    if in_interval:
        texts = [text for text in texts if not {"X", "Y"} & {*text}]
    return draw(st.sampled_from(texts)) + draw(st.sampled_from(["", "?", "~", "%"])), instant


@given(dates_with_an_instant())
@settings(max_examples=150, deadline=None)
def test_the_bounds_of_a_date_contain_it(case: tuple[str, int]) -> None:
    text, instant = case
    found = bounds(text)
    assert EARLIEST <= found.earliest <= instant <= found.latest <= LATEST


@given(dates_with_an_instant(in_interval=True), dates_with_an_instant(in_interval=True), st.booleans())
@settings(max_examples=80, deadline=None)
def test_the_bounds_of_an_interval_contain_whatever_happened_in_it(
    one: tuple[str, int], other: tuple[str, int], period: bool
) -> None:
    (first, begun), (second, ended) = sorted((one, other), key=lambda case: case[1])
    found, start, end = bounds(f"{first}/{second}"), bounds(first), bounds(second)
    assert found == Bounds(start.earliest, end.latest)
    if start.earliest <= end.earliest and start.latest <= end.latest:
        assert found.earliest <= min(start.earliest, end.earliest)
        assert found.latest >= max(start.latest, end.latest)
    about = span(f"{first}/{second}", period=period)
    assert about.earliest_start <= begun <= about.latest_start <= about.latest_end
    assert about.earliest_start <= about.earliest_end <= ended <= about.latest_end
    for at in (begun, (begun + ended) // 2, ended):
        assert about.holds_at(at) != "no"
    for half_open in (span(f"{first}/..", period=period), span(f"../{second}", period=period)):
        for at in (begun, (begun + ended) // 2, ended):
            assert half_open.holds_at(at) != "no"


@given(dates_with_an_instant(), st.booleans())
@settings(deadline=None)
def test_what_holds_certainly_holds_possibly(case: tuple[str, int], period: bool) -> None:
    text, instant = case
    about = span(text, period=period)
    assert about.holds_at(instant) != "no"
    assert about.earliest_start <= about.latest_start
    assert about.earliest_end <= about.latest_end
    assert about.holds_at(instant) == "certain" or not period


ZONES = sorted(name for name in available_timezones() if name not in ("localtime", "Factory"))


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(1880, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d"]),
)
@example("America/Toronto", datetime(1919, 3, 31, 4, 30, tzinfo=UTC), "%Y-%m-%d")
@example("America/St_Johns", datetime(1999, 10, 31, 3, 0, tzinfo=UTC), "%Y-%m-%d")
@settings(max_examples=150)
def test_a_moment_lies_within_its_local_day_and_in_no_other(zone: str, moment: datetime, form: str) -> None:
    local = moment.astimezone(ZoneInfo(zone))
    found = bounds(local.strftime(form), zone)
    assert found.earliest <= instant_of(moment) <= found.latest
    for edge, inside, outside in ((found.earliest, 0, -1), (found.latest, 0, 1)):
        at = {step: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=edge + step) for step in (-1, 0, 1)}
        assert at[inside].astimezone(ZoneInfo(zone)).strftime(form) == local.strftime(form)
        assert at[outside].astimezone(ZoneInfo(zone)).strftime(form) != local.strftime(form)


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_a_month_has_the_days_of_the_calendar(day: date) -> None:
    found = bounds(f"{day.year:04}-{day.month:02}")
    assert found.latest - found.earliest + 1 == monthrange(day.year, day.month)[1] * 86_400_000_000
    # Any other day number of that month is refused.
    for number in range(monthrange(day.year, day.month)[1] + 1, 33):
        with pytest.raises(NotEdtf):
            parse(f"{day.year:04}-{day.month:02}-{number}")


pieces = st.from_regex(
    r"2018|-0044|0000|201X|-|-12|-13|-02|-30|-XX|-1X|-21|-25|/|\.\.|[?~%]|T09:33:00|T25:00:00|Z|\+01:00|\.5|Y|E8|S3"
    r"|[\[\]{},^X1]",
    fullmatch=True,
)


@given(st.one_of(st.text(), st.text("0123456789-XYESTZ?~%/.,[]{}:+", max_size=20), st.lists(pieces).map("".join)))
@example("2018-1X")
@example("2018-1X/2018")
@example("99999999999999999999")
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_read_or_refused_and_nothing_is_printed(capfd: pytest.CaptureFixture[str], text: str) -> None:
    for ask in (lambda: parse(text), lambda: cut_off(text, field="at")):
        try:
            ask()
        except DomainError as refusal:
            assert type(refusal) in (NotEdtf, EndsBeforeItBegins)
            assert refusal.field
            assert refusal.message.isprintable()
    assert capfd.readouterr() == ("", "")


@given(st.from_regex(r"(Y-?[0-9]{5,9}|-?[0-9](?:[0-9]{3}|[0-9]{2}X|[0-9]XX|XXX))(-([0-9]{2}|XX)){0,2}", fullmatch=True))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_reaches_the_grammar_is_read_or_refused(capfd: pytest.CaptureFixture[str], text: str) -> None:
    try:
        found = bounds(text)
    except NotEdtf:
        pass
    else:
        assert found.earliest <= found.latest
    assert capfd.readouterr() == ("", "")


@given(st.text())
def test_any_text_is_a_time_zone_or_is_not(name: str) -> None:
    assert time_zone_exists(name) in (True, False)
