"""The warning that what was retracted, or a word that was given up, is still in use, with how many use it."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from application.outcome import Outcome
from domain.actor import ActorRetracted
from domain.dossier import DossierDescribed
from domain.fields import StreamRef
from domain.looks_beside import in_use, word_in_use
from domain.place import PlaceRetracted
from domain.report import ReportRetracted
from domain.source import SourceRetracted
from domain.vocabulary import DECLARED, OwnWord

_RETRACTED = (SourceRetracted, ActorRetracted, PlaceRetracted, ReportRetracted)


class Uses(NamedTuple):
    """How many claims have a statement that names an item, and how many other items do."""

    claims: int
    items: int


class ShownUses(Protocol):
    """What the read models show now."""

    async def uses(self, dossier_id: str, stream: StreamRef) -> Uses:
        """How much names a source, an actor, a place or a report; nothing where that cannot be told just now."""
        ...

    async def uses_of_word(self, dossier_id: str, own: OwnWord) -> Uses:
        """How much has a word of the dossier's own."""
        ...


class NoUsesShown:
    """Where there are no read models."""

    async def uses(self, dossier_id: str, stream: StreamRef) -> Uses:
        return Uses(0, 0)

    async def uses_of_word(self, dossier_id: str, own: OwnWord) -> Uses:
        return Uses(0, 0)


async def warned_of_use(shown: ShownUses, dossier_id: str, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes of some commands, with a warning where what was retracted or given up is in use."""
    warned = list(outcomes)
    for index, one in enumerate(warned):
        if any(isinstance(event, _RETRACTED) for event in one.events):
            uses = await shown.uses(dossier_id, one.stream)
            if uses.claims or uses.items:
                look = in_use(one.stream, uses.claims, uses.items)
                warned[index] = one._replace(second_looks=[*one.second_looks, look])
        elif any(isinstance(event, DossierDescribed) and event.set.keys() & DECLARED for event in one.events):
            looks = list(one.second_looks)
            for own in one.state.given_up():
                uses = await shown.uses_of_word(dossier_id, own)
                if uses.claims or uses.items:
                    looks.append(word_in_use(own, uses.claims, uses.items))
            warned[index] = one._replace(second_looks=looks)
    return warned
