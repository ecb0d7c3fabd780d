"""What two pictures find, compared step by step: of each question what it found in the one, and in the other."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from application.event_log import EventLog
from application.findings import KINDS_OF_DISAGREEMENT, Disagreement, Telling, in_no_order, told_alike
from application.following.bases import with_bases
from application.reading import Page, Reading
from domain.contradictions import CANNOT_ALL_BE_RIGHT
from domain.fields import StreamRef
from domain.topic import Topic, any_in_topics
from infrastructure.questions.around import ALWAYS
from infrastructure.questions.bearing import Bearing, every_place_of_control, every_topic
from infrastructure.questions.changes import PicturePair
from infrastructure.questions.compared_entries import (
    changed_items,
    every_incident,
    every_person,
    every_source,
    incident_findings,
    item_findings,
    item_in_order,
    person_findings,
    record_findings,
)
from infrastructure.questions.disagreements import ENOUGH, Sought, disagreements
from infrastructure.questions.figures import KeptTopic
from infrastructure.questions.findings import Found, assessment_finding, control_findings, figures_findings
from infrastructure.questions.merges import all_merged
from infrastructure.read_models.assessments import AssessmentFilter, assessments_as_of
from infrastructure.rows.states import States

K = TypeVar("K")
Compared = Literal["control", "figures", "disagreements", "assessment", "person", "incident", "record", "item"]
# In the order in which they are told.
COMPARED: tuple[Compared, ...] = (
    "control", "figures", "disagreements", "assessment", "person", "incident", "record", "item"
)  # fmt: skip
# So many places, topics, assessments, persons and items are asked together. Each record is a question of its own, and
# so is how many the list has of an incident.
AT_ONCE = 100
ALONE_AT_ONCE = 10
_AS_MANY_AS_A_STEP_FINDS = 10**9


class Differing(NamedTuple):
    """What a question about something found in either picture; None where nothing is found, or it is not there.

    `about`: the place, the written topic, the assessment, the person, the incident, the source or the item
    (`place/hajin`); of disagreements the place, if one is named.
    """

    question: Compared
    about: str | None
    before: Found | None
    after: Found | None


class Step(NamedTuple):
    """What differs of what was compared, where the next step begins (None: nowhere), and how much was looked at."""

    found: Sequence[Differing]
    after: Any
    looked_at: int


@dataclass(frozen=True, slots=True)
class Comparing:
    """The findings of two pictures that may differ. No connection is held from one step to the next."""

    connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
    log: EventLog
    states: States
    pictures: PicturePair
    bearing: Bearing
    # What there is to compare, by question: it is the same for each step.
    _every: dict[Compared, Any] = field(default_factory=dict, init=False)

    async def step(self, question: Compared, after: Any) -> Step:
        """The next step of a question; `after` is that of the step before, None at first."""
        match question:
            case "figures":
                async with self.connect() as connection:
                    return await self._figures(connection, after)
            case "disagreements":
                async with self.connect() as connection:
                    return await self._disagreements(connection, after)
            case "assessment":
                return await self._assessments(after)
            case "item":
                return await self._items(after)
            case "control" | "person" | "incident" | "record":
                return await self._by_ids(question, _BY_IDS[question], after)

    async def _by_ids(self, question: Compared, asking: "_ByIds", after: str | None) -> Step:
        """A step of a question that is asked of one place, person, incident or source after another."""
        async with self.connect() as connection:
            every = self._every.get(question)
            if every is None:
                bearing = asking.bearing(self.bearing)
                every = sorted(await asking.every(connection, self.pictures) if bearing is None else bearing)
                self._every[question] = every
            some, rest = _next(every, after, asking.at_once)
            one = await asking.findings(connection, self.pictures.before, some)
            other = await asking.findings(connection, self.pictures.after, some)
        differing = list(_differing(question, some, one, other))
        looked_at = _looked_at(one, other) + (len(some) if asking.each_counts else 0)
        return Step(differing, some[-1] if rest else None, looked_at)

    async def _figures(self, connection: AsyncConnection, after: Sequence[str] | None) -> Step:
        every = self._every.get("figures")
        if every is None:
            topics = self.bearing.topics
            kept = sorted(await every_topic(connection, self.pictures) if topics is None else topics)
            every = self._every["figures"] = await self._each_once(connection, kept)
        some, rest = _next(every, None if after is None else tuple(after))
        named = [topic for topic in map(_topic, some) if topic is not None]
        one = await figures_findings(connection, self.pictures.before, named)
        other = await figures_findings(connection, self.pictures.after, named)
        differing = list(_differing("figures", named, one, other))
        return Step(differing, some[-1] if rest else None, len(some) + _looked_at(one, other))

    async def _each_once(
        self, connection: AsyncConnection, kept: Sequence[tuple[str, str]]
    ) -> Sequence[tuple[str, str]]:
        """Topics that are one in both pictures, by the items that they name, once.

        With what they go on as in either, though nobody ever wrote that: in one picture only it may have a number.
        """
        merged = [await all_merged(connection, reading) for reading in (self.pictures.before, self.pictures.after)]
        if not any(map(any_in_topics, merged)):
            return kept
        first: dict[Any, tuple[str, str]] = {}
        going_on = {KeptTopic("", *each).as_one(one) for each in kept for one in merged}
        for place, topic in sorted({*kept, *((one.place, one.topic) for one in going_on)}):
            first.setdefault(tuple(KeptTopic("", place, topic).as_one(one) for one in merged), (place, topic))
        return list(first.values())

    async def _disagreements(self, connection: AsyncConnection, after: Sequence[Any] | None) -> Step:
        """A stretch of both lists, up to where the one ends that ends first."""
        at = self.bearing.disagreements
        if at is not None and not at:
            return Step([], None, 0)
        inside = None if at is None else dict.fromkeys((place or "" for place in at), ALWAYS)
        sought = Sought(KINDS_OF_DISAGREEMENT, inside, CANNOT_ALL_BE_RIGHT)
        ask = partial(disagreements, connection, sought=sought, after=after, limit=_AS_MANY_AS_A_STEP_FINDS)
        one, one_ends = await ask(reading=self.pictures.before)
        other, other_ends = await ask(reading=self.pictures.after)
        ends = [list(end) for end in (one_ends, other_ends) if end is not None]
        end = min(ends, key=_in_order, default=None)

        def within(found: Sequence[Disagreement]) -> list[Disagreement]:
            return [each for each in found if end is None or _in_order(each.after) <= _in_order(end)]

        return Step(list(_pairs_differing(within(one), within(other))), end, 0 if end is None else ENOUGH)

    async def _assessments(self, after: int | None) -> Step:
        begun = Page(AT_ONCE, after or 0)
        sides: list[dict[str, Found]] = []
        async with self.connect() as connection:
            # By no moment: which of them are about another time is told with them.
            every = await assessments_as_of(connection, _at_any_time(self.pictures.later), begun, AssessmentFilter())
            issued = [
                [*await assessments_as_of(connection, reading, begun, AssessmentFilter())]
                for reading in (self.pictures.before, self.pictures.after)
            ]
        resting = self.bearing.assessments
        named = [item["id"] for item in every if resting is None or item["id"] in resting]
        for reading, items in zip((self.pictures.before, self.pictures.after), issued, strict=True):
            told = await with_bases(self.log, reading, [item for item in items if item["id"] in named])
            sides.append({item["id"]: Found(assessment_finding(item), Telling(), len(item["claims"])) for item in told})
        last = every[-1]["recorded_position"] if len(every) == AT_ONCE else None
        return Step(list(_differing("assessment", named, *sides)), last, _looked_at(*sides))

    async def _items(self, after: Sequence[str] | None) -> Step:
        every = self._every.get("item")
        if every is None:
            async with self.connect() as connection:
                every = self._every["item"] = await changed_items(connection, self.pictures)
        begun = None if after is None else item_in_order(StreamRef(*after))
        further = [item for item in every if begun is None or item_in_order(item) > begun]
        some = further[:AT_ONCE]
        one = await item_findings(self.states, self.pictures.before, some)
        other = await item_findings(self.states, self.pictures.after, some)
        differing = list(_differing("item", some, one, other))
        return Step(differing, list(some[-1]) if len(further) > AT_ONCE else None, len(some))


class _ByIds(NamedTuple):
    """Of which a question may be told otherwise (None: of any), of which it can be asked at all, and what it finds of
    some. `each_counts`: whether it counts as looked at that one was asked about, and not only its claims.
    """

    bearing: Callable[[Bearing], Collection[str] | None]
    every: Callable[[AsyncConnection, PicturePair], Awaitable[Collection[str]]]
    findings: Callable[[AsyncConnection, Reading, Sequence[str]], Awaitable[Mapping[str, Found]]]
    at_once: int = AT_ONCE
    each_counts: bool = True


_BY_IDS: Mapping[Compared, _ByIds] = {
    "control": _ByIds(attrgetter("control"), every_place_of_control, control_findings),
    "person": _ByIds(attrgetter("persons"), every_person, person_findings, each_counts=False),
    "incident": _ByIds(attrgetter("incidents"), every_incident, incident_findings, ALONE_AT_ONCE),
    "record": _ByIds(attrgetter("records"), every_source, record_findings, ALONE_AT_ONCE),
}


def _at_any_time(reading: Reading) -> Reading:
    return replace(reading, clocks=replace(reading.clocks, at=None))


def _next(every: Sequence[K], after: K | None, at_once: int = AT_ONCE) -> tuple[Sequence[K], bool]:
    """The next of them, and whether there are more."""
    rest: Any = every
    further = [one for one in rest if after is None or one > after]
    return further[:at_once], len(further) > at_once


def _topic(kept: tuple[str, str]) -> Topic | None:
    return KeptTopic("", *kept).as_topic()


def _differing(
    question: Compared, about: Sequence[K], one: Mapping[K, Found], other: Mapping[K, Found]
) -> Iterator[Differing]:
    for each in about:
        was, now = one.get(each), other.get(each)
        if not found_alike(question, was and was.told, now and now.told):
            yield Differing(question, str(each), was, now)


def found_alike(question: Compared, was: Any, now: Any) -> bool:
    """Whether two answers about one thing find the same."""
    return bool(was == now or as_compared(question, was) == as_compared(question, now))


def as_compared(question: Compared, told: Any) -> Any:
    """What is compared of an answer. Of what is recorded of an item the order is recorded too.

    How many claims of a source were ever corrected tells what was done here, also where all of it was undone.
    """
    match question:
        case "item":
            return told
        case "record" if told is not None:
            return in_no_order({**told, "corrected": None})
        case _:
            return in_no_order(told)


def _looked_at(*sides: Mapping[Any, Found]) -> int:
    return sum(found.claims for side in sides for found in side.values())


def _in_order(after: Sequence[Any]) -> tuple[Any, ...]:
    return (KINDS_OF_DISAGREEMENT.index(after[0]), *after[1:])


def _pairs_differing(one: Sequence[Disagreement], other: Sequence[Disagreement]) -> Iterator[Differing]:
    """Two claims at odds in one picture only, or otherwise than in the other, in the order of the list."""
    pairs: defaultdict[Any, tuple[list[Found], list[Found]]] = defaultdict(lambda: ([], []))
    places: dict[Any, str | None] = {}
    told_of = [(0, each) for each in one] + [(1, each) for each in other]
    for side, each in sorted(told_of, key=lambda which: _in_order(which[1].after)):
        telling = Telling()
        told = telling.disagreement(each)
        key = (each.kind, told.get("topic"), each.place, *sorted(line["claim"] for line in told["lines"]))
        places[key] = each.place
        pairs[key][side].append(Found({**told}, telling))
    for key, (was, now) in pairs.items():
        alike = [mine for mine in was if any(told_alike(mine.told, theirs.told) for theirs in now)]
        gone = [found for found in was if found not in alike]
        come = [found for found in now if not any(told_alike(found.told, mine.told) for mine in alike)]
        for nth in range(max(len(gone), len(come))):
            before, after = (side[nth] if nth < len(side) else None for side in (gone, come))
            yield Differing("disagreements", places[key], before, after)
