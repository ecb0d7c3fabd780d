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
from domain.when import Bounds, Span
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
    claims = [_claim(row, incidents, related, shared, merged) for row in found]
    gone = await taken_back(connection, reading, [claim.claim for claim in claims if claim.withdrawn])
    claims = [_as_said(claim, gone[claim.claim]) if claim.withdrawn else claim for claim in claims]
    return await with_origins(connection, reading, claims, merged) if origins else claims


def _claim(
    row: Any,
    incidents: Mapping[str, tuple[str, ...]],
    related: Mapping[tuple[str, str], tuple[str, ...]],
    origins: Mapping[str, str],
    merged: Mapping[str, Merged],
) -> InForce:
    claim_id = row.claim_id
    so = None
    if row.earliest_start is not None:
        so = Span(row.earliest_start, row.latest_start, row.earliest_end, row.latest_end)
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
    )


def _as_said(claim: InForce, gone: TakenBack) -> InForce:
    """What is withdrawn stands beside the report that said it, not beside the one that took it back."""
    return replace(
        claim,
        report=gone.said_in,
        published=gone.published,
        withdrawn_in=gone.withdrawn_in,
        withdrawn_when=gone.when,
    )


async def _related(
    connection: AsyncConnection, reading: Reading, ids: Sequence[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The parts of each claim, and what it disputes; what was retracted neither is a part nor is disputed."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    rows = await connection.execute(_parts_and_disputes(), asked(reading, claim_ids=list(ids)))
    for relation, claim_id, other in rows:
        found[relation, claim_id] = (*found.get((relation, claim_id), ()), other)
    return found


@cache
def _parts_and_disputes() -> Any:
    ids = bindparam("claim_ids", type_=ARRAY(Text))
    part, part_claim = relations.alias("p"), claims.alias("pc")
    dispute, disputed = relations.alias("d"), claims.alias("dc")
    parts = (
        select(part.c.relation, part.c.to_claim.label("claim_id"), part.c.claim_id.label("other"))
        .select_from(part.join(part_claim, _claim_of(part_claim, part.c.claim_id), isouter=True))
        .where(
            as_of(part, "claims"), part.c.relation == "part_of", part.c.to_claim == func.any(ids), _stands(part_claim)
        )
    )
    disputes = (
        select(dispute.c.relation, dispute.c.claim_id, dispute.c.to_claim.label("other"))
        .select_from(dispute.join(disputed, _claim_of(disputed, dispute.c.to_claim), isouter=True))
        .where(
            as_of(dispute, "claims"), dispute.c.relation == "disputes", dispute.c.claim_id == func.any(ids),
            _stands(disputed),
        )
    )  # fmt: skip
    return parts.union_all(disputes).order_by("relation", "claim_id", "other")


def _claim_of(claim: FromClause, claim_id: Column[str]) -> ColumnElement[bool]:
    return and_(as_of(claim, "claims"), claim.c.claim_id == claim_id)


def _stands(claim: FromClause) -> ColumnElement[bool]:
    return not_(func.coalesce(claim.c.retracted, False))
