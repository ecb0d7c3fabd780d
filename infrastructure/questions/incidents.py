"""Incidents by what they are, where and when, and by what a measure comes to in each: the whole, never of a part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, NotRequired, cast

from sqlalchemy import Select, Text, bindparam, func, not_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import TypedDict

from application.reading import Page, Reading
from domain import when
from domain.content import Figure
from domain.estimate import Measure, Unit
from domain.figures import LATEST_PER_CLAIMANT, FigureGroup, FigurePicture
from domain.in_force import InForce
from domain.incident import IncidentStanding, standing_of
from domain.membership import Inside, lay_within
from domain.rules import RULES
from domain.when import Instant
from infrastructure.questions.around import with_surroundings
from infrastructure.questions.figures import claims_by_id
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.read_models.incidents import IncidentItem, incidents_as_of
from infrastructure.rows.versioned import asked


class LinkSetAside(TypedDict):
    """A claim that is linked, and that nobody stands by: its source, or the publisher of its report, took it back, or
    we do not rely on its reports.
    """

    claim: str
    why: Literal["withdrawn", "discredited"]


class IncidentTold(IncidentItem):
    """`standing`: whether anybody still tells of it. `nothing_left` if every claim that is linked was taken back or is
    not relied on; `unlinked` if none is linked: it is the desk's own.

    `set_aside`, if there are any: those of `claims` that count for nothing, with why. `not_in_force`: those of which no
    answer tells, since they, or all reports of them, were retracted. By `reported_by` `claims` are those that were out
    by then, without any that is not in force, and `not_reported` is how many more are linked.
    """

    standing: IncidentStanding
    set_aside: NotRequired[list[LinkSetAside]]
    not_in_force: NotRequired[list[str]]
    not_reported: NotRequired[int]


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents: of a claim, a type, some places (while they may have been inside the one asked for), a period
    (`certainly` in it, or perhaps), a standing.

    Of a `measure` what it comes to in its `unit` is told; `at_least` and `at_most` leave out those in which it cannot
    be so many.
    """

    claim: str | None = None
    type: str | None = None
    places: Inside | None = None
    period: tuple[Instant, Instant] | None = None
    certainly: bool = False
    measure: Measure | None = None
    at_least: int | None = None
    at_most: int | None = None
    unit: Unit | None = None
    standing: IncidentStanding | None = None

    @property
    def leaves_out(self) -> bool:
        """Whether one of a claim's, or of the dossier's, may not pass."""
        beyond = (self.type, self.places, self.period, self.at_least, self.at_most, self.standing)
        return any(one is not None for one in beyond)

    def takes(self, incident: Mapping[str, Any], time_zone: str) -> bool:
        if self.standing is not None and incident["standing"] != self.standing:
            return False
        if self.type is not None and incident["type"] != self.type:
            return False
        so = None if incident["when"] is None else when.span(incident["when"], time_zone, period=False)
        if self.places is not None and not lay_within(so, self.places.get(incident["place"] or "", ())):
            return False
        if self.period is None:
            return True
        if so is None:
            return not self.certainly
        held = so.holds_within(*self.period)
        # Of a date that nobody is sure of (`?`) nothing is certain.
        certain = held == "certain" and not when.is_uncertain(incident["when"])
        return certain or (held != "no" and not self.certainly)

    def takes_number(self, counted: FigureGroup | None) -> bool:
        if self.at_least is None and self.at_most is None:
            return True
        if counted is None or counted.range is None:
            return False
        low, high = counted.range.low, counted.range.high
        enough = self.at_least is None or high is None or high >= self.at_least
        return enough and (self.at_most is None or low <= self.at_most)


# So many are looked through at once where not all of them pass.
_AT_ONCE = 200


async def incidents_found(
    connection: AsyncConnection, reading: Reading, wanted: IncidentFilter, page: Page
) -> list[tuple[IncidentTold, FigureGroup | None]]:
    """A page of those that pass, in the order in which they were opened, each with what the measure comes to.

    By `reported_by` those are left out that nothing was out of by then.
    """
    found: list[tuple[IncidentTold, FigureGroup | None]] = []
    leaves_out = wanted.leaves_out or reading.clocks.reported_by is not None
    size, after = _AT_ONCE if leaves_out else page.limit, page.after
    while True:
        some = await incidents_as_of(connection, reading, Page(size, after), wanted.claim)
        passing = await by_what_was_out(connection, reading, some)
        passing = [one for one in passing if was_known(one) and wanted.takes(one, reading.time_zone)]
        counted: Mapping[str, FigureGroup] = {}
        if wanted.measure is not None and wanted.unit is not None:
            counted = await counted_in(connection, reading, passing, wanted.measure, wanted.unit)
        numbered = ((one, counted.get(one["id"])) for one in passing)
        found += [(one, number) for one, number in numbered if wanted.takes_number(number)]
        if len(some) < size or len(found) >= page.limit:
            return found[: page.limit]
        after = some[-1]["recorded_position"]


async def by_what_was_out(
    connection: AsyncConnection, reading: Reading, incidents: Sequence[IncidentItem]
) -> list[IncidentTold]:
    """Each with the claims that were out by the cut-off, what became of those, and how many more are linked; without
    one, with all that are linked, also those that no answer tells of.
    """
    cut_off = await cut_off_of(connection, reading)
    linked = asked(reading, claim_ids=sorted({id_ for one in incidents for id_ in one["claims"]}))
    # What was retracted, or stands in retracted reports only, was never out by any cut-off.
    ever = {row.claim_id: row for row in await connection.execute(_out(cut_off._replace(takes="none")), linked)}
    if reading.clocks.reported_by is None:
        return [_told(one, one["claims"], ever, ever) for one in incidents]
    out = {row.claim_id: row for row in await connection.execute(_out(cut_off), linked)}
    told = []
    for one in incidents:
        by_then = [id_ for id_ in one["claims"] if id_ in out and id_ in ever]
        later = sum(id_ in ever and id_ not in out for id_ in one["claims"])
        told.append(_told(one, by_then, ever, out, later))
    return told


def _told(
    incident: IncidentItem,
    claims: list[str],
    ever: Mapping[str, Any],
    out: Mapping[str, Any],
    not_reported: int | None = None,
) -> IncidentTold:
    aside = [set_aside for id_ in claims if id_ in out and (set_aside := _set_aside(out[id_]))]
    never_said = [id_ for id_ in incident["claims"] if id_ not in ever]
    gone = [id_ for id_ in never_said if id_ in claims]
    standing = standing_of(
        retracted=incident["retracted"],
        stand=len(claims) - len(aside) - len(gone),
        set_aside=len(aside),
        out_later=not_reported or 0,
        never_said=len(never_said),
    )
    told: Any = {**incident, "claims": claims, "standing": standing}
    told |= {"set_aside": aside} if aside else {}
    told |= {"not_in_force": gone} if gone else {}
    told |= {} if not_reported is None else {"not_reported": not_reported}
    return cast(IncidentTold, told)


def _set_aside(row: Any) -> LinkSetAside | None:
    if row.is_withdrawn:
        return {"claim": row.claim_id, "why": "withdrawn"}
    return {"claim": row.claim_id, "why": "discredited"} if row.discredited else None


def was_known(incident: IncidentTold) -> bool:
    """Whether anything of it was out by the cut-off. One without claims is the desk's own, and no source's news."""
    return bool(incident["claims"]) or not incident.get("not_reported")


_LINKED = func.any(bindparam("claim_ids", type_=ARRAY(Text)))


@cache
def _out(cut_off: CutOff) -> Select[Any]:
    rows = in_force(cut_off)
    discredited = rows.r.c.discredited_because.is_not(None).label("discredited")
    columns = (rows.s.c.claim_id, rows.withdrawn.label("is_withdrawn"), discredited)
    return rows.select(*columns).where(not_(rows.retracted), rows.s.c.claim_id == _LINKED)


async def counted_in(
    connection: AsyncConnection, reading: Reading, incidents: Iterable[IncidentItem], measure: Measure, unit: Unit
) -> Mapping[str, FigureGroup]:
    """By incident, those left out of which nobody gives a number for the whole.

    Those of a subject, a group or a desk's own dimension are parts: they are not taken for the whole, and not added up.
    """
    some = list(incidents)
    found = await claims_by_id(connection, reading, sorted({id_ for one in some for id_ in one["claims"]}))
    whole = {claim.claim: claim for claim in found if _is_whole(claim, measure, unit)}
    # Where a place lies matters only to an incident of which something is told at another one too.
    several = {claim.claim: claim for one in some for claim in _of_several_places(one, whole)}
    whole |= {claim.claim: claim for claim in await with_surroundings(connection, reading, [*several.values()])}
    counted = {}
    for one in some:
        # Of a claim that tells of several incidents what it comes to in this one: all that is told of one is one group.
        said = [replace(whole[id_], incident=one["survivor"]) for id_ in one["claims"] if id_ in whole]
        picture: FigurePicture = RULES[LATEST_PER_CLAIMANT].function(said, None)
        for group in picture.groups:
            if group.range is not None:
                # A page tells no lines, and does not hold them.
                counted[one["id"]] = replace(group, lines=())
    return counted


def _of_several_places(incident: IncidentItem, claims: Mapping[str, InForce]) -> list[InForce]:
    told = [claims[id_] for id_ in incident["claims"] if id_ in claims]
    return told if len({claim.content.place for claim in told} - {None}) > 1 else []


def _is_whole(claim: InForce, measure: Measure, unit: Unit) -> bool:
    figure = claim.content
    return (
        isinstance(figure, Figure)
        and (figure.measure, figure.unit) == (measure, unit)
        and not (figure.subject or figure.group or figure.dimensions)
    )
