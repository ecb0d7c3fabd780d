"""What a request carries, read with limits: nothing larger, deeper or stranger than a command can be goes further."""

import json
import math
import re
from typing import Any

from fastapi import Request

from domain.fields import Malformed, TextUnreadable
from interfaces.api.errors import BodyTooLarge

# Deeper than any command, and far from where recursion ends.
DEEPEST = 32
_HALF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


async def limited_body(request: Request, largest: int) -> bytes:
    """The body, of which no more is taken in than is allowed.

    Raises:
        BodyTooLarge: it has more than `largest` bytes.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) < 19 and int(announced) <= largest:
        return await request.body()
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise BodyTooLarge(f"the body has more than {largest:,} bytes: send it in parts")
        parts.append(part)
    return b"".join(parts)


def json_object(raw: bytes, what: str = "the body") -> dict[str, Any]:
    """One JSON object, all of it fit to be stored.

    Raises:
        Malformed: it is none, it is nested too deeply, or it names a member twice.
        TextUnreadable: a text holds half of a surrogate pair.
    """
    try:
        given = _decoder.decode(raw.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{what} is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise Malformed(f"{what} is a JSON object")
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _is_deeper(given, DEEPEST):
        raise Malformed(f"{what} is nested more than {DEEPEST} levels deep")
    if _HALF_A_PAIR.search(raw):
        _refuse_half_pairs(given, "")
    return given


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is named twice")
    return members


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is no number that can be kept")
    return number


_decoder = json.JSONDecoder(object_pairs_hook=_members, parse_float=_finite, parse_constant=_finite)


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or _is_deeper(item, levels - 1) for item in inner)


def _refuse_half_pairs(value: Any, place: str) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise TextUnreadable(f"{place or 'a name'} holds half of a surrogate pair", field=place) from None
    elif isinstance(value, dict):
        for name, inner in value.items():
            _refuse_half_pairs(name, place)
            _refuse_half_pairs(inner, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_half_pairs(inner, f"{place}.{index}")
