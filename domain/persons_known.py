"""What is known of a person by the clocks: on whose word, and what became of them. What nobody tells is unknown."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from domain import when
from domain.clocks import Clocks
from domain.fields import Edtf
from domain.membership import Inside, Windows, lay_within
from domain.person import Fate, PersonDetails, Sex, WhatBecame
from domain.when import EARLIEST, LATEST, Span

YesOrNo = Literal["yes", "no", "unknown"]
Civilian = Literal["yes", "no", "disputed", "unknown"]

# Years at which nobody is a child any more.
OF_AGE = 18
# What lasts; what is over as soon as it happened is so ever after.
_LASTING = ("missing", "held")
NO_DATES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class InRegister:
    """A person with what was merged into it, those in the order of their ids, and the claims that name any of them."""

    own: PersonDetails
    merged: Sequence[PersonDetails]
    claims: frozenset[str]

    def named_anywhere(self) -> set[str]:
        """Every claim on which something rests that is known of the person."""
        every = (self.own, *self.merged)
        told = {fate.claim for each in every for fate in each.fates}
        told |= {said.claim for each in every for said in each.civilian_status}
        return {claim for claim in (*told, *self.claims) if claim is not None}


class FateKnown(Fate):
    """`when_of_incident`: of a fate without a time of its own, when its incident was. It is taken to have been then."""

    when_of_incident: Edtf | None = None

    @classmethod
    def of(cls, fate: Fate, incidents_were: Mapping[str, str]) -> "FateKnown":
        there = None if fate.when is not None or fate.incident is None else incidents_were.get(fate.incident)
        return cls.model_construct(**dict(fate), when_of_incident=there)

    def so(self, time_zone: str) -> Span | None:
        """When it began and ended, as far as anybody tells: in an incident that took some time, at any time of that."""
        if self.when is not None:
            return when.span(self.when, time_zone, period=False)
        if self.when_of_incident is None:
            return None
        then = when.bounds(self.when_of_incident, time_zone)
        return Span(then.earliest, then.latest, then.earliest, then.latest)

    def lasted(self, time_zone: str) -> Span | None:
        """When it may have befallen the person, and ever after where it lasts and no end is told; None for no time."""
        so = self.so(time_zone)
        lasts = self.fate in _LASTING and (self.when is None or "/" not in self.when)
        return replace(so, earliest_end=LATEST, latest_end=LATEST) if so is not None and lasts else so


@dataclass(frozen=True, slots=True)
class FatesWanted:
    """Which fates are asked about: those in one of some incidents, and at one of some places. None asks about all.

    A place counts while it may have been inside the one asked for. `incidents_there` were at places that were inside it
    in these windows: a fate without a place of its own was where its incident was.
    """

    incidents: Collection[str] | None = None
    places: Inside | None = None
    incidents_there: Mapping[str, Windows] = field(default_factory=dict)

    @property
    def any_will_do(self) -> bool:
        return self.incidents is None and self.places is None

    def take(self, fate: FateKnown, time_zone: str) -> bool:
        if self.incidents is not None and fate.incident not in self.incidents:
            return False
        if self.places is None:
            return True
        if fate.place is not None:
            return lay_within(fate.lasted(time_zone), self.places.get(fate.place, ()))
        there = None if fate.incident is None else self.incidents_there.get(fate.incident)
        return there is not None and lay_within(fate.lasted(time_zone), there)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """`fate` is the last that befell the person, of those that are asked about. `fates` are all of these that are
    known, those of the person's own entry first. `named_by`: claims in force that do.

    `or_else` are other fates that may have been the last as well: no date tells the order, or somebody tells of them
    after the person's death.
    """

    fate: WhatBecame
    or_else: tuple[WhatBecame, ...]
    named: bool
    civilian: Civilian
    sex: Sex | None
    age_low: int | None
    age_high: int | None
    named_by: tuple[str, ...]
    fates: tuple[FateKnown, ...] = ()

    @property
    def child(self) -> YesOrNo:
        if self.age_high is not None and self.age_high < OF_AGE:
            return "yes"
        return "no" if self.age_low is not None and self.age_low >= OF_AGE else "unknown"

    @property
    def woman(self) -> YesOrNo:
        """Grown up and female."""
        if self.sex in ("male", "other") or self.child == "yes":
            return "no"
        return "yes" if self.sex == "female" and self.child == "no" else "unknown"


# Why somebody is not counted: no claim that tells of it is in force, or it cannot have been so at the moment asked.
Left = Literal["not_reported", "not_then"]


def known_of(
    person: InRegister,
    in_force: Collection[str],
    clocks: Clocks,
    time_zone: str,
    wanted: FatesWanted,
    incidents_were: Mapping[str, str] = NO_DATES,
) -> KnownPerson | Left:
    """What is known of somebody, or why nothing is.

    `in_force` are the claims that stand by the cut-off. By a cut-off somebody is known once a claim that names them is
    in force; without one, with no claim too. What is said to rest on a claim is known while that is in force.
    `incidents_were` are the times of incidents, where the dossier says them.
    """
    named_by = tuple(sorted(person.claims.intersection(in_force)))
    if clocks.reported_by is not None and not named_by:
        return "not_reported"
    # What a person's own entry leaves open, those that it proved to be the same as may tell.
    every = (person.own, *person.merged)
    told = [
        [
            fate
            for fate in (FateKnown.of(fate, incidents_were) for fate in each.fates)
            if wanted.take(fate, time_zone) and (fate.claim is None or fate.claim in in_force)
        ]
        for each in every
    ]
    befallen = [[fate for fate in fates if _may_be_so(fate, clocks.at, time_zone)] for fates in told]
    if not any(befallen) and not (wanted.any_will_do and not any(each.fates for each in every)):
        return "not_then" if any(told) else "not_reported"
    said = {
        said.status
        for each in every
        for said in each.civilian_status
        if said.claim is None or said.claim in in_force
    }  # fmt: skip
    low, high = next((ages for each in every if (ages := _ages(each)) != (None, None)), (None, None))
    fate, or_else = last_fate(befallen, time_zone)
    return KnownPerson(
        fate=fate,
        or_else=or_else,
        named=any(each.name is not None or each.names for each in every),
        civilian="unknown" if not said else "disputed" if len(said) > 1 else "yes" if "civilian" in said else "no",
        sex=next((each.sex for each in every if each.sex is not None), None),
        age_low=low,
        age_high=high,
        named_by=named_by,
        fates=tuple(fate for fates in befallen for fate in fates),
    )


def last_fate(lists: Sequence[Sequence[FateKnown]], time_zone: str) -> tuple[WhatBecame, tuple[WhatBecame, ...]]:
    """The last that befell somebody, and others that may be it as well.

    `lists` are those of the person's own entry and of each that was merged into it. Dates tell the order; where they do
    not, it is that of a list. Between lists it is not known: the own one's counts, else the gravest. A death is final:
    whatever is told of a time after it is at odds with it, and does not undo it. Of a death without a date nothing is
    after it, and it takes no doubt away either that another one leaves.
    """
    told = [[(fate.fate, fate.so(time_zone)) for fate in fates if fate.fate != "unknown"] for fates in lists]
    every = [one for fates in told for one in fates]
    deaths = [so for fate, so in every if fate == "killed"]
    if deaths:
        over = min((so.latest_end for so in deaths if so is not None), default=LATEST)
        after = {fate for fate, so in every if so is not None and so.earliest_start > over}
        return "killed", _gravest_first(after - {"killed"})
    begun = max((so.earliest_start for _, so in every if so is not None), default=EARLIEST)
    ends = [[fate for fate, so in fates if so is None or so.latest_start >= begun] for fates in told]
    last = [fates[-1] for fates in ends if fates]
    if not last:
        return "unknown", ()
    fate = last[0] if ends[0] else _gravest_first(last)[0]
    return fate, _gravest_first(set(last) - {fate})


def alive_after_death(fates: Sequence[Fate], time_zone: str) -> Fate | None:
    """The first fate that is told of a time certainly after the person was killed."""
    dated = [(fate, so) for fate in fates if (so := _dated(fate, time_zone)) is not None]
    over = min((so.latest_end for fate, so in dated if fate.fate == "killed"), default=LATEST)
    after = (fate for fate, so in dated if so.earliest_start > over)
    return next((fate for fate in after if fate.fate not in ("killed", "unknown")), None)


def _dated(fate: Fate, time_zone: str) -> Span | None:
    return None if fate.when is None else when.span(fate.when, time_zone, period=False)


def _gravest_first(fates: Collection[WhatBecame]) -> tuple[WhatBecame, ...]:
    return tuple(sorted(fates, key=get_args(WhatBecame).index))


def _ages(details: PersonDetails) -> tuple[int | None, int | None]:
    return (details.age_low, details.age_high) if details.age is None else (details.age, details.age)


def _may_be_so(fate: FateKnown, at: when.Instant | None, time_zone: str) -> bool:
    """Whether it may have befallen the person by then and, where it lasted for a stated time, may have lasted still."""
    told = fate.when or fate.when_of_incident
    if at is None or told is None:
        return True
    then = when.parse(told, time_zone)
    # A time of its own that lasted ended with that; what befell somebody in an incident did not end with it.
    lasted = fate.fate in _LASTING and fate.when is not None and "/" in fate.when
    ended = lasted and when.day_over(then.end, time_zone) < at
    return then.bounds.earliest <= at and not ended
