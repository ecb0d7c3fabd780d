"""By which of many events a finding came to be another: it is asked again half-way between, and half-way again."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from domain.clocks import Clocks
from infrastructure.questions.asked_again import AskingAgain
from infrastructure.questions.compared import as_compared

# So many answers between two are asked for a page of findings, and of these for one of them: then all of twenty events
# are told apart, or a few of thousands.
MOST_ASKED = 200
# One about who contradicts whom at a place is as much as so many others.
AS_MANY_AS_DISAGREEMENTS = 5
MOST_ASKED_OF_ONE = 20


class CameAbout(NamedTuple):
    """The positions of the events that led from the one answer to the other. Without `told_apart` each may have."""

    positions: Collection[int]
    told_apart: bool = True


class _Stretch(NamedTuple):
    """Where an answer became another: after `begin`, by one or more of the events at some positions up to `end`."""

    begin: int
    end: int
    events: Sequence[int]


async def came_about(asking: AskingAgain, events: Sequence[Sequence[int]]) -> list[CameAbout]:
    """Of each finding that is asked again by which of some events it came to be another, by the clocks of either
    picture: just after each of these it was another than just before, and on the way no answer comes twice.

    `events`: of each finding the positions of those that may have moved it, in their order.
    """
    pictures = asking.comparing.pictures
    by = list(dict.fromkeys((pictures.before.clocks, pictures.after.clocks)))
    # By the same clocks nothing else than an event can have been it.
    certain = {nth for nth, some in enumerate(events) if not some or len(some) == len(by) == 1}
    wanted = [nth for nth in range(len(events)) if nth not in certain]
    answers = _Answers(asking)
    for clocks in by:
        for position in (pictures.low, pictures.high):
            await answers.ask(clocks, position, wanted, at_an_end=True)
    ways: dict[int, list[Sequence[_Stretch] | None]] = {}
    # First what can be told apart with little.
    for nth in sorted(wanted, key=lambda nth: len(events[nth])):
        ways[nth] = [await _way(answers, clocks, nth, events[nth]) for clocks in by]
    return [_that_led_there(some, ways.get(nth)) for nth, some in enumerate(events)]


def _that_led_there(events: Sequence[int], ways: Sequence[Sequence[_Stretch] | None] | None) -> CameAbout:
    if ways is None or None in ways:
        return CameAbout(events, told_apart=ways is None)
    stretches = [stretch for way in ways for stretch in way or ()]
    positions = {position for stretch in stretches for position in stretch.events}
    return CameAbout(positions, all(len(stretch.events) == 1 for stretch in stretches))


async def _way(answers: "_Answers", clocks: Clocks, nth: int, events: Sequence[int]) -> Sequence[_Stretch] | None:
    """Stretches that lead from what a finding was to what it came to be; None where it is not known what these are."""
    pictures = answers.asking.comparing.pictures
    way = [_Stretch(pictures.low, pictures.high, events)]
    if not all(answers.knows(clocks, position, nth) for position in way[0][:2]):
        return None
    asked = 0
    while True:
        way = _without_what_led_back(answers, clocks, nth, way)
        at = next((at for at, stretch in enumerate(way) if len(stretch.events) > 1), None)
        if at is None or asked == MOST_ASKED_OF_ONE:
            return way
        begin, end, some = way[at]
        half = len(some) // 2
        middle = some[half - 1]
        await answers.ask(clocks, middle, [nth])
        if not answers.knows(clocks, middle, nth):
            return way
        asked += 1
        way[at : at + 1] = [_Stretch(begin, middle, some[:half]), _Stretch(middle, end, some[half:])]


def _without_what_led_back(answers: "_Answers", clocks: Clocks, nth: int, way: Sequence[_Stretch]) -> list[_Stretch]:
    """A way on which no answer comes twice: what lies between two that are the same is left out."""
    kept: list[_Stretch] = []
    while way:
        begin = way[0].begin
        back = [at for at, stretch in enumerate(way, 1) if answers.alike(clocks, begin, stretch.end, nth)]
        way = way[max(back, default=0) :]
        kept += way[:1]
        way = way[1:]
    return kept


class _Answers:
    """What findings are by some clocks at some position, as it is compared; as far as that is not too much to ask."""

    def __init__(self, asking: AskingAgain) -> None:
        self.asking = asking
        self._left = MOST_ASKED
        self._told: defaultdict[tuple[Clocks, int], dict[int, Any]] = defaultdict(dict)
        pictures = asking.comparing.pictures
        for nth, one in enumerate(asking.found):
            # Of one place several may be at odds about the same.
            if one.question != "disagreements":
                for picture, side in ((pictures.before, one.before), (pictures.after, one.after)):
                    told = as_compared(one.question, side and side.told)
                    self._told[picture.clocks, picture.position][nth] = told

    async def ask(self, clocks: Clocks, position: int, nths: Sequence[int], *, at_an_end: bool = False) -> None:
        """What is at an end is asked of all together, as the page was."""
        known = self._told[clocks, position]
        some: list[int] = []
        places = set[str | None]()
        for nth in nths:
            one, cost = self.asking.found[nth], int(not at_an_end)
            if one.question == "disagreements":
                cost = 0 if one.about in places else AS_MANY_AS_DISAGREEMENTS
            if nth in known or cost > self._left:
                continue
            self._left -= cost
            some.append(nth)
            if one.question == "disagreements":
                places.add(one.about)
        reading = replace(self.asking.comparing.pictures.later, position=position, clocks=clocks, left_out=None)
        told = await self.asking.told(reading, some)
        known |= {nth: as_compared(self.asking.found[nth].question, one) for nth, one in told.items()}

    def knows(self, clocks: Clocks, position: int, nth: int) -> bool:
        return nth in self._told[clocks, position]

    def alike(self, clocks: Clocks, one: int, other: int, nth: int) -> bool:
        return bool(self._told[clocks, one][nth] == self._told[clocks, other][nth])
