"""`Kroniek` and `AsyncKroniek`: what is above the dossiers of a server."""

from typing import Unpack

from . import asking
from .answers import Done, DossierItem, Page
from .async_connection import AsyncConnection, AsyncListing
from .async_dossier import AsyncDossier
from .commands import OpenDossier
from .connection import Connection, Listing
from .dossier import Dossier
from .findings import Rule, Rules


class Kroniek(Connection):
    __doc__ = Connection.__doc__

    def dossier(self, id: str) -> Dossier:
        return Dossier(self, id)

    def dossiers(self, **asked: Unpack[asking.Paged]) -> Listing[DossierItem]:
        return Listing(self, asking.get(Page[DossierItem], "/dossiers", asked))

    def open(self, command: OpenDossier, *, key: str | None = None) -> Done:
        """Open a dossier; `key` as in `Dossier.send`."""
        return self.ask(asking.sent(Done, "", command, None, key))

    def rules(self) -> list[Rule]:
        """The rules that shape answers."""
        return self.ask(asking.get(Rules, "/rules")).items


class AsyncKroniek(AsyncConnection):
    __doc__ = AsyncConnection.__doc__

    def dossier(self, id: str) -> AsyncDossier:
        return AsyncDossier(self, id)

    def dossiers(self, **asked: Unpack[asking.Paged]) -> AsyncListing[DossierItem]:
        return AsyncListing(self, asking.get(Page[DossierItem], "/dossiers", asked))

    async def open(self, command: OpenDossier, *, key: str | None = None) -> Done:
        """Open a dossier; `key` as in `AsyncDossier.send`."""
        return await self.ask(asking.sent(Done, "", command, None, key))

    async def rules(self) -> list[Rule]:
        """The rules that shape answers."""
        return (await self.ask(asking.get(Rules, "/rules"))).items
