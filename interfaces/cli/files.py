"""Files that people name on the command line: read whole, up to a size, and nothing that never ends."""

import stat
from pathlib import Path

from interfaces.cli.output import Failed


def read_file(path: Path, at_most: int, *, instead: str = "split it") -> bytes:
    """The bytes of a file or of a pipe that ends.

    Raises:
        Failed: it cannot be read, is no file, or has more than `at_most` bytes; `instead` says what to do then.
    """
    try:
        with path.open("rb") as file:
            kind = path.stat().st_mode
            if stat.S_ISCHR(kind) or stat.S_ISBLK(kind):
                raise Failed(f"{path} is a device, not a file.", 2)
            content = file.read(at_most + 1)
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}", 2) from None
    if len(content) > at_most:
        raise too_large(path, at_most, instead)
    return content


def too_large(path: Path, at_most: int, instead: str) -> Failed:
    return Failed(f"{path} has more than {at_most // 1_000_000:,} MB: {instead}")
