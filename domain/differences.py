"""What something that was recorded before has otherwise than what is given now."""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.fact import Fact
from domain.fields import changed_fields
from domain.sealable import as_given


def differences(recorded: Sequence[Fact], given: Sequence[Fact]) -> list[dict[str, Any]]:
    """Field by field, as people read them: `field`, `recorded`, `given`; a whole event where nothing stands for it."""
    found: list[dict[str, Any]] = []
    for old, new in zip(recorded, given, strict=False):
        before, after = as_given(old), as_given(new)
        for name in changed_fields(old, new):
            found.extend(_of_a_field(name, before.get(name), after.get(name)))
    more = given[len(recorded) :]
    return found + [{"field": event.type, "recorded": None, "given": as_given(event)} for event in more]


def _of_a_field(name: str, recorded: Any, given: Any) -> Iterator[dict[str, Any]]:
    if name in ("details", "content") and isinstance(recorded, dict) and isinstance(given, dict):
        for key in sorted({*recorded, *given}):
            if recorded.get(key) != given.get(key):
                yield {"field": key, "recorded": recorded.get(key), "given": given.get(key)}
    else:
        yield {"field": name, "recorded": recorded, "given": given}
