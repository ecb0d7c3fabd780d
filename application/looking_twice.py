"""All that is looked for beside what was recorded, for the warnings of a command: each where it may be found only."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from application.dated_after import NoDatesShown, ShownDates, warned_of_dates
from application.in_use import NoUsesShown, ShownUses, warned_of_use
from application.odd_numbers import NoNumbersShown, OddNumbers, ShownNumbers
from application.outcome import Outcome
from application.registers import KINDS, NoRegisters, Registers, ShownRegisters
from application.same_persons import NoPersonsShown, SamePersons, ShownPersons
from application.second_looks import ClaimsAlike, NothingShown, ShownClaims
from application.told_once import ToldOnce
from application.told_twice import NoLinksShown, ShownLinks, warned_of_links


@dataclass(frozen=True, slots=True)
class ShownBeside:
    """What the read models show now, by what asks for it; nothing where there are none."""

    claims: ShownClaims = field(default_factory=NothingShown)
    numbers: ShownNumbers = field(default_factory=NoNumbersShown)
    persons: ShownPersons = field(default_factory=NoPersonsShown)
    registers: ShownRegisters = field(default_factory=NoRegisters)
    links: ShownLinks = field(default_factory=NoLinksShown)
    uses: ShownUses = field(default_factory=NoUsesShown)
    dates: ShownDates = field(default_factory=NoDatesShown)


class LookingTwice:
    """Of one process: what it recorded last, it knows before the read models do.

    All whose commands end at once, as after one commit, are looked at together.
    """

    def __init__(self, shown: ShownBeside) -> None:
        self._told_once = ToldOnce()
        self._claims_alike = ClaimsAlike(shown.claims)
        self._odd_numbers = OddNumbers(shown.numbers)
        self._same_persons = SamePersons(shown.persons)
        self._registers = Registers(shown.registers)
        self._links = shown.links
        self._uses = shown.uses
        self._dates = shown.dates
        self._ended: dict[tuple[str, str], tuple[list[Outcome], asyncio.Task[list[Outcome]]]] = {}

    async def warned(
        self, dossier_id: str, time_zone: str, outcomes: Sequence[Outcome], *, dry_run: bool
    ) -> list[Outcome]:
        """The outcomes of some commands, with all that somebody should look at twice."""
        if dry_run or len(outcomes) > 1:
            return await self._look(dossier_id, time_zone, outcomes, dry_run=dry_run)
        together = self._ended.get((dossier_id, time_zone))
        if together is None:
            task = asyncio.create_task(self._look_at_those(dossier_id, time_zone))
            together = self._ended[dossier_id, time_zone] = [], task
        ended, look = together
        first = len(ended)
        ended += outcomes
        # Whoever gives up waiting stops nobody else's look.
        return (await asyncio.shield(look))[first : first + len(outcomes)]

    async def _look_at_those(self, dossier_id: str, time_zone: str) -> list[Outcome]:
        ended, _ = self._ended.pop((dossier_id, time_zone))
        return await self._look(dossier_id, time_zone, ended, dry_run=False)

    async def _look(
        self, dossier_id: str, time_zone: str, outcomes: Sequence[Outcome], *, dry_run: bool
    ) -> list[Outcome]:
        warned = self._told_once.left(dossier_id, list(outcomes), dry_run=dry_run)
        kinds = {one.stream.kind for one in warned if one.events}
        if "claim" in kinds:
            warned = await self._claims_alike.warned(dossier_id, time_zone, warned, dry_run=dry_run)
        if not kinds.isdisjoint(_WITH_NUMBERS):
            warned = await self._odd_numbers.warned(dossier_id, time_zone, warned, dry_run=dry_run)
        if not kinds.isdisjoint(_WITH_PERSONS):
            warned = await self._same_persons.warned(dossier_id, warned, dry_run=dry_run)
        if not kinds.isdisjoint(_REGISTERED):
            warned = await self._registers.warned(dossier_id, warned, dry_run=dry_run)
        if "incident" in kinds:
            warned = await warned_of_links(self._links, dossier_id, warned)
        if not kinds.isdisjoint(_IN_USE):
            warned = await warned_of_use(self._uses, dossier_id, warned)
        if "report" in kinds:
            warned = await warned_of_dates(self._dates, dossier_id, time_zone, warned)
        return warned


_WITH_NUMBERS = {"claim", "report"}
_WITH_PERSONS = {"person", "incident"}
_REGISTERED = {"claim", *KINDS}
_IN_USE = {"source", "actor", "place", "report", "dossier"}
