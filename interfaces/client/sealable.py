"""Where words that can be sealed stand in the `data` of each type of event: as its type declares, never by their form.

`python -m interfaces.client.generator` writes it from the domain.
"""

from collections.abc import Mapping
from typing import Any

# What stands at a place: words; or fields by name, of which "*" is every one there is, in a list or a mapping.
Shape = str | Mapping[str, "Shape"]


def opened(held: Any, shape: Shape) -> Any:
    """What is `held`, with the words that can be sealed as text. Sealed ones stay what they are."""
    if isinstance(shape, str):
        return held["value"] if isinstance(held, dict) and held.keys() == {"value"} else held
    if isinstance(held, list):
        return [opened(one, shape["*"]) for one in held] if "*" in shape else held
    if not isinstance(held, dict):
        return held
    if "*" in shape:
        return {name: opened(one, shape["*"]) for name, one in held.items()}
    return held | {name: opened(held[name], inner) for name, inner in shape.items() if name in held}


SHAPES: Mapping[str, Shape] = {
    "actor.corrected": {
        "set": {
            "name": "words",
            "names": {"*": "words"},
            "dated_names": {"*": {"name": "words"}},
            "external_ids": {"*": "words"},
            "note": "words",
        }
    },
    "actor.registered": {
        "details": {
            "name": "words",
            "names": {"*": "words"},
            "dated_names": {"*": {"name": "words"}},
            "external_ids": {"*": "words"},
            "note": "words",
        }
    },
    "assessment.issued": {"details": {"finding": "words", "because": "words"}},
    "assessment.revised": {"set": {"finding": "words", "because": "words"}},
    "assessment.revision_reinstated": {"set": {"finding": "words", "because": "words"}},
    "assessment.revision_retracted": {"set": {"finding": "words", "because": "words"}},
    "claim.corrected": {"mends": {"*": {"set": {"original": "words", "text": "words", "note": "words"}}}},
    "claim.recorded": {"content": {"original": "words", "text": "words", "note": "words"}},
    "claim.revised": {"set": {"original": "words", "text": "words", "note": "words"}},
    "incident.described": {"set": {"title": "words", "note": "words"}},
    "incident.opened": {"details": {"title": "words", "note": "words"}},
    "person.corrected": {"set": {"name": "words", "names": {"*": "words"}, "note": "words"}},
    "person.registered": {"details": {"name": "words", "names": {"*": "words"}, "note": "words"}},
    "place.corrected": {
        "set": {
            "name": "words",
            "names": {"*": "words"},
            "dated_names": {"*": {"name": "words"}},
            "external_ids": {"*": "words"},
            "note": "words",
        }
    },
    "place.registered": {
        "details": {
            "name": "words",
            "names": {"*": "words"},
            "dated_names": {"*": {"name": "words"}},
            "external_ids": {"*": "words"},
            "note": "words",
        }
    },
    "report.corrected": {"set": {"label": "words", "note": "words"}},
    "report.filed": {"details": {"label": "words", "note": "words"}},
    "source.corrected": {
        "set": {"name": "words", "names": {"*": "words"}, "dated_names": {"*": {"name": "words"}}, "note": "words"}
    },
    "source.registered": {
        "details": {"name": "words", "names": {"*": "words"}, "dated_names": {"*": {"name": "words"}}, "note": "words"}
    },
}
