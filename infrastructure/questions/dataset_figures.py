"""The figures of datasets: what a sum over incidents is made of."""

from collections.abc import AsyncIterator
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, Text, bindparam, func, not_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Figure
from domain.in_force import InForce
from domain.topic import topic_of
from infrastructure.questions.figures import FigureFilter
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.questions.rule_claims import as_claims, rule_columns
from infrastructure.rows.versioned import asked


async def dataset_figures(
    connection: AsyncConnection, reading: Reading, wanted: FigureFilter, dataset: str | None
) -> AsyncIterator[InForce]:
    """The figures of flows that stand in reports of a dataset (or of any), some at once: they are not kept."""
    query = _dataset_figures(cut_off_of(reading), dataset is not None, wanted.places is not None)
    after = 0
    while True:
        named = {"measure": wanted.measure, "unit": wanted.unit, "dataset": dataset, "after": after}
        places = None if wanted.places is None else sorted(wanted.places)
        rows = (await connection.execute(query, asked(reading, places=places, **named))).all()
        for claim in await as_claims(connection, reading, rows):
            if isinstance(claim.content, Figure) and wanted.takes(topic_of(claim.content)) and _inside(claim, wanted):
                yield claim
        if len(rows) < _SUMMED_AT_ONCE:
            return
        after = rows[-1].recorded_position


_SUMMED_AT_ONCE = 5000


def _inside(claim: InForce, wanted: FigureFilter) -> bool:
    """Whether its place may have been inside the one asked for at the time."""
    so, place = claim.so, claim.content.place
    if wanted.places is None or place is None or so is None:
        return True
    return any(so.earliest_start <= last and first <= so.latest_end for first, last in wanted.places[place])


@cache
def _dataset_figures(cut_off: CutOff, of_one: bool, in_places: bool) -> Select[Any]:
    rows = in_force(cut_off)
    s, r = rows.s.c, rows.r.c
    conditions = [
        not_(rows.retracted),
        r.dataset == bindparam("dataset", type_=Text) if of_one else r.dataset.is_not(None),
        s.nature.in_(["flow", "intended"]),
        s.measure == bindparam("measure", type_=Text),
        s.topic.startswith(bindparam("measure", type_=Text) + "," + bindparam("unit", type_=Text)),
        s.recorded_position > bindparam("after", type_=BigInteger),
    ]
    if in_places:
        conditions.append(s.place_id == func.any(bindparam("places", type_=ARRAY(Text))))
    found = rows.select(*rule_columns(rows)).where(*conditions)
    return found.order_by(s.recorded_position).limit(_SUMMED_AT_ONCE)
