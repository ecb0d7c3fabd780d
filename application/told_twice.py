"""The warning that a claim which was linked to an incident, or that a split leaves in it, tells of another one too."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from application.outcome import Outcome
from domain.claim import ClaimRecorded
from domain.incident import Incident, IncidentLinked, IncidentReinstated, IncidentSplit
from domain.looks_beside import several_incidents

# So many claims of one command are warned of.
MOST_TOLD = 10


class ShownLinks(Protocol):
    """What the read models show now."""

    async def incidents_of(self, dossier_id: str, claims: Collection[str]) -> Mapping[str, Sequence[str]]:
        """The incidents that some claims tell of, at the end of their merges; nothing where that cannot be told now."""
        ...

    async def goes_on_as(self, dossier_id: str, incident: str) -> str:
        """Where an incident's merges end: at itself if it is merged into none, or is not shown yet."""
        ...

    async def told_of_apart(self, dossier_id: str, incident: str) -> Mapping[str, Sequence[str]]:
        """The claims of an incident and of what is merged into it, each with the incidents that it tells of where that
        one is merged into none.
        """
        ...


class NoLinksShown:
    """Where there are no read models: only what is done at once is known."""

    async def incidents_of(self, dossier_id: str, claims: Collection[str]) -> Mapping[str, Sequence[str]]:
        return {}

    async def goes_on_as(self, dossier_id: str, incident: str) -> str:
        return incident

    async def told_of_apart(self, dossier_id: str, incident: str) -> Mapping[str, Sequence[str]]:
        return {}


async def warned_of_links(shown: ShownLinks, dossier_id: str, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes of some commands, with a warning where a claim is linked to a second incident, or left in two."""
    warned = [await _warned_of_split(shown, dossier_id, one) for one in outcomes]
    linked = {index: found for index, one in enumerate(warned) if (found := _linked_by(one))}
    if not linked:
        return warned
    # What was only just recorded is linked to nothing else. So an import asks for nothing.
    new = {one.stream.id for one in warned if any(isinstance(event, ClaimRecorded) for event in one.events)}
    wanted = {claim for claims in linked.values() for claim in claims} - new
    before = await shown.incidents_of(dossier_id, wanted) if wanted else {}
    told_of = {claim: set(incidents) for claim, incidents in before.items()}
    for index, claims in linked.items():
        one = warned[index]
        mine = {one.stream.id}
        if any(claim in told_of for claim in claims):
            mine.add(await shown.goes_on_as(dossier_id, one.stream.id))
        beside = ((claim, sorted(told_of.get(claim, set()) - mine)) for claim in claims)
        looks = [several_incidents(claim, others) for claim, others in beside if others]
        if looks:
            warned[index] = one._replace(second_looks=[*one.second_looks, *looks[:MOST_TOLD]])
        for claim in claims:
            told_of.setdefault(claim, set()).add(one.stream.id)
    return warned


async def _warned_of_split(shown: ShownLinks, dossier_id: str, outcome: Outcome) -> Outcome:
    """With a warning of each claim that told of one incident while the two were one, and tells of several now."""
    if not any(isinstance(event, IncidentSplit) for event in outcome.events):
        return outcome
    told_of = await shown.told_of_apart(dossier_id, outcome.stream.id)
    beside = ((claim, sorted(set(told_of[claim]) - {outcome.stream.id})) for claim in sorted(told_of))
    looks = [several_incidents(claim, others) for claim, others in beside if others]
    return outcome._replace(second_looks=[*outcome.second_looks, *looks[:MOST_TOLD]])


def _linked_by(outcome: Outcome) -> list[str]:
    """The claims that tell of an incident by what was done, and did not before."""
    if any(isinstance(event, IncidentReinstated) for event in outcome.events):
        assert isinstance(outcome.state, Incident)
        return sorted(outcome.state.claims)
    return [claim for event in outcome.events if isinstance(event, IncidentLinked) for claim in event.claims]
