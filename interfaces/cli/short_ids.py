"""Ids that were made up, in as few letters as tell them apart; those that people chose are words, and stay whole."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

# As the server makes them, and what is left of one in a table.
_MADE = re.compile(r"(per-)?[0-9a-f]{16,32}", re.ASCII)
_CUT = re.compile(r"(per-)?[0-9a-f]{8,31}", re.ASCII)
LEAST_DIGITS = 8


def shortened(ids: Iterable[str]) -> Mapping[str, str]:
    """Each id by what stands for it in a table that has these: none begins as another does."""
    every = sorted({*ids})
    return {id_: _beginning(id_, every[max(0, nth - 1) : nth + 2]) for nth, id_ in enumerate(every)}


def _beginning(id_: str, around: list[str]) -> str:
    """Of ids in order, those before and after are the ones that are alike the longest."""
    if not _MADE.fullmatch(id_):
        return id_
    alike = max((_alike(id_, other) for other in around if other != id_), default=0)
    return id_[: max(id_.find("-") + 1 + LEAST_DIGITS, alike + 1)]


def _alike(one: str, other: str) -> int:
    """With how many letters both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def with_whole(body: Any, place: Sequence[str], whole: str) -> Any:
    """A body with the whole id at the place of it to which a refusal points."""
    if not place:
        return whole
    name, *further = place
    if isinstance(body, Mapping):
        return {**body, name: with_whole(body[name], further, whole)}
    return [with_whole(one, further, whole) if nth == int(name) else one for nth, one in enumerate(body)]


def whole_id(cut: str, near: Iterable[str]) -> str | None:
    """The one made up id that begins so, of those `near` to one that is not there; None of none, and of several."""
    if not _CUT.fullmatch(cut):
        return None
    meant = [id_ for id_ in near if id_.startswith(cut)]
    return meant[0] if len(meant) == 1 and _MADE.fullmatch(meant[0]) else None
