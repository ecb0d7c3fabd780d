"""Who is said to hold a place, in a few words: each with how much of it, together or one of them."""

from collections.abc import Mapping
from typing import Any

from interfaces.messages.words import Names

_ONE_OF_THEM = ("disputed", "order_unknown")


def holders(picture: Mapping[str, Any], names: Names) -> str:
    """`Syrian Democratic Forces (most of it) and Islamic State (pockets) (hearsay)`; nothing of nobody.

    An answer of before extents were told has no `holds`.
    """
    said = names.wording.holds
    holds = picture.get("holds") or [{"actor": actor} for actor in picture["holders"]]
    each = [said.get(hold.get("extent", ""), "{}").format(names.actor(hold["actor"])) for hold in holds]
    hedges = [f" ({names.wording.hedges[hold['hedge']]})" if hold.get("hedge") else "" for hold in holds]
    each = [f"{holder}{hedge}" for holder, hedge in zip(each, hedges, strict=True)]
    return said["either" if picture["verdict"] in _ONE_OF_THEM else "both"].join(each)
