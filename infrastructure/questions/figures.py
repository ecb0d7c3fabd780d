"""Topics and their claims: what is counted in a dossier, and what was said of one topic."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Select,
    TableValuedAlias,
    Text,
    and_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Figure
from domain.estimate import MEASURES
from domain.figures import FIRST_RULES
from domain.in_force import InForce
from domain.may_be_same import SPOTS
from domain.membership import ALL_TIME, Inside
from domain.merging import Merged
from domain.topic import NotATopic, Topic, any_in_topics, parse_topic, topic_as_one, topic_of, topics_alike
from infrastructure.questions.around import ALWAYS, places_inside_then, places_named, with_surroundings
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.questions.merges import all_merged
from infrastructure.questions.moment import spoken
from infrastructure.questions.rule_claims import as_claims, claims_in_force, rule_columns
from infrastructure.read_models.claims import relations
from infrastructure.read_models.incidents import claims_of, incident_claims, survivor_of
from infrastructure.rows.versioned import as_of, asked, current_at

# Of so many topics beside one it is told what they come to, and of no more claims than so many.
MOST_BESIDE = 20
MOST_CLAIMS_BESIDE = 1_000

NATURES_IN_ORDER = ("flow", "stock", "intended")


def natures_of(topic: Topic) -> tuple[str, ...]:
    """The natures under which a topic's claims are kept: all, of which a dossier's own measure has one or other."""
    kind = MEASURES.get(topic.measure)
    return NATURES_IN_ORDER if kind is None else (kind.nature, "intended")


async def _natures(connection: AsyncConnection, reading: Reading, topics: Collection[Topic]) -> Mapping[str, str]:
    """Of each measure whether it is a stock or a flow; of one that was only ever intended, as if it were a stock."""
    natures = {one.measure: MEASURES[one.measure].nature for one in topics if one.measure in MEASURES}
    own = sorted({one.measure for one in topics} - natures.keys())
    told = await connection.execute(_OWN_NATURES, asked(reading, measures=own)) if own else ()
    return {**dict.fromkeys(own, "stock"), **natures, **{row.measure: row.nature for row in told}}


# At any position: it never changes.
_OWN_NATURES = text("""
    select distinct measure, nature from statements
    where dossier_id = :dossier_id and generation = :claims_generation and nature in ('flow', 'stock')
        and measure = any(:measures)
""").bindparams(bindparam("measures", type_=ARRAY(Text)))


def kept_as(topic: Topic) -> str:
    """A topic as the statements have it: without its place and its incident."""
    return str(topic._replace(place=None, incident=None))


@dataclass(frozen=True, slots=True)
class TopicClaims:
    """The claims that a rule puts together for one topic; `in_incidents` is how many of the topic tell of incidents."""

    claims: Sequence[InForce]
    in_incidents: int


async def topic_claims(connection: AsyncConnection, reading: Reading, topic: Topic, rule: str) -> TopicClaims:
    """Every claim of a topic that was not retracted, those of an incident at the end of its merges.

    Without an incident those of all of them too; by the first rules only those that tell of none. Of an incident alone
    those at whatever place, by whoever and of whatever cause; by the first rules only those that say none.
    """
    query = _topic_claims(await cut_off_of(connection, reading))
    merged = await all_merged(connection, reading)
    named: dict[str, Any] = {**_kept(topics_alike(topic, merged)), "natures": list(natures_of(topic))}
    if topic.incident is not None:
        incident = await survivor_of(connection, reading, topic.incident)
        if incident is None:
            return TopicClaims([], 0)
        if topic.is_anywhere and rule not in FIRST_RULES:
            query = _of_claims(await cut_off_of(connection, reading))
            ids = sorted(await claims_of(connection, reading, [incident]))
            of_them = await claims_in_force(connection, reading, query, claim_ids=ids, natures=named["natures"])
            meant = topic_as_one(topic, merged)
            found = [
                claim
                for claim in of_them
                if isinstance(claim.content, Figure) and meant.takes_in(topic_of(claim.content))
            ]
            found = await with_surroundings(connection, reading, found)
        else:
            found = await claims_in_force(connection, reading, query, **named)
        if rule in FIRST_RULES:
            found = [claim.of_one_incident() for claim in found]
        return TopicClaims([replace(claim, incident=incident) for claim in found if incident in claim.incidents], 0)
    rows = (await connection.execute(query, asked(reading, **named))).all()
    alone = [row for row in rows if not row.linked]
    taken = alone if rule in FIRST_RULES else rows
    return TopicClaims(await as_claims(connection, reading, taken), len(rows) - len(alone))


def _kept(alike: Collection[Topic]) -> dict[str, list[str]]:
    """Under which places and topics the statements have some topics: every pair of them is one of these."""
    return {
        "places": sorted({one.place or "" for one in alike}),
        "topics": sorted({kept_as(one) for one in alike}),
    }


async def claims_of_incidents(
    connection: AsyncConnection, reading: Reading, incidents: Collection[str], nature: str
) -> list[InForce]:
    """Every claim that tells of some incidents (at the end of their merges) and counts something of a nature."""
    ids = sorted(await claims_of(connection, reading, incidents))
    query = _of_claims(await cut_off_of(connection, reading))
    return await claims_in_force(connection, reading, query, origins=False, claim_ids=ids, natures=[nature, "intended"])


@cache
def _of_claims(cut_off: CutOff) -> Select[Any]:
    """Of some claims those that count something, wherever."""
    rows = in_force(cut_off)
    s = rows.s.c
    return rows.select(*rule_columns(rows)).where(
        not_(rows.retracted),
        s.claim_id == func.any(bindparam("claim_ids", type_=ARRAY(Text))),
        s.nature == func.any(bindparam("natures", type_=ARRAY(Text))),
    )


@cache
def _topic_claims(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    linked = exists().where(as_of(incident_claims, "incidents"), incident_claims.c.claim_id == s.claim_id)
    return rows.select(*rule_columns(rows), linked.label("linked")).where(
        not_(rows.retracted),
        s.nature == func.any(bindparam("natures", type_=ARRAY(Text))),
        s.place_id == func.any(bindparam("places", type_=ARRAY(Text))),
        s.topic == func.any(bindparam("topics", type_=ARRAY(Text))),
    )


async def all_claims_of(connection: AsyncConnection, reading: Reading, kept: "KeptTopic") -> list[InForce]:
    """Every claim of a topic (by what its items go on as) that was not retracted, those that tell of incidents too."""
    alike = kept.alike(await all_merged(connection, reading))
    named: dict[str, Any] = {
        "natures": [kept.nature, "intended"],
        "places": sorted({one.place for one in alike}),
        "topics": sorted({one.topic for one in alike}),
    }
    query = _topic_claims(await cut_off_of(connection, reading))
    return await claims_in_force(connection, reading, query, origins=False, **named)


async def claims_by_id(connection: AsyncConnection, reading: Reading, claim_ids: Sequence[str]) -> list[InForce]:
    """Some claims, those left out that were retracted or not out by the cut-off."""
    if not claim_ids:
        return []
    query = _by_id(await cut_off_of(connection, reading))
    return await claims_in_force(connection, reading, query, claim_ids=list(claim_ids))


@cache
def _by_id(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    wanted = func.any(bindparam("claim_ids", type_=ARRAY(Text)))
    return rows.select(*rule_columns(rows)).where(not_(rows.retracted), rows.s.c.claim_id == wanted)


async def kin_of(connection: AsyncConnection, reading: Reading, claim_ids: Collection[str]) -> dict[str, list[InForce]]:
    """For each of some claims what it is part of, and what is part of it, at any remove; nothing for most."""
    kin: dict[str, set[str]] = {claim_id: set() for claim_id in claim_ids}
    for upwards in (True, False):
        reached = {claim_id: {claim_id} for claim_id in claim_ids}
        while asked_for := {other for others in reached.values() for other in others}:
            rows = await connection.execute(_kin(upwards), asked(reading, claim_ids=sorted(asked_for)))
            beyond: dict[str, set[str]] = {}
            for claim_id, other in rows:
                beyond.setdefault(claim_id, set()).add(other)
            for claim_id, others in reached.items():
                found = {far for other in others for far in beyond.get(other, ())} - kin[claim_id]
                kin[claim_id] |= found
                reached[claim_id] = found
    claims = await claims_by_id(connection, reading, sorted({other for others in kin.values() for other in others}))
    by_id = {claim.claim: claim for claim in claims}
    return {
        claim_id: [by_id[other] for other in sorted(others) if other in by_id and other != claim_id]
        for claim_id, others in kin.items()
        if others
    }


@cache
def _kin(upwards: bool) -> Select[Any]:
    r = relations.c
    one, other = (r.claim_id, r.to_claim) if upwards else (r.to_claim, r.claim_id)
    wanted = func.any(bindparam("claim_ids", type_=ARRAY(Text)))
    return select(one, other).where(as_of(relations, "claims"), r.relation == "part_of", one == wanted)


class KeptTopic(NamedTuple):
    """Where the claims of a topic are kept, in the order of the index. No place is the empty one."""

    nature: str
    place: str
    topic: str

    def as_topic(self) -> Topic | None:
        """None for what is kept so and is no figure: a capture that is intended."""
        try:
            return parse_topic(self.topic)._replace(place=self.place or None)
        except NotATopic:
            return None

    @classmethod
    def of(cls, nature: str, topic: Topic) -> "KeptTopic":
        return cls(nature, topic.place or "", kept_as(topic))

    def as_one(self, merged: Mapping[str, Merged]) -> "KeptTopic":
        """By what the items that it names go on as."""
        topic = self.as_topic() if any_in_topics(merged) else None
        return self if topic is None else self.of(self.nature, topic_as_one(topic, merged))

    def alike(self, merged: Mapping[str, Merged]) -> list["KeptTopic"]:
        """All that are one with it, by the items that are one with those that it names."""
        topic = self.as_topic() if any_in_topics(merged) else None
        return [self] if topic is None else [self.of(self.nature, one) for one in topics_alike(topic, merged)]


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """What a topic must have; `places` are the place asked for and those inside it, with the times at which."""

    measure: str | None = None
    unit: str | None = None
    subject: str | None = None
    group: str | None = None
    by: str | None = None
    cause: str | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    places: Inside | None = None

    def takes(self, topic: Topic) -> bool:
        if self.places is not None and (topic.place or "") not in self.places:
            return False
        wanted = ((name, getattr(self, name)) for name in ("measure", "unit", "subject", "group", "by", "cause"))
        said = all(value is None or getattr(topic, name) == value for name, value in wanted)
        return said and set(self.dimensions) <= set(topic.dimensions)

    def as_one(self, actors: Merged) -> "FigureFilter":
        """By what the actors that it names go on as. Of its places, all that are one are among them."""
        subject, by = (None if id_ is None else actors.survivor(id_) for id_ in (self.subject, self.by))
        return replace(self, subject=subject, by=by)


@dataclass(frozen=True, slots=True)
class CountedTopic:
    """A topic with how many claims in force it has; `in_incidents` of them tell of one incident each."""

    kept: KeptTopic
    topic: Topic
    claims: int
    in_incidents: int


_WALKED_AT_ONCE = 500


async def topics(
    connection: AsyncConnection, reading: Reading, wanted: FigureFilter, after: KeptTopic | None, limit: int
) -> tuple[list[CountedTopic], bool]:
    """A page of the topics that have a claim in force, and whether there are more."""
    wanted = wanted.as_one((await all_merged(connection, reading))["actor"])
    found: list[CountedTopic] = []
    async for walked in _walked(connection, reading, wanted, after):
        for counted in await _counted(connection, reading, walked, wanted.places):
            if len(found) == limit:
                return found, True
            found.append(counted)
    return found, False


async def _walked(
    connection: AsyncConnection, reading: Reading, wanted: FigureFilter, after: KeptTopic | None
) -> AsyncIterator[list[tuple[KeptTopic, Topic]]]:
    """Topics that the filter takes, those of one nature after those of another, some hundreds at once."""
    merged = await all_merged(connection, reading)
    if any_in_topics(merged):
        every = await _all_as_one(connection, reading, merged)
        further = [one for one in every if after is None or _place_in_list(one) > _place_in_list(after)]
        for start in range(0, len(further), _WALKED_AT_ONCE):
            some = ((one, one.as_topic()) for one in further[start : start + _WALKED_AT_ONCE])
            yield [(one, topic) for one, topic in some if topic is not None and wanted.takes(topic)]
        return
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


def _place_in_list(kept: KeptTopic) -> tuple[int, str, str]:
    return NATURES_IN_ORDER.index(kept.nature), kept.place, kept.topic


async def _all_as_one(connection: AsyncConnection, reading: Reading, merged: Mapping[str, Merged]) -> list[KeptTopic]:
    """Every topic in the order of the list, those that are one once: in the index they stand apart."""
    found: dict[tuple[str, str], KeptTopic] = {}
    for nature in NATURES_IN_ORDER:
        for said in await spoken(connection, reading, nature):
            one = KeptTopic(nature, said.place, said.topic).as_one(merged)
            # What is also told as a fact is walked as that.
            found.setdefault((one.place, one.topic), one)
    return sorted(found.values(), key=_place_in_list)


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
    connection: AsyncConnection,
    reading: Reading,
    walked: Sequence[tuple[KeptTopic, Topic]],
    places: Inside | None = None,
) -> list[CountedTopic]:
    """Those that have a claim in force, with how many: of a place those that may be about a time when it was inside."""
    if not walked:
        return []
    merged = await all_merged(connection, reading)
    every = [(alike, kept, topic) for kept, topic in walked for alike in kept.alike(merged)]
    natures = await _natures(connection, reading, [topic for _, _, topic in every])
    arrays: dict[str, list[Any]] = {
        "natures": [natures[topic.measure] for _, _, topic in every],
        "places": [alike.place for alike, _, _ in every],
        "topics": [alike.topic for alike, _, _ in every],
    }
    named = sorted(set(arrays["places"]))
    windows = [] if places is None else [(id_, *window) for id_ in named for window in places[id_]]
    once = any(window[1:] != ALL_TIME for window in windows)
    if once:
        arrays |= dict(zip(("insiders", "earliest", "latest"), map(list, zip(*windows, strict=True)), strict=True))
    rows = await connection.execute(_counts(await cut_off_of(connection, reading), once), asked(reading, **arrays))
    counts = {(row.place_id, row.topic): row for row in rows}
    found: dict[KeptTopic, CountedTopic] = {}
    for alike, kept, topic in every:
        if (row := counts.get((alike.place, alike.topic))) is not None:
            before = found.get(kept, CountedTopic(kept, topic, 0, 0))
            found[kept] = replace(
                before, claims=before.claims + row.claims, in_incidents=before.in_incidents + row.in_incidents
            )
    return list(found.values())


def wanted_topics() -> TableValuedAlias:
    """What is asked for, as rows as they are kept: the parameters `natures`, `places` and `topics`, of one length."""
    return (
        func.unnest(*(bindparam(name, type_=ARRAY(Text)) for name in ("natures", "places", "topics")))
        .table_valued("nature", "place_id", "topic", name="wanted")
        .render_derived()
    )


@cache
def _counts(cut_off: CutOff, once: bool) -> Select[Any]:
    """`once`: only what may have been so while its place was inside."""
    rows = in_force(cut_off)
    s = rows.s.c
    wanted = wanted_topics()
    same = and_(
        or_(s.nature == wanted.c.nature.collate("C"), s.nature == "intended"),
        s.place_id == wanted.c.place_id.collate("C"),
        s.topic == wanted.c.topic.collate("C"),
    )
    linked = exists().where(as_of(incident_claims, "incidents"), incident_claims.c.claim_id == s.claim_id)
    counted = [func.count().label("claims"), func.count().filter(linked).label("in_incidents")]
    query = select(s.place_id, s.topic, *counted).select_from(wanted.join(rows.joined, same))
    if once:
        window = (
            func.unnest(
                bindparam("insiders", type_=ARRAY(Text)),
                *(bindparam(name, type_=ARRAY(BigInteger)) for name in ("earliest", "latest")),
            )
            .table_valued("place_id", "earliest", "latest", name="window_of")
            .render_derived()
        )
        met = and_(s.earliest_start <= window.c.latest, window.c.earliest <= rows.so.latest_end)
        inside = and_(window.c.place_id.collate("C") == s.place_id, or_(s.earliest_start.is_(None), met))
        query = query.where(exists().where(inside))
    return query.where(rows.in_force, not_(rows.retracted)).group_by(s.place_id, s.topic)


async def beside(connection: AsyncConnection, reading: Reading, topic: Topic) -> list[Topic]:
    """Other topics of the same measure and place, or incident: other units, groups and parts of the same thing."""
    topic = topic_as_one(topic, await all_merged(connection, reading))
    if topic.incident is not None and topic.is_anywhere:
        incident = await survivor_of(connection, reading, topic.incident)
        told_of = set[str]() if incident is None else await claims_of(connection, reading, [incident])
        said = (claim.content for claim in await claims_by_id(connection, reading, sorted(told_of)))
        others = {topic_of(one) for one in said if isinstance(one, Figure) and one.measure == topic.measure}
        return sorted((one for one in others if not topic.takes_in(one)), key=str)
    wanted = FigureFilter(measure=topic.measure, places={topic.place or "": ALWAYS})
    walk = _walked(connection, reading, wanted, None)
    found = [counted.topic async for walked in walk for counted in await _counted(connection, reading, walked)]
    return [other for other in found if other != topic._replace(incident=None)]


async def inside(connection: AsyncConnection, reading: Reading, topic: Topic) -> list[Topic]:
    """What is counted at places inside that of a topic, which is a spot, and may be of what the topic counts: it is no
    number of that place, though what happened in a village may have happened at its mosque.
    """
    if topic.place is None or topic.incident is not None:
        return []
    merged = (await all_merged(connection, reading))["place"]
    place = merged.survivor(topic.place)
    named = await places_named(connection, reading, [place])
    if place not in named or named[place].kind not in SPOTS:
        return []
    within = await places_inside_then(connection, reading, place)
    within = {one: windows for one, windows in within.items() if merged.survivor(one) != place}
    if not within:
        return []
    said = (topic.measure, topic.unit, topic.subject, topic.group, topic.by, topic.cause, topic.dimensions)
    found = []
    async for walked in _walked(connection, reading, FigureFilter(*said, places=within), None):
        found += [counted.topic for counted in await _counted(connection, reading, walked, within)]
    return found


async def claims_beside(
    connection: AsyncConnection, reading: Reading, beside: Sequence[Topic], rule: str
) -> dict[Topic, list[InForce]]:
    """The claims that a rule puts together for the topics beside one: of the first ones, unless they have too many."""
    first = [(KeptTopic.of(natures_of(topic)[0], topic), topic) for topic in beside[:MOST_BESIDE]]
    taken: dict[Topic, list[InForce]] = {}
    claims = 0
    for counted in await _counted(connection, reading, first):
        if claims + counted.claims <= MOST_CLAIMS_BESIDE:
            claims += counted.claims
            taken[counted.topic] = []
    if not taken:
        return {}
    merged = await all_merged(connection, reading)
    kept = _kept([alike for topic in taken for alike in topics_alike(topic, merged)])
    query = _topic_claims(await cut_off_of(connection, reading))
    named = asked(reading, **kept, natures=list(natures_of(beside[0])))
    rows = [row for row in await connection.execute(query, named) if not (row.linked and rule in FIRST_RULES)]
    for claim in await as_claims(connection, reading, rows):
        assert isinstance(claim.content, Figure)
        # Of other places too, where the topics are at several.
        if (topic := topic_of(claim.content)) in taken:
            taken[topic].append(claim)
    return taken
