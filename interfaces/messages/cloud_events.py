"""Events as they leave the house: CloudEvents 1.0, structured JSON."""

import json
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from application.event_log import Stored
from application.shown import Moment, ShownWatch
from domain.events import EventType
from domain.families import Family
from domain.statements import ChangedBy
from domain.when import moment_text

ANSWER_CHANGED = "answer.changed"


class CloudEvent(TypedDict):
    """What all messages have. `subject` is what it is about; `cursor` is where to go on after it.

    `epoch` stands in webhooks: another one than before says that the log was restored from a backup in between.
    """

    specversion: Literal["1.0"]
    id: str
    source: str
    subject: str
    time: Moment
    datacontenttype: Literal["application/json"]
    position: int
    cursor: str
    epoch: NotRequired[str]


class EventMessage(CloudEvent):
    """An event of the log. In `data`, its own fields, words that may name a person are `{"value": text}`.

    `groupposition` is where the append began that it was a part of.
    """

    type: EventType
    version: int
    principal: str
    groupposition: int
    correlationid: NotRequired[str]
    data: dict[str, Any]


class Cause(TypedDict):
    """An event that may have changed an answer. `changed_by`: who changed a claim in a later report, where known.

    `without_notice`: it was dropped, and nobody said why.
    """

    position: int
    type: EventType
    family: Family
    subject: str
    reason: str | None
    principal: str
    changed_by: NotRequired[ChangedBy]
    without_notice: NotRequired[Literal[True]]


class AskAgain(TypedDict):
    """The addresses of an answer before and after."""

    before: str
    after: str


class ChangeOfAnswer(TypedDict):
    """An answer before and after, null where what it is about was not there. Too large ones are left out.

    `events` are the first that may have changed it, `more_events` says how many more there were.
    """

    question: ShownWatch
    families: list[Family]
    events: list[Cause]
    more_events: NotRequired[int]
    before: NotRequired[dict[str, Any] | None]
    after: NotRequired[dict[str, Any] | None]
    too_large: NotRequired[Literal[True]]
    ask: AskAgain


class AnswerMessage(CloudEvent):
    """That the answer to a question changed, and by which events."""

    type: Literal["answer.changed"]
    data: ChangeOfAnswer


_envelope = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def cloud_event(stored: Stored, cursor: str, epoch: str | None = None) -> str:
    """An event of the log. `data` is its stored text, letter for letter; `cursor` is its own."""
    envelope = {
        "specversion": "1.0",
        "id": str(stored.id),
        "source": f"/api/v1/dossiers/{stored.dossier_id}",
        "type": stored.type,
        "subject": str(stored.stream),
        "time": moment_text(stored.recorded_at),
        "datacontenttype": "application/json",
        "position": stored.position,
        "cursor": cursor,
        **({"epoch": epoch} if epoch else {}),
        "version": stored.version,
        "principal": stored.principal,
        "groupposition": stored.group,
        **({"correlationid": stored.correlation_id} if stored.correlation_id else {}),
    }
    return f'{_envelope.encode(envelope)[:-1]},"data":{stored.data}}}'
