"""Which events changed what was there before: the log's own order, from any position on."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import Reading
from domain.families import FAMILIES, SAID_AT_ONCE, Family, unsaid_of
from domain.fields import StreamRef
from infrastructure.read_models.assessments import assessment_claims
from infrastructure.rows.versioned import as_of, asked


class Correcting(NamedTuple):
    """That the event at a position corrects something of a stream."""

    position: int
    stream: StreamRef
    version: int


async def corrections(
    connection: AsyncConnection,
    reading: Reading,
    family: Family | None,
    stream: tuple[str | None, str | None],
    after: int | None,
    limit: int,
    *,
    newest_first: bool,
) -> list[Correcting]:
    """Events of a family, or of all but the world's, that are no first ones, and what unsays some of the family.

    `after` is the position that a list goes on from, either way.
    """
    kind, stream_id = stream
    begun = after if after is not None else reading.position + 1 if newest_first else 0
    types = sorted(each for each, its_own in FAMILIES.items() if its_own != "world" and family in (None, its_own))
    # What the world did is no correction, whatever was unsaid of it.
    unsaid = {} if family is None or family == "world" else unsaid_of(family)
    named = {
        "types": types, "unsaying": sorted(unsaid),
        "unsaid": [f"{one} {said}" for one, all_said in unsaid.items() for said in all_said],
        "kind": kind, "stream_id": stream_id, "after": begun, "wanted": limit,
    }  # fmt: skip
    query = _NEWEST_FIRST if newest_first else _OLDEST_FIRST
    rows = await connection.execute(query, asked(reading, **named))
    return [Correcting(position, StreamRef(kind, id_), version) for position, kind, id_, version in rows]


def _query(beyond: str, order: str) -> Any:
    said_at_once = ", ".join(f"'{type_}'" for type_ in SAID_AT_ONCE)
    return text(f"""
        select e.position, e.stream_kind, e.stream_id, e.version from events e
        where e.dossier_id = :dossier_id and e.version > 1 and e.position {beyond} :after and e.position <= :position
            and (e.type = any(:types) or e.type = any(:unsaying) and exists (
                select from events said
                where said.dossier_id = e.dossier_id and said.stream_kind = e.stream_kind
                    and said.stream_id = e.stream_id and said.version < e.version
                    and e.type || ' ' || said.type = any(:unsaid)
                    -- Of a claim's statements the one that it names.
                    and (e.type not in ('claim.statement_retracted', 'claim.statement_reinstated')
                        or cast(said.data as jsonb) -> 'statement' = cast(e.data as jsonb) -> 'statement')
            ))
            and (cast(:kind as text) is null or e.stream_kind = :kind)
            and (cast(:stream_id as text) is null or e.stream_id = :stream_id)
            -- What was appended together with the first word was said along with it.
            and not (e.type in ({said_at_once}) and exists (
                select from events first
                where first.dossier_id = e.dossier_id and first.stream_kind = e.stream_kind
                    and first.stream_id = e.stream_id and first.version = 1
                    and first.group_position = e.group_position
            ))
        order by e.position {order} limit :wanted
    """).bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in ("types", "unsaying", "unsaid")))  # noqa: S608  (nothing of it is given by anybody)


_OLDEST_FIRST, _NEWEST_FIRST = _query(">", "asc"), _query("<", "desc")


async def assessments_on(
    connection: AsyncConnection, reading: Reading, claim_ids: Sequence[str]
) -> dict[str, list[str]]:
    """The assessments that rest on each of some claims."""
    found: dict[str, list[str]] = {}
    for claim_id, assessment_id in await connection.execute(_resting(), asked(reading, claim_ids=list(claim_ids))):
        found.setdefault(claim_id, []).append(assessment_id)
    return found


@cache
def _resting() -> Select[Any]:
    b = assessment_claims.c
    wanted = func.any(bindparam("claim_ids", type_=ARRAY(Text)))
    return (
        select(b.claim_id, b.assessment_id)
        .where(as_of(assessment_claims, "assessments"), b.claim_id == wanted)
        .order_by(b.claim_id, b.assessment_id)
    )
