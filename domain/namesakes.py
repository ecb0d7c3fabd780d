"""When two names are the same to whoever reads them, however they were typed, and what tells their items apart."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

MOST_NEAR = 3
_LEAST_ALIKE = 0.6


def told_apart(items: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What tells items of one kind apart whose names are the same to whoever reads them, by their ids.

    Each has a `name`, a place `latitude` and `longitude` in degrees where they are known. Of places it is these
    (`35.1, 40.2`) as far as they do tell them apart, of all others the id.
    """
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for id_, item in items.items():
        by_name[folded(str(item["name"])) or str(item["name"])].append(id_)
    found: dict[str, str] = {}
    for alike in by_name.values():
        points = [_point(items[id_]) for id_ in alike]
        if len(alike) > 1:
            told = zip(alike, points, strict=True)
            found |= {id_: id_ if point is None or points.count(point) > 1 else point for id_, point in told}
    return found


def _point(item: Mapping[str, Any]) -> str | None:
    latitude, longitude = item.get("latitude"), item.get("longitude")
    return None if latitude is None or longitude is None else f"{latitude}, {longitude}"


# Letters that one keyboard has where another has the other.
_ALIKE = str.maketrans({"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا", "ı": "i", "ø": "o", "ł": "l", "đ": "d"})


def folded(name: str) -> str:
    """Its letters and digits alone: without case, accents, vowel signs, spaces, hyphens and apostrophes.

    Empty where it has none. Letters of one script are never those of another; its digits are: camp ١ is camp 1.
    """
    apart = unicodedata.normalize("NFKD", name.casefold()).translate(_ALIKE)
    return "".join(_digit(one) for one in apart if unicodedata.category(one) in _KEPT)


def _digit(one: str) -> str:
    return str(unicodedata.decimal(one)) if one.isdecimal() else one


# Not Lm: apostrophes of transliterations (ʿ ʾ ʼ), and the stroke that draws Arabic words out.
_KEPT = frozenset({"Ll", "Lu", "Lt", "Lo", "Nd", "Nl", "No"})


def much_alike(wanted: str, among: Iterable[str], most: int = MOST_NEAR) -> list[str]:
    """Those that are spelt much like one that is not among them, the most alike first.

    What has other digits is another code, whose neighbour nobody meant: YE1901 is not near YE1902.
    """
    digits = _digits(wanted)
    return get_close_matches(wanted, [one for one in among if _digits(one) == digits], most, _LEAST_ALIKE)


def _digits(text: str) -> str:
    return "".join(_digit(one) for one in text if one.isdecimal())
