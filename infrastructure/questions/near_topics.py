"""Topics that may share what they count: of one place, or of a place and those around it, with something unsaid."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Figure
from domain.contradictions import Contradiction, contradictions
from domain.figures import at_odds, standing_then
from domain.in_force import InForce
from domain.may_be_same import SPOTS, Wholes, explained, may_contradict, may_share, of_one_incident, unlike
from domain.set_aside import order
from domain.topic import Topic, any_in_topics, topic_of
from infrastructure.questions.around import around, places_named, wholes_of, with_surroundings
from infrastructure.questions.figures import KeptTopic, all_claims_of, claims_of_incidents, kin_of
from infrastructure.questions.merges import all_merged
from infrastructure.questions.moment import spoken
from infrastructure.questions.unplaced import places_of_incidents

# Claims of topics that are kept for the next ones, which lie in the same places mostly.
MOST_HELD = 20_000


def claims_then(reading: Reading, said: Sequence[InForce], *, first: bool = False) -> list[InForce]:
    """What may have been so then, or at an hour before it on that day; by the first rule at the moment only."""
    at = reading.clocks.at
    if at is None:
        return list(said)
    if first:
        dated = ((claim, claim.with_its_end().so) for claim in said)
        return [claim for claim, so in dated if so is None or so.holds_at(at) != "no"]
    return [claim for claim in said if claim.may_be_of(at)]


def by_topic_then(reading: Reading, said: Sequence[InForce], *, first: bool = False) -> dict[Topic, list[InForce]]:
    """Figures that may have been so then by their topics, each incident's apart, in their order.

    A claim of several incidents is in the topic of each.
    """
    by_topic: dict[Topic, list[InForce]] = {}
    for claim in claims_then(reading, said, first=first):
        if isinstance(claim.content, Figure):
            for one in claim.apart():
                by_topic.setdefault(topic_of(claim.content, one.incident), []).append(one)
    return dict(sorted(by_topic.items(), key=lambda item: str(item[0])))


def contradictions_then(reading: Reading, said: Sequence[InForce]) -> list[Contradiction]:
    """Of one topic (and incident), also with the state of a toll that figures tell at the moment."""
    at = reading.clocks.at
    return contradictions(said, () if at is None else standing_then(said, at))


async def speakers_of(connection: AsyncConnection, reading: Reading, nature: str) -> dict[KeptTopic, set[str]]:
    """The topics of a nature in their order, with who speaks of each: the empty one is all without a claimant."""
    speakers: dict[KeptTopic, set[str]] = {}
    merged = await all_merged(connection, reading)
    for said in await spoken(connection, reading, nature):
        kept = KeptTopic(nature, said.place, said.topic).as_one(merged)
        speakers.setdefault(kept, set()).add(said.claimant)
    return dict(sorted(speakers.items())) if any_in_topics(merged) else speakers


def several(claimants: Collection[str]) -> bool:
    """Whether these may be several voices."""
    return len(claimants) > 1 or "" in claimants


def ids_of(pair: Contradiction) -> tuple[str, str]:
    """By which a pair is told once, in however many incidents it stands."""
    return pair.one.claim, pair.other.claim


@dataclass(slots=True)
class NearTopics:
    """The topics of one nature in their order, who speaks of each, and what their places and actors are part of."""

    connection: AsyncConnection
    reading: Reading
    speakers: Mapping[KeptTopic, set[str]]
    _wholes: Wholes
    _topics: Mapping[KeptTopic, Topic]
    _at: dict[tuple[str, str, str], list[KeptTopic]] = field(default_factory=dict)
    _held: dict[KeptTopic, list[InForce]] = field(default_factory=dict)

    @classmethod
    async def of(cls, connection: AsyncConnection, reading: Reading, nature: str) -> "NearTopics":
        speakers = await speakers_of(connection, reading, nature)
        anywhere = any(not kept.place for kept in speakers)
        of_incidents = await places_of_incidents(connection, reading) if anywhere else {}
        ids = {*of_incidents.values(), *(kept.place for kept in speakers if kept.place)}
        named = await places_named(connection, reading, ids)
        spots = {place_id for place_id, details in named.items() if details.kind in SPOTS}
        found = ((kept, kept.as_topic()) for kept in speakers)
        topics = {kept: topic for kept, topic in found if topic is not None}
        actors = {actor for topic in topics.values() for actor in (topic.subject, topic.by) if actor is not None}
        surroundings, parties = await around(connection, reading, ids), await wholes_of(connection, reading, actors)
        wholes = Wholes(surroundings, spots, parties, of_incidents)
        near = cls(connection, reading, speakers, wholes, topics)
        for kept, topic in topics.items():
            near._at.setdefault((topic.measure, topic.unit, kept.place), []).append(kept)
        return near

    async def pairs(self, kept: KeptTopic) -> tuple[int, list[Contradiction]]:
        """Pairs that cannot both be right if they are about one thing: of a topic, and of it and those near to it.

        Each pair of topics once: near to one are those of its place that come after it, and those around its place.
        With how many claims were looked at.
        """
        near = self._near(kept)
        alone = several(self.speakers[kept])
        if not near and not alone:
            return 0, []
        mine = await self._claims(kept)
        found = [pair for said in mine.values() for pair in contradictions_then(self.reading, said)]
        certain = {ids_of(pair) for pair in found if not pair.unsure}
        found = [pair for pair in found if ids_of(pair) not in certain]
        unlinked = [said for topic, said in mine.items() if topic.incident is None]
        linked = [said for topic, said in mine.items() if topic.incident is not None]
        found += may_contradict(unlinked, linked, self._wholes)
        examined = _count(mine)
        for other in near:
            theirs = await self._claims(other)
            examined += _count(theirs)
            found += may_contradict(list(mine.values()), list(theirs.values()), self._wholes)
        found = await self._unexplained(found)
        of_incidents = await self._of_incidents(kept, near)
        found += [pair for pair in of_incidents if ids_of(pair) not in certain]
        return examined, list({ids_of(pair): pair for pair in reversed(found)}.values())[::-1]

    async def _of_incidents(self, kept: KeptTopic, near: Sequence[KeptTopic]) -> list[Contradiction]:
        """What figures of an incident call a disagreement, of two topics or of days beside each other: those pairs that
        stand at a topic. With a moment those of which one may have been then.
        """
        at = self.reading.clocks.at
        told: dict[str, list[InForce]] = {}
        for topic in (kept, *near):
            for claim in await self._said(topic):
                for incident in claim.incidents:
                    told.setdefault(incident, []).append(claim)
        mine = {incident for claim in await self._said(kept) for incident in claim.incidents}
        asked_for = [incident for incident in mine if len({claim.voice for claim in told[incident]}) > 1]
        if not asked_for:
            return []
        # Whether two are about one thing is decided by all that is told of the incident, at other places too.
        every = await claims_of_incidents(self.connection, self.reading, asked_for, kept.nature)
        family = self._topics[kept]._replace(place=None, by=None, cause=None)
        counted = [claim for claim in every if isinstance(claim.content, Figure) and family == _family(claim.content)]
        counted = await with_surroundings(self.connection, self.reading, counted)
        found = list(unlike(at_odds(await self._said(kept), at), self._wholes))
        for incident in sorted(asked_for):
            of_it = [replace(claim, incident=incident) for claim in counted if incident in claim.incidents]
            found += of_one_incident(of_it, at, self._wholes)
        found = [pair for pair in found if at is None or pair.one.may_be_of(at) or pair.other.may_be_of(at)]
        return sorted(
            (pair for pair in found if _stands_at(pair, kept.nature) == kept),
            key=lambda pair: (order(pair.one), order(pair.other)),
        )

    async def _unexplained(self, found: list[Contradiction]) -> list[Contradiction]:
        """Without those that are no disagreement, by what they are part of."""
        ids = {claim.claim for pair in found for claim in (pair.one, pair.other)}
        kin = await kin_of(self.connection, self.reading, ids) if ids else {}
        then = {claim_id: claims_then(self.reading, claims) for claim_id, claims in kin.items()}
        return [pair for pair in found if not explained(pair, then, self._wholes)] if then else found

    def _near(self, kept: KeptTopic) -> list[KeptTopic]:
        topic = self._topics.get(kept)
        if topic is None:
            return []
        # What names no place may be of one incident with what does, or of an incident that was there.
        outer = sorted({*self._wholes.places.get(kept.place, {}), ""} - {kept.place}) if kept.place else []
        return [
            other
            for place in (kept.place, *outer)
            for other in self._at.get((topic.measure, topic.unit, place), ())
            if (place != kept.place or other > kept)
            and may_share(topic, self._topics[other], self._wholes)
            and several(self.speakers[kept] | self.speakers[other])
        ]

    async def _claims(self, kept: KeptTopic) -> dict[Topic, list[InForce]]:
        return by_topic_then(self.reading, await self._said(kept))

    async def _said(self, kept: KeptTopic) -> list[InForce]:
        found = self._held.get(kept)
        if found is None:
            if sum(map(len, self._held.values())) > MOST_HELD:
                self._held.clear()
            found = self._held[kept] = await all_claims_of(self.connection, self.reading, kept)
        return found


def _family(figure: Figure) -> Topic:
    """What an incident's own topic takes in: wherever, by whomever and from whatever cause."""
    return topic_of(figure)._replace(place=None, by=None, cause=None)


def _stands_at(pair: Contradiction, nature: str) -> KeptTopic:
    """The topic at which a pair is told: that of the place inside, of the one that names a place, or the first."""
    topics = [KeptTopic.of(nature, topic_of(one.content)) for one in (pair.one, pair.other)]  # type: ignore[arg-type]
    here, there = (topic.place for topic in topics)
    if here == there:
        return min(topics)
    if not here or not there:
        return topics[0] if here else topics[1]
    return topics[0] if there in pair.one.lies_in else topics[1]


def _count(by_topic: Mapping[Topic, Sequence[InForce]]) -> int:
    return sum(map(len, by_topic.values()))
