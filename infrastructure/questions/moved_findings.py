"""Which events moved a finding between two pictures, and which reports its claims stand in."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.touch import Touch
from application.watch import (
    ONE_OR_SEVERAL,
    BasisOfAssessment,
    ControlOfPlace,
    FiguresOfTopic,
    RecordOfSource,
    Scope,
    may_move,
)
from domain import when
from domain.fields import StreamRef
from infrastructure.questions.asked_again import AskingAgain
from infrastructure.questions.came_about import came_about
from infrastructure.questions.changes import PicturePair
from infrastructure.questions.compared import Comparing, Differing
from infrastructure.questions.merges import merged_reports, one_with
from infrastructure.questions.on_the_list import on_the_list
from infrastructure.questions.touched import scope_of
from infrastructure.rows.versioned import asked, current_within

# Of those that moved a finding: how many more there are is told.
MOST_TOLD = 10


class EventAt(NamedTuple):
    """Which version of a stream an event made, and where it stands."""

    position: int
    stream: StreamRef
    version: int


class Movers(NamedTuple):
    """The first events that moved a finding, and how many more there are.

    `told_apart`: else it was not looked which of them did, and each may have. `in_part`: not all that lie between were
    looked through, and others may have too.
    """

    events: Sequence[EventAt]
    more: int = 0
    in_part: bool = False
    told_apart: bool = True


async def movers(comparing: Comparing, found: Sequence[Differing]) -> list[Movers]:
    """Of each finding the events between the two positions that moved it."""
    pictures, touches = comparing.pictures, comparing.bearing.touches
    async with comparing.connect() as connection:
        if touches is None:
            return [await _of_what_it_rests_on(connection, pictures, one) for one in found]
        moving = [await _may_have_moved(connection, pictures, touches, one) for one in found]
    positions = [sorted({touch.position for touch in some}) for some in moving]
    told = []
    for some, by in zip(moving, await came_about(AskingAgain(comparing, found), positions), strict=True):
        those = [touch for touch in some if touch.position in by.positions]
        events = [EventAt(touch.position, touch.stream, touch.version) for touch in those]
        told.append(Movers(events[:MOST_TOLD], max(0, len(events) - MOST_TOLD), told_apart=by.told_apart))
    return told


async def _may_have_moved(
    connection: AsyncConnection, pictures: PicturePair, touches: Sequence[Touch], one: Differing
) -> Sequence[Touch]:
    scope = await _scope(connection, pictures, one)
    return _moving(pictures, touches, scope, await _with_all_that_are_one(connection, pictures, one))


def told_claims(one: Differing) -> set[str]:
    """The claims that either finding rests on."""
    return {claim for side in (one.before, one.after) if side is not None for claim in side.rests_on()}


async def _with_all_that_are_one(connection: AsyncConnection, pictures: PicturePair, one: Differing) -> Differing:
    """A finding about persons, with all that any of them was one with: they may stand for themselves again."""
    if one.question not in ("person", "incident"):
        return one
    persons = {item for item in _rests_on(one) if item.kind == "person"}
    listed = await on_the_list(connection, pictures.later, pictures.low, persons)
    further = frozenset(StreamRef("person", person) for each in listed.values() for person in each.persons)
    sides = [side and side._replace(on=side.on | further) for side in (one.before, one.after)]
    return one._replace(before=sides[0], after=sides[1])


def _rests_on(one: Differing) -> set[StreamRef]:
    return {item for side in (one.before, one.after) if side is not None for item in side.on}


async def _scope(connection: AsyncConnection, pictures: PicturePair, one: Differing) -> Scope:
    match one.question:
        case "control" | "disagreements" if one.about is not None:
            watched = ControlOfPlace(question="control", place=one.about)
            return await scope_of(connection, pictures.later, pictures.low, watched)
        case "assessment":
            return Scope(claims=told_claims(one))
        case _:
            return Scope()


def _moving(pictures: PicturePair, touches: Sequence[Touch], scope: Scope, one: Differing) -> Sequence[Touch]:
    about: Any = one.about
    match one.question:
        case "control":
            control = ControlOfPlace(question="control", place=about)
            return [touch for touch in touches if may_move(control, touch, scope)]
        case "figures":
            figures = FiguresOfTopic(question="figures", topic=about)
            return [touch for touch in touches if may_move(figures, touch, scope)]
        case "assessment":
            by = pictures.after.clocks.reported_by
            cut_off = None if by is None else when.rfc3339(by)
            basis = BasisOfAssessment(question="assessment", assessment=about, reported_by=cut_off)
            return [touch for touch in touches if may_move(basis, touch, scope)]
        case "person" | "incident":
            on, claims = _rests_on(one), told_claims(one)
            return [
                touch
                for touch in touches
                if touch.stream in on
                or (touch.stream.kind == "report" and any(facet.claim in claims for facet in touch.facets))
            ]
        case "record":
            record = RecordOfSource(question="record", source=about)
            return [touch for touch in touches if may_move(record, touch, scope)]
        case "item":
            return [touch for touch in touches if str(touch.stream) == about]
        case "disagreements":
            claims = told_claims(one)
            return [
                touch
                for touch in touches
                if _may_be_near(touch, scope, one.about) or any(facet.claim in claims for facet in touch.facets)
            ]


def _may_be_near(touch: Touch, scope: Scope, place: str | None) -> bool:
    """Whether an event is another word of a place, of a time, or changed the structure."""
    structural = touch.type in ONE_OR_SEVERAL or touch.stream.kind in ("actor", "place")
    return structural or any(
        facet.kind == "occurrence" or facet.place == place or facet.place in scope.around for facet in touch.facets
    )


async def _of_what_it_rests_on(connection: AsyncConnection, pictures: PicturePair, one: Differing) -> Movers:
    """The events of the claims that a finding rests on, of the reports that those stood in, of the incidents that they
    tell of, and of the assessments that rest on them; of the item itself, and of the structure that it depends on.
    """
    scope = await _scope(connection, pictures, one)
    one = await _with_all_that_are_one(connection, pictures, one)
    items = _structure_of(one, scope)
    named = _named(pictures, one, most=MOST_TOLD, kinds=[item.kind for item in items], ids=[item.id for item in items])
    holders = one.question in ("control", "disagreements")
    rows = await connection.execute(
        _EVENTS, {**named, "holders": holders, "merges": holders or one.question == "figures"}
    )
    found = [(EventAt(row.position, StreamRef(row.stream_kind, row.stream_id), row.version), row.every) for row in rows]
    # Of an item that is all that there was.
    in_part = one.question != "item"
    more = found[0][1] - len(found) if found else 0
    return Movers([event for event, _ in found], more, in_part, told_apart=not in_part)


def _structure_of(one: Differing, scope: Scope) -> Sequence[StreamRef]:
    """The items whose own events may have moved a finding; a place with all that it lies in."""
    match one.question:
        case "item":
            kind, _, id_ = str(one.about).partition("/")
            return [StreamRef(kind, id_)]
        case "person" | "incident":
            return sorted(item for item in _rests_on(one) if item.kind != "claim")
        case "record" | "assessment":
            return [StreamRef("source" if one.question == "record" else "assessment", str(one.about))]
        case _:
            return [StreamRef("place", place) for place in sorted(scope.around)]


async def touching(
    connection: AsyncConnection, pictures: PicturePair, reports: Collection[str], one: Differing
) -> list[str]:
    """Those of some reports that the claims of a finding ever stood in or were withdrawn in; of a record, those that
    its source published, withdrew another in, or speaks in. Of merged ones the one that they go on as.
    """
    if not reports:
        return []
    if one.question == "record":
        merged = {*await one_with(connection, pictures.before, "source", str(one.about))}
        merged |= {*await one_with(connection, pictures.after, "source", str(one.about))}
        named = asked(pictures.later, after=pictures.low, those=sorted(reports), sources=sorted(merged))
        rows = await connection.execute(_REPORTS_OF_SOURCES, named)
    else:
        rows = await connection.execute(_REPORTS, _named(pictures, one, those=sorted(reports)))
    of_reports = await merged_reports(connection, pictures.later)
    return sorted({of_reports.survivor(row.report_id) for row in rows})


def _named(pictures: PicturePair, one: Differing, **more: Any) -> dict[str, Any]:
    return asked(pictures.later, after=pictures.low, claims=sorted(told_claims(one)), **more)


# With those that any of them goes on as.
_THEIR_REPORTS = f"""
    select s.report_id from statements s
    where s.dossier_id = :dossier_id and s.generation = :claims_generation and {current_within("s")}
        and s.claim_id = any(:claims)
    union
    select m.merged_into from reports_of o
    join reports m on m.dossier_id = :dossier_id and m.generation = :reports_generation and {current_within("m")}
        and m.report_id = o.report_id and m.merged_into is not null
"""  # noqa: S608
_CLAIMS = bindparam("claims", type_=ARRAY(Text))
_EVENTS = text(f"""
    with recursive reports_of (report_id) as ({_THEIR_REPORTS}), of_them as (
        select e.position, e.stream_kind, e.stream_id, e.version from events e
        where e.dossier_id = :dossier_id and e.position > :after and e.position <= :position
            and (e.stream_kind, e.stream_id) in (
                select 'claim', unnest(:claims)
                union all select * from unnest(:kinds, :ids)
                union all select 'report', report_id from reports_of
                union all select distinct 'incident', l.incident_id from incident_claims l
                where l.dossier_id = :dossier_id and l.generation = :incidents_generation and {current_within("l")}
                    and l.claim_id = any(:claims)
                union all select distinct 'assessment', b.assessment_id from assessment_claims b
                where b.dossier_id = :dossier_id and b.generation = :assessments_generation and {current_within("b")}
                    and b.claim_id = any(:claims)
            )
        union
        select e.position, e.stream_kind, e.stream_id, e.version from events e
        where e.dossier_id = :dossier_id and e.stream_kind in ('source', 'actor', 'place', 'report') and e.version > 1
            and e.position > :after and e.position <= :position
            and ((:merges and e.type = any(:one_or_several)) or (:holders and e.stream_kind = 'actor'))
    )
    select *, count(*) over () as every from of_them order by position limit :most
""").bindparams(  # noqa: S608
    _CLAIMS,
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("ids", type_=ARRAY(Text)),
    bindparam("one_or_several", list(ONE_OR_SEVERAL), type_=ARRAY(Text)),
    bindparam("holders", type_=Boolean),
    bindparam("merges", type_=Boolean),
)
_REPORTS = text(f"""
    with recursive reports_of (report_id) as ({_THEIR_REPORTS})
    select report_id from reports_of where report_id = any(:those)
    union
    select r.withdrawn_in from reports_of o
    join reports r on r.dossier_id = :dossier_id and r.generation = :reports_generation and {current_within("r")}
        and r.report_id = o.report_id
    where r.withdrawn_in = any(:those)
    order by 1
""").bindparams(_CLAIMS, bindparam("those", type_=ARRAY(Text)))  # noqa: S608
_REPORTS_OF_SOURCES = text(f"""
    select distinct s.report_id from statements s
    where s.dossier_id = :dossier_id and s.generation = :claims_generation and {current_within("s")}
        and s.claimant_id = any(:sources) and s.report_id = any(:those)
    union
    select r.report_id from reports r
    where r.dossier_id = :dossier_id and r.generation = :reports_generation and {current_within("r")}
        and r.report_id = any(:those) and cast(r.details as jsonb) ->> 'publisher' = any(:sources)
    union
    select r.withdrawn_in from reports r
    where r.dossier_id = :dossier_id and r.generation = :reports_generation and {current_within("r")}
        and r.withdrawn_in = any(:those) and cast(r.details as jsonb) ->> 'publisher' = any(:sources)
    order by 1
""").bindparams(bindparam("those", type_=ARRAY(Text)), bindparam("sources", type_=ARRAY(Text)))  # noqa: S608
