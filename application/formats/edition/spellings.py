"""What the rows of one file spell in several ways: which of these are one item, and what it is called and known by."""

import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Literal, NamedTuple

from domain.namesakes import folded

Details = dict[str, Any]
Kind = Literal["actor", "place"]

# Of the letters in which two names differ, one in so many may be another: more in no shorter words, as Deir and Beit.
ONE_IN = 5
# A point at which more names stand is one of a whole region, or a rounded one: the names say nothing of each other.
MOST_AT_ONE_SPOT = 20
# Each of them with each.
MOST_LOOKED_AT = 50
# No name is in a language of this code: the second spelling of a name is `und`, the next `und-x-2`.
_OTHER = "und"
_WORDS = re.compile(r"[\W_]+")


class Spelling(NamedTuple):
    """That rows call an item `other`, which earlier rows called `first`. By itself `other` would have been `own_id`."""

    kind: Kind
    id: str
    first: str
    other: str
    own_id: str


class Unclear(NamedTuple):
    """That it is the order of the rows which decides what they name by `name`: it is near to both others, which are not
    one; or all stand at a point of so many names that only the first of them are held against each other.
    """

    kind: Kind
    name: str
    near_to: tuple[str, ...]


def near_spellings(one: str, other: str) -> bool:
    """Whether two names of one spot are one name in two spellings.

    They are the same letters and digits; or, without the words that both have, hold the same digits, and turn into each
    other by changing, adding or dropping letters, one in five of the longer at most.
    """
    if folded(one) == folded(other):
        return bool(folded(one))
    mine, theirs = (Counter(filter(None, map(folded, _WORDS.split(name)))) for name in (one, other))
    both = mine & theirs
    rest, others = ("".join((words - both).elements()) for words in (mine, theirs))
    if _digits(rest) != _digits(others):
        return False
    most = max(len(rest), len(others)) // ONE_IN
    return most > 0 and _changes(rest, others, most) <= most


def _may_be_one(one: Details, other: Details) -> bool:
    """Whether two of one spot are near, and no register of others tells them apart."""
    known = other.get("external_ids", {})
    told_apart = any(known.get(register, id_) != id_ for register, id_ in one.get("external_ids", {}).items())
    return not told_apart and near_spellings(one["name"], other["name"])


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _changes(one: str, other: str, most: int) -> int:
    """How many letters have to be changed, added or dropped; some number above `most` where it is more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for nth, letter in enumerate(one, 1):
        before, row = row, [nth]
        for at, their in enumerate(other, 1):
            row.append(min(before[at] + 1, row[-1] + 1, before[at - 1] + (letter != their)))
        if min(row) > most:
            return most + 1
    return row[-1]


@dataclass(slots=True)
class Spelt:
    """The items of one kind that rows name, by the id that the first spelling of each makes.

    A name is of an item of earlier rows where both make one id and are near; where they stand at one spot, are near,
    and no register of others has two ids for them; or where such a register has one id for both.
    """

    kind: Kind
    items: dict[str, Details] = field(default_factory=dict)
    spellings: dict[tuple[str, str], Spelling] = field(default_factory=dict)
    # By the id that a spelling makes: what rows of it say, and the item that it is.
    _own: dict[str, tuple[Details, str]] = field(default_factory=dict)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)
    _folded: dict[Hashable, list[str]] = field(default_factory=dict)
    _at: dict[Hashable, list[str]] = field(default_factory=dict)
    # By spot, the ids that all spellings make there.
    _all_at: dict[Hashable, list[str]] = field(default_factory=dict)

    def take(self, own_id: str, details: Details, spot: Hashable | None, beside: Collection[str]) -> str | list[str]:
        """The id of the item that a row names; or the fields in which it contradicts an earlier row of that `own_id`.

        `spot` is what places have in common that stand at one; `beside` are fields that follow from the name.
        """
        if own_id not in self._own:
            id_ = self._same(details, spot) or own_id
            self._own[own_id] = details, id_
            if spot is not None:
                self._all_at.setdefault(spot, []).append(own_id)
            if id_ == own_id:
                self._begun(id_, details, spot)
        earlier, id_ = self._own[own_id]
        differing = [
            name
            for name in sorted((details.keys() | earlier.keys()) - {"external_ids"})
            if details.get(name) != earlier.get(name)
        ]
        if not self._may_be_known(id_, details):
            differing.append("external_ids")
        elif near_spellings(details["name"], earlier["name"]) or self._is_known(id_, details):
            differing = [name for name in differing if name != "name" and name not in beside]
        if differing:
            return differing
        self._take_down(id_, own_id, details)
        return id_

    @property
    def unclear(self) -> list[Unclear]:
        """What another order of the rows might have named otherwise: being near leads from one name to the next."""
        return [
            one for own_ids in self._all_at.values() if len(own_ids) > 1
            for one in self._unclear([self._own[own_id][0] for own_id in own_ids])
        ]  # fmt: skip

    def _unclear(self, here: Sequence[Details]) -> Iterator[Unclear]:
        crowded = len(here) > MOST_AT_ONE_SPOT
        looked_at = sorted(here, key=lambda details: str(details["name"]))[:MOST_LOOKED_AT]
        for middle in looked_at:
            near = [other for other in looked_at if other is not middle and _may_be_one(middle, other)]
            if crowded:
                others = [other for other in near if folded(other["name"]) != folded(middle["name"])]
                if others:
                    yield Unclear(self.kind, middle["name"], tuple(other["name"] for other in others))
                continue
            apart = ((one, other) for one, other in combinations(near, 2) if not _may_be_one(one, other))
            if pair := next(apart, None):
                yield Unclear(self.kind, middle["name"], tuple(other["name"] for other in pair))

    def _same(self, details: Details, spot: Hashable | None) -> str | None:
        for known in details.get("external_ids", {}).items():
            if (id_ := self._known.get(known)) is not None:
                return id_
        if spot is None:
            return None
        name = details["name"]
        near = [id_ for id_ in self._at.get(spot, ()) if near_spellings(self.items[id_]["name"], name)]
        near += self._folded.get((spot, folded(name)), ())
        return next((id_ for id_ in near if self._may_be_known(id_, details)), None)

    def _begun(self, id_: str, details: Details, spot: Hashable | None) -> None:
        self.items[id_] = dict(details)
        if spot is not None:
            for here in (
                self._at.setdefault(spot, []),
                self._folded.setdefault((spot, folded(details["name"])), []),
            ):
                if len(here) < MOST_AT_ONE_SPOT:
                    here.append(id_)

    def _is_known(self, id_: str, details: Details) -> bool:
        held = self.items[id_].get("external_ids", {}).items()
        return any(known in held for known in details.get("external_ids", {}).items())

    def _may_be_known(self, id_: str, details: Details) -> bool:
        """Whether no register would have two ids for an item."""
        held: Mapping[str, str] = self.items[id_].get("external_ids", {})
        return all(held.get(register, known) == known for register, known in details.get("external_ids", {}).items())

    def _take_down(self, id_: str, own_id: str, details: Details) -> None:
        item, name = self.items[id_], details["name"]
        if given := details.get("external_ids"):
            item["external_ids"] = {**item.get("external_ids", {}), **given}
            for known in given.items():
                self._known.setdefault(known, id_)
        if name != item["name"] and (id_, name) not in self.spellings:
            self.spellings[id_, name] = Spelling(self.kind, id_, item["name"], name, own_id)
            names = item.setdefault("names", {})
            names[f"{_OTHER}-x-{len(names) + 1}" if names else _OTHER] = name
