"""What people read for the words of a dossier's own: where each sort of them stands in what it is called."""

from collections.abc import Mapping
from typing import Any

# By language.
Labels = Mapping[str, str]

# By sort of word the field of what a dossier is called that has its labels.
LABELS_OF = {
    "group": "group_labels",
    "cause": "cause_labels",
    "dimension": "dimension_labels",
    "value": "value_labels",
    "method": "method_labels",
    "type": "occurrence_types",
}
# Where a word has more than labels.
_DECLARED = {"measure": "measures", "unit": "units"}


def labels_of(described: Mapping[str, Any]) -> dict[str, Mapping[str, Labels]]:
    """By sort and word, of a dossier as it is told."""
    found: dict[str, Mapping[str, Labels]] = {kind: described[name] for kind, name in LABELS_OF.items()}
    for kind, name in _DECLARED.items():
        found[kind] = {word: held["labels"] for word, held in described[name].items()}
    return found
