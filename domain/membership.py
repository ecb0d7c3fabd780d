"""What an item is a part of or lies in: one other, always so; or several, each with the time when it may have been."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from domain.calendar import DAY
from domain.when import EARLIEST, LATEST, Bounds, Instant, Span, bounds, parse

Window = tuple[Instant, Instant]
"""The earliest and the latest instant at which something may have held, both inclusive."""

MemberT = TypeVar("MemberT", bound=BaseModel)

ALL_TIME: Window = (EARLIEST, LATEST)
Windows = Sequence[Window]
Inside = Mapping[str, Windows]
"""A place (always) and those that may have been inside it, each with the times at which."""
Outwards = Callable[[str], Iterable[tuple[str, Window]]]
"""What an item is a part of or lies in itself, each with its window."""


class AlwaysOrDated:
    """Of a field that holds an id alone, which holds always, or a list of `member`s: each an id, and a `when` or none.

    One member alone is given for a list of it, and an id for a member without `when`. What says the same is stored the
    same: nothing for an empty list, an id alone for one member without `when`.
    """

    def __init__(self, member: type[BaseModel]) -> None:
        self._id = _id_of(member)
        self._members: TypeAdapter[tuple[Any, ...]] = TypeAdapter(tuple[member, ...])  # type: ignore[valid-type]
        self._alone: TypeAdapter[str] = TypeAdapter(str)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._settled, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        held = handler(core)
        if handler.mode != "validation":
            return held
        alone, listed, nothing = held["anyOf"]
        either = {"anyOf": [alone, listed["items"]]}
        return held | {"anyOf": [alone, listed["items"], listed | {"items": either}, nothing]}

    def _settled(self, given: Any) -> Any:
        # What is wrong is said here, where one knows which of the forms was meant.
        if given is None:
            return None
        if isinstance(given, (dict, BaseModel)):
            given = [given]
        if not isinstance(given, (list, tuple)):
            return self._alone.validate_python(given)
        named = [{self._id: one} if isinstance(one, str) else one for one in given]
        members = self._members.validate_python(named)
        if len(members) == 1 and members[0].when is None:
            return getattr(members[0], self._id)
        return members or None


def members(member: type[MemberT], held: str | tuple[MemberT, ...] | None) -> tuple[MemberT, ...]:
    """What such a field holds, as members: an id alone is one without `when`."""
    if held is None:
        return ()
    return (member(**{_id_of(member): held}),) if isinstance(held, str) else held


def fields_of(field: str, member: type[MemberT], held: str | tuple[MemberT, ...] | None) -> list[str]:
    """For each of its members the path at which it names an item."""
    if held is None or isinstance(held, str):
        return [] if held is None else [field]
    return [f"{field}.{index}.{_id_of(member)}" for index in range(len(held))]


def window(when: str | None, time_zone: str) -> Window:
    """Between which instants what is dated so may have held: always where it is not dated."""
    if when is None:
        return ALL_TIME
    found = bounds(when, time_zone)
    return found.earliest, found.latest


def surely(when: str | None, time_zone: str) -> Window | None:
    """Between which instants what is dated so certainly held: from the last at which it may have begun to the first at
    which it may have ended; None if it is not known when.

    A day that is named is meant whole, and an open end has none. What is dated to one month held some time within it.
    """
    if when is None:
        return ALL_TIME
    found = parse(when, time_zone)
    if found.uncertain:
        return None
    start, end = found.start, found.end
    if not found.is_interval and not _is_fine(start):
        return None
    first = start.earliest if start.earliest == EARLIEST or _is_fine(start) else start.latest
    last = end.latest if end.latest == LATEST or _is_fine(end) else end.earliest
    return (first, last) if first <= last else None


def surely_around(
    item: str, outwards: Callable[[str], Iterable[tuple[str, Window, Window | None]]]
) -> dict[str, list[Window]]:
    """As `all_around`, with the times at which it certainly was in those; `outwards` tells both times.

    What leaves one part of a whole for another while it may be in either stays in the whole.
    """
    ways: dict[str, list[tuple[Window, Window | None]]] = {item: [(ALL_TIME, ALL_TIME)]}
    ahead: list[tuple[str, Window, Window | None]] = [(item, ALL_TIME, ALL_TIME)]
    for here, then, sure in ahead:
        for outer, its, its_sure in outwards(here):
            both = meeting(then, its)
            way = None if both is None else (both, meeting(sure, its_sure) if sure and its_sure else None)
            if way is not None and way not in ways.setdefault(outer, []):
                ways[outer].append(way)
                ahead.append((outer, *way))
    return {outer: _certain(those) for outer, those in ways.items() if those}


def _certain(ways: Iterable[tuple[Window, Window | None]]) -> list[Window]:
    """Of several ways in which something may have been inside, when it surely was: where the ways meet, all along."""
    found: list[Window] = []
    reached, first, last = EARLIEST - 2, LATEST, EARLIEST
    for (since, until), sure in sorted(ways, key=lambda way: way[0]):
        if since > reached + 1 and first <= last:
            found.append((first, last))
        if since > reached + 1:
            first, last = LATEST, EARLIEST
        if sure is not None:
            first, last = min(first, sure[0]), max(last, sure[1])
        reached = max(reached, until)
    return [*found, (first, last)] if first <= last else found


def all_around(item: str, outwards: Outwards) -> dict[str, list[Window]]:
    """The item itself, always, and all that it may have been in at any remove, each with the times at which."""
    found: dict[str, list[Window]] = {item: [ALL_TIME]}
    ahead = [(item, ALL_TIME)]
    for here, then in ahead:
        for outer, its in outwards(here):
            both = meeting(then, its)
            if both is not None and not _is_within(both, found.setdefault(outer, [])):
                found[outer].append(both)
                ahead.append((outer, both))
    return {outer: windows for outer, windows in found.items() if windows}


def way_around(item: str, first: str, then: Window, outwards: Outwards) -> list[str]:
    """From `first`, in which the item may have been `then`, outwards to the item itself; empty if there is no way.

    Of what never holds at the same time no way is made.
    """
    known: dict[str, list[Window]] = {first: [then]}
    ahead = [(first, then, [first])]
    for here, so_far, way in ahead:
        if here == item:
            return way
        for outer, its in outwards(here):
            both = meeting(so_far, its)
            if both is not None and not _is_within(both, known.setdefault(outer, [])):
                known[outer].append(both)
                ahead.append((outer, both, [*way, outer]))
    return []


def lay_within(so: Span | None, windows: Windows) -> bool:
    """Whether what may have been so at some time, which may be any where there is none, may have been in a window."""
    return any(so is None or so.holds_within(first, last) != "no" for first, last in windows)


def meeting(one: Window, other: Window) -> Window | None:
    """What two windows have in common."""
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def _id_of(member: type[BaseModel]) -> str:
    return next(iter(member.model_fields))


def _is_fine(date: Bounds) -> bool:
    # No date lies between a day, which may have 25 hours, and a month.
    return date.latest - date.earliest < 2 * DAY


def _is_within(inner: Window, windows: Collection[Window]) -> bool:
    return any(first <= inner[0] and inner[1] <= last for first, last in windows)
