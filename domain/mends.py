"""What a revision or a correction asks to set, as what it changes of a claim's statements."""

from collections.abc import Iterator

from domain.checks import Reference, references
from domain.content import Content, changed_content, taken_up
from domain.fact import Changes
from domain.fields import Malformed, NothingChanges, StreamRef
from domain.known import Known
from domain.statements import Made, Mend, Statements, keepers, numbered, origin


def said_anew(parent: Made, given: Changes, time_zone: str) -> tuple[Content, Changes]:
    """What a source says after `parent`, and what of it is new.

    Raises:
        DomainError: it cannot be said, or nothing is new.
    """
    if parent.ended:
        # A source that takes its word up again after withdrawing it may say the very same.
        return taken_up(parent.content, given, time_zone) if given else (parent.content, {})
    return changed_content(parent.content, given, time_zone)


def mends_of(statements: Statements, given: Changes, known: Known, *, statement: int | None = None) -> list[Mend]:
    """Which statements a correction mends: where each field was said, and those that kept it since.

    Raises:
        DomainError: it cannot be so, `statement` is none, or nothing would change.
    """
    if not given:
        raise NothingChanges("a correction names at least one field in `set`", field="set")
    named = None if statement is None else numbered(statements, statement, "statement")
    sets: dict[int, Changes] = {}
    for field, value in given.items():
        said = named or origin(statements, field)
        for number in [said.number] if field == "report" else keepers(statements, said, field):
            sets.setdefault(number, {})[field] = value
    mends: list[Mend] = []
    for made in statements:
        if made.number in sets:
            mends.extend(_mend(made, sets[made.number], known))
    if not mends:
        raise NothingChanges("the record already says so: nothing would change", field="set")
    return mends


def _mend(made: Made, given: Changes, known: Known) -> Iterator[Mend]:
    given = dict(given)
    changes: Changes = {}
    report = given.pop("report", made.report)
    if report != made.report:
        if not isinstance(report, str):
            raise Malformed("set.report is the id of a report", field="set.report")
        known.require([Reference("set.report", StreamRef("report", report))])
        changes["report"] = report
    if given:
        try:
            after, mended = changed_content(made.content, given, known.time_zone)
        except NothingChanges:
            pass
        else:
            known.require(references(after, prefix="set", only=mended))
            changes |= mended
    if changes:
        yield Mend(statement=made.number, set=changes)
