"""What a revision or a correction asks to set, as what it changes of a claim's statements."""

from collections.abc import Iterator
from typing import Any

from domain.checks import Reference, references
from domain.content import AS_IT_WAS_SAID, Content, changed_content, taken_up
from domain.fact import Changes
from domain.fields import Malformed, NothingChanges, StreamRef, one_or_many
from domain.known import Known
from domain.statements import Made, Mend, Statements, keepers, last_word, numbered, origin

# Apart from any value, none among them.
_UNSAID: Any = object()


def said_anew(parent: Made, given: Changes, known: Known) -> tuple[Content, Changes]:
    """What a source says after `parent`, and what of it is new.

    Raises:
        DomainError: it cannot be said, or nothing is new.
    """
    if parent.ended:
        # A source that takes its word up again after withdrawing it may say the very same.
        return taken_up(parent.content, given, known, elsewhere=True)
    try:
        return changed_content(parent.content, given, known, elsewhere=True)
    except NothingChanges:
        # What a report said that never was, that was withdrawn or is discredited, another may say in the same words.
        said_in = known.get(StreamRef("report", parent.report))
        if not said_in.retracted and said_in.withdrawn is None and said_in.discredited_because is None:
            raise
        return taken_up(parent.content, given, known, elsewhere=True)


def mends_of(statements: Statements, given: Changes, known: Known, *, statement: int | None = None) -> list[Mend]:
    """Which statements a correction mends: where each field was said, and those that kept it since.

    Raises:
        DomainError: it cannot be so, `statement` is none, or nothing would change.
    """
    if not given:
        raise NothingChanges("a correction names at least one field in `set`", field="set")
    named = None if statement is None else numbered(statements, statement, "statement")
    sets: dict[int, Changes] = {}
    words = {field: value for field, value in given.items() if field in AS_IT_WAS_SAID}
    rest = {field: value for field, value in given.items() if field not in words}
    there = words_go_to(statements, given, named)
    # Alone it is mended like any field; beside others it says which of those were concluded.
    concluded = rest.pop("inferred", _UNSAID) if len(rest) > 1 else _UNSAID
    said_in = {field: named or origin(statements, field) for field in rest}
    for field, said in said_in.items():
        for number in [said.number] if field == "report" else keepers(statements, said, field):
            sets.setdefault(number, {})[field] = rest[field]
    if concluded is not _UNSAID:
        for number, changes in sets.items():
            changes["inferred"] = _concluded(numbered(statements, number, "statement"), concluded, changes)
        sets[there.number]["inferred"] = concluded
    if words:
        sets.setdefault(there.number, {}).update(words)
    mends: list[Mend] = []
    for made in statements:
        if made.number in sets:
            mends.extend(_mend(made, sets[made.number], known))
    if not mends:
        raise NothingChanges("the record already says so: nothing would change", field="set")
    return mends


def words_go_to(statements: Statements, given: Changes, named: Made | None) -> Made:
    """The one of the statements that a correction mends which gets the words that are given with it."""
    if named is not None:
        return named
    told = [origin(statements, field) for field in given if field not in (*AS_IT_WAS_SAID, "inferred")]
    return max(told, key=statements.index, default=last_word(statements))


def _concluded(made: Made, concluded: Any, changes: Changes) -> list[str] | None:
    """What of a statement was concluded, where some of its fields are set in it as they are in another one."""
    kept = [name for name in made.content.inferred if name not in changes]
    given = one_or_many(concluded)
    new = [name for name in given if name in changes] if isinstance(given, (list, tuple)) else []
    return [*kept, *new] or None


def _mend(made: Made, given: Changes, known: Known) -> Iterator[Mend]:
    given = dict(given)
    changes: Changes = {}
    report = given.pop("report", made.report)
    if report != made.report:
        if not isinstance(report, str):
            raise Malformed("set.report is the id of a report", field="set.report")
        known.require([Reference("set.report", StreamRef("report", report))])
        changes["report"] = report
    elsewhere = bool(changes)
    try:
        after, mended = (taken_up if elsewhere else changed_content)(made.content, given, known, elsewhere=elsewhere)
    except NothingChanges:
        pass
    else:
        known.require(references(after, prefix="set", only=mended))
        changes |= mended
    if changes:
        yield Mend(statement=made.number, set=changes)
