"""Of who governs a place: who holds how much of it by how many voices, who excludes whom, and who names the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from domain.content import Control, ControlStatus, Extent, Hedge, Occurrence
from domain.in_force import InForce, Voice
from domain.origins import OriginsCounted, names_an_origin, origins_counted
from domain.sides import Party, Sides
from domain.snapshots import PARTLY, Snapshot
from domain.when import Instant

_SaysOf = tuple[ControlStatus, str | None]
_WIDEST: tuple[Extent | None, ...] = ("all", None, "most", "part", "pockets")
# What was seen before what was heard, and that before what is only thought.
_FIRMEST: tuple[Hedge | None, ...] = (None, "indications", "hearsay", "possible", "intended")


@dataclass(frozen=True, slots=True)
class Hold:
    """How much of a place a holder is said to hold (the most that anybody says; None is unsaid), by how many.

    Of who says that it is all or most, or does not say how much, none is counted who says that it is a part.

    `hedge`: how it is said, by who says it most firmly.
    """

    actor: str
    extent: Extent | None
    voices: int
    unattributed: int
    hedge: Hedge | None = None

    @property
    def partly(self) -> bool:
        return self.extent in PARTLY


def voices_of(said: Iterable[Snapshot], told: Iterable[InForce]) -> OriginsCounted:
    """How many independent voices say so: who says the same of one actor may have it from another.

    `told`: all claims about the place and what is around it, those that were set aside too.
    """
    named: dict[str, set[_SaysOf]] = {}
    claims: dict[str, InForce] = {}
    for one in said:
        claims[one.claim.claim] = one.claim
        named.setdefault(one.claim.claim, set()).add((one.status, one.actor))
    every = set().union(*named.values())
    asked = any(map(names_an_origin, claims.values()))
    of_the_same = [claim for claim in told if not every.isdisjoint(_says(claim))] if asked else []
    for claim in of_the_same:
        named.setdefault(claim.claim, _says(claim))
    return origins_counted(
        [*claims.values()], lambda one, other: not named[one.claim].isdisjoint(named[other.claim]), of_the_same
    )


def _says(claim: InForce) -> set[_SaysOf]:
    """Of which actors a claim says what; what was planned is no word of what was so."""
    match claim.content:
        case Control(hedge=hedge) as state if hedge != "intended":
            return {(state.status, state.actor)}
        case Occurrence(type="capture", hedge=hedge) as happened if hedge != "intended":
            return {("controls", actor) for actor in happened.actors.get("by", ())}
        case _:
            return set()


def holds_of(
    governing: Iterable[Snapshot], told: Iterable[InForce], *, of_any_extent: bool = False
) -> tuple[Hold, ...]:
    """By actor, in the order of their ids. `told` as for `voices_of`.

    `of_any_extent`: by the first version whoever says that it holds anything is counted.
    """
    said: dict[str, list[Snapshot]] = {}
    for one in governing:
        if one.status == "controls" and one.actor is not None:
            said.setdefault(one.actor, []).append(one)
    found = []
    for actor, by in sorted(said.items()):
        extent = min((one.extent for one in by), key=_WIDEST.index)
        if not of_any_extent:
            by = [one for one in by if one.partly == (extent in PARTLY)]
        voices, unattributed = voices_of(by, told)
        hedge = min((one.hedge for one in by), key=_FIRMEST.index)
        found.append(Hold(actor, extent, voices, unattributed, hedge))
    return tuple(found)


def apart(held: Iterable[Snapshot], sides: Sides, at: Instant | None) -> bool:
    """Whether two of them exclude each other: of different sides, neither with a part or pockets only."""
    named = {one.parties(sides, at) for one in held if one.actor is not None and not one.partly}
    return any(not sides.share_one(one, other) for one, other in combinations(sorted(named), 2))


def naming_all(held: Sequence[Snapshot], sides: Sides, at: Instant | None) -> set[Voice]:
    """The voices that name all holders, each by one of its side that holds the whole, or a part, as it does."""
    named: dict[Voice, set[tuple[Party, bool]]] = {}
    for one in held:
        named.setdefault(one.voice, set()).add((one.party(sides, at), one.partly))
    everybody = set().union(*named.values())
    return {voice for voice, those in named.items() if all(_is_among(one, those, sides) for one in everybody)}


def _is_among(one: tuple[Party, bool], those: Iterable[tuple[Party, bool]], sides: Sides) -> bool:
    party, partly = one
    return any(partly == as_partly and sides.of_one_side(party, other) for other, as_partly in those)
