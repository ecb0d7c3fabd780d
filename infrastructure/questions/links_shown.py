"""Which incidents claims tell of now, for the warning where one is linked to a second."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from infrastructure.questions.shown_now import ShownNow
from infrastructure.read_models.incidents import claims_of, survivor_of, survivors_of


class PostgresShownLinks:
    """What the read models show."""

    def __init__(self, shown: ShownNow) -> None:
        self._shown = shown

    async def incidents_of(self, dossier_id: str, claims: Collection[str]) -> Mapping[str, Sequence[str]]:
        nothing: Mapping[str, Sequence[str]] = {}
        return await self._shown.asked(
            dossier_id, "links", lambda connection, now: survivors_of(connection, now, sorted(claims)), nothing
        )

    async def goes_on_as(self, dossier_id: str, incident: str) -> str:
        end = await self._shown.asked(
            dossier_id, "links", lambda connection, now: survivor_of(connection, now, incident), None
        )
        return end or incident

    async def told_of_apart(self, dossier_id: str, incident: str) -> Mapping[str, Sequence[str]]:
        async def asked(connection: AsyncConnection, now: Reading) -> Mapping[str, Sequence[str]]:
            claims = await claims_of(connection, now, [incident])
            return await survivors_of(connection, now, sorted(claims), apart=incident)

        nothing: Mapping[str, Sequence[str]] = {}
        return await self._shown.asked(dossier_id, "links", asked, nothing)
