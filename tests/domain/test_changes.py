from typing import Any, NamedTuple

import pytest

from domain import when
from domain.changes import TwoPictures, differing_fields, differing_relations, in_picture, unsaid
from domain.claim import Claim, ClaimGraded, ClaimRevised, ClaimStatementReinstated, ClaimStatementRetracted
from domain.clocks import Clocks
from domain.fact import Fact
from domain.fields import StreamRef
from domain.report import ReportDiscredited, ReportWithdrawalRetracted, ReportWithdrawn


class Happened(NamedTuple):
    position: int
    stream: StreamRef
    event: Fact


def shown(**more: Any) -> dict[str, Any]:
    content = {"kind": "figure", "best": 5}
    return {"status": "stands", "statement": 1, "report": {"id": "oct"}, "content": content} | more


def test_a_picture_has_neither_what_was_retracted_nor_what_cannot_have_been_so() -> None:
    assert in_picture(None) is None
    assert in_picture(shown(status="retracted")) is None
    assert in_picture(shown(holds="no")) is None
    assert in_picture(shown(status="withdrawn", holds="possible")) is not None


def test_fields_of_the_content_differ_by_their_own_names() -> None:
    other = shown(content={"kind": "figure", "low": 5}, statement=2, report={"id": "nov"}, credibility=2)
    assert differing_fields(shown(), other) == ["best", "low", "statement", "credibility", "report"]
    assert differing_fields(shown(), shown()) == []
    assert differing_fields(None, shown()) == differing_fields(shown(), None) == []


def test_relations_differ_that_a_claim_has_at_one_position_only() -> None:
    was = Claim((), relations=frozenset({("disputes", "c2"), ("part_of", "c3")}))
    now = Claim((), relations=frozenset({("disputes", "c2"), ("overlaps", "c4")}))
    assert differing_relations(was, now) == ["overlaps", "part_of"]
    assert differing_relations(None, now) == []


def by(date: str) -> Clocks:
    return Clocks(reported_by=when.cut_off(date, field="reported_by"))


REVISED = ClaimRevised(statement=2, after=1, report="dec", set={"best": 7})
TAKEN_BACK = ReportWithdrawn(when="2018-11", reason="no")


@pytest.mark.parametrize(
    ("position", "event", "made_so"),
    [
        (11, ClaimGraded(credibility=2, reason="two agree"), True),
        (20, ClaimGraded(credibility=2, reason="two agree"), True),
        (21, ClaimGraded(credibility=2, reason="two agree"), False),
        (10, ClaimGraded(credibility=2, reason="two agree"), False),
        # What had been recorded long before, and became known between the cut-offs.
        (5, REVISED, True),
        (21, REVISED, False),
        (5, REVISED.model_copy(update={"report": "oct"}), False),
        (5, TAKEN_BACK, True),
        (5, TAKEN_BACK.model_copy(update={"when": "2018-09"}), False),
        (5, TAKEN_BACK.model_copy(update={"when": "2019"}), False),
        (5, ReportDiscredited(reason="made up"), False),
    ],
)
def test_what_made_it_so_lies_between_positions_or_became_known_between_cut_offs(
    position: int, event: Fact, made_so: bool
) -> None:
    pictures = TwoPictures(10, 20, by("2018-10-31"), by("2018-12-31"), "UTC")
    happened = Happened(position, StreamRef("claim", "c1"), event)
    assert pictures.told_apart_by(happened, {"dec"}) is made_so


def test_what_we_had_retracted_by_then_made_nothing_so() -> None:
    claim, report = StreamRef("claim", "c1"), StreamRef("report", "oct")
    events = [
        Happened(2, claim, REVISED),
        Happened(5, claim, ClaimStatementRetracted(statement=2, reason="of another town")),
        Happened(9, claim, ClaimStatementReinstated(statement=2, reason="of this one")),
        Happened(3, report, TAKEN_BACK),
        Happened(6, report, ReportWithdrawalRetracted(reason="it had moved")),
        Happened(7, report, TAKEN_BACK),
    ]
    assert [unsaid(events, position) for position in (4, 5, 6, 8, 9)] == [set(), {2}, {2, 3}, {2, 3}, {3}]
