"""All that warnings ask of the read models, for whoever carries out commands."""

from application.looking_twice import ShownBeside
from infrastructure.questions.alike import PostgresShownClaims
from infrastructure.questions.dated_after import PostgresShownDates
from infrastructure.questions.in_use import PostgresShownUses
from infrastructure.questions.links_shown import PostgresShownLinks
from infrastructure.questions.near_numbers import PostgresShownNumbers
from infrastructure.questions.registers import PostgresShownRegisters
from infrastructure.questions.same_persons import PostgresShownPersons
from infrastructure.questions.shown_now import ShownNow


def shown_beside(shown: ShownNow) -> ShownBeside:
    return ShownBeside(
        PostgresShownClaims(shown),
        PostgresShownNumbers(shown),
        PostgresShownPersons(shown),
        PostgresShownRegisters(shown),
        PostgresShownLinks(shown),
        PostgresShownUses(shown),
        PostgresShownDates(shown),
    )
