"""Whether two entries of the register may be one person: told of one incident, and alike in what is known of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.merging import Merged
from domain.namesakes import folded
from domain.person import PersonDetails

# Years that reports of one person differ by: so many, and a quarter of the age.
YEARS_APART = 3

_Traits = tuple[tuple[int | None, int | None], str, str]


def incidents_of(details: PersonDetails) -> set[str]:
    return {fate.incident for fate in details.fates if fate.incident is not None}


@dataclass(frozen=True, slots=True)
class _Entry:
    details: PersonDetails
    names: frozenset[str]
    # None where too little is known to tell anybody by it.
    traits: _Traits | None


class Entries:
    """Entries of the register by their ids, to find among them who may be who."""

    def __init__(self, persons: Iterable[tuple[str, PersonDetails]] = ()) -> None:
        self._entries: dict[str, _Entry] = {}
        self._named: dict[str, dict[str, None]] = {}
        self._nameless: dict[_Traits, dict[str, None]] = {}
        self._like: dict[_Traits, dict[str, None]] = {}
        for id_, details in persons:
            self.put(id_, details)

    def put(self, id_: str, details: PersonDetails | None) -> None:
        """Take an entry as it is now. None: it stands for itself no more."""
        if id_ in self._entries:
            for ids in self._places(self._entries.pop(id_)):
                del ids[id_]
        if details is not None:
            entry = self._entries[id_] = _read(details)
            for ids in self._places(entry):
                ids[id_] = None

    def may_be(self, id_: str, merged: Merged) -> Iterator[tuple[str, str]]:
        """Who else an entry may be, with what they are alike in. `merged`: which incidents are one.

        Called the same in any language, at ages that one person may have; or, where one of them has no name, of the
        same sex, age and last fate.
        """
        entry = self._entries[id_]
        own = _ends(entry.details, merged)
        for name in sorted(entry.names):
            for other in self._named[name]:
                there = self._entries[other].details
                if other != id_ and _ages_meet(entry.details, there) and own & _ends(there, merged):
                    yield other, "is called the same"
        if entry.traits is not None:
            for other in (self._nameless if entry.names else self._like).get(entry.traits, ()):
                if other != id_ and own & _ends(self._entries[other].details, merged):
                    yield other, "is of the same sex, age and fate"

    def became_one(self, before: Merged, after: Merged, end: str) -> Iterator[tuple[str, str, str]]:
        """Each who may be another one since incidents are one, with that one and what they are alike in.

        `end` is the incident that they go on as. Of two that may be each other the later is told.
        """
        seen: set[str] = set()
        for id_, entry in self._entries.items():
            if end not in _ends(entry.details, after):
                continue
            own = _ends(entry.details, before)
            for other, alike in self.may_be(id_, after):
                if other in seen and not own & _ends(self._entries[other].details, before):
                    yield id_, other, alike
                    break
            seen.add(id_)

    def _places(self, entry: _Entry) -> Iterator[dict[str, None]]:
        for name in entry.names:
            yield self._named.setdefault(name, {})
        if entry.traits is not None:
            yield self._like.setdefault(entry.traits, {})
            if not entry.names:
                yield self._nameless.setdefault(entry.traits, {})


def _read(details: PersonDetails) -> _Entry:
    given = [*([] if details.name is None else [details.name]), *details.names.values()]
    names = frozenset(name for name in map(folded, map(str, given)) if name)
    known = _age(details) != (None, None) and details.sex is not None and details.fates
    traits = (_age(details), str(details.sex), details.fates[-1].fate) if known else None
    return _Entry(details, names, traits)


def _ends(details: PersonDetails, merged: Merged) -> set[str]:
    return set(map(merged.survivor, incidents_of(details)))


def _age(details: PersonDetails) -> tuple[int | None, int | None]:
    return (details.age_low, details.age_high) if details.age is None else (details.age, details.age)


def _ages_meet(one: PersonDetails, other: PersonDetails) -> bool:
    """Whether one person may have both ages, as reports tell them."""
    return _reaches(_age(one), _age(other)) and _reaches(_age(other), _age(one))


def _reaches(one: tuple[int | None, int | None], other: tuple[int | None, int | None]) -> bool:
    high, low = one[1], other[0]
    return high is None or low is None or low - high <= max(YEARS_APART, low // 4)
