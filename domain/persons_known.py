"""What is known of a person by the clocks: on whose word, and what became of them. What nobody tells is unknown."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from domain import when
from domain.calendar import DAY
from domain.clocks import Clocks
from domain.fields import Edtf
from domain.membership import Inside, Windows, lay_within
from domain.person import Fate, PersonDetails, Sex, WhatBecame
from domain.when import EARLIEST, LATEST, Instant, Span

# Whether a fate had befallen somebody by the moment that is asked about.
Befallen = Literal["certain", "possible", "undated"]
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

    `or_else` are other fates that may have been the last as well: no date tells the order, they may have befallen the
    person by the moment asked about, or somebody tells of them after the person's death. `holds`: whether `fate` had
    befallen the person by that moment; None without one, or where nobody tells of any.
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
    holds: Befallen | None = None

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
    known = [
        [FateKnown.of(fate, incidents_were) for fate in each.fates if fate.claim is None or fate.claim in in_force]
        for each in every
    ]
    told = [[fate for fate in fates if wanted.take(fate, time_zone)] for fates in known]
    # Also what is told of elsewhere, or of another incident, shows that somebody was alive then.
    by_then = _ByThen(clocks.at, time_zone, _alive_at([fate for fates in known for fate in fates], time_zone))
    befallen = by_then.befallen(told)
    if not any(befallen) and not (wanted.any_will_do and not any(each.fates for each in every)):
        return "not_then" if any(told) else "not_reported"
    said = {
        said.status
        for each in every
        for said in each.civilian_status
        if said.claim is None or said.claim in in_force
    }  # fmt: skip
    low, high = next((ages for each in every if (ages := _ages(each)) != (None, None)), (None, None))
    fate, or_else = by_then.last(befallen)
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
        holds=by_then.holds(fate, befallen),
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


def _alive_at(fates: Sequence[FateKnown], time_zone: str) -> Sequence[Instant]:
    """The first instants at which some fates certainly show that somebody had not been killed before, in order."""
    shown = [
        so.earliest_start
        for fate in fates
        if fate.fate not in ("killed", "unknown") and not _unsure(fate) and (so := fate.so(time_zone)) is not None
    ]
    return sorted(shown)


def _unsure(fate: FateKnown) -> bool:
    return when.is_uncertain(fate.when or fate.when_of_incident or "")


@dataclass(frozen=True, slots=True)
class _ByThen:
    """What had befallen somebody by a moment: for certain, or only perhaps. Without a moment, all that is told had.

    `alive_at`: by all that is known of them, in order. Nobody is killed before what shows them alive, unless the death
    is certainly earlier: then both stand, and it is not certain.
    """

    at: Instant | None
    time_zone: str
    alive_at: Sequence[Instant]

    def befallen(self, lists: Sequence[Sequence[FateKnown]]) -> list[list[FateKnown]]:
        return [[fate for fate in fates if self._held(fate) is not None] for fates in lists]

    def last(self, befallen: Sequence[Sequence[FateKnown]]) -> tuple[WhatBecame, tuple[WhatBecame, ...]]:
        """The last that certainly had befallen them, and what else it may be; if nothing had, all that may have."""
        sure = [[fate for fate in fates if self._is_sure(fate)] for fates in befallen]
        if self.at is None or any(fate.fate == "killed" for fates in sure for fate in fates):
            return last_fate(befallen, self.time_zone)
        fate, or_else = last_fate(sure if any(sure) else befallen, self.time_zone)
        spans = [fate.so(self.time_zone) for fates in sure for fate in fates]
        begun = max((so.earliest_start for so in spans if so is not None), default=EARLIEST)
        others = {other for fates in befallen for other in self._perhaps_last(fates, begun)}
        return fate, _gravest_first({*or_else, *others} - {fate})

    def holds(self, fate: WhatBecame, befallen: Sequence[Sequence[FateKnown]]) -> Befallen | None:
        """Of the last fate that is told, whether it had befallen them by then."""
        if self.at is None:
            return None
        such = [each for fates in befallen for each in fates if each.fate == fate]
        held = {self._held(each) for each in such if not self._is_at_odds(each)}
        if "certain" in held:
            return "certain"
        if not such:
            return None
        return "undated" if all(each.so(self.time_zone) is None for each in such) else "possible"

    def _held(self, fate: FateKnown) -> Befallen | None:
        """Whether it had befallen the person and, where it lasted for a stated time, lasted still. None: it had not."""
        so = fate.so(self.time_zone)
        if self.at is None:
            return "certain"
        if fate.fate == "killed" and self._alive_until(LATEST if so is None else so.latest_end) > self.at:
            return None
        if so is None:
            return "undated"
        if so.earliest_start > self.at:
            return None
        # What is over as soon as it happened may have been at the end of an interval.
        surely = (so.latest_start if fate.fate in _LASTING else so.latest_end) <= self.at
        # A time of its own that lasted ended with that; what befell somebody in an incident did not end with it.
        if fate.fate in _LASTING and fate.when is not None and "/" in fate.when:
            end = when.parse(fate.when, self.time_zone).end
            if when.day_over(end, self.time_zone) < self.at:
                return None
            # A day that is named as the end is meant whole. An end that nobody tells is none.
            surely = surely and (end.latest == LATEST or end.latest - end.earliest < 2 * DAY or self.at <= end.earliest)
        return "certain" if surely and not _unsure(fate) else "possible"

    def _is_sure(self, fate: FateKnown) -> bool:
        return fate.fate != "unknown" and self._held(fate) == "certain"

    def _perhaps_last(self, fates: Sequence[FateKnown], begun: Instant) -> list[WhatBecame]:
        """Those of a list that may be the last, if they befell them: nothing that certainly did certainly came after.

        `begun`: at which something certain began that came after all that is certainly earlier. Where dates do not
        tell, what lies further on in the list came after.
        """
        found: list[WhatBecame] = []
        later: Instant | None = None
        for fate in reversed(fates):
            so = fate.so(self.time_zone)
            first, last = (EARLIEST, LATEST) if so is None else (so.earliest_start, so.latest_start)
            if self._is_sure(fate):
                later = last if later is None else max(later, last)
                continue
            in_turn = last >= begun and (later is None or later < first)
            if fate.fate == "killed" or (fate.fate != "unknown" and in_turn):
                found.append(fate.fate)
        return found

    def _alive_until(self, over: Instant) -> Instant:
        """Until when they were certainly not killed, of a death that was `over` by then."""
        before = bisect_right(self.alive_at, over)
        return self.alive_at[before - 1] if before else EARLIEST

    def _is_at_odds(self, fate: FateKnown) -> bool:
        so = fate.so(self.time_zone)
        return fate.fate == "killed" and so is not None and bool(self.alive_at) and self.alive_at[-1] > so.latest_end
