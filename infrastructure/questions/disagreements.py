"""Where voices contradict each other: figures that cannot all be right, holders that exclude each other, disputes."""

from collections.abc import AsyncIterator, Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from application.findings import KINDS_OF_DISAGREEMENT, Disagreement
from application.reading import Reading
from application.watch import KindOfDisagreement
from domain.content import Figure
from domain.contradictions import Contradiction, contradictions
from domain.exclusions import exclusions
from domain.in_force import InForce
from domain.set_aside import why_aside
from domain.topic import Topic, topic_of
from infrastructure.questions.control import control_claims, sides_in
from infrastructure.questions.figures import KeptTopic, all_claims_of, claims_by_id
from infrastructure.questions.moment import spoken
from infrastructure.read_models.claims import relations
from infrastructure.rows.versioned import as_of, asked


class Examined(NamedTuple):
    """So many claims of a topic or place were looked at; `after` is where a list goes on behind them."""

    claims: int
    after: list[Any]


# For one page, about. In a large dossier in which few disagree, a page is short and the list goes on.
ENOUGH = 3_000
_ALL_OF_IT = 10**9


async def disagreements(
    connection: AsyncConnection,
    reading: Reading,
    kinds: Collection[KindOfDisagreement],
    places: Collection[str] | None,
    after: Sequence[Any] | None,
    limit: int,
) -> tuple[list[Disagreement], list[Any] | None]:
    """A page of them: figures by topic, then control by place, then what a claim itself disputes.

    With where the list goes on, if there may be more: a page can be short, and even empty.
    """
    found: list[Disagreement] = []
    examined = 0
    begun = KINDS_OF_DISAGREEMENT.index(after[0]) if after else 0
    walks = {"figures": _figures, "control": _control, "declared": _declared}
    for kind in KINDS_OF_DISAGREEMENT[begun:]:
        if kind not in kinds:
            continue
        last = list(after[1:]) if after and after[0] == kind else None
        async for one in walks[kind](connection, reading, places, last):
            if isinstance(one, Examined):
                examined += one.claims
                if examined >= ENOUGH:
                    return found, one.after
                continue
            found.append(one)
            if len(found) == limit:
                return found, one.after
    return found, None


def _then(reading: Reading, said: Sequence[InForce]) -> list[InForce]:
    """What may have been so at the moment asked for."""
    at = reading.clocks.at
    return [claim for claim in said if at is None or claim.so is None or claim.so.holds_at(at) != "no"]


async def _figures(
    connection: AsyncConnection, reading: Reading, places: Collection[str] | None, last: list[Any] | None
) -> AsyncIterator[Disagreement | Examined]:
    skip = last.pop() + 1 if last else 0
    begun = KeptTopic(*last) if last else None
    for nature in ("flow", "stock"):
        if begun is not None and nature < begun.nature:
            continue
        for kept in await _told_by_more_than_one(connection, reading, nature):
            if (begun is not None and kept < begun) or (places is not None and kept.place not in places):
                continue
            if kept == begun and skip > _ALL_OF_IT:
                continue
            said = await all_claims_of(connection, reading, kept)
            for nth, (topic, found) in enumerate(_contradictions(reading, said)):
                if kept == begun and nth < skip:
                    continue
                yield Disagreement("figures", ["figures", *kept, nth], topic, topic.place, found)
            yield Examined(len(said), ["figures", *kept, _ALL_OF_IT])


async def _told_by_more_than_one(connection: AsyncConnection, reading: Reading, nature: str) -> list[KeptTopic]:
    """Topics of a nature that have claims of several claimants, or any without one."""
    speakers: dict[KeptTopic, list[str]] = {}
    for said in await spoken(connection, reading, nature):
        speakers.setdefault(KeptTopic(nature, said.place, said.topic), []).append(said.claimant)
    return [kept for kept, claimants in speakers.items() if len(claimants) > 1 or "" in claimants]


def _contradictions(reading: Reading, claims_of_topic: Sequence[InForce]) -> list[tuple[Topic, Contradiction]]:
    by_topic: dict[Topic, list[InForce]] = {}
    for claim in _then(reading, claims_of_topic):
        if isinstance(claim.content, Figure):
            by_topic.setdefault(topic_of(claim.content, claim.incident), []).append(claim)
    ordered = sorted(by_topic.items(), key=lambda item: str(item[0]))
    return [(topic, found) for topic, said in ordered for found in contradictions(said)]


async def _control(
    connection: AsyncConnection, reading: Reading, places: Collection[str] | None, last: list[Any] | None
) -> AsyncIterator[Disagreement | Examined]:
    begun, skip = (last[0], last[1] + 1) if last else ("", 0)
    held = {one.place for one in await spoken(connection, reading, "control") if one.place >= begun and one.place}
    for place in sorted(held if places is None else held & set(places)):
        if place == begun and skip > _ALL_OF_IT:
            continue
        said = await control_claims(connection, reading, [place])
        found = exclusions(place, said, await sides_in(connection, reading, said), reading.clocks.at)
        for nth, pair in enumerate(found):
            if place != begun or nth >= skip:
                yield Disagreement("control", ["control", place, nth], None, place, pair)
        yield Examined(len(said), ["control", place, _ALL_OF_IT])


async def _declared(
    connection: AsyncConnection, reading: Reading, places: Collection[str] | None, last: list[Any] | None
) -> AsyncIterator[Disagreement | Examined]:
    """What a claim itself disputes; of figures that contradict each other too, this says so once more."""
    begun = tuple(last) if last else ("", "")
    rows = await connection.execute(_disputes(), asked(reading))
    pairs = [(row.claim_id, row.to_claim) for row in rows if (row.claim_id, row.to_claim) > begun]
    for start in range(0, len(pairs), 100):
        some = pairs[start : start + 100]
        named = sorted({claim_id for pair in some for claim_id in pair})
        then = _then(reading, await claims_by_id(connection, reading, named))
        said = {claim.claim: claim for claim in then if why_aside(claim) is None}
        for one, other in some:
            if one in said and other in said:
                place = said[one].content.place
                if places is None or place in places:
                    yield Disagreement("declared", ["declared", one, other], None, place, (said[one], said[other]))
        yield Examined(len(named), ["declared", *some[-1]])


@cache
def _disputes() -> Select[Any]:
    r = relations.c
    return (
        select(r.claim_id, r.to_claim)
        .where(as_of(relations, "claims"), r.relation == "disputes")
        .order_by(r.claim_id, r.to_claim)
    )
