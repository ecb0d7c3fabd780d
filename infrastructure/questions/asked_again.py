"""What was found otherwise in two pictures, asked again as of other positions, or without something."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from application.findings import KINDS_OF_DISAGREEMENT, Telling
from application.following.bases import with_bases
from application.following.followable import Finding
from application.reading import Reading
from domain.contradictions import CANNOT_ALL_BE_RIGHT
from domain.fields import StreamRef
from domain.topic import parse_topic
from infrastructure.questions.around import ALWAYS
from infrastructure.questions.compared import Compared, Comparing, Differing, found_alike
from infrastructure.questions.compared_entries import (
    incident_findings,
    item_findings,
    person_findings,
    record_findings,
)
from infrastructure.questions.disagreements import Sought, disagreements
from infrastructure.questions.findings import assessment_finding, control_findings, figures_findings
from infrastructure.read_models.assessments import assessment_as_of


@dataclass(frozen=True, slots=True)
class AskingAgain:
    """Asks of some findings what they are by another reading."""

    comparing: Comparing
    found: Sequence[Differing]
    _at_odds: dict[Any, Mapping[Any, Sequence[Finding]] | None] = field(default_factory=dict, init=False)

    async def told(self, reading: Reading, nths: Sequence[int]) -> dict[int, Any]:
        """What each of some is: None where nothing is found. Without those of which there is too much for one step."""
        told: dict[int, Any] = {}
        by_question: defaultdict[Compared, list[int]] = defaultdict(list)
        for nth in nths:
            by_question[self.found[nth].question].append(nth)
        for question, some in by_question.items():
            if question == "disagreements":
                told |= await self._pairs(reading, some)
                continue
            findings = await self._findings(reading, question, [str(self.found[nth].about) for nth in some])
            told |= {nth: findings.get(str(self.found[nth].about)) for nth in some}
        return told

    def alike(self, nth: int, one: Any, other: Any) -> bool:
        """Whether two answers about one finding are the same."""
        return found_alike(self.found[nth].question, one, other)

    async def _findings(self, reading: Reading, question: Compared, about: Sequence[str]) -> Mapping[str, Finding]:
        if question == "assessment":
            return await self._assessments(reading, about)
        found: Mapping[Any, Any]
        if question == "item":
            items = [StreamRef(*each.split("/", 1)) for each in about]
            found = await item_findings(self.comparing.states, reading, items)
            return {str(key): one.told for key, one in found.items()}
        async with self.comparing.connect() as connection:
            match question:
                case "control":
                    found = await control_findings(connection, reading, about)
                case "figures":
                    found = await figures_findings(connection, reading, [parse_topic(topic) for topic in about])
                case "person":
                    found = await person_findings(connection, reading, about)
                case "incident":
                    found = await incident_findings(connection, reading, about)
                case _:
                    found = await record_findings(connection, reading, about)
        return {str(key): one.told for key, one in found.items()}

    async def _assessments(self, reading: Reading, about: Sequence[str]) -> Mapping[str, Finding]:
        async with self.comparing.connect() as connection:
            items = [await assessment_as_of(connection, reading, each) for each in about]
        # What its basis did comes from the log, so the connection is given back first.
        told = await with_bases(self.comparing.log, reading, [item for item in items if item is not None])
        return {str(item["id"]): assessment_finding(item) for item in told}

    async def _pairs(self, reading: Reading, nths: Sequence[int]) -> dict[int, Any]:
        by_place: defaultdict[str | None, list[int]] = defaultdict(list)
        for nth in nths:
            by_place[self.found[nth].about].append(nth)
        told: dict[int, Any] = {}
        for place, some in by_place.items():
            key = (reading.position, reading.clocks, reading.left_out, place)
            if key not in self._at_odds:
                async with self.comparing.connect() as connection:
                    self._at_odds[key] = await _at_odds(connection, reading, place)
            at_odds = self._at_odds[key]
            if at_odds is not None:
                told |= {nth: at_odds.get(_pair(self.found[nth]), []) for nth in some}
        return told


async def _at_odds(
    connection: AsyncConnection, reading: Reading, place: str | None
) -> Mapping[Any, list[Finding]] | None:
    """What disagreements at a place tell, by what they are about; None where there is too much for one step."""
    sought = Sought(KINDS_OF_DISAGREEMENT, {place or "": ALWAYS}, CANNOT_ALL_BE_RIGHT)
    some, after = await disagreements(connection, reading, sought, None, 10**9)
    if after is not None:
        return None
    found: defaultdict[Any, list[Finding]] = defaultdict(list)
    for each in some:
        told: Any = Telling().disagreement(each)
        found[_pair_told(told)].append({**told})
    return found


def _pair(one: Differing) -> Any:
    side = one.before or one.after
    assert side is not None
    return _pair_told(side.told)


def _pair_told(told: Mapping[str, Any]) -> Any:
    """Which claims are at odds, how and about what."""
    return (told["kind"], told.get("topic"), told.get("place"), *sorted(line["claim"] for line in told["lines"]))
