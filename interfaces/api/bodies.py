"""What a request carries, read with limits: nothing larger, deeper or stranger than a command can be goes further."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from fastapi import Request

from domain.checks import check
from domain.fact import ValueT
from domain.fields import Malformed, TextUnreadable, read
from interfaces.api.answer import JSON
from interfaces.api.errors import BodyTooLarge, MediaTypeNotTaken

# Deeper than any command, and far from where recursion ends.
DEEPEST = 32
# Escapes of what no text here can have: NUL, and half of a surrogate pair. Written out, neither is JSON in UTF-8.
_UNREADABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
# Of a member's name that is told in a refusal.
_TOLD = 50


async def given_body(request: Request, model: type[ValueT], largest: int, *, may_be_empty: bool = False) -> ValueT:
    """The body, read and checked. `may_be_empty`: then it says nothing of any field.

    Raises:
        DomainError: it is none of these; else as `limited_body`.
    """
    raw = await limited_body(request, largest)
    given = read(model, {} if may_be_empty and not raw.strip() else json_object(raw))
    check(given)
    return given


async def limited_body(request: Request, largest: int, *, media_type: str = JSON) -> bytes:
    """The body, of which no more is taken in than is allowed.

    Raises:
        MediaTypeNotTaken: it is not said to be a `media_type` in UTF-8, or it is compressed.
        BodyTooLarge: it has more than `largest` bytes.
    """
    _refuse_other_media(request, media_type)
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
    if _UNREADABLE.search(raw):
        _refuse_unreadable(given, ())
    return given


def _refuse_other_media(request: Request, media_type: str) -> None:
    """A page of another site may send what a form can, and no more than that: never what is said to be JSON."""
    if not any(name in request.headers for name in ("content-type", "transfer-encoding")) and (
        request.headers.get("content-length", "0") == "0"
    ):
        # Nothing is sent: whether that will do is for whoever asked for it.
        return
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise MediaTypeNotTaken(
            f"a body is taken as it is, not compressed ({coding[:_TOLD]}): how large it becomes could not be known"
        )
    given, _, parameters = request.headers.get("content-type", "").partition(";")
    name, _, charset = parameters.partition("=")
    in_utf8 = name.strip().lower() != "charset" or charset.strip().strip('"').lower() in ("utf-8", "utf8")
    if given.strip().lower() != media_type or not in_utf8:
        said = f"not {request.headers['content-type'][:_TOLD]!r}" if given else "and says so"
        raise MediaTypeNotTaken(f"a body here is {media_type} in UTF-8, {said}: send `Content-Type: {media_type}`")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = _first_repeated(name for name, _ in pairs)
        raise ValueError(f"{twice[:_TOLD]!r} is named twice")
    return members


def _first_repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise ValueError("no name is repeated")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is no number that can be kept")
    return number


_decoder = json.JSONDecoder(object_pairs_hook=_members, parse_float=_finite, parse_constant=_finite)


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or _is_deeper(item, levels - 1) for item in inner)


def _refuse_unreadable(value: Any, place: tuple[str | int, ...]) -> None:
    # The place is put into words where something is refused: the name of a member may be most of a body.
    if isinstance(value, str):
        if "\0" in value or _is_half_a_pair(value):
            field = ".".join(str(part)[:_TOLD] for part in place)
            raise TextUnreadable(
                f"{field or 'a name'} holds a character that cannot be stored (NUL, or half of a pair)", field=field
            )
    elif isinstance(value, dict):
        for name, inner in value.items():
            _refuse_unreadable(name, place)
            _refuse_unreadable(inner, (*place, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_unreadable(inner, (*place, index))


def _is_half_a_pair(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
