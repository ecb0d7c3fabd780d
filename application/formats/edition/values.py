"""Cells of a dataset as values of the record: ids, numbers, dates and coded variables."""

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache

from domain.estimate import LARGEST_NUMBER

LONGEST_ID = 100
_DIGEST = 12

Row = Mapping[str, str]


class CellFault(Exception):
    """What is wrong with the cell of a column; an empty column means the row as a whole."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(f"{column}: {message}" if column else message)
        self.column, self.message = column, message


# Letters that do not come apart into a Latin letter and a mark. Names only have to stay apart and be readable.
_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h", "ŋ": "ng",
    "ا": "a", "آ": "a", "أ": "a", "إ": "i", "ٱ": "a", "ب": "b", "پ": "p", "ت": "t", "ث": "th", "ج": "j", "چ": "ch",
    "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r", "ڕ": "r", "ز": "z", "ژ": "zh", "س": "s", "ش": "sh", "ص": "s",
    "ض": "d", "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f", "ڤ": "v", "ق": "q", "ك": "k", "ک": "k", "گ": "g",
    "ل": "l", "ڵ": "l", "م": "m", "ن": "n", "ه": "h", "ە": "e", "ة": "a", "و": "w", "ۆ": "o", "ؤ": "w", "ي": "y",
    "ی": "y", "ێ": "e", "ى": "a", "ئ": "y", "ء": "",
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "ye", "ж": "zh", "з": "z", "и": "y",
    "і": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u",
    "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e",
    "ю": "yu", "я": "ya", "ё": "yo", "ї": "yi", "й": "y",
}  # fmt: skip
_APOSTROPHES = frozenset("'’‘ʼʻʾʿ`´")


@cache
def slug(text: str) -> str:
    """A readable id part: Latin letters and digits in lower case, joined by hyphens; dots and underscores stay.

    What no letter of is known here becomes `x` and a digest, so that two such names stay apart.
    """
    made: list[str] = []
    lost = False
    for character in text.casefold():
        known = _LETTERS.get(character)
        plain = known if known is not None else unicodedata.normalize("NFKD", character)
        for part in plain:
            if part.isascii() and (part.isalnum() or part in "._"):
                made.append(part)
            elif unicodedata.combining(part) or part in _APOSTROPHES:
                continue
            else:
                lost = lost or part.isalpha()
                made.append("-")
    words = [word for word in "".join(made).split("-") if word.strip("._")]
    found = "-".join(words).strip("._-")
    if lost or not found:
        found = f"{found or 'x'}-{digest(text)}"
    return found


def joined_id(parts: Sequence[str]) -> str:
    """An id from parts that are slugs: as it is where it is short enough, else cut, with a digest of the whole."""
    whole = "-".join(part for part in parts if part)
    if len(whole) <= LONGEST_ID:
        return whole
    return f"{whole[: LONGEST_ID - _DIGEST - 1].rstrip('._-')}-{digest(whole)}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]


def coordinates_id(latitude: float, longitude: float) -> str:
    """`36.2012n-37.1612e`: a minus would not be seen in an id."""
    north, east = "n" if latitude >= 0 else "s", "e" if longitude >= 0 else "w"
    return f"{_plain(latitude)}{north}-{_plain(longitude)}{east}"


def _plain(number: float) -> str:
    return f"{abs(number):.8f}".rstrip("0").rstrip(".")


def number(text: str, column: str, *, thousands: str = "", decimal: str = ".") -> int | float:
    """A number as the mapping says that they are written. Anything else is refused, never guessed at."""
    if text.isdecimal() and text.isascii() and len(text) < 16:
        return int(text)
    whole, point, rest = text.partition(decimal)
    sign = "-" if whole[:1] in ("-", "−") else ""
    whole = whole[1:] if sign or whole[:1] == "+" else whole
    if thousands:
        groups = whole.split(thousands)
        if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
            raise CellFault(column, f"{text!r} is not a number with {thousands!r} between thousands")
        whole = "".join(groups)
    digits = whole + rest
    if not digits.isdecimal() or not digits.isascii() or not whole or (point and not rest):
        written = f", written with {decimal!r} before decimals" if decimal != "." else ""
        raise CellFault(column, f"{text!r} is not a number{written}")
    if len(digits) > 30 or abs(float(f"{whole}.{rest or 0}")) > LARGEST_NUMBER:
        raise CellFault(column, f"{text!r} is more than anything here can count")
    found = float(f"{sign}{whole}.{rest}") if point else int(sign + whole)
    # 5.0 people are 5 people.
    return int(found) if isinstance(found, float) and found == int(found) and not rest.strip("0") else found


def decimal_number(text: str, column: str, decimal: str = ".") -> float:
    return float(number(text, column, decimal=decimal))


_OF_NUMBERS = frozenset("-.0123456789")


def code(text: str) -> int | float | str:
    """A coded variable: a number where it is written as one would be written again, else its words."""
    if text.isdecimal() and text.isascii():
        return int(text) if (text[0] != "0" or text == "0") and len(text) < 16 else text
    if text and len(text) < 18 and _OF_NUMBERS.issuperset(text):
        try:
            found = float(text)
        except ValueError:
            return text
        return found if repr(found) == text else int(text) if text == str(int(found)) else text
    return text


def date_reader(forms: Sequence[str]) -> Callable[[str, str], str]:
    """Reads a cell as an EDTF date, as precise as its form: a year, a month or a day. The first form that fits."""
    known: dict[str, str] = {}

    def read(text: str, column: str) -> str:
        found = known.get(text)
        if found is None:
            found = next((made for form in forms if (made := _date(text, form))), None)
            if found is None:
                raise CellFault(column, f"{text!r} is no date: the mapping reads {', '.join(forms)}")
            known[text] = found
        return found

    return read


def _date(text: str, form: str) -> str | None:
    if form == "iso":
        parts = text.split("-")
        if [len(part) for part in parts] not in ([4], [4, 2], [4, 2, 2]) or not text.isascii():
            return None
        form = "-".join(("%Y", "%m", "%d")[: len(parts)])
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        return None
    if moment.year == 0:
        return None
    if "%d" in form:
        return f"{moment.year:04}-{moment.month:02}-{moment.day:02}"
    if any(f"%{each}" in form for each in "mbB"):
        return f"{moment.year:04}-{moment.month:02}"
    return f"{moment.year:04}"
