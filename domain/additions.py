"""What something has more than it had, where nothing that was there changed."""

from collections.abc import Mapping
from typing import Any


def only_adds(before: Any, after: Any) -> bool:
    """Whether all that was there is there as it was, and there is an entry more, or more in one."""
    if before in (None, {}, [], ()):
        return after not in (None, {}, [], ())
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return False
    kept = (key in after and (after[key] == held or only_adds(held, after[key])) for key, held in before.items())
    return before != after and all(kept)


def added(before: Any, after: Any) -> dict[str, Any]:
    """The entries that are new or have more in them, each whole, of what `only_adds`."""
    held = before or {}
    return {key: value for key, value in after.items() if key not in held or held[key] != value}
