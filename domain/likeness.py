"""What makes two claims of one report alike: words that a desk may have recorded twice, or cannot tell apart later."""

from collections.abc import Callable
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from pydantic_core import to_json

from domain.content import Content, Control, Figure, Occurrence, is_period, span
from domain.estimate import WITHOUT_NUMBER
from domain.topic import counted
from domain.when import Span

# So many digits of a likeness say what a figure is about: two that share them and no more give different numbers of
# one thing, by one claimant, at one time.
ABOUT = 16
LONGEST = 2 * ABOUT

# What says nothing of what is told: the words, notes on them, how sure the recorder was. Two that differ in these only
# are the same.
BESIDE = frozenset({"original", "text", "note", "inferred", "said", "rests_on", "coded", "methods"})
_number_of = attrgetter("low", "best", "high", "qualifier", "magnitude", "via")


def likeness(content: Content, time_zone: str) -> str:
    """32 hex digits that two figures, occurrences or states of a place share if they say the same in all but words.

    Empty for a statement, whose words are what it says and may have to be forgotten, and for an occurrence without
    place and time, of which there may be many. What a figure does not say is no part of it, so a field that is new in a
    release changes no old likeness.
    """
    match content:
        case Figure():
            so = span(content, time_zone)
            about = [content.claimant, counted(content), content.place, is_period(content), so and _bounds(so)]
            number, intended = _number_of(content), content.hedge == "intended"
            # Of what has no number no rule makes a range, so it is compared with nothing.
            if intended or content.qualifier in WITHOUT_NUMBER:
                return _digits([about, number, intended], LONGEST)
            return _digits(about, ABOUT) + _digits(number, ABOUT)
        case Occurrence():
            if content.place is None and content.when is None:
                return ""
            actors = sorted((role, sorted(of_it)) for role, of_it in content.actors.items())
            so, intended = span(content, time_zone), content.hedge == "intended"
            told = [content.claimant, content.type, content.place, actors, so and _bounds(so), intended]
            return _digits(told, LONGEST)
        case Control():
            so = span(content, time_zone)
            # The first digit of what is said, and the next seven, are for `contradict`.
            of_all = so is not None and so.proven is not None and _of_all(content)
            means = _MEANS.get(content.status, "0") if of_all else "0"
            where = _digits(["control", content.claimant, content.place, so and _bounds(so)], ABOUT)
            how = [content.status, content.against, sorted(content.side), content.extent, content.hedge]
            return where + means + _digits(content.actor, 8)[:_ACTOR] + _digits(how, 8)
        case _:
            return ""


_MEANS = {"controls": "1", "absent": "2"}
_ACTOR = 7


def contradict(one: str, other: str) -> bool:
    """Whether two likenesses are of control that cannot both be so: all of a place held by two, or held by who is gone.

    Both at one time and place, by one claimant, and neither hedged. That two hold it together, each a part of it, they
    would say.
    """
    if one[:ABOUT] != other[:ABOUT]:
        return False
    (mine, actor), (theirs, others_actor) = ((each[ABOUT], each[ABOUT + 1 :][:_ACTOR]) for each in (one, other))
    return (mine == theirs == "1" and actor != others_actor) or ({mine, theirs} == {"1", "2"} and actor == others_actor)


def _of_all(control: Control) -> bool:
    """Whether it says something firm of a named actor in all of a place."""
    firm = control.actor is not None and control.place is not None and control.hedge is None
    return firm and control.extent in (None, "all") and not control.side


_bounds: Callable[[Span], Any] = attrgetter("earliest_start", "latest_start", "earliest_end", "latest_end")


def _digits(said: Any, length: int) -> str:
    return blake2b(to_json(said), digest_size=length // 2).hexdigest()
