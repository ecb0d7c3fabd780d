"""What a token looks like: ours is recognised, and told from one that was not copied whole, without asking anybody.

`kroniek_`, 30 random digits of base 62 (178 bits), and the CRC-32 of these as six more: what scanners for secrets in
published code check before they call.
"""

import secrets
import string
import zlib

PREFIX = "kroniek_"
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECKED = 30, 6
# Of the first releases: 32 random bytes, as `token_urlsafe` writes them.
_FIRST_LENGTH = 43


def new_token() -> str:
    random = "".join(secrets.choice(DIGITS) for _ in range(_RANDOM))
    return PREFIX + random + checksum(random)


def checksum(random: str) -> str:
    """Six digits of base 62, the highest first."""
    rest, digits = zlib.crc32(random.encode()), ""
    for _ in range(_CHECKED):
        rest, digit = divmod(rest, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits


def is_mistyped(token: str) -> bool:
    """Whether it was to be one of ours, and was not copied whole."""
    return token.startswith(PREFIX) and not is_whole(token)


def is_whole(token: str) -> bool:
    """Whether it could be a token of ours: of nothing else anybody needs to be asked."""
    if not (token.startswith(PREFIX) and token.isascii()):
        return False
    body = token.removeprefix(PREFIX)
    if len(body) == _FIRST_LENGTH:
        return True
    return len(body) == _RANDOM + _CHECKED and checksum(body[:_RANDOM]) == body[_RANDOM:]
