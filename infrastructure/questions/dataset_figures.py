"""The figures of datasets: what a sum over incidents is made of."""

from collections.abc import AsyncIterator
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, Text, bindparam, func, not_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.content import Figure
from domain.in_force import InForce
from domain.membership import lay_within
from domain.topic import topic_of
from infrastructure.questions.figures import FigureFilter
from infrastructure.questions.in_force import CutOff, cut_off_of, in_force
from infrastructure.questions.merges import all_merged
from infrastructure.questions.rule_claims import as_claims, claims_in_force, rule_columns
from infrastructure.questions.taken_back import with_whose_words
from infrastructure.read_models.incidents import incident_claims
from infrastructure.rows.versioned import as_of, asked


async def dataset_figures(
    connection: AsyncConnection, reading: Reading, wanted: FigureFilter, dataset: str | None, *, stocks: bool
) -> AsyncIterator[InForce]:
    """The figures of flows (and of `stocks`) that stand in reports of a dataset (or of any), some at once: they are not
    kept.
    """
    wanted = wanted.as_one((await all_merged(connection, reading))["actor"])
    cut_off = await cut_off_of(connection, reading)
    # What was withdrawn stands in the report that took it back, which may be of no dataset.
    for ended in (False, True):
        query = _dataset_figures(cut_off, dataset is not None, wanted.places is not None, stocks, ended)
        after: int | None = 0
        while after is not None:
            named = {"measure": wanted.measure, "unit": wanted.unit, "dataset": dataset, "after": after}
            places = None if wanted.places is None else sorted(wanted.places)
            rows = (await connection.execute(query, asked(reading, places=places, **named))).all()
            for claim in await as_claims(connection, reading, rows, origins=False):
                figure = claim.content
                if isinstance(figure, Figure) and wanted.takes(topic_of(figure)) and _inside(claim, wanted):
                    yield claim
            after = rows[-1].recorded_position if len(rows) == _SUMMED_AT_ONCE else None


_SUMMED_AT_ONCE = 5000


async def several_incidents(connection: AsyncConnection, reading: Reading, dataset: str | None) -> list[InForce]:
    """The claims in reports of a dataset (or of any) that tell of several incidents, whatever, where and when."""
    rows = (await connection.execute(_LINKED_TWICE, asked(reading))).all()
    if not rows:
        return []
    query = _by_dataset(await cut_off_of(connection, reading), dataset is not None)
    named = {"dataset": dataset, "claim_ids": [row.claim_id for row in rows]}
    found = await claims_in_force(connection, reading, query, origins=False, **named)
    return [claim for claim in found if len(claim.incidents) > 1]


# One pass over the links: most dossiers have no such claim, and ask for no more.
_LINKED_TWICE = (
    select(incident_claims.c.claim_id)
    .where(as_of(incident_claims, "incidents"))
    .group_by(incident_claims.c.claim_id)
    .having(func.count() > 1)
)


@cache
def _by_dataset(cut_off: CutOff, of_one: bool) -> Select[Any]:
    rows = in_force(cut_off)
    of_it = rows.r.c.dataset == bindparam("dataset", type_=Text) if of_one else rows.r.c.dataset.is_not(None)
    wanted = func.any(bindparam("claim_ids", type_=ARRAY(Text)))
    return rows.select(*rule_columns(rows)).where(not_(rows.retracted), of_it, rows.s.c.claim_id == wanted)


def _inside(claim: InForce, wanted: FigureFilter) -> bool:
    """Whether its place may have been inside the one asked for at the time."""
    return wanted.places is None or lay_within(claim.so, wanted.places.get(claim.content.place or "", ()))


@cache
def _dataset_figures(cut_off: CutOff, of_one: bool, in_places: bool, stocks: bool, ended: bool) -> Select[Any]:
    rows = in_force(cut_off)
    s = rows.s.c
    joined, said_in = with_whose_words(rows, cut_off) if ended else (rows.joined, rows.r)
    of = said_in.c.dataset
    conditions = [
        rows.in_force,
        not_(rows.retracted),
        s.ended if ended else not_(s.ended),
        of == bindparam("dataset", type_=Text) if of_one else of.is_not(None),
        s.nature.in_(["flow", "intended", *(["stock"] if stocks else [])]),
        s.measure == bindparam("measure", type_=Text),
        s.topic.startswith(bindparam("measure", type_=Text) + "," + bindparam("unit", type_=Text)),
        s.recorded_position > bindparam("after", type_=BigInteger),
    ]
    if in_places:
        conditions.append(s.place_id == func.any(bindparam("places", type_=ARRAY(Text))))
    found = select(*rule_columns(rows)).select_from(joined).where(*conditions)
    return found.order_by(s.recorded_position).limit(_SUMMED_AT_ONCE)
