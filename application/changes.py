"""What an event changed of an item, field by field as people read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import BaseModel

from domain.sealable import as_given


@dataclass(frozen=True, slots=True)
class Change:
    """What one event changed of one field; `statement` names the statement it belongs to, if it belongs to one."""

    field: str
    before: Any
    after: Any
    statement: int | None = None


def item_changes(before: Any, after: Any) -> Iterator[Change]:
    old: Mapping[str, Any] = as_stored(before) if before else {}
    new = as_stored(after)
    for field in {**new, **old}:
        was, now = old.get(field), new.get(field)
        # What a new item does not have is not told as a change.
        if was != now and (old or now not in (None, False, [])):
            yield Change(field, was, now)


# What a dossier declared at any time is told as what it declares; what the revisions of an assessment said, by those.
_UNTOLD = ("once", "revisions", "taken_back")


def as_stored(state: Any) -> dict[str, Any]:
    """An item field by field as people read it: its details, then what became of it."""
    held = {field.name: getattr(state, field.name) for field in fields(state) if field.name not in _UNTOLD}
    return as_given(held.pop("details")) | {name: _plain(value) for name, value in held.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: held for name, held in as_given(value).items() if name != "type"}
    return sorted(value) if isinstance(value, frozenset) else value
