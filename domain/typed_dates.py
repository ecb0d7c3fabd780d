"""Dates as people type them, and the EDTF that each may have been meant as: told where one is refused, never taken."""

import re
import unicodedata
from collections.abc import Callable, Iterator

# English and Dutch, by their first three letters.
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "maa": 3, "mrt": 3, "apr": 4, "may": 5, "mei": 5, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_MONTH = r"(?P<word>[a-z]{3,9})\.?"
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_YEAR = r"(?P<year>[12]\d{3})"


def typed_as(text: str) -> list[str]:
    """The forms that a text may stand for, in which nobody has looked yet whether they are dates; none if unknown."""
    plain = _plain(text)
    found: dict[str, None] = {}
    for form, made in _FORMS:
        match = form.fullmatch(plain)
        if match is not None:
            found.update(dict.fromkeys(made(match)))
            break
    return [one for one in found if one != text]


def _plain(text: str) -> str:
    """With digits of any script as ours, any dash as a hyphen, in lower case."""
    digits = (str(unicodedata.decimal(one)) if unicodedata.decimal(one, None) is not None else one for one in text)
    return " ".join("".join(digits).translate(_DASHES).lower().split())


def _day(match: re.Match[str]) -> Iterator[str]:
    """Of two numbers that may each be the month, both readings: the day first, as in most of the world."""
    year, one, other = match["year"], int(match["one"]), int(match["other"])
    for day, month in ((one, other), (other, one)):
        if month <= 12:
            yield f"{year}-{month:02}-{day:02}"


def _in_order(match: re.Match[str]) -> Iterator[str]:
    parts = match.groupdict()
    yield "-".join([parts["year"], *(f"{int(parts[name]):02}" for name in ("month", "day") if parts.get(name))])


def _named(match: re.Match[str]) -> Iterator[str]:
    parts = match.groupdict()
    month = _MONTHS.get(parts["word"][:3])
    if month is not None:
        yield f"{parts['year']}-{month:02}" + (f"-{int(parts['day']):02}" if parts.get("day") else "")


def _two(match: re.Match[str]) -> Iterator[str]:
    for one in typed_as(match["one"]) or [match["one"]]:
        for other in typed_as(match["other"]) or [match["other"]]:
            yield f"{one}/{other}"


def _moment(match: re.Match[str]) -> Iterator[str]:
    parts = match.groupdict()
    zone = (parts["zone"] or "").replace(":", "").replace(" ", "").upper()
    if zone[:1] in ("+", "-") and zone[:1]:
        zone = f"{zone[0]}{zone[1:3].rjust(2, '0')}:{zone[3:] or '00'}"
    clock = f"{parts['hour'].rjust(2, '0')}:{parts['minute']}:{parts['second'] or '00'}{parts['fraction'] or ''}"
    for day in typed_as(parts["date"]) or [parts["date"]]:
        yield f"{day}t{clock}{zone}".upper()


def _about(match: re.Match[str]) -> Iterator[str]:
    for one in typed_as(match["date"]) or [match["date"]]:
        yield f"{one}~"


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[str]]], ...] = tuple(
    (re.compile(form, re.ASCII), made)
    for form, made in (
        # 17/12/2018, 17.12.2018, 17-12-2018
        (rf"(?P<one>\d\d?)([/.-])(?P<other>\d\d?)\2{_YEAR}", _day),
        # 20181217, 201812
        (rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)?", _in_order),
        # 2018/12/17, 2018.12.17, 2018-1-7; 2018/12 and 2018.12
        (rf"{_YEAR}([/.-])(?P<month>\d\d?)\2(?P<day>\d\d?)", _in_order),
        (rf"{_YEAR}[/.-](?P<month>\d\d?)", _in_order),
        (rf"(?P<month>\d\d?)[/.-]{_YEAR}", _in_order),
        # 17 dec 2018, December 17, 2018, dec 2018
        (rf"(?P<day>\d\d?)(?:st|nd|rd|th|e)?[ -]{_MONTH}[ -]{_YEAR}", _named),
        (rf"{_MONTH}[ -](?P<day>\d\d?)(?:st|nd|rd|th)?,? {_YEAR}", _named),
        (rf"{_MONTH}[ -]{_YEAR}", _named),
        # 2018-12-17 09:33, 2018-12-17T09:33:00+0100
        (
            r"(?P<date>[^t ]{8,10})[t ] ?(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d{1,9})?)?"
            r" ?(?P<zone>z|[+-]\d\d?(?::?\d\d)?)?",
            _moment,
        ),
        # ca. 2018, circa 2018-12
        (r"(?:circa|about|around|ca\.?|c\.|~) ?(?P<date>.{4,20})", _about),
        # 2018-2019, 2018 - 2019, 2018-12-17 to 2018-12-20, 1/12/2018 - 17/12/2018
        (r"(?P<one>[12]\d{3})-(?P<other>[12]\d{3})", _two),
        (r"(?P<one>.{4,20}?) ?(?: - | to | until | tot | t/m |--|\.\.)(?P<other>.{4,20})", _two),
        # 2018-12 where a dash was another one: nothing but that is amiss.
        (rf"{_YEAR}(?:-\d\d(?:-\d\d)?)?(?:t[\d:]+z?)?(?:/.+)?", lambda match: iter([match[0].upper()])),
    )
)
