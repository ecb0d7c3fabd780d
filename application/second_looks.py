"""The warnings that a claim tells what another of its report tells, at whichever entrance it came in."""

import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, Protocol

from application.outcome import Outcome
from domain.claim import (
    Claim,
    ClaimCorrected,
    ClaimReinstated,
    ClaimRetracted,
    ClaimStatementReinstated,
    ClaimStatementRetracted,
)
from domain.likeness import ABOUT, contradict
from domain.looks_beside import contradicts_itself, identical, several_figures
from domain.second_looks import SecondLook
from domain.told import Told, words_held, words_told

# How many claims a process remembers, and for how long: the read models know of them soon.
REMEMBERED = 5_000
REMEMBERED_S = 30.0
# Of those that count the same, so many are looked at.
FEW = 10


class Alike(NamedTuple):
    """A claim that tells what another tells, or counts the same: its likeness, and the claims that it is part of."""

    claim: str
    likeness: str
    wholes: frozenset[str]


AlikeByTold = Mapping[Told, Sequence[Alike]]


class ShownClaims(Protocol):
    """The claims that the read models show now."""

    async def alike(self, dossier_id: str, wanted: Collection[Told]) -> AlikeByTold:
        """A few claims that tell each of these, and a few that count the same; and perhaps of others."""
        ...


class NothingShown:
    """Where there are no read models: only what this process recorded is known."""

    async def alike(self, dossier_id: str, wanted: Collection[Told]) -> AlikeByTold:
        return {}


@dataclass(slots=True)
class _Held:
    """What a claim was last seen to hold."""

    since: float
    wholes: frozenset[str]
    anew: bool = False
    told: list[Told] = field(default_factory=list)


# What leaves nothing sure of what a claim held before.
_ANEW = {ClaimCorrected, ClaimStatementRetracted, ClaimStatementReinstated, ClaimRetracted, ClaimReinstated}
NO_WHOLES: frozenset[str] = frozenset()


class RecentClaims:
    """The claims that a process recorded last, which the read models may not show yet."""

    def __init__(self) -> None:
        self._claims: OrderedDict[tuple[str, str], _Held] = OrderedDict()
        # By dossier, report and what is counted: which claims, with their likeness. Where the first ones leave, what is
        # left of a plain dictionary takes ever longer to begin with.
        self._about: dict[tuple[str, str, str], OrderedDict[str, str]] = {}
        # By dossier, report and likeness: the first that told it.
        self._first: dict[tuple[str, str, str], str] = {}

    def same(self, dossier_id: str, told: Told, claim_id: str) -> str | None:
        """Another claim that tells the same."""
        first = self._first.get((dossier_id, told.report, told.likeness))
        if first is None:
            return None
        if first != claim_id and self._is_fresh(dossier_id, first):
            return first
        return next((one.claim for one in self.alike(dossier_id, told) if _tells_the_same(one, told, claim_id)), None)

    def alike(self, dossier_id: str, told: Told) -> Iterator[Alike]:
        """Some that tell or count the same: read as far as they are wanted."""
        beside = self._about.get((dossier_id, told.report, told.likeness[:ABOUT]))
        if beside:
            fresh = time.monotonic() - REMEMBERED_S
            for claim, likeness in islice(beside.items(), FEW):
                held = self._claims[dossier_id, claim]
                if held.since > fresh:
                    yield Alike(claim, likeness, held.wholes)

    def _is_fresh(self, dossier_id: str, claim_id: str) -> bool:
        return time.monotonic() - self._claims[dossier_id, claim_id].since < REMEMBERED_S

    def note(self, dossier_id: str, outcome: Outcome, told: Iterable[Told], time_zone: str) -> None:
        """What a claim holds now, besides what it held; or instead of that, where our record of it was wrong."""
        state, claim_id = outcome.state, outcome.stream.id
        key = dossier_id, claim_id
        anew = not _ANEW.isdisjoint(map(type, outcome.events))
        if anew:
            told = words_held(state, time_zone, FEW)
            if key in self._claims:
                self._forget(*key)
        held = self._claims.get(key)
        if held is None:
            held = self._claims[key] = _Held(0.0, NO_WHOLES)
        held.since, held.wholes, held.anew = time.monotonic(), wholes_of(state), held.anew or anew
        for each in told:
            held.told.append(each)
            about = dossier_id, each.report, each.likeness[:ABOUT]
            if about not in self._about:
                self._about[about] = OrderedDict()
            self._about[about][claim_id] = each.likeness
            self._first.setdefault((dossier_id, each.report, each.likeness), claim_id)
        self._claims.move_to_end(key)
        while len(self._claims) > REMEMBERED:
            self._forget(*next(iter(self._claims)))

    def is_anew(self, dossier_id: str, claim_id: str) -> bool:
        """Whether the read models may still show of a claim what it does not hold any more."""
        held = self._claims.get((dossier_id, claim_id))
        return held is not None and held.anew and time.monotonic() - held.since < REMEMBERED_S

    def _forget(self, dossier_id: str, claim_id: str) -> None:
        for told in self._claims.pop((dossier_id, claim_id)).told:
            about = dossier_id, told.report, told.likeness[:ABOUT]
            beside = self._about.get(about, OrderedDict())
            beside.pop(claim_id, None)
            if not beside:
                self._about.pop(about, None)
            told_first = dossier_id, told.report, told.likeness
            if self._first.get(told_first) == claim_id:
                del self._first[told_first]


def wholes_of(state: object) -> frozenset[str]:
    """The claims that a claim is part of."""
    if not isinstance(state, Claim) or not state.relations:
        return NO_WHOLES
    return frozenset(to for relation, to in state.relations if relation == "part_of")


class ClaimsAlike:
    """Looks for them, in the read models and among what this process recorded last."""

    def __init__(self, shown: ShownClaims) -> None:
        self._shown = shown
        self._recent = RecentClaims()

    async def warned(
        self, dossier_id: str, time_zone: str, outcomes: Iterable[Outcome], *, dry_run: bool
    ) -> list[Outcome]:
        """The outcomes of some commands, with a warning where a claim now tells what another one tells, or counts."""
        warned = list(outcomes)
        told = {
            index: dict.fromkeys(words_told(one.state, one.events, time_zone))
            for index, one in enumerate(warned)
            if one.stream.kind == "claim" and one.events
        }
        wanted = {each for some in told.values() for each in some}
        shown = await self._shown.alike(dossier_id, wanted) if wanted else {}
        # What is decided only is not what was recorded.
        books = (self._recent, RecentClaims()) if dry_run else (self._recent,)
        wholes = {warned[index].stream.id: wholes_of(warned[index].state) for index in told}
        for index, some in told.items():
            claim_id = warned[index].stream.id
            looks = []
            for each in some:
                there = [one for one in shown.get(each, ()) if not _is_anew(books, dossier_id, one.claim)]
                look = _look(each, claim_id, _Beside(dossier_id, there, books), wholes)
                if look is not None:
                    looks.append(look)
            if looks:
                warned[index] = warned[index]._replace(second_looks=[*warned[index].second_looks, *looks])
            books[-1].note(dossier_id, warned[index], some, time_zone)
        return warned


class _Beside(NamedTuple):
    """What is held against a claim: `shown` by the read models, and what this process recorded."""

    dossier_id: str
    shown: Sequence[Alike]
    books: Sequence[RecentClaims]

    def same(self, told: Told, claim_id: str) -> str | None:
        for one in self.shown:
            if _tells_the_same(one, told, claim_id):
                return one.claim
        for book in self.books:
            if (found := book.same(self.dossier_id, told, claim_id)) is not None:
                return found
        return None

    def all(self, told: Told) -> Iterator[Alike]:
        yield from self.shown
        for book in self.books:
            yield from book.alike(self.dossier_id, told)


def _tells_the_same(one: Alike, told: Told, claim_id: str) -> bool:
    return one.likeness == told.likeness and one.claim != claim_id


def _is_anew(books: Iterable[RecentClaims], dossier_id: str, claim_id: str) -> bool:
    return any(book.is_anew(dossier_id, claim_id) for book in books)


def _look(told: Told, claim_id: str, beside: _Beside, wholes: Mapping[str, frozenset[str]]) -> SecondLook | None:
    """The first that tells the same; or else that cannot be so beside it, or counts the same and is no kin of it."""
    same = beside.same(told, claim_id)
    if same is not None:
        return identical(told, same)
    mine = wholes[claim_id]
    for other in beside.all(told):
        if other.claim == claim_id:
            continue
        if told.kind == "control":
            if contradict(told.likeness, other.likeness):
                return contradicts_itself(told, other.claim)
        elif not (other.claim in mine or claim_id in other.wholes or claim_id in wholes.get(other.claim, ())):
            return several_figures(told, other.claim)
    return None
