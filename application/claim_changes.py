"""What an event changed of a claim, which is a list of statements."""

from collections.abc import Iterator
from typing import Any

from application.changes import Change
from domain.changes import STANDING
from domain.claim import Claim
from domain.sealable import as_given
from domain.statements import Made, last_word


def claim_changes(before: Claim | None, after: Claim) -> Iterator[Change]:
    old = {made.number: made for made in before.statements} if before else {}
    for made in after.statements:
        # A new statement is told against the one that it comes after, as its source changed its word.
        compared = old.get(made.number) or (old.get(made.after) if made.after is not None else None)
        if compared is made:
            # An event leaves most statements as they are.
            continue
        for field, was, now in _differences(compared, made):
            yield Change(field, was, now, made.number)
    for field, was, now in (
        (STANDING, _standing(before) if before else None, _standing(after)),
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
    if before is not None and before.number == after.number and before.retracted != after.retracted:
        yield STANDING, _status(before), _status(after)
    for field in sorted({*old, *new}, key=lambda name: (name != "report", name != "kind", name)):
        if old.get(field) != new.get(field):
            yield field, old.get(field), new.get(field)


def _fields(made: Made) -> dict[str, Any]:
    return {"report": made.report, **as_given(made.content)}


def _standing(held: Claim) -> str:
    if held.retracted:
        return "retracted"
    return _status(last_word(held.statements))


def _status(made: Made) -> str:
    if made.retracted:
        return "retracted"
    return "withdrawn" if made.ended else "stands"


def _by_relation(held: Claim | None) -> dict[str, list[str]]:
    related: dict[str, list[str]] = {}
    for relation, other in sorted(held.relations) if held else []:
        related.setdefault(relation, []).append(other)
    return related
