"""What the events of a stretch of the log touch: items and statements as they were just before and just after each."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from application.touch import Around, Facet, Touch
from application.watch import (
    BasisOfAssessment,
    ControlOfPlace,
    DisagreementsOfPlace,
    FiguresOfTopic,
    Scope,
    Watched,
)
from domain.fields import StreamRef
from domain.merging import Merged
from domain.topic import parse_topic, topics_alike
from domain.when import EARLIEST, LATEST
from infrastructure.questions.around import inwards
from infrastructure.questions.origins import claims_from, derived, originals_of
from infrastructure.rows.versioned import asked, current_around, current_within, is_current


async def touched(
    connection: AsyncConnection, reading: Reading, after: int, *, beside: bool = False, around: bool = False
) -> list[Touch]:
    """A `Touch` for every event at positions `after < position <= reading.position`, whatever the clocks.

    Without `around` the facets do not tell what their places lie in; without `beside` there are no related claims.
    """
    events = (await connection.execute(_EVENTS, asked(reading, after=after))).all()
    named = _Named(events)
    merges = await _merges(connection, reading, after)
    reports = await _with_withdrawn_in(connection, reading, named.changed_reports, merges)
    in_reports = await _pairs(connection, reading, _CLAIMS_IN_REPORTS, reports)
    in_incidents = await _pairs(connection, reading, _CLAIMS_OF_INCIDENTS, named.incidents)
    in_assessments = await _pairs(connection, reading, _CLAIMS_OF_ASSESSMENTS, named.assessments)
    of_persons = await _pairs(connection, reading, _CLAIMS_OF_PERSONS, named.persons)
    whole = {*named.claims, *in_incidents, *of_persons, *in_assessments}
    wanted = said = whole | set(in_reports)
    of_reports = await _rows(connection, reading, _REPORTS, {*named.reports, *reports})
    if beside:
        related = set(await _pairs(connection, reading, _RELATED, wanted))
        wanted = said | related | await _taken_from(connection, reading, after, events, of_reports)
    found: defaultdict[int, list[_At]] = defaultdict(list)
    more: defaultdict[int, list[_At]] = defaultdict(list)
    of_report = set(reports)
    for row in await _rows(connection, reading, _STATEMENTS, wanted):
        # What happens to a report touches what is said in it; of the rest of those claims only an answer may depend.
        here = (row.position, row.claim_id) in whole or (row.position, row.report_id) in of_report
        (found if here else more)[row.position].append(_At(_statement(row), row.from_position, row.to_position))
    for row in of_reports:
        publisher = json.loads(row.details).get("publisher")
        report = Facet(report=row.report_id, publisher=publisher)
        # By when a report was out that another was withdrawn in goes only what its publisher had taken back by then.
        here = (row.position, row.report_id) in named.reports
        (found if here else more)[row.position].append(_At(report, row.from_position, row.to_position))
    for query, of_kind in (
        (_PLACES_OF_INCIDENTS, named.incidents),
        (_PLACES_OF_PERSONS, named.persons),
        (_PLACES_OF_THEIR_INCIDENTS, named.persons),
    ):
        for row in await _rows(connection, reading, query, of_kind):
            found[row.position].append(_At(Facet(place=row.place_id), row.from_position, row.to_position))
    # What names no place may be of where its incident was.
    for row in await _rows(connection, reading, _PLACES_OF_UNPLACED, wanted):
        here = (row.position, row.claim_id) in said
        at = _At(Facet(place=row.place_id), row.from_position, row.to_position)
        (found if here else more)[row.position].append(at)
    for row in await _rows(connection, reading, _PLACES_OF_ASSESSMENTS, named.assessments):
        found[row.position] += [_At(Facet(place=place), row.from_position, row.to_position) for place in row.places]
    for position, facet in named.items():
        found[position].append(_At(facet, 0, LATEST))
    outwards = None
    if around:
        facets = (at.facet for ats in (*found.values(), *more.values()) for at in ats)
        places = {facet.place for facet in facets if facet.place}
        outwards = await _outwards(connection, reading, after, places, merges)
    return [
        Touch(
            event.position,
            event.group_position,
            StreamRef(event.stream_kind, event.stream_id),
            event.version,
            event.type,
            tuple(_facets(found.get(event.position, ()), event.position, outwards, merges)),
            tuple(_facets(more.get(event.position, ()), event.position, outwards, merges)) if beside else (),
        )
        for event in events
    ]


async def facets_in_reports(
    connection: AsyncConnection, reading: Reading, after: int, reports: Collection[str]
) -> set[Facet]:
    """What is said in some reports, or by claims that are related to that: as of the reading, and as of `after`.

    Of those claims all their statements, since by the publication of one goes which of them is in force.
    """
    pairs = {(position, report) for position in {after, reading.position} for report in reports}
    # Facets are told as before each of the two positions too.
    merges = await _merges(connection, reading, after - 1)
    counting = await _with_withdrawn_in(connection, reading, pairs, merges)
    claims = set(await _pairs(connection, reading, _CLAIMS_IN_REPORTS, counting))
    claims |= set(await _pairs(connection, reading, _RELATED, claims))
    found: defaultdict[int, list[_At]] = defaultdict(list)
    for row in await _rows(connection, reading, _STATEMENTS, claims):
        found[row.position].append(_At(_statement(row), row.from_position, row.to_position))
    return {facet for position, ats in found.items() for facet in _facets(ats, position, None, merges)}


async def scope_of(connection: AsyncConnection, reading: Reading, after: int, watched: Watched) -> Scope:
    """What a watched question depends on at any time in the same stretch."""
    match watched:
        case ControlOfPlace(place=place) | DisagreementsOfPlace(place=place):
            merges = await _merges(connection, reading, after)
            around = (await _outwards(connection, reading, after, {place}, merges)).places
            if isinstance(watched, ControlOfPlace) or watched.kind not in (None, "dates"):
                return Scope(around=around)
            told = await connection.execute(_TOLD_ELSEWHERE, asked(reading, after=after, place=place))
            return Scope(around=around, elsewhere=set(told.scalars()))
        case BasisOfAssessment(assessment=assessment):
            rows = await connection.execute(_BASIS, asked(reading, after=after, assessment=assessment))
            return Scope(claims={row.claim_id for row in rows})
        case FiguresOfTopic(topic=topic) if parse_topic(topic).incident is not None:
            return Scope(listed=(await connection.execute(_LISTED, asked(reading, after=after))).first() is not None)
        case _:
            return Scope()


class _Named:
    """The items of some events by kind, each with the position of its event."""

    def __init__(self, events: Sequence[Any]) -> None:
        self._by_kind: defaultdict[str, set[tuple[int, str]]] = defaultdict(set)
        for event in events:
            self._by_kind[event.stream_kind].add((event.position, event.stream_id))
        # Nothing was said yet in a report that was just filed.
        first = {event.position for event in events if event.version == 1}
        self.changed_reports = {(position, id_) for position, id_ in self._by_kind["report"] if position not in first}
        self.claims = self._by_kind["claim"]
        self.reports = self._by_kind["report"]
        self.incidents = self._by_kind["incident"]
        self.persons = self._by_kind["person"]
        self.assessments = self._by_kind["assessment"]

    def items(self) -> Iterator[tuple[int, Facet]]:
        """The items themselves that have no rows to be looked at."""
        for position, id_ in self._by_kind["source"]:
            yield position, Facet(claimant=id_)
        for position, id_ in self._by_kind["actor"]:
            yield position, Facet(actors=(id_,))
        for position, id_ in self._by_kind["place"]:
            yield position, Facet(place=id_)


class _At(NamedTuple):
    """A facet with the positions from which and up to which it was so."""

    facet: Facet
    from_position: int
    to_position: int


Pairs = Collection[tuple[int, str]]


async def _rows(connection: AsyncConnection, reading: Reading, query: Any, pairs: Pairs) -> Sequence[Any]:
    if not pairs:
        return ()
    positions, ids = zip(*sorted(pairs), strict=True)
    return (await connection.execute(query, asked(reading, positions=list(positions), ids=list(ids)))).all()


async def _pairs(connection: AsyncConnection, reading: Reading, query: Any, pairs: Pairs) -> list[tuple[int, str]]:
    return [(row[0], row[1]) for row in await _rows(connection, reading, query, pairs)]


async def _with_withdrawn_in(
    connection: AsyncConnection, reading: Reading, reports: Pairs, merges: "_OneAt | None"
) -> Pairs:
    """Reports, and those that were withdrawn in them: by when that was out depends on these.

    With all that are one with any of them just before or after: they go by what becomes of the one that stays.
    """
    reports = _of_one(reports, merges)
    return _of_one({*reports, *await _pairs(connection, reading, _WITHDRAWN_IN, reports)}, merges)


async def _taken_from(
    connection: AsyncConnection, reading: Reading, after: int, events: Sequence[Any], of_reports: Sequence[Any]
) -> set[tuple[int, str]]:
    """What may come from a report from which others derive, where that derives from others from there on.

    Or where it is there no longer, or again: by which reports are one with it goes what is merged into it.
    """
    originals: defaultdict[tuple[int, str], set[frozenset[str]]] = defaultdict(set)
    for row in of_reports:
        originals[row.position, row.report_id].add(originals_of(row.details))
    moved = [
        (event.position, event.stream_id)
        for event in events
        if event.type in ("report.retracted", "report.reinstated")
        or (event.type == "report.corrected" and len(originals[event.position, event.stream_id]) > 1)
    ]
    if not moved:
        return set()
    deriving = await derived(connection, reading, after)
    from_each = {pair: deriving.from_any([pair[1]]) for pair in moved}
    claims = await claims_from(connection, reading, after, set().union(*from_each.values()))
    return {
        (position, claim)
        for (position, _), reports in from_each.items()
        for report in reports
        for claim in claims.get(report, ())
    }


def _of_one(reports: Pairs, merges: "_OneAt | None") -> Pairs:
    if merges is None:
        return reports
    return {
        (position, one)
        for position, report in reports
        for at in (position - 1, position)
        for one in merges.report.at(at).one_with(report)
    }


def _pair_query(query: str) -> Any:
    arrays = bindparam("positions", type_=ARRAY(BigInteger)), bindparam("ids", type_=ARRAY(Text))
    return text(query).bindparams(*arrays)


_E = "unnest(:positions, :ids) as e (position, id)"
_EVENTS = text("""
    select position, group_position, stream_kind, stream_id, version, type from events
    where dossier_id = :dossier_id and position > :after and position <= :position order by position
""")
_WITHDRAWN_IN = _pair_query(f"""
    select e.position, r.report_id from {_E}
    join reports r on r.dossier_id = :dossier_id and r.generation = :reports_generation and r.withdrawn_in = e.id
        and {current_around("r", "e.position")}
""")  # noqa: S608
_CLAIMS_IN_REPORTS = _pair_query(f"""
    select distinct e.position, s.claim_id from {_E}
    join statements s on s.dossier_id = :dossier_id and s.generation = :claims_generation and s.report_id = e.id
        and {current_around("s", "e.position")}
""")  # noqa: S608
_CLAIMS_OF_INCIDENTS = _pair_query(f"""
    with recursive down (position, incident_id) as (
        select e.position, e.id collate "C" from {_E}
        union
        select e.position, i.incident_id from down e
        join incidents i on i.dossier_id = :dossier_id and i.generation = :incidents_generation
            and i.merged_into = e.incident_id and {current_around("i", "e.position")}
    )
    select distinct e.position, l.claim_id from down e
    join incident_claims l on l.dossier_id = :dossier_id and l.generation = :incidents_generation
        and l.incident_id = e.incident_id and {current_around("l", "e.position")}
""")  # noqa: S608
# What is merged into a person stays with that one: an event touches what the person itself was linked to.
_CLAIMS_OF_PERSONS = _pair_query(f"""
    select distinct e.position, l.claim_id from {_E}
    join person_claims l on l.dossier_id = :dossier_id and l.generation = :persons_generation
        and l.person_id = e.id and {current_around("l", "e.position")}
""")  # noqa: S608


def _places_up_from(incidents: str) -> str:
    """Where some incidents were, and what these are merged into. `incidents`: each with the position of its event, and
    from which and up to which position it counts.
    """
    incident = "incidents i on i.dossier_id = :dossier_id and i.generation = :incidents_generation"
    current = f"i.incident_id = up.incident_id and {current_around('i', 'up.position')}"
    both = (
        "greatest(up.from_position, i.from_position) as from_position,"
        " least(up.to_position, i.to_position) as to_position"
    )
    return f"""
        with recursive up (position, incident_id, from_position, to_position) as (
            {incidents}
            union
            select up.position, i.merged_into, {both} from up
            join {incident} and {current} and i.merged_into is not null
        )
        select up.position, cast(i.details as jsonb) ->> 'place' as place_id, {both} from up
        join {incident} and {current}
        where cast(i.details as jsonb) ->> 'place' is not null
    """  # noqa: S608


_PLACES_OF_INCIDENTS = _pair_query(
    _places_up_from(f"""select e.position, e.id collate "C", cast(0 as bigint), cast({LATEST} as bigint) from {_E}""")  # noqa: S608
)
_PLACES_OF_PERSONS = _pair_query(f"""
    select e.position, f.place_id, f.from_position, f.to_position from {_E}
    join person_fates f on f.dossier_id = :dossier_id and f.generation = :persons_generation
        and f.person_id = e.id and f.place_id is not null and {current_around("f", "e.position")}
""")  # noqa: S608
_PLACES_OF_THEIR_INCIDENTS = _pair_query(
    _places_up_from(f"""
        select e.position, f.incident_id, f.from_position, f.to_position from {_E}
        join person_fates f on f.dossier_id = :dossier_id and f.generation = :persons_generation
            and f.person_id = e.id and f.incident_id is not null and {current_around("f", "e.position")}
    """)  # noqa: S608
)
_PLACES_OF_UNPLACED = _pair_query(f"""
    with recursive up (position, claim_id, incident_id, from_position, to_position) as (
        select e.position, s.claim_id, l.incident_id, greatest(s.from_position, l.from_position),
            least(s.to_position, l.to_position)
        from {_E}
        join statements s on s.dossier_id = :dossier_id and s.generation = :claims_generation and s.claim_id = e.id
            and s.place_id = '' and s.kind = 'figure' and {current_around("s", "e.position")}
        join incident_claims l on l.dossier_id = :dossier_id and l.generation = :incidents_generation
            and l.claim_id = s.claim_id and {current_around("l", "e.position")}
        union
        select up.position, up.claim_id, i.merged_into, greatest(up.from_position, i.from_position),
            least(up.to_position, i.to_position)
        from up
        join incidents i on i.dossier_id = :dossier_id and i.generation = :incidents_generation
            and i.incident_id = up.incident_id and i.merged_into is not null and {current_around("i", "up.position")}
    )
    select up.position, up.claim_id, cast(i.details as jsonb) ->> 'place' as place_id,
        greatest(up.from_position, i.from_position) as from_position,
        least(up.to_position, i.to_position) as to_position
    from up
    join incidents i on i.dossier_id = :dossier_id and i.generation = :incidents_generation
        and i.incident_id = up.incident_id and {current_around("i", "up.position")}
    where cast(i.details as jsonb) ->> 'place' is not null
""")  # noqa: S608
_CLAIMS_OF_ASSESSMENTS = _pair_query(f"""
    select distinct e.position, b.claim_id from {_E}
    join assessment_claims b on b.dossier_id = :dossier_id and b.generation = :assessments_generation
        and b.assessment_id = e.id and {current_around("b", "e.position")}
""")  # noqa: S608
_PLACES_OF_ASSESSMENTS = _pair_query(f"""
    select e.position, a.places, a.from_position, a.to_position from {_E}
    join assessments a on a.dossier_id = :dossier_id and a.generation = :assessments_generation
        and a.assessment_id = e.id and {current_around("a", "e.position")}
""")  # noqa: S608
_RELATED = _pair_query(f"""
    select e.position, r.to_claim from {_E}
    join relations r on r.dossier_id = :dossier_id and r.generation = :claims_generation and r.claim_id = e.id
        and {current_around("r", "e.position")}
    union
    select e.position, r.claim_id from {_E}
    join relations r on r.dossier_id = :dossier_id and r.generation = :claims_generation and r.to_claim = e.id
        and {current_around("r", "e.position")}
""")  # noqa: S608
_STATEMENTS = _pair_query(f"""
    select e.position, s.claim_id, s.kind, s.measure, s.topic, s.place_id, s.claimant_id, s.report_id, s.actors,
        s.earliest_start, s.latest_end, s.from_position, s.to_position
    from {_E}
    join statements s on s.dossier_id = :dossier_id and s.generation = :claims_generation and s.claim_id = e.id
        and {current_around("s", "e.position")}
""")  # noqa: S608
_REPORTS = _pair_query(f"""
    select e.position, r.report_id, r.details, r.from_position, r.to_position from {_E}
    join reports r on r.dossier_id = :dossier_id and r.generation = :reports_generation and r.report_id = e.id
        and {current_around("r", "e.position")}
""")  # noqa: S608
_LISTED = text(f"""
    select from person_fates
    where dossier_id = :dossier_id and generation = :persons_generation and incident_id is not null
        and {current_within()} limit 1
""")
# All that may lie in the place or be one with what does, the incidents that occurrences there tell of, all that may be
# one with those, and where else occurrences tell of them.
_TOLD_ELSEWHERE = text(f"""
    with recursive inside (place_id) as (
        select cast(:place as text) collate "C"
        union
        select near.place_id from inside i, lateral (
            {inwards("i.place_id", current_within)}
        ) near
    ),
    told (incident_id) as (
        select l.incident_id from inside i
        join statements s on s.dossier_id = :dossier_id and s.generation = :claims_generation
            and s.nature in ('occurrence', 'control') and s.place_id = i.place_id and s.kind = 'occurrence'
            and {current_within("s")}
        join incident_claims l on l.dossier_id = :dossier_id and l.generation = :incidents_generation
            and l.claim_id = s.claim_id and {current_within("l")}
        union
        select case when n.incident_id = t.incident_id then n.merged_into else n.incident_id end from told t
        join incidents n on n.dossier_id = :dossier_id and n.generation = :incidents_generation
            and n.merged_into is not null and t.incident_id in (n.incident_id, n.merged_into) and {current_within("n")}
    )
    select distinct s.place_id from told t
    join incident_claims l on l.dossier_id = :dossier_id and l.generation = :incidents_generation
        and l.incident_id = t.incident_id and {current_within("l")}
    join statements s on s.dossier_id = :dossier_id and s.generation = :claims_generation and s.claim_id = l.claim_id
        and s.kind = 'occurrence' and {current_within("s")}
""")  # noqa: S608
_BASIS = text(f"""
    select distinct claim_id from assessment_claims
    where dossier_id = :dossier_id and generation = :assessments_generation and assessment_id = :assessment
        and {current_within()}
""")  # noqa: S608


def _statement(row: Any) -> Facet:
    return Facet(
        row.claim_id,
        row.kind,
        row.measure,
        row.topic,
        row.place_id or None,
        row.claimant_id or None,
        row.report_id,
        actors=tuple(row.actors),
        span=None if row.earliest_start is None else (row.earliest_start, row.latest_end),
    )


class _Parent(NamedTuple):
    parent: str
    earliest: int
    latest: int
    from_position: int
    to_position: int


class _Outwards:
    """What some places lie in, at any position of a stretch. `places` are all that any of them lies in at some time."""

    def __init__(
        self, places: Collection[str], parents: Mapping[str, Collection[_Parent]], merges: "_OneAt | None"
    ) -> None:
        self.places = places
        self._parents = parents
        self._merges = merges
        changes = {at for each in parents.values() for p in each for at in (p.from_position, p.to_position)}
        self._changes = sorted(changes if merges is None else changes | merges.place.changes)
        self._found: dict[tuple[str, int], tuple[Around, ...]] = {}

    def around(self, place: str, position: int) -> tuple[Around, ...]:
        # Between two changes of the gazetteer everything lies where it lay.
        epoch = bisect_right(self._changes, position)
        found = self._found.get((place, epoch))
        if found is None:
            found = self._found[place, epoch] = tuple(self._walk(place, position))
        return found

    def _walk(self, place: str, position: int) -> Iterator[Around]:
        """With the times between which it may have lain there, one way or another."""
        merged = Merged({}) if self._merges is None else self._merges.place.at(position)
        begun = Around(merged.survivor(place), EARLIEST, LATEST)
        seen, ahead = {begun}, [begun]
        while ahead:
            here = ahead.pop()
            for one in merged.one_with(here.place):
                yield here._replace(place=one)
            for parent in self._parents.get(here.place, ()):
                earliest, latest = max(here.earliest, parent.earliest), min(here.latest, parent.latest)
                further = Around(merged.survivor(parent.parent), earliest, latest)
                if is_current(parent, position) and earliest <= latest and further not in seen:
                    seen.add(further)
                    ahead.append(further)


async def _outwards(
    connection: AsyncConnection, reading: Reading, after: int, places: Collection[str], merges: "_OneAt | None"
) -> _Outwards:
    parents: defaultdict[str, set[_Parent]] = defaultdict(set)
    known, ask = set(places), set(places)
    while ask:
        for place, *parent in await connection.execute(_PARENTS, asked(reading, after=after, places=sorted(ask))):
            parents[place].add(_Parent(*parent))
            known |= {place, parent[0]}
        ask = set() if merges is None else merges.place.ends_of(known) - known
        known |= ask
    return _Outwards(known, parents, merges)


_PARENTS = text(f"""
    with recursive up (place_id) as (
        select unnest(:places) collate "C"
        union
        select p.parent_id from up
        join place_parents p on p.dossier_id = :dossier_id and p.generation = :places_generation
            and p.place_id = up.place_id and {current_within("p")}
    )
    select p.place_id, p.parent_id, p.earliest, p.latest, p.from_position, p.to_position from up
    join place_parents p on p.dossier_id = :dossier_id and p.generation = :places_generation
        and p.place_id = up.place_id and {current_within("p")}
""").bindparams(bindparam("places", type_=ARRAY(Text)))  # noqa: S608


class _MergedRow(NamedTuple):
    id: str
    merged_into: str | None
    retracted: bool
    from_position: int
    to_position: int


class _Merges:
    """Which items of a kind are one, at any position of a stretch."""

    def __init__(self, rows: Sequence[_MergedRow]) -> None:
        self._rows = rows
        self.changes = {at for row in rows for at in (row.from_position, row.to_position)}
        self._epochs = sorted(self.changes)
        self._found: dict[int, Merged] = {}

    def at(self, position: int) -> Merged:
        # Between two changes those are one that were.
        epoch = bisect_right(self._epochs, position)
        if (found := self._found.get(epoch)) is None:
            now = {row.id: row for row in self._rows if is_current(row, position)}
            into = {id_: row.merged_into for id_, row in now.items() if row.merged_into and not row.retracted}
            found = self._found[epoch] = Merged({id_: to for id_, to in into.items() if not now[to].retracted})
        return found

    def ends_of(self, ids: Collection[str]) -> set[str]:
        """What any of some items goes into at some position."""
        return {row.merged_into for row in self._rows if row.merged_into is not None and row.id in ids}


_MERGING = ("source", "actor", "place", "report")


class _OneAt(NamedTuple):
    """What merges of a stretch make one, by kind."""

    source: _Merges
    actor: _Merges
    place: _Merges
    report: _Merges


async def _merges(connection: AsyncConnection, reading: Reading, after: int) -> _OneAt | None:
    """None where nothing is merged."""
    rows: dict[str, list[_MergedRow]] = {kind: [] for kind in _MERGING}
    for kind, *row in await connection.execute(_MERGED, asked(reading, after=after)):
        rows[kind].append(_MergedRow(*row))
    return _OneAt(*(_Merges(rows[kind]) for kind in _MERGING)) if any(rows.values()) else None


def _merged(kind: str) -> str:
    return f"""
        select '{kind}', s.{kind}_id, s.merged_into, s.retracted, s.from_position, s.to_position from {kind}s s
        where s.dossier_id = :dossier_id and s.generation = :{kind}s_generation and {current_within("s")}
            and s.{kind}_id = any(array(
                select unnest(array[m.{kind}_id, m.merged_into]) from {kind}s m
                where m.dossier_id = :dossier_id and m.generation = :{kind}s_generation and m.merged_into is not null
                    and {current_within("m")}
            ))
    """  # noqa: S608  (nothing of it is given by anybody)


_MERGED = text(" union all ".join(map(_merged, _MERGING)))


def _facets(ats: Sequence[_At], position: int, outwards: _Outwards | None, merges: _OneAt | None) -> Iterator[Facet]:
    """Facets as they were before and after the event, each once: one for each of the items that are one."""
    told: set[Facet] = set()
    for facet, begun, ended in ats:
        then = [at for at in (position - 1, position) if begun <= at < ended]
        if outwards is None or facet.place is None:
            every = [facet]
        else:
            every = [facet._replace(around=outwards.around(facet.place, at)) for at in then]
        if merges is not None:
            every = [alike for one in every for at in then for alike in _of_all_that_are_one(one, merges, at)]
        for one in every:
            if one not in told:
                told.add(one)
                yield one


def _of_all_that_are_one(facet: Facet, merges: _OneAt, at: int) -> Iterator[Facet]:
    """A facet for each of the sources, places and reports, and topic of the actors, that are one with its own."""
    sources, actors, places = merges.source.at(at), merges.actor.at(at), merges.place.at(at)
    of_all = tuple(dict.fromkeys(id_ for actor in facet.actors for id_ in actors.one_with(actor)))
    facet = facet._replace(actors=of_all)
    claimants = [None] if facet.claimant is None else sources.one_with(facet.claimant)
    publishers = [None] if facet.publisher is None else sources.one_with(facet.publisher)
    topics = [facet.topic]
    if facet.topic and facet.measure and actors:
        topics = [str(one) for one in topics_alike(parse_topic(facet.topic), {"actor": actors, "place": places})]
    there = [None] if facet.place is None else places.one_with(facet.place)
    carried = [None] if facet.report is None else merges.report.at(at).one_with(facet.report)
    yield facet
    for claimant, publisher, topic, place, report in product(claimants, publishers, topics, there, carried):
        yield facet._replace(claimant=claimant, publisher=publisher, topic=topic, place=place, report=report)
