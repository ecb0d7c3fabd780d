"""The warnings that somebody may be on the list of persons already, at whichever entrance they came in."""

import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from application.outcome import Outcome
from domain.incident import IncidentMerged, IncidentReinstated, IncidentRetracted, IncidentSplit
from domain.looks_beside import same_person, same_persons
from domain.merging import Merged
from domain.person import PersonCorrected, PersonDetails, PersonFateRecorded, PersonRegistered, PersonReinstated
from domain.same_person import Entries, incidents_of
from domain.second_looks import SecondLook

V = TypeVar("V")

# How many persons, and how many merges of incidents, a process remembers, and for how long: the read models know of
# them soon.
REMEMBERED = 1_000
REMEMBERED_S = 30.0

_TELLING = (PersonRegistered, PersonFateRecorded, PersonCorrected, PersonReinstated)
_MAKING_ONE = (IncidentMerged, IncidentReinstated)
_MERGING = (*_MAKING_ONE, IncidentSplit, IncidentRetracted)


class GoesOn(NamedTuple):
    """What an incident is merged into, if it is. While it is retracted it goes nowhere, and nothing goes into it."""

    into: str | None
    retracted: bool


@dataclass(frozen=True, slots=True)
class PersonsThere:
    """`persons` by id; `incidents` are those of theirs that are merged, or were retracted."""

    persons: Mapping[str, PersonDetails] = field(default_factory=dict)
    incidents: Mapping[str, GoesOn] = field(default_factory=dict)


class ShownPersons(Protocol):
    """The persons that the read models show now."""

    async def in_incidents(self, dossier_id: str, incidents: Collection[str]) -> PersonsThere:
        """Those of some incidents, and of all that are one with them, who stand for themselves: as many as were
        registered last.
        """
        ...


class NoPersonsShown:
    """Where there are no read models: only what this process recorded is known."""

    async def in_incidents(self, dossier_id: str, incidents: Collection[str]) -> PersonsThere:
        return PersonsThere()


class _Recent(Generic[V]):
    """What this process recorded last, by dossier and id."""

    def __init__(self) -> None:
        self._noted: OrderedDict[tuple[str, str], tuple[float, V]] = OrderedDict()

    def of(self, dossier_id: str) -> Iterator[tuple[str, V]]:
        since = time.monotonic() - REMEMBERED_S
        for (dossier, id_), (noted, value) in self._noted.items():
            if dossier == dossier_id and noted > since:
                yield id_, value

    def note(self, dossier_id: str, id_: str, value: V) -> None:
        self._noted.pop((dossier_id, id_), None)
        self._noted[dossier_id, id_] = time.monotonic(), value
        if len(self._noted) > REMEMBERED:
            self._noted.popitem(last=False)


class SamePersons:
    """Looks for them, in what the read models show and among what this process recorded last."""

    def __init__(self, shown: ShownPersons) -> None:
        self._shown = shown
        # None where they stand for themselves no more.
        self._persons: _Recent[PersonDetails | None] = _Recent()
        self._merges: _Recent[GoesOn] = _Recent()

    async def warned(self, dossier_id: str, outcomes: Iterable[Outcome], *, dry_run: bool) -> list[Outcome]:
        """The outcomes of some commands, with a warning where a person may be one who is on the list already."""
        warned = list(outcomes)
        told = [(nth, one) for nth, one in enumerate(warned) if _is_told(one)]
        if not told:
            return warned
        merges = dict(self._merges.of(dossier_id))
        asked = _reached(set[str]().union(*(_asked_for(one) for _, one in told)), merges)
        shown = await self._shown.in_incidents(dossier_id, asked) if asked else PersonsThere()
        goes_on = {id_: shown_on for id_, shown_on in shown.incidents.items() if id_ not in merges} | merges
        entries = Entries(shown.persons.items())
        for id_, details in self._persons.of(dossier_id):
            entries.put(id_, details)
        merged = _merged(goes_on)
        for nth, one in told:
            look: SecondLook | None = None
            if one.stream.kind == "person":
                details = _standing(one.state)
                entries.put(one.stream.id, details)
                if details is not None and _tells(one):
                    alike = next(entries.may_be(one.stream.id, merged), None)
                    look = None if alike is None else same_person(*alike)
                if not dry_run:
                    self._persons.note(dossier_id, one.stream.id, details)
            else:
                here = GoesOn(one.state.merged_into, one.state.retracted)
                goes_on.pop(one.stream.id, None)
                goes_on[one.stream.id] = here
                before, merged = merged, _merged(goes_on)
                if any(isinstance(event, _MAKING_ONE) for event in one.events):
                    found = list(entries.became_one(before, merged, merged.survivor(one.stream.id)))
                    look = same_persons(*found[0], len(found) - 1) if found else None
                if not dry_run:
                    self._merges.note(dossier_id, one.stream.id, here)
            if look is not None:
                warned[nth] = one._replace(second_looks=[*one.second_looks, look])
        return warned


def _is_told(outcome: Outcome) -> bool:
    match outcome.stream.kind:
        case "person":
            return bool(outcome.events)
        case "incident":
            return any(isinstance(event, _MERGING) for event in outcome.events)
    return False


def _asked_for(outcome: Outcome) -> set[str]:
    """The incidents that who may be alike is looked for in."""
    if outcome.stream.kind == "person":
        return incidents_of(outcome.state.details) if _tells(outcome) else set()
    into = outcome.state.merged_into
    return {outcome.stream.id} | (set() if into is None else {into})


def _reached(incidents: set[str], merges: Mapping[str, GoesOn]) -> set[str]:
    """Those, and all that merges lead to or from."""
    near: dict[str, list[str]] = {}
    for id_, goes_on in merges.items():
        if goes_on.into is not None:
            near.setdefault(id_, []).append(goes_on.into)
            near.setdefault(goes_on.into, []).append(id_)
    found, ahead = set(incidents), list(incidents)
    for here in ahead:
        further = [id_ for id_ in near.get(here, ()) if id_ not in found]
        found.update(further)
        ahead += further
    return found


def _merged(incidents: Mapping[str, GoesOn]) -> Merged:
    gone = {id_ for id_, goes_on in incidents.items() if goes_on.retracted}
    into: dict[str, str] = {}
    # What is shown may lag behind what this process recorded, which is last, and lead in a circle with it.
    for id_, (other, _) in reversed(list(incidents.items())):
        if other is not None and not gone & {id_, other}:
            end = other
            while end in into:
                end = into[end]
            if end != id_:
                into[id_] = other
    return Merged(into)


def _tells(outcome: Outcome) -> bool:
    return any(isinstance(event, _TELLING) for event in outcome.events)


def _standing(state: Any) -> PersonDetails | None:
    details: PersonDetails = state.details
    return None if state.retracted or state.merged_into is not None else details
