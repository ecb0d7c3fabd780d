"""What an edition would register anew although the dossier may have it: told, with the way to make it one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from application.formats.edition.difference import CommandLine
from application.formats.edition.spellings import MOST_AT_ONE_SPOT
from domain.far_off import Point, distance_km
from domain.namesakes import folded

Kind = Literal["source", "actor", "place"]
REGISTERS: Final[Mapping[str, Kind]] = {
    "register_source": "source", "register_actor": "actor", "register_place": "place",
}  # fmt: skip
# Places of one name that lie so far apart are two.
APART_KM: Final = 20.0


class Namesake(NamedTuple):
    """That what an edition registers anew may be one or several of the dossier: called the same, or at the same point.

    `spellings` are all names by which rows call it. `alone` says whether no other item of the edition is called by one
    of them: only then do the mapping's `ids`, which lead from names, lead it and nothing else to another.
    """

    kind: Kind
    id: str
    spellings: tuple[str, ...]
    others: tuple[str, ...]
    of: Literal["name", "point"]
    alone: bool


@dataclass(slots=True)
class DossierItems:
    """The items of one kind that a dossier has, by what they are called and where they lie.

    Each is as the API lists it. What was retracted is not among them; what was merged answers by what it went up in.
    """

    kind: Kind
    by_name: defaultdict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    by_point: defaultdict[Point, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, kind: Kind, items: Iterable[Mapping[str, Any]]) -> "DossierItems":
        held = cls(kind)
        for item in items:
            if item["retracted"]:
                continue
            for name in {folded(name) for name in _names(item)} - {""}:
                held.by_name[name].append(item)
            if (point := _point(item)) is not None:
                held.by_point[point].append(item)
        return held

    def namesake(self, command: CommandLine, called: Counter[str]) -> Namesake | None:
        """What a command that registers one may be already. `called`: how many items of the edition have each name."""
        spellings = tuple(dict.fromkeys(_names(command)))
        alike = [item for name in spellings for item in self.by_name[folded(name)] if _may_be_one(command, item)]
        of: Literal["name", "point"] = "name"
        point = _point(command)
        if not alike and point is not None and len(self.by_point[point]) <= MOST_AT_ONE_SPOT:
            alike, of = [item for item in self.by_point[point] if _may_be_one(command, item)], "point"
        others = tuple(dict.fromkeys(item.get("survivor") or item["id"] for item in alike))
        if not others:
            return None
        alone = all(called[name] == 1 for name in spellings)
        return Namesake(self.kind, command["id"], spellings, others, of, alone)


def namesakes(registered: Iterable[CommandLine], there: Mapping[Kind, DossierItems]) -> Iterator[Namesake]:
    """Of the items that an edition registers anew those that the dossier may have, in their order."""
    new = [(REGISTERS[command["command"]], command) for command in registered if command["command"] in REGISTERS]
    called: defaultdict[Kind, Counter[str]] = defaultdict(Counter)
    for kind, command in new:
        called[kind].update(set(_names(command)))
    for kind, command in new:
        if kind in there and (found := there[kind].namesake(command, called[kind])) is not None:
            yield found


def _names(item: Mapping[str, Any]) -> Iterator[str]:
    """What it is called; erased names are no text."""
    given = item["name"], *(item.get("names") or {}).values(), *(one["name"] for one in item.get("dated_names") or ())
    yield from (name for name in given if isinstance(name, str))


def _point(item: Mapping[str, Any]) -> Point | None:
    latitude, longitude = item.get("latitude"), item.get("longitude")
    return None if latitude is None or longitude is None else Point(float(latitude), float(longitude))


def _may_be_one(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether nothing speaks against it: another kind, a point far off, another id in a register that knows both."""
    if one["kind"] != other["kind"] and "unknown" not in (one["kind"], other["kind"]):
        return False
    here, there = _point(one), _point(other)
    if here is not None and there is not None and distance_km(here, there) > APART_KM:
        return False
    known = other.get("external_ids") or {}
    return all(known.get(register, id_) == id_ for register, id_ in (one.get("external_ids") or {}).items())
