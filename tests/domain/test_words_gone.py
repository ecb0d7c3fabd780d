"""What is told of words that fell away, held against what the statements had before and have after."""

import re
from typing import Any

import pytest
from hypothesis import given as all_of
from hypothesis import strategies as st

from domain import claim
from domain.claim import CorrectClaim, ReinstateStatement, RetractStatement, ReviseClaim, WithdrawClaim
from domain.content import Figure
from domain.errors import DomainError
from domain.second_looks import second_looks
from domain.statements import Made
from tests.domain.given import NOW, Given

Told = set[tuple[int, str]]


def figure(**fields: Any) -> claim.ClaimRecorded:
    given: dict[str, Any] = {"qualifier": "stated", "best": 5} | fields
    content = Figure(kind="figure", measure="killed", unit="people", **given)
    return claim.ClaimRecorded(report="oct", content=content)


def told(one: Given, command: Any) -> Told:
    """Of which statement it is told that words of it went, and which."""
    events, known = one.decided(command)
    looks = [look for look in second_looks(one.state, command, events, known, NOW) if look.code == "words_fell_away"]
    found: Told = set()
    for look in looks:
        (named,) = re.findall(r"`(\w+)` of statement (\d+)", look.message)
        assert look.field == f"set.{named[0]}"
        found.add((int(named[1]), named[0]))
    assert len(found) == len(looks)
    return found


def by_number(one: Given) -> dict[int, Made]:
    return {made.number: made for made in one.state.statements}


def who_said(statements: dict[int, Made], number: int, name: str) -> int:
    """A withdrawal has no words but those that it takes back, unless it was mended to have others."""
    made = statements[number]
    if made.ended and made.after is not None and name not in made.own:
        return who_said(statements, made.after, name)
    return number


def goes_to(one: Given, command: CorrectClaim) -> int:
    """Where the words go that are given with a correction: to the last of those that said something it sets."""
    standing = [made for made in one.state.statements if not made.retracted]
    if command.statement is not None:
        return command.statement
    said: list[int] = []
    for name in command.set.keys() - {"original", "said", "inferred"}:
        made = standing[-1]
        while name != "report" and name not in made.own and made.after is not None:
            made = by_number(one)[made.after]
        said.append(made.number)
    order = [made.number for made in one.state.statements]
    return max(said, key=order.index) if said else standing[-1].number


def fell(one: Given, after: Given, command: ReviseClaim | CorrectClaim) -> Told:
    """The words that were there, are not there any more, and were not set by the command."""
    before = by_number(one)
    lost: Told = set()
    for number, made in by_number(after).items():
        base = before[number] if number in before else before[made.after or 0]
        asked = number not in before or (isinstance(command, CorrectClaim) and goes_to(one, command) == number)
        for name in ("original", "said"):
            had, has = getattr(base.content, name), getattr(made.content, name)
            if had is not None and had != has and not (asked and name in command.set):
                lost.add((base.number, name))
        if set(base.content.inferred) - set(made.content.inferred) and "inferred" not in command.set:
            lost.add((base.number, "inferred"))
    if isinstance(command, ReviseClaim):
        return {(who_said(before, number, name), name) for number, name in lost}
    # Of a withdrawal it is told once, with what it took back.
    return {
        (number, name)
        for number, name in lost
        if who_said(before, number, name) == number or (who_said(before, number, name), name) not in lost
    }


NUMBER = st.integers(1, 5)
REPORT = st.sampled_from(["oct", "nov", "dec"])
SET = st.fixed_dictionaries(
    {},
    optional={
        "best": st.sampled_from([4, 5, 6]),
        "place": st.sampled_from([None, "hajin", "enclave"]),
        "when": st.sampled_from([None, "2018-09", "2018-10"]),
        "claimant": st.sampled_from([None, "sohr", "reuters"]),
        "original": st.sampled_from([None, "about five", "some six"]),
        "said": st.sampled_from([None, "2018-10-14", "2018-10-15"]),
        "inferred": st.lists(st.sampled_from(["best", "place", "when", "claimant"]), unique=True, max_size=2),
    },
)
REVISE = st.builds(ReviseClaim, id=st.just("c1"), report=REPORT, set=SET, after=st.none() | NUMBER)
CORRECT = st.builds(
    CorrectClaim,
    id=st.just("c1"),
    reason=st.just("misread"),
    set=st.builds(lambda fields, report: fields | report, SET, st.fixed_dictionaries({}, optional={"report": REPORT})),
    statement=st.none() | NUMBER,
)
OTHER = st.one_of(
    st.builds(WithdrawClaim, id=st.just("c1"), report=REPORT, after=st.none() | NUMBER, reason=st.just("taken back")),
    st.builds(RetractStatement, id=st.just("c1"), statement=NUMBER, reason=st.just("of another town")),
    st.builds(ReinstateStatement, id=st.just("c1"), statement=NUMBER, reason=st.just("of this town")),
)


@all_of(
    st.lists(st.one_of(REVISE, REVISE, CORRECT, OTHER), max_size=6),
    st.lists(st.one_of(REVISE, CORRECT), min_size=3, max_size=3),
)
def test_what_is_told_to_have_fallen_away_is_what_the_statements_lost_unasked(past: Any, last: Any) -> None:
    one = Given(claim, figure(original="circa five", said="2018-10-14", when="2018-10", inferred=["when", "best"]))
    for command in [*past, *last]:
        before = Given(claim)
        before.state = one.state
        try:
            one.after(command)
        except DomainError:
            continue
        if isinstance(command, (ReviseClaim, CorrectClaim)):
            assert told(before, command) == fell(before, one, command)


def said(one: Given, command: Any) -> list[str]:
    events, known = one.decided(command)
    return [look.message for look in second_looks(one.state, command, events, known, NOW)]


def revise(**fields: Any) -> ReviseClaim:
    return ReviseClaim(**{"id": "c1", "report": "nov", "set": {"best": 6}} | fields)


def correct(**fields: Any) -> CorrectClaim:
    return CorrectClaim(**{"id": "c1", "set": {"best": 7}, "reason": "misread"} | fields)


def test_a_statement_that_is_revised_keeps_its_words_and_it_is_said_that_the_new_one_has_none() -> None:
    one = Given(claim, figure(original="circa five", when="2018-10", inferred=["when"]))
    assert said(one, revise(set={"best": 6, "when": "2018-11"})) == [
        "statement 2 does not take over `original` of statement 1 (circa five): a revision has words of its own; give "
        "it anew if report 'nov' says so too",
        "`inferred` of statement 1 names `when`, that of statement 2 does not: set anew, or not there; give it anew if "
        "it was concluded",
    ]


def test_a_late_find_is_told_of_the_words_of_the_statement_that_it_comes_after() -> None:
    one = Given(claim, figure(original="circa five")).after(revise(report="dec", set={"best": 9, "original": "nine"}))
    (look,) = said(one, revise(after=1))
    assert look.startswith("statement 3 does not take over `original` of statement 1 (circa five)")
    (look,) = said(one, revise(report="dec", set={"best": 8}))
    assert look.startswith("statement 3 does not take over `original` of statement 2 (nine)")
    unsaid = one.after(RetractStatement(id="c1", statement=2, reason="of another town"))
    (look,) = said(unsaid, revise())
    assert look.startswith("statement 3 does not take over `original` of statement 1 (circa five)")


def test_words_that_were_withdrawn_are_those_of_the_statement_that_said_them() -> None:
    taken_back = WithdrawClaim(id="c1", report="dec", reason="taken back")
    one = Given(claim, figure(original="circa five")).after(taken_back)
    (look,) = said(one, revise(report="dec"))
    assert look.startswith("statement 3 does not take over `original` of statement 1 (circa five)")


@pytest.mark.parametrize("words", ["seven", None])
def test_words_given_with_a_correction_do_not_hide_that_those_of_another_statement_fell_away(words: str | None) -> None:
    kept = revise(set={"place": "hajin", "original": "five in Hajin"})
    one = Given(claim, figure(original="circa five")).after(kept)
    (look,) = said(one, correct(set={"best": 7, "original": words}))
    assert look == (
        "`original` of statement 2 (five in Hajin) fell away: it was said with what changed; correct that statement "
        "(`statement`: 2) if it is so still"
    )
