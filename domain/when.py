"""EDTF dates (ISO 8601-2, levels 0 and 1): kept as written, with the instants between which they lie."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from domain.calendar import DAY, EPOCH, MICROSECOND, SECOND, date_of, day_at, day_number, extent, offsets
from domain.errors import DomainError
from domain.typed_dates import typed_as

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z, proleptic Gregorian; 1 BC is year 0. Fits PostgreSQL's bigint."""

EARLIEST: Instant = -(2**63)
"""Open to the past, or further back than can be counted."""

LATEST: Instant = 2**63 - 1
"""Open to the future, or further on than can be counted."""

LONGEST = 64
"""Characters of a date: no form needs more, and the grammar is slow on long texts."""


class NotEdtf(DomainError):
    code: ClassVar[str] = "not_edtf"


class EndsBeforeItBegins(DomainError):
    code: ClassVar[str] = "ends_before_it_begins"


class UnknownTimeZone(DomainError):
    code: ClassVar[str] = "unknown_time_zone"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The earliest and the latest possible instant, both inclusive."""

    earliest: Instant
    latest: Instant


@dataclass(frozen=True, slots=True)
class Span:
    """When something may have begun and ended, all inclusive."""

    earliest_start: Instant
    latest_start: Instant
    earliest_end: Instant
    latest_end: Instant

    def holds_at(self, at: Instant) -> Literal["no", "possible", "certain"]:
        if self.latest_start <= at <= self.earliest_end:
            return "certain"
        return "possible" if self.earliest_start <= at <= self.latest_end else "no"

    @property
    def proven(self) -> tuple[Instant, Instant] | None:
        """The first and the last instant at which it was so for certain: of a day (or second) the whole of it."""
        if self.latest_start <= self.earliest_end:
            return self.latest_start, self.earliest_end
        one_date = self.earliest_start == self.earliest_end and self.latest_start == self.latest_end
        # No date lies between a day, which may have 25 hours, and a month.
        short = self.latest_end - self.earliest_start < 2 * DAY
        return (self.earliest_start, self.latest_end) if one_date and short else None

    @property
    def proven_on_its_days(self) -> tuple[Instant, Instant] | None:
        """As `proven`, and on all of the day with which it ends: the last day of what lasted is one on which it was so.

        So is the first, where no more of it is certain.
        """
        if self.latest_end - self.earliest_end < 2 * DAY:
            return min(self.latest_start, self.earliest_end), self.latest_end
        if self.latest_start > self.earliest_end and self.latest_start - self.earliest_start < 2 * DAY:
            return self.earliest_start, self.latest_start
        return self.proven

    def closed(self, out: Bounds) -> "Span":
        """With an open end as if it had been given as the days on which its report may have come `out`; as it is if the
        last of these is not known, or if it begins only after it.
        """
        if self.latest_end < LATEST or out.latest == LATEST or self.earliest_start > out.latest:
            return self
        # What may have come out on the first of these days proves nothing of the others.
        end = max(self.earliest_end, out.earliest)
        return Span(self.earliest_start, min(self.latest_start, out.latest), end, out.latest)

    def holds_within(self, first: Instant, last: Instant) -> Literal["no", "possible", "certain"]:
        """Whether it was so at some time from `first` to `last`, both inclusive."""
        if self.latest_start <= last and first <= self.earliest_end:
            return "certain"
        return "possible" if self.earliest_start <= last and first <= self.latest_end else "no"


@dataclass(frozen=True, slots=True)
class When:
    """A date as written and as understood. `start` and `end` are the same unless it is an interval."""

    text: str
    is_interval: bool
    approximate: bool
    uncertain: bool
    start: Bounds
    end: Bounds

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.start.earliest, self.end.latest)

    def span(self, *, period: bool) -> Span:
        """A single date is the whole of itself for a `period` (a flow), else some moment within it."""
        start, end = self.start, self.end
        if self.is_interval or not period:
            return Span(start.earliest, start.latest, end.earliest, end.latest)
        return Span(start.earliest, start.earliest, end.latest, end.latest)


def parse(text: str, time_zone: str = "UTC", *, field: str = "when") -> When:
    """Dates, and times without an offset, are those of `time_zone`.

    Raises NotEdtf and EndsBeforeItBegins at `field`, UnknownTimeZone at `time_zone`.
    """
    try:
        return _parse(text, time_zone)
    except (NotEdtf, EndsBeforeItBegins) as refusal:
        refusal.field = field
        raise


def bounds(text: str, time_zone: str = "UTC") -> Bounds:
    """From the earliest instant of the start to the latest of the end. `~` and `?` mark and never widen."""
    return parse(text, time_zone).bounds


def is_uncertain(text: str) -> bool:
    """Whether who gave a date was not sure of it (`?`, `%`): it marks what rests on it, and widens nothing."""
    return "?" in text or "%" in text


@lru_cache(maxsize=65_536)
def span(text: str, time_zone: str = "UTC", *, period: bool) -> Span:
    return parse(text, time_zone).span(period=period)


def day_of(instant: Instant, time_zone: str = "UTC") -> Bounds:
    """The day in which an instant lies, on the clocks of `time_zone`."""
    if instant in (EARLIEST, LATEST):
        return Bounds(instant, instant)
    zone = _zone(time_zone)
    day = day_at(instant, zone)
    return _between(day, day + 1, zone)


def days_of(bounds: Bounds, time_zone: str = "UTC") -> Bounds:
    """From the beginning of the day in which the earliest instant lies to the end of that of the latest."""
    return Bounds(day_of(bounds.earliest, time_zone).earliest, day_of(bounds.latest, time_zone).latest)


def day_over(end: Bounds, time_zone: str = "UTC") -> Instant:
    """Until when what has come to its end is of its day: what ended at an hour, until that day is over."""
    return max(end.latest, day_of(end.latest, time_zone).latest) if end.earliest == end.latest else end.latest


def cut_off(text: str, time_zone: str = "UTC", *, field: str) -> Instant:
    """A query parameter: a timestamp is itself, a year, month or day means its last instant."""
    return _plain_bounds(text, time_zone, field, "last").latest


def begun(text: str, time_zone: str = "UTC", *, field: str) -> Instant:
    """The same where something is asked for since then: a year, month or day means its first instant."""
    return _plain_bounds(text, time_zone, field, "first").earliest


def _plain_bounds(text: str, time_zone: str, field: str, meant: Literal["first", "last"]) -> Bounds:
    zone = _zone(time_zone)
    try:
        plain = _plain(text)
        if plain is None or plain["qualifier"]:
            raise _Refusal(
                "a + in a URL is written %2B"
                if _TIMESTAMP_WITH_SPACE.fullmatch(text)
                else "it is neither a date nor a timestamp"
            )
        return _bounds_of_plain(plain, zone)
    except _Refusal as refused:
        told = _meant(text, zone, cut_off=True) or (
            "a timestamp such as 2018-12-17T09:33:00Z, or 2018, 2018-12 or 2018-12-17, which mean their "
            f"{meant} instant"
        )
        raise NotEdtf(f"{_quoted(text)} cannot be a cut-off: {refused}. Write {told}.", field=field) from None


def cut_off_typed_as(digits: str) -> str | None:
    """The cut-off that a number, taken for a position, may have been meant as: the end of a year, a month or a day."""
    if _YEAR_OF_OURS.fullmatch(digits):
        return f"{digits}-12-31"
    return _meant(digits, None, cut_off=True) or None


def instant_of(moment: datetime) -> Instant:
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone is no instant")
    return (moment - EPOCH) // MICROSECOND


def moment_of(instant: Instant) -> datetime:
    """Raises OverflowError where it is in no year from 1 to 9999."""
    return EPOCH + instant * MICROSECOND


def moment_text(moment: datetime) -> str:
    """A moment of ours, such as when something was recorded: RFC 3339, in UTC, always six digits of a second."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone is no moment")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def rfc3339(instant: Instant) -> str | None:
    """In UTC; years that RFC 3339 lacks in ISO 8601's expanded form; None for EARLIEST and LATEST."""
    if instant in (EARLIEST, LATEST):
        return None
    days, time = divmod(instant, DAY)
    seconds, micros = divmod(time, SECOND)
    year, month, day = date_of(days)
    written = f"{year:04}" if 1 <= year <= 9999 else f"{year:+07}"
    fraction = f".{micros:06}" if micros else ""
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"
    return f"{written}-{month:02}-{day:02}T{clock}Z"


def time_zone_exists(name: str) -> bool:
    try:
        _zone(name)
    except UnknownTimeZone:
        return False
    return True


_FORMS = "Write 2018, 2018-12, 2018-12-17, 2018-12-17T09:33:00Z, 2018-12~ or an interval such as 2018-09/2018-12."

_PLAIN = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?:\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d(?::\d\d)?)?)?)?)?(?P<qualifier>[?~%]?)",
    re.ASCII,
)
# What the grammar may see. Elsewhere it prints and raises AttributeError (2018-1X), or takes what no level
# has (2X1X).
_OTHER = re.compile(
    r"(?P<core>Y-?\d{5,}|-?(?:\d{4}|\d{3}X|\d\dXX|\dXXX)(?:-(?P<month>\d\d|XX)(?:-(?:\d\d|XX))?)?)"
    r"(?P<qualifier>[?~%]?)",
    re.ASCII,
)
# What people mean by four digits, if not a position.
_YEAR_OF_OURS = re.compile(r"(?:19|20)\d\d", re.ASCII)
_TIMESTAMP_WITH_SPACE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+ \d\d(?::?\d\d)?", re.ASCII)

_LIKELY_MISTAKES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r""), "it is empty"),
    (re.compile(r"\s.*|.*\s", re.DOTALL), "it begins or ends with a space"),
    (re.compile(r"[\[{].*|.*[\]},].*"), "sets of dates are EDTF level 2, and levels 0 and 1 are read"),
    (
        re.compile(r"Y-?\d+E\d+.*|.*\dS\d+", re.ASCII),
        "exponents and significant digits are EDTF level 2, and levels 0 and 1 are read",
    ),
    (re.compile(r"Y-?\d+", re.ASCII), "Y is for years of five digits and more, the first not 0"),
    (
        re.compile(r"[\dX?~%-]*[?~%][\dX?~%-]+", re.ASCII),
        "a qualifier (? ~ %) stands once, at the end: within a date it is EDTF level 2",
    ),
    (
        re.compile(r"[\dX-]*X[\dX-]*", re.ASCII),
        "X stands for the last digits only: 201X, 20XX, 2018-XX, 2018-12-XX, 2018-XX-XX",
    ),
    (re.compile(r"[\d-]+T\d\d(?::\d\d)?(?:Z|[+-][\d:]+)?", re.ASCII), "a time is written to the second"),
)

_SEASON_BEGINS = {21: 3, 22: 6, 23: 9, 24: 12}
_LEVEL_2_SEASONS = range(25, 42)
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _Refusal(Exception):
    """Why a date is not one, before it is known which text and field to name."""


@lru_cache(maxsize=65_536)
def _parse(text: str, time_zone: str) -> When:
    zone = _zone(time_zone)
    try:
        return _read(text, zone)
    except _Refusal as refused:
        meant = _meant(text, zone)
        told = f"Write {meant}." if meant else _FORMS
        raise NotEdtf(f"{_quoted(text)} is not an EDTF date: {refused}. {told}") from None


def _read(text: str, zone: ZoneInfo | None) -> When:
    if len(text) > LONGEST:
        raise _Refusal(f"it is longer than {LONGEST} characters")
    before, slash, after = text.partition("/")
    if slash:
        return _interval(text, before, after, zone)
    single, qualifier = _date(text, zone)
    return When(text, False, qualifier in ("~", "%"), qualifier in ("?", "%"), single, single)


def _meant(text: str, zone: ZoneInfo | None, *, cut_off: bool = False) -> str:
    """The dates that one may stand for as people type them: all of them, since which is meant cannot be known."""
    found = []
    for each in typed_as(text) if len(text) <= LONGEST else []:
        with suppress(_Refusal, EndsBeforeItBegins):
            read, plain = _read(each, zone), _plain(each)
            if not cut_off or (plain is not None and not plain["qualifier"]):
                found.append(read.text)
    return " or ".join(found)


def _interval(text: str, before: str, after: str, zone: ZoneInfo | None) -> When:
    if "/" in after:
        raise _Refusal("an interval has one /")
    opened, endless = before in ("", ".."), after in ("", "..")
    if opened and endless:
        raise _Refusal("it is open at both ends and says nothing")
    start, start_qualifier = (None, "") if opened else _side(before, zone)
    end, end_qualifier = (None, "") if endless else _side(after, zone)
    if start and end:
        if end.latest < start.earliest:
            raise EndsBeforeItBegins(f"{_quoted(text)} ends before it begins. Write the earlier date first.")
        # What begins in December and ends on the 17th began by the 17th.
        start, end = (
            Bounds(start.earliest, min(start.latest, end.latest)),
            Bounds(max(start.earliest, end.earliest), end.latest),
        )
    elif start:
        # A report cannot vouch for what it does not say: it may have ended at once, so no later instant is certain.
        end = Bounds(start.earliest, LATEST)
    elif end:
        start = Bounds(EARLIEST, end.latest)
    assert start and end
    qualifiers = start_qualifier + end_qualifier
    return When(text, True, bool({*"~%"} & {*qualifiers}), bool({*"?%"} & {*qualifiers}), start, end)


def _side(text: str, zone: ZoneInfo | None) -> tuple[Bounds, str]:
    if "X" in text or "Y" in text:
        raise _Refusal("unspecified digits and years beyond four digits within an interval are EDTF level 2")
    return _date(text, zone)


def _date(text: str, zone: ZoneInfo | None) -> tuple[Bounds, str]:
    plain = _plain(text)
    if plain is not None:
        return _bounds_of_plain(plain, zone), plain["qualifier"]
    other = _OTHER.fullmatch(text)
    if other is None:
        raise _Refusal(_why(text))
    return _bounds_of_other(other, zone), other["qualifier"]


def _plain(text: str) -> re.Match[str] | None:
    plain = _PLAIN.fullmatch(text)
    if plain is not None and plain["day"] is None and plain["month"] is not None:
        return None if int(plain["month"]) in _SEASON_BEGINS else plain
    return plain


def _bounds_of_plain(plain: re.Match[str], zone: ZoneInfo | None) -> Bounds:
    year_digits, month_digits, day_digits, hour_digits, *time = plain.groups()
    year = int(year_digits)
    if month_digits is None:
        return _between(day_number(year, 1, 1), day_number(year + 1, 1, 1), zone)
    month = int(month_digits)
    _check_month(month)
    if day_digits is None:
        return _between(day_number(year, month, 1), day_number(year, month + 1, 1), zone)
    day = int(day_digits)
    _check_day(year, month, day)
    number = day_number(year, month, day)
    if hour_digits is None:
        return _between(number, number + 1, zone)
    minute_digits, second_digits, fraction, offset, _ = time
    hour, minute, second = int(hour_digits), int(minute_digits), int(second_digits)
    if hour > 23 or minute > 59 or second > 59:
        raise _Refusal(f"the time {hour:02}:{minute:02}:{second:02} does not exist")
    # Digits beyond microseconds are cut, so that the instant is never moved on.
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    wall = number * DAY + (hour * 3600 + minute * 60 + second) * SECOND + micros
    if offset is None:
        instant = wall if zone is None else wall - offsets(wall, zone)[0]
    else:
        instant = wall - _written_offset(offset)
    return Bounds(instant, instant)


def _bounds_of_other(other: re.Match[str], zone: ZoneInfo | None) -> Bounds:
    """Seasons, unspecified digits, long and negative years: the grammar says which, the bounds are ours."""
    # Takes 0.2 s to import, and few dossiers need it.
    from edtf import Date, EDTFParseException, LongYear, Season, parse_edtf
    from edtf.parser.parser_classes import PartialUnspecified

    if other["month"] not in (None, "XX") and int(other["month"]) not in _SEASON_BEGINS:
        _check_month(int(other["month"]))
    try:
        parsed = parse_edtf(other["core"])
    except EDTFParseException:
        parsed = None
    if isinstance(parsed, LongYear):
        year = int(parsed.year)
        return _between(day_number(year, 1, 1), day_number(year + 1, 1, 1), zone)
    if isinstance(parsed, Season):
        # Months of the northern hemisphere, as in the edtf package, but winter runs on into the next year.
        year, month = int(str(parsed.year)), _SEASON_BEGINS[int(parsed.season)]
        return _between(day_number(year, month, 1), day_number(year, month + 3, 1), zone)
    if not isinstance(parsed, Date) or isinstance(parsed, PartialUnspecified):
        raise _Refusal(_why(other["core"]))
    written = str(parsed.year)
    first_year, last_year = sorted((int(written.replace("X", "0")), int(written.replace("X", "9"))))
    if parsed.month in (None, "XX"):
        return _between(day_number(first_year, 1, 1), day_number(last_year + 1, 1, 1), zone)
    month = int(parsed.month)
    if parsed.day in (None, "XX"):
        return _between(day_number(first_year, month, 1), day_number(last_year, month + 1, 1), zone)
    _check_day(first_year, month, int(parsed.day))
    number = day_number(first_year, month, int(parsed.day))
    return _between(number, number + 1, zone)


def _check_month(month: int) -> None:
    if month in _LEVEL_2_SEASONS:
        raise _Refusal(f"{month} is a season of EDTF level 2, and levels 0 and 1 have 21 to 24")
    if not 1 <= month <= 12:
        raise _Refusal(f"month {month:02} does not exist")


def _check_day(year: int, month: int, day: int) -> None:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= _DAYS_IN_MONTH[month - 1] + leap:
        raise _Refusal(f"that month has no day {day:02}")


def _written_offset(offset: str) -> int:
    if offset == "Z":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[4:] or 0)
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise _Refusal(f"no clock is {offset} from UTC")
    shift = (hours * 60 + minutes) * 60 * SECOND
    return -shift if offset[0] == "-" else shift


def _between(first_day: int, day_after: int, zone: ZoneInfo | None) -> Bounds:
    earliest, latest = extent(first_day, day_after, zone)
    return Bounds(_clamped(earliest), _clamped(latest))


def _clamped(instant: int) -> Instant:
    return max(EARLIEST, min(LATEST, instant))


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    """None is UTC, which needs no arithmetic."""
    if name == "UTC":
        return None
    try:
        # `localtime` is whatever the machine is set to; the others are on some machines only, or count leap seconds.
        if name not in ("localtime", "Factory", "posixrules") and not name.startswith(("posix/", "right/")):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    raise UnknownTimeZone(
        f"{_quoted(name)} is not a time zone. Write a name of the IANA database such as UTC, Asia/Damascus "
        "or Europe/Amsterdam.",
        field="time_zone",
    )


def _why(text: str) -> str:
    for mistake, reason in _LIKELY_MISTAKES:
        if mistake.fullmatch(text):
            return reason
    return "it has none of the forms of EDTF levels 0 and 1"


def _quoted(text: str) -> str:
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f'"{shown}"' if shown.isprintable() else f'"{ascii(shown)[1:-1]}"'
