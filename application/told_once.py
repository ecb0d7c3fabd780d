"""Warnings of what a dossier may be full of, each told once by a process: the first of them may be a mistake."""

from collections import OrderedDict

from application.outcome import Outcome

# So many dossiers, and so much of each, are remembered.
DOSSIERS = 100
MOST = 100


class ToldOnce:
    def __init__(self) -> None:
        self._told: OrderedDict[str, set[tuple[str, str]]] = OrderedDict()

    def left(self, dossier_id: str, outcomes: list[Outcome], *, dry_run: bool) -> list[Outcome]:
        """The outcomes of some commands, without what was told of the dossier before. A dry run is forgotten."""
        if not any(look.once for one in outcomes for look in one.second_looks):
            return outcomes
        told = set(self._told.get(dossier_id, ()))
        left = [self._left(one, told) for one in outcomes]
        if not dry_run:
            self._told[dossier_id] = told
            self._told.move_to_end(dossier_id)
            if len(self._told) > DOSSIERS:
                self._told.popitem(last=False)
        return left

    @staticmethod
    def _left(outcome: Outcome, told: set[tuple[str, str]]) -> Outcome:
        looks = [look for look in outcome.second_looks if not look.once or (look.code, look.once) not in told]
        new = {(look.code, look.once) for look in looks if look.once}
        if len(told) < MOST:
            told |= new
        return outcome if len(looks) == len(outcome.second_looks) else outcome._replace(second_looks=looks)
