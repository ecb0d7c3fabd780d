"""Claims as the rules take them: the statement in force, with incidents, relations and shared origins."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, ColumnElement, Executable, Text, and_, bindparam, func, not_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import FromClause

from application.reading import Reading
from domain.content import Content
from domain.in_force import InForce
from domain.merging import Merged, as_one
from domain.when import Bounds, Span, day_over
from infrastructure.questions.in_force import InForceRows
from infrastructure.questions.merges import all_merged, same_origins
from infrastructure.questions.origins import with_origins
from infrastructure.questions.taken_back import TakenBack, taken_back
from infrastructure.read_models.claims import claims, relations
from infrastructure.read_models.incidents import survivors_of
from infrastructure.rows.versioned import as_of, asked

_content: TypeAdapter[Content] = TypeAdapter(Content)


def rule_columns(rows: InForceRows) -> list[ColumnElement[Any]]:
    """What an `InForce` is made of."""
    s, r = rows.s, rows.r
    return [
        *(s.c[name] for name in ("claim_id", "place_id", "claimant_id", "content", "recorded_position")),
        *(s.c[name] for name in ("earliest_start", "latest_start", "earliest_end", "latest_end")),
        *(r.c[name] for name in ("report_id", "published_earliest", "published_latest", "dataset")),
        s.c.report_id.label("filed_in"),
        r.c.discredited_because.is_not(None).label("discredited"),
        rows.withdrawn.label("is_withdrawn"),
    ]


async def claims_in_force(
    connection: AsyncConnection, reading: Reading, query: Executable, *, origins: bool = True, **more: Any
) -> list[InForce]:
    """The claims that a query over `rule_columns` finds, as `as_claims` has them."""
    found = (await connection.execute(query, asked(reading, **more))).all()
    return await as_claims(connection, reading, found, origins=origins)


async def as_claims(
    connection: AsyncConnection, reading: Reading, found: Sequence[Any], *, origins: bool = True
) -> list[InForce]:
    """Rows of `rule_columns` as the rules take them: what was merged is named as what it goes on as.

    With their incidents, relations and shared origins, and, where voices are counted (`origins`), what they are based
    on.
    """
    if not found:
        return []
    ids = [row.claim_id for row in found]
    related = await _related(connection, reading, ids)
    incidents = await survivors_of(connection, reading, ids)
    shared = await same_origins(connection, reading)
    merged = await all_merged(connection, reading)
    claims = [_claim(row, incidents, related, shared, merged, reading.time_zone) for row in found]
    gone = await taken_back(connection, reading, [claim.claim for claim in claims if claim.withdrawn])
    claims = [_as_said(claim, gone[claim.claim]) if claim.withdrawn else claim for claim in claims]
    return await with_origins(connection, reading, claims, merged) if origins else claims


def _claim(
    row: Any,
    incidents: Mapping[str, tuple[str, ...]],
    related: Mapping[tuple[str, str], tuple[str, ...]],
    origins: Mapping[str, str],
    merged: Mapping[str, Merged],
    time_zone: str,
) -> InForce:
    claim_id = row.claim_id
    so, over = None, None
    if row.earliest_start is not None:
        so = Span(row.earliest_start, row.latest_start, row.earliest_end, row.latest_end)
        over = day_over(Bounds(row.earliest_end, row.latest_end), time_zone)
    return InForce(
        claim_id,
        as_one(_content.validate_json(row.content), merged),
        row.report_id,
        Bounds(row.published_earliest, row.published_latest),
        so,
        row.recorded_position,
        row.is_withdrawn,
        row.discredited,
        incidents.get(claim_id, ()),
        row.dataset,
        related.get(("part_of", claim_id), ()),
        related.get(("disputes", claim_id), ()),
        origins.get(claim_id),
        filed_in=row.filed_in if row.filed_in != row.report_id else None,
        overlaps=related.get(("overlaps", claim_id), ()),
        alternatives=related.get(("alternative_to", claim_id), ()),
        day_over=over,
    ).closed(time_zone)


def _as_said(claim: InForce, gone: TakenBack) -> InForce:
    """What is withdrawn stands beside the report that said it, not beside the one that took it back."""
    return replace(
        claim,
        report=gone.said_in,
        published=gone.published,
        dataset=gone.dataset,
        withdrawn_in=gone.withdrawn_in,
        withdrawn_when=gone.when,
    )


async def _related(
    connection: AsyncConnection, reading: Reading, ids: Sequence[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The parts of each claim, what it disputes, and what either is said to overlap with, or to be an alternative to.

    What was retracted is none of these.
    """
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    rows = await connection.execute(_related_either_way(), asked(reading, claim_ids=list(ids)))
    for relation, claim_id, other in rows:
        found[relation, claim_id] = (*found.get((relation, claim_id), ()), other)
    return found


@cache
def _related_either_way() -> Any:
    ids = bindparam("claim_ids", type_=ARRAY(Text))
    inner, inner_claim = relations.alias("p"), claims.alias("pc")
    outer, outer_claim = relations.alias("d"), claims.alias("dc")
    # What is part of it; and what says of it that both may count the same, or that one holds instead of the other.
    inwards = (
        select(inner.c.relation, inner.c.to_claim.label("claim_id"), inner.c.claim_id.label("other"))
        .select_from(inner.join(inner_claim, _claim_of(inner_claim, inner.c.claim_id), isouter=True))
        .where(
            as_of(inner, "claims"), inner.c.relation.in_(("part_of", *_MUTUAL)), inner.c.to_claim == func.any(ids),
            _stands(inner_claim),
        )
    )  # fmt: skip
    outwards = (
        select(outer.c.relation, outer.c.claim_id, outer.c.to_claim.label("other"))
        .select_from(outer.join(outer_claim, _claim_of(outer_claim, outer.c.to_claim), isouter=True))
        .where(
            as_of(outer, "claims"), outer.c.relation.in_(("disputes", *_MUTUAL)), outer.c.claim_id == func.any(ids),
            _stands(outer_claim),
        )
    )  # fmt: skip
    # What both say of each other is told once.
    return inwards.union(outwards).order_by("relation", "claim_id", "other")


# Of these it does not matter which of two says it.
_MUTUAL = ("overlaps", "alternative_to")


def _claim_of(claim: FromClause, claim_id: Column[str]) -> ColumnElement[bool]:
    return and_(as_of(claim, "claims"), claim.c.claim_id == claim_id)


def _stands(claim: FromClause) -> ColumnElement[bool]:
    return not_(func.coalesce(claim.c.retracted, False))
