"""What makes two claims of one report alike: words that a desk may have recorded twice, or cannot tell apart later."""

from collections.abc import Callable
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from pydantic_core import to_json

from domain.content import Content, Figure, Occurrence, is_period, span
from domain.topic import counted
from domain.when import Span

# So many digits of a likeness say what a figure is about: two that share them and no more give different numbers of
# one thing, by one claimant, at one time.
ABOUT = 16
LONGEST = 2 * ABOUT

# What says nothing of what is told: the words, notes on them, how sure the recorder was. Two that differ in these only
# are the same.
BESIDE = frozenset({"original", "text", "note", "inferred", "said", "rests_on", "coded", "methods"})
# Of which no rule makes a range, so that they are compared with nothing.
_NO_NUMBER = frozenset({"most", "unknown"})
_number_of = attrgetter("low", "best", "high", "qualifier", "magnitude", "via")


def likeness(content: Content, time_zone: str) -> str:
    """32 hex digits that two figures, or two occurrences, share if they say the same in all but their words.

    Empty for what is neither, and for an occurrence without place and time, of which there may be many. What a figure
    does not say is no part of it, so a field that is new in a release changes no old likeness.
    """
    match content:
        case Figure():
            so = span(content, time_zone)
            about = [content.claimant, counted(content), content.place, is_period(content), so and _bounds(so)]
            number, intended = _number_of(content), content.hedge == "intended"
            if intended or content.qualifier in _NO_NUMBER:
                return _digits([about, number, intended], LONGEST)
            return _digits(about, ABOUT) + _digits(number, ABOUT)
        case Occurrence():
            if content.place is None and content.when is None:
                return ""
            actors = sorted((role, sorted(of_it)) for role, of_it in content.actors.items())
            so, intended = span(content, time_zone), content.hedge == "intended"
            told = [content.claimant, content.type, content.place, actors, so and _bounds(so), intended]
            return _digits(told, LONGEST)
        case _:
            return ""


_bounds: Callable[[Span], Any] = attrgetter("earliest_start", "latest_start", "earliest_end", "latest_end")


def _digits(said: Any, length: int) -> str:
    return blake2b(to_json(said), digest_size=length // 2).hexdigest()
