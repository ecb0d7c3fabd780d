"""What warnings ask of the read models is missing where the database is away, and never hides a fault of our own."""

import pytest

from application.in_use import Uses
from application.reading import Picture
from domain.fields import StreamRef
from domain.told import Told
from infrastructure.database import engine
from infrastructure.questions.alike import PostgresShownClaims
from infrastructure.questions.in_use import PostgresShownUses
from infrastructure.questions.links_shown import PostgresShownLinks
from infrastructure.questions.registers import PostgresShownRegisters
from infrastructure.questions.shown_now import ShownNow
from infrastructure.rows.pictures import PostgresPictures

pytestmark = pytest.mark.anyio

NOWHERE = "postgresql://kroniek@127.0.0.1:1/kroniek"


async def test_no_warning_is_looked_for_while_the_database_is_away() -> None:
    away = engine(NOWHERE)
    shown = ShownNow(away, PostgresPictures(away, ()))
    assert await PostgresShownClaims(shown).alike("d", {Told("r", "0" * 32)}) == {}
    assert await PostgresShownUses(shown).uses("d", StreamRef("place", "p")) == Uses(0, 0)
    links = PostgresShownLinks(shown)
    assert (await links.incidents_of("d", ["c"]), await links.goes_on_as("d", "i")) == ({}, "i")
    registers = PostgresShownRegisters(shown)
    assert await registers.changed("d", "place", 0, 0) is None
    assert await registers.words("d", 1) == {"group": set(), "cause": set()}
    await away.dispose()


async def test_a_fault_of_our_own_is_not_taken_for_an_absence() -> None:
    class Wrong:
        async def picture(self, dossier_id: str) -> Picture | None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await PostgresShownUses(ShownNow(engine(NOWHERE), Wrong())).uses("d", StreamRef("place", "p"))
