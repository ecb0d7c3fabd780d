"""The warnings that a number is far from all others of what may be the same, at whichever entrance it came in."""

import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

from application.outcome import Outcome
from application.second_looks import wholes_of
from domain.looks_beside import far_from_others
from domain.odd_numbers import Number, Said, nearest
from domain.report import Report
from domain.told import numbers_held, numbers_told

# How many claims a process remembers, and for how long: the read models know of them soon.
REMEMBERED = 5_000
REMEMBERED_S = 30.0
# Of those about one thing, so many that were recorded last are looked at.
FEW = 20


class ShownNumbers(Protocol):
    """The numbers that the read models show now."""

    async def near(self, dossier_id: str, numbers: Collection[Number]) -> Mapping[Number, Sequence[Said]]:
        """What claims in force say of what may be the same as each of these; nothing where that is too much to read.

        And perhaps of others. What of it is held against a number, `nearest` says.
        """
        ...


class NoNumbersShown:
    """Where there are no read models: only what this process recorded is known."""

    async def near(self, dossier_id: str, numbers: Collection[Number]) -> Mapping[Number, Sequence[Said]]:
        return {}


class _About(NamedTuple):
    """What a claim's number is found by."""

    dossier: str
    place: str | None
    measure: str
    unit: str


def _about(dossier_id: str, number: Number) -> _About:
    return _About(dossier_id, number.topic.place, number.topic.measure, number.topic.unit)


class _Word(NamedTuple):
    """What a claim gives in a report, if anything."""

    report: str
    said: Said | None


class _Held(NamedTuple):
    since: float
    # The last first: where its report does not stand, the one before it is the claim's.
    words: Sequence[_Word]

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.since < REMEMBERED_S


class RecentNumbers:
    """What the claims that a process recorded last give, which the read models may not show yet."""

    def __init__(self) -> None:
        self._claims: OrderedDict[tuple[str, str], _Held] = OrderedDict()
        # The first of them leave first, which takes ever longer of a plain dictionary.
        self._of: dict[_About, OrderedDict[str, None]] = {}
        # By dossier, the reports that were taken back, or that we do not rely on.
        self._reports: OrderedDict[tuple[str, str], Report] = OrderedDict()

    def note_report(self, dossier_id: str, report_id: str, report: Report) -> None:
        """Whether a report stands by now: no rule counts the numbers of one that does not."""
        key = dossier_id, report_id
        if report.withdrawn is not None or not _is_relied_on(report):
            self._reports[key] = report
            if len(self._reports) > REMEMBERED:
                self._reports.popitem(last=False)
        else:
            self._reports.pop(key, None)

    def note(self, dossier_id: str, outcome: Outcome, told: Sequence[Number], time_zone: str) -> None:
        """What a claim gives now, if anything, instead of what it gave; `told` are the numbers that it was made to."""
        claim_id, statements = outcome.stream.id, outcome.state.statements
        if len(told) == len(statements) == len(outcome.events) == 1:
            # As it was recorded, which most are.
            held: Iterable[tuple[str, Number | None]] = [(statements[0].report, told[0])]
        else:
            held = numbers_held(outcome.state, time_zone, FEW)
        key, wholes = (dossier_id, claim_id), wholes_of(outcome.state)
        self._forget(key)
        words = [
            _Word(report, None if number is None else Said(claim_id, report, number, wholes)) for report, number in held
        ]
        self._claims[key] = _Held(time.monotonic(), words)
        for _, said in words:
            if said is not None:
                beside = self._of.setdefault(_about(dossier_id, said.number), OrderedDict())
                beside[claim_id] = None
                if len(beside) > FEW:
                    beside.popitem(last=False)
        while len(self._claims) > REMEMBERED:
            self._forget(next(iter(self._claims)))

    def _forget(self, key: tuple[str, str]) -> None:
        held = self._claims.pop(key, None)
        if held is None:
            return
        for _, said in held.words:
            if said is not None:
                about = _about(key[0], said.number)
                beside = self._of.get(about, OrderedDict())
                beside.pop(key[1], None)
                if not beside:
                    self._of.pop(about, None)

    def near(self, dossier_id: str, number: Number) -> Iterator[Said]:
        """Of the very same place only."""
        about = _about(dossier_id, number)
        beside = self._of.get(about)
        for claim_id in reversed(beside) if beside else ():
            held = self._claims[dossier_id, claim_id]
            said = self._in_force(dossier_id, held) if held.is_fresh else None
            if said is not None and (len(held.words) == 1 or _about(dossier_id, said.number) == about):
                yield said

    def now(self, dossier_id: str, shown: Said) -> Said | None:
        """What a claim gives of that place by now, where the read models may show what it does not give any more."""
        held = self._claims.get((dossier_id, shown.claim))
        if held is None or not held.is_fresh:
            return shown if self._stands(dossier_id, shown.report) else None
        said = self._in_force(dossier_id, held)
        there = said is not None and said.number.topic.place == shown.number.topic.place
        return said if there else None

    def _in_force(self, dossier_id: str, held: _Held) -> Said | None:
        for word in held.words:
            if self._stands(dossier_id, word.report):
                return word.said
        return None

    def _stands(self, dossier_id: str, report_id: str) -> bool:
        """As far as this process knows. In a report that we do not rely on nobody took another one back."""
        report = self._reports.get((dossier_id, report_id))
        if report is None or report.withdrawn is None or not _is_relied_on(report):
            return report is None
        taken_back_in = self._reports.get((dossier_id, report.withdrawn.report or ""))
        return taken_back_in is not None and not _is_relied_on(taken_back_in)


def _is_relied_on(report: Report) -> bool:
    return not report.retracted and report.discredited_because is None


class OddNumbers:
    """Looks for them, among what this process recorded last and in the read models."""

    def __init__(self, shown: ShownNumbers) -> None:
        self._shown = shown
        self._recent = RecentNumbers()

    async def warned(
        self, dossier_id: str, time_zone: str, outcomes: Iterable[Outcome], *, dry_run: bool
    ) -> list[Outcome]:
        """The outcomes of some commands, with a warning where a number of a claim is now far from all others."""
        warned = list(outcomes)
        # What is decided only is not what was recorded.
        books = (self._recent, RecentNumbers()) if dry_run else (self._recent,)
        for one in warned:
            if one.stream.kind == "report" and one.events:
                books[-1].note_report(dossier_id, one.stream.id, one.state)
        told: dict[int, list[Number]] = {}
        unsure: dict[int, list[Number]] = {}
        for index, one in enumerate(warned):
            if one.stream.kind == "claim" and one.events:
                told[index] = list(numbers_told(one.state, one.events, time_zone))
                # Most have one beside them that this process knows of, and nothing is read for them.
                asked = [number for number in told[index] if not self._has_one_beside(dossier_id, number, one)]
                if asked:
                    unsure[index] = list(dict.fromkeys(asked))
        wanted = {number for numbers in unsure.values() for number in numbers}
        shown = await self._shown.near(dossier_id, wanted) if wanted else {}
        for index, numbers in told.items():
            claim_id, mine = warned[index].stream.id, wholes_of(warned[index].state)
            looks = []
            for number in unsure.get(index, ()):
                seen = (_now(books, dossier_id, one) for one in shown.get(number, ()))
                remembered = chain.from_iterable(book.near(dossier_id, number) for book in books)
                others = (one for one in chain(remembered, seen) if one and not _is_kin(one, claim_id, mine))
                found, is_far = nearest(number, others)
                if found is not None and is_far:
                    looks.append(far_from_others(number, found))
            if looks:
                warned[index] = warned[index]._replace(second_looks=[*warned[index].second_looks, *looks])
            books[-1].note(dossier_id, warned[index], numbers, time_zone)
        return warned

    def _has_one_beside(self, dossier_id: str, number: Number, outcome: Outcome) -> bool:
        claim_id, mine = outcome.stream.id, wholes_of(outcome.state)
        return any(
            not number.amounts.is_far(one.number.amounts)
            for one in self._recent.near(dossier_id, number)
            if not _is_kin(one, claim_id, mine) and number.may_be_held_against(one.number)
        )


def _now(books: Sequence[RecentNumbers], dossier_id: str, shown: Said) -> Said | None:
    now: Said | None = shown
    for book in books:
        now = now and book.now(dossier_id, now)
    return now


def _is_kin(other: Said, claim_id: str, wholes: Collection[str]) -> bool:
    """Whether it is the claim itself, a part of it, or what it is part of: these may differ as they like."""
    return other.claim == claim_id or other.claim in wholes or claim_id in other.wholes
