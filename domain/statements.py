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
    """The list as a correction leaves it."""
    sets = {mend.statement: mend.set for mend in mends}
    return tuple(_mended(made, sets) if made.number in sets else made for made in statements)


def _mended(made: Made, sets: dict[int, Changes]) -> Made:
    changes = sets[made.number]
    own = made.own
    if made.after is not None:
        # A field mended along with the statement it was taken over from stays taken over; else it is its own now.
        taken_over = sets.get(made.after, {})
        own |= {field for field in changes if field not in taken_over and field != "report"}
    content = {field: value for field, value in changes.items() if field != "report"}
    return replace(
        made,
        report=changes.get("report", made.report),
        content=content_with(made.content, content) if content else made.content,
        own=own,
    )
