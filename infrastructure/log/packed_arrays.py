"""PostgreSQL arrays in the binary form they travel in.

psycopg builds them too, at several times the cost: an append binds some twenty elements, and a batch has a
thousand appends.
"""

import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from uuid import UUID

from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER = struct.Struct(">iiiii").pack  # dimensions, may hold nulls, type of element, length, lower bound
_EMPTY = struct.Struct(">iii").pack
_LENGTH = struct.Struct(">i").pack
_INTEGER = struct.Struct(">ii").pack
_SMALLINT = struct.Struct(">ih").pack
_NULL = _LENGTH(-1)
_UUID_LENGTH = _LENGTH(16)
_VERSION_4 = [bytes([0x40 | byte & 0x0F]) for byte in range(256)]
_VARIANT = [bytes([0x80 | byte & 0x3F]) for byte in range(256)]
_BYTEA, _SMALLINT_OID, _INTEGER_OID, _TEXT, _UUID = 17, 21, 23, 25, 2950


class Array(bytes):
    """An array as the server reads it."""


class ArrayDumper(Dumper):
    """Sends an `Array` as it is; the query casts the parameter, which tells the server its type."""

    format = Format.BINARY

    def dump(self, obj: Array) -> bytes:
        return obj


def element(value: str | None) -> bytes:
    """A text as an element. Raises UnicodeEncodeError for half of a surrogate pair."""
    if value is None:
        return _NULL
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded


# For the words that come back in every append: kinds of stream, types of event, principals.
word = lru_cache(maxsize=4096)(element)


def blob(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def uuid(random: bytes) -> bytes:
    """16 random bytes as a UUID of version 4."""
    return b"".join((_UUID_LENGTH, random[:6], _VERSION_4[random[6]], random[7:8], _VARIANT[random[8]], random[9:]))


def known_uuid(value: UUID | None) -> bytes:
    return _NULL if value is None else _UUID_LENGTH + value.bytes


def texts(elements: Sequence[bytes]) -> Array:
    return _array(_TEXT, len(elements), elements)


def blobs(elements: Sequence[bytes]) -> Array:
    return _array(_BYTEA, len(elements), elements)


def uuids(elements: Sequence[bytes]) -> Array:
    return _array(_UUID, len(elements), elements)


def integers(values: Sequence[int | None]) -> Array:
    return _array(_INTEGER_OID, len(values), [_NULL if value is None else _INTEGER(4, value) for value in values])


def smallints(values: Sequence[int]) -> Array:
    return _array(_SMALLINT_OID, len(values), [_SMALLINT(2, value) for value in values])


def _array(oid: int, length: int, elements: Iterable[bytes]) -> Array:
    if length == 0:
        return Array(_EMPTY(0, 0, oid))
    return Array(_HEADER(1, 1, oid, length, 1) + b"".join(elements))
