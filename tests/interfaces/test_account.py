"""An account tells of each statement what that one says: of a late find too, and of a correction of an earlier one."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from application.event_log import Recorded
from application.history import history
from domain.claim import (
    ClaimCorrected,
    ClaimEvent,
    ClaimRecorded,
    ClaimRevised,
    ClaimStatementReinstated,
    ClaimStatementRetracted,
)
from domain.content import Figure
from domain.fields import StreamRef
from domain.statements import Mend
from interfaces.api.history import _item
from interfaces.cli.account import account
from interfaces.messages.wording import LANGUAGES, Language
from interfaces.messages.words import Names

SAID = Figure(kind="figure", measure="killed", unit="people", qualifier="stated", best=30, place="t")


def items(*events: ClaimEvent) -> list[Any]:
    """The entries of a history."""
    stream, at = StreamRef("claim", "c"), datetime(2026, 11, 29, tzinfo=UTC)
    log = [
        Recorded("d", n, UUID(int=n), stream, n, event, 1, "{}", "p", at, f"{n}", n, None, None, b"")
        for n, event in enumerate((ClaimRecorded(report="r1", content=SAID), *events), start=1)
    ]
    return [_item(entry, {}) for entry in history("claim", log)]


def told(*events: ClaimEvent) -> list[str]:
    """What an account says of each statement's words and standing, line by line."""
    lines = [line.plain.strip() for line in account("c", items(*events), Names(), {}, UTC)]
    return [line for line in lines if "says" in line or line.startswith("standing")]


def revised(statement: int, after: int, **said: object) -> ClaimRevised:
    return ClaimRevised(statement=statement, after=after, report=f"r{statement}", set=said)


def corrected(statement: int, best: int) -> ClaimCorrected:
    return ClaimCorrected(mends=[Mend(statement=statement, set={"best": best})], reason="read anew")


def test_a_late_find_is_told_against_the_statement_that_it_comes_after() -> None:
    assert told(revised(2, 1, best=40), revised(3, 2, place="u"), revised(4, 1, group="women")) == [
        "It now says: 40 people killed.",
        "It now says: 40 people killed.",
        "Statement 4 now says: 30 women killed.",
    ]


def test_a_correction_of_an_earlier_statement_says_which() -> None:
    assert told(revised(2, 1, best=40), corrected(1, 35), corrected(2, 50)) == [
        "It now says: 40 people killed.",
        "Statement 1 now says: 35 people killed.",
        "It now says: 50 people killed.",
    ]


def test_where_the_last_one_is_retracted_the_claim_says_what_the_one_before_says() -> None:
    gone, back = (
        ClaimStatementRetracted(statement=2, reason="of another town"),
        ClaimStatementReinstated(statement=2, reason="of this one"),
    )
    assert told(revised(2, 1, best=40), gone, corrected(1, 35), back, corrected(1, 36)) == [
        "It now says: 40 people killed.",
        "standing (statement 2): stands → retracted",
        "It now says: 30 people killed.",
        "It now says: 35 people killed.",
        "standing (statement 2): retracted → stands",
        "It now says: 40 people killed.",
        "Statement 1 now says: 36 people killed.",
    ]


def test_that_the_first_statement_is_retracted_is_not_told_as_of_the_whole_claim() -> None:
    assert told(revised(2, 1, best=40), ClaimStatementRetracted(statement=1, reason="never said"))[-1] == (
        "standing (statement 1): stands → retracted"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_account_ends_with_what_became_of_the_reports_that_the_claim_is_said_in(language: Language) -> None:
    names = Names(language=language)
    at = {"recorded_at": "2026-11-29T10:00:00Z", "principal": "p", "principal_name": "desk", "report": None}
    became: list[dict[str, Any]] = [
        {"id": report, "type": f"report.{what}", "position": position, "reason": f"so {what}", "when": when, **at}
        for position, (report, what, when) in enumerate(
            [("r1", "withdrawn", "2023-10-15"), ("r1", "withdrawal_retracted", None), ("r1", "discredited", None),
             ("r1", "discrediting_lifted", None), ("r1", "retracted", None), ("r1", "reinstated", None),
             ("other", "discredited", None)], start=11)
    ]  # fmt: skip
    lines = [line.plain for line in account("c", items(), names, {}, UTC, became)]
    last = "\n".join(lines[lines.index("", 3) + 1 :])
    assert [position for position in range(11, 18) if names.put("position_told", position) in last] == [*range(11, 17)]
    assert "2023-10-15" in last and all(f"so {one['type'].partition('.')[2]}" in last for one in became[:-1])
    assert "other" not in last
    assert names.put("its_report_withdrawn") in last and names.put("its_report_reinstated") in last
