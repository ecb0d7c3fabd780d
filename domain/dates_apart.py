"""times-apart@1: voices that give one happening times which exclude each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from domain.calendar import DAY
from domain.content import Occurrence, Role
from domain.in_force import InForce, Voice
from domain.set_aside import order, split
from domain.sides import Sides
from domain.when import Instant, Span

TIMES_APART = "times-apart@1"

# What lies further apart is taken for two happenings, unless both were linked to one incident.
FURTHEST = 31 * DAY


class DatesApart(NamedTuple):
    """Two claims of one happening that give it times which do not meet: `certain` if both were linked to one incident.

    `one` stands before `other` in the order of all answers.
    """

    one: InForce
    other: InForce
    certainty: Literal["certain", "possible"]


@dataclass(frozen=True, slots=True)
class _Happening:
    claim: InForce
    content: Occurrence
    so: Span
    voice: Voice


def dates_apart(claims: Sequence[InForce], sides: Sides) -> list[DatesApart]:
    """Pairs of occurrences of different voices that may tell of one happening, and agree on no time for it.

    Two may be one if they are of one type, and of one incident, or at one place by actors who may be the same. A claim
    to which another one of that voice fits is matched by that, and stands in no pair with the rest.
    """
    counted, _ = split(claims, lambda claim: isinstance(claim.content, Occurrence) and claim.so is not None)
    told = [
        _Happening(claim, claim.content, claim.so, claim.voice)
        for claim in counted
        if isinstance(claim.content, Occurrence) and claim.so is not None
    ]
    matched: set[tuple[str, Voice]] = set()
    near: list[tuple[Instant, _Happening, _Happening]] = []
    nearest: dict[tuple[str, Voice], Instant] = {}
    for one, other in _nearby(told):
        if one.voice == other.voice or not _may_be_one(one, other, sides):
            continue
        keys = (one.claim.claim, other.voice), (other.claim.claim, one.voice)
        gap = max(one.so.earliest_start, other.so.earliest_start) - min(one.so.latest_end, other.so.latest_end)
        if gap <= 0:
            matched.update(keys)
            continue
        near.append((gap, one, other))
        for key in keys:
            nearest[key] = min(gap, nearest.get(key, gap))
    found = []
    for gap, one, other in near:
        keys = (one.claim.claim, other.voice), (other.claim.claim, one.voice)
        if not matched.intersection(keys) and all(nearest[key] == gap for key in keys):
            first, second = sorted((one.claim, other.claim), key=order)
            found.append(DatesApart(first, second, _time(one, other)))
    return sorted(found, key=lambda pair: (order(pair.one), order(pair.other)))


def _time(one: _Happening, other: _Happening) -> Literal["certain", "possible"]:
    """Of one incident they are certain to exclude each other, unless either is dated about or not for sure."""
    sure = not (one.claim.roughly_dated or other.claim.roughly_dated)
    return "certain" if sure and _of_one_incident(one, other) else "possible"


def _nearby(told: Sequence[_Happening]) -> Iterator[tuple[_Happening, _Happening]]:
    """Pairs of one incident, and others of one place that lie no further apart than that."""
    by_incident: dict[tuple[str, str], list[_Happening]] = {}
    by_place: dict[tuple[str, str], list[_Happening]] = {}
    for one in told:
        for incident in one.claim.incidents:
            by_incident.setdefault((incident, one.content.type), []).append(one)
        if one.content.place is not None:
            by_place.setdefault((one.content.place, one.content.type), []).append(one)
    for (incident, _), together in by_incident.items():
        for index, one in enumerate(together):
            # Two that tell of several incidents together are a pair in the first of those.
            yield from ((one, other) for other in together[index + 1 :] if _shared(one, other)[0] == incident)
    for together in by_place.values():
        together.sort(key=lambda one: one.so.earliest_start)
        open_: list[_Happening] = []
        for one in together:
            open_ = [other for other in open_ if one.so.earliest_start - other.so.latest_end <= FURTHEST]
            yield from ((other, one) for other in open_ if not _of_one_incident(other, one))
            open_.append(one)


def _of_one_incident(one: _Happening, other: _Happening) -> bool:
    return bool(_shared(one, other))


def _shared(one: _Happening, other: _Happening) -> list[str]:
    """The incidents that both tell of."""
    return [incident for incident in one.claim.incidents if incident in other.claim.incidents]


def _may_be_one(one: _Happening, other: _Happening, sides: Sides) -> bool:
    if _of_one_incident(one, other):
        return True
    if one.claim.incidents and other.claim.incidents:
        return False
    return all(_may_be_the_same(one, other, role, sides) for role in get_args(Role))


def _may_be_the_same(one: _Happening, other: _Happening, role: Role, sides: Sides) -> bool:
    """Nobody who is not named is somebody else."""
    mine, theirs = (
        [sides.party(actor, told.so.earliest_start, told.so.latest_end) for actor in told.content.actors.get(role, ())]
        for told in (one, other)
    )
    return not mine or not theirs or any(sides.of_one_side(first, second) for first in mine for second in theirs)
