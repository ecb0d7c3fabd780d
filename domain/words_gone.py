"""Which words a revision or a correction took away that nobody asked to, and whose they were."""

from collections.abc import Iterator

from domain.claim import Claim, ClaimCorrected, ClaimEvent, ClaimRevised, CorrectClaim, ReviseClaim
from domain.content import AS_IT_WAS_SAID, Content
from domain.fact import Changes
from domain.mends import words_go_to
from domain.statements import Made, Statements, numbered


def words_gone(claim: Claim, command: ReviseClaim | CorrectClaim, event: ClaimEvent) -> Iterator[tuple[str, str]]:
    """The name of each field, with what became of it: whose words they were, and how they are given anew."""
    match event, command:
        case ClaimRevised(), ReviseClaim():
            yield from _not_taken_over(claim.statements, event, command.set)
        case ClaimCorrected(), CorrectClaim():
            gone = {(number, name): said for number, name, said in _mended_away(claim.statements, event, command)}
            for (number, name), said in gone.items():
                # What a withdrawal took back went with what had said it.
                made = numbered(claim.statements, number, "statement")
                if (said_by := _who_said(claim.statements, made, name)) is made or (said_by.number, name) not in gone:
                    yield name, f"`{name}` of statement {number} {said}"
        case _:
            return


def _not_taken_over(statements: Statements, event: ClaimRevised, given: Changes) -> Iterator[tuple[str, str]]:
    """What a revision leaves with the statement that it comes after, which has it still."""
    parent = numbered(statements, event.after, "after")
    for name in _words(event.set, given):
        theirs = f"`{name}` of statement {_who_said(statements, parent, name).number}"
        said = f"statement {event.statement} does not take over {theirs} ({getattr(parent.content, name)})"
        yield name, f"{said}: a revision has words of its own; give it anew if report {event.report!r} says so too"
    if gone := _concluded_no_longer(parent.content, event.set, given):
        theirs = f"`inferred` of statement {_who_said(statements, parent, 'inferred').number}"
        said = f"{theirs} names {gone}, that of statement {event.statement} does not: set anew, or not there"
        yield "inferred", f"{said}; give it anew if it was concluded"


def _mended_away(
    statements: Statements, event: ClaimCorrected, command: CorrectClaim
) -> Iterator[tuple[int, str, str]]:
    named = None if command.statement is None else numbered(statements, command.statement, "statement")
    there = words_go_to(statements, command.set, named).number
    for number, changes in ((mend.statement, mend.set) for mend in event.mends):
        before = numbered(statements, number, "statement").content
        for name in _words(changes, command.set if number == there else {}):
            anew = "give it anew" if number == there else f"correct that statement (`statement`: {number})"
            said = f"({getattr(before, name)}) fell away: it was said with what changed; {anew} if it is so still"
            yield number, name, said
        if gone := _concluded_no_longer(before, changes, command.set):
            said = f"no longer names {gone}: set anew, or not there; give it anew if it was concluded"
            yield number, "inferred", said


def _words(changes: Changes, given: Changes) -> list[str]:
    return [name for name in AS_IT_WAS_SAID if name in changes and name not in given]


def _concluded_no_longer(before: Content, changes: Changes, given: Changes) -> str:
    if "inferred" not in changes or "inferred" in given:
        return ""
    return ", ".join(f"`{name}`" for name in before.inferred if name not in (changes["inferred"] or ()))


def _who_said(statements: Statements, made: Made, name: str) -> Made:
    """Whose words a statement has: of a withdrawal those of what it takes back, but for what it was mended to."""
    while made.ended and made.after is not None and name not in made.own:
        made = numbered(statements, made.after, "statement")
    return made
