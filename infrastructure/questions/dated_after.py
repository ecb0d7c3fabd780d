"""Which claims of a report tell of a later time, for the warning where its date is corrected."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from application.dated_after import DatedClaim
from application.reading import Reading
from domain import when
from domain.when import Instant
from infrastructure.questions.shown_now import ShownNow
from infrastructure.rows.versioned import asked, current_at

# Of more statements that may be of a later time not all are looked at.
MOST_LOOKED_AT = 5_000


class PostgresShownDates:
    """What the read models show."""

    def __init__(self, shown: ShownNow) -> None:
        self._shown = shown

    async def dated_after(
        self, dossier_id: str, time_zone: str, report: str, instant: Instant, most: int
    ) -> Sequence[DatedClaim]:
        async def ask(connection: AsyncConnection, now: Reading) -> Sequence[DatedClaim]:
            named = asked(now, report=report, instant=instant, most=MOST_LOOKED_AT)
            dates = [
                DatedClaim(row.claim_id, date)
                for row in await connection.execute(_MAYBE_LATER, named)
                for date in (row.happened, row.said)
                if date is not None and when.bounds(date, time_zone).earliest > instant
            ]
            return list(dict.fromkeys(dates))[:most]

        nothing: Sequence[DatedClaim] = ()
        return await self._shown.asked(dossier_id, "dates", ask, nothing)


_MAYBE_LATER = text(f"""
    select s.claim_id, cast(content as jsonb) ->> 'when' as happened, cast(content as jsonb) ->> 'said' as said
    from statements s
    where dossier_id = :dossier_id and generation = :claims_generation and {current_at()} and report_id = :report
        and not ended and (earliest_start > :instant or content like '%"said":"%')
        and not exists (
            select from claims c
            where c.dossier_id = s.dossier_id and c.generation = s.generation and c.claim_id = s.claim_id
                and {current_at("c")} and c.retracted
        )
    order by s.claim_id, s.number limit :most
""")  # noqa: S608
