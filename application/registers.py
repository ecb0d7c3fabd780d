"""The warnings that an item may be in the dossier already, lies where it cannot, or has a word that is misspelt."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Literal, NamedTuple, Protocol, get_args
from urllib.parse import urlsplit

from application.outcome import Outcome
from application.projection import CURRENT
from domain.actor import ActorDetails
from domain.claim import ClaimCorrected, ClaimRecorded, ClaimRevised
from domain.content import Figure
from domain.far_off import Point, Whole, distance_km, far_off
from domain.membership import members
from domain.names import all_names
from domain.namesakes import folded
from domain.place import PlaceDetails, Within
from domain.report import ReportDetails
from domain.second_looks import SecondLook, nearly_one_word
from domain.source import SourceDetails

Kind = Literal["source", "actor", "place", "report"]
Part = Literal["group", "cause"]
Details = SourceDetails | ActorDetails | PlaceDetails | ReportDetails
KINDS: Final = get_args(Kind)

# Of a dossier with more items of a kind nothing is looked for: each process keeps them.
MOST_ITEMS = 50_000
REGISTERS = 32
# How long the words in use are taken to be those that were read, unless this process heard of another.
SAME_WORDS_S = 10.0
# Of the places within one, so many tell where it is.
OTHERS = 50
# Places of one name that lie so far apart are two.
APART_KM = 20.0


class ShownItems(NamedTuple):
    """Items that changed after a position, None where they were retracted; and the last position of these."""

    build: int
    position: int
    items: Sequence[tuple[str, Details | None]]


class ShownRegisters(Protocol):
    """What the read models show now."""

    async def changed(self, dossier_id: str, kind: Kind, build: int, after: int) -> ShownItems | None:
        """Items of a kind that changed after a position; all of them where `build` is not served any more.

        None where there are more than `MOST_ITEMS`, or no read models.
        """
        ...

    async def words(self, dossier_id: str, before: int) -> Mapping[Part, set[str]]:
        """Groups and causes of the figures that were recorded last, as they were before a position."""
        ...


class NoRegisters:
    """Where there are no read models: nothing is looked for but in what this process recorded."""

    async def changed(self, dossier_id: str, kind: Kind, build: int, after: int) -> ShownItems | None:
        return None

    async def words(self, dossier_id: str, before: int) -> Mapping[Part, set[str]]:
        return {"group": set(), "cause": set()}


@dataclass(frozen=True, slots=True)
class _Entry:
    """An item as others are held against it: `keys` are what it shares with another that may be the same."""

    keys: Mapping[str, str]
    point: Point | None = None
    kind: str = ""
    within: tuple[str, ...] = ()
    dataset: str | None = None


def _entry(details: Details) -> _Entry:
    if isinstance(details, ReportDetails):
        keys = {f"label {folded(str(details.label))} {details.published}": "label"}
        if details.url:
            keys[f"url {_same_url(details.url)}"] = "url"
        return _Entry(keys, dataset=details.dataset)
    keys = {f"name {each}": "name" for each in map(folded, all_names(details)) if each}
    if not isinstance(details, PlaceDetails):
        return _Entry(keys)
    given = details.latitude is not None and details.longitude is not None
    point = Point(float(details.latitude or 0), float(details.longitude or 0)) if given else None
    return _Entry(keys, point, details.kind, tuple(one.place for one in members(Within, details.within)))


def _same_url(url: str) -> str:
    """An address without what leads to the same page."""
    parts = urlsplit(url.strip())
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


@dataclass(slots=True)
class _Register:
    """The items of one kind in a dossier, as far as this process knows."""

    build: int = 0
    position: int = 0
    too_large: bool = False
    entries: dict[str, _Entry] = field(default_factory=dict)
    by_key: dict[str, dict[str, None]] = field(default_factory=dict)
    inside: dict[str, dict[str, None]] = field(default_factory=dict)

    def put(self, item_id: str, entry: _Entry | None) -> _Entry | None:
        """Returns what was there."""
        before = self.entries.pop(item_id, None)
        if before is not None:
            for key in before.keys:
                self.by_key[key].pop(item_id, None)
            for parent in before.within:
                self.inside[parent].pop(item_id, None)
        if entry is not None:
            self.entries[item_id] = entry
            for key in entry.keys:
                self.by_key.setdefault(key, {})[item_id] = None
            for parent in entry.within:
                self.inside.setdefault(parent, {})[item_id] = None
        return before


class Registers:
    """Looks for them, in what the read models show and what this process recorded."""

    def __init__(self, shown: ShownRegisters) -> None:
        self._shown = shown
        self._registers: OrderedDict[tuple[str, Kind], _Register] = OrderedDict()
        self._reading: dict[tuple[str, Kind], asyncio.Task[None]] = {}
        self._words: OrderedDict[str, tuple[float, dict[Part, set[str]]]] = OrderedDict()

    async def warned(self, dossier_id: str, outcomes: Sequence[Outcome], *, dry_run: bool) -> list[Outcome]:
        """The outcomes of some commands, with what is to be looked at twice in items and words."""
        looks: dict[int, list[SecondLook]] = {}
        met = {one.stream.kind for one in outcomes if one.events}
        for kind in KINDS:
            if kind not in met:
                continue
            await self._read(dossier_id, kind)
            register = self._registers.get((dossier_id, kind))
            if register is None or register.too_large:
                continue
            undo: list[tuple[str, _Entry | None]] = []
            for index, outcome in enumerate(outcomes):
                if outcome.stream.kind == kind and outcome.events:
                    entry = None if outcome.state.retracted else _entry(outcome.state.details)
                    undo.append((outcome.stream.id, register.put(outcome.stream.id, entry)))
                    if entry is not None:
                        looks.setdefault(index, []).extend(_looks(register, kind, outcome, entry))
            if dry_run:
                for item_id, before in reversed(undo):
                    register.put(item_id, before)
        await self._look_at_words(dossier_id, outcomes, looks, dry_run=dry_run)
        if not looks:
            return list(outcomes)
        return [
            outcome._replace(second_looks=[*outcome.second_looks, *looks[index]]) if looks.get(index) else outcome
            for index, outcome in enumerate(outcomes)
        ]

    async def _read(self, dossier_id: str, kind: Kind) -> None:
        """All who ask at once share one look."""
        key = dossier_id, kind
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read_now(dossier_id, kind))
            reading.add_done_callback(lambda _: self._reading.pop(key, None))
        await asyncio.shield(reading)

    async def _read_now(self, dossier_id: str, kind: Kind) -> None:
        key = dossier_id, kind
        register = self._registers.get(key) or _Register()
        if register.too_large:
            return
        found = await self._shown.changed(dossier_id, kind, register.build, register.position)
        if found is not None:
            # What this process recorded, and another build does not show yet, stays.
            register.build = found.build
            for nth, (item_id, details) in enumerate(found.items):
                register.put(item_id, None if details is None else _entry(details))
                if nth % 500 == 499:
                    await asyncio.sleep(0)
            register.position = max(register.position, found.position)
        register.too_large = len(register.entries) > MOST_ITEMS
        if register.too_large:
            register.entries.clear()
            register.by_key.clear()
            register.inside.clear()
        self._registers[key] = register
        self._registers.move_to_end(key)
        if len(self._registers) > REGISTERS:
            self._registers.popitem(last=False)

    async def _look_at_words(
        self, dossier_id: str, outcomes: Sequence[Outcome], looks: dict[int, list[SecondLook]], *, dry_run: bool
    ) -> None:
        told = [
            (index, part, word)
            for index, one in enumerate(outcomes)
            if one.stream.kind == "claim"
            for part, word in _words_of(one.events)
        ]
        if not told:
            return
        since, used = self._words.get(dossier_id, (0.0, {"group": set(), "cause": set()}))
        if any(word not in used[part] for _, part, word in told) and time.monotonic() - since > SAME_WORDS_S:
            # A worker may have been quicker than this look: what was recorded just now is no word in use.
            recorded = [one.position - len(one.events) + 1 for one in outcomes if one.events and not dry_run]
            shown = await self._shown.words(dossier_id, min(recorded, default=CURRENT))
            used = {part: used[part] | shown[part] for part in used}
            self._words[dossier_id] = time.monotonic(), used
            self._words.move_to_end(dossier_id)
            if len(self._words) > REGISTERS:
                self._words.popitem(last=False)
        noted: dict[Part, set[str]] = {part: set(words) for part, words in used.items()} if dry_run else used
        for index, part, word in told:
            if word not in noted[part]:
                near = sorted(other for other in noted[part] if nearly_one_word(word, other))
                if near:
                    said = f"{part} {word!r} is nearly {near[0]!r}, which is in use: is it the same?"
                    looks.setdefault(index, []).append(SecondLook("near_word", said, part))
                noted[part].add(word)


def _words_of(events: Iterable[Any]) -> Iterator[tuple[Part, str]]:
    for event in events:
        match event:
            case ClaimRecorded(content=Figure() as content):
                given: list[Mapping[str, Any]] = [{"group": content.group, "cause": content.cause}]
            case ClaimRevised():
                given = [event.set]
            case ClaimCorrected():
                given = [mend.set for mend in event.mends]
            case _:
                continue
        for some in given:
            for part in get_args(Part):
                if some.get(part):
                    yield part, some[part]


# What one item can share with another, and what says where it lies.
_CALLED = {"name", "names", "dated_names", "label", "published", "url"}
_WHERE = {"latitude", "longitude", "within"}


def _looks(register: _Register, kind: Kind, outcome: Outcome, entry: _Entry) -> Iterator[SecondLook]:
    """Of what is new only: an item that was corrected in something else is not warned of again."""
    new: set[str] = set()
    for event in outcome.events:
        if event.type in _BEGINS:
            new |= _CALLED | _WHERE
        elif event.type == f"{kind}.corrected":
            new |= getattr(event, "set", {}).keys()
    item_id = outcome.stream.id
    if new & _CALLED:
        yield from _same(register, kind, item_id, entry)
    if new & _WHERE and entry.point is not None:
        yield from _far_off(register, item_id, entry, entry.point)


_BEGINS = {f"{kind}.{how}" for kind in KINDS for how in ("reinstated", "filed" if kind == "report" else "registered")}


def _same(register: _Register, kind: Kind, item_id: str, entry: _Entry) -> Iterator[SecondLook]:
    """The first that shares something with it; the URL before a label."""
    for key, of in sorted(entry.keys.items(), key=lambda one: one[1] != "url"):
        others = islice((other for other in register.by_key[key] if other != item_id), OTHERS)
        other = next((each for each in others if _may_be_one(entry, register.entries[each])), None)
        if other is not None:
            code: Literal["same_url", "same_name"] = "same_url" if of == "url" else "same_name"
            yield SecondLook(code, f"{kind} {other!r} {_HAS[of]}: is it the same one?", of)
            return


_HAS = {"url": "has the same URL", "label": "has the same label and date", "name": "is called the same"}


def _may_be_one(entry: _Entry, other: _Entry) -> bool:
    if entry.dataset is not None and entry.dataset == other.dataset:
        # Editions of one dataset.
        return False
    return entry.point is None or other.point is None or distance_km(entry.point, other.point) <= APART_KM


def _far_off(register: _Register, item_id: str, entry: _Entry, here: Point) -> Iterator[SecondLook]:
    for parent in entry.within:
        whole = register.entries.get(parent)
        if whole is None:
            continue
        siblings = (register.entries[each].point for each in register.inside[parent] if each != item_id)
        others = list(islice((point for point in siblings if point is not None), OTHERS))
        found = far_off(here, Whole(whole.kind, whole.point, others))
        if found is None:
            continue
        told = f"({here.latitude}, {here.longitude})"
        if found == "swapped":
            said = f"{told} is far from {parent!r}, and would not be with latitude and longitude swapped"
            yield SecondLook("coordinates_swapped", said, "latitude")
        else:
            yield SecondLook("far_off", f"{told} is far from {parent!r}, which it is said to lie within", "latitude")
        return
