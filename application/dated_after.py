"""The warning that claims of a report whose date was corrected tell of a later time."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from application.outcome import Outcome
from domain.looks_beside import after_publication
from domain.report import Report, ReportCorrected
from domain.when import Instant

# So many claims of one command are warned of.
MOST_TOLD = 10


class DatedClaim(NamedTuple):
    claim: str
    date: str


class ShownDates(Protocol):
    """What the read models show now."""

    async def dated_after(
        self, dossier_id: str, time_zone: str, report: str, instant: Instant, most: int
    ) -> Sequence[DatedClaim]:
        """The first claims in a report that tell of what happened, or was said, after an instant; nothing where that
        cannot be told just now.
        """
        ...


class NoDatesShown:
    """Where there are no read models."""

    async def dated_after(
        self, dossier_id: str, time_zone: str, report: str, instant: Instant, most: int
    ) -> Sequence[DatedClaim]:
        return ()


async def warned_of_dates(
    shown: ShownDates, dossier_id: str, time_zone: str, outcomes: Iterable[Outcome]
) -> list[Outcome]:
    """The outcomes of some commands, with a warning of each claim that is dated after its report came out by now."""
    warned = list(outcomes)
    for index, one in enumerate(warned):
        if not any(isinstance(event, ReportCorrected) and event.set.keys() & _OF_PUBLICATION for event in one.events):
            continue
        assert isinstance(one.state, Report)
        details = one.state.details
        latest = details.publication(time_zone).latest
        found = await shown.dated_after(dossier_id, time_zone, one.stream.id, latest, MOST_TOLD)
        looks = [after_publication(claim, date, details.published) for claim, date in found]
        warned[index] = one._replace(second_looks=[*one.second_looks, *looks])
    return warned


_OF_PUBLICATION = {"published", "published_bounds"}
