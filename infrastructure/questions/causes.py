"""Which of what became known between two cut-offs makes a finding differ: without it the finding would be another."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import Select, Text, and_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from application.reading import LeftOut
from domain.report import ReportWithdrawn
from infrastructure.questions.asked_again import AskingAgain
from infrastructure.questions.changes import PicturePair, published_between
from infrastructure.questions.compared import Comparing, Differing
from infrastructure.questions.in_force import CutOff, cut_off_of, goes_on_as, out, report_taken_back
from infrastructure.questions.merges import merged_reports
from infrastructure.questions.moved_findings import touching
from infrastructure.read_models.reports import reports
from infrastructure.rows.versioned import as_of, asked

# So many things that became known are left out, one by one, for a page of findings.
MOST_LEFT_OUT = 30


class Withdrawal(NamedTuple):
    """That its publisher took a report back: where that was recorded, when it was or in which report, and why."""

    report: str
    position: int
    when: str | None
    in_report: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class BecameKnown:
    """What one of two cut-offs takes in and the other does not: reports, and withdrawals of reports by their ids.

    `after` are those of either that the second picture knows.
    """

    reports: Collection[str]
    withdrawals: Mapping[str, Withdrawal]
    after: Collection["_Known"]


class _Known(NamedTuple):
    """Something that became known: that a report came out, or that it was withdrawn."""

    sort: Literal["report", "withdrawal"]
    report: str


class Causes(NamedTuple):
    """Reports that came out and reports that were withdrawn, without each of which a finding would be another.

    `told_apart`: else that was not looked for, and each of them is of a claim that the finding rests on.
    """

    published: Sequence[str] = ()
    withdrawn: Sequence[Withdrawal] = ()
    told_apart: bool = True


async def became_known(connection: AsyncConnection, pictures: PicturePair) -> BecameKnown:
    of_both = (pictures.before, pictures.after)
    one, other = pictures.before.clocks, pictures.after.clocks
    if (one.reported_by, one.certainty) == (other.reported_by, other.certainty):
        return BecameKnown((), {}, ())
    newly_out = await published_between(connection, pictures)
    cut_offs = [await cut_off_of(connection, reading) for reading in of_both]
    out_then, out_now = [
        {row.report_id for row in await connection.execute(_out(cut_off), asked(reading, reports=sorted(newly_out)))}
        for reading, cut_off in zip(of_both, cut_offs, strict=True)
    ]
    # What we mis-filed never came out, and what goes on as another came out with that.
    merged, differing = await merged_reports(connection, pictures.later), out_then ^ out_now
    newly_out = [id_ for id_ in newly_out if merged.survivor(id_) in differing]
    rows = [
        {row.report_id: row for row in await connection.execute(_withdrawn(cut_off), asked(reading))}
        for reading, cut_off in zip(of_both, cut_offs, strict=True)
    ]
    was, now = rows
    ids = [
        id_ for id_ in sorted(was.keys() & now.keys())
        if was[id_].known != now[id_].known and was[id_].withdrawn == now[id_].withdrawn
    ]  # fmt: skip
    recorded = await connection.execute(_RECORDED, asked(pictures.later, reports=ids))
    # What was recorded between the two positions is an event like others.
    positions = {row.report_id: row.position for row in recorded if row.position <= pictures.low}
    withdrawals: dict[str, Withdrawal] = {}
    for id_ in ids:
        if id_ in positions:
            withdrawn = ReportWithdrawn.model_validate_json(now[id_].withdrawn)
            withdrawals[id_] = Withdrawal(id_, positions[id_], withdrawn.when, withdrawn.report, withdrawn.reason)
    after = [_Known("report", id_) for id_ in newly_out if id_ in out_now]
    after += [_Known("withdrawal", id_) for id_ in withdrawals if now[id_].known]
    return BecameKnown(newly_out, withdrawals, after)


@cache
def _withdrawn(cut_off: CutOff) -> Select[Any]:
    taken_back_in = reports.alias("taken_back_in")
    in_report = and_(
        as_of(taken_back_in, "reports"), taken_back_in.c.report_id == goes_on_as(reports.c.withdrawn_in, cut_off)
    )
    known = report_taken_back(reports, taken_back_in, cut_off).label("known")
    return (
        select(reports.c.report_id, reports.c.withdrawn, known)
        .select_from(reports.join(taken_back_in, in_report, isouter=True))
        .where(as_of(reports, "reports"), reports.c.withdrawn.is_not(None), reports.c.merged_into.is_(None))
    )


@cache
def _out(cut_off: CutOff) -> Select[Any]:
    those = reports.c.report_id == bindparam("reports", type_=ARRAY(Text)).any_()
    return select(reports.c.report_id).where(as_of(reports, "reports"), those, out(reports, cut_off))


_RECORDED = text("""
    select stream_id as report_id, max(position) as position from events
    where dossier_id = :dossier_id and stream_kind = 'report' and stream_id = any(:reports)
        and type = 'report.withdrawn' and position <= :position
    group by stream_id
""").bindparams(bindparam("reports", type_=ARRAY(Text)))


async def causes(
    comparing: Comparing, known: BecameKnown, found: Sequence[Differing], moved: Sequence[bool]
) -> list[Causes]:
    """Of each finding those of what became known that make it differ. `moved`: whether events may have moved it.

    What is of claims that it rests on is left out one by one; if none of that decides, so is all else. Where that is
    too much, or where each of several is enough, all that is of its claims is told, as such.
    """
    if not (known.reports or known.withdrawals):
        return [Causes() for _ in found]
    by_the_moment = comparing.pictures.before.clocks.at != comparing.pictures.after.clocks.at
    async with comparing.connect() as connection:
        merged = await merged_reports(connection, comparing.pictures.later)
        of_claims = [await _of_its_claims(connection, comparing.pictures, known, one) for one in found]
    # A merged one was out with what it goes on as.
    every = {_Known("report", id_) for id_ in known.reports if id_ not in merged}
    every |= {_Known("withdrawal", id_) for id_ in known.withdrawals}
    left_out = _LeavingOut(known, AskingAgain(comparing, found))
    of_assessments = {nth for nth, one in enumerate(found) if one.question == "assessment"}
    # What moved a basis says so itself, and what was out of it does not.
    wanted = {
        nth: some for nth, some in enumerate(of_claims) if nth not in of_assessments or _was_out_otherwise(found[nth])
    }
    decisive = await left_out.decisive(wanted)
    # What another claim than its own may decide: of two that are at odds, which one is the nearer.
    undecided = [
        nth for nth in wanted
        if not (decisive[nth] or nth in of_assessments or nth in left_out.untried or moved[nth])
    ]  # fmt: skip
    if undecided and not by_the_moment:
        further = await left_out.decisive({nth: every - of_claims[nth] for nth in undecided})
        decisive |= {nth: some for nth, some in further.items() if some}
    told = []
    for nth, one in enumerate(found):
        proven = decisive.get(nth, set()) | (_of_basis(one, known, of_claims[nth]) if nth in of_assessments else set())
        if proven and nth not in left_out.untried:
            told.append(_told(proven, known))
        elif nth not in left_out.untried and (moved[nth] or by_the_moment):
            told.append(Causes())
        else:
            told.append(_told(of_claims[nth], known, told_apart=not of_claims[nth]))
    return told


def _told(some: Collection[_Known], known: BecameKnown, *, told_apart: bool = True) -> Causes:
    published = sorted(each.report for each in some if each.sort == "report")
    withdrawn = sorted(each.report for each in some if each.sort == "withdrawal")
    return Causes(published, [known.withdrawals[id_] for id_ in withdrawn], told_apart)


async def _of_its_claims(
    connection: AsyncConnection, pictures: PicturePair, known: BecameKnown, one: Differing
) -> set[_Known]:
    if one.question == "item":
        # What is recorded of an item is of no cut-off.
        return set()
    of_it = await touching(connection, pictures, {*known.reports, *known.withdrawals}, one)
    out_by_one = {_Known("report", id_) for id_ in of_it if id_ in known.reports}
    return out_by_one | {_Known("withdrawal", id_) for id_ in of_it if id_ in known.withdrawals}


def _of_basis(one: Differing, known: BecameKnown, of_claims: Collection[_Known]) -> set[_Known]:
    """What moved the basis of an assessment: it says so itself."""
    was, now = ({(basis["claim"], move["position"]): move for basis in _basis(side) for move in basis["moved"]}
                for side in (one.before, one.after))  # fmt: skip
    apart = [(was | now)[key] for key in was.keys() ^ now.keys()]
    positions, told_in = {move["position"] for move in apart}, {move["report"] for move in apart}
    return {
        each
        for each in of_claims
        if (each.report in told_in if each.sort == "report" else known.withdrawals[each.report].position in positions)
    }


def _was_out_otherwise(one: Differing) -> bool:
    """Whether other claims of an assessment were out by the one cut-off than by the other."""
    was, now = (side.told.get("not_out", []) if side else [] for side in (one.before, one.after))
    return bool({*was} ^ {*now})


def _basis(side: Any) -> Iterable[Any]:
    return () if side is None else side.told["basis"]


class _LeavingOut:
    """Asks of some findings what they would be without something. `untried`: those of which it was not asked of all."""

    def __init__(self, known: BecameKnown, asking: AskingAgain) -> None:
        self._known, self._asking = known, asking
        self._left = MOST_LEFT_OUT
        self.untried: set[int] = set()

    async def decisive(self, wanted: Mapping[int, Collection[_Known]]) -> dict[int, set[_Known]]:
        """Of each of some findings those things without which it would be another."""
        found: dict[int, set[_Known]] = {nth: set() for nth in wanted}
        by_known: defaultdict[_Known, list[int]] = defaultdict(list)
        for nth, some in wanted.items():
            for each in some:
                by_known[each].append(nth)
        for each in sorted(by_known):
            those = by_known[each]
            if not self._left:
                self.untried |= {*those}
                continue
            self._left -= 1
            for nth in await self._without(each, those):
                found[nth].add(each)
        return found

    async def _without(self, each: _Known, those: Sequence[int]) -> list[int]:
        """Those that would be another."""
        asking, is_after = self._asking, each in self._known.after
        pictures = asking.comparing.pictures
        picture = pictures.after if is_after else pictures.before
        async with asking.comparing.connect() as connection:
            merged = await merged_reports(connection, picture)
        ids = frozenset(merged.one_with(each.report))
        left_out = LeftOut(reports=ids) if each.sort == "report" else LeftOut(withdrawals=ids)
        told = await asking.told(replace(picture, left_out=left_out), those)
        # Of one place several may be at odds about the same.
        pairs = [nth for nth in those if asking.found[nth].question == "disagreements"]
        plainly = await asking.told(replace(picture, left_out=None), pairs) if pairs else {}
        others = []
        for nth in those:
            one = asking.found[nth]
            if nth not in told or (nth in pairs and nth not in plainly):
                self.untried.add(nth)
                continue
            side = one.after if is_after else one.before
            if not asking.alike(nth, plainly[nth] if nth in pairs else side and side.told, told[nth]):
                others.append(nth)
        return others
