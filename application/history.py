"""The account of an item: every event, who, when and why, with what it changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pydantic import BaseModel

from application.event_log import Recorded
from application.stream_kinds import STREAM_KINDS
from domain.claim import Claim
from domain.fields import plain, stored
from domain.statements import Made


@dataclass(frozen=True, slots=True)
class Change:
    """What one event changed of one field; `statement` names the statement it belongs to, if it belongs to one."""

    field: str
    before: Any
    after: Any
    statement: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event with what it changed; `before` and `after` are the states of the stream."""

    recorded: Recorded
    reason: str | None
    changes: Sequence[Change]
    before: Any
    after: Any


def history(kind: str, events: Sequence[Recorded]) -> list[Entry]:
    """The entries of one stream of a kind, oldest first."""
    told = _claim_changes if kind == "claim" else _changes
    entries = []
    before: Any = None
    for recorded in events:
        after = STREAM_KINDS[kind].evolve(before, recorded.event)
        reason = getattr(recorded.event, "reason", None)
        entries.append(Entry(recorded, reason, list(told(before, after)), before, after))
        before = after
    return entries


def _changes(before: Any, after: Any) -> Iterator[Change]:
    old: Mapping[str, Any] = _told(before) if before else {}
    new = _told(after)
    for field in {**new, **old}:
        was, now = old.get(field), new.get(field)
        # What a new item does not have is not told as a change.
        if was != now and (old or now not in (None, False, [])):
            yield Change(field, was, now)


def _told(state: Any) -> dict[str, Any]:
    """An item field by field as people read it: its details, then what became of it."""
    held = {field.name: getattr(state, field.name) for field in fields(state)}
    details: dict[str, Any] = plain(stored(held.pop("details")))
    return details | {name: _plain(value) for name, value in held.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: held for name, held in plain(stored(value)).items() if name != "type"}
    return sorted(value) if isinstance(value, frozenset) else value


# ---- a claim is a list of statements


def _claim_changes(before: Claim | None, after: Claim) -> Iterator[Change]:
    old = {made.number: made for made in before.statements} if before else {}
    for made in after.statements:
        # A new statement is told against the one that it comes after, as its source changed its word.
        compared = old.get(made.number) or (old.get(made.after) if made.after is not None else None)
        for field, was, now in _differences(compared, made):
            yield Change(field, was, now, made.number)
    for field, was, now in (
        ("status", _standing(before) if before else None, _standing(after)),
        ("credibility", before.credibility if before else None, after.credibility),
        ("graded_because", before.graded_because if before else None, after.graded_because),
    ):
        if was != now and before is not None:
            yield Change(field, was, now)
    was_related = _by_relation(before)
    is_related = _by_relation(after)
    for relation in sorted({*was_related, *is_related}):
        if was_related.get(relation, []) != is_related.get(relation, []):
            yield Change(relation, was_related.get(relation, []), is_related.get(relation, []))


def _differences(before: Made | None, after: Made) -> Iterator[tuple[str, Any, Any]]:
    old = _fields(before) if before else {}
    new = _fields(after)
    for field in sorted({*old, *new}, key=lambda name: (name != "report", name != "kind", name)):
        if old.get(field) != new.get(field):
            yield field, old.get(field), new.get(field)


def _fields(made: Made) -> dict[str, Any]:
    content: dict[str, Any] = plain(stored(made.content))
    return {"report": made.report, **content}


def _standing(held: Claim) -> str:
    if held.retracted:
        return "retracted"
    return "withdrawn" if held.statements[-1].ended else "stands"


def _by_relation(held: Claim | None) -> dict[str, list[str]]:
    related: dict[str, list[str]] = {}
    for relation, other in sorted(held.relations) if held else []:
        related.setdefault(relation, []).append(other)
    return related
