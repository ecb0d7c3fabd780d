"""What a register that is not ours calls an item."""

from typing import NamedTuple


class ExternalId(NamedTuple):
    """`("wikidata", "Q858")`, written `wikidata:Q858`."""

    register: str
    id: str
