"""What items were called, in any language and for a time."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Protocol, TypeVar

from domain.fact import Value
from domain.fields import Edtf, Personal, Text
from domain.membership import window
from domain.when import Instant

N = TypeVar("N", str, Personal)
# A part of a language's tag that has so many letters says in which letters it is written.
_LETTERS = 4


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
        if one.language is None and _held_at(one, at, time_zone):
            return str(one.name)
    return name


def name_of(
    name: str,
    names: Mapping[str, N],
    dated: Iterable[DatedName],
    language: str,
    at: Instant | None = None,
    time_zone: str = "UTC",
) -> str:
    """What an item is called in a sentence of a language: by the name that is recorded in it, else by its name.

    At a moment at which it had another name it is called by that one: by that of the language, where there is one, and
    else by that of its own language, since the name that it has now in another was not its name then.
    """
    if at is not None:
        then = [one for one in dated if _held_at(one, at, time_zone)]
        by_language = {one.language: str(one.name) for one in reversed(then) if one.language is not None}
        own = (str(one.name) for one in then if one.language is None)
        found_then = in_language(by_language, language) or next(own, None)
        if found_then is not None:
            return found_then
    found = in_language(names, language)
    return name if found is None else str(found)


def in_language(held: Mapping[str, N], language: str) -> N | None:
    """What is of a language, also as one country has it (`ar-SY`), and not in other letters (`ar-Latn`)."""
    if language in held:
        return held[language]
    return next((each for of, each in held.items() if _reads_as(of.replace("_", "-").lower(), language)), None)


def _reads_as(written: str, language: str) -> bool:
    first, *rest = written.split("-")
    return first == language and not any(len(part) == _LETTERS and part.isalpha() for part in rest)


def _held_at(one: DatedName, at: Instant, time_zone: str) -> bool:
    first, last = window(one.when, time_zone)
    return first <= at <= last
