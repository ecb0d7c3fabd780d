"""The list of statements of a claim: how revisions, withdrawals and corrections make it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from domain.content import CONTENTS, Content, content_with
from domain.errors import DomainError
from domain.fact import Changes, Value
from domain.fields import FieldsOf

ChangedBy = Literal["claimant", "relay", "publisher"]


class UnknownStatement(DomainError):
    code = "unknown_statement"


class Mend(Value):
    """What a correction sets on one statement. `report` may be among it: we filed it under another one."""

    statement: int
    set: Annotated[Changes, FieldsOf(*CONTENTS)]


@dataclass(frozen=True, slots=True)
class Made:
    """One statement of a claim's list.

    `number` is its name for good; `after` is the statement whose words it took over, `own` the fields that it set
    itself. An `ended` one is a withdrawal: its content is what was taken back. One that we retracted, since its report
    never said so, keeps its number and its words, and counts for nothing.
    """

    number: int
    report: str
    content: Content
    after: int | None = None
    own: frozenset[str] = frozenset()
    ended: bool = False
    changed_by: ChangedBy | None = None
    without_notice: bool = False
    reason: str | None = None
    retracted_because: str | None = None

    @property
    def retracted(self) -> bool:
        return self.retracted_because is not None


Statements = tuple[Made, ...]


def numbered(statements: Statements, number: int, field: str) -> Made:
    """The statement of that number.

    Raises:
        UnknownStatement: there is none; `field` is what named it.
    """
    for made in statements:
        if made.number == number:
            return made
    numbers = ", ".join(str(made.number) for made in statements)
    raise UnknownStatement(f"this claim has no statement {number}; it has {numbers}", field=field)


def standing(statements: Statements) -> Statements:
    """Those that we did not retract."""
    return tuple(made for made in statements if not made.retracted)


def last_word(statements: Statements) -> Made:
    """The last one that we did not retract. There is one: of a claim not all are retracted."""
    return next(made for made in reversed(statements) if not made.retracted)


def said_in(statements: Statements, made: Made) -> str:
    """The report whose words a statement has: of a withdrawal the one that said what it takes back.

    If that statement was retracted since, the withdrawal is all there is.
    """
    if made.ended:
        for earlier in statements:
            if earlier.number == made.after and not earlier.retracted:
                return earlier.report
    return made.report


def next_number(statements: Statements) -> int:
    return max(made.number for made in statements) + 1


def inserted(statements: Statements, made: Made) -> Statements:
    """The list with one more statement, right after the one that it comes after.

    Retracted ones that stand there were recorded before: reinstated, they do not become a later word than this.
    """
    at = next(place for place, earlier in enumerate(statements) if earlier.number == made.after) + 1
    while at < len(statements) and statements[at].retracted:
        at += 1
    return (*statements[:at], made, *statements[at:])


def origin(statements: Statements, field: str) -> Made:
    """The statement that made a field what the last one says."""
    made = last_word(statements)
    while field not in made.own and made.after is not None and field != "report":
        made = numbered(statements, made.after, "statement")
    return made


def keepers(statements: Statements, said: Made, field: str) -> list[int]:
    """The statement that said a field, and those that took it over from it."""
    kept = [said.number]
    for made in sorted(statements, key=lambda made: made.number):
        if made.after in kept and field not in made.own and made.number not in kept:
            kept.append(made.number)
    return kept


def with_retracted(statements: Statements, number: int, because: str | None) -> Statements:
    """The list with one of them retracted, or (without a reason) standing again."""
    return tuple(replace(made, retracted_because=because) if made.number == number else made for made in statements)


def mended(statements: Statements, mends: Sequence[Mend]) -> Statements:
    """The list as a correction leaves it. What is not a statement's own is what the one that it follows says.

    The list may be a part of a claim's, with what each of those that are mended follows.
    """
    sets = {mend.statement: mend.set for mend in mends}
    done: dict[int, Made] = {}
    for made in statements:
        after = _mended(made, sets[made.number]) if made.number in sets else made
        if made.after is not None and (made.number in sets or made.after in sets):
            # What it follows stands before it in the list.
            own = _own(after, done[made.after], sets.get(made.number, {}), sets.get(made.after, {}))
            after = after if own == after.own else replace(after, own=own)
        done[made.number] = after
    return tuple(done.values())


def _mended(made: Made, changes: Changes) -> Made:
    content = {field: value for field, value in changes.items() if field != "report"}
    return replace(
        made,
        report=changes.get("report", made.report),
        content=content_with(made.content, content) if content else made.content,
    )


def _own(made: Made, parent: Made, changes: Changes, parent_changes: Changes) -> frozenset[str]:
    """What a statement says itself, once it and the one that it took over from were mended.

    What is mended to say the same is taken over again, as in a revision.
    """
    mended_too = (changes.keys() | parent_changes.keys()) - {"report"}
    differs = {field for field in mended_too if _said(made, field) != _said(parent, field)}
    return (made.own - (changes.keys() - differs)) | differs


def _said(made: Made, field: str) -> object:
    return getattr(made.content, field, None)
