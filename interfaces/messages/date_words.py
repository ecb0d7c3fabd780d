"""Dates of the record as people write them: `17 December 2018`, `omstreeks oktober 2018`, `17 ديسمبر 2018`."""

import re
from datetime import UTC, date, datetime

from babel.dates import format_date

from interfaces.messages.wording import WORDINGS, Language, Wording

_SEASONS = ("21", "22", "23", "24")
_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?P<time>\d\d:\d\d)[\d:.]*(?P<zone>Z|[+-][\d:]+)?)?)?)?"
    r"(?P<mark>[~?%]?)",
    re.ASCII,
)


def date_in_words(edtf: str, language: Language = "en") -> str:
    """A date as it was recorded (EDTF), in words; a rare form stands as it was written."""
    wording = WORDINGS[language]
    start, slash, end = edtf.partition("/")
    if not slash:
        return _single(edtf, wording)
    if start in ("", ".."):
        return wording.dates["until"].format(_single(end, wording))
    if end in ("", ".."):
        return wording.dates["since"].format(_single(start, wording))
    first, last = _single(start, wording), _single(end, wording)
    # What both end with is said once: `September to December 2018`, `2 to 3 March 2019`.
    shared = next((each for each in _ends(end, wording) if first.endswith(each)), "")
    return wording.dates["between"].format(first.removesuffix(shared), last)


def moment_in_words(moment: datetime, language: Language = "en") -> str:
    utc = moment.astimezone(UTC)
    return f"{_day(utc.date(), WORDINGS[language])}{WORDINGS[language].joint}{utc:%H:%M} UTC"


def second_in_words(local: datetime, language: Language = "en") -> str:
    """`29 November 2026, 10:56:06`: as a clock shows it, of whichever time zone it is."""
    return f"{_day(local.date(), WORDINGS[language])}{WORDINGS[language].joint}{local:%H:%M:%S}"


def _single(edtf: str, wording: Wording) -> str:
    found = _DATE.fullmatch(edtf)
    if found is None:
        return edtf
    year, month, day, time, zone, mark = found.groups()
    told = year
    if month in _SEASONS:
        told = wording.dates[month].format(year)
    elif month is not None:
        told = _day(date(_calendar(year), int(month), int(day)), wording, year) if day else _month(year, month, wording)
    if time:
        told += f"{wording.joint}{time}{' UTC' if zone == 'Z' else f' UTC{zone}' if zone else ''}"
    return wording.dates[mark].format(told) if mark else told


def _ends(edtf: str, wording: Wording) -> list[str]:
    """With what a plain date in words may end as another one does: its month, or its year."""
    found = _DATE.fullmatch(edtf)
    if found is None or found["month"] is None or found["month"] in _SEASONS or found["time"] or found["mark"]:
        return []
    return [f" {_month(found['year'], found['month'], wording)}", f" {found['year']}"]


def _month(year: str, month: str, wording: Wording) -> str:
    return f"{format_date(date(_calendar(year), int(month), 1), 'LLLL', locale=wording.locale)} {year}"


def _day(day: date, wording: Wording, year: str | None = None) -> str:
    return f"{format_date(day, 'd MMMM', locale=wording.locale)} {year or f'{day.year:04}'}"


def _calendar(year: str) -> int:
    """A year that the calendar has, of which every month and day is as of that one."""
    return int(year) or 2000
