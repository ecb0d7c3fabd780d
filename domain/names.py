"""What items were called, in any language and for a time."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Protocol

from domain.fact import Value
from domain.fields import Edtf, Personal, Text
from domain.membership import window
from domain.when import Instant


class DatedName(Value):
    """What an item was called, and when; in its `language`, if it is another than that of its name."""

    name: Annotated[Personal, Text(300)]
    when: Edtf
    language: str | None = None


class Called(Protocol):
    """What has names: a source, an actor, a place."""

    @property
    def name(self) -> Personal: ...

    @property
    def names(self) -> Mapping[str, Personal]: ...

    @property
    def dated_names(self) -> tuple[DatedName, ...]: ...


def all_names(held: Called) -> Iterator[str]:
    """What it is called in any language, and what it once was."""
    yield str(held.name)
    yield from map(str, held.names.values())
    yield from (str(one.name) for one in held.dated_names)


def name_at(name: str, dated: Iterable[DatedName], at: Instant | None, time_zone: str) -> str:
    """What an item may have been called at a moment: the first of the dated names that fits, else its name."""
    if at is None:
        return name
    for one in dated:
        first, last = window(one.when, time_zone)
        if one.language is None and first <= at <= last:
            return str(one.name)
    return name
