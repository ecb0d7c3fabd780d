"""The warning that a figure is identical to another of the same report: likely the same words, recorded twice."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import structlog
from fastapi import Request

from application.execute import Outcome
from application.projection import CURRENT
from application.reading import Reading
from domain.claim import Claim, ClaimRecorded, ClaimRevised, SecondLook
from domain.content import Figure
from infrastructure.questions.claims import claims_with_figures
from infrastructure.read_models.claims import figure_identity
from interfaces.bootstrap import DATABASE_AWAY, System

log = structlog.get_logger("api")

# How many figures a process remembers, and for how long: the read models know of them soon.
REMEMBERED = 5_000
REMEMBERED_S = 30.0
# How long the build of the read models that is served is taken to be the same; a retired one is kept for longer.
SAME_BUILD_S = 10.0


class Told(NamedTuple):
    """That a report holds this figure."""

    report: str
    identity: str


class RecentFigures:
    """The figures that this process recorded last, which the read models may not show yet."""

    def __init__(self) -> None:
        self._claims: OrderedDict[tuple[str, Told], tuple[float, str]] = OrderedDict()

    def claim_with(self, dossier_id: str, told: Told) -> str | None:
        since, claim_id = self._claims.get((dossier_id, told), (0.0, None))
        return claim_id if time.monotonic() - since < REMEMBERED_S else None

    def note(self, dossier_id: str, told: Told, claim_id: str) -> None:
        if self.claim_with(dossier_id, told) is not None:
            return  # the first that held it is the one to name
        self._claims[dossier_id, told] = time.monotonic(), claim_id
        self._claims.move_to_end((dossier_id, told))
        if len(self._claims) > REMEMBERED:
            self._claims.popitem(last=False)


Shown = Mapping[Told, Sequence[str]]


class ShownFigures:
    """The figures that the read models show now. All who ask at once, as after one commit, share one query."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._builds: dict[str, tuple[float, Mapping[str, int]]] = {}
        self._asked: dict[str, tuple[set[Told], asyncio.Task[Shown]]] = {}

    async def claims_with(self, dossier_id: str, wanted: Iterable[Told]) -> Shown:
        """The claims that hold these figures, and perhaps those that hold others."""
        asked = self._asked.get(dossier_id)
        if asked is None:
            asked = self._asked[dossier_id] = set(), asyncio.create_task(self._look(dossier_id))
        asked[0].update(wanted)
        # Whoever gives up waiting stops nobody else's look.
        return await asyncio.shield(asked[1])

    async def _look(self, dossier_id: str) -> Shown:
        wanted, _ = self._asked.pop(dossier_id)
        found: dict[Told, list[str]] = {}
        try:
            builds = await self._served(dossier_id)
            if builds is None:
                return found
            now = Reading(dossier_id, CURRENT - 1, builds, "UTC")
            async with self._system.engine.connect() as connection:
                for report, identity, claim_id in await claims_with_figures(connection, now, list(wanted)):
                    found.setdefault(Told(report, identity), []).append(claim_id)
        except DATABASE_AWAY as error:
            # What was recorded is recorded; only the warning is missing.
            log.warning("identical_figures_not_looked_for", error=f"{type(error).__name__}: {error}".splitlines()[0])
        return found

    async def _served(self, dossier_id: str) -> Mapping[str, int] | None:
        since, builds = self._builds.get(dossier_id, (0.0, None))
        if builds is not None and time.monotonic() - since < SAME_BUILD_S:
            return builds
        picture = await self._system.pictures.picture(dossier_id)
        if picture is None:
            return None
        self._builds[dossier_id] = time.monotonic(), picture.generations
        return picture.generations


async def with_identical_figures(
    request: Request, dossier_id: str, answers: Sequence[Outcome], *, dry_run: bool = False
) -> list[Outcome]:
    """The answers to some commands, with a warning where a claim now holds the very figure of another one."""
    figures = [(index, told) for index, answer in enumerate(answers) for told in _figures(answer)]
    if not figures:
        return list(answers)
    recent: RecentFigures = request.app.state.recent_figures
    shown_figures: ShownFigures = request.app.state.shown_figures
    shown = await shown_figures.claims_with(dossier_id, {told for _, told in figures})
    warned, here = list(answers), dict[Told, str]()
    for index, told in figures:
        claim_id = answers[index].stream.id
        others = [*shown.get(told, ()), recent.claim_with(dossier_id, told), here.get(told)]
        other = next((other for other in others if other not in (None, claim_id)), None)
        if other is not None:
            said = f"claim {other!r} of report {told.report!r} holds the very same figure"
            warnings = [*warned[index].warnings, SecondLook("identical_figure", said)]
            warned[index] = replace(warned[index], warnings=warnings)
        here.setdefault(told, claim_id)
        if not dry_run:
            recent.note(dossier_id, told, claim_id)
    return warned


def _figures(answer: Outcome) -> Iterator[Told]:
    """The figure that a command recorded, if it recorded one."""
    for event in answer.events:
        match event:
            case ClaimRecorded():
                content = event.content
            case ClaimRevised():
                held: Claim = answer.state
                content = next(made.content for made in held.statements if made.number == event.statement)
            case _:
                continue
        if isinstance(content, Figure):
            yield Told(event.report, figure_identity(content))
