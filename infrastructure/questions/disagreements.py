"""Where voices contradict each other: figures that cannot all be right, holders that exclude each other, disputes."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from application.findings import KINDS_OF_DISAGREEMENT, Disagreement
from application.reading import Reading
from application.watch import DisagreementRule, KindOfDisagreement
from domain.content import Control, Figure, Occurrence
from domain.contradictions import CANNOT_ALL_BE_RIGHT_1, Contradiction, contradictions_1, disputed
from domain.dates_apart import dates_apart
from domain.in_force import InForce
from domain.membership import Inside, lay_within
from domain.set_aside import why_aside
from domain.topic import Topic, topic_of
from infrastructure.questions.control import exclusions_at, sides_in
from infrastructure.questions.figures import all_claims_of, claims_by_id
from infrastructure.questions.happened import happened_at, places_of_happenings
from infrastructure.questions.merges import all_merged
from infrastructure.questions.moment import spoken
from infrastructure.questions.near_topics import (
    NearTopics,
    by_topic_then,
    claims_then,
    contradictions_then,
    ids_of,
    several,
    speakers_of,
)
from infrastructure.read_models.claims import relations
from infrastructure.rows.versioned import as_of, asked

T = TypeVar("T")


class Examined(NamedTuple):
    """So many claims of a topic or place were looked at; `after` is where a list goes on behind them."""

    claims: int
    after: list[Any]


# For one page, about. In a large dossier in which few disagree, a page is short and the list goes on.
ENOUGH = 3_000
_ALL_OF_IT = 10**9
_PLACES_AT_ONCE = 100
_OF_THE_FIRST_RULE: tuple[KindOfDisagreement, ...] = ("figures", "control", "declared")


class Sought(NamedTuple):
    """Which disagreements: of which kinds, by which rule, in which places (None: everywhere; the empty one: at none)
    while they were inside.
    """

    kinds: Collection[KindOfDisagreement]
    places: Inside | None
    rule: DisagreementRule

    @property
    def first_rule(self) -> bool:
        return self.rule == CANNOT_ALL_BE_RIGHT_1

    def takes(self, place: str | None) -> bool:
        """Whether anything of a place may be asked for."""
        return self.places is None or (place or "") in self.places

    def takes_pair(self, place: str | None, *pair: InForce) -> bool:
        """Whether one of a pair that stands at a place may have been so while that was inside."""
        return self.places is None or any(lay_within(one.so, self.places.get(place or "", ())) for one in pair)


async def disagreements(
    connection: AsyncConnection, reading: Reading, sought: Sought, after: Sequence[Any] | None, limit: int
) -> tuple[list[Disagreement], list[Any] | None]:
    """A page of them: figures by topic, control and dates by place, figures that may be about two things, and what a
    claim itself disputes. Each pair is told once.

    With where the list goes on, if there may be more: a page can be short, and even empty.
    """
    found: list[Disagreement] = []
    examined = 0
    begun = KINDS_OF_DISAGREEMENT.index(after[0]) if after else 0
    walks = {
        "figures": _figures, "control": _control, "dates": _dates, "possible": _possible, "declared": _declared
    }  # fmt: skip
    for kind in KINDS_OF_DISAGREEMENT[begun:]:
        if kind not in sought.kinds or (sought.first_rule and kind not in _OF_THE_FIRST_RULE):
            continue
        last = list(after[1:]) if after and after[0] == kind else None
        async for one in walks[kind](connection, reading, sought, last):
            if isinstance(one, Examined):
                examined += one.claims
                if examined >= ENOUGH:
                    return found, one.after
                continue
            found.append(one)
            if len(found) == limit:
                return found, one.after
    return found, None


@dataclass(frozen=True, slots=True)
class _Begun:
    """Where a walk over keys in their order goes on: behind so many of what was found at one of them."""

    key: tuple[str, ...] = ()
    told: int = 0

    @classmethod
    def after(cls, last: list[Any] | None) -> "_Begun":
        return cls() if last is None else cls(tuple(last[:-1]), last[-1] + 1)

    def is_past(self, key: tuple[str, ...]) -> bool:
        return key < self.key[: len(key)] or (key == self.key and self.told > _ALL_OF_IT)

    def rest(self, key: tuple[str, ...], found: Sequence[T]) -> Iterator[tuple[int, T]]:
        """What is not told yet of what was found at a key, numbered from the first on."""
        told = self.told if key == self.key else 0
        return enumerate(found[told:], told)


async def _figures(
    connection: AsyncConnection, reading: Reading, sought: Sought, last: list[Any] | None
) -> AsyncIterator[Disagreement | Examined]:
    begun = _Begun.after(last)
    for nature in ("flow", "stock"):
        if begun.is_past((nature,)):
            continue
        for kept, claimants in (await speakers_of(connection, reading, nature)).items():
            if begun.is_past(kept) or not sought.takes(kept.place) or not several(claimants):
                continue
            said = await all_claims_of(connection, reading, kept)
            for nth, (topic, found) in begun.rest(kept, _contradictions(reading, said, sought)):
                if sought.takes_pair(topic.place, found.one, found.other):
                    yield Disagreement("figures", ["figures", *kept, nth], topic, topic.place, found)
            yield Examined(len(said), ["figures", *kept, _ALL_OF_IT])


def _contradictions(
    reading: Reading, claims_of_topic: Sequence[InForce], sought: Sought
) -> list[tuple[Topic, Contradiction]]:
    """Pairs of one topic. One that stands in several incidents is told in the first."""
    if sought.first_rule:
        claims_of_topic = [claim.of_one_incident().with_its_end() for claim in claims_of_topic]
    by_topic = by_topic_then(reading, claims_of_topic, first=sought.first_rule)
    pairs: dict[tuple[str, str], tuple[Topic, Contradiction]] = {}
    for topic, said in by_topic.items():
        for found in contradictions_1(said) if sought.first_rule else contradictions_then(reading, said):
            if not found.unsure:
                pairs.setdefault(ids_of(found), (topic, found))
    return list(pairs.values())


async def _possible(
    connection: AsyncConnection, reading: Reading, sought: Sought, last: list[Any] | None
) -> AsyncIterator[Disagreement | Examined]:
    """Figures of one topic and of those with which they may share what they count, each pair of topics once.

    A topic is compared with those of its own place that come after it, and with those of the places around it.
    """
    begun = _Begun.after(last)
    for nature in ("flow", "stock"):
        if begun.is_past((nature,)):
            continue
        near = await NearTopics.of(connection, reading, nature)
        for kept in near.speakers:
            if begun.is_past(kept) or not sought.takes(kept.place or None):
                continue
            examined, found = await near.pairs(kept)
            for nth, pair in begun.rest(kept, found):
                if sought.takes_pair(kept.place, pair.one, pair.other):
                    named = {one.content.place for one in (pair.one, pair.other)} - {kept.place, None}
                    around = named.pop() if named else None
                    after = ["possible", *kept, nth]
                    yield Disagreement("possible", after, _topic_told(pair), kept.place or None, pair, around)
            yield Examined(examined, ["possible", *kept, _ALL_OF_IT])


def _topic_told(pair: Contradiction) -> Topic | None:
    """What both count, if that is one topic."""
    told = {topic_of(one.content, one.incident) for one in (pair.one, pair.other) if isinstance(one.content, Figure)}
    return told.pop() if len(told) == 1 else None


async def _control(
    connection: AsyncConnection, reading: Reading, sought: Sought, last: list[Any] | None
) -> AsyncIterator[Disagreement | Examined]:
    begun = _Begun.after(last)
    merged = (await all_merged(connection, reading))["place"]
    held = {merged.survivor(one.place) for one in await spoken(connection, reading, "control") if one.place}
    wanted = [place for place in sorted(held) if not begun.is_past((place,)) and sought.takes(place)]
    for start in range(0, len(wanted), _PLACES_AT_ONCE):
        some = wanted[start : start + _PLACES_AT_ONCE]
        async for place, examined, found in exclusions_at(connection, reading, some):
            for nth, pair in begun.rest((place,), found):
                if sought.takes_pair(place, pair.one.claim, pair.other.claim):
                    yield Disagreement("control", ["control", place, nth], None, place, pair)
            yield Examined(examined, ["control", place, _ALL_OF_IT])


async def _dates(
    connection: AsyncConnection, reading: Reading, sought: Sought, last: list[Any] | None
) -> AsyncIterator[Disagreement | Examined]:
    """What happened, place by place. Of one incident at two places, a pair stands at the one whose id comes first."""
    begun, at = _Begun.after(last), reading.clocks.at
    for place in await places_of_happenings(connection, reading):
        if begun.is_past((place,)) or not sought.takes(place or None):
            continue
        said = await happened_at(connection, reading, place)
        found = [
            pair
            for pair in dates_apart(said, await sides_in(connection, reading, said))
            if min(pair.one.content.place or "", pair.other.content.place or "") == place
            and not disputed(pair.one, pair.other)
            and any(at is None or claim.may_be_of(at) for claim in pair[:2])
        ]
        for nth, pair in begun.rest((place,), found):
            if sought.takes_pair(place, pair.one, pair.other):
                yield Disagreement("dates", ["dates", place, nth], None, place or None, pair)
        yield Examined(len(said), ["dates", place, _ALL_OF_IT])


async def _declared(
    connection: AsyncConnection, reading: Reading, sought: Sought, last: list[Any] | None
) -> AsyncIterator[Disagreement | Examined]:
    """What a claim itself disputes, unless it was told already that both cannot be right."""
    begun = tuple(last) if last else ("", "")
    rows = await connection.execute(_disputes(), asked(reading))
    declared = {(row.claim_id, row.to_claim) for row in rows}
    if not sought.first_rule:
        # Two that dispute each other are one pair.
        declared -= {pair for pair in declared if pair[0] > pair[1] and pair[::-1] in declared}
    pairs = sorted(pair for pair in declared if pair > begun)
    for start in range(0, len(pairs), 100):
        some = pairs[start : start + 100]
        named = sorted({claim_id for pair in some for claim_id in pair})
        told = await claims_by_id(connection, reading, named)
        then = claims_then(reading, told, first=sought.first_rule)
        said = {claim.claim: claim for claim in then if why_aside(claim) is None}
        for one, other in some:
            if one not in said or other not in said:
                continue
            first, second = said[one], said[other]
            about = first.content.place
            if not sought.takes_pair(about, first, second):
                continue
            if not await _is_told(connection, reading, sought, first, second):
                yield Disagreement("declared", ["declared", one, other], None, about, (first, second))
        yield Examined(len(named), ["declared", *some[-1]])


async def _is_told(connection: AsyncConnection, reading: Reading, sought: Sought, one: InForce, other: InForce) -> bool:
    """Whether a pair stands among the figures or among the holders of a place already."""
    if sought.first_rule:
        return False
    mine, theirs = one.content, other.content
    if isinstance(mine, Figure) and isinstance(theirs, Figure):
        same = {topic_of(mine, of) for of in one.told_of} & {topic_of(theirs, of) for of in other.told_of}
        return "figures" in sought.kinds and bool(same) and one.voice != other.voice
    if "control" not in sought.kinds or not all(
        isinstance(content, (Control, Occurrence)) for content in (mine, theirs)
    ):
        return False
    places = sorted({content.place for content in (mine, theirs) if content.place is not None})
    # Each pair stands at the place that one of them is about; what asks for disagreements of that place takes it.
    return any(
        [
            {pair.one.claim.claim, pair.other.claim.claim} == {one.claim, other.claim}
            async for place, _, found in exclusions_at(connection, reading, places)
            for pair in found
            if sought.takes(place) and sought.takes_pair(place, pair.one.claim, pair.other.claim)
        ]
    )


@cache
def _disputes() -> Select[Any]:
    r = relations.c
    return (
        select(r.claim_id, r.to_claim)
        .where(as_of(relations, "claims"), r.relation == "disputes")
        .order_by(r.claim_id, r.to_claim)
    )
