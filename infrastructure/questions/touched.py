"""What the events of a stretch of the log touch: items and statements as they were just before and just after each."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from application.touch import Around, Facet, Touch
from application.watch import BasisOfAssessment, ControlOfPlace, Scope, Watched
from domain.fields import StreamRef
from domain.when import EARLIEST, LATEST
from infrastructure.rows.versioned import asked, current_around, current_within, is_current


async def touched(
    connection: AsyncConnection, reading: Reading, after: int, *, beside: bool = False, around: bool = False
) -> list[Touch]:
    """A `Touch` for every event at positions `after < position <= reading.position`, whatever the clocks.

    Without `around` the facets do not tell what their places lie in; without `beside` there are no related claims.
    """
    events = (await connection.execute(_EVENTS, asked(reading, after=after))).all()
    named = _Named(events)
    reports = await _with_withdrawn_in(connection, reading, named.changed_reports)
    in_reports = await _pairs(connection, reading, _CLAIMS_IN_REPORTS, reports)
    in_incidents = await _pairs(connection, reading, _CLAIMS_OF_INCIDENTS, named.incidents)
    in_assessments = await _pairs(connection, reading, _CLAIMS_OF_ASSESSMENTS, named.assessments)
    whole = {*named.claims, *in_incidents, *in_assessments}
    wanted = whole | set(in_reports)
    if beside:
        related = set(await _pairs(connection, reading, _RELATED, wanted))
        wanted |= related
    found: defaultdict[int, list[_At]] = defaultdict(list)
    more: defaultdict[int, list[_At]] = defaultdict(list)
    of_report = set(reports)
    for row in await _rows(connection, reading, _STATEMENTS, wanted):
        # What happens to a report touches what is said in it; of the rest of those claims only an answer may depend.
        here = (row.position, row.claim_id) in whole or (row.position, row.report_id) in of_report
        (found if here else more)[row.position].append(_At(_statement(row), row.from_position, row.to_position))
    for row in await _rows(connection, reading, _REPORTS, named.reports):
        publisher = json.loads(row.details).get("publisher")
        report = Facet(report=row.report_id, publisher=publisher)
        found[row.position].append(_At(report, row.from_position, row.to_position))
    for row in await _rows(connection, reading, _PLACES_OF_ASSESSMENTS, named.assessments):
        found[row.position] += [_At(Facet(place=place), row.from_position, row.to_position) for place in row.places]
    for position, facet in named.items():
        found[position].append(_At(facet, 0, LATEST))
    outwards = None
    if around:
        facets = (at.facet for ats in (*found.values(), *more.values()) for at in ats)
        outwards = await _outwards(connection, reading, after, {facet.place for facet in facets if facet.place})
    return [
        Touch(
            event.position,
            event.group_position,
            StreamRef(event.stream_kind, event.stream_id),
            event.version,
            event.type,
            tuple(_facets(found.get(event.position, ()), event.position, outwards)),
            tuple(_facets(more.get(event.position, ()), event.position, outwards)) if beside else (),
        )
        for event in events
    ]


async def scope_of(connection: AsyncConnection, reading: Reading, after: int, watched: Watched) -> Scope:
    """What a watched question depends on at any time in the same stretch."""
    match watched:
        case ControlOfPlace(place=place):
            outwards = await _outwards(connection, reading, after, {place})
            return Scope(
                around={place, *(parent.parent for parents in outwards.parents.values() for parent in parents)}
            )
        case BasisOfAssessment(assessment=assessment):
            rows = await connection.execute(_BASIS, asked(reading, after=after, assessment=assessment))
            return Scope(claims={row.claim_id for row in rows})
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


async def _with_withdrawn_in(connection: AsyncConnection, reading: Reading, reports: Pairs) -> Pairs:
    """Reports, and those that were withdrawn in them: by when that was out depends on these."""
    return {*reports, *await _pairs(connection, reading, _WITHDRAWN_IN, reports)}


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
    """What some places lie in, at any position of a stretch."""

    def __init__(self, parents: Mapping[str, Sequence[_Parent]]) -> None:
        self.parents = parents
        self._changes = sorted(
            {at for each in parents.values() for p in each for at in (p.from_position, p.to_position)}
        )
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
        begun = Around(place, EARLIEST, LATEST)
        seen, ahead = {begun}, [begun]
        while ahead:
            here = ahead.pop()
            yield here
            for parent in self.parents.get(here.place, ()):
                earliest, latest = max(here.earliest, parent.earliest), min(here.latest, parent.latest)
                further = Around(parent.parent, earliest, latest)
                if is_current(parent, position) and earliest <= latest and further not in seen:
                    seen.add(further)
                    ahead.append(further)


async def _outwards(connection: AsyncConnection, reading: Reading, after: int, places: Collection[str]) -> _Outwards:
    parents: defaultdict[str, list[_Parent]] = defaultdict(list)
    if places:
        rows = await connection.execute(_PARENTS, asked(reading, after=after, places=sorted(places)))
        for place, *parent in rows:
            parents[place].append(_Parent(*parent))
    return _Outwards(parents)


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


def _facets(ats: Sequence[_At], position: int, outwards: _Outwards | None) -> Iterator[Facet]:
    """Facets as they were before and after the event, each once."""
    told: set[Facet] = set()
    for facet, begun, ended in ats:
        if outwards is None or facet.place is None:
            every = [facet]
        else:
            then = [at for at in (position - 1, position) if begun <= at < ended]
            every = [facet._replace(around=outwards.around(facet.place, at)) for at in then]
        for one in every:
            if one not in told:
                told.add(one)
                yield one
