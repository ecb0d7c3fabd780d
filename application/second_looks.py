"""The warning that a figure is identical to another of the same report, at whichever entrance it came in."""

import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from application.outcome import Outcome
from domain.second_looks import ToldFigure, figures_told, identical_figure

# How many figures a process remembers, and for how long: the read models know of them soon.
REMEMBERED = 5_000
REMEMBERED_S = 30.0

ClaimsByFigure = Mapping[ToldFigure, Sequence[str]]


class ShownFigures(Protocol):
    """The figures that the read models show now."""

    async def claims_with(self, dossier_id: str, wanted: Collection[ToldFigure]) -> ClaimsByFigure:
        """The claims that hold these figures, and perhaps those that hold others."""
        ...


class NoFiguresShown:
    """Where there are no read models: only what this process recorded is known."""

    async def claims_with(self, dossier_id: str, wanted: Collection[ToldFigure]) -> ClaimsByFigure:
        return {}


class RecentFigures:
    """The figures that this process recorded last, which the read models may not show yet."""

    def __init__(self) -> None:
        self._claims: OrderedDict[tuple[str, ToldFigure], tuple[float, str]] = OrderedDict()

    def claim_with(self, dossier_id: str, told: ToldFigure) -> str | None:
        since, claim_id = self._claims.get((dossier_id, told), (0.0, None))
        return claim_id if time.monotonic() - since < REMEMBERED_S else None

    def note(self, dossier_id: str, told: ToldFigure, claim_id: str) -> None:
        if self.claim_with(dossier_id, told) is not None:
            return  # the first that held it is the one to name
        self._claims[dossier_id, told] = time.monotonic(), claim_id
        self._claims.move_to_end((dossier_id, told))
        if len(self._claims) > REMEMBERED:
            self._claims.popitem(last=False)


class IdenticalFigures:
    """Looks for them, in the read models and among what this process recorded last."""

    def __init__(self, shown: ShownFigures) -> None:
        self._shown = shown
        self._recent = RecentFigures()

    async def warned(self, dossier_id: str, outcomes: Iterable[Outcome], *, dry_run: bool) -> list[Outcome]:
        """The outcomes of some commands, with a warning where a claim now holds the very figure of another one."""
        warned = list(outcomes)
        figures = [(index, told) for index, each in enumerate(warned) for told in figures_told(each.state, each.events)]
        if not figures:
            return warned
        shown = await self._shown.claims_with(dossier_id, {told for _, told in figures})
        here: dict[ToldFigure, str] = {}
        for index, told in figures:
            claim_id = warned[index].stream.id
            others = (*shown.get(told, ()), self._recent.claim_with(dossier_id, told), here.get(told))
            other = next((other for other in others if other not in (None, claim_id)), None)
            if other is not None:
                looks = [*warned[index].second_looks, identical_figure(told, other)]
                warned[index] = replace(warned[index], second_looks=looks)
            here.setdefault(told, claim_id)
            if not dry_run:
                self._recent.note(dossier_id, told, claim_id)
        return warned
