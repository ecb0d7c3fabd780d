"""Events to stored text and back, with the upcasters that keep every stored version readable."""

import json
from collections.abc import Callable
from typing import Any, get_args

from application.event_log import canonical
from domain.events import EVENT_TYPES, Event
from domain.fact import Fact
from domain.fields import stored
from domain.grants import AccessEvent

# The stored shape of each type of event; one that is not named is still at its first.
SCHEMA_VERSIONS: dict[str, int] = {}
# From (type, stored version) to the data one version on.
UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


# Of dossiers, and of the installation.
STORED_TYPES: dict[str, type[Any]] = EVENT_TYPES | {
    model.model_fields["type"].default: model for model in get_args(AccessEvent)
}


class UnknownEventType(Exception):
    """The log holds an event that this release does not know: it was written by a later one."""


def encode(event: Fact) -> tuple[str, int, str]:
    """An event as its type, schema version and canonical JSON."""
    data = stored(event)
    data.pop("type", None)
    return event.type, SCHEMA_VERSIONS.get(event.type, 1), canonical(data)


def decode(event_type: str, schema_version: int, data: str) -> Event:
    """The event that was stored, in today's shape: in the log of the installation, an `AccessEvent`."""
    model = STORED_TYPES.get(event_type)
    if model is None:
        raise UnknownEventType(f"event type {event_type!r} is not known to this release")
    if schema_version == SCHEMA_VERSIONS.get(event_type, 1):
        event: Event = model.model_validate_json(data)
    else:
        event = model.model_validate(_upcast(event_type, schema_version, data))
    return event


def _upcast(event_type: str, schema_version: int, data: str) -> dict[str, Any]:
    upcast: dict[str, Any] = json.loads(data)
    while (step := UPCASTERS.get((event_type, schema_version))) is not None:
        upcast, schema_version = step(upcast), schema_version + 1
    return upcast
