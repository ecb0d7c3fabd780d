"""Which items a statement names: what an answer marks if one of them was retracted."""

from collections.abc import Iterator, Mapping
from typing import Any

# Fields of a statement that name an item, or several.
_NAMES: Mapping[str, str] = {
    "claimant": "source", "via": "source", "place": "place", "rests_on": "report",
    "actor": "actor", "subject": "actor", "by": "actor", "against": "actor",
}  # fmt: skip


def items_named(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every item that a statement names, as it is told in JSON: its kind and its id."""
    for name, kind in _NAMES.items():
        if given := content.get(name):
            yield from ((kind, id_) for id_ in ([given] if isinstance(given, str) else given))
    for actors in content.get("actors", {}).values():
        yield from (("actor", id_) for id_ in ([actors] if isinstance(actors, str) else actors))
