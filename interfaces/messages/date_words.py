"""Dates of the record as people write them: `17 December 2018`, `about October 2018`."""

import re
from datetime import UTC, datetime

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_SEASONS = {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"}
_MARKS = {"": "", "~": "about ", "?": "possibly ", "%": "possibly about "}
_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?P<time>\d\d:\d\d)[\d:.]*(?P<zone>Z|[+-][\d:]+)?)?)?)?"
    r"(?P<mark>[~?%]?)",
    re.ASCII,
)

_ENDS = (re.compile(r" [A-Z][a-z]+ \d{4}$"), re.compile(r" \d{4}$", re.ASCII))


def date_in_words(edtf: str) -> str:
    """A date as it was recorded (EDTF), in words; a rare form stands as it was written."""
    start, slash, end = edtf.partition("/")
    if not slash:
        return _single(edtf)
    if start in ("", ".."):
        return f"until {_single(end)}"
    if end in ("", ".."):
        return f"since {_single(start)}"
    first, last = _single(start), _single(end)
    # What both end with is said once: `September to December 2018`, `2 to 3 March 2019`.
    for shared in _ENDS:
        found = shared.search(last)
        if found is not None and first.endswith(found[0]):
            return f"{first.removesuffix(found[0])} to {last}"
    return f"{first} to {last}"


def moment_in_words(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}, {utc:%H:%M} UTC"


def _single(edtf: str) -> str:
    date = _DATE.fullmatch(edtf)
    if date is None:
        return edtf
    year, month, day, time, zone, mark = date.groups()
    told = year
    if month in _SEASONS:
        told = f"{_SEASONS[month]} {year}"
    elif month is not None:
        told = f"{int(day)} " if day else ""
        told += f"{_MONTHS[int(month) - 1]} {year}"
    if time:
        told += f", {time}{' UTC' if zone == 'Z' else f' UTC{zone}' if zone else ''}"
    return _MARKS[mark] + told
