"""Events as they leave the house: CloudEvents 1.0, structured JSON."""

import json

from application.event_log import Stored

ANSWER_CHANGED = "answer.changed"

_envelope = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def cloud_event(stored: Stored, cursor: str) -> str:
    """An event of the log. `data` is its stored text, letter for letter; `cursor` is its own."""
    envelope = {
        "specversion": "1.0",
        "id": str(stored.id),
        "source": f"/api/v1/dossiers/{stored.dossier_id}",
        "type": stored.type,
        "subject": str(stored.stream),
        "time": moment(stored),
        "datacontenttype": "application/json",
        "position": stored.position,
        "cursor": cursor,
        "version": stored.version,
        "principal": stored.principal,
        "groupposition": stored.group,
        **({"correlationid": stored.correlation_id} if stored.correlation_id else {}),
    }
    return f'{_envelope.encode(envelope)[:-1]},"data":{stored.data}}}'


def moment(stored: Stored) -> str:
    return stored.recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
