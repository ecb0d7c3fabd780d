"""What is merged is answered for as if it had been one from the start: by the evaluator written apart.

That the system answers as that one does, merges among what happens, is held by the oracles of `tests/infrastructure`.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from application.event_log import Recorded
from application.execute import Executor
from application.remembered import Remembered
from domain.fact import Command
from domain.fields import read
from domain.place import MergePlace, SplitPlace
from domain.report import MergeReport, SplitReport
from domain.source import MergeSource, SplitSource
from infrastructure.log.memory import MemoryLog
from tests import naive, naive_questions
from tests.histories import MOMENTS, PLACES, REPORTS, SOURCES, CatchUp, carry_out, examples, histories

MERGE: dict[str, type[Command]] = {"place": MergePlace, "source": MergeSource, "report": MergeReport}
SPLIT: dict[str, type[Command]] = {"place": SplitPlace, "source": SplitSource, "report": SplitReport}
IDS = {"place": PLACES, "source": SOURCES, "report": REPORTS}
NEVER_BEFORE = (*MERGE.values(), *SPLIT.values())

pairs = st.sampled_from(["place", "report", "source"]).flatmap(
    lambda kind: st.tuples(st.just(kind), st.permutations(IDS[kind]).map(lambda ids: (ids[0], ids[1])))
)
clocks = st.builds(naive.Asked, at=st.sampled_from([None, *MOMENTS]), reported_by=st.sampled_from([None, *MOMENTS]))


def renamed(log: Iterable[Recorded], kind: str, id_: str, into: str) -> list[Recorded]:
    """The log as it would be, had every one of them known that the two are one, and named the one that stays."""
    word = re.compile(rf"(?<=[\":]){id_}(?=[\",])")
    return [
        recorded._replace(data=word.sub(into, recorded.data))
        for recorded in log
        if recorded.stream != (kind, id_) and not recorded.event.type.startswith("person.")
    ]


class FromTheStart(naive.Dossier):
    """One in which the two were always one, but for what each was filed as: one number filed twice is one number."""

    def __init__(self, lived: naive.Dossier, log: Sequence[Recorded]) -> None:
        super().__init__(log, lived.log[-1].position)
        self._lived = lived

    def filed_in(self, claim: naive.Row, said: naive.Row) -> str:
        as_filed = self._lived.items["claim"][claim["id"]]
        return super().filed_in(as_filed, as_filed["said"][claim["said"].index(said)])


def answers(dossier: naive.Dossier, asked: naive.Asked, without: str) -> dict[str, Any]:
    at = asked.at
    return {
        "claims": naive_questions.rule_claims(dossier, asked),
        "figures": {
            topic: naive_questions.figures_of_topic(dossier, asked, topic)
            for topic in naive_questions.topics(dossier, asked)
        },
        "control": {
            place: naive_questions.control(dossier, asked, place)
            for place in dossier.items["place"]
            if place != without
        },
        "disagreements": naive_questions.disagreements(dossier, asked),
        "situation": naive_questions.situation(dossier, asked) if at is not None else None,
    }


@examples(usual=20, thorough=2_000)
@given(history=histories(), pair=pairs, asked=clocks)
def test_what_is_merged_is_answered_for_as_if_it_had_been_one_from_the_start(
    history: list[Command | CatchUp], pair: tuple[str, tuple[str, str]], asked: naive.Asked
) -> None:
    kind, (id_, into) = pair
    log = MemoryLog()
    executor = Executor(log, Remembered())

    async def lived() -> tuple[int, bool, bool]:
        for step in history:
            if isinstance(step, Command) and not isinstance(step, NEVER_BEFORE):
                await carry_out(executor, "d", step)
        before = await log.head("d")
        merged = await carry_out(executor, "d", read(MERGE[kind], {"id": id_, "into": into, "reason": "one"}))
        split = merged and await carry_out(executor, "d", read(SPLIT[kind], {"id": id_, "reason": "two"}))
        return before, merged, split

    before, merged, split = asyncio.run(lived())
    assume(merged)
    assert split
    told = asyncio.run(log.read("d", 0, 100_000))
    as_one = answers(naive.Dossier(told, before + 1), asked, id_)
    from_the_start = FromTheStart(naive.Dossier(told, before), renamed(told[:before], kind, id_, into))
    assert as_one == answers(from_the_start, asked, id_)
    assert answers(naive.Dossier(told, before + 2), asked, "") == answers(naive.Dossier(told, before), asked, "")
