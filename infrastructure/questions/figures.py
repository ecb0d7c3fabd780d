"""Topics and their claims: what is counted in a dossier, and what was said of one topic."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, and_, bindparam, exists, func, not_, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.estimate import MEASURES
from domain.in_force import InForce
from domain.topic import NotATopic, Topic, parse_topic
from infrastructure.questions.around import ALWAYS, Windows
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.questions.rule_claims import as_claims, claims_in_force, rule_columns
from infrastructure.read_models.incidents import incident_claims
from infrastructure.rows.versioned import as_of, asked, current_at


def natures_of(topic: Topic) -> tuple[str, str]:
    """The natures under which a topic's claims are kept."""
    return MEASURES[topic.measure].nature, "intended"


def kept_as(topic: Topic) -> str:
    """A topic as the statements have it: without its place and its incident."""
    return str(replace(topic, place=None, incident=None))


@dataclass(frozen=True, slots=True)
class TopicClaims:
    """The claims of one topic; `in_incidents` is how many more tell the same of an incident each."""

    claims: Sequence[InForce]
    in_incidents: int


async def topic_claims(connection: AsyncConnection, reading: Reading, topic: Topic) -> TopicClaims:
    """Every claim of a topic that was not retracted. Without an incident: those that tell of none."""
    query = _topic_claims(cut_off_of(reading))
    named = {"natures": list(natures_of(topic)), "place": topic.place or "", "topic": kept_as(topic)}
    if topic.incident is not None:
        found = await claims_in_force(connection, reading, query, **named)
        return TopicClaims([claim for claim in found if claim.incident == topic.incident], 0)
    rows = (await connection.execute(query, asked(reading, **named))).all()
    alone = [row for row in rows if not row.linked]
    return TopicClaims(await as_claims(connection, reading, alone), len(rows) - len(alone))


@cache
def _topic_claims(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    linked = exists().where(as_of(incident_claims, "incidents"), incident_claims.c.claim_id == s.claim_id)
    return rows.select(*rule_columns(rows), linked.label("linked")).where(
        not_(rows.retracted),
        s.nature == func.any(bindparam("natures", type_=ARRAY(Text))),
        s.place_id == bindparam("place", type_=Text),
        s.topic == bindparam("topic", type_=Text),
    )


async def all_claims_of(connection: AsyncConnection, reading: Reading, kept: "KeptTopic") -> list[InForce]:
    """Every claim of a topic that was not retracted, those that tell of incidents too."""
    natures = [kept.nature, "intended"]
    named = {"natures": natures, "place": kept.place, "topic": kept.topic}
    return await claims_in_force(connection, reading, _topic_claims(cut_off_of(reading)), **named)


async def claims_by_id(connection: AsyncConnection, reading: Reading, claim_ids: Sequence[str]) -> list[InForce]:
    """Some claims, those left out that were retracted or not out by the cut-off."""
    if not claim_ids:
        return []
    return await claims_in_force(connection, reading, _by_id(cut_off_of(reading)), claim_ids=list(claim_ids))


@cache
def _by_id(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    wanted = func.any(bindparam("claim_ids", type_=ARRAY(Text)))
    return rows.select(*rule_columns(rows)).where(not_(rows.retracted), rows.s.c.claim_id == wanted)


class KeptTopic(NamedTuple):
    """Where the claims of a topic are kept, in the order of the index. No place is the empty one."""

    nature: str
    place: str
    topic: str

    def as_topic(self) -> Topic | None:
        """None for what is kept so and is no figure: a capture that is intended."""
        try:
            return replace(parse_topic(self.topic), place=self.place or None)
        except NotATopic:
            return None


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """What a topic must have; `places` are the place asked for and those inside it, with the times at which."""

    measure: str | None = None
    unit: str | None = None
    subject: str | None = None
    group: str | None = None
    by: str | None = None
    cause: str | None = None
    places: Mapping[str, Windows] | None = None

    def takes(self, topic: Topic) -> bool:
        if self.places is not None and (topic.place or "") not in self.places:
            return False
        wanted = ((name, getattr(self, name)) for name in ("measure", "unit", "subject", "group", "by", "cause"))
        return all(value is None or getattr(topic, name) == value for name, value in wanted)


@dataclass(frozen=True, slots=True)
class CountedTopic:
    """A topic with how many claims in force it has; `in_incidents` of them tell of one incident each."""

    kept: KeptTopic
    topic: Topic
    claims: int
    in_incidents: int


NATURES_IN_ORDER = ("flow", "stock", "intended")
_WALKED_AT_ONCE = 500


async def topics(
    connection: AsyncConnection, reading: Reading, wanted: FigureFilter, after: KeptTopic | None, limit: int
) -> tuple[list[CountedTopic], bool]:
    """A page of the topics that have a claim in force, and whether there are more."""
    found: list[CountedTopic] = []
    async for walked in _walked(connection, reading, wanted, after):
        for counted in await _counted(connection, reading, walked):
            if len(found) == limit:
                return found, True
            found.append(counted)
    return found, False


async def _walked(
    connection: AsyncConnection, reading: Reading, wanted: FigureFilter, after: KeptTopic | None
) -> AsyncIterator[list[tuple[KeptTopic, Topic]]]:
    """Topics that the filter takes, those of one nature after those of another, some hundreds at once."""
    begun = NATURES_IN_ORDER.index(after.nature) if after else 0
    for nature in NATURES_IN_ORDER[begun:]:
        last = after if after is not None and after.nature == nature else None
        while True:
            kept = await _kept_topics(connection, reading, nature, wanted.places, last)
            if nature == "intended":
                # What is also told as a fact was walked by then.
                told = await _told_as_facts(connection, reading, kept)
                found = [one for one in kept if (one.place, one.topic) not in told]
            else:
                found = kept
            named = ((one, one.as_topic()) for one in found)
            yield [(one, topic) for one, topic in named if topic is not None and wanted.takes(topic)]
            if len(kept) < _WALKED_AT_ONCE:
                break
            last = kept[-1]


async def _kept_topics(
    connection: AsyncConnection,
    reading: Reading,
    nature: str,
    places: Collection[str] | None,
    after: KeptTopic | None,
) -> list[KeptTopic]:
    place, topic = (after.place, after.topic) if after else ("", "")
    parameters = asked(reading, nature=nature, place=place, topic=topic, wanted=_WALKED_AT_ONCE)
    if places is None:
        rows = await connection.execute(_ALL_TOPICS, parameters)
    else:
        rows = await connection.execute(_TOPICS_IN, parameters | {"places": sorted(places)})
    return [KeptTopic(nature, *row) for row in rows]


# The index is walked from one topic to the next, however many statements each has.
_ALL_TOPICS = text(f"""
    with recursive kept (place_id, topic, nth) as (
        select cast(:place as text) collate "C", cast(:topic as text) collate "C", 0
        union all
        select following.place_id, following.topic, kept.nth + 1
        from kept, lateral (
            select place_id, topic from statements
            where dossier_id = :dossier_id and generation = :claims_generation and nature = :nature
                and (place_id, topic) > (kept.place_id, kept.topic)
                and {current_at()}
            order by place_id, topic limit 1
        ) following
        where kept.nth < :wanted
    )
    select place_id, topic from kept where nth > 0
""")  # noqa: S608  (nothing of it is given by anybody)
_TOPICS_IN = text(f"""
    select distinct place_id, topic from statements
    where dossier_id = :dossier_id and generation = :claims_generation and nature = :nature
        and place_id = any(:places) and (place_id, topic) > (:place, :topic)
        and {current_at()}
    order by place_id, topic limit :wanted
""").bindparams(bindparam("places", type_=ARRAY(Text)))  # noqa: S608


async def _told_as_facts(
    connection: AsyncConnection, reading: Reading, kept: Sequence[KeptTopic]
) -> set[tuple[str, str]]:
    arrays = {"places": [one.place for one in kept], "topics": [one.topic for one in kept]}
    rows = await connection.execute(_TOLD_AS_FACTS, asked(reading, **arrays))
    return {(row.place_id, row.topic) for row in rows}


_TOLD_AS_FACTS = text(f"""
    select kept.place_id, kept.topic from unnest(:places, :topics) as kept (place_id, topic)
    where exists (
        select from statements s
        where dossier_id = :dossier_id and generation = :claims_generation and nature in ('flow', 'stock')
            and s.place_id = kept.place_id and s.topic = kept.topic
            and {current_at()}
    )
""").bindparams(bindparam("places", type_=ARRAY(Text)), bindparam("topics", type_=ARRAY(Text)))  # noqa: S608


async def _counted(
    connection: AsyncConnection, reading: Reading, walked: Sequence[tuple[KeptTopic, Topic]]
) -> list[CountedTopic]:
    """Those that have a claim in force, with how many."""
    if not walked:
        return []
    arrays = {
        "natures": [MEASURES[topic.measure].nature for _, topic in walked],
        "places": [kept.place for kept, _ in walked],
        "topics": [kept.topic for kept, _ in walked],
    }
    rows = await connection.execute(_counts(cut_off_of(reading)), asked(reading, **arrays))
    counts = {(row.place_id, row.topic): row for row in rows}
    return [
        CountedTopic(kept, topic, row.claims, row.in_incidents)
        for kept, topic in walked
        if (row := counts.get((kept.place, kept.topic))) is not None
    ]


@cache
def _counts(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    wanted = (
        func.unnest(*(bindparam(name, type_=ARRAY(Text)) for name in ("natures", "places", "topics")))
        .table_valued("nature", "place_id", "topic", name="wanted")
        .render_derived()
    )
    same = and_(
        or_(s.nature == wanted.c.nature.collate("C"), s.nature == "intended"),
        s.place_id == wanted.c.place_id.collate("C"),
        s.topic == wanted.c.topic.collate("C"),
    )
    linked = exists().where(as_of(incident_claims, "incidents"), incident_claims.c.claim_id == s.claim_id)
    counted = [func.count().label("claims"), func.count().filter(linked).label("in_incidents")]
    query = select(s.place_id, s.topic, *counted).select_from(wanted.join(rows.joined, same))
    return query.where(rows.in_force, not_(rows.retracted)).group_by(s.place_id, s.topic)


async def beside(connection: AsyncConnection, reading: Reading, topic: Topic) -> list[Topic]:
    """Other topics of the same measure and place: other units, groups and parts of the same thing."""
    wanted = FigureFilter(measure=topic.measure, places={topic.place or "": ALWAYS})
    walk = _walked(connection, reading, wanted, None)
    found = [counted.topic async for walked in walk for counted in await _counted(connection, reading, walked)]
    return [other for other in found if other != replace(topic, incident=None)]
